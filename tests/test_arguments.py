"""Every argument of every method: refused by its name, and never shown with a key that somebody put there."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any, Final

import httpx
import pytest

from aurous import Aurous, AurousError, ConfigurationError, tool
from aurous.testing import Canary


def now() -> str:
    """Tell the time."""
    return "noon"


GIVEN: Final[dict[str, Any]] = {
    "kind": {"type": "object", "properties": {"name": {"type": "string"}}},
    "tools": [tool(now)],
    "method": "GET",
    "path": "/v1/things",
    "n": 1,
}
"""What a method is given beside the argument that is tried, where it is to be no text."""
KEYWORDS: Final = ("max_tokens", "stop", "tool_choice", "response_format", "temperature", "metadata")
"""What goes into the keywords of a method that names none."""
NO_CALLS: Final = ("close", "with_options", "bulk", "config", "rate_limit")


CANARY: Final = Canary()
NOTHING: Final = {"error": {"code": "resource_not_found", "type": "not_found", "message": "Nothing here."}}
CLIENT: Final = Aurous(
    CANARY.key, transport=httpx.MockTransport(lambda _: httpx.Response(404, json=NOTHING)), max_retries=0
)
"""A client of a server that has nothing."""


def methods(of: Any, at: str = "") -> Iterator[tuple[str, Callable[..., Any]]]:
    """The methods that make calls, of a client and its resources."""
    for name in dir(of):
        if name.startswith("_") or name in NO_CALLS:
            continue
        member = getattr(of, name)
        if callable(member):
            yield f"{at}{name}", member
        else:
            yield from methods(member, f"{at}{name}.")


METHODS: Final = dict(methods(CLIENT))


def arguments() -> Iterator[tuple[str, str]]:
    """Each method, with each of its arguments."""
    for method, function in METHODS.items():
        for each in inspect.signature(function).parameters.values():
            for name in KEYWORDS if each.kind is each.VAR_KEYWORD else (each.name,):
                yield method, name


def error_of(method: str, name: str, value: object) -> AurousError | None:
    """The error of a call with this argument, and whatever else it needs."""
    function = METHODS[method]
    known = inspect.signature(function).parameters
    needed = [
        each.name
        for each in known.values()
        if each.name in GIVEN or (each.default is each.empty and each.kind is not each.VAR_KEYWORD)
    ]
    given = {each: GIVEN.get(each, "x") for each in needed} | {name: value}
    positional = [given.pop(each.name) for each in known.values() if each.name in given and each.kind in POSITIONAL]
    try:
        result = function(*positional, **given)
        if hasattr(result, "__enter__"):
            with result:
                pass
    except AurousError as error:
        return error
    return None


POSITIONAL: Final = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
EACH: Final = pytest.mark.parametrize(("method", "name"), tuple(arguments()))


@EACH
def test_what_cannot_be_sent_is_refused_by_the_name_of_its_argument(method: str, name: str) -> None:
    error = error_of(method, name, object())
    assert isinstance(error, ConfigurationError)
    assert error.param == name


@EACH
def test_a_key_in_the_place_of_an_argument_is_not_shown(method: str, name: str) -> None:
    for value in (CANARY.key, f"cmp_{CANARY.key}/", [CANARY.key], {CANARY.key: object}):
        error = error_of(method, name, value)
        if name == "idempotency_key" and error is not None:
            error.idempotency_key = None  # what a caller chose to be one
        CANARY.check(error)
        assert not isinstance(error, ConfigurationError) or error.__context__ is None, "some pickle it as well (tblib)"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("messages", [{"role": "user", "content": "\ud800"}]),
        ("max_tokens", 10**5000),
        ("extra_body", {"x": {"y": "\udfff"}}),
        ("extra_query", {"x": "\ud800"}),
    ],
    ids=["messages", "max_tokens", "extra_body", "extra_query"],  # not that number
)
def test_what_cannot_be_encoded_is_named_as_well(name: str, value: object) -> None:
    error = error_of("chat.completions.create", name, value)
    assert isinstance(error, ConfigurationError)
    assert (error.param, str(error).partition(" ")[0]) == (name, name)


def test_where_no_argument_is_at_fault_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AUROUS_API_KEY", raising=False)
    with pytest.raises(ConfigurationError) as missing:
        Aurous()
    monkeypatch.setenv("AUROUS_BASE_URL", "ftp://example.test")
    with pytest.raises(ConfigurationError) as wrong:
        Aurous("al_live_" + "0" * 64)
    assert (missing.value.param, wrong.value.param) == (None, None)
