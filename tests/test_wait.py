"""Waiting for a completion to end: the interval, the server's hints, the time limit, failures in between."""

import asyncio
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aurous import (
    APIResponseError,
    APITimeoutError,
    AurousError,
    AuthenticationError,
    ChatCompletion,
    ConfigurationError,
    NotFoundError,
    ServerError,
    WaitTimeoutError,
)
from scripted import ID, NOW, AsyncCaller, FakeClock, MakesCaller, Reply, async_caller, caught, error, ok, sync_caller

RUNNING = ok("in_progress")
EVEN = 0.5  # the chance that leaves the interval as it is


def even() -> FakeClock:
    return FakeClock(EVEN)


# --- Ends ---


@pytest.mark.parametrize("name", ["completed", "failed", "cancelled"])
def test_an_end_is_an_end_whichever_it_is(call: MakesCaller, name: str) -> None:
    caller = call(RUNNING, RUNNING, ok(name))
    result = caller.wait()
    assert (result.status, result.is_terminal, len(caller.requests)) == (name, True, 3)


@pytest.mark.parametrize("status", ["cancelled_by_request", "cancelled_client_disconnect"])
def test_internal_ends_are_ends(call: MakesCaller, status: str) -> None:
    assert call(ok(status=status), on_drift="ignore").wait().status == status


def test_what_has_ended_is_not_waited_for(call: MakesCaller) -> None:
    caller = call(ok())
    assert caller.wait().is_completed
    assert caller.clock.slept == []


@pytest.mark.parametrize(
    "status", ["pending", "processing", "queued", "", "succeeded", "COMPLETED", "canceled", None, 7]
)
def test_no_other_status_is_taken_for_an_end(call: MakesCaller, status: Any) -> None:
    odd = ok(status=status)
    caller = call(odd, odd, ok(), on_drift="ignore")
    assert caller.wait().is_completed
    assert len(caller.requests) == 3

    failure = caught(call(odd, on_drift="ignore").wait)
    assert isinstance(failure, WaitTimeoutError)
    assert failure.completion is not None
    assert not failure.completion.is_terminal


# --- The interval ---


def test_the_interval_grows_by_half_up_to_ten_seconds(call: MakesCaller) -> None:
    caller = call(*[RUNNING] * 12, ok(), clock=even())
    caller.wait()
    assert caller.clock.slept == pytest.approx(
        [0.5, 0.75, 1.125, 1.6875, 2.53125, 3.796875, 5.6953125, 8.54296875, 10, 10, 10, 10]
    )


@pytest.mark.parametrize(("chance", "spread"), [(0.0, 0.75), (0.5, 1.0), (0.999999, 1.25)])
def test_the_interval_is_spread_by_a_quarter(call: MakesCaller, chance: float, spread: float) -> None:
    caller = call(*[RUNNING] * 3, ok(), clock=FakeClock(chance))
    caller.wait(poll_interval=2)
    assert caller.clock.slept == pytest.approx([2 * spread, 3 * spread, 4.5 * spread], rel=1e-5)


def test_an_interval_longer_than_ten_seconds_stays(call: MakesCaller) -> None:
    caller = call(*[RUNNING] * 3, ok(), clock=even())
    caller.wait(poll_interval=30)
    assert caller.clock.slept == [30, 30, 30]


# --- Hints ---


@pytest.mark.parametrize(
    "headers",
    [
        {"Retry-After": "20"},
        {"Retry-After": "20", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(NOW) + 90)},
    ],
    ids=["seconds", "beside a bucket"],
)
def test_the_servers_hint_lengthens_the_interval(call: MakesCaller, headers: dict[str, str]) -> None:
    caller = call(ok("in_progress", headers=headers), ok(), clock=even())
    caller.wait()
    assert caller.clock.slept == [20]


def test_a_hint_does_not_shorten_the_interval(call: MakesCaller) -> None:
    caller = call(ok("in_progress", headers={"Retry-After": "1"}), ok(), clock=even())
    caller.wait(poll_interval=5)
    assert caller.clock.slept == [5]


