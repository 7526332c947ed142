"""Content that is read as it comes: in constant memory, at the pace of the reader, closed by anybody."""

import asyncio
import gzip
import os
import socket
import threading
import time
import tracemalloc
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from aurous import (
    APIConnectionError,
    APIResponseError,
    APITimeoutError,
    AsyncAurous,
    AsyncContentStream,
    Aurous,
    AurousError,
    AuthenticationError,
    ConfigurationError,
    ContentStream,
    Timeout,
)
from aurous.emulator import Emulator
from faults import certificates
from raw_server import Serve, Server, request

KEY = "al_live_" + "b" * 64
LARGE = 24 * 1024 * 1024
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: %d\r\n\r\n"


def sends(*pieces: bytes, length: int | None = None) -> Serve:
    """A server that sends these pieces, or breaks off before as many bytes as it says."""

    def serve(connection: socket.socket, number: int) -> None:
        while True:
            request(connection)
            connection.sendall(HEAD % (sum(map(len, pieces)) if length is None else length))
            for piece in pieces:
                connection.sendall(piece)
            if length is not None:
                connection.close()
                return

    return serve


def falls_silent(over: threading.Event) -> Serve:
    """A server that sends one byte of ten, and no more."""

    def serve(connection: socket.socket, number: int) -> None:
        request(connection)
        connection.sendall(HEAD % 10 + b"0")
        over.wait(30)

    return serve


def stream_sync(url: str, use: str, *arguments: Any, **options: Any) -> Any:
    with Aurous(KEY, base_url=url, **options) as client:
        try:
            with client.videos.output.stream("vid_1") as content:
                return content, getattr(content, use)(*arguments)
        except AurousError as error:
            return error


def stream_async(url: str, use: str, *arguments: Any, **options: Any) -> Any:
    async def main() -> Any:
        async with AsyncAurous(KEY, base_url=url, **options) as client:
            try:
                async with client.videos.output.stream("vid_1") as content:
                    return content, await getattr(content, use)(*arguments)
            except AurousError as error:
                return error

    return asyncio.run(main())


BOTH = pytest.mark.parametrize("stream", [stream_sync, stream_async], ids=["sync", "async"])
Stream = Callable[..., Any]


@BOTH
def test_a_stream_is_read_whole(stream: Stream) -> None:
    with Server(sends(b"0123", b"4567")) as server:
        content, data = stream(server.url, "read")
    assert data == b"01234567"
    assert (content.content_type, content.content_length, content.drift) == ("video/mp4", 8, ())
    assert content.meta.status_code == 200


@BOTH
def test_a_large_file_is_saved_in_constant_memory(stream: Stream, tmp_path: Path) -> None:
    with Server(sends(*[b"\0" * 1_048_576] * 24)) as server:
        stream(server.url, "save", tmp_path / "warm")
        tracemalloc.start()
        try:
            _, path = stream(server.url, "save", tmp_path / "video.mp4")
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert path.stat().st_size == LARGE
    assert most < LARGE / 4


@BOTH
def test_a_file_that_breaks_off_is_not_saved(stream: Stream, tmp_path: Path) -> None:
    (tmp_path / "video.mp4").write_bytes(b"before")
    with Server(sends(b"0123", length=10)) as server:
        error = stream(server.url, "save", tmp_path / "video.mp4")
    assert type(error) is APIConnectionError
    assert "the content broke off" in str(error)
    assert error.retryable
    assert [each.name for each in tmp_path.iterdir()] == ["video.mp4"]
    assert (tmp_path / "video.mp4").read_bytes() == b"before"


@BOTH
def test_reading_whole_is_bounded(stream: Stream) -> None:
    with Server(sends(b"0" * 200_000)) as server:
        error = stream(server.url, "read", max_response_bytes=100_000)
    assert type(error) is APIResponseError
    assert "max_response_bytes=100000" in str(error)


