from __future__ import annotations

from typing import ClassVar

from ..types import OpenEnum as _OpenEnum
from ..types import known as _known


class UsageStatus(_OpenEnum):
    """How far something that was asked for has come. `completed` is what a generation calls `succeeded`."""

    CANCELLED: ClassVar[UsageStatus] = _known("cancelled")
    COMPLETED: ClassVar[UsageStatus] = _known("completed")
    FAILED: ClassVar[UsageStatus] = _known("failed")
    PENDING: ClassVar[UsageStatus] = _known("pending")
    PROCESSING: ClassVar[UsageStatus] = _known("processing")
