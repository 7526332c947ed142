"""Tests of the service: of an answer, and of a browser that leaves in the middle of a stream."""

import socket
import threading
from collections.abc import Iterator

import httpx
import pytest
import uvicorn
from fastapi.testclient import TestClient

from aurous import Aurous, Clock
from aurous.emulator import Emulator, Streaming
from fastapi_service import app

ANSWER = "The capital of Japan is Tokyo."
QUESTION = {"text": "Capital of Japan?"}


@pytest.fixture
def aurous_clock() -> Clock:
    """The time of the machine: a browser leaves by that, and a `FakeClock` would have jumped on by then."""
    return Clock()


def test_an_answer(aurous_env: Emulator) -> None:
    aurous_env.answers(ANSWER)
    with TestClient(app) as caller:
        response = caller.post("/answers", json=QUESTION)
    assert response.json()["choices"][0]["message"]["content"] == ANSWER


@pytest.fixture
def url(aurous_env: Emulator) -> Iterator[str]:
    """The service on a socket: `TestClient` gives a stream as a whole, and nobody could leave it."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join()


def test_a_browser_that_leaves_ends_the_stream_and_its_bill(aurous_env: Emulator, url: str) -> None:
    aurous_env.answers(ANSWER, streaming=Streaming(end="stall", end_after=3))
    with httpx.stream("POST", f"{url}/streams", json=QUESTION) as response:
        id = next(line.removeprefix("id: ") for line in response.iter_lines() if line.startswith("id: "))
    with Aurous() as client:
        record = client.chat.completions.wait(id, timeout=10, poll_interval=0.01)
    assert record.is_cancelled
    assert record.text is not None
    assert ANSWER.startswith(record.text)
