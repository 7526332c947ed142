"""Time and chance, as the SDK uses them."""

from __future__ import annotations

import random
import time


class Clock:
    """Where a client gets its time, its sleep and its randomness. Give it a subclass and tests wait for nothing.

    Example:
        >>> class FakeClock(Clock):
        ...     now = 0.0
        ...     def monotonic(self) -> float:
        ...         return self.now
        ...     def sleep(self, seconds: float) -> None:
        ...         self.now += seconds
    """

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back; deadlines are measured on it."""
        return time.monotonic()

    def time(self) -> float:
        """Seconds since the epoch; used for the dates in hints where the response does not carry its own."""
        return time.time()

    def random(self) -> float:
        """A number in [0, 1); spreads the waits between attempts."""
        return random.random()  # noqa: S311  # jitter, not cryptography

    def sleep(self, seconds: float) -> None:
        """Wait, in a synchronous client."""
        time.sleep(seconds)

    async def sleep_async(self, seconds: float) -> None:
        """Wait, in an asynchronous client; by default as `asyncio.sleep`."""
        import asyncio  # noqa: PLC0415  # a fifth of what a synchronous client imports, which has no use for it

        await asyncio.sleep(seconds)
