"""Who takes part in the time of a test, and whether it is awake.

A client that waits for a socket is not asleep: what it waits for may be on its way. It is asleep only while the server
waits for time in its turn, and every byte that the server has sent has been read. No guess is needed for that: the
emulator runs in the same process, and tells.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from enum import Enum, auto
from typing import Any

from attrs import define


@define(eq=False)
class Timer:
    """Something that is due."""

    due: float
    ring: Callable[[], None]
    """Called when time has come there, under the lock of the schedule."""
    is_over: bool = False
    """Whether it has rung, or will not."""


@define(eq=False)
class Participant:
    """A thread or a task that takes part, or a request that a server answers."""

    key: int | asyncio.Task[Any] | None = None
    """The thread, by its number, or the task."""
    loop: asyncio.AbstractEventLoop | None = None
    """The event loop that it runs on."""
    host: Participant | None = None
    """The thread that takes part itself, where its event loop was started from there."""
    guests: int = 0
    """How many tasks of an event loop take part that this thread runs."""
    depth: int = 0
    """How many blocks it is in that make it take part."""
    naps: int = 0
    """How many timers it sleeps for."""
    exchange: Exchange | None = None
    """The request that it waits for."""
    gathering: Gathering | None = None
    """The functions that it waits for."""

    @property
    def participant(self) -> Participant:
        """Itself: who sleeps may also be a server in an exchange."""
        return self

    @property
    def is_awake(self) -> bool:
        """Whether it may do something without time going on."""
        return not (
            self.naps
            or self.guests
            or (self.exchange is not None and self.exchange.is_idle)
            or (self.gathering is not None and self.gathering.is_busy)
        )


@define
class Gathering:
    """Functions of a caller's that run at the same time, while it waits for them."""

    unfinished: int
    at_once: int
    running: int = 0

    @property
    def is_busy(self) -> bool:
        """Whether all of them run that can, so that it is on them to go on."""
        return 0 < min(self.at_once, self.unfinished) <= self.running


class Wants(Enum):
    """What a client waits for."""

    WHOLE = auto()
    """The whole response."""
    HEAD = auto()
    """The beginning of a response that it reads as it comes."""
    PIECE = auto()
    """More of its body."""


@define(eq=False)
class Exchange:
    """One request and its response."""

    participant: Participant
    """Who made it."""
    wants: Wants | None = None
    """What its client waits for; None while it waits for nothing."""
    deadline: float = math.inf
    """When the client stops waiting, whatever comes."""
    patience: float = math.inf
    """Seconds of silence after which it does."""
    heard: float = 0.0
    """When the server was heard last, or the client began to wait."""
    naps: int = 0
    """How many moments the server waits for."""
    has_begun: bool = False
    """Whether the server has sent a head."""
    sent: int = 0
    """Bytes of the body that the server has sent."""
    received: int = 0
    """Bytes of the body that the client has read."""
    has_expired: bool = False
    """Whether the time passed that the client waits."""
    hang_up: Callable[[], None] | None = None
    """Breaks the connection, as a client does that waits no longer. None where there is no connection."""
    timer: Timer | None = None
    """What rings when its client loses patience."""

    @property
    def is_idle(self) -> bool:
        """Whether nothing happens in it before time goes on."""
        if not self.naps or self.has_expired:
            return False
        if self.wants is Wants.PIECE:
            return self.sent == self.received
        return self.wants is Wants.WHOLE or (self.wants is Wants.HEAD and not self.has_begun)

    def sends(self, size: int | None, now: float) -> None:
        """Note that the server sends so many bytes of the body; None for the head. Under the lock of the schedule."""
        self.heard = now
        if size is None:
            self.has_begun = True
        else:
            self.sent += size
