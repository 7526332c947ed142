"""Chat completions that are read while they are written: what a stream is made of, and what each kind of end is.

The scripted transport gives a stream as one piece; what depends on pieces and time runs over sockets, in
tests/test_stream_connections.py and in the table of faults.
"""

import asyncio
import copy
import json
import pickle
from contextlib import suppress
from typing import Any

import httpx
import pytest

from aurous import (
    APIResponseError,
    APIStatusError,
    APITimeoutError,
    Aurous,
    AurousError,
    ChatCompletion,
    ChatCompletionChunk,
    ConfigurationError,
    Finished,
    Notice,
    RateLimitError,
    ServerError,
    StreamInterruptedError,
    TextDelta,
    ToolCallDelta,
)
from scripted import ID, FakeClock, MakesCaller, Reply, caught, completion, error, ok, reply, sync_caller
from streams import DONE, LAST, MODEL, STREAM_ID, USAGE, WHOLE, chunk, event, read, sends, text

WARNING = event({"warning": {"code": "idempotency_ignored_streaming"}})


def calls(*pieces: dict[str, Any]) -> bytes:
    return chunk({"tool_calls": list(pieces)})


def function(name: str | None = None, arguments: str | None = None) -> dict[str, str]:
    return {key: value for key, value in (("name", name), ("arguments", arguments)) if value is not None}


# --- Whole streams ---


def test_a_stream_gives_its_text_and_a_completion_like_any_other(call: MakesCaller) -> None:
    caller = call(sends(WARNING, b": keep-alive\n\n", *WHOLE))
    found = read(caller, max_tokens=64)
    assert [type(each) for each in found.events] == [Notice, TextDelta, TextDelta, Finished]
    assert found.texts == ["The capital ", "is Tokyo."]
    assert found.events[-1].reason == "stop"
    final = found.final
    assert final is not None
    assert (final.id, final.text, final.is_completed, final.drift) == (STREAM_ID, "The capital is Tokyo.", True, ())
    assert str(final.receipt.credits) == "0.0117"
    assert final.meta.request_id == "req_streamed"
    assert [each.to_dict() for each in found.stream.notices] == [{"warning": {"code": "idempotency_ignored_streaming"}}]
    assert (found.stream.id, found.stream.so_far) == (STREAM_ID, final)
    assert pickle.loads(pickle.dumps(final)) == final


def test_a_stream_is_asked_for_as_one(call: MakesCaller) -> None:
    caller = call(sends(*WHOLE))
    read(caller, messages=[{"role": "user", "content": "Hi"}], temperature=0.5)
    (request,) = caller.requests
    assert json.loads(request.content) == {
        "model": "aurous-grow-2.0-pro",
        "messages": [{"role": "user", "content": "Hi"}],
        "temperature": 0.5,
        "stream": True,
    }
    assert request.headers["accept"].startswith("text/event-stream")
    assert request.headers["accept-encoding"] == "identity"
    assert "idempotency-key" not in request.headers  # it would be ignored, and bring a warning


def test_an_event_gives_its_chunk(call: MakesCaller) -> None:
    first = read(call(sends(*WHOLE))).events[0]
    assert isinstance(first.chunk, ChatCompletionChunk)
    assert first.chunk.id == STREAM_ID
    assert first == TextDelta("The capital ")
    assert first.to_dict()["choices"][0]["delta"] == {"content": "The capital "}


@pytest.mark.parametrize("choice", [{"index": None}, {}], ids=["null", "missing"])
def test_a_choice_without_an_index_is_the_one(call: MakesCaller, choice: dict[str, Any]) -> None:
    found = read(call(sends(chunk(choices=[{**choice, "delta": {"content": "Tokyo"}}]), LAST, DONE)))
    assert found.final is not None
    assert (found.final.text, found.final.drift) == ("Tokyo", ())


