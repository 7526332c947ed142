"""A lock for what threads share and a fork copies."""

from __future__ import annotations

from threading import RLock
from typing import Any

from aurous import _process


class ProcessLock:
    """A lock of this process: a forked child has its own, as its parent's may be held for ever.

    The thread that holds it may take it again: a signal handler or a finalizer may make a call meanwhile. It is for
    `with lock():`, which enters a lock of the interpreter itself: a method of ours, interrupted as it returns, would
    leave it taken for ever.
    """

    __slots__ = ("_mine",)

    def __init__(self) -> None:
        self._mine = (_process.look(), RLock())

    def __call__(self) -> RLock:
        """The lock of this process."""
        pid = _process.look()
        mine = self._mine
        if mine[0] != pid:
            mine = self._mine = (pid, RLock())
        return mine[1]

    def __reduce__(self) -> tuple[Any, ...]:
        return ProcessLock, ()
