"""A server for the app of a test: what streams, or is left amid a response, needs a socket."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager, suppress
from typing import Any, Final

_PAUSE: Final = 0.002  # Between looks at whether the app has started, in seconds.
_LAST_WORDS: Final = 1  # Seconds that responses under way are given at the end; then they are cancelled.


@contextmanager
def serve(app: Callable[[Any, Any, Any], Awaitable[None]], *, loop: str = "asyncio") -> Generator[str]:
    """Serve an ASGI app for the length of a block: on a free port of this machine, in a thread, by uvicorn.

    Its lifespan begins before the block does, and has ended after it.

    Args:
        app: The app, of FastAPI or any other framework.
        loop: The event loop, as uvicorn names it: `asyncio`, or `uvloop`.

    Yields:
        Its address, `http://127.0.0.1:…`.

    Raises:
        ModuleNotFoundError: uvicorn is not installed; the extra `emulator` has it.
        RuntimeError: The app does not start. What it logged says why.

    Example:
        >>> with serve(app) as url:
        ...     response = httpx.get(f"{url}/health")
    """
    try:
        import uvicorn  # noqa: PLC0415  # of an extra
    except ModuleNotFoundError as error:
        message = "serve() needs uvicorn, which is not installed: pip install 'aurous[emulator]'"
        raise ModuleNotFoundError(message, name=error.name) from None
    options: dict[str, Any] = {"loop": loop, "ws": "none", "log_config": None}
    server = uvicorn.Server(uvicorn.Config(app, timeout_graceful_shutdown=_LAST_WORDS, **options))
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def run() -> None:
            with suppress(SystemExit):  # by which uvicorn says that the app did not start
                server.run([listener])

        thread = threading.Thread(target=run, name="aurous-serve", daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(_PAUSE)
        if not server.started:
            raise RuntimeError("the app did not start: what it logged says why")
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
