"""Waiting for a moment of the emulator's clock, without polling: whoever moves the clock wakes who waits."""

import asyncio
import contextlib
import math
import threading
from collections.abc import Callable

from ._clock import Clock


class Waiting:
    """Those who wait, on whichever event loop, for the clock or for something to be over."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiters: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

    def wake(self) -> None:
        """Let everybody look again, from any thread."""
        with self._lock:
            waiters = tuple(self._waiters)
        for loop, event in waiters:
            with contextlib.suppress(RuntimeError):  # The loop was closed: nobody waits there any more.
                loop.call_soon_threadsafe(event.set)

    async def until(self, moment: float, clock: Callable[[], float], is_over: Callable[[], bool]) -> None:
        """Wait until it is `moment` by the clock, or `is_over`; that is looked at whenever `wake` is called."""
        if is_over() or clock() >= moment:
            await asyncio.sleep(0)  # Others have their turn, and it is noticed where a client has gone away.
            return
        event = asyncio.Event()
        waiter = (asyncio.get_running_loop(), event)
        with self._lock:
            self._waiters.add(waiter)
        try:
            while not is_over() and (remaining := moment - clock()) > 0:
                await _set_within(event, _seconds(clock, remaining))
                event.clear()
        finally:
            with self._lock:
                self._waiters.discard(waiter)


def _seconds(clock: Callable[[], float], remaining: float) -> float | None:
    """How long the machine has to wait at most. A clock of somebody's own is taken to run with the machine."""
    stands = isinstance(clock, Clock) and clock.stands
    return None if stands or math.isinf(remaining) else remaining


async def _set_within(event: asyncio.Event, seconds: float | None) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
