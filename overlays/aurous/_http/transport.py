"""The transports that the SDK uses unless it is given another.

They are httpx's own, for recorders and mocks to find, with another pool under them. It holds one connection for each
call under way and hands out the one used last: httpcore's looks at every connection for every request, which makes
fifty calls at once cost twice what one does. And it throws away a connection on which bytes are left over after an
response: they would be read as the response to the next request.
"""

from __future__ import annotations

import asyncio
import logging
import time
from base64 import b64encode
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from ssl import SSLContext
from threading import Condition, get_ident
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast

import h11
import httpx
from attrs import define

from aurous._http.http11 import READ_SIZE, Exchange
from aurous._http.sockets import BlockingStream, Limits, LoopStream, connect, connect_async
from aurous._http.wire import Request
from aurous._secret import KeyFilter

if TYPE_CHECKING:
    import httpcore

logging.getLogger("httpcore.http11").addFilter(KeyFilter())

KEEPALIVE_SECONDS: Final = 30.0

DEADLINE: Final = "aurous.deadline"
"""Request extension: the deadline of the whole call, on `time.monotonic`."""

_REUSED: Final = "aurous.reused"
"""Extension of the response that a recorder gets: whether the connection had carried other requests before."""


@define(slots=True)
class IncomingResponse:
    """The head of a response, and its body as it comes."""

    status_code: int
    headers: list[tuple[bytes, bytes]]
    stream: Any
    """An iterable of bytes (an asynchronous one where the transport is), which is to be closed."""
    reused: bool = False
    """Whether the connection had carried other requests before."""

    @classmethod
    def of(cls, response: httpx.Response) -> IncomingResponse:
        """That of another transport, or of one of these that a recorder stands before."""
        reused = response.extensions.get(_REUSED, False)
        return cls(response.status_code, response.headers.raw, response.stream, reused)

    def as_response(self) -> httpcore.Response:
        """For httpx, whose transport makes its own response of it."""
        import httpcore  # noqa: PLC0415

        return httpcore.Response(
            self.status_code, headers=self.headers, content=self.stream, extensions={_REUSED: self.reused}
        )


@define(frozen=True)
class Route:
    """Where connections lead to, and how they are made."""

    base_url: str
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


class _Origin:
    """How the connections of a pool reach the origin, and what requests look like on them."""

    def __init__(self, route: Route) -> None:
        origin = httpx.URL(route.base_url)
        self.host = origin.host
        self.is_secure = origin.scheme == "https"
        self.port = origin.port or (443 if self.is_secure else 80)
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

    def request(self, request: Request, exchange: Exchange) -> bytes:
        """The bytes of a request; a proxy that is to read it needs to be told the origin."""
        target = b"/" + request.url.split("/", 3)[3].encode("ascii")
        headers = [(name.encode("ascii"), value.encode("ascii")) for name, value in request.headers]
        if self.proxy is not None and not self.is_secure:
            target, headers = f"http://{self._address}".encode() + target, [*headers, *self.proxy.headers]
        return exchange.request(request.method.encode("ascii"), target, headers, request.body)


def _request_of(request: httpcore.Request, body: bytes) -> Request:
    """A request that went through httpx."""
    headers = [(name.decode("ascii"), value.decode("ascii")) for name, value in request.headers]
    return Request(request.method.decode("ascii"), bytes(request.url).decode("ascii"), headers, body)


def _limits_of(request: httpcore.Request) -> Limits:
    extensions = cast("dict[str, Any]", request.extensions)
    return Limits(extensions.get("timeout", {}), extensions.get(DEADLINE))


def _check_tunnel(status: int, tunnel: Exchange) -> None:
    if status >= 500:
        raise httpx.ConnectError(f"the proxy responded with {status} when asked for a tunnel")
    if not 200 <= status <= 299:
        raise httpx.ProxyError(f"it responded with {status} when asked for a tunnel")
    if tunnel.has_more:
        raise httpx.ProxyError("it sent more than its response when asked for a tunnel")


