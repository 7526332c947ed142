"""What can be watched of a call and of a stream: log records, hooks, notices, and what happens to drift."""

import asyncio
import contextlib
import gc
import itertools
import json
import logging
import subprocess
import sys
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import given

from aurous import (
    APIResponseError,
    AurousError,
    CallEndEvent,
    Deviation,
    RequestEvent,
    ResponseEvent,
    RetryEvent,
    ServerError,
    StreamEndEvent,
    StreamInterruptedError,
)
from documents import completions
from scripted import (
    ID,
    KEY_BEGINS,
    FakeClock,
    MakesCaller,
    Reply,
    async_caller,
    caught,
    completion,
    error,
    ok,
    reply,
    sync_caller,
)
from streams import DONE, STREAM_ID, USAGE, WHOLE, chunk, event, read, sends, text

PATH = f"/v1/chat/completions/{ID}"
MODEL = "aurous-grow-2.0-pro"
MARK = "content-of-the-answer"
_fresh = itertools.count()


def novelty() -> str:
    """A name that this process has not met: some things are told once only."""
    return f"novelty_{next(_fresh)}"


def told(caplog: pytest.LogCaptureFixture, level: int) -> list[str]:
    return [
        record.getMessage() for record in caplog.records if record.levelno == level and record.name.startswith("aurous")
    ]


# --- Log records ---


def test_each_attempt_is_one_record_at_debug_and_each_retry_one_at_info(
    call: MakesCaller, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="aurous")
    steps = (
        error(503, "provider_unavailable", headers={"Aurous-Request-Id": "req_1"}),
        httpx.ReadError("reset"),
        ok(headers={"Aurous-Request-Id": "req_3"}),
    )
    call(*steps, clock=FakeClock(0.5)).retrieve()

    attempts, retries = told(caplog, logging.DEBUG), told(caplog, logging.INFO)
    assert (len(attempts), len(retries)) == (3, 2)
    assert all("GET" in line and PATH in line for line in attempts + retries)
    for line, words in zip(attempts, [("503", "req_1"), ("reset",), ("200", "req_3")], strict=True):
        assert all(word in line for word in words)
    for line, words in zip(retries, [("0.25", "503"), ("0.5", "reset")], strict=True):
        assert all(word in line for word in words)
    assert {record.name.partition(".")[0] for record in caplog.records if "aurous" in record.name} == {"aurous"}


def test_a_call_says_nothing_above_debug_when_all_is_well(call: MakesCaller, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    call(ok(), on_drift="warn").retrieve()
    assert caplog.records == []


@pytest.mark.parametrize(
    "step",
    [
        error(503, "internal_error", message=MARK),
        Reply(503, MARK.encode()),
        error(503, headers={"X-Header": MARK, "Set-Cookie": MARK}),
        reply(completion(choices=[{"index": 0, "message": {"role": "assistant", "content": MARK}}])),
        reply(completion() | {"id": "cmp_other", "text": MARK}),
        Reply(200, f"<html>{MARK}".encode()),
    ],
    ids=["message", "body", "headers", "text", "another", "html"],
)
def test_no_record_holds_a_header_or_a_body(call: MakesCaller, step: Reply, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="aurous")
    caller = call(step, default_headers={"X-Mine": MARK})
    with contextlib.suppress(AurousError):
        caller.retrieve(extra_headers={"X-Trace": MARK})
    assert caplog.records
    for record in caplog.records:
        assert MARK not in record.getMessage() + str(vars(record))
        assert KEY_BEGINS not in record.getMessage() + str(vars(record))


@pytest.mark.parametrize("text", ["\x1b[31mred", "a\x85b", "a\nb", "\x7f", "\xad", "x" * 100_000])
@pytest.mark.parametrize("name", ["Aurous-Request-Id", "Aurous-Deprecated", "Sunset", "Aurous-Version", "Location"])
def test_every_record_is_one_printable_line_of_bounded_length(
    name: str, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="aurous")
    fresh = novelty()
    headers = {"Aurous-Deprecated": fresh, "Aurous-Version": fresh, name: fresh + text}
    sync_caller(error(503, headers=headers), ok(headers=headers), api_version="2026-05-15").retrieve()
    caught(sync_caller(Reply(302, headers=list(headers.items()))).retrieve)
    assert len(caplog.records) > 3
    for record in caplog.records:
        assert record.getMessage().isprintable()
        assert len(record.getMessage()) < 2000


def test_a_failure_below_is_logged_on_one_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="aurous")
    caught(sync_caller(httpx.ReadError("two\nlines \x1b[31m" + "x" * 10_000)).retrieve)
    assert all(record.getMessage().isprintable() and len(record.getMessage()) < 1000 for record in caplog.records)


