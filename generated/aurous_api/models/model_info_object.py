from __future__ import annotations

from typing import ClassVar

from ..types import OpenEnum as _OpenEnum
from ..types import known as _known


class ModelInfoObject(_OpenEnum):
    """The kind of object, always `model`."""

    MODEL: ClassVar[ModelInfoObject] = _known("model")