def test_only_what_came_stands_in_the_completion(call: MakesCaller) -> None:
    assert read(call(sends(chunk({"role": "assistant"}), LAST, DONE))).final.text is None  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "pieces",
    [
        pytest.param(
            [
                calls({"index": 0, "id": "call_1", "type": "function", "function": function("get_weather", "")}),
                calls({"index": 0, "function": function(arguments='{"city":')}),
                calls({"index": 1, "id": "call_2", "function": function("get_time")}),
                calls(
                    {"index": 0, "function": function(arguments='"Tokyo"}')},
                    {"index": 1, "function": function(arguments="{}")},
                ),
            ],
            id="by index",
        ),
        pytest.param(
            [
                calls({"id": "call_1", "function": function("get_weather", '{"city":')}),
                calls({"function": function(arguments='"Tok')}),
                calls({"id": "call_1", "function": function(arguments='yo"}')}),
                calls({"id": "call_2", "function": function("get_time", "{}")}),
            ],
            id="by id, or to the last",
        ),
        pytest.param(
            [
                calls(
                    {"index": 0, "id": "call_1", "function": function("get_weather", '{"city":"Tokyo"}')},
                    {"index": 0, "id": "call_2", "function": function("get_time", "{}")},
                )
            ],
            id="several with one index",
        ),
    ],
)
def test_pieces_of_tool_calls_are_joined(call: MakesCaller, pieces: list[bytes]) -> None:
    found = read(call(sends(*pieces, chunk({}, "tool_calls", usage=USAGE), DONE)))
    assert found.final is not None
    assert [(one.id, one.name, one.arguments) for one in found.final.tool_calls] == [
        ("call_1", "get_weather", {"city": "Tokyo"}),
        ("call_2", "get_time", {}),
    ]
    deltas = [each for each in found.events if isinstance(each, ToolCallDelta)]
    assert "".join(each.arguments for each in deltas if each.index == 0) == '{"city":"Tokyo"}'
    assert {(each.index, each.id, each.name) for each in deltas} == {
        (0, "call_1", "get_weather"),
        (1, "call_2", "get_time"),
    }


def test_a_crowd_of_calls_without_an_index_is_told_apart(call: MakesCaller) -> None:
    crowd = [{"id": f"call_{number}", "function": {"name": "f"}} for number in range(12_000)]  # a scan each is seconds
    found = read(call(sends(calls(*crowd), calls({"id": "call_7", "function": {"arguments": "{}"}}), LAST, DONE)))
    assert found.final is not None
    assert len(found.final.tool_calls) == len(crowd)
    assert found.final.tool_calls[7].arguments == {}


def test_a_cancel_frame_that_lacks_nearly_everything_ends_it_as_cancelled(call: MakesCaller) -> None:
    cancelled = event({"object": "chat.completion.chunk", "choices": [{"finish_reason": "cancelled"}]})
    found = read(call(sends(*text("The capital"), cancelled, DONE)))
    assert found.final is not None
    assert (found.final.id, found.final.text, found.final.is_cancelled) == (STREAM_ID, "The capital", True)
    assert found.events[-1] == Finished("cancelled")


def cancelled_stream() -> Reply:
    frame = event({"object": "chat.completion.chunk", "choices": [{"finish_reason": "cancelled"}]})
    return sends(*text("The capital"), frame, DONE)


def test_what_a_cancelled_stream_cost_its_record_tells(call: MakesCaller) -> None:
    caller = call(cancelled_stream(), ok("cancelled", id=STREAM_ID))
    final = read(caller).final
    assert final is not None
    assert (final.is_cancelled, str(final.receipt.credits), final.drift) == (True, "0.0167", ())
    assert [request.url.path for request in caller.requests[1:]] == [f"/v1/chat/completions/{STREAM_ID}"]


def test_json_in_response_to_a_stream_is_one_whole_completion(call: MakesCaller) -> None:
    found = read(call(ok()))
    assert found.texts == ["The capital of Japan is Tokyo."]
    assert found.final is not None
    assert found.final.to_dict() == completion()
    assert found.stream.id == ID


