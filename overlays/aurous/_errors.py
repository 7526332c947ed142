"""Everything that the SDK raises.

AurousError
├── ConfigurationError                  raised before a byte is sent: no key, bad base_url, bad id, bad option
├── APIConnectionError                  no response
│   └── APITimeoutError                 the deadline passed
├── APIResponseError                    an unusable response
├── APIStatusError                      the API said no
│   ├── BadRequestError                 400
│   ├── AuthenticationError             401
│   ├── InsufficientCreditsError        402
│   ├── PermissionDeniedError           403
│   ├── NotFoundError                   404
│   ├── ConflictError                   409
│   ├── GoneError                       410
│   ├── UnprocessableEntityError        422
│   ├── RateLimitError                  429
│   └── ServerError                     5xx
├── CompletionError                     the call went well, the completion did not (in chat/completion.py)
│   ├── CompletionFailedError
│   └── CompletionCancelledError
├── BudgetExceededError                 nothing was sent: the budget does not cover the call
├── OutputError                         the completion came, its text is not what was asked for (in chat/structured.py)
├── StreamInterruptedError              a stream ended before it was whole (in chat/completion.py)
└── WaitTimeoutError                    the completion did not end in time (in chat/completion.py)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal

from attrs import define

from aurous._text import masked

if TYPE_CHECKING:
    from decimal import Decimal

    from aurous import ChatCompletion, Run


Outcome = Literal[
    "ok",
    "redirected",
    "client_error",
    "rate_limited",
    "server_error",
    "unusable",
    "timeout",
    "connection",
    "interrupted",
    "cancelled",
    "closed",
    "refused",
    "error",
]
"""What came of an attempt or a stream, in one word of a closed list, which is fit for a label of metrics."""

_Recover = Callable[[float, bool], Any]
"""Gets the record of a stream within so many seconds, for a caller that awaits it or not."""


@define(frozen=True)
class Attempt:
    """One try of a call."""

    status_code: int | None
    """HTTP status of the response; None where none came."""
    reason: str
    """What came of it, in a few words: `200`, `503 internal_error`, `connection reset`."""
    elapsed: float
    """Seconds from sending to the end of the response, or to the failure."""
    waited: float = 0.0
    """Seconds slept before this try."""
    request_id: str | None = None
    """`Aurous-Request-Id` of the response."""
    outcome: Outcome = "ok"
    """What came of it, in one word; unlike `reason` one of a closed list, and so fit for a label of metrics."""
    error_type: str | None = None
    """The class of the error that it came to, such as `RateLimitError`; None where it came to none."""

    def as_dict(self) -> dict[str, Any]:
        """The attempt as plain JSON data."""
        return {name: getattr(self, name) for name in _ATTEMPT_FIELDS}


class AurousError(Exception):
    """Base of everything that the SDK raises. An attribute is None where nothing is known; errors pickle and copy.

    Attributes:
        message: What happened and what to do about it, for people; never holds the API key.
        status_code: HTTP status of the response.
        type: `error.type` of the response, one of five documented values or another string.
        code: `error.code` of the response (see `ErrorCode`; open).
        param: `error.param`: the parameter that the API objects to. Of a `ConfigurationError`, the argument that was
            refused; None where no argument is at fault.
        doc_url: Page of the vendor's documentation on this error.
        request_id: `Aurous-Request-Id` of the response, to be quoted to the vendor's support.
        retry_after: Seconds that the server asked to wait before the next try.
        retryable: Whether the same call may succeed later.
        attempts: What was tried, in order.
        idempotency_key: The key under which the request may be repeated, of a call that takes one.
        body: The response's body, at most 2 KiB of text, the key masked.
        partial: What had come of a stream before the error, as a `ChatCompletion`.
        run: What a run of tools had come to, where the error ended one.
        outcome: What came of the call in one word of a closed list, which is fit for a label of metrics.
    """

    outcome: ClassVar[Outcome] = "error"
    """What came of the call, in one word of a closed list."""
    partial: ChatCompletion | None = None
    run: Run | None = None
    _recover: _Recover | None = None

    _fields: ClassVar[tuple[str, ...]] = (
        "status_code",
        "type",
        "code",
        "param",
        "doc_url",
        "request_id",
        "retry_after",
        "retryable",
        "attempts",
        "idempotency_key",
        "body",
    )

    def __init__(
        self,
        message: str,
        *,
        status_code: int | None = None,
        type: str | None = None,
        code: str | None = None,
        param: str | None = None,
        doc_url: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        retryable: bool = False,
        attempts: tuple[Attempt, ...] = (),
        idempotency_key: str | None = None,
        body: str | None = None,
    ) -> None:
        message = masked(message)  # of whatever a caller passed
        super().__init__(message)
        self.message = message
        self.status_code = status_code
        self.type = type
        self.code = code
        self.param = param
        self.doc_url = doc_url
        self.request_id = request_id
        self.retry_after = retry_after
        self.retryable = retryable
        self.attempts = attempts
        self.idempotency_key = idempotency_key
        self.body = body

    def as_dict(self) -> dict[str, Any]:
        """The error as plain JSON data, safe to log: no body, no key."""
        known = {name: getattr(self, name) for name in self._fields if name not in ("attempts", "body")}
        attempts = [attempt.as_dict() for attempt in self.attempts]
        names = {"error": type(self).__name__, "message": self.message, "outcome": self.outcome}
        return {**names, **known, "attempts": attempts}

    def recover(self, *, timeout: float = 300.0) -> ChatCompletion:
        """Get the stored completion of the stream that this error ended: its text, its status, what was charged.

        Waits until the completion is at its end. Where the stream broke between the headers of the response and its
        first chunk, which has the id, the id is looked for in the events of usage by the id of the request.

        Args:
            timeout: Longest time to wait, in seconds.

        Returns:
            The stored completion, whichever its end.

        Raises:
            ConfigurationError: No response to a stream had begun, the error was copied or pickled, or it comes from
                `AsyncAurous`.
            StreamInterruptedError: No id came, and none is found.
            AurousError: As for `client.chat.completions.wait`.

        Example:
            >>> except AurousError as error:
            ...     if error.partial is not None:
            ...         print(error.recover().receipt.credits)
        """
        completion: ChatCompletion = self._recovered(timeout, is_awaited=False)
        return completion

    async def recover_async(self, *, timeout: float = 300.0) -> ChatCompletion:
        """As `recover`, for an error of `AsyncAurous`."""
        completion: ChatCompletion = await self._recovered(timeout, is_awaited=True)
        return completion

    def recover_by(self, recover: _Recover) -> None:
        """For the stream that raises it: how to get the record."""
        self._recover = recover

    def _recovered(self, timeout: float, *, is_awaited: bool) -> Any:
        if self.partial is None:
            remedy = (
                "call again, with idempotency_key=error.idempotency_key"
                if self.idempotency_key
                else "where a stream was asked for, see client.usage.events for what it may have cost"
            )
            raise ConfigurationError(
                f"no stream had begun when this error came, so there is nothing to recover. To do: {remedy}"
            )
        if self._recover is None:
            raise ConfigurationError(
                "this error was copied and knows no client any more. To do: call "
                f"client.chat.completions.wait({self.partial.id!r})"
            )
        return self._recover(timeout, is_awaited)

    def __reduce__(self) -> tuple[Any, ...]:
        state = {name: value for name, value in self.__dict__.items() if name != "_recover"}
        return _rebuild, (type(self), self.message, state)


_ATTEMPT_FIELDS: Final = ("status_code", "reason", "elapsed", "waited", "request_id", "outcome", "error_type")


def _rebuild(cls: type[AurousError], message: str, state: dict[str, Any]) -> AurousError:
    error = cls.__new__(cls, message)
    error.__dict__.update(state)
    return error


class ConfigurationError(AurousError):
    """The call cannot be made as asked: nothing was sent."""

    outcome: ClassVar[Outcome] = "refused"


class BudgetExceededError(AurousError):
    """Nothing was sent: the `Budget` of the client does not cover the call.

    Attributes:
        operation: What was to be called: `chat.completions.create`.
        model: The model that was asked for.
        needed: Credits that the call may cost; None where that is not known.
        budget: The budget as it was, as `Budget.as_dict()` gives it: `credits`, `spent`, `reserved`, `left` (texts, or
            None), `requests`, `requests_charged`, `requests_open`, and `is_closed`: whether it refuses calls because
            the balance of the team is too low, and not because a limit is reached.
    """

    outcome: ClassVar[Outcome] = "refused"

    def __init__(
        self,
        message: str,
        *,
        operation: str | None = None,
        model: str | None = None,
        needed: Decimal | None = None,
        budget: dict[str, Any] | None = None,
        **known: Any,
    ) -> None:
        super().__init__(message, **known)
        self.operation = operation
        self.model = model
        self.needed = needed
        self.budget: dict[str, Any] = budget or {}

    def as_dict(self) -> dict[str, Any]:
        """The error as plain JSON data, safe to log; credits as text, so that they stay exact."""
        needed = None if self.needed is None else format(self.needed, "f")
        known = {"operation": self.operation, "model": self.model, "needed": needed, "budget": self.budget}
        return {**super().as_dict(), **known}


class APIConnectionError(AurousError):
    """No response: the connection could not be made, or broke before the response was whole."""

    outcome: ClassVar[Outcome] = "connection"


class APITimeoutError(APIConnectionError):
    """No whole response within the call's `timeout`, which covers every attempt and every wait between them."""

    outcome: ClassVar[Outcome] = "timeout"


