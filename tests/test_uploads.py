"""Long request bodies over a real socket, to servers that do not wait for their end."""

import asyncio
import json
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from aurous import APIConnectionError, AsyncAurous, Aurous
from faults import certificates
from scripted import caught

KEY = "al_live_filler"
ENVELOPE = {"error": {"type": "invalid_request_error", "code": "file_too_large", "message": "It is too large."}}
LARGE = "x" * (10 * 1024 * 1024)

Serve = Callable[[socket.socket, threading.Event], None]
Ask = Callable[[str, bool], Any]


def response(status: int, document: object) -> bytes:
    body = json.dumps(document).encode()
    head = f"HTTP/1.1 {status} Status\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def head_of(connection: socket.socket) -> bytes:
    """Read a request up to the end of its head, and whatever of the body came with it."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(1024)
    return data


def refuse_at_once(connection: socket.socket, done: threading.Event) -> None:
    """Respond after the head, read nothing more, and keep the connection open."""
    head_of(connection)
    connection.sendall(response(413, ENVELOPE))
    done.wait(10)


def refuse_and_close(connection: socket.socket, done: threading.Event) -> None:
    """Respond after the head and half-close, as nginx does; read on, so that the response is not lost."""
    head_of(connection)
    connection.sendall(response(413, ENVELOPE).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
    if not isinstance(connection, ssl.SSLSocket):
        connection.shutdown(socket.SHUT_WR)
    while connection.recv(65_536):
        pass


def refuse_and_hang_up(connection: socket.socket, done: threading.Event) -> None:
    """Respond after the head and close, with the rest unread: the client's system is told that all is reset."""
    head_of(connection)
    connection.sendall(response(413, ENVELOPE))


def leave(connection: socket.socket, done: threading.Event) -> None:
    """Close in the middle of the request, without a word."""
    head_of(connection)


@contextmanager
def server(serve: Serve, *, tls: bool) -> Iterator[str]:
    """A server that does so to its one connection; gives its base URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    done = threading.Event()

    def run() -> None:
        connection, _ = listener.accept()
        with suppress(OSError), wrapped(connection, tls) as opened:
            serve(opened, done)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    with listener:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{listener.getsockname()[1]}"
        done.set()
        thread.join(10)


def wrapped(connection: socket.socket, tls: bool) -> socket.socket:
    return certificates.server_context("valid").wrap_socket(connection, server_side=True) if tls else connection


def ask(base_url: str, tls: bool) -> Any:
    context = certificates.client_context() if tls else None
    with Aurous(KEY, base_url=base_url, max_retries=0, timeout=30, ssl_context=context) as client:
        return client.request("POST", "/v1/things", json={"content": LARGE})


def ask_asynchronously(base_url: str, tls: bool) -> Any:
    async def call() -> Any:
        context = certificates.client_context() if tls else None
        async with AsyncAurous(KEY, base_url=base_url, max_retries=0, timeout=30, ssl_context=context) as client:
            return await client.request("POST", "/v1/things", json={"content": LARGE})

    return asyncio.run(call())


@pytest.mark.parametrize("ask", [ask, ask_asynchronously], ids=["sync", "async"])
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("serve", [refuse_at_once, refuse_and_close])
def test_an_upload_that_is_refused_early_is_that_error(serve: Serve, tls: bool, ask: Ask) -> None:
    with server(serve, tls=tls) as base_url:
        failure = caught(ask, base_url, tls)
    assert (failure.status_code, failure.code) == (413, "file_too_large")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems drop what came before a reset")
@pytest.mark.parametrize("ask", [ask, ask_asynchronously], ids=["sync", "async"])
def test_a_response_before_a_reset_is_read(ask: Ask) -> None:
    with server(refuse_and_hang_up, tls=False) as base_url:
        assert caught(ask, base_url, False).status_code == 413


@pytest.mark.parametrize("ask", [ask, ask_asynchronously], ids=["sync", "async"])
def test_an_upload_that_is_cut_off_is_a_connection_error(ask: Ask) -> None:
    with server(leave, tls=False) as base_url:
        failure = caught(ask, base_url, False)
    assert isinstance(failure, APIConnectionError)
