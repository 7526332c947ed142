"""Many calls at once: what comes of each item, what stops a bulk, what is left, and what a run that died costs."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import aclosing, suppress
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any, Protocol

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aurous import (
    APIConnectionError,
    AsyncAurous,
    Aurous,
    AurousError,
    AuthenticationError,
    BadRequestError,
    Budget,
    BudgetExceededError,
    Bulk,
    BulkItem,
    BulkOutcome,
    BulkSummary,
    ChatCompletion,
    ConfigurationError,
    EmbeddingList,
    InsufficientCreditsError,
    NotFoundError,
    OutputError,
    Parsed,
    UsageEvent,
)
from aurous.emulator import Emulator, Refusal
from aurous.testing import FakeClock as EmulatorClock
from scripted import KEY, FakeClock, completion

MODEL = "aurous-grow-2.0-pro"
EMBEDDER = "aurous-embed-vision-1.0"
HANGS = 20  # Seconds after which a test has hung.
DAY = 24 * 60 * 60


@dataclass
class City:
    name: str


@dataclass
class Came:
    """What came of a bulk."""

    taken: list[BulkOutcome[Any]]
    left: list[BulkItem[Any]]
    summary: BulkSummary
    raised: BaseException | None

    @property
    def places(self) -> list[int]:
        return [outcome.position for outcome in self.taken]

    @property
    def texts(self) -> list[str | None]:
        return [outcome.raise_for_error().text for outcome in sorted(self.taken, key=lambda each: each.position)]


Each = Callable[[Any, BulkOutcome[Any]], object]


class Runs(Protocol):
    """Runs a bulk to its end by one kind of client. What `each` returns says whether the loop is broken off."""

    def __call__(
        self,
        source: Iterable[Any],
        method: str = ...,
        *arguments: Any,
        client: dict[str, Any] | None = ...,
        each: Each = ...,
        **options: Any,
    ) -> Came: ...


def goes_on(bulk: object, outcome: object) -> object:
    return None


def run_sync(
    source: Iterable[Any],
    method: str = "send",
    *arguments: Any,
    client: dict[str, Any] | None = None,
    each: Each = goes_on,
    **options: Any,
) -> Came:
    taken: list[BulkOutcome[Any]] = []
    raised = None
    with Aurous(**(client or Server().client)) as aurous:
        bulk = aurous.bulk(**options)
        try:
            with bulk:
                for outcome in getattr(bulk, method)(*arguments, source):
                    taken.append(outcome)
                    if each(bulk, outcome):
                        break
        except BaseException as error:  # noqa: BLE001  # also KeyboardInterrupt
            raised = error
    assert not [thread for thread in threading.enumerate() if thread.name == "aurous-bulk"]
    left: list[BulkItem[Any]] = []
    with suppress(LookupError):  # of an input that breaks off
        for item in bulk.remaining():
            left.append(item)  # noqa: PERF402  # what came before that counts
    return Came(taken, left, bulk.summary, raised)


def run_async(
    source: Iterable[Any],
    method: str = "send",
    *arguments: Any,
    client: dict[str, Any] | None = None,
    each: Each = goes_on,
    **options: Any,
) -> Came:
    async def elements() -> AsyncGenerator[Any]:
        for element in source:
            yield element

    async def main() -> Came:
        taken: list[BulkOutcome[Any]] = []
        raised = None
        async with AsyncAurous(**(client or Server().client)) as aurous, aclosing(elements()) as items:
            bulk = aurous.bulk(**options)
            try:
                async with bulk:
                    async for outcome in getattr(bulk, method)(*arguments, items):
                        taken.append(outcome)
                        if each(bulk, outcome):
                            break
            except BaseException as error:  # noqa: BLE001  # as above
                raised = error
            left: list[BulkItem[Any]] = []
            with suppress(LookupError):
                async for item in bulk.remaining():
                    left.append(item)  # noqa: PERF401  # as above
            assert asyncio.all_tasks() == {asyncio.current_task()}
        return Came(taken, left, bulk.summary, raised)

    return asyncio.run(main())


@pytest.fixture(params=[run_sync, run_async], ids=["sync", "async"])
def run(request: pytest.FixtureRequest) -> Runs:
    runs: Runs = request.param
    return runs


@pytest.fixture
def access(aurous_emulator: Emulator) -> dict[str, Any]:
    """How a client reaches the emulator."""
    return {"api_key": aurous_emulator.api_key, "base_url": aurous_emulator.base_url}


def asked(*questions: str) -> list[dict[str, Any]]:
    return [{"model": MODEL, "messages": question} for question in questions]


def items(*questions: str) -> list[BulkItem[ChatCompletion]]:
    return [BulkItem.create(**request) for request in asked(*questions)]


def numbers(count: int) -> list[str]:
    return [f"Question {number}" for number in range(count)]


def billed(emulator: Emulator) -> list[Decimal]:
    """What each request was charged that cost something."""
    with Aurous(emulator.api_key, base_url=emulator.base_url) as client:
        events = [event for event in client.usage.events.list(limit=100) if isinstance(event, UsageEvent)]
    return [Decimal(str(event.credits_charged)) for event in events]


# --- Outcomes ---


def test_each_item_of_a_mix_gets_its_own_result_or_error(
    run: Runs, access: dict[str, Any], aurous_emulator: Emulator
) -> None:
    mix: list[Any] = [
        BulkItem.create(model=MODEL, messages="Capital of Japan?"),
        BulkItem.retrieve(aurous_emulator.ids["completed"]),
        BulkItem.parse(City, model=MODEL, messages="Capital of Japan?"),
        BulkItem.embed(model=EMBEDDER, input="A lighthouse", dimensions=1024),
        BulkItem.retrieve("cmp_01HXMQ7Z3K8Y2NOTHERE00000"),
    ]
    came = run(mix, client=access, in_order=True)
    assert [type(outcome.result or outcome.error) for outcome in came.taken] == [
        ChatCompletion,
        ChatCompletion,
        Parsed,
        EmbeddingList,
        NotFoundError,
    ]
    assert [outcome.ok for outcome in came.taken] == [True] * 4 + [False]
    assert [outcome.key for outcome in came.taken] == ["0", "1", "2", "3", "4"]
    assert came.taken[2].raise_for_error().value == City("text")
    assert came.taken[3].raise_for_error().requested_dimensions == 1024
    with pytest.raises(NotFoundError):
        came.taken[4].raise_for_error()
    summary = came.summary
    assert (summary.succeeded, summary.failed, summary.sent) == (4, 1, 5)
    assert summary.total == (5 if run is run_sync else None)  # what comes asynchronously does not tell
    assert summary.stopped == "finished"
    assert summary.credits == sum(billed(aurous_emulator)) > 0
    assert came.left == []


@pytest.mark.parametrize(
    ("method", "arguments", "element", "kind"),
    [
        ("create", (), asked("Capital of Japan?")[0], ChatCompletion),
        ("retrieve", (), "cmp_01HXMQ7Z3K8Y2COMPLETED", ChatCompletion),
        ("parse", (City,), asked("Capital of Japan?")[0], Parsed),
        ("embed", (), {"model": EMBEDDER, "input": "A lighthouse"}, EmbeddingList),
    ],
)
def test_one_kind_of_call_takes_requests_or_pairs_with_a_key(
    run: Runs, access: dict[str, Any], method: str, arguments: tuple[Any, ...], element: Any, kind: type
) -> None:
    source = [element, ("row-7", element), (8, element)]
    came = run(source, method, *arguments, client=access, in_order=True)
    assert [outcome.key for outcome in came.taken] == ["0", "row-7", "8"]
    assert {type(outcome.result) for outcome in came.taken} == {kind}


WRONG: list[tuple[Any, str]] = [
    (7, "an item is 7. To do: make it by BulkItem.create(...), say"),
    (BulkItem("balance.retrieve", (), {}), "make it by BulkItem.create"),
    (BulkItem.create(key=True, model=MODEL, messages="Hi"), "the key of an item is True. To do: give a text or"),
    (BulkItem.create(key="", model=MODEL, messages="Hi"), "the key of an item is ''"),
    (BulkItem.create(key=10**5000, model=MODEL, messages="Hi"), "the key of an item is <int>"),
    (BulkItem("chat.completions.create", (), {"model": MODEL}), "missing 1 required keyword-only argument: 'messages'"),
    (
        BulkItem("chat.completions.create", (), {"model": MODEL, "messages": "Hi", "mx": 1}),
        "there is no parameter 'mx'",
    ),
    (BulkItem("chat.completions.create", (), "Hi"), "an item is str; pass a mapping"),  # type: ignore[arg-type]
    (BulkItem("chat.completions.create", (), {"model": MODEL, "messages": "Hi", "stream": True}), "stream"),
    (BulkItem("chat.completions.create", (), {**asked("Hi")[0], "idempotency_key": "7"}), "give key=, the name of"),
    (BulkItem.retrieve("../balance"), "could lead the request elsewhere"),
]


def test_a_key_in_the_wrong_place_is_not_shown(run: Runs) -> None:
    given: dict[str, Any] = {KEY: 1, "model": EMBEDDER, "input": "a"}
    came = run([BulkItem.embed(**given)])
    assert "does not fit its method" in str(came.taken[0].error)
    assert KEY not in str(came.taken[0].error)


def test_what_cannot_be_sent_is_an_outcome_and_the_others_go_on(run: Runs, access: dict[str, Any]) -> None:
    came = run([each for each, _ in WRONG] + items("Hi"), client=access, in_order=True, run="r")
    for outcome, (_, words) in zip(came.taken, WRONG, strict=False):
        assert isinstance(outcome.error, ConfigurationError)
        assert words in outcome.error.message
        assert not outcome.sent
    assert came.taken[-1].ok
    assert came.summary.sent == 1


def test_what_can_be_no_key_is_left_under_its_position(run: Runs) -> None:
    came = run([BulkItem.create(key=10**5000, **request) for request in asked("Hi", "Ho")], each=lambda *_: True)
    assert [item.key for item in came.left] == [str(n) for n in range(2) if n not in came.places]


def test_a_misfit_is_an_error_that_was_paid_for(run: Runs, access: dict[str, Any], aurous_emulator: Emulator) -> None:
    aurous_emulator.answers("no JSON")
    came = run(asked("Capital of Japan?"), "parse", City, client=access)
    assert isinstance(came.taken[0].error, OutputError)
    assert came.summary.credits == sum(billed(aurous_emulator)) > 0


# --- A server of our own ---


class Server:
    """Answers as each question says: `bad` is refused, `poor` costs too much, `lost` gets no answer.

    Never more than so many questions at a time; and questions that `waits` names wait until others were answered.
    """

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.at_once = self.most_at_once = 0
        self._lock = threading.Lock()

    @property
    def client(self) -> dict[str, Any]:
        return {"api_key": KEY, "transport": httpx.MockTransport(self.answer), "max_retries": 0}

    def answer(self, request: httpx.Request) -> httpx.Response:
        with self._lock:
            self.requests.append(request)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return self.answer_to(json.loads(request.content)["messages"][0]["content"])
        finally:
            with self._lock:
                self.at_once -= 1

    def answer_to(self, question: str) -> httpx.Response:
        if question == "lost":
            raise httpx.ReadError("gone")
        if question in ("bad", "poor"):
            status, code = (400, "invalid_format") if question == "bad" else (402, "balance_too_low")
            return httpx.Response(status, json={"error": {"code": code, "message": "No.", "type": "invalid_request"}})
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": question}}
        return httpx.Response(200, json=completion(choices=[choice]))

    @property
    def keys(self) -> list[str]:
        return [request.headers["idempotency-key"] for request in self.requests]


def test_results_are_those_of_their_items(run: Runs) -> None:
    came = run(asked(*numbers(40)), "create")
    assert came.texts == numbers(40)


def test_in_order_is_the_order_of_the_input(run: Runs) -> None:
    came = run(asked(*numbers(40)), "create", in_order=True, concurrency=4)
    assert came.places == list(range(40))


class Patient(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Leaves the first question unanswered until enough of the input was read."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._enough, self._enough_on_loop = threading.Event(), asyncio.Event()

    def go_on(self) -> None:
        self._enough.set()
        self._enough_on_loop.set()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert b"Question 0" not in request.content or self._enough.wait(HANGS)
        return self._server.answer(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if b"Question 0" in request.content:
            await asyncio.wait_for(self._enough_on_loop.wait(), HANGS)
        return self._server.answer(request)


@pytest.mark.parametrize("in_order", [False, True])
def test_the_input_is_read_a_little_ahead_and_no_more(run: Runs, in_order: bool) -> None:
    taken = 0
    most = 0

    def source() -> Iterator[dict[str, Any]]:
        nonlocal most
        for number, request in enumerate(asked(*numbers(60))):
            most = max(most, number + 1 - taken)
            if number + 1 == (12 if in_order else 3):
                transport.go_on()
            yield request

    def each(bulk: object, outcome: object) -> None:
        nonlocal taken
        taken += 1

    server = Server()
    transport = Patient(server)
    client = {**server.client, "transport": transport}
    came = run(source(), "create", client=client, concurrency=3, in_order=in_order, each=each)
    assert len(came.taken) == 60
    assert most <= 13  # Four for each call, and the one that is being read.
    assert server.most_at_once <= 3


def test_nothing_is_read_before_it_is_iterated_over() -> None:
    def source() -> Iterator[dict[str, Any]]:
        raise AssertionError("read")
        yield

    with Aurous(**Server().client).bulk() as bulk:
        bulk.create(source())
    assert (bulk.summary.stopped, bulk.summary.done) == ("stopped", 0)


# --- Stops ---


PLANS = st.lists(
    st.sampled_from(["fine", "fine", "fine", "bad", "lost", "poor", "wrong", "stop", "break"]), max_size=14
)


@pytest.mark.parametrize("runs", [run_sync, run_async], ids=["sync", "async"])
@settings(max_examples=40)
@given(
    plan=PLANS,
    concurrency=st.integers(1, 4),
    in_order=st.booleans(),
    breaks_at=st.none() | st.integers(0, 14),
)
def test_every_item_is_an_outcome_or_is_left_and_never_both(
    runs: Runs, plan: list[str], concurrency: int, in_order: bool, breaks_at: int | None
) -> None:
    read = 0

    def source() -> Iterator[Any]:
        nonlocal read
        for number, what in enumerate(plan):
            if number == breaks_at:
                raise LookupError("the input")
            read += 1
            yield 7 if what == "wrong" else BulkItem.create(model=MODEL, messages=what)

    def each(bulk: Any, outcome: BulkOutcome[Any]) -> bool:
        what = plan[outcome.position]
        if what == "stop":
            bulk.stop()
        return what == "break"

    server = Server()
    came = runs(source(), client=server.client, concurrency=concurrency, in_order=in_order, each=each)
    places = came.places + [int(str(item.key)) for item in came.left]
    assert sorted(places) == list(range(read))
    assert came.places == sorted(came.places) or not in_order
    for outcome in came.taken:
        wanted = {"bad": BadRequestError, "lost": APIConnectionError, "wrong": ConfigurationError}
        assert type(outcome.error) is wanted.get(plan[outcome.position], type(None))
    assert isinstance(came.raised, LookupError | None)
    assert (came.summary.stopped == "error") is (came.raised is not None)
    assert came.summary.done >= len(came.taken)
    if "poor" not in plan and came.summary.stopped == "finished":
        assert came.left == []
        assert len(server.keys) == len(plan) - plan.count("wrong")


def test_credits_that_run_out_stop_it(run: Runs, access: dict[str, Any], aurous_emulator: Emulator) -> None:
    aurous_emulator.answers("Tokyo.", "Tokyo.", times=1)
    aurous_emulator.answers(Refusal(code="balance_too_low"), times=None)
    came = run(asked(*numbers(30)), "create", client=access, concurrency=2)
    assert len(came.taken) == 2
    assert len(came.left) == 28
    assert came.summary.stopped == "budget"
    assert isinstance(came.summary.error, InsufficientCreditsError)
    assert came.raised is None


def test_a_budget_stops_it(run: Runs) -> None:
    class Broke(Server):
        def answer_to(self, question: str) -> httpx.Response:
            if question == "Question 3":
                raise BudgetExceededError("the budget does not cover it")
            return super().answer_to(question)

    came = run(asked(*numbers(9)), "create", client=Broke().client, concurrency=1)
    assert (came.places, came.summary.stopped) == ([0, 1, 2], "budget")
    assert [item.key for item in came.left] == [str(number) for number in range(3, 9)]


def test_rates_that_cannot_be_had_are_no_budget_that_is_used_up(
    run: Runs, access: dict[str, Any], aurous_emulator: Emulator
) -> None:
    aurous_emulator.fail(status=401, operation="models.list", times=2)
    came = run(asked(*numbers(3)), "create", client={**access, "budget": Budget(credits=5)}, concurrency=1)
    assert [type(outcome.error) for outcome in came.taken] == [AuthenticationError, AuthenticationError, type(None)]
    assert came.summary.stopped == "finished"


@pytest.mark.parametrize(
    ("budget", "answered"),
    [
        pytest.param({"credits": "2"}, 40, id="covers all, and eight holds do not"),
        pytest.param({"credits": "0.001"}, 0, id="covers none"),
        pytest.param({"credits": "2", "requests": 11}, 11, id="so many requests"),
    ],
)
def test_a_lack_that_the_calls_under_way_make_is_waited_for(
    run: Runs, access: dict[str, Any], budget: dict[str, Any], answered: int
) -> None:
    requests = [{**request, "max_tokens": 1024} for request in asked(*numbers(40))]
    came = run(requests, "create", client={**access, "budget": Budget(**budget)}, concurrency=8)
    assert (len(came.taken), len(came.left)) == (answered, 40 - answered)
    assert came.summary.stopped == ("finished" if answered == 40 else "budget")
    assert came.summary.in_flight == 0


class Ticking(Server):
    """Each answer takes a second by the clock of the client."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = FakeClock()

    @property
    def client(self) -> dict[str, Any]:
        return {**super().client, "clock": self.clock}

    def answer_to(self, question: str) -> httpx.Response:
        self.clock.elapsed += 1
        return super().answer_to(question)