class APIResponseError(AurousError):
    """An unusable response: no JSON, not what was asked for, too large, a redirect to elsewhere."""

    outcome: ClassVar[Outcome] = "unusable"


class APIStatusError(AurousError):
    """The API responded with an error status."""

    outcome: ClassVar[Outcome] = "client_error"
    status_code: int


class BadRequestError(APIStatusError):
    """400: the request is malformed or asks for what cannot be."""


class AuthenticationError(APIStatusError):
    """401: no key, a wrong one, or a revoked one."""


class InsufficientCreditsError(APIStatusError):
    """402: the team's available credits do not cover the request."""


class PermissionDeniedError(APIStatusError):
    """403: the key's scope does not cover the request."""


class NotFoundError(APIStatusError):
    """404: no such thing, or it belongs to another team."""


class ConflictError(APIStatusError):
    """409: the request conflicts with another one or with the state of its target; `code` says which."""


class GoneError(APIStatusError):
    """410: it was there and is no more."""


class UnprocessableEntityError(APIStatusError):
    """422: well-formed, but not to be carried out."""


class RateLimitError(APIStatusError):
    """429: too many requests, tokens or running jobs; `retry_after` says how long to wait."""

    outcome: ClassVar[Outcome] = "rate_limited"


class ServerError(APIStatusError):
    """5xx: the fault is on the server's side."""

    outcome: ClassVar[Outcome] = "server_error"


_BY_STATUS: Final[dict[int, type[APIStatusError]]] = {
    400: BadRequestError,
    401: AuthenticationError,
    402: InsufficientCreditsError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    410: GoneError,
    422: UnprocessableEntityError,
    429: RateLimitError,
}


def status_error_class(status_code: int) -> type[APIStatusError]:
    """The class of error for an HTTP status of 400 and above."""
    return _BY_STATUS.get(status_code, ServerError if status_code >= 500 else APIStatusError)
