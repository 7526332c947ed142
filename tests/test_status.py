"""What a status means: the documented four, the internal ones that may leak, and those that nobody knows."""

import inspect
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from attrs import fields
from hypothesis import given
from hypothesis import strategies as st

import aurous
from aurous import ChatCompletion, CompletionCancelledError, CompletionFailedError
from aurous._overlays import MODELS
from aurous._status import HasStatus, States
from contract import real_contract
from documents import json_values
from openapi.schemas import alternatives, constants_of, fields_of
from scripted import MakesCaller, caught, completion, ok

IN_PROGRESS = ("in_progress", "pending", "processing")
CANCELLED = ("cancelled", "cancelled_by_request", "cancelled_client_disconnect", "cancelled_for_a_new_reason")
UNKNOWN = (
    "",
    "queued",
    "gone_astray",
    "Completed",
    "COMPLETED",
    "completed ",
    "succeeded",
    "canceled",
    "cancelledly",
    "failed_",
    "done",
)


def helpers(status: object) -> dict[str, bool]:
    """What each helper says of a status."""
    result = ChatCompletion.from_dict(completion(status=status))
    names = ("is_completed", "is_in_progress", "is_failed", "is_cancelled", "is_terminal")
    return {name: getattr(result, name) for name in names}


def saying(*true: str) -> dict[str, bool]:
    names = ("is_completed", "is_in_progress", "is_failed", "is_cancelled", "is_terminal")
    return {name: name in true for name in names}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("completed", saying("is_completed", "is_terminal")),
        ("failed", saying("is_failed", "is_terminal")),
        *((status, saying("is_in_progress")) for status in IN_PROGRESS),
        *((status, saying("is_cancelled", "is_terminal")) for status in CANCELLED),
        *((status, saying()) for status in UNKNOWN),
    ],
)
def test_each_status_means_one_thing(status: str, expected: dict[str, bool]) -> None:
    assert helpers(status) == expected


@given(status=json_values | st.text(max_size=12) | st.from_regex("cancelled_.{0,8}", fullmatch=True))
def test_the_helpers_never_contradict_each_other(status: Any) -> None:
    said = helpers(status)
    assert all(type(value) is bool for value in said.values())
    meanings = [said["is_completed"], said["is_in_progress"], said["is_failed"], said["is_cancelled"]]
    assert sum(meanings) <= 1
    assert said["is_terminal"] is (said["is_completed"] or said["is_failed"] or said["is_cancelled"])
    if not isinstance(status, str):
        assert not any(said.values())


def with_status() -> list[type[Any]]:
    """The public classes that have words for their status."""
    return [cls for name in MODELS if issubclass(cls := getattr(aurous, name), HasStatus)]


def test_there_are_classes_with_words_for_their_status() -> None:
    assert {cls.__name__ for cls in with_status()} == {"Character", "ChatCompletion", "Generation"}


@pytest.mark.parametrize("cls", with_status(), ids=lambda cls: cls.__name__)
def test_every_documented_status_has_a_meaning(cls: type[Any]) -> None:
    """A status that is new in the contract is put where it belongs: in progress, an end of some kind, or neither."""
    states = cls._states
    meanings = [getattr(states, each.name) for each in fields(States)]
    contract = real_contract()
    described = fields_of(contract, {"$ref": f"#/components/schemas/{cls.__name__}"})["status"]
    listed = [constants_of(one) or [] for one in alternatives(contract, described)]
    file = Path(inspect.getfile(cls)).relative_to(Path(aurous.__file__).parent.parent)
    assert any(listed)
    for value in chain(*listed):
        found = sum(value in meaning for meaning in meanings)
        where = f"overlays/{file}: `_states` of {cls.__name__}"
        assert found == 1, f"{where} has the status {value!r} {found} times, and is to say once what it means"


def test_a_missing_status_is_no_end() -> None:
    document = completion()
    del document["status"]
    result = ChatCompletion.from_dict(document)
    assert not (result.is_terminal or result.is_in_progress)


@pytest.mark.parametrize("status", ["completed", *IN_PROGRESS, *UNKNOWN, None, 7])
def test_what_neither_failed_nor_was_cancelled_passes_raise_for_status(status: object) -> None:
    result = ChatCompletion.from_dict(completion(status=status))
    assert result.raise_for_status() is result


def test_a_failed_completion_raises_what_it_says_of_itself(call: MakesCaller) -> None:
    result = call(ok("failed", headers={"Aurous-Request-Id": "req_1"})).retrieve()
    failure = caught(result.raise_for_status)

    assert type(failure) is CompletionFailedError
    assert (failure.code, failure.type) == ("chat_provider_unavailable", "server_error")
    assert (failure.request_id, failure.status_code) == ("req_1", 200)
    assert failure.completion is result
    for part in (result.id, "failed", "chat_provider_unavailable", "Provider request failed"):
        assert part in str(failure)


@pytest.mark.parametrize("status", CANCELLED)
def test_a_cancelled_completion_raises_without_an_error_of_its_own(call: MakesCaller, status: str) -> None:
    failure = caught(call(ok("cancelled", status=status), on_drift="ignore").retrieve().raise_for_status)

    assert type(failure) is CompletionCancelledError
    assert (failure.code, failure.type) == (None, None)
    assert "cancelled" in str(failure)


@given(
    embedded=json_values | st.fixed_dictionaries({}, optional=dict.fromkeys(("code", "type", "message"), json_values))
)
def test_whatever_stands_for_the_error_a_failed_completion_says_that_it_failed(embedded: Any) -> None:
    failure = caught(ChatCompletion.from_dict(completion("failed", error=embedded)).raise_for_status)
    assert type(failure) is CompletionFailedError
    assert failure.code is None or isinstance(failure.code, str)
    assert failure.type is None or isinstance(failure.type, str)


@pytest.mark.parametrize("message", ["two\nlines", "\x1b[31mred", "lone \ud800", "\u2028", "x" * 100_000])
def test_the_message_of_a_failed_completion_is_one_line_of_bounded_length(message: str) -> None:
    embedded = {"code": "internal_error", "type": "server_error", "message": message}
    failure = caught(ChatCompletion.from_dict(completion("failed", error=embedded)).raise_for_status)
    assert str(failure).isprintable()
    assert len(str(failure)) < 2000
