"""Which transport serves a call: one for each process, and for asynchronous clients one for each running event loop.

A connection that two processes share hands one the other's answers, without an error; one that outlives its event loop
fails every call. So neither is ever used: a forked child and a second `asyncio.run()` get transports of their own.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any, Final
from weakref import WeakKeyDictionary

from aurous._config import Config
from aurous._errors import ConfigurationError
from aurous._proxies import proxy_for
from aurous._transport import AsyncTransport, Route, Transport

_inherited: Final[list[object]] = []
"""Transports of a parent process. They are kept, unused: collecting them would meddle with the parent's sockets."""


class TransportSource:
    """Makes the transports of a client, or takes the caller's."""

    def __init__(self, config: Config, *, asynchronous: bool) -> None:
        self._given = config.transport
        self._asynchronous = asynchronous
        self._pid = os.getpid()
        is_https = config.base_url.startswith("https:")
        self._route = Route(
            # Made now, for all connections to come: reading the certificates of all authorities takes a while.
            ssl_context=config.ssl_context or (_default_ssl_context() if is_https and self._given is None else None),
            proxy=proxy_for(config.base_url, config.proxy),
            max_connections=config.max_connections,
        )
        method = "handle_async_request" if asynchronous else "handle_request"
        if self._given is not None and not callable(self._given) and not hasattr(self._given, method):
            raise ConfigurationError(
                f"transport is {type(self._given).__name__}, which has no {method}; "
                "pass an httpx transport, or a function that makes one"
            )

    def new(self) -> Any:
        """A transport for this process and event loop."""
        if self._given is None:
            return AsyncTransport(self._route) if self._asynchronous else Transport(self._route)
        if isinstance(self._given, type) or not hasattr(self._given, "close" if not self._asynchronous else "aclose"):
            return self._given()
        if os.getpid() != self._pid:
            raise ConfigurationError(
                "transport= was made in another process, whose connections it may hold; "
                "pass a function that makes one instead"
            )
        return self._given


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
        self._mine: tuple[int, Any] | None = None

    def current(self) -> Any:
        """The transport of this process."""
        mine = self._mine
        pid = os.getpid()
        if mine is None or mine[0] != pid:
            if mine is not None:
                _inherited.append(mine)
            mine = self._mine = (pid, self._source.new())
        return mine[1]

    def close(self) -> None:
        """Close the transport of this process, if there is one."""
        mine, self._mine = self._mine, None
        if mine is not None and mine[0] == os.getpid():
            mine[1].close()


class LoopPools:
    """The transports of an asynchronous client, by process and running event loop."""

    def __init__(self, config: Config) -> None:
        self._source = TransportSource(config, asynchronous=True)
        self._pid = os.getpid()
        self._by_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, Any] = WeakKeyDictionary()

    def current(self) -> Any:
        """The transport of the running event loop."""
        if os.getpid() != self._pid:
            _inherited.append(self._by_loop)
            self._by_loop = WeakKeyDictionary()
            self._pid = os.getpid()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            raise ConfigurationError("AsyncAurous runs on asyncio, and no event loop of it is running") from None
        transport = self._by_loop.get(loop)
        if transport is None:
            transport = self._by_loop[loop] = self._source.new()
        return transport

    async def aclose(self) -> None:
        """Close the transport of the running event loop, if there is one."""
        if os.getpid() == self._pid:
            transport = self._by_loop.pop(asyncio.get_running_loop(), None)
            if transport is not None:
                await transport.aclose()