class _Connection:
    """What the connections of both pools have in common."""

    def __init__(self, origin: _Origin, generation: int) -> None:
        self._origin = origin
        self._exchange = Exchange()
        self._expires = 0.0
        self.limits = Limits({}, None)
        self.generation = generation
        """Of the pool when the connection was made; one of an earlier generation is not used again."""

    def incoming(self, head: h11.Response | h11.InformationalResponse, stream: object) -> IncomingResponse:
        """The response to be handed on."""
        return IncomingResponse(head.status_code, head.headers.raw_items(), stream, reused=self._expires > 0)

    def finish(self) -> bool:
        """The response was read, or given up. Returns whether the connection may carry another request."""
        self._expires = time.monotonic() + KEEPALIVE_SECONDS
        return self._exchange.finish()

    @property
    def is_usable(self) -> bool:
        """Whether the connection may carry a request now: it is not too old, and nothing came unasked."""
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
        origin = self._origin
        self.limits.start_connecting()
        self._stream = connect(*origin.first_hop, self.limits)
        if origin.proxy is not None and origin.is_secure:
            tunnel = Exchange()
            self._write(origin.tunnel(origin.proxy, tunnel))
            while (head := tunnel.head()) is None:
                tunnel.receive(self._read())
            _check_tunnel(head.status_code, tunnel)
        if origin.is_secure:
            self._start_tls(origin.host)

    def send(self, request: Request) -> h11.Response | h11.InformationalResponse:
        """Send a request and read the head of its response."""
        exchange = self._exchange
        if not self._write(self._origin.request(request, exchange)):
            exchange.abandon()
        exchange.receive(self._read())
        while (head := exchange.head()) is None:
            exchange.receive(self._read())
        return head

    def body(self) -> Iterator[bytes | bytearray]:
        """The body of the response, piece by piece; a long one of known length whole."""
        exchange = self._exchange
        if (long_body := exchange.long_body()) is not None:
            yield self._filled(*long_body)
        while (data := exchange.data()) != b"":
            if data is None:
                exchange.receive(self._read())
            else:
                yield data

    def _filled(self, buffer: bytearray, come: int) -> bytearray:
        assert self._stream is not None
        view = memoryview(buffer)
        while come < len(buffer):
            read = self._stream.read_into(view[come:], self.limits.of("read", httpx.ReadTimeout))
            if not read:
                self._exchange.receive(b"")
            come += read
        self._exchange.filled()
        return buffer

    @property
    def is_readable(self) -> bool:
        return self._stream is None or self._stream.is_readable

    def close(self) -> None:
        """Close at once."""
        if self._stream is not None:
            self._stream.close()

    def _start_tls(self, host: str) -> None:
        assert self._stream is not None
        context = self._origin.ssl_context or httpx.create_ssl_context()
        self._stream.start_tls(context, host, self.limits.of("connect", httpx.ConnectTimeout))

    def _write(self, data: bytes) -> bool:
        assert self._stream is not None
        return self._stream.write(data, self.limits)

    def _read(self) -> bytes:
        assert self._stream is not None
        return self._stream.read(READ_SIZE, self.limits.of("read", httpx.ReadTimeout))


class _AsyncConnection(_Connection):
    """A connection on the event loop."""

    _stream: LoopStream | None = None

    async def open(self) -> None:
        """Connect, through the proxy and with TLS where they are wanted."""
        origin = self._origin
        self.limits.start_connecting()
        self._stream = await connect_async(*origin.first_hop, self.limits)
        if origin.proxy is not None and origin.is_secure:
            tunnel = Exchange()
            await self._write(origin.tunnel(origin.proxy, tunnel))
            while (head := tunnel.head()) is None:
                tunnel.receive(await self._read())
            _check_tunnel(head.status_code, tunnel)
        if origin.is_secure:
            await self._start_tls(origin.host)

    async def send(self, request: Request) -> h11.Response | h11.InformationalResponse:
        """Send a request and read the head of its response."""
        exchange = self._exchange
        if not await self._write(self._origin.request(request, exchange)):
            exchange.abandon()
        exchange.receive(await self._read())
        while (head := exchange.head()) is None:
            exchange.receive(await self._read())
        return head

    async def body(self) -> AsyncIterator[bytes]:
        """The body of the response, piece by piece."""
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
        context = self._origin.ssl_context or httpx.create_ssl_context()
        await self._stream.start_tls(context, host, self.limits.of("connect", httpx.ConnectTimeout))

    async def _write(self, data: bytes) -> bool:
        assert self._stream is not None
        return await self._stream.write(data, self.limits)

    async def _read(self) -> bytes:
        assert self._stream is not None
        return await self._stream.read(READ_SIZE, self.limits.of("read", httpx.ReadTimeout))


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
        """Take a connection back after its response, or close it."""
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
        """Close what is idle; what is in use will be, when its response has been read."""
        self.generation += 1
        while self._idle:
            try:
                self._idle.pop().close()
            except IndexError:
                break


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
                raise httpx.PoolTimeout(f"all {self._most} connections stayed busy")
            self._busy.add(me)

    def give_back(self) -> None:
        """Let another thread have it."""
        with self._changed:
            self._busy.discard(get_ident())
            self._changed.notify()


