"""Many callers in little time: a loop whose time jumps to whatever is due next, and a server with a rate limit."""

import asyncio
import json
import selectors
from collections.abc import Awaitable, Callable, Coroutine
from email.utils import formatdate
from typing import Any

import httpx

from aurous import AsyncAurous, Clock
from aurous.emulator import RateLimit
from aurous.emulator._limits import Bucket
from scripted import KEY, NOW, completion

LATENCY = 0.02
"""Seconds that each response takes."""


class _Jumping(selectors.DefaultSelector):
    """Never waits: the time of its loop jumps instead."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        self.now += timeout or 0.0
        return super().select(0)


class JumpingLoop(asyncio.SelectorEventLoop):
    """Time passes as fast as what happens in it can be computed."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now


def run(main: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine in a loop of its own."""
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(main)


class LoopClock(Clock):
    """The time of the running loop. Each has limits of its own to learn, as each process of a service has."""

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    def time(self) -> float:
        return NOW + self.monotonic()


class BusyServer(httpx.AsyncBaseTransport):
    """Retrieves completions, as many as its limit lets through."""

    def __init__(self, limit: RateLimit | None = None, *, ends_after: float = 0.0) -> None:
        self._limit = limit or RateLimit()
        self._bucket: Bucket | None = None
        self._ends_after = ends_after
        self.statuses: list[int] = []
        self.times: list[float] = []

    def client(self, **options: Any) -> AsyncAurous:
        """A client as one more process would have it."""
        given: dict[str, Any] = {"clock": LoopClock(), **options}
        return AsyncAurous(KEY, transport=self, **given)

    @property
    def refused(self) -> int:
        """How many requests were answered with 429."""
        return self.statuses.count(429)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(LATENCY / 2)
        now = NOW + asyncio.get_running_loop().time()
        self._bucket = self._bucket or Bucket(self._limit, now)
        is_let_through = self._bucket.take(now)
        headers = {"Date": formatdate(int(now), usegmt=True), **self._bucket.headers("X-RateLimit-", now)}
        if not is_let_through:
            headers["Retry-After"] = str(self._bucket.retry_after(now))
        self.statuses.append(200 if is_let_through else 429)
        self.times.append(now - NOW)
        await asyncio.sleep(LATENCY / 2)
        return httpx.Response(self.statuses[-1], headers=headers, content=self._body(request, now))

    def _body(self, request: httpx.Request, now: float) -> bytes:
        if self.statuses[-1] == 429:
            return json.dumps({"error": {"code": "too_many_requests", "message": "no", "type": "rate_limit"}}).encode()
        name = "completed" if now - NOW >= self._ends_after else "in_progress"
        return json.dumps(completion(name, id=request.url.path.rpartition("/")[2])).encode()


async def share(count: int, tasks: int, work: Callable[[int], Awaitable[object]]) -> None:
    """Do so many pieces of work, in so many tasks."""
    left = iter(range(count))

    async def task() -> None:
        for number in left:
            await work(number)

    await asyncio.gather(*(task() for _ in range(tasks)))
