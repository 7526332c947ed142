from __future__ import annotations

from typing import ClassVar

from ..types import OpenEnum as _OpenEnum
from ..types import known as _known


class UsageType(_OpenEnum):
    """A kind of work. `t2i` is an image of a text, `t2v` a video of a text."""

    CHAT: ClassVar[UsageType] = _known("chat")
    EMBEDDING: ClassVar[UsageType] = _known("embedding")
    T2I: ClassVar[UsageType] = _known("t2i")
    T2V: ClassVar[UsageType] = _known("t2v")
