"""The httpx transports that the SDK uses unless it is given another.

They are httpx's own, with another pool under them. It holds one connection for each call under way and hands out the
one used last: httpcore's looks at every connection for every request, which makes fifty calls at once cost twice what
one does. And it throws away a connection on which bytes are left over after an answer: they would be read as the answer
to the next request.
"""

from __future__ import annotations

import asyncio
import logging
import time
from base64 import b64encode
from collections import deque
from collections.abc import AsyncIterator, Iterator
from ssl import SSLContext
from threading import Condition, get_ident
from typing import Any, Final, Generic, TypeVar, cast

import h11
import httpcore
import httpx
from attrs import define

from aurous._http11 import Exchange
from aurous._network import READ_SIZE, BlockingStream, Limits, LoopStream, connect, connect_async
from aurous._secret import KeyFilter

logging.getLogger("httpcore.http11").addFilter(KeyFilter())

KEEPALIVE_SECONDS: Final = 30.0

DEADLINE: Final = "aurous.deadline"
"""Request extension: the deadline of the whole call, on `time.monotonic`."""

REUSED: Final = "aurous.reused"
"""Response extension: whether the connection had carried other requests before."""


class _Target:
    """The parts of a URL that httpx's transports read: to parse it each time would cost a sixteenth of a call."""

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


class _Proxy:
    """A proxy, taken apart."""

    def __init__(self, url: str) -> None:
        parsed = httpx.URL(url)
        self.host = parsed.host
        self.port = parsed.port or 80
        credentials = b64encode(f"{parsed.username}:{parsed.password}".encode())
        self.headers = [(b"Proxy-Authorization", b"Basic " + credentials)] if parsed.username else []


class _Way:
    """How the connections of a pool reach the origin, and what requests look like on them."""

    def __init__(self, route: Route, origin: httpcore.Origin) -> None:
        self.host = origin.host.decode()
        self.port = origin.port or (443 if origin.scheme == b"https" else 80)
        self.is_secure = origin.scheme == b"https"
        self.ssl_context = route.ssl_context
        self.proxy = None if route.proxy is None else _Proxy(route.proxy)
        self._address = f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def first_hop(self) -> tuple[str, int]:
        """Where to connect to."""
        return (self.host, self.port) if self.proxy is None else (self.proxy.host, self.proxy.port)

    def tunnel(self, proxy: _Proxy, exchange: Exchange) -> bytes:
        """The request for a tunnel through the proxy."""
        target = self._address.encode()
        return exchange.request(b"CONNECT", target, [(b"Host", target), *proxy.headers], b"")

    def request(self, request: httpcore.Request, body: bytes, exchange: Exchange) -> bytes:
        """The bytes of a request; a proxy that is to read it needs to be told the origin."""
        target, headers = request.url.target, request.headers
        if self.proxy is not None and not self.is_secure:
            target, headers = f"http://{self._address}".encode() + target, [*headers, *self.proxy.headers]
        return exchange.request(request.method, target, headers, body)


def _check_tunnel(status: int, tunnel: Exchange) -> None:
    if status >= 500:
        raise httpcore.ConnectError(f"the proxy answered {status} when asked for a tunnel")
    if not 200 <= status <= 299:
        raise httpcore.ProxyError(f"it answered {status} when asked for a tunnel")
    if tunnel.has_more:
        raise httpcore.ProxyError("it sent more than its answer when asked for a tunnel")


class _Connection:
    """What the connections of both pools have in common."""

    def __init__(self, way: _Way, generation: int) -> None:
        self._way = way
        self._exchange = Exchange()
        self._expires = 0.0
        self.limits = Limits({}, None)
        self.generation = generation
        """Of the pool when the connection was made; one of an earlier generation is not used again."""

    def _response(self, head: h11.Response | h11.InformationalResponse) -> httpcore.Response:
        extensions = {
            "http_version": b"HTTP/" + head.http_version,
            "reason_phrase": bytes(head.reason),
            REUSED: self._expires > 0,
        }
        return httpcore.Response(head.status_code, headers=head.headers.raw_items(), extensions=extensions)

    def finish(self) -> bool:
        """The answer was read, or given up. Returns whether the connection may carry another request."""
        self._expires = time.monotonic() + KEEPALIVE_SECONDS
        return self._exchange.finish()

    @property
    def is_usable(self) -> bool:
        """Whether the connection may carry a request now: it is not too old, and nothing came since the last answer."""
        return time.monotonic() < self._expires and not self.is_readable

    @property
    def is_readable(self) -> bool:
        """Whether there is something to read, if only the end."""
        raise NotImplementedError


