"""Pacing by a pacer of the caller's, which many machines may share."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from functools import partial
from inspect import isawaitable, iscoroutine
from typing import TYPE_CHECKING, Any, Final, TypeGuard

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


_SETTLE: Final = "the settle of a lease"
_SETTLING: Final = 5.0
"""Seconds that a pacer has to take back a lease."""


class SharedPace:
    """Makes the calls of a client wait for leases.

    Args:
        pacer: Gives them.
        asynchronous: Whether what it returns is awaited.
    """

    def __init__(self, pacer: Pacer, *, asynchronous: bool) -> None:
        self._pacer = pacer
        self._asynchronous = asynchronous
        self._settling: set[asyncio.Task[None]] = set()

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
        _check.function(lease.settle, source=_SETTLE, may_wait=self._asynchronous)
        return lease  # type: ignore[no-any-return]

    def _ask(self, need: Need, left: float) -> Awaitable[Lease | TimeoutError] | Lease | TimeoutError:
        try:
            asked = self._pacer.acquire(need, left)
        except TimeoutError as error:
            return error
        return _within(left, asked) if self._is_awaited(asked, "pacer.acquire") else asked

    def settle(self, lease: Lease, call: PacedCall, response: Response | None, outcome: object) -> Flow[None]:
        """An attempt is over, with a response or without: what a pacer does about it takes no response away."""
        del call
        yield Notify(partial(self._settle, lease), _settlement(response, outcome))

    def end(self, lease: Lease) -> None:
        """What an attempt opened is closed; the pacer was told of its beginning."""

    def drop(self, lease: Lease) -> None:
        """An attempt was interrupted: what is awaitable is left to the event loop, as nobody can wait any more."""
        with unbroken("pacer", "settle"):
            settled = lease.settle(_settlement(None, None))
            if self._is_awaited(settled, _SETTLE):
                self._leave_to_loop(settled)

    def _settle(self, lease: Lease, settlement: Settlement) -> Awaitable[None] | None:
        with unbroken("pacer", "settle"):
            settled = lease.settle(settlement)
            return _settled(settled) if self._is_awaited(settled, _SETTLE) else None
        return None

    def _leave_to_loop(self, settled: Awaitable[object]) -> None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # it is gone, and the lease is lost as that of a process that is killed
            _close(settled)
        else:
            task = loop.create_task(_settled(settled))
            self._settling.add(task)
            task.add_done_callback(self._settling.discard)

    def _is_awaited(self, returned: object, source: str) -> TypeGuard[Awaitable[Any]]:
        """Whether what a pacer returned is awaited; where it would have to be and is not, that is told."""
        if isawaitable(returned) and not self._asynchronous:
            _close(returned)
            raise ConfigurationError(f"{source} gave an awaitable, which nobody would await. To do: {_check.ORDINARY}")
        return isawaitable(returned)


async def _within(seconds: float, lease: Awaitable[Lease]) -> Lease | TimeoutError:
    try:
        async with asyncio.timeout(seconds):
            return await lease
    except TimeoutError as error:
        return error


async def _settled(settled: Awaitable[object]) -> None:
    with unbroken("pacer", "settle"):
        async with asyncio.timeout(_SETTLING):
            await settled


def _close(awaitable: Awaitable[object]) -> None:
    """Nobody awaits it: without this, Python warns of it."""
    if iscoroutine(awaitable):
        awaitable.close()


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
