"""One case of the table, played over real sockets.

It ends in an honest outcome, in time, with the client usable for what follows, and with the key nowhere: not in a log
of any library, a repr, a traceback with its variables, a pickle or a span.
"""

import asyncio
import itertools
import random
import time
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any

import pytest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import canary
from aurous import AsyncAurous, Aurous, ChatCompletion, Clock, Timeout
from aurous.otel import OpenTelemetry
from faults.cases import CASES
from faults.model import Case, Kind, Outcome
from faults.server import FaultServer, serve
from faults.verdict import judge

KEY = "al_live_" + "f" * 64
GRACE = 2.0
LIMIT = 16 * 1024 * 1024
SAMPLED = 4
"""One case in so many is tried also where the table does not run whole (`-m "not whole"`)."""


class SkippingClock(Clock):
    """Real time, in which sleeping takes none."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return time.monotonic() + sum(self.slept)

    def random(self) -> float:
        return random.Random(len(self.slept)).random()

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    async def sleep_async(self, seconds: float) -> None:
        self.slept.append(seconds)


class Surroundings:
    """What a client is given to leave traces in."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self.clock = SkippingClock()
        self._events: list[object] = []
        self._caplog = caplog
        self._exporter = InMemorySpanExporter()
        self._provider = TracerProvider(resource=Resource.get_empty(), shutdown_on_exit=False)
        self._provider.add_span_processor(SimpleSpanProcessor(self._exporter))

    def options(self, case: Case, server: FaultServer) -> dict[str, Any]:
        return {
            "base_url": server.base_url,
            "ssl_context": server.ssl_context,
            "timeout": case.deadline,
            "max_retries": 2,
            "max_connections": 1,  # a permit that is not given back stops the next call
            "max_response_bytes": LIMIT,
            "clock": self.clock,
            "telemetry": OpenTelemetry(self._provider, capture_content=True),
            "on_request": self._events.append,
            "on_response": self._events.append,
            "on_retry": self._events.append,
        }

    def sightings(self, outcome: object) -> list[str]:
        """Where the key is to be seen."""
        traces = itertools.chain(
            canary.of_outcome(outcome),
            canary.of_records(self._caplog.records),
            canary.of_spans(self._exporter.get_finished_spans()),
            (("event", repr(event)) for event in self._events),
        )
        return canary.sightings(KEY, traces)


async def tried(call: Callable[[str], Awaitable[object]], asked: str) -> object:
    """What a call came to: its result or its error."""
    try:
        return await call(asked)
    except Exception as error:  # noqa: BLE001  # the judge tells ours from foreign ones
        return error


TABLE = pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=case.name, marks=[] if number % SAMPLED == 0 else pytest.mark.whole)
        for number, case in enumerate(CASES)
    ],
)


async def _play(
    case: Case,
    expect: tuple[Outcome, ...],
    server: FaultServer,
    surroundings: Surroundings,
    call: Callable[[str], Awaitable[object]],
    settled: Callable[[str], Awaitable[None]],
) -> None:
    asked = server.fresh_id(case)
    started = time.monotonic()
    outcome = await tried(call, asked)
    took = time.monotonic() - started
    await settled(asked)
    attempts = None if case.tls or case.accept != "serve" else server.attempts(asked)
    assert not judge(expect, asked, outcome, attempts=attempts)
    assert took < case.limit + GRACE, f"took {took:.2f} s of {case.limit} s"
    if case.hint is not None:
        slept = surroundings.clock.slept
        assert slept == pytest.approx([case.hint] * len(slept), abs=1)
    assert not surroundings.sightings(outcome)
    for honest in case.then:
        asked = server.fresh_id("stream_ok" if case.kind is Kind.STREAM else "ok")
        assert not judge(honest, asked, await tried(call, asked), attempts=None)
    assert not server.unwelcome(KEY)
    assert not server.elsewhere_requests
    assert not server.errors


def _options(case: Case, asked: str) -> dict[str, Any]:
    """Of a stream; the model names the case."""
    timeout = Timeout(total=case.deadline, read=case.read)
    return {"model": asked, "messages": "Hi", "timeout": timeout, "idle_timeout": case.idle}


def _streamed(client: Aurous, case: Case, asked: str) -> ChatCompletion:
    with client.chat.completions.stream(**_options(case, asked)) as stream:
        text = "".join(stream.text_stream)
        completion = stream.get_final_completion()
    assert text == (completion.text or "")
    return completion


async def _streamed_async(client: AsyncAurous, case: Case, asked: str) -> ChatCompletion:
    async with client.chat.completions.stream(**_options(case, asked)) as stream:
        text = "".join([piece async for piece in stream.text_stream])
        completion = await stream.get_final_completion()
    assert text == (completion.text or "")
    return completion


def _run_without_loop(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run to its end what never waits: it needs no loop, and no thread of one."""
    with pytest.raises(StopIteration):
        coroutine.send(None)


def play(case: Case, expect: tuple[Outcome, ...], surroundings: Surroundings) -> None:
    """With the synchronous client."""
    with serve(case) as server, Aurous(KEY, **surroundings.options(case, server)) as client:

        async def call(asked: str) -> object:
            return (
                _streamed(client, case, asked) if case.kind is Kind.STREAM else client.chat.completions.retrieve(asked)
            )

        async def settled(asked: str) -> None:
            server.settle(asked)

        _run_without_loop(_play(case, expect, server, surroundings, call, settled))


def play_async(
    case: Case,
    expect: tuple[Outcome, ...],
    surroundings: Surroundings,
    new_loop: Callable[[], asyncio.AbstractEventLoop] | None = None,
) -> None:
    """With the asynchronous client, on an event loop of asyncio or another."""

    async def main() -> None:
        async def call(asked: str) -> object:
            if case.kind is Kind.STREAM:
                return await _streamed_async(client, case, asked)
            return await client.chat.completions.retrieve(asked)

        async with AsyncAurous(KEY, **surroundings.options(case, server)) as client:
            await _play(case, expect, server, surroundings, call, partial(asyncio.to_thread, server.settle))

    with serve(case) as server, asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(main())
