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
from typing import TYPE_CHECKING, Final, Protocol
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

_PAUSE: Final = 1.0
"""Seconds, where the server does not say how long."""

_SPREAD: Final = 0.25
"""The part of a pause in which all start again, where it is not known how much flows back."""

_NOW: Final = 1e-6
"""Seconds that are no wait."""

_WINDOW_CHECK: Final = 0.1
"""Seconds until a call looks again whether another has ended."""


class Level:
    """What a limit of the server's has left, of requests or of tokens.

    It has no clock: each method is told what time it is, in seconds of a clock that never goes back.
    """

    __slots__ = (
        "_granted_at",
        "_growth",
        "_left",
        "_limit",
        "_refill",
        "_reserve",
        "_seen_at",
        "_seen_mark",
        "_spaced_until",
        "_spacing",
        "closed_until",
        "taken",
    )

    def __init__(self) -> None:
        self._limit = 0.0
        self._reserve = RESERVE
        self._refill = 0.0
        """How much flows back in a second; 0 while that is not known."""
        self._growth = 0.0
        """What of it is left by others."""
        self._left = 0.0
        self._seen_at = 0.0
        self._seen_mark = 0.0
        self._granted_at = 0.0
        self._spacing = 0.0
        """Seconds between two after a refusal, where it is not known how much flows back."""
        self._spaced_until = 0.0
        self.taken = 0.0
        """All that was taken by attempts of this process."""
        self.closed_until = -math.inf
        """Until when a refusal stops everything."""

    @property
    def gap(self) -> float:
        """Seconds in which one flows back; 0 where that is not known."""
        return 1 / self._refill if self._refill else 0.0

    def wait(self, amount: float, now: float, *, again: bool) -> float:
        """Seconds until so much may be taken; `again` by a request that was refused, whose time the server told."""
        if now < self.closed_until and not again:
            return self.closed_until - now
        if not self._refill:
            return self._granted_at + self._spacing - now if now < self._spaced_until else 0.0
        left = self._left + self._growth * (now - self._seen_at) - (self.taken - self._seen_mark)
        reserve = max(self._limit * self._reserve, 1.0)
        amount = min(amount, self._limit)
        growth = max(self._growth, self._refill * _LEAST_GROWTH)
        if again:
            return (amount - left) / growth
        if left >= reserve + amount:
            return 0.0
        # With r left, refill * r / reserve may be taken in a second, and r grows by g meanwhile. That adds up to the
        # amount in x seconds since the last grant: refill * (r * x + g * x * x / 2) = amount * reserve.
        elapsed = now - self._granted_at
        then = max(left - growth * elapsed, 0.0)
        due = (math.sqrt(then * then + 2 * growth * amount * reserve / self._refill) - then) / growth
        return due - elapsed

    def take(self, amount: float, now: float) -> float:
        """Take so much. Returns a mark, which tells later what had been taken by then."""
        self.taken += amount
        self._granted_at = now
        return self.taken

    def saw(self, headers: Mapping[str, str], prefix: str, mark: float, now: float) -> None:
        """Learn from the response to the attempt that made a mark."""
        limit = _rate_limits.count(headers.get(f"{prefix}limit"))
        left = _rate_limits.count(headers.get(f"{prefix}remaining"))
        if not limit or left is None or mark < self._seen_mark:
            return
        elapsed = now - self._seen_at
        if self._refill and elapsed > 0:
            seen = (left - self._left + mark - self._seen_mark) / elapsed
            weight = 1 - math.exp(-elapsed / _LEARNING)
            self._growth += weight * (min(max(seen, 0.0), self._refill) - self._growth)
            self._reserve = max(RESERVE, self._reserve * math.exp(-elapsed / _FORGETTING))
        self._limit, self._left, self._seen_at, self._seen_mark = limit, left, now, mark
        if left <= limit / 2:  # while there is room, it costs nothing; and it is the more exact, the more is gone
            full_in = _rate_limits.until_full(headers, prefix)
            if full_in is not None and full_in > 0:
                if not self._refill:
                    self._growth = (limit - left) / full_in
                self._refill = (limit - left) / full_in

    def close(self, seconds: float, now: float, waiting: int) -> None:
        """It refused an attempt: there is nothing left, and nobody tries for so long. Then all do, but not at once."""
        self._left = max(0.0, 1 - self._growth * seconds)  # there is one when the server says so
        self._seen_at, self._seen_mark = now, self.taken
        self._reserve = min(self._reserve * 1.5, _MAX_RESERVE)
        self.closed_until = max(self.closed_until, now + seconds)
        self._spacing = seconds * _SPREAD * (waiting - 1) / (waiting * waiting)
        self._spaced_until = self.closed_until + seconds * _SPREAD


