"""HTTP/1.1 on one connection, without I/O: h11, with what a client of one origin needs of it.

h11 is what httpx speaks through httpcore; it is used here directly, as httpcore neither tells of bytes left over behind
a response nor gets by with less than an eighth of the processor time of a call.
"""

from __future__ import annotations

from typing import Any, Final

import h11
import httpx

MAX_HEAD_BYTES: Final = 100 * 1024
"""Most bytes of the head of a response: a server that sends headers without an end gets no further."""


class Exchange:
    """Requests and their responses, one after the other. Bytes go in and out; the sockets are somebody else's."""

    def __init__(self) -> None:
        self._state = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD_BYTES)
        self._sent: list[tuple[bytes, bytes]] = []
        self._checked: Any = None

    def request(self, method: bytes, target: bytes, headers: list[tuple[bytes, bytes]], body: bytes) -> bytes:
        """The bytes of a request."""
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
                return event

    def data(self) -> bytes | None:
        """The next piece of the body, nothing at its end; None while more bytes are needed."""
        while True:
            event = self._next()
            if event is h11.NEED_DATA:
                return None
            if not isinstance(event, h11.Data):
                return b""
            if event.data:
                return bytes(event.data)

    @property
    def has_more(self) -> bool:
        """Whether bytes are left over behind what was read."""
        return self._state.trailing_data[0] != b""

    def finish(self) -> bool:
        """Whether another request may follow: the response is whole, nothing is left over, and both sides stay."""
        state = self._state
        if state.our_state is not h11.DONE or state.their_state is not h11.DONE or state.trailing_data != (b"", False):
            return False
        state.start_next_cycle()
        return True

    def _next(self) -> object:
        try:
            return self._state.next_event()
        except h11.RemoteProtocolError as error:
            raise httpx.RemoteProtocolError(str(error)) from error
