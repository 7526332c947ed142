"""Recorders and mocks of httpx's world stand in the way of the SDK's own connections, wherever they patch."""

import asyncio
import functools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pook
import pytest
import respx
from pytest_httpx import HTTPXMock

from aurous import AsyncAurous, Aurous
from scripted import ID, completion

KEY = "al_live_" + "r" * 64
URL = f"https://api.example.test/v1/chat/completions/{ID}"
BODY = json.dumps(completion()).encode()

Ask = Callable[[], Any]


def ask_sync() -> Any:
    with Aurous(KEY, base_url="https://api.example.test", max_retries=0) as client:
        return client.chat.completions.retrieve(ID)


def ask_async() -> Any:
    async def main() -> Any:
        async with AsyncAurous(KEY, base_url="https://api.example.test", max_retries=0) as client:
            return await client.chat.completions.retrieve(ID)

    return asyncio.run(main())


BOTH = pytest.mark.parametrize("ask", [ask_sync, ask_async], ids=["sync", "async"])


@contextmanager
def with_respx() -> Iterator[None]:
    with respx.mock:
        respx.get(URL).mock(httpx.Response(200, content=BODY))
        yield


@contextmanager
def with_respx_in_httpx() -> Iterator[None]:
    with respx.mock(using="httpx"):
        respx.get(URL).mock(httpx.Response(200, content=BODY))
        yield


@contextmanager
def with_pook() -> Iterator[None]:
    with pook.use():
        pook.get(URL).times(2).reply(200).body(BODY)
        yield


@BOTH
@pytest.mark.parametrize("mock", [with_respx, with_pook])
def test_a_mock_serves_the_response(ask: Ask, mock: Callable[[], Any]) -> None:
    with mock():
        assert ask().id == ID


@BOTH
def test_pytest_httpx_serves_the_response(ask: Ask, httpx_mock: HTTPXMock) -> None:
    httpx_mock.add_response(url=URL, content=BODY)
    assert ask().id == ID
    assert httpx_mock.get_requests()[0].headers["X-Api-Key"] == KEY


@BOTH
def test_after_a_mock_the_connections_are_the_sdks_own_again(ask: Ask) -> None:
    from aurous._http import recorders  # noqa: PLC0415

    with with_respx():
        ask()
        assert recorders.is_one_there()
    assert not recorders.is_one_there()


def test_what_only_watches_is_no_recorder(monkeypatch: pytest.MonkeyPatch) -> None:
    from aurous._http import recorders  # noqa: PLC0415

    send = httpx.Client.send

    @functools.wraps(send)
    def watched(self: httpx.Client, *arguments: Any, **options: Any) -> httpx.Response:  # as Sentry does
        return send(self, *arguments, **options)

    monkeypatch.setattr(httpx.Client, "send", watched)
    assert not recorders.is_one_there()
