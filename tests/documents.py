"""Strategies for what a server may send: JSON of any kind, and completions that went wrong in a few places."""

import copy
import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from scripted import EXAMPLES, ID

# Lone surrogates and control characters are legal in JSON, as escapes.
strings = st.text(st.characters(), max_size=12) | st.sampled_from(
    ["", "completed", "failed", "cancelled_by_request", "al", "a\nb", "\x1b[31m", "\ud800", "\u2028", "chat.completion"]
)
numbers = (
    st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([0, -1, 7.0, 10**400, -(10**25), 1e300, 5e-324, 253402300800, -62135596801])
)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | numbers | strings,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(strings, inner, max_size=3),
    max_leaves=8,
)

number_texts = st.from_regex(
    r"-?(0|[1-9][0-9]{0,6})(\.[0-9]{1,8})?([eE][+-]?[0-9]{1,2})?|-?[1-9][0-9]{7,30}", fullmatch=True
)
"""Numbers as JSON spells them (RFC 8259 section 6): integers, and others of up to 15 significant digits."""


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The way to each value inside a JSON document."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in members:
        yield (*path, name)
        yield from places(inner, (*path, name))


def parent_of(document: Any, path: tuple[str | int, ...]) -> Any:
    """The object or array that holds the value at a path."""
    for step in path[:-1]:
        document = document[step]
    return document


@st.composite
def completions(draw: st.DrawFn, changes: int = 3) -> dict[str, Any]:
    """An example of the contract under the usual id, changed in up to so many places; never in its id."""
    document: dict[str, Any] = {**copy.deepcopy(draw(st.sampled_from(list(EXAMPLES.values())))), "id": ID}
    for _ in range(draw(st.integers(0, changes))):
        path = draw(st.sampled_from([path for path in places(document) if path != ("id",)]))
        parent, last = parent_of(document, path), path[-1]
        match draw(st.sampled_from(["replace", "null", "remove", "add"])):
            case "replace":
                parent[last] = draw(json_values)
            case "null":
                parent[last] = None
            case "remove":
                del parent[last]
            case "add" if isinstance(parent, dict):
                name = draw(strings)
                parent[ID if name == "id" else name] = draw(json_values)
            case _:
                parent.append(draw(json_values))
    if is_error_envelope(document):
        del document["error"]
    return document


def is_error_envelope(document: dict[str, Any]) -> bool:
    """Whether an object is an error in place of a completion, not a completion with an error."""
    return isinstance(document.get("error"), dict) and "status" not in document


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """Anything that a server may send as a body: JSON, nearly JSON, or none at all."""
    document = draw(completions() | json_values)
    whole = json.dumps(document).encode()
    match draw(st.sampled_from(["whole", "cut", "garbled", "bytes", "bom", "latin-1"])):
        case "whole":
            return whole
        case "cut":
            return whole[: draw(st.integers(0, len(whole)))]
        case "garbled":
            at = draw(st.integers(0, len(whole)))
            return whole[:at] + draw(st.binary(max_size=4)) + whole[at + draw(st.integers(0, 3)) :]
        case "bom":
            return b"\xef\xbb\xbf" + whole
        case "latin-1":
            return json.dumps(document, ensure_ascii=False).encode("latin-1", "replace")
        case _:
            return draw(st.binary(max_size=40))
