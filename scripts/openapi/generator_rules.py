"""What openapi-python-client would lose, or break, without a word.

Names are normalised by the generator's own functions, never by a twin of them. The names that it takes for itself were
found by generating a model, or a call, for every word of its templates, and sending data through it.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final, Protocol, cast

from openapi_python_client.config import Config
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError, ParseError
from openapi_python_client.parser.properties import Class, EnumProperty
from openapi_python_client.strings import PythonIdentifier

from openapi.contract import Contract, Place, mapping, sequence, text
from openapi.document import Json, Problem, escaped, quoted
from openapi.naming import parseable
from openapi.rules import properties_of

RESERVED_PROPERTIES: Final = frozenset(
    {
        *("d", "cls", "src_dict", "field_dict", "prop", "prop_name", "prop_dict"),  # variables of from_dict and to_dict
        *("from_dict", "to_dict", "to_multipart", "additional_properties", "additional_keys"),  # members of every model
    }
)
RESERVED_PARAMETERS: Final = frozenset(
    {"body", "cookies", "headers", "params", "quote", "sync_detailed", "asyncio_detailed"}
)
RESERVED_CLASSES: Final = frozenset(
    {"Any", "AuthenticatedClient", "Client", "HTTPStatus", "Mapping", "Response", "T", "TypeVar", "UNSET", "Unset"}
)


class Rule(Protocol):
    """A rule that needs to know how the generator is configured."""

    def __call__(self, contract: Contract, config: Config, /) -> Iterator[Problem]:
        """Yield what breaks the rule."""
        ...


def operations(contract: Contract, config: Config) -> Iterator[Problem]:
    """Every operation has an id of its own, also once it is a module name. Of two, the generator keeps the last."""
    ids: dict[str, Place] = {}
    modules: dict[tuple[str, str], Place] = {}
    for place in contract.of_kind("path item"):
        if "$ref" in place.value:
            message = "the generator does not follow the reference of a path, and leaves the path out. Write it out."
            yield contract.problem(f"{place.pointer}/$ref", message)
    for _, _, operation in contract.operations():
        name = text(operation.value.get("operationId"))
        if not name:
            message = "no `operationId`: the module would be named after the path. Add one."
            yield contract.problem(operation.pointer, message)
            continue
        tag = text(next(iter(sequence(operation.value.get("tags"))), "default"))
        module = (PythonIdentifier(tag, "tag"), PythonIdentifier(name, config.field_prefix))
        other = ids.get(name) or modules.get(module)
        if other:
            message = f"{quoted(name)} is also the operation {other.pointer}, on line {contract.line(other.pointer)}"
            message += ". One of the two would be lost: rename one."
            yield contract.problem(f"{operation.pointer}/operationId", message)
        ids.setdefault(name, operation)
        modules.setdefault(module, operation)


def parameters(contract: Contract, config: Config) -> Iterator[Problem]:
    """Every parameter reaches the wire, under a name that the generated call does not need itself."""
    for place in contract.of_kind("parameter"):
        if "$ref" in place.value:
            continue
        parameter, schema = place.value, contract.follow(place.value.get("schema"))
        name = PythonIdentifier(text(parameter.get("name")), config.field_prefix)
        if "schema" not in parameter:
            yield contract.problem(place.pointer, "no `schema`: the generator leaves the parameter out. Add one.")
        if name in RESERVED_PARAMETERS:
            message = f"the generated call has a `{name}` of its own, which would take its place. Choose another name."
            yield contract.problem(f"{place.pointer}/name", message)
        if parameter.get("in") == "header" and "array" in _types(schema):
            message = "a header that is a list: the generator leaves the whole operation out. Make it a string."
            yield contract.problem(f"{place.pointer}/schema", message)
        if parameter.get("in") == "query" and parameter.get("explode") is False:
            yield contract.problem(
                f"{place.pointer}/explode", "the generator ignores it, and sends the values one by one. Remove it."
            )
        if parameter.get("in") == "query" and parameter.get("style", "form") != "form":
            style = quoted(parameter.get("style"))
            yield contract.problem(
                f"{place.pointer}/style", f"the generator ignores the style {style}. Only `form` is sent as it is said."
            )


def properties(contract: Contract, config: Config) -> Iterator[Problem]:
    """Every property is a field of its own, under a name that the model does not need itself."""
    for place in contract.of_kind("schema"):
        own = mapping(place.value.get("properties"))
        everything = dict.fromkeys(sorted(properties_of(contract, place.value) - own.keys())) | own
        fields: dict[str, str] = {}
        for name in everything:
            field = PythonIdentifier(name, config.field_prefix)
            pointer = f"{place.pointer}/properties/{escaped(name)}"
            if name in own and field in RESERVED_PROPERTIES:
                message = (
                    f"the generated model needs the name `{field}` itself: it would lose data, or not parse at all. "
                )
                message += "Leave the field out: it is then kept among the unknown ones."
                yield contract.problem(pointer, message)
            if name in own and field in fields:
                message = f"{quoted(name)} and {quoted(fields[field])} are both `{field}` in Python. Leave one out."
                yield contract.problem(pointer, message)
            fields.setdefault(field, name)
        yield from _loop_variables(contract, place, own, fields, config)


def _loop_variables(
    contract: Contract, place: Place, own: dict[str, Json], fields: dict[str, str], config: Config
) -> Iterator[Problem]:
    """The generated loop over a list `x` uses the variables `x_item` and `x_item_data`."""
    for name, schema in own.items():
        if "array" in _types(contract.follow(schema)):
            field = PythonIdentifier(name, config.field_prefix)
            for variable in (f"{field}_item", f"{field}_item_data"):
                if variable in fields:
                    message = f"the loop over the list {quoted(name)} would overwrite it. Leave one of the two out."
                    yield contract.problem(f"{place.pointer}/properties/{escaped(fields[variable])}", message)


def enums(contract: Contract, config: Config) -> Iterator[Problem]:
    """Every value of an enum becomes a member of its own."""
    for place in contract.of_kind("schema"):
        if "enum" not in place.value or not isinstance(place.value["enum"], list):
            continue
        values, pointer = place.value["enum"], f"{place.pointer}/enum"
        names = place.value.get("x-enum-varnames")
        if not values:
            yield contract.problem(
                pointer, "an enum without values: nothing would be valid. Add its values, or remove it."
            )
        elif {type(value) for value in values if value is not None} not in ({str}, {int}, set()):
            yield contract.problem(
                pointer, "the generator knows enums of texts or of integers only, and not mixed. Correct the values."
            )
        elif names is not None and len(sequence(names)) != len(values):
            yield contract.problem(
                f"{place.pointer}/x-enum-varnames",
                "not as many names as values: the generator ignores them. Add the rest.",
            )
        else:
            yield from _collisions(contract, pointer, values, [text(name) for name in sequence(names)], config)
        for index, value in enumerate(values):
            if any(value == other and type(value) is type(other) for other in values[:index]):
                yield contract.problem(f"{pointer}/{index}", f"{quoted(value)} stands twice. Remove one of the two.")


def _collisions(
    contract: Contract, pointer: str, values: list[Json], names: list[str], config: Config
) -> Iterator[Problem]:
    """Values of an enum whose members would have the same name, of which the generator keeps the last."""
    members: dict[str, Json] = {}
    for index, value in enumerate(values):
        if value is None:
            continue
        member = _member(index, value, names[index : index + 1], config)
        if member in members and members[member] != value:
            message = f"{quoted(value)} and {quoted(members[member])} are both `{member}` in Python. "
            message += "One of the two would be lost: tell them apart with `x-enum-varnames`."
            yield contract.problem(f"{pointer}/{index}", message)
        members.setdefault(member, value)


def _member(index: int, value: Json, names: list[str], config: Config) -> str:
    """The name that the generator gives a member. One that is no word is named by its place, so the place is kept."""
    # Integers stand in for the values before it; their names (VALUE_NEGATIVE_1000000000, ...) are in nobody's way.
    before = [] if names else [-(10**9) - number for number in range(index)]
    listed = cast("list[str]", [*before, value])
    return list(EnumProperty.values_from_list(listed, Class.from_string(string="Enum", config=config), names))[-1]


def classes(contract: Contract, config: Config) -> Iterator[Problem]:
    """Every component is a class and a module of its own, under names that the generated code does not need itself."""
    made: list[tuple[Class, str]] = []
    for name, value in mapping(mapping(contract.data.get("components")).get("schemas")).items():
        schema = mapping(value)
        if "enum" in schema or not _types(schema).isdisjoint({"object", ""}):
            pointer = f"#/components/schemas/{escaped(name)}"
            made.append((Class.from_string(string=text(schema.get("title")) or name, config=config), pointer))
    yield from _taken(contract, made)


def _taken(contract: Contract, made: Iterable[tuple[Class, str]]) -> Iterator[Problem]:
    """Classes whose name or module is somebody else's."""
    modules: dict[str, str] = {}
    for one, pointer in made:
        if one.name in RESERVED_CLASSES:
            yield contract.problem(pointer, f"the generated code has a `{one.name}` of its own. Choose another name.")
        if one.module_name in modules:
            message = f"becomes the module `{one.module_name}`, as does {modules[one.module_name]}. "
            message += "One of the two would be lost: rename one."
            yield contract.problem(pointer, message)
        modules.setdefault(one.module_name, pointer)


