"""Structured output: a type as JSON Schema in the API's subset, the value back, and what is told of a misfit."""

import copy
import json
import pickle
from collections.abc import Callable, Mapping
from dataclasses import InitVar, dataclass, field, make_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, NewType, NotRequired, TypedDict
from uuid import UUID

import attrs
import msgspec
import pydantic
import pytest
import typing_extensions
from hypothesis import given
from hypothesis import strategies as st

import postponed
from aurous import ChatCompletion, ConfigurationError, OutputError
from aurous.chat.structured import parsed, parsing, response_format_of
from scripted import EXAMPLES, Driven, caught


def schema_of(kind: Any) -> dict[str, Any]:
    schema: dict[str, Any] = response_format_of(kind)["json_schema"]["schema"]
    return schema


def said(text: str | None, finish_reason: str | None = "stop", **changes: Any) -> ChatCompletion:
    """A completion with this text."""
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": finish_reason}
    return ChatCompletion.from_dict({**EXAMPLES["completed"], "choices": [choice], **changes})


def value_of(kind: Any, data: object) -> Any:
    return parsed(kind, said(json.dumps(data))).value


def misfit(kind: Any, data: object) -> str:
    failure = caught(value_of, kind, data)
    assert isinstance(failure, OutputError)
    return str(failure)


class Color(Enum):
    RED = "red"
    GREEN = "green"


Name = NewType("Name", str)


@dataclass
class City:
    """A city.

    With its people.
    """

    name: Annotated[Name, "English name"]
    population: int
    area: float
    colors: list[Color] = field(default_factory=list)
    kind: Literal["town", 1, None] = None  # noqa: PYI061  # people write it in either way
    twin: "City | None" = None
    founded: date | None = None
    note: str = field(default="", init=False)


@attrs.define
class Visit:
    """A visit."""

    _at: datetime
    city: City
    id: UUID = attrs.field(alias="identifier", default=UUID(int=0))
    price: Decimal = Decimal(0)


class Trip(TypedDict):
    visits: list[Visit]
    by: NotRequired[Literal["train", "ship"]]


class Loose(typing_extensions.TypedDict, total=False):
    a: typing_extensions.Required[typing_extensions.ReadOnly[int]]
    b: bool


class Limited(pydantic.BaseModel):
    """Limited."""

    age: Annotated[int, pydantic.Field(gt=17, title="Age")]
    friends: list["Limited"] = pydantic.Field(default=[], max_length=2)
    tag: Literal["x"] = "x"


class Packed(msgspec.Struct):
    age: Annotated[int, msgspec.Meta(gt=17)]
    next: "Packed | None" = None


TOKYO = {"name": "Tokyo", "population": 14_000_000, "area": 2194}


# --- Schemas ---


def test_a_dataclass_is_an_object_of_its_members() -> None:
    city = schema_of(City)
    assert city["properties"]["name"] == {"type": "string", "description": "English name"}
    assert city["properties"]["area"] == {"type": "number"}
    assert city["properties"]["colors"] == {"type": "array", "items": {"type": "string", "enum": ["red", "green"]}}
    assert city["properties"]["kind"] == {
        "anyOf": [{"type": "string", "enum": ["town"]}, {"type": "integer", "enum": [1]}, {"type": "null"}]
    }
    assert city["properties"]["twin"] == {"anyOf": [{"$ref": "#/$defs/City"}, {"type": "null"}]}
    assert city["properties"]["founded"] == {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]}
    assert "note" not in city["properties"], "nobody can pass it"
    assert city["required"] == ["name", "population", "area"], "what has a default stays optional"
    assert city["additionalProperties"] is False
    assert city["description"] == "A city.\n\nWith its people."
    assert city["$defs"]["City"]["required"] == city["required"]


def test_a_docstring_that_python_made_is_no_description() -> None:
    assert "description" not in schema_of(make_dataclass("Made", [("a", int)]))


def test_classes_of_one_name_are_told_apart() -> None:
    inner = make_dataclass("City", [("other", int)])
    outer = make_dataclass("Pair", [("one", City), ("two", inner)])
    assert schema_of(outer)["properties"] == {"one": {"$ref": "#/$defs/City"}, "two": {"$ref": "#/$defs/City_2"}}
    assert value_of(outer, {"one": TOKYO, "two": {"other": 1}}).two == inner(other=1)


