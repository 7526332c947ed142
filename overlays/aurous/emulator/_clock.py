"""A clock that tests can move."""

import time


class Clock:
    """Seconds since the epoch, to give as `clock=`. It runs with the machine or stands at `start`, and can be moved."""

    def __init__(self, start: float | None = None) -> None:
        self._start = start
        self._moved = 0.0

    def __call__(self) -> float:
        return (time.time() if self._start is None else self._start) + self._moved

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass at once."""
        self._moved += seconds
