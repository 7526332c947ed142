from __future__ import annotations

from typing import ClassVar

from ..types import OpenEnum as _OpenEnum
from ..types import known as _known


class UsageEventType(_OpenEnum):
    """A kind of request."""

    CHAT: ClassVar[UsageEventType] = _known("chat")
    EMBEDDING: ClassVar[UsageEventType] = _known("embedding")
    IMAGE: ClassVar[UsageEventType] = _known("image")
    VIDEO: ClassVar[UsageEventType] = _known("video")
