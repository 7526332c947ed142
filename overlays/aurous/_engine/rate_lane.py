"""Who waits for a rate limit, in which order, and how many may be under way."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from typing import Final

from aurous import _rate_limits
from aurous._engine.rate_level import LOOK, Level

_MAX_PAUSE: Final = 60.0
"""Seconds for which a refusal stops other calls, whatever the server asks for: then one asks again."""

_PAUSE: Final = 1.0
"""Seconds, where the server does not say how long."""

_NOW: Final = 1e-6
"""Seconds that are no wait."""

_LEAST_LOOK: Final = 2.0
_MOST_LOOK: Final = 5.0
"""Seconds until one behind others looks again: after half of its wait, within these, as it may go faster by then."""

_FIRST_LOOK: Final = 30.0
"""The same for the first, at most: more often, it would follow each wave of what others draw."""

_BLIND: Final = 100
"""How many attempts may be under way before a response has told of the limits; as many as there are connections."""


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

    joined_at: float
    """When it joined the queue."""
    number: int
    """Its place there: how many came before it."""
    requests_mark: float
    tokens_mark: float
    """What had been taken of each limit when it was granted."""

    def __init__(self, lane: Lane, tokens: int, is_patient: bool, is_repeated: bool) -> None:  # noqa: FBT001
        self.lane = lane
        self.tokens = tokens
        self.is_patient = is_patient
        self.is_repeated = is_repeated
        self.is_granted = self.is_open = False
        """Whether its attempt may be made, and whether that counts as under way."""

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
            wait = max(wait, LOOK)
        return wait

    @property
    def _next_queue(self) -> deque[Turn]:
        """Whose turn it is: that of the patient is every other one."""
        return self._patient if self._patient and (self._patient_next or not self._calls) else self._calls

    def _first(self) -> Turn | None:
        queue = self._next_queue
        return queue[0] if queue else None

    def _pop(self) -> None:
        queue = self._next_queue
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
