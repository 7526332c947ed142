"""The connections on an event loop: made within a deadline, closed at once, also when their making is cancelled."""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from contextlib import suppress
from ssl import SSLContext
from typing import Any, Final, cast

from aurous import _process
from aurous._http.failures import Kind, TransportError
from aurous._http.limits import Limits
from aurous._http.resolver import Address, checked, look_up, too_late
from aurous._http.sockets import H2_OFFERED, STAGGER, WRITE_SIZE, new_socket, wait_for
from aurous._http.steps import IO

_HIGH_WATER: Final = 64 * 1024
"""Bytes that are received ahead of being read."""


class LoopStream(asyncio.Protocol):
    """A connection on the event loop.

    The loop reads as bytes arrive, so what comes unasked is known without looking. asyncio's own streams would not do:
    they throw away what came before a reset, and a server that refuses a body may hang up after it has said so.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._loop = asyncio.get_running_loop()
        self._pid = _process.look()
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._ended = False
        self._failure: BaseException | None = None
        self._is_paused = False
        self._is_tls = False
        self._reader: asyncio.Future[None] | None = None
        self._writer: asyncio.Future[None] | None = None
        self._wait: tuple[asyncio.Future[None], float, Kind] | None = None
        """What is or was waited for, until when, and what it is called when that has passed."""
        self._timer: asyncio.TimerHandle | None = None

    # --- What the loop calls ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if len(self._buffer) > _HIGH_WATER and not self._is_paused and self._transport is not None:
            self._is_paused = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        self._ended = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended = True
        self._failure = self._failure or exc
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        try:
            if exc is not None and not self._is_tls:
                self._take_the_rest()
        finally:
            self._wake()

    def pause_writing(self) -> None:
        self._writer = self._loop.create_future()

    def resume_writing(self) -> None:
        if self._writer is not None and not self._writer.done():
            self._writer.set_result(None)
        self._writer = None

    def _wake(self) -> None:
        for waiter in (self._reader, self._writer):
            if waiter is not None and not waiter.done():
                waiter.set_result(None)

    def _take_the_rest(self) -> None:
        """Read what came before the connection broke."""
        with suppress(OSError), self._sock.dup() as rest:
            rest.settimeout(0)
            self._buffer += rest.recv(WRITE_SIZE)

    # --- What the connection calls ---

    async def read(self, max_bytes: int, limits: Limits, expired: Kind = Kind.READ_TIMEOUT) -> bytes:
        """What has come, once something has; nothing at the end."""
        if self._buffer or self._ended:
            limits.of(expired)  # a server that sends without a pause never lets a read wait
            await asyncio.sleep(0)
        else:
            self._reader = self._loop.create_future()
            try:
                self._limit(self._reader, limits, expired)
                await self._reader
            finally:
                self._reader = None
        if len(self._buffer) <= max_bytes:
            data = bytes(self._buffer)
            self._buffer.clear()
        else:
            data = bytes(self._buffer[:max_bytes])
            del self._buffer[:max_bytes]
        if self._is_paused and len(self._buffer) <= _HIGH_WATER and self._transport is not None:
            self._is_paused = False
            self._transport.resume_reading()
        if not data and self._failure is not None:
            raise TransportError(Kind.BROKEN, str(self._failure)) from self._failure
        return data

    async def write(self, data: bytes, limits: Limits, continued: bool = False) -> bool:  # noqa: FBT001, FBT002
        """Send it all. False where it was not sent whole, because a response came before it was."""
        view = memoryview(data)
        for start in range(0, len(data), WRITE_SIZE):
            if start or continued:
                await asyncio.sleep(0)  # lets the loop take in what has come
            if self._buffer:
                return False
            if self._transport is None or self._transport.is_closing():
                await asyncio.sleep(0)  # until connection_lost
                if self._buffer:
                    return False
                raise TransportError(Kind.BROKEN, str(self._failure or "the connection is closed"))
            self._transport.write(data if len(data) <= WRITE_SIZE else view[start : start + WRITE_SIZE])
            while self._writer is not None:
                if not await self._drained(self._writer, limits):
                    return False
        return True

    def _limit(self, waiter: asyncio.Future[None], limits: Limits, expired: Kind) -> None:
        """Let a wait not take too long. The timer stays when it is over, and looks in vain: that costs less."""
        until = self._loop.time() + limits.of(expired)
        self._wait = waiter, until, expired
        if self._timer is not None and self._timer.when() > until:
            self._timer.cancel()
            self._timer = None
        if self._timer is None:
            self._timer = self._loop.call_at(until, self._look)

    def _look(self) -> None:
        """End the wait if its time has passed."""
        self._timer = None
        if self._wait is None or self._wait[0].done():
            return
        waiter, until, expired = self._wait
        if self._loop.time() < until:
            self._timer = self._loop.call_at(until, self._look)
        else:
            waiter.set_exception(TransportError(expired))

    async def _drained(self, writer: asyncio.Future[None], limits: Limits) -> bool:
        """Wait while the other side is slow to take what was written. False where it responds meanwhile."""
        assert self._transport is not None
        left = self._transport.get_write_buffer_size()
        try:
            self._limit(writer, limits, Kind.WRITE_TIMEOUT)
            await writer
        except TransportError:
            if self._transport.get_write_buffer_size() >= left:
                raise
        if self._writer is writer:  # woken for another reason
            self._writer = self._loop.create_future()
        if self._buffer:
            return False
        if self._failure is not None:
            raise TransportError(Kind.BROKEN, str(self._failure)) from self._failure
        return True

    async def start_tls(
        self, ssl_context: SSLContext, server_hostname: str, limits: Limits, broken: Kind = Kind.CONNECT
    ) -> None:
        """Speak TLS from here on; a second time, where it leads through a proxy that speaks it, too."""
        assert self._transport is not None
        plain = self._transport
        self._is_tls = True
        if self._buffer:  # it would be read as if it had come through TLS
            raise TransportError(Kind.CONNECT, "bytes came before TLS began")
        try:
            async with asyncio.timeout(limits.of(Kind.CONNECT_TIMEOUT)):
                secured = await self._loop.start_tls(plain, self, ssl_context, server_hostname=server_hostname)
        except BaseException as error:
            plain.abort()
            if isinstance(error, TimeoutError):
                raise TransportError(Kind.CONNECT_TIMEOUT, "the TLS handshake took too long") from error
            # A TypeError is asyncio's own, of Python 3.11, where an inner handshake breaks off.
            if isinstance(error, (OSError, ValueError, TypeError)):
                raise TransportError(broken, str(error)) from error
            raise
        tls = None if secured is None else secured.get_extra_info("ssl_object")
        if tls is None:
            plain.abort()
            raise TransportError(broken, "the connection broke in the TLS handshake")
        self._transport = secured
        if tls.selected_alpn_protocol() == "h2":
            raise TransportError(Kind.UNSUPPORTED, H2_OFFERED)

    @property
    def is_readable(self) -> bool:
        """Whether something came that nobody waited for, or the end; perhaps while the loop was busy."""
        return bool(self._buffer) or self._ended or self._sock.fileno() < 0 or wait_for(self._sock, 0)

    def close(self) -> None:
        """Close at once, also from another thread. A task that reads or writes is woken."""
        if _process.look() != self._pid:  # the loop is that of the parent
            return
        try:
            here = asyncio.get_running_loop() is self._loop
        except RuntimeError:
            here = False
        if here:
            self._abort()
        else:
            try:
                self._loop.call_soon_threadsafe(self._abort)
            except RuntimeError:  # the loop was closed, and nothing that it served
                self._sock.close()

    def _abort(self) -> None:
        self._failure = self._failure or ConnectionAbortedError("it was closed")
        self._ended = True
        self._buffer.clear()
        if self._transport is not None:
            self._transport.abort()
        self._wake()


async def connect_async(host: str, port: int, limits: Limits) -> LoopStream:
    """A connection to the first of the host's addresses that takes one (RFC 8305)."""
    addresses = await resolve_async(host, port, limits.of(Kind.CONNECT_TIMEOUT))
    try:
        async with asyncio.timeout(limits.of(Kind.CONNECT_TIMEOUT)):
            sock = await (_connected(addresses[0]) if len(addresses) == 1 else _race(addresses))
            try:
                _, stream = await asyncio.get_running_loop().create_connection(lambda: LoopStream(sock), sock=sock)
            except BaseException:
                sock.close()
                raise
    except TimeoutError as error:
        raise TransportError(Kind.CONNECT_TIMEOUT, f"no connection to {host} in time") from error
    except OSError as error:
        raise TransportError(Kind.CONNECT, str(error)) from error
    return stream


