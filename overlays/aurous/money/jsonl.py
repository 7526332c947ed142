"""Rows in a file, one JSON object a line, to which any number of threads and processes append."""

from __future__ import annotations

import errno
import json
import logging
import os
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Final

from aurous import _check
from aurous._clock import monotonic
from aurous._engine.file_lock import IS_LOCKED, lock, unlock
from aurous._errors import ConfigurationError

_logger: Final = logging.getLogger("aurous")
_BINARY: Final = getattr(os, "O_BINARY", 0)
_NONBLOCKING: Final = getattr(os, "O_NONBLOCK", 0)
_LOCKED_WITHIN: Final = 1.0
"""Seconds: a writer has the lock for microseconds, and the call whose row this is has a deadline."""
_PAUSE: Final = 0.002
_TAIL: Final = 200


class JsonlStore:
    """A file of rows.

    It is opened for each row, so that it may be moved away at any time, and survives a fork. The lock on it belongs to
    the open file: it holds off threads and processes alike.

    Args:
        path: Of the file, which is made with the first row; its folder has to be there.

    Raises:
        ConfigurationError: It cannot be the path of a file, or there is no such folder.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        try:
            self.path: Path = Path(path)
            problem = _problem(self.path)
        except (TypeError, ValueError) as error:
            problem = f"cannot be that of a file: {error}"
        except OSError as error:
            problem = f"cannot be that of a file: {error.strerror}"
        if problem:
            name = str(path) if isinstance(path, os.PathLike) else path
            raise _check.refusal("path", f"{_check.excerpt(name)} {problem}. To do: make its folder, and name a file")

    def append(self, row: Mapping[str, Any]) -> None:
        """Append a row.

        Raises:
            ConfigurationError: The path has become that of no file.
            OSError: The file cannot be written, or is locked by another process for long.
        """
        line = json.dumps(row, separators=(",", ":")).encode() + b"\n"
        file = _opened(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
        try:
            self._lock(file)
            try:
                _write(file, line if _is_at_line_start(file) else b"\n" + line)
            finally:
                unlock(file)
        finally:
            os.close(file)

    def rows(self) -> Iterator[Mapping[str, Any]]:
        """The rows, in the order in which they were appended. A line that was torn is passed over."""
        with suppress(FileNotFoundError), self.open() as file:
            yield from Reader().rows(file, self.path.name)

    def open(self) -> BinaryIO:
        """The file, to be read.

        Raises:
            ConfigurationError: The path has become that of no file.
            OSError: It cannot be read; `FileNotFoundError` where there is none.
        """
        return os.fdopen(_opened(self.path, os.O_RDONLY), "rb")

    def _lock(self, file: int) -> None:
        """Wait for the lock, but not for long: the event loop may wait with it."""
        ends = monotonic() + _LOCKED_WITHIN
        while True:
            try:
                return lock(file)
            except IS_LOCKED:
                if monotonic() >= ends:
                    held = f"another process has held the lock on it for {_LOCKED_WITHIN:g} s"
                    raise TimeoutError(errno.ETIMEDOUT, held, str(self.path)) from None
            time.sleep(_PAUSE)


class Reader:
    """How far a file was read. What is appended is read on from there."""

    def __init__(self) -> None:
        self._offset = 0
        self._lines = 0
        self._tail = b""
        """The end of what was read, by which the file is known again."""

    def follows(self, file: BinaryIO) -> bool:
        """Whether the file begins with what was read: it may have been moved away, or emptied."""
        file.seek(self._offset - len(self._tail))
        return file.read(len(self._tail)) == self._tail

    def rows(self, file: BinaryIO, name: str) -> Iterator[Mapping[str, Any]]:
        """The rows from there on. A line without an end is not read: it is being written, or was torn."""
        file.seek(self._offset)
        for line in file:
            if not line.endswith(b"\n"):
                break
            self._offset, self._lines, self._tail = self._offset + len(line), self._lines + 1, line[-_TAIL:]
            row = _parsed(line)
            if row is not None:
                yield row
            elif line.strip():
                _logger.warning("%s: line %d is no row of a ledger, and is passed over", name, self._lines)


def _problem(path: Path) -> str:
    """Why a path cannot be that of a ledger; nothing where it can."""
    with suppress(FileNotFoundError):
        return "" if stat.S_ISREG(path.stat().st_mode) else "is no file"
    return "" if path.parent.is_dir() else "is in no folder that there is"


def _opened(path: Path, flags: int) -> int:
    """The file at a path, which may have become something else since it was named: a FIFO would be waited for."""
    try:
        file = os.open(path, flags | _BINARY | _NONBLOCKING, 0o666)
    except OSError:
        if path.is_dir():
            raise _no_file(path) from None
        raise
    if stat.S_ISREG(os.fstat(file).st_mode):
        return file
    os.close(file)
    raise _no_file(path)


def _no_file(path: Path) -> ConfigurationError:
    return _check.refusal("path", f"{_check.excerpt(str(path))} is no file any more. To do: remove what is there")


def _is_at_line_start(file: int) -> bool:
    """Whether what is appended begins a line: who wrote last may have died amid one, or found the disk full."""
    if os.fstat(file).st_size == 0:
        return True
    os.lseek(file, -1, os.SEEK_END)
    return os.read(file, 1) == b"\n"


def _write(file: int, data: bytes) -> None:
    while data:
        data = data[os.write(file, data) :]


def _parsed(line: bytes) -> Mapping[str, Any] | None:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None  # pyright: ignore[reportUnknownVariableType]
