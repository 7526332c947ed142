"""The driver of asynchronous clients: it carries out what a flow asks for, on the running event loop."""

from __future__ import annotations

import asyncio
import inspect
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

from aurous._clock import monotonic
from aurous._engine.async_gathering import gather_async
from aurous._engine.drivers import close, drop
from aurous._engine.effects import Close, Flow, Gather, Notify, Read, Send, Sleep
from aurous._engine.exchange import Exchange
from aurous._http.failures import Failure, failure_of
from aurous._http.limits import Limits
from aurous._http.loop_stream import LOOP
from aurous._http.steps import run_async
from aurous._http.transport import Transport
from aurous._http.wire import Incoming, Response

if TYPE_CHECKING:
    from aurous._clock import Clock
    from aurous._http.loop_pools import LoopPools
    from aurous._secret import Secret

T = TypeVar("T")

_CLOSING: Final = 0.25
"""Seconds that closing a response may take."""


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
                outcome = await _awaited(effect.function(effect.argument))
            elif isinstance(effect, Read):
                outcome = await _read_async(effect, secret)
            elif isinstance(effect, Close):
                await _close_async(effect.body)
            elif isinstance(effect, Gather):
                outcome = await gather_async(effect)
            else:
                drop(pools.current())
    finally:
        flow.close()


async def _awaited(returned: Any) -> Any:
    return await returned if inspect.isawaitable(returned) else returned


async def _send_async(send: Send, transport: Any, secret: Secret) -> Response | Failure:
    exchange = Exchange(send, transport, LOOP, secret)
    try:
        try:
            if isinstance(transport, Transport):
                return await run_async(exchange.steps())
            async with asyncio.timeout(send.remaining):  # only the SDK's own transport knows of deadlines
                return await run_async(exchange.steps())
        finally:
            if exchange.incoming is not None and (closing := close(exchange.incoming)) is not None:
                await _closed(closing)
    except Exception as error:  # noqa: BLE001  # as above
        return exchange.failure(error)
    except BaseException as error:  # noqa: BLE001  # it goes on, without the frames that hold the key
        raise error.with_traceback(None) from None


async def _close_async(incoming: Incoming) -> None:
    if (closing := close(incoming)) is not None:
        await _closed(closing)


async def _closed(closing: Any) -> None:
    with suppress(Exception):
        async with asyncio.timeout(_CLOSING):
            await closing


async def _read_async(effect: Read, secret: Secret) -> bytes | Failure:
    started = monotonic()
    effect.body.limits = Limits(0, effect.seconds, effect.seconds)
    try:
        # A transport of the caller's may know no limits; the SDK's own is to tell its reason first.
        async with asyncio.timeout(effect.seconds + _CLOSING):
            return bytes(await run_async(effect.body.read()))
    except Exception as error:  # noqa: BLE001  # as above
        await _close_async(effect.body)
        return failure_of(error, monotonic() - started, secret)
    except BaseException as error:  # noqa: BLE001  # as above
        await _close_async(effect.body)
        raise error.with_traceback(None) from None