@pytest.mark.parametrize("left", [0, 3])
def test_a_bucket_is_no_hint_as_polls_are_paced_by_it(call: MakesCaller, left: int) -> None:
    headers = {"X-RateLimit-Remaining": str(left), "X-RateLimit-Reset": str(int(NOW) + 60)}
    caller = call(ok("in_progress", headers=headers), ok(), clock=even())
    caller.wait()
    assert caller.clock.slept == [0.5]


@pytest.mark.parametrize(
    "headers",
    [{"Retry-After": "100"}, {"X-RateLimit-Reset": str(int(NOW) + 100)}],
    ids=["Retry-After", "X-RateLimit-Reset"],
)
def test_a_429_is_waited_out_as_long_as_it_asks(call: MakesCaller, headers: dict[str, str]) -> None:
    """Longer than a single call would wait, and well within the time that the caller gave."""
    caller = call(RUNNING, error(429, "too_many_requests", headers=headers), ok(), clock=even())
    assert caller.wait(timeout=300).is_completed
    assert caller.clock.slept[0] == 0.5
    assert 99 <= sum(caller.clock.slept[1:]) <= 102
    assert len(caller.requests) == 3


# --- The time limit ---


def test_a_wait_is_bounded_by_default(call: MakesCaller) -> None:
    caller = call(RUNNING)
    failure = caught(caller.wait)
    assert isinstance(failure, WaitTimeoutError)
    assert caller.clock.elapsed == pytest.approx(299)  # five minutes, less a second for the last response


def test_the_error_of_a_timeout_carries_the_completion_as_last_seen(call: MakesCaller) -> None:
    late = ok("in_progress", model="seen last", headers={"Aurous-Request-Id": "req_2"})
    failure = caught(call(RUNNING, late).wait, timeout=5)

    assert isinstance(failure, WaitTimeoutError)
    assert failure.completion is not None
    assert (failure.completion.model, failure.request_id, failure.retryable) == ("seen last", "req_2", True)
    for part in (ID, "timeout=5", "in_progress"):
        assert part in str(failure)


@given(
    timeout=st.floats(20, 400),
    interval=st.floats(0.01, 60),
    chance=st.floats(0, 0.999),
    takes=st.lists(st.floats(0, 20), min_size=1, max_size=4),
    hint=st.none() | st.integers(0, 500),
)
def test_no_wait_outlasts_its_limit_by_more_than_its_last_answer(
    timeout: float, interval: float, chance: float, takes: list[float], hint: int | None
) -> None:
    headers = {} if hint is None else {"Retry-After": str(hint)}
    steps = [ok("in_progress", takes=seconds, headers=headers) for seconds in takes]
    caller = sync_caller(*steps, clock=FakeClock(chance))
    failure = caught(caller.wait, timeout=timeout, poll_interval=interval)

    assert isinstance(failure, WaitTimeoutError)
    assert failure.completion is not None
    assert caller.clock.elapsed <= timeout + max(takes) + 1e-6
    assert all(seconds >= 0 for seconds in caller.clock.slept)


@pytest.mark.parametrize(("timeout", "last"), [(5, 4.5), (300, 299)])
def test_the_last_poll_comes_late_and_in_time_for_its_answer(call: MakesCaller, timeout: float, last: float) -> None:
    polled: list[float] = []

    def running(request: httpx.Request) -> Reply:
        polled.append(clock.elapsed)
        return RUNNING

    clock = even()
    assert isinstance(caught(call(running, clock=clock).wait, timeout=timeout), WaitTimeoutError)
    assert polled[-1] == pytest.approx(last)
    assert polled == sorted(set(polled)), "never twice without a wait in between"


def test_a_wait_that_ends_before_its_first_answer_has_no_completion(call: MakesCaller) -> None:
    def stuck(request: httpx.Request) -> Reply:
        clock.elapsed += 10
        raise httpx.ReadTimeout("silence")

    clock = even()
    failure = caught(call(stuck, clock=clock).wait, timeout=8)
    assert isinstance(failure, WaitTimeoutError)
    assert failure.completion is None
    assert "silence" in str(failure)
    assert isinstance(failure.__cause__, APITimeoutError)