def test_the_deadline_stops_it(run: Runs) -> None:
    came = run(asked(*numbers(9)), "create", client=Ticking().client, concurrency=1, timeout=3.5)
    assert (came.places, came.summary.stopped) == ([0, 1, 2, 3], "deadline")
    assert len(came.left) == 5
    assert came.summary.elapsed == 4
    assert came.raised is None


def test_what_is_in_flight_ends_by_the_deadline(run: Runs) -> None:
    with Emulator() as emulator:
        emulator.answers("Tokyo.", after=HANGS * 10, times=None)
        access = {"api_key": emulator.api_key, "base_url": emulator.base_url}
        came = run(asked(*numbers(9)), "create", client=access, concurrency=2, timeout=0.5)
    assert [type(outcome.error).__name__ for outcome in came.taken] == ["APITimeoutError"] * 2
    assert (came.summary.stopped, came.summary.unanswered, len(came.left)) == ("deadline", 2, 7)


def test_an_input_that_raises_stops_it_and_is_raised_last(run: Runs) -> None:
    def source() -> Iterator[dict[str, Any]]:
        yield from asked(*numbers(3))
        raise LookupError("row 3")

    came = run(source(), "create")
    assert sorted([*came.places, *(int(str(item.key)) for item in came.left)]) == [0, 1, 2]
    assert isinstance(came.raised, LookupError)
    assert came.summary.error is came.raised


