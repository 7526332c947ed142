"""What can be watched of a call: log records, the caller's hooks, and notices of what will go away.

Records go to the logger `aurous`: one at DEBUG for each attempt, one at INFO for each retry, one at WARNING for each
novelty in a process; and one at DEBUG for the end of a stream. They hold method, path, status, times and ids; no
header, no body, no key. What machines are to read of them are attributes: see `log_fields`.

An exception of a hook is the caller's and comes out of the call, but for one that was interrupted or cancelled. One of
the telemetry is logged, and the call goes on.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, Literal

from aurous._engine.log_fields import Complete, Told, log_fields
from aurous._errors import AurousError
from aurous._events import CallEndEvent, PaceEvent, RequestEvent, ResponseEvent, RetryEvent, StreamEndEvent
from aurous._secret import KeyFilter, shown
from aurous._text import one_line

if TYPE_CHECKING:
    from aurous import ChatCompletion, Receipt, StreamTiming
    from aurous._config import Config
    from aurous._errors import Attempt, Outcome
    from aurous._http.wire import Request
    from aurous._retries import FailedAttempt
    from aurous_api.operations import Operation

logger: Final = logging.getLogger("aurous")
logger.addHandler(logging.NullHandler())
logger.addFilter(KeyFilter())
logger.addFilter(Complete())


class Observer:
    """Tells of one call."""

    __slots__ = (
        *("_attempts", "_began", "_charges", "_config", "_debug", "_method", "_model", "_operation", "_to_tell"),
        *("_trace", "_url"),
    )

    def __init__(
        self, config: Config, operation: Operation[Any, Any], request: Request, attempts: Sequence[Attempt]
    ) -> None:
        """`attempts` are those of the call, as they are made."""
        self._config = config
        self._operation = operation.name
        self._charges = operation.idempotent  # what is charged takes a key
        self._method = operation.method
        self._url = request.url
        self._attempts = attempts
        self._model: object = None
        self._began = 0.0
        self._debug = logger.isEnabledFor(logging.DEBUG)
        self._trace: Any = None
        self._to_tell = [True]  # who tells of the end takes it out, which only one can

    @property
    def _path(self) -> str:
        return self._url.removeprefix(self._config.base_url).partition("?")[0]

    def begin(self, began: float, fields: Callable[[], Mapping[str, object]]) -> None:
        """The call begins, or has begun at this time; `fields` gives those of its body."""
        self._began = began
        if self._config.on_call_end is not None:
            self._model = fields().get("model")
        telemetry = self._config.telemetry
        if telemetry is not None:
            with unbroken("telemetry"):
                self._trace = telemetry(self._operation, self._method, self._config.base_url + self._path)
            with unbroken("telemetry", "body"):
                if hasattr(self._trace, "body"):
                    self._trace.body(fields())

    def request(self, number: int) -> None:
        """An attempt begins."""
        if self._trace is not None:
            with unbroken("telemetry", "request"):
                self._trace.request(number)
        if self._config.on_request is not None:
            self._config.on_request(RequestEvent(self._operation, self._method, self._path, number))

    def paced(self, number: int, delay: float) -> None:
        """An attempt waits for its turn."""
        if self._debug:
            logger.debug(
                "%s %s: attempt %d waits about %.3f s for the rate limit",
                self._method,
                self._path,
                number,
                delay,
                extra=log_fields("pace", self._operation, number=number, delay=delay),
            )
        if self._config.on_pace is not None:
            self._config.on_pace(PaceEvent(self._operation, self._method, self._path, number, delay))

    def response(self, number: int, attempt: Attempt) -> None:
        """An attempt has ended."""
        if self._debug:
            logger.debug(
                "%s %s: %s in %.3f s (attempt %d, request id %s)",
                self._method,
                self._path,
                attempt.reason,
                attempt.elapsed,
                number,
                attempt.request_id,
                extra=log_fields("attempt", self._operation, number=number, attempt=attempt),
            )
        if self._trace is not None:
            with unbroken("telemetry", "response"):
                self._trace.response(attempt)
        if self._config.on_response is not None:
            self._config.on_response(ResponseEvent(self._operation, self._method, self._path, number, attempt))

    def retry(self, failed: FailedAttempt, delay: float, last: Attempt) -> None:
        """Another attempt follows."""
        logger.info(
            "%s %s: trying again in %.3f s after attempt %d (%s)",
            self._method,
            self._path,
            delay,
            failed.number,
            last.reason,
            extra=log_fields("retry", self._operation, number=failed.number, attempt=last, delay=delay),
        )
        if self._config.on_retry is not None:
            self._config.on_retry(RetryEvent(self._operation, self._method, self._path, failed, delay))

    def succeeded(self, result: object, *, outcome: Outcome = "ok") -> None:
        """The call has ended with a result."""
        if not self._is_watched or not self._is_first_end():
            return
        if self._trace is not None:
            with unbroken("telemetry", "succeeded"):
                self._trace.succeeded(result)
        self._tell_end(outcome, None, _receipt(result) if self._charges else None)

    def failed(self, error: BaseException) -> None:
        """The call has ended without one."""
        if not self._is_watched or not self._is_first_end():
            return
        known = None if isinstance(error, GeneratorExit) else error  # what interrupted it, the driver raises
        if self._trace is not None:
            with unbroken("telemetry", "failed"):
                self._trace.failed(known)
        self._tell_end(error.outcome if isinstance(error, AurousError) else "closed", known, None, ended_by=error)

    def stream_ended(
        self, completion: Callable[[], ChatCompletion], error: BaseException | None, timing: StreamTiming
    ) -> None:
        """The stream that the call opened has ended, whole or not; `completion` gives what came."""
        hook = self._config.on_stream_end
        if not (self._is_watched or hook is not None or self._debug) or not self._is_first_end():
            return
        event = StreamEndEvent(self._operation, self._method, self._path, completion(), error, timing)
        if self._debug:
            fields = log_fields("stream_end", self._operation, outcome=event.outcome, error_type=event.error_type)
            logger.debug("%s %s: %s", self._method, self._path, _said(event), extra=fields)
        if self._trace is not None:
            with unbroken("telemetry", "stream_ended"):
                self._tell_of_stream(event)
        if hook is not None:
            _tell_hook("on_stream_end", hook, event, ended_by=error)
        self._tell_end(event.outcome, event.error, _receipt(event.completion), ended_by=error)

    def _tell_of_stream(self, event: StreamEndEvent) -> None:
        if hasattr(self._trace, "stream_ended"):
            self._trace.stream_ended(event)
        elif event.error is not None:
            self._trace.failed(event.error)
        else:
            self._trace.succeeded(event.completion)

    def _tell_end(
        self,
        outcome: Outcome,
        error: BaseException | None,
        receipt: Receipt | None,
        *,
        ended_by: BaseException | None = None,
    ) -> None:
        config = self._config
        hook = config.on_call_end
        if hook is None:
            return
        event = CallEndEvent(
            self._operation,
            self._method,
            self._path,
            model=self._model if isinstance(self._model, str) else None,
            outcome=outcome,
            error=error,
            elapsed=config.clock.monotonic() - self._began,
            attempts=tuple(self._attempts),
            receipt=receipt,
            tags=dict(config.tags),
        )
        _tell_hook("on_call_end", hook, event, ended_by=ended_by)

    @property
    def _is_watched(self) -> bool:
        """Whether anyone is to hear of its end."""
        return self._trace is not None or self._config.on_call_end is not None

    def _is_first_end(self) -> bool:
        try:
            return self._to_tell.pop()
        except IndexError:
            return False


def _tell_hook(
    name: Literal["on_call_end", "on_stream_end"],
    hook: Callable[[Any], object],
    event: object,
    *,
    ended_by: BaseException | None,
) -> None:
    """Call a hook. What it raises comes out, but never in the place of an interrupt or a cancellation."""
    if ended_by is None or isinstance(ended_by, Exception):
        hook(event)
    else:
        with unbroken(name):
            hook(event)


def _receipt(result: object) -> Receipt | None:
    """What a response says it was charged."""
    with suppress(AurousError):
        receipt: Receipt | None = getattr(result, "receipt", None)
        return receipt
    return None


def _said(event: StreamEndEvent) -> str:
    """One line on the end of a stream. It holds no text of the completion."""
    completion, error, timing = event.completion, event.error, event.timing
    if error is not None:
        code = getattr(error, "code", None)
        how = f"broken off by {type(error).__name__}" + (f" ({one_line(code, 80)})" if code else "")
    else:
        how = "closed" if completion.is_in_progress else "cancelled" if completion.is_cancelled else "whole"
    named = (
        ("first event after", timing.first_event_after),
        ("first delta after", timing.first_delta_after),
        ("longest gap", timing.longest_gap),
    )
    times = [f"{name} {seconds:.3f} s" for name, seconds in named if seconds is not None]
    return ", ".join([f"stream of {one_line(str(completion.id or 'a completion'), 80)} {how}", *times])


class Once:
    """What was told in this process. The oldest is forgotten first, so that what is new is always told."""

    MOST: Final = 10_000

    def __init__(self) -> None:
        self._told: OrderedDict[tuple[str, ...], None] = OrderedDict()
        self._lock = Lock()

    def is_new(self, what: tuple[str, ...]) -> bool:
        """Whether this was not told before; from now on it was."""
        with self._lock:
            if what in self._told:
                return False
            self._told[what] = None
            if len(self._told) > self.MOST:
                self._told.popitem(last=False)
        return True


_announced: Final = Once()


_Option = Literal["telemetry", "pacer", "on_call_end", "on_stream_end"]


class unbroken:  # noqa: N801  # used like contextlib.suppress
    """Lets nothing out that what an option was given raises: it is logged, once a process for each method and kind."""

    __slots__ = ("_method", "_option")

    def __init__(self, option: _Option, method: str = "") -> None:
        """`method` names what is called of it; nothing, where it is a function itself."""
        self._option: _Option = option
        self._method = method

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: object) -> bool:
        if kind is None or not issubclass(kind, Exception):
            return False
        if _announced.is_new((self._option, self._method, kind.__name__)):
            debug = logger.isEnabledFor(logging.DEBUG)
            logger.warning(
                "%s= raised %s%s%s; the call goes on without it",
                self._option,
                kind.__name__,
                self._method and f" in {self._method}()",
                _text_of(error),
                exc_info=error if debug else None,
                extra=log_fields(self._option, None, error_type=kind.__name__),
            )
        return True


def _text_of(error: BaseException | None) -> str:
    """What an exception says, behind a colon, where it says something. Anyone may have written it."""
    with suppress(Exception):
        text = one_line(shown(str(error)), 500)
        return text and f": {text}"
    return ""


def notices(headers: Mapping[str, str], asked_version: str | None, operation: str) -> None:
    """Tell, once a process, of what a response announces: something deprecated, or another version than was asked for.

    Sources: API_FACTS 1.3 for `Aurous-Deprecated`, `Sunset` (RFC 8594) and `Aurous-Version`.
    """
    deprecated = headers.get("aurous-deprecated")
    if deprecated is not None:
        what, sunset = one_line(deprecated, 200), one_line(headers.get("sunset", ""), 60)
        _tell(
            ("deprecation", what),
            operation,
            f"the API announces as deprecated: {what!r}"
            + (f", to go away at {sunset}" if sunset else "")
            + "; see https://docs.aurous-labs.com",
        )
    applied = headers.get("aurous-version")
    if asked_version is not None and applied is not None and applied != asked_version:
        applied = one_line(applied, 60)
        _tell(
            ("version", asked_version, applied),
            operation,
            f"the API applied version {applied!r} where {asked_version!r} was asked for; see https://docs.aurous-labs.com",
        )


def _tell(key: tuple[Told, *tuple[str, ...]], operation: str, text: str) -> None:
    if _announced.is_new(key):
        logger.warning("%s", text, extra=log_fields(key[0], operation))
