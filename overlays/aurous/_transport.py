"""The httpx transports that the SDK uses unless it is given another.

They are httpx's own, with another pool under them. It holds one connection for each call under way and hands out the one used last:
httpcore's looks at every connection for every request, which makes fifty calls at once cost twice what one does. And it throws away
a connection on which bytes are left over after an answer: h11 would read them as the answer to the next request.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator
from ssl import SSLContext
from threading import BoundedSemaphore
from typing import Any, Final

import httpcore
import httpx
from attrs import define

from aurous._network import DeadlineBackend, LoopBackend, Timer
from aurous._secret import KeyFilter

logging.getLogger("httpcore.http11").addFilter(KeyFilter())

KEEPALIVE_SECONDS: Final = 30.0

DEADLINE: Final = "aurous.deadline"
"""Request extension: the deadline of the whole call, on `time.monotonic`."""


class _Target:
    """The parts of a URL that httpx's transports read. To parse it anew for each request would take a sixth of the time of a call."""

    __slots__ = ("_url", "port", "raw_host", "raw_path", "raw_scheme")

    def __init__(self, url: str) -> None:
        scheme, _, rest = url.partition("://")
        netloc, slash, path = rest.partition("/")
        host, _, port = netloc.rpartition(":") if netloc.rpartition(":")[2].isdigit() else (netloc, "", "")
        self._url = url
        self.raw_scheme = scheme.encode()
        self.raw_host = host.strip("[]").encode()
        self.port = int(port) if port else None
        self.raw_path = (slash + path).encode()

    def __str__(self) -> str:
        return self._url


class _NoBody(httpx.SyncByteStream, httpx.AsyncByteStream):
    """The body of a request that has none."""

    def __iter__(self) -> Iterator[bytes]:
        return iter(())

    async def __aiter__(self) -> AsyncIterator[bytes]:
        return
        yield b""


_NO_BODY: Final = _NoBody()


class LeanRequest(httpx.Request):
    """A request for the transports below, made of checked parts."""

    def __init__(
        self, method: str, url: str, *, headers: list[tuple[str, str]], body: bytes, extensions: dict[str, Any]
    ) -> None:
        self.method = method
        self.url = _Target(url)  # type: ignore[assignment]
        self.headers = httpx.Headers(headers)
        self.extensions = extensions
        self.stream = httpx.ByteStream(body) if body else _NO_BODY


@define(frozen=True)
class Route:
    """How connections are made."""

    ssl_context: SSLContext | None
    proxy: str | None
    max_connections: int


class _Line:
    """A connection, and what it serves."""

    __slots__ = ("backend", "connection", "generation")

    def __init__(self, connection: Any, generation: int, backend: Any) -> None:
        self.connection = connection
        self.generation = generation
        self.backend = backend

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
        line.backend.timer.deadline = deadline
        try:
            response = line.connection.handle_request(request)
        except BaseException:
            line.connection.close()
            raise
        response.stream = _Reply(response.stream, line, self)
        return response  # type: ignore[no-any-return]

    def _open(self, origin: httpcore.Origin) -> _Line:
        backend = DeadlineBackend(Timer())
        maker = httpcore.ConnectionPool(
            ssl_context=self._route.ssl_context,
            proxy=_proxy(self._route),
            keepalive_expiry=KEEPALIVE_SECONDS,
            network_backend=backend,
        )
        return _Line(maker.create_connection(origin), self._stack.generation, backend)

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
        _abort_all(spent)
        line = line or self._open(request.url.origin)
        try:
            response = await line.connection.handle_async_request(request)
        except BaseException:
            line.backend.abort()
            raise
        response.stream = _AsyncReply(response.stream, line, self)
        return response  # type: ignore[no-any-return]

    def _open(self, origin: httpcore.Origin) -> _Line:
        backend = LoopBackend()
        maker = httpcore.AsyncConnectionPool(
            ssl_context=self._route.ssl_context,
            proxy=_proxy(self._route),
            keepalive_expiry=KEEPALIVE_SECONDS,
            network_backend=backend,
        )
        return _Line(maker.create_connection(origin), self._stack.generation, backend)

    def release(self, line: _Line) -> None:
        _abort_all(self._stack.put(line))
        self._free.release()

    async def aclose(self) -> None:
        _abort_all(self._stack.clear())


def _abort_all(lines: Iterable[_Line]) -> None:
    for line in lines:
        line.backend.abort()


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
                self._pool.release(self._line)


class AsyncTransport(httpx.AsyncHTTPTransport):
    """httpx's asynchronous transport on the pool above."""

    def __init__(self, route: Route) -> None:
        self._pool = _AsyncPool(route)  # type: ignore[assignment]

    async def forget_connections(self) -> None:
        """Close what is idle, and what is in use as soon as its answer has been read."""
        await self._pool.aclose()