@pytest.mark.parametrize(
    ("frames", "pointer"),
    [
        pytest.param([*text("Tokyo"), LAST], "", id="no DONE"),
        pytest.param([*text("Tokyo"), chunk({"content": 5}), LAST, DONE], "/choices/0/delta/content", id="content"),
        pytest.param(
            [*text("Tokyo"), chunk(choices=[{"index": 1, "delta": {"content": "x"}}]), LAST, DONE],
            "/choices",
            id="index",
        ),
        pytest.param([*text("Tokyo"), chunk(choices=[5]), LAST, DONE], "/choices", id="choice"),
        pytest.param([*text("Tokyo"), chunk({}, 5), LAST, DONE], "/choices/0/finish_reason", id="finish reason"),
        pytest.param([*text("Tokyo"), chunk({}, ""), LAST, DONE], "/choices/0/finish_reason", id="no reason"),
        pytest.param([*text("Tokyo"), LAST, chunk({"content": "x"}), DONE], "/choices/0/delta", id="after the end"),
        pytest.param([*text("Tokyo"), chunk({}, "stop"), DONE], "/usage", id="no usage"),
        pytest.param([*text("Tokyo"), chunk("x"), LAST, DONE], "/choices/0/delta", id="delta"),
        pytest.param(
            [*text("Tokyo"), chunk({"tool_calls": [5]}), LAST, DONE], "/choices/0/delta/tool_calls", id="calls"
        ),
    ],
)
def test_what_leaves_the_contract_is_told(call: MakesCaller, frames: list[bytes], pointer: str) -> None:
    found = read(call(sends(*frames), on_drift="ignore"))
    assert found.final is not None
    assert found.final.text == "Tokyo"
    assert [deviation.pointer for deviation in found.final.drift] == [pointer]


def test_drift_may_be_an_error(call: MakesCaller) -> None:
    found = read(call(sends(*text("Tokyo"), LAST), on_drift="raise"))
    assert type(found.error) is APIResponseError
    assert found.texts == ["Tokyo"]


def test_a_character_that_was_cut_in_two_is_one(call: MakesCaller) -> None:
    found = read(call(sends(*text("so \ud83d", "\ude00\ud83d", "", "\ude00!"), LAST, DONE)))
    assert found.final is not None
    assert (found.texts, found.final.text) == (["so ", "\U0001f600", "\U0001f600!"], "so \U0001f600\U0001f600!")

    pieces = [{"index": 0, "function": {"arguments": piece}} for piece in ('{"a": "\ud83d', '\ude00"}')]
    found = read(
        call(sends(calls({"index": 0, "id": "c", "function": {"name": "f"}}), *map(calls, pieces), LAST, DONE))
    )
    assert found.final is not None
    assert found.final.tool_calls[0].arguments == {"a": "\U0001f600"}


def test_half_a_character_is_told(call: MakesCaller) -> None:
    found = read(call(sends(*text("so \ud83d"), LAST, DONE)))
    assert found.final is not None
    assert (found.final.text, [each.pointer for each in found.final.drift]) == ("so ", ["/choices/0/delta/content"])


@pytest.mark.parametrize("carry", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_stream_is_not_copied(call: MakesCaller, carry: Any) -> None:
    found = read(call(sends(*WHOLE)))
    assert "To do: carry what it gave" in caught(carry, found.stream).message


# --- Streams that are not whole ---


@pytest.mark.parametrize(
    ("frames", "id", "came"),
    [
        pytest.param([], None, None, id="nothing"),
        pytest.param(text("The cap"), STREAM_ID, "The cap", id="cut"),
        pytest.param([*text("The cap"), DONE], STREAM_ID, "The cap", id="DONE without an end"),
        pytest.param([*text("The cap"), LAST[:-2]], STREAM_ID, "The cap", id="an event that is not whole"),
        pytest.param([*text("The cap"), WARNING], STREAM_ID, "The cap", id="a notice last"),
    ],
)
def test_half_a_stream_is_an_error_with_what_came(
    call: MakesCaller, frames: list[bytes], id: str | None, came: str | None
) -> None:
    found = read(call(sends(*frames)))
    failure = found.error
    assert type(failure) is StreamInterruptedError
    assert "recover()" in failure.message
    assert (failure.id, failure.partial.text, failure.partial.is_in_progress) == (id, came, True)
    assert (failure.request_id, failure.usage_known) == ("req_streamed", False)
    assert failure.partial.drift == ()  # what has not come is not left out
    assert "".join(found.texts) == (came or "")
    for twin in (copy.copy(failure), pickle.loads(pickle.dumps(failure))):
        assert (twin.message, twin.id, twin.partial) == (failure.message, failure.id, failure.partial)
        assert "client.chat.completions.wait(" in caught(twin.recover).message


class StrikingClock(FakeClock):
    """Raises when it is asked for the n-th time, as a signal does at any point."""

    def __init__(self, strikes: int) -> None:
        super().__init__()
        self._left = strikes

    def monotonic(self) -> float:
        self._left -= 1
        if self._left == 0:
            raise KeyboardInterrupt
        return super().monotonic()


@pytest.mark.parametrize("strikes", range(4, 16))
def test_an_interrupt_at_any_point_makes_no_half_look_whole(strikes: int) -> None:
    caller = sync_caller(sends(*WHOLE), clock=StrikingClock(strikes))

    def interrupted(client: Aurous) -> ChatCompletion:
        with client.chat.completions.stream(model=MODEL, messages="Capital of Japan?") as stream:
            with suppress(KeyboardInterrupt):
                list(stream)
            return stream.get_final_completion()

    try:
        assert caller.run(interrupted).text == "The capital is Tokyo."
    except KeyboardInterrupt:
        assert strikes < 10, "while it was entered"
    except StreamInterruptedError as error:
        assert "interrupted" in error.message


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        pytest.param(b"data: {\n\n", ("not JSON",), id="JSON"),
        pytest.param(b"data: [1]\n\n", ("an array",), id="array"),
        pytest.param(event("[" * 101 + "]" * 101), ("100 levels",), id="nested"),
        pytest.param(b"data: \xff\n\n", ("UTF-8",), id="UTF-8"),
        pytest.param(b"data: " + b"x" * (1024 * 1024 + 1) + b"\n\n", ("1048576",), id="too long"),
        pytest.param(chunk({"content": "x"}, id="cmp_other"), ("'cmp_other'", STREAM_ID), id="another id"),
        pytest.param(chunk(choices={}), ("choices",), id="choices"),
    ],
)
def test_what_is_no_piece_of_it_is_refused(call: MakesCaller, bad: bytes, words: tuple[str, ...]) -> None:
    found = read(call(sends(*text("The cap"), bad, *WHOLE)))
    failure = found.error
    assert type(failure) is APIResponseError
    assert all(word in failure.message for word in words), failure.message
    assert failure.partial is not None
    assert failure.partial.text == "The cap"
    assert found.texts == ["The cap"]


