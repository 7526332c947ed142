"""When a call is tried again, and after how long: statuses, codes, backoff, deadline, budget, policies of one's own."""

import gzip
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aurous import (
    APIConnectionError,
    APIResponseError,
    APIStatusError,
    APITimeoutError,
    AurousError,
    ConfigurationError,
    FailedAttempt,
    RateLimitError,
    RetryBudget,
    ServerError,
    standard_policy,
)
from scripted import FakeClock, MakesCaller, Reply, Step, async_caller, caught, error, ok, sync_caller

RETRIED = (408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529)
PLENTY = RetryBudget(capacity=10**6)

BROKEN: tuple[Exception, ...] = (
    httpx.ConnectError("refused"),
    httpx.ConnectTimeout("no route"),
    httpx.ReadError("reset"),
    httpx.WriteError("broken pipe"),
    httpx.ReadTimeout("silence"),
    httpx.WriteTimeout("stuck"),
    httpx.PoolTimeout("busy"),
    httpx.RemoteProtocolError("hung up"),
    ConnectionResetError("reset"),
    EOFError("gone"),
    OSError("something below"),
)
HOPELESS: tuple[Exception, ...] = (
    httpx.LocalProtocolError("bad header"),
    httpx.UnsupportedProtocol("gopher"),
    httpx.InvalidURL("no"),
    ValueError("a bug in a transport"),
    RuntimeError("another"),
    KeyError("x"),
    RecursionError("deep"),
)


def named(value: object) -> str:
    return type(value).__name__ if isinstance(value, Exception) else str(value)


# --- What is tried again ---


@pytest.mark.parametrize("status", range(400, 600))
def test_which_statuses_are_tried_again(status: int) -> None:
    for make in (sync_caller, async_caller) if status in RETRIED else (sync_caller,):
        call = make(error(status), ok())
        if status in RETRIED:
            assert call.retrieve().is_completed
        failure = caught(make(error(status), max_retries=2).retrieve)
        assert (failure.status_code, failure.retryable) == (status, status in RETRIED)
        assert len(failure.attempts) == (3 if status in RETRIED else 1)


@pytest.mark.parametrize("status", [204, 205, 206, 299, 300, 301, 302, 303, 304, 307, 308, 399, 600, 999])
def test_answers_that_no_call_gives_are_not_tried_again(call: MakesCaller, status: int) -> None:
    caller = call(Reply(status, b"{}"), ok())
    failure = caught(caller.retrieve)
    assert isinstance(failure, APIResponseError)
    assert (failure.status_code, failure.retryable, len(caller.requests)) == (status, False, 1)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"id": "cmp_other"}'])
def test_answers_that_cannot_be_believed_are_not_tried_again(call: MakesCaller, body: bytes) -> None:
    caller = call(Reply(200, body), ok())
    assert isinstance(caught(caller.retrieve), APIResponseError)
    assert len(caller.requests) == 1


@pytest.mark.parametrize(
    ("code", "attempts"),
    [
        ("idempotency_key_in_use", 2),
        ("chat_cancel_target_already_terminal", 1),
        ("chat_cancel_target_not_cancellable", 1),
        ("new_code", 1),
        (None, 1),
    ],
)
def test_a_conflict_is_tried_again_by_its_code(call: MakesCaller, code: str | None, attempts: int) -> None:
    caller = call(error(409, code), ok())
    if attempts == 2:
        assert caller.retrieve().is_completed
    else:
        assert caught(caller.retrieve).code == code
    assert len(caller.requests) == attempts


@pytest.mark.parametrize("failure", BROKEN, ids=named)
def test_what_another_try_may_change_is_tried_again(call: MakesCaller, failure: Exception) -> None:
    assert call(failure, failure, ok()).retrieve().is_completed

    final = caught(call(failure).retrieve)
    assert isinstance(final, APIConnectionError)
    assert isinstance(final, APITimeoutError) is isinstance(failure, httpx.TimeoutException)
    assert (final.retryable, final.status_code, len(final.attempts)) == (True, None, 3)


