"""Pacing where something is wrong: headers that lie, servers that are down or begin anew, callers that leave."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aurous import AsyncAurous, Aurous, AurousError, ConfigurationError, RetryBudget
from aurous.emulator import RateLimit
from busy_server import BusyServer, LoopClock, run, share
from scripted import ID, KEY, NOW, FakeClock, MakesCaller, Script, caught, completion, ok

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

moods: st.SearchStrategy[dict[str, Any]] = st.builds(
    dict,
    limit=st.sampled_from([(1, 30), (10, 60), (100, 6000), (1200, 600), (10**6, 10**6)]),
    lie=st.sampled_from(sorted(LIES)),
    latency=st.sampled_from([0.0, 0.5, 5.0]),
    is_down=st.booleans(),
    lasts=st.sampled_from([1.0, 20.0]),
)


@settings(max_examples=15, deadline=None)
@given(st.lists(moods, min_size=1, max_size=3), st.sampled_from([1, 10, 60]), st.sampled_from([5.0, 60.0, 1000.0]))
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
                with suppress(AurousError):
                    await client.chat.completions.retrieve(ID, timeout=timeout)
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


def left(remaining: int, *, limit: int = 10, reset: float = 10) -> dict[str, str]:
    """What a response tells of a bucket that is full so many seconds later."""
    return {
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": str(remaining),
        "X-RateLimit-Reset": str(int(NOW + reset)),
        "Date": formatdate(NOW, usegmt=True),
    }


def test_an_outage_is_no_lack_of_room(call: MakesCaller) -> None:
    outage = [httpx.ConnectError("refused")] * 1500
    caller = call(ok(headers=left(500, limit=1200, reset=70)), *outage, ok(), max_retries=0)
    caller.retrieve()
    for _ in outage:
        caught(caller.retrieve)
    assert caller.retrieve().is_completed
    assert caller.clock.slept == []


@pytest.mark.parametrize("reset", [10.0**12, 3500.0])
def test_a_bucket_that_is_said_to_fill_in_ages_is_tried_all_the_same(call: MakesCaller, reset: float) -> None:
    caller = call(ok(headers=left(0, reset=reset)))
    for _ in range(3):
        assert caller.retrieve(timeout=400).is_completed


@dataclass
class Unhashable(FakeClock):
    """As classes of data are that can be compared."""

    def __post_init__(self) -> None:
        FakeClock.__init__(self)


def test_a_clock_needs_no_hash() -> None:
    clock = Unhashable()
    client = Aurous(KEY, transport=Script(ok(headers=left(0))), clock=clock)
    for each in (client, client.with_options(max_retries=1)):
        each.chat.completions.retrieve(ID)
    assert clock.slept


# --- Crowds ---


class Slow(httpx.AsyncBaseTransport):
    """Answers after a while, with what a test gives."""

    def __init__(self, seconds: float, answer: Callable[[int], httpx.Response]) -> None:
        self._seconds = seconds
        self._answer = answer
        self.times: list[float] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.times.append(now())
        number = len(self.times)
        await asyncio.sleep(self._seconds)
        return self._answer(number)

    def client(self, clock: LoopClock | None = None, **options: Any) -> AsyncAurous:
        """One that asks it."""
        return AsyncAurous(KEY, transport=self, clock=clock or LoopClock(), timeout=1000, on_drift="ignore", **options)


def well(headers: dict[str, str] | None = None, **fields: Any) -> httpx.Response:
    return httpx.Response(200, json=completion(**fields), headers=headers)


def test_a_crowd_that_waits_without_knowing_for_what_lets_the_processor_rest() -> None:
    server, clock = Slow(20, lambda _: well()), CountingClock()

    async def main() -> float:
        client = server.client(clock)
        await asyncio.gather(*(client.chat.completions.retrieve(ID) for _ in range(2000)))
        return now()

    assert run(main()) < 60
    assert clock.slept < 2000 * 25


def test_the_first_creations_wait_for_nothing() -> None:
    server = Slow(30, lambda _: well(created=int(NOW)))

    async def main() -> None:
        create: Any = server.client().chat.completions.create
        await asyncio.gather(*(create(model="m", messages="Hello", max_tokens=1000) for _ in range(50)))

    run(main())
    assert set(server.times) == {0}


def test_a_bucket_holds_no_more_than_its_limit_after_a_long_rest() -> None:
    server = Slow(5, lambda _: well(left(3)))

    async def main() -> None:
        client = server.client()
        await client.chat.completions.retrieve(ID)
        await asyncio.sleep(1000)
        await asyncio.gather(*(client.chat.completions.retrieve(ID) for _ in range(40)))

    run(main())
    assert sum(time <= 1006 for time in server.times) <= 1 + 10 + 5


def test_a_refusal_that_tells_nothing_is_over_when_it_is_over() -> None:
    def answer(number: int) -> httpx.Response:
        if number == 1:
            return httpx.Response(429, headers={"Retry-After": "2"}, json={"error": {"code": "too_many_requests"}})
        return well()

    server = Slow(1, answer)

    async def main() -> None:
        client = server.client()
        for _ in range(3):
            await client.chat.completions.retrieve(ID)
        await asyncio.sleep(10)
        await asyncio.gather(*(client.chat.completions.retrieve(ID) for _ in range(50)))

    run(main())
    assert len(set(server.times[-50:])) == 1


def test_calls_that_are_cancelled_take_nothing() -> None:
    server = Slow(1, lambda _: well(left(500, limit=1200, reset=70)))

    async def main() -> float:
        client = server.client()
        await client.chat.completions.retrieve(ID)
        for _ in range(20):
            calls = [asyncio.create_task(client.chat.completions.retrieve(ID)) for _ in range(50)]
            await asyncio.sleep(0.5)
            for task in calls:
                task.cancel()
            await asyncio.gather(*calls, return_exceptions=True)
        started = now()
        await client.chat.completions.retrieve(ID)
        return now() - started

    assert run(main()) == pytest.approx(1)


def test_small_needs_of_tokens_do_not_starve_large_ones_of_another_bucket() -> None:
    tokens = 0.0
    before = 0.0

    def answer(_: int) -> httpx.Response:
        nonlocal tokens, before
        tokens, before = min(tokens + (now() - before) * 10, 600.0), now()
        if tokens >= 20:
            tokens -= 20
        rest = {name.replace("Limit-", "Limit-TPM-", 1): text for name, text in left(int(tokens), limit=600).items()}
        rest["X-RateLimit-TPM-Reset"] = str(int(NOW + (600 - tokens) / 10))
        return well(rest, created=int(NOW))

    server = Slow(0.02, answer)

    async def main() -> None:
        client = server.client(pacer="learned")
        create: Any = client.chat.completions.create

        async def small() -> None:
            while True:
                await client.request("POST", "/v1/small", json={"text": "x" * 60}, idempotency_key=None)

        others = [asyncio.create_task(small()) for _ in range(5)]
        await asyncio.sleep(60)
        await create(model="m", messages="Hello", max_tokens=300, timeout=600)
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    run(main())


def test_those_that_were_under_way_narrow_the_window_once() -> None:
    running = most = 0

    class Narrow(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            nonlocal running, most
            running += 1
            most = max(most, running)
            is_let_through = running <= 20
            await asyncio.sleep(1)
            running -= 1
            if is_let_through:
                return well()
            return httpx.Response(429, json={"error": {"code": "concurrency_limit_exceeded"}})

    async def main() -> None:
        nonlocal most
        client = AsyncAurous(
            KEY,
            transport=Narrow(),
            clock=LoopClock(),
            timeout=1000,
            max_retries=9,
            retry_budget=LARGE,
            on_drift="ignore",
        )
        calls = [asyncio.create_task(client.chat.completions.retrieve(ID)) for _ in range(80)]
        await asyncio.sleep(1.5)
        most = 0
        await asyncio.gather(*calls)

    run(main())
    assert most > 10


# --- Pacers of the caller's ---


class Waiting:
    """A pacer for event loops."""

    async def acquire(self, need: object, timeout: float) -> Any:
        raise AssertionError


def test_a_pacer_for_event_loops_is_none_for_threads() -> None:
    assert "coroutine function" in str(caught(Aurous, KEY, pacer=Waiting()))
    assert "coroutine function" in str(caught(Aurous(KEY).with_options, pacer=Waiting()))
    AsyncAurous(KEY, pacer=Waiting())


def test_a_pacer_that_gives_no_lease_is_told_before_anything_is_sent(call: MakesCaller) -> None:
    class Silent:
        def acquire(self, need: object, timeout: float) -> None:
            """Wait, and forget to return a lease."""

    caller = call(ok(), pacer=Silent())
    failure = caught(caller.retrieve)
    assert isinstance(failure, ConfigurationError)
    assert "pacer.acquire gave None" in str(failure)
    assert caller.requests == []
