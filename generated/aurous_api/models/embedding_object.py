from __future__ import annotations

from typing import ClassVar

from ..types import OpenEnum as _OpenEnum
from ..types import known as _known


class EmbeddingObject(_OpenEnum):
    """The kind of object, always `embedding`."""

    EMBEDDING: ClassVar[EmbeddingObject] = _known("embedding")