@BOTH
def test_a_silent_server_ends_the_stream(stream: Stream) -> None:
    over = threading.Event()
    with Server(falls_silent(over)) as server:
        error = stream(server.url, "read", timeout=Timeout(total=30, read=0.1))
        over.set()
    assert type(error) is APITimeoutError
    assert "the server fell silent" in str(error)


def test_a_pause_of_the_reader_counts_for_nothing() -> None:
    with (
        Server(sends(*[b"0" * 1_000_000] * 8)) as server,
        Aurous(KEY, base_url=server.url, timeout=Timeout(total=0.5, read=0.2)) as client,
        client.videos.output.stream("vid_1") as content,
    ):
        pieces = content.iter_bytes()
        first = next(pieces)
        time.sleep(0.7)  # longer than both limits
        assert len(first) + sum(map(len, pieces)) == 8_000_000


def test_a_pause_of_the_asynchronous_reader_counts_for_nothing() -> None:
    async def main() -> int:
        size = 0
        async with (
            AsyncAurous(KEY, base_url=server.url, timeout=Timeout(total=0.5, read=0.2)) as client,
            client.videos.output.stream("vid_1") as content,
        ):
            async for piece in content.iter_bytes():
                if not size:
                    await asyncio.sleep(0.7)
                size += len(piece)
        return size

    with Server(sends(*[b"0" * 1_000_000] * 8)) as server:
        assert asyncio.run(main()) == 8_000_000


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_another_thread_ends_a_stream_at_once(tls: bool) -> None:
    began, over = threading.Event(), threading.Event()
    outcomes: list[Any] = []

    def read(content: ContentStream) -> None:
        try:
            for piece in content.iter_bytes():
                outcomes.append(piece)
                began.set()
        except AurousError as error:
            outcomes.append(error)

    context = certificates.server_context("valid") if tls else None
    trust = certificates.client_context() if tls else None
    with (
        Server(falls_silent(over), context=context) as server,
        Aurous(KEY, base_url=server.url, timeout=60, ssl_context=trust) as client,
        client.videos.output.stream("vid_1") as content,
    ):
        reader = threading.Thread(target=read, args=(content,))
        reader.start()
        assert began.wait(10)
        content.close()
        reader.join(10)
        over.set()
    assert not reader.is_alive()
    assert outcomes[0] == b"0"
    assert isinstance(outcomes[1], APIConnectionError)
    assert "it was closed" in str(outcomes[1])


def test_another_task_ends_a_stream_at_once() -> None:
    over = threading.Event()

    async def read(content: AsyncContentStream, began: asyncio.Event) -> Any:
        try:
            async for _ in content.iter_bytes():
                began.set()
        except AurousError as error:
            return error

    async def main() -> Any:
        async with (
            AsyncAurous(KEY, base_url=server.url, timeout=60) as client,
            client.videos.output.stream("vid_1") as content,
        ):
            began = asyncio.Event()
            reader = asyncio.create_task(read(content, began))
            await began.wait()
            await content.close()
            return await reader

    with Server(falls_silent(over)) as server:
        outcome = asyncio.run(main())
        over.set()
    assert isinstance(outcome, APIConnectionError)


def test_open_streams_hold_their_permits_and_give_them_back() -> None:
    with (
        Server(sends(b"0" * 1000)) as server,
        Aurous(KEY, base_url=server.url, max_connections=1, timeout=1, max_retries=0) as client,
    ):
        stream = client.videos.output.stream
        with stream("vid_1"), pytest.raises(APITimeoutError, match="all 1 connections stayed busy"), stream("vid_2"):
            pass
        with stream("vid_3") as content:
            closing = threading.Thread(target=content.close)
            closing.start()
            closing.join()
            with stream("vid_4") as other:
                assert len(other.read()) == 1000
        lost = stream("vid_5").__enter__()
        del lost
        with stream("vid_6") as content:
            assert len(content.read()) == 1000