def test_there_is_a_most(call: MakesCaller) -> None:
    found = read(call(sends(*text(*["x" * 100] * 100), LAST, DONE), max_response_bytes=4000))
    assert type(found.error) is APIResponseError
    assert "max_response_bytes=4000" in found.error.message


def test_an_error_amid_the_stream_is_the_error_of_its_code_with_what_came(call: MakesCaller) -> None:
    body = {
        "error": {
            "type": "server_error",
            "code": "chat_provider_unavailable",
            "message": "It failed.",
            "request_id": "req_2",
        }
    }
    found = read(call(sends(*text("The cap"), event(body), DONE)))
    failure = found.error
    assert type(failure) is ServerError
    assert (failure.status_code, failure.code, failure.retryable) == (502, "chat_provider_unavailable", True)
    assert failure.partial is not None
    assert failure.partial.text == "The cap"
    odd = {"error": {"code": "odd", "message": "x"}}
    for frame in (event(odd), chunk({"content": ""}, "error", **odd), chunk(choices=[], **odd)):
        unknown = read(call(sends(frame, LAST, DONE))).error
        assert isinstance(unknown, APIStatusError)
        assert unknown.code == "odd"


FAILED = event({"error": {"type": "server_error", "code": "chat_provider_unavailable", "message": "It failed."}})


def recovered(failure: AurousError) -> Any:
    """Gives what an error gets of the stored completion, for either kind of client."""
    return lambda client: failure.recover() if isinstance(client, Aurous) else failure.recover_async()


@pytest.mark.parametrize(
    ("frames", "options"),
    [([], {}), ([FAILED], {}), ([b"data: {\n\n"], {}), ([chunk({}, "stop"), DONE], {"on_drift": "raise"})],
    ids=["cut", "error", "no JSON", "drift"],
)
def test_every_error_that_ends_a_stream_gets_its_record(
    call: MakesCaller, frames: list[bytes], options: dict[str, Any]
) -> None:
    caller = call(sends(*text("The cap"), *frames), ok(id=STREAM_ID), **options)
    failure = read(caller).error
    assert failure is not None
    assert failure.partial is not None
    assert str(caller.run(recovered(failure)).receipt.credits) == "0.0117"


def test_an_error_says_what_recovers_it_where_it_cannot(call: MakesCaller) -> None:
    caller = call(sends(*text("The cap")))
    failure = read(caller).error
    assert failure is not None
    if isinstance(caller.client, Aurous):
        assert "call error.recover()" in caught(asyncio.run, failure.recover_async()).message
    else:
        assert "await error.recover_async()" in caught(failure.recover).message
    lost = caught(call(httpx.ReadTimeout("late"), max_retries=0).run, create_one)
    assert "idempotency_key=error.idempotency_key" in caught(lost.recover).message


