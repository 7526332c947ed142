"""Streams over sockets: as they are sent, closed by anybody, left by accident; their connections and their records."""

import asyncio
import json
import os
import socket
import sys
import threading
import warnings
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Self

import pytest

from aurous import (
    AsyncAurous,
    AsyncChatStream,
    Aurous,
    ChatStream,
    ConfigurationError,
    StreamInterruptedError,
    TextDelta,
)
from aurous.chat import stream as stream_module
from faults import certificates
from faults.play import SkippingClock
from raw_server import Serve, Server, whole_request
from scripted import completion
from streams import DONE, LAST, MODEL, STREAM_ID, WHOLE, chunk, event, text

KEY = "al_live_" + "d" * 64
HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nAurous-Request-Id: req_streamed\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)
END = b"0\r\n\r\n"
GUARD = 20.0
"""Seconds after which a test that hangs fails."""
GIVEN: dict[str, Any] = {"model": MODEL, "messages": "Capital of Japan?"}


# --- The other side ---


def send(connection: socket.socket, *frames: bytes) -> None:
    """Send events, each in a chunk of its own."""
    connection.sendall(b"".join(b"%x\r\n%b\r\n" % (len(frame), frame) for frame in frames))


def sends_whole(connection: socket.socket, number: int) -> None:
    """Respond to each request with a whole stream."""
    while True:
        whole_request(connection)
        connection.sendall(HEAD)
        send(connection, *WHOLE)
        connection.sendall(END)


class FallsSilent:
    """Sends the beginning of a stream on its first connections, and sees the client leave; a whole one on others."""

    def __init__(self, *frames: bytes, first: int = 1, head: bytes = HEAD) -> None:
        self._frames = frames
        self._first = first
        self._head = head
        self._left = threading.Semaphore(0)
        self.has_begun = threading.Event()

    def __call__(self, connection: socket.socket, number: int) -> None:
        if number > self._first:
            sends_whole(connection, number)
        whole_request(connection)
        connection.sendall(self._head)
        self.goes_on(connection, number)

    def goes_on(self, connection: socket.socket, number: int) -> None:
        """Behind the head of the response."""
        send(connection, *self._frames)
        self.has_begun.set()
        with suppress(OSError):
            while connection.recv(1):
                pass
        connection.close()
        self._left.release()

    def was_left(self, times: int = 1) -> bool:
        """Whether clients left so many streams; waits for it."""
        return all(self._left.acquire(timeout=GUARD) for _ in range(times))


class Stores:
    """Responds to all but the creation of streams: by the begin of the request line, in order; the last one stays."""

    def __init__(self, stream: Serve, **responses: list[tuple[int, Any]]) -> None:
        self._stream = stream
        self._responses = responses
        self.asked: list[str] = []

    def __call__(self, connection: socket.socket, number: int) -> None:
        while True:
            line = whole_request(connection).partition(b"\r\n")[0].decode()
            if line.startswith("POST /v1/chat/completions HTTP"):
                connection.sendall(HEAD)
                self._stream(connection, number)
                return
            name = "cancel" if "/cancel" in line else "events" if "/usage/" in line else "record"
            self.asked.append(name)
            left = self._responses[name]
            status, document = left.pop(0) if len(left) > 1 else left[0]
            if not status:
                return
            body = json.dumps(document).encode()
            head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            connection.sendall(head.encode() + body)


HANGS_UP: tuple[int, Any] = (0, None)


def record(name: str) -> tuple[int, Any]:
    return 200, completion(name, id=STREAM_ID)


# --- This side ---


class AsAsync:
    """A synchronous stream that is spoken to as an asynchronous one: it blocks."""

    def __init__(self, stream: ChatStream) -> None:
        self._stream = stream

    async def __aenter__(self) -> Self:
        self._stream.__enter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stream.close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        try:
            return next(self._stream)
        except StopIteration:
            raise StopAsyncIteration from None

    async def get_final_completion(self) -> Any:
        return self._stream.get_final_completion()

    async def cancel(self) -> Any:
        return self._stream.cancel()

    async def recover(self, **options: Any) -> Any:
        return self._stream.recover(**options)

    async def close(self) -> None:
        self._stream.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


Opens = Callable[..., Any]


