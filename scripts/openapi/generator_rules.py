"""What the generator would lose, or break, without a word.

Names are normalised by openapi-python-client's own functions, never by a twin of them. The names that the generated
code takes for itself are those that its templates import, and those that its classes have.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final, Protocol, cast

from openapi_python_client.config import Config
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError, ParseError
from openapi_python_client.parser.properties import Class, EnumProperty
from openapi_python_client.strings import PythonIdentifier, in_double_quote_literal

from openapi.contract import Contract, Place, mapping, sequence, text
from openapi.document import Json, Problem, escaped, pointer_parts, quoted
from openapi.handwritten import taken_by_models, taken_by_subclass
from openapi.naming import class_name, parseable, resource_paths
from openapi.schemas import fields_of, types_named

RESERVED_CLASSES: Final = frozenset(
    {
        *("Any", "ClassVar", "Literal", "Mapping", "Required", "Sequence", "TypedDict", "UNSET", "UUID", "Unset"),
        *("ArrayResult", "AsyncResource", "BinaryResult", "Body", "CallOptions", "Cursor", "FileInput", "ObjectResult"),
        *("OpenResult", "Operation", "PageResult", "Parameter", "Resource"),
        *(
            "AsyncContentStream",
            "AsyncPage",
            "BinaryContent",
            "ContentStream",
            "ItemList",
            "OpenValue",
            "Page",
            "Timeout",
        ),
    }
)
"""What the generated modules import by its bare name: the class of a component by that name would take its place."""


class Rule(Protocol):
    """A rule that needs to know how the generator is configured."""

    def __call__(self, contract: Contract, config: Config, /) -> Iterator[Problem]:
        """Yield what breaks the rule."""
        ...


def operations(contract: Contract, config: Config) -> Iterator[Problem]:
    """Every operation has an id of its own, also once it is a name in Python. Of two, the generator keeps the last."""
    for place in contract.of_kind("path item"):
        if "$ref" in place.value:
            message = "the generator does not follow the reference of a path, and leaves the path out. Write it out."
            yield contract.problem(f"{place.pointer}/$ref", message)
    made: dict[str, Place] = {}
    for _, _, operation in contract.operations():
        name = text(operation.value.get("operationId"))
        if not name:
            message = "no `operationId`: nothing says which method this is. Add one: the tag and the method."
            yield contract.problem(operation.pointer, message)
            continue
        other = made.setdefault(PythonIdentifier(name, config.field_prefix), operation)
        if other is not operation:
            message = f"{quoted(name)} is also the operation {other.pointer}, on line {contract.line(other.pointer)}"
            message += ". One of the two would be lost: rename one."
            yield contract.problem(f"{operation.pointer}/operationId", message)


def properties(contract: Contract, config: Config) -> Iterator[Problem]:
    """Every property is a field of its own, under a name that its class leaves free."""
    for place in contract.of_kind("schema"):
        if "$ref" in place.value:
            continue
        own, subclass = mapping(place.value.get("properties")), _taken_by_subclass(place, config)
        taken = taken_by_models() | subclass
        fields: dict[str, str] = {}
        for name in [*sorted(fields_of(contract, place.value).keys() - own.keys()), *own]:
            field = PythonIdentifier(name, config.field_prefix)
            pointer = f"{place.pointer}/properties/{escaped(name)}" if name in own else place.pointer
            if field in (taken if name in own else subclass):
                message = f"`{taken[field]}` has a `{field}` of its own. Leave the field out: it is kept in "
                message += "`additional_properties`."
                yield contract.problem(pointer, message)
            if name in own and field in fields:
                message = f"{quoted(name)} and {quoted(fields[field])} are both `{field}` in Python. Leave one out."
                yield contract.problem(pointer, message)
            fields.setdefault(field, name)


def _taken_by_subclass(place: Place, config: Config) -> dict[str, str]:
    """What the SDK's subclass of the model of a component has beside its fields."""
    if place.nested or not place.pointer.startswith("#/components/schemas/"):
        return {}
    return taken_by_subclass(_class_of(place.pointer, place.value, config).name)


