from .. import types as _types


class FinishReason(_types.OpenEnum):
    """Why the model stopped. `stop` is a natural end; `cancelled` is an Aurous value that OpenAI does not have."""

    CANCELLED = "cancelled"
    STOP = "stop"
