"""The httpx transports that the SDK uses unless it is given another.

They are httpx's own, with another pool under them. It holds one connection for each call under way and hands out the one used last:
httpcore's looks at every connection for every request, which makes fifty calls at once cost twice what one does. And it throws away
a connection on which bytes are left over after an answer: h11 would read them as the answer to the next request.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator
from ssl import SSLContext
from threading import BoundedSemaphore
from typing import Any, Final

import httpcore
import httpx
from attrs import define

from aurous._secret import KeyFilter

logging.getLogger("httpcore.http11").addFilter(KeyFilter())

KEEPALIVE_SECONDS: Final = 30.0

DEADLINE: Final = "aurous.deadline"
"""Request extension: the deadline of the whole call, on `time.monotonic`."""


@define(frozen=True)
class Route:
    """How connections are made."""

    ssl_context: SSLContext | None
    proxy: str | None
    max_connections: int


class _Timer:
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


class _DeadlineStream(httpcore.NetworkStream):
    """A socket whose every operation ends at the deadline: a server that sends a byte now and then cannot outlast it."""

    def __init__(self, stream: httpcore.NetworkStream, timer: _Timer) -> None:
        self._stream = stream
        self._timer = timer

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._timer.limit(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._timer.limit(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        limit = self._timer.limit(timeout, httpcore.ConnectTimeout)
        return _DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, limit), self._timer)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _DeadlineBackend(httpcore.NetworkBackend):
    """Makes connections within the deadline, however many addresses a name has."""

    def __init__(self, timer: _Timer) -> None:
        self._timer = timer
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
            limit = self._timer.limit(timeout, httpcore.ConnectTimeout)
            try:
                stream = self._backend.connect_tcp(str(address[0]), port, limit, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _DeadlineStream(stream, self._timer)
        raise failure


class _Line:
    """A connection, and what it serves."""

    __slots__ = ("connection", "generation", "timer")

    def __init__(self, connection: Any, generation: int, timer: _Timer) -> None:
        self.connection = connection
        self.generation = generation
        self.timer = timer

    def is_usable(self) -> bool:
        """Whether it may carry a request now: still open, and nothing came since the last answer."""
        return bool(self.connection.is_available() and not self.connection.has_expired())

    def is_clean(self) -> bool:
        """Whether nothing is left over behind the last answer.

        httpcore keeps its h11 state to itself. Where it is not found the connection counts as unclean, so a change of httpcore costs
        keep-alive, which a test notices, and not correctness.
        """
        connection = self.connection
        while connection is not None:
            state = getattr(connection, "_h11_state", None)
            if state is not None:
                return bool(state.trailing_data == (b"", False))
            connection = getattr(connection, "_connection", None)
        return False


class _Stack:
    """Idle connections to one origin, the one used last on top; what the pools of both kinds have in common."""

    def __init__(self) -> None:
        self._idle: deque[_Line] = deque()
        self._generation = 0

    def take(self) -> tuple[_Line | None, list[_Line]]:
        """An idle connection that may be used, if there is one, and those that turned out to be spent."""
        spent: list[_Line] = []
        while self._idle:
            try:
                line = self._idle.pop()
            except IndexError:  # another thread was faster
                break
            if line.is_usable():
                return line, spent
            spent.append(line)
        return None, spent

    def put(self, line: _Line) -> list[_Line]:
        """Take a connection back after its answer. Returns those to be closed."""
        if line.generation != self._generation or not line.connection.is_available() or not line.is_clean():
            return [line]
        self._idle.append(line)
        oldest = self._idle[0]
        if oldest is not line and oldest.connection.has_expired():
            try:
                self._idle.remove(oldest)
            except ValueError:
                return []
            return [oldest]
        return []

    def clear(self) -> list[_Line]:
        """Forget all connections, those in use included. Returns those to be closed now."""
        self._generation += 1
        lines = []
        while self._idle:
            try:
                lines.append(self._idle.pop())
            except IndexError:
                break
        return lines

    @property
    def generation(self) -> int:
        return self._generation


def _proxy(route: Route) -> httpcore.Proxy | None:
    if route.proxy is None:
        return None
    url = httpx.URL(route.proxy)
    auth = (url.username, url.password) if url.username or url.password else None
    return httpcore.Proxy(str(url.copy_with(username=None, password=None)), auth=auth)


class _Pool(httpcore.ConnectionInterface):
    """Connections of one process, for synchronous calls."""

    def __init__(self, route: Route) -> None:
        self._route = route
        self._stack = _Stack()
        self._free = BoundedSemaphore(route.max_connections)

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        deadline: float | None = request.extensions.get(DEADLINE)
        wait = None if deadline is None else max(0.0, deadline - time.monotonic())
        if not self._free.acquire(timeout=wait):
            raise httpcore.PoolTimeout(f"all {self._route.max_connections} connections stayed busy")
        try:
            return self._send(request, deadline)
        except BaseException:
            self._free.release()
            raise

    def _send(self, request: httpcore.Request, deadline: float | None) -> httpcore.Response:
        line, spent = self._stack.take()
        _close_all(spent)
        line = line or self._open(request.url.origin)
        line.timer.deadline = deadline
        try:
            response = line.connection.handle_request(request)
        except BaseException:
            line.connection.close()
            raise
        response.stream = _Reply(response.stream, line, self)
        return response  # type: ignore[no-any-return]

    def _open(self, origin: httpcore.Origin) -> _Line:
        timer = _Timer()
        maker = httpcore.ConnectionPool(
            ssl_context=self._route.ssl_context,
            proxy=_proxy(self._route),
            keepalive_expiry=KEEPALIVE_SECONDS,
            network_backend=_DeadlineBackend(timer),
        )
        return _Line(maker.create_connection(origin), self._stack.generation, timer)

    def release(self, line: _Line) -> None:
        try:
            _close_all(self._stack.put(line))
        finally:
            self._free.release()

    def close(self) -> None:
        _close_all(self._stack.clear())


def _close_all(lines: Iterable[_Line]) -> None:
    for line in lines:
        line.connection.close()


class _Reply:
    """The body of an answer; closing it gives the connection back."""

    def __init__(self, stream: Any, line: _Line, pool: _Pool) -> None:
        self._stream = stream
        self._line = line
        self._pool = pool
        self._open = True

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._stream)

    def close(self) -> None:
        if self._open:
            self._open = False
            try:
                self._stream.close()
            finally:
                self._pool.release(self._line)


class Transport(httpx.HTTPTransport):
    """httpx's synchronous transport on the pool above. Recording tools that patch `httpx.HTTPTransport` see its requests."""

    def __init__(self, route: Route) -> None:
        # The one private name of httpx that is used: there is no public way to hand a pool to its transport.
        self._pool = _Pool(route)  # type: ignore[assignment]

    def forget_connections(self) -> None:
        """Close what is idle, and what is in use as soon as its answer has been read."""
        self._pool.close()


