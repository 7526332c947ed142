"""Pacing: an attempt waits while a rate limit has no room for it, in place of being refused with 429.

The limits are learned. A response tells the size of its bucket, what is left, and when it is full again, so
`(limit - remaining) / (reset - Date)` flows back in a second (API_FACTS 1.5). Who else draws from the bucket is not
known: other processes, other machines. So each spends in proportion to what is left. With `limit * RESERVE` or more,
nobody waits; below that, half of it left means half of the refill. However many draw, what is left settles where their
rates add up to the refill, and no one needs to know of the others.
"""

from __future__ import annotations

import math
import os
from collections import deque
from collections.abc import Mapping
from threading import RLock
from typing import TYPE_CHECKING, Any, Final, Protocol
from weakref import WeakValueDictionary

from aurous import _rate_limits
from aurous._clock import Clock
from aurous._engine.effects import Flow, Sleep
from aurous._errors import AurousError

if TYPE_CHECKING:
    from aurous._config import Config
    from aurous._http.wire import Response

RESERVE: Final = 0.1
"""The part of a bucket below which calls are spread in time."""

_MAX_RESERVE: Final = 0.5
"""What a refusal makes of it at most: it takes more where many draw from a small bucket."""

_LEARNING: Final = 5.0
"""Seconds in which what others draw is learned."""

_FORGETTING: Final = 300.0
"""Seconds in which the larger reserve that a refusal brings is given up."""

_LEAST_GROWTH: Final = 0.02
"""The part of the refill that is hoped for, however much others draw."""

_MAX_PAUSE: Final = 60.0
"""Seconds for which a refusal stops other calls, whatever the server asks for: then one asks again."""

_MAX_WAIT: Final = 300.0
"""Seconds after which one is let through, whatever was learned of the limit: its response tells more."""

_PAUSE: Final = 1.0
"""Seconds, where the server does not say how long."""

_SPREAD: Final = 0.25
"""The part of a pause in which all start again, where it is not known how much flows back."""

_NOW: Final = 1e-6
"""Seconds that are no wait."""

_OVERTAKING: Final = 0.1
"""Seconds within which one request may overtake another on the way to the server."""

_LONGEST_FILL: Final = 3600.0
"""Seconds: a bucket that is said to take longer to fill is not believed. Documented are minutes (API_FACTS 1.5)."""

_LOOK: Final = 0.05
"""Seconds until a call looks again whether another has ended."""

_LEAST_LOOK: Final = 2.0
_MOST_LOOK: Final = 5.0
"""Seconds until one behind others looks again: after half of its wait, within these, as it may go faster by then."""

_FIRST_LOOK: Final = 30.0
"""The same for the first, at most: more often, it would follow each wave of what others draw."""

_BLIND: Final = 100
"""How many attempts may be under way before a response has told of the limits; as many as there are connections."""


