"""Steps: what is done on a connection, written once for threads and event loops.

A step is a function and its arguments. `run` calls it, `run_async` awaits what it returns; either sends the outcome
back.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")

Steps = Generator[tuple[Any, ...], Any, T]


def run(steps: Steps[T]) -> T:
    """Carry steps out in the calling thread."""
    outcome: Any = None
    try:
        while True:
            step = steps.send(outcome)
            outcome = step[0](*step[1:])
    except StopIteration as stop:
        result: T = stop.value
        return result
    finally:
        steps.close()


async def run_async(steps: Steps[T]) -> T:
    """Carry steps out on the event loop."""
    outcome: Any = None
    try:
        while True:
            step = steps.send(outcome)
            outcome = await step[0](*step[1:])
    except StopIteration as stop:
        result: T = stop.value
        return result
    finally:
        steps.close()


class IO(NamedTuple):
    """How steps are carried out: in the calling thread, or on the event loop."""

    connect: Callable[..., Any]
    iterate: Callable[[Any], Any]
    next: Callable[..., Any]
    """The next piece of a body, None at its end."""
    close: Callable[[Any], Any]
    """Ends an iteration before its end."""
    new_waiter: Callable[[], Any]
    """What a call waits on for a connection."""
    httpx_client: str
    """The class of httpx that does the same."""
    httpx_method: str
    """What a transport of its kind sends a request with."""
    httpx_close: str
    """What closes a client or a response of its kind."""
