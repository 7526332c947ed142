"""The server that every client is measured against: canned responses over loopback, in a process of its own.

    python scripts/benchmark/server.py

Reads one JSON object from stdin, {id: body}, prints its port, and serves until stdin is closed. It does as little as a
server can: whole responses are rendered before the first request, and a request is looked up by its first line.
"""

import asyncio
import json
import sys
import time

PATH = "/v1/chat/completions/"
PROCESSOR_TIME = "/processor-time"

# What the documentation promises with every response, so that clients have the headers to read that they will meet.
_HEADERS = """\
Date: Fri, 15 May 2026 12:00:00 GMT\r
Content-Type: application/json; charset=utf-8\r
Aurous-Request-Id: req_01HXMQ7Z3K8Y2ABCDEFGHJKM\r
Aurous-Version: 2026-05-15\r
X-RateLimit-Limit: 1200\r
X-RateLimit-Remaining: 1199\r
X-RateLimit-Reset: 1778846460\r
X-RateLimit-TPM-Limit: 100000\r
X-RateLimit-TPM-Remaining: 99964\r
X-RateLimit-TPM-Reset: 1778846460\r
"""


def render(status: str, body: bytes) -> bytes:
    """Return a whole response, as it goes over the wire."""
    return f"HTTP/1.1 {status}\r\n{_HEADERS}Content-Length: {len(body)}\r\n\r\n".encode() + body


class Canned(asyncio.Protocol):
    """One connection. A request that no client of this API sends gets a 400: nobody is measured on less.

    Args:
        responses: Whole responses by the first line of the request.
    """

    def __init__(self, responses: dict[bytes, bytes]) -> None:
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
        while (end := data.find(b"\r\n\r\n")) >= 0:
            head, data = data[:end], data[end + 4 :]
            if self._transport is not None:
                self._transport.write(self._answer(head))
        self._pending = data

    def _answer(self, head: bytes) -> bytes:
        line = head[: head.find(b"\r\n")]
        response = self._responses.get(line)
        lowered = head.lower()
        if response is not None and b"al_live_" in head and b"\r\ntransfer-encoding:" not in lowered:
            return response
        if line.startswith(f"GET {PROCESSOR_TIME} ".encode()):
            return render("200 OK", str(time.process_time()).encode())
        return render("400 Bad Request", json.dumps({"error": {"message": f"not understood: {line!r}"}}).encode())


async def serve(bodies: dict[str, str]) -> None:
    """Serve until stdin is closed."""
    responses = {f"GET {PATH}{id_} HTTP/1.1".encode(): render("200 OK", body.encode()) for id_, body in bodies.items()}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Canned(responses), "127.0.0.1", 0, backlog=256)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(json.loads(sys.stdin.readline())))
