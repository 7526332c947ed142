"""What a service lives through, over real sockets: callers that leave, upstreams that break, processes that are killed.

The service is one as its users write it: FastAPI on uvicorn, and either client, on the event loop or in FastAPI's pool
of threads. Where the emulator stalls, nothing but the end of the connection ends a stream: that a receipt comes at all
is the proof.
"""

import asyncio
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Iterator
from contextlib import asynccontextmanager, contextmanager
from decimal import Decimal
from functools import partial
from typing import Annotated

import httpx
import pytest
from anyio import to_thread
from fastapi import Body, FastAPI
from fastapi.responses import StreamingResponse

from aurous import AsyncAurous, AsyncChatStream, Aurous, ChatCompletion, ChatStream, StreamInterruptedError, UsageEvent
from aurous.emulator import Emulator, Streaming
from aurous.testing import FakeClock, serve

HANGS = 10
"""Seconds after which a test has hung."""
MODEL = "aurous-grow-2.0-pro"
ANSWER = "The capital of Japan is Tokyo."
HALF = ANSWER[:16]  # What the first three chunks hold.


class Service:
    """Relays what a model says, and keeps the record of each completion, however its stream ended."""

    def __init__(self, emulator: Emulator) -> None:
        self.records: queue.Queue[ChatCompletion] = queue.Queue()
        self._client = AsyncAurous(emulator.api_key, base_url=emulator.base_url)
        self._client_of_threads = Aurous(emulator.api_key, base_url=emulator.base_url)
        self._tasks: set[asyncio.Task[None]] = set()

    def app(self) -> FastAPI:
        @asynccontextmanager
        async def lifespan(_: FastAPI) -> AsyncIterator[None]:
            with self._client_of_threads:
                async with self._client:
                    yield
                    await asyncio.gather(*self._tasks)

        app = FastAPI(lifespan=lifespan)
        app.post("/loop/")(self.answer)
        app.post("/threads/")(self.answer_in_threads)
        return app

    async def answer(self, question: Annotated[str, Body()]) -> StreamingResponse:
        stream = self._client.chat.completions.stream(model=MODEL, messages=question)
        return StreamingResponse(self._relayed(stream), media_type="text/plain")

    def answer_in_threads(self, question: Annotated[str, Body()]) -> StreamingResponse:
        stream = self._client_of_threads.chat.completions.stream(model=MODEL, messages=question)
        return StreamingResponse(self._relayed_in_threads(stream), media_type="text/plain")

    async def _relayed(self, stream: AsyncChatStream) -> AsyncGenerator[str]:
        try:
            async with stream:
                async for piece in stream.text_stream:
                    yield piece
        except StreamInterruptedError as error:
            self._keep(error.recover_async(timeout=HANGS))
            raise  # or else the caller would take a half for the whole
        except (asyncio.CancelledError, GeneratorExit):  # the caller has left
            self._keep_what_became_of(stream)
            raise
        self.records.put(await stream.get_final_completion())

    async def _relayed_in_threads(self, stream: ChatStream) -> AsyncGenerator[str]:
        """Each piece is read by any thread of the pool. One that reads when the caller leaves is woken by `close`."""
        in_thread = partial(to_thread.run_sync, abandon_on_cancel=True)
        try:
            await in_thread(stream.__enter__)
            while (piece := await in_thread(next, stream.text_stream, None)) is not None:
                yield piece
        except StreamInterruptedError as error:
            self._keep(asyncio.to_thread(error.recover, timeout=HANGS))
            raise
        except (asyncio.CancelledError, GeneratorExit):
            self._keep_what_became_of(stream)
            raise
        finally:
            stream.close()
        self.records.put(stream.get_final_completion())

    def _keep_what_became_of(self, stream: AsyncChatStream | ChatStream) -> None:
        assert stream.id is not None
        self._keep(self._client.chat.completions.wait(stream.id, timeout=HANGS, poll_interval=0.01))

    def _keep(self, record: Awaitable[ChatCompletion]) -> None:
        """Keep a record once it is there. In a task of its own: that of the request may be cancelled."""

        async def keep() -> None:
            self.records.put(await record)

        task = asyncio.create_task(keep())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


@pytest.fixture(scope="module", params=["asyncio", "uvloop"] if sys.platform != "win32" else ["asyncio"])
def service(request: pytest.FixtureRequest, aurous_emulator_server: Emulator) -> Iterator[tuple[Service, str]]:
    """A service that runs on an event loop, and its address."""
    service = Service(aurous_emulator_server)
    with serve(service.app(), loop=request.param) as url:
        yield service, url


@pytest.fixture(params=["loop", "threads"])
def relay(request: pytest.FixtureRequest, service: tuple[Service, str]) -> Iterator[tuple[Service, httpx.Client]]:
    """The service, and one who calls it where it reads on the event loop, or in threads."""
    running, url = service
    with httpx.Client(base_url=f"{url}/{request.param}", timeout=HANGS) as caller:
        yield running, caller


