"""A lock on an open file, for other processes and other openings of the file. It is let go with the file."""

from __future__ import annotations

import os
import sys
from typing import Final

IS_LOCKED: Final = (BlockingIOError, PermissionError)
"""What is raised where another one has it; the second on Windows."""

if sys.platform == "win32":  # pragma: no cover
    import msvcrt

    _BEYOND: Final = 1 << 48
    """Beyond the text: there a lock stops no reader."""

    def lock(file: int) -> None:
        """Take the lock, without waiting."""
        os.lseek(file, _BEYOND, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)

    def unlock(file: int) -> None:
        """Let it go: closing would not do where a child that was forked has the file open as well."""
        os.lseek(file, _BEYOND, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_UNLCK, 1)
else:
    import fcntl

    def lock(file: int) -> None:
        """Take the lock, without waiting."""
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def unlock(file: int) -> None:
        """Let it go: closing would not do where a child that was forked has the file open as well."""
        fcntl.flock(file, fcntl.LOCK_UN)
