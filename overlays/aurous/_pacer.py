"""What stands between calls and the rate limits, where many machines share them: the protocol of `pacer=`."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Protocol

from attrs import define

from aurous._rate_limits import RateLimit


@define(frozen=True, kw_only=True)
class Need:
    """What an attempt asks of the rate limits."""

    operation: str
    """What is called: `chat.completions.create`."""
    bucket: str
    """The limit of requests that it draws from, by its name in the contract (`gets`); the operation where the
    documentation names none."""
    requests: int = 1
    tokens: int = 0
    """How many tokens it may take, estimated: a quarter of the bytes of its body, and `max_tokens`. 0 for a request
    without a body."""


@define(frozen=True, kw_only=True)
class Settlement:
    """What came of an attempt."""

    tokens: int | None
    """How many tokens it took; None where the response does not tell, as for a stream, or did not come."""
    rate_limit: RateLimit
    """What the response told of the limits."""
    throttled: bool
    """Whether it was refused with 429."""


class Lease(Protocol):
    """Leave for one attempt."""

    def settle(self, settlement: Settlement) -> Awaitable[object] | object:
        """The attempt is over. Called once; an asynchronous client awaits what it returns, where that is awaitable."""


class Pacer(Protocol):
    """Decides when an attempt may be made.

    Threads and event loops call it at the same time. A synchronous client needs methods that return what they are to
    give; for an asynchronous one they may be coroutine functions, and are where they wait.
    """

    def acquire(self, need: Need, timeout: float) -> Awaitable[Lease] | Lease:
        """Wait until an attempt may be made.

        Args:
            need: What it asks of the limits.
            timeout: Longest wait, in seconds: what is left of the call's own.

        Raises:
            TimeoutError: There was no room in time. The caller gets an `APITimeoutError`.
        """
        ...
