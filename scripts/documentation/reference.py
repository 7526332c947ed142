"""The reference of the packages: a page for each part, of which mkdocstrings makes the docstrings and signatures.

This says only what stands on which page. A name that `aurous` or one of its packages makes public, and a resource that
a client has, is on a page without being listed anywhere.
"""

import inspect
import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

import griffe

from aurous import Aurous
from aurous_api.operations import Resource
from documentation.links import ROOT
from documentation.page import Page

CLIENTS: Final = "Clients"
ERRORS: Final = "Errors"
COMMON: Final = "Options, events and results"
CONTRACT: Final = "Enums and events of the contract"
_PARTS: Final = {"_client": CLIENTS, "_errors": ERRORS}


def classes() -> list[Page]:
    """The pages of what can be imported, in the order of the navigation."""
    aurous, models = _load("aurous"), _load("aurous_api.models")
    return [*_public(aurous), *_packages(aurous), *_contract(models, set(_exports(aurous)))]


def methods() -> list[Page]:
    """The pages of the methods, one for each resource at the top of a client."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path, cls in resources():
        options = {
            "heading": f"client.{path}",
            "toc_label": path,
            "show_overloads": False,
            "merge_init_into_class": False,
        }
        found[path.partition(".")[0]].append(_entry(_path(cls), **options))
    introduction = (
        "The methods of `Aurous`. In `AsyncAurous` they are coroutines, but for `stream`, which is no coroutine."
    )
    return [_page(f"client.{top}", introduction, entries) for top, entries in found.items()]


def public_names() -> set[str]:
    """The anchor of every name that the reference has to hold: what is public, and the methods of resources."""
    aurous = _load("aurous")
    names = {f"{module.path}.{name}" for module in (aurous, *_public_modules(aurous)) for name in _exports(module)}
    for _, cls in resources():
        names |= {f"{_path(cls)}.{name}" for name, _ in inspect.getmembers(cls, inspect.isfunction) if name[0] != "_"}
    return names


def resources() -> Iterator[tuple[str, type[Resource]]]:
    """The resources of a client, by their path on it."""
    client = Aurous("al_live_" + 64 * "0")
    waiting: list[tuple[str, object]] = [("", client)]
    while waiting:
        path, owner = waiting.pop(0)
        if isinstance(owner, Resource):
            yield path, type(owner)
        for name, _ in inspect.getmembers(type(owner), lambda member: isinstance(member, property)):
            if isinstance(child := getattr(owner, name), Resource):
                waiting.append((f"{path}.{name}".lstrip("."), child))


def _load(name: str) -> griffe.Module:
    module = griffe.load(name, search_paths=[ROOT / "overlays", ROOT / "generated"], resolve_aliases=True)
    if not isinstance(module, griffe.Module):
        raise TypeError(f"{name} is no module")
    return module


def _public(aurous: griffe.Module) -> Iterator[Page]:
    """The names of `aurous`, by the part that they come from."""
    parts: defaultdict[str, list[str]] = defaultdict(list)
    for name in (name for name in _exports(aurous) if name in aurous.members):
        parts[_part_of(aurous.members[name])].append(name)
    areas = sorted(parts.keys() - {CLIENTS, ERRORS, COMMON, CONTRACT})
    introduction = "Import these from `aurous`."
    # All errors are made by the SDK, in one way, and have the same members: what differs is what they are a kind of.
    of_errors: dict[str, object] = {"inherited_members": False, "merge_init_into_class": False, "show_bases": True}
    for title in (CLIENTS, ERRORS, COMMON, *areas, CONTRACT):
        options = of_errors if title == ERRORS else {}
        ordered = sorted(parts[title], key=lambda name: (name.removeprefix("Async"), name.startswith("Async")))
        yield _page(title, introduction, [_entry(f"aurous.{name}", **options) for name in ordered])


def _part_of(member: griffe.Object | griffe.Alias) -> str:
    target = member.target_path if isinstance(member, griffe.Alias) else member.path
    package, _, rest = target.partition(".")
    if package != "aurous":
        return CONTRACT
    part = rest.partition(".")[0]
    return _PARTS.get(part, COMMON if part.startswith("_") else part.capitalize())


def _packages(aurous: griffe.Module) -> Iterator[Page]:
    """The packages within `aurous` that are imported by their own names."""
    for module in _public_modules(aurous):
        introduction = module.docstring.value if module.docstring else ""
        entries = [_entry(f"{module.path}.{name}") for name in _exports(module)]
        yield _page(module.path, introduction, entries)


def _contract(models: griffe.Module, shown: set[str]) -> Iterator[Page]:
    """What is generated of the contract, but for what `aurous` shows."""
    introduction = (
        "Import these from `aurous_api.models`. An object has `to_dict()` and `from_dict(data)`, `to_json()` and"
        " `from_json(text)`, `additional_properties`, `meta` and `drift`; an enum is open, and has `is_known`."
        " [Schemas](../contract/schemas.md) tells the same of the wire."
    )
    entries = [
        _entry(f"aurous_api.models.{name}", inherited_members=False) for name in _exports(models) if name not in shown
    ]
    yield _page("aurous_api.models", introduction, entries)
    # Their fields are told of where the models are; here it is their types that count.
    fields = {"show_root_heading": False, "show_root_toc_entry": False, "show_if_no_docstring": True}
    yield _page("aurous_api.params", "", [_entry("aurous_api.params", **fields)])


def _public_modules(aurous: griffe.Module) -> Iterator[griffe.Module]:
    return (module for name, module in sorted(aurous.modules.items()) if name[0] != "_" and module.exports)


def _exports(module: griffe.Module) -> list[str]:
    return [str(name) for name in module.exports or ()]


def _path(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def _page(title: str, introduction: str, entries: list[str]) -> Page:
    file = title.lower().replace(" ", "-").replace(",", "").replace(".", "-")
    return Page(f"api/{file}.md", title, "\n".join([f"# {title}\n", f"{introduction}\n", *entries]))


def _entry(path: str, **options: object) -> str:
    """What mkdocstrings puts the documentation of a name in place of."""
    lines = [f"::: {path}", "    options:", *(f"      {name}: {json.dumps(value)}" for name, value in options.items())]
    return "\n".join(lines if options else lines[:1]) + "\n"