class _SyncConnection(_Connection):
    """A connection that blocks."""

    _stream: BlockingStream | None = None

    def open(self) -> None:
        """Connect, through the proxy and with TLS where they are wanted."""
        way = self._way
        self.limits.start_connecting()
        self._stream = connect(*way.first_hop, self.limits)
        if way.proxy is not None and way.is_secure:
            tunnel = Exchange()
            self._write(way.tunnel(way.proxy, tunnel))
            while (head := tunnel.head()) is None:
                tunnel.receive(self._read())
            _check_tunnel(head.status_code, tunnel)
        if way.is_secure:
            self._start_tls(way.host)

    def send(self, request: httpcore.Request) -> httpcore.Response:
        """Send a request and read the head of its answer."""
        exchange = self._exchange
        self._write(self._way.request(request, b"".join(request.stream), exchange))  # type: ignore[arg-type]
        while (head := exchange.head()) is None:
            exchange.receive(self._read())
        return self._response(head)

    def body(self) -> Iterator[bytes]:
        """The body of the answer, piece by piece."""
        exchange = self._exchange
        while (data := exchange.data()) != b"":
            if data is None:
                exchange.receive(self._read())
            else:
                yield data

    @property
    def is_readable(self) -> bool:
        return self._stream is None or self._stream.is_readable

    def close(self) -> None:
        """Close at once."""
        if self._stream is not None:
            self._stream.close()

    def _start_tls(self, host: str) -> None:
        assert self._stream is not None
        context = self._way.ssl_context or httpx.create_ssl_context()
        self._stream.start_tls(context, host, self.limits.of("connect", httpcore.ConnectTimeout))

    def _write(self, data: bytes) -> None:
        assert self._stream is not None
        self._stream.write(data, self.limits.of("write", httpcore.WriteTimeout))

    def _read(self) -> bytes:
        assert self._stream is not None
        return self._stream.read(READ_SIZE, self.limits.of("read", httpcore.ReadTimeout))


class _AsyncConnection(_Connection):
    """A connection on the event loop."""

    _stream: LoopStream | None = None

    async def open(self) -> None:
        """Connect, through the proxy and with TLS where they are wanted."""
        way = self._way
        self.limits.start_connecting()
        self._stream = await connect_async(*way.first_hop, self.limits)
        if way.proxy is not None and way.is_secure:
            tunnel = Exchange()
            await self._write(way.tunnel(way.proxy, tunnel))
            while (head := tunnel.head()) is None:
                tunnel.receive(await self._read())
            _check_tunnel(head.status_code, tunnel)
        if way.is_secure:
            await self._start_tls(way.host)

    async def send(self, request: httpcore.Request) -> httpcore.Response:
        """Send a request and read the head of its answer."""
        exchange = self._exchange
        body = b"".join([part async for part in request.stream])  # type: ignore[union-attr]
        await self._write(self._way.request(request, body, exchange))
        while (head := exchange.head()) is None:
            exchange.receive(await self._read())
        return self._response(head)

    async def body(self) -> AsyncIterator[bytes]:
        """The body of the answer, piece by piece."""
        exchange = self._exchange
        while (data := exchange.data()) != b"":
            if data is None:
                exchange.receive(await self._read())
            else:
                yield data

    @property
    def is_readable(self) -> bool:
        return self._stream is None or self._stream.is_readable

    def close(self) -> None:
        """Close at once."""
        if self._stream is not None:
            self._stream.abort()

    async def _start_tls(self, host: str) -> None:
        assert self._stream is not None
        context = self._way.ssl_context or httpx.create_ssl_context()
        await self._stream.start_tls(context, host, self.limits.of("connect", httpcore.ConnectTimeout))

    async def _write(self, data: bytes) -> None:
        assert self._stream is not None
        await self._stream.write(data, self.limits.of("write", httpcore.WriteTimeout))

    async def _read(self) -> bytes:
        assert self._stream is not None
        return await self._stream.read(READ_SIZE, self.limits.of("read", httpcore.ReadTimeout))


C = TypeVar("C", _SyncConnection, _AsyncConnection)


class _Stack(Generic[C]):
    """Idle connections to one origin, the one used last on top."""

    def __init__(self) -> None:
        self._idle: deque[C] = deque()
        self.generation = 0

    def take(self) -> C | None:
        """An idle connection that may be used, if there is one; those that may not are closed."""
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:  # another thread was faster
                break
            if connection.generation == self.generation and connection.is_usable:
                return connection
            connection.close()
        return None

    def put(self, connection: C) -> None:
        """Take a connection back after its answer, or close it."""
        if not connection.finish() or connection.generation != self.generation:
            connection.close()
            return
        self._idle.append(connection)
        try:
            oldest = self._idle.popleft()
        except IndexError:  # another thread took it
            return
        if oldest is connection or oldest.is_usable:
            self._idle.appendleft(oldest)
        else:
            oldest.close()

    def clear(self) -> None:
        """Close what is idle; what is in use will be, when its answer has been read."""
        self.generation += 1
        while self._idle:
            try:
                self._idle.pop().close()
            except IndexError:
                break


