"""What cannot be sent is refused before a byte is sent, in words: whatever the argument and wherever it would stand."""

import json
from decimal import Decimal
from typing import Any

import pytest

from aurous import ConfigurationError
from aurous._config import configure, seal
from aurous._engine.requests import build_request
from aurous_api.kinds import ANY, INTEGER, NUMBER, STRING, Kind
from aurous_api.operations import Body, CallOptions, OpenResult, Operation, Parameter
from scripted import KEY, MakesCaller, caught, ok, reply

HUGE = 10**5000
HALF = "\ud800"
CONFIG = configure(seal({"api_key": KEY}))


def operation(place: str, kind: Kind, media_type: str = "application/json") -> "Operation[Any, Any]":
    """An operation with one parameter, in this place."""
    value = Parameter("value", "value", kind)
    body = {"fields": Body(media_type, (value,)), "whole": Body(media_type, whole=kind)}.get(place)
    return Operation(
        name="test",
        id="test",
        method="POST",
        path="/v1/things/{}" if place == "path" else "/v1/things",
        result=OpenResult(),
        path_parameters=(value,) if place == "path" else (),
        query=(value,) if place == "query" else (),
        headers=(value,) if place == "headers" else (),
        body=body,
    )


def refusal(place: str, kind: Kind, value: object, media_type: str = "application/json", **options: Any) -> str:
    """What is said of an argument that cannot be sent."""
    asked = operation(place, kind, media_type)
    path = (value,) if asked.path_parameters else ()
    with pytest.raises(ConfigurationError) as raised:
        build_request(asked, path, {"value": value, "body": value}, CallOptions(**options), CONFIG)
    return str(raised.value)


@pytest.mark.parametrize("value", [HUGE, -HUGE], ids=["huge", "minus huge"])
@pytest.mark.parametrize("place", ["path", "query", "headers", "fields", "whole"])
def test_a_number_with_too_many_digits_is_refused(place: str, value: int) -> None:
    assert "digits" in refusal(place, INTEGER, value)


@pytest.mark.parametrize("place", ["path", "query", "headers", "fields", "whole"])
@pytest.mark.parametrize("value", [HALF, f"a{HALF}b"])
def test_half_of_a_surrogate_pair_is_refused(place: str, value: str) -> None:
    assert refusal(place, STRING, value)


@pytest.mark.parametrize("value", [HUGE, HALF, [HUGE]], ids=["huge", "half", "huge within"])
def test_a_form_is_refused_as_json_is(value: object) -> None:
    assert refusal("fields", ANY, value, "multipart/form-data")


@pytest.mark.parametrize("value", [HUGE, HALF], ids=["huge", "half"])
@pytest.mark.parametrize("option", ["extra_query", "extra_body"])
def test_what_the_contract_does_not_know_is_refused_as_well(option: str, value: object) -> None:
    for extra in ({"more": value}, {f"more{HALF}": 1}):
        options: dict[str, Any] = {option: extra}
        assert refusal("fields", STRING, "a", **options)


def test_the_cursor_of_a_server_that_cannot_be_sent_is_an_error_of_the_sdk(call: MakesCaller) -> None:
    caller = call(reply({"object": "list", "data": [], "has_more": True, "next_cursor": HALF}))
    page = caller.run(lambda client: client.images.list())
    assert "surrogate" in str(caught(caller.run, lambda _: page.next_page()))


@pytest.mark.parametrize("option", ["timeout", "max_retries", "api_version", "extra_headers", "extra_query"])
def test_an_option_that_has_no_repr_is_refused_in_words(call: MakesCaller, option: str) -> None:
    class Odd:
        def __repr__(self) -> str:
            raise ZeroDivisionError

    for value in (Odd(), -HUGE, {"a": Odd()}):
        assert option in str(caught(call(ok()).retrieve, **{option: value}))


@pytest.mark.parametrize(
    "text", ["sNaN", "NaN", "Infinity", "1E-400", "1E+400", "1E+999999999", "123456789012345678.123"]
)
@pytest.mark.parametrize("kind", [ANY, NUMBER])
def test_a_decimal_that_no_json_number_is_is_refused(kind: Kind, text: str) -> None:
    assert "value" in refusal("fields", kind, Decimal(text))


@pytest.mark.parametrize("text", ["0.1", "-0", "1E+300", "123456789012345678901234567890", "1.50", "2E-7", "1E-300"])
def test_a_decimal_is_sent_as_it_is(call: MakesCaller, text: str) -> None:
    caller = call(reply({}))
    caller.post(json={"a": Decimal(text)})
    assert json.loads(caller.requests[0].read(), parse_int=Decimal, parse_float=Decimal) == {"a": Decimal(text)}


@pytest.mark.parametrize("place", ["json", "query", "extra_headers"])
def test_a_key_in_the_place_of_a_name_is_not_shown(call: MakesCaller, place: str) -> None:
    for key in (KEY, "al_live_of_somebody_else"):
        failure = caught(call(ok()).post, **{place: {key: object()}})
        assert key not in str(failure)
        assert len(str(failure).splitlines()) == 1
    failure = caught(call(ok()).post, json={"a\nb" * 1000: object()})
    assert len(str(failure).splitlines()) == 1
    assert len(str(failure)) < 1000


# --- What the contract does not know goes beside what it does ---


def test_extra_query_does_not_replace_an_argument(call: MakesCaller) -> None:
    caller = call(ok())
    failure = caught(caller.run, lambda client: client.images.list(limit=1, extra_query={"limit": 3}))
    assert "extra_query" in str(failure)
    assert "pass it as limit=" in str(failure)
    assert caller.requests == []


def test_extra_query_is_no_second_way_to_pass_an_argument(call: MakesCaller) -> None:
    failure = caught(call(ok()).run, lambda client: client.images.list(extra_query={"limit": 3}))
    assert "pass it as limit=" in str(failure)


def test_extra_body_does_not_replace_an_argument() -> None:
    assert "pass it as value=" in refusal("fields", STRING, "a", extra_body={"value": "b"})
    assert "pass it as value=" in refusal("fields", STRING, "a", "multipart/form-data", extra_body={"value": "b"})


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_extra_body_is_refused_where_there_is_no_body_to_add_to(call: MakesCaller, method: str) -> None:
    caller = call(ok())
    resource = {"GET": "retrieve", "DELETE": "delete"}[method]
    failure = caught(caller.run, lambda client: getattr(client.files, resource)("file_1", extra_body={"a": 1}))
    assert f"a {method} has no body" in str(failure)
    assert caller.requests == []


# --- Idempotency keys are not for all requests at once, and not by two ways ---


def test_a_client_has_no_idempotency_key_of_its_own(call: MakesCaller) -> None:
    for headers in ({"Idempotency-Key": "a"}, {"idempotency-key": "a"}):
        failure = caught(call, ok(), default_headers=headers)
        assert "idempotency_key=" in str(failure)


def test_a_request_of_ones_own_takes_its_key_by_name(call: MakesCaller) -> None:
    caller = call(reply({}))
    failure = caught(caller.post, extra_headers={"Idempotency-Key": "a"})
    assert "pass it as idempotency_key=" in str(failure)
    assert caller.requests == []
    assert caller.post(idempotency_key="a").meta.idempotency_key == "a"