class Turn:
    """An attempt that waits, or may be made."""

    __slots__ = (
        "_requests_mark",
        "_tokens_mark",
        "is_granted",
        "is_open",
        "is_poll",
        "is_repeated",
        "lane",
        "number",
        "tokens",
    )

    def __init__(self, lane: Lane, tokens: int, *, is_poll: bool, is_repeated: bool) -> None:
        self.lane = lane
        self.tokens = tokens
        self.is_poll = is_poll
        self.is_repeated = is_repeated
        self.number = 0
        """Its place: how many came before it."""
        self.is_granted = False
        self.is_open = False
        """Whether its attempt counts as under way."""
        self._requests_mark = self._tokens_mark = 0.0

    def grant(self, now: float) -> None:
        """It may be made."""
        lane = self.lane
        self.is_granted = self.is_open = True
        lane.under_way += 1
        self._requests_mark = lane.requests.take(1, now)
        self._tokens_mark = lane.tokens.take(self.tokens, now) if self.tokens else lane.tokens.taken

    def saw(self, headers: Mapping[str, str], now: float) -> None:
        """Learn from its response."""
        self.lane.requests.saw(headers, _rate_limits.requests_prefix(headers), self._requests_mark, now)
        if self.tokens:
            self.lane.tokens.saw(headers, _rate_limits.TOKENS_PREFIX, self._tokens_mark, now)

    def release(self) -> None:
        """It is over."""
        if self.is_open:
            self.is_open = False
            self.lane.under_way -= 1


class Lane:
    """Who draws from one bucket of requests: first come, first served.

    Polls stand in a queue of their own, and every other turn is theirs: thousands of waits hold up no other call.
    """

    def __init__(self, tokens: Level) -> None:
        self.requests = Level()
        self.tokens = tokens
        self.under_way = 0
        self.window = math.inf
        """How many may be under way: known once there were too many."""
        self._calls: deque[Turn] = deque()
        self._polls: deque[Turn] = deque()
        self._polls_next = False
        self._may_ask = False
        """Whether one that was refused may come back when the server says, before the others."""
        self._number = 0

    def opens_in(self, turn: Turn, now: float) -> float:
        """Seconds for which a refusal stops a turn."""
        if turn.is_repeated and self._may_ask:
            return 0.0
        closed = self.requests.closed_until
        return (max(closed, self.tokens.closed_until) if turn.tokens else closed) - now

    def at_once(self, turn: Turn, now: float) -> bool:
        """Grant a turn for which there is room, if nobody waits."""
        if (not turn.is_repeated and (self._calls or self._polls)) or self._wait(turn, now) > _NOW:
            return False
        self._grant(turn, now)
        return True

    def join(self, turn: Turn) -> None:
        """Let a turn wait, behind the others; one of a request that was sent before goes before them."""
        queue = self._polls if turn.is_poll else self._calls
        if turn.is_repeated:
            turn.number = queue[0].number - 1 if queue else self._number
            queue.appendleft(turn)
        else:
            self._number += 1
            turn.number = self._number
            queue.append(turn)

    def leave(self, turn: Turn) -> None:
        """A turn is given up."""
        queue = self._polls if turn.is_poll else self._calls
        if turn in queue:
            queue.remove(turn)
        turn.release()

    def wait(self, turn: Turn, now: float) -> float:
        """Seconds until a turn should look again. Those whose time has come are granted, woken or not."""
        while (first := self._first()) is not None:
            delay = self._wait(first, now)
            if delay > _NOW:
                break
            self._pop()
            self._grant(first, now)
        if turn.is_granted or first is None:
            return 0.0
        queue, other = (self._polls, self._calls) if turn.is_poll else (self._calls, self._polls)
        ahead = (turn.number - queue[0].number) * (2 if other else 1) + (queue[0] is not first)
        expected = delay + ahead * max(self.requests.gap, self.tokens.gap * turn.tokens)
        return expected if expected < 1 or not ahead else max(expected / 2, 1.0)  # the limits may be others by then

    def _wait(self, turn: Turn, now: float) -> float:
        again = turn.is_repeated and self._may_ask
        wait = self.requests.wait(1, now, again=again)
        if turn.tokens:
            wait = max(wait, self.tokens.wait(turn.tokens, now, again=again))
        if self.under_way >= self.window:
            wait = max(wait, _WINDOW_CHECK)
        return wait

    def _first(self) -> Turn | None:
        queue = self._polls if self._polls and (self._polls_next or not self._calls) else self._calls
        return queue[0] if queue else None

    def _pop(self) -> None:
        queue = self._polls if self._polls and (self._polls_next or not self._calls) else self._calls
        self._polls_next = queue is self._calls
        queue.popleft()

    def _grant(self, turn: Turn, now: float) -> None:
        if turn.is_repeated:
            self._may_ask = False
        turn.grant(now)

    def throttled(self, code: str | None, hint: float | None, now: float) -> None:
        """An attempt was refused with 429."""
        self._may_ask = True
        if code == "concurrency_limit_exceeded":
            self.window = max(1.0, min(self.window, self.under_way) / 2)
            return
        pause = min(_PAUSE if hint is None else hint, _MAX_PAUSE)
        waiting = len(self._calls) + len(self._polls) + self.under_way
        (self.tokens if code == "tpm_rate_limit_exceeded" else self.requests).close(pause, now, waiting)

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

    @property
    def bucket(self) -> str:
        """The limit of requests that it draws from."""
        ...

    @property
    def tokens(self) -> int:
        """How many tokens it may take, estimated."""
        ...

    @property
    def is_poll(self) -> bool:
        """Whether it looks whether something has ended."""
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


