"""What a rate limit has left, as the responses tell it, and how long to wait for some of it.

A response tells the size of its bucket, what is left, and when it is full again, so `(limit - remaining) / (reset -
Date)` flows back in a second (API_FACTS 1.5). Who else draws from the bucket is not known: other processes, other
machines. So each spends in proportion to what is left. With `limit * RESERVE` or more, nobody waits; below that, half
of it left means half of the refill. However many draw, what is left settles where their rates add up to the refill,
and no one needs to know of the others.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final, Protocol

from aurous import _rate_limits

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

_MAX_WAIT: Final = 300.0
"""Seconds after which one is let through, whatever was learned of the limit: its response tells more."""

_SPREAD: Final = 0.25
"""The part of a pause in which all start again, where it is not known how much flows back."""

_OVERTAKING: Final = 0.1
"""Seconds within which one request may overtake another on the way to the server."""

_LONGEST_FILL: Final = 3600.0
"""Seconds: a bucket that is said to take longer to fill is not believed. Documented are minutes (API_FACTS 1.5)."""

LOOK: Final = 0.05
"""Seconds until a call looks again whether another has ended."""


class Drawing(Protocol):
    """What a level has to know of those that draw from it."""

    granted_at: float
    under_way: int

    @property
    def waiting(self) -> int: ...


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

    def gap(self, now: float, lane: Drawing) -> float:
        """Seconds between two that wait; 0 where that is not known."""
        if self._refill:
            return 1 / self._refill
        return self._spread / lane.waiting if now < self._spread_until else 0.0

    def wait(self, amount: float, now: float, lane: Drawing, *, again: bool) -> float:
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

    def _wait_blindly(self, amount: float, now: float, lane: Drawing, elapsed: float) -> float:
        """The same, where it is not known how much flows back."""
        if now < self._spread_until and lane.waiting > 1:
            return self._spread / lane.waiting - elapsed
        if self._limit and self._left - self._unseen >= self._limit * RESERVE + amount:
            return 0.0
        # Those that are under way will tell. Where they are slow, one more is let through now and then.
        return LOOK - elapsed if lane.under_way else 0.0

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
