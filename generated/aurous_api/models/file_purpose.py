from __future__ import annotations

from typing import ClassVar

from ..types import OpenEnum as _OpenEnum
from ..types import known as _known


class FilePurpose(_OpenEnum):
    """What a file is for. `first_frame` and `last_frame` are for videos."""

    FIRST_FRAME: ClassVar[FilePurpose] = _known("first_frame")
    LAST_FRAME: ClassVar[FilePurpose] = _known("last_frame")
    REFERENCE: ClassVar[FilePurpose] = _known("reference")
