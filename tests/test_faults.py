"""Every fault of the table, over real sockets, with both clients: the honest outcome, in time, and the client usable after it."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from faults.cases import CASES, Case
from faults.judge import complaints, judge
from faults.server import FaultServer, serve

from aurous import AsyncAurous, Aurous, Clock

KEY = "al_live_" + "f" * 64
GRACE = 0.5
LIMIT = 16 * 1024 * 1024


class SkippingClock(Clock):
    """Real time, in which sleeping takes none."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return time.monotonic() + sum(self.slept)

    def random(self) -> float:
        return random.Random(len(self.slept)).random()

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    async def sleep_async(self, seconds: float) -> None:
        self.slept.append(seconds)


def options(case: Case, server: FaultServer, clock: Clock) -> dict[str, Any]:
    return {
        "base_url": server.base_url,
        "ssl_context": server.ssl_context,
        "timeout": case.deadline,
        "max_retries": 2,
        "max_response_bytes": LIMIT,
        "on_drift": "ignore",
        "clock": clock,
    }


async def tried(call: Callable[[str], Awaitable[object]], asked: str) -> object:
    """What a call came to: its result or its error."""
    try:
        return await call(asked)
    except Exception as error:  # noqa: BLE001  # the judge tells ours from foreign ones
        return error


async def run(case: Case, server: FaultServer, clock: SkippingClock, call: Callable[[str], Awaitable[object]]) -> None:
    asked = server.fresh_id(case)
    started = time.monotonic()
    outcome = await tried(call, asked)
    took = time.monotonic() - started
    await asyncio.to_thread(server.settle, asked)
    attempts = None if case.tls or case.accept != "serve" else server.attempts(asked)
    assert not complaints(case, asked, outcome, attempts=attempts)
    assert took < case.deadline + GRACE, f"took {took:.2f} s of {case.deadline} s"
    if case.hint is not None:
        assert clock.slept == pytest.approx([case.hint] * len(clock.slept), abs=1)
    for expect in case.then:
        asked = server.fresh_id("ok")
        assert not judge(expect, asked, await tried(call, asked), attempts=None)
    assert not server.unwelcome(KEY)
    assert not server.elsewhere_requests
    assert not server.errors


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_sync(case: Case) -> None:
    clock = SkippingClock()
    with serve(case) as server, Aurous(KEY, **options(case, server, clock)) as client:

        async def call(asked: str) -> object:
            return client.chat.completions.retrieve(asked)

        asyncio.run(run(case, server, clock, call))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_async(case: Case) -> None:
    clock = SkippingClock()

    async def main() -> None:
        async with AsyncAurous(KEY, **options(case, server, clock)) as client:
            await run(case, server, clock, client.chat.completions.retrieve)

    with serve(case) as server:
        asyncio.run(main())
