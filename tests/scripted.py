"""A stand-in for network and time: an in-memory httpx transport that follows a script, a clock moved by sleeping only.

call = sync_caller(error(503, "internal_error"), ok())     # or async_caller: the same script drives both clients
assert call.retrieve().is_completed
assert call.clock.slept == [0.25]
assert len(call.requests) == 2
"""

import asyncio
import json
import traceback
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Protocol

import httpx

import aurous
import aurous_api
from aurous import AsyncAurous, Aurous, AurousError, ChatCompletion, Clock, OpenValue
from aurous._engine.effects import Flow

KEY = "al_live_" + "0" * 64
KEY_BEGINS = "al_live_0"
"""What any excerpt of the key begins with; help texts show `al_live_` alone."""
NOW = 1_800_000_000.0

CONTRACT: dict[str, Any] = json.loads((files("aurous_api") / "contract.json").read_text(encoding="utf-8"))
EXAMPLES: dict[str, dict[str, Any]] = {
    name: example["value"]
    for name, example in CONTRACT["paths"]["/v1/chat/completions/{id}"]["get"]["responses"]["200"]["content"][
        "application/json"
    ]["examples"].items()
}
ID: str = EXAMPLES["completed"]["id"]

Pairs = Iterable[tuple[str | bytes, str | bytes]]


class FakeClock(Clock):
    """Time that passes when the client sleeps, and when a response `takes` long. Chance is 0.5 by default."""

    def __init__(self, *chances: float) -> None:
        self.elapsed = 0.0
        self.slept: list[float] = []
        self._chances = list(chances) or [0.5]
        self._drawn = 0

    def monotonic(self) -> float:
        return self.elapsed

    def time(self) -> float:
        return NOW + self.elapsed

    def random(self) -> float:
        self._drawn += 1
        return self._chances[(self._drawn - 1) % len(self._chances)]

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.elapsed += seconds

    async def sleep_async(self, seconds: float) -> None:
        self.sleep(seconds)


@dataclass(frozen=True)
class Reply:
    """A response, byte for byte; `takes` is in seconds of the fake clock."""

    status: int
    body: bytes = b""
    headers: Pairs = ()
    takes: float = 0.0


Step = Reply | Exception | Callable[[httpx.Request], Reply]


def reply(
    document: object, *, status: int = 200, headers: Mapping[str, str] | None = None, takes: float = 0.0
) -> Reply:
    """A response with a JSON body."""
    pairs = {"Content-Type": "application/json", **(headers or {})}
    return Reply(status, json.dumps(document).encode(), tuple(pairs.items()), takes)


def completion(name: str = "completed", **changes: Any) -> dict[str, Any]:
    """An example of the contract under the usual id, with some members replaced."""
    return {**EXAMPLES[name], "id": ID, **changes}


def ok(
    name: str = "completed", *, headers: Mapping[str, str] | None = None, takes: float = 0.0, **changes: Any
) -> Reply:
    """A completion of the contract, as asked for."""
    return reply(completion(name, **changes), headers=headers, takes=takes)


def error(status: int, code: str | None = None, *, headers: Mapping[str, str] | None = None, **members: Any) -> Reply:
    """An error in the documented envelope, or without a body where no code is given."""
    if code is None:
        return Reply(status, b"", tuple((headers or {}).items()))
    body = {"type": "server_error", "code": code, "message": "What the server says.", **members}
    return reply({"error": body}, status=status, headers=headers)


class _Stream(httpx.SyncByteStream, httpx.AsyncByteStream):
    def __init__(self, body: bytes) -> None:
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        yield self._body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._body


