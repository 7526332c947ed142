"""Other transports in place of the SDK's own: what still holds over one that knows nothing of the SDK.

A transport of httpx's kind hands on a status, headers and a body. What the SDK makes of these is what the table of
faults says, whoever brought them. What is the work of the SDK's own connections (`docs/connections.md` lists it) is not
asked of others.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any

import httpx
import pytest

import canary
from aurous import APIResponseError, APITimeoutError, AsyncAurous, Aurous, ChatCompletion, Timeout
from aurous.emulator import Emulator, State, create_app
from faults.cases import CASES, Case, Kind
from faults.play import SAMPLED, SkippingClock
from faults.server import serve
from faults.verdict import judge
from scripted import ID, Caller, async_caller, caught, ok, sync_caller
from streams import WHOLE, read

KEY = "al_live_" + "7" * 64
LIMIT = 8 * 1024 * 1024
HANDED_ON = {Kind.STATUS, Kind.HINT, Kind.REDIRECT, Kind.ERROR_BODY, Kind.UNUSABLE, Kind.DRIFT, Kind.ENCODING}
"""Kinds of faults in which a transport has but to hand on what came."""

Handler = Callable[[httpx.Request], httpx.Response]


class Pieces(httpx.SyncByteStream):
    """The body of a response, as it comes."""

    def __init__(self, connection: HTTPConnection, response: HTTPResponse) -> None:
        self._connection = connection
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        while piece := self._response.read1(65_536):
            yield piece

    def close(self) -> None:
        self._response.close()
        self._connection.close()


class ForeignTransport(httpx.BaseTransport):
    """`http.client` in the shape of an httpx transport: one connection a request, and no word of the SDK."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        timeout = request.extensions["timeout"]["read"]
        connection = HTTPConnection(request.url.host, request.url.port, timeout=timeout)
        try:
            target = request.url.raw_path.decode("ascii")
            connection.request(request.method, target, request.read(), dict(request.headers))
            response = connection.getresponse()
        except HTTPException as error:
            connection.close()
            raise httpx.RemoteProtocolError(str(error)) from error
        except OSError as error:
            connection.close()
            raise httpx.NetworkError(str(error)) from error
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.getheaders()]
        return httpx.Response(response.status, headers=headers, stream=Pieces(connection, response))


# --- One that knows nothing of the SDK ---

# `http.client` loses a chunk that is cut off.
LOST = "error_cut_chunk_404"
FOREIGN = [case for case in CASES if case.kind in HANDED_ON and case.tls is None and case.name != LOST]


def tried(client: Aurous, asked: str) -> object:
    """What a call came to: its result or its error."""
    try:
        return client.chat.completions.retrieve(asked)
    except Exception as error:  # noqa: BLE001  # the judge tells ours from foreign ones
        return error


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=case.name, marks=[] if number % SAMPLED == 0 else pytest.mark.whole)
        for number, case in enumerate(FOREIGN)
    ],
)
def test_what_is_made_of_a_response_is_the_same_over_any_transport(
    case: Case, caplog: pytest.LogCaptureFixture
) -> None:
    clock = SkippingClock()
    options: dict[str, Any] = {
        "transport": ForeignTransport,
        "timeout": case.deadline,
        "max_response_bytes": LIMIT,
        "clock": clock,
    }
    with (
        caplog.at_level(logging.DEBUG),
        serve(case) as server,
        Aurous(KEY, base_url=server.base_url, **options) as client,
    ):
        asked = server.fresh_id(case)
        outcome = tried(client, asked)
        server.settle(asked)
        assert not judge(case.expect, asked, outcome, attempts=server.attempts(asked))
        if case.hint is not None:
            assert clock.slept == pytest.approx([case.hint] * len(clock.slept), abs=1)
        for expect in case.then:
            asked = server.fresh_id("ok")
            assert not judge(expect, asked, tried(client, asked))
        assert not canary.sightings(KEY, [*canary.of_outcome(outcome), *canary.of_records(caplog.records)])
        assert not [*server.unwelcome(KEY), *server.elsewhere_requests, *server.errors]


def test_the_emulator_serves_every_kind_of_result_over_another_transport() -> None:
    with (
        Emulator() as emulator,
        Aurous(emulator.api_key, base_url=emulator.base_url, transport=ForeignTransport) as client,
    ):
        assert client.chat.completions.retrieve(emulator.ids["completed"]).is_completed
        assert list(client.models.list())
        assert len(client.images.output.retrieve("img_01HXMQ7Z3K8Y2ABCDEFGHJKM", 0))


