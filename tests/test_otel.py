"""What OpenTelemetry gets of calls, streams and tools, by its conventions; no content unless asked for.

The names stand here as the conventions write them, so that a change of the table in the SDK shows.
"""

import asyncio
import contextlib
import itertools
import json
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

pytest.importorskip("opentelemetry.sdk", reason="needs the OpenTelemetry SDK")

from opentelemetry import trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from aurous import AsyncAurous, AurousError, ChatCompletion, StreamEndEvent, StreamTiming, ToolError, tool
from aurous.otel import OpenTelemetry
from scripted import (
    CONTRACT,
    ID,
    KEY,
    KEY_BEGINS,
    AsyncCaller,
    Caller,
    FakeClock,
    MakesCaller,
    Reply,
    async_caller,
    caught,
    completion,
    error,
    ok,
    reply,
    sync_caller,
)
from streams import DONE, MODEL, STREAM_ID, USAGE, WHOLE, chunk, event, read, sends, text


class Spans:
    """A telemetry that keeps its spans."""

    def __init__(self, **options: Any) -> None:
        self._exporter = InMemorySpanExporter()
        self._reader = InMemoryMetricReader()
        self.provider = TracerProvider()
        self.provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.telemetry = OpenTelemetry(self.provider, MeterProvider([self._reader]), **options)

    @property
    def all(self) -> list[ReadableSpan]:
        return list(self._exporter.get_finished_spans())

    @property
    def call(self) -> ReadableSpan:
        (span,) = (span for span in self.all if span.parent is None)
        return span

    def named(self, name: str) -> ReadableSpan:
        """The one span of this name."""
        (span,) = (span for span in self.all if span.name == name)
        return span

    @property
    def metrics(self) -> dict[str, list[Any]]:
        """The points of each metric."""
        data = self._reader.get_metrics_data()
        scopes = [scope for resource in data.resource_metrics for scope in resource.scope_metrics] if data else []
        return {metric.name: [*metric.data.data_points] for scope in scopes for metric in scope.metrics}

    @property
    def attempts(self) -> list[ReadableSpan]:
        return [span for span in self.all if span.parent is not None]


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def test_a_call_is_a_span_with_one_for_each_attempt(call: MakesCaller) -> None:
    spans = Spans()
    call(error(503, headers={"Aurous-Request-Id": "req_1"}), ok(), telemetry=spans.telemetry).retrieve()

    assert spans.call.name == "chat.completions.retrieve"
    assert spans.call.status.status_code is not StatusCode.ERROR
    assert {span.parent and span.parent.span_id for span in spans.attempts} == {
        spans.call.context and spans.call.context.span_id
    }
    assert {(span.name, span.kind) for span in spans.attempts} == {("GET", SpanKind.CLIENT)}
    first, second = map(attributes, spans.attempts)
    assert (first["http.response.status_code"], first["error.type"], first["aurous.request_id"]) == (
        503,
        "503",
        "req_1",
    )
    assert (second["http.response.status_code"], second["http.request.resend_count"]) == (200, 1)
    assert "error.type" not in second
    assert first["url.full"] == f"https://api.aurous-labs.com/v1/chat/completions/{ID}"
    assert (first["server.address"], first["server.port"], first["http.request.method"]) == (
        "api.aurous-labs.com",
        443,
        "GET",
    )


def test_a_completion_that_is_retrieved_shows_but_is_not_billed_again(call: MakesCaller) -> None:
    spans = Spans()
    call(ok(), telemetry=spans.telemetry).retrieve()
    assert spans.call.kind is SpanKind.INTERNAL
    told = attributes(spans.call)
    assert (told["gen_ai.response.id"], told["aurous.completion.status"]) == (ID, "completed")
    assert not {"gen_ai.operation.name", "gen_ai.usage.input_tokens", "aurous.credits"} & told.keys()
    assert spans.metrics.keys() == {"http.client.request.duration"}


def test_a_failed_call_is_a_failed_span(call: MakesCaller) -> None:
    spans = Spans()
    caught(call(httpx.ConnectError("refused"), max_retries=0, telemetry=spans.telemetry).retrieve)
    assert spans.call.status.status_code is StatusCode.ERROR
    assert attributes(spans.call)["error.type"] == "APIConnectionError"
    assert [span.status.status_code for span in spans.attempts] == [StatusCode.ERROR]

    spans = Spans()
    caught(call(error(404, "resource_not_found"), telemetry=spans.telemetry).retrieve)
    assert attributes(spans.call)["error.type"] == "resource_not_found"


