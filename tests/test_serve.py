"""The server for the app of a test: it begins with the block, and has ended after it, whatever is open."""

import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import anyio
import httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

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


def test_without_a_server_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(ModuleNotFoundError, match="pip install"), serve(FastAPI()):
        pass
