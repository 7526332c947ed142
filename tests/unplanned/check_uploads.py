"""Uploads over a real socket: whole, in constant memory, at any pace, and sent again only where they can be."""

import asyncio
import hashlib
import json
import socket
import threading
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import pytest

from aurous import APITimeoutError, AsyncAurous, Aurous, AurousError, ConfigurationError, RateLimitError, Timeout

KEY = "al_live_" + "u" * 64
LARGE = 24 * 1024 * 1024


class Server:
    """Takes uploads, one connection after the other, and tells how many bytes of what came."""

    def __init__(self, *statuses: int, pace: float = 0.0, reads: bool = True) -> None:
        self._statuses = list(statuses) or [200]
        self._pace = pace
        self._reads = reads
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.heads: list[bytes] = []
        self.bodies: list[str] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _run(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
                with connection, suppress(OSError, EOFError):
                    while True:
                        self._serve(connection)

    def _serve(self, connection: socket.socket) -> None:
        come = connection.makefile("rb")
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += (line := come.readline())
            if not line:
                raise EOFError
        self.heads.append(head.lower())
        if self._reads:
            digest, size = hashlib.sha256(), 0
            for piece in self._body(come, head.lower()):
                digest.update(piece)
                size += len(piece)
                time.sleep(self._pace)
            self.bodies.append(f"{size} {digest.hexdigest()}")
        status = self._statuses.pop(0) if len(self._statuses) > 1 else self._statuses[0]
        body = json.dumps({"id": "part_1", "name": "p"} if status == 200 else {"error": {"code": "c", "message": "m"}})
        connection.sendall(f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
        if not self._reads:
            time.sleep(0.2)
            raise EOFError

    def _body(self, come: Any, head: bytes) -> Iterator[bytes]:
        if b"transfer-encoding: chunked" in head:
            while size := int(come.readline() or b"0", 16):
                yield come.read(size)
                come.readline()
            come.readline()
            return
        left = int(head.partition(b"content-length:")[2].split()[0])
        while left:
            if not (piece := come.read(min(left, 65536))):
                raise EOFError
            left -= len(piece)
            yield piece


Upload = Callable[..., Any]


def upload_sync(url: str, file: Any, **options: Any) -> Any:
    options.setdefault("timeout", 30)
    with Aurous(KEY, base_url=url, **options) as client:
        try:
            return client.things.parts.upload("thing_1", file=file, purpose="small")
        except AurousError as error:
            return error


def upload_async(url: str, file: Any, **options: Any) -> Any:
    options.setdefault("timeout", 30)

    async def main() -> Any:
        async with AsyncAurous(KEY, base_url=url, **options) as client:
            try:
                return await client.things.parts.upload("thing_1", file=file, purpose="small")
            except AurousError as error:
                return error

    return asyncio.run(main())


BOTH = pytest.mark.parametrize("upload", [upload_sync, upload_async], ids=["sync", "async"])


def pieces(total: int) -> Iterator[bytes]:
    for _ in range(total // 65536):
        yield b"\0" * 65536


async def pieces_async(total: int) -> AsyncIterator[bytes]:
    for piece in pieces(total):
        await asyncio.sleep(0)
        yield piece


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("uploads") / "large.bin"
    with path.open("wb") as file:
        file.truncate(LARGE)
    return path


@BOTH
def test_a_large_file_goes_through_in_constant_memory(upload: Upload, large: Path) -> None:
    with Server() as server:
        upload(server.url, b"warm")  # what is imported and made once
        tracemalloc.start()
        try:
            outcome = upload(server.url, large)
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert outcome.id == "part_1"
    assert int(server.bodies[1].split()[0]) > LARGE
    assert most < LARGE / 4


@BOTH
def test_an_iterator_is_sent_in_chunks(upload: Upload) -> None:
    with Server() as server:
        assert upload(server.url, pieces(1_048_576)).id == "part_1"
    assert b"transfer-encoding: chunked" in server.heads[0]
    assert b"content-length" not in server.heads[0]
    assert int(server.bodies[0].split()[0]) > 1_048_576


def test_an_asynchronous_iterator_is_sent_by_the_asynchronous_client() -> None:
    with Server() as server:
        assert upload_async(server.url, pieces_async(1_048_576)).id == "part_1"
    assert int(server.bodies[0].split()[0]) > 1_048_576


def test_an_asynchronous_iterator_is_refused_by_the_synchronous_client() -> None:
    with Server() as server:
        outcome = upload_sync(server.url, pieces_async(1))
    assert type(outcome) is ConfigurationError
    assert "AsyncAurous" in str(outcome)


@BOTH
def test_a_file_that_was_not_processed_is_sent_again_whole(upload: Upload, tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"0123456789" * 20_000)
    with Server(429, 200) as server, path.open("rb") as file:
        file.seek(10)
        assert upload(server.url, file, max_retries=1).id == "part_1"
    first, second = server.bodies
    assert first == second


@BOTH
def test_an_iterator_is_read_only_once(upload: Upload) -> None:
    with Server(429) as server:
        outcome = upload(server.url, pieces(131_072), max_retries=2)
    assert type(outcome) is RateLimitError
    assert "a file came from an iterator, which can be read only once" in str(outcome)
    assert len(server.bodies) == 1


class Shrinking:
    """A file that another process cuts short."""

    name = "a.bin"

    def __init__(self) -> None:
        self._at = 0

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, to: int, whence: int = 0) -> int:
        self._at = 200_000 if whence == 2 else to
        return self._at

    def read(self, size: int) -> bytes:
        piece = b"0" * min(size, 100_000 - self._at)
        self._at += len(piece)
        return piece


@BOTH
def test_a_file_that_changes_meanwhile_is_told(upload: Upload) -> None:
    with Server() as server:
        outcome = upload(server.url, Shrinking(), max_retries=2)
    assert type(outcome) is ConfigurationError
    assert "it changed while it was sent" in str(outcome)


@BOTH
def test_what_an_iterator_raises_comes_out(upload: Upload) -> None:
    def broken() -> Iterator[bytes]:
        yield b"0"
        raise RuntimeError("no more of it")

    with Server() as server:
        outcome = upload(server.url, broken())
    assert type(outcome) is ConfigurationError
    assert "no more of it" in str(outcome)


@BOTH
def test_a_large_file_that_is_refused_early_is_that_error(upload: Upload, large: Path) -> None:
    with Server(413, reads=False) as server:
        assert upload(server.url, large, max_retries=0).status_code == 413


@BOTH
def test_a_slow_server_may_take_as_long_as_it_takes_something(upload: Upload, large: Path) -> None:
    with Server(pace=0.002) as server:
        outcome = upload(server.url, large, timeout=Timeout(total=60, read=0.35), max_retries=0)
    assert outcome.id == "part_1"


@BOTH
def test_a_server_that_takes_no_more_is_given_up(upload: Upload, large: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        outcome = upload(url, large, timeout=Timeout(total=60, read=0.2), max_retries=0)
    assert type(outcome) is APITimeoutError
    assert "the server stopped reading" in str(outcome)


def test_an_iterator_that_hangs_ends_with_the_deadline_and_is_closed() -> None:
    closed: list[bool] = []

    async def hangs() -> AsyncIterator[bytes]:
        try:
            yield b"0"
            await asyncio.sleep(60)
        finally:
            closed.append(True)

    with Server() as server:
        outcome = upload_async(server.url, hangs(), timeout=0.3, max_retries=0)
    assert type(outcome) is APITimeoutError
    assert closed == [True]
