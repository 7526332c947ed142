"""Results as plain data: what the JSON encoders, databases and frameworks of others take."""

import json
from typing import Any

import pydantic
import pytest

from aurous import APIResponseError, ChatCompletion
from aurous_api.models import Generation
from scripted import EXAMPLES, ID, MakesCaller, caught, completion, ok, reply

PLAIN = {dict, list, str, int, float, bool, type(None)}


def kinds_in(data: Any) -> set[type]:
    """The exact types of all values in plain data, names of members included."""
    if type(data) is dict:
        return {dict}.union(*({type(name)} | kinds_in(value) for name, value in data.items()))
    return {type(data)}.union(*map(kinds_in, data)) if type(data) is list else {type(data)}


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_the_data_of_a_completion_is_of_the_plain_types_of_json(call: MakesCaller, name: str) -> None:
    """Encoders such as orjson and msgspec take exactly these, and no subclasses."""
    result = call(reply(EXAMPLES[name]), on_drift="ignore").retrieve(EXAMPLES[name]["id"])
    assert kinds_in(result.to_dict()) <= PLAIN
    assert result.to_dict() == EXAMPLES[name]


def test_what_is_told_of_a_call_is_plain_data(call: MakesCaller) -> None:
    result = call(
        reply(error_body(), status=503), reply(completion(status="odd", new={"a": [1]})), on_drift="ignore"
    ).retrieve()
    assert result.receipt is not None
    assert result.drift
    told = [result.meta.as_dict(), result.receipt.as_dict(), *(each.as_dict() for each in result.drift)]
    assert kinds_in(told) <= PLAIN
    assert told[0]["attempts"][0]["status_code"] == 503
    assert {"pointer": "/new", "problem": "unknown_field", "expected": "no such field", "found": {"a": [1]}} in told
    json.dumps(told)


def error_body() -> dict[str, Any]:
    return {"error": {"type": "api_error", "code": "internal_error", "message": "no"}}


# --- The key ---


@pytest.mark.parametrize("key", ["test", "cmp", "The", "o", "chat.completion"])
def test_data_comes_as_it_was_sent_whatever_the_key_is(call: MakesCaller, key: str) -> None:
    document = EXAMPLES["completed"]
    document = json.loads(
        json.dumps(document).replace(document["choices"][0]["message"]["content"], "The latest test.")
    )
    caller = call(reply(document), on_drift="raise").with_options(api_key=key)
    result = caller.retrieve(document["id"])
    assert result.to_dict() == document
    assert result.text == "The latest test."


# --- The cancel page's form of a completion ---


def test_a_completion_that_dates_itself_in_words_has_that_moment(call: MakesCaller) -> None:
    """As the documentation of the cancel endpoint shows it: `created_at` and no `created`."""
    document = completion(status="cancelled", created_at="2026-05-15T10:00:00Z", cancelled_at="2026-05-15T10:00:01Z")
    del document["created"]
    result = call(reply(document), on_drift="ignore").retrieve()
    assert result.created_at.isoformat() == "2026-05-15T10:00:00+00:00"
    assert result.is_cancelled
    assert result.to_dict() == document


# --- pydantic, and what is built on it ---


class Record(pydantic.BaseModel):
    """What a service might store or return."""

    completion: ChatCompletion
    images: list[Generation] = []


def test_a_pydantic_model_holds_a_completion(call: MakesCaller) -> None:
    result = call(ok()).retrieve()
    record = Record(completion=result)
    assert record.completion is result
    assert record.model_dump() == {"completion": result.to_dict(), "images": []}
    again = Record.model_validate_json(record.model_dump_json())
    assert type(again.completion) is ChatCompletion
    assert (again.completion, again.completion.id) == (result, ID)
    assert Record.model_validate({"completion": result.to_dict()}) == record
    assert Record.model_json_schema()["properties"]["completion"]["type"] == "object"
    with pytest.raises(pydantic.ValidationError):
        Record.model_validate({"completion": 7})


# --- Numbers ---


def test_a_whole_number_of_credits_stays_one(call: MakesCaller) -> None:
    result = call(reply(completion(usage={"credits_charged": 3}))).retrieve()
    assert type(result.to_dict()["usage"]["credits_charged"]) is int
    assert caught(lambda: ChatCompletion.from_dict({}).meta).__class__.__mro__[1] is APIResponseError