def test_stop_hands_out_what_is_in_flight(run: Runs) -> None:
    came = run(asked(*numbers(50)), "create", each=lambda bulk, _: bulk.stop(), concurrency=3)
    assert came.summary.stopped == "stopped"
    assert len(came.taken) + len(came.left) == 50
    assert 0 < len(came.taken) < 50
    assert came.summary.in_flight == 0


def test_what_is_left_goes_on_under_the_same_keys(run: Runs) -> None:
    first, second, whole = Server(), Server(), Server()
    came = run(asked(*numbers(20)), "create", client=first.client, run="r", each=lambda bulk, _: bulk.stop())
    rest = run(came.left, client=second.client, run="r")
    run(asked(*numbers(20)), "create", client=whole.client, run="r")
    assert sorted(first.keys + second.keys) == sorted(whole.keys)
    assert sorted([*(each.key for each in came.taken), *(each.key for each in rest.taken)], key=int) == [
        str(number) for number in range(20)
    ]


def test_what_is_left_is_not_known_before_the_end() -> None:
    with Aurous(**Server().client).bulk() as bulk:
        for _ in bulk.create(asked("Hi")):
            with pytest.raises(ConfigurationError, match="goes on still"):
                bulk.remaining()


# --- Ctrl-C and cancellation ---


