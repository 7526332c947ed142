from __future__ import annotations

from typing import ClassVar

from ..types import OpenEnum as _OpenEnum
from ..types import known as _known


class GenerationStatus(_OpenEnum):
    """How far a generation has come. `pending`: it has not begun. `processing`: it is under way. The others are final.
    `succeeded`: there is an output. `failed`: there is none. `cancelled`: it was ended on request.
    """

    CANCELLED: ClassVar[GenerationStatus] = _known("cancelled")
    FAILED: ClassVar[GenerationStatus] = _known("failed")
    PENDING: ClassVar[GenerationStatus] = _known("pending")
    PROCESSING: ClassVar[GenerationStatus] = _known("processing")
    SUCCEEDED: ClassVar[GenerationStatus] = _known("succeeded")