@pytest.mark.parametrize(
    ("kind", "required"),
    [(Visit, ["_at", "city"]), (Trip, ["visits"]), (Loose, ["a"]), (Limited, ["age"]), (Packed, ["age"])],
)
def test_what_a_class_requires_is_required(kind: Any, required: list[str]) -> None:
    assert schema_of(kind)["required"] == required


def test_the_response_format_asks_for_the_schema_under_the_name_of_the_class() -> None:
    made = make_dataclass("Größe_x", [("a", int)])
    asked = response_format_of(made)
    assert asked["type"] == "json_schema"
    assert {name: asked["json_schema"][name] for name in ("name", "strict")} == {"name": "Gr_e_x", "strict": True}
    titled = {"title": "A title", "type": "object", "properties": {"a": {"type": "string"}}}
    assert response_format_of(titled)["json_schema"]["name"] == "A_title"


@pytest.mark.parametrize("kind", [City, Visit, Trip, Loose, Limited, Packed, postponed.Person])
def test_what_is_sent_is_within_the_documented_subset(kind: Any) -> None:
    assert keywords(schema_of(kind)) <= {
        *("type", "properties", "required", "additionalProperties", "enum", "items", "anyOf", "oneOf", "$ref", "$defs"),
        *("description", "pattern", "format", "minimum", "maximum", "minLength", "maxLength"),
    }


def keywords(schema: Mapping[str, Any]) -> set[str]:
    found = set(schema)
    for name, value in schema.items():
        if name in ("properties", "$defs"):
            found |= {word for each in value.values() for word in keywords(each)}
        elif name in ("anyOf", "oneOf"):
            found |= {word for each in value for word in keywords(each)}
        elif name == "items":
            found |= keywords(value)
    return found


ANY_OF = {"anyOf": [{"type": "string"}, {"type": "null"}]}


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"const": "a", "title": "A", "default": "a"}, {"type": "string", "enum": ["a"]}),
        ({"const": None}, {"type": "null"}),
        ({"allOf": [{"type": "string"}], "description": "d"}, {"type": "string", "description": "d"}),
        ({"type": ["string", "null"]}, ANY_OF),
        ({"enum": ["a", None]}, {"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "null"}]}),
        ({"type": "number", "enum": [1, 2.5]}, {"type": "number", "enum": [1, 2.5]}),
        ({"type": "string", "enum": ["a", 1]}, {"type": "string", "enum": ["a"]}),
        ({"oneOf": [{"type": "string"}]}, {"oneOf": [{"type": "string"}]}),
        ({"type": "string", "pattern": "a+", "maxLength": 9}, {"type": "string", "pattern": "a+", "maxLength": 9}),
        ({"type": "integer", "minimum": 0, "maximum": 9}, {"type": "integer", "minimum": 0, "maximum": 9}),
        ({"$ref": "#"}, {"$ref": "#"}),
        ({"$ref": "#/definitions/t", "description": "d"}, {"$ref": "#/$defs/t", "description": "d"}),
    ],
)
def test_a_schema_is_brought_to_the_subset(given: dict[str, Any], sent: dict[str, Any]) -> None:
    whole = {"type": "object", "properties": {"a": given}, "definitions": {"t": {"type": "string"}, "unused": {}}}
    assert schema_of(whole)["properties"] == {"a": sent}
    assert schema_of(whole).get("$defs") == ({"t": {"type": "string"}} if "t" in str(sent.get("$ref")) else None)


def test_a_definition_that_is_the_root_stands_there() -> None:
    given = {
        "$ref": "#/$defs/a",
        "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"type": "object", "properties": {"c": ANY_OF}}},
    }
    assert schema_of(given) == {"type": "object", "properties": {"c": ANY_OF}}