def test_streams_closed_from_other_threads_leave_all_permits_free() -> None:
    with (
        Server(sends(b"0" * 100_000)) as server,
        Aurous(KEY, base_url=server.url, max_connections=4, timeout=30) as client,
    ):
        for _ in range(200):
            with client.videos.output.stream("vid_1") as content:
                closing = threading.Thread(target=content.close)
                closing.start()
                try:
                    for _ in content.iter_bytes():
                        pass
                except (APIConnectionError, ConfigurationError):
                    pass
                closing.join()
        opened = [client.videos.output.stream("vid_1").__enter__() for _ in range(4)]
        for content in opened:
            assert len(content.read()) == 100_000


@BOTH
@pytest.mark.parametrize("kind", [b"text/html", b"application/json"])
def test_something_else_in_place_of_the_content_is_refused(stream: Stream, kind: bytes) -> None:
    def serve(connection: socket.socket, number: int) -> None:
        while True:
            request(connection)
            connection.sendall(HEAD.replace(b"video/mp4", kind) % 2 + b"{}")

    with Server(serve) as server:
        error = stream(server.url, "read", max_retries=0)
    assert type(error) is APIResponseError
    assert "in place of the content" in str(error)


def test_a_stream_is_entered_before_it_is_read() -> None:
    with Aurous(KEY, base_url="http://127.0.0.1:9") as client:
        content = client.videos.output.stream("vid_1")
        with pytest.raises(ConfigurationError, match="enter the stream by with first"):
            content.read()


def test_a_transport_of_the_callers_may_be_read_as_it_comes(tmp_path: Path) -> None:
    def respond(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"Content-Type": "video/mp4"}, content=b"01234567")

    with (
        Aurous(KEY, transport=httpx.MockTransport(respond)) as client,
        client.videos.output.stream("vid_1") as content,
    ):
        assert content.save(tmp_path / "video.mp4").read_bytes() == b"01234567"


@BOTH
def test_an_error_is_raised_where_the_stream_is_entered(stream: Stream) -> None:
    with Emulator() as emulator:
        error = stream(emulator.base_url, "read")
    assert type(error) is AuthenticationError


@BOTH
def test_a_stream_is_entered_once(stream: Stream) -> None:
    with Server(sends(b"01")) as server:
        content, _ = stream(server.url, "read")
    again = content.__enter__ if isinstance(content, ContentStream) else lambda: asyncio.run(content.__aenter__())
    with pytest.raises(ConfigurationError, match="make another one"):
        again()


def test_a_stream_that_was_closed_before_is_not_begun() -> None:
    with Server(sends(b"01")) as server, Aurous(KEY, base_url=server.url) as client:
        content = client.videos.output.stream("vid_1")
        content.close()
        with pytest.raises(ConfigurationError, match="make another one"), content:
            pass
    assert server.accepted == 0


def test_a_stream_has_one_reader() -> None:
    began, over = threading.Event(), threading.Event()

    def serve(connection: socket.socket, number: int) -> None:
        request(connection)
        connection.sendall(HEAD % 2 + b"0")
        over.wait(30)
        connection.sendall(b"1")

    read: list[bytes] = []

    def reading(content: ContentStream) -> None:
        for piece in content.iter_bytes():
            read.append(piece)
            began.set()

    with (
        Server(serve) as server,
        Aurous(KEY, base_url=server.url, timeout=30) as client,
        client.videos.output.stream("vid_1") as content,
    ):
        first = threading.Thread(target=reading, args=(content,))
        first.start()
        assert began.wait(10)
        while True:
            try:
                content.read()
            except ConfigurationError as error:
                told = error
                break
        over.set()
        first.join(10)
    assert "being read by another thread" in str(told)
    assert read == [b"0", b"1"]


