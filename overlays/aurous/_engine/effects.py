"""What a flow asks its driver to do.

A flow is a generator: it yields one of these, is sent the outcome, and returns the result of the call. Everything that
happens in a call is decided in flows, once; the drivers, one synchronous and one asynchronous, only carry it out.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define

from aurous._http.wire import Request

if TYPE_CHECKING:
    from aurous._config import Timeout

__all__ = ["DropConnections", "Effect", "Flow", "Notify", "Request", "Send", "Sleep"]


@define
class Send:
    """Send a request and read the whole response. Outcome: a `Response` or a `Failure`."""

    request: Request
    remaining: float
    """Seconds that this may take altogether."""
    timeout: Timeout
    limit: int
    """Most bytes of a body."""


@define
class Sleep:
    """Wait. Outcome: None."""

    seconds: float


@define
class Notify:
    """Call a function of the caller's; the asynchronous driver awaits what it returns. Outcome: None."""

    function: Callable[[Any], Any]
    argument: Any


@define
class DropConnections:
    """Use no connection again that is open now: what came over one of them is not to be trusted. Outcome: None."""


Effect = Send | Sleep | Notify | DropConnections

T = TypeVar("T")

Flow = Generator[Effect, Any, T]