@pytest.mark.parametrize("failure", HOPELESS, ids=named)
def test_what_no_try_changes_is_not_tried_again(call: MakesCaller, failure: Exception) -> None:
    final = caught(call(failure, ok()).retrieve)
    assert isinstance(final, APIConnectionError)
    assert (final.retryable, len(final.attempts)) == (False, 1)
    assert type(failure).__name__ in str(final) or str(failure) in str(final)


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_an_interruption_is_let_through(interruption: type[BaseException]) -> None:
    def interrupt(request: httpx.Request) -> Reply:
        raise interruption

    caller = sync_caller(interrupt, ok())
    with pytest.raises(interruption):
        caller.retrieve()
    assert caller.retrieve().is_completed


# --- How often ---


@pytest.mark.parametrize("allowed", [0, 1, 2, 5])
def test_max_retries_is_the_most_retries(call: MakesCaller, allowed: int) -> None:
    caller = call(error(503), max_retries=allowed)
    assert len(caught(caller.retrieve).attempts) == allowed + 1 == len(caller.requests)

    caller = call(error(503), max_retries=7)
    assert len(caught(caller.retrieve, max_retries=allowed).attempts) == allowed + 1


def test_a_call_has_two_retries_by_default(call: MakesCaller) -> None:
    assert len(caught(call(error(503)).retrieve).attempts) == 3


def test_very_many_retries_are_counted_to_the_end() -> None:
    caller = sync_caller(error(503), max_retries=1500, retry_budget=PLENTY, timeout=10**6)
    assert len(caught(caller.retrieve).attempts) == 1501
    assert max(caller.clock.slept) <= 8


# --- How long without a hint ---


@pytest.mark.parametrize("chance", [0.0, 0.25, 0.5, 0.999])
@pytest.mark.parametrize(("status", "ceilings"), [(503, [0.5, 1, 2, 4, 8, 8, 8]), (429, [1, 2, 4, 8, 8, 8, 8])])
def test_the_wait_is_a_random_part_of_a_doubling_ceiling(
    call: MakesCaller, chance: float, status: int, ceilings: list[float]
) -> None:
    caller = call(error(status), max_retries=7, retry_budget=PLENTY, timeout=1000, clock=FakeClock(chance))
    caught(caller.retrieve)
    assert caller.clock.slept == [chance * ceiling for ceiling in ceilings]


def test_each_wait_draws_anew() -> None:
    caller = sync_caller(error(503), max_retries=3, clock=FakeClock(0.1, 0.9, 0.4))
    caught(caller.retrieve)
    assert caller.clock.slept == pytest.approx([0.05, 0.9, 0.8])


def test_waits_follow_the_failure_at_hand(call: MakesCaller) -> None:
    caller = call(httpx.ReadError("reset"), error(429), error(503), ok(), max_retries=3, clock=FakeClock(0.5))
    caller.retrieve()
    assert caller.clock.slept == [0.25, 1.0, 1.0]


# --- The deadline ---


def test_no_wait_begins_that_would_outlast_the_deadline(call: MakesCaller) -> None:
    caller = call(error(503, headers={"Retry-After": "10"}), ok(), timeout=9.5)
    failure = caught(caller.retrieve)

    assert isinstance(failure, ServerError)
    assert (failure.retry_after, len(failure.attempts), caller.clock.slept) == (10, 1, [])
    assert "timeout" in str(failure)


def test_what_attempts_take_counts_against_the_deadline(call: MakesCaller) -> None:
    slow = Reply(503, takes=4.0)
    caller = call(slow, timeout=9, max_retries=9, clock=FakeClock(0.5))
    assert len(caught(caller.retrieve).attempts) == 3
    assert caller.clock.slept == [0.25, 0.5]  # after the third attempt the clock stands at 12.75


@given(
    timeout=st.floats(20, 200),  # of a transport's own time it takes next to nothing, however slow the machine is
    takes=st.lists(st.floats(0, 60), min_size=1, max_size=6),
    hints=st.lists(st.none() | st.integers(0, 90), min_size=1, max_size=6),
    chance=st.floats(0, 0.999),
    status=st.sampled_from([429, 503]),
)
def test_the_sleeps_of_a_call_end_before_its_deadline(
    timeout: float, takes: list[float], hints: list[int | None], chance: float, status: int
) -> None:
    clock = FakeClock(chance)
    woke: list[float] = []

    def step(seconds: float, hint: int | None) -> Step:
        def answer(request: httpx.Request) -> Reply:
            woke.append(clock.elapsed)
            return Reply(status, headers=() if hint is None else (("Retry-After", str(hint)),), takes=seconds)

        return answer

    steps = [step(seconds, hints[number % len(hints)]) for number, seconds in enumerate(takes)]
    failure = caught(sync_caller(*steps, clock=clock, timeout=timeout, max_retries=5).retrieve)

    assert isinstance(failure, APIStatusError)
    assert all(moment < timeout for moment in woke)
    assert all(0 <= seconds <= 60 for seconds in clock.slept)
    assert [attempt.waited for attempt in failure.attempts] == [0.0, *clock.slept]


