"""The clock for tests: right for all who share it, threads and tasks, and for the emulator that runs on it."""

import asyncio
import math
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import accumulate
from typing import Any

import httpx
import pytest
from freezegun import freeze_time
from hypothesis import given, settings
from hypothesis import strategies as st

from aurous import (
    APITimeoutError,
    AsyncAurous,
    Aurous,
    Clock,
    ConfigurationError,
    StreamInterruptedError,
    WaitTimeoutError,
    tool,
)
from aurous.emulator import Emulator, Life, State, Streaming, create_app
from aurous.testing import FakeClock

QUESTION: dict[str, Any] = {"model": "aurous-grow-2.0-pro", "messages": "What is the capital of Japan?"}


# --- Sleepers ---


def in_threads(clock: FakeClock, plans: Sequence[Sequence[float]]) -> list[list[float]]:
    """Sleep by each plan in a thread of its own, all from the same moment on; gives when each sleep was over."""
    start = threading.Barrier(len(plans))

    def follow(plan: Sequence[float]) -> list[float]:
        woke: list[float] = []
        with clock.hold():
            start.wait()
            for seconds in plan:
                clock.sleep(seconds)
                woke.append(clock.monotonic())
        return woke

    with ThreadPoolExecutor(len(plans)) as pool:
        return list(pool.map(follow, plans))


def in_tasks(clock: FakeClock, plans: Sequence[Sequence[float]]) -> list[list[float]]:
    """The same in tasks."""

    async def follow(plan: Sequence[float]) -> list[float]:
        woke: list[float] = []
        with clock.hold():
            await asyncio.sleep(0)  # until all are here
            for seconds in plan:
                await clock.sleep_async(seconds)
                woke.append(clock.monotonic())
        return woke

    async def main() -> list[list[float]]:
        return await asyncio.gather(*map(follow, plans))

    return asyncio.run(main())


def in_threads_and_tasks(clock: FakeClock, plans: Sequence[Sequence[float]]) -> list[list[float]]:
    """Half in threads, half in tasks, which begin where the threads have slept."""
    half = len(plans) // 2
    one = in_threads(clock, plans[:half]) if half else []
    now = clock.monotonic()
    return one + [[moment - now for moment in moments] for moments in in_tasks(clock, plans[half:])]


plans = st.lists(st.lists(st.integers(0, 50).map(float), max_size=8), min_size=1, max_size=8)


@pytest.mark.parametrize("together", [in_threads, in_tasks, in_threads_and_tasks])
@settings(max_examples=25)
@given(plans=plans)
def test_each_of_many_sleepers_wakes_at_its_own_time(together: Any, plans: list[list[float]]) -> None:
    assert together(FakeClock(), plans) == [list(accumulate(plan)) for plan in plans]


def test_a_hundred_threads_wake_at_their_own_times() -> None:
    plans = [[float(1 + number % 7)] * 10 for number in range(100)]
    assert in_threads(FakeClock(), plans) == [list(accumulate(plan)) for plan in plans]


def test_time_stands_while_one_who_takes_part_is_awake() -> None:
    clock = FakeClock()
    ready = threading.Event()

    def sleep() -> None:
        with clock.hold():
            ready.set()
            clock.sleep(5)

    with ThreadPoolExecutor(1) as pool, clock.hold():
        sleeper = pool.submit(sleep)
        ready.wait()
        clock.sleep(3)
        assert (clock.monotonic(), sleeper.done()) == (3, False)
    sleeper.result()
    assert clock.monotonic() == 5


def test_a_thread_that_sleeps_holds_up_the_event_loop_that_runs_in_it() -> None:
    clock = FakeClock()

    async def main() -> float:
        with clock.hold():
            other = asyncio.create_task(clock.sleep_async(5))
            await asyncio.sleep(0)
            clock.sleep(8)
        await other
        return clock.monotonic()

    assert asyncio.run(main()) == 8


def test_advance_goes_past_everything_that_is_due_in_its_order() -> None:
    clock = FakeClock(1000, autojump=False)
    asleep = threading.Barrier(3)

    def sleep(seconds: float) -> None:
        with clock.hold():
            asleep.wait()
            clock.sleep(seconds)

    with ThreadPoolExecutor(2) as pool:
        sleepers = [pool.submit(sleep, seconds) for seconds in (1, 2)]
        asleep.wait()
        while not all(one.done() for one in sleepers):
            clock.advance(1)
    assert (clock.time() - clock.monotonic(), clock.monotonic() >= 2) == (1000, True)


