"""Reading a response within bounds, whatever the server sends: counted before and after decompression."""

from __future__ import annotations

import sys
import zlib
from typing import TYPE_CHECKING, Any, Final

from aurous._http.wire import Incoming, Response, masked

if TYPE_CHECKING:
    from aurous._secret import Secret

ACCEPT_ENCODING: Final = "gzip"

MAX_ERROR_BYTES: Final = 64 * 1024
"""What is read of the body of an error: an envelope is small, and the status counts without one."""

_WINDOW_BITS: Final = {"gzip": zlib.MAX_WBITS | 16, "x-gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}


class TruncatedBodyError(EOFError):
    """The body ended before it was whole; another try may bring it."""


class BodyReader:
    """Gathers one response: first its head, then chunk by chunk its body.

    Args:
        status_code: Of the response.
        headers: Of the response, by lower-case name.
        limit: Most bytes of the body, as sent and as decompressed.
        secret: The key, masked in the headers.
    """

    def __init__(self, status_code: int, headers: dict[str, str], limit: int, secret: Secret) -> None:
        self._status_code = status_code
        self._headers = masked(headers, secret)
        self._limit = limit if status_code < 400 else min(limit, MAX_ERROR_BYTES)
        self._problem: str | None = None
        self._chunks: list[bytes] = []
        self._received = 0
        self._decoded = 0
        self._inflater = self._choose_inflater()
        length = self._headers.get("content-length")
        if length is not None and length.isdecimal() and (len(length) > 18 or int(length) > self._limit):
            self._refuse_size()

    @property
    def wants_more(self) -> bool:
        """Whether it is worth reading on."""
        return self._problem is None

    def feed(self, chunk: bytes) -> bool:
        """Take the next chunk as it came from the network. Returns whether to read on."""
        self._received += len(chunk)
        if self._received > self._limit:
            self._chunks.append(chunk[: self._limit - self._received] if self._inflater is None else b"")
            self._refuse_size()
        elif self._inflater is None:
            self._chunks.append(chunk)
        else:
            self._inflate(chunk)
        return self._problem is None

    def opened(self, incoming: Incoming, elapsed: float) -> Response:
        """The response, its body to be read as it comes."""
        if self._inflater is not None:
            self._problem = "its body is compressed, which was not asked for"
        return Response(self._status_code, self._headers, b"", elapsed, self._problem, incoming.reused, incoming)

    def response(self, elapsed: float, *, reused: bool) -> Response:
        """The whole response; one whose body cannot be read says why.

        Raises:
            TruncatedBodyError: The compressed body broke off.
        """
        if self._problem is None and self._inflater is not None and not self._inflater.eof and self._received:
            if self._status_code < 400:
                raise TruncatedBodyError("the compressed body was cut off")
            self._problem = "its compressed body was cut off"
        body = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        return Response(self._status_code, self._headers, body, elapsed, self._problem, reused)

    def _inflate(self, chunk: bytes) -> None:
        while chunk and self._problem is None:
            if self._inflater.eof:  # what follows is to be another member (RFC 1952 section 2.2)
                self._inflater = self._choose_inflater()
            most = min(self._limit - self._decoded + 1, sys.maxsize)
            try:
                self._chunks.append(self._inflater.decompress(chunk, most))
            except zlib.error as error:
                self._problem = f"its body does not decompress: {error}"
                return
            self._decoded += len(self._chunks[-1])
            if self._decoded > self._limit:
                del self._chunks[-1]
                self._refuse_size()
            chunk = self._inflater.unused_data

    def _choose_inflater(self) -> Any:
        encoding = self._headers.get("content-encoding")
        if encoding is None:
            return None
        encoding = encoding.strip().lower()
        if encoding in _WINDOW_BITS:
            return zlib.decompressobj(_WINDOW_BITS[encoding])
        if encoding not in ("identity", ""):
            self._problem = f"its body is encoded as {encoding[:40]!r}, which was not asked for"
        return None

    def _refuse_size(self) -> None:
        self._problem = f"its body is larger than max_response_bytes={self._limit}"
