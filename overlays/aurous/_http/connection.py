"""One connection to the API: what is done on it, step by step.

Written once, as steps: carried out by `run` in a thread, or by `run_async` on an event loop.
"""

from __future__ import annotations

from ssl import SSLContext
from typing import Any, Final
from urllib.parse import urlsplit

from attrs import define, field

from aurous._clock import monotonic
from aurous._http.certificates import context_of
from aurous._http.failures import Kind, TransportError
from aurous._http.http11 import READ_SIZE, ResponseReader, chunk, request_head
from aurous._http.limits import Limits
from aurous._http.proxies import Proxy
from aurous._http.steps import IO, Steps
from aurous._http.streamed_body import StreamedBody
from aurous._http.wire import Request

Reader: type[ResponseReader]
try:
    from aurous._http.llhttp import LlhttpReader

    Reader = LlhttpReader
except ImportError:
    from aurous._http.h11 import H11Reader

    Reader = H11Reader

KEEPALIVE_SECONDS: Final = 30.0
"""How long a connection may be idle."""


@define(frozen=True)
class Route:
    """Where connections lead to, and how they are made."""

    base_url: str
    ssl_context: SSLContext | None
    proxy: Proxy | None
    max_connections: int
    host: str = field(init=False)
    port: int = field(init=False)
    is_secure: bool = field(init=False)

    def __attrs_post_init__(self) -> None:
        parts = urlsplit(self.base_url)
        host = (parts.hostname or "").rstrip(".")
        secure = parts.scheme == "https"
        object.__setattr__(self, "host", host)
        object.__setattr__(self, "is_secure", secure)
        object.__setattr__(self, "port", parts.port or (443 if secure else 80))

    @property
    def authority(self) -> str:
        """Host and port, as a proxy is told them."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Connection:
    """A connection to one origin, through a proxy where one is set."""

    def __init__(self, route: Route, io: IO, generation: int) -> None:
        self._route = route
        self._io = io
        self._stream: Any = None
        self._expires = 0.0
        self.generation = generation
        """Of the pool when the connection was made; one of an earlier generation is not used again."""

    # --- The life of a connection ---

    @property
    def was_used(self) -> bool:
        """Whether it has carried a request before this one."""
        return self._expires > 0

    @property
    def is_usable(self) -> bool:
        """Whether it may carry a request now: it is not too old, and nothing came unasked."""
        return monotonic() < self._expires and not self._stream.is_readable

    def rest(self) -> None:
        """It has brought a response, and waits for the next request."""
        self._expires = monotonic() + KEEPALIVE_SECONDS

    def close(self) -> None:
        """Close at once, also from another thread."""
        if self._stream is not None:
            self._stream.close()

    # --- Steps ---

    def send(self, request: Request, limits: Limits) -> Steps[ResponseReader]:
        """Send a request, on a connection that is opened for it first, and read the head of the response.

        Returns:
            The reader of this response, and of no other: who holds it cannot read what comes for somebody else.
        """
        stream: Any = self._stream
        if stream is None:
            stream = yield from self.open(limits)
        reader = Reader(request.method)
        head = request_head(request.method, *self._target(request))
        reader.ends_connection = not (yield from self._send(head, request.body, limits))
        while reader.head is None:
            reader.feed((yield stream.read, READ_SIZE, limits))
        return reader

    def read(self, reader: ResponseReader, limits: Limits) -> Steps[bytes]:
        """The next piece of the body; nothing at its end."""
        while not (piece := reader.take()) and not reader.is_done:
            reader.feed((yield self._stream.read, READ_SIZE, limits))
        return piece

    def _send(self, head: bytes, body: bytes | StreamedBody, limits: Limits) -> Steps[bool]:
        """Send head and body, but no more of it once a response has begun to come. False where it was not all."""
        if isinstance(body, bytes):
            return (yield self._stream.write, head + body, limits)  # type: ignore[no-any-return]
        pieces = self._io.iterate(body)
        while (piece := (yield self._io.next, pieces, limits)) is not None:
            data = piece if body.length is not None else chunk(piece)
            if not (yield self._stream.write, head + data, limits, not head):
                yield self._io.close, pieces
                return False
            head = b""
        if body.length is None:
            return (yield self._stream.write, head + chunk(b""), limits, not head)  # type: ignore[no-any-return]
        return True

    def _target(self, request: Request) -> tuple[str, list[tuple[str, str]]]:
        """What a request names, and its headers; a proxy that is to read it needs to be told the origin."""
        target = "/" + request.url.split("/", 3)[3]
        route = self._route
        if route.proxy is not None and not route.is_secure:
            return f"http://{route.authority}{target}", [*request.headers, *route.proxy.headers]
        return target, request.headers

    def open(self, limits: Limits) -> Steps[Any]:
        """Connect, through the proxy and with TLS where they are wanted."""
        route, proxy = self._route, self._route.proxy
        limits.start_connecting()
        first = route if proxy is None else proxy
        self._stream = yield self._io.connect, first.host, first.port, limits
        if proxy is not None and proxy.is_secure:
            context = context_of(route.ssl_context)
            yield self._stream.start_tls, context, proxy.host.rstrip("."), limits, Kind.CONNECT_PROXY
        if proxy is not None and route.is_secure:
            yield from self._open_tunnel(proxy, limits)
        if route.is_secure:
            yield self._stream.start_tls, context_of(route.ssl_context), route.host, limits
        return self._stream

    def _open_tunnel(self, proxy: Proxy, limits: Limits) -> Steps[None]:
        authority = self._route.authority
        reader = Reader("CONNECT")
        head = request_head("CONNECT", authority, [("Host", authority), *proxy.headers])
        yield self._stream.write, head, limits
        while reader.head is None:
            reader.feed((yield self._stream.read, READ_SIZE, limits, Kind.CONNECT_TIMEOUT))
        status = reader.head.status
        if status >= 500:
            raise TransportError(Kind.CONNECT, f"the proxy responded with {status} when asked for a tunnel")
        if not 200 <= status <= 299:
            raise TransportError(Kind.PROXY, f"it responded with {status} when asked for a tunnel")
        if reader.has_more:
            raise TransportError(Kind.PROXY, "it sent more than its response when asked for a tunnel")