@asynccontextmanager
async def sync_client(url: str, **options: Any) -> AsyncGenerator[Opens]:
    with Aurous(KEY, base_url=url, max_retries=0, **options) as client:
        yield lambda **given: AsAsync(client.chat.completions.stream(**{**GIVEN, **given}))


@asynccontextmanager
async def async_client(url: str, **options: Any) -> AsyncGenerator[Opens]:
    async with AsyncAurous(KEY, base_url=url, max_retries=0, **options) as client:
        yield lambda **given: client.chat.completions.stream(**{**GIVEN, **given})


BOTH = pytest.mark.parametrize("new_client", [sync_client, async_client], ids=["sync", "async"])
NewClient = Callable[..., Any]


async def recovered(error: Any, **options: Any) -> Any:
    try:
        return error.recover(**options)
    except ConfigurationError:
        return await error.recover_async(**options)


def outcomes_of(stream: ChatStream, began: threading.Event) -> list[Any]:
    """The events of a stream, and what it raises."""
    outcomes: list[Any] = []
    try:
        for each in stream:
            outcomes.append(each)
            began.set()
    except Exception as error:  # noqa: BLE001  # the test tells ours from foreign ones
        outcomes.append(error)
    return outcomes


def in_a_thread(function: Callable[[], Any]) -> Callable[[], Any]:
    """Begin in another thread; what is returned waits for its outcome."""
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(function()), daemon=True)
    thread.start()

    def result() -> Any:
        thread.join(GUARD)
        assert not thread.is_alive()
        return found[0]

    return result


# --- As it is sent ---


@BOTH
def test_events_come_as_they_are_sent(new_client: NewClient) -> None:
    got = threading.Semaphore(0)

    def serve(connection: socket.socket, number: int) -> None:
        whole_request(connection)
        connection.sendall(HEAD)
        for piece in ("one", "two", "three"):
            send(connection, chunk({"content": piece}))
            assert got.acquire(timeout=GUARD)
        send(connection, LAST, DONE)
        connection.sendall(END)

    async def main(url: str) -> list[str]:
        pieces = []
        async with new_client(url) as stream, stream() as opened:
            async for each in opened:
                if each.type == "text_delta":
                    pieces.append(each.text)
                    got.release()
        return pieces

    with Server(serve) as server:
        assert asyncio.run(main(server.url)) == ["one", "two", "three"]


class Ticks(SkippingClock):
    """A second passes with each look at it."""

    def monotonic(self) -> float:
        self.slept.append(1.0)
        return super().monotonic()


@BOTH
def test_it_tells_when_it_came(new_client: NewClient) -> None:
    async def main(url: str) -> Any:
        async with new_client(url, clock=Ticks()) as stream, stream() as opened:
            before = opened.timing
            await opened.get_final_completion()
            return before, opened.timing

    with Server(sends_whole) as server:
        before, after = asyncio.run(main(server.url))
    assert 0 < before.headers_after == after.headers_after < after.first_event_after
    assert after.first_event_after < after.first_delta_after
    assert before.first_event_after is before.first_delta_after is before.longest_gap is None
    assert after.longest_gap > 0


class Jumps(SkippingClock):
    """Time passes when a test says so."""

    def jump(self, seconds: float) -> None:
        self.slept.append(seconds)


@BOTH
def test_a_pause_of_the_reader_is_no_silence_of_the_server(new_client: NewClient) -> None:
    clock = Jumps()

    async def main(url: str) -> Any:
        async with new_client(url, clock=clock) as stream, stream() as opened:
            async for _ in opened:
                clock.jump(1000)
            return await opened.get_final_completion()

    with Server(sends_whole) as server:
        assert asyncio.run(main(server.url)).text == "The capital is Tokyo."


# --- Closed by others ---


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_another_thread_closes_a_stream_at_once(tls: bool) -> None:
    serve, began = FallsSilent(*text("The cap")), threading.Event()
    context = certificates.server_context("valid") if tls else None
    trust = certificates.client_context() if tls else None
    with (
        Server(serve, context=context) as server,
        Aurous(KEY, base_url=server.url, ssl_context=trust, max_connections=1) as client,
    ):
        with client.chat.completions.stream(**GIVEN) as stream:
            result = in_a_thread(lambda: outcomes_of(stream, began))
            assert began.wait(GUARD)
            stream.close()
            delta, error = result()
        assert delta.text == "The cap"
        assert type(error) is StreamInterruptedError
        assert "broke off: it was closed." in error.message
        assert error.partial.text == "The cap"
        assert serve.was_left()
        with client.chat.completions.stream(**GIVEN) as stream:
            assert stream.get_final_completion().is_completed


