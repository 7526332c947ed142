"""The pytest plugin: fixtures for the tests of what uses the SDK. pytest finds it by itself, once the SDK is installed.

- `aurous_emulator`: an `Emulator` in its first state, for one test. One server is shared by the run.
- `aurous_client`, `async_aurous_client`: clients of it.
- `aurous_env`: `AUROUS_API_KEY` and `AUROUS_BASE_URL` lead to it, for code that makes its own client.
- `aurous_clock`: the time of all of them. It jumps; nobody waits.
- `aurous_canary`: a key that is to show nowhere; the test fails where it does.

The traceback of an error of the SDK ends where the test called it; `--full-trace` shows the rest.

Each is imported when a test asks for it. Override one by a fixture of the same name. `-p no:aurous` switches all off.
"""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from aurous import AsyncAurous, Aurous, Clock
    from aurous.emulator import Emulator
    from aurous.testing import Canary

_CANARY: Final = pytest.StashKey["Canary"]()
"""That of a test."""


@pytest.fixture
def aurous_clock() -> Iterator[Clock]:
    """The time of the emulator and its clients: a `FakeClock`, which jumps to what is due next when all sleep.

    Override it with one that returns `aurous.Clock()` for the time of the machine.
    """
    from aurous.testing import FakeClock  # noqa: PLC0415

    clock = FakeClock()
    yield clock
    clock.end()


@pytest.fixture(scope="session")
def aurous_emulator_server() -> Iterator[Emulator]:
    """The server that the tests of a run share, for fixtures that live longer than a test."""
    try:
        from aurous.emulator import Emulator  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def aurous_api_key(request: pytest.FixtureRequest) -> str:
    """The key of the clients: the canary where a test has one, or else the key that comes with the emulator."""
    if "aurous_canary" in request.fixturenames:
        canary: Canary = request.getfixturevalue("aurous_canary")
        return canary.key
    emulator: Emulator = request.getfixturevalue("aurous_emulator_server")
    return emulator.api_key


@pytest.fixture
def aurous_emulator(aurous_emulator_server: Emulator, aurous_clock: Clock, aurous_api_key: str) -> Iterator[Emulator]:
    """An emulator in its first state, on `aurous_clock`. It is not the vendor's server."""
    from aurous import Clock  # noqa: PLC0415

    emulator = aurous_emulator_server
    emulator.reset(clock=aurous_clock)
    if aurous_api_key not in emulator.keys:
        emulator.add_key(aurous_api_key)
    yield emulator
    emulator.reset(clock=Clock())


@pytest.fixture
def aurous_client(aurous_emulator: Emulator, aurous_clock: Clock, aurous_api_key: str) -> Iterator[Aurous]:
    """A client of `aurous_emulator`, on `aurous_clock`."""
    from aurous import Aurous  # noqa: PLC0415

    with Aurous(aurous_api_key, base_url=aurous_emulator.base_url, clock=aurous_clock) as client:
        yield client


@pytest.fixture
def async_aurous_client(aurous_emulator: Emulator, aurous_clock: Clock, aurous_api_key: str) -> Iterator[AsyncAurous]:
    """An asynchronous client of `aurous_emulator`, on `aurous_clock`, for any event loop, of any plugin or of the test.

    Its connections end with the event loop, or with the test.
    """
    from aurous import AsyncAurous  # noqa: PLC0415

    client = AsyncAurous(aurous_api_key, base_url=aurous_emulator.base_url, clock=aurous_clock)
    yield client
    # A fixture that is no coroutine cannot await close().
    client._caller.pools.abandon()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]


@pytest.fixture
def aurous_env(
    aurous_emulator: Emulator, aurous_clock: Clock, aurous_api_key: str, monkeypatch: pytest.MonkeyPatch
) -> Emulator:
    """`aurous_emulator`, to which `Aurous()` and `AsyncAurous()` lead without arguments, on `aurous_clock`."""
    monkeypatch.setenv("AUROUS_API_KEY", aurous_api_key)
    monkeypatch.setenv("AUROUS_BASE_URL", aurous_emulator.base_url)
    monkeypatch.delenv("AUROUS_API_VERSION", raising=False)
    monkeypatch.setattr("aurous._config.new_clock", lambda: aurous_clock)
    return aurous_emulator


@pytest.fixture
def aurous_canary(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Canary]:
    """A key that is to show nowhere, set as `AUROUS_API_KEY` and used by the clients of the other fixtures.

    The test fails where the key shows: in a log record, in captured output, in the error that the test ends with, or in
    a file that was written below `tmp_path` or a folder given to `watch`.
    """
    from aurous.testing import Canary  # noqa: PLC0415

    canary = Canary()
    monkeypatch.setenv("AUROUS_API_KEY", canary.key)
    request.node.stash[_CANARY] = canary
    if "tmp_path" in request.fixturenames:
        canary.watch(request.getfixturevalue("tmp_path"))
    with canary.listening():
        yield canary


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Let the canary watch a `tmp_path` that a test asks for when it is under way."""
    value: Any = yield
    canary = request.node.stash.get(_CANARY, None) if fixturedef.argname == "tmp_path" else None
    if canary is not None:
        canary.watch(value)
    return value


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let a test fail in which the canary was seen; of an error of the SDK, hide the frames inside it."""
    with pytest.MonkeyPatch.context() as patch:
        for namespace in _inside(call.excinfo):
            patch.setitem(namespace, "__tracebackhide__", True)  # noqa: FBT003
        report = yield
    canary = item.stash.get(_CANARY, None)
    if canary is None:
        return report
    seen = canary.sightings(
        error=call.excinfo.value if call.excinfo is not None else None,
        texts=report.sections,
    )
    if seen:
        report.outcome = "failed"
        report.longrepr = "\n".join(["The key (aurous_canary) shows:", *seen])
    return report


def _inside(excinfo: pytest.ExceptionInfo[BaseException] | None) -> Iterator[dict[str, Any]]:
    """The namespaces of the SDK in the traceback of an error that it raises: what to do stands in the message."""
    errors = sys.modules.get("aurous._errors")
    if excinfo is None or errors is None or not isinstance(excinfo.value, errors.AurousError):
        return
    for entry in excinfo.traceback:
        namespace = entry.frame.f_globals
        if str(namespace.get("__name__")).partition(".")[0] in ("aurous", "aurous_api"):
            yield namespace
