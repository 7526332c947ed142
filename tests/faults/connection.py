"""One connection of the misbehaving server: requests are read, and the steps of plans are taken."""

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import Iterable
from dataclasses import dataclass

from faults.steps import Close, Drop, Next, Pause, Plan, Reset, Send, Stall, Step

GONE = (ConnectionError, ssl.SSLError, asyncio.IncompleteReadError, TimeoutError)
"""How a client's going away shows."""

_LIMIT = 2**22


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a request as it was read, and its body."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Connection:
    """One accepted connection.

    Attributes:
        next_plan: What the next request meets in place of its own plan, where a `Next` said so.
    """

    def __init__(self, sock: socket.socket) -> None:
        self.next_plan: Plan | None = None
        self._sock = sock
        self._reader = asyncio.StreamReader(limit=_LIMIT)
        self._writer: asyncio.StreamWriter | None = None

    async def open(self, context: ssl.SSLContext | None) -> None:
        """Take the connection into use, shaking hands where there is a *context*.

        Raises:
            OSError: The client went away, or did not like the certificate.
        """
        loop = asyncio.get_running_loop()
        protocol = asyncio.StreamReaderProtocol(self._reader)
        limits = {"ssl_handshake_timeout": 30.0, "ssl_shutdown_timeout": 0.1} if context else {}
        transport, _ = await loop.connect_accepted_socket(lambda: protocol, self._sock, ssl=context, **limits)
        # Nothing stays behind in the process: `Reset` must not throw away what was sent. (TLS takes 0 for a full stop.)
        transport.set_write_buffer_limits(high=1 if context else 0)
        self._writer = asyncio.StreamWriter(transport, protocol, self._reader, loop)

    async def read_some(self) -> None:
        """Read whatever comes first, such as the client's part of a TLS handshake."""
        await self._reader.read(65536)

    async def read_request(self) -> Head | None:
        """Read one request; None where the client has closed the connection in between."""
        try:
            block = await self._reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError as error:
            if error.partial:
                raise
            return None
        line, *rows = block.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
        method, target, _ = line.split(" ")
        split = [row.partition(":") for row in rows]
        headers = tuple((name.lower(), value.strip()) for name, _, value in split)
        return Head(method, target, headers, await self._read_body(dict(headers)))

    async def _read_body(self, headers: dict[str, str]) -> bytes:
        """Read what follows the head of a request: some clients send an empty body in chunks even with a GET."""
        if headers.get("transfer-encoding", "").lower() != "chunked":
            return await self._reader.readexactly(int(headers.get("content-length", "0")))
        body = b""
        while size := int(await self._reader.readuntil(b"\r\n"), 16):
            body += (await self._reader.readexactly(size + 2))[:-2]
        await self._reader.readuntil(b"\r\n")
        return body

    async def play(self, steps: Iterable[Step]) -> bool:
        """Take *steps*. Returns whether the connection is still there for another request."""
        for step in steps:
            match step:
                case Send(data):
                    await self._send(data)
                case Pause(seconds):
                    await asyncio.sleep(seconds)
                case Next(plan):
                    self.next_plan = plan
                case _:
                    await self._end(step)
                    return False
        return True

    def abort(self) -> None:
        """End the connection at once."""
        if self._writer is not None:
            self._writer.transport.abort()
        self._sock.close()

    async def _send(self, data: bytes) -> None:
        assert self._writer is not None
        self._writer.write(data)
        await self._writer.drain()
        # A client that keeps up would otherwise let a flood hold the loop for ever.
        await asyncio.sleep(0)

    async def _end(self, step: Stall | Close | Drop | Reset) -> None:
        assert self._writer is not None
        if isinstance(step, Stall):
            while await self._reader.read(65536):
                pass
        if isinstance(step, Reset) and self._sock.fileno() >= 0:
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if isinstance(step, Close):
            self._writer.close()
        else:
            self._writer.transport.abort()
        with contextlib.suppress(*GONE):
            await self._writer.wait_closed()
