"""A lock for what threads share and a fork copies."""

from __future__ import annotations

from threading import RLock

from aurous import _process


class ProcessLock:
    """A lock of this process: a forked child has its own, as its parent's may be held for ever.

    The thread that holds it may take it again: a signal handler or a finalizer may make a call meanwhile.
    """

    __slots__ = ("_mine",)

    def __init__(self) -> None:
        self._mine = (_process.pid, RLock())

    def __enter__(self) -> None:
        pid = _process.pid
        if self._mine[0] != pid:
            self._mine = (pid, RLock())
        self._mine[1].acquire()

    def __exit__(self, *_: object) -> None:
        self._mine[1].release()
