"""Functions of the caller's that run at the same time: in daemon threads, so that one that hangs holds up nobody."""

from __future__ import annotations

import contextvars
import threading
from collections import deque
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from aurous._clock import monotonic
from aurous._engine.effects import LATE

if TYPE_CHECKING:
    from aurous._engine.effects import Gather


def outcome_of(function: Callable[[], Any]) -> Any:
    """What a function returns or raises."""
    try:
        return function()
    except BaseException as error:  # noqa: BLE001  # it is raised again where the caller waits
        return error


def in_thread(function: Callable[[], object]) -> None:
    """Call a function in a thread of its own, with the context variables of this one."""
    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(function,), name="aurous-tool", daemon=True).start()


def checked(outcome: Any) -> Any:
    """An outcome, unless it is one that ends the program: that is raised."""
    if isinstance(outcome, BaseException) and not isinstance(outcome, Exception):
        raise outcome
    return outcome


def gather(effect: Gather) -> list[Any]:
    """Carry it out in threads, and wait for them in this one."""
    until = None if effect.seconds is None else monotonic() + effect.seconds
    waiting = deque(enumerate(effect.functions))
    done: SimpleQueue[tuple[int, Any]] = SimpleQueue()

    def work() -> None:
        while True:
            try:
                index, function = waiting.popleft()
            except IndexError:
                return
            done.put((index, outcome_of(function)))

    outcomes: list[Any] = [LATE] * len(effect.functions)
    try:
        for _ in range(min(effect.at_once, len(outcomes))):
            in_thread(work)
        for _ in outcomes:
            index, outcome = done.get(timeout=None if until is None else max(0.0, until - monotonic()))
            outcomes[index] = checked(outcome)
    except Empty:
        pass  # what is not back now is late
    finally:
        waiting.clear()
    return outcomes