@pytest.mark.parametrize(
    "step",
    [
        error(401, KEY, message=KEY, headers={"Aurous-Request-Id": KEY}),
        Reply(200, KEY.encode()),
        httpx.ReadError(KEY),
        reply(completion(model=KEY, status=KEY)),
    ],
    ids=["401", "200", "broken", "drift"],
)
def test_no_span_holds_the_key(call: MakesCaller, step: Any) -> None:
    spans = Spans(capture_content=True)
    caller = call(step, telemetry=spans.telemetry, max_retries=1, on_drift="ignore")
    with contextlib.suppress(AurousError):
        caller.retrieve()
    assert len(spans.all) > 1
    assert all(KEY_BEGINS not in span.to_json() for span in spans.all)


def test_the_span_of_an_odd_completion_is_made_all_the_same(call: MakesCaller) -> None:
    odd = {
        "id": ID,
        "status": 7,
        "model": None,
        "usage": [],
        "choices": [None, {"finish_reason": {}, "message": "\ud800"}],
    }
    spans = Spans(capture_content=True)
    assert call(reply(odd), telemetry=spans.telemetry, on_drift="ignore").retrieve().id == ID
    assert json.loads(spans.call.to_json())


def test_each_poll_of_a_wait_is_a_call(call: MakesCaller) -> None:
    spans = Spans()
    call(ok("in_progress"), ok(), telemetry=spans.telemetry, clock=FakeClock()).wait()
    assert len([span for span in spans.all if span.parent is None]) == 2


def test_every_span_of_a_cancelled_call_ends() -> None:
    spans = Spans()
    reached = asyncio.Event()

    class Stuck(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            reached.set()
            await asyncio.Event().wait()
            raise AssertionError

    caller = async_caller(transport=Stuck(), telemetry=spans.telemetry)
    assert isinstance(caller, AsyncCaller)
    client = caller.client

    async def cancel() -> None:
        task = asyncio.create_task(client.chat.completions.retrieve(ID))
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    assert len(spans.all) == 2
    assert attributes(spans.call)["error.type"] == "CancelledError"


# --- What a model does ---


def create(caller: Caller, **given: Any) -> Any:
    options: dict[str, Any] = {"model": MODEL, "messages": "Capital of Japan?", **given}
    return caller.run(lambda client: client.chat.completions.create(**options))


def test_a_creation_is_a_span_by_the_conventions(call: MakesCaller) -> None:
    spans = Spans()
    usage = {**USAGE, "reasoning_tokens": 100, "total_tokens": 136}
    caller = call(ok(usage=usage), telemetry=spans.telemetry)
    create(caller, max_tokens=64, temperature=0.5, stop="END", seed=7, response_format={"type": "json_object"})
    assert (spans.call.name, spans.call.kind) == (f"chat {MODEL}", SpanKind.CLIENT)
    told = attributes(spans.call)
    assert {name: value for name, value in told.items() if name.startswith(("gen_ai.", "aurous.", "server."))} == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "aurous",
        "gen_ai.request.model": MODEL,
        "gen_ai.request.max_tokens": 64,
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.stop_sequences": ("END",),
        "gen_ai.request.seed": 7,
        "gen_ai.output.type": "json",
        "gen_ai.response.id": ID,
        "gen_ai.response.model": MODEL,
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.usage.input_tokens": 12,
        "gen_ai.usage.output_tokens": 124,
        "gen_ai.usage.reasoning.output_tokens": 100,
        "aurous.credits": 0.0117,
        "aurous.operation": "chat.completions.create",
        "aurous.completion.status": "completed",
        "server.address": "api.aurous-labs.com",
        "server.port": 443,
    }


def test_an_embedding_is_a_span_by_the_conventions(call: MakesCaller) -> None:
    spans = Spans()
    example = CONTRACT["paths"]["/v1/embeddings"]["post"]["responses"]["200"]["content"]["application/json"]
    caller = call(reply(next(iter(example["examples"].values()))["value"]), telemetry=spans.telemetry)
    model = "aurous-embed-vision-1.0"
    caller.run(lambda client: client.embeddings.create(model=model, input="Tokyo", dimensions=256))
    assert (spans.call.name, spans.call.kind) == (f"embeddings {model}", SpanKind.CLIENT)
    told = attributes(spans.call)
    assert (told["gen_ai.operation.name"], told["gen_ai.embeddings.dimension.count"]) == ("embeddings", 256)
    assert (told["gen_ai.usage.input_tokens"], told["aurous.credits"]) == (500, 0.009375)
    assert "gen_ai.usage.output_tokens" not in told
    assert "Tokyo" not in spans.call.to_json()


