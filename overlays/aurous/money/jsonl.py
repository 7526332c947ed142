"""Rows in a file, one JSON object a line, to which any number of threads and processes append."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

try:
    import fcntl
except ImportError:  # Windows, where one process at a time may append
    fcntl = None  # type: ignore[assignment]

from aurous import _check
from aurous.money.lock import ProcessLock

_logger: Final = logging.getLogger("aurous")
_BINARY: Final = getattr(os, "O_BINARY", 0)


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
        except TypeError:
            raise _check.refusal("path", f"{_check.excerpt(path)} cannot be that of a file") from None
        if self.path.is_dir() or not self.path.parent.is_dir():
            reason = "is a folder" if self.path.is_dir() else "is in no folder that there is"
            raise _check.refusal(
                "path", f"{_check.excerpt(str(path))} {reason}. To do: make its folder, and name a file"
            )
        self._lock = ProcessLock()

    def append(self, row: Mapping[str, Any]) -> None:
        """Append a row.

        Raises:
            OSError: The file cannot be written.
        """
        line = json.dumps(row, separators=(",", ":")).encode() + b"\n"
        with self._lock:
            file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | _BINARY, 0o666)
            try:
                if fcntl is not None:
                    fcntl.flock(file, fcntl.LOCK_EX)
                _write(file, line if _is_at_line_start(file) else b"\n" + line)
            finally:
                if fcntl is not None:  # closing would not do: a child that is forked now has the file open as well
                    fcntl.flock(file, fcntl.LOCK_UN)
                os.close(file)

    def rows(self) -> Iterator[Mapping[str, Any]]:
        """The rows, in the order in which they were appended. A line that was torn is passed over."""
        with suppress(FileNotFoundError), self.path.open("rb") as file:
            for number, line in enumerate(file, 1):
                row = _parsed(line)
                if row is not None:
                    yield row
                elif line.strip():
                    _logger.warning("%s: line %d is no row of a ledger, and is passed over", self.path.name, number)


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
