"""Spans of calls, as OpenTelemetry collects them: one a call, one an attempt within it, no content unless asked for."""

import asyncio
import contextlib
import json
from typing import Any

import httpx
import pytest

pytest.importorskip("opentelemetry.sdk", reason="needs the OpenTelemetry SDK")

from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from aurous import AurousError
from aurous.otel import OpenTelemetry
from scripted import (
    ID,
    KEY,
    KEY_BEGINS,
    AsyncCaller,
    FakeClock,
    MakesCaller,
    Reply,
    async_caller,
    caught,
    completion,
    error,
    ok,
    reply,
)


class Spans:
    """A telemetry that keeps its spans."""

    def __init__(self, **options: Any) -> None:
        self._exporter = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.telemetry = OpenTelemetry(provider, **options)

    @property
    def all(self) -> list[ReadableSpan]:
        return list(self._exporter.get_finished_spans())

    @property
    def call(self) -> ReadableSpan:
        (span,) = (span for span in self.all if span.parent is None)
        return span

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


def test_the_span_of_a_call_tells_what_it_brought(call: MakesCaller) -> None:
    spans = Spans()
    call(ok(), telemetry=spans.telemetry).retrieve()
    told = attributes(spans.call)
    assert told["gen_ai.response.id"] == ID
    assert told["gen_ai.response.model"] == "aurous-grow-2.0-pro"
    assert (told["gen_ai.usage.input_tokens"], told["gen_ai.usage.output_tokens"]) == (12, 24)
    assert told["gen_ai.response.finish_reasons"] == ("stop",)


@pytest.mark.parametrize(("capture", "there"), [(False, False), (True, True)])
def test_content_is_recorded_only_where_it_was_asked_for(call: MakesCaller, capture: bool, there: bool) -> None:
    spans = Spans(capture_content=capture)
    call(ok(), telemetry=spans.telemetry).retrieve()
    assert ("Tokyo" in spans.call.to_json()) is there
    assert all("Tokyo" not in span.to_json() for span in spans.attempts)


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
