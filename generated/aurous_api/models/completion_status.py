from .. import types as _types


class CompletionStatus(_types.OpenEnum):
    """How far a completion has come. `in_progress` is seen while it is being streamed; the others are final."""

    CANCELLED = "cancelled"
    COMPLETED = "completed"
    FAILED = "failed"
    IN_PROGRESS = "in_progress"