def test_each_attempt_is_given_no_more_than_what_is_left(call: MakesCaller) -> None:
    caller = call(Reply(503, takes=7.0), ok(), timeout=10, clock=FakeClock(0.5))
    caller.retrieve()
    first, second = (request.extensions["timeout"] for request in caller.requests)
    assert max(first.values()) == 10
    assert max(second.values()) == 10 - 7 - 0.25


@pytest.mark.parametrize(
    "expired", [httpx.ReadTimeout("silence"), httpx.ConnectTimeout("no route"), httpx.PoolTimeout("busy")]
)
def test_a_timeout_at_the_deadline_is_final(call: MakesCaller, expired: Exception) -> None:
    # The shortest of deadlines: whatever times out has used it up.
    caller = call(expired, ok(), timeout=1e-6)
    failure = caught(caller.retrieve)
    assert type(failure) is APITimeoutError
    assert (len(failure.attempts), caller.clock.slept) == (1, [])
    assert "timeout=" in str(failure)


# --- The budget ---


def outage(call: MakesCaller, *failures: Step, **options: Any) -> Iterator[int]:
    """How many retries each call of a long outage makes."""
    caller = call(*failures, max_retries=2, **options)
    while True:
        yield len(caught(caller.retrieve).attempts) - 1


@pytest.mark.parametrize(
    "failure", [error(500), httpx.ConnectError("refused"), error(408)], ids=["500", "refused", "408"]
)
def test_an_outage_costs_a_client_ten_retries_however_many_calls_it_makes(call: MakesCaller, failure: Step) -> None:
    calls = outage(call, failure)
    assert sum(next(calls) for _ in range(200)) == 10


def test_throttling_is_cheaper(call: MakesCaller) -> None:
    calls = outage(call, error(429))
    assert sum(next(calls) for _ in range(200)) == 28


def test_the_default_budget_is_documented() -> None:
    assert RetryBudget() == RetryBudget(capacity=140, cost=14, throttle_cost=5)


def test_a_spent_budget_is_said(call: MakesCaller) -> None:
    caller = call(error(503), retry_budget=RetryBudget(capacity=14))
    caught(caller.retrieve, max_retries=1)
    assert "budget" in str(caught(caller.retrieve))


def test_success_brings_back_what_its_retries_cost() -> None:
    pattern = [error(503), error(503), ok()]
    caller = sync_caller(*(pattern * 40))
    for _ in range(40):
        assert len(caller.retrieve().meta.attempts) == 3


def test_a_call_that_succeeds_at_once_brings_one_token() -> None:
    budget = RetryBudget(capacity=14, cost=14)
    caller = sync_caller(
        error(503),
        error(503),
        *([ok()] * 13),
        error(503),
        ok(),
        error(503),
        error(503),
        retry_budget=budget,
        max_retries=1,
    )
    assert len(caught(caller.retrieve).attempts) == 2  # spends all 14
    for _ in range(13):
        caller.retrieve()
    assert len(caught(caller.retrieve).attempts) == 1  # 13 are not enough
    caller.retrieve()
    assert len(caught(caller.retrieve).attempts) == 2  # 14 are


def test_successes_fill_the_budget_no_further_than_full() -> None:
    caller = sync_caller(*([ok()] * 50), error(503), retry_budget=RetryBudget(capacity=28, cost=14))
    for _ in range(50):
        caller.retrieve()
    assert [len(caught(caller.retrieve).attempts) for _ in range(3)] == [3, 1, 1]


@pytest.mark.parametrize(
    ("budget", "retries"),
    [
        (RetryBudget(capacity=0), 0),
        (RetryBudget(capacity=13), 0),
        (RetryBudget(capacity=14), 1),
        (RetryBudget(cost=0), 20),
    ],
)
def test_the_budget_is_the_callers_to_set(call: MakesCaller, budget: RetryBudget, retries: int) -> None:
    caller = call(error(503), retry_budget=budget)
    assert sum(len(caught(caller.retrieve).attempts) - 1 for _ in range(10)) == retries


