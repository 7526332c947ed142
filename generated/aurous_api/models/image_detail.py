from __future__ import annotations

from typing import ClassVar

from ..types import OpenEnum as _OpenEnum
from ..types import known as _known


class ImageDetail(_OpenEnum):
    """How closely an image is looked at."""

    AUTO: ClassVar[ImageDetail] = _known("auto")
    HIGH: ClassVar[ImageDetail] = _known("high")
    LOW: ClassVar[ImageDetail] = _known("low")
