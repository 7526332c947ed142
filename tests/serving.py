"""A server on loopback for an application of a test."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

HANGS = 10
"""Seconds after which a test has hung."""


@contextmanager
def serving(app: FastAPI, loop: str = "asyncio", patience: int | None = None) -> Iterator[str]:
    """Serve an app on a free port of loopback; gives its address. In the end, requests have so many seconds left."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, loop=loop, ws="none", log_config=None, timeout_graceful_shutdown=patience)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(HANGS)
    assert not thread.is_alive()