# --- Hooks ---


def test_hooks_see_each_step_in_its_order(call: MakesCaller) -> None:
    events: list[Any] = []
    hooks: dict[str, Any] = dict.fromkeys(("on_request", "on_response", "on_retry"), events.append)
    steps = (
        error(503, "provider_unavailable", headers={"Aurous-Request-Id": "req_1"}),
        ok(headers={"Aurous-Request-Id": "req_2"}),
    )
    call(*steps, clock=FakeClock(0.5), **hooks).retrieve()

    assert [type(event) for event in events] == [RequestEvent, ResponseEvent, RetryEvent, RequestEvent, ResponseEvent]
    assert {(event.method, event.path) for event in events} == {("GET", PATH)}
    first, failed, retry, second, answered = events
    assert (first.number, failed.number, second.number, answered.number) == (1, 1, 2, 2)
    assert (failed.attempt.status_code, failed.attempt.request_id, answered.attempt.status_code) == (503, "req_1", 200)
    assert (retry.delay, retry.failed.number, retry.failed.error.code) == (0.25, 1, "provider_unavailable")


def test_hooks_see_the_last_failure_and_no_retry_after_it(call: MakesCaller) -> None:
    events: list[Any] = []
    hooks: dict[str, Any] = dict.fromkeys(("on_request", "on_response", "on_retry"), events.append)
    caught(call(httpx.ConnectError("refused"), max_retries=0, **hooks).retrieve)
    assert [type(event) for event in events] == [RequestEvent, ResponseEvent]
    assert events[1].attempt.status_code is None
    assert "refused" in events[1].attempt.reason


def test_nothing_is_told_of_a_call_that_is_refused(call: MakesCaller) -> None:
    events: list[Any] = []
    caught(call(ok(), on_request=events.append).retrieve, "a/b")
    assert events == []


def test_events_show_no_key(call: MakesCaller) -> None:
    events: list[Any] = []
    hooks: dict[str, Any] = dict.fromkeys(("on_request", "on_response", "on_retry"), events.append)
    call(error(503), ok(), **hooks).retrieve()
    assert KEY_BEGINS not in repr(events)


@pytest.mark.parametrize("hook", ["on_request", "on_response", "on_retry", "on_call_end", "on_drift"])
def test_an_exception_of_a_hook_is_the_callers_and_leaves_the_client_usable(call: MakesCaller, hook: str) -> None:
    def broken(event: object) -> None:
        raise ZeroDivisionError

    hooks: dict[str, Any] = {hook: broken}
    caller = call(error(503), reply(completion(surprise=1)), **hooks)
    with pytest.raises(ZeroDivisionError):
        caller.retrieve()
    assert caller.with_options(**{hook: print if hook != "on_drift" else "ignore"}).retrieve().is_completed


@pytest.mark.parametrize(
    "hook", ["on_request", "on_response", "on_retry", "on_stream_end", "on_call_end", "on_drift", "retry_policy"]
)
def test_a_coroutine_function_is_refused_where_nobody_would_await_it(call: MakesCaller, hook: str) -> None:
    async def hooked(event: object) -> None:
        await asyncio.sleep(0)

    assert hook in str(caught(call, ok(), **{hook: hooked}))


