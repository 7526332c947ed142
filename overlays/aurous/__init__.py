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
    from aurous._engine.content_stream import AsyncContentStream, ContentStream
    from aurous._engine.pages import AsyncPage, Page
    from aurous._engine.results import BinaryContent, ItemList, OpenValue
    from aurous._errors import (
        APIConnectionError,
        APIResponseError,
        APIStatusError,
        APITimeoutError,
        Attempt,
        AurousError,
        AuthenticationError,
        BadRequestError,
        BudgetExceededError,
        ConfigurationError,
        ConflictError,
        GoneError,
        InsufficientCreditsError,
        NotFoundError,
        PermissionDeniedError,
        RateLimitError,
        ServerError,
        UnprocessableEntityError,
    )
    from aurous._events import (
        CallEndEvent,
        OnDrift,
        PaceEvent,
        RequestEvent,
        ResponseEvent,
        RetryEvent,
        StreamEndEvent,
        Trace,
    )
    from aurous._meta import ResponseMeta
    from aurous._pacer import Lease, Need, Pacer, Settlement
    from aurous._rate_limits import Bucket, RateLimit
    from aurous._retries import FailedAttempt, RetryBudget, RetryPolicy, standard_policy
    from aurous.bulk.async_bulk import AsyncBulk
    from aurous.bulk.bulk import Bulk
    from aurous.bulk.items import BulkItem
    from aurous.bulk.outcomes import BulkOutcome, BulkSummary
    from aurous.characters.character import Character
    from aurous.chat.completion import (
        ChatCompletion,
        CompletionCancelledError,
        CompletionError,
        CompletionFailedError,
        StreamInterruptedError,
        ToolCall,
        WaitTimeoutError,
    )
    from aurous.chat.events import Finished, Notice, StreamEvent, TextDelta, ToolCallDelta
    from aurous.chat.messages import Messages
    from aurous.chat.options import CompletionOptions
    from aurous.chat.receipt import Receipt, ReceiptLine
    from aurous.chat.stream import AsyncChatStream, ChatStream, StreamTiming
    from aurous.chat.structured import OutputError, Parsed
    from aurous.chat.tool_loop import Run
    from aurous.chat.tools import Tool, ToolError, ToolResult, tool
    from aurous.diagnosis.examination import diagnose
    from aurous.diagnosis.report import Check, Diagnosis
    from aurous.embeddings.embedding import Embedding, EmbeddingEstimate, EmbeddingList
    from aurous.images.generation import Generation
    from aurous.money.budget import Budget
    from aurous.money.charge import Charge
    from aurous.money.ledger import JsonlLedger, Ledger, LedgerStore, Total
    from aurous.money.reconcile import BilledEvent, Difference, Reconciliation
    from aurous_api.models import (
        CharacterStatus,
        ChatCompletionChunk,
        ChatMessage,
        CompletionStatus,
        ErrorCode,
        ErrorType,
        FinishReason,
        GenerationStatus,
        MessageRole,
        UsageEvent,
        UsageLedgerEvent,
    )
    from aurous_api.types import UNSET, Deviation, Unset

