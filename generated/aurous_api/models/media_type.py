from __future__ import annotations

from typing import ClassVar

from ..types import OpenEnum as _OpenEnum
from ..types import known as _known


class MediaType(_OpenEnum):
    """What a generation makes."""

    IMAGE: ClassVar[MediaType] = _known("image")
    VIDEO: ClassVar[MediaType] = _known("video")
