"""Waiting for a completion to end: bounded, with a growing, spread interval; an unknown status is no end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from aurous import _check, _rate_limits
from aurous._clock import Clock
from aurous._engine.effects import Flow, Notify, Sleep
from aurous._errors import APITimeoutError, AurousError, WaitTimeoutError
from aurous._text import one_line
from aurous.chat.completion import ChatCompletion

DEFAULT_TIMEOUT: Final = 300.0
DEFAULT_POLL_INTERVAL: Final = 0.5
GROWTH: Final = 1.5
MAX_INTERVAL: Final = 10.0
LEAST_INTERVAL: Final = 0.001


class Waiting:
    """One wait under way.

    Args:
        retrieve: Gives the flow of one retrieval that may take so many seconds.
        may_wait: Whether `on_poll` may be a coroutine function.
    """

    def __init__(
        self,
        retrieve: Callable[[float], Flow[ChatCompletion]],
        id: str,
        clock: Clock,
        *,
        timeout: float,
        poll_interval: float,
        on_poll: Callable[[ChatCompletion], Any] | None,
        may_wait: bool,
    ) -> None:
        self._retrieve = retrieve
        self._id = id
        self._clock = clock
        self._timeout = _check.seconds(timeout, source="timeout")
        self._interval = _check.seconds(poll_interval, source="poll_interval")
        self._reserve = min(1.0, self._timeout / 10)  # the last poll is early enough for its answer to come in time
        self._longest = max(MAX_INTERVAL, self._interval)
        self._on_poll = None if on_poll is None else _check.function(on_poll, source="on_poll", may_wait=may_wait)
        self._polls = 0
        self._last: ChatCompletion | None = None

    def flow(self) -> Flow[ChatCompletion]:
        """Poll until the completion is at an end, or the time is up."""
        deadline = self._clock.monotonic() + self._timeout
        while True:
            error, hint = None, None
            try:
                completion = yield from self._retrieve(deadline - self._clock.monotonic())
            except AurousError as failed:
                error, hint = failed, failed.retry_after
            else:
                self._polls += 1
                self._last = completion
                if self._on_poll is not None:
                    yield Notify(self._on_poll, completion)
                if completion.is_terminal:
                    return completion
                hint = _wanted(completion, self._clock.time())
            remaining = deadline - self._clock.monotonic()
            if error is not None and not self._survives(error, remaining):
                raise error
            latest = remaining - self._reserve
            if latest < LEAST_INTERVAL or (hint or 0) > latest:
                raise self._timed_out(error) from error
            yield Sleep(min(self._delay(hint), latest))

    def _survives(self, error: AurousError, remaining: float) -> bool:
        """Whether the wait goes on: it is not lost to one bad moment, but a first call that fails is an error."""
        if isinstance(error, APITimeoutError) and remaining <= 0.01:
            return True
        return error.retryable and self._last is not None

    def _delay(self, hint: float | None) -> float:
        spread = self._interval * (0.75 + 0.5 * self._clock.random())
        self._interval = min(self._interval * GROWTH, self._longest)
        return spread if hint is None else max(hint, spread)

    def _timed_out(self, error: AurousError | None) -> WaitTimeoutError:
        last = self._last
        state = f"its status is {one_line(str(last.status), 100)!r}" if last is not None else "no poll brought it"
        trouble = f"; the last poll failed: {error.message}" if error is not None else ""
        return WaitTimeoutError(
            f"completion {self._id} did not end within timeout={self._timeout:g} s "
            f"({self._polls} polls): {state}{trouble}. "
            "To do: wait again, or longer; the completion goes on meanwhile",
            completion=last,
            request_id=last.meta.request_id if last is not None else None,
            retryable=True,
        )


def _wanted(completion: ChatCompletion, now: float) -> float | None:
    """Seconds that the server wants a poller to wait: `Retry-After`, or the time until an empty bucket is full."""
    headers = completion.meta.headers
    wanted = _rate_limits.retry_after(headers, now)
    requests = completion.meta.rate_limit.requests
    if wanted is None and requests is not None and requests.remaining == 0:
        return _rate_limits.until_reset(headers, None, now)
    return wanted
