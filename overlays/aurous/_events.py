"""What hooks and telemetry are told of a call."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal, Protocol

from attrs import define

from aurous._errors import Attempt, AurousError, Outcome
from aurous_api.types import Deviation

if TYPE_CHECKING:
    from aurous import ChatCompletion, StreamTiming
    from aurous._retries import FailedAttempt


@define(frozen=True)
class RequestEvent:
    """An attempt is about to be made."""

    operation: str
    """The call, as it is written on a client: `chat.completions.create`."""
    method: str
    path: str
    number: int
    """1 for the first attempt of a call."""

    def as_dict(self) -> dict[str, Any]:
        """The event as plain JSON data."""
        return {"operation": self.operation, "method": self.method, "path": self.path, "number": self.number}


@define(frozen=True)
class PaceEvent:
    """An attempt is held back until the rate limit has room for it."""

    operation: str
    method: str
    path: str
    number: int
    """1 for the first attempt of a call."""
    delay: float
    """About how many seconds, as things are now. `Attempt.waited` has what it came to."""

    def as_dict(self) -> dict[str, Any]:
        """The event as plain JSON data."""
        known = {"operation": self.operation, "method": self.method, "path": self.path, "number": self.number}
        return {**known, "delay": self.delay}


@define(frozen=True)
class ResponseEvent:
    """An attempt came to its end: with a response, or without one."""

    operation: str
    method: str
    path: str
    number: int
    attempt: Attempt

    def as_dict(self) -> dict[str, Any]:
        """The event as plain JSON data."""
        known = {"operation": self.operation, "method": self.method, "path": self.path, "number": self.number}
        return {**known, "attempt": self.attempt.as_dict()}


@define(frozen=True)
class RetryEvent:
    """Another attempt will be made."""

    operation: str
    method: str
    path: str
    failed: FailedAttempt
    delay: float
    """Seconds until then."""

    def as_dict(self) -> dict[str, Any]:
        """The event as plain JSON data."""
        known = {"operation": self.operation, "method": self.method, "path": self.path, "delay": self.delay}
        return {**known, "failed": self.failed.as_dict()}


@define(frozen=True)
class StreamEndEvent:
    """A stream of a chat completion came to its end, or was closed before."""

    operation: str
    method: str
    path: str
    completion: ChatCompletion
    """What came: `completed` or `cancelled` where the stream is whole, otherwise `in_progress`."""
    error: BaseException | None
    """What ended it early; None where it is whole, and where its reader closed it."""
    timing: StreamTiming

    @property
    def outcome(self) -> Outcome:
        """What came of it, in one word: `ok`, `cancelled`, `closed` by its reader, or that of the error."""
        if isinstance(self.error, AurousError):
            return self.error.outcome
        if self.error is not None or self.completion.is_in_progress:
            return "closed"
        return "cancelled" if self.completion.is_cancelled else "ok"

    @property
    def error_type(self) -> str | None:
        """The class of what ended it early; None where nothing did."""
        return None if self.error is None else type(self.error).__name__

    def as_dict(self) -> dict[str, Any]:
        """The event as plain JSON data, safe to log: of the completion its id, its status and what it cost."""
        receipt: dict[str, Any] | None = None
        with suppress(AurousError):  # of one that broke off it is not known
            receipt = self.completion.receipt.as_dict()
        completion: Any = self.completion  # of which anything may be missing
        return {
            "operation": self.operation,
            "method": self.method,
            "path": self.path,
            "outcome": self.outcome,
            "error_type": self.error_type,
            "error": self.error.as_dict() if isinstance(self.error, AurousError) else None,
            "completion": {
                "id": completion.id if isinstance(completion.id, str) else None,
                "status": str(completion.status) if isinstance(completion.status, str) else None,
                "receipt": receipt,
            },
            "timing": self.timing.as_dict(),
        }


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
