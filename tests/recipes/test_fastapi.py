"""The service of the FastAPI recipe, over real sockets."""

import json
import logging
import queue
from collections.abc import Iterator
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from logging.handlers import QueueHandler
from threading import Event
from typing import Any

import httpx
import pytest

import aurous
from aurous import (
    Aurous,
    AurousError,
    Budget,
    BudgetExceededError,
    ConfigurationError,
    InsufficientCreditsError,
    StreamEndEvent,
)
from aurous.emulator import Emulator, Refusal, StreamEnd, Streaming
from aurous.testing import FakeClock, serve
from fastapi_service import STATUSES, app, status_of

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


def test_an_answer_is_found_again(caller: httpx.Client, emulator: Emulator) -> None:
    answer = caller.post("/answers", json=QUESTION).json()
    assert caller.get(f"/answers/{answer['id']}").json() == answer
    assert caller.get("/answers/cmp_nowhere").status_code == 404


# --- Errors ---

REFUSALS = [
    (Refusal(code="max_input_tokens_exceeded"), 422),
    (Refusal(code="too_many_requests", retry_after=3600), 429),
    (Refusal(code="balance_too_low"), 503),
    (Refusal(code="invalid_api_key"), 502),
]


@pytest.mark.parametrize("route", ["/answers", "/streams"])
@pytest.mark.parametrize(("refusal", "status"), REFUSALS, ids=lambda value: str(getattr(value, "code", value)))
def test_an_error_is_a_response(
    caller: httpx.Client, emulator: Emulator, route: str, refusal: Refusal, status: int
) -> None:
    emulator.fail(code=refusal.code, retry_after=refusal.retry_after, times=None)
    response = caller.post(route, json=QUESTION)
    assert (response.status_code, response.json()["error"]["code"]) == (status, refusal.code)
    assert response.headers.get("Retry-After") == (None if refusal.retry_after is None else str(refusal.retry_after))
    assert emulator.api_key not in response.text


def test_every_class_of_error_has_a_status() -> None:
    public: list[Any] = [getattr(aurous, name) for name in aurous.__all__]
    assert {each for each in public if isinstance(each, type) and issubclass(each, AurousError)} == STATUSES.keys()


def test_an_argument_that_cannot_be_is_the_callers_and_a_missing_key_is_not() -> None:
    assert status_of(ConfigurationError("id 'a b' is none", param="id")) == 422
    assert status_of(ConfigurationError("no API key")) == 500


def test_a_balance_that_is_too_low_is_no_limit_of_the_caller(emulator: Emulator) -> None:
    def status(client: Aurous, expected: type[AurousError]) -> int:
        with pytest.raises(expected) as refused:
            client.chat.completions.create(model="aurous-grow-2.0-pro", messages="Capital of Japan?", max_tokens=64)
        return status_of(refused.value)

    emulator.set_credits("0")
    with Aurous(budget=Budget(credits="1")) as client:
        assert status(client, InsufficientCreditsError) == 503
        assert status(client, BudgetExceededError) == 503  # without a request
        assert status(client.with_options(budget=Budget(credits="0")), BudgetExceededError) == 402


def test_a_new_class_of_error_has_the_status_of_its_base() -> None:
    class LocatedError(aurous.NotFoundError):
        pass

    assert status_of(LocatedError("elsewhere")) == 404


# --- Streams ---


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


@pytest.fixture
def said() -> Iterator[queue.Queue[logging.LogRecord]]:
    """What the service logs."""
    said: queue.Queue[logging.LogRecord] = queue.Queue()
    logger, handler = logging.getLogger("fastapi_service"), QueueHandler(said)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield said
    logger.removeHandler(handler)


@pytest.mark.parametrize(("end", "status"), [("stall", "cancelled"), ("error", "failed"), ("done", "completed")])
def test_the_bill_of_a_stream_is_settled_however_it_ends(
    caller: httpx.Client, emulator: Emulator, said: queue.Queue[logging.LogRecord], end: StreamEnd, status: str
) -> None:
    emulator.answers(ANSWER, streaming=Streaming(end=end, end_after=None if end == "done" else 3))
    with caller.stream("POST", "/streams", json=QUESTION) as response:
        coming = events(response.iter_lines())
        (_, _, id) = next(coming)
        if end != "stall":  # there, the caller leaves
            list(coming)
    bill = said.get(timeout=HANGS).getMessage()
    with Aurous() as client:
        record = client.chat.completions.retrieve(id)
    assert record.status == status
    assert bill == f"{id} {status}: {record.receipt.credits} credits"


def test_the_bill_of_a_stream_that_a_shutdown_cuts_off_is_settled(
    emulator: Emulator, said: queue.Queue[logging.LogRecord]
) -> None:
    emulator.answers(ANSWER, streaming=Streaming(end="stall", end_after=3))
    with httpx.Client(timeout=HANGS) as caller, ExitStack() as open_until_then:
        with serve(app) as url:
            response = open_until_then.enter_context(caller.stream("POST", f"{url}/streams", json=QUESTION))
            lines = response.iter_lines()
            (_, _, id) = next(events(lines))
        assert said.get_nowait().getMessage().startswith(f"{id} cancelled: ")


def test_a_browser_that_leaves_before_the_api_responds_ends_the_stream_when_it_does(
    aurous_env: Emulator, aurous_clock: FakeClock, said: queue.Queue[logging.LogRecord]
) -> None:
    asked = Event()

    def is_asked(_: object) -> bool:
        asked.set()
        return True

    aurous_env.answers(ANSWER, after=60, streaming=Streaming(end="stall", end_after=3), when=is_asked)
    with aurous_clock.hold(), serve(app) as url:
        with closing(HTTPConnection(url.removeprefix("http://"), timeout=HANGS)) as browser:
            browser.request("POST", "/streams", json.dumps(QUESTION), {"Content-Type": "application/json"})
            assert asked.wait(HANGS)
        aurous_clock.advance(60)
        bill = said.get(timeout=HANGS).getMessage()
    with Aurous() as client:
        record = client.chat.completions.retrieve(bill.partition(" ")[0])
    assert record.is_cancelled
    assert bill == f"{record.id} cancelled: {record.receipt.credits} credits"


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
