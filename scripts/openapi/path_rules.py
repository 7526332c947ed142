"""Where an operation is on the wire: its path, its method, and the key that goes along."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from openapi.contract import Contract, Place, mapping, sequence
from openapi.document import Problem, escaped, quoted

_SEGMENT: Final = re.compile(r"(?:[A-Za-z0-9._~:@!$&'()*+,;=-]|\{[^{}]*\})+")
_PARAMETER: Final = re.compile(r"\{([^{}]*)\}")
_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_VERSION: Final = re.compile(r"/v\d+/")


def paths(contract: Contract) -> Iterator[Problem]:
    """A path is one that can be sent as it stands, and is told from all others."""
    known = mapping(contract.data.get("paths"))
    versions = Counter(found[0].rstrip("/") for path in known if (found := _VERSION.match(path)))
    usual = versions.most_common(1)[0][0] if versions else ""
    shapes: dict[str, str] = {}
    for path, item in known.items():
        pointer = f"#/paths/{escaped(path)}"
        if path.startswith("x-") or not isinstance(item, dict):
            continue
        if problem := _problem_of(path):
            yield contract.problem(pointer, problem)
            continue
        if usual and not _VERSION.match(path):
            message = f"the other paths begin with `{usual}`, which is part of the path. Write {quoted(usual + path)}."
            yield contract.problem(pointer, message)
        shape = _PARAMETER.sub("{}", path)
        if other := shapes.get(shape):
            message = f"the same path as {quoted(other)}: the names of parameters are not sent. Make one of the two."
            yield contract.problem(pointer, message)
        shapes.setdefault(shape, path)


def _problem_of(path: str) -> str:
    """What is wrong with a path; empty if nothing is."""
    if not path.startswith("/"):
        return f"a path begins with `/`. Write {quoted('/' + path)}."
    if "?" in path or "#" in path:
        return "a path ends where the query begins. Describe what follows as parameters (`in: query`)."
    if path.endswith("/"):
        return f"the SDK sends a path as it stands, and none ends with `/`. Write {quoted(path.rstrip('/') or '/…')}."
    for segment in path[1:].split("/"):
        if not _SEGMENT.fullmatch(segment) or segment in (".", ".."):
            allowed = "ASCII letters, digits and `-._~`, or a parameter in braces"
            return f"{quoted(segment)} cannot be sent: between slashes stand {allowed}. Correct it."
    return _problem_of_names(_PARAMETER.findall(path))


def _problem_of_names(names: list[str]) -> str:
    for name in names:
        braced = quoted(f"{{{name}}}")
        if not _WORD.fullmatch(name):
            word = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_") or "id"
            return f"{braced} is no word. Rename it, `{{{word}}}` for example: its name is not sent."
        if names.count(name) > 1:
            return f"{braced} stands twice. Rename one of the two."
    return ""


def methods(contract: Contract) -> Iterator[Problem]:
    """The methods that the SDK sends: those with a response that can be read."""
    for _, _, operation in contract.operations():
        method = operation.pointer.rpartition("/")[2]
        if method == "trace":
            yield contract.problem(operation.pointer, "the SDK sends no TRACE: it would echo the key. Leave it out.")
        if method == "head":
            for status, response in mapping(operation.value.get("responses")).items():
                if mapping(contract.follow(response).get("content")):
                    message = "a response to HEAD has no body. Leave `content` out."
                    yield contract.problem(f"{operation.pointer}/responses/{escaped(status)}", message)


def keys(contract: Contract) -> Iterator[Problem]:
    """The key goes along with every call, in its header: no operation is without it, or takes another."""
    schemes = mapping(mapping(contract.data.get("components")).get("securitySchemes"))
    headers = {
        name
        for name, scheme in schemes.items()
        if (found := contract.follow(scheme)).get("type") == "apiKey" and found.get("in") == "header"
    }
    everything = Place("document", "#", contract.data)
    for place in (everything, *(operation for _, _, operation in contract.operations())):
        if "security" not in place.value:
            continue
        pointer, ways = f"{place.pointer}/security", sequence(place.value["security"])
        for index, way in enumerate(ways):
            if way == {}:
                message = "the SDK sends the key with every call. Remove this, and say in the description that none is "
                yield contract.problem(f"{pointer}/{index}", f"{message}needed.")
        if not ways:
            message = (
                "the SDK sends the key with every call. Remove it, and say in the description that none is needed."
            )
            yield contract.problem(pointer, message)
        elif not any(len(mapping(way)) == 1 and mapping(way).keys() <= headers for way in ways) and {} not in ways:
            message = "the SDK sends its key in a header, and nothing else. Let one way be such a scheme alone "
            yield contract.problem(pointer, f"{message}(`type: apiKey`, `in: header`), or leave the operation out.")


RULES: Final[tuple[Callable[[Contract], Iterator[Problem]], ...]] = (paths, methods, keys)