def billed(emulator: Emulator) -> list[tuple[str, Decimal]]:
    """The status and the charge of each request that cost something; the balance agrees with them."""
    with Aurous(emulator.api_key, base_url=emulator.base_url) as client:
        events = [event for event in client.usage.events.list() if isinstance(event, UsageEvent)]
        available = client.balance.retrieve().available_credits
    charges = [(str(event.status), Decimal(str(event.credits_charged))) for event in events]
    assert Decimal(str(available)) == 1000 - sum(charge for _, charge in charges)
    return charges


def test_a_whole_stream_is_relayed(relay: tuple[Service, httpx.Client], aurous_emulator: Emulator) -> None:
    service, caller = relay
    aurous_emulator.answers(ANSWER)
    assert caller.post("/", json="Capital of Japan?").text == ANSWER
    record = service.records.get(timeout=HANGS)
    assert (record.text, record.is_completed) == (ANSWER, True)
    assert billed(aurous_emulator) == [("completed", record.receipt.credits)]


def test_a_caller_that_leaves_ends_the_stream_and_its_bill(
    relay: tuple[Service, httpx.Client], aurous_emulator: Emulator
) -> None:
    service, caller = relay
    aurous_emulator.answers(ANSWER, streaming=Streaming(end="stall", end_after=3))
    with caller.stream("POST", "/", json="Capital of Japan?") as response:
        came = ""
        for piece in response.iter_text():
            came += piece
            if came == HALF:
                break
    record = service.records.get(timeout=HANGS)
    assert (record.text, record.is_cancelled) == (HALF, True)
    assert billed(aurous_emulator) == [("cancelled_client_disconnect", record.receipt.credits)]


@pytest.mark.parametrize(
    ("streaming", "status"),
    [
        pytest.param(Streaming(end="closed", end_after=3), "cancelled_client_disconnect", id="closed"),
        pytest.param(Streaming(end="reset", end_after=3), "cancelled_client_disconnect", id="reset"),
        pytest.param(Streaming(end="closed", end_after=3, then="completed"), "completed", id="completed elsewhere"),
    ],
)
def test_a_caller_is_told_that_the_upstream_broke(
    relay: tuple[Service, httpx.Client], aurous_emulator: Emulator, streaming: Streaming, status: str
) -> None:
    service, caller = relay
    aurous_emulator.answers(ANSWER, streaming=streaming)
    with pytest.raises(httpx.RemoteProtocolError):
        caller.post("/", json="Capital of Japan?")
    record = service.records.get(timeout=HANGS)
    assert record.text == (ANSWER if status == "completed" else HALF)
    assert billed(aurous_emulator) == [(status, record.receipt.credits)]


def test_a_caller_is_told_that_the_model_failed_which_costs_nothing(
    relay: tuple[Service, httpx.Client], aurous_emulator: Emulator
) -> None:
    _, caller = relay
    aurous_emulator.answers(ANSWER, streaming=Streaming(end="error", end_after=3))
    with pytest.raises(httpx.RemoteProtocolError):
        caller.post("/", json="Capital of Japan?")
    assert billed(aurous_emulator) == [("failed", Decimal(0))]


# --- Killed ---


CREATES = """
import sys
from aurous import Aurous

url, key = sys.argv[1:]
def tell(event):
    print(event.failed.error.code, flush=True)

with Aurous(key, base_url=url, max_retries=8, on_retry=tell) as client:
    completion = client.chat.completions.create(
        model="aurous-grow-2.0-pro", messages="Capital of Japan?", idempotency_key="order-7"
    )
print(completion.text, completion.receipt.credits, completion.meta.idempotent_replay)
"""


@contextmanager
def process(script: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run a script; it has ended when the block has."""
    with subprocess.Popen([sys.executable, "-c", script, *arguments], stdout=subprocess.PIPE, text=True) as running:
        try:
            yield running
        finally:
            running.kill()


def test_a_process_killed_before_its_answer_costs_nothing_more_when_it_asks_again() -> None:
    asked = threading.Event()

    def is_asked(_: object) -> bool:
        asked.set()
        return True

    clock = FakeClock(start=1_800_000_000, autojump=False)
    with Emulator(clock=clock) as emulator:
        emulator.answers(ANSWER, after=60, when=is_asked)
        with process(CREATES, emulator.base_url, emulator.api_key) as killed:
            assert asked.wait(HANGS)
            killed.kill()
        with process(CREATES, emulator.base_url, emulator.api_key) as again:
            assert again.stdout is not None
            assert again.stdout.readline() == "idempotency_key_in_use\n"
            clock.advance(60)
            *words, credits, replayed = again.stdout.read().splitlines()[-1].split()
        assert (killed.returncode, " ".join(words), replayed) == (-signal.SIGKILL, ANSWER, "True")
        assert billed(emulator) == [("completed", Decimal(credits))]