def test_closing_the_client_closes_its_streams() -> None:
    serve, began = FallsSilent(*text("The cap")), threading.Event()
    with Server(serve) as server, Aurous(KEY, base_url=server.url) as client:
        with client.chat.completions.stream(**GIVEN) as stream:
            result = in_a_thread(lambda: outcomes_of(stream, began))
            assert began.wait(GUARD)
            client.close()
            assert type(result()[-1]) is StreamInterruptedError
        assert serve.was_left()
        with client.chat.completions.stream(**GIVEN) as stream:
            assert stream.get_final_completion().is_completed


def test_closing_the_asynchronous_client_closes_its_streams() -> None:
    serve = FallsSilent(*text("The cap"))

    async def main(url: str) -> None:
        client = AsyncAurous(KEY, base_url=url)
        async with asyncio.timeout(GUARD), client.chat.completions.stream(**GIVEN) as stream:
            await anext(stream)
            reader = asyncio.create_task(anext(stream))
            await asyncio.sleep(0)
            await client.close()
            with pytest.raises(StreamInterruptedError):
                await reader

    with Server(serve) as server:
        asyncio.run(main(server.url))
        assert serve.was_left()


def test_another_task_closes_a_stream_at_once() -> None:
    serve = FallsSilent(*text("The cap"))

    async def read(stream: AsyncChatStream, began: asyncio.Event) -> Any:
        try:
            async for _ in stream:
                began.set()
        except StreamInterruptedError as error:
            return error

    async def main(url: str) -> Any:
        async with AsyncAurous(KEY, base_url=url, max_connections=1) as client:
            async with asyncio.timeout(GUARD), client.chat.completions.stream(**GIVEN) as stream:
                began = asyncio.Event()
                reader = asyncio.create_task(read(stream, began))
                await began.wait()
                await stream.close()
                error = await reader
            async with client.chat.completions.stream(**GIVEN) as stream:
                assert (await stream.get_final_completion()).is_completed
        return error

    with Server(serve) as server:
        error = asyncio.run(main(server.url))
        assert serve.was_left()
    assert "broke off: it was closed." in error.message


@BOTH
def test_a_stream_that_was_closed_behind_its_end_is_whole(new_client: NewClient) -> None:
    serve = FallsSilent(*text("Tokyo"), LAST)

    async def main(url: str) -> Any:
        async with new_client(url) as stream, stream() as opened:
            async for each in opened:
                if each.type == "finished":
                    break
            await opened.close()
            return await opened.get_final_completion()

    with Server(serve) as server:
        found = asyncio.run(main(server.url))
    assert (found.text, found.is_completed, found.drift) == ("Tokyo", True, ())


@pytest.mark.parametrize("head", [b"", HEAD], ids=["entering", "reading"])
@pytest.mark.parametrize("way", ["cancel", "timeout"])
def test_a_cancelled_task_leaves_nothing_held(head: bytes, way: str) -> None:
    serve = FallsSilent(head=head)

    async def use(client: AsyncAurous) -> None:
        async with client.chat.completions.stream(**GIVEN) as stream:
            await anext(stream)

    async def give_up(client: AsyncAurous) -> None:
        async with asyncio.timeout(0.1):
            await use(client)

    async def main(url: str) -> None:
        async with AsyncAurous(KEY, base_url=url, max_connections=1, max_retries=0) as client:
            if way == "timeout":
                with pytest.raises(TimeoutError):
                    await give_up(client)
            else:
                task = asyncio.create_task(use(client))
                assert await asyncio.to_thread(serve.has_begun.wait, GUARD)
                for _ in range(100):
                    await asyncio.sleep(0)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
            assert await asyncio.to_thread(serve.was_left)
            async with client.chat.completions.stream(**GIVEN) as stream:
                assert (await stream.get_final_completion()).is_completed

    with Server(serve) as server:
        asyncio.run(main(server.url))