class Interrupting(Server):
    """Somebody presses Ctrl-C while a question is being answered: so many times, each noticed before it goes on."""

    def __init__(self, question: str, times: int = 1) -> None:
        super().__init__()
        self._question = question
        self._times = times
        self._noticed = threading.Semaphore(0)

    def noticed(self, number: int, frame: object) -> None:
        self._noticed.release()
        raise KeyboardInterrupt

    def answer_to(self, question: str) -> httpx.Response:
        if question == self._question:
            for _ in range(self._times):
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
                assert self._noticed.acquire(timeout=HANGS)
        return super().answer_to(question)


@pytest.fixture
def on_sigint() -> Iterator[Callable[[Any], Any]]:
    """Sets what happens at Ctrl-C."""
    before = signal.getsignal(signal.SIGINT)
    yield lambda handler: signal.signal(signal.SIGINT, handler)
    signal.signal(signal.SIGINT, before)


on_posix = pytest.mark.skipif(sys.platform == "win32", reason="signals are sent to a thread")


@on_posix
@pytest.mark.parametrize("is_reading", [False, True], ids=["waits for answers", "reads the input"])
def test_ctrl_c_hands_out_what_is_in_flight_and_is_raised_then(
    on_sigint: Callable[[Any], Any], is_reading: bool
) -> None:
    server = Interrupting("Question 2")
    on_sigint(server.noticed)

    def source() -> Iterator[dict[str, Any]]:
        yield from asked(*numbers(3))
        if is_reading:
            threading.Event().wait(HANGS)
        yield from asked("More", "and more")

    came = run_sync(source(), "create", client=server.client, concurrency=3 if not is_reading else 4)
    assert isinstance(came.raised, KeyboardInterrupt)
    assert came.summary.stopped == "interrupted"
    assert {0, 1, 2} <= {*came.places, *(int(str(item.key)) for item in came.left)}
    assert 2 in came.places


@on_posix
def test_a_second_ctrl_c_waits_for_nothing(on_sigint: Callable[[Any], Any]) -> None:
    server = Interrupting("Question 1", times=2)
    on_sigint(server.noticed)
    bulk = Aurous(**server.client).bulk(concurrency=2)
    taken: list[int] = []
    with pytest.raises(KeyboardInterrupt), bulk:
        taken.extend(outcome.position for outcome in bulk.create(asked(*numbers(9))))
    assert 1 not in taken
    for thread in threading.enumerate():
        if thread.name == "aurous-bulk":
            thread.join(HANGS)
            assert not thread.is_alive()
    assert "1" in [item.key for item in bulk.remaining()]


def interrupted_at(point: int, bulk: Bulk) -> tuple[list[int], list[type[BaseException]], bool]:
    """What is read where Ctrl-C comes at a point of our own code; whether there is such a point.

    Signals are handled where a function begins, and after a call of C.
    """
    places: list[int] = []
    raised: list[type[BaseException]] = []
    points = 0

    def profile(frame: FrameType, event: str, _: object) -> None:
        nonlocal points
        if event in ("call", "c_return") and frame.f_code.co_filename.endswith(
            ("book.py", "entry.py", "in_threads.py")
        ):
            points += 1
            if points == point:
                raise KeyboardInterrupt

    with suppress(KeyboardInterrupt), bulk:
        outcomes = bulk.create(iter(asked(*numbers(3))))
        sys.setprofile(profile)
        for _ in range(2):
            try:
                for outcome in outcomes:
                    places.append(outcome.position)  # noqa: PERF401  # what came before counts
            except BaseException as error:  # noqa: BLE001
                raised.append(type(error))
        sys.setprofile(None)
    return places, raised, points >= point


@pytest.mark.parametrize("in_order", [False, True])
def test_ctrl_c_at_any_point_loses_nothing_and_counts_nothing_twice(in_order: bool) -> None:
    point = 0
    with Aurous(**Server().client) as client:
        for point in count(1):
            bulk = client.bulk(concurrency=2, in_order=in_order)
            places, raised, is_there = interrupted_at(point, bulk)
            if not is_there:
                break
            assert raised == [KeyboardInterrupt], point
            assert sorted([*places, *(int(str(item.key)) for item in bulk.remaining())]) == [0, 1, 2], point
            assert (bulk.summary.succeeded, bulk.summary.in_flight) == (len(places), 0), point
    assert point > 50


@pytest.mark.parametrize(
    ("error", "starts", "stopped"),
    [
        pytest.param(KeyboardInterrupt, 1, "interrupted", id="Ctrl-C"),
        pytest.param(RuntimeError, 0, "error", id="no thread at all"),
        pytest.param(RuntimeError, 1, "finished", id="fewer threads"),
    ],
)
def test_a_thread_that_is_not_started_loses_nothing(
    monkeypatch: pytest.MonkeyPatch, error: type[BaseException], starts: int, stopped: str
) -> None:
    start, left = threading.Thread.start, starts

    def limited(thread: threading.Thread) -> None:
        nonlocal left
        if thread.name == "aurous-bulk" and left == 0:
            raise error
        left -= 1
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", limited)
    came = run_sync(asked(*numbers(9)), "create", concurrency=3)
    assert (came.summary.stopped, type(came.raised)) == (stopped, type(None) if stopped == "finished" else error)
    assert sorted([*came.places, *(int(str(item.key)) for item in came.left)]) == list(range(9))


