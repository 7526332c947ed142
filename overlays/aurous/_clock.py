"""Time and chance, as the SDK uses them."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Generator
from functools import partial
from types import BuiltinFunctionType
from typing import Any, Final, TypeVar

from aurous._errors import ConfigurationError

T = TypeVar("T")

monotonic: Final[Callable[[], float]] = (
    partial(time.clock_gettime, time.CLOCK_MONOTONIC)
    if hasattr(time, "CLOCK_MONOTONIC")
    else partial(time.monotonic)  # where no name of a module leads to it, it is not found
)
"""The monotonic time of the machine, also where `freezegun` has frozen `time.monotonic`: deadlines hold."""


class Clock:
    """Where a client gets its time, its sleep and its randomness. Tests give it `aurous.testing.FakeClock`.

    Example:
        >>> class Hurried(Clock):
        ...     def sleep(self, seconds: float) -> None:
        ...         super().sleep(seconds / 10)
    """

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back; deadlines are measured on it."""
        return monotonic()

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
        """Wait, in an asynchronous client; by default as `asyncio.sleep`.

        Raises:
            ConfigurationError: The time of the event loop stands still: `freezegun` has frozen it.
        """
        import asyncio  # noqa: PLC0415  # a fifth of what a synchronous client imports, which has no use for it

        loop = asyncio.get_running_loop()
        if not isinstance(time.monotonic, BuiltinFunctionType) and loop.time() == time.monotonic() == loop.time():
            raise ConfigurationError(
                "the time of the event loop is frozen, so this wait would never end. To do: give "
                "clock=aurous.testing.FakeClock(), or freeze time with real_asyncio=True or tick=True"
            )
        await asyncio.sleep(seconds)

    def watch(self, flow: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
        """Called with each call before it begins; what it returns is carried out. `FakeClock` sees here who sleeps."""
        return flow
