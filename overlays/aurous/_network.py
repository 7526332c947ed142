"""The sockets under the transports: made within a deadline, read in small pieces, and never left open."""

from __future__ import annotations

import asyncio
import socket
import time
from ssl import SSLContext, SSLError
from typing import Any, Final, cast

import httpcore

READ_SIZE: Final = 16 * 1024
"""Bytes that are read at once. Between two reads a deadline is looked at and an event loop turns: a server that sends
tiny pieces as fast as it can keeps neither from it for long."""

_HIGH_WATER: Final = 64 * 1024
"""Bytes that are received ahead of being read."""


class Limits:
    """The time that the operations of one request may take, each by itself and all together."""

    __slots__ = ("_timeouts", "deadline")

    def __init__(self, timeouts: dict[str, float | None], deadline: float | None) -> None:
        self._timeouts = timeouts
        self.deadline = deadline
        """On `time.monotonic`."""

    def of(self, operation: str, expired: type[Exception]) -> float | None:
        """Seconds for one operation now: `connect`, `read`, `write` or `pool`."""
        timeout = self._timeouts.get(operation)
        if self.deadline is None:
            return timeout
        remaining = self.deadline - time.monotonic()
        if remaining <= 0:
            raise expired("the deadline of the call has passed")
        return remaining if timeout is None else min(timeout, remaining)


def connect(host: str, port: int, limits: Limits) -> httpcore.NetworkStream:
    """A connection, to the first of the host's addresses that takes one."""
    failure: Exception = httpcore.ConnectError(f"{host} has no address")
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(str(error)) from error
    for *_, address in addresses:
        try:
            return _backend.connect_tcp(str(address[0]), port, limits.of("connect", httpcore.ConnectTimeout))
        except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
            failure = error
    raise failure


_backend: Final = httpcore.SyncBackend()


class LoopStream(asyncio.Protocol):
    """A connection on the event loop.

    The loop reads as bytes arrive, so what comes unasked is known without looking; and closing is immediate, also of a
    connection whose making was cancelled, which httpcore's own leaves open.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._ended = False
        self._failure: Exception | None = None
        self._paused = False
        self._reader: asyncio.Future[None] | None = None
        self._writer: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if len(self._buffer) > _HIGH_WATER and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()
        _wake(self._reader)

    def eof_received(self) -> None:
        self._ended = True
        _wake(self._reader)

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended = True
        self._failure = exc
        _wake(self._reader)
        _wake(self._writer)

    def pause_writing(self) -> None:
        self._writer = self._loop.create_future()

    def resume_writing(self) -> None:
        _wake(self._writer)
        self._writer = None

    async def read(self, max_bytes: int, timeout: float | None) -> bytes:
        """What has come, once something has; nothing at the end."""
        if not self._buffer and not self._ended:
            self._reader = self._loop.create_future()
            try:
                await _within(self._reader, timeout, httpcore.ReadTimeout)
            finally:
                self._reader = None
        else:
            await asyncio.sleep(0)
        data = bytes(self._buffer[:max_bytes])
        del self._buffer[:max_bytes]
        if self._paused and len(self._buffer) <= _HIGH_WATER and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()
        if not data and self._failure is not None:
            raise httpcore.ReadError(str(self._failure))
        return data

    async def write(self, data: bytes, timeout: float | None) -> None:
        """Send, and wait while the other side is slow to take it."""
        if self._transport is None or self._transport.is_closing():
            raise httpcore.WriteError("the connection is closed")
        self._transport.write(data)
        if self._writer is not None:
            await _within(self._writer, timeout, httpcore.WriteTimeout)

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    async def start_tls(self, ssl_context: SSLContext, server_hostname: str, timeout: float | None) -> None:
        """Speak TLS from here on."""
        assert self._transport is not None
        plain = self._transport
        try:
            secured = await self._loop.start_tls(
                plain, self, ssl_context, server_hostname=server_hostname, ssl_handshake_timeout=timeout
            )
        except BaseException as error:
            plain.abort()
            if isinstance(error, (OSError, SSLError)):
                raise httpcore.ConnectError(str(error)) from error
            raise
        self._transport = secured

    @property
    def is_readable(self) -> bool:
        """Whether something came that nobody waited for, or the end."""
        return bool(self._buffer) or self._ended


def _wake(waiter: asyncio.Future[None] | None) -> None:
    if waiter is not None and not waiter.done():
        waiter.set_result(None)


async def _within(waiter: asyncio.Future[None], timeout: float | None, expired: type[Exception]) -> None:
    """Wait, for so many seconds at most."""
    if timeout is None:
        await waiter
        return

    def expire() -> None:
        if not waiter.done():
            waiter.set_exception(expired("the server fell silent"))

    timer = asyncio.get_running_loop().call_later(timeout, expire)
    try:
        await waiter
    finally:
        timer.cancel()


async def connect_async(host: str, port: int, limits: Limits) -> LoopStream:
    """As `connect`, on the event loop."""
    failure: Exception = httpcore.ConnectError(f"{host} has no address")
    try:
        addresses = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(str(error)) from error
    for family, kind, protocol, _, address in addresses:
        try:
            async with asyncio.timeout(limits.of("connect", httpcore.ConnectTimeout)):
                return await _connected(socket.socket(family, kind, protocol), address)
        except TimeoutError:
            failure = httpcore.ConnectTimeout(f"no connection to {host} in time")
        except OSError as error:
            failure = httpcore.ConnectError(str(error))
    raise failure


async def _connected(sock: socket.socket, address: Any) -> LoopStream:
    """A stream on a new connection. The socket is never left open, as `create_connection` does if cancelled."""
    loop = asyncio.get_running_loop()
    try:
        sock.settimeout(0)
        await loop.sock_connect(sock, address)
        _, stream = await loop.create_connection(LoopStream, sock=sock)
    except BaseException:
        sock.close()
        raise
    return stream