class Level:
    """What a limit of the server's has left, of requests or of tokens.

    It has no clock: each method is told what time it is, in seconds of a clock that never goes back.

    Args:
        free_until: How much may be taken before a response has told of it.
    """

    __slots__ = (
        "_before",
        "_checked_at",
        "_free_until",
        "_growth",
        "_last",
        "_left",
        "_limit",
        "_refill",
        "_reserve",
        "_seen_at",
        "_seen_mark",
        "_spread",
        "_spread_until",
        "closed_until",
        "taken",
    )

    def __init__(self, free_until: float) -> None:
        self._limit = 0
        self._checked_at = -math.inf
        self._before = self._last = 0.0
        """What was taken by a while ago, and by a time in between."""
        self._free_until = free_until
        """Up to where more may be taken without a look at the time: there is room, or nothing is known yet."""
        self._reserve = RESERVE
        self._refill = 0.0
        """How much flows back in a second; 0 while that is not known."""
        self._growth = 0.0
        """What of it is left by others."""
        self._left = 0.0
        self._seen_at = 0.0
        self._seen_mark = 0.0
        self._spread, self._spread_until = 0.0, -math.inf
        """Seconds after a refusal, and until when, in which all start again, where it is not known what flows back."""
        self.taken = 0.0
        """All that was taken by attempts of this process, without those that brought no response."""
        self.closed_until = -math.inf
        """Until when a refusal stops everything."""

    def gap(self, now: float, lane: Lane) -> float:
        """Seconds between two that wait; 0 where that is not known."""
        if self._refill:
            return 1 / self._refill
        return self._spread / lane.waiting if now < self._spread_until else 0.0

    def wait(self, amount: float, now: float, lane: Lane, *, again: bool) -> float:
        """Seconds until so much may be taken.

        Args:
            amount: How much.
            now: The time.
            lane: Whose it is to be.
            again: It is for a request that was refused, whose time the server told.
        """
        if self.taken + amount <= self._free_until:
            return 0.0
        if now < self.closed_until and not again:
            return self.closed_until - now
        elapsed = now - lane.granted_at
        if not self._refill:
            return self._wait_blindly(amount, now, lane, elapsed)
        left = min(self._left + self._growth * (now - self._seen_at), self._limit) - self._unseen
        growth = max(self._growth, self._refill * _LEAST_GROWTH)
        amount = min(amount, self._limit)
        if again:
            return min((amount - left) / growth, _MAX_WAIT - elapsed)
        reserve = max(self._limit * self._reserve, 1.0)
        if left >= reserve + amount:
            return 0.0
        # With r left, refill * r / reserve may be taken in a second, and r grows by g meanwhile. That adds up to the
        # amount in x seconds since the last grant: refill * (r * x + g * x * x / 2) = amount * reserve.
        then = max(left - growth * elapsed, 0.0)
        due = (math.sqrt(then * then + 2 * growth * amount * reserve / self._refill) - then) / growth
        return min(due, _MAX_WAIT) - elapsed

    def _wait_blindly(self, amount: float, now: float, lane: Lane, elapsed: float) -> float:
        """The same, where it is not known how much flows back."""
        if now < self._spread_until and lane.waiting > 1:
            return self._spread / lane.waiting - elapsed
        if self._limit and self._left - self._unseen >= self._limit * RESERVE + amount:
            return 0.0
        # Those that are under way will tell. Where they are slow, one more is let through now and then.
        return _LOOK - elapsed if lane.under_way else 0.0

    @property
    def _unseen(self) -> float:
        """What was taken and is in no response yet."""
        return self.taken - self._seen_mark

    def take(self, amount: float, now: float) -> float:
        """Take so much. Returns a mark: what the server has surely seen of it when it answers."""
        since = now - self._checked_at
        if since >= _OVERTAKING:
            self._before = self.taken if since >= 2 * _OVERTAKING else self._last
            self._last, self._checked_at = self.taken, now
        self.taken += amount
        return self._before

    def give_back(self, amount: float, mark: float) -> None:
        """What the attempt that made a mark took counts for nothing, as no response tells of it."""
        if mark >= self._seen_mark:
            self.taken -= amount

    def saw(self, headers: Mapping[str, str], names: _rate_limits.Names, mark: float, now: float) -> None:
        """Learn from the response to the attempt that made a mark."""
        limit, left = _rate_limits.count(headers.get(names.limit)), _rate_limits.count(headers.get(names.remaining))
        if mark < self._seen_mark:
            return
        if not limit or left is None:
            self._left -= mark - self._seen_mark
            self._seen_mark = mark
            if not self._limit and now >= self._spread_until:
                self._free_until = math.inf  # nothing is told, so nothing is to be waited for
            return
        if mark == self._seen_mark and self._limit:
            left = min(left, int(self._left))  # of those that overtook each other, the one that was last
        if self._refill:
            self._learn(left, mark, now - self._seen_at)
        self._limit, self._left, self._seen_at, self._seen_mark = limit, left, now, mark
        room = left - limit / 2
        self._free_until = mark + room
        if room <= 0:  # before, it costs nothing; and it is the more exact, the more is gone
            self._learn_refill(_rate_limits.until_full(headers, names))

    def _learn(self, left: int, mark: float, elapsed: float) -> None:
        """Learn what others leave of the refill."""
        if elapsed <= 0:
            return
        seen = (left - self._left + mark - self._seen_mark) / elapsed
        weight = 1 - math.exp(-elapsed / _LEARNING)
        self._growth += weight * (min(max(seen, 0.0), self._refill) - self._growth)
        self._reserve = max(RESERVE, self._reserve * math.exp(-elapsed / _FORGETTING))

    def _learn_refill(self, full_in: float | None) -> None:
        if full_in is None or not 0 < full_in <= _LONGEST_FILL:
            return
        refill = (self._limit - self._left) / full_in
        self._growth = min(self._growth, refill) if self._refill else refill
        self._refill = refill

    def close(self, seconds: float, now: float) -> None:
        """It refused an attempt: there is nothing left, and nobody tries for so long. Then all do, but not at once."""
        self._left = max(0.0, 1 - self._growth * seconds)  # there is one when the server says so
        self._seen_at, self._seen_mark, self._free_until = now, self.taken, -math.inf
        self._reserve = min(self._reserve * 1.5, _MAX_RESERVE)
        self.closed_until = max(self.closed_until, now + seconds)
        self._spread = seconds * _SPREAD
        self._spread_until = self.closed_until + self._spread


