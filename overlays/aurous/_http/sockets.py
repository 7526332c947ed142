"""The sockets under the transports: made within a deadline, read in small pieces, and never left open."""

from __future__ import annotations

import asyncio
import select
import socket
import threading
import time
from contextlib import suppress
from ipaddress import ip_address
from ssl import SSLContext, SSLError, SSLSocket, SSLWantReadError, SSLWantWriteError
from typing import Any, Final, cast

import httpx

_WRITE_SIZE: Final = 64 * 1024
"""Bytes that are sent at once. Between two writes it is seen whether a response came early."""

_HIGH_WATER: Final = 64 * 1024
"""Bytes that are received ahead of being read."""


class Limits:
    """The time that the operations of one request may take, each by itself and all together."""

    __slots__ = ("_connect_by", "_timeouts", "deadline")

    def __init__(self, timeouts: dict[str, float | None], deadline: float | None) -> None:
        self._timeouts = timeouts
        self.deadline = deadline
        """On `time.monotonic`."""
        self._connect_by: float | None = None

    def start_connecting(self) -> None:
        """From here on `connect` stands for what is left for the whole connection: name, address and TLS."""
        timeout = self._timeouts.get("connect")
        self._connect_by = None if timeout is None else time.monotonic() + timeout

    def of(self, operation: str, expired: type[Exception]) -> float | None:
        """Seconds for one operation now: `connect`, `read`, `write` or `pool`."""
        timeout = self._timeouts.get(operation)
        if operation == "connect" and self._connect_by is not None:
            timeout = self._connect_by - time.monotonic()
        if self.deadline is not None:
            remaining = self.deadline - time.monotonic()
            timeout = remaining if timeout is None else min(timeout, remaining)
        if timeout is not None and timeout <= 0:
            raise expired("the time for it has passed")
        return timeout


