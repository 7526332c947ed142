"""When time may jump: who takes part, who of them sleeps, what is due next. Nothing here looks at the machine's time.

Who takes part is awake or asleep, and tells of each change under one lock. Whoever makes the last one fall asleep moves
time to what is due next, and rings. A sleeper that was rung is awake from that instant, even before its thread or task
gets to run, so time cannot run away from it.
"""

from __future__ import annotations

import asyncio
import heapq
import math
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from itertools import count
from typing import Any

from attrs import define, field

from aurous.testing._participants import Exchange, Participant, Timer


@define(eq=False)
class Schedule:
    """Time, and all who wait for it."""

    autojump: bool
    elapsed: float = 0.0
    """Seconds since the start."""
    lock: threading.RLock = field(factory=threading.RLock)
    _timers: list[tuple[float, int, Timer]] = field(factory=list)
    _numbers: count[int] = field(factory=count)
    _present: dict[int | asyncio.Task[Any], Participant] = field(factory=dict)
    _parts: set[Participant] = field(factory=set)
    _awake: set[Participant] = field(factory=set)
    _blockers: dict[asyncio.AbstractEventLoop, Participant] = field(factory=dict)
    """Whoever sleeps in the thread of an event loop: meanwhile no task of that gets to run."""

    # --- Time ---

    def set_timer(self, due: float, ring: Callable[[], None]) -> Timer:
        """Let something be due. Under the lock."""
        timer = Timer(due, ring)
        heapq.heappush(self._timers, (due, next(self._numbers), timer))
        return timer

    def advance(self, seconds: float) -> None:
        """Let time pass, past everything that is due meanwhile, in its order."""
        with self.lock:
            until = self.elapsed + seconds
            while (timer := self._next()) is not None and timer.due <= until:
                self._go_to(timer.due)
            self.elapsed = until
            self.settle()

    def settle(self) -> None:
        """Jump to what is due next, while all sleep who take part. Under the lock, once one may have fallen asleep.

        Where nobody takes part, time stands: what a server does for a client that has left is no reason to go on.
        """
        while self.autojump and self._parts and not self._is_anybody_awake():
            timer = self._next()
            if timer is None or timer.due == math.inf:
                return
            self._go_to(timer.due)

    def _go_to(self, due: float) -> None:
        self.elapsed = max(self.elapsed, due)
        while (timer := self._next()) is not None and timer.due <= self.elapsed:
            timer.is_over = True
            timer.ring()

    def _next(self) -> Timer | None:
        while self._timers and self._timers[0][2].is_over:
            heapq.heappop(self._timers)
        return self._timers[0][2] if self._timers else None

    # --- Who takes part ---

    @contextmanager
    def taking_part(self, participant: Participant | None = None) -> Generator[Participant]:
        """Let somebody take part for the length of a block: by default the thread or the task that this runs in."""
        with self.lock:
            participant = participant or self._here()
            participant.depth += 1
            self._parts.add(participant)
            self.changed(participant)
            if participant.depth == 1:
                self._count_guest(participant, +1)
        try:
            yield participant
        finally:
            with self.lock:
                participant.depth -= 1
                if not participant.depth:
                    self._count_guest(participant, -1)
                    self._parts.discard(participant)
                    if participant.key is not None:
                        self._present.pop(participant.key, None)
                self.changed(participant)

    def _here(self) -> Participant:
        loop, thread = running_loop(), threading.get_ident()
        key = thread if loop is None else asyncio.current_task() or thread
        if key not in self._present:
            self._present[key] = Participant(key, loop, host=None if key == thread else self._present.get(thread))
        return self._present[key]

    def _count_guest(self, guest: Participant, number: int) -> None:
        """Let its host know that it has come, once it is awake itself; or that it goes, while it still is."""
        if guest.host is not None:
            guest.host.guests += number
            self.changed(guest.host)

    def changed(self, participant: Participant) -> None:
        """Note whether it is awake. Under the lock."""
        if participant.exchange is not None:
            self.limit(participant.exchange)
        if participant.depth and participant.is_awake:
            self._awake.add(participant)
        else:
            self._awake.discard(participant)
            self.settle()

    @contextmanager
    def nap(
        self, seconds: float, sleeper: Participant | Exchange, wake: Callable[[], None]
    ) -> Generator[Callable[[], None]]:
        """Let somebody sleep in a block, until so many seconds have passed.

        Args:
            seconds: How long.
            sleeper: Who sleeps: a participant, or the server in an exchange of one.
            wake: Called once it is over, in any thread.

        Yields:
            What ends it before, from any thread.
        """
        is_asleep = True

        def ring() -> None:
            nonlocal is_asleep
            if is_asleep:
                is_asleep = False
                sleeper.naps -= 1
                self.changed(sleeper.participant)
                wake()

        def end() -> None:
            with self.lock:
                timer.is_over = True
                ring()

        with self.lock:
            sleeper.naps += 1
            timer = self.set_timer(self.elapsed + max(seconds, 0.0), ring)
            self.changed(sleeper.participant)
        try:
            yield end
        finally:
            end()

    @contextmanager
    def blocking(self, sleeper: Participant) -> Generator[None]:
        """Let a participant stop the thread that this runs in, and with it the event loop that runs there."""
        loop = running_loop()
        if loop is None:
            yield
            return
        with self.lock:
            self._blockers[loop] = sleeper
        try:
            yield
        finally:
            with self.lock:
                del self._blockers[loop]

    def limit(self, exchange: Exchange) -> None:
        """Let the patience of a client be due while nothing happens in an exchange, or not. Under the lock."""
        if not exchange.is_idle and exchange.timer is not None:
            exchange.timer.is_over, exchange.timer = True, None
        elif exchange.is_idle and exchange.timer is None and (hang_up := exchange.hang_up) is not None:

            def expire() -> None:
                exchange.has_expired = True
                hang_up()
                self.changed(exchange.participant)

            exchange.timer = self.set_timer(min(exchange.deadline, exchange.heard + exchange.patience), expire)

    def _is_anybody_awake(self) -> bool:
        return any(one.loop is None or self._gets_to_run(one.loop) for one in self._awake)

    def _gets_to_run(self, loop: asyncio.AbstractEventLoop) -> bool:
        blocker = self._blockers.get(loop)
        return not loop.is_closed() and (blocker is None or not blocker.naps)

    def who_is_awake(self) -> list[str]:
        """Threads and tasks that keep time from going on, in words."""
        with self.lock:
            names = {thread.ident: thread.name for thread in threading.enumerate()}
            awake = [key for key, one in self._present.items() if one in self._awake]
            return [key.get_name() if isinstance(key, asyncio.Task) else names.get(key, "a thread") for key in awake]


def running_loop() -> asyncio.AbstractEventLoop | None:
    """The event loop that runs in this thread."""
    with suppress(RuntimeError):
        return asyncio.get_running_loop()
    return None
