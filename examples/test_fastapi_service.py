"""Tests of the service: of an answer, and of a browser that leaves in the middle of a stream."""

import httpx

from aurous import Aurous
from aurous.emulator import Emulator, Streaming
from aurous.testing import FakeClock, serve
from fastapi_service import app

ANSWER = "The capital of Japan is Tokyo."
QUESTION = {"text": "Capital of Japan?"}


def test_an_answer(aurous_env: Emulator) -> None:
    aurous_env.answers(ANSWER)
    with serve(app) as url:
        response = httpx.post(f"{url}/answers", json=QUESTION)
    assert response.json()["choices"][0]["message"]["content"] == ANSWER


def test_a_browser_that_leaves_ends_the_stream_and_its_bill(aurous_env: Emulator, aurous_clock: FakeClock) -> None:
    aurous_env.answers(ANSWER, streaming=Streaming(end="stall", end_after=3))
    with (
        aurous_clock.hold(),  # time stands until the browser has left
        serve(app) as url,
        httpx.stream("POST", f"{url}/streams", json=QUESTION) as response,
    ):
        id = next(line.removeprefix("id: ") for line in response.iter_lines() if line.startswith("id: "))
    with Aurous() as client:
        record = client.chat.completions.wait(id)
    assert record.is_cancelled
    assert record.text is not None
    assert ANSWER.startswith(record.text)
