"""Clients in worker processes: Celery, and pools of processes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery.contrib.testing.worker import start_worker
from celery.signals import setup_logging

from aurous import ChatCompletion
from aurous.emulator import Emulator

HANGS = 10
"""Seconds after which a test has hung."""

EXAMPLES = Path(__file__).parents[2] / "examples"


def leave_logging_alone(**_: object) -> None:
    """Else Celery gives the root logger a level for good, and the tests that follow in this process see no warning."""


@pytest.fixture(scope="module")
def worker() -> Iterator[tuple[Any, Emulator]]:
    """A worker in a thread, with the module of its tasks, and the emulator that it asks."""
    with Emulator() as emulator, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUROUS_API_KEY", emulator.api_key)
        patch.setenv("AUROUS_BASE_URL", emulator.base_url)
        import celery_tasks  # noqa: PLC0415  # its client is made when it is imported

        celery_tasks.app.conf.update(
            broker_url="memory://",
            broker_transport_options={"polling_interval": 0.01},
            result_backend="cache+memory://",
        )
        setup_logging.connect(leave_logging_alone)
        running: Any = start_worker(celery_tasks.app, perform_ping_check=False, shutdown_timeout=HANGS)
        with celery_tasks.client, running:
            yield celery_tasks, emulator


@pytest.fixture
def answer(worker: tuple[Any, Emulator]) -> Any:
    """The task."""
    tasks, emulator = worker
    emulator.reset()
    return tasks.answer


@pytest.fixture
def asked(worker: tuple[Any, Emulator]) -> Emulator:
    """The emulator that the worker asks."""
    return worker[1]


def result_of(delivered: Any) -> Any:
    return delivered.get(timeout=HANGS, interval=0.01)


def test_a_task_answers_with_plain_data(answer: Any) -> None:
    result = result_of(answer.delay("Capital of Japan?"))
    assert ChatCompletion.from_dict(result).text == "You asked: Capital of Japan?"


def test_a_task_that_is_delivered_twice_is_billed_once(answer: Any, asked: Emulator) -> None:
    results: list[Any] = []
    for _ in range(2):
        delivered = answer.apply_async(["Capital of Japan?"], task_id="3f0c9a52-6a1e-4b0f-9c47-2f1e5d8a9b30")
        results.append(result_of(delivered))
        delivered.forget()
    assert results[0] == results[1]
    assert [request.status for request in asked.requests] == [200, 200]
    assert len({request.headers["idempotency-key"] for request in asked.requests}) == 1


def test_a_failure_that_may_pass_is_tried_again_later(answer: Any, asked: Emulator) -> None:
    asked.fail(code="too_many_requests", retry_after=0, times=3)
    result = result_of(answer.delay("Capital of Japan?"))
    assert result["status"] == "completed"
    assert [request.status for request in asked.requests] == [429, 429, 429, 200]


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_a_pool_of_processes_answers(emulator: Emulator, method: str) -> None:
    command = [sys.executable, "-c", f"import process_pool; process_pool.main({method!r})"]
    path = os.pathsep.join([str(EXAMPLES), *sys.path])
    said = subprocess.check_output(command, env={**os.environ, "PYTHONPATH": path}, text=True)
    assert said == "You asked: Capital of Japan? 0.00353\nYou asked: Capital of Peru? 0.00345\n"
