"""What is known of a call beside its result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import define, field

from aurous import _rate_limits
from aurous._errors import Attempt
from aurous._rate_limits import RateLimit


def media_type(headers: Mapping[str, str]) -> str:
    """The media type that a response names, without parameters and in lower case; empty where it names none."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def is_replay(headers: Mapping[str, str]) -> bool:
    """Whether a response was given to the same request before."""
    return headers.get("aurous-idempotent-replayed", "").lower() == "true"


@define(frozen=True)
class ResponseMeta:
    """The call that brought an object."""

    status_code: int
    """HTTP status of the response."""
    headers: Mapping[str, str] = field(repr=False)
    """Headers of the response, names in lower case; values that came more than once are joined by commas."""
    attempts: tuple[Attempt, ...]
    """What was tried, in order; the last one brought the response."""
    elapsed: float
    """Seconds that the whole call took, waits included."""
    idempotency_key: str | None = None
    """The key under which the request may be repeated; None where the operation takes none."""

    @property
    def request_id(self) -> str | None:
        """`Aurous-Request-Id`, to be quoted to the vendor's support."""
        return self.headers.get("aurous-request-id")

    @property
    def api_version(self) -> str | None:
        """`Aurous-Version`: the dated version that the API applied."""
        return self.headers.get("aurous-version")

    @property
    def rate_limit(self) -> RateLimit:
        """The team's rate limits after this call."""
        return _rate_limits.rate_limit(self.headers)

    @property
    def idempotent_replay(self) -> bool:
        """Whether the response is a replay (`Aurous-Idempotent-Replayed: true`), which is not billed again."""
        return is_replay(self.headers)

    def as_dict(self) -> dict[str, Any]:
        """The call as plain JSON data, safe to log: no headers."""
        rate_limit = self.rate_limit
        return {
            "status_code": self.status_code,
            "request_id": self.request_id,
            "api_version": self.api_version,
            "elapsed": self.elapsed,
            "idempotency_key": self.idempotency_key,
            "idempotent_replay": self.idempotent_replay,
            "attempts": [attempt.as_dict() for attempt in self.attempts],
            "rate_limit": rate_limit.as_dict(),
        }