def test_a_stream_without_a_response_says_what_to_look_at(call: MakesCaller) -> None:
    caller = call(httpx.ReadTimeout("late"), max_retries=0)
    stream: Any = caller.client.chat.completions.stream(model=MODEL, messages="Hi")

    def enter(client: Any) -> Any:
        return stream.__enter__() if isinstance(client, Aurous) else stream.__aenter__()

    failure = caught(caller.run, enter)
    assert type(failure) is APITimeoutError
    for told in (caught(failure.recover), caught(caller.run, lambda _: stream.recover())):
        assert "client.usage.events" in told.message


def create_one(client: Any) -> Any:
    return client.chat.completions.create(model=MODEL, messages="Hi")


@pytest.mark.parametrize(
    ("frames", "retrieved"),
    [(WHOLE, 0), (text("The cap"), 1), ([*text("The cap"), FAILED], 1)],
    ids=["whole", "cut", "error"],
)
def test_one_call_tells_what_a_stream_cost_however_it_ended(
    call: MakesCaller, frames: list[bytes], retrieved: int
) -> None:
    caller = call(sends(*frames), ok(id=STREAM_ID))
    stream = read(caller).stream
    assert str(caller.run(lambda client: stream.recover()).receipt.credits) == "0.0117"
    assert len(caller.requests) == 1 + retrieved


def test_what_is_logged_of_a_stream_is_a_line(call: MakesCaller, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG", "aurous"):
        read(call(sends(chunk({"content": "x"}, id="cmp_\n\x1b[31m"))))
    assert "broken off" in caplog.text
    assert all(record.getMessage().isprintable() for record in caplog.records)


# --- Opening ---


@pytest.mark.parametrize(
    "failed",
    [
        httpx.ConnectError("refused"),
        error(429, "too_many_requests", type="rate_limit"),
        error(502, "chat_provider_unavailable"),
    ],
    ids=["not connected", "429", "not charged"],
)
def test_opening_is_retried_where_nothing_was_processed(call: MakesCaller, failed: Any) -> None:
    caller = call(failed, sends(*WHOLE))
    found = read(caller)
    assert found.final is not None
    assert len(caller.requests) == 2
    assert len(found.final.meta.attempts) == 2


@pytest.mark.parametrize(
    ("failed", "kind"),
    [
        (httpx.ReadError("reset"), AurousError),
        (error(500, "internal_error"), ServerError),
        (error(429, "too_many_requests", type="rate_limit"), RateLimitError),
        (Reply(200, b"<html>", (("Content-Type", "text/html"),)), APIResponseError),
        (reply([1]), APIResponseError),
        (reply({"error": {"code": "x", "message": "y"}}), APIStatusError),
        (Reply(200, b"{", (("Content-Type", "application/json"),)), APIResponseError),
    ],
    ids=["reset", "500", "429", "HTML", "array", "error in place", "half a JSON"],
)
def test_a_stream_that_does_not_open_is_that_error(call: MakesCaller, failed: Any, kind: type[Exception]) -> None:
    caller = call(failed, max_retries=0)
    found = read(caller)
    assert isinstance(found.error, kind)
    assert not isinstance(found.error, StreamInterruptedError)
    assert not found.events
    assert len(caller.requests) == 1


def test_what_cannot_be_is_refused(call: MakesCaller) -> None:
    caller = call(sends(*WHOLE))
    for given in ({"stream": False}, {"idle_timeout": 0}, {"messages": 5}, {"max_tokens": "5"}, {"max_tokn": 5}):
        assert type(read(caller, **given).error) is ConfigurationError
    refused = read(caller, idempotency_key="mine").error
    assert refused is not None
    assert "a stream has none" in refused.message
    assert not caller.requests
    stream = caller.run(_unopened)
    assert stream.message.endswith(f"enter the stream by {'with' if call is sync_caller else 'async with'} first")


def _unopened(client: Any) -> Any:
    stream = client.chat.completions.stream(model="m", messages="Hi")
    if hasattr(stream, "__next__"):
        return caught(next, stream)

    async def main() -> AurousError:
        try:
            await anext(stream)
        except AurousError as failure:
            return failure
        raise AssertionError

    return main()