class Script(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Responds to each request with the next step; the last one stays."""

    def __init__(self, *steps: Step, clock: FakeClock | None = None) -> None:
        self._steps = steps
        self._clock = clock
        self.requests: list[httpx.Request] = []
        self.closed = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        return self._respond(request)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        return self._respond(request)

    def _respond(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        step = self._steps[min(len(self.requests), len(self._steps)) - 1]
        if isinstance(step, Exception):
            raise step
        answer = step if isinstance(step, Reply) else step(request)
        if self._clock is not None:
            self._clock.elapsed += answer.takes
        pairs = [(_bytes(name), _bytes(value)) for name, value in answer.headers]
        return httpx.Response(answer.status, headers=pairs, stream=_Stream(answer.body))

    def close(self) -> None:
        self.closed += 1

    async def aclose(self) -> None:
        self.closed += 1


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("latin-1")


class Caller(Protocol):
    """A client with its script and its clock; calls run to their end, whichever kind of client it is."""

    clock: FakeClock
    script: Script

    @property
    def client(self) -> Aurous | AsyncAurous: ...

    @property
    def requests(self) -> list[httpx.Request]: ...

    def retrieve(self, id: Any = ID, **options: Any) -> ChatCompletion: ...

    def wait(self, id: Any = ID, **options: Any) -> ChatCompletion: ...

    def post(self, **options: Any) -> OpenValue: ...

    def run(self, call: Callable[[Any], Any]) -> Any:
        """Any call: `caller.run(lambda client: client.models.list())`."""
        ...

    def every(self, page: Any) -> list[Any]:
        """The items of all pages from this one on."""
        ...

    def with_options(self, **options: Any) -> "Caller": ...


class MakesCaller(Protocol):
    """How tests get a caller: `call(ok(), max_retries=0)`."""

    def __call__(self, *steps: Step, clock: FakeClock | None = None, **options: Any) -> Caller: ...


class SyncCaller:
    """`Caller` for `Aurous`."""

    def __init__(self, client: Aurous, script: Script, clock: FakeClock) -> None:
        self.client, self.script, self.clock = client, script, clock

    @property
    def requests(self) -> list[httpx.Request]:
        return self.script.requests

    def retrieve(self, id: Any = ID, **options: Any) -> ChatCompletion:
        return self.client.chat.completions.retrieve(id, **options)

    def wait(self, id: Any = ID, **options: Any) -> ChatCompletion:
        return self.client.chat.completions.wait(id, **options)

    def post(self, **options: Any) -> OpenValue:
        return self.client.request("POST", "/v1/things", **options)

    def run(self, call: Callable[[Any], Any]) -> Any:
        return call(self.client)

    def every(self, page: Any) -> list[Any]:
        return list(page.auto_paging_iter())

    def with_options(self, **options: Any) -> "SyncCaller":
        return SyncCaller(self.client.with_options(**options), self.script, self.clock)


class AsyncCaller:
    """`Caller` for `AsyncAurous`."""

    def __init__(self, client: AsyncAurous, script: Script, clock: FakeClock) -> None:
        self.client, self.script, self.clock = client, script, clock

    @property
    def requests(self) -> list[httpx.Request]:
        return self.script.requests

    def retrieve(self, id: Any = ID, **options: Any) -> ChatCompletion:
        return asyncio.run(self.client.chat.completions.retrieve(id, **options))

    def wait(self, id: Any = ID, **options: Any) -> ChatCompletion:
        return asyncio.run(self.client.chat.completions.wait(id, **options))

    def post(self, **options: Any) -> OpenValue:
        return asyncio.run(self.client.request("POST", "/v1/things", **options))

    def run(self, call: Callable[[Any], Any]) -> Any:
        return asyncio.run(call(self.client))

    def every(self, page: Any) -> list[Any]:
        async def collect() -> list[Any]:
            return [item async for item in page.auto_paging_iter()]

        return asyncio.run(collect())

    def with_options(self, **options: Any) -> "AsyncCaller":
        return AsyncCaller(self.client.with_options(**options), self.script, self.clock)


def sync_caller(*steps: Step, clock: FakeClock | None = None, **options: Any) -> Caller:
    """A caller for `Aurous`."""
    clock = clock or FakeClock()
    script = Script(*steps, clock=clock)
    given: dict[str, Any] = {"transport": script, "clock": clock, **options}
    return SyncCaller(Aurous(KEY, **given), script, clock)


def async_caller(*steps: Step, clock: FakeClock | None = None, **options: Any) -> Caller:
    """A caller for `AsyncAurous`."""
    clock = clock or FakeClock()
    script = Script(*steps, clock=clock)
    given: dict[str, Any] = {"transport": script, "clock": clock, **options}
    return AsyncCaller(AsyncAurous(KEY, **given), script, clock)


Driven = Callable[[Flow[Any]], Any]
"""Carries out a flow, by the driver of one kind of client."""


def drive_sync(flow: Flow[Any]) -> Any:
    """Carry out a flow in this thread."""
    return sync_caller().client.chat.completions._caller.run(flow)


def drive_async(flow: Flow[Any]) -> Any:
    """Carry out a flow on an event loop."""
    return asyncio.run(async_caller().client.chat.completions._caller.run(flow))


def caught(function: Callable[..., object], *arguments: Any, **options: Any) -> AurousError:
    """The error of the SDK that a call raises; any other exception fails the test by itself."""
    try:
        returned = function(*arguments, **options)
    except AurousError as failure:
        return failure
    raise AssertionError(f"returned {returned!r:.200} where an error was expected")


def traceback_with_locals(failure: BaseException) -> str:
    """What a crash reporter sees of the SDK's own frames: those of the test hold the key by right."""
    report = traceback.TracebackException.from_exception(failure, capture_locals=True)
    homes = [Path(str(package.__file__)).parent for package in (aurous, aurous_api)]
    frames = [frame for frame in report.stack if any(home in Path(frame.filename).parents for home in homes)]
    assert frames, "the error was raised outside the SDK"
    return "\n".join(traceback.StackSummary.from_list(frames).format())
