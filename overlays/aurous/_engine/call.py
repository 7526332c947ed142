"""What happens in a call: send, read the response, perhaps wait and try again. No I/O here; see `effects`."""

from __future__ import annotations

import math
import sys
import uuid
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar, Final, Protocol
from urllib.parse import urljoin, urlsplit

from attrs import evolve

from aurous import _check
from aurous._clock import Clock
from aurous._config import Config, Timeout
from aurous._engine import drift
from aurous._engine.client_state import ClientState
from aurous._engine.effects import Close, DropConnections, Flow, Request, Send, Sleep
from aurous._engine.observer import Observer, notices
from aurous._engine.requests import build_request, cross_origin
from aurous._engine.response_errors import ErrorFactory
from aurous._engine.responses import Parsed, ResponseParser
from aurous._engine.results import OpenContent, Result
from aurous._errors import APIResponseError, Attempt, AurousError, ConfigurationError, ConflictError, Outcome
from aurous._http.failures import Failure
from aurous._http.wire import Incoming, Response
from aurous._meta import ResponseMeta
from aurous._retries import BASE_DELAY, MAX_DELAY, RETRIED_CODES, UNCHARGED_CODES, FailedAttempt, standard_policy
from aurous._text import one_line
from aurous_api.operations import BinaryResult, CallOptions, Cursor, Operation
from aurous_api.types import UNSET, Deviation

_MOST_REDIRECTS: Final = 1
_MOST_REDIRECTS_TO_CONTENT: Final = 3
_BYTES_OF_A_TOKEN: Final = 4
_REPEATABLE: Final = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})


class CallerContext(Protocol):
    """What a call needs of whoever makes it."""

    @property
    def config(self) -> Config: ...
    @property
    def state(self) -> ClientState: ...
    @property
    def errors(self) -> ErrorFactory: ...

    page: ClassVar[type[Any]]
    """The class of pages: the synchronous one or the other."""

    def flow(
        self,
        operation: Operation[Any, Any],
        path: tuple[object, ...],
        given: Mapping[str, object],
        options: CallOptions,
    ) -> Flow[Any]:
        """Another call, not begun."""
        ...

    def run(self, flow: Flow[Any]) -> Any:
        """Carry out a call."""
        ...


