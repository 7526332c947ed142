"""Reads responses with llhttp, the parser of Node.js, by httptools."""

from __future__ import annotations

import httptools

from aurous._http.failures import Kind, TransportError
from aurous._http.http11 import MAX_HEAD_BYTES, Head, ResponseReader


class LlhttpReader(ResponseReader):
    """Reads one response. What has no underscore and begins with `on_` is called by httptools."""

    def __init__(self, method: str) -> None:
        super().__init__(method)
        self._parser = httptools.HttpResponseParser(self)
        self._headers: list[tuple[bytes, bytes]] = []
        self._without_progress = 0
        """Bytes since the last piece of a body, or interim response: llhttp itself reads headers, extensions of chunks
        and trailers for ever."""

    def on_message_begin(self) -> None:
        if self.is_done:
            self.has_more = True
        self._headers = []

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if self.is_done or (100 <= status < 200 and status != 101):
            return
        headers, self._headers = self._headers, []  # what follows are trailers, which are no headers (RFC 9110 6.5.1)
        self.head = Head.of(status, headers, self._parser.get_http_version(), self._method)
        self.is_done = self.head.length == 0

    def on_body(self, data: bytes) -> None:
        if self.is_done:  # a body where there may be none
            self.has_more = True
            return
        self._without_progress = 0
        self._pieces.append(data)

    def on_message_complete(self) -> None:
        self._without_progress = 0
        self.is_done = self.head is not None

    def _parse(self, data: bytes) -> None:
        self._without_progress += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserCallbackError as error:  # an interrupt, for one
            raise error.__context__ or error from None
        except httptools.HttpParserUpgrade as upgrade:
            self.is_done = True
            self.has_more = upgrade.args[0] < len(data)
        except httptools.HttpParserError as error:
            if not self.is_done:
                raise TransportError(Kind.PROTOCOL, str(error)) from error
            self.has_more = True
        if self._without_progress > MAX_HEAD_BYTES and not self.is_done:
            raise TransportError(Kind.PROTOCOL, f"more than {MAX_HEAD_BYTES} bytes of headers")