@pytest.mark.parametrize(
    ("frames", "status", "broken", "words"),
    [
        (WHOLE, "completed", None, ("whole", STREAM_ID)),
        ([*text("The "), chunk({}, "cancelled", usage=USAGE), DONE], "cancelled", None, ("cancelled", STREAM_ID)),
        (text("The "), "in_progress", StreamInterruptedError, ("StreamInterruptedError", STREAM_ID)),
        (
            [event({"error": {"code": "internal_error", "message": MARK}})],
            "in_progress",
            ServerError,
            ("internal_error",),
        ),
    ],
    ids=["whole", "cancelled", "interrupted", "error"],
)
def test_the_end_of_a_stream_is_told_once(
    call: MakesCaller,
    frames: list[bytes],
    status: str,
    broken: type[Exception] | None,
    words: tuple[str, ...],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, logger="aurous")
    events: list[StreamEndEvent] = []
    found = read(call(sends(*frames), on_stream_end=events.append))
    (end,) = events
    assert (end.method, end.path, str(end.completion.status)) == ("POST", "/v1/chat/completions", status)
    assert end.error is found.error
    assert isinstance(end.error, broken) if broken else end.error is None
    assert end.timing == found.stream.timing
    attempt, line = told(caplog, logging.DEBUG)
    assert "200" in attempt
    assert all(word in line for word in words)
    assert "The " not in line
    assert MARK not in line


def test_a_stream_that_its_reader_closes_is_told_as_such(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="aurous")
    events: list[StreamEndEvent] = []
    client: Any = sync_caller(sends(*WHOLE), on_stream_end=events.append).client
    with client.chat.completions.stream(model="aurous-grow-2.0-pro", messages="Hi") as stream:
        stream.close()
    (end,) = events
    assert (end.error, end.completion.is_in_progress) == (None, True)
    assert "closed" in told(caplog, logging.DEBUG)[-1]


def test_hooks_can_be_replaced_for_a_copy(call: MakesCaller) -> None:
    events: list[str] = []
    caller = call(ok(), on_request=lambda event: events.append("first"))
    caller.with_options(on_request=lambda event: events.append("second")).retrieve()
    caller.retrieve()
    assert events == ["second", "first"]


# --- What machines read of it ---

OUTCOMES = [
    (ok(), "ok", None, 200),
    (error(404, "resource_not_found"), "client_error", "NotFoundError", 404),
    (error(418, "a_code_of_today"), "client_error", "APIStatusError", 418),
    (error(429, "too_many_requests"), "rate_limited", "RateLimitError", 429),
    (error(503, "a_code_of_today"), "server_error", "ServerError", 503),
    (Reply(200, b"<html>"), "unusable", "APIResponseError", 200),
    (httpx.ReadTimeout("after 17 s"), "timeout", "APITimeoutError", None),
    (httpx.ConnectError("to 10.1.2.3"), "connection", "APIConnectionError", None),
]


def fields_of(record: logging.LogRecord) -> dict[str, Any]:
    """What a record carries beside its message."""
    return {name.removeprefix("aurous_"): value for name, value in vars(record).items() if name.startswith("aurous_")}


@pytest.mark.parametrize(("step", "outcome", "error_type", "status"), OUTCOMES)
def test_what_came_of_an_attempt_is_told_in_words_of_a_closed_list(
    call: MakesCaller,
    step: Any,
    outcome: str,
    error_type: str | None,
    status: int | None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, logger="aurous")
    events: list[ResponseEvent] = []
    with contextlib.suppress(AurousError):
        call(step, max_retries=0, on_response=events.append).retrieve()
    (seen,) = events
    (record,) = caplog.records
    assert (seen.operation, seen.attempt.outcome) == ("chat.completions.retrieve", outcome)
    assert seen.attempt.error_type == error_type
    assert fields_of(record) == {
        "event": "attempt",
        "operation": "chat.completions.retrieve",
        "outcome": outcome,
        "error_type": error_type,
        "status_code": status,
        "attempt": 1,
        "elapsed": seen.attempt.elapsed,
        "delay": None,
        "request_id": None,
    }


def test_a_redirect_that_was_followed_is_told_as_one(call: MakesCaller) -> None:
    events: list[ResponseEvent] = []
    call(Reply(308, headers=[("Location", f"{PATH}/")]), ok(), on_response=events.append).retrieve()
    assert [event.attempt.outcome for event in events] == ["redirected", "ok"]