def test_each_retrieval_is_given_no_more_than_what_is_left_of_the_wait(call: MakesCaller) -> None:
    caller = call(ok("in_progress", takes=2.0), ok(), clock=even(), timeout=60)
    caller.wait(timeout=8)
    limits = [max(request.extensions["timeout"].values()) for request in caller.requests]
    assert limits == [8, 8 - 2 - 0.5]


def test_a_retrieval_is_given_no_more_than_the_clients_timeout(call: MakesCaller) -> None:
    caller = call(RUNNING, ok(), timeout=10)
    caller.wait(timeout=1000)
    assert [max(request.extensions["timeout"].values()) for request in caller.requests] == [10, 10]


def test_a_hint_that_outlasts_the_wait_ends_it_without_sleeping_it_out(call: MakesCaller) -> None:
    """Nothing is looked at after that sleep: whoever waits learns nothing more by it."""
    caller = call(ok("in_progress", headers={"Retry-After": "3600"}))
    failure = caught(caller.wait, timeout=300)
    assert isinstance(failure, WaitTimeoutError)
    assert caller.clock.slept == []


# --- Failures ---


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (error(404, "resource_not_found"), NotFoundError),
        (error(401, "invalid_api_key"), AuthenticationError),
        (Reply(200, b"<html>"), APIResponseError),
    ],
)
def test_a_failure_that_will_not_pass_is_the_outcome(call: MakesCaller, failure: Any, kind: type[AurousError]) -> None:
    assert type(caught(call(failure, max_retries=0).wait)) is kind


@pytest.mark.parametrize(
    "failure",
    [
        error(503),
        error(500),
        error(429),
        error(408),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("silence"),
        httpx.RemoteProtocolError("gone"),
    ],
    ids=lambda value: value.status if isinstance(value, Reply) else type(value).__name__,
)
@pytest.mark.parametrize("is_first", [True, False])
def test_what_may_pass_is_waited_out(call: MakesCaller, failure: Any, is_first: bool) -> None:
    caller = call(*([] if is_first else [RUNNING]), failure, failure, failure, RUNNING, ok(), max_retries=0)
    assert caller.wait().is_completed
    assert len(caller.requests) == (5 if is_first else 6)
    assert all(seconds > 0 for seconds in caller.clock.slept)


@pytest.mark.parametrize(
    "failure", [error(401), error(403), error(404), error(410), Reply(200, b"[]")], ids=lambda step: step.status
)
def test_what_will_not_pass_ends_the_wait(call: MakesCaller, failure: Reply) -> None:
    caller = call(RUNNING, failure, ok())
    assert caught(caller.wait).status_code == failure.status
    assert len(caller.requests) == 2


def test_retries_of_a_retrieval_happen_within_it(call: MakesCaller) -> None:
    caller = call(error(503), RUNNING, error(503), ok(), clock=even())
    assert caller.wait(max_retries=1).is_completed
    assert caller.clock.slept == [0.25, 0.5, 0.25]


def test_trouble_at_the_end_is_told_with_the_timeout(call: MakesCaller) -> None:
    caller = call(RUNNING, error(503, "provider_unavailable"), max_retries=0)
    failure = caught(caller.wait, timeout=20)
    assert isinstance(failure, WaitTimeoutError)
    assert "provider_unavailable" in str(failure)
    assert isinstance(failure.__cause__, ServerError)
    assert failure.last_error is failure.__cause__
    assert [attempt.reason for attempt in failure.attempts] == ["503 provider_unavailable"]
    assert failure.polls == len(caller.requests)


@pytest.mark.parametrize("status", ["x" * 10**6, "two\nlines", "\x1b[31m", "\ud800"])
def test_the_message_of_a_timeout_is_one_line_of_bounded_length(status: str) -> None:
    failure = caught(sync_caller(ok(status=status), on_drift="ignore").wait)
    assert str(failure).isprintable()
    assert len(str(failure)) < 2000


# --- Progress ---


