"""The contract as OpenAPI sees it: which mapping is an operation, which a schema, and where a reference leads.

Nothing here judges. Whatever is not of the right form is passed over; the rules say what is wrong with it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final
from urllib.parse import unquote

from openapi.document import Document, Json, escaped, index_of, pointer_parts

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

SECTIONS: Final = {
    "schema": "schemas",
    "response": "responses",
    "parameter": "parameters",
    "example": "examples",
    "request body": "requestBodies",
    "header": "headers",
    "security scheme": "securitySchemes",
    "link": "links",
    "path item": "pathItems",
}
"""Each kind of component, and the section of `components` that holds it."""

_ONE_SCHEMA = (
    "additionalProperties", "contains", "contentSchema", "else", "if", "items", "not", "propertyNames", "then",
    "unevaluatedItems", "unevaluatedProperties",
)  # fmt: skip
_LIST_OF_SCHEMAS = ("allOf", "anyOf", "oneOf", "prefixItems")
_MAP_OF_SCHEMAS = ("$defs", "dependentSchemas", "patternProperties", "properties")

SAME_VALUE: Final = ("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas")
"""The keywords whose schemas describe the very value that the schema around them describes."""


@dataclass(frozen=True)
class Place:
    """A mapping of the contract that has a meaning in OpenAPI.

    Args:
        kind: One of the keys of `SECTIONS`, or `operation`, or `media type`.
        pointer: Where it stands.
        value: The mapping; perhaps no more than a `$ref`.
        nested: Whether it is a schema within a schema.
    """

    kind: str
    pointer: str
    value: dict[str, Json]
    nested: bool = False


@dataclass(frozen=True)
class Contract(Document):
    """An OpenAPI document with its places."""

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Every place, in the order of the document's sections."""
        return (*_paths(self.data.get("paths"), "#/paths"), *_components(mapping(self.data.get("components"))))

    def of_kind(self, kind: str) -> Iterator[Place]:
        """The places of one kind."""
        return (place for place in self.places if place.kind == kind)

    def resolve(self, reference: Json) -> Json:
        """What a reference within the document leads to, in one step; None where it leads nowhere."""
        if not isinstance(reference, str) or not reference.startswith("#/"):
            return None
        value: Json = self.data
        for part in pointer_parts(unquote(reference)):
            index = index_of(part, sequence(value))
            value = mapping(value).get(part) if index is None else sequence(value)[index]
        return value

    def follow(self, value: Json) -> dict[str, Json]:
        """The mapping that a value stands for, references followed; empty where they lead nowhere or in a circle."""
        seen: set[str] = set()
        while isinstance(value, dict) and "$ref" in value:
            reference = value["$ref"]
            if not isinstance(reference, str) or reference in seen:
                return {}
            seen.add(reference)
            value = self.resolve(reference)
        return mapping(value)

    def operations(self) -> Iterator[tuple[str, Place, Place]]:
        """Every operation under `paths`: its path, the path item, and the operation."""
        for path, item in mapping(self.data.get("paths")).items():
            pointer = f"#/paths/{escaped(path)}"
            for method in METHODS:
                operation = mapping(item).get(method)
                if isinstance(operation, dict):
                    around = Place("path item", pointer, mapping(item))
                    yield path, around, Place("operation", f"{pointer}/{method}", operation)

    def parameters(self, path_item: Place, operation: Place) -> Iterator[Place]:
        """The parameters of an operation, references followed: its own, and those of its path that it leaves."""
        seen: set[tuple[str, str]] = set()
        for place in (operation, path_item):
            own: set[tuple[str, str]] = set()
            for index, entry in enumerate(sequence(place.value.get("parameters"))):
                value = self.follow(entry)
                key = (text(value.get("name")), text(value.get("in")))
                own.add(key)
                if key not in seen:
                    yield Place("parameter", f"{place.pointer}/parameters/{index}", value)
            seen |= own


def mapping(value: Json) -> dict[str, Json]:
    """The value if it is a mapping, else an empty one."""
    return value if isinstance(value, dict) else {}