def test_every_record_has_the_same_fields(call: MakesCaller, caplog: pytest.LogCaptureFixture) -> None:
    """So that a format may name any of them."""
    caplog.set_level(logging.DEBUG, logger="aurous")
    headers = {"Aurous-Deprecated": novelty(), "Aurous-Version": novelty(), "Aurous-Request-Id": "req_1"}
    call(
        error(503, "internal_error"), reply(completion() | {novelty(): 1}, headers=headers), api_version="2026-05-15"
    ).retrieve()
    read(call(sends(*WHOLE)))
    class_of_error = type(novelty(), (Exception,), {})

    def broken(*_: object) -> Any:
        raise class_of_error

    call(ok(), telemetry=broken).retrieve()
    told = [fields_of(record) for record in caplog.records if record.name == "aurous"]
    assert {each["event"] for each in told} == {
        *("attempt", "retry", "deprecation", "version", "drift", "stream_end", "telemetry")
    }
    assert len({tuple(each) for each in told}) == 1
    assert all(each["operation"] for each in told if each["event"] != "telemetry")
    (retry,) = (each for each in told if each["event"] == "retry")
    assert (retry["outcome"], retry["status_code"], retry["delay"]) == ("server_error", 503, 0.25)


@pytest.mark.parametrize(
    ("frames", "outcome", "error_type"),
    [
        (WHOLE, "ok", None),
        ([*text("The "), chunk({}, "cancelled"), DONE], "cancelled", None),
        (text("The "), "interrupted", "StreamInterruptedError"),
        ([event({"error": {"code": "internal_error", "message": MARK}})], "server_error", "ServerError"),
    ],
    ids=["whole", "cancelled", "interrupted", "error"],
)
def test_what_came_of_a_stream_is_told_in_words_of_a_closed_list(
    call: MakesCaller, frames: list[bytes], outcome: str, error_type: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="aurous")
    events: list[StreamEndEvent] = []
    read(call(sends(*frames), on_stream_end=events.append))
    (end,) = events
    assert (end.operation, end.outcome, end.error_type) == ("chat.completions.create", outcome, error_type)
    data = end.as_dict()
    assert json.loads(json.dumps(data)) == data
    assert (data["outcome"], data["completion"]["id"]) == (outcome, end.completion.id or None)
    (told,) = (each for each in map(fields_of, caplog.records) if each["event"] == "stream_end")
    assert (told["outcome"], told["error_type"]) == (outcome, error_type)


def test_events_are_plain_data(call: MakesCaller) -> None:
    events: list[Any] = []
    hooks: dict[str, Any] = dict.fromkeys(("on_request", "on_response", "on_retry"), events.append)
    call(error(503, "internal_error"), ok(), **hooks).retrieve()
    found = read(call(sends(*WHOLE), on_stream_end=events.append))
    data = [each.as_dict() for each in [*events, *found.events]]
    assert json.loads(json.dumps(data)) == data
    assert {each["operation"] for each in data[:6]} == {"chat.completions.retrieve", "chat.completions.create"}
    assert data[1]["attempt"]["outcome"] == "server_error"
    assert data[2]["failed"]["error"]["code"] == "internal_error"
    assert data[5]["completion"]["status"] == "completed"
    assert "The " not in json.dumps(data[:6])
    assert {"type": "text_delta", "text": "The capital "} in data


# --- The end of each call ---


def ends(call: MakesCaller, *steps: Any, make: Any = lambda caller: caller.retrieve(), **options: Any) -> Any:
    """The event of the one call that was made."""
    events: list[CallEndEvent] = []
    with contextlib.suppress(AurousError):
        make(call(*steps, on_call_end=events.append, **options))
    (event,) = events
    return event


def create(caller: Any, **given: Any) -> Any:
    options = {"model": MODEL, "messages": MARK, **given}
    return caller.run(lambda client: client.chat.completions.create(**options))


def test_the_end_of_a_call_tells_what_it_took_and_what_it_was_charged(call: MakesCaller) -> None:
    end = ends(call, error(503, "internal_error"), ok(), make=create, clock=FakeClock(0.5), tags={"team": "a"})
    assert (end.operation, end.method, end.path) == ("chat.completions.create", "POST", "/v1/chat/completions")
    assert (end.model, end.outcome, end.error, end.error_type, end.tags) == (MODEL, "ok", None, None, {"team": "a"})
    assert [attempt.outcome for attempt in end.attempts] == ["server_error", "ok"]
    assert end.elapsed == end.attempts[1].waited == 0.25
    assert end.credits == end.receipt.credits == Decimal(str(completion()["usage"]["credits_charged"]))
    data = end.as_dict()
    assert json.loads(json.dumps(data)) == data
    assert (data["receipt"]["credits"], data["tags"]) == (str(end.credits), {"team": "a"})
    assert MARK not in str(data)