def test_a_stream_whose_reader_was_cancelled_looks_never_whole() -> None:
    serve = FallsSilent(*text("The cap"))

    async def main(url: str) -> Any:
        async with AsyncAurous(KEY, base_url=url) as client, client.chat.completions.stream(**GIVEN) as stream:
            assert await anext(stream) == TextDelta("The cap")
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await anext(stream)
            with pytest.raises(StreamInterruptedError) as caught:
                await stream.get_final_completion()
            with pytest.raises(StreamInterruptedError):
                await anext(stream)
            return caught.value

    with Server(serve) as server:
        assert asyncio.run(main(server.url)).partial.text == "The cap"


def test_whatever_a_hook_raises_the_connection_is_given_back() -> None:
    def leave(event: object) -> None:
        raise GeneratorExit

    serve = FallsSilent(*text("The cap"))
    with Server(serve) as server, Aurous(KEY, base_url=server.url, on_response=leave, max_connections=1) as client:
        for _ in range(2):
            with pytest.raises(GeneratorExit), client.chat.completions.stream(**GIVEN, timeout=GUARD):
                pass
        assert serve.was_left()


@BOTH
def test_leaving_the_with_statement_closes_the_connection(new_client: NewClient) -> None:
    serve = FallsSilent(*text("one", "two"), LAST)

    async def main(url: str) -> None:
        async with new_client(url, max_connections=1) as stream:
            async with stream() as opened:
                async for each in opened:
                    assert each.text == "one"
                    break
            assert await asyncio.to_thread(serve.was_left)
            async with stream() as opened:
                assert (await opened.get_final_completion()).is_completed

    with Server(serve) as server:
        asyncio.run(main(server.url))


# --- Connections ---


@BOTH
def test_the_connection_of_a_whole_stream_is_used_again(new_client: NewClient) -> None:
    async def main(url: str) -> None:
        async with new_client(url) as stream:
            for _ in range(10):
                async with stream() as opened:
                    assert [each.type async for each in opened] == ["text_delta", "text_delta", "finished"]

    with Server(sends_whole) as server:
        asyncio.run(main(server.url))
    assert server.accepted == 1


@BOTH
def test_the_end_of_the_body_is_not_waited_for_long(new_client: NewClient) -> None:
    serve = FallsSilent(*WHOLE)

    async def main(url: str) -> Any:
        async with new_client(url, max_connections=1) as stream:
            async with stream() as opened:
                found = await opened.get_final_completion()
                assert await asyncio.to_thread(serve.was_left)
            async with stream() as opened:
                await opened.get_final_completion()
        return found

    with Server(serve) as server:
        assert asyncio.run(main(server.url)).drift == ()
    assert server.accepted == 2


def test_a_hundred_streams_share_twenty_connections() -> None:
    def serve(connection: socket.socket, number: int) -> None:
        while True:
            named = json.loads(whole_request(connection).partition(b"\r\n\r\n")[2])["model"]
            connection.sendall(HEAD)
            for frame in (*text("This is ", named), LAST, DONE):
                send(connection, frame)
            connection.sendall(END)

    def ask(client: Aurous, name: str) -> str | None:
        with client.chat.completions.stream(model=name, messages="Hi") as stream:
            return stream.get_final_completion().text

    async def ask_async(client: AsyncAurous, name: str) -> str | None:
        async with client.chat.completions.stream(model=name, messages="Hi") as stream:
            return (await stream.get_final_completion()).text

    async def main(url: str) -> list[Any]:
        async with AsyncAurous(KEY, base_url=url, max_connections=20) as client:
            return await asyncio.gather(*[ask_async(client, name) for name in names])

    names = [f"model-{number}" for number in range(100)]
    with Server(serve) as server, Aurous(KEY, base_url=server.url, max_connections=20) as client:
        results = [in_a_thread(lambda name=name: ask(client, name)) for name in names]  # type: ignore[misc]
        assert [result() for result in results] == [f"This is {name}" for name in names]
        assert server.accepted <= 20
    with Server(serve) as server:
        assert asyncio.run(main(server.url)) == [f"This is {name}" for name in names]
        assert server.accepted <= 20


# --- Lost ---

_DESCRIPTORS = Path("/proc/self/fd")


def descriptors() -> int:
    return len(list(_DESCRIPTORS.iterdir()))


def lose(client: Aurous) -> int:
    """Enter a stream, read a little, and lose it. Gives the line where it was entered."""
    stream = client.chat.completions.stream(**GIVEN)
    stream.__enter__()
    next(stream)
    return lose.__code__.co_firstlineno + 3


