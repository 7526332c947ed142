"""Options, hooks and policies, as type checkers see it. Checked by mypy and pyright, never run."""

import ssl
from collections.abc import Mapping
from decimal import Decimal
from typing import assert_type

import httpx

from aurous import (
    AsyncAurous,
    AsyncClientOptions,
    Attempt,
    Aurous,
    CallEndEvent,
    ClientOptions,
    Clock,
    Deviation,
    FailedAttempt,
    OnDrift,
    RequestEvent,
    ResponseEvent,
    RetryBudget,
    RetryEvent,
    RetryPolicy,
    StreamEndEvent,
    Timeout,
    Trace,
    standard_policy,
)


class FakeClock(Clock):
    def monotonic(self) -> float:
        return 0.0

    async def sleep_async(self, seconds: float) -> None:
        print(seconds)


class Hasty(Clock):
    def monotonic(self) -> str:  # type: ignore[override]
        return "now"


def patient(failed: FailedAttempt) -> float | None:
    assert_type(failed.number, int)
    assert_type(failed.hint, float | None)
    assert_type(failed.error.retryable, bool)
    return standard_policy(failed)


def hears(event: RequestEvent) -> None:
    assert_type((event.method, event.path, event.number), tuple[str, str, int])


def answers(event: ResponseEvent) -> None:
    assert_type(event.attempt.status_code, int | None)


def retries(event: RetryEvent) -> None:
    assert_type(event.failed, FailedAttempt)
    assert_type(event.delay, float)


def ends(event: CallEndEvent) -> None:
    assert_type((event.operation, event.model, event.elapsed), tuple[str, str | None, float])
    assert_type(event.credits, Decimal | None)
    assert_type(event.attempts, tuple[Attempt, ...])


class Timed(Trace):
    """Needs one of the methods only."""

    def response(self, attempt: Attempt) -> None:
        assert_type(attempt.elapsed, float)


class Whole:
    """Has them all, and inherits none."""

    def __init__(self, operation: str, method: str, url: str) -> None:
        self.call: str = operation + method + url

    def body(self, fields: Mapping[str, object]) -> None: ...
    def request(self, number: int) -> None: ...
    def response(self, attempt: Attempt) -> None: ...
    def succeeded(self, result: object) -> None: ...
    def failed(self, error: BaseException | None) -> None: ...
    def stream_ended(self, event: StreamEndEvent) -> None: ...


class Narrow(Timed):
    def failed(self, error: BaseException) -> None:  # type: ignore[override]
        print(error)


def drifts(deviations: tuple[Deviation, ...]) -> None:
    for deviation in deviations:
        assert_type(deviation.pointer, str)
        assert_type(str(deviation), str)


policy: RetryPolicy = patient
reactions: list[OnDrift] = ["ignore", "warn", "raise", drifts]
wrong_reaction: OnDrift = "explode"  # type: ignore[assignment]

Aurous(
    "al_live_test_filler",
    base_url="https://api.aurous-labs.com/v1",
    api_version="2026-05-15",
    timeout=Timeout(total=60, connect=5, read=30),
    max_retries=2,
    retry_policy=patient,
    retry_budget=RetryBudget(capacity=140),
    on_drift=drifts,
    max_response_bytes=2**20,
    max_connections=10,
    default_headers={"X-Team": "a"},
    on_request=hears,
    on_response=answers,
    on_retry=retries,
    on_call_end=ends,
    telemetry=Whole,
    transport=httpx.HTTPTransport(),
    proxy="direct",
    ssl_context=ssl.create_default_context(),
    allow_insecure_http=False,
    clock=FakeClock(),
)
Aurous(api_key=None, base_url=None, timeout=None, transport=lambda: httpx.HTTPTransport(retries=1))
Aurous(telemetry=lambda operation, method, url: Timed())
Aurous(telemetry=Timed)  # type: ignore[arg-type]
Aurous(transport=httpx.HTTPTransport)
AsyncAurous(transport=httpx.AsyncHTTPTransport())
AsyncAurous(transport=httpx.AsyncHTTPTransport)
Aurous(transport=httpx.MockTransport(lambda request: httpx.Response(200)))
AsyncAurous(transport=httpx.MockTransport(lambda request: httpx.Response(200)))

Aurous(timout=5)  # type: ignore[call-arg]
Aurous(timeout="5")  # type: ignore[arg-type]
Aurous(on_drift="explode")  # type: ignore[arg-type]
Aurous(on_request=answers)  # type: ignore[arg-type]
Aurous(retry_policy=lambda failed: "soon")  # type: ignore[arg-type, return-value]
Aurous(transport=httpx.AsyncHTTPTransport())  # type: ignore[arg-type]
AsyncAurous(transport=httpx.HTTPTransport())  # type: ignore[arg-type]

options: ClientOptions = {"timeout": 5, "max_retries": 0}
Aurous(**options)
Aurous().with_options(**options)
asynchronous: AsyncClientOptions = {"transport": httpx.AsyncHTTPTransport()}
AsyncAurous(**asynchronous)
misspelt: ClientOptions = {"timout": 5}  # type: ignore[typeddict-unknown-key]