# --- Those of httpx ---


def answers(handler: Handler, **options: Any) -> list[Callable[[], ChatCompletion]]:
    """Retrieve over a function in place of the network, with both clients."""
    transport = httpx.MockTransport(handler)

    async def retrieve() -> ChatCompletion:
        async with AsyncAurous(KEY, transport=transport, **options) as client:
            return await client.chat.completions.retrieve(ID)

    return [
        lambda: Aurous(KEY, transport=transport, **options).chat.completions.retrieve(ID),
        lambda: asyncio.run(retrieve()),
    ]


def test_a_function_may_stand_for_the_network() -> None:
    for retrieve in answers(lambda request: httpx.Response(200, content=ok().body)):
        assert retrieve().is_completed


def test_a_redirect_is_not_followed_over_another_transport() -> None:
    seen: list[httpx.URL] = []

    def redirect(request: httpx.Request) -> httpx.Response:
        seen.append(request.url)
        return httpx.Response(302, headers={"Location": "https://elsewhere.example/"})

    for retrieve in answers(redirect):
        assert isinstance(caught(retrieve), APIResponseError)
    assert {url.host for url in seen} == {"api.aurous-labs.com"}
    assert len(seen) == 2


def test_a_response_with_another_id_is_an_error_over_another_transport() -> None:
    for retrieve in answers(lambda request: httpx.Response(200, content=ok().body.replace(ID.encode(), b"cmp_other"))):
        assert isinstance(caught(retrieve), APIResponseError)


def test_another_transport_is_told_the_limits_of_a_request() -> None:
    told: list[dict[str, float]] = []

    def note(request: httpx.Request) -> httpx.Response:
        told.append(request.extensions["timeout"])
        return httpx.Response(200, content=ok().body)

    for retrieve in answers(note, timeout=Timeout(20, connect=5, read=30)):
        retrieve()
    assert [limits["connect"] for limits in told] == [5, 5]
    assert all(19 < limits[name] <= 20 for limits in told for name in ("read", "write", "pool"))


class Endless(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body that never ends, in pieces that come at once."""

    def __iter__(self) -> Iterator[bytes]:
        while True:
            yield b" "

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            yield b" "


def test_the_deadline_is_looked_at_between_the_pieces_of_a_body() -> None:
    for retrieve in answers(lambda request: httpx.Response(200, stream=Endless()), timeout=0.05, max_retries=0):
        assert isinstance(caught(retrieve), APITimeoutError)


class FailsToClose(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body whose end is an error of its own."""

    def __iter__(self) -> Iterator[bytes]:
        yield from WHOLE

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in WHOLE:
            yield piece

    def close(self) -> None:
        raise OSError

    async def aclose(self) -> None:
        raise OSError


@pytest.mark.parametrize("caller", [sync_caller, async_caller])
def test_a_stream_that_came_is_whole_though_closing_it_fails(caller: Callable[..., Caller]) -> None:
    headers = {"Content-Type": "text/event-stream"}
    transport = httpx.MockTransport(lambda request: httpx.Response(200, headers=headers, stream=FailsToClose()))
    found = read(caller(transport=transport))
    assert found.final is not None
    assert found.final.text == "The capital is Tokyo."


def test_an_app_may_stand_for_the_api() -> None:
    state = State()

    async def main() -> None:
        transport = httpx.ASGITransport(create_app(state))
        async with AsyncAurous(state.api_key, base_url="http://localhost", transport=transport) as client:
            assert (await client.chat.completions.retrieve(state.ids["completed"])).is_completed
            assert len(await client.images.output.retrieve("img_01HXMQ7Z3K8Y2ABCDEFGHJKM", 0))

    asyncio.run(main())


Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]


def test_the_body_of_an_app_is_held_back_until_it_is_whole() -> None:
    sent: list[int] = []

    async def app(scope: Message, receive: Receive, send: Callable[[Message], Awaitable[None]]) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for number in range(3):
            await send({"type": "http.response.body", "body": bytes(1000), "more_body": True})
            sent.append(number)
        await send({"type": "http.response.body", "body": b""})

    async def main() -> None:
        transport = httpx.ASGITransport(app)
        async with AsyncAurous(KEY, transport=transport, max_response_bytes=1000, max_retries=0) as client:
            with pytest.raises(APIResponseError, match="1000"):
                await client.chat.completions.retrieve(ID)

    asyncio.run(main())
    assert sent == [0, 1, 2]
