"""What is documented of each error code."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, Literal, cast

from attrs import asdict, define

from aurous_api.error_codes import CODES

Retry = Literal["never", "backoff", "after_hint", "if_in_flight"]


@define(frozen=True)
class ErrorInfo:
    """What the documentation says of an error code."""

    code: str
    type: str
    """`error.type` that comes with it; empty where that is not documented."""
    statuses: tuple[int, ...]
    """HTTP statuses that it comes with."""
    retry: Retry
    """Whether to repeat the call: never; after growing waits; when the response says; while the first one runs."""
    when: str
    """When the API responds with it."""
    remedy: str
    """What to do about it; empty where that is not documented."""

    @property
    def retryable(self) -> bool:
        """Whether the same call may succeed later."""
        return self.retry != "never"

    def as_dict(self) -> dict[str, Any]:
        """What is documented, as plain JSON data."""
        return {**asdict(self), "statuses": list(self.statuses)}


@cache
def error_catalogue() -> Mapping[str, ErrorInfo]:
    """Every documented error code, by code.

    Example:
        >>> error_catalogue()["too_many_requests"].retryable
        True
    """
    return MappingProxyType({code: _info(code) for code in CODES})


def _info(code: str) -> ErrorInfo:
    type_, statuses, retry, when, remedy = CODES[code]
    return ErrorInfo(code, type_, statuses, cast("Retry", retry), when, remedy)


def error_info(code: str | None) -> ErrorInfo | None:
    """What is documented of an error code; None for one that is not."""
    return _info(code) if code in CODES else None
