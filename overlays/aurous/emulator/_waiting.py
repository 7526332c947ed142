"""Waiting for a moment of the emulator's clock, without polling: whoever moves the clock wakes who waits."""

import asyncio
import contextlib
import math
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aurous import Clock
from aurous.testing._calls import HEADER, Calls
from aurous.testing._fake_clock import calls_on
from aurous.testing._participants import Exchange

from ._connection import Connection

_under_way: Final[ContextVar[tuple[Calls, Exchange] | None]] = ContextVar("_under_way", default=None)
"""The request that is answered, where a fake clock wants to know of it."""


class Waiting:
    """Those who wait, on whichever event loop, for the clock or for something to be over."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiters: set[Callable[[], None]] = set()

    def wake(self) -> None:
        """Let everybody look again, from any thread."""
        with self._lock:
            waiters = tuple(self._waiters)
        for wake in waiters:
            wake()

    async def until(self, moment: float, clock: Clock, is_over: Callable[[], bool]) -> None:
        """Wait until it is `moment` by the clock, or `is_over`; that is looked at whenever `wake` is called."""
        if is_over() or clock.time() >= moment:
            await asyncio.sleep(0)  # Others have their turn, and it is noticed where a client has gone away.
            return
        while not is_over() and (remaining := moment - clock.time()) > 0:
            loop, woken = asyncio.get_running_loop(), asyncio.Event()

            def wake(loop: asyncio.AbstractEventLoop = loop, woken: asyncio.Event = woken) -> None:
                with contextlib.suppress(RuntimeError):  # The loop was closed: nobody waits there any more.
                    loop.call_soon_threadsafe(woken.set)

            with _asleep(remaining, wake) as (end, seconds), self._waiter(end):
                if not is_over():  # It may have been over before it could be woken.
                    await _set_within(woken, seconds)

    @contextmanager
    def _waiter(self, wake: Callable[[], None]) -> Generator[None]:
        with self._lock:
            self._waiters.add(wake)
        try:
            yield
        finally:
            with self._lock:
                self._waiters.discard(wake)


@contextmanager
def _asleep(remaining: float, wake: Callable[[], None]) -> Generator[tuple[Callable[[], None], float | None]]:
    """Sleep by the clock in a block. Gives what ends that before, and how long the machine has to wait at most."""
    under_way = _under_way.get()
    if under_way is None:
        yield wake, None if math.isinf(remaining) else remaining
        return
    calls, exchange = under_way
    with calls.schedule.nap(remaining, exchange, wake) as end:
        yield end, None


async def _set_within(event: asyncio.Event, seconds: float | None) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


class Told:
    """Tells a fake clock what becomes of each request, so that it knows when nothing is under way."""

    def __init__(self, app: ASGIApp, clock: Callable[[], Clock]) -> None:
        self._app, self._clock = app, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        calls = calls_on(self._clock())
        if calls is None:
            await self._app(scope, receive, send)
            return
        name = HTTPConnection(scope).headers.get(HEADER)
        header = HEADER.lower().encode()
        scope = {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != header]}
        with calls.served(name, _hang_up(scope)) as exchange:

            async def tell(message: Message) -> None:
                size = len(message.get("body", b"")) if message["type"] == "http.response.body" else None
                with calls.schedule.lock:
                    exchange.sends(size, calls.schedule.elapsed)
                await send(message)

            token = _under_way.set((calls, exchange))
            try:
                await self._app(scope, receive, tell)
            finally:
                _under_way.reset(token)


def _hang_up(scope: Scope) -> Callable[[], None] | None:
    """What closes the connection of a request, from any thread; None where there is none, or it is another server's."""
    connection = Connection(scope)
    if not connection.is_held:
        return None
    loop = asyncio.get_running_loop()

    def hang_up() -> None:
        with contextlib.suppress(RuntimeError):  # The loop was closed, and the connection with it.
            loop.call_soon_threadsafe(connection.reset)

    return hang_up
