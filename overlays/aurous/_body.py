"""Reading a body within bounds, whatever the server sends: counted before and after decompression."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any, Final, Protocol

ACCEPT_ENCODING: Final = "gzip"

_WINDOW_BITS: Final = {"gzip": zlib.MAX_WBITS | 16, "x-gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}


class BodyError(Exception):
    """A body that cannot be read."""


class TruncatedBodyError(BodyError):
    """The body ended before it was whole; another try may bring it."""


class Inflater(Protocol):
    """What is used of `zlib.decompressobj`."""

    eof: bool
    unconsumed_tail: bytes
    unused_data: bytes

    def decompress(self, data: bytes, max_length: int = 0, /) -> bytes: ...


class Body:
    """Gathers the chunks of one body.

    Args:
        headers: Of the answer, names in lower case.
        limit: Most bytes, as sent and as decompressed.
    """

    def __init__(self, headers: Mapping[str, str], limit: int) -> None:
        self._limit = limit
        self._chunks: list[bytes] = []
        self._received = 0
        self._decoded = 0
        self._inflater = _inflater(headers.get("content-encoding"))
        length = headers.get("content-length", "")
        if length.isascii() and length.isdigit() and (len(length) > 18 or int(length) > limit):
            raise self._too_large()

    def feed(self, chunk: bytes) -> None:
        """Take the next chunk as it came from the network."""
        self._received += len(chunk)
        if self._received > self._limit:
            raise self._too_large()
        if self._inflater is None:
            self._chunks.append(chunk)
        else:
            self._inflate(self._inflater, chunk)

    def _inflate(self, inflater: Inflater, chunk: bytes) -> None:
        try:
            inflated = inflater.decompress(chunk, self._limit - self._decoded + 1)
        except zlib.error as error:
            raise BodyError(f"the body does not decompress: {error}") from None
        self._decoded += len(inflated)
        if self._decoded > self._limit:
            raise self._too_large()
        if inflater.unused_data:
            raise BodyError("the body goes on after its compressed data")
        self._chunks.append(inflated)

    def finish(self) -> bytes:
        """The whole body."""
        if self._inflater is not None and not self._inflater.eof and self._received:
            raise TruncatedBodyError("the compressed body was cut off")
        return self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)

    def _too_large(self) -> BodyError:
        return BodyError(f"the body is larger than max_response_bytes={self._limit}")


def _inflater(encoding: str | None) -> Any:
    encoding = (encoding or "identity").strip().lower()
    if encoding in ("identity", ""):
        return None
    if encoding not in _WINDOW_BITS:
        raise BodyError(f"the body is encoded as {encoding[:40]!r}, which was not asked for")
    return zlib.decompressobj(_WINDOW_BITS[encoding])
