"""Server-sent events without I/O: bytes in, the data of events out.

The rules are those of the WHATWG (https://html.spec.whatwg.org/multipage/server-sent-events.html): UTF-8 whatever the
response says of its charset, and CRLF, LF or CR at the end of a line. The API documents comments and `data` alone, so
`event`, `id` and `retry` are ignored as unknown fields are. Two rules are stricter: data that is not UTF-8 is refused,
for JSON with replacement characters in it is not to be believed; and what is kept is bounded.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from typing import Final

MAX_EVENT_BYTES: Final = 1024 * 1024
"""Most bytes that are kept: the `data` lines of an event and the line after them, without line ends."""

_TOO_LONG: Final = f"a line or an event is longer than {MAX_EVENT_BYTES} bytes"
_DONE: Final = "[DONE]"
_CR: Final = ord("\r")


class EventStreamError(ValueError):
    """Not a stream of events that can be used; the text says why."""


class EventDecoder:
    r"""Bytes in, the data of events out.

    How the bytes are cut makes no difference: an event comes with the byte that ends it, and an error after the events
    before it. Where one piece holds both, the next call raises the error.

    Example:
        >>> decoder = EventDecoder()
        >>> decoder.feed(b": keep-alive\n\ndata: He"), decoder.feed(b"llo\n\n"), decoder.end()
        ([], ['Hello'], [])
    """

    def __init__(self) -> None:
        self._at_start = True
        """Whether the first line is still to come: it may begin with a byte order mark."""
        self._after_cr = False
        """Whether a CR came last: it has ended a line, and an LF that follows ends no other."""
        self._rest = bytearray()
        """The line whose end is still to come. Bytes would be copied with each piece."""
        self._data: list[bytes] = []
        """What the `data` lines of the event hold so far."""
        self._left = MAX_EVENT_BYTES
        """Bytes that its next line may have."""
        self._problem: str | None = None

    def feed(self, data: bytes) -> list[str]:
        """Take what came from the network.

        Args:
            data: Any number of bytes.

        Returns:
            The data of each event that is whole now, in order.

        Raises:
            EventStreamError: An event is not UTF-8, or longer than `MAX_EVENT_BYTES`; so is a line. The decoder is of
                no further use.
        """
        events = self._events(data) if self._problem is None else []
        if self._problem is not None and not events:
            raise EventStreamError(self._problem)
        return events

    def end(self) -> list[str]:
        """Take that the bytes have ended. An event that no blank line has ended is dropped.

        Returns:
            `[DONE]` where that is all the data of the dropped event: nothing follows it, so nothing is missing.

        Raises:
            EventStreamError: The piece that was fed last holds one.
        """
        self.feed(b"\n" if self._rest else b"")
        return [_DONE] if self._data == [_DONE.encode()] else []

    def _events(self, data: bytes) -> list[str]:
        """The data of each event that is whole now, up to the first problem."""
        events: list[str] = []
        for line in self._lines(data):
            if line:
                if len(line) > self._left:
                    self._problem = _TOO_LONG
                    return events
                name, _, value = line.partition(b":")
                if name == b"data":
                    self._data.append(value.removeprefix(b" "))
                    self._left -= len(line)
            elif self._data:
                try:
                    events.append(b"\n".join(self._data).decode())
                except UnicodeDecodeError as error:
                    self._problem = f"an event is not UTF-8 (byte {error.start} of its data)"
                    return events
                self._data.clear()
                self._left = MAX_EVENT_BYTES
        if len(self._rest) > self._left:
            self._problem = _TOO_LONG
        return events

    def _lines(self, data: bytes) -> list[bytes]:
        """The lines that are whole now."""
        if self._after_cr and data:
            data = data.removeprefix(b"\n")
            self._after_cr = False
        if _CR in data:
            self._after_cr = data.endswith(b"\r")
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        lines = data.split(b"\n")
        rest = lines.pop()
        if self._rest and lines:
            lines[0] = bytes(self._rest) + lines[0]
            self._rest.clear()
        if self._at_start and lines:
            lines[0] = lines[0].removeprefix(BOM_UTF8)
            self._at_start = False
        self._rest += rest
        return lines
