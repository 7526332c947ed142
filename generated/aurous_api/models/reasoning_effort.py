from __future__ import annotations

from typing import ClassVar

from ..types import OpenEnum as _OpenEnum
from ..types import known as _known


class ReasoningEffort(_OpenEnum):
    """How much a model thinks before it answers."""

    HIGH: ClassVar[ReasoningEffort] = _known("high")
    LOW: ClassVar[ReasoningEffort] = _known("low")
    MEDIUM: ClassVar[ReasoningEffort] = _known("medium")
    MINIMAL: ClassVar[ReasoningEffort] = _known("minimal")