NOT_TO_BE_SAID: list[tuple[dict[str, Any] | bool, str, str]] = [
    ({"type": "object", "additionalProperties": {"type": "string"}}, "/additionalProperties", "no maps"),
    ({"type": "object"}, "/additionalProperties", "no maps"),
    ({"type": "object", "patternProperties": {}}, "/patternProperties", "no maps"),
    ({"type": "array", "prefixItems": [{"type": "string"}]}, "/prefixItems", "no tuples"),
    ({"type": "array"}, "/items", "no type"),
    ({"enum": [True]}, "/enum", "a boolean"),
    ({"const": {"a": 1}}, "/enum", "an object"),
    ({"type": "string", "enum": [1]}, "/enum", "no value fits"),
    ({"$ref": "https://example.com/a"}, "/$ref", "no definition"),
    ({"$ref": "#/$defs/missing"}, "/$ref", "no definition"),
    ({"type": "string", "minItems": 1}, "/minItems", "keyword"),
    ({"type": "array", "items": {"type": "string"}, "minItems": 1}, "/minItems", "keyword"),
    ({"type": "text"}, "/type", "no such type"),
    ({"allOf": [{"type": "string"}, {"type": "string"}]}, "/allOf", "allOf"),
    ({"anyOf": [{"type": "string"}, {}]}, "/anyOf/1", "no type"),
    ({"anyOf": []}, "/anyOf", "no list"),
    ({"type": {}}, "/type", "no such type"),
    ({"type": "object", "properties": {"b": {"type": "string"}}, "required": ["c"]}, "/required", "no list of"),
    ({"type": "object", "properties": {"b": {"type": "string"}}, "required": True}, "/required", "no list of"),
    ({"type": "object", "properties": [], "additionalProperties": False}, "/properties", "no object"),
    ({"anyOf": [{"type": "string"}], "type": "string"}, "/type", "beside anyOf"),
    ({}, "", "no type"),
    (True, "", "a boolean"),
]


@pytest.mark.parametrize(("given", "pointer", "reason"), NOT_TO_BE_SAID, ids=lambda value: str(value)[:40])
def test_what_the_subset_cannot_say_is_refused_with_its_place(given: Any, pointer: str, reason: str) -> None:
    failure = caught(schema_of, {"type": "object", "properties": {"a/b": given}})
    assert isinstance(failure, ConfigurationError)
    assert f"/properties/a~1b{pointer}:" in str(failure)
    assert reason in str(failure)
    assert "To do:" in str(failure)


CYCLE: dict[str, Any] = {"type": "array"}
CYCLE["items"] = CYCLE


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (CYCLE, "nested too deep"),
        ({"$ref": "#/$defs/a", "$defs": {"a": "text"}}, "a schema is an object, this is a string"),
    ],
    ids=["cycle", "definition"],
)
def test_what_is_no_schema_is_refused(given: Any, reason: str) -> None:
    failure = caught(schema_of, given)
    assert isinstance(failure, ConfigurationError)
    assert reason in str(failure)
    assert "To do:" in str(failure)


@pytest.mark.parametrize(
    ("hint", "pointer"),
    [
        (dict[str, int], "/$defs/Made/properties/a"),
        (list[tuple[int, int]], "/$defs/Made/properties/a/items"),
        (int | set[int], "/$defs/Made/properties/a/anyOf/1"),
        (list, "/$defs/Made/properties/a"),
        (typing_extensions.List, "/$defs/Made/properties/a"),
        (Any, "/$defs/Made/properties/a"),
        (bytes, "/$defs/Made/properties/a"),
        (complex, "/$defs/Made/properties/a"),
        (Literal[True], "/properties/a/enum"),
        ("Nowhere", ""),
    ],
    ids=str,
)
def test_a_type_that_json_or_the_api_lacks_is_refused_with_its_place(hint: Any, pointer: str) -> None:
    failure = caught(response_format_of, make_dataclass("Made", [("a", hint)]))
    assert isinstance(failure, ConfigurationError)
    assert pointer in str(failure)
    assert "To do:" in str(failure)


@pytest.mark.parametrize(
    "kind", [int, list[City], City | None, dict, "City", None, City(Name("a"), 1, 1.0), Color], ids=str
)
def test_what_is_no_class_with_members_is_refused(kind: Any) -> None:
    assert isinstance(caught(response_format_of, kind), ConfigurationError)


class Mapped(pydantic.BaseModel):
    data: dict[str, int]


def test_maps_of_a_pydantic_model_are_refused_as_well() -> None:
    assert "/properties/data/additionalProperties" in str(caught(response_format_of, Mapped))


# --- Values ---


