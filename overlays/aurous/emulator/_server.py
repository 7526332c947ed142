"""The emulator on a socket."""

import asyncio
import contextlib
import ipaddress
import socket
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Final, Self, Unpack

import uvicorn

from ._app import create_app
from ._base import StateOptions
from ._connection import BreakableProtocol
from ._errors import EmulatorError
from ._state import State

_PORTS: Final = range(65536)
_PAUSE: Final = 0.002  # Between looks at whether the server runs, in seconds.
_STOPS_WITHIN: Final = 5  # Seconds that the thread is given to end.
_LAST_WORDS: Final = 1  # Seconds that responses are given which are being written.


class Emulator(State):
    """A state, and a server that responds from it.

    In a thread of its own, for the length of a block or, as a notebook has no blocks, from `start()` to `stop()`:

        with Emulator() as emulator:
            client = Aurous(api_key=emulator.api_key, base_url=emulator.base_url)
            client.chat.completions.retrieve(emulator.ids["completed"])

    `serve()` is for programs: it stays in this thread until Ctrl-C.

    It answers what the vendor's documentation says; it is not the vendor's server.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        expose_to_network: bool = False,
        **options: Unpack[StateOptions],
    ) -> None:
        """Set up the state; nothing listens before the `with` block, `start` or `serve`.

        Args:
            host: The address to listen on.
            port: The port, 0 for one that is free.
            expose_to_network: Allow a `host` that other machines may reach. Whoever reaches it can read and change
                everything in it.
            **options: See `StateOptions`.

        Raises:
            SeedError: The seed file cannot be used.
            EmulatorError: Another argument cannot be used.
        """
        if port not in _PORTS:
            raise EmulatorError(f"port {port} does not exist: take one up to 65535, or 0 for one that is free")
        super().__init__(**options)
        self._host: Final = host if expose_to_network else _loopback(host)
        self._port: Final = port
        self._base_url: str | None = None
        self._running: tuple[_Server, threading.Thread] | None = None

    @property
    def base_url(self) -> str:
        """Where it listens, without `/v1`.

        Raises:
            EmulatorError: It does not listen.
        """
        if self._base_url is None:
            raise EmulatorError(
                "the emulator does not listen: use it as `with Emulator() as emulator:`, or call start()"
            )
        return self._base_url

    def __repr__(self) -> str:
        return f"Emulator({self._base_url or 'not listening'}, {len(self.requests)} requests so far)"

    def start(self) -> Self:
        """Respond to requests in a thread of its own, until `stop`.

        Returns:
            The emulator itself.

        Raises:
            EmulatorError: It listens already, or the address cannot be listened on.
        """
        listener = self._listen()
        server = _Server(self)
        thread = threading.Thread(target=server.run, args=([listener],), name="aurous-emulator", daemon=True)
        self._running = server, thread
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(_PAUSE)
        if not server.started:
            listener.close()
            self._end()
            raise EmulatorError("the server ended before it had started: what the thread printed says why")
        return self

    def stop(self) -> None:
        """End what `start` began. Where nothing was begun, nothing happens.

        Raises:
            EmulatorError: Something failed meanwhile, as `raise_failure` tells. It ended all the same.
        """
        self._end()
        self.raise_failure()

    def _end(self) -> None:
        if self._running is not None:
            server, thread = self._running
            self.release()
            server.stop()
            thread.join(_STOPS_WITHIN)
            self._running = self._base_url = None

    def serve(self, on_listening: Callable[[], object] = lambda: None) -> None:
        """Respond to requests in this thread until interrupted (Ctrl-C, SIGTERM).

        Args:
            on_listening: Called once, when requests are accepted.

        Raises:
            EmulatorError: It listens already, the address cannot be listened on, or an event loop runs in this thread.
        """
        if _has_event_loop():
            raise EmulatorError("an event loop runs in this thread, as in a notebook: use start() and stop()")
        with self._listen() as listener:
            try:
                on_listening()
                _Server(self).run([listener])
            finally:
                self._base_url = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._end()
        if error is None:  # which would hide it
            self.raise_failure()

    def _listen(self) -> socket.socket:
        if self._base_url is not None:
            raise EmulatorError(f"the emulator listens already, on {self._base_url}: stop it first, or make another")
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        # Said to be TCP, or else asyncio leaves Nagle's algorithm on, and every response takes 40 ms.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            if sys.platform != "win32":  # There it would allow two servers on one port.
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((self._host, self._port))
            listener.listen()
        except OSError as error:
            listener.close()
            raise EmulatorError(
                f"cannot listen on {self._host}, port {self._port} ({error}): take another, or port 0 for a free one"
            ) from None
        host, port = listener.getsockname()[:2]
        self._base_url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        return listener


def _has_event_loop() -> bool:
    with contextlib.suppress(RuntimeError):
        return bool(asyncio.get_running_loop())
    return False


def _loopback(host: str) -> str:
    try:
        if host == "localhost" or ipaddress.ip_address(host).is_loopback:
            return host
    except ValueError:
        pass
    raise EmulatorError(
        f"other machines may reach {host!r}: take 127.0.0.1, or allow it (expose_to_network, --expose-to-network)"
    )


class _Server(uvicorn.Server):
    """uvicorn, but that it waits for what happens and not for time, which a test may have frozen."""

    def __init__(self, state: State) -> None:
        super().__init__(
            uvicorn.Config(
                create_app(state),
                http=BreakableProtocol,
                ws="none",
                loop="asyncio",
                lifespan="off",
                log_config=None,
                access_log=False,
                date_header=False,  # The app sends one, by the clock of the state.
                headers=[("Server", "aurous-emulator")],
            )
        )
        self._state = state
        self._stopping: tuple[asyncio.AbstractEventLoop, asyncio.Event] | None = None

    def stop(self) -> None:
        """Let it end, from any thread, or from the handler of a signal."""
        self.should_exit = True
        if self._stopping is not None:
            loop, stopping = self._stopping
            with contextlib.suppress(RuntimeError):  # It has ended.
                loop.call_soon_threadsafe(stopping.set)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Do what uvicorn does at a signal, and at once."""
        super().handle_exit(sig, frame)
        self.stop()

    async def main_loop(self) -> None:
        """Serve until `stop`."""
        await self.on_tick(0)  # It makes the headers that every response has.
        stopping = asyncio.Event()
        self._stopping = asyncio.get_running_loop(), stopping
        if not self.should_exit:
            await stopping.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End: what waits for the clock is released, other responses have a moment to be written."""
        self._state.release()
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=_LAST_WORDS)
        for task in self.server_state.tasks:
            task.cancel()
        for listener in sockets or ():
            listener.close()