def test_copies_share_the_budget_unless_given_another(call: MakesCaller) -> None:
    caller = call(error(503))
    for _ in range(5):
        caught(caller.retrieve)
    assert len(caught(caller.with_options(max_retries=1).retrieve).attempts) == 1
    assert len(caught(caller.with_options(retry_budget=RetryBudget(capacity=28)).retrieve).attempts) == 3
    assert len(caught(call(error(503)).retrieve).attempts) == 3


# --- Policies of one's own ---


def test_the_policy_sees_what_there_is_to_decide_on(call: MakesCaller) -> None:
    seen: list[FailedAttempt] = []

    def policy(failed: FailedAttempt) -> float | None:
        seen.append(failed)
        return 3.0 if failed.number < 3 else None

    steps = (
        error(503, "provider_unavailable", headers={"Retry-After": "7"}),
        httpx.ReadError("reset"),
        error(400, "invalid_format"),
    )
    caller = call(*steps, retry_policy=policy, timeout=20, max_retries=4, clock=FakeClock(0.125, 0.25, 0.5))
    failure = caught(caller.retrieve)

    assert [failed.number for failed in seen] == [1, 2, 3]
    assert [failed.hint for failed in seen] == [7, None, None]
    assert [failed.remaining for failed in seen] == [20, 17, 14]
    assert [failed.max_retries for failed in seen] == [4, 4, 4]
    assert [failed.random for failed in seen] == [0.125, 0.25, 0.5]
    assert [failed.error.code for failed in seen] == ["provider_unavailable", None, "invalid_format"]
    assert [failed.error.retryable for failed in seen] == [True, True, False]
    assert caller.clock.slept == [3.0, 3.0]
    assert failure.status_code == 400


def test_a_policy_may_retry_what_the_standard_does_not(call: MakesCaller) -> None:
    caller = call(error(404, "resource_not_found"), ok(), retry_policy=lambda failed: 1.0)
    assert caller.retrieve().is_completed
    assert caller.clock.slept == [1.0]


def test_a_policy_may_end_what_the_standard_goes_on_with(call: MakesCaller) -> None:
    failure = caught(call(error(503, headers={"Retry-After": "1"}), ok(), retry_policy=lambda failed: None).retrieve)
    assert len(failure.attempts) == 1
    assert "longer than" not in str(failure), "it was the policy that ended it, not the hint"


def test_a_policy_without_end_is_ended_by_deadline_or_budget(call: MakesCaller) -> None:
    assert len(caught(call(error(503), retry_policy=lambda failed: 0.0).retrieve).attempts) == 11
    caller = call(error(503), retry_policy=lambda failed: 3.0, timeout=10, retry_budget=PLENTY)
    assert len(caught(caller.retrieve).attempts) == 4
    assert caller.clock.elapsed == 9


def test_a_policy_can_lean_on_the_standard_one(call: MakesCaller) -> None:
    def patient(failed: FailedAttempt) -> float | None:
        delay = standard_policy(failed)
        return None if delay is None else delay + 1

    caller = call(error(503), ok(), retry_policy=patient)
    caller.retrieve()
    assert caller.clock.slept == [1.25]


@pytest.mark.parametrize("delay", [-1.0, float("nan"), "soon", True, float("-inf")], ids=str)
def test_a_policy_that_gives_no_time_is_a_configuration_error(call: MakesCaller, delay: Any) -> None:
    caller = call(error(503), ok(), retry_policy=lambda failed: delay)
    failure = caught(caller.retrieve)
    assert isinstance(failure, ConfigurationError)
    assert "retry_policy" in str(failure)
    assert caller.clock.slept == []


def test_an_exception_of_the_policy_is_the_callers(call: MakesCaller) -> None:
    def broken(failed: FailedAttempt) -> float | None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        call(error(503), retry_policy=broken).retrieve()


# --- The standard policy by itself ---


def failed(**changes: Any) -> FailedAttempt:
    known: dict[str, Any] = {"number": 1, "error": AurousError("no", retryable=True), "hint": None, "remaining": 60.0}
    return FailedAttempt(**{**known, "max_retries": 2, "random": 0.5, **changes})


