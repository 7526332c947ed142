"""Bodies that are read while they are sent: from files and iterators, in constant memory."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, cast

from aurous import _check
from aurous._errors import ConfigurationError

_PIECE: Final = 64 * 1024
_BYTES: Final[Any] = (bytes, bytearray, memoryview)


class StreamedBody:
    """A body of several pieces; each time it is iterated over, it is read from the start."""

    def __init__(self, pieces: list[bytes | Source]) -> None:
        self._pieces = pieces
        lengths = [len(piece) if isinstance(piece, bytes) else piece.length for piece in pieces]
        self.length: int | None = None if None in lengths else sum(cast("list[int]", lengths))
        """In bytes; None where nobody knows before its end."""

    @property
    def can_be_sent(self) -> bool:
        """Whether it can be read: an iterator only once."""
        return all(isinstance(piece, bytes) or piece.can_be_read for piece in self._pieces)

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            yield from (piece,) if isinstance(piece, bytes) else piece

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            if isinstance(piece, bytes):
                yield piece
            elif hasattr(piece.content, "__aiter__"):
                async for part in piece.read_async():
                    yield part
            else:
                for part in piece:
                    yield part


class Source:
    """What a file is read from: a path, an open file, or an iterator of bytes."""

    def __init__(self, name: str, content: Any) -> None:
        self._name = name
        self.content = content
        self.can_be_read = True
        self._start: int | None = None
        self.length: int | None = None
        if isinstance(content, os.PathLike):
            with Path(cast("Any", content)).open("rb") as file:
                self.length = file.seek(0, os.SEEK_END) if file.seekable() else None
        elif hasattr(content, "read") and _checked(content.read(0)) is not None and content.seekable():
            self._start = content.tell()
            self.length = content.seek(0, os.SEEK_END) - self._start
            content.seek(self._start)

    def __iter__(self) -> Iterator[bytes]:
        """The pieces, from the start.

        Raises:
            ConfigurationError: It cannot be read, or does not hold what it held when it was passed.
        """
        come = 0
        with _told(self._name):
            for piece in self._read():
                come += len(_checked(piece))
                if self.length is not None and come > self.length:
                    break
                if piece:
                    yield bytes(piece)
            if self.length is not None and come != self.length:
                raise ValueError("it changed while it was sent")

    async def read_async(self) -> AsyncIterator[bytes]:
        """The pieces of an asynchronous iterator."""
        self.can_be_read = False
        with _told(self._name):
            async for piece in self.content:
                if _checked(piece):
                    yield bytes(piece)

    def _read(self) -> Iterator[Any]:
        if isinstance(self.content, os.PathLike):
            with Path(cast("Any", self.content)).open("rb") as file:
                yield from iter(lambda: file.read(_PIECE), b"")
        elif hasattr(self.content, "read"):
            if self._start is None:
                self.can_be_read = False
            else:
                self.content.seek(self._start)
            yield from iter(lambda: self.content.read(_PIECE), b"")
        elif not hasattr(self.content, "__iter__"):
            raise TypeError("an asynchronous iterator needs AsyncAurous")
        else:
            self.can_be_read = not hasattr(self.content, "__next__")
            yield from self.content


def source_of(name: str, content: Any) -> bytes | Source:
    """The content of a file in any of the forms in which a caller may pass one.

    Raises:
        ConfigurationError: It is none of them, or cannot be read.
    """
    if isinstance(content, _BYTES):
        return bytes(content)
    with _told(name):
        if isinstance(content, str):
            raise TypeError("a string may be a path or a content")
        if not any(hasattr(content, each) for each in _READABLE):
            raise TypeError("it is not iterable")
        if isinstance(content, (list, tuple)):
            return b"".join(map(_checked, cast("list[bytes]", content)))
        return Source(name, content)


_READABLE: Final = ("__fspath__", "read", "__iter__", "__aiter__")


@contextmanager
def _told(name: str) -> Generator[None]:
    """Errors of reading become errors of the argument."""
    try:
        yield
    except ConfigurationError:
        raise
    except Exception as error:  # noqa: BLE001  # whatever an iterator of the caller's raises
        raise _check.refusal(
            name,
            f"cannot be read as a file ({type(error).__name__}: {error}); pass bytes, a pathlib.Path, "
            "a file that is open in binary mode, or an iterable of bytes",
        ) from None


def _checked(piece: Any) -> Any:
    if not isinstance(piece, _BYTES):
        raise TypeError(f"it gives {type(piece).__name__}, and not bytes")
    return piece