class BlockingStream:
    """A connection that blocks."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._early = b""

    def read(self, max_bytes: int, timeout: float | None) -> bytes:
        """What has come, once something has; nothing at the end."""
        if self._early:
            early, self._early = self._early, b""
            return early
        try:
            self._socket.settimeout(timeout)
            return self._socket.recv(max_bytes)
        except TimeoutError as error:
            raise httpx.ReadTimeout(str(error)) from error
        except OSError as error:
            raise httpx.ReadError(str(error)) from error

    def read_into(self, view: memoryview, timeout: float | None) -> int:
        """As `read`, into a buffer; gives the number of bytes."""
        try:
            self._socket.settimeout(timeout)
            return self._socket.recv_into(view)
        except TimeoutError as error:
            raise httpx.ReadTimeout(str(error)) from error
        except OSError as error:
            raise httpx.ReadError(str(error)) from error

    def write(self, data: bytes, limits: Limits) -> bool:
        """Send it all. False where it was not sent whole, because a response came before it was."""
        view = memoryview(data)
        sent = 0
        try:
            self._socket.settimeout(0)
            while True:
                try:
                    sent += self._socket.send(view[sent : sent + _WRITE_SIZE])
                except (BlockingIOError, SSLWantReadError, SSLWantWriteError):
                    if not _wait_for(self._socket, limits.of("write", httpx.WriteTimeout), writable=True):
                        raise httpx.WriteTimeout("the server takes no more of the request") from None
                if sent == len(data):
                    return True
                if self._has_come():
                    return False
        except OSError as error:
            if self._has_come() and self._early:  # a server that refuses a body may hang up after it has said so
                return False
            raise httpx.WriteError(str(error)) from error

    def _has_come(self) -> bool:
        """Whether a response has begun to come, or the end. Over TLS only reading tells: other records come, too."""
        try:
            came = self._socket.recv(_WRITE_SIZE)
        except OSError:
            return bool(self._early)
        self._early += came
        return True

    def start_tls(self, ssl_context: SSLContext, server_hostname: str, timeout: float | None) -> None:
        """Speak TLS from here on."""
        try:
            self._socket.settimeout(timeout)
            self._socket = ssl_context.wrap_socket(self._socket, server_hostname=server_hostname)
        except TimeoutError as error:
            raise httpx.ConnectTimeout(str(error)) from error
        except (OSError, ValueError) as error:
            raise httpx.ConnectError(str(error)) from error

    @property
    def is_readable(self) -> bool:
        """Whether something came that nobody waited for, or the end."""
        if isinstance(self._socket, SSLSocket) and self._socket.pending():
            return True
        return _wait_for(self._socket, 0)

    def close(self) -> None:
        """Close at once."""
        self._socket.close()


def _wait_for(sock: socket.socket, timeout: float | None, *, writable: bool = False) -> bool:
    """Wait for input, or also for room to write. False where there was none in time."""
    if not hasattr(select, "poll"):  # on Windows, where select() takes sockets of any number
        return any(select.select([sock], [sock] if writable else [], [], timeout))
    poll = select.poll()
    poll.register(sock, select.POLLIN | select.POLLOUT if writable else select.POLLIN)
    return bool(poll.poll(None if timeout is None else timeout * 1000))


def connect(host: str, port: int, limits: Limits) -> BlockingStream:
    """A connection, to the first of the host's addresses that takes one."""
    failure: Exception = httpx.ConnectError(f"{host} has no address")
    addresses = _resolve(host, port, limits)
    for tried, (family, kind, protocol, _, address) in enumerate(addresses):
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(_share(limits, len(addresses) - tried))
            sock.connect(address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except BaseException as error:
            sock.close()
            if not isinstance(error, OSError):
                raise
            kind_of = httpx.ConnectTimeout if isinstance(error, TimeoutError) else httpx.ConnectError
            failure = kind_of(str(error))
        else:
            return BlockingStream(sock)
    raise failure


def _share(limits: Limits, ways: int) -> float | None:
    """Seconds for the next of several addresses: one that swallows everything leaves the others their chance."""
    left = limits.of("connect", httpx.ConnectTimeout)
    return None if left is None else left / ways


def _resolve(host: str, port: int, limits: Limits) -> list[Any]:
    """The addresses of a host. The system's resolver knows no timeout, so that a thread waits for it."""
    found: list[Any] = []

    def ask() -> None:
        try:
            found.extend(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            found.append(error)

    if _is_address(host):
        ask()
    else:
        asking = threading.Thread(target=ask, name="aurous-resolver", daemon=True)
        asking.start()
        asking.join(limits.of("connect", httpx.ConnectTimeout))
    if not found:
        raise httpx.ConnectTimeout(f"the name {host} was not resolved in time")
    if isinstance(found[0], Exception):
        raise httpx.ConnectError(str(found[0]))
    return found


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


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
        self._is_paused_writing = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        _wake(self._writer)
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
        if exc is not None:
            self._take_the_rest()
        _wake(self._reader)
        _wake(self._writer)

    def _take_the_rest(self) -> None:
        """Read what came before the connection broke: a server that refuses a body may hang up after it has said so."""
        transport = self._transport
        if transport is None or transport.get_extra_info("ssl_object") is not None:
            return
        broken = transport.get_extra_info("socket")
        with suppress(OSError), socket.fromfd(broken.fileno(), broken.family, broken.type) as rest:
            rest.settimeout(0)
            self._buffer += rest.recv(_WRITE_SIZE)

    def pause_writing(self) -> None:
        self._is_paused_writing = True
        self._writer = self._loop.create_future()

    def resume_writing(self) -> None:
        self._is_paused_writing = False
        _wake(self._writer)
        self._writer = None

    async def read(self, max_bytes: int, timeout: float | None) -> bytes:
        """What has come, once something has; nothing at the end."""
        if not self._buffer and not self._ended:
            self._reader = self._loop.create_future()
            try:
                await _within(self._reader, timeout, httpx.ReadTimeout)
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
            raise httpx.ReadError(str(self._failure))
        return data

    async def write(self, data: bytes, limits: Limits) -> bool:
        """Send it all. False where it was not sent whole, because a response came before it was."""
        view = memoryview(data)
        for start in range(0, len(data), _WRITE_SIZE):
            if start:
                await asyncio.sleep(0)  # lets the loop take in what has come
            if self._buffer:
                return False
            if self._transport is None or self._transport.is_closing():
                await asyncio.sleep(0)  # until connection_lost
                if self._buffer:
                    return False
                raise httpx.WriteError(str(self._failure or "the connection is closed"))
            self._transport.write(view[start : start + _WRITE_SIZE])
            if self._writer is not None and not await self._drained(limits):
                return False
        return True

    async def _drained(self, limits: Limits) -> bool:
        """Wait while the other side is slow to take what was written. False where it responds meanwhile."""
        writer = self._writer
        assert writer is not None
        try:
            await _within(writer, limits.of("write", httpx.WriteTimeout), httpx.WriteTimeout)
        finally:
            self._writer = self._loop.create_future() if self._is_paused_writing else None
        if self._buffer:
            return False
        if self._failure is not None:
            raise httpx.WriteError(str(self._failure))
        return True

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    async def start_tls(self, ssl_context: SSLContext, server_hostname: str, timeout: float | None) -> None:
        """Speak TLS from here on."""
        assert self._transport is not None
        plain = self._transport
        if self._buffer:  # it would be read as if it had come through TLS
            raise httpx.ConnectError("bytes came before TLS began")
        try:
            async with asyncio.timeout(timeout):
                secured = await self._loop.start_tls(plain, self, ssl_context, server_hostname=server_hostname)
        except BaseException as error:
            plain.abort()
            if isinstance(error, TimeoutError):
                raise httpx.ConnectTimeout("the TLS handshake took too long") from error
            if isinstance(error, (OSError, SSLError)):
                raise httpx.ConnectError(str(error)) from error
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
    failure: Exception = httpx.ConnectError(f"{host} has no address")
    try:
        async with asyncio.timeout(limits.of("connect", httpx.ConnectTimeout)):
            addresses = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except TimeoutError as error:
        raise httpx.ConnectTimeout(f"the name {host} was not resolved in time") from error
    except (OSError, UnicodeError) as error:
        raise httpx.ConnectError(str(error)) from error
    for tried, (family, kind, protocol, _, address) in enumerate(addresses):
        try:
            async with asyncio.timeout(_share(limits, len(addresses) - tried)):
                return await _connected(socket.socket(family, kind, protocol), address)
        except TimeoutError:
            failure = httpx.ConnectTimeout(f"no connection to {host} in time")
        except OSError as error:
            failure = httpx.ConnectError(str(error))
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
