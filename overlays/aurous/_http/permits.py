"""Who may have a connection: so many at a time, the others wait.

A count would be wrong for good after an interrupt (Ctrl-C) between its change and what undoes it, and a lock that is
held then would stop every other thread. So a permit is a weak reference to what holds it, in a set: no lock, any thread
may give it back, and what is lost gives it back by being collected.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final
from weakref import ref

from aurous._clock import monotonic
from aurous._http.failures import Kind, TransportError
from aurous._http.limits import Limits
from aurous._http.steps import Steps

_RECHECK: Final = 0.5
"""Seconds after which a waiting call looks for itself: whoever was to wake it may have been interrupted."""

_GONE: Final = 4 * _RECHECK
"""Seconds after which a place in the queue is nobody's: an interrupt may have left it, and garbage keep it alive."""


class Permits:
    """Permits for connections.

    Args:
        most: How many there are.
        new_waiter: Makes what a call waits on.
    """

    def __init__(self, most: int, new_waiter: Callable[[], Any]) -> None:
        self._most = most
        self._new_waiter = new_waiter
        self._held: set[ref[Any]] = set()
        self._waiting: deque[ref[Any]] = deque()

    def take(self, holder: object, limits: Limits) -> Steps[None]:
        """Wait for a permit, which the holder then has."""
        if not self._waiting and self._try(holder):
            return
        waiter = self._new_waiter()
        place = ref(waiter)  # weak as well: a place in the queue that an interrupt left behind stops nobody
        try:
            while True:
                waiter.seen = monotonic()
                if place not in self._waiting:
                    self._waiting.append(place)
                if self._first() is waiter and self._try(holder):
                    return
                yield waiter.wait, min(limits.of(Kind.POOL_TIMEOUT), _RECHECK)
        except TransportError:
            raise TransportError(Kind.POOL_TIMEOUT, f"all {self._most} connections stayed busy") from None
        finally:
            self._leave(place)
            self._wake_next()

    def give_back(self, holder: object) -> None:
        """Let another call have it."""
        self._held.discard(ref(holder))
        if self._waiting:
            self._wake_next()

    def _try(self, holder: object) -> bool:
        """Take a permit if there is one. Too many at once may all step back, so whoever is next is woken."""
        permit = ref(holder, self._held.discard)
        self._held.add(permit)
        if len(self._held) <= self._most:
            return True
        self._held.discard(permit)
        self._wake_next()
        return False

    def _wake_next(self) -> None:
        if len(self._held) < self._most and (waiter := self._first()) is not None:
            waiter.wake()

    def _first(self) -> Any:
        while self._waiting:
            with suppress(IndexError):
                place = self._waiting[0]
                waiter = place()
                if waiter is not None and monotonic() - waiter.seen < _GONE:
                    return waiter
                self._leave(place)
        return None

    def _leave(self, place: ref[Any]) -> None:
        with suppress(ValueError):
            self._waiting.remove(place)
