"""Every fault of the table, with both clients and llhttp, as `aurous[speed]` is; the asynchronous one on uvloop."""

import logging
import sys
from collections.abc import Iterator

import pytest

from aurous._http import connection
from faults.model import Case
from faults.play import TABLE, Surroundings, play, play_async

if sys.platform != "win32":
    from uvloop import new_event_loop
else:
    from asyncio import new_event_loop


@pytest.fixture(autouse=True)
def _llhttp() -> None:
    assert connection.Reader.__name__ == "LlhttpReader"


@pytest.fixture
def surroundings(caplog: pytest.LogCaptureFixture) -> Iterator[Surroundings]:
    with caplog.at_level(logging.DEBUG):
        yield Surroundings(caplog)


@TABLE
def test_sync(case: Case, surroundings: Surroundings) -> None:
    play(case, case.with_speed or case.expect, surroundings)


@TABLE
def test_async(case: Case, surroundings: Surroundings) -> None:
    play_async(case, case.with_speed or case.expect, surroundings, new_event_loop)
