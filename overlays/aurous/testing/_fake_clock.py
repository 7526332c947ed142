"""A clock for tests: nobody waits for it, and it is right for all who share it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from aurous import _check
from aurous._clock import Clock
from aurous.testing._calls import Calls
from aurous.testing._schedule import Schedule

T = TypeVar("T")

_LAST: Final = datetime(9999, 1, 1, tzinfo=UTC).timestamp()
_PATIENCE: Final = 30.0
"""Seconds of the machine after which a sleeper asks why time does not go on."""


class FakeClock(Clock):
    """Time that jumps to what is due next as soon as all who take part in it sleep.

    Who takes part is every call of a client that has this clock, in whichever thread or task, and whoever is in a
    block of `hold()`. While one of them is awake, time stands. Waiting for a server is not sleeping, unless that is an
    emulator on the same clock which waits for time itself: then time goes on, to the moment for which the emulator
    waits, or the one at which the client loses patience.

    Args:
        start: Where it begins, in seconds since the epoch; by default at the last full second of the machine's time.
        autojump: Whether time jumps by itself. Where it does not, only `advance` moves it.

    Raises:
        ConfigurationError: `start` is no time.

    Example:
        >>> clock = FakeClock()
        >>> with Emulator(clock=clock) as emulator:
        ...     client = Aurous(emulator.api_key, base_url=emulator.base_url, clock=clock)
        ...     id = emulator.add(life=Life(in_progress_for=120))
        ...     client.chat.completions.wait(id).status  # at once
        <CompletionStatus.COMPLETED: 'completed'>
    """

    def __init__(self, start: float | None = None, *, autojump: bool = True) -> None:
        self._start = float(int(time.time())) if start is None else _epoch(start)
        self._schedule = Schedule(autojump)
        self.calls: Final = Calls(self._schedule)
        """The calls under way, for an emulator on this clock."""
        self._sleepers: set[Callable[[], None]] = set()
        self._is_over = False

    def __repr__(self) -> str:
        return f"FakeClock({self.time()!r})"

    def monotonic(self) -> float:
        """Seconds since the start."""
        return self._schedule.elapsed

    def time(self) -> float:
        """Seconds since the epoch."""
        return self._start + self._schedule.elapsed

    def random(self) -> float:
        """0.5, the middle of every spread."""
        return 0.5

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass at once; whoever sleeps until then, or less, wakes.

        Raises:
            ConfigurationError: It is no number of seconds, 0 or more: time does not run back.
        """
        self._schedule.advance(_span(seconds))

    def hold(self) -> AbstractContextManager[object]:
        """Let time stand for the length of a block, but where the thread or the task that is in it sleeps."""
        return self._schedule.taking_part()

    def sleep(self, seconds: float) -> None:
        """Wait until so many seconds have passed by this clock.

        Raises:
            ConfigurationError: It is no number of seconds, 0 or more.
            RuntimeError: Time does not go on: another who takes part is neither asleep nor at its end.
        """
        self._refuse_after_the_end()
        over, span = threading.Event(), _span(seconds)
        schedule = self._schedule
        with schedule.taking_part() as me, schedule.blocking(me), schedule.nap(span, me, over.set) as end:
            self._sleepers.add(end)
            try:
                if not over.wait(_PATIENCE):
                    raise self._stuck()
            finally:
                self._sleepers.discard(end)
        self._refuse_after_the_end()

    async def sleep_async(self, seconds: float) -> None:
        """Wait until so many seconds have passed by this clock.

        Raises:
            ConfigurationError: As `sleep`.
            RuntimeError: As `sleep`.
        """
        self._refuse_after_the_end()
        loop, span = asyncio.get_running_loop(), _span(seconds)
        over: asyncio.Future[None] = loop.create_future()

        def settle(error: Exception | None = None) -> None:
            if not over.done():
                over.set_result(None) if error is None else over.set_exception(error)

        def wake() -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody waits there
                loop.call_soon_threadsafe(settle)

        with self._schedule.taking_part() as me, self._schedule.nap(span, me, wake) as end:
            self._sleepers.add(end)
            patience = loop.call_later(_PATIENCE, lambda: settle(self._stuck()))
            try:
                await over
            finally:
                patience.cancel()
                self._sleepers.discard(end)
        self._refuse_after_the_end()

    def end(self) -> None:
        """Wake all who sleep, with an error: the test that the clock is for is over."""
        self._is_over = True
        for wake in tuple(self._sleepers):
            wake()

    def watch(self, flow: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
        """Let a call take part."""
        return self.calls.watch(flow)

    def _stuck(self) -> RuntimeError:
        who = self._schedule.who_is_awake()
        reason = f"{', '.join(who)} takes part and does not sleep" if who else "nothing moved it (autojump is off?)"
        return RuntimeError(
            f"the fake clock has stood for {_PATIENCE:g} s of the machine, as {reason}. To do: let them end or sleep "
            "by the clock (clock.sleep), or call clock.advance"
        )

    def _refuse_after_the_end(self) -> None:
        if self._is_over:
            raise RuntimeError("the test that this clock is for is over. To do: end threads and tasks before it does")


def _span(seconds: float) -> float:
    return _check.seconds(seconds, source="seconds", may_be_zero=True)


def _epoch(start: float) -> float:
    given: Any = start
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not 0 <= given <= _LAST:
        raise _check.refusal("start", f"{_check.excerpt(start)} is no time; it is in seconds, as time.time() gives it")
    return float(given)


def calls_on(clock: Clock) -> Calls | None:
    """The calls on a fake clock, for an emulator that shares it; None for another clock."""
    return clock.calls if isinstance(clock, FakeClock) else None
