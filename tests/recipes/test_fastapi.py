"""The service of the FastAPI recipe, over real sockets."""

import json
import queue
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from aurous import Aurous, StreamEndEvent
from aurous.emulator import Emulator, Refusal, Streaming
from aurous.testing import serve
from fastapi_service import app

HANGS = 10
"""Seconds after which a test has hung."""

ANSWER = "The capital of Japan is Tokyo."
QUESTION = {"text": "Capital of Japan?"}


@pytest.fixture
def caller(emulator: Emulator) -> Iterator[httpx.Client]:
    with serve(app) as url, httpx.Client(base_url=url, timeout=HANGS) as caller:
        yield caller


def events(lines: Iterator[str]) -> Iterator[tuple[str, Any, str]]:
    """The name, the data and the id of each event."""
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        else:
            yield fields["event"], json.loads(fields["data"]), fields.get("id", "")
            fields = {}


def test_an_answer_is_the_completion(caller: httpx.Client, emulator: Emulator) -> None:
    emulator.answers(ANSWER)
    response = caller.post("/answers", json=QUESTION)
    assert response.status_code == 200
    with Aurous() as client:
        assert response.json() == client.chat.completions.retrieve(response.json()["id"]).to_dict()


def test_the_schema_of_an_answer_is_that_of_an_object(caller: httpx.Client) -> None:
    responses = caller.get("/openapi.json").json()["paths"]["/answers"]["post"]["responses"]
    assert responses["200"]["content"]["application/json"]["schema"]["type"] == "object"


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (Refusal(code="max_input_tokens_exceeded"), 422),
        (Refusal(code="too_many_requests", retry_after=3600), 503),
        (Refusal(code="balance_too_low"), 502),
    ],
    ids=lambda value: str(getattr(value, "code", value)),
)
def test_an_error_is_a_response(caller: httpx.Client, emulator: Emulator, refusal: Refusal, status: int) -> None:
    emulator.fail(code=refusal.code, retry_after=refusal.retry_after, times=None)
    response = caller.post("/answers", json=QUESTION)
    assert (response.status_code, response.json()["error"]["code"]) == (status, refusal.code)
    assert response.headers.get("Retry-After") == (None if refusal.retry_after is None else str(refusal.retry_after))
    assert emulator.api_key not in response.text


def test_a_stream_ends_with_what_it_cost(caller: httpx.Client, emulator: Emulator) -> None:
    emulator.answers(ANSWER)
    with caller.stream("POST", "/streams", json=QUESTION) as response:
        *pieces, (name, end, _) = events(response.iter_lines())
    assert response.headers["Content-Type"].startswith("text/event-stream")
    assert "".join(data for _, data, _ in pieces) == ANSWER
    with Aurous() as client:
        record = client.chat.completions.retrieve(pieces[0][2])
    assert (name, end) == ("end", {"id": record.id, "receipt": record.receipt.as_dict()})


def test_a_stream_that_breaks_off_says_so(caller: httpx.Client, emulator: Emulator) -> None:
    emulator.answers(ANSWER, streaming=Streaming(end="error", end_after=3))
    with caller.stream("POST", "/streams", json=QUESTION) as response:
        *pieces, (name, error, _) = events(response.iter_lines())
    assert "".join(data for _, data, _ in pieces) == ANSWER[:16]
    assert (name, error["code"]) == ("error", "chat_provider_unavailable")


# --- In threads ---


def test_a_stream_that_threads_read_is_relayed_until_the_caller_leaves(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fastapi_threads  # noqa: PLC0415  # its client is made when it is imported

    ended: queue.Queue[StreamEndEvent] = queue.Queue()
    client = Aurous(on_stream_end=ended.put)
    monkeypatch.setattr(fastapi_threads, "client", client)
    with client, serve(fastapi_threads.app) as url, httpx.Client(base_url=url, timeout=HANGS) as caller:
        emulator.answers(ANSWER)
        assert caller.post("/streams", json="Capital of Japan?").text == ANSWER
        assert ended.get(timeout=HANGS).completion.is_completed

        emulator.answers(ANSWER, streaming=Streaming(end="stall", end_after=3))
        with caller.stream("POST", "/streams", json="Capital of Japan?") as response:
            next(response.iter_text())
        left = ended.get(timeout=HANGS).completion
        assert client.chat.completions.wait(left.id, timeout=HANGS, poll_interval=0.01).is_cancelled