def test_a_cancelled_task_leaves_nothing_behind(access: dict[str, Any], aurous_emulator: Emulator) -> None:
    aurous_emulator.answers("Tokyo.", after=HANGS * 10, times=None)

    async def main() -> None:
        async with AsyncAurous(**access) as client:
            bulk = client.bulk(concurrency=3)
            begun = asyncio.Event()

            async def source() -> AsyncGenerator[dict[str, Any]]:
                for number, request in enumerate(asked(*numbers(9))):
                    if number == 2:
                        begun.set()
                    yield request

            async def read() -> None:
                async with aclosing(source()) as requests, bulk:
                    async for _ in bulk.create(requests):
                        raise AssertionError("nothing was answered")

            task = asyncio.create_task(read())
            await begun.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert asyncio.all_tasks() == {asyncio.current_task()}
            assert len([item async for item in bulk.remaining()]) in (2, 3)

    asyncio.run(main())


def test_an_input_that_is_waited_for_keeps_no_outcome_back() -> None:
    """As with a queue: what comes next depends on what came before."""

    async def main() -> None:
        queue: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()

        async def source() -> AsyncGenerator[dict[str, Any]]:
            while (request := await queue.get()) is not None:
                yield request

        async with AsyncAurous(**Server().client) as client, aclosing(source()) as requests, client.bulk() as bulk:
            queue.put_nowait(asked("Question 0")[0])
            async for outcome in bulk.create(requests):
                queue.put_nowait(asked("More")[0] if outcome.position < 5 else None)
            assert bulk.summary.succeeded == 6

    asyncio.run(main())


@pytest.mark.parametrize(
    ("clock", "timeout"), [(None, 0.05), (EmulatorClock(), 3600)], ids=["the machine's time", "a clock for tests"]
)
def test_an_input_that_brings_nothing_is_given_up_at_the_deadline(clock: EmulatorClock | None, timeout: float) -> None:
    async def main() -> None:
        async def source() -> AsyncGenerator[dict[str, Any]]:
            yield asked("Hi")[0]
            await asyncio.Event().wait()

        async with AsyncAurous(**Server().client, clock=clock) as client:
            bulk = client.bulk(timeout=timeout)
            async with aclosing(source()) as requests, bulk:
                assert [outcome.ok async for outcome in bulk.create(requests)] == [True]
                assert bulk.summary.stopped == "deadline"
            with pytest.raises(ConfigurationError, match="so its rest is not known"):
                [item async for item in bulk.remaining()]

    asyncio.run(main())


def test_a_clock_for_tests_leaps_over_no_input_that_is_on_its_way() -> None:
    async def main() -> None:
        async def source() -> AsyncGenerator[dict[str, Any]]:
            for request in asked(*numbers(3)):
                for _ in range(9):
                    await asyncio.sleep(0)
                yield request

        async with AsyncAurous(**Server().client, clock=EmulatorClock()) as client, client.bulk(timeout=5) as bulk:
            assert len([outcome async for outcome in bulk.create(source())]) == 3
            assert bulk.summary.stopped == "finished"

    asyncio.run(main())


def test_a_clock_that_refuses_to_wait_is_heard() -> None:
    async def source() -> AsyncGenerator[dict[str, Any]]:
        await asyncio.Event().wait()
        yield {}

    async def main() -> None:
        clock = EmulatorClock()
        async with AsyncAurous(**Server().client, clock=clock) as client, client.bulk(timeout=5) as bulk:
            clock.end()
            with pytest.raises(RuntimeError, match="the test that this clock is for is over"):
                await anext(bulk.create(source()))

    asyncio.run(main())


def test_one_task_reads_an_asynchronous_input() -> None:
    async def main() -> None:
        tasks: set[Any] = set()

        async def source() -> AsyncGenerator[dict[str, Any]]:
            async with asyncio.timeout(HANGS):  # which belongs to its task
                for request in asked(*numbers(9)):
                    tasks.add(asyncio.current_task())
                    yield request

        async with AsyncAurous(**Server().client) as client, client.bulk(concurrency=2) as bulk:
            assert len([outcome async for outcome in bulk.create(source())]) == 9
        assert len(tasks) == 1

    asyncio.run(main())


# --- Elsewhere ---


