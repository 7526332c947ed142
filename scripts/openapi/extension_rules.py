"""The extensions (`x-…`) that this project knows, and where each has an effect. Another one would do nothing."""

from collections.abc import Callable, Iterator
from typing import Final

from openapi.contract import Contract, Place, mapping, sequence
from openapi.document import Problem, escaped, quoted
from openapi.rules import suggestion

KNOWN: Final = {
    "document": ("x-rate-limits",),
    "info": ("x-aurous-version",),
    "operation": ("x-creates", "x-identity", "x-pagination", "x-rate-limit", "x-scope"),
    "response": ("x-cross-origin",),
    "schema": ("x-codes", "x-enum-varnames"),
    "example": ("x-deviates",),
}
"""The extensions, by the kind of place that each stands on. The head of openapi.yaml says what they mean."""


def extensions(contract: Contract) -> Iterator[Problem]:
    """Every key that begins with `x-` is one that something here reads, at the place where it is read."""
    homes = {key: kind for kind, keys in KNOWN.items() for key in keys}
    for place in (*_around(contract), *contract.places):
        for key in place.value:
            if not key.startswith("x-") or key in KNOWN.get(place.kind, ()):
                continue
            if key == "x-deviates":  # told by the rules of examples
                continue
            pointer = f"{place.pointer}/{escaped(key)}"
            if key in homes:
                message = f"{quoted(key)} has no effect here: it stands on {_named(homes[key])}. Move it there."
            elif meant := suggestion(key, homes):
                message = f"{quoted(key)} is not known, and would do nothing. Did you mean {quoted(meant)}?"
            else:
                known = ", ".join(map(quoted, KNOWN.get(place.kind, ()))) or "none"
                message = f"{quoted(key)} is not known, and would do nothing (known here: {known}). Make it a comment."
            yield contract.problem(pointer, message)


def _around(contract: Contract) -> Iterator[Place]:
    """The places that are of no kind of their own in a contract."""
    yield Place("document", "#", contract.data)
    for name in ("info", "paths", "components"):
        yield Place(name, f"#/{name}", mapping(contract.data.get(name)))
    for name in ("tags", "servers"):
        for index, entry in enumerate(sequence(contract.data.get(name))):
            yield Place(name, f"#/{name}/{index}", mapping(entry))


def _named(kind: str) -> str:
    names = {"document": "the contract as a whole", "info": "`info`"}
    return names.get(kind) or (f"an {kind}" if kind[0] in "aeiou" else f"a {kind}")


RULES: Final[tuple[Callable[[Contract], Iterator[Problem]], ...]] = (extensions,)
