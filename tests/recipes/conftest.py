"""What the tests of the recipes share: an emulator that the examples find through the environment."""

from collections.abc import Iterator

import pytest

from aurous.emulator import Emulator


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    with Emulator() as emulator:
        monkeypatch.setenv("AUROUS_API_KEY", emulator.api_key)
        monkeypatch.setenv("AUROUS_BASE_URL", emulator.base_url)
        yield emulator