def test_a_lost_stream_of_an_event_loop_closes_its_connection() -> None:
    closed = threading.Event()

    def serve(connection: socket.socket, number: int) -> None:
        request(connection)
        connection.sendall(HEAD % 10 + b"0")
        if not connection.recv(1):
            closed.set()

    async def main() -> bool:
        async with AsyncAurous(KEY, base_url=server.url, timeout=30) as client:
            lost = await client.videos.output.stream("vid_1").__aenter__()
            del lost
            return await asyncio.to_thread(closed.wait, 10)

    with Server(serve) as server:
        assert asyncio.run(main())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_forked_child_leaves_the_stream_of_its_parent_alone() -> None:
    over = threading.Event()

    def serve(connection: socket.socket, number: int) -> None:
        request(connection)
        connection.sendall(HEAD % 4 + b"01")
        over.wait(30)
        connection.sendall(b"23")

    with Server(serve) as server, Aurous(KEY, base_url=server.url, timeout=30) as client:  # noqa: SIM117
        with client.videos.output.stream("vid_1") as content:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # threads, and a fork
                child = os.fork()
            if not child:
                try:
                    content.read()
                except APIConnectionError as error:
                    os._exit(0 if "forked" in str(error) else 1)
                os._exit(2)
            _, status = os.waitpid(child, 0)
            over.set()
            assert content.read() == b"0123"
    assert os.waitstatus_to_exitcode(status) == 0


@BOTH
def test_content_that_decompresses_to_nothing_for_ever_ends_with_the_deadline(stream: Stream) -> None:
    empty = gzip.compress(b"") * 200_000
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"

    def serve(connection: socket.socket, number: int) -> None:
        request(connection)
        connection.sendall(head % len(empty) + empty)

    with Server(serve) as server:
        error = call_of(stream)(server.url)
    assert isinstance(error, APITimeoutError | APIResponseError)


def call_of(stream: Stream) -> Callable[[str], Any]:
    def synchronously(url: str) -> Any:
        with Aurous(KEY, base_url=url, timeout=0.5, max_retries=0) as client:
            try:
                return client.models.list()
            except AurousError as error:
                return error

    async def asynchronously(url: str) -> Any:
        async with AsyncAurous(KEY, base_url=url, timeout=0.5, max_retries=0) as client:
            try:
                return await client.models.list()
            except AurousError as error:
                return error

    return synchronously if stream is stream_sync else lambda url: asyncio.run(asynchronously(url))


@BOTH
def test_a_stream_that_is_refused_holds_nothing(stream: Stream) -> None:
    with Server(sends(b"01")) as server:
        with pytest.raises(ZeroDivisionError):
            stream(server.url, "read", on_response=_refuse, max_connections=1)

        def serve_again() -> Any:
            with Aurous(KEY, base_url=server.url, max_connections=1, timeout=1, on_drift="raise") as client:
                try:
                    with client.images.output.stream("img_1", 0):
                        pass
                except APIResponseError:
                    with client.videos.output.stream("vid_1") as content:
                        return content.read()

        assert serve_again() == b"01"


def _refuse(_: object) -> None:
    raise ZeroDivisionError


@BOTH
@pytest.mark.parametrize(("length", "is_refused"), [(4, False), (3, True)])
def test_a_part_that_was_asked_for_comes_as_it_is(stream: Stream, length: int, is_refused: bool) -> None:
    def serve(connection: socket.socket, number: int) -> None:
        while True:
            assert b"Range: bytes=2-5" in request(connection)
            head = HEAD.replace(b"200 OK", b"206 Partial Content").replace(
                b"\r\n\r\n", b"\r\nContent-Range: bytes 2-5/10\r\n\r\n"
            )
            connection.sendall(head % length + b"2345"[:length])

    with Server(serve) as server:
        outcome = stream(server.url, "read", default_headers={"Range": "bytes=2-5"}, max_retries=0)
    assert (type(outcome) is APIResponseError) if is_refused else (outcome[1] == b"2345")