class LearnedPace:
    """Paces by what the responses tell of the limits; shared by all clients of a process with the same key."""

    def __init__(self) -> None:
        self._lock = RLock()  # a finalizer or a signal handler may make a call meanwhile
        self._tokens = Level()
        self._lanes: dict[str, Lane] = {}

    def acquire(self, call: PacedCall) -> Flow[Turn]:
        """Wait for the turn of an attempt."""
        lane = self._lanes.get(call.bucket)
        if lane is None:
            lane = self._lanes.setdefault(call.bucket, Lane(self._tokens))
        turn = Turn(lane, call.tokens, is_poll=call.is_poll, is_repeated=call.is_repeated)
        with self._lock:
            if lane.at_once(turn, call.clock.monotonic()):
                return turn
            lane.join(turn)
        try:
            yield from self._wait(turn, call)
        except BaseException:
            with self._lock:
                lane.leave(turn)
            raise
        return turn

    def _wait(self, turn: Turn, call: PacedCall) -> Flow[None]:
        lane, is_told = turn.lane, False
        while True:
            with self._lock:
                now = call.clock.monotonic()
                wait = lane.wait(turn, now)
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
            wait = min(wait, remaining)
            yield Sleep(wait)
            call.waited(wait)

    def settle(self, turn: Turn, call: PacedCall, response: Response | None, outcome: object) -> Flow[None]:
        """An attempt is over; or its response is open, until `end`.

        Args:
            turn: Its turn.
            call: The call that made it.
            response: What came; None where nothing did.
            outcome: What that amounts to: an error, or something else.
        """
        error = outcome if isinstance(outcome, AurousError) else None
        with self._lock:
            now = call.clock.monotonic()
            if response is not None:
                turn.saw(response.headers, now)
                if error is None:
                    turn.lane.succeeded()
                elif response.status_code == 429:
                    turn.lane.throttled(error.code, error.retry_after, now)
            if response is None or response.open_body is None or error is not None:
                turn.release()
        return
        yield  # a flow, as what `SharedPace` does is one

    def end(self, turn: Turn) -> None:
        """What an attempt opened is closed."""
        with self._lock:
            turn.release()

    drop = end
    """An attempt was interrupted."""


_paces: Final[WeakValueDictionary[tuple[object, ...], LearnedPace]] = WeakValueDictionary()
_lock: Final = RLock()


def learned_pace(config: Config) -> LearnedPace:
    """The same for all clients of this process with the same key, base URL and clock."""
    clock = Clock if type(config.clock) is Clock else config.clock
    with _lock:
        return _paces.setdefault((os.getpid(), config.base_url, config.api_key, clock), LearnedPace())
