"""Which transport serves a call: one for each process, and for asynchronous clients one for each running event loop.

A connection that two processes share hands one the other's responses, without an error; one that outlives its event
loop fails every call. So neither is ever used: a forked child and a second `asyncio.run()` get transports of their own.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from ssl import SSLContext
from threading import RLock
from typing import Any, Final
from urllib.parse import urlsplit

from aurous import _process
from aurous._config import Config
from aurous._errors import ConfigurationError
from aurous._http.certificates import default_context
from aurous._http.connection import Route
from aurous._http.proxies import proxy_for
from aurous._http.sockets import BLOCKING
from aurous._http.steps import IO
from aurous._http.transport import Transport

INHERITED: Final[list[object]] = []
"""Transports of a parent process. They are kept, unused: collecting them would meddle with the parent's sockets."""


class TransportSource:
    """Makes the transports of a client, or takes the caller's.

    Args:
        config: What the client is configured with.
        io: How what is done on a connection is carried out.
    """

    def __init__(self, config: Config, io: IO) -> None:
        self.given = config.transport
        self._io = io
        self._config = config
        self._pid = _process.look()
        self._route = None if self.given is not None else self._to(config.base_url)
        self._method = io.httpx_method
        if self.given is not None and not callable(self.given) and not hasattr(self.given, self._method):
            raise ConfigurationError(
                f"transport is {type(self.given).__name__}, which has no {self._method}; "
                "pass an httpx transport, or a function that makes one"
            )

    def new(self) -> Any:
        """A transport for this process and event loop."""
        if self._route is not None:
            return Transport(self._route, self._io)
        if isinstance(self.given, type) or not hasattr(self.given, self._method):
            return self._made()
        if _process.look() != self._pid:
            raise ConfigurationError(
                "transport= was made in another process, whose connections it may hold; "
                "pass a function that makes one instead"
            )
        return self.given

    def elsewhere(self, url: str) -> Any:
        """A transport of its own for one request to another origin; None where the caller's serves every origin."""
        if self._route is None:
            return None
        parts = urlsplit(url)
        return Transport(self._to(f"{parts.scheme}://{parts.netloc}", self._route.ssl_context), self._io)

    def _to(self, base_url: str, ssl_context: SSLContext | None = None) -> Route:
        """How connections to an origin are made."""
        config = self._config
        proxy = proxy_for(base_url, config.proxy)
        context = ssl_context or config.ssl_context
        if context is None and (base_url.startswith("https:") or (proxy is not None and proxy.is_secure)):
            context = default_context()  # now, for all connections to come: reading the certificates takes a while
        return Route(base_url, context, proxy, config.max_connections)

    def _made(self) -> Any:
        try:
            transport = self.given()
        except Exception as error:  # noqa: BLE001  # whatever a function of the caller's raises
            problem = f"raised {type(error).__name__}"
        else:
            if hasattr(transport, self._method):
                return transport
            problem = f"gave {type(transport).__name__}, which has no {self._method}"
        raise ConfigurationError(f"the function passed as transport= {problem}; it makes an httpx transport")


class ProcessPools:
    """The transport of a synchronous client, by process."""

    def __init__(self, config: Config) -> None:
        self._source = TransportSource(config, BLOCKING)
        self._lock = (_process.look(), RLock())  # a finalizer or a signal handler may make a call meanwhile
        self._mine: tuple[int, Any] | None = None

    def current(self) -> Any:
        """The transport of this process."""
        mine = self._mine
        pid = _process.pid
        if mine is not None and mine[0] == pid:
            return mine[1]
        if self._lock[0] != pid:  # the parent's may be held for ever
            self._lock = (pid, RLock())
        with self._lock[1]:
            if self._mine is None or self._mine[0] != pid:
                transport = self._source.new()
                if self._mine is None or self._mine[0] != pid:  # still: this thread may have been here meanwhile
                    INHERITED.append(self._mine)
                    self._mine = (pid, transport)
            return self._mine[1]

    @contextmanager
    def elsewhere(self, url: str) -> Generator[Any]:
        """A transport for one request to another origin."""
        transport = self._source.elsewhere(url)
        try:
            yield transport or self.current()
        finally:
            if transport is not None:
                transport.drop_connections()

    def close(self) -> None:
        """Close the transport of this process, if there is one."""
        mine, self._mine = self._mine, None
        if mine is not None and mine[0] != _process.look():
            INHERITED.append(mine)
        elif mine is not None and hasattr(mine[1], "close"):
            mine[1].close()
