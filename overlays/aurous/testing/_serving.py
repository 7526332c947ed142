"""A server for the app of a test: what streams, or is left amid a response, needs a socket."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from aurous import _check

if TYPE_CHECKING:
    import uvicorn

_App: TypeAlias = Callable[[Any, Any, Any], Awaitable[None]]

BOUND: Final = 10
"""Seconds that an app is given to start, and to end."""
_PAUSE: Final = 0.002  # Between looks at whether the app has started, in seconds.
_LAST_WORDS: Final = 1  # Seconds that responses under way are given at the end; then they are cancelled.
_LOOPS: Final = ("asyncio", "uvloop")


@contextmanager
def serve(app: _App, *, loop: str = "asyncio") -> Generator[str]:
    """Serve an ASGI app for the length of a block: on a free port of this machine, in a thread, by uvicorn.

    Its lifespan begins before the block does, and has ended after it. Each is given 10 seconds.

    Args:
        app: The app, of FastAPI or any other framework.
        loop: The event loop, as uvicorn names it: `asyncio`, or `uvloop`.

    Yields:
        Its address, `http://127.0.0.1:…`.

    Raises:
        ModuleNotFoundError: uvicorn is not installed; the extra `emulator` has it.
        ConfigurationError: The app cannot be called, or the loop is none of the two.
        RuntimeError: The app does not start; what it logged says why. Or it does not start, or end, in time.

    Example:
        >>> with serve(app) as url:
        ...     response = httpx.get(f"{url}/health")
    """
    if not callable(app):
        raise _check.refusal(
            "app", f"is {type(app).__name__}, which cannot be called; pass an ASGI app, as FastAPI() is"
        )
    if loop not in _LOOPS:
        raise _check.refusal("loop", f"{_check.excerpt(loop)} is neither of {', '.join(_LOOPS)}")
    serving = _Serving(app, loop)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        try:
            serving.start(listener)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        except BaseException:  # which stays what it is
            serving.end()
            raise
        if not serving.end():
            raise _late("end", "the shutdown of its lifespan")


class _Serving:
    """uvicorn in a thread, whose end does not depend on what the app does."""

    def __init__(self, app: _App, loop: str) -> None:
        self._app = app
        self._server = _server(self._watched, loop)
        self._lifespan: asyncio.Future[None] | None = None
        self._thread: threading.Thread | None = None

    async def _watched(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        self._lifespan = asyncio.ensure_future(self._app(scope, receive, send))
        if self._server.should_exit:  # said when there was nothing to cancel yet
            self._lifespan.cancel()
        await self._lifespan

    def start(self, listener: socket.socket) -> None:
        """Return when the app has started."""
        thread = self._thread = threading.Thread(target=self._run, args=(listener,), name="aurous-serve", daemon=True)
        thread.start()
        latest = time.monotonic() + BOUND
        while not self._server.started and thread.is_alive():
            if time.monotonic() > latest:
                raise _late("start", "the startup of its lifespan")
            time.sleep(_PAUSE)
        if not self._server.started:
            raise RuntimeError("the app did not start: what it logged says why")

    def _run(self, listener: socket.socket) -> None:
        with suppress(SystemExit):  # by which uvicorn says that the app did not start
            self._server.run([listener])

    def end(self) -> bool:
        """Let the app end, and cancel its lifespan if it has not started, or not ended in time; then False."""
        if self._thread is None or self._thread.ident is None:
            return True
        self._server.should_exit = True
        self._thread.join(BOUND if self._server.started else 0)
        if not self._thread.is_alive():
            return True
        if self._lifespan is not None:
            with suppress(RuntimeError):  # of a loop that was closed just now
                self._lifespan.get_loop().call_soon_threadsafe(self._lifespan.cancel)
        self._thread.join(BOUND)
        return False


def _server(app: _App, loop: str) -> uvicorn.Server:
    try:
        import uvicorn  # noqa: PLC0415  # of an extra
    except ModuleNotFoundError as error:
        message = "serve() needs uvicorn, which is not installed: pip install 'aurous[emulator]'"
        raise ModuleNotFoundError(message, name=error.name) from None
    options: dict[str, Any] = {"interface": "asgi3", "loop": loop, "ws": "none", "log_config": None}
    return uvicorn.Server(uvicorn.Config(app, timeout_graceful_shutdown=_LAST_WORDS, **options))


def _late(what: str, where: str) -> RuntimeError:
    return RuntimeError(
        f"the app did not {what} within {BOUND} s: {where} goes on. To do: look what it waits for, and bound that"
    )
