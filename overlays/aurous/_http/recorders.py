"""Other transports than the SDK's own: the caller's, and httpx's where a recorder or a mock stands in its way.

vcrpy, respx, pytest-httpx, pook and their like put functions of theirs into the classes of httpx or httpcore. Where one
does, a request goes through httpx, as it would without this SDK.
"""

from __future__ import annotations

import ssl
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final, cast

from aurous._http.certificates import context_of
from aurous._http.connection import Route
from aurous._http.limits import Limits
from aurous._http.steps import IO, Steps
from aurous._http.wire import Request, header_map

if TYPE_CHECKING:
    import httpx

_WATCHED: Final = (
    ("httpx", ("Client", "AsyncClient", "HTTPTransport", "AsyncHTTPTransport")),
    ("httpcore", ("ConnectionPool", "AsyncConnectionPool", "HTTPConnection", "AsyncHTTPConnection")),
)

_OWN: Final = ("httpx.", "httpcore.", "contextlib")  # the last for their context managers


class _Watch:
    """Looks whether the classes of httpx and httpcore are as they were made."""

    def __init__(self) -> None:
        self._seen: list[object] = []
        self._is_one_there = False

    def __call__(self) -> bool:
        """Whether somebody has put something in the place of one of their functions."""
        now = [
            value
            for module, names in _WATCHED
            if module in sys.modules
            for name in names
            for value in _functions_of(getattr(sys.modules[module], name, None))
        ]
        if now != self._seen:
            self._is_one_there = any(_is_foreign(value) for value in now)
            self._seen = now
        return self._is_one_there


def _functions_of(place: object) -> Iterable[object]:
    """What a class holds; what has taken the place of one; nothing where the module is not there, or not yet."""
    if place is None:
        return ()
    return cast("Mapping[str, object]", vars(place)).values() if isinstance(place, type) else (place,)


def _is_foreign(value: Any) -> bool:
    """Whether a function is not of httpx, by where its code is: what stands in for one may copy its name.

    What wraps `send` of a client only watches, as Sentry does: recorders stand at the transports.
    """
    while getattr(value, "__name__", "") == "send" and hasattr(value, "__wrapped__"):
        value = value.__wrapped__
    if not isinstance(value, FunctionType):
        return callable(value) and not isinstance(value, (type, staticmethod, classmethod, property))
    return not str(value.__globals__.get("__name__")).startswith(_OWN)


is_one_there: Final = _Watch()


class ForeignResponse:
    """A response of a transport of httpx's kind."""

    def __init__(self, response: httpx.Response, io: IO, close: Callable[[], Any], limits: Limits) -> None:
        self._io = io
        self._pieces = io.iterate(response.stream)
        self.close = close
        """Close it; on an event loop, what it returns is to be awaited."""
        self.limits = limits
        self.status_code = response.status_code
        self.headers = header_map(response.headers.raw)
        self.reused = self.is_over = False

    def abandon(self) -> None:
        """Its transport closes it when it is collected."""

    def read(self) -> Steps[bytes]:
        """The next piece of the body; nothing at its end."""
        while (piece := (yield self._io.next, self._pieces)) is not None:
            if piece:
                return bytes(piece)
        return b""


def _options(route: Route) -> dict[str, Any]:
    import httpx  # noqa: PLC0415

    proxy: httpx.Proxy | None = None
    if route.proxy is not None:
        scheme = "https" if route.proxy.is_secure else "http"
        host = f"[{route.proxy.host}]" if ":" in route.proxy.host else route.proxy.host
        proxy = httpx.Proxy(f"{scheme}://{host}:{route.proxy.port}", headers=route.proxy.headers)
    context = context_of(route.ssl_context) if route.is_secure else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return {"verify": context, "proxy": proxy, "trust_env": False}


def _httpx_request(request: Request, limits: Limits, io: IO) -> httpx.Request:
    """A request for a transport of httpx's kind."""
    import httpx  # noqa: PLC0415

    content = request.body or None
    return httpx.Request(
        request.method,
        request.url,
        headers=request.headers,
        content=content if content is None or isinstance(content, bytes) else io.iterate(content),
        extensions={"timeout": limits.as_timeouts()},
    )


def send(request: Request, limits: Limits, route: Route, io: IO) -> Steps[ForeignResponse]:
    """Send a request through httpx."""
    import httpx  # noqa: PLC0415

    client: Any = getattr(httpx, io.httpx_client)(**_options(route))
    response = yield partial(client.send, stream=True), _httpx_request(request, limits, io)
    return ForeignResponse(response, io, getattr(client, io.httpx_close), limits)


def send_by(transport: Any, request: Request, limits: Limits, io: IO) -> Steps[ForeignResponse]:
    """Send a request through a transport of the caller's."""
    response = yield getattr(transport, io.httpx_method), _httpx_request(request, limits, io)
    return ForeignResponse(response, io, getattr(response, io.httpx_close), limits)
