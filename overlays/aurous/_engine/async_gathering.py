"""Functions of the caller's that run at the same time on an event loop: coroutines as tasks, others in threads."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from aurous._engine.effects import LATE
from aurous._engine.gathering import checked, in_thread, outcome_of

if TYPE_CHECKING:
    from aurous._engine.effects import Gather

_ENDING: Final = 0.25
"""Seconds that a task may take to end once it is cancelled."""


async def gather_async(effect: Gather) -> list[Any]:
    """Carry it out, and wait for all."""
    permits = asyncio.Semaphore(effect.at_once)

    async def call(function: Callable[[], Any]) -> Any:
        async with permits:
            return await _outcome_of(function)

    tasks: list[asyncio.Future[Any]] = [asyncio.ensure_future(call(function)) for function in effect.functions]
    try:
        await _wait(tasks, effect.seconds)
        return [_outcome(task) for task in tasks]
    finally:
        await _end([task for task in tasks if not task.done()])


async def _wait(tasks: list[asyncio.Future[Any]], seconds: float | None) -> None:
    """Wait for all, until the time is up. What ends the program is raised at once, here and not in its task."""
    loop, pending = asyncio.get_running_loop(), set(tasks)
    until = None if seconds is None else loop.time() + seconds
    while pending:
        left = None if until is None else max(0.0, until - loop.time())
        done, pending = await asyncio.wait(pending, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        if not done:
            return
        for task in done:
            if not task.cancelled():
                checked(task.result())


async def _outcome_of(function: Callable[[], Any]) -> Any:
    try:
        # Not asyncio.to_thread: the loop would wait at its end for a function that hangs.
        returned = function() if is_coroutine_function(function) else await _in_thread(function)
        return await returned if inspect.isawaitable(returned) else returned
    except asyncio.CancelledError:
        raise
    except BaseException as error:  # noqa: BLE001  # that is its outcome
        return error


def is_coroutine_function(function: Any) -> bool:
    inner = getattr(function, "func", function)
    return inspect.iscoroutinefunction(inner) or inspect.iscoroutinefunction(getattr(inner, "__call__", None))  # noqa: B004


def _in_thread(function: Callable[[], Any]) -> asyncio.Future[Any]:
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Any] = loop.create_future()

    def settle(outcome: Any) -> None:
        if not future.done():
            future.set_result(outcome)

    def work() -> None:
        outcome = outcome_of(function)
        with suppress(RuntimeError):  # the loop is closed, and nobody waits
            loop.call_soon_threadsafe(settle, outcome)

    in_thread(work)
    return future


def _outcome(task: asyncio.Future[Any]) -> Any:
    if not task.done():
        return LATE
    return asyncio.CancelledError() if task.cancelled() else task.result()


async def _end(tasks: list[asyncio.Future[Any]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=_ENDING)
