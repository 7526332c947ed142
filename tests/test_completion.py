"""What a completion offers beyond its fields: text, tool calls, times, its one-line picture."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aurous import APIResponseError, AurousError, ChatCompletion, Receipt, ToolCall
from documents import completions, json_values
from scripted import EXAMPLES, NOW, MakesCaller, caught, completion, ok

PROPERTIES = (
    "text",
    "tool_calls",
    "created_at",
    "receipt",
    "meta",
    "is_completed",
    "is_in_progress",
    "is_failed",
    "is_cancelled",
    "is_terminal",
)


def with_message(**members: Any) -> ChatCompletion:
    """A completion with such a message."""
    return ChatCompletion.from_dict(completion(choices=[{"index": 0, "message": {"role": "assistant", **members}}]))


def with_arguments(arguments: object) -> ToolCall:
    call = {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": arguments}}
    return with_message(content=None, tool_calls=[call]).tool_calls[0]


@given(document=completions(changes=5) | json_values.filter(lambda value: isinstance(value, dict)))
def test_no_property_raises_anything_but_an_error_of_the_sdk(document: dict[str, Any]) -> None:
    result = ChatCompletion.from_dict(document)
    kinds: dict[str, Any] = {"text": str | None, "tool_calls": tuple, "created_at": datetime, "receipt": Receipt}
    for name in PROPERTIES:
        try:
            value = getattr(result, name)
        except AurousError as failure:
            assert isinstance(failure, APIResponseError)
            assert str(failure).isprintable()
        else:
            assert isinstance(value, kinds.get(name, bool))
    try:
        assert result.raise_for_status() is result
    except AurousError as failure:
        assert failure.as_dict()
    for tool_call in result.tool_calls:
        for name in ("name", "arguments"):
            try:
                assert isinstance(getattr(tool_call, name), str if name == "name" else dict)
            except AurousError as failure:
                assert isinstance(failure, APIResponseError)


# --- Text ---


def test_the_text_is_that_of_the_first_choice(call: MakesCaller) -> None:
    assert call(ok()).retrieve().text == "The capital of Japan is Tokyo."


@pytest.mark.parametrize("content", [None, {}], ids=["null", "the vendor's empty object"])
def test_no_text_is_none(content: object) -> None:
    assert with_message(content=content).text is None


@pytest.mark.parametrize(
    "document",
    [
        completion(choices=[]),
        completion(choices=None),
        completion(choices="none"),
        {"id": "cmp_1"},
        completion(choices=[{"index": 0}]),
    ],
    ids=["no choices", "null", "a string", "missing", "no message"],
)
def test_where_nothing_is_said_there_is_no_text(document: dict[str, Any]) -> None:
    result = ChatCompletion.from_dict(document)
    assert result.text is None
    assert result.tool_calls == ()


@pytest.mark.parametrize("content", ["", " ", "two\nlines", "\ud83d"])
def test_text_comes_as_it_was_written(content: str) -> None:
    assert with_message(content=content).text == content


@pytest.mark.parametrize(
    "content", [7, True, ["part"], [{"type": "text", "text": "Hello"}], {"type": "text"}, [], 0, False]
)
def test_content_that_is_no_text_is_an_error_where_text_is_asked_for(content: object) -> None:
    result = with_message(content=content)
    failure = caught(lambda: result.text)

    assert isinstance(failure, APIResponseError)
    assert result.id in str(failure)
    assert [deviation.pointer for deviation in result.drift] == ["/choices/0/message/content"]


# --- Tool calls ---


def test_arguments_are_parsed_on_demand(call: MakesCaller) -> None:
    result = call(ok("tool_calls")).retrieve()
    (tool_call,) = result.tool_calls

    assert isinstance(tool_call, ToolCall)
    assert (tool_call.name, tool_call.arguments) == ("get_weather", {"city": "Tokyo"})
    assert tool_call.function.arguments == '{"city":"Tokyo"}'
    assert result.text is None


def test_the_tool_calls_among_the_choices_are_the_same_as_those_of_the_completion() -> None:
    result = ChatCompletion.from_dict(EXAMPLES["tool_calls"])
    assert result.choices[0].message.tool_calls == list(result.tool_calls)


@given(arguments=st.dictionaries(st.text(max_size=5), json_values, max_size=3))
def test_arguments_come_back_as_the_model_wrote_them(arguments: dict[str, Any]) -> None:
    assert with_arguments(json.dumps(arguments)).arguments == arguments


@pytest.mark.parametrize(
    "arguments",
    [
        "",
        "{",
        "null",
        "[]",
        "7",
        '"text"',
        "{'city': 'Tokyo'}",
        '{"a": NaN}',
        '{"a": 1, "a": 2}',
        "[" * 100_000,
        "\ud800",
        '{"a": 1} {}',
        '{"a": 1e999}',
        None,
        7,
        {},
    ],
    ids=repr,
)
def test_arguments_that_are_no_json_object_are_a_clear_error(arguments: object) -> None:
    failure = caught(lambda: with_arguments(arguments).arguments)

    assert isinstance(failure, APIResponseError)
    assert "call_1" in str(failure)
    assert "arguments" in str(failure)
    assert str(failure).isprintable()
    assert len(str(failure)) < 500


def test_raw_arguments_stay_at_hand_when_they_do_not_parse() -> None:
    assert with_arguments('{"city": "Tok').function.arguments == '{"city": "Tok'


@pytest.mark.parametrize("function", [None, "get_weather", {}, {"name": 7}])
def test_a_call_without_a_usable_name_says_so(function: object) -> None:
    (tool_call,) = with_message(content=None, tool_calls=[{"id": "call_1", "function": function}]).tool_calls
    assert "call_1" in str(caught(lambda: tool_call.name))


def test_a_broken_tool_call_does_not_hide_the_good_one() -> None:
    good = {"id": "call_2", "function": {"name": "get_time", "arguments": "{}"}}
    result = with_message(content=None, tool_calls=[7, good, None])

    assert [tool_call.name for tool_call in result.tool_calls] == ["get_time"]
    assert result.to_dict()["choices"][0]["message"]["tool_calls"] == [7, good, None]


# --- Times ---


@pytest.mark.parametrize("created", [0, 1731948000, 1731948000.5, -1, 253402300799])
def test_created_at_is_an_aware_moment(created: float) -> None:
    at = ChatCompletion.from_dict(completion(created=created)).created_at
    assert at == datetime.fromtimestamp(created, UTC)
    assert at.utcoffset() is not None


@pytest.mark.parametrize("created", [None, "2026-05-15T00:00:00Z", True, 253402300800, 10**400, -(10**30), {}, 1e300])
def test_created_at_that_is_no_moment_is_an_error(created: object) -> None:
    result = ChatCompletion.from_dict(completion(created=created))
    assert isinstance(caught(lambda: result.created_at), APIResponseError)


# --- The call that brought it ---


def test_meta_tells_of_the_call(call: MakesCaller) -> None:
    headers = {
        "Aurous-Request-Id": "req_1",
        "Aurous-Version": "2026-05-15",
        "Aurous-Idempotent-Replayed": "true",
        "X-RateLimit-Limit": "1200",
        "X-RateLimit-Remaining": "1199",
        "X-RateLimit-Reset": str(int(NOW)),
    }
    caller = call(ok(headers=headers, takes=1.5))
    meta = caller.retrieve().meta

    assert (meta.status_code, meta.request_id, meta.api_version, meta.idempotent_replay) == (
        200,
        "req_1",
        "2026-05-15",
        True,
    )
    assert meta.headers["content-type"] == "application/json"
    assert meta.elapsed == 1.5
    assert [(attempt.status_code, attempt.request_id) for attempt in meta.attempts] == [(200, "req_1")]
    assert meta.rate_limit.requests is not None
    assert meta.rate_limit.requests.reset_at == datetime.fromtimestamp(NOW, UTC)
    assert meta.rate_limit.tokens is None


def test_meta_without_headers_knows_nothing(call: MakesCaller) -> None:
    meta = call(ok()).retrieve().meta
    assert (meta.request_id, meta.api_version, meta.idempotent_replay) == (None, None, False)
    assert (meta.rate_limit.requests, meta.rate_limit.tokens) == (None, None)


@pytest.mark.parametrize(
    ("value", "replayed"), [("true", True), ("TRUE", True), ("false", False), ("", False), ("1", False)]
)
def test_a_replay_is_told_by_its_header(call: MakesCaller, value: str, replayed: bool) -> None:
    assert call(ok(headers={"Aurous-Idempotent-Replayed": value})).retrieve().meta.idempotent_replay is replayed


# --- In a REPL ---


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        (
            "completed",
            ["cmp_01HXMQ7Z3K8Y2COMPLETED", "'completed'", "aurous-grow-2.0-pro", "0.0117", "The capital of Japan"],
        ),
        ("tool_calls", ["tool_calls=1", "0.3645"]),
        ("in_progress", ["'in_progress'"]),
        ("failed", ["'failed'"]),
        ("vendor_sample", ["0.2856", "drift=2"]),
    ],
)
def test_the_repr_is_one_line_that_says_what_matters(name: str, parts: list[str]) -> None:
    line = repr(ChatCompletion.from_dict(EXAMPLES[name]))
    assert all(part in line for part in parts)
    assert len(line.splitlines()) == 1


@given(document=completions(changes=5) | json_values.filter(lambda value: isinstance(value, dict)))
def test_the_repr_of_anything_is_one_printable_line(document: dict[str, Any]) -> None:
    line = repr(ChatCompletion.from_dict(document))
    assert line.startswith("ChatCompletion(")
    assert line.isprintable()


@pytest.mark.parametrize("field", ["id", "model", "status", "text"])
def test_the_repr_stays_short(field: str) -> None:
    long = "word " * 50_000
    if field == "text":
        assert len(repr(with_message(content=long))) < 400
    else:
        assert len(repr(ChatCompletion.from_dict(completion(**{field: long})))) < 1000


def test_long_text_shows_its_first_words() -> None:
    line = repr(with_message(content="The quick brown fox\njumps over the lazy dog, and then it does so again"))
    assert "The quick brown fox jumps" in line
    assert "again" not in line