def _limits_of(request: httpcore.Request) -> Limits:
    extensions = cast("dict[str, Any]", request.extensions)
    return Limits(extensions.get("timeout", {}), extensions.get(DEADLINE))


class _Permits:
    """Who may have a connection: one permit for each thread.

    A count would be wrong for good after an interrupt (Ctrl-C) between its change and what undoes it; a thread that is
    still noted from an interrupted call simply goes on with its permit at the next.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._busy: set[int] = set()
        self._changed = Condition()

    def take(self, timeout: float | None) -> None:
        """Wait for a permit."""
        me = get_ident()
        with self._changed:
            if not self._changed.wait_for(lambda: me in self._busy or len(self._busy) < self._most, timeout):
                raise httpcore.PoolTimeout(f"all {self._most} connections stayed busy")
            self._busy.add(me)

    def give_back(self) -> None:
        """Let another thread have it."""
        with self._changed:
            self._busy.discard(get_ident())
            self._changed.notify()


class _Pool:
    """Connections of one process, for synchronous calls."""

    def __init__(self, route: Route) -> None:
        self._route = route
        self._stack: _Stack[_SyncConnection] = _Stack()
        self._permits = _Permits(route.max_connections)

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        limits = _limits_of(request)
        self._permits.take(limits.of("pool", httpcore.PoolTimeout))
        try:
            return self._send(request, limits)
        except BaseException:
            self._permits.give_back()
            raise

    def _send(self, request: httpcore.Request, limits: Limits) -> httpcore.Response:
        idle = self._stack.take()
        connection = idle or _SyncConnection(_Way(self._route, request.url.origin), self._stack.generation)
        connection.limits = limits
        try:
            if idle is None:
                connection.open()
            response = connection.send(request)
        except BaseException:
            connection.close()
            raise
        response.stream = _Reply(connection, self)
        return response

    def release(self, connection: _SyncConnection) -> None:
        try:
            self._stack.put(connection)
        finally:
            self._permits.give_back()

    def close(self) -> None:
        self._stack.clear()


class _Reply:
    """The body of an answer; closing it gives the connection back."""

    def __init__(self, connection: _SyncConnection, pool: _Pool) -> None:
        self._connection = connection
        self._pool = pool
        self._open = True

    def __iter__(self) -> Iterator[bytes]:
        return self._connection.body()

    def close(self) -> None:
        if self._open:
            self._open = False
            self._pool.release(self._connection)


class Transport(httpx.HTTPTransport):
    """httpx's synchronous transport on the pool above; recorders that patch `httpx.HTTPTransport` see its requests."""

    def __init__(self, route: Route) -> None:
        # The one private name of httpx that is used: there is no public way to hand a pool to its transport.
        self._pool = _Pool(route)  # type: ignore[assignment]

    def forget_connections(self) -> None:
        """Close what is idle, and what is in use as soon as its answer has been read."""
        self._pool.close()


class _AsyncPool:
    """Connections of one event loop, for asynchronous calls."""

    def __init__(self, route: Route) -> None:
        self._route = route
        self._stack: _Stack[_AsyncConnection] = _Stack()
        self._free = asyncio.Semaphore(route.max_connections)

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        await self._free.acquire()
        try:
            return await self._send(request)
        except BaseException:
            self._free.release()
            raise

    async def _send(self, request: httpcore.Request) -> httpcore.Response:
        idle = self._stack.take()
        connection = idle or _AsyncConnection(_Way(self._route, request.url.origin), self._stack.generation)
        connection.limits = _limits_of(request)
        try:
            if idle is None:
                await connection.open()
            response = await connection.send(request)
        except BaseException:
            connection.close()
            raise
        response.stream = _AsyncReply(connection, self)
        return response

    def release(self, connection: _AsyncConnection) -> None:
        self._stack.put(connection)
        self._free.release()

    async def aclose(self) -> None:
        self._stack.clear()


class _AsyncReply:
    """The body of an answer; closing it gives the connection back."""

    def __init__(self, connection: _AsyncConnection, pool: _AsyncPool) -> None:
        self._connection = connection
        self._pool = pool
        self._open = True

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._connection.body()

    async def aclose(self) -> None:
        if self._open:
            self._open = False
            self._pool.release(self._connection)


class AsyncTransport(httpx.AsyncHTTPTransport):
    """httpx's asynchronous transport on the pool above."""

    def __init__(self, route: Route) -> None:
        self._pool = _AsyncPool(route)  # type: ignore[assignment]

    async def forget_connections(self) -> None:
        """Close what is idle, and what is in use as soon as its answer has been read."""
        await self._pool.aclose()