async def lose_async(client: AsyncAurous) -> int:
    stream = client.chat.completions.stream(**GIVEN)
    await stream.__aenter__()
    await anext(stream)
    return lose_async.__code__.co_firstlineno + 2


def test_a_lost_stream_warns_of_where_it_was_entered_and_holds_nothing() -> None:
    serve = FallsSilent(*text("The cap"))
    with Server(serve) as server, Aurous(KEY, base_url=server.url, max_connections=1) as client:
        with warnings.catch_warnings(record=True, category=ResourceWarning) as caught:
            warnings.simplefilter("always")
            line = lose(client)
        assert [f"entered in {__file__}, line {line}" in str(each.message) for each in caught] == [True]
        assert serve.was_left()
        with client.chat.completions.stream(**GIVEN) as stream:
            assert stream.get_final_completion().is_completed


def test_a_lost_asynchronous_stream_warns_of_where_it_was_entered_and_holds_nothing() -> None:
    serve = FallsSilent(*text("The cap"))

    async def main(url: str) -> None:
        async with AsyncAurous(KEY, base_url=url, max_connections=1) as client:
            with warnings.catch_warnings(record=True, category=ResourceWarning) as caught:
                warnings.simplefilter("always")
                line = await lose_async(client)
            assert [f"entered in {__file__}, line {line}" in str(each.message) for each in caught] == [True]
            assert await asyncio.to_thread(serve.was_left)
            async with client.chat.completions.stream(**GIVEN) as stream:
                assert (await stream.get_final_completion()).is_completed

    with Server(serve) as server:
        asyncio.run(main(server.url))


LOST = int(os.environ.get("LOST_STREAMS", "200"))


@pytest.mark.filterwarnings("ignore:a stream of a chat completion was left open:ResourceWarning")
@pytest.mark.skipif(not _DESCRIPTORS.is_dir(), reason="counts descriptors in /proc")
def test_many_lost_streams_leave_no_descriptor_open_and_no_permit_taken() -> None:
    serve = FallsSilent(*text("The cap"), first=LOST)
    with Server(serve) as server, Aurous(KEY, base_url=server.url, max_connections=2, timeout=GUARD) as client:
        before = descriptors()
        for _ in range(LOST):
            lose(client)
        assert serve.was_left(LOST)
        assert descriptors() <= before + 2
        with client.chat.completions.stream(**GIVEN) as one, client.chat.completions.stream(**GIVEN) as other:
            assert one.get_final_completion().is_completed
            assert other.get_final_completion().is_completed


@pytest.mark.filterwarnings("ignore:a stream of a chat completion was left open:ResourceWarning")
@pytest.mark.skipif(not _DESCRIPTORS.is_dir(), reason="counts descriptors in /proc")
def test_many_lost_asynchronous_streams_leave_no_descriptor_open_and_no_permit_taken() -> None:
    serve = FallsSilent(*text("The cap"), first=LOST)

    async def main(url: str) -> None:
        async with AsyncAurous(KEY, base_url=url, max_connections=2, timeout=GUARD) as client:
            stream = client.chat.completions.stream
            before = descriptors()
            for _ in range(LOST):
                await lose_async(client)
            assert await asyncio.to_thread(serve.was_left, LOST)
            assert descriptors() <= before + 2
            async with stream(**GIVEN) as one, stream(**GIVEN) as other:
                assert (await one.get_final_completion()).is_completed
                assert (await other.get_final_completion()).is_completed

    with Server(serve) as server:
        asyncio.run(main(server.url))


# --- Readers ---


@pytest.fixture
def _hasty() -> Iterator[None]:
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_a_stream_has_one_reader() -> None:
    serve, began = FallsSilent(*text("The cap")), threading.Event()
    with (
        Server(serve) as server,
        Aurous(KEY, base_url=server.url) as client,
        client.chat.completions.stream(**GIVEN) as stream,
    ):
        result = in_a_thread(lambda: outcomes_of(stream, began))
        assert began.wait(GUARD)
        while True:
            try:
                stream.get_final_completion()
            except ConfigurationError as error:
                told = error
                break
        stream.close()
        assert len(result()) == 2
    assert "being read by another thread" in told.message