def in_child(function: Callable[[], object]) -> str:
    """What a function gives in a forked child; the message where it raises an error of ours."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(HANGS)
        try:
            os.write(theirs, str(function()).encode())
        except AurousError as error:
            os.write(theirs, error.message.encode())
        finally:
            os._exit(0)
    os.close(theirs)
    with os.fdopen(ours, "rb") as answer:
        told = answer.read().decode()
    os.waitpid(child, 0)
    return told


def awaited(returned: Any) -> Any:
    """What is awaited, if it is there at once: no event loop runs in a child."""
    if not hasattr(returned, "send"):
        return returned
    try:
        returned.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("it waits")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_forked_child_is_refused_and_leaves_at_once(run: Runs) -> None:
    told: list[str] = []

    def each(bulk: Any, outcome: BulkOutcome[Any]) -> None:
        if outcome.position == 1:  # while the first is under way
            uses = {
                "stop": bulk.stop,
                "remaining": bulk.remaining,
                "create": lambda: bulk.create([]),
                "leave": lambda: awaited((bulk.__exit__ if run is run_sync else bulk.__aexit__)(None, None, None)),
            }
            told.extend(f"{name}: {in_child(use)}" for name, use in uses.items())
            transport.go_on()

    server = Server()
    transport = Patient(server)
    client = {**server.client, "transport": transport}
    came = run(asked(*numbers(9)), "create", client=client, concurrency=2, each=each)
    refusal = "the bulk belongs to the process that this one was forked from. To do: make another one here"
    assert [each.partition(refusal)[:2] for each in told[:3]] == [
        (f"{name}: ", refusal) for name in ("stop", "remaining", "create")
    ]
    assert told[3] == "leave: None"
    assert came.texts == numbers(9)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_forked_child_reads_nothing() -> None:
    with Aurous(**Server().client).bulk(concurrency=1) as bulk:
        outcomes = bulk.create(asked(*numbers(2)))
        next(outcomes)
        assert "was forked from" in in_child(lambda: next(outcomes))
        assert next(outcomes).ok

    async def main() -> None:
        async with AsyncAurous(**Server().client).bulk(concurrency=1) as bulk:
            outcomes = bulk.create(asked(*numbers(2)))
            await anext(outcomes)
            assert "was forked from" in in_child(lambda: awaited(anext(outcomes)))
            assert (await anext(outcomes)).ok

    asyncio.run(main())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_an_input_that_forks_hangs_nobody() -> None:
    children: list[int] = []

    def source() -> Iterator[dict[str, Any]]:
        yield from asked("Hi")
        children.append(os.fork())
        if not children[0]:
            signal.alarm(HANGS)
        yield from asked("Ho")

    try:
        with Aurous(**Server().client).bulk() as bulk:
            assert all(outcome.ok for outcome in bulk.create(source()))
    except ConfigurationError as error:
        if not children[0]:
            os._exit(7 if "was forked from" in error.message else 1)
        raise
    finally:
        if not children[0]:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(children[0], 0)[1]) == 7


def test_another_event_loop_is_refused_and_what_is_left_is_there() -> None:
    loops = asyncio.Runner(), asyncio.Runner()
    client = AsyncAurous(**Server().client)
    bulk = client.bulk(concurrency=1)

    async def begin() -> Any:
        await bulk.__aenter__()
        outcomes = bulk.create(asked(*numbers(5)))
        assert (await anext(outcomes)).position == 0
        return outcomes

    async def go_on(outcomes: Any) -> list[Any]:
        with pytest.raises(ConfigurationError, match="belongs to another event loop"):
            await anext(outcomes)
        await bulk.__aexit__(None, None, None)
        return [item.key async for item in bulk.remaining()]

    with loops[0] as first:
        outcomes = first.run(begin())
    bulk.stop()
    with loops[1] as second:
        assert second.run(go_on(outcomes)) == ["1", "2", "3", "4"]
    assert bulk.summary.stopped == "stopped"


def test_an_asynchronous_input_does_not_outlive_its_event_loop() -> None:
    bulk = AsyncAurous(**Server().client).bulk(concurrency=1)

    async def source() -> AsyncGenerator[dict[str, Any]]:
        for request in asked(*numbers(5)):
            yield request

    async def begin() -> None:
        await bulk.__aenter__()
        await anext(bulk.create(source()))

    async def go_on() -> None:
        await bulk.__aexit__(None, None, None)
        with pytest.raises(ConfigurationError, match="its rest is not known"):
            [item async for item in bulk.remaining()]

    asyncio.run(begin())
    asyncio.run(go_on())


# --- Using it wrongly ---


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"run": ""}, "run is ''. To do: pass a text"),
        ({"run": 7}, "run is 7"),
        ({"concurrency": 0}, "concurrency 0 is not a whole number of at least 1"),
        ({"concurrency": 101}, "To do: make the client with max_connections=101"),
        ({"concurrency": 10**400}, "..., and the client has 100 connections"),
        ({"timeout": 0}, "timeout 0 is not a number of seconds"),
        ({"journal": 7}, "journal is 7. To do: pass the path of a file"),
        ({"progress": 7}, "progress is int, which cannot be called"),
    ],
)
def test_an_option_that_cannot_be_is_refused(options: dict[str, Any], words: str) -> None:
    for client in (Aurous(**Server().client), AsyncAurous(**Server().client)):
        with pytest.raises(ConfigurationError, match=re.escape(words)) as refused:
            client.bulk(**options)
        assert refused.value.param == next(iter(options))
        assert len(str(refused.value)) < 300


def test_a_bulk_is_entered_once_has_one_input_and_works_within_its_block() -> None:
    bulk = Aurous(**Server().client).bulk()
    too_early: dict[str, list[Callable[[], object]]] = {
        "enter it by with first": [lambda: bulk.create([]), lambda: bulk.run],
        "no input yet": [bulk.stop, bulk.remaining],
    }
    for words, calls in too_early.items():
        for call in calls:
            with pytest.raises(ConfigurationError, match=words):
                call()
    with bulk:
        assert (bulk.summary.done, bulk.summary.total, bulk.summary.stopped) == (0, None, None)
        with pytest.raises(ConfigurationError, match="requests is int"):
            bulk.create(7)  # type: ignore[arg-type]
        with pytest.raises(ConfigurationError, match=r"requests is dict, .* To do: pass its pairs, by \.items\(\)"):
            bulk.create({"a": asked("Hi")[0]})  # type: ignore[dict-item]
        with pytest.raises(ConfigurationError, match="ids is str, which gives its characters") as refused:
            bulk.retrieve("cmp_01HXMQ7Z3K8Y2COMPLETED")
        assert refused.value.param == "ids"
        assert list(bulk.create([])) == []
        with pytest.raises(ConfigurationError, match="has its input already"):
            bulk.create([])
    with pytest.raises(ConfigurationError, match="was entered before"), bulk:
        pass
    with pytest.raises(ConfigurationError, match="enter it by with first"):
        bulk.create([])


def test_outcomes_are_read_by_one_at_a_time() -> None:
    def source() -> Iterator[dict[str, Any]]:
        next(outcomes)
        yield from asked("Hi")

    with Aurous(**Server().client).bulk() as bulk:
        outcomes = bulk.create(source())
        with pytest.raises(ConfigurationError, match="are being read already"):
            next(outcomes)


def test_a_bulk_in_a_bulk() -> None:
    with Aurous(**Server().client) as aurous, aurous.bulk(concurrency=2) as outer:
        for _ in outer.create(asked(*numbers(5))):
            with aurous.bulk(concurrency=2) as bulk:
                assert len(list(bulk.create(asked(*numbers(3))))) == 3
        assert outer.summary.succeeded == 5


def test_progress_is_told_after_each_outcome_and_at_the_end(run: Runs) -> None:
    seen: list[BulkSummary] = []
    came = run(asked(*numbers(4)), "create", progress=seen.append)
    assert [(each.done, each.stopped) for each in seen[-1:]] == [(4, "finished")]
    assert len(seen) == 5
    assert seen[-1] == came.summary
    assert json.loads(json.dumps(came.summary.as_dict()))["credits"] == str(came.summary.credits)


def test_a_progress_that_raises_stops_it_and_loses_nothing(run: Runs) -> None:
    def progress(summary: BulkSummary) -> None:
        raise ZeroDivisionError

    came = run(asked(*numbers(20)), "create", progress=progress, concurrency=2)
    assert isinstance(came.raised, ZeroDivisionError)
    assert len(came.taken) + len(came.left) == 20
    assert came.taken


def test_progress_may_be_a_coroutine_function() -> None:
    seen: list[int] = []

    async def progress(summary: BulkSummary) -> None:
        await asyncio.sleep(0)
        seen.append(summary.done)

    run_async(asked(*numbers(3)), "create", progress=progress)
    assert seen[-1] == 3
    with pytest.raises(ConfigurationError, match="coroutine function"):
        Aurous(**Server().client).bulk(progress=progress)


def test_the_line_is_written_to_terminals_only(run: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal:
        is_one = True
        text = ""

        def isatty(self) -> bool:
            return self.is_one

        def write(self, text: str) -> None:
            self.text += text

        def flush(self) -> None:
            pass

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    run(asked(*numbers(3), "bad"), "create", progress=True)
    last = terminal.text.rpartition("\r")[2]
    assert re.fullmatch(r"\x1b\[K4(/4)? done, 1 failed, 0\.0351 credits, 0 s, finished\n", last), last
    terminal.is_one, terminal.text = False, ""
    run(asked("Hi"), "create", progress=True)
    assert terminal.text == ""


# --- Keys ---


def key_of(run: Runs, item: BulkItem[Any], name: str | None = "r", **client: Any) -> str:
    server = Server()
    run([item], client={**server.client, **client}, run=name)
    (key,) = server.keys
    assert len(key) == 36
    return key


def test_a_key_is_made_of_the_run_the_item_and_its_body(run: Runs) -> None:
    item = BulkItem.create(key="a", model=MODEL, messages="Hi", seed=7)
    key = key_of(run, item)
    assert key == "7db0be9e-cdac-5c61-87bb-67d80766c32e"  # another one would bill a run anew
    assert key == key_of(run_sync, BulkItem.create(seed=7, messages="Hi", model=MODEL, key="a", timeout=5))
    assert key == key_of(run, BulkItem("chat.completions.create", (), {"seed": 7, **asked("Hi")[0]}, "a"))
    others = [
        key_of(run, item, "s"),
        key_of(run, item, None),
        key_of(run, BulkItem.create(key="b", model=MODEL, messages="Hi", seed=7)),
        key_of(run, BulkItem.create(key="a", model=MODEL, messages="Hi", seed=8)),
    ]
    assert len({key, *others}) == 5


def test_a_run_that_is_repeated_is_answered_from_the_memory_of_the_api(
    run: Runs, access: dict[str, Any], aurous_emulator: Emulator
) -> None:
    mix = [
        *items(*numbers(5)),
        BulkItem.parse(City, model=MODEL, messages="Hi"),
        BulkItem.embed(model=EMBEDDER, input="a"),
    ]
    first = run(mix, client=access, run="r")
    again = run(mix, client=access, run="r")
    assert (first.summary.replayed, again.summary.replayed) == (0, 7)
    assert (again.summary.credits, again.summary.credits_before) == (Decimal(0), first.summary.credits)
    assert sum(billed(aurous_emulator)) == first.summary.credits


def test_two_items_of_one_key_are_one_request_where_the_body_is_the_same(
    run: Runs, access: dict[str, Any], aurous_emulator: Emulator
) -> None:
    came = run([("a", each) for each in asked("Hi", "Hi", "Ho")], "create", client=access)
    assert came.texts == ["You asked: Hi", "You asked: Hi", "You asked: Ho"]
    assert len(billed(aurous_emulator)) == 2
    assert came.summary.credits == sum(billed(aurous_emulator))


# --- The journal ---


def test_what_the_journal_has_is_not_asked_again(
    run: Runs, access: dict[str, Any], aurous_emulator: Emulator, tmp_path: Path
) -> None:
    mix: list[BulkItem[Any]] = [
        *items(*numbers(3)),
        BulkItem.parse(City, model=MODEL, messages="Hi"),
        BulkItem.embed(model=EMBEDDER, input="a"),
        BulkItem.retrieve(aurous_emulator.ids["completed"]),
    ]
    options: dict[str, Any] = {"journal": tmp_path / "run.jsonl", "client": access, "in_order": True}
    first = run(mix, **options)
    asked_before = len(aurous_emulator.requests)
    again = run(mix, **options)
    assert len(aurous_emulator.requests) == asked_before
    assert [outcome.result for outcome in again.taken] == [outcome.result for outcome in first.taken]
    assert [outcome.sent for outcome in again.taken] == [False] * 6
    assert (again.summary.journaled, again.summary.sent) == (6, 0)
    assert (again.summary.credits, again.summary.credits_before) == (Decimal(0), first.summary.credits)


def test_a_completion_that_goes_on_still_is_not_journaled(
    run: Runs, access: dict[str, Any], aurous_emulator: Emulator, tmp_path: Path
) -> None:
    for _ in range(2):
        came = run([aurous_emulator.ids["in_progress"]], "retrieve", client=access, journal=tmp_path / "run.jsonl")
        assert came.summary.sent == 1


def test_a_journal_outlives_the_memory_of_the_api(run: Runs, tmp_path: Path) -> None:
    clock = EmulatorClock(start=1_800_000_000, autojump=False)
    with Emulator(clock=clock) as emulator:
        access = {"api_key": emulator.api_key, "base_url": emulator.base_url}
        options: dict[str, Any] = {"client": access, "run": "r", "journal": tmp_path / "run.jsonl"}
        run(asked(*numbers(3)), "create", **options)
        clock.advance(DAY + 1)
        came = run(asked(*numbers(4)), "create", **options)
        assert (came.summary.journaled, came.summary.sent, len(billed(emulator))) == (3, 1, 4)


def journaled(path: Path, *questions: str, run: str | None = None) -> BulkSummary:
    return run_sync(asked(*questions), "create", journal=path, run=run).summary


@pytest.mark.parametrize(
    "torn", [b"{", b'{"key": "', b'{"key": "0', b'{"key": "01234567-0123-0123-0123-0123456789ab", "it']
)
def test_a_torn_last_line_is_cut_off(tmp_path: Path, torn: bytes) -> None:
    path = tmp_path / "run.jsonl"
    journaled(path, "a", "b")
    whole = path.read_bytes()
    path.write_bytes(whole + torn)
    assert journaled(path, "a", "b", "c").journaled == 2
    assert path.read_bytes().startswith(whole)
    assert len([json.loads(line) for line in path.read_bytes().splitlines()]) == 4


@pytest.mark.parametrize("length", range(0, 40, 3))
def test_a_journal_that_was_torn_anywhere_goes_on(tmp_path: Path, length: int) -> None:
    path = tmp_path / "run.jsonl"
    journaled(path, "a", run="r")
    whole = path.read_bytes()
    path.write_bytes(whole[:length])
    journaled(path, "a", run="r")
    assert path.read_bytes().splitlines()[0] == whole.splitlines()[0]


def test_a_line_that_is_damaged_is_asked_again(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    journaled(path, "a", "b")
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], lines[1].replace(b'"result"', b'"resul'), b"nonsense\n", *lines[2:]]))
    again = journaled(path, "a", "b")
    assert (again.journaled, again.sent) == (1, 1)


def test_the_journal_names_its_run_and_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    with Aurous(**Server().client).bulk(journal=path) as bulk:
        name = bulk.run
    with Aurous(**Server().client).bulk(journal=path) as bulk:
        assert bulk.run == name
    assert path.stat().st_mode & 0o077 == 0 or sys.platform == "win32"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"journal": 1, "run": "other"}\n', "is that of the run 'other', not of 'r'"),
        (b"id,name\n1,Tokyo\n", "is no journal"),
        (b"precious", "is no journal"),
        (b'{"journal": 2, "run": "r"}\n', "is no journal"),
    ],
)
def test_a_file_that_is_not_the_journal_of_this_run_is_left_alone(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "run.jsonl"
    path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=re.escape(words)):
        Aurous(**Server().client).bulk(run="r", journal=path).__enter__()
    assert path.read_bytes() == content


def test_a_path_that_is_no_file_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere" / "run.jsonl"):
        with pytest.raises(ConfigurationError, match="cannot be opened"):
            Aurous(**Server().client).bulk(journal=path).__enter__()
    if sys.platform != "win32":
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(ConfigurationError, match="is no file"):
            Aurous(**Server().client).bulk(journal=tmp_path / "pipe").__enter__()


def test_a_journal_has_one_writer(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    with (
        Aurous(**Server().client).bulk(journal=path),
        pytest.raises(ConfigurationError, match="is in use by another writer"),
        Aurous(**Server().client).bulk(journal=path),
    ):
        pass
    with Aurous(**Server().client).bulk(journal=path):  # free again
        pass


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_forked_child_keeps_no_journal_from_others(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    bulk = Aurous(**Server().client).bulk(journal=path)
    ours, theirs = socket.socketpair()
    with bulk:
        child = os.fork()
        if child == 0:
            try:
                ours.close()
                theirs.send(b"forked")
                theirs.recv(1)  # until it is closed
                bulk.__exit__(None, None, None)
            except BaseException:  # noqa: BLE001  # it is not to go on as pytest
                os._exit(1)
            os._exit(0)
        theirs.close()
        assert ours.recv(6) == b"forked"
        with pytest.raises(ConfigurationError, match="is in use"), Aurous(**Server().client).bulk(journal=path):
            pass
    with Aurous(**Server().client).bulk(journal=path):
        ours.close()
        assert os.waitpid(child, 0)[1] == 0


def test_a_journal_that_cannot_be_written_stops_it_and_the_answer_is_there(
    run: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.jsonl"
    journaled(path, "a", run="r")
    before = path.read_bytes()
    write = os.write

    def full(file: int, data: Any) -> int:
        if b"Question" in bytes(data):
            write(file, bytes(data)[:20])
            raise OSError(28, "No space left on device")
        return write(file, data)

    monkeypatch.setattr(os, "write", full)
    came = run(asked(*numbers(9)), "create", journal=path, run="r", concurrency=1)
    assert isinstance(came.raised, AurousError)
    assert "No space left on device" in str(came.raised)
    assert (came.texts, len(came.left)) == (["Question 0"], 8)
    assert path.read_bytes() == before


def failing(number: int, text: str) -> Callable[..., Any]:
    """A function of the operating system that fails."""

    def fail(*_: object) -> None:
        raise OSError(number, text)

    return fail


def test_a_journal_that_cannot_be_begun_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "write", failing(28, "No space left on device"))
    with pytest.raises(ConfigurationError, match=r"cannot be read or written \(No space left on device\)"):
        Aurous(**Server().client).bulk(journal=tmp_path / "run.jsonl").__enter__()


@pytest.mark.parametrize("ending", [None, KeyboardInterrupt, ZeroDivisionError])
def test_a_journal_that_cannot_be_flushed_is_told(
    run: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: type[BaseException] | None
) -> None:
    def each(bulk: object, outcome: object) -> None:
        if ending is not None:
            raise ending

    monkeypatch.setattr(os, "fsync", failing(122, "Disk quota exceeded"))
    raised = run(asked("Hi"), "create", journal=tmp_path / "run.jsonl", each=each).raised
    assert type(raised) is (ending or AurousError)
    told = str(raised) if ending is None else "".join(getattr(raised, "__notes__", ()))
    assert "may not be on the disk (Disk quota exceeded). To do: run the same again within 24 hours" in told


@pytest.mark.skipif(sys.platform == "win32", reason="a file that is open cannot be deleted")
@pytest.mark.parametrize("count", [1, 9])
def test_a_journal_that_is_deleted_meanwhile_is_told(run: Runs, tmp_path: Path, count: int) -> None:
    path = tmp_path / "run.jsonl"
    came = run(
        asked(*numbers(count)), "create", journal=path, concurrency=1, each=lambda *_: path.unlink(missing_ok=True)
    )
    assert type(came.raised) is AurousError
    assert "' was deleted, so what was written is lost. To do: run the same again" in str(came.raised)
    assert not hasattr(came.raised, "__notes__")
    assert len(came.taken) + len(came.left) == count
    assert came.summary.stopped == ("finished" if count == 1 else "error")


# --- Killed ---

BULK = """
import sys
from aurous import Aurous

