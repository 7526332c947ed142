"""The journal of a run: a line of JSON for each answer, so that none is asked for again."""

from __future__ import annotations

import errno
import json
import os
import stat
import threading
import uuid
from bisect import bisect_left
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from weakref import WeakSet

from aurous import _check
from aurous._engine.file_lock import lock
from aurous._engine.strict_json import InvalidJSONError, as_object, loads
from aurous._errors import AurousError, ConfigurationError

_FORM: Final = 1
_HEADING: Final = b'{"journal": '
_BEGINS: Final = b'{"key": "'
_KEY: Final = slice(len(_BEGINS), len(_BEGINS) + 36)
_OFFSET_BITS: Final = 48
_AGAIN: Final = "run the same again within 24 hours, with the journal in a place that keeps it: nothing is billed twice"


class Journal:
    """A journal that is open, for one writer: others are refused until it is closed, or the process has ended.

    Lines are only ever added, and each goes to the operating system as it is written, so that it outlives the process.
    That they outlive a power cut is seen to when it is closed. What is torn at the end is cut off when it is opened.

    Args:
        path: The file; one that is not there is made, for its owner alone.
        run: The name of the run; None for the one that the journal has, or a new one.

    Raises:
        ConfigurationError: It cannot be opened, is another run's, or is no journal; it is left as it was.
    """

    def __init__(self, path: str, run: str | None) -> None:
        self._path = path
        self._writing = threading.Lock()
        self._reading = threading.Lock()
        self._is_closed = self._has_failed = False
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
        try:
            self._file = os.open(self._path, flags, 0o600)
        except OSError as error:
            raise self._problem(f"cannot be opened ({error.strerror})", "name a file that can be written") from None
        _open.add(self)
        try:
            self._begin(run)
        except BaseException as error:
            _open.discard(self)
            os.close(self._file)
            if isinstance(error, OSError):
                problem = f"cannot be read or written ({error.strerror})"
                raise self._problem(problem, "make room, or name another file") from None
            raise

    def _begin(self, run: str | None) -> None:
        if not stat.S_ISREG(os.fstat(self._file).st_mode):
            raise self._problem("is no file", "name a file")
        try:
            lock(self._file)
        except OSError:
            raise self._problem("is in use by another writer", "wait for its end, or name another file") from None
        self._reader = Path(self._path).open("rb")  # noqa: SIM115  # closed with the journal
        try:
            self.run: str = self._own_run(run)
            # One number for each entry, not an object: a journal may have millions.
            self._index = sorted(self._entries())
        except BaseException:
            self._reader.close()
            raise

    def find(self, key: str) -> dict[str, Any] | None:
        """The result that was written under a key before this journal was opened.

        Raises:
            AurousError: The journal cannot be read.
        """
        wanted = _number(key) or 0
        at = bisect_left(self._index, wanted << _OFFSET_BITS)
        while at < len(self._index) and self._index[at] >> _OFFSET_BITS == wanted:
            entry = _read(self._line(self._index[at] & ((1 << _OFFSET_BITS) - 1))) or {}
            if entry.get("key") == key and (result := as_object(entry.get("result"))) is not None:
                return result
            at += 1
        return None

    def write(self, key: str, item: str, method: str, result: dict[str, Any]) -> None:
        """Add a result.

        Raises:
            AurousError: It cannot be written, and the journal is as it was before; or its file was deleted.
        """
        try:
            self._add({"key": key, "item": item, "method": method, "result": result})
        except OSError as error:
            raise self._failure(
                f"cannot be written ({error.strerror}), so the run was stopped. The answer is there all the same",
                "make room, and go on with the same journal",
            ) from None

    def close(self) -> None:
        """See to it that what was written outlives a power cut, and let others write.

        Raises:
            AurousError: It does not; it is closed all the same.
        """
        if self._is_closed:  # by a fork
            return
        with self._writing:
            self._is_closed = True
        _open.discard(self)
        self._reader.close()
        try:
            os.fsync(self._file)
            if not self._has_failed:
                self._size()
        except OSError as error:
            raise self._failure(f"may not be on the disk ({error.strerror})", _AGAIN) from None
        finally:
            os.close(self._file)

    def leave(self) -> None:
        """Leave it to the parent, in a child that was forked: with the file, the child would hold its lock as well."""
        self._is_closed = True  # without the lock, which a thread of the parent may hold
        os.close(self._file)

    def _add(self, line: dict[str, Any]) -> None:
        data = memoryview(json.dumps(line).encode() + b"\n")
        with self._writing:
            if self._is_closed:  # its number may be another file's by now
                raise OSError(errno.EBADF, "it is closed")
            before = self._size()
            try:
                while data:
                    data = data[os.write(self._file, data) :]
            except OSError:
                os.ftruncate(self._file, before)
                raise

    def _size(self) -> int:
        """Its length, in bytes.

        Raises:
            AurousError: No name leads to it any more: what is written is lost.
        """
        status = os.fstat(self._file)
        if not status.st_nlink:
            raise self._failure("was deleted, so what was written is lost", _AGAIN)
        return status.st_size

    def _own_run(self, run: str | None) -> str:
        """The name of the run, which the first line has."""
        line = self._reader.readline()
        if not line.endswith(b"\n"):
            if not _HEADING.startswith(line[: len(_HEADING)]):
                raise self._problem("is no journal", "name another file: this one is left as it is")
            os.ftruncate(self._file, 0)
            self._reader.seek(0)
            run = str(uuid.uuid4()) if run is None else run
            self._add({"journal": _FORM, "run": run})
            self._reader.readline()
            return run
        heading = _read(line) or {}
        written = heading.get("run")
        if heading.get("journal") != _FORM or not isinstance(written, str):
            raise self._problem("is no journal", "name another file: this one is left as it is")
        if run is not None and run != written:
            raise self._problem(
                f"is that of the run {_check.excerpt(written)}, not of {_check.excerpt(run)}",
                "name a journal for each run, or leave run= out to go on with the one that it has",
            )
        return written

    def _entries(self) -> Iterator[int]:
        """Where the results are: for each, a part of its key and its offset, in one number."""
        offset = self._reader.tell()
        for line in self._reader:
            if not line.endswith(b"\n"):
                os.ftruncate(self._file, offset)  # torn: whoever wrote it was killed
                break
            if line.startswith(_BEGINS) and (number := _number(str(line[_KEY], "latin-1"))) is not None:
                yield number << _OFFSET_BITS | offset
            offset += len(line)

    def _line(self, offset: int) -> bytes:
        try:
            with self._reading:
                self._reader.seek(offset)
                return self._reader.readline()
        except OSError as error:
            raise self._failure(
                f"cannot be read ({error.strerror})", "see to its disk, and run the same again"
            ) from None

    def _failure(self, problem: str, remedy: str) -> AurousError:
        """The error of one that is open."""
        self._has_failed = True
        return AurousError(self._told(problem, remedy))

    def _problem(self, problem: str, remedy: str) -> ConfigurationError:
        """The error of one that cannot be opened."""
        return ConfigurationError(self._told(problem, remedy))

    def _told(self, problem: str, remedy: str) -> str:
        return f"the journal {_check.excerpt(self._path)} {problem}. To do: {remedy}"


def _read(line: bytes) -> dict[str, Any] | None:
    try:
        return as_object(loads(line))
    except InvalidJSONError:
        return None


def _number(key: str) -> int | None:
    """A part of a key: enough to find an entry by, which is then looked at. None where it is no key."""
    try:
        return int(key[24:], 16)
    except ValueError:
        return None


_open: Final[WeakSet[Journal]] = WeakSet()


def _leave_all() -> None:
    for journal in list(_open):
        journal.leave()
    _open.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_leave_all)