class Call:
    """One call under way."""

    def __init__(
        self,
        operation: Operation[Any, Any],
        path: tuple[object, ...],
        given: Mapping[str, object],
        options: CallOptions,
        caller: CallerContext,
        *,
        keep_open: bool = False,
        patience: float | None = None,
    ) -> None:
        self._keep_open = keep_open
        self._patience = patience
        self.is_patient: bool = patience is not None
        """Whether others may go before it."""
        self._pace = caller.state.pace
        self._open_body: Incoming | None = None
        config = self._config = caller.config
        self._operation = operation
        self.bucket: str = operation.bucket or operation.name  # one of its own, where none is documented
        self._caller = caller
        self._bucket = caller.state.bucket
        self.clock: Clock = config.clock
        self._clock = config.clock
        self._timeout = config.timeout if options.timeout is None else Timeout.of(options.timeout)
        self._max_retries = (
            config.max_retries
            if options.max_retries is None
            else _check.count(options.max_retries, source="max_retries")
        )
        self._key = _idempotency_key(operation, options)
        if self._key is not None and options.idempotency_key is None:
            options = evolve(options, idempotency_key=self._key)
        self._request = build_request(operation, path, given, options, config)
        self._version = options.api_version or config.api_version
        self._errors = caller.errors
        self._parser = ResponseParser(
            operation,
            _expected_identity(operation, path),
            self._errors,
            self._request,
        )
        self._given = given
        self._again: Callable[[str, str | int], Flow[Any]] = lambda name, cursor: caller.flow(
            operation, path, {**given, name: cursor}, options
        )
        self._end_turn: Callable[[], None] | None = None
        self._attempts: list[Attempt] = []
        self._observer = Observer(config, operation, self._request, self._attempts)
        self._paid = 0
        self._waited = 0.0
        self._redirects = 0
        self._expired = False
        self._may_repeat = operation.method in _REPEATABLE or self._key is not None
        self._unprocessed = False
        self._unanswered = False
        self._in_flight = False
        """Whether an attempt was begun of which no response is recorded: an interrupt may come before that is."""
        self._was_left_unanswered = self._key is not None and self._key in caller.state.unanswered
        if self._key is not None and caller.state.unanswered.is_other(self._key, self._request):
            raise _check.refusal(
                "idempotency_key",
                f"{_check.excerpt(self._key)} was sent with another body or to another route, and its "
                "answer has not come. To do: collect that answer by the same call, or take another key",
            )
        self._polls = 0
        self.began: float | None = None
        """When its time began; None where that is yet to come."""
        self.settle: Callable[[Any], None] | None = None
        """Looks after its money, by its result, before anyone is told of that: what they raise costs nothing."""

    def flow(self) -> Flow[Result]:
        """The call, from the first byte to the result or the error."""
        if self.began is None:
            self.began = self._clock.monotonic()
        self._observer.begin(self.began, self._fields)
        try:
            result = yield from self._flow(self.began)
            content = result if isinstance(result, OpenContent) else None
            if content is not None:  # whoever reads it tells of its end
                content.observer, content.end_turn = self._observer, self._end_turn
                self._open_body = None
        except BaseException as error:
            self._leave_unanswered()
            if self._open_body is not None:
                self._open_body.abandon()
            if self._end_turn is not None:
                self._end_turn()
            self._observer.failed(error)
            raise
        if content is None:
            if self.settle is not None:
                self.settle(result)
            self._observer.succeeded(result)
        return result

    def refused(self, error: BaseException) -> None:
        """It ends before anything is sent: who watches hears of it all the same."""
        self._observer.begin(self._clock.monotonic() if self.began is None else self.began, self._fields)
        self._observer.failed(error)

    def _fields(self) -> Mapping[str, object]:
        """The fields of the body, by their names in the request."""
        body = self._operation.body
        named = ((field.wire, self._given.get(field.name, UNSET)) for field in (body.fields if body else ()))
        return {name: value for name, value in named if value is not UNSET}

    def _flow(self, started: float) -> Flow[Result]:
        self._deadline = started + (self._timeout.total if self._patience is None else self._patience)
        while True:
            outcome, parsed = yield from self._attempted(started)
            if isinstance(outcome, Failure):
                error: Any = parsed
            else:
                if isinstance(parsed, Request):
                    self._request, self._redirects, self._waited = parsed, self._redirects + 1, 0.0
                    continue
                if isinstance(parsed, Parsed):
                    result = self._result(parsed, outcome, self._clock.monotonic() - started)
                    if isinstance(result, AurousError):
                        raise self._final(result, None)
                    return result
                error = parsed
                if outcome.open_body is not None:
                    yield Close(outcome.open_body)
            if isinstance(error, APIResponseError):
                yield DropConnections()
            self._waited = self._delay(error, self.remaining)
            yield Sleep(self._waited)

    def _attempted(self, started: float) -> Flow[tuple[Response | Failure, Any]]:
        """One attempt, when its turn has come: what came, and what that amounts to."""
        pace = None if self._request.leaves_origin else self._pace
        turn = response = None
        if pace is not None:
            turn = pace.at_once(self) or (yield from pace.acquire(self))
            if self._patience is not None:
                self._deadline = min(self._deadline, self._clock.monotonic() + self._timeout.total)
        try:
            remaining = self._deadline - self._clock.monotonic()
            outcome: Response | Failure = yield self._sending(remaining)
            if isinstance(outcome, Failure):
                self._open_body = None
                parsed: Any = self._failed(outcome, remaining)
            else:
                response, self._open_body = outcome, outcome.open_body
                parsed = self._responded(outcome, started)
            self._record(outcome, parsed)
        except BaseException:
            if pace is not None:
                pace.drop(turn)
            raise
        if pace is not None:
            settling = pace.settle(turn, self, response, parsed)
            if settling is not None:
                yield from settling
            if self._keep_open:
                self._end_turn = partial(pace.end, turn)
        return outcome, parsed

    # --- What pacing asks and tells ---

    @property
    def name(self) -> str:
        """Of the operation."""
        return self._operation.name

    @property
    def tokens(self) -> int:
        """How many tokens it may take: a guess, which the next response corrects."""
        body, most = self._request.body, self._given.get("max_tokens")
        if not body or not isinstance(body, bytes):
            return 0
        return len(body) // _BYTES_OF_A_TOKEN + 1 + (most if type(most) is int else 0)

    @property
    def remaining(self) -> float:
        """Seconds left of its deadline."""
        return self._deadline - self._clock.monotonic()

    @property
    def is_repeated(self) -> bool:
        """Whether an attempt was made before."""
        return bool(self._attempts)

    def waits(self, seconds: float) -> None:
        """It waits for its turn, which comes in about so many seconds."""
        self._observer.paced(len(self._attempts) + 1, seconds)

    def waited(self, seconds: float) -> None:
        """It has waited for its turn."""
        self._waited += seconds

    def too_late(self, reason: str) -> AurousError:
        """The error of a turn that does not come in time."""
        return self._final(self._errors.too_late(reason, self._timeout.total), None)

    def _leave_unanswered(self) -> None:
        """Remember the key of a request that may be under way still: for it, 409 does not mean another body."""
        if self._key is not None and (self._unanswered or self._in_flight):
            self._caller.state.unanswered.add(self._key, self._request)

    def _sending(self, remaining: float) -> Send:
        self._observer.request(len(self._attempts) + 1)
        self._in_flight = True
        return Send(
            self._request,
            max(remaining, 0.0),
            self._timeout,
            sys.maxsize if self._keep_open else self._config.max_response_bytes,
            self._keep_open,
        )

    def _failed(self, failure: Failure, remaining: float) -> AurousError:
        self._unanswered = self._unanswered or failure.sent
        self._in_flight = False
        if failure.error is not None:
            raise failure.error
        self._expired = failure.timed_out and failure.elapsed >= remaining - 0.001
        self._unprocessed = not failure.sent
        return self._errors.failure(
            failure,
            deadline_passed=self._expired,
            timeout=self._timeout.total,
            is_collectable=self._key is not None and self._unanswered,
        )

    def _responded(self, response: Response, started: float) -> Parsed | Request | AurousError:
        """What a response amounts to: data, a request to send instead, or an error."""
        self._unprocessed = response.status_code == 429
        if not self._request.leaves_origin:
            self._caller.state.saw(response.headers)
            notices(response.headers, self._version, self._operation.name)
        most = _MOST_REDIRECTS_TO_CONTENT if isinstance(self._operation.result, BinaryResult) else _MOST_REDIRECTS
        redirected = self._redirect(response) if self._redirects < most and self._request.can_be_sent else None
        return redirected or self._parser.parse(response, self._clock.monotonic() - started)

    def _record(self, outcome: Response | Failure, parsed: object) -> None:
        error = parsed if isinstance(parsed, AurousError) else None
        attempt = self._entry(outcome, error, "redirected" if isinstance(parsed, Request) else "ok")
        self._attempts.append(attempt)
        self._in_flight = False
        self._observer.response(len(self._attempts), attempt)

    def _entry(self, outcome: Response | Failure, error: AurousError | None, without_error: Outcome) -> Attempt:
        word, error_type = (without_error, None) if error is None else (error.outcome, type(error).__name__)
        if isinstance(outcome, Failure):
            return Attempt(None, outcome.reason, outcome.elapsed, self._waited, None, word, error_type)
        request_id = outcome.headers.get("aurous-request-id")
        code = error and error.code
        return Attempt(
            status_code=outcome.status_code,
            reason=f"{outcome.status_code} {code}" if code else str(outcome.status_code),
            elapsed=outcome.elapsed,
            waited=self._waited,
            request_id=one_line(self._config.api_key.mask(request_id), 200) if request_id else None,
            outcome=word,
            error_type=error_type,
        )

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
        if not self._may_repeat and not self._unprocessed and error.code not in UNCHARGED_CODES:
            raise self._final(error, self._unrepeatable(failed))
        if not self._request.can_be_sent:
            raise self._final(error, "no retry: a file came from an iterator, which can be read only once")
        if self._is_under_way(error):
            return self._until_next_poll(error, failed)
        delay: Any = self._config.retry_policy(failed)
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
        self._observer.retry(failed, delay, self._attempts[-1])
        return float(delay)

    def _is_under_way(self, error: AurousError) -> bool:
        """Whether the API says that an earlier attempt, of which no response came, is still being carried out."""
        is_repeated = self._unanswered or self._was_left_unanswered
        return is_repeated and isinstance(error, ConflictError) and error.code in RETRIED_CODES

    def _until_next_poll(self, error: AurousError, failed: FailedAttempt) -> float:
        """Seconds until it is asked for again: no failure, and so no retry that counts."""
        delay = (0.5 + 0.5 * failed.random) * min(BASE_DELAY * 2.0**self._polls, MAX_DELAY)
        self._polls = min(self._polls + 1, 10)
        if delay >= failed.remaining:
            raise self._final(error, "the first request is still running: call again with the same idempotency_key")
        self._observer.retry(failed, delay, self._attempts[-1])
        return delay

    def _could_help(self, failed: FailedAttempt) -> bool:
        """Whether the standard policy would go on, were it not for what the server asks for."""
        return failed.error.retryable and failed.number <= self._max_retries

    def _unrepeatable(self, failed: FailedAttempt) -> str | None:
        """Why a request is not sent again that the server may have carried out."""
        if not self._could_help(failed):
            return None
        return (
            f"no retry: the server may have carried out this {self._operation.method}, which takes no idempotency key"
        )

    def _refusal(self, failed: FailedAttempt) -> str | None:
        """Why the standard policy stops where another attempt could have helped."""
        if self._config.retry_policy is not standard_policy or not self._could_help(failed) or failed.hint is None:
            return None
        return f"no retry: the server asks to wait {failed.hint:g} s, longer than the SDK does"

    def _final(self, error: AurousError, note: str | None) -> AurousError:
        """The error as it is raised: with its history."""
        error.attempts = tuple(self._attempts)
        error.idempotency_key = self._key
        told = [f"{len(self._attempts)} attempts were made" if len(self._attempts) > 1 else "", note or ""]
        said = "; ".join(part for part in told if part)
        if said:
            error.message = f"{error.message} [{said}]"
            error.args = (error.message,)
        return error

    def _result(self, parsed: Parsed, response: Response, elapsed: float) -> Result | AurousError:
        """The result of the call; or the error, where it left the contract and that is one."""
        self._bucket.refund(self._paid)
        if self._key is not None:
            self._caller.state.unanswered.discard(self._key)
        meta = ResponseMeta(response.status_code, response.headers, tuple(self._attempts), elapsed, self._key)
        result = self._parser.result(parsed, meta, self._page)
        error = None
        if result.drift:
            error = drift.handle(self._config.on_drift, result.drift, self._operation.name, meta)
        return result if error is None else error

    def _page(
        self, envelope: Any, meta: ResponseMeta, drift: tuple[Deviation, ...], cursors: tuple[Cursor, ...]
    ) -> Result:
        page: Result = self._caller.page(envelope, meta, drift, cursors, self._again, self._caller.run)
        return page

    # --- For what follows its money ---

    @property
    def operation(self) -> Operation[Any, Any]:
        """What is called."""
        return self._operation

    @property
    def given(self) -> Mapping[str, object]:
        """The arguments, by the names of their parameters."""
        return self._given

    @property
    def body(self) -> bytes:
        """The body of its request; empty where it is read while it is sent."""
        return self._request.body if isinstance(self._request.body, bytes) else b""

    @property
    def timeout(self) -> Timeout:
        """How long it may take."""
        return self._timeout

    @property
    def idempotency_key(self) -> str | None:
        """The key that it is sent with, where it takes one."""
        return self._key

    @property
    def request_id(self) -> str | None:
        """Of the last response that came, if any did."""
        return next((each.request_id for each in reversed(self._attempts) if each.request_id), None)

    def may_have_been_carried_out(self, *, before_last: bool = False) -> bool:
        """Whether the server may have done what was asked in an attempt; or in one before the last."""
        attempts = self._attempts[:-1] if before_last else self._attempts
        return self._unanswered or self._in_flight or any(map(_may_have_been_carried_out, attempts))

    # --- Redirects ---

    def _redirect(self, response: Response) -> Request | None:
        """The request to send instead, where a redirect may be followed.

        That is a 308 within the origin, as legacy routes answer (API_FACTS 1.3), and for bytes what the contract says.
        """
        location = response.headers.get("location", "")
        result = self._operation.result
        status = response.status_code
        if status == 308 or (
            isinstance(result, BinaryResult) and status in result.redirects | result.redirects_anywhere
        ):
            target = _within_origin(self._request.url, location)
            if target is not None:
                return evolve(self._request, url=target)
        if isinstance(result, BinaryResult) and status in result.redirects_anywhere:
            target = _other_origin(self._request.url, location, allow_http=self._config.allow_insecure_http)
            return None if target is None else cross_origin(self._request, target)
        return None