@pytest.mark.parametrize("seconds", [-1, -1e-9, math.nan, math.inf, 1e300, "1", None, True], ids=str)
def test_what_is_no_span_of_time_is_refused(seconds: Any) -> None:
    clock = FakeClock()
    for passes in (clock.advance, clock.sleep, lambda seconds: asyncio.run(clock.sleep_async(seconds))):
        with pytest.raises(ConfigurationError, match="is not a number of seconds; it is 0 or more and finite"):
            passes(seconds)
        passes(0)
    assert clock.monotonic() == 0


@pytest.mark.parametrize("start", [-1, math.nan, math.inf, 1e300, "1", True], ids=str)
def test_what_is_no_time_is_no_start(start: Any) -> None:
    with pytest.raises(ConfigurationError, match="is no time"):
        FakeClock(start)


def test_a_clock_that_nobody_moves_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aurous.testing._fake_clock._PATIENCE", 0.01)
    clock = FakeClock()
    with clock.hold(), ThreadPoolExecutor(1) as pool:
        stuck = pool.submit(clock.sleep, 1)
        with pytest.raises(RuntimeError, match="MainThread takes part and does not sleep"):
            stuck.result()
    with pytest.raises(RuntimeError, match="nothing moved it"):
        asyncio.run(FakeClock(autojump=False).sleep_async(1))


def test_who_sleeps_at_the_end_of_a_test_is_woken_with_an_error() -> None:
    clock = FakeClock(autojump=False)
    with ThreadPoolExecutor(1) as pool:
        sleeper = pool.submit(clock.sleep, 1)
        clock.end()
        with pytest.raises(RuntimeError, match="is over"):
            sleeper.result()


# --- Calls ---


Outcome = tuple[str, float]


@pytest.fixture(scope="module")
def emulator(aurous_emulator_server: Emulator) -> Emulator:
    return aurous_emulator_server


def options(emulator: Emulator, clock: FakeClock) -> dict[str, Any]:
    return {"api_key": emulator.api_key, "base_url": emulator.base_url, "clock": clock, "max_retries": 0}


async def outcome_of(waited: Callable[[], Any], clock: FakeClock) -> Outcome:
    """How something ended, and how long it took."""
    began = clock.monotonic()
    try:
        returned = waited()
        result = await returned if isinstance(returned, Awaitable) else returned
    except (WaitTimeoutError, APITimeoutError, StreamInterruptedError) as error:
        return type(error).__name__, clock.monotonic() - began
    return str(result.text), clock.monotonic() - began


Calls = Sequence[Callable[[Any], Any]]


def from_threads(emulator: Emulator, clock: FakeClock, calls: Calls) -> list[Outcome]:
    """Make each call from a thread of its own, all at the same time."""
    start = threading.Barrier(len(calls))

    def run(call: Callable[[Any], Any]) -> Outcome:
        with clock.hold():
            start.wait()
            return asyncio.run(outcome_of(lambda: call(client), clock))

    with Aurous(**options(emulator, clock)) as client, ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def from_tasks(emulator: Emulator, clock: FakeClock, calls: Calls) -> list[Outcome]:
    """The same from tasks."""

    async def run(call: Callable[[Any], Any], client: AsyncAurous) -> Outcome:
        with clock.hold():
            await asyncio.sleep(0)
            return await outcome_of(lambda: call(client), clock)

    async def main() -> list[Outcome]:
        async with AsyncAurous(**options(emulator, clock)) as client:
            return await asyncio.gather(*(run(call, client) for call in calls))

    return asyncio.run(main())


@pytest.fixture(params=[from_threads, from_tasks])
def at_once(request: pytest.FixtureRequest) -> Callable[[Emulator, FakeClock, Calls], list[Outcome]]:
    return request.param  # type: ignore[no-any-return]


def wait(id: str, **given: Any) -> Callable[[Any], Any]:
    return lambda client: client.chat.completions.wait(id, **given)


waits = st.tuples(st.integers(0, 60), st.integers(1, 60))


@settings(max_examples=8)
@given(waits=st.lists(waits, min_size=1, max_size=4))
def test_a_wait_in_company_ends_as_it_does_alone(emulator: Emulator, waits: list[tuple[int, int]]) -> None:
    def calls() -> Calls:
        ids = [emulator.add(life=Life(in_progress_for=lives)) for lives, _ in waits]
        return [wait(id, timeout=timeout) for id, (_, timeout) in zip(ids, waits, strict=True)]

    alone = list[Outcome]()
    for number in range(len(waits)):
        clock = FakeClock()
        emulator.reset(clock=clock)
        alone += from_threads(emulator, clock, calls()[number : number + 1])
    for together in (from_threads, from_tasks):
        clock = FakeClock()
        emulator.reset(clock=clock)
        assert together(emulator, clock, calls()) == alone