class Turn:
    """Leave for an attempt, or its place in a queue."""

    __slots__ = (
        "is_granted",
        "is_open",
        "is_patient",
        "is_repeated",
        "joined_at",
        "lane",
        "number",
        "requests_mark",
        "tokens",
        "tokens_mark",
    )

    def __init__(self, lane: Lane, tokens: int, is_patient: bool, is_repeated: bool) -> None:  # noqa: FBT001
        self.lane = lane
        self.tokens = tokens
        self.is_patient = is_patient
        self.is_repeated = is_repeated
        self.is_granted = self.is_open = False
        """Whether its attempt may be made, and whether that counts as under way."""
        self.joined_at = 0.0
        """When it joined the queue."""
        self.number = 0
        """Its place there: how many came before it."""
        self.requests_mark = self.tokens_mark = 0.0

    def saw(self, headers: Mapping[str, str], now: float) -> None:
        """Learn from its response."""
        lane = self.lane
        lane.requests.saw(headers, _rate_limits.names_for_requests(headers), self.requests_mark, now)
        if self.tokens:
            lane.tokens.saw(headers, _rate_limits.TOKENS, self.tokens_mark, now)

    def release(self) -> None:
        """It is over."""
        if self.is_open:
            self.is_open = False
            self.lane.under_way -= 1

    def drop(self) -> None:
        """It is over, and brought no response."""
        if self.is_open:
            self.lane.requests.give_back(1, self.requests_mark)
            if self.tokens:
                self.lane.tokens.give_back(self.tokens, self.tokens_mark)
        self.release()


