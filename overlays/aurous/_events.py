"""What hooks and telemetry are told of a call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal, Protocol

from attrs import define

from aurous._errors import Attempt, AurousError, Outcome
from aurous_api.types import Deviation

if TYPE_CHECKING:
    from decimal import Decimal

    from aurous import ChatCompletion, Receipt, StreamTiming
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


@define(frozen=True)
class CallEndEvent:
    """A call came to its end: it succeeded, failed, was refused, or was left. A stream is one call, up to its end."""

    operation: str
    """The call, as it is written on a client: `chat.completions.create`, for `stream` and `parse` as well."""
    method: str
    path: str
    model: str | None
    """The model that was asked for; None where the call takes none."""
    outcome: Outcome
    """What came of it, in one word: `ok`, `cancelled`, that of the error, or `closed` where its caller left it."""
    error: BaseException | None
    """What it raised, or what ended its stream, also a `CancelledError` or `KeyboardInterrupt`. None where nothing did,
    or where it was cancelled or left before its response was there."""
    elapsed: float
    """Seconds that it took: with every attempt, every wait, and the reading of a stream."""
    attempts: tuple[Attempt, ...]
    """What was tried, in order; empty where nothing was sent."""
    receipt: Receipt | None
    """What a creation was charged, where its response tells. None for whatever charges nothing, as `retrieve`: so
    receipts can be summed."""
    tags: Mapping[str, str]
    """The `tags=` of the client."""

    @property
    def credits(self) -> Decimal | None:
        """What it was charged; None where that is not known, or nothing is charged."""
        return None if self.receipt is None else self.receipt.credits

    @property
    def error_type(self) -> str | None:
        """The class of the error; None where there is none."""
        return None if self.error is None else type(self.error).__name__

    def as_dict(self) -> dict[str, Any]:
        """The event as plain JSON data, safe to log."""
        return {
            "operation": self.operation,
            "method": self.method,
            "path": self.path,
            "model": self.model,
            "outcome": self.outcome,
            "error_type": self.error_type,
            "error": self.error.as_dict() if isinstance(self.error, AurousError) else None,
            "elapsed": self.elapsed,
            "attempts": [attempt.as_dict() for attempt in self.attempts],
            "receipt": None if self.receipt is None else self.receipt.as_dict(),
            "tags": dict(self.tags),
        }


OnCallEnd = Callable[[CallEndEvent], object]
OnPace = Callable[[PaceEvent], object]
OnRequest = Callable[[RequestEvent], object]
OnResponse = Callable[[ResponseEvent], object]
OnRetry = Callable[[RetryEvent], object]
OnStreamEnd = Callable[[StreamEndEvent], object]


class Trace(Protocol):
    """What follows one call from its start to its end: what a function given as `telemetry=` returns.

    A subclass of it overrides the methods that it needs; the others do nothing. What they raise is logged, and breaks
    no call.

    Where it has them, two more methods are called: `body(fields: Mapping[str, object])` with the fields of the
    request's body, first of all; and `stream_ended(event: StreamEndEvent)`, in place of `succeeded` or `failed`.

    Example:
        >>> class Timed(Trace):
        ...     def response(self, attempt: Attempt) -> None:
        ...         print(attempt.elapsed)
        >>> client = Aurous(telemetry=lambda operation, method, url: Timed())
    """

    def request(self, number: int) -> None:
        """An attempt begins: 1 is the first of a call."""
        del number  # without a body, the method would be abstract

    def response(self, attempt: Attempt) -> None:
        """An attempt has ended."""
        del attempt  # without a body, the method would be abstract

    def succeeded(self, result: object) -> None:
        """The call has ended with a result; of a stream, that is the completion."""
        del result  # without a body, the method would be abstract

    def failed(self, error: BaseException | None) -> None:
        """The call has ended with an error, or None: it was cancelled or interrupted."""
        del error  # without a body, the method would be abstract


Telemetry = Callable[[str, str, str], Trace]
"""Starts following a call; gets the operation (`chat.completions.retrieve`), the HTTP method and the URL.

Where it has a method `tool`, that is called for each call of a tool in a `run`, with the `Tool`, the `ToolCall` and the
function that carries it out; it returns the function to call in its place.
"""

OnDrift = Literal["ignore", "warn", "raise"] | Callable[[tuple[Deviation, ...]], object]
"""Nothing, one log record for each novelty in a process, an `APIResponseError`, or a function of the deviations."""
