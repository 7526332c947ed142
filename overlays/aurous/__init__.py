"""The Python SDK of the Aurous Labs API.

    from aurous import Aurous

    client = Aurous()  # AUROUS_API_KEY
    completion = client.chat.completions.retrieve("cmp_01HXMQ7Z3K8Y2ABCDEFGHJKM")
    print(completion.status, completion.text, completion.receipt.credits)

Names are imported when they are first asked for (PEP 562), so `import aurous` costs next to nothing.
"""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING

from aurous._version import __version__

if TYPE_CHECKING:
    from aurous._client import AsyncAurous, AsyncClientOptions, Aurous, ClientOptions
    from aurous._clock import Clock
    from aurous._config import Timeout
    from aurous._engine.codes import ErrorInfo, error_catalogue
    from aurous._engine.drift import OnDrift
    from aurous._engine.observe import RequestEvent, ResponseEvent, RetryEvent
    from aurous._errors import (
        APIConnectionError,
        APIResponseError,
        APIStatusError,
        APITimeoutError,
        Attempt,
        AurousError,
        AuthenticationError,
        BadRequestError,
        CompletionCancelledError,
        CompletionError,
        CompletionFailedError,
        ConfigurationError,
        ConflictError,
        GoneError,
        InsufficientCreditsError,
        NotFoundError,
        PermissionDeniedError,
        RateLimitError,
        ServerError,
        UnprocessableEntityError,
        WaitTimeoutError,
    )
    from aurous._meta import ResponseMeta
    from aurous._rate_limits import Bucket, RateLimit
    from aurous._retries import FailedAttempt, RetryBudget, RetryPolicy, standard_policy
    from aurous.chat.completion import ChatCompletion, ToolCall
    from aurous.chat.receipt import Receipt, ReceiptLine
    from aurous_api.models import CompletionStatus, ErrorCode, ErrorType, FinishReason
    from aurous_api.types import UNSET, Deviation, Unset

_MODULES = {
    "aurous._client": ("AsyncAurous", "AsyncClientOptions", "Aurous", "ClientOptions"),
    "aurous._clock": ("Clock",),
    "aurous._engine.codes": ("ErrorInfo", "error_catalogue"),
    "aurous.chat.completion": ("ChatCompletion", "ToolCall"),
    "aurous._config": ("Timeout",),
    "aurous._engine.drift": ("OnDrift",),
    "aurous._errors": (
        "APIConnectionError",
        "APIResponseError",
        "APIStatusError",
        "APITimeoutError",
        "Attempt",
        "AurousError",
        "AuthenticationError",
        "BadRequestError",
        "CompletionCancelledError",
        "CompletionError",
        "CompletionFailedError",
        "ConfigurationError",
        "ConflictError",
        "GoneError",
        "InsufficientCreditsError",
        "NotFoundError",
        "PermissionDeniedError",
        "RateLimitError",
        "ServerError",
        "UnprocessableEntityError",
        "WaitTimeoutError",
    ),
    "aurous._rate_limits": ("Bucket", "RateLimit"),
    "aurous._meta": ("ResponseMeta",),
    "aurous._engine.observe": ("RequestEvent", "ResponseEvent", "RetryEvent"),
    "aurous.chat.receipt": ("Receipt", "ReceiptLine"),
    "aurous._retries": ("FailedAttempt", "RetryBudget", "RetryPolicy", "standard_policy"),
    "aurous_api.models": ("CompletionStatus", "ErrorCode", "ErrorType", "FinishReason"),
    "aurous_api.types": ("UNSET", "Deviation", "Unset"),
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "UNSET",
    "APIConnectionError",
    "APIResponseError",
    "APIStatusError",
    "APITimeoutError",
    "AsyncAurous",
    "AsyncClientOptions",
    "Attempt",
    "Aurous",
    "AurousError",
    "AuthenticationError",
    "BadRequestError",
    "Bucket",
    "ChatCompletion",
    "ClientOptions",
    "Clock",
    "CompletionCancelledError",
    "CompletionError",
    "CompletionFailedError",
    "CompletionStatus",
    "ConfigurationError",
    "ConflictError",
    "Deviation",
    "ErrorCode",
    "ErrorInfo",
    "ErrorType",
    "FailedAttempt",
    "FinishReason",
    "GoneError",
    "InsufficientCreditsError",
    "NotFoundError",
    "OnDrift",
    "PermissionDeniedError",
    "RateLimit",
    "RateLimitError",
    "Receipt",
    "ReceiptLine",
    "RequestEvent",
    "ResponseEvent",
    "ResponseMeta",
    "RetryBudget",
    "RetryEvent",
    "RetryPolicy",
    "ServerError",
    "Timeout",
    "ToolCall",
    "UnprocessableEntityError",
    "Unset",
    "WaitTimeoutError",
    "__version__",
    "error_catalogue",
    "standard_policy",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(_import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