async def _race(addresses: list[Address]) -> socket.socket:
    """The first socket that is connected; the others are closed.

    Not asyncio's `happy_eyeballs_delay`, which leaves sockets open where it is cancelled.
    """
    waiting = deque(addresses)
    racing: set[asyncio.Task[socket.socket]] = set()
    winner: asyncio.Task[socket.socket] | None = None
    failure: BaseException = OSError("no address")
    try:
        while waiting or racing:
            if waiting:
                racing.add(asyncio.create_task(_connected(waiting.popleft())))
            timeout = STAGGER if waiting else None
            done, _ = await asyncio.wait(racing, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                if (error := task.exception()) is None:
                    winner = task
                    return task.result()
                failure = error
            racing -= done
    finally:
        for task in racing - {winner}:
            if not task.cancel() and not task.cancelled() and task.exception() is None:
                task.result().close()
    raise failure


async def _connected(address: Address) -> socket.socket:
    sock = new_socket(address)
    try:
        await asyncio.get_running_loop().sock_connect(sock, address[4])
    except BaseException:
        sock.close()
        raise
    return sock


async def resolve_async(host: str, port: int, timeout: float) -> list[Address]:
    """As `resolve`, on the event loop. Not by its executor: look-ups that hang would block what else needs that."""
    loop = asyncio.get_running_loop()
    found: asyncio.Future[Any] = loop.create_future()

    def settle(outcome: Any) -> None:
        if not found.done():
            found.set_result(outcome)

    def deliver(outcome: Any) -> None:
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(settle, outcome)

    look_up(host, port, deliver)
    try:
        async with asyncio.timeout(timeout):
            outcome = await found
    except TimeoutError:
        raise too_late(host) from None
    return checked(host, outcome)


class TaskWaiter:
    """A task that waits; any thread may wake it."""

    def __init__(self) -> None:
        self.seen = 0.0
        """When it last looked for itself, on `time.monotonic`."""
        self._loop = asyncio.get_running_loop()
        self._event = asyncio.Event()

    async def wait(self, timeout: float) -> None:
        """Until it is woken, or the time has passed."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._event.wait()
        self._event.clear()

    def wake(self) -> None:
        """Let it look again."""
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._event.set)


async def _next(pieces: Any, limits: Limits | None = None) -> Any:
    try:
        async with asyncio.timeout(None if limits is None else limits.remaining):
            return await anext(pieces, None)
    except TimeoutError as error:
        raise TransportError(Kind.WRITE_TIMEOUT, "the next piece of the body was not there in time") from error


async def _close(pieces: Any) -> None:
    await pieces.aclose()


LOOP: Final = IO(
    connect_async,
    aiter,
    _next,
    _close,
    TaskWaiter,
    "AsyncClient",
    "handle_async_request",
    "aclose",
)