def spellings(contract: Contract, config: Config) -> Iterator[Problem]:
    """A name is the same to Python as to the generator: Python reads some letters as others (NFKC), `ﬁ` as `fi`."""
    for place in contract.places:
        names = {f"{place.pointer}/properties/{escaped(name)}": name for name in mapping(place.value.get("properties"))}
        if place.kind == "parameter" and "$ref" not in place.value:
            names = {f"{place.pointer}/name": text(place.value.get("name"))}
        elif place.kind != "schema":
            continue
        elif not place.nested and place.pointer.startswith("#/components/schemas/"):
            names[place.pointer] = _class_of(place.pointer, place.value, config).name
        for pointer, name in names.items():
            made = PythonIdentifier(name, config.field_prefix)
            if unicodedata.normalize("NFKC", made) != made:
                same = unicodedata.normalize("NFKC", name)
                remedy = "Leave it out: a field is kept in `additional_properties`, a parameter goes by `extra_query`."
                remedy = "Rename it." if pointer == place.pointer else remedy
                message = f"{quoted(name)} has letters that Python reads as others ({quoted(same)}). {remedy}"
                yield contract.problem(pointer, message)


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
            if isinstance(value, str) and json.loads(f'"{in_double_quote_literal(value)}"') != value:
                message = (
                    "holds a control character or a line separator, which the generator drops. Leave the value out."
                )
                yield contract.problem(f"{pointer}/{index}", message)


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
        types = types_named(schema)
        if "enum" in schema or not types or "object" in types:
            pointer = f"#/components/schemas/{escaped(name)}"
            made.append((_class_of(pointer, schema, config), pointer))
    sent = _sent(contract)
    taken = _needed(contract) | {f"{one.name}Param" for one, pointer in made if pointer in sent}
    for one, pointer in made:
        if one.name in taken:
            yield contract.problem(pointer, _NEEDED.format(name=one.name))
    yield from _taken(contract, made)


_NEEDED: Final = "the generated code needs the name `{name}` itself. Choose another."


def _needed(contract: Contract) -> frozenset[str]:
    """The names that the generated code needs for itself, whatever is sent."""
    resources = {f"{kind}{class_name(path)}" for path in resource_paths(contract) for kind in ("", "Async")}
    return RESERVED_CLASSES | resources


def _sent(contract: Contract) -> set[str]:
    """The components that a request may hold; each has a twin, a `TypedDict` for plain dicts."""
    found: set[str] = set()
    queue: list[Json] = [operation.value.get("requestBody") for _, _, operation in contract.operations()]
    while queue:
        value = queue.pop()
        reference = text(mapping(value).get("$ref"))
        if reference and reference not in found:
            found.add(reference)
            queue.append(contract.resolve(reference))
        queue += [*mapping(value).values(), *sequence(value)]
    return found


def _class_of(pointer: str, schema: dict[str, Json], config: Config) -> Class:
    """The class that the generator makes of a component."""
    name = pointer_parts(pointer)[-1]
    return Class.from_string(string=text(schema.get("title")) or name, config=config)


def _taken(contract: Contract, made: Iterable[tuple[Class, str]]) -> Iterator[Problem]:
    """Classes whose module is somebody else's."""
    modules: dict[str, str] = {}
    for one, pointer in made:
        if one.module_name in modules:
            message = f"becomes the module `{one.module_name}`, as does {modules[one.module_name]}. "
            message += "One of the two would be lost: rename one."
            yield contract.problem(pointer, message)
        modules.setdefault(one.module_name, pointer)


def keywords(contract: Contract, _: Config) -> Iterator[Problem]:
    """No keyword that the generator overlooks, or that makes it throw away what it was sent."""
    for place in contract.of_kind("schema"):
        if "discriminator" in place.value:
            message = "the generator ignores it, and takes the first alternative that parses. Remove it."
            yield contract.problem(f"{place.pointer}/discriminator", message)
        types = types_named(place.value)
        if not place.nested and place.pointer.startswith("#/components/schemas/") and "null" in types:
            message = "a component that may be null gets a class of another name, or several. "
            message += 'Let it not be null, and write `anyOf: [{$ref: …}, {type: "null"}]` where it is used.'
            if "object" in types:
                yield contract.problem(f"{place.pointer}/type", message)


RULES: Final[tuple[Rule, ...]] = (operations, properties, spellings, enums, classes, keywords)


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
    # Components were looked at already (`classes`): these are the classes of schemas that stand where they are used.
    needed = _needed(contract)
    for name in sorted({one.name for one in made} & needed):
        yield contract.problem(pointers.get(name) or _titled(contract, name), _NEEDED.format(name=name))
    yield from _taken(contract, [(one, pointers.get(one.name) or _titled(contract, one.name)) for one in made])


def _titled(contract: Contract, name: str) -> str:
    """Where a class may come from that the generator does not tell the place of, an enum: the schema with its title."""
    titled = (place.pointer for place in contract.of_kind("schema") if place.value.get("title") == name)
    return next(titled, "#/components/schemas")


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
