"""Pacing by a pacer of the caller's, which many machines may share."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from functools import partial
from inspect import isawaitable, iscoroutine
from typing import TYPE_CHECKING, Any, Final

from aurous import _check
from aurous._engine.effects import Flow, Notify
from aurous._engine.observer import unbroken
from aurous._engine.responses import Parsed
from aurous._errors import ConfigurationError
from aurous._pacer import Lease, Need, Pacer, Settlement
from aurous._rate_limits import rate_limit

if TYPE_CHECKING:
    from aurous._engine.pacing import PacedCall
    from aurous._http.wire import Response


_SETTLING: Final = 5.0
"""Seconds that a pacer has to take back a lease."""


class SharedPace:
    """Makes the calls of a client wait for leases.

    Args:
        pacer: Gives them.
    """

    def __init__(self, pacer: Pacer) -> None:
        self._pacer = pacer
        self._settling: set[asyncio.Future[object]] = set()

    def at_once(self, call: PacedCall) -> None:
        """None can be had without asking for it."""

    def acquire(self, call: PacedCall) -> Flow[Lease]:
        """Wait for the lease of an attempt."""
        need = Need(operation=call.name, bucket=call.bucket, tokens=call.tokens)
        lease: Any = yield Notify(partial(self._ask, need), max(call.remaining, 0.0))
        if isinstance(lease, TimeoutError):
            raise call.too_late("the pacer had no room for it") from lease
        if not callable(getattr(lease, "settle", None)):
            raise ConfigurationError(
                f"pacer.acquire gave {_check.excerpt(lease)}, which has no method settle(settlement)"
            )
        return lease  # type: ignore[no-any-return]

    def _ask(self, need: Need, left: float) -> Awaitable[Lease | TimeoutError] | Lease | TimeoutError:
        try:
            asked = self._pacer.acquire(need, left)
        except TimeoutError as error:
            return error
        return _within(left, asked) if isawaitable(asked) else asked

    def settle(self, lease: Lease, call: PacedCall, response: Response | None, outcome: object) -> Flow[None]:
        """An attempt is over, with a response or without: what a pacer does about it takes no response away."""
        del call
        yield Notify(partial(_settle, lease), _settlement(response, outcome))

    def end(self, lease: Lease) -> None:
        """What an attempt opened is closed; the pacer was told of its beginning."""

    def drop(self, lease: Lease) -> None:
        """An attempt was interrupted: what is awaitable is left to the event loop, as nobody can wait any more."""
        settled = lease.settle(_settlement(None, None))
        if not isawaitable(settled):
            return
        try:
            task = asyncio.ensure_future(settled, loop=asyncio.get_running_loop())
        except RuntimeError:  # the loop is gone, and the lease is lost as that of a process that is killed
            if iscoroutine(settled):
                settled.close()
        else:
            self._settling.add(task)
            task.add_done_callback(self._settling.discard)


async def _within(seconds: float, lease: Awaitable[Lease]) -> Lease | TimeoutError:
    try:
        async with asyncio.timeout(seconds):
            return await lease
    except TimeoutError as error:
        return error


def _settle(lease: Lease, settlement: Settlement) -> Awaitable[None] | None:
    with unbroken("pacer", "settle"):
        settled = lease.settle(settlement)
        return _settled(settled) if isawaitable(settled) else None
    return None


async def _settled(settled: Awaitable[object]) -> None:
    with unbroken("pacer", "settle"):
        async with asyncio.timeout(_SETTLING):
            await settled


def _settlement(response: Response | None, outcome: object) -> Settlement:
    return Settlement(
        tokens=_total_tokens(outcome.data) if isinstance(outcome, Parsed) else None,
        rate_limit=rate_limit({} if response is None else response.headers),
        throttled=response is not None and response.status_code == 429,
    )


def _total_tokens(data: Any) -> int | None:
    """What a completion or an embedding tells."""
    try:
        total = data["usage"]["total_tokens"]
    except (LookupError, TypeError):
        return None
    return total if type(total) is int else None
