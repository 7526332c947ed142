"""Reads responses with h11. A body of known length is passed by it: it would copy it twice, and look at each piece."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import h11

from aurous._http.failures import Kind, TransportError
from aurous._http.http11 import MAX_HEAD_BYTES, Head, ResponseReader

_END: Final = h11.EndOfMessage()


@cache
def _request(method: str) -> h11.Request:
    """A request that tells h11 what it needs to know of the one that was sent."""
    return h11.Request(method=method, target=b"/", headers=[(b"Host", b"")])


class H11Reader(ResponseReader):
    """Reads one response."""

    def __init__(self, method: str) -> None:
        super().__init__(method)
        self._state = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD_BYTES)
        self._state.send(_request(method))
        self._state.send(_END)
        self._left: int | None = None
        """Bytes of a body of known length that are still to come; None where h11 reads the body."""

    def _parse(self, data: bytes) -> None:
        if self._left is None:
            self._feed_h11(data)
        else:
            self._count(data, self._left)

    def _feed_h11(self, data: bytes) -> None:
        try:
            self._state.receive_data(data)
            while not self.is_done and self._left is None and (event := self._state.next_event()) is not h11.NEED_DATA:
                self._handle(event)
        except h11.RemoteProtocolError as error:
            raise TransportError(Kind.PROTOCOL, str(error)) from error
        if self.is_done and self._left is None:
            self.has_more = bool(self._state.trailing_data[0])

    def _handle(self, event: Any) -> None:
        if isinstance(event, h11.Data):
            self._pieces.append(bytes(event.data))
        elif isinstance(event, (h11.Response, h11.InformationalResponse)):
            if event.status_code >= 200 or event.status_code == 101:
                self._begin(event)
        else:  # the end of the message, or of HTTP on this connection
            self.is_done = True

    def _begin(self, event: h11.Response | h11.InformationalResponse) -> None:
        headers = event.headers.raw_items()
        self.head = Head.of(event.status_code, headers, event.http_version.decode(), self._method)
        if self.head.length is not None:
            rest, _ = self._state.trailing_data
            self._count(rest, self.head.length)

    def _count(self, data: bytes, left: int) -> None:
        if data:
            self._pieces.append(data if len(data) <= left else data[:left])
        self._left = max(left - len(data), 0)
        self.is_done = not self._left
        self.has_more = len(data) > left
