"""The two drivers: they carry out what a flow asks for, one in the calling thread, one on the running event loop."""

from __future__ import annotations

import asyncio
import inspect
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

import httpx

from aurous._engine.effects import DropConnections, Flow, Notify, Send, Sleep
from aurous._http.body import BodyReader
from aurous._http.sockets import Limits
from aurous._http.transport import DEADLINE, AsyncTransport, IncomingResponse, Transport
from aurous._http.wire import Failure, Response, failure_of

if TYPE_CHECKING:
    from aurous._clock import Clock
    from aurous._http.pools import LoopPools, ProcessPools
    from aurous._secret import Secret

T = TypeVar("T")

_CLOSING: Final = 0.25
"""Seconds that closing a response may take."""


def drive(flow: Flow[T], pools: ProcessPools, clock: Clock, secret: Secret) -> T:
    """Run a flow to its end in the calling thread."""
    outcome: Any = None
    try:
        while True:
            try:
                effect, outcome = flow.send(outcome), None
            except StopIteration as stop:
                result: T = stop.value
                return result
            if isinstance(effect, Send):
                if effect.request.leaves_origin:
                    with pools.elsewhere(effect.request.url) as transport:
                        outcome = _send(effect, transport, secret)
                else:
                    outcome = _send(effect, pools.current(), secret)
            elif isinstance(effect, Sleep):
                clock.sleep(effect.seconds)
            elif isinstance(effect, Notify):
                effect.function(effect.argument)
            else:
                _drop(effect, pools.current())
    finally:
        flow.close()


async def drive_async(flow: Flow[T], pools: LoopPools, clock: Clock, secret: Secret) -> T:
    """Run a flow to its end on the running event loop."""
    outcome: Any = None
    try:
        while True:
            try:
                effect, outcome = flow.send(outcome), None
            except StopIteration as stop:
                result: T = stop.value
                return result
            if isinstance(effect, Send):
                if effect.request.leaves_origin:
                    async with pools.elsewhere(effect.request.url) as transport:
                        outcome = await _send_async(effect, transport, secret)
                else:
                    outcome = await _send_async(effect, pools.current(), secret)
            elif isinstance(effect, Sleep):
                await clock.sleep_async(effect.seconds)
            elif isinstance(effect, Notify):
                returned = effect.function(effect.argument)
                if inspect.isawaitable(returned):
                    await returned
            else:
                await _drop_async(effect, pools.current())
    finally:
        flow.close()


def _limits(send: Send) -> dict[str, float | None]:
    timeout = send.timeout
    read = min(timeout.read, send.remaining)
    return {"connect": min(timeout.connect, send.remaining), "read": read, "write": read, "pool": send.remaining}


def _request(send: Send, transport: object, deadline: float) -> httpx.Request:
    """The request for a transport of httpx's kind."""
    limits = {"read": send.remaining} if _adds_limits_up(transport) else _limits(send)
    request = send.request
    return httpx.Request(
        request.method,
        request.url,
        headers=request.headers,
        content=request.body or None,
        extensions={"timeout": limits, DEADLINE: deadline},
    )


def _adds_limits_up(transport: object) -> bool:
    """Whether a transport takes the sum of the limits for one over the whole attempt, as those of pyreqwest do."""
    return any(cls.__module__.startswith("pyreqwest.") for cls in type(transport).__mro__)


def _open(send: Send, transport: httpx.BaseTransport, deadline: float) -> IncomingResponse:
    limits = Limits(_limits(send), deadline)
    if isinstance(transport, Transport) and (incoming := transport.send(send.request, limits)):
        return incoming
    return IncomingResponse.of(transport.handle_request(_request(send, transport, deadline)))


async def _open_async(send: Send, transport: httpx.AsyncBaseTransport, deadline: float) -> IncomingResponse:
    limits = Limits(_limits(send), deadline)
    if isinstance(transport, AsyncTransport) and (incoming := await transport.send(send.request, limits)):
        return incoming
    return IncomingResponse.of(await transport.handle_async_request(_request(send, transport, deadline)))


def _send(send: Send, transport: httpx.BaseTransport, secret: Secret) -> Response | Failure:
    started = time.monotonic()
    deadline = started + send.remaining
    try:
        incoming = _open(send, transport, deadline)
        try:
            reader = BodyReader(incoming.status_code, incoming.headers, send.limit, secret)
            if reader.wants_more:
                for chunk in incoming.stream:
                    if not reader.feed(chunk):
                        break
                    if time.monotonic() > deadline:
                        raise httpx.ReadTimeout("the deadline of the call has passed")
            response = reader.response(time.monotonic() - started, reused=incoming.reused)
        finally:
            with suppress(Exception):  # the response is known, and whatever broke is told by what broke it
                incoming.stream.close()
    except Exception as error:  # noqa: BLE001  # whatever a transport raises, the caller gets one of ours
        return failure_of(error, time.monotonic() - started, secret)
    except BaseException as error:  # noqa: BLE001  # it goes on, without the frames that hold the key
        raise error.with_traceback(None) from None
    return response


async def _send_async(send: Send, transport: httpx.AsyncBaseTransport, secret: Secret) -> Response | Failure:
    started = time.monotonic()
    deadline = started + send.remaining
    try:
        async with asyncio.timeout(send.remaining):
            incoming = await _open_async(send, transport, deadline)
            try:
                reader = BodyReader(incoming.status_code, incoming.headers, send.limit, secret)
                if reader.wants_more:
                    async for chunk in incoming.stream:
                        if not reader.feed(chunk):
                            break
                        if time.monotonic() > deadline:
                            raise TimeoutError
                response = reader.response(time.monotonic() - started, reused=incoming.reused)
            finally:
                with suppress(Exception):
                    async with asyncio.timeout(_CLOSING):
                        await incoming.stream.aclose()
    except Exception as error:  # noqa: BLE001  # as above
        return failure_of(error, time.monotonic() - started, secret)
    except BaseException as error:  # noqa: BLE001  # it goes on, without the frames that hold the key
        raise error.with_traceback(None) from None
    return response


def _drop(_: DropConnections, transport: httpx.BaseTransport) -> None:
    if isinstance(transport, Transport):
        transport.drop_connections()


async def _drop_async(_: DropConnections, transport: httpx.AsyncBaseTransport) -> None:
    if isinstance(transport, AsyncTransport):
        await transport.drop_connections()
