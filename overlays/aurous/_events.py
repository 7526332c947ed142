"""What hooks and telemetry are told of a call."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, Protocol

from attrs import define

from aurous._errors import Attempt
from aurous_api.types import Deviation

if TYPE_CHECKING:
    from aurous import ChatCompletion, StreamTiming
    from aurous._retries import FailedAttempt


@define(frozen=True)
class RequestEvent:
    """An attempt is about to be made."""

    method: str
    path: str
    number: int
    """1 for the first attempt of a call."""


@define(frozen=True)
class PaceEvent:
    """An attempt is held back until the rate limit has room for it."""

    method: str
    path: str
    number: int
    """1 for the first attempt of a call."""
    delay: float
    """About how many seconds, as things are now. `Attempt.waited` has what it came to."""


@define(frozen=True)
class ResponseEvent:
    """An attempt came to its end: with a response, or without one."""

    method: str
    path: str
    number: int
    attempt: Attempt


@define(frozen=True)
class RetryEvent:
    """Another attempt will be made."""

    method: str
    path: str
    failed: FailedAttempt
    delay: float
    """Seconds until then."""


@define(frozen=True)
class StreamEndEvent:
    """A stream of a chat completion came to its end, or was closed before."""

    method: str
    path: str
    completion: ChatCompletion
    """What came: `completed` or `cancelled` where the stream is whole, otherwise `in_progress`."""
    error: BaseException | None
    """What ended it early; None where it is whole, and where its reader closed it."""
    timing: StreamTiming


OnPace = Callable[[PaceEvent], object]
OnRequest = Callable[[RequestEvent], object]
OnResponse = Callable[[ResponseEvent], object]
OnRetry = Callable[[RetryEvent], object]
OnStreamEnd = Callable[[StreamEndEvent], object]


class Trace(Protocol):
    """What follows one call from its start to its end; see `aurous.otel`.

    Where it has them, two more methods are called: `body(fields)` with the fields of the request's body, first of all;
    and `stream_ended(event)` with a `StreamEndEvent`, in place of `succeeded` or `failed`.
    """

    def request(self, number: int) -> None:
        """An attempt begins."""

    def response(self, attempt: Attempt) -> None:
        """An attempt has ended."""

    def succeeded(self, result: object) -> None:
        """The call has ended with a result."""

    def failed(self, error: BaseException | None) -> None:
        """The call has ended with an error, or None: it was cancelled or interrupted."""


Telemetry = Callable[[str, str, str], Trace]
"""Starts following a call; gets the operation (`chat.completions.retrieve`), the HTTP method and the URL.

Where it has a method `tool`, that is called for each call of a tool in a `run`, with the `Tool`, the `ToolCall` and the
function that carries it out; it returns the function to call in its place.
"""

OnDrift = Literal["ignore", "warn", "raise"] | Callable[[tuple[Deviation, ...]], object]
"""Nothing, one log record for each novelty in a process, an `APIResponseError`, or a function of the deviations."""