def keywords(contract: Contract, _: Config) -> Iterator[Problem]:
    """No keyword that the generator overlooks, or that makes it throw away what it was sent."""
    for place in contract.of_kind("schema"):
        if place.value.get("additionalProperties") is False:
            message = "the generated model would drop fields that are not described here. Remove it: objects stay open."
            yield contract.problem(f"{place.pointer}/additionalProperties", message)
        if "discriminator" in place.value:
            message = "the generator ignores it, and takes the first alternative that parses. Remove it."
            yield contract.problem(f"{place.pointer}/discriminator", message)
        types = _types(place.value)
        if not place.nested and place.pointer.startswith("#/components/schemas/") and "null" in types:
            message = "a component that may be null gets a class of another name, or several. "
            message += 'Let it not be null, and write `oneOf: [{$ref: …}, {type: "null"}]` where it is used.'
            if "object" in types or "enum" in place.value:
                yield contract.problem(f"{place.pointer}/type", message)


RULES: Final[tuple[Rule, ...]] = (operations, parameters, properties, enums, classes, keywords)


def rehearsal(contract: Contract, config: Config) -> Iterator[Problem]:
    """What the generator itself says of the contract, without writing anything: the net below the rules."""
    data = parseable(contract)
    for place in Contract(contract.path, data).places:
        if place.kind in ("schema", "parameter", "response", "operation", "request body"):
            place.value["x-pointer"] = place.pointer
    try:
        result = GeneratorData.from_dict(data, config=config)
    except Exception as broken:  # noqa: BLE001  # whatever it is, it comes from the contract
        yield contract.problem("#", f"the generator breaks on this contract: {type(broken).__name__}: {broken}.")
        return
    if isinstance(result, GeneratorError):
        yield contract.problem("#", f"the generator refuses this contract: {_plain(result)}")
        return
    # A model that is left out takes along whatever refers to it: of the two, the model is worth a message.
    collections = result.endpoint_collections_by_tag.values()
    for error in result.errors or chain.from_iterable(collection.parse_errors for collection in collections):
        yield contract.problem(_blamed(contract, error), f"the generator says: {_plain(error)}")
    pointers = {model.class_info.name: (model.data.model_extra or {}).get("x-pointer", "") for model in result.models}
    made = [one.class_info for one in (*result.models, *result.enums)]
    yield from _taken(contract, [(one, pointers.get(one.name) or "#/components/schemas") for one in made])


def _plain(error: GeneratorError) -> str:
    """What the generator says, on one line and without the addresses of its objects."""
    said = " ".join(f"{error.header} {error.detail or ''}".split())
    return re.sub(r"<[\w.]+ object at 0x[0-9a-f]+>", "…", said)


def _blamed(contract: Contract, error: ParseError) -> str:
    """The place that an error of the generator is about."""
    marked = (error.data.model_extra or {}).get("x-pointer") if error.data else None
    if isinstance(marked, str):
        return marked
    for path, _, operation in contract.operations():
        method = operation.pointer.rpartition("/")[2].upper()
        if f"{method} {path} " in error.header:
            return operation.pointer
    return "#"


def _types(schema: dict[str, Json]) -> frozenset[str]:
    """The types that a schema names; the empty text where it names none."""
    named = schema.get("type", "")
    return frozenset(text(one) for one in (named if isinstance(named, list) else [named]))