@pytest.mark.parametrize(("step", "outcome", "error_type", "status"), OUTCOMES)
def test_the_end_of_a_call_has_one_word(
    call: MakesCaller, step: Any, outcome: str, error_type: str | None, status: int | None
) -> None:
    end = ends(call, step, max_retries=0)
    assert (end.outcome, end.error_type, end.attempts[0].status_code) == (outcome, error_type, status)
    assert end.as_dict()["error"] == (None if end.error is None else end.error.as_dict())


def test_what_only_reads_was_charged_nothing(call: MakesCaller) -> None:
    """So that the credits of all calls can be summed: a stored completion tells its receipt whenever it is asked."""
    end = ends(call, ok())
    assert (end.operation, end.outcome, end.credits, end.model) == ("chat.completions.retrieve", "ok", None, None)


@pytest.mark.parametrize(
    ("frames", "outcome", "credits"),
    [
        ([*text("The "), chunk({}, "stop", usage=USAGE), DONE], "ok", Decimal(str(USAGE["credits_charged"]))),
        (
            [*text("The "), chunk({}, "cancelled", usage=USAGE), DONE],
            "cancelled",
            Decimal(str(USAGE["credits_charged"])),
        ),
        (text("The "), "interrupted", None),
        ([event({"error": {"code": "internal_error", "message": MARK}})], "server_error", None),
    ],
    ids=["whole", "cancelled", "interrupted", "error"],
)
def test_a_stream_is_one_call_up_to_its_end(
    call: MakesCaller, frames: list[bytes], outcome: str, credits: Decimal | None
) -> None:
    order: list[str] = []
    end = ends(call, sends(*frames), make=read, on_stream_end=lambda _: order.append("stream"))
    assert (end.operation, end.outcome, end.credits) == ("chat.completions.create", outcome, credits)
    assert order == ["stream"]


def test_a_stream_that_its_reader_leaves_is_closed() -> None:
    events: list[CallEndEvent] = []
    client: Any = sync_caller(sends(*WHOLE), on_call_end=events.append).client
    with contextlib.suppress(ZeroDivisionError), client.chat.completions.stream(model=MODEL, messages="Hi"):
        raise ZeroDivisionError
    (end,) = events
    assert (end.outcome, end.error_type, end.as_dict()["error"]) == ("closed", "ZeroDivisionError", None)


@pytest.mark.parametrize(("is_read", "outcome"), [(True, "ok"), (False, "closed")])
def test_content_that_is_read_as_it_comes_is_one_call_up_to_its_end(*, is_read: bool, outcome: str) -> None:
    events: list[CallEndEvent] = []
    video = Reply(200, b"bytes", headers=[("Content-Type", "video/mp4")])
    client: Any = sync_caller(video, on_call_end=events.append).client
    with client.videos.output.stream("vid_1") as content:
        assert not is_read or content.read() == b"bytes"
        assert len(events) == is_read
    (end,) = events
    assert (end.operation, end.outcome, end.credits) == ("videos.output.retrieve", outcome, None)