def test_each_poll_is_reported_the_last_one_as_well(call: MakesCaller) -> None:
    seen: list[ChatCompletion] = []
    result = call(RUNNING, error(503), ok("in_progress", model="second"), ok()).wait(on_poll=seen.append)
    assert [(item.status, item.model) for item in seen[:2]] == [
        ("in_progress", "aurous-grow-2.0-pro"),
        ("in_progress", "second"),
    ]
    assert len(seen) == 3
    assert seen[-1] is result


def test_on_poll_may_be_a_coroutine_function() -> None:
    seen: list[str] = []

    async def on_poll(completion: ChatCompletion) -> None:
        await asyncio.sleep(0)
        seen.append(completion.status)

    assert async_caller(RUNNING, ok()).wait(on_poll=on_poll).is_completed
    assert seen == ["in_progress", "completed"]


def test_a_coroutine_function_is_refused_where_nobody_would_await_it() -> None:
    async def on_poll(completion: ChatCompletion) -> None:
        raise AssertionError("never awaited")

    caller = sync_caller(ok())
    failure = caught(caller.wait, on_poll=on_poll)
    assert isinstance(failure, ConfigurationError)
    assert "on_poll" in str(failure)
    assert caller.requests == []


@pytest.mark.parametrize(
    "raised", [ZeroDivisionError("mine"), NotFoundError("also mine"), KeyboardInterrupt()], ids=repr
)
def test_an_exception_of_on_poll_comes_out_as_it_is(call: MakesCaller, raised: BaseException) -> None:
    def on_poll(completion: ChatCompletion) -> None:
        raise raised

    caller = call(RUNNING, ok())
    with pytest.raises(type(raised)) as outcome:
        caller.wait(on_poll=on_poll)
    assert outcome.value is raised
    assert len(caller.requests) == 1
    assert caller.retrieve().is_completed


def test_an_exception_of_a_coroutine_on_poll_comes_out_as_it_is() -> None:
    async def on_poll(completion: ChatCompletion) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        async_caller(RUNNING).wait(on_poll=on_poll)


def test_a_cancelled_wait_ends_and_leaves_the_client_usable() -> None:
    caller = async_caller(RUNNING, ok())
    assert isinstance(caller, AsyncCaller)
    client = caller.client

    async def cancelled_while_polling() -> ChatCompletion:
        task = asyncio.current_task()
        assert task is not None
        with pytest.raises(asyncio.CancelledError):
            await client.chat.completions.wait(ID, on_poll=lambda completion: asyncio.ensure_future(_cancel(task)))
        task.uncancel()
        return await client.chat.completions.retrieve(ID)

    assert asyncio.run(cancelled_while_polling()).is_completed


async def _cancel(task: asyncio.Task[Any]) -> None:
    task.cancel()


# --- Options ---


@pytest.mark.parametrize(
    ("options", "named"),
    [
        *(({"timeout": value}, "timeout") for value in (0, -1, float("inf"), float("nan"), "60", None, True)),
        *(
            ({"poll_interval": value}, "poll_interval")
            for value in (0, -1, float("inf"), float("nan"), "1", None, True)
        ),
        ({"on_poll": "print"}, "on_poll"),
        ({"max_retries": -1}, "max_retries"),
        ({"api_version": "newest"}, "api_version"),
        ({"extra_headers": {"X-Api-Key": "mine"}}, "extra_headers"),
        ({"id": ""}, "id"),
    ],
)
def test_options_that_cannot_be_are_refused_before_a_byte_is_sent(
    call: MakesCaller, options: dict[str, Any], named: str
) -> None:
    caller = call(ok())
    failure = caught(caller.wait, **options)
    assert isinstance(failure, ConfigurationError)
    assert named in str(failure)
    assert caller.requests == []


def test_options_go_with_every_retrieval(call: MakesCaller) -> None:
    caller = call(RUNNING, ok())
    caller.wait(api_version="2026-05-15", extra_headers={"X-Trace": "7"})
    assert [(request.headers["aurous-version"], request.headers["x-trace"]) for request in caller.requests] == [
        ("2026-05-15", "7")
    ] * 2
