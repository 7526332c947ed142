"""The server that every client is measured against: canned responses over loopback, in a process of its own.

    python scripts/benchmark/server.py

Reads one JSON object from stdin, prints its port, and serves until stdin is closed. The object has a response by what
asks for it, method and path, with the model behind it where the request has a body: the JSON of a body, or the
arguments of `render_stream`. The server does as little as it can: responses are rendered before the first request.
"""

import asyncio
import json
import re
import sys
import time
from typing import Any

PROCESSOR_TIME = "/processor-time"

_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)\r\n", re.IGNORECASE)
_PAUSE = 0.001
"""Seconds between two packets of a stream."""

# What the documentation promises with every response, so that clients have the headers to read that they will meet.
_HEADERS = """\
Date: Fri, 15 May 2026 12:00:00 GMT\r
Aurous-Request-Id: req_01HXMQ7Z3K8Y2ABCDEFGHJKM\r
Aurous-Version: 2026-05-15\r
X-RateLimit-Limit: 1200\r
X-RateLimit-Remaining: 1199\r
X-RateLimit-Reset: 1778846460\r
X-RateLimit-TPM-Limit: 100000\r
X-RateLimit-TPM-Remaining: 99964\r
X-RateLimit-TPM-Reset: 1778846460\r
"""


def render(status: str, body: bytes) -> list[bytes]:
    """A whole response, as it goes over the wire."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json; charset=utf-8\r\n{_HEADERS}"
    return [f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body]


def render_stream(chunks: list[str], *, in_one_go: bool) -> list[bytes]:
    """A response of events, in the packets in which it goes over the wire."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n{_HEADERS}Transfer-Encoding: chunked\r\n\r\n"
    events = [f"data: {data}\n\n".encode() for data in (*chunks, "[DONE]")]
    packets = [b"%x\r\n%b\r\n" % (len(event), event) for event in events]
    packets = [head.encode() + packets[0], *packets[1:-1], packets[-1] + b"0\r\n\r\n"]
    return [b"".join(packets)] if in_one_go else packets


class Canned(asyncio.Protocol):
    """One connection. A request that no client of this API sends gets a 400: nobody is measured on less.

    Args:
        responses: Packets of responses by what asks for them.
    """

    def __init__(self, responses: dict[str, list[bytes]]) -> None:
        self._responses = responses
        self._pending = b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep where responses are written."""
        if isinstance(transport, asyncio.WriteTransport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Respond to the requests that are whole."""
        if self._pending:
            data = self._pending + data
        while (end := data.find(b"\r\n\r\n") + 4) > 3:
            length = _LENGTH.search(data, 0, end)
            if length is not None:
                end += int(length[1])
            if len(data) < end:
                break
            request, data = data[:end], data[end:]
            self._write(self._answer(request))
        self._pending = data

    def _write(self, packets: list[bytes]) -> None:
        """Send packets, each by itself: the client has time to take in one before the next comes."""
        if self._transport is None:
            return
        self._transport.write(packets[0])
        if len(packets) > 1:
            asyncio.get_running_loop().call_later(_PAUSE, self._write, packets[1:])

    def _answer(self, request: bytes) -> list[bytes]:
        line = request[: request.find(b" HTTP/1.1\r\n")].decode()
        if line == f"GET {PROCESSOR_TIME}":
            return render("200 OK", str(time.process_time()).encode())
        head, _, body = request.partition(b"\r\n\r\n")
        response = self._responses.get(f"{line} {json.loads(body)['model']}" if body else line)
        if response is not None and b"al_live_" in head and b"\r\ntransfer-encoding:" not in head.lower():
            return response
        return render("400 Bad Request", json.dumps({"error": {"message": f"not understood: {line!r}"}}).encode())


def _packets(response: str | dict[str, Any]) -> list[bytes]:
    return render("200 OK", response.encode()) if isinstance(response, str) else render_stream(**response)


async def serve(responses: dict[str, str | dict[str, Any]]) -> None:
    """Serve until stdin is closed."""
    packets = {asked: _packets(response) for asked, response in responses.items()}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Canned(packets), "127.0.0.1", 0, backlog=256)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(json.loads(sys.stdin.readline())))