def sequence(value: Json) -> list[Json]:
    """The value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def text(value: Json) -> str:
    """The value if it is a text, else an empty one."""
    return value if isinstance(value, str) else ""


def subschemas(schema: dict[str, Json], pointer: str, keywords: tuple[str, ...] = ()) -> Iterator[Place]:
    """The schemas directly within a schema; only those under the given keywords, if any are given."""
    for keyword, value in schema.items():
        below = f"{pointer}/{escaped(keyword)}"
        if keywords and keyword not in keywords:
            continue
        if keyword in _ONE_SCHEMA and isinstance(value, dict):
            yield Place("schema", below, value, nested=True)
        elif keyword in _LIST_OF_SCHEMAS:
            yield from _nested(below, enumerate(sequence(value)))
        elif keyword in _MAP_OF_SCHEMAS:
            yield from _nested(below, mapping(value).items())


def _nested(pointer: str, entries: Iterable[tuple[object, Json]]) -> Iterator[Place]:
    for key, value in entries:
        if isinstance(value, dict):
            yield Place("schema", f"{pointer}/{escaped(str(key))}", value, nested=True)


def _schema(value: Json, pointer: str, *, nested: bool = False) -> Iterator[Place]:
    if isinstance(value, dict):
        yield Place("schema", pointer, value, nested)
        for place in subschemas(value, pointer):
            yield from _schema(place.value, place.pointer, nested=True)


def _paths(paths: Json, pointer: str) -> Iterator[Place]:
    for path, item in mapping(paths).items():
        yield from _path_item(item, f"{pointer}/{escaped(path)}")


def _path_item(value: Json, pointer: str) -> Iterator[Place]:
    item = mapping(value)
    if item:
        yield Place("path item", pointer, item)
    for index, entry in enumerate(sequence(item.get("parameters"))):
        yield from _described("parameter", entry, f"{pointer}/parameters/{index}")
    for method in METHODS:
        yield from _operation(item.get(method), f"{pointer}/{method}")


def _operation(value: Json, pointer: str) -> Iterator[Place]:
    if not isinstance(value, dict):
        return
    yield Place("operation", pointer, value)
    for index, entry in enumerate(sequence(value.get("parameters"))):
        yield from _described("parameter", entry, f"{pointer}/parameters/{index}")
    yield from _described("request body", value.get("requestBody"), f"{pointer}/requestBody")
    for status, response in mapping(value.get("responses")).items():
        yield from _response(response, f"{pointer}/responses/{escaped(status)}")
    for name, callback in mapping(value.get("callbacks")).items():
        yield from _paths(callback, f"{pointer}/callbacks/{escaped(name)}")


def _response(value: Json, pointer: str) -> Iterator[Place]:
    yield from _described("response", value, pointer)
    for name, header in mapping(mapping(value).get("headers")).items():
        yield from _described("header", header, f"{pointer}/headers/{escaped(name)}")
    for name, link in mapping(mapping(value).get("links")).items():
        yield from _described("link", link, f"{pointer}/links/{escaped(name)}")


def _described(kind: str, value: Json, pointer: str) -> Iterator[Place]:
    """A component of a kind, with the schema, the examples and the content that it may have."""
    if not isinstance(value, dict):
        return
    yield Place(kind, pointer, value)
    yield from _schema(value.get("schema"), f"{pointer}/schema")
    for name, example in mapping(value.get("examples")).items():
        if isinstance(example, dict):
            yield Place("example", f"{pointer}/examples/{escaped(name)}", example)
    for name, media in mapping(value.get("content")).items():
        yield from _described("media type", media, f"{pointer}/content/{escaped(name)}")


def _components(components: dict[str, Json]) -> Iterator[Place]:
    for kind, section in SECTIONS.items():
        for name, value in mapping(components.get(section)).items():
            pointer = f"#/components/{section}/{escaped(name)}"
            if kind == "schema":
                yield from _schema(value, pointer)
            elif kind == "response":
                yield from _response(value, pointer)
            elif kind == "path item":
                yield from _path_item(value, pointer)
            else:
                yield from _described(kind, value, pointer)
