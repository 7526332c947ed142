"""The transports of an asynchronous client: one for each running event loop. A synchronous one does not import this."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any

from aurous import _process
from aurous._config import Config
from aurous._errors import ConfigurationError
from aurous._http.loop_stream import LOOP
from aurous._http.pools import INHERITED, TransportSource
from aurous._http.transport import Transport


class LoopPools:
    """The transports of an asynchronous client, by process and running event loop."""

    def __init__(self, config: Config) -> None:
        self._source = TransportSource(config, LOOP)
        self._pid = _process.look()
        self._by_loop: dict[asyncio.AbstractEventLoop, tuple[Any, AsyncGenerator[None]]] = {}

    def current(self) -> Any:
        """The transport of the running event loop."""
        if _process.pid != self._pid:
            INHERITED.append(self._by_loop)
            self._by_loop = {}
            self._pid = _process.pid
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            raise ConfigurationError("AsyncAurous runs on asyncio, and no event loop of it is running") from None
        held = self._by_loop.get(loop)
        return self._new(loop) if held is None else held[0]

    def _new(self, loop: asyncio.AbstractEventLoop) -> Any:
        for other in list(self._by_loop):  # a copy: other threads have loops of their own
            if other.is_closed():
                self._by_loop.pop(other, None)
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
                transport.drop_connections()

    def abandon(self) -> None:
        """Close the transports of all event loops from outside: nobody uses them any more."""
        while _process.look() == self._pid and self._by_loop:
            loop, (transport, _) = self._by_loop.popitem()
            if isinstance(transport, Transport) and not loop.is_closed():
                loop.call_soon_threadsafe(transport.close)

    async def aclose(self) -> None:
        """Close the transport of the running event loop, if there is one."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # a call has said so; this is not to cover it
            return
        if _process.look() == self._pid:
            transport, watch = self._by_loop.pop(loop, (None, None))
            if isinstance(transport, Transport):
                transport.close()
            elif transport is not None and hasattr(transport, "aclose"):
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
        if by_loop.pop(loop, None) is not None:
            if isinstance(transport, Transport):
                transport.end()
            elif hasattr(transport, "aclose"):
                await transport.aclose()