url, key, journal = sys.argv[1:]
requests = [{"model": "aurous-grow-2.0-pro", "messages": f"Question {number}"} for number in range(30)]
def tell(event):
    print(event.failed.error.code, flush=True)

client = Aurous(key, base_url=url, on_retry=tell)
with client, client.bulk(run="r", concurrency=4, journal=journal or None) as bulk:
    for outcome in bulk.create(iter(requests)):
        assert outcome.raise_for_error().text == f"You asked: Question {outcome.position}"
summary = bulk.summary
print(summary.succeeded, summary.journaled, summary.replayed, summary.credits + summary.credits_before)
"""


@pytest.mark.parametrize("has_journal", [True, False])
def test_a_run_that_was_killed_and_is_run_again_is_billed_once(tmp_path: Path, has_journal: bool) -> None:
    asked_for = threading.Event()

    def is_twentieth(body: Any) -> bool:
        if body["messages"][0]["content"] != "Question 20":
            return False
        asked_for.set()
        return True

    clock = EmulatorClock(start=1_800_000_000, autojump=False)
    with Emulator(clock=clock) as emulator:
        emulator.answers(after=60, when=is_twentieth)
        path = str(tmp_path / "run.jsonl") if has_journal else ""
        command = [sys.executable, "-c", BULK, emulator.base_url, emulator.api_key, path]
        with subprocess.Popen(command) as killed:
            assert asked_for.wait(HANGS)
            killed.kill()
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as again:
            assert again.stdout is not None
            assert again.stdout.readline() == "idempotency_key_in_use\n"  # the twentieth is being written still
            clock.advance(60)
            succeeded, in_journal, replayed, credits = again.stdout.read().splitlines()[-1].split()
        assert (killed.returncode, again.returncode, succeeded) == (-signal.SIGKILL, 0, "30")
        assert int(in_journal) + int(replayed) >= 20 - 4
        assert (int(in_journal) > 0) is has_journal
        assert len(billed(emulator)) == 30
        assert sum(billed(emulator)) == Decimal(credits)
