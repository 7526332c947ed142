"""Pacing: an attempt waits while a rate limit has no room for it, in place of being refused with 429.

The limits are learned from the responses, see `rate_level`; who waits stands in the queues of `rate_lane`.
"""

from __future__ import annotations

import math
from threading import RLock
from typing import TYPE_CHECKING, Any, Final, Protocol
from weakref import WeakValueDictionary

from aurous import _process
from aurous._clock import Clock
from aurous._engine.effects import Flow, Sleep
from aurous._engine.rate_lane import Lane, Turn
from aurous._engine.rate_level import Level
from aurous._errors import AurousError

if TYPE_CHECKING:
    from aurous._config import Config
    from aurous._http.wire import Response


class PacedCall(Protocol):
    """What pacing has to know of a call."""

    @property
    def name(self) -> str:
        """Of the operation."""
        ...

    bucket: str
    """The limit of requests that it draws from."""

    @property
    def tokens(self) -> int:
        """How many tokens it may take, estimated."""
        ...

    is_patient: bool
    """Whether others may go before it."""

    @property
    def clock(self) -> Clock: ...
    @property
    def remaining(self) -> float:
        """Seconds left of its deadline."""
        ...

    @property
    def is_repeated(self) -> bool:
        """Whether an attempt was made before."""
        ...

    def waits(self, seconds: float) -> None:
        """It waits for its turn, which comes in about so many seconds."""

    def waited(self, seconds: float) -> None:
        """It has waited for its turn."""

    def too_late(self, reason: str) -> AurousError:
        """The error of a turn that does not come in time."""
        ...


class Pace(Protocol):
    """What gives attempts their turn."""

    def at_once(self, call: PacedCall) -> Any:
        """The turn of an attempt that has not to wait; None where it has, as far as that is known."""
        ...

    def acquire(self, call: PacedCall) -> Flow[Any]:
        """Wait for the turn of an attempt."""
        ...

    def settle(self, turn: Any, call: PacedCall, response: Response | None, outcome: object) -> Flow[None] | None:
        """An attempt is over; or its response is open, until `end`.

        Args:
            turn: Its turn.
            call: The call that made it.
            response: What came; None where nothing did.
            outcome: What that amounts to: an error, or something else.
        """
        ...

    def end(self, turn: Any) -> None:
        """What an attempt opened is closed."""

    def drop(self, turn: Any) -> None:
        """An attempt was interrupted."""


class LearnedPace:
    """Paces by what the responses tell of the limits; shared by all clients of a process with the same key."""

    def __init__(self) -> None:
        self._lock = RLock()  # a finalizer or a signal handler may make a call meanwhile
        self._tokens = Level(math.inf)
        self._lanes: dict[str, Lane] = {}

    def at_once(self, call: PacedCall) -> Turn | None:
        """The turn of an attempt that has not to wait."""
        turn = self._turn(call)
        with self._lock:
            return turn if turn.lane.at_once(turn, call.clock.monotonic()) else None

    def acquire(self, call: PacedCall) -> Flow[Turn]:
        """Wait for the turn of an attempt."""
        turn = self._turn(call)
        lane = turn.lane
        try:
            with self._lock:
                lane.join(turn, call.clock.monotonic())
            yield from self._wait(turn, call)
        except BaseException:
            with self._lock:
                lane.leave(turn)
            raise
        return turn

    def _turn(self, call: PacedCall) -> Turn:
        bucket = call.bucket
        lane = self._lanes.get(bucket)
        if lane is None:
            lane = self._lanes.setdefault(bucket, Lane(self._tokens))
        return Turn(lane, call.tokens, call.is_patient, call.is_repeated)

    def _wait(self, turn: Turn, call: PacedCall) -> Flow[None]:
        lane, is_told = turn.lane, False
        while True:
            with self._lock:
                now = call.clock.monotonic()
                wait = lane.wait(turn, now)
                look = lane.look(turn, wait)
                opens_in = lane.opens_in(turn, now)
            if turn.is_granted:
                return
            remaining = call.remaining
            if remaining <= 0:
                raise call.too_late("the rate limit had no room for it, and other calls were before it")
            if opens_in >= remaining:
                raise call.too_late(f"the rate limit has nothing left for {opens_in:.1f} s")
            if not is_told:
                call.waits(wait)
                is_told = True
            look = min(look, remaining)
            yield Sleep(look)
            call.waited(look)

    def settle(self, turn: Turn, call: PacedCall, response: Response | None, outcome: object) -> None:
        """An attempt is over; or its response is open, until `end`."""
        error = outcome if isinstance(outcome, AurousError) else None
        with self._lock:
            if response is None:
                turn.drop()
                return
            now = call.clock.monotonic()
            turn.saw(response.headers, now)
            if error is None:
                turn.lane.succeeded()
            elif response.status_code == 429:
                turn.lane.throttled(turn, error.code, error.retry_after, now)
            if response.open_body is None or error is not None:
                turn.release()

    def end(self, turn: Turn) -> None:
        """What an attempt opened is closed."""
        with self._lock:
            turn.release()

    def drop(self, turn: Turn) -> None:
        """An attempt was interrupted."""
        with self._lock:
            turn.drop()


_paces: Final[WeakValueDictionary[tuple[object, ...], LearnedPace]] = WeakValueDictionary()
_locks: Final[dict[int, Any]] = {}
"""That of each process: what a forked child inherits may be held for ever."""


def learned_pace(config: Config) -> LearnedPace:
    """The same for all clients of this process with the same key, base URL and clock."""
    clock = Clock if type(config.clock) is Clock else id(config.clock)  # one of the caller's may have no hash
    with _locks.setdefault(_process.look(), RLock()):
        return _paces.setdefault((_process.pid, config.base_url, config.api_key, clock), LearnedPace())
