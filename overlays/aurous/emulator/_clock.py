"""A clock that tests can move."""

import time
from collections.abc import Callable


class Clock:
    """Seconds since the epoch, to give as `clock=`. It runs with the machine or stands at `start`, and can be moved."""

    def __init__(self, start: float | None = None) -> None:
        self._start = start
        self._moved = 0.0
        self._listeners: set[Callable[[], object]] = set()

    def __call__(self) -> float:
        return (time.time() if self._start is None else self._start) + self._moved

    @property
    def stands(self) -> bool:
        """Whether time passes only where `advance` lets it."""
        return self._start is not None

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass at once. Whatever in the emulator waits for a moment that has come goes on."""
        self._moved += seconds
        for listener in tuple(self._listeners):
            listener()

    def listen(self, listener: Callable[[], object]) -> None:
        """Call `listener` whenever the clock was moved, in the thread that moved it."""
        self._listeners.add(listener)
