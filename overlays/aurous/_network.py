"""The sockets under the transports: what they add to httpcore's is that no operation outlasts the deadline, and that none is left open."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterable
from ssl import SSLContext, SSLError
from typing import Any, Final, cast

import httpcore

_HIGH_WATER: Final = 64 * 1024
"""Bytes that are received ahead of being read."""

_READ_SIZE: Final = 16 * 1024
"""Bytes that are read at once. Between two reads a deadline is looked at and an event loop turns: a server that sends tiny pieces as fast
as it can keeps neither from it for long."""


class Timer:
    """The deadline of the call that a connection serves at the moment."""

    __slots__ = ("deadline",)

    def __init__(self) -> None:
        self.deadline: float | None = None

    def limit(self, timeout: float | None, expired: type[Exception]) -> float | None:
        """The time that one operation may take: its own limit, and not beyond the deadline of the call."""
        if self.deadline is None:
            return timeout
        remaining = self.deadline - time.monotonic()
        if remaining <= 0:
            raise expired("the deadline of the call has passed")
        return remaining if timeout is None else min(timeout, remaining)


class DeadlineStream(httpcore.NetworkStream):
    """A socket whose every operation ends at the deadline: a server that sends a byte now and then cannot outlast it."""

    def __init__(self, stream: httpcore.NetworkStream, timer: Timer) -> None:
        self._stream = stream
        self._timer = timer

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(min(max_bytes, _READ_SIZE), self._timer.limit(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._timer.limit(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        limit = self._timer.limit(timeout, httpcore.ConnectTimeout)
        return DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, limit), self._timer)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class DeadlineBackend(httpcore.NetworkBackend):
    """Makes connections within the deadline, however many addresses a name has."""

    def __init__(self, timer: Timer) -> None:
        self.timer = timer
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        try:
            addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(str(error)) from error
        for *_, address in addresses:
            limit = self.timer.limit(timeout, httpcore.ConnectTimeout)
            try:
                stream = self._backend.connect_tcp(str(address[0]), port, limit, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return DeadlineStream(stream, self.timer)
        raise failure


class LoopStream(httpcore.AsyncNetworkStream, asyncio.Protocol):
    """A connection on the event loop.

    The loop reads as bytes arrive, so what comes unasked is known without looking; and closing is immediate, also of a connection whose
    making was cancelled, which httpcore's own leaves open.
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

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

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

    # httpcore.AsyncNetworkStream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if not self._buffer and not self._ended:
            self._reader = self._loop.create_future()
            try:
                await _within(self._reader, timeout, httpcore.ReadTimeout)
            finally:
                self._reader = None
        else:
            await asyncio.sleep(0)
        size = min(max_bytes, _READ_SIZE)
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        if self._paused and len(self._buffer) <= _HIGH_WATER and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()
        if not data and self._failure is not None:
            raise httpcore.ReadError(str(self._failure))
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._transport is None or self._transport.is_closing():
            raise httpcore.WriteError("the connection is closed")
        self._transport.write(buffer)
        if self._writer is not None:
            await _within(self._writer, timeout, httpcore.WriteTimeout)

    async def aclose(self) -> None:
        self.abort()

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    async def start_tls(
        self, ssl_context: SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
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
        return self

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return bool(self._buffer) or self._ended
        return None if self._transport is None else self._transport.get_extra_info(info)


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


class LoopBackend(httpcore.AsyncNetworkBackend):
    """Makes the connections of one line on the event loop, and knows them from their first byte on."""

    def __init__(self) -> None:
        self._stream: LoopStream | None = None

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        try:
            addresses = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(str(error)) from error
        for family, kind, protocol, _, address in addresses:
            try:
                async with asyncio.timeout(timeout):
                    self._stream = await _connected(socket.socket(family, kind, protocol), address)
            except TimeoutError:
                failure = httpcore.ConnectTimeout(f"no connection to {host} in time")
            except OSError as error:
                failure = httpcore.ConnectError(str(error))
            else:
                return self._stream
        raise failure

    def abort(self) -> None:
        """Close the connection that was made, whatever state it is in."""
        if self._stream is not None:
            self._stream.abort()


async def _connected(sock: socket.socket, address: Any) -> LoopStream:
    """A stream on a new connection. Whatever happens the socket is not left open, which `create_connection` does if cancelled."""
    loop = asyncio.get_running_loop()
    try:
        sock.setblocking(False)
        await loop.sock_connect(sock, address)
        _, stream = await loop.create_connection(LoopStream, sock=sock)
    except BaseException:
        sock.close()
        raise
    return stream
