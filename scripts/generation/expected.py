"""What a generated package must hold, as the contract has it.

A method for each operation on both kinds of resource, a class for each schema, and classes that give the contract's own
examples back unchanged.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from openapi.contract import Contract, Place, mapping, sequence, text
from openapi.document import Json, escaped
from openapi.naming import class_name, method_of


class Operation(NamedTuple):
    """An operation that is a method of a resource."""

    pointer: str
    resource: str
    class_name: str
    method: str
    parameters: list[str]
    """The names of its parameters on the wire."""


class Model(NamedTuple):
    """A schema that has a class."""

    pointer: str
    name: str


class Example(NamedTuple):
    """An example that its model parses, and gives back unchanged."""

    pointer: str
    model: str
    value: Json


class Expected(NamedTuple):
    """All that a package must hold. As JSON it is lists of lists, which `verify.py` reads in a process of its own."""

    operations: list[Operation]
    models: list[Model]
    examples: list[Example]


def expected_of(contract: Contract) -> Expected:
    """Read off a contract what a package that is generated from it must hold."""
    return Expected(list(_operations(contract)), list(_models(contract)), list(_examples(contract)))


def _operations(contract: Contract) -> Iterator[Operation]:
    for _, item, place in contract.operations():
        tag = text(next(iter(sequence(place.value.get("tags"))), ""))
        operation_id = text(place.value.get("operationId"))
        parameters = [text(each.value.get("name")) for each in contract.parameters(item, place)]
        body = contract.follow(place.value.get("requestBody"))
        fields = [name for media in mapping(body.get("content")).values() for name in _fields(contract, media)]
        method = method_of(operation_id, tag)
        yield Operation(place.pointer, tag.replace(".", "_"), class_name(tag), method, [*parameters, *fields])


def _fields(contract: Contract, media: Json) -> list[str]:
    return list(mapping(contract.follow(mapping(media).get("schema")).get("properties")))


def _models(contract: Contract) -> Iterator[Model]:
    for place in contract.of_kind("schema"):
        if not place.nested and place.pointer.startswith("#/components/schemas/") and _has_class(place.value):
            yield Model(place.pointer, _class_name(place.pointer, place.value))


def _examples(contract: Contract) -> Iterator[Example]:
    for place in contract.of_kind("media type"):
        for pointer, value in _values(contract, place):
            yield from _of_model(contract, pointer, place.value.get("schema"), value)
    for place in contract.of_kind("schema"):
        if not place.nested:
            yield from _own(contract, place)


def _values(contract: Contract, media_type: Place) -> Iterator[tuple[str, Json]]:
    """The examples of a media type: the single one, and the named ones wherever their references lead."""
    if "example" in media_type.value:
        yield f"{media_type.pointer}/example", media_type.value["example"]
    for name, entry in mapping(media_type.value.get("examples")).items():
        example = contract.follow(entry)
        if "value" in example:
            yield f"{media_type.pointer}/examples/{escaped(name)}/value", example["value"]


def _own(contract: Contract, place: Place) -> Iterator[Example]:
    """The examples that stand in a component's schema itself."""
    reference: dict[str, Json] = {"$ref": place.pointer}
    if "example" in place.value:
        yield from _of_model(contract, f"{place.pointer}/example", reference, place.value["example"])
    for index, value in enumerate(sequence(place.value.get("examples"))):
        yield from _of_model(contract, f"{place.pointer}/examples/{index}", reference, value)


def _of_model(contract: Contract, pointer: str, schema: Json, value: Json) -> Iterator[Example]:
    """An example with its class; those of a list one by one; nothing where the value has no class of its own."""
    followed = contract.follow(schema)
    if followed.get("type") == "array" and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _of_model(contract, f"{pointer}/{index}", followed.get("items"), item)
    elif isinstance(value, dict) and _has_class(followed) and "$ref" in mapping(schema):
        yield Example(pointer, _class_name(text(mapping(schema)["$ref"]), followed), value)


def _has_class(schema: dict[str, Any]) -> bool:
    """Whether the generator makes a class of a schema; lists, unions and scalars are types, not classes."""
    return "enum" in schema or "properties" in schema or "allOf" in schema or schema.get("type") == "object"


def _class_name(pointer: str, schema: dict[str, Json]) -> str:
    return text(schema.get("title")) or pointer.rpartition("/")[2]