@pytest.mark.usefixtures("_hasty")
def test_readers_who_do_not_wait_for_each_other_lose_and_mix_up_nothing() -> None:
    pieces = [str(number) for number in range(400)]

    def serve(connection: socket.socket, number: int) -> None:
        whole_request(connection)
        connection.sendall(HEAD)
        for frame in (*text(*pieces), LAST, DONE):
            send(connection, frame)
        connection.sendall(END)

    def read(stream: ChatStream) -> list[str]:
        found = []
        while True:
            try:
                found += [each.text for each in [next(stream)] if each.type == "text_delta"]
            except StopIteration:
                return found
            except ConfigurationError:
                pass

    with (
        Server(serve) as server,
        Aurous(KEY, base_url=server.url) as client,
        client.chat.completions.stream(**GIVEN) as stream,
    ):
        results = [in_a_thread(lambda: read(stream)) for _ in range(4)]
        found = [piece for result in results for piece in result()]
        assert sorted(found, key=int) == pieces
        assert stream.get_final_completion().text == "".join(pieces)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_forked_child_leaves_the_stream_of_its_parent_alone() -> None:
    over = threading.Event()

    def serve(connection: socket.socket, number: int) -> None:
        whole_request(connection)
        connection.sendall(HEAD)
        send(connection, *text("The cap"))
        over.wait(GUARD)
        send(connection, chunk({"content": "ital"}), LAST, DONE)
        connection.sendall(END)

    with (
        Server(serve) as server,
        Aurous(KEY, base_url=server.url) as client,
        client.chat.completions.stream(**GIVEN) as stream,
    ):
        next(stream)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # threads, and a fork
            child = os.fork()
        if not child:
            try:
                stream.get_final_completion()
            except StreamInterruptedError as error:
                os._exit(0 if "forked" in error.message else 1)
            finally:
                os._exit(2)
        _, status = os.waitpid(child, 0)
        over.set()
        assert stream.get_final_completion().text == "The capital"
    assert os.waitstatus_to_exitcode(status) == 0


# --- Cancelled, and what became of it ---


@BOTH
def test_cancelling_ends_the_stream_for_its_reader(new_client: NewClient) -> None:
    cancelled = threading.Event()

    def stream(connection: socket.socket, number: int) -> None:
        send(connection, *text("The cap"))
        assert cancelled.wait(GUARD)
        send(connection, event({"object": "chat.completion.chunk", "choices": [{"finish_reason": "cancelled"}]}), DONE)
        connection.sendall(END)

    def serve(connection: socket.socket, number: int) -> None:
        stores(connection, number)

    class Cancels(Stores):
        def __call__(self, connection: socket.socket, number: int) -> None:
            if number > 1:
                cancelled.set()
            super().__call__(connection, number)

    stores = Cancels(stream, cancel=[record("cancelled")])

    async def main(url: str) -> Any:
        async with new_client(url) as make, make() as opened:
            assert (await anext(opened)).text == "The cap"
            stored = await opened.cancel()
            return stored, [each.type async for each in opened], await opened.get_final_completion()

    with Server(serve) as server:
        stored, rest, final = asyncio.run(main(server.url))
    assert (stored.id, stored.is_cancelled) == (STREAM_ID, True)
    assert rest == ["finished"]
    assert final == stored
    assert final.receipt.credits
    assert stores.asked == ["cancel"]


def test_another_thread_cancels_a_stream() -> None:
    ends, began = threading.Event(), threading.Event()

    def stream(connection: socket.socket, number: int) -> None:
        send(connection, *text("The cap"))
        assert ends.wait(GUARD)
        send(connection, chunk({}, "cancelled"), DONE)
        connection.sendall(END)

    with (
        Server(Stores(stream, cancel=[record("cancelled")])) as server,
        Aurous(KEY, base_url=server.url) as client,
        client.chat.completions.stream(**GIVEN) as opened,
    ):
        result = in_a_thread(lambda: outcomes_of(opened, began))
        assert began.wait(GUARD)
        assert opened.cancel().is_cancelled
        ends.set()
        assert [each.type for each in result()] == ["text_delta", "finished"]
        assert opened.get_final_completion().is_cancelled


NOT_CANCELLABLE = {"error": {"type": "conflict", "code": "chat_cancel_target_not_cancellable", "message": "No."}}


