from __future__ import annotations

from typing import ClassVar

from ..types import OpenEnum as _OpenEnum
from ..types import known as _known


class FinishReason(_OpenEnum):
    """Why the model stopped. `stop` is a natural end; `cancelled` is an Aurous value that OpenAI does not have."""

    CANCELLED: ClassVar[FinishReason] = _known("cancelled")
    STOP: ClassVar[FinishReason] = _known("stop")
