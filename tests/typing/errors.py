"""Catching errors, as type checkers see it. Checked by mypy and pyright, never run."""

from typing import Any, assert_type

from aurous import (
    APIStatusError,
    Attempt,
    Aurous,
    AurousError,
    ChatCompletion,
    CompletionError,
    ErrorCode,
    ErrorInfo,
    NotFoundError,
    RateLimitError,
    WaitTimeoutError,
    error_catalogue,
)


def catches(client: Aurous) -> None:
    try:
        client.chat.completions.wait("cmp_1").raise_for_status()
    except NotFoundError as error:
        assert_type(error.status_code, int)
    except RateLimitError as error:
        assert_type(error.retry_after, float | None)
    except APIStatusError as error:
        assert_type(error.status_code, int)
        assert_type(error.code == ErrorCode.INTERNAL_ERROR, bool)
    except WaitTimeoutError as error:
        assert_type(error.completion, ChatCompletion | None)
    except CompletionError as error:
        assert_type(error.completion, ChatCompletion)
    except AurousError as error:
        assert_type(error.status_code, int | None)


def looks_into(error: AurousError) -> None:
    assert_type(error.message, str)
    assert_type(error.type, str | None)
    assert_type(error.code, str | None)
    assert_type(error.param, str | None)
    assert_type(error.doc_url, str | None)
    assert_type(error.request_id, str | None)
    assert_type(error.retryable, bool)
    assert_type(error.attempts, tuple[Attempt, ...])
    assert_type(error.body, str | None)
    assert_type(error.as_dict(), dict[str, Any])
    for attempt in error.attempts:
        assert_type(attempt.status_code, int | None)
        assert_type(attempt.reason, str)
        assert_type(attempt.waited, float)

    error.retry_afterwards  # type: ignore[attr-defined]  # noqa: B018


def looks_up() -> None:
    info = error_catalogue()["too_many_requests"]
    assert_type(info, ErrorInfo)
    assert_type(info.retryable, bool)
    assert_type(info.statuses, tuple[int, ...])
    error_catalogue()["mine"] = info  # type: ignore[index]