class _AsyncPool(httpcore.AsyncConnectionInterface):
    """Connections of one event loop, for asynchronous calls."""

    def __init__(self, route: Route) -> None:
        self._route = route
        self._stack = _Stack()
        self._free = asyncio.Semaphore(route.max_connections)

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        await self._free.acquire()
        try:
            return await self._send(request)
        except BaseException:
            self._free.release()
            raise

    async def _send(self, request: httpcore.Request) -> httpcore.Response:
        line, spent = self._stack.take()
        await _aclose_all(spent)
        line = line or self._open(request.url.origin)
        try:
            response = await line.connection.handle_async_request(request)
        except BaseException:
            await line.connection.aclose()
            raise
        response.stream = _AsyncReply(response.stream, line, self)
        return response  # type: ignore[no-any-return]

    def _open(self, origin: httpcore.Origin) -> _Line:
        maker = httpcore.AsyncConnectionPool(
            ssl_context=self._route.ssl_context, proxy=_proxy(self._route), keepalive_expiry=KEEPALIVE_SECONDS
        )
        return _Line(maker.create_connection(origin), self._stack.generation, _Timer())

    async def release(self, line: _Line) -> None:
        try:
            await _aclose_all(self._stack.put(line))
        finally:
            self._free.release()

    async def aclose(self) -> None:
        await _aclose_all(self._stack.clear())


async def _aclose_all(lines: Iterable[_Line]) -> None:
    for line in lines:
        await line.connection.aclose()


class _AsyncReply:
    """The body of an answer; closing it gives the connection back."""

    def __init__(self, stream: Any, line: _Line, pool: _AsyncPool) -> None:
        self._stream = stream
        self._line = line
        self._pool = pool
        self._open = True

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._stream.__aiter__()  # type: ignore[no-any-return]

    async def aclose(self) -> None:
        if self._open:
            self._open = False
            try:
                await self._stream.aclose()
            finally:
                await self._pool.release(self._line)


class AsyncTransport(httpx.AsyncHTTPTransport):
    """httpx's asynchronous transport on the pool above."""

    def __init__(self, route: Route) -> None:
        self._pool = _AsyncPool(route)  # type: ignore[assignment]

    async def forget_connections(self) -> None:
        """Close what is idle, and what is in use as soon as its answer has been read."""
        await self._pool.aclose()