def test_values_have_the_types_of_the_class() -> None:
    visit = {"_at": "2026-11-26T08:00:00Z", "city": {**TOKYO, "twin": TOKYO, "colors": ["green"]}, "price": "1.50"}
    value = value_of(Trip, {"visits": [visit], "by": "ship"})
    tokyo = City(Name("Tokyo"), 14_000_000, 2194.0)
    city = City(Name("Tokyo"), 14_000_000, 2194.0, [Color.GREEN], None, tokyo)
    assert value == {
        "visits": [Visit(datetime(2026, 11, 26, 8, tzinfo=UTC), city, price=Decimal("1.50"))],
        "by": "ship",
    }
    assert type(value["visits"][0].city.area) is float


def test_annotations_that_are_evaluated_late_are_those_of_their_module() -> None:
    ada = value_of(postponed.Person, {"name": "Ada", "friends": [{"name": "Bob", "friends": []}]})
    assert ada == {"name": "Ada", "friends": [{"name": "Bob", "friends": []}]}
    assert schema_of(postponed.Person)["required"] == ["name", "friends"]

    local = postponed.local_class()
    assert value_of(local, {"next": {"next": None}}) == local(next=local(next=None))


def test_pydantic_and_msgspec_read_and_check_their_own() -> None:
    assert value_of(Limited, {"age": 18, "friends": [{"age": 20}]}) == Limited(age=18, friends=[Limited(age=20)])
    assert value_of(Packed, {"age": 18, "next": {"age": 20}}) == Packed(18, Packed(20))
    assert "at /friends/0/age:" in misfit(Limited, {"age": 18, "friends": [{"age": 2}]})
    assert "at /friends:" in misfit(Limited, {"age": 18, "friends": [{"age": 20}] * 3})
    assert "at /next/age: Expected `int`" in misfit(Packed, {"age": 18, "next": {"age": "x"}})


def test_they_may_be_members_of_other_classes() -> None:
    both = make_dataclass("Both", [("one", Limited), ("two", list[Packed])])
    assert value_of(both, {"one": {"age": 18}, "two": [{"age": 19}]}) == both(Limited(age=18), [Packed(19)])
    assert "at /two/0/age:" in misfit(both, {"one": {"age": 18}, "two": [{"age": 1}]})


def test_data_is_left_as_it_is_where_a_schema_was_given() -> None:
    schema = {
        "type": "object",
        "properties": {"a": {"type": "number"}, "b": {"$ref": "#"}, "c": {"enum": ["x", 1]}, "d": ANY_OF},
        "required": ["a"],
    }
    data = {"a": 1, "b": {"a": 1.5, "other": [True]}, "c": 1, "d": None}
    assert value_of(schema, data) == data
    assert "at /b/a: expected a number, found a boolean" in misfit(schema, {"a": 1, "b": {"a": True}})
    assert "at /a: is missing" in misfit(schema, {})
    assert "at /c: expected one of 'x' or one of 1" in misfit(schema, {"a": 1, "c": "y"})
    assert "at /z: is not asked for" in misfit({**schema, "additionalProperties": False}, {"a": 1, "z": 1})


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ([], "expected an object, found an array"),
        ({"population": 1, "area": 1}, "at /name: is missing"),
        ({**TOKYO, "a/b": 1}, "at /a~1b: is not asked for"),
        ({**TOKYO, "population": True}, "at /population: expected an integer, found a boolean"),
        ({**TOKYO, "population": 1.5}, "at /population: expected an integer, found a number"),
        ({**TOKYO, "area": "1"}, "at /area: expected a number, found a string"),
        ({**TOKYO, "area": 10**400}, "at /area: expected a number"),
        ({**TOKYO, "colors": ["red", "blue"]}, "at /colors/1: expected one of 'red', 'green'"),
        ({**TOKYO, "kind": True}, "at /kind: expected one of 'town', 1, None"),
        ({**TOKYO, "twin": {**TOKYO, "name": 1}}, "at /twin/name: expected a string, found a number"),
        ({**TOKYO, "twin": 1}, "at /twin: expected an object or null, found a number"),
        ({**TOKYO, "founded": "soon"}, "at /founded: expected a string that is a date"),
    ],
)
def test_a_misfit_is_told_with_its_place(data: object, problem: str) -> None:
    assert problem in misfit(City, data)


@dataclass
class Sum:
    left: "Sum | Product | int"
    right: "Sum | Product | int"
    kind: Literal["sum"]