@given(
    number=st.integers(1, 10**6),
    random=st.floats(0, 1, exclude_max=True),
    hint=st.none() | st.floats(0, 1e12),
    throttled=st.booleans(),
)
def test_the_standard_policy_is_bounded_for_any_attempt(
    number: int, random: float, hint: float | None, throttled: bool
) -> None:
    reason = RateLimitError("no", retryable=True) if throttled else AurousError("no", retryable=True)
    delay = standard_policy(failed(number=number, random=random, hint=hint, error=reason, max_retries=10**6))
    if hint is None:
        assert delay is not None
        assert 0 <= delay <= 8
    else:
        assert delay == (hint if hint <= 60 else None)


@pytest.mark.parametrize("changes", [{"number": 3}, {"max_retries": 0}, {"error": AurousError("no")}])
def test_the_standard_policy_knows_when_to_stop(changes: dict[str, Any]) -> None:
    assert standard_policy(failed()) == 0.25
    assert standard_policy(failed(**changes)) is None
    assert standard_policy(failed(hint=1.0, **changes)) is None


# --- The history ---


def test_the_history_tells_each_attempt(call: MakesCaller) -> None:
    steps = (
        error(503, "provider_unavailable", headers={"Aurous-Request-Id": "req_1"}),
        httpx.ReadError("reset by peer"),
        error(500, "internal_error", headers={"Aurous-Request-Id": "req_3"}),
    )
    caller = call(*steps, clock=FakeClock(0.5))
    failure = caught(caller.retrieve)

    assert [attempt.status_code for attempt in failure.attempts] == [503, None, 500]
    assert [attempt.request_id for attempt in failure.attempts] == ["req_1", None, "req_3"]
    assert [attempt.waited for attempt in failure.attempts] == [0, 0.25, 0.5]
    assert all(attempt.elapsed >= 0 for attempt in failure.attempts)
    for attempt, words in zip(
        failure.attempts, ["503 provider_unavailable", "reset by peer", "500 internal_error"], strict=True
    ):
        assert words in attempt.reason
    assert failure.request_id == "req_3"
    assert "3 attempts" in str(failure)


def test_a_completion_tells_what_it_took(call: MakesCaller) -> None:
    result = call(error(429), error(503), ok(), clock=FakeClock(0.5)).retrieve()
    assert [(attempt.status_code, attempt.waited) for attempt in result.meta.attempts] == [
        (429, 0),
        (503, 0.5),
        (200, 0.5),
    ]
    assert result.meta.elapsed == 1.0


def test_a_redirect_is_no_retry_and_waits_for_nothing(call: MakesCaller) -> None:
    moved = Reply(308, headers=(("Location", "/v1/elsewhere"),))
    result = call(error(503), moved, error(503), ok(), max_retries=2, clock=FakeClock(0.5)).retrieve()
    assert [(attempt.status_code, attempt.waited) for attempt in result.meta.attempts] == [
        (503, 0),
        (308, 0.25),
        (503, 0),
        (200, 0.5),
    ]


def test_an_error_body_that_cannot_be_read_leaves_the_status_what_it_is(call: MakesCaller) -> None:
    garbled = Reply(503, b"\x00\xff", (("Content-Encoding", "gzip"), ("Aurous-Request-Id", "req_1")))
    failure = caught(call(garbled).retrieve)
    assert isinstance(failure, ServerError)
    assert (failure.status_code, failure.request_id, len(failure.attempts)) == (503, "req_1", 3)
    assert call(garbled, ok()).retrieve().is_completed


def test_a_mixed_row_of_failures_ends_in_the_last(call: MakesCaller) -> None:
    failure = caught(
        call(httpx.ReadTimeout("silence"), error(503), error(401, "invalid_api_key"), ok(), max_retries=5).retrieve
    )
    assert (failure.status_code, failure.code, len(failure.attempts)) == (401, "invalid_api_key", 3)


def test_a_truncated_body_is_tried_again_within_the_same_call(call: MakesCaller) -> None:
    gzipped = (("Content-Encoding", "gzip"),)
    whole = gzip.compress(ok().body)
    result = call(Reply(200, whole[:-12], gzipped), Reply(200, whole, gzipped)).retrieve()
    assert result.is_completed
    assert len(result.meta.attempts) == 2


def test_json_that_stops_early_in_a_whole_body_is_not(call: MakesCaller) -> None:
    failure = caught(call(Reply(200, ok().body[:-30]), ok()).retrieve)
    assert isinstance(failure, APIResponseError)
    assert len(failure.attempts) == 1
