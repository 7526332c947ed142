"""The smallest value that fits a JSON Schema, as far as the documented part of JSON Schema goes."""

from typing import Any, Final

from ._json import Body, is_list, is_object, list_in, object_in
from ._schemas import at

_TEXT: Final = "text"
_TEXTS: Final = {
    "date": "2026-05-04",
    "date-time": "2026-05-04T10:00:00Z",
    "uuid": "0f8fad5b-d9cb-469f-a165-70867728950e",
}
_DEEPEST: Final = 20
_LONGEST: Final = 1000
_MOST: Final = 1000


def sample(schema: Any) -> Any:
    """A small value that fits a schema: of an object only what is required, of a choice the first one."""
    return _Samples(object_in(schema)).of(schema)


def has_foreign_reference(schema: Any) -> bool:
    """Whether a schema refers to anything outside of itself, which is documented as unsupported."""
    if is_list(schema):
        return any(map(has_foreign_reference, schema))
    if not is_object(schema):
        return False
    reference = schema.get("$ref")
    foreign = isinstance(reference, str) and not reference.startswith("#")
    return foreign or any(map(has_foreign_reference, schema.values()))


class _Samples:
    def __init__(self, root: Body) -> None:
        self._root = root
        self._left = _MOST

    def of(self, schema: Any, depth: int = 0) -> Any:
        schema = self._followed(schema)
        self._left -= 1
        if depth > _DEEPEST or self._left < 0:
            return None  # A schema that has no small value, or none at all.
        if "const" in schema:
            return schema["const"]
        if list_in(schema.get("enum")):
            return schema["enum"][0]
        for keyword in ("anyOf", "oneOf"):
            if list_in(schema.get(keyword)):
                rest = {name: value for name, value in schema.items() if name != keyword}
                return self.of({**rest, **self._followed(schema[keyword][0])}, depth + 1)
        return self._of_type(schema, depth)

    def _of_type(self, schema: Body, depth: int) -> Any:
        kind = _kind(schema)
        if kind == "object":
            properties, required = object_in(schema.get("properties")), list_in(schema.get("required"))
            return {name: self.of(properties.get(name), depth + 1) for name in required if isinstance(name, str)}
        if kind == "array":
            return [self.of(schema.get("items"), depth + 1) for _ in range(_whole(schema, "minItems"))]
        if kind == "string":
            return _text(schema)
        return {"integer": _number(schema), "number": _number(schema), "boolean": False}.get(kind)

    def _followed(self, schema: Any) -> Body:
        seen: set[str] = set()
        found = object_in(schema)
        while isinstance(reference := found.get("$ref"), str) and reference not in seen:
            seen.add(reference)
            found = object_in(at(self._root, reference.removeprefix("#")))
        return found


def _kind(schema: Body) -> str:
    kind = schema.get("type")
    if is_list(kind):
        kind = next((each for each in kind if each != "null"), "null")
    if isinstance(kind, str):
        return kind
    return "array" if "items" in schema else "object"


def _text(schema: Body) -> str:
    text = _TEXTS.get(str(schema.get("format")), _TEXT)
    longest = schema.get("maxLength")
    text = text.ljust(_whole(schema, "minLength"), ".")
    return text[:longest] if isinstance(longest, int) else text


def _number(schema: Body) -> Any:
    lowest, highest = schema.get("minimum"), schema.get("maximum")
    if isinstance(lowest, int | float):
        return lowest
    return min(0, highest) if isinstance(highest, int | float) else 0


def _whole(schema: Body, name: str) -> int:
    value = schema.get(name)
    return value if isinstance(value, int) and 0 <= value <= _LONGEST else 0