def test_a_call_whose_task_is_cancelled_is_closed() -> None:
    events: list[CallEndEvent] = []
    reached = asyncio.Event()

    class Stuck(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            reached.set()
            await asyncio.Event().wait()
            raise AssertionError

    client: Any = async_caller(transport=Stuck(), on_call_end=events.append).client

    async def cancel() -> None:
        task = asyncio.create_task(client.chat.completions.retrieve(ID))
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    (end,) = events
    assert (end.outcome, end.error, end.attempts) == ("closed", None, ())


def test_a_hook_that_raises_takes_the_place_of_no_interrupt(caplog: pytest.LogCaptureFixture) -> None:
    class BrokenEndError(Exception): ...

    def broken(event: object) -> None:
        raise BrokenEndError("the store is down")

    def interrupted(request: httpx.Request) -> httpx.Response:
        raise KeyboardInterrupt

    client: Any = sync_caller(transport=httpx.MockTransport(interrupted), on_call_end=broken).client
    with pytest.raises(KeyboardInterrupt):
        client.chat.completions.retrieve(ID)
    assert told(caplog, logging.WARNING) == [
        "on_call_end= raised BrokenEndError: the store is down; the call goes on without it"
    ]


def test_a_call_that_is_refused_after_it_began_is_told_as_such(call: MakesCaller) -> None:
    end = ends(call, error(503), retry_policy=lambda failed: -1)
    assert (end.outcome, end.error_type, len(end.attempts)) == ("refused", "ConfigurationError", 1)


# --- Drift ---


def test_drift_is_warned_of_once_for_each_novelty(call: MakesCaller, caplog: pytest.LogCaptureFixture) -> None:
    name = novelty()
    caller = call(reply(completion() | {name: 1}, headers={"Aurous-Request-Id": "req_1"}))
    assert len(caller.retrieve().drift) == len(caller.retrieve().drift) == 1
    (line,) = told(caplog, logging.WARNING)
    assert f"/{name}" in line
    assert "req_1" in line


def test_the_same_in_another_place_of_a_list_is_no_novelty(caplog: pytest.LogCaptureFixture) -> None:
    choice = {"index": 0, "message": {"role": "assistant", "content": "Hello."}, novelty(): 1}
    for number in range(3):
        sync_caller(
            ok(choices=[{"index": 0, "message": {"role": "assistant", "content": ""}}] * number + [choice])
        ).retrieve()
    assert len(told(caplog, logging.WARNING)) == 1


def test_another_unknown_value_is_a_novelty(caplog: pytest.LogCaptureFixture) -> None:
    first, second = novelty(), novelty()
    for status in (first, second, first):
        sync_caller(ok(status=status)).retrieve()
    assert [first in line for line in told(caplog, logging.WARNING)] == [True, False]


def test_drift_is_ignored_on_demand(call: MakesCaller, caplog: pytest.LogCaptureFixture) -> None:
    assert call(reply(completion() | {novelty(): 1}), on_drift="ignore").retrieve().drift
    assert caplog.records == []


def test_drift_is_an_error_on_demand(call: MakesCaller) -> None:
    caller = call(error(503), ok(status=None, surprise=1, headers={"Aurous-Request-Id": "req_1"}), on_drift="raise")
    failure = caught(caller.retrieve)
    assert isinstance(failure, APIResponseError)
    assert (failure.status_code, failure.request_id, failure.retryable, len(failure.attempts)) == (
        200,
        "req_1",
        False,
        2,
    )
    for part in ("/status", "/surprise", "2 places"):
        assert part in str(failure)
    assert call(ok(), on_drift="raise").retrieve().is_completed


def test_drift_goes_to_a_function_on_demand(call: MakesCaller) -> None:
    seen: list[tuple[Deviation, ...]] = []
    result = call(ok(surprise=1), ok(), on_drift=seen.append).retrieve()
    assert seen == [result.drift]
    call(ok(), on_drift=seen.append).retrieve()
    assert len(seen) == 1, "no drift, no call"


@given(document=completions(changes=4))
def test_what_is_told_of_drift_is_printable_and_bounded(document: dict[str, Any]) -> None:
    for deviation in sync_caller(reply(document), on_drift="ignore").retrieve().drift:
        assert str(deviation).isprintable()
        assert len(str(deviation)) < 2000
    try:
        sync_caller(reply(document), on_drift="raise").retrieve()
    except APIResponseError as failure:
        assert str(failure).isprintable()
        assert len(str(failure)) < 8192


@pytest.mark.parametrize("place", ["name", "status", "value", "names"])
def test_hostile_drift_is_told_on_one_line_of_bounded_length(place: str, caplog: pytest.LogCaptureFixture) -> None:
    text = f"{novelty()}\nERROR forged \x1b[31m\ud800 " + "x" * 100_000
    document = {
        "name": completion() | {text: 1},
        "status": completion(status=text),
        "value": completion(model=[text]),
        "names": completion() | {f"{text}{number}": 1 for number in range(50)},
    }[place]
    failure = caught(sync_caller(reply(document), on_drift="raise").retrieve)
    sync_caller(reply(document), on_drift="warn").retrieve()
    for told_text in [str(failure), *(record.getMessage() for record in caplog.records)]:
        assert told_text.isprintable()
        assert len(told_text) < 4000


def test_a_deviation_reads_as_a_sentence() -> None:
    (missing,) = (
        sync_caller(reply({name: value for name, value in completion().items() if name != "model"}), on_drift="ignore")
        .retrieve()
        .drift
    )
    (unknown,) = sync_caller(ok(status="queued"), on_drift="ignore").retrieve().drift
    assert str(missing) == "/model: missing, expected a string"
    assert str(unknown).startswith("/status: expected one of ")
    assert str(unknown).endswith(", found 'queued'")
    assert hash(unknown) == hash(Deviation("/status", "unknown_value", unknown.expected, "queued"))


# --- Notices ---


def test_a_deprecation_is_told_once_with_its_date_and_a_link(
    call: MakesCaller, caplog: pytest.LogCaptureFixture
) -> None:
    what = novelty()
    headers = {"Aurous-Deprecated": what, "Sunset": "Tue, 04 Aug 2026 00:00:00 GMT"}
    caller = call(ok(headers=headers))
    caller.retrieve()
    caller.retrieve()
    caller.with_options(max_retries=0).retrieve()
    (line,) = told(caplog, logging.WARNING)
    for part in (what, "04 Aug 2026", "https://docs.aurous-labs.com"):
        assert part in line


def test_a_deprecation_on_an_error_is_told_as_well(call: MakesCaller, caplog: pytest.LogCaptureFixture) -> None:
    what = novelty()
    caught(call(error(410, headers={"Aurous-Deprecated": what})).retrieve)
    assert [what in line for line in told(caplog, logging.WARNING)] == [True]


def test_another_version_than_asked_for_is_told_once(call: MakesCaller, caplog: pytest.LogCaptureFixture) -> None:
    applied = novelty()
    caller = call(ok(headers={"Aurous-Version": applied}), api_version="2026-05-15")
    caller.retrieve()
    caller.retrieve()
    (line,) = told(caplog, logging.WARNING)
    assert applied in line
    assert "2026-05-15" in line

    caller.retrieve(api_version="2026-08-04")
    assert len(told(caplog, logging.WARNING)) == 2, "another mismatch"


def test_the_version_asked_for_and_the_teams_own_are_no_news(
    call: MakesCaller, caplog: pytest.LogCaptureFixture
) -> None:
    call(ok(headers={"Aurous-Version": "2026-05-15"}), api_version="2026-05-15").retrieve()
    call(ok(headers={"Aurous-Version": novelty()})).retrieve()
    call(ok(), api_version="2026-05-15").retrieve()
    assert told(caplog, logging.WARNING) == []


ONCE = """
import logging, sys
sys.path[:0] = sys.argv[1:]
import httpx, aurous
logging.basicConfig(level=logging.INFO, format="%(levelname)s", stream=sys.stdout)
headers = {"Aurous-Deprecated": "route", "Aurous-Version": "2026-08-04"}
body = {"id": "cmp_1", "status": "completed", "surprise": 1}
for _ in range(3):
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json=body, headers=headers))
    client = aurous.Aurous("al_live_" + "0" * 64, transport=transport, api_version="2026-05-15")
    client.chat.completions.retrieve("cmp_1")
"""


def test_once_means_once_a_process() -> None:
    def warnings() -> int:
        done = subprocess.run([sys.executable, "-c", ONCE], capture_output=True, text=True, check=True)
        return done.stdout.split().count("WARNING")

    # deprecated, version, the surprise, and five required fields that are missing
    assert warnings() == warnings() == 8


def test_the_key_stays_masked_when_another_client_with_it_is_gone(
    call: MakesCaller, caplog: pytest.LogCaptureFixture
) -> None:
    key = "al_live_of_two_clients"
    first, second = (call(ok()).with_options(api_key=key) for _ in range(2))
    del first
    gc.collect()
    with caplog.at_level(logging.DEBUG, logger="aurous"):
        logging.getLogger("aurous").debug("sent %s", key)
    assert caplog.messages == ["sent [api key]"]
    del second


def test_without_logging_configured_nothing_is_printed() -> None:
    code = "\n".join(line for line in ONCE.splitlines() if "basicConfig" not in line)
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
