"""Every fault of the table, with both clients and h11, as `aurous` is without an extra."""

import logging
from collections.abc import Iterator

import pytest

from aurous._http import connection
from aurous._http.h11 import H11Reader
from faults import page
from faults.model import Case
from faults.play import TABLE, Surroundings, play, play_async


@pytest.fixture(autouse=True)
def _h11(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "Reader", H11Reader)


@pytest.fixture
def surroundings(caplog: pytest.LogCaptureFixture) -> Iterator[Surroundings]:
    with caplog.at_level(logging.DEBUG):
        yield Surroundings(caplog)


@TABLE
def test_sync(case: Case, surroundings: Surroundings) -> None:
    play(case, case.expect, surroundings)


@TABLE
def test_async(case: Case, surroundings: Surroundings) -> None:
    play_async(case, case.expect, surroundings)


def test_the_page_on_faults_is_the_table() -> None:
    assert page.PAGE.read_text("utf-8") == page.rendered(), "run: python tests/faults/page.py"
