"""Which transport serves a call: one for each process, and for asynchronous clients one for each running event loop.

A connection that two processes share hands one the other's responses, without an error; one that outlives its event
loop fails every call. So neither is ever used: a forked child and a second `asyncio.run()` get transports of their own.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from threading import Lock
from typing import Any, Final
from urllib.parse import urlsplit

from attrs import evolve

from aurous._config import Config
from aurous._errors import ConfigurationError
from aurous._http.proxies import proxy_for
from aurous._http.transport import AsyncTransport, Route, Transport

_inherited: Final[list[object]] = []
"""Transports of a parent process. They are kept, unused: collecting them would meddle with the parent's sockets."""


class TransportSource:
    """Makes the transports of a client, or takes the caller's."""

    def __init__(self, config: Config, *, asynchronous: bool) -> None:
        self.given = config.transport
        self._asynchronous = asynchronous
        self._config = config
        self._pid = os.getpid()
        is_https = config.base_url.startswith("https:")
        self._route = Route(
            base_url=config.base_url,
            # Made now, for all connections to come: reading the certificates of all authorities takes a while.
            ssl_context=config.ssl_context or (_default_ssl_context() if is_https and self.given is None else None),
            proxy=proxy_for(config.base_url, config.proxy),
            max_connections=config.max_connections,
        )
        method = self._method = "handle_async_request" if asynchronous else "handle_request"
        if self.given is not None and not callable(self.given) and not hasattr(self.given, method):
            raise ConfigurationError(
                f"transport is {type(self.given).__name__}, which has no {method}; "
                "pass an httpx transport, or a function that makes one"
            )

    def new(self) -> Any:
        """A transport for this process and event loop."""
        if self.given is None:
            return self._own(self._route)
        if isinstance(self.given, type) or not hasattr(self.given, self._method):
            return self._made()
        if os.getpid() != self._pid:
            raise ConfigurationError(
                "transport= was made in another process, whose connections it may hold; "
                "pass a function that makes one instead"
            )
        return self.given

    def elsewhere(self, url: str) -> Any:
        """A transport of its own for one request to another origin; None where the caller's serves every origin."""
        if self.given is not None:
            return None
        parts = urlsplit(url)
        proxy = proxy_for(url, self._config.proxy)
        return self._own(evolve(self._route, base_url=f"{parts.scheme}://{parts.netloc}", proxy=proxy))

    def _own(self, route: Route) -> Any:
        return AsyncTransport(route) if self._asynchronous else Transport(route)

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


def _default_ssl_context() -> Any:
    import httpx  # noqa: PLC0415

    try:
        return httpx.create_ssl_context()
    except OSError as error:
        raise ConfigurationError(
            f"the certificates to trust cannot be read ({error.strerror or error}); "
            "check SSL_CERT_FILE and SSL_CERT_DIR"
        ) from None


class ProcessPools:
    """The transport of a synchronous client, by process."""

    def __init__(self, config: Config) -> None:
        self._source = TransportSource(config, asynchronous=False)
        self._lock = (os.getpid(), Lock())
        self._mine: tuple[int, Any] | None = None

    def current(self) -> Any:
        """The transport of this process."""
        mine = self._mine
        pid = os.getpid()
        if mine is not None and mine[0] == pid:
            return mine[1]
        if self._lock[0] != pid:  # the parent's may be held for ever
            self._lock = (pid, Lock())
        with self._lock[1]:
            if self._mine is None or self._mine[0] != pid:
                _inherited.append(self._mine)
                self._mine = (pid, self._source.new())
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
        if mine is not None and mine[0] != os.getpid():
            _inherited.append(mine)
        elif mine is not None and hasattr(mine[1], "close"):
            mine[1].close()


class LoopPools:
    """The transports of an asynchronous client, by process and running event loop."""

    def __init__(self, config: Config) -> None:
        self._source = TransportSource(config, asynchronous=True)
        self._pid = os.getpid()
        self._by_loop: dict[asyncio.AbstractEventLoop, tuple[Any, AsyncGenerator[None]]] = {}

    def current(self) -> Any:
        """The transport of the running event loop."""
        if os.getpid() != self._pid:
            _inherited.append(self._by_loop)
            self._by_loop = {}
            self._pid = os.getpid()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            raise ConfigurationError("AsyncAurous runs on asyncio, and no event loop of it is running") from None
        held = self._by_loop.get(loop)
        return self._new(loop) if held is None else held[0]

    def _new(self, loop: asyncio.AbstractEventLoop) -> Any:
        for other in [other for other in self._by_loop if other.is_closed()]:
            del self._by_loop[other]
        transport = self._source.new()
        owned = transport is not self._source.given
        watch = _until_loop_ends(self._by_loop, loop, transport if owned else None)
        with suppress(StopIteration):
            watch.__anext__().send(None)  # to its yield: the loop knows of it from here on
        self._by_loop[loop] = (transport, watch)
        return transport

    @asynccontextmanager
    async def elsewhere(self, url: str) -> AsyncGenerator[Any]:
        """A transport for one request to another origin."""
        transport = self._source.elsewhere(url)
        try:
            yield transport or self.current()
        finally:
            if transport is not None:
                await transport.drop_connections()

    async def aclose(self) -> None:
        """Close the transport of the running event loop, if there is one."""
        if os.getpid() == self._pid:
            transport, watch = self._by_loop.pop(asyncio.get_running_loop(), (None, None))
            if transport is not None and hasattr(transport, "aclose"):
                await transport.aclose()
            if watch is not None:
                await watch.aclose()


async def _until_loop_ends(
    by_loop: dict[asyncio.AbstractEventLoop, Any], loop: asyncio.AbstractEventLoop, transport: Any
) -> AsyncGenerator[None]:
    """Closes the transport when it is closed itself, which `asyncio.run` does for every generator before the loop ends.

    So a client that is made once and used in many event loops holds on to none that has ended.
    """
    try:
        yield
    finally:
        if by_loop.pop(loop, None) is not None and hasattr(transport, "aclose"):
            await transport.aclose()
