"""The server for the app of a test: it begins with the block, and has ended after it, whatever is open."""

import signal
import sys
import threading
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from aurous import ConfigurationError
from aurous.testing import serve


def app_of(told: list[str]) -> FastAPI:
    """An app that tells what becomes of it."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        told.append("begins")
        yield
        told.append("ends")

    async def forever() -> AsyncIterator[str]:
        yield "first"
        try:
            await anyio.sleep_forever()
        finally:
            told.append("cancelled")

    app = FastAPI(lifespan=lifespan)
    app.get("/stream")(lambda: StreamingResponse(forever()))
    return app


def test_the_app_lives_as_long_as_the_block() -> None:
    told: list[str] = []
    with serve(app_of(told)) as url, httpx.stream("GET", f"{url}/stream") as response:
        pieces = response.iter_text()
        assert next(pieces) == "first"
        assert told == ["begins"]
    assert told == ["begins", "cancelled", "ends"]
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_the_error_of_a_block_stays_what_it_is() -> None:
    told: list[str] = []
    with pytest.raises(LookupError), serve(app_of(told)):
        raise LookupError
    assert told == ["begins", "ends"]


def test_an_app_that_does_not_start_is_told() -> None:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        raise ZeroDivisionError
        yield

    with pytest.raises(RuntimeError, match="the app did not start"), serve(FastAPI(lifespan=lifespan)):
        pass


def endless_at(what: str, on_wait: str = "") -> FastAPI:
    """An app whose lifespan waits forever as it starts, or as it ends."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        if what == "startup":
            if on_wait == "interrupt":
                signal.raise_signal(signal.SIGINT)
            await anyio.sleep_forever()
        yield
        await anyio.sleep_forever()

    return FastAPI(lifespan=lifespan)


def serving_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "aurous-serve"]


@pytest.mark.parametrize(("what", "told"), [("startup", "did not start within"), ("shutdown", "did not end within")])
def test_an_app_that_waits_forever_is_told_and_ended(monkeypatch: pytest.MonkeyPatch, what: str, told: str) -> None:
    monkeypatch.setattr("aurous.testing._serving.BOUND", 0.3)
    with pytest.raises(RuntimeError, match=f"{told} .* {what} of its lifespan .* To do"), serve(endless_at(what)):
        assert what == "shutdown"
    assert not serving_threads()


def test_an_app_that_waits_forever_at_its_end_hides_no_error_of_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aurous.testing._serving.BOUND", 0.3)
    with pytest.raises(LookupError), serve(endless_at("shutdown")):
        raise LookupError
    assert not serving_threads()


def test_an_interrupt_while_the_app_starts_leaves_nothing() -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
    try:
        with pytest.raises(KeyboardInterrupt), serve(endless_at("startup", "interrupt")):
            pass
    finally:
        signal.signal(signal.SIGINT, before)
    assert not serving_threads()


@pytest.mark.parametrize("app", [None, 5, "module:app"])
def test_what_is_no_app_is_refused(app: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"app .* cannot be called; pass an ASGI app"), serve(app):
        pass


def test_a_loop_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"loop 'nope' is neither of asyncio, uvloop"):
        serve(FastAPI(), loop="nope").__enter__()


def test_without_a_server_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(ModuleNotFoundError, match="pip install"), serve(FastAPI()):
        pass
