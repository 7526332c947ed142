"""pytest fixtures: put `pytest_plugins = ["aurous.emulator.fixtures"]` in the `conftest.py` at the root of your tests.

- `aurous_emulator`: an `Emulator` in its first state, for one test. One server is shared by the run.
- `aurous_environment`: the same, with `AUROUS_API_KEY` and `AUROUS_BASE_URL` set, so that `Aurous()` finds it.
- `aurous_clock`: its clock, to be moved on with `aurous_clock.advance(seconds)`. Override the fixture with one that
  returns `Clock(start=…)` where time should stand still in between.
"""

from collections.abc import Iterator

import pytest

from . import Clock, Emulator


@pytest.fixture(scope="session")
def aurous_emulator_server() -> Iterator[Emulator]:
    """The server that the tests of a run share. Use `aurous_emulator` in a test."""
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def aurous_clock() -> Clock:
    """The clock of `aurous_emulator`: the machine's, and a test can move it on."""
    return Clock()


@pytest.fixture
def aurous_emulator(aurous_emulator_server: Emulator, aurous_clock: Clock) -> Emulator:
    """An emulator in its first state."""
    aurous_emulator_server.reset(clock=aurous_clock)
    return aurous_emulator_server


@pytest.fixture
def aurous_environment(aurous_emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """An emulator in its first state, which `Aurous()` and `AsyncAurous()` find through the environment."""
    monkeypatch.setenv("AUROUS_API_KEY", aurous_emulator.api_key)
    monkeypatch.setenv("AUROUS_BASE_URL", aurous_emulator.base_url)
    monkeypatch.delenv("AUROUS_API_VERSION", raising=False)
    return aurous_emulator
