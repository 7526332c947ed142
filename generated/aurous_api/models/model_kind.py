from __future__ import annotations

from typing import ClassVar

from ..types import OpenEnum as _OpenEnum
from ..types import known as _known


class ModelKind(_OpenEnum):
    """What a model is for."""

    CHAT: ClassVar[ModelKind] = _known("chat")
    EMBEDDING: ClassVar[ModelKind] = _known("embedding")
