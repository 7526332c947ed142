"""What a flow asks its driver to do.

A flow is a generator: it yields one of these, is sent the outcome, and returns the result of the call. Everything that
happens in a call is decided in flows, once; the drivers, one synchronous and one asynchronous, only carry it out.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar

from attrs import define

from aurous._http.wire import Incoming, Request

if TYPE_CHECKING:
    from aurous._config import Timeout

__all__ = ["LATE", "Close", "DropConnections", "Effect", "Flow", "Gather", "Notify", "Read", "Request", "Send", "Sleep"]


@define
class Send:
    """Send a request and read the whole response. Outcome: a `Response` or a `Failure`."""

    request: Request
    remaining: float
    """Seconds that this may take altogether."""
    timeout: Timeout
    limit: int
    """Most bytes of a body."""
    keep_open: bool = False
    """Whether the body of a response of success is left to be read as it comes."""


@define
class Read:
    """Read the next piece of an open body. Outcome: bytes, none at its end, or a `Failure`."""

    body: Incoming
    seconds: float
    """How long the server may be silent."""


@define
class Close:
    """Close an open body. Outcome: None."""

    body: Incoming


@define
class Sleep:
    """Wait. Outcome: None."""

    seconds: float


@define
class Notify:
    """Call a function of the caller's. Outcome: what it returns, which the asynchronous driver awaits."""

    function: Callable[[Any], Any]
    argument: Any


@define
class Gather:
    """Call functions of the caller's at the same time, in threads; coroutine functions as tasks of the event loop.

    Outcome: a list of what each returned or raised, in their order, with `LATE` for those that were not back in time.
    """

    functions: Sequence[Callable[[], Any]]
    seconds: float | None
    """How long to wait for them."""
    at_once: int
    """Most that run at a time."""


@define
class DropConnections:
    """Use no connection again that is open now: what came over one of them is not to be trusted. Outcome: None."""


Effect = Send | Read | Close | Sleep | Notify | Gather | DropConnections

LATE: Final = object()
"""Stands for what was not back in time."""

T = TypeVar("T")

Flow = Generator[Effect, Any, T]
