"""What log records carry beside their message, for whoever counts or filters them.

Every record of the logger `aurous` has all of these attributes, so that a format may name any; what is not known is
None. The prefix keeps them apart from what `logging.LogRecord` has itself.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from aurous._errors import Attempt, Outcome

Told = Literal[
    "attempt",
    "pace",
    "retry",
    "stream_end",
    "drift",
    "deprecation",
    "version",
    "telemetry",
    "pacer",
    "on_call_end",
    "on_stream_end",
    "rates",
    "ledger",
    "budget",
]
"""What a record tells of."""


def log_fields(
    event: Told,
    operation: str | None,
    *,
    number: int | None = None,
    attempt: Attempt | None = None,
    delay: float | None = None,
    outcome: Outcome | None = None,
    error_type: str | None = None,
    request_id: str | None = None,
) -> dict[str, Any]:
    """The attributes, for `extra=`."""
    return {
        "aurous_event": event,
        "aurous_operation": operation,
        "aurous_outcome": outcome if attempt is None else attempt.outcome,
        "aurous_error_type": error_type if attempt is None else attempt.error_type,
        "aurous_status_code": None if attempt is None else attempt.status_code,
        "aurous_attempt": number,
        "aurous_elapsed": None if attempt is None else attempt.elapsed,
        "aurous_delay": delay,
        "aurous_request_id": request_id if attempt is None else attempt.request_id,
    }


class Complete(logging.Filter):
    """Gives a record the attributes that it was not given."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Complete the record; it always passes."""
        for name in _NAMES:
            if not hasattr(record, name):
                setattr(record, name, None)
        return True


_NAMES: Final = tuple(log_fields("attempt", None))
