"""Pacing where something is wrong: headers that lie, servers that are down or begin anew, callers that leave."""

import asyncio
import os
import threading
from collections import Counter
from email.utils import formatdate
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aurous import (
    APIConnectionError,
    APITimeoutError,
    AsyncAurous,
    Aurous,
    AurousError,
    Clock,
    ConfigurationError,
    Lease,
    Need,
    PaceEvent,
    RateLimitError,
    RetryBudget,
    Settlement,
)
from aurous.emulator import RateLimit
from busy_server import BusyServer, JumpingLoop, LoopClock, run, share
from scripted import ID, KEY, NOW, FakeClock, MakesCaller, Script, caught, error, ok, sync_caller

LARGE = RetryBudget(capacity=10**6)


class CountingClock(LoopClock):
    """Counts how often anybody goes to sleep."""

    slept = 0

    async def sleep_async(self, seconds: float) -> None:
        self.slept += 1
        await asyncio.sleep(seconds)


def now() -> float:
    return asyncio.get_running_loop().time()


# --- Servers ---


class Moody(BusyServer):
    """A server with a mood, which a test changes: another limit, headers that lie, silence, responses out of order."""

    lie = "none"
    latency = 0.0
    is_down = False

    def change(self, limit: RateLimit, lie: str, latency: float, *, is_down: bool) -> None:
        """Begin anew, with a bucket that is full."""
        self._limit, self._bucket, self.lie, self.latency, self.is_down = limit, None, lie, latency, is_down

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.is_down:
            raise httpx.ConnectError("refused")
        response = await super().handle_async_request(request)
        await asyncio.sleep(self.latency * (len(self.times) * 7 % 10) / 10)
        LIES[self.lie](response.headers)
        return response


def milliseconds(headers: httpx.Headers) -> None:
    headers["X-RateLimit-Reset"] += "000"


def nothing_left(headers: httpx.Headers) -> None:
    headers["X-RateLimit-Remaining"] = "0"


def soon(headers: httpx.Headers) -> None:
    headers["X-RateLimit-Reset"] = str(int(headers["X-RateLimit-Reset"]) + 3000)
    nothing_left(headers)


def all_left(headers: httpx.Headers) -> None:
    headers["X-RateLimit-Remaining"] = headers["X-RateLimit-Limit"]


def huge(headers: httpx.Headers) -> None:
    headers["X-RateLimit-Limit"] = str(10**18)
    headers["X-RateLimit-Remaining"] = "7"


def silent(headers: httpx.Headers) -> None:
    for name in list(headers):
        if name.startswith("x-ratelimit"):
            del headers[name]


def no_date(headers: httpx.Headers) -> None:
    del headers["Date"]


LIES = {
    "none": lambda _: None,
    **{lie.__name__: lie for lie in (milliseconds, nothing_left, soon, all_left, huge, silent, no_date)},
}

moods = st.builds(
    dict,
    limit=st.sampled_from([(1, 30), (10, 60), (100, 6000), (1200, 600), (10**6, 10**6)]),
    lie=st.sampled_from(sorted(LIES)),
    latency=st.sampled_from([0.0, 0.5, 5.0]),
    is_down=st.booleans(),
    lasts=st.sampled_from([1.0, 20.0]),
)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(moods, min_size=1, max_size=3), st.sampled_from([1, 10, 60]), st.sampled_from([5.0, 60.0, 1000.0])
)
def test_whatever_a_server_does_calls_end_in_time_and_go_on_when_it_is_well(
    seen: list[dict[str, Any]], tasks: int, timeout: float
) -> None:
    server, clock = Moody(), CountingClock()

    async def main() -> tuple[float, int]:
        client = server.client(clock=clock, retry_budget=LARGE, on_drift="ignore")
        latest = 0.0

        async def calls() -> None:
            nonlocal latest
            while now() < ill:
                began = now()
                try:
                    await client.chat.completions.retrieve(ID, timeout=timeout)
                except AurousError:
                    pass
                latest = max(latest, now() - began)
                await asyncio.sleep(1)

        ill = sum(mood["lasts"] for mood in seen)
        at_work = [asyncio.create_task(calls()) for _ in range(tasks)]
        for mood in seen:
            server.change(RateLimit(*mood["limit"]), mood["lie"], mood["latency"], is_down=mood["is_down"])
            await asyncio.sleep(mood["lasts"] / 2)
            at_work.pop().cancel()
            at_work.append(asyncio.create_task(calls()))
            await asyncio.sleep(mood["lasts"] / 2)
        server.change(RateLimit(), "none", 0.0, is_down=False)
        await asyncio.gather(*at_work, return_exceptions=True)
        assert latest <= timeout + 0.1
        well = now()
        await share(100, 10, lambda _: client.chat.completions.retrieve(ID, timeout=1000))
        return now() - well, len(server.times)

    took, requests = run(main())
    assert took < 400
    assert clock.slept < 5 * requests + 40 * (sum(mood["lasts"] for mood in seen) + timeout) + 20 * tasks
