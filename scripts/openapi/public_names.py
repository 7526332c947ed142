"""What callers know a contract by: its methods and what they return, its classes, its types, the members of its enums.

All of it is asked of the generation, and nothing is written.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from openapi_python_client.config import Config
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError
from openapi_python_client.parser.properties import EnumProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol
from openapi_python_client.parser.properties.union import UnionProperty

from generation import operations
from openapi.contract import Contract, text
from openapi.document import display_name
from openapi.naming import parseable


@dataclass(frozen=True)
class Method:
    """A method, as its callers know it.

    Attributes:
        call: how it is called (`client.things.retrieve`).
        parameters: the names of its parameters, by where each goes in the request and its name there.
        result: the type of what it returns.
        pages: how it comes to the next page, if it returns one.
        identity: the fields of the result that are held against the id in the path.
        creates: the field of the result that says when it was created, if that is looked at.
    """

    call: str
    parameters: dict[tuple[str, str], str]
    result: str
    pages: str
    identity: tuple[str, ...]
    creates: str


@dataclass(frozen=True)
class PublicNames:
    """What the generation makes of a contract, by JSON pointer.

    Attributes:
        methods: the method of each operation.
        classes: the class of each schema that has one.
        types: the Python type of each schema that the generator looks at.
        members: the names of the members of each enum, in the order of its values, null left out.
    """

    methods: dict[str, Method]
    classes: dict[str, str]
    types: dict[str, str]
    members: dict[str, list[str]]


def public_names(contract: Contract, config: Config) -> PublicNames:
    """Ask the generation what it calls things.

    Raises:
        ValueError: the generator refuses the contract.
    """
    marked = json.loads(json.dumps(parseable(contract)))  # written out: what is shared by an alias has many places
    for place in Contract(contract.path, marked).places:
        if place.kind == "schema" and "$ref" not in place.value:
            place.value["description"] = place.pointer  # the one text that comes out again at the other end
    result = GeneratorData.from_dict(marked, config=config)
    if isinstance(result, GeneratorError):
        raise ValueError(f"{display_name(contract.path)}: {result.header}")  # noqa: TRY004  # it is no mistake of types
    made = sorted((one.class_info.name, _marker(one)) for one in (*result.models, *result.enums))
    return PublicNames(
        methods=_methods(contract, result, config),
        classes={pointer: name for name, pointer in reversed(made)},
        types=dict(reversed(list(_types(result)))),
        members={_marker(enum): list(enum.values) for enum in result.enums if isinstance(enum, EnumProperty)},
    )


def _methods(contract: Contract, data: GeneratorData, config: Config) -> dict[str, Method]:
    pointers = {text(place.value.get("operationId")): place.pointer for _, _, place in contract.operations()}
    made = [one for resource in operations.resources_of(contract, data, config) for one in resource.operations]
    return {pointers[one.id]: _method(one) for one in made}


def _method(operation: operations.Operation) -> Method:
    groups = {
        "path": operation.path_parameters,
        "query": operation.query,
        "header": operation.headers,
        "body": operation.body,
    }
    expression = operation.result.expression
    return Method(
        # A contract from before the conventions has names that are no calls.
        call=f"client.{operation.name}" if operation.method_name else operation.id,
        parameters={(where, one.wire): one.name for where, group in groups.items() for one in group},
        result=operation.result.annotation,
        pages=expression if expression.startswith("PageResult(") else "",
        identity=operation.identity,
        creates=operation.creates,
    )


def _types(result: GeneratorData) -> Iterator[tuple[str, str]]:
    """The Python type of every schema, those around others first."""
    for model in result.models:
        inner = [*(model.required_properties or ()), *(model.optional_properties or ()), model.additional_properties]
        for one in inner:
            yield from _types_within(one)
    for collection in result.endpoint_collections_by_tag.values():
        for endpoint in collection.endpoints:
            for one in chain(endpoint.list_all_parameters(), (response.prop for response in endpoint.responses)):
                yield from _types_within(one)


def _types_within(one: PropertyProtocol | None) -> Iterator[tuple[str, str]]:
    if one is None:
        return
    yield _marker(one), one.get_type_string(no_optional=True).as_unembedded_code()
    if isinstance(one, UnionProperty):
        for inner in one.inner_properties:
            yield from _types_within(inner)
    elif isinstance(one, ListProperty):
        yield from _types_within(one.inner_property)


def _marker(one: PropertyProtocol) -> str:
    return one.description.get_untrusted_value() if one.description else ""
