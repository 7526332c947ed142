"""What a schema says of its values, with its references followed: their types, their fields, their constants."""

from collections.abc import Iterator
from typing import Final

from openapi.contract import Contract, mapping, sequence, text
from openapi.document import Json

SCALARS: Final = frozenset({"boolean", "integer", "number", "string"})

_CHOICES: Final = ("anyOf", "oneOf")
_TYPES: Final[dict[type, str]] = {
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
    type(None): "null",
}


def types_named(schema: dict[str, Json]) -> frozenset[str]:
    """The types that a schema itself names; none where it has no `type`."""
    named = schema.get("type", [])
    return frozenset(map(text, named if isinstance(named, list) else [named]))


def alternatives(contract: Contract, schema: Json) -> Iterator[dict[str, Json]]:
    """The schemas one of which a value keeps to: those of `anyOf` and `oneOf`, or else the schema itself."""
    seen: set[int] = set()

    def visit(value: Json) -> Iterator[dict[str, Json]]:
        found = contract.follow(value)
        choices = [one for keyword in _CHOICES for one in sequence(found.get(keyword))]
        if id(found) in seen:
            return
        seen.add(id(found))
        if not choices:
            yield found
        for choice in choices:
            yield from visit(choice)

    yield from visit(schema)


def types_of(contract: Contract, schema: dict[str, Json]) -> frozenset[str]:
    """The JSON types that the values of a schema without alternatives may have; none where it does not say."""
    for part in parts_of(contract, schema):
        named = types_named(part)
        constants = constants_of(part)
        if named:
            return named
        if constants is not None:
            return frozenset(_TYPES[type(value)] for value in constants)
        if "properties" in part or "additionalProperties" in part:
            return frozenset({"object"})
        if "items" in part:
            return frozenset({"array"})
    return frozenset()


def constants_of(schema: dict[str, Json]) -> list[Json] | None:
    """The only values that a schema takes, by `const` or `enum`; None where it does not list them."""
    return [schema["const"]] if "const" in schema else sequence(schema["enum"]) if "enum" in schema else None


def parts_of(contract: Contract, schema: Json) -> list[dict[str, Json]]:
    """A schema and all that its `allOf` adds to it: every one describes the value."""
    found: dict[int, dict[str, Json]] = {}

    def collect(value: Json) -> None:
        part = contract.follow(value)
        if id(part) not in found:
            found[id(part)] = part
            for inner in sequence(part.get("allOf")):
                collect(inner)

    collect(schema)
    return list(found.values())


def fields_of(contract: Contract, schema: Json) -> dict[str, Json]:
    """The properties that a schema gives its value, by name, those of its `allOf` included."""
    parts = parts_of(contract, schema)
    return {name: field for part in reversed(parts) for name, field in mapping(part.get("properties")).items()}


def required_of(contract: Contract, schema: Json) -> frozenset[str]:
    """The names of the properties that a value must have."""
    return frozenset(text(name) for part in parts_of(contract, schema) for name in sequence(part.get("required")))