def test_ten_waiters_see_right_times(emulator: Emulator, at_once: Any) -> None:
    clock = FakeClock()
    emulator.reset(clock=clock)
    ids = [emulator.add(life=Life(in_progress_for=20 + 20 * number)) for number in range(10)]
    outcomes = at_once(emulator, clock, [wait(id) for id in ids])
    assert [text for text, _ in outcomes] == ["The capital of Japan is Tokyo."] * 10
    for number, (_, took) in enumerate(outcomes):
        assert 0 <= took - (20 + 20 * number) <= 10


def create(**given: Any) -> Callable[[Any], Any]:
    return lambda client: client.chat.completions.create(**{**QUESTION, **given})


def test_a_slow_answer_takes_as_long_as_it_says(emulator: Emulator, at_once: Any) -> None:
    clock = FakeClock()
    emulator.reset(clock=clock)
    emulator.answers("Tokyo.", after=45, times=None)
    assert at_once(emulator, clock, [create()] * 5) == [("Tokyo.", 45.0)] * 5


def test_a_client_loses_patience_at_its_own_time(emulator: Emulator, at_once: Any) -> None:
    clock = FakeClock()
    emulator.reset(clock=clock)
    emulator.answers("Tokyo.", after=45, times=None)
    calls = [create(timeout=20), create(timeout=50), create(timeout=30)]
    assert at_once(emulator, clock, calls) == [("APITimeoutError", 20.0), ("Tokyo.", 45.0), ("APITimeoutError", 30.0)]
    assert clock.monotonic() == 45


def test_an_answer_that_a_client_did_not_wait_for_is_there_later(emulator: Emulator) -> None:
    clock = FakeClock()
    emulator.reset(clock=clock)
    emulator.answers("Tokyo.", after=45)
    with Aurous(**options(emulator, clock)) as client:
        with pytest.raises(APITimeoutError) as caught:
            client.chat.completions.create(**QUESTION, timeout=20)
        clock.advance(25)
        key = caught.value.idempotency_key
        assert client.chat.completions.create(**QUESTION, idempotency_key=key).meta.idempotent_replay


def has_seed(seed: int, body: Mapping[str, Any]) -> bool:
    return bool(body["seed"] == seed)


gaps = st.tuples(st.integers(0, 25), st.integers(0, 25), st.integers(1, 6))


@settings(max_examples=12)
@given(gaps=st.lists(gaps, min_size=1, max_size=4))
def test_pieces_of_streams_come_at_their_times(emulator: Emulator, gaps: list[tuple[int, int, int]]) -> None:
    def moments(client: Aurous, streaming: Streaming, seed: int, clock: FakeClock) -> list[float]:
        with client.chat.completions.stream(**QUESTION, seed=seed) as stream:
            return [clock.monotonic() for _ in stream.text_stream]

    clock = FakeClock()
    emulator.reset(clock=clock)
    styles = [Streaming(silence=silence, gap=gap, chunk_size=7) for silence, gap, _ in gaps]
    for seed, (style, (_, _, pieces)) in enumerate(zip(styles, gaps, strict=True)):
        emulator.answers("seven..." * pieces, when=partial(has_seed, seed), streaming=style)
    start = threading.Barrier(len(gaps))

    def read(seed: int) -> list[float]:
        with clock.hold():
            start.wait()
            return moments(client, styles[seed], seed, clock)

    with Aurous(**options(emulator, clock)) as client, ThreadPoolExecutor(len(gaps)) as pool:
        for (silence, gap, _), seen in zip(gaps, pool.map(read, range(len(gaps))), strict=True):
            assert seen == [silence + gap * number for number in range(len(seen))]


def test_a_stalled_stream_ends_when_its_reader_has_waited_long_enough(emulator: Emulator) -> None:
    clock = FakeClock()
    emulator.reset(clock=clock)
    emulator.answers("Tokyo.", streaming=Streaming(end="stall", end_after=1))
    with (
        Aurous(**options(emulator, clock)) as client,
        pytest.raises(StreamInterruptedError, match="no event came for 300 s"),
        client.chat.completions.stream(**QUESTION) as stream,
    ):
        stream.get_final_completion()
    assert clock.monotonic() == 300


def test_time_stands_between_the_pieces_that_a_reader_asks_for(emulator: Emulator) -> None:
    clock = FakeClock()
    emulator.reset(clock=clock)
    emulator.answers("Tokyo, of course.", streaming=Streaming(gap=4, chunk_size=7))
    with Aurous(**options(emulator, clock)) as client, client.chat.completions.stream(**QUESTION) as stream:
        pieces = iter(stream.text_stream)
        next(pieces)
        emulator.add()  # whatever a test does meanwhile
        assert clock.monotonic() == 0
        assert "".join(pieces) == "of course."
        assert stream.timing.longest_gap == 4