@dataclass
class Product:
    left: "Sum | Product | int"
    right: "Sum | Product | int"
    kind: Literal["product"]


def test_deep_values_of_unions_are_read_in_time() -> None:
    value: Any = 1
    for _ in range(30):
        value = {"left": value, "right": 1, "kind": "product"}
    read = value_of(Product, value)
    assert (type(read), type(read.left), read.left.right) == (Product, Product, 1)
    found = misfit(Product, json.loads(json.dumps(value).replace('"left": 1', '"left": "1"')))
    assert f"at {'/left' * 30}: expected an object or an integer, found a string" in found


@dataclass
class Positive:
    number: int

    def __post_init__(self) -> None:
        if self.number <= 0:
            raise ValueError("not above zero")


def test_a_class_may_refuse_its_members() -> None:
    failure = caught(value_of, Positive, {"number": 0})
    assert "its class refuses it (ValueError)" in str(failure)
    assert isinstance(failure.__cause__, ValueError)


@dataclass
class Scaled:
    number: int
    scale: InitVar[int]


@dataclass(init=False)
class MadeOfNothing:
    number: int

    def __init__(self) -> None:
        self.number = 1


@pytest.mark.parametrize("kind", [Scaled, MadeOfNothing])
def test_a_class_that_is_never_made_of_its_members_is_refused_before_anything_is_sent(kind: type) -> None:
    failure = caught(response_format_of, kind)
    assert isinstance(failure, ConfigurationError)
    assert f"{kind.__name__} cannot be made of its members" in str(failure)


@pydantic.dataclasses.dataclass
class Renamed:
    number: int = pydantic.Field(alias="n", gt=0)


def test_a_dataclass_of_pydantic_is_read_by_pydantic() -> None:
    assert schema_of(Renamed)["required"] == ["n"]
    assert value_of(Renamed, {"n": 1}).number == 1
    assert "at /n: Input should be greater than 0" in misfit(Renamed, {"n": 0})


class Odd(pydantic.BaseModel):
    number: int

    @pydantic.field_validator("number")
    @classmethod
    def check(cls, number: int) -> int:
        raise LookupError(number)


def test_no_exception_of_a_class_comes_out_as_it_is() -> None:
    assert "its class refuses it (LookupError)" in misfit(Odd, {"number": 1})


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('```json\n{"number": 1}\n```', "fence"),
        ("The number is 1.", "not JSON"),
        ('{"number": 1', "not JSON"),
        ('{"number": 1, "number": 2}', "twice"),
        ('{"number": NaN}', "NaN"),
        ("\ud800", "not UTF-8"),
        ("[" * 1000 + "]" * 1000, "nested"),
    ],
)
def test_text_that_is_not_just_json_is_a_misfit(text: str, problem: str) -> None:
    failure = caught(parsed, Positive, said(text))
    assert isinstance(failure, OutputError)
    assert problem in str(failure)
    assert failure.text == text


# --- Completions ---

WHOLE = '{"number": 1}'


@pytest.mark.parametrize(
    ("completion", "problem"),
    [
        (said(WHOLE, "length"), "cut short (finish_reason 'length'). To do: raise max_tokens"),
        (said(WHOLE, "content_filter"), "cut short"),
        (said(WHOLE, "cancelled"), "cut short"),
        (said(WHOLE, status="cancelled"), "status is 'cancelled'"),
        (said(WHOLE, status="failed"), "status is 'failed'"),
        (said(WHOLE, status="in_progress"), "status is 'in_progress'"),
        (said(None), "has no text"),
        (ChatCompletion.from_dict(EXAMPLES["tool_calls"]), "To do: leave tools out, or use run()"),
        (ChatCompletion.from_dict({"id": "cmp_1"}), "has no text"),
    ],
)
def test_a_completion_that_is_not_whole_is_no_output(completion: ChatCompletion, problem: str) -> None:
    failure = caught(parsed, Positive, completion)
    assert isinstance(failure, OutputError)
    assert problem in str(failure)
    assert failure.completion is completion


@pytest.mark.parametrize("reason", ["stop", None, "another"])
def test_no_other_reason_of_an_end_is_held_against_a_text_that_fits(reason: str | None) -> None:
    assert parsed(Positive, said(WHOLE, reason)).value == Positive(1)