def test_the_span_of_a_call_belongs_to_the_one_it_was_made_in(call: MakesCaller) -> None:
    spans = Spans()
    caller = call(sends(*WHOLE), telemetry=spans.telemetry)
    with spans.provider.get_tracer("service").start_as_current_span("request"):
        read(caller)
    assert spans.named(f"chat {MODEL}").parent == spans.named("request").context


# --- Streams ---


@pytest.mark.parametrize(
    ("frames", "status", "error_type"),
    [
        (WHOLE, "completed", None),
        ([*text("The capital "), chunk({}, "cancelled", usage=USAGE), DONE], "cancelled", None),
        (text("The capital "), "in_progress", "StreamInterruptedError"),
        (
            [*text("The capital "), event({"error": {"code": "chat_provider_unavailable", "message": "Gone."}})],
            "in_progress",
            "chat_provider_unavailable",
        ),
        ([*text("The capital "), event("{")], "in_progress", "APIResponseError"),
    ],
    ids=["whole", "cancelled", "interrupted", "error", "unusable"],
)
def test_the_span_of_a_stream_ends_with_it(
    call: MakesCaller, frames: list[bytes], status: str, error_type: str | None
) -> None:
    spans = Spans()
    read(call(sends(*frames), telemetry=spans.telemetry))
    span = spans.named(f"chat {MODEL}")
    told = attributes(span)
    assert (told["gen_ai.request.stream"], told["gen_ai.response.id"]) == (True, STREAM_ID)
    assert (told["aurous.completion.status"], told.get("error.type")) == (status, error_type)
    assert (span.status.status_code is StatusCode.ERROR) is (error_type is not None)
    assert told["gen_ai.response.time_to_first_chunk"] == 0.0
    assert "capital" not in span.to_json()
    assert len(spans.all) == 2


def test_a_stream_tells_its_first_chunk_and_its_longest_gap() -> None:
    spans = Spans()
    trace_of_call = spans.telemetry("chat.completions.create", "POST", "https://api.aurous-labs.com/v1/x")
    trace_of_call.body({"model": MODEL, "stream": True})
    completion_so_far = ChatCompletion.from_dict(completion())
    timing = StreamTiming(headers_after=0.5, first_event_after=0.75, first_delta_after=1.5, longest_gap=2.5)
    trace_of_call.stream_ended(
        StreamEndEvent("chat.completions.create", "POST", "/v1/x", completion_so_far, None, timing)
    )
    told = attributes(spans.call)
    assert told["gen_ai.response.time_to_first_chunk"] == 0.75
    assert told["aurous.response.time_to_first_delta"] == 1.5
    assert told["aurous.response.longest_gap"] == 2.5


def test_nothing_begins_before_a_stream_is_entered(call: MakesCaller) -> None:
    spans = Spans()
    caller = call(sends(*WHOLE), telemetry=spans.telemetry)
    caller.client.chat.completions.stream(model=MODEL, messages="Hi")
    assert (spans.all, caller.requests) == ([], [])
    assert spans.provider.force_flush()


