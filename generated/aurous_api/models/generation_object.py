from __future__ import annotations

from typing import ClassVar

from ..types import OpenEnum as _OpenEnum
from ..types import known as _known


class GenerationObject(_OpenEnum):
    """The kind of object, always `inference`."""

    INFERENCE: ClassVar[GenerationObject] = _known("inference")