@BOTH
@pytest.mark.parametrize("refusal", [(409, NOT_CANCELLABLE), HANGS_UP], ids=["409", "no response"])
def test_what_cannot_be_cancelled_is_closed_and_its_record_told(
    new_client: NewClient, refusal: tuple[int, Any]
) -> None:
    left = threading.Event()

    def stream(connection: socket.socket, number: int) -> None:
        send(connection, *text("The cap"))
        with suppress(OSError):
            connection.recv(1)
        left.set()

    serve = Stores(stream, cancel=[refusal], record=[record("in_progress"), record("cancelled")])

    async def main(url: str) -> Any:
        async with new_client(url, clock=SkippingClock()) as make, make() as opened:
            await anext(opened)
            stored = await opened.cancel()
            with pytest.raises(StreamInterruptedError, match="it was closed"):
                await anext(opened)
            assert await opened.get_final_completion() == stored
            return stored

    with Server(serve) as server:
        stored = asyncio.run(main(server.url))
        assert left.wait(GUARD)
    assert (stored.id, stored.is_cancelled) == (STREAM_ID, True)
    assert serve.asked == ["cancel", "record", "record"]


@BOTH
def test_a_stream_that_holds_the_last_connection_is_cancelled_in_time(
    new_client: NewClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_module, "_CANCELS_WITHIN", 0.1)
    serve = Stores(FallsSilent(*text("The cap")).goes_on, record=[record("cancelled")])

    async def main(url: str) -> Any:
        async with new_client(url, max_connections=1, timeout=10 * GUARD) as make, make() as opened:
            await anext(opened)
            return await opened.cancel()

    with Server(serve) as server:
        assert asyncio.run(main(server.url)).is_cancelled
    assert serve.asked == ["record"]


def breaks_off(*frames: bytes) -> Serve:
    """The rest of a stream that breaks off."""
    return lambda connection, number: send(connection, *frames)


async def interrupted(make: Opens) -> StreamInterruptedError:
    with pytest.raises(StreamInterruptedError) as caught:
        async with make() as opened:
            await opened.get_final_completion()
    return caught.value


@BOTH
def test_what_became_of_a_stream_is_told_by_its_record(new_client: NewClient) -> None:
    serve = Stores(breaks_off(*text("The cap")), record=[record("in_progress"), record("completed")])

    async def main(url: str) -> Any:
        async with new_client(url, clock=SkippingClock()) as make:
            error = await interrupted(make)
            assert (error.id, error.partial.text, error.usage_known) == (STREAM_ID, "The cap", False)
            return await recovered(error, timeout=30)

    with Server(serve) as server:
        found = asyncio.run(main(server.url))
    assert (found.id, found.is_completed) == (STREAM_ID, True)
    assert serve.asked == ["record", "record"]


def usage(*request_ids: str) -> tuple[int, Any]:
    data = [
        {"id": STREAM_ID if each == "req_streamed" else "cmp_other", "type": "chat", "request_id": each}
        for each in request_ids
    ]
    return 200, {"object": "list", "data": data, "has_more": False, "next_cursor": None}


@BOTH
def test_a_stream_that_broke_before_its_id_came_is_found_by_its_request(new_client: NewClient) -> None:
    serve = Stores(breaks_off(), events=[usage("req_other", "req_streamed")], record=[record("completed")])

    async def main(url: str) -> Any:
        async with new_client(url, clock=SkippingClock(), on_drift="ignore") as make:
            error = await interrupted(make)
            assert (error.id, error.request_id) == (None, "req_streamed")
            return await recovered(error)

    with Server(serve) as server:
        assert asyncio.run(main(server.url)).id == STREAM_ID
    assert serve.asked == ["events", "record"]


@BOTH
def test_a_stream_that_nobody_knows_of_is_said_to_be_one(new_client: NewClient) -> None:
    async def main(url: str) -> Any:
        async with new_client(url, on_drift="ignore") as make:
            error = await interrupted(make)
            with pytest.raises(StreamInterruptedError, match="events of usage"):
                await recovered(error, timeout=1)

    with Server(Stores(breaks_off(), events=[usage("req_other")])) as server:
        asyncio.run(main(server.url))


@BOTH
def test_what_its_reader_left_is_closed_and_recovered(new_client: NewClient) -> None:
    serve = Stores(FallsSilent(*text("The cap")).goes_on, record=[record("cancelled")])

    async def main(url: str) -> Any:
        async with new_client(url) as make, make() as opened:
            await anext(opened)
            return await opened.recover(timeout=30)

    with Server(serve) as server:
        assert asyncio.run(main(server.url)).is_cancelled
    assert serve.asked == ["record"]
