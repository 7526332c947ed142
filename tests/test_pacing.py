"""Pacing: attempts wait for the rate limit in place of being refused."""

import asyncio
import os
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from typing import Any

import httpx
import pytest

from aurous import (
    APITimeoutError,
    AsyncAurous,
    Aurous,
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
from aurous.emulator._limits import Bucket
from busy_server import BusyServer, LoopClock, run, share
from scripted import (
    ID,
    KEY,
    NOW,
    FakeClock,
    MakesCaller,
    Reply,
    Script,
    async_caller,
    caught,
    completion,
    error,
    ok,
    sync_caller,
)


def left(remaining: int, *, limit: int = 10, reset: float = 10, at: float = 0) -> dict[str, str]:
    """What a response tells of a bucket that is full so many seconds later: at 0 seconds one flows back in a second."""
    return {
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": str(remaining),
        "X-RateLimit-Reset": str(int(NOW + at + reset)),
        "Date": formatdate(NOW + at, usegmt=True),
    }


LARGE = RetryBudget(capacity=10**6)


def retrieving(client: AsyncAurous) -> Callable[[int], Awaitable[object]]:
    return lambda number: client.chat.completions.retrieve(f"cmp_{number}")


# --- Many at once ---


def test_four_processes_share_a_limit_that_none_of_them_was_told() -> None:
    """5,000 retrievals at 600 a minute, 1,200 of them at once: 380 seconds, if not one is refused."""
    server = BusyServer()

    async def main() -> float:
        processes = [server.client() for _ in range(4)]
        await asyncio.gather(*(share(1250, 10, retrieving(client)) for client in processes))
        return asyncio.get_running_loop().time()

    elapsed = run(main())
    assert server.statuses.count(200) == 5000
    assert server.refused < 100
    assert 380 <= elapsed < 418


def test_two_thousand_waits_share_a_limit() -> None:
    server = BusyServer(ends_after=60)

    async def main() -> Any:
        client = server.client()
        return await asyncio.gather(*(client.chat.completions.wait(f"cmp_{n}", timeout=600) for n in range(2000)))

    assert all(completion.is_completed for completion in run(main()))
    assert server.refused < 0.05 * len(server.statuses)


def test_waits_leave_room_for_other_calls() -> None:
    """Hundreds of polls wait for a turn; a retrieval is none of them, and gets one of the next two."""
    server = BusyServer(RateLimit(burst=10, per_minute=60), ends_after=1e9)

    async def main() -> float:
        client = server.client()
        waits = [asyncio.create_task(client.chat.completions.wait(f"cmp_{n}")) for n in range(300)]
        loop = asyncio.get_running_loop()
        await asyncio.sleep(30)
        started = loop.time()
        await client.chat.completions.retrieve("cmp_mine")
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
        return loop.time() - started

    assert run(main()) < 10


def test_first_come_first_served() -> None:
    server = BusyServer(RateLimit(burst=10, per_minute=60))
    order: list[int] = []

    async def main() -> None:
        client = server.client()
        await share(9, 1, lambda n: client.chat.completions.retrieve(f"cmp_{n}"))

        async def retrieve(number: int) -> None:
            await client.chat.completions.retrieve(f"cmp_{number}")
            order.append(number)

        await asyncio.gather(*(retrieve(number) for number in range(30)))

    run(main())
    assert order == sorted(order)
    assert server.refused == 0


def test_one_that_gives_up_holds_up_nobody() -> None:
    server = BusyServer(RateLimit(burst=10, per_minute=60))

    async def main() -> float:
        client = server.client()
        await share(10, 1, lambda n: client.chat.completions.retrieve(f"cmp_{n}"))
        others = [asyncio.create_task(client.chat.completions.retrieve(f"cmp_{n}")) for n in range(100)]
        await asyncio.sleep(0.5)
        last = asyncio.create_task(client.chat.completions.retrieve("cmp_last"))
        await asyncio.sleep(0.5)
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await last
        return asyncio.get_running_loop().time()

    assert run(main()) < 60


def test_a_refusal_stops_all_calls_and_they_do_not_start_again_at_once() -> None:
    """Also where the responses tell nothing of a bucket."""
    times: list[float] = []

    class Refusing(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            times.append(asyncio.get_running_loop().time())
            await asyncio.sleep(0.02)
            if len(times) == 1:
                return httpx.Response(429, headers={"Retry-After": "8"}, json={"error": {"code": "too_many_requests"}})
            return httpx.Response(200, content=ok().body)

    async def main() -> None:
        client = AsyncAurous(KEY, transport=Refusing(), clock=LoopClock(), on_drift="ignore")
        first = asyncio.create_task(client.chat.completions.retrieve(ID))
        await asyncio.sleep(0.1)
        await asyncio.gather(first, *(client.chat.completions.retrieve(ID) for _ in range(20)))

    run(main())
    assert times[0] == 0
    assert min(times[1:]) >= 8
    assert len({round(time, 3) for time in times[1:]}) > 10


def test_a_limit_of_what_runs_at_once_is_found_and_then_tried_again() -> None:
    most, running, seen = 8, 0, []

    class Narrow(httpx.AsyncBaseTransport):
        refused = 0

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            nonlocal running
            running += 1
            seen.append(running)
            try:
                await asyncio.sleep(1)
                if running > most:
                    self.refused += 1
                    body = {"error": {"code": "concurrency_limit_exceeded", "type": "rate_limit"}}
                    return httpx.Response(429, headers={"Retry-After": "1"}, json=body)
                return httpx.Response(200, content=ok().body)
            finally:
                running -= 1

    server = Narrow()

    async def main() -> None:
        client = AsyncAurous(
            KEY, transport=server, clock=LoopClock(), timeout=1e6, max_retries=50, retry_budget=LARGE, on_drift="ignore"
        )
        await asyncio.gather(*(client.chat.completions.retrieve(ID) for _ in range(40)))
        seen.clear()
        await share(200, 40, lambda _: client.chat.completions.retrieve(ID))

    run(main())
    assert max(seen) <= 2 * most
    assert max(seen) > most / 2


# --- One call ---


def test_nobody_waits_while_there_is_room(call: MakesCaller) -> None:
    caller = call(*(ok(headers=left(1000 - n, limit=1200, reset=120)) for n in range(20)))
    for _ in range(20):
        caller.retrieve()
    assert caller.clock.slept == []


def test_a_call_waits_for_a_bucket_that_is_nearly_empty(call: MakesCaller) -> None:
    events: list[PaceEvent] = []
    caller = call(ok(headers=left(0)), ok(headers=left(0)), on_pace=events.append)
    caller.retrieve()
    completion = caller.retrieve()
    waited = sum(caller.clock.slept)
    assert 1 <= waited <= 2, "one flows back in a second"
    assert [attempt.waited for attempt in completion.meta.attempts] == [pytest.approx(waited)]
    assert [(event.method, event.number) for event in events] == [("GET", 1)]
    assert events[0].delay == pytest.approx(waited)


def test_a_wait_is_no_attempt(call: MakesCaller) -> None:
    caller = call(ok(headers=left(0)), max_retries=0)
    for _ in range(5):
        assert len(caller.retrieve().meta.attempts) == 1


def test_each_bucket_of_the_documentation_has_its_own_pace(call: MakesCaller) -> None:
    caller = call(ok(headers=left(0)))
    caller.retrieve()
    caller.run(lambda client: client.request("POST", "/v1/things"))
    assert caller.clock.slept == []


def test_a_turn_that_comes_too_late_is_a_timeout_in_words(call: MakesCaller) -> None:
    caller = call(ok(headers=left(0, limit=100, reset=1000)))
    caller.retrieve()
    failure = caught(caller.retrieve, timeout=5)
    assert isinstance(failure, APITimeoutError)
    assert "rate limit" in str(failure)
    assert "timeout=5 s" in str(failure)
    assert failure.attempts == ()
    assert failure.retryable
    assert sum(caller.clock.slept) == pytest.approx(5)
    assert len(caller.requests) == 1


def test_a_pause_beyond_the_deadline_ends_a_call_at_once(call: MakesCaller) -> None:
    caller = call(error(429, "too_many_requests", headers={"Retry-After": "50"}), ok(), max_retries=0)
    assert isinstance(caught(caller.retrieve), RateLimitError)
    failure = caught(caller.retrieve, timeout=20)
    assert isinstance(failure, APITimeoutError)
    assert "nothing left for 50.0 s" in str(failure)
    assert caller.clock.slept == []
    caller.clock.elapsed += 50
    assert caller.retrieve().is_completed


def test_a_server_that_asks_for_a_day_is_asked_again_after_a_minute(call: MakesCaller) -> None:
    caller = call(error(429, "too_many_requests", headers={"Retry-After": "86400"}), ok(), max_retries=0)
    caught(caller.retrieve)
    assert caller.retrieve(timeout=100).is_completed
    assert sum(caller.clock.slept) == pytest.approx(60)


def test_no_pacer_no_wait(call: MakesCaller) -> None:
    caller = call(ok(headers=left(0)), pacer=None)
    for _ in range(3):
        caller.retrieve()
    assert caller.clock.slept == []
    again = caller.with_options(max_retries=1)
    again.retrieve()
    assert caller.clock.slept == [], "and a copy has none either"


def test_copies_and_both_kinds_of_client_share_what_they_learn() -> None:
    clock = FakeClock()
    first = sync_caller(ok(headers=left(0)), clock=clock)
    first.retrieve()
    first.with_options(max_retries=5).retrieve()
    assert len(clock.slept) == 1
    async_caller(ok(headers=left(0)), clock=clock).retrieve()
    assert len(clock.slept) == 2
    other = Aurous("al_live_" + "1" * 64, transport=first.script, clock=clock)
    other.chat.completions.retrieve(ID)
    assert len(clock.slept) == 2, "another key has limits of its own"


def test_headers_that_make_no_sense_pace_nothing(call: MakesCaller) -> None:
    odd = [
        {"X-RateLimit-Limit": "many", "X-RateLimit-Remaining": "few", "X-RateLimit-Reset": "soon"},
        {"X-RateLimit-Limit": "0", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "0"},
        {"X-RateLimit-Limit": "10", "X-RateLimit-Remaining": "0"},
        {"X-RateLimit-Limit": "10", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(NOW) - 5)},
        {"X-RateLimit-Limit": "9" * 40, "X-RateLimit-Remaining": "1", "X-RateLimit-Reset": "9" * 40},
        {"X-RateLimit-Limit": "5", "X-RateLimit-Remaining": "500", "X-RateLimit-Reset": str(int(NOW) + 5)},
    ]
    caller = call(*(ok(headers={"Date": "Fri, 15 Jan 2027 08:00:00 GMT", **headers}) for headers in odd), ok())
    for _ in odd:
        caller.retrieve()
    assert caller.clock.slept == []


# --- A pacer of the caller's ---


class Recorded:
    """A pacer that writes down what it is asked and told."""

    def __init__(self) -> None:
        self.needs: list[Need] = []
        self.settled: list[Settlement] = []

    def acquire(self, need: Need, timeout: float) -> Lease:
        assert 0 < timeout <= 600
        self.needs.append(need)
        return self

    def settle(self, settlement: Settlement) -> None:
        self.settled.append(settlement)


class Awaited(Recorded):
    """The same, for asynchronous clients."""

    async def acquire(self, need: Need, timeout: float) -> Lease:  # type: ignore[override]
        await asyncio.sleep(0)
        return Recorded.acquire(self, need, timeout)

    async def settle(self, settlement: Settlement) -> None:  # type: ignore[override]
        await asyncio.sleep(0)
        Recorded.settle(self, settlement)


EACH = pytest.mark.parametrize(
    ("call", "kind"),
    [(sync_caller, Recorded), (async_caller, Recorded), (async_caller, Awaited)],
    ids=["sync", "async", "awaited"],
)


@EACH
def test_a_pacer_is_asked_before_each_attempt_and_told_what_came_of_it(call: Any, kind: type[Recorded]) -> None:
    pacer = kind()
    steps = [error(429, "too_many_requests", headers=left(0)), error(503), httpx.ConnectError("refused"), ok()]
    caller = call(*steps, pacer=pacer, max_retries=5)
    caller.retrieve()
    assert pacer.needs == [Need(operation="chat.completions.retrieve", bucket="gets")] * 4
    assert [settled.throttled for settled in pacer.settled] == [True, False, False, False]
    assert [settled.rate_limit.requests is not None for settled in pacer.settled] == [True, False, False, False]
    assert pacer.settled[3].tokens == ok_tokens()


@EACH
def test_a_creation_asks_for_tokens(call: Any, kind: type[Recorded]) -> None:
    pacer = kind()
    caller = call(created, pacer=pacer)
    caller.run(lambda client: client.chat.completions.create(model="m", messages="x" * 4000, max_tokens=100))
    (need,) = pacer.needs
    assert (need.operation, need.bucket) == ("chat.completions.create", "chat.completions.create")
    assert 1100 <= need.tokens <= 1150


@EACH
def test_a_pacer_that_has_no_room_ends_the_call(call: Any, kind: type[Recorded]) -> None:
    class Full(kind):  # type: ignore[misc,valid-type]
        def acquire(self, need: Need, timeout: float) -> Lease:
            raise TimeoutError

    caller = call(ok(), pacer=Full())
    failure = caught(caller.retrieve)
    assert isinstance(failure, APITimeoutError)
    assert "the pacer had no room" in str(failure)
    assert caller.requests == []


@EACH
def test_an_exception_of_a_pacer_is_that_of_its_owner(call: Any, kind: type[Recorded]) -> None:
    class Broken(kind):  # type: ignore[misc,valid-type]
        def acquire(self, need: Need, timeout: float) -> Lease:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        call(ok(), pacer=Broken()).retrieve()


@EACH
def test_a_pacer_that_fails_to_settle_takes_no_answer_away(
    call: Any, kind: type[Recorded], caplog: pytest.LogCaptureFixture
) -> None:
    failure = type("GoneError" + kind.__name__ + call.__name__, (Exception,), {})

    class Gone(kind):  # type: ignore[misc,valid-type]
        def settle(self, settlement: Settlement) -> None:
            raise failure

    assert call(ok(), pacer=Gone()).retrieve().is_completed
    assert [record.getMessage() for record in caplog.records] == [
        f"pacer= raised {failure.__name__} in settle(); the call goes on without it"
    ]


def test_a_pacer_outlasts_no_deadline() -> None:
    class Slow(Awaited):
        async def acquire(self, need: Need, timeout: float) -> Lease:  # type: ignore[override]
            await asyncio.sleep(1000)
            return self

        async def settle(self, settlement: Settlement) -> None:  # type: ignore[override]
            await asyncio.sleep(1000)

    class Quick(Slow):
        async def acquire(self, need: Need, timeout: float) -> Lease:  # type: ignore[override]
            return self

    async def main(pacer: Awaited) -> Any:
        client = AsyncAurous(KEY, transport=Script(ok()), clock=LoopClock(), pacer=pacer)
        try:
            return await client.chat.completions.retrieve(ID, timeout=2), asyncio.get_running_loop().time()
        except APITimeoutError as error:
            return error, asyncio.get_running_loop().time()

    failure, elapsed = run(main(Slow()))
    assert "the pacer had no room" in str(failure)
    assert elapsed == pytest.approx(2)
    completion, elapsed = run(main(Quick()))
    assert completion.is_completed
    assert elapsed < 10


def test_a_lease_is_settled_where_a_task_is_cancelled() -> None:
    pacer = Awaited()

    class Silent(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await asyncio.sleep(1000)
            raise AssertionError

    async def main() -> None:
        client = AsyncAurous(KEY, transport=Silent(), clock=LoopClock(), pacer=pacer)
        task = asyncio.create_task(client.chat.completions.retrieve(ID))
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.sleep(1)

    run(main())
    assert [settled.throttled for settled in pacer.settled] == [False]


class Interrupted(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Somebody presses Ctrl-C, or cancels the task, while the answer is waited for."""

    def __init__(self, interruption: type[BaseException]) -> None:
        self._interruption = interruption

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        raise self._interruption

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        raise self._interruption


@pytest.mark.parametrize("kind", [Recorded, Awaited])
@pytest.mark.parametrize("interruption", [KeyboardInterrupt, asyncio.CancelledError])
def test_a_pacer_that_fails_to_settle_hides_no_interruption(
    interruption: type[BaseException], kind: type[Recorded], caplog: pytest.LogCaptureFixture
) -> None:
    failure = type(f"Lost{kind.__name__}{interruption.__name__}Error", (Exception,), {})

    class Gone(kind):  # type: ignore[misc,valid-type]
        def settle(self, settlement: Settlement) -> Any:
            if kind is Awaited:
                return lost()
            raise failure

    async def lost() -> None:
        raise failure

    async def main() -> None:
        client = AsyncAurous(KEY, transport=Interrupted(interruption), clock=LoopClock(), pacer=Gone())
        with pytest.raises(interruption):
            await client.chat.completions.retrieve(ID)
        await asyncio.sleep(1)

    run(main())
    if kind is Recorded:
        client = Aurous(KEY, transport=Interrupted(interruption), pacer=Gone())
        with pytest.raises(interruption):
            client.chat.completions.retrieve(ID)
    assert [record.getMessage() for record in caplog.records] == [
        f"pacer= raised {failure.__name__} in settle(); the call goes on without it"
    ]


class Returned(Recorded):
    """Ordinary functions, which return what a coroutine function gives."""

    def acquire(self, need: Need, timeout: float) -> Lease:
        return Awaited.acquire(self, need, timeout)  # type: ignore[return-value,arg-type]

    def settle(self, settlement: Settlement) -> object:  # type: ignore[override]
        return Awaited.settle(self, settlement)  # type: ignore[arg-type]


def mixed(acquires: type[Recorded], settles: type[Recorded]) -> Recorded:
    """A pacer of the methods of two."""
    pacer: Recorded = type("Mixed", (Recorded,), {"acquire": acquires.acquire, "settle": settles.settle})()
    return pacer


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("pacer", "what"),
    [
        pytest.param(mixed(Awaited, Recorded), "pacer.acquire is a coroutine function", id="acquire"),
        pytest.param(mixed(Returned, Recorded), "pacer.acquire gave an awaitable", id="what acquire returns"),
        pytest.param(mixed(Recorded, Awaited), "the settle of a lease is a coroutine function", id="settle"),
    ],
)
def test_a_pacer_that_would_be_awaited_is_for_asynchronous_clients(pacer: Recorded, what: str) -> None:
    script = Script(ok())
    failure = caught(lambda: Aurous(KEY, transport=script, pacer=pacer).chat.completions.retrieve(ID))
    assert isinstance(failure, ConfigurationError)
    assert str(failure).startswith(what)
    assert str(failure).endswith("To do: pass an ordinary one to Aurous, or use AsyncAurous")
    assert script.requests == []
    assert async_caller(ok(), pacer=pacer).retrieve().is_completed
    assert pacer.settled


@pytest.mark.filterwarnings("error")
def test_a_settle_that_turns_out_to_be_awaited_takes_no_answer_away(caplog: pytest.LogCaptureFixture) -> None:
    assert sync_caller(ok(), pacer=mixed(Recorded, Returned)).retrieve().is_completed
    (record,) = caplog.records
    assert "the settle of a lease gave an awaitable, which nobody would await. To do: pass" in record.getMessage()


@pytest.mark.parametrize("pacer", [True, "fast", 5, object(), len])
def test_what_is_no_pacer_is_refused(pacer: Any) -> None:
    failure = caught(Aurous, KEY, pacer=pacer)
    assert isinstance(failure, ConfigurationError)
    assert "acquire(need, timeout)" in str(failure)


# --- Threads and processes ---


def test_threads_pace_themselves_together() -> None:
    """Real threads and real time: 40 calls where 30 may go at once, and one more each 20 ms."""
    lock, bucket = threading.Lock(), Bucket(RateLimit(burst=30, per_minute=3000), time.time())
    statuses: list[int] = []

    def respond(request: httpx.Request) -> httpx.Response:
        now = time.time()
        with lock:
            is_let_through = bucket.take(now)
            headers = {"Date": formatdate(now, usegmt=True), **bucket.headers("X-RateLimit-", now)}
            statuses.append(200 if is_let_through else 429)
        return httpx.Response(statuses[-1], headers=headers, content=ok().body)

    client = Aurous(KEY, transport=httpx.MockTransport(respond), max_retries=9, clock=Clock())
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: client.chat.completions.retrieve(ID).is_completed, range(40)))
    assert all(results)
    assert len(results) == 40


def test_a_forked_child_learns_anew() -> None:
    clock = FakeClock()
    script = Script(ok(headers=left(0)))
    client = Aurous(KEY, transport=lambda: script, clock=clock)
    client.chat.completions.retrieve(ID)
    read, write = os.pipe()
    if not os.fork():
        try:
            client.chat.completions.retrieve(ID)
            os.write(write, b"waits" if clock.slept else b"is free")
        finally:
            os._exit(0)
    os.close(write)
    os.wait()
    with os.fdopen(read, "rb") as answer:
        assert answer.read() == b"is free"


def created(_: httpx.Request) -> Reply:
    return ok(created=int(NOW))


def ok_tokens() -> int:
    tokens: int = completion()["usage"]["total_tokens"]
    return tokens
