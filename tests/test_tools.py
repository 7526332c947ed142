"""Tools: functions as a model is told of them, what it writes as their arguments, and what it is told in return."""

import asyncio
import copy
import functools
import inspect
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal
from uuid import UUID

import attrs
import msgspec
import pydantic
import pytest

import postponed
from aurous import APIResponseError, ConfigurationError, Tool, ToolCall, ToolError, ToolResult, tool
from aurous.chat.json_reading import MisfitError
from scripted import EXAMPLES, caught


@dataclass
class Place:
    city: str


@tool
def forecast(place: Place, days: Annotated[int, "At most 7"] = 1, unit: Literal["C", "F"] = "C") -> str:
    """Forecast of the weather.

    Made by hand.

    Args:
        place: Where, by its
            English name.
        days (int): How many days.
        unit: Of the temperature.

    Returns:
        A text.
    """
    return f"{place.city} {days} {unit}"


def test_a_model_is_told_of_name_words_and_parameters() -> None:
    assert forecast.definition == {
        "type": "function",
        "function": {
            "name": "forecast",
            "description": "Forecast of the weather.\n\nMade by hand.",
            "parameters": {
                "type": "object",
                "properties": {
                    "place": {"$ref": "#/$defs/Place", "description": "Where, by its English name."},
                    "days": {"type": "integer", "description": "At most 7"},
                    "unit": {"type": "string", "enum": ["C", "F"], "description": "Of the temperature."},
                },
                "required": ["place"],
                "additionalProperties": False,
                "$defs": {
                    "Place": {
                        "type": "object",
                        "properties": {"city": {"type": "string"}},
                        "required": ["city"],
                        "additionalProperties": False,
                    }
                },
            },
        },
    }


def test_a_tool_is_called_and_looks_like_its_function() -> None:
    assert forecast(Place("Oslo"), days=2) == "Oslo 2 C"
    assert (forecast.__name__, inspect.signature(forecast).return_annotation) == ("forecast", str)
    assert repr(forecast) == "Tool('forecast')"


def test_it_is_called_with_what_a_model_wrote() -> None:
    assert forecast.bound({"place": {"city": "Oslo"}})() == "Oslo 1 C"
    with pytest.raises(MisfitError, match="at /place/city: expected a string, found a number"):
        forecast.bound({"place": {"city": 1}})
    with pytest.raises(MisfitError, match="at /where: is not asked for"):
        forecast.bound({"place": {"city": "Oslo"}, "where": 1})


def test_name_and_description_can_be_given() -> None:
    @tool(name="rain", description="Whether it rains.")
    def function(city: str) -> bool:
        """Internal words."""
        return city == "Bergen"

    assert (function.name, function.description, function("Bergen")) == ("rain", "Whether it rains.", True)
    again = tool(function, name="snow")
    assert (again.name, again.description) == ("snow", "Whether it rains.")
    assert tool(again) is again


def test_what_has_no_words_and_no_parameters_is_a_tool_as_well() -> None:
    def now() -> str:
        return ""

    assert tool(now).definition["function"] == {
        "name": "now",
        "parameters": {"type": "object", "properties": {}, "additionalProperties": False},
    }


class Weather:
    def __init__(self, unit: str) -> None:
        self.unit = unit

    def __call__(self, city: str) -> str:
        """By call."""
        return city + self.unit

    def by_method(self, city: str) -> str:
        """By method."""
        return city + self.unit


@pytest.mark.parametrize("function", [Weather("C"), Weather("C").by_method], ids=["object", "method"])
def test_methods_and_objects_are_functions_too(function: Callable[..., str]) -> None:
    made = tool(function, name="weather")
    assert list(made.parameters["properties"]) == ["city"]
    assert made.bound({"city": "Oslo "})() == "Oslo C"


def test_annotations_may_be_evaluated_late() -> None:
    assert tool(postponed.greet).bound({"person": {"name": "Ada", "friends": []}, "times": 1})() == "Hello Ada"


def test_what_was_bound_beforehand_is_not_for_the_model_to_say() -> None:
    def balance(of: str, user: int) -> str:
        return f"{of} {user}"

    made = tool(functools.partial(balance, user=7), name="balance")
    assert list(made.parameters["properties"]) == ["of"]
    assert made.bound({"of": "EUR"})() == "EUR 7"
    with pytest.raises(MisfitError):
        made.bound({"of": "EUR", "user": 8})


