"""A call as a clock for tests follows it: what it asks its driver to do tells whether it is awake."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from itertools import count
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary, WeakValueDictionary

from attrs import define, evolve, field

from aurous import _check
from aurous._engine.async_gathering import is_coroutine_function
from aurous._engine.effects import Effect, Flow, Gather, Read, Send
from aurous._http.failures import Failure, Kind
from aurous._http.wire import Response
from aurous.testing._participants import Exchange, Gathering, Participant, Wants
from aurous.testing._schedule import Schedule

HEADER: Final = "Aurous-Fake-Clock"
"""Names the exchange that a request belongs to, for an emulator on the same clock. It is sent to this machine only."""

T = TypeVar("T")


@define(eq=False)
class Calls:
    """The calls under way on one schedule."""

    schedule: Schedule
    _numbers: count[int] = field(factory=partial(count, 1))
    _exchanges: WeakValueDictionary[str, Exchange] = field(factory=WeakValueDictionary)
    _bodies: WeakKeyDictionary[Any, Exchange] = field(factory=WeakKeyDictionary)

    @contextmanager
    def served(self, name: str | None, hang_up: Callable[[], None] | None) -> Generator[Exchange]:
        """The exchange of a request that a server answers in a block.

        Args:
            name: What it has as `HEADER`. The request of a client that does not run on this clock takes part itself.
            hang_up: Breaks the connection that it came by; called in any thread.
        """
        exchange = self._exchanges.get(name or "")
        if exchange is not None:
            exchange.hang_up = hang_up
            yield exchange
            return
        participant = Participant()
        participant.exchange = exchange = Exchange(participant, Wants.WHOLE)
        with self.schedule.taking_part(participant):
            yield exchange

    def watch(self, flow: Flow[T]) -> Flow[T]:
        """The same call; whoever carries it out takes part, and sleeps where it waits for time."""
        outcome: Any = None
        try:
            with self.schedule.taking_part() as participant:
                while True:
                    try:
                        effect = flow.send(outcome)
                    except StopIteration as stop:
                        result: T = stop.value
                        return result
                    outcome = yield from self._carried_out(effect, participant)
        finally:
            flow.close()

    def _carried_out(self, effect: Effect, participant: Participant) -> Flow[Any]:
        if isinstance(effect, Send):
            return (yield from self._sent(effect, participant))
        if isinstance(effect, Read) and (exchange := self._bodies.get(effect.body)) is not None:
            return (yield from self._read(effect, exchange, participant))
        if isinstance(effect, Gather):
            return (yield from self._gathered(effect, participant))
        return (yield effect)

    def _sent(self, effect: Send, participant: Participant) -> Flow[Response | Failure]:
        exchange = Exchange(participant)
        if _check.is_loopback(urlsplit(effect.request.url).hostname or ""):
            name = str(next(self._numbers))
            self._exchanges[name] = exchange
            effect = evolve(effect, request=evolve(effect.request, headers=[*effect.request.headers, (HEADER, name)]))
        wants = Wants.HEAD if effect.keep_open else Wants.WHOLE
        with self._waiting(exchange, participant, wants, effect.remaining, effect.timeout.read):
            outcome: Response | Failure = yield effect
        if isinstance(outcome, Response) and outcome.open_body is not None:
            self._bodies[outcome.open_body] = exchange
        return self._in_time(outcome, exchange)

    def _read(self, effect: Read, exchange: Exchange, participant: Participant) -> Flow[bytes | Failure]:
        with self._waiting(exchange, participant, Wants.PIECE, effect.seconds, effect.seconds):
            outcome: bytes | Failure = yield effect
        if isinstance(outcome, bytes):
            exchange.received += len(outcome)
        return self._in_time(outcome, exchange)

    @contextmanager
    def _waiting(
        self, exchange: Exchange, participant: Participant, wants: Wants, remaining: float, patience: float
    ) -> Generator[None]:
        """Let the participant wait for an exchange in a block. A transport may make calls of its own meanwhile."""
        before = participant.exchange
        with self.schedule.lock:
            exchange.participant, exchange.wants = participant, wants
            exchange.heard = self.schedule.elapsed
            exchange.deadline, exchange.patience = exchange.heard + remaining, patience
            participant.exchange = exchange
            self.schedule.changed(participant)
        try:
            yield
        finally:
            with self.schedule.lock:
                exchange.wants = None
                self.schedule.limit(exchange)
                participant.exchange = before
                self.schedule.changed(participant)

    def _in_time(self, outcome: T, exchange: Exchange) -> T | Failure:
        """The outcome; where the time passed that the client waits, what comes of that."""
        if not exchange.has_expired:
            return outcome
        if isinstance(outcome, Response) and outcome.open_body is not None:
            outcome.open_body.abandon()
        elapsed = self.schedule.elapsed - exchange.heard
        return Failure(f"{Kind.READ_TIMEOUT.value} (by the clock of the test)", elapsed, timed_out=True)

    def _gathered(self, effect: Gather, participant: Participant) -> Flow[Any]:
        gathering = Gathering(len(effect.functions), effect.at_once)
        functions = [self._taking_part(function, gathering, participant) for function in effect.functions]
        with self.schedule.lock:
            participant.gathering = gathering
        try:
            return (yield evolve(effect, functions=functions))
        finally:
            with self.schedule.lock:
                participant.gathering = None
                self.schedule.changed(participant)

    def _taking_part(
        self, function: Callable[[], Any], gathering: Gathering, participant: Participant
    ) -> Callable[[], Any]:
        """The function, which takes part while it runs."""

        @contextmanager
        def running() -> Generator[None]:
            with self.schedule.taking_part():
                self._count(gathering, participant, running=1)
                try:
                    yield
                finally:
                    self._count(gathering, participant, running=-1, unfinished=-1)

        async def call_async() -> Any:
            with running():
                return await function()

        def call() -> Any:
            with running():
                return function()

        return call_async if is_coroutine_function(function) else call

    def _count(self, gathering: Gathering, participant: Participant, *, running: int, unfinished: int = 0) -> None:
        with self.schedule.lock:
            gathering.running += running
            gathering.unfinished += unfinished
            self.schedule.changed(participant)
