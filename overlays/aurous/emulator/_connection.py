"""The connection under a response, where a test wants it to break."""

import asyncio
import socket
import struct
from collections.abc import Mapping
from typing import Any, Final

from uvicorn.protocols.http.h11_impl import H11Protocol

_TRANSPORT: Final = "aurous_emulator_transport"
_AT_ONCE: Final = struct.pack("ii", 1, 0)


class BreakableProtocol(H11Protocol):
    """HTTP/1.1 over a connection that the app can get hold of."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Hand the connection to the app, in the state of each of its requests."""
        super().connection_made(transport)
        self.access_log = False  # It would be told to whoever captures logs, as pytest does.
        self.app_state = {**self.app_state, _TRANSPORT: transport}


class Connection:
    """The connection that a request came by."""

    def __init__(self, scope: Mapping[str, Any]) -> None:
        self._transport: asyncio.Transport | None = scope.get("state", {}).get(_TRANSPORT)

    @property
    def is_held(self) -> bool:
        """Whether there is one, and the emulator's server has it."""
        return self._transport is not None

    def close(self) -> None:
        """Close it, after what was written.

        Raises:
            ConnectionAbortedError: Another server than the emulator's has it; most close it for that.
        """
        self._held().close()

    def reset(self) -> None:
        """Reset it.

        Raises:
            ConnectionAbortedError: As above.
        """
        transport = self._held()
        connection: socket.socket = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        transport.abort()

    def _held(self) -> asyncio.Transport:
        if self._transport is None:
            raise ConnectionAbortedError("a test planned that the connection breaks")
        return self._transport