_MODULES = {
    "aurous._client": ("AsyncAurous", "AsyncClientOptions", "Aurous", "ClientOptions"),
    "aurous._clock": ("Clock",),
    "aurous._engine.codes": ("ErrorInfo", "error_catalogue"),
    "aurous._engine.pages": ("AsyncPage", "Page"),
    "aurous._engine.content_stream": ("AsyncContentStream", "ContentStream"),
    "aurous._engine.results": ("BinaryContent", "ItemList", "OpenValue"),
    "aurous.bulk.async_bulk": ("AsyncBulk",),
    "aurous.bulk.bulk": ("Bulk",),
    "aurous.bulk.items": ("BulkItem",),
    "aurous.bulk.outcomes": ("BulkOutcome", "BulkSummary"),
    "aurous.characters.character": ("Character",),
    "aurous.chat.completion": (
        "ChatCompletion",
        "CompletionCancelledError",
        "CompletionError",
        "CompletionFailedError",
        "StreamInterruptedError",
        "ToolCall",
        "WaitTimeoutError",
    ),
    "aurous._config": ("Timeout",),
    "aurous._errors": (
        "APIConnectionError",
        "APIResponseError",
        "APIStatusError",
        "APITimeoutError",
        "Attempt",
        "AurousError",
        "AuthenticationError",
        "BadRequestError",
        "BudgetExceededError",
        "ConfigurationError",
        "ConflictError",
        "GoneError",
        "InsufficientCreditsError",
        "NotFoundError",
        "PermissionDeniedError",
        "RateLimitError",
        "ServerError",
        "UnprocessableEntityError",
    ),
    "aurous._pacer": ("Lease", "Need", "Pacer", "Settlement"),
    "aurous._rate_limits": ("Bucket", "RateLimit"),
    "aurous._meta": ("ResponseMeta",),
    "aurous._events": (
        "CallEndEvent",
        "OnDrift",
        "PaceEvent",
        "RequestEvent",
        "ResponseEvent",
        "RetryEvent",
        "StreamEndEvent",
        "Trace",
    ),
    "aurous.chat.receipt": ("Receipt", "ReceiptLine"),
    "aurous.diagnosis.examination": ("diagnose",),
    "aurous.diagnosis.report": ("Check", "Diagnosis"),
    "aurous.embeddings.embedding": ("Embedding", "EmbeddingEstimate", "EmbeddingList"),
    "aurous.chat.structured": ("OutputError", "Parsed"),
    "aurous.chat.tool_loop": ("Run",),
    "aurous.chat.tools": ("Tool", "ToolError", "ToolResult", "tool"),
    "aurous.images.generation": ("Generation",),
    "aurous.money.budget": ("Budget",),
    "aurous.money.charge": ("Charge",),
    "aurous.money.ledger": ("JsonlLedger", "Ledger", "LedgerStore", "Total"),
    "aurous.money.reconcile": ("BilledEvent", "Difference", "Reconciliation"),
    "aurous._retries": ("FailedAttempt", "RetryBudget", "RetryPolicy", "standard_policy"),
    "aurous.chat.events": (
        "Finished",
        "Notice",
        "StreamEvent",
        "TextDelta",
        "ToolCallDelta",
    ),
    "aurous.chat.stream": (
        "AsyncChatStream",
        "ChatStream",
        "StreamTiming",
    ),
    "aurous.chat.messages": ("Messages",),
    "aurous.chat.options": ("CompletionOptions",),
    "aurous_api.models": (
        "CharacterStatus",
        "ChatCompletionChunk",
        "ChatMessage",
        "CompletionStatus",
        "ErrorCode",
        "ErrorType",
        "FinishReason",
        "GenerationStatus",
        "MessageRole",
        "UsageEvent",
        "UsageLedgerEvent",
    ),
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
    "AsyncBulk",
    "AsyncChatStream",
    "AsyncClientOptions",
    "AsyncContentStream",
    "AsyncPage",
    "Attempt",
    "Aurous",
    "AurousError",
    "AuthenticationError",
    "BadRequestError",
    "BilledEvent",
    "BinaryContent",
    "Bucket",
    "Budget",
    "BudgetExceededError",
    "Bulk",
    "BulkItem",
    "BulkOutcome",
    "BulkSummary",
    "CallEndEvent",
    "Character",
    "CharacterStatus",
    "Charge",
    "ChatCompletion",
    "ChatCompletionChunk",
    "ChatMessage",
    "ChatStream",
    "Check",
    "ClientOptions",
    "Clock",
    "CompletionCancelledError",
    "CompletionError",
    "CompletionFailedError",
    "CompletionOptions",
    "CompletionStatus",
    "ConfigurationError",
    "ConflictError",
    "ContentStream",
    "Deviation",
    "Diagnosis",
    "Difference",
    "Embedding",
    "EmbeddingEstimate",
    "EmbeddingList",
    "ErrorCode",
    "ErrorInfo",
    "ErrorType",
    "FailedAttempt",
    "FinishReason",
    "Finished",
    "Generation",
    "GenerationStatus",
    "GoneError",
    "InsufficientCreditsError",
    "ItemList",
    "JsonlLedger",
    "Lease",
    "Ledger",
    "LedgerStore",
    "MessageRole",
    "Messages",
    "Need",
    "NotFoundError",
    "Notice",
    "OnDrift",
    "OpenValue",
    "OutputError",
    "PaceEvent",
    "Pacer",
    "Page",
    "Parsed",
    "PermissionDeniedError",
    "RateLimit",
    "RateLimitError",
    "Receipt",
    "ReceiptLine",
    "Reconciliation",
    "RequestEvent",
    "ResponseEvent",
    "ResponseMeta",
    "RetryBudget",
    "RetryEvent",
    "RetryPolicy",
    "Run",
    "ServerError",
    "Settlement",
    "StreamEndEvent",
    "StreamEvent",
    "StreamInterruptedError",
    "StreamTiming",
    "TextDelta",
    "Timeout",
    "Tool",
    "ToolCall",
    "ToolCallDelta",
    "ToolError",
    "ToolResult",
    "Total",
    "Trace",
    "UnprocessableEntityError",
    "Unset",
    "UsageEvent",
    "UsageLedgerEvent",
    "WaitTimeoutError",
    "__version__",
    "diagnose",
    "error_catalogue",
    "standard_policy",
    "tool",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(_import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
