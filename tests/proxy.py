"""A proxy and an origin behind it, on free ports of 127.0.0.1, each a thread with a loop of its own.

with Origin(tls="valid") as origin, Proxy(origin) as proxy:
    client = Aurous(KEY, base_url=origin.url, proxy=proxy.url, ssl_context=certificates.client_context())
"""

import asyncio
import json
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from faults import certificates
from faults.model import Tls
from scripted import completion

ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"


@dataclass(frozen=True)
class Head:
    """The head of a request as a server received it."""

    connection: int
    """The number of the connection that it came on, from 1."""
    line: str
    headers: dict[str, str]
    """Names in lower case."""

    @classmethod
    def of(cls, connection: int, data: bytes) -> Self:
        line, *fields = data.decode("latin-1").rstrip("\r\n").split("\r\n")
        pairs = [field.partition(":")[::2] for field in fields]
        return cls(connection, line, {name.lower(): value.strip() for name, value in pairs})

    @property
    def method(self) -> str:
        return self.line.split(" ")[0]

    @property
    def target(self) -> str:
        return self.line.split(" ")[1]


@dataclass(frozen=True)
class Connection:
    """What a server reads from and writes to."""

    number: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def on(cls, number: int, sock: socket.socket, context: ssl.SSLContext | None) -> Self:
        """The side of the server, TLS included."""
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_accepted_socket(lambda: protocol, sock, ssl=context)
        return cls(number, reader, asyncio.StreamWriter(transport, protocol, reader, loop))

    async def head(self) -> bytes:
        """The head of the next request."""
        return await self.reader.readuntil(b"\r\n\r\n")

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()


