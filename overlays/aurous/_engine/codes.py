"""What is documented of each error code: the catalogue of the contract, which travels with the generated package."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any, Literal

from attrs import define

Retry = Literal["never", "backoff", "after_hint", "if_in_flight"]


@define(frozen=True)
class ErrorInfo:
    """What the documentation says of an error code."""

    code: str
    type: str
    """`error.type` that comes with it."""
    statuses: tuple[int, ...]
    """HTTP statuses that it comes with."""
    retry: Retry
    """Whether to repeat the call: never; after growing waits; when the answer says; while the first one runs."""
    when: str
    """When the API answers with it."""
    remedy: str
    """What to do about it."""

    @property
    def retryable(self) -> bool:
        """Whether the same call may succeed later."""
        return self.retry != "never"


@cache
def error_catalogue() -> Mapping[str, ErrorInfo]:
    """Every documented error code, by code.

    Example:
        >>> error_catalogue()["too_many_requests"].retryable
        True
    """
    contract = json.loads(resources.files("aurous_api").joinpath("contract.json").read_text("utf-8"))
    codes = contract["components"]["schemas"]["ErrorCode"]["x-codes"]
    return MappingProxyType({code: _info(code, entry) for code, entry in codes.items()})


def _info(code: str, entry: Mapping[str, Any]) -> ErrorInfo:
    return ErrorInfo(
        code=code,
        type=str(entry.get("type") or ""),
        statuses=tuple(entry["status"]),
        retry=entry["retry"],
        when=str(entry.get("when", "")),
        remedy=str(entry.get("remedy", "")),
    )


def error_info(code: str | None) -> ErrorInfo | None:
    """What is documented of an error code; None for one that is not."""
    return error_catalogue().get(code) if code else None
