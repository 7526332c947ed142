"""When a call is tried again, and after how long: the whole policy.

Retried is what another try can change: a connection that could not be made or broke, a server that was too slow, and
the statuses 408, 429, 500, 502, 503, 504, 520-524 and 529; 409 only where its code says that the first request is still
running; and the response to another request on a connection that had carried other calls, which another connection
mends. Never retried: certificate failures, other unusable responses, redirects, and every other 4xx. A POST or PATCH
without an idempotency key is retried only where it was certainly not carried out: no connection, 429, or a code with
which the documentation says that nothing is charged.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any, Final

from attrs import define

from aurous import _check
from aurous._errors import APIStatusError, AurousError, RateLimitError

RETRIED_STATUSES: Final = frozenset({408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})
RETRIED_CODES: Final = frozenset({"idempotency_key_in_use"})
UNCHARGED_CODES: Final = frozenset(
    {"chat_provider_unavailable", "chat_provider_unknown_error", "embeddings_provider_unknown_error"}
)
"""With which nothing came of the request: the hold on the credits is released (API_FACTS 3.1)."""

BASE_DELAY: Final = 0.5
THROTTLED_BASE_DELAY: Final = 1.0
MAX_DELAY: Final = 8.0
MAX_HINT: Final = 60.0
"""Seconds; a server that asks for a longer wait gets none: the call fails at once and says so."""


@define(frozen=True)
class FailedAttempt:
    """What a retry policy decides on."""

    number: int
    """How many attempts were made, this one included; a redirect that was followed is none."""
    error: AurousError
    """What the caller gets if there is no further attempt; `error.retryable` says whether one may help."""
    hint: float | None
    """Seconds that the server asked to wait: `Retry-After`, or for 429 the time until the bucket is full."""
    remaining: float
    """Seconds left of the call's deadline."""
    max_retries: int
    """How many retries the caller allows."""
    random: float
    """A number in [0, 1), new for each decision."""

    def as_dict(self) -> dict[str, Any]:
        """The failed attempt as plain JSON data."""
        return {
            "number": self.number,
            "error": self.error.as_dict(),
            "hint": self.hint,
            "remaining": self.remaining,
            "max_retries": self.max_retries,
            "random": self.random,
        }


RetryPolicy = Callable[[FailedAttempt], float | None]
"""Says how many seconds to wait before the next attempt, or None for no further attempt.

The call's deadline and the retry budget hold whatever the policy says.
"""


def standard_policy(failed: FailedAttempt) -> float | None:
    """Full jitter on 0.5 s that doubles to 8 s (from 1 s after 429); the server's own hint goes before, up to 60 s."""
    if failed.number > failed.max_retries or not failed.error.retryable:
        return None
    if failed.hint is not None:
        return failed.hint if failed.hint <= MAX_HINT else None
    base = THROTTLED_BASE_DELAY if isinstance(failed.error, RateLimitError) else BASE_DELAY
    return failed.random * min(base * 2.0 ** min(failed.number - 1, 10), MAX_DELAY)


def is_retryable_status(status_code: int, code: str | None) -> bool:
    """Whether a response with this status and error code may be different the next time."""
    return status_code in RETRIED_STATUSES or (status_code == 409 and code in RETRIED_CODES)


@define(frozen=True)
class RetryBudget:
    """How many retries a client may spend while its calls fail: a token bucket that successes refill.

    A retry takes `cost` tokens (`throttle_cost` after 429). When the call succeeds they come back; a call that succeeds
    at once brings one. The default allows ten retries to a client whose every call fails: an outage of the server is
    not made worse by a storm.
    """

    capacity: int = 140
    cost: int = 14
    throttle_cost: int = 5

    def __attrs_post_init__(self) -> None:
        for name in ("capacity", "cost", "throttle_cost"):
            _check.count(getattr(self, name), source=f"retry_budget ({name})")


class TokenBucket:
    """The state of a `RetryBudget`; safe to share between threads."""

    def __init__(self, budget: RetryBudget) -> None:
        self._budget = budget
        self._tokens = budget.capacity
        self._lock = Lock()

    def take(self, error: AurousError) -> int | None:
        """Pay for a retry. Returns what it took, None where the budget is spent."""
        throttled = isinstance(error, APIStatusError) and error.status_code == 429
        cost = self._budget.throttle_cost if throttled else self._budget.cost
        with self._lock:
            if self._tokens < cost:
                return None
            self._tokens -= cost
            return cost

    def refund(self, taken: int) -> None:
        """A call succeeded, after retries that took this much, or without any."""
        if not taken and self._tokens >= self._budget.capacity:
            return
        with self._lock:
            self._tokens = min(self._budget.capacity, self._tokens + (taken or 1))