class _Pool:
    """Connections of one process, for synchronous calls."""

    def __init__(self, route: Route) -> None:
        self._origin = _Origin(route)
        self._stack: _Stack[_SyncConnection] = _Stack()
        self._permits = _Permits(route.max_connections)

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        """As httpx's transport asks its pool."""
        body = b"".join(cast("Iterable[bytes]", request.stream))
        return self.send(_request_of(request, body), _limits_of(request)).as_response()

    def send(self, request: Request, limits: Limits) -> IncomingResponse:
        self._permits.take(limits.of("pool", httpx.PoolTimeout))
        try:
            return self._send(request, limits)
        except BaseException:
            self._permits.give_back()
            raise

    def _send(self, request: Request, limits: Limits) -> IncomingResponse:
        idle = self._stack.take()
        connection = idle or _SyncConnection(self._origin, self._stack.generation)
        connection.limits = limits
        try:
            if idle is None:
                connection.open()
            head = connection.send(request)
        except BaseException:
            connection.close()
            raise
        return connection.incoming(head, _Body(connection, self))

    def release(self, connection: _SyncConnection) -> None:
        try:
            self._stack.put(connection)
        finally:
            self._permits.give_back()

    def close(self) -> None:
        self._stack.clear()


class _Body:
    """The body of a response; closing it gives the connection back."""

    def __init__(self, connection: _SyncConnection, pool: _Pool) -> None:
        self._connection = connection
        self._pool = pool
        self._open = True

    def __iter__(self) -> Iterator[bytes | bytearray]:
        return self._connection.body()

    def close(self) -> None:
        if self._open:
            self._open = False
            self._pool.release(self._connection)


def _is_httpx_own(method: object) -> bool:
    """Whether nobody has put something in its place, by where its code is: what stands in for it copies its name."""
    return type(method) is FunctionType and method.__globals__["__name__"].startswith("httpx.")


class Transport(httpx.HTTPTransport):
    """httpx's synchronous transport on the pool above.

    Recorders and mocks such as vcrpy put a function of theirs in the place of `httpx.HTTPTransport.handle_request`.
    Only where one has do requests go through httpx, which costs a tenth of a call.
    """

    def __init__(self, route: Route) -> None:
        # The one private name of httpx that is used: there is no public way to hand a pool to its transport.
        self._pool: Any = _Pool(route)

    def send(self, request: Request, limits: Limits) -> IncomingResponse | None:
        """Send a request and read the head of its response; None where it is to be sent through httpx."""
        if not _is_httpx_own(httpx.HTTPTransport.handle_request):
            return None
        incoming: IncomingResponse = self._pool.send(request, limits)
        return incoming

    def drop_connections(self) -> None:
        """Close what is idle, and what is in use as soon as its response has been read."""
        self._pool.close()


class _AsyncPool:
    """Connections of one event loop, for asynchronous calls."""

    def __init__(self, route: Route) -> None:
        self._origin = _Origin(route)
        self._stack: _Stack[_AsyncConnection] = _Stack()
        self._free = asyncio.Semaphore(route.max_connections)

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        """As httpx's transport asks its pool."""
        body = b"".join([part async for part in cast("AsyncIterable[bytes]", request.stream)])
        return (await self.send(_request_of(request, body), _limits_of(request))).as_response()

    async def send(self, request: Request, limits: Limits) -> IncomingResponse:
        await self._free.acquire()
        try:
            return await self._send(request, limits)
        except BaseException:
            self._free.release()
            raise

    async def _send(self, request: Request, limits: Limits) -> IncomingResponse:
        idle = self._stack.take()
        connection = idle or _AsyncConnection(self._origin, self._stack.generation)
        connection.limits = limits
        try:
            if idle is None:
                await connection.open()
            head = await connection.send(request)
        except BaseException:
            connection.close()
            raise
        return connection.incoming(head, _AsyncBody(connection, self))

    def release(self, connection: _AsyncConnection) -> None:
        self._stack.put(connection)
        self._free.release()

    async def aclose(self) -> None:
        self._stack.clear()


class _AsyncBody:
    """The body of a response; closing it gives the connection back."""

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
    """httpx's asynchronous transport on the pool above; see `Transport`."""

    def __init__(self, route: Route) -> None:
        self._pool: Any = _AsyncPool(route)

    async def send(self, request: Request, limits: Limits) -> IncomingResponse | None:
        """Send a request and read the head of its response; None where it is to be sent through httpx."""
        if not _is_httpx_own(httpx.AsyncHTTPTransport.handle_async_request):
            return None
        incoming: IncomingResponse = await self._pool.send(request, limits)
        return incoming

    async def drop_connections(self) -> None:
        """Close what is idle, and what is in use as soon as its response has been read."""
        await self._pool.aclose()
