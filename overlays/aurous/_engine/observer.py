"""What can be watched of a call: log records, the caller's hooks, and notices of what will go away.

Records go to the logger `aurous`: one at DEBUG for each attempt, one at INFO for each retry, one at WARNING for each
novelty in a process; and one at DEBUG for the end of a stream. They hold method, path, status, times and ids; no
header, no body, no key. What machines are to read of them are attributes: see `log_fields`.

An exception of a hook is the caller's and comes out of the call. One of the telemetry is logged, and the call goes on.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, Literal

from aurous._engine.log_fields import Complete, Told, log_fields
from aurous._errors import ConfigurationError
from aurous._events import PaceEvent, RequestEvent, ResponseEvent, RetryEvent, StreamEndEvent
from aurous._secret import KeyFilter
from aurous._text import one_line

if TYPE_CHECKING:
    from aurous import ChatCompletion, StreamTiming
    from aurous._config import Config
    from aurous._errors import Attempt
    from aurous._retries import FailedAttempt

logger: Final = logging.getLogger("aurous")
logger.addHandler(logging.NullHandler())
logger.addFilter(KeyFilter())
logger.addFilter(Complete())


class Observer:
    """Tells of one call."""

    __slots__ = ("_config", "_debug", "_method", "_operation", "_path", "_to_tell", "_trace")

    def __init__(self, config: Config, operation: str, method: str, path: str) -> None:
        self._config = config
        self._operation = operation
        self._method = method
        self._path = path
        self._debug = logger.isEnabledFor(logging.DEBUG)
        self._trace: Any = None
        self._to_tell = [True]  # who tells of the end takes it out, which only one can

    def begin(self, fields: Callable[[], Mapping[str, object]]) -> None:
        """The call begins; `fields` gives those of its body."""
        telemetry = self._config.telemetry
        if telemetry is not None:
            with unbroken():
                self._trace = telemetry(self._operation, self._method, self._config.base_url + self._path)
            if hasattr(self._trace, "body"):
                with unbroken():
                    self._trace.body(fields())

    def request(self, number: int) -> None:
        """An attempt begins."""
        if self._trace is not None:
            with unbroken():
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
            with unbroken():
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

    def succeeded(self, result: object) -> None:
        """The call has ended with a result."""
        if self._trace is not None and self._is_first_end():
            with unbroken():
                self._trace.succeeded(result)

    def failed(self, error: BaseException | None) -> None:
        """The call has ended without one."""
        if self._trace is not None and self._is_first_end():
            with unbroken():
                self._trace.failed(error)

    def stream_ended(
        self, completion: Callable[[], ChatCompletion], error: BaseException | None, timing: StreamTiming
    ) -> None:
        """The stream that the call opened has ended, whole or not; `completion` gives what came."""
        hook = self._config.on_stream_end
        if (self._trace is None and hook is None and not self._debug) or not self._is_first_end():
            return
        event = StreamEndEvent(self._operation, self._method, self._path, completion(), error, timing)
        if self._debug:
            fields = log_fields("stream_end", self._operation, outcome=event.outcome, error_type=event.error_type)
            logger.debug("%s %s: %s", self._method, self._path, _said(event), extra=fields)
        if self._trace is not None:
            with unbroken():
                self._tell_of_stream(event)
        if hook is not None:
            hook(event)

    def _tell_of_stream(self, event: StreamEndEvent) -> None:
        if hasattr(self._trace, "stream_ended"):
            self._trace.stream_ended(event)
        elif event.error is not None:
            self._trace.failed(event.error)
        else:
            self._trace.succeeded(event.completion)

    def _is_first_end(self) -> bool:
        try:
            return self._to_tell.pop()
        except IndexError:
            return False


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


class unbroken:  # noqa: N801  # used like contextlib.suppress
    """Lets nothing out that what an option was given raises: it is logged, once a process for each kind."""

    __slots__ = ("_option",)

    def __init__(self, option: Literal["telemetry", "pacer"] = "telemetry") -> None:
        self._option: Literal["telemetry", "pacer"] = option

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: object) -> bool:
        if kind is None or not issubclass(kind, Exception):
            return False
        if _announced.is_new((self._option, kind.__name__)):
            debug = logger.isEnabledFor(logging.DEBUG)
            logger.warning(
                "%s= raised %s; the call goes on without it",
                self._option,
                f"{kind.__name__} ({error})" if isinstance(error, ConfigurationError) else kind.__name__,
                exc_info=error if debug else None,
                extra=log_fields(self._option, None, error_type=kind.__name__),
            )
        return True


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
