"""HTTP/1.1 on one connection, without I/O: h11, with what a client of one origin needs of it.

h11 is what httpx speaks through httpcore; it is used here directly, as httpcore neither tells of bytes left over behind
a response nor gets by with less than an eighth of the processor time of a call. A body of known length is passed by
h11: it would copy it twice, and look at each piece.
"""

from __future__ import annotations

from typing import Any, Final

import h11
import httpx

MAX_HEAD_BYTES: Final = 100 * 1024
"""Most bytes of the head of a response: a server that sends headers without an end gets no further."""

READ_SIZE: Final = 64 * 1024
"""Bytes that are read at once. Between two reads a deadline is looked at and an event loop turns: a server that sends
tiny pieces as fast as it can keeps neither from it for long."""

_WITHOUT_BODY: Final = frozenset({101, 204, 304})


class Exchange:
    """Requests and their responses, one after the other. Bytes go in and out; the sockets are somebody else's."""

    def __init__(self) -> None:
        self._state = _new_state()
        self._method = b""
        self._sent: list[tuple[bytes, bytes]] = []
        self._checked: Any = None
        self._length: int | None = None
        self._left: int | None = None
        """Bytes of a body of known length that are still to come; None where h11 reads the body."""
        self._pending = b""
        self._stays = False

    def request(self, method: bytes, target: bytes, headers: list[tuple[bytes, bytes]], body: bytes) -> bytes:
        """The bytes of a request."""
        self._method = method
        # Mostly those of the request before, which h11 need not check again: a twentieth of a call.
        known = self._checked if headers == self._sent else headers
        try:
            request = h11.Request(method=method, target=target, headers=known)
            self._sent, self._checked = headers, request.headers
            data = self._state.send(request) or b""
            if body:
                data += self._state.send(h11.Data(data=body)) or b""
            return data + (self._state.send(h11.EndOfMessage()) or b"")
        except h11.LocalProtocolError as error:
            raise httpx.LocalProtocolError(str(error)) from error

    def abandon(self) -> None:
        """The request was not sent whole: a response may come all the same, and then nothing more."""
        self._state.send_failed()

    def receive(self, data: bytes) -> None:
        """Take what came from the network; nothing stands for its end."""
        if self._left is not None:
            if not data:
                raise httpx.RemoteProtocolError(
                    "peer closed connection without sending complete message body "
                    f"({self._left} bytes of {self._length} are missing)"
                )
            self._pending = self._pending + data if self._pending else data
            return
        if not data and self._state.their_state is h11.SEND_RESPONSE:
            raise httpx.RemoteProtocolError("the server hung up without a response")
        self._state.receive_data(data)

    def head(self) -> h11.Response | h11.InformationalResponse | None:
        """Status and headers of the response, interim ones passed over; None while more bytes are needed."""
        while True:
            event = self._next()
            if event is h11.NEED_DATA:
                return None
            if isinstance(event, h11.Response) or (
                isinstance(event, h11.InformationalResponse) and event.status_code == 101
            ):
                self._take_over_body(event)
                return event

    def _take_over_body(self, head: h11.Response | h11.InformationalResponse) -> None:
        """Read the body without h11, where its length is known and nothing else has a say in it."""
        if head.status_code in _WITHOUT_BODY or self._method in (b"HEAD", b"CONNECT"):
            return
        length, connection = b"", b""
        for name, value in head.headers:
            if name == b"transfer-encoding":
                return
            if name == b"content-length":
                length = value
            elif name == b"connection":
                connection += b"," + value.lower()
        if not length:
            return
        self._length = self._left = int(length)
        self._pending = self._state.trailing_data[0]
        options = [option.strip() for option in connection.split(b",")]
        self._stays = head.http_version == b"1.1" and b"close" not in options

    def data(self) -> bytes | None:
        """The next piece of the body, nothing at its end; None while more bytes are needed."""
        if self._left is not None:
            return self._piece(self._left)
        while True:
            event = self._next()
            if event is h11.NEED_DATA:
                return None
            if not isinstance(event, h11.Data):
                return b""
            if event.data:
                return bytes(event.data)

    def _piece(self, left: int) -> bytes | None:
        if not left:
            return b""
        if not self._pending:
            return None
        piece, self._pending = (
            (self._pending, b"")
            if len(self._pending) <= left
            else (
                self._pending[:left],
                self._pending[left:],
            )
        )
        self._left = left - len(piece)
        return piece

    def long_body(self) -> tuple[bytearray, int] | None:
        """A buffer for a whole body of known length, and how much of it has come; None where there is no use in one.

        Whoever takes it fills it. It spares a copy of what is long: `data` would give it in pieces.
        """
        if self._left is None or self._left <= READ_SIZE or self._left != self._length:
            return None
        buffer = bytearray(self._left)
        come = len(self._pending)
        buffer[:come] = self._pending
        self._pending = b""
        return buffer, come

    def filled(self) -> None:
        """The buffer for the body is full."""
        self._left = 0

    @property
    def has_more(self) -> bool:
        """Whether bytes are left over behind what was read."""
        return bool(self._pending) or self._state.trailing_data[0] != b""

    def finish(self) -> bool:
        """Whether another request may follow: the response is whole, nothing is left over, and both sides stay."""
        state = self._state
        if state.our_state is not h11.DONE:
            return False
        if self._left is not None:
            if self._left or self._pending or not self._stays:
                return False
            self._state, self._left = _new_state(), None
            return True
        if state.their_state is not h11.DONE or state.trailing_data != (b"", False):
            return False
        state.start_next_cycle()
        return True

    def _next(self) -> object:
        try:
            return self._state.next_event()
        except h11.RemoteProtocolError as error:
            raise httpx.RemoteProtocolError(str(error)) from error


def _new_state() -> h11.Connection:
    return h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD_BYTES)