class Lane:
    """Who draws from one bucket of requests: first come, first served.

    The patient, which are polls and the calls of a bulk, stand in a queue of their own, and every other turn is theirs:
    thousands of them hold up no other call.
    """

    def __init__(self, tokens: Level) -> None:
        self.requests = Level(_BLIND)
        self.tokens = tokens
        self.granted_at = -math.inf
        """When the last attempt was let through."""
        self.under_way = 0
        self.window = math.inf
        """How many may be under way: known once there were too many."""
        self._narrowed_at = 0.0
        """What was taken by then."""
        self._calls: deque[Turn] = deque()
        self._patient: deque[Turn] = deque()
        self._patient_next = False
        self._may_ask = False
        """Whether one that was refused may come back when the server says, before the others."""
        self._number = 0

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._calls) + len(self._patient)

    def opens_in(self, turn: Turn, now: float) -> float:
        """Seconds for which a refusal stops a turn."""
        if turn.is_repeated and self._may_ask:
            return 0.0
        closed = self.requests.closed_until
        return (max(closed, self.tokens.closed_until) if turn.tokens else closed) - now

    def at_once(self, turn: Turn, now: float) -> bool:
        """Grant a turn for which there is room, if nobody waits."""
        if (not turn.is_repeated and (self._calls or self._patient)) or self._wait(turn, now) > _NOW:
            return False
        self._grant(turn, now)
        return True

    def join(self, turn: Turn, now: float) -> None:
        """Let a turn wait, behind the others; one of a request that was sent before goes before them."""
        turn.joined_at = now
        queue = self._patient if turn.is_patient else self._calls
        if turn.is_repeated:
            turn.number = queue[0].number - 1 if queue else self._number
            queue.appendleft(turn)
        else:
            self._number += 1
            turn.number = self._number
            queue.append(turn)

    def leave(self, turn: Turn) -> None:
        """A turn is given up."""
        queue = self._patient if turn.is_patient else self._calls
        if not turn.is_granted and turn in queue:
            queue.remove(turn)
        turn.drop()

    def wait(self, turn: Turn, now: float) -> float:
        """Seconds until a turn comes, as things are now. Those whose time has come are granted, woken or not."""
        delay = 0.0
        while (first := self._first()) is not None:
            delay = self._wait(first, now)
            if delay > _NOW:
                break
            self._pop()
            self._grant(first, now)
        if turn.is_granted or first is None:
            return 0.0
        queue, other = (self._patient, self._calls) if turn.is_patient else (self._calls, self._patient)
        ahead = (turn.number - queue[0].number) * (2 if other else 1) + (queue[0] is not first)
        gap = max(self.requests.gap(now, self), self.tokens.gap(now, self) * turn.tokens)
        if ahead and (not gap or self.under_way >= self.window):
            # Nobody knows. Thousands that look, and each the less often the longer it waits, cost little.
            return delay + max(now - max(turn.joined_at, self.requests.closed_until), 0.0) / 2
        return delay + ahead * gap

    def look(self, turn: Turn, wait: float) -> float:
        """Seconds until a turn with so much to wait looks again."""
        if turn is self._first():
            return min(wait, _FIRST_LOOK)
        return min(wait, max(wait / 2, _LEAST_LOOK), _MOST_LOOK)

    def _wait(self, turn: Turn, now: float) -> float:
        again = turn.is_repeated and self._may_ask
        wait = self.requests.wait(1, now, self, again=again)
        if turn.tokens:
            wait = max(wait, self.tokens.wait(turn.tokens, now, self, again=again))
        if self.under_way >= self.window:
            wait = max(wait, _LOOK)
        return wait

    def _first(self) -> Turn | None:
        queue = self._patient if self._patient and (self._patient_next or not self._calls) else self._calls
        return queue[0] if queue else None

    def _pop(self) -> None:
        queue = self._patient if self._patient and (self._patient_next or not self._calls) else self._calls
        self._patient_next = queue is self._calls
        queue.popleft()

    def _grant(self, turn: Turn, now: float) -> None:
        if turn.is_repeated:
            self._may_ask = False
        turn.is_granted = turn.is_open = True
        self.granted_at = now
        self.under_way += 1
        turn.requests_mark = self.requests.take(1, now)
        if turn.tokens:
            turn.tokens_mark = self.tokens.take(turn.tokens, now)

    def throttled(self, turn: Turn, code: str | None, hint: float | None, now: float) -> None:
        """The attempt of a turn was refused with 429."""
        self._may_ask = True
        if code == "concurrency_limit_exceeded":
            if turn.requests_mark >= self._narrowed_at:  # those that were under way then are no news
                self.window = max(1.0, min(self.window, self.under_way) / 2)
                self._narrowed_at = self.requests.taken
            return
        pause = min(_PAUSE if hint is None else hint, _MAX_PAUSE)
        (self.tokens if code == "tpm_rate_limit_exceeded" else self.requests).close(pause, now)

    def succeeded(self) -> None:
        """An attempt brought a result: as many as the window allows, and it grows by one."""
        if self.window < math.inf:
            self.window += 1 / self.window


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

    @property
    def is_patient(self) -> bool:
        """Whether others may go before it."""
        ...

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
    with _locks.setdefault(os.getpid(), RLock()):
        return _paces.setdefault((os.getpid(), config.base_url, config.api_key, clock), LearnedPace())
