"""What a completion is made of, as type checkers see it. Checked by mypy and pyright, never run."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, assert_type

from aurous import (
    UNSET,
    Attempt,
    Bucket,
    ChatCompletion,
    CompletionStatus,
    Deviation,
    FinishReason,
    Receipt,
    ReceiptLine,
    ResponseMeta,
    ToolCall,
    Unset,
)
from aurous_api.models import ChatCompletionChoice, CompletionError, CreditBreakdown, TokenBreakdown, Usage


def reads(completion: ChatCompletion) -> None:
    assert_type(completion.id, str)
    assert_type(completion.created, float)
    assert_type(completion.model, str)
    assert_type(completion.choices, list[ChatCompletionChoice])
    assert_type(completion.usage, Usage)
    assert_type(completion.status, CompletionStatus)
    assert_type(completion.status.is_known, bool)
    assert_type(completion.error, CompletionError | Unset)
    assert_type(completion.choices[0].message.content, str | None)
    assert_type(completion.choices[0].finish_reason, FinishReason | Unset)
    assert_type(completion.usage.breakdown, CreditBreakdown | TokenBreakdown)

    completion.statuss  # type: ignore[attr-defined]  # noqa: B018


def is_helped(completion: ChatCompletion) -> None:
    assert_type(completion.is_terminal, bool)
    assert_type(completion.is_completed, bool)
    assert_type(completion.is_in_progress, bool)
    assert_type(completion.is_failed, bool)
    assert_type(completion.is_cancelled, bool)
    assert_type(completion.text, str | None)
    assert_type(completion.created_at, datetime)
    assert_type(completion.drift, tuple[Deviation, ...])
    assert_type(completion.raise_for_status(), ChatCompletion)
    assert_type(completion.to_dict(), dict[str, Any])
    assert_type(ChatCompletion.from_dict({"id": "cmp_1"}), ChatCompletion)

    completion.text.upper()  # type: ignore[union-attr]
    completion.text = "mine"  # type: ignore[misc]


def calls_tools(completion: ChatCompletion) -> None:
    assert_type(completion.tool_calls, tuple[ToolCall, ...])
    for call in completion.tool_calls:
        assert_type(call.id, str)
        assert_type(call.name, str)
        assert_type(call.arguments, dict[str, Any])
        assert_type(call.function.arguments, str)


def counts(receipt: Receipt) -> None:
    assert_type(receipt.credits, Decimal)
    assert_type(receipt.difference, Decimal)
    assert_type(receipt.adds_up, bool)
    assert_type(receipt.lines, tuple[ReceiptLine, ...])
    assert_type(receipt.model, str | None)
    assert_type(receipt.pricing_version, int | None)
    assert_type(receipt.lines[0].tokens, int | float | Decimal | None)

    receipt.credits = Decimal()  # type: ignore[misc]


def looks_behind(meta: ResponseMeta) -> None:
    assert_type(meta.status_code, int)
    assert_type(meta.request_id, str | None)
    assert_type(meta.api_version, str | None)
    assert_type(meta.headers, Mapping[str, str])
    assert_type(meta.attempts, tuple[Attempt, ...])
    assert_type(meta.elapsed, float)
    assert_type(meta.idempotent_replay, bool)
    assert_type(meta.rate_limit.requests, Bucket | None)
    assert_type(meta.rate_limit.tokens, Bucket | None)
    if meta.rate_limit.requests is not None:
        assert_type(meta.rate_limit.requests.remaining, int | None)
        assert_type(meta.rate_limit.requests.reset_at, datetime | None)


def tells_absence_apart(completion: ChatCompletion) -> None:
    if completion.error:
        assert_type(completion.error, CompletionError)
        print(completion.error.message)
    if not isinstance(completion.error, Unset):
        assert_type(completion.error, CompletionError)
    print(completion.error is UNSET)
