"""What happens in a call: build, send, judge, perhaps wait and try again, parse. No I/O here; see `_effects`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final, Generic, Protocol, TypeVar
from urllib.parse import urljoin, urlsplit

from attrs import define, evolve

from aurous import _check
from aurous._config import Config, Timeout
from aurous._engine import drift, observe
from aurous._engine.client_state import ClientState
from aurous._engine.effects import Flow, DropConnections, Request, Send, Sleep
from aurous._engine.responses import ResponseParser
from aurous._errors import APIResponseError, Attempt, AurousError, ConfigurationError
from aurous._http.body import ACCEPT_ENCODING
from aurous._http.wire import Response, Failure
from aurous._meta import ResponseMeta
from aurous._retries import FailedAttempt, standard_policy
from aurous._text import one_line
from aurous._version import __version__
from aurous_api.types import Deviation


class Result(Protocol):
    """What a call comes to: an object that knows where its answer left the contract."""

    drift: tuple[Deviation, ...]


T = TypeVar("T", bound=Result)

_MOST_REDIRECTS: Final = 1


@define
class Operation(Generic[T]):
    """One call of the API, as the generated endpoint module builds it."""

    kwargs: Mapping[str, Any]
    """Method, path and headers, from `_get_kwargs`."""
    parse: Callable[[dict[str, Any], ResponseMeta], T]
    """From the JSON object of the answer, and what is known of the call, to the result."""
    name: str
    """The call as a caller writes it: `chat.completions.retrieve`."""
    what: str
    """The result in words, for messages."""
    expected_id: str | None = None
    """The id that the answer must carry."""
    repeatable: bool = True
    """Whether the request may be sent again without knowing what became of it."""


@define
class CallOptions:
    """What a caller sets for one call; None leaves it to the client."""

    api_version: str | None = None
    timeout: float | Timeout | None = None
    max_retries: int | None = None
    extra_headers: Mapping[str, str] | None = None

    def within(self, timeout: Timeout, remaining: float) -> CallOptions:
        """The same, with a deadline that is not later than `remaining` seconds from now."""
        return evolve(self, timeout=evolve(timeout, total=max(0.001, min(timeout.total, remaining))))


class Call(Generic[T]):
    """One call under way."""

    def __init__(self, operation: Operation[T], config: Config, options: CallOptions, state: ClientState) -> None:
        self._operation = operation
        self._config = config
        self._state = state
        self._bucket = state.bucket
        self._clock = config.clock
        self._timeout = config.timeout if options.timeout is None else Timeout.of(options.timeout)
        self._max_retries = (
            config.max_retries
            if options.max_retries is None
            else _check.count(options.max_retries, source="max_retries")
        )
        self._request = _build(operation, config, options)
        self._version = options.api_version or config.api_version
        self._parser = ResponseParser(operation.expected_id, config.api_key, self._clock)
        self._observer = observe.Observer(config, operation.name, self._request.method, operation.kwargs["url"])
        self._attempts: list[Attempt] = []
        self._paid = 0
        self._waited = 0.0
        self._redirects = 0
        self._expired = False

    def flow(self) -> Flow[T]:
        """The call, from the first byte to the result or the error."""
        try:
            result = yield from self._flow()
        except GeneratorExit:  # the driver was cancelled or interrupted
            self._observer.failed(None)
            raise
        except BaseException as error:
            self._observer.failed(error)
            raise
        self._observer.succeeded(result)
        return result

    def _flow(self) -> Flow[T]:
        started = self._clock.monotonic()
        deadline = started + self._timeout.total
        while True:
            remaining = deadline - self._clock.monotonic()
            outcome = yield from self._send(remaining)
            if isinstance(outcome, Response):
                self._state.saw(outcome.headers)
                observe.notices(outcome.headers, self._version)
                redirected = self._redirect(outcome) if self._redirects < _MOST_REDIRECTS else None
                parsed = redirected or self._parser.data(outcome)
                self._record(outcome, parsed)
                if isinstance(parsed, dict):
                    return self._result(parsed, outcome, self._clock.monotonic() - started)
                if isinstance(parsed, Request):
                    self._request, self._redirects, self._waited = parsed, self._redirects + 1, 0.0
                    continue
            else:
                parsed = self._failed(outcome, remaining)
                self._record(outcome, parsed)
            if isinstance(parsed, APIResponseError):
                yield DropConnections()
            self._waited = self._delay(parsed, deadline - self._clock.monotonic())
            yield Sleep(self._waited)

    def _send(self, remaining: float) -> Flow[Response | Failure]:
        self._observer.request(len(self._attempts) + 1)
        outcome: Response | Failure = yield Send(
            self._request, max(remaining, 0.0), self._timeout, self._config.max_response_bytes
        )
        return outcome

    def _failed(self, failure: Failure, remaining: float) -> AurousError:
        self._expired = failure.timed_out and failure.elapsed >= remaining - 0.001
        return self._parser.failure(failure, deadline_passed=self._expired, timeout=self._timeout.total)

    def _record(self, outcome: Response | Failure, parsed: object) -> None:
        attempt = _attempt_of(outcome, self._waited, parsed.code if isinstance(parsed, AurousError) else None)
        self._attempts.append(attempt)
        self._observer.response(len(self._attempts), attempt)

    def _delay(self, error: AurousError, remaining: float) -> float:
        """Seconds until the next attempt; raises the error where there is none."""
        if self._expired:
            raise self._final(error, None)
        failed = FailedAttempt(
            number=len(self._attempts) - self._redirects,
            error=error,
            hint=error.retry_after,
            remaining=remaining,
            max_retries=self._max_retries,
            random=self._clock.random(),
        )
        delay: Any = self._config.retry_policy(failed) if self._operation.repeatable else None
        if delay is None:
            raise self._final(error, self._refusal(failed))
        if not _is_wait(delay):
            raise ConfigurationError(f"retry_policy= gave {_check.excerpt(delay)}; it gives seconds, or None to stop")
        if delay >= remaining:
            raise self._final(
                error, f"the next attempt would come after {delay:g} s, with {max(remaining, 0):.1f} s of timeout= left"
            )
        paid = self._bucket.take(error)
        if paid is None:
            raise self._final(error, "no retry: too many calls of this client failed lately, its retry budget is spent")
        self._paid += paid
        self._observer.retry(failed, delay, self._attempts[-1].reason)
        return float(delay)

    def _refusal(self, failed: FailedAttempt) -> str | None:
        """Why the standard policy stops where another attempt could have helped."""
        within = failed.error.retryable and failed.number <= self._max_retries
        if self._config.retry_policy is not standard_policy or not within or failed.hint is None:
            return None
        return f"the server asks to wait {failed.hint:g} s, longer than the SDK does"

    def _final(self, error: AurousError, note: str | None) -> AurousError:
        """The error as it is raised: with its history."""
        error.attempts = tuple(self._attempts)
        told = [f"{len(self._attempts)} attempts were made" if len(self._attempts) > 1 else "", note or ""]
        said = "; ".join(part for part in told if part)
        if said:
            error.message = f"{error.message} [{said}]"
            error.args = (error.message,)
        return error

    def _result(self, data: dict[str, Any], answer: Response, elapsed: float) -> T:
        self._bucket.refund(self._paid)
        headers = answer.headers
        meta = ResponseMeta(answer.status_code, headers, tuple(self._attempts), elapsed)
        result = self._operation.parse(data, meta)
        if result.drift:
            error = drift.handle(self._config.on_drift, result.drift, self._operation.what, meta)
            if error is not None:
                raise self._final(error, None)
        return result

    def _redirect(self, answer: Response) -> Request | None:
        """The request to send instead, for a 308 within the origin, as legacy routes answer (API_FACTS 1.3)."""
        if answer.status_code != 308:
            return None
        target = _within_origin(self._request.url, answer.headers.get("location", ""))
        return None if target is None else evolve(self._request, url=target)


def _is_wait(delay: object) -> bool:
    return isinstance(delay, (int, float)) and not isinstance(delay, bool) and 0 <= delay < math.inf


def _within_origin(url: str, location: str) -> str | None:
    """Where a redirect leads to, if it stays with the origin beyond doubt."""
    if not location.isascii() or not location.isprintable() or "\\" in location or " " in location:
        return None
    try:
        here, named = urlsplit(url), urlsplit(location)
        there = urlsplit(urljoin(url, location))
        same = (here.scheme, here.netloc.lower()) == (there.scheme, there.netloc.lower()) and here.port == there.port
    except ValueError:
        return None
    leads_off = not location or (not named.netloc and (named.scheme or location.startswith("//")))
    return None if leads_off or not same else there._replace(path=there.path or "/", fragment="").geturl()


def _build(operation: Operation[Any], config: Config, options: CallOptions) -> Request:
    extra = config.default_headers
    if options.extra_headers:
        extra = (*extra, *_check.headers(options.extra_headers, source="extra_headers"))
    headers = [
        ("Host", urlsplit(config.base_url).netloc),
        ("Accept", "application/json"),
        ("Accept-Encoding", ACCEPT_ENCODING),
        ("User-Agent", f"aurous-python/{__version__}"),
        *operation.kwargs["headers"].items(),
    ]
    if extra:
        replaced = {name.lower(): (name, value) for name, value in extra}
        headers = [pair for pair in headers if pair[0].lower() not in replaced] + list(replaced.values())
    url = config.base_url + operation.kwargs["url"]
    return Request(operation.kwargs["method"].upper(), url, [*headers, ("X-Api-Key", config.api_key.reveal())])


def _attempt_of(outcome: Response | Failure, waited: float, code: str | None) -> Attempt:
    if isinstance(outcome, Failure):
        return Attempt(None, outcome.reason, outcome.elapsed, waited)
    request_id = outcome.headers.get("aurous-request-id")
    return Attempt(
        status_code=outcome.status_code,
        reason=f"{outcome.status_code} {code}" if code else str(outcome.status_code),
        elapsed=outcome.elapsed,
        waited=waited,
        request_id=one_line(request_id, 200) if request_id else None,
    )