def _may_have_been_carried_out(attempt: Attempt) -> bool:
    """Whether what was asked may have been done, for all that the response says."""
    status, code = attempt.status_code or 400, attempt.reason.partition(" ")[2]
    return status < 300 or (status >= 500 and code not in UNCHARGED_CODES)


def _expected_identity(operation: Operation[Any, Any], path: tuple[object, ...]) -> object:
    """What the result must name as its own: the last parameter of the path, as JSON has it."""
    if not operation.identity:
        return None
    parameter, value = operation.path_parameters[-1], path[-1]
    return value if type(value) is str else parameter.kind.send(value, parameter.name)


def _idempotency_key(operation: Operation[Any, Any], options: CallOptions) -> str | None:
    """The key of a call that takes one: the caller's, or a new one."""
    if not operation.idempotent:
        return None
    if options.idempotency_key is None:
        return str(uuid.uuid4())
    return _check.idempotency_key(options.idempotency_key)


def _is_wait(delay: object) -> bool:
    return isinstance(delay, (int, float)) and not isinstance(delay, bool) and 0 <= delay < math.inf


def _is_plain(location: str) -> bool:
    """Whether a location has none of the characters on which readers of URLs disagree."""
    return bool(location) and location.isascii() and location.isprintable() and not {"\\", " "} & set(location)


