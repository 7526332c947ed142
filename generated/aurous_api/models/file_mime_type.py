from __future__ import annotations

from typing import ClassVar

from ..types import OpenEnum as _OpenEnum
from ..types import known as _known


class FileMimeType(_OpenEnum):
    """What a file is, PNG, JPEG or WebP."""

    IMAGEJPEG: ClassVar[FileMimeType] = _known("image/jpeg")
    IMAGEPNG: ClassVar[FileMimeType] = _known("image/png")
    IMAGEWEBP: ClassVar[FileMimeType] = _known("image/webp")
