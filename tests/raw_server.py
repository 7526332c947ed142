"""A server that does with each connection what a test says, byte by byte."""

import json
import re
import socket
import ssl
import threading
from collections.abc import Callable
from typing import Self

from scripted import completion

Serve = Callable[[socket.socket, int], None]


class Server:
    """A server that handles each connection in a thread of its own, by number."""

    def __init__(self, serve: Serve, *, context: ssl.SSLContext | None = None, address: str = "127.0.0.1") -> None:
        self._serve = serve
        self._context = context
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._listener = socket.create_server((address, 0), family=family, backlog=200)
        self.port: int = self._listener.getsockname()[1]
        self.accepted = 0
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"{'https' if self._context else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        for connection in self._open:
            connection.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._open.append(connection)
            self.accepted += 1
            threading.Thread(target=self._handle, args=(connection, self.accepted), daemon=True).start()

    def _handle(self, connection: socket.socket, number: int) -> None:
        try:
            if self._context is not None:
                connection = self._context.wrap_socket(connection, server_side=True)
                self._open.append(connection)
            self._serve(connection, number)
        except OSError:
            pass
        finally:
            connection.close()


def request(connection: socket.socket) -> bytes:
    """Read the head of a request."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        data = connection.recv(1)
        if not data:
            raise ConnectionAbortedError
        head += data
    return head


def respond(connection: socket.socket) -> None:
    body = json.dumps(completion()).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    connection.sendall(head.encode() + body)


def serve_all(connection: socket.socket, number: int) -> None:
    while True:
        request(connection)
        respond(connection)


def whole_request(connection: socket.socket) -> bytes:
    """Read a request, its body included."""
    head = request(connection)
    length = re.search(rb"\r\ncontent-length: (\d+)", head.lower())
    body = b""
    while len(body) < (int(length[1]) if length else 0):
        body += connection.recv(65536)
    return head + body
