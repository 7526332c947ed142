"""What the tests share: an environment that says nothing of Aurous or of proxies, and both clients from one script."""

import os
from importlib.util import find_spec

import pytest
from hypothesis import settings

from scripted import Driven, MakesCaller, async_caller, drive_async, drive_sync, sync_caller

# The frameworks of the examples are installed on one Python (group `recipes`).
collect_ignore = [] if find_spec("pydantic_ai") else ["recipes"]

# No test may depend on how fast a machine is, and the same commit gives the same verdict everywhere.
settings.register_profile("suite", deadline=None, derandomize=True, database=None)
settings.register_profile("hunt", deadline=None, max_examples=5000, print_blob=True)  # --hypothesis-profile=hunt
settings.load_profile("suite")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--every`, for a Python between those that run the whole suite."""
    parser.addoption("--every", type=int, default=1, metavar="N", help="run one test in N")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what `--every` leaves out, and begin with what takes longest, so that no worker ends alone with it.

    The sample is of what `-m` has left: where that is each fourth row of a table, each twelfth row may be none of them.
    """
    every = int(config.getoption("--every") or 1)
    if every > 1:
        config.hook.pytest_deselected(items=[item for number, item in enumerate(items) if number % every])
        items[:] = items[::every]
    items.sort(key=lambda item: item.get_closest_marker("delivery") is None)


@pytest.fixture(autouse=True)
def _clean_environment(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.node.get_closest_marker("delivery"):
        return  # installs for real, perhaps through a proxy
    for name in os.environ:
        if name.startswith("AUROUS_") or name.upper().endswith("_PROXY"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session", params=[sync_caller, async_caller], ids=["sync", "async"])
def call(request: pytest.FixtureRequest) -> MakesCaller:
    """Makes a client that follows a script, once for each kind of client."""
    maker: MakesCaller = request.param
    return maker


@pytest.fixture(scope="session", params=[drive_sync, drive_async], ids=["sync", "async"])
def driven(request: pytest.FixtureRequest) -> Driven:
    """Carries out a flow, once by each driver."""
    drive: Driven = request.param
    return drive
