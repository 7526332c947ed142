from __future__ import annotations

from typing import ClassVar

from ..types import OpenEnum as _OpenEnum
from ..types import known as _known


class EmbeddingEncodingFormat(_OpenEnum):
    """How a vector is written. Whichever is asked for, the API returns numbers."""

    BASE64: ClassVar[EmbeddingEncodingFormat] = _known("base64")
    FLOAT: ClassVar[EmbeddingEncodingFormat] = _known("float")