@pytest.mark.parametrize("carried", [lambda error: pickle.loads(pickle.dumps(error)), copy.copy, copy.deepcopy])
def test_an_output_error_has_what_was_paid_for_and_keeps_it(carried: Callable[[OutputError], OutputError]) -> None:
    failure = caught(parsed, Positive, said("{"))
    assert isinstance(failure, OutputError)
    again = carried(failure)
    assert type(again) is OutputError
    assert (str(again), again.text, again.completion) == (str(failure), "{", failure.completion)
    assert again.receipt == failure.completion.receipt
    assert parsed(Positive, said(WHOLE)).receipt == failure.receipt


def test_where_the_response_does_not_say_the_cost_there_is_no_receipt() -> None:
    failure = caught(parsed, Positive, said("{", usage={"prompt_tokens": 1}))
    assert isinstance(failure, OutputError)
    assert "/usage/credits_charged" in caught(lambda: failure.receipt).message


def test_parsing_asks_for_the_format_and_reads_the_answer(driven: Driven) -> None:
    asked: list[Any] = []

    def create(response_format: Any) -> Any:
        asked.append(response_format)
        yield from ()
        return said(WHOLE)

    result = driven(parsing(Positive, create))
    assert (result.value, result.completion) == (Positive(1), said(WHOLE))
    assert asked == [response_format_of(Positive)]


def test_nothing_is_sent_for_a_type_that_cannot_be_asked_for(driven: Driven) -> None:
    assert isinstance(caught(driven, parsing(dict, lambda _: pytest.fail("sent"))), ConfigurationError)


# --- Any type, there and back ---

Plain = tuple[Any, st.SearchStrategy[Any], Callable[[Any], Any]]
"""A type, its values, and what JSON has for one."""


def as_is(value: Any) -> Any:
    return value


def enum_of(values: list[Any]) -> Plain:
    names = {f"m{number}": value for number, value in enumerate(values)}
    made: Any = Enum("Made", names)  # type: ignore[misc]  # its members are not known beforehand
    return made, st.sampled_from(list(made)), lambda member: member.value


LEAVES: list[Plain] = [
    (str, st.text(st.characters(exclude_categories=["Cs"]), max_size=5), as_is),
    (int, st.integers(-(2**70), 2**70), as_is),
    (float, st.floats(allow_nan=False, allow_infinity=False), as_is),
    (bool, st.booleans(), as_is),
    (datetime, st.datetimes(timezones=st.just(UTC)), datetime.isoformat),
    (date, st.dates(), date.isoformat),
    (UUID, st.uuids(), str),
    (Decimal, st.decimals(allow_nan=False, allow_infinity=False), str),
    (Literal["a", 2], st.sampled_from(["a", 2]), as_is),
    enum_of(["x", 1, 2.5]),
]


def extended(inner: st.SearchStrategy[Plain]) -> st.SearchStrategy[Plain]:
    def array(item: Plain) -> Plain:
        kind, values, plain = item
        return list[kind], st.lists(values, max_size=3), lambda value: [plain(each) for each in value]  # type: ignore[valid-type]

    def optional(item: Plain) -> Plain:
        kind, values, plain = item
        return kind | None, st.none() | values, lambda value: None if value is None else plain(value)

    def dataclass_of(members: list[Plain]) -> Plain:
        names = [f"m{number}" for number in range(len(members))]
        made = make_dataclass("Made", [(name, member[0]) for name, member in zip(names, members, strict=True)])
        values = st.builds(made, **{name: member[1] for name, member in zip(names, members, strict=True)})
        plains = {name: member[2] for name, member in zip(names, members, strict=True)}
        return made, values, lambda value: {name: plain(getattr(value, name)) for name, plain in plains.items()}

    return inner.map(array) | inner.map(optional) | st.lists(inner, min_size=1, max_size=3).map(dataclass_of)


@given(st.recursive(st.sampled_from(LEAVES), extended, max_leaves=6), st.data())
def test_any_value_comes_back_as_it_was(plain: Plain, data: st.DataObject) -> None:
    kind, values, to_json = plain
    holder = make_dataclass("Holder", [("value", kind)])
    value = holder(value=data.draw(values))
    text = json.dumps({"value": to_json(value.value)})

    assert parsed(holder, said(text)).value == value
    assert parsed(schema_of(holder), said(text)).value == json.loads(text), "the schema that is sent allows it"
