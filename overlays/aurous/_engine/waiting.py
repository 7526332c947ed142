"""Waiting for something to end: bounded, with a growing, spread interval; an unknown status is no end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, TypeVar

from aurous import _check, _rate_limits
from aurous._clock import Clock
from aurous._engine.effects import Flow, Notify, Sleep
from aurous._errors import AurousError
from aurous._text import one_line

if TYPE_CHECKING:
    from aurous._meta import ResponseMeta

DEFAULT_TIMEOUT: Final = 300.0
DEFAULT_POLL_INTERVAL: Final = 0.5
GROWTH: Final = 1.5
MAX_INTERVAL: Final = 10.0
LEAST_INTERVAL: Final = 0.001


class Pollable(Protocol):
    """What can be waited for."""

    @property
    def status(self) -> object: ...
    @property
    def is_terminal(self) -> bool: ...
    @property
    def meta(self) -> ResponseMeta: ...


T = TypeVar("T", bound=Pollable)


class Waiting(Generic[T]):
    """One wait under way.

    Args:
        retrieve: Gives the flow of one retrieval that may take so many seconds.
        what: The thing that is waited for, in words.
        clock: Tells the time.
        timed_out: Makes the error for a wait that took too long, from a message, the thing as last seen, and more.
        timeout: Longest time to wait, in seconds.
        poll_interval: Seconds until the second poll.
        on_poll: Called after each poll.
        may_wait: Whether `on_poll` may be a coroutine function.
    """

    def __init__(
        self,
        retrieve: Callable[[float], Flow[T]],
        what: str,
        clock: Clock,
        timed_out: Callable[..., AurousError],
        *,
        timeout: float,
        poll_interval: float,
        on_poll: Callable[[T], Any] | None,
        may_wait: bool,
    ) -> None:
        self._retrieve = retrieve
        self._what = what
        self._clock = clock
        self._error = timed_out
        self._timeout = _check.seconds(timeout, source="timeout")
        self._interval = _check.seconds(poll_interval, source="poll_interval")
        self._reserve = min(1.0, self._timeout / 10)  # the last poll is early enough for its response to come in time
        self._longest = max(MAX_INTERVAL, self._interval)
        self._on_poll = None if on_poll is None else _check.function(on_poll, source="on_poll", may_wait=may_wait)
        self._polls = 0
        self._last: T | None = None

    def flow(self) -> Flow[T]:
        """Poll until the end, or the time is up."""
        deadline = self._clock.monotonic() + self._timeout
        while True:
            error, hint = None, None
            self._polls += 1
            try:
                seen = yield from self._retrieve(deadline - self._clock.monotonic())
            except AurousError as failed:
                error, hint = failed, failed.retry_after
            else:
                self._last = seen
                if self._on_poll is not None:
                    yield Notify(self._on_poll, seen)
                if seen.is_terminal:
                    return seen
                hint = _rate_limits.retry_after(seen.meta.headers, self._clock.time())
            remaining = deadline - self._clock.monotonic()
            if error is not None and not error.retryable:
                raise error
            latest = remaining - self._reserve
            if latest < LEAST_INTERVAL or (hint or 0) > latest:
                raise self._timed_out(error) from error
            yield Sleep(min(self._delay(hint), latest))

    def _delay(self, hint: float | None) -> float:
        spread = self._interval * (0.75 + 0.5 * self._clock.random())
        self._interval = min(self._interval * GROWTH, self._longest)
        return spread if hint is None else max(hint, spread)

    def _timed_out(self, error: AurousError | None) -> AurousError:
        last = self._last
        state = f"its status is {one_line(str(last.status), 100)!r}" if last is not None else "no poll brought it"
        trouble = f"; the last poll failed: {error.message}" if error is not None else ""
        return self._error(
            f"{self._what} did not end within timeout={self._timeout:g} s "
            f"({self._polls} polls): {state}{trouble}. "
            "To do: wait again, or longer; it goes on meanwhile",
            last,
            polls=self._polls,
            last_error=error,
            attempts=error.attempts if error is not None else last.meta.attempts if last is not None else (),
            request_id=last.meta.request_id if last is not None else None,
            retryable=True,
        )