class OnePiece(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Streams the beginning of a text, and nothing more."""

    def __init__(self) -> None:
        self.waits = asyncio.Event()

    def __iter__(self) -> Iterator[bytes]:
        yield b"".join(text("The capital "))
        raise AssertionError

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"".join(text("The capital "))
        self.waits.set()
        await asyncio.Event().wait()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._response(_Body(self))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self._response(_Body(self))

    def _response(self, stream: Any) -> httpx.Response:
        return httpx.Response(200, headers={"Content-Type": "text/event-stream"}, stream=stream)


class _Body(httpx.SyncByteStream, httpx.AsyncByteStream):
    def __init__(self, pieces: OnePiece) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._pieces)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return aiter(self._pieces)


class LeavingError(Exception):
    """What a reader leaves a stream by."""


def leave(client: Any, error: Exception | None) -> Any:
    """Read one event of a stream, look at the current span, and leave."""

    def seen() -> None:
        assert trace.get_current_span() is trace.INVALID_SPAN
        if error is not None:
            raise error

    async def in_loop() -> None:
        async with client.chat.completions.stream(model=MODEL, messages="Hi") as stream:
            await anext(stream)
            seen()

    def in_thread() -> None:
        with client.chat.completions.stream(model=MODEL, messages="Hi") as stream:
            next(stream)
            seen()

    return in_loop() if isinstance(client, AsyncAurous) else in_thread()


def test_a_stream_that_its_reader_closes_is_no_failure(call: MakesCaller) -> None:
    spans = Spans()
    call(transport=OnePiece(), telemetry=spans.telemetry).run(lambda client: leave(client, None))
    span = spans.named(f"chat {MODEL}")
    assert span.status.status_code is not StatusCode.ERROR
    assert attributes(span)["aurous.completion.status"] == "in_progress"


def test_a_stream_that_is_left_by_an_exception_has_failed(call: MakesCaller) -> None:
    spans = Spans()
    with pytest.raises(LeavingError):
        call(transport=OnePiece(), telemetry=spans.telemetry).run(lambda client: leave(client, LeavingError()))
    assert attributes(spans.named(f"chat {MODEL}"))["error.type"] == "LeavingError"


def test_a_stream_whose_task_is_cancelled_ends_its_span() -> None:
    spans, transport = Spans(), OnePiece()
    caller = async_caller(transport=transport, telemetry=spans.telemetry)

    async def read_on() -> None:
        client: Any = caller.client
        async with client.chat.completions.stream(model=MODEL, messages="Hi") as stream:
            async for _ in stream:
                pass

    async def cancel() -> None:
        task = asyncio.create_task(read_on())
        await transport.waits.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    assert attributes(spans.named(f"chat {MODEL}"))["error.type"] == "CancelledError"


# --- Tools ---

CALLS = [
    {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city": "Tokyo"}'}},
    {"id": "call_2", "type": "function", "function": {"name": "get_weather", "arguments": '{"city": "Atlantis"}'}},
    {"id": "call_3", "type": "function", "function": {"name": "nowhere", "arguments": "{}"}},
]


def asks_for_tools() -> Reply:
    message = {"role": "assistant", "content": None, "tool_calls": CALLS}
    return ok(choices=[{"index": 0, "message": message, "finish_reason": "tool_calls"}])


@pytest.mark.parametrize("capture", [False, True])
@pytest.mark.parametrize(
    ("make", "asynchronous"),
    [(sync_caller, False), (async_caller, False), (async_caller, True)],
    ids=["sync", "async_in_thread", "async"],
)
def test_each_call_of_a_tool_is_a_span_that_is_current_within_it(
    make: MakesCaller, capture: bool, asynchronous: bool
) -> None:
    spans = Spans(capture_content=capture)
    caller = make(asks_for_tools(), ok(), telemetry=spans.telemetry)

    def weather(city: str) -> str:
        """Tells the weather."""
        with spans.provider.get_tracer("service").start_as_current_span(f"look up {city}"):
            if city == "Atlantis":
                raise ToolError("It sank.")
            return "Rain."

    async def weather_later(city: str) -> str:
        """Tells the weather."""
        await asyncio.sleep(0)
        return weather(city)

    tools = [tool(weather_later if asynchronous else weather, name="get_weather")]
    with spans.provider.get_tracer("service").start_as_current_span("request"):
        run = caller.run(lambda client: client.chat.completions.run(model=MODEL, messages="Rain?", tools=tools))
    assert run.stopped == "finished"

    fine, sunk = sorted(
        (span for span in spans.all if span.name == "execute_tool get_weather"),
        key=lambda span: str(attributes(span)["gen_ai.tool.call.id"]),
    )
    assert fine.kind is SpanKind.INTERNAL
    assert fine.parent == spans.named("request").context
    assert spans.named("look up Tokyo").parent == fine.context
    told = attributes(fine)
    assert {name: told.pop(name, None) for name in ("gen_ai.tool.call.arguments", "gen_ai.tool.call.result")} == {
        "gen_ai.tool.call.arguments": '{"city": "Tokyo"}' if capture else None,
        "gen_ai.tool.call.result": '"Rain."' if capture else None,
    }
    assert told == {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "get_weather",
        "gen_ai.tool.type": "function",
        "gen_ai.tool.call.id": "call_1",
        "gen_ai.tool.description": "Tells the weather.",
    }
    assert attributes(sunk)["error.type"] == "ToolError"
    assert "sank" not in sunk.to_json()


# --- Content ---


def messages(span: ReadableSpan, kind: str) -> Any:
    return json.loads(attributes(span)[f"gen_ai.{kind}.messages"])


def test_content_follows_the_schemas_of_the_conventions(call: MakesCaller) -> None:
    spans = Spans(capture_content=True)
    picture = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
    inline = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    create(
        call(asks_for_tools(), telemetry=spans.telemetry),
        messages=[
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": [{"type": "text", "text": "Rain?"}, picture, inline]},
            {"role": "assistant", "content": None, "tool_calls": CALLS[:1]},
            {"role": "tool", "tool_call_id": "call_1", "content": "Rain."},
        ],
    )
    asked = [
        {"type": "tool_call", "id": "call_1", "name": "get_weather", "arguments": {"city": "Tokyo"}},
        {"type": "tool_call", "id": "call_2", "name": "get_weather", "arguments": {"city": "Atlantis"}},
        {"type": "tool_call", "id": "call_3", "name": "nowhere", "arguments": {}},
    ]
    assert messages(spans.call, "input") == [
        {"role": "system", "parts": [{"type": "text", "content": "Be brief."}]},
        {
            "role": "user",
            "parts": [
                {"type": "text", "content": "Rain?"},
                {"type": "uri", "modality": "image", "uri": "https://example.com/a.png"},
                {"type": "blob", "modality": "image", "mime_type": "image/png", "content": "AAAA"},
            ],
        },
        {"role": "assistant", "parts": asked[:1]},
        {"role": "tool", "parts": [{"type": "tool_call_response", "id": "call_1", "response": "Rain."}]},
    ]
    assert messages(spans.call, "output") == [{"role": "assistant", "parts": asked, "finish_reason": "tool_call"}]


def test_content_of_a_stream_is_what_came(call: MakesCaller) -> None:
    spans = Spans(capture_content=True)
    read(call(sends(*text("The capital ")), telemetry=spans.telemetry))
    part = {"type": "text", "content": "The capital "}
    span = spans.named(f"chat {MODEL}")
    assert messages(span, "output") == [{"role": "assistant", "parts": [part], "finish_reason": "error"}]


@pytest.mark.parametrize("streamed", [False, True])
def test_no_content_is_recorded_unasked(call: MakesCaller, streamed: bool) -> None:
    spans = Spans()
    caller = call(sends(*WHOLE) if streamed else ok(), telemetry=spans.telemetry)
    read(caller) if streamed else create(caller)
    assert len(spans.all) == 2
    assert not [span for span in spans.all if "apital" in span.to_json()]


# --- Metrics ---


def test_what_a_model_does_is_measured(call: MakesCaller) -> None:
    spans = Spans()
    read(call(sends(*WHOLE), telemetry=spans.telemetry))
    common = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "aurous",
        "gen_ai.request.model": MODEL,
        "gen_ai.response.model": MODEL,
        "server.address": "api.aurous-labs.com",
        "server.port": 443,
    }
    (duration,) = spans.metrics["gen_ai.client.operation.duration"]
    assert (duration.count, dict(duration.attributes)) == (1, common)
    (first_chunk,) = spans.metrics["gen_ai.client.operation.time_to_first_chunk"]
    assert (first_chunk.count, first_chunk.sum) == (1, 0.0)
    tokens = {point.attributes["gen_ai.token.type"]: point.sum for point in spans.metrics["gen_ai.client.token.usage"]}
    assert tokens == {"input": 12, "output": 24}
    (credits,) = spans.metrics["aurous.client.credits"]
    assert (credits.value, dict(credits.attributes)) == (0.0117, common)


def test_a_failure_is_measured_as_one(call: MakesCaller) -> None:
    spans = Spans()
    caught(create, call(error(402, "insufficient_credits"), telemetry=spans.telemetry))
    (duration,) = spans.metrics["gen_ai.client.operation.duration"]
    assert duration.attributes["error.type"] == "insufficient_credits"
    assert spans.metrics.keys() == {"gen_ai.client.operation.duration", "http.client.request.duration"}


def test_each_attempt_is_measured_with_labels_of_few_values(call: MakesCaller) -> None:
    spans = Spans()
    steps = (error(503, "a_code_of_today"), httpx.ReadTimeout("late"), Reply(200, b"<html>"), ok())
    caller = call(*steps, telemetry=spans.telemetry)
    caught(caller.retrieve)
    caller.retrieve()
    points = [dict(point.attributes) for point in spans.metrics["http.client.request.duration"]]
    assert [(each.get("http.response.status_code"), each.get("error.type")) for each in points] == [
        (503, "503"),
        (None, "APITimeoutError"),
        (200, "APIResponseError"),
        (200, None),
    ]
    assert {(each["aurous.operation"], each["http.request.method"], each["server.address"]) for each in points} == {
        ("chat.completions.retrieve", "GET", "api.aurous-labs.com")
    }


def test_a_code_that_is_not_documented_is_no_label(call: MakesCaller) -> None:
    spans = Spans()
    caught(call(error(404, "a_code_of_today"), telemetry=spans.telemetry).retrieve)
    assert attributes(spans.call)["error.type"] == "NotFoundError"


# --- A telemetry of one's own ---


class Plain:
    """A trace with the four methods that every one has."""

    def __init__(self, *call: str) -> None:
        self.told: list[tuple[Any, ...]] = [call]

    def request(self, number: int) -> None:
        self.told.append(("request", number))

    def response(self, attempt: Any) -> None:
        self.told.append(("response", attempt.status_code))

    def succeeded(self, result: Any) -> None:
        self.told.append(("succeeded", str(result.status)))

    def failed(self, error: BaseException | None) -> None:
        self.told.append(("failed", type(error).__name__))


@pytest.mark.parametrize(
    ("frames", "end"), [(WHOLE, ("succeeded", "completed")), (text("The "), ("failed", "StreamInterruptedError"))]
)
def test_a_telemetry_with_four_methods_sees_the_end_of_a_stream(
    call: MakesCaller, frames: list[bytes], end: tuple[str, str]
) -> None:
    traces: list[Plain] = []

    def telemetry(operation: str, method: str, url: str) -> Plain:
        traces.append(Plain(operation, method, url))
        return traces[-1]

    read(call(sends(*frames), telemetry=telemetry))
    (one,) = traces
    assert one.told[0] == ("chat.completions.create", "POST", "https://api.aurous-labs.com/v1/chat/completions")
    assert one.told[1:] == [("request", 1), ("response", 200), end]


_fresh = itertools.count()


class Broken:
    """A telemetry of which one part raises."""

    def __init__(self, part: str) -> None:
        self._part = part
        self.fails: type[Exception] = type(
            f"Broken{next(_fresh)}Error", (Exception,), {}
        )  # each kind is told once a process

    def __call__(self, *call: str) -> Any:
        self._do("call")
        return self

    def tool(self, tool: Any, call: Any, function: Any) -> Any:
        self._do("tool")
        return function

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *arguments: self._do(name)

    def _do(self, name: str) -> None:
        if name == self._part:
            raise self.fails(KEY)


@pytest.mark.parametrize("part", ["call", "body", "request", "response", "succeeded", "stream_ended", "tool"])
def test_a_telemetry_that_raises_breaks_no_call(call: MakesCaller, part: str, caplog: pytest.LogCaptureFixture) -> None:
    def get_weather(city: str) -> str:
        return city

    telemetry = Broken(part)
    caller = call(sends(*WHOLE), asks_for_tools(), ok(), telemetry=telemetry)
    assert read(caller).final is not None
    run = caller.run(lambda client: client.chat.completions.run(model=MODEL, messages="Rain?", tools=[get_weather]))
    assert next(each.value for each in run.messages if hasattr(each, "value")) == "Tokyo"
    records = [each.getMessage() for each in caplog.records if each.levelno == logging.WARNING]
    (line,) = [line for line in records if telemetry.fails.__name__ in line]
    assert KEY_BEGINS not in line
    where = "" if part == "call" else f" in {part}()"
    assert f"telemetry= raised {telemetry.fails.__name__}{where}: [api key]" in line


def test_a_telemetry_whose_exception_cannot_be_printed_breaks_no_call(
    call: MakesCaller, caplog: pytest.LogCaptureFixture
) -> None:
    def unreadable(error: Exception) -> str:
        raise ZeroDivisionError

    telemetry = Broken("response")
    telemetry.fails = type(telemetry.fails.__name__, (Exception,), {"__str__": unreadable})
    assert call(ok(), telemetry=telemetry).retrieve().is_completed
    assert f"telemetry= raised {telemetry.fails.__name__} in response(); the call goes on without it" in caplog.text


def test_a_telemetry_that_raises_does_not_hide_an_error(call: MakesCaller) -> None:
    assert caught(call(error(404, "resource_not_found"), telemetry=Broken("failed")).retrieve).status_code == 404
