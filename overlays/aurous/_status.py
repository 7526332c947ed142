"""What a status means, whichever of the documented vocabularies it comes from.

The public statuses are `completed`, `in_progress`, `failed` and `cancelled`. The vendor's pages also name states of its
own machine, `pending`, `processing` and any `cancelled_*`, which may leak (API_FACTS 4.1, item 5). An unknown status is
neither an end nor a success.
"""

from __future__ import annotations

_IN_PROGRESS = frozenset({"in_progress", "pending", "processing"})


def is_completed(status: object) -> bool:
    """The answer is whole."""
    return status == "completed"


def is_in_progress(status: object) -> bool:
    """The answer is still being made."""
    return isinstance(status, str) and str(status) in _IN_PROGRESS


def is_failed(status: object) -> bool:
    """The answer will not come."""
    return status == "failed"


def is_cancelled(status: object) -> bool:
    """The answer was called off, by a request or by a client that went away."""
    return isinstance(status, str) and (status == "cancelled" or status.startswith("cancelled_"))


def is_terminal(status: object) -> bool:
    """Nothing more will come: completed, failed or cancelled."""
    return is_completed(status) or is_failed(status) or is_cancelled(status)