def untyped(city):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, RUF100
    pass


def star(*cities: str) -> None: ...
def double_star(**cities: str) -> None: ...
def positional(city: str, /) -> None: ...
def mapped(cities: dict[str, str]) -> None: ...


@pytest.mark.parametrize(
    ("function", "parts"),
    [
        (untyped, ("tool untyped", "city", "no type hint", "city: str")),
        (star, ("tool star", "*cities", "by name")),
        (double_star, ("tool double_star", "**cities", "by name")),
        (positional, ("tool positional", "city", "by name")),
        (mapped, ("/properties/cities", "no maps")),
        (lambda: None, ("<lambda>", "name=")),
        (str, ("tool str", "not known", "pass a function")),
        ("forecast", ("'forecast'", "pass a function")),
    ],
)
def test_what_cannot_be_a_tool_is_told_with_what_to_do(function: Any, parts: tuple[str, ...]) -> None:
    failure = caught(tool, function)
    assert isinstance(failure, ConfigurationError)
    for part in (*parts, "To do:"):
        assert part in str(failure)


def test_coroutine_functions_are_known_as_such() -> None:
    async def slow(city: str) -> str:
        return city

    class Slow:
        async def __call__(self, city: str) -> str:
            return city

    assert tool(slow).is_async
    assert tool(Slow(), name="slow").is_async
    assert tool(functools.partial(slow), name="slow").is_async
    assert not forecast.is_async
    assert asyncio.run(tool(slow)("Oslo")) == "Oslo"


# --- Results ---

CALL = ToolCall.from_dict(EXAMPLES["tool_calls"]["choices"][0]["message"]["tool_calls"][0])


class Unit(Enum):
    C = "c"


@attrs.define
class Mild:
    degrees: Decimal


class Model(pydantic.BaseModel):
    on: date


class Struct(msgspec.Struct):
    id: UUID


@pytest.mark.parametrize(
    ("value", "content"),
    [
        ("sunny", "sunny"),
        ("", ""),
        (None, "null"),
        ({"wörd": [1, 2.5, True]}, '{"wörd": [1, 2.5, true]}'),
        (Place("Oslo"), '{"city": "Oslo"}'),
        ([Mild(Decimal("1.50")), Unit.C], '[{"degrees": "1.50"}, "c"]'),
        (Model(on=date(2026, 11, 26)), '{"on": "2026-11-26"}'),
        (Struct(UUID(int=0)), '{"id": "00000000-0000-0000-0000-000000000000"}'),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_result_is_the_tool_message_of_its_call(value: object, content: str) -> None:
    assert ToolResult(CALL, value).as_message() == {"role": "tool", "tool_call_id": CALL.id, "content": content}


@pytest.mark.parametrize(
    "value", [object(), {1, 2}, float("nan"), b"", Place, {(1, 2): 3}], ids=lambda value: type(value).__name__
)
def test_a_result_that_json_cannot_hold_is_refused(value: object) -> None:
    failure = caught(ToolResult(CALL, value).as_message)
    assert isinstance(failure, ConfigurationError)
    assert type(value).__name__ in str(failure)


def test_a_call_without_an_id_cannot_be_answered() -> None:
    call = ToolCall.from_dict({"function": {"name": "forecast", "arguments": "{}"}})
    assert isinstance(caught(ToolResult(call, "").as_message), APIResponseError)


@pytest.mark.parametrize("call", [CALL.id, None, forecast])
def test_what_is_no_call_cannot_be_answered(call: Any) -> None:
    assert "To do: pass an item of completion.tool_calls" in caught(ToolResult(call, "").as_message).message


def test_what_a_tool_raises_for_the_model_is_an_ordinary_exception() -> None:
    assert issubclass(ToolError, Exception)
    assert str(ToolError("no such city")) == "no such city"
    assert isinstance(forecast, Tool)


def test_a_tool_is_copied_as_itself_and_says_why_it_does_not_pickle() -> None:
    made = tool(plain_tool)
    assert copy.copy(made) is copy.deepcopy(made) is made
    assert "import it where it is needed" in caught(pickle.dumps, made).message


def plain_tool(city: str) -> str:
    return city