def test_other_clients_of_the_emulator_get_what_they_wait_for(emulator: Emulator) -> None:
    clock = FakeClock()
    emulator.reset(clock=clock)
    emulator.answers("Tokyo, of course.", streaming=Streaming(gap=4, chunk_size=7))
    body = {**QUESTION, "messages": [{"role": "user", "content": "Japan?"}], "stream": True}
    key = {"X-Api-Key": emulator.api_key}
    response = httpx.post(f"{emulator.base_url}/v1/chat/completions", json=body, headers=key, verify=False)
    assert response.text.endswith("data: [DONE]\n\n")
    assert clock.monotonic() == 12


def test_the_header_by_which_the_clock_knows_a_request_shows_nowhere(emulator: Emulator) -> None:
    clock = FakeClock()
    emulator.reset(clock=clock)
    with Aurous(**options(emulator, clock)) as client:
        client.models.list()
    assert not [name for name in emulator.requests[0].headers if "clock" in name]


# --- Functions of the caller's that run within a call ---


@pytest.mark.parametrize("inner", ["sync", "async"])
def test_tools_may_make_calls_of_their_own(emulator: Emulator, inner: str) -> None:
    clock = FakeClock()
    emulator.reset(clock=clock)
    id = emulator.add(life=Life(in_progress_for=50))

    @tool
    def look(city: str) -> str:
        """Look it up."""
        if inner == "sync":
            return str(client.chat.completions.wait(id).text)

        async def main() -> str:
            async with AsyncAurous(**options(emulator, clock)) as other:
                return str((await other.chat.completions.wait(id)).text)

        return asyncio.run(main())

    calls = [{"name": "look", "arguments": {"city": city}} for city in ("Tokyo", "Kyoto", "Osaka")]
    emulator.answers(calls, "Done.")
    with Aurous(**options(emulator, clock)) as client:
        assert client.chat.completions.run(**QUESTION, tools=[look]).completion.text == "Done."
    assert 50 <= clock.monotonic() <= 60


def test_coroutine_tools_take_part_as_well(emulator: Emulator) -> None:
    clock = FakeClock()
    emulator.reset(clock=clock)

    @tool
    async def look(city: str) -> str:
        """Look it up."""
        await clock.sleep_async(len(city))
        return city

    emulator.answers([{"name": "look", "arguments": {"city": city}} for city in ("Tokyo", "Nagasaki")], "Done.")

    async def main() -> str | None:
        async with AsyncAurous(**options(emulator, clock)) as client:
            return (await client.chat.completions.run(**QUESTION, tools=[look])).completion.text

    assert (asyncio.run(main()), clock.monotonic()) == ("Done.", 8)


def test_a_function_that_is_told_of_polls_may_sleep(emulator: Emulator) -> None:
    clock = FakeClock()
    emulator.reset(clock=clock)
    with Aurous(**options(emulator, clock)) as client:
        id = emulator.add(life=Life(in_progress_for=1))
        client.chat.completions.wait(id, on_poll=lambda _: clock.sleep(100), timeout=1000)
    assert 200 <= clock.monotonic() <= 202


# --- Without a socket, and beside what freezes time ---


def test_answers_without_a_socket_take_their_time_too() -> None:
    clock = FakeClock()
    state = State(clock=clock)
    state.answers("Tokyo.", after=45)

    async def main() -> str | None:
        transport = httpx.ASGITransport(create_app(state))
        async with AsyncAurous(state.api_key, base_url="http://localhost", transport=transport, clock=clock) as client:
            return (await client.chat.completions.create(**QUESTION)).text

    assert (asyncio.run(main()), clock.monotonic()) == ("Tokyo.", 45)


@freeze_time("2026-06-01")
def test_frozen_time_stops_no_fake_clock() -> None:
    clock = FakeClock()
    with Emulator(clock=clock) as emulator:
        id = emulator.add(life=Life(in_progress_for=50))
        calls = [wait(id)]
        (one,), (two,) = from_threads(emulator, clock, calls), from_tasks(emulator, clock, calls)
    assert (one[0], two) == ("The capital of Japan is Tokyo.", ("The capital of Japan is Tokyo.", 0.0))


@freeze_time("2026-06-01")
def test_deadlines_hold_while_time_is_frozen() -> None:
    with (
        Emulator() as emulator,
        Aurous(emulator.api_key, base_url=emulator.base_url) as client,
        pytest.raises(WaitTimeoutError),
    ):
        client.chat.completions.wait(emulator.ids["in_progress"], timeout=0.05, poll_interval=0.01)


@freeze_time("2026-06-01")
def test_a_wait_that_would_never_end_on_a_frozen_event_loop_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="FakeClock"):
        asyncio.run(Clock().sleep_async(1))
