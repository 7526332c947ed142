"""HTTP/1.1 without I/O: the head of a request, and the reader of a response.

llhttp, by httptools, reads where it is installed (`aurous[speed]`), and h11 otherwise: that is written in Python, and
the largest part of what a call costs.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Final

from attrs import define

from aurous._http.failures import Kind, TransportError
from aurous._http.wire import header_map

MAX_HEAD_BYTES: Final = 100 * 1024
"""Most bytes without progress: a server that sends headers, chunk extensions or trailers without an end gets no
further."""

READ_SIZE: Final = 64 * 1024
"""Bytes that are read at once. Between two reads a deadline is looked at and an event loop turns: a server that sends
tiny pieces as fast as it can keeps neither from it for long."""

_REQUEST_HEAD: Final = re.compile(
    r"[A-Za-z0-9!#$%&'*+.^_`|~-]++ [!-~]++ HTTP/1\.1\r\n"
    r"(?:[A-Za-z0-9!#$%&'*+.^_`|~-]++: (?:[!-~]++(?:[\t ]++[!-~]++)*+)?\r\n)*+\r\n"
)


def request_head(method: str, target: str, headers: list[tuple[str, str]]) -> bytes:
    """Request line and headers. What would end a line early, or is no HTTP, is refused."""
    fields = "".join([f"{name}: {value}\r\n" for name, value in headers])
    head = f"{method} {target} HTTP/1.1\r\n{fields}\r\n"
    if not _REQUEST_HEAD.fullmatch(head):
        raise TransportError(Kind.INVALID_REQUEST, "the method, the target or a header of the request is no HTTP")
    return head.encode("ascii")


def chunk(data: bytes) -> bytes:
    """A piece of a body of unknown length; nothing stands for its end."""
    return b"%x\r\n%b\r\n" % (len(data), data)


@define
class Head:
    """Status and headers of a response."""

    status: int
    headers: dict[str, str]
    length: int | None
    """Bytes of the body, where the response says it."""
    is_framed: bool
    """Whether the body has an end of its own: not that of the connection."""
    persists: bool
    """Whether the connection may carry another request."""

    @classmethod
    def of(cls, status: int, raw: Iterable[tuple[bytes, bytes]], version: str, method: str) -> Head:
        """Make it of what a parser has found."""
        headers = header_map(raw)
        said, coding = headers.get("content-length"), headers.get("transfer-encoding")
        if coding is not None and coding.strip().lower() != "chunked":
            raise TransportError(Kind.PROTOCOL, "a transfer coding that was not asked for")
        # Where both are there, one was made up on the way (RFC 9112 section 6.3).
        is_unsure = said is not None and coding is not None
        is_framed, length = True, None
        if status in (101, 204, 304) or method in ("HEAD", "CONNECT"):
            length = 0
        elif coding is None:
            is_framed = said is not None
            length = None if said is None else int(said.partition(",")[0])
        persists = version == "1.1" and is_framed and not is_unsure and status != 101 and not _closes(headers)
        return cls(status, headers, length, is_framed, persists)


def _closes(headers: dict[str, str]) -> bool:
    """Whether the server closes the connection after its response."""
    options = headers.get("connection")
    return options is not None and "close" in [option.strip() for option in options.lower().split(",")]


class ResponseReader(ABC):
    """Takes the bytes that come after a request, and gives the response. Interim responses are passed over."""

    def __init__(self, method: str) -> None:
        self._method = method
        self._pieces: list[bytes] = []
        self._failure: TransportError | None = None
        self.head: Head | None = None
        self.is_done = False
        """Whether the response is whole."""
        self.has_more = False
        """Whether bytes are left over behind it."""
        self.ends_connection = False
        """Whether the request was not sent whole: what is sent next would be taken for the rest of it."""

    @property
    def may_follow(self) -> bool:
        """Whether another request may follow: the response is whole, nothing is left over, and both sides stay."""
        is_over = self.is_done and not self.has_more and not self.ends_connection
        return is_over and self.head is not None and self.head.persists

    def feed(self, data: bytes) -> None:
        """Take what came from the network; nothing stands for its end.

        Raises:
            TransportError: It is no HTTP, or breaks off. Where some of the body came before, `take` gives that first.
        """
        if self.is_done:
            self.has_more = self.has_more or bool(data)
        elif data:
            try:
                self._parse(data)
            except TransportError as error:
                if not self._pieces:
                    raise
                self._failure = error
        elif self.head is None:
            raise TransportError(Kind.PROTOCOL, "the server hung up without a response")
        elif self.head.is_framed:
            raise TransportError(Kind.PROTOCOL, "the server hung up before the body was complete")
        else:
            self.is_done = True

    def take(self) -> bytes:
        """What has come of the body since.

        Raises:
            TransportError: What came after it is no HTTP.
        """
        pieces = self._pieces
        if not pieces:
            if self._failure is not None:
                raise self._failure
            return b""
        body = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        pieces.clear()
        return body

    @abstractmethod
    def _parse(self, data: bytes) -> None: ...