class _Server:
    """Serves each connection as a subclass says.

    Attributes:
        heads: The heads of all requests so far.
        accepted: The number of connections so far; those count on which TLS failed.
        errors: What went wrong in the server itself.
        port: The port.
    """

    def __init__(self, tls: Tls | None) -> None:
        self.heads: list[Head] = []
        self.accepted = 0
        self.errors: list[Exception] = []
        self._tls: Tls | None = tls
        self._listener = socket.socket()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main()), daemon=True)

    def __enter__(self) -> Self:
        self._listener.bind(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._listener.listen(64)
        self._listener.setblocking(False)
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        self._listener.close()
        assert not self._thread.is_alive()
        assert self.errors == []

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://{self.address}"

    async def _main(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        tasks: set[asyncio.Task[None]] = {asyncio.create_task(self._accept_all())}
        self._tasks = tasks
        self._ready.set()
        await self._stop.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _accept_all(self) -> None:
        while True:
            sock, _ = await self._loop.sock_accept(self._listener)
            self.accepted += 1
            self._tasks.add(asyncio.create_task(self._guard(self.accepted, sock)))

    async def _guard(self, number: int, sock: socket.socket) -> None:
        """Serve a connection; a client that leaves or speaks no TLS is no error."""
        try:
            context = certificates.server_context(self._tls) if self._tls else None
            connection = await Connection.on(number, sock, context)
        except OSError:
            sock.close()
            return
        try:
            await self._serve(connection)
        except (OSError, asyncio.IncompleteReadError):
            pass
        except Exception as error:  # noqa: BLE001  # whatever it is, the test is to see it
            self.errors.append(error)
        finally:
            connection.writer.transport.abort()

    async def _serve(self, connection: Connection) -> None:
        raise NotImplementedError


class Origin(_Server):
    """A stand-in for the API: each completion that is asked for is there.

    Args:
        tls: How its TLS is; None is plain HTTP.
    """

    def __init__(self, tls: Tls | None = None) -> None:
        super().__init__(tls)
        self.redirects: dict[str, str] = {}
        """Where paths lead on to."""

    async def _serve(self, connection: Connection) -> None:
        while True:
            head = Head.of(connection.number, await connection.head())
            await connection.reader.readexactly(int(head.headers.get("content-length", "0")))
            self.heads.append(head)
            await connection.send(self._response(head.target))

    def _response(self, path: str) -> bytes:
        if path in self.redirects:
            return f"HTTP/1.1 302 Found\r\nLocation: {self.redirects[path]}\r\nContent-Length: 0\r\n\r\n".encode()
        kind = "image/png" if path.endswith(".png") else "application/json"
        body = json.dumps({**completion(), "id": path.rpartition("/")[2]}).encode()
        return f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


Answer = Callable[[int], bytes | None]
"""What a proxy answers to the request with this number, from 1, in place of serving it; None lets it serve."""


class Proxy(_Server):
    """A proxy: tunnels for CONNECT, and forwarding of requests in absolute form.

    Every name leads to `origin`: a proxy does the looking up.

    Args:
        origin: Where everything leads to.
        tls: How the TLS to the proxy itself is; None is plain TCP.
        answer: What it says in place of serving; after CONNECT it then waits for the client to leave.
        hangs_up: Closes each connection as soon as a request came, or after `answer`.
        tunnel: The response to CONNECT.
        authorization: The only `Proxy-Authorization` that it takes; None takes any and none.
    """

    def __init__(
        self,
        origin: Origin | None = None,
        *,
        tls: Tls | None = None,
        answer: bytes | Answer | None = None,
        hangs_up: bool = False,
        tunnel: bytes = ESTABLISHED,
        authorization: str | None = None,
    ) -> None:
        super().__init__(tls)
        self._origin = origin
        self._answer: Answer = answer if callable(answer) else lambda _: answer
        self._hangs_up = hangs_up
        self._established = tunnel
        self._authorization = authorization
        self.tunnelled = bytearray()
        """What clients sent through tunnels, as the proxy saw it."""

    def with_credentials(self, credentials: str) -> str:
        """Its URL with credentials, as they are given."""
        return self.url.replace("://", f"://{credentials}@")

    async def _serve(self, connection: Connection) -> None:
        while True:
            raw = await connection.head()
            head = Head.of(connection.number, raw)
            self.heads.append(head)
            answer = self._answer(len(self.heads)) if self._is_welcome(head) else _response(407)
            if answer is not None:
                await connection.send(answer)
            if self._hangs_up:
                return
            if head.method == "CONNECT":
                await (connection.reader.read() if answer is not None else self._tunnel(connection))
                return
            if answer is None:
                await self._forward(connection, head)

    def _is_welcome(self, head: Head) -> bool:
        return self._authorization in (None, head.headers.get("proxy-authorization"))

    async def _forward(self, client: Connection, head: Head) -> None:
        """Ask the origin as a client that is no proxy would, and hand on what it says."""
        body = await client.reader.readexactly(int(head.headers.get("content-length", "0")))
        path = "/" + head.target.split("/", 3)[3]
        fields = {**head.headers, "connection": "close"}
        fields.pop("proxy-authorization", None)
        lines = [f"{head.method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
        server = await self._connect()
        try:
            await server.send("\r\n".join(lines).encode("latin-1") + body)
            response = await server.head()
            length = int(Head.of(0, response).headers["content-length"])
            await client.send(response + await server.reader.readexactly(length))
        finally:
            server.writer.transport.abort()

    async def _tunnel(self, client: Connection) -> None:
        server = await self._connect()
        await client.send(self._established)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pump(client, server, self.tunnelled))
                both.create_task(self._pump(server, client, bytearray()))
        finally:
            server.writer.transport.abort()

    async def _pump(self, source: Connection, sink: Connection, seen: bytearray) -> None:
        with suppress(OSError):
            while data := await source.reader.read(65536):
                seen += data
                await sink.send(data)
        for end in (source, sink):
            end.writer.transport.abort()

    async def _connect(self) -> Connection:
        assert self._origin is not None
        return Connection(0, *await asyncio.open_connection("127.0.0.1", self._origin.port))


def _response(status: int) -> bytes:
    return f"HTTP/1.1 {status} \r\nContent-Length: 0\r\n\r\n".encode()