def _within_origin(url: str, location: str) -> str | None:
    """Where a redirect leads to, if it stays with the origin beyond doubt."""
    if not _is_plain(location):
        return None
    try:
        here, named = urlsplit(url), urlsplit(location)
        there = urlsplit(urljoin(url, location))
        same = (here.scheme, here.netloc.lower()) == (there.scheme, there.netloc.lower()) and here.port == there.port
    except ValueError:
        return None
    leads_off = not named.netloc and (named.scheme or location.startswith("//"))
    return None if leads_off or not same else there._replace(path=there.path or "/", fragment="").geturl()


def _other_origin(url: str, location: str, *, allow_http: bool) -> str | None:
    """Where a redirect to another origin leads to: a whole URL, https, without credentials."""
    if not _is_plain(location):
        return None
    try:
        there = urlsplit(location)
        host, _ = there.hostname, there.port
    except ValueError:
        return None
    here = urlsplit(url).scheme
    scheme = there.scheme or here
    # Not from https to this machine: whoever answers there was not asked for by the caller.
    is_safe = scheme == "https" or (scheme == here == "http" and (allow_http or _check.is_loopback(host or "")))
    if not is_safe or not host or "@" in there.netloc:
        return None
    return there._replace(scheme=scheme, path=there.path or "/", fragment="").geturl()
