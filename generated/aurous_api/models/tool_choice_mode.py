from __future__ import annotations

from typing import ClassVar

from ..types import OpenEnum as _OpenEnum
from ..types import known as _known


class ToolChoiceMode(_OpenEnum):
    """Whether the model may (`auto`), must (`required`) or must not (`none`) call a tool."""

    AUTO: ClassVar[ToolChoiceMode] = _known("auto")
    NONE: ClassVar[ToolChoiceMode] = _known("none")
    REQUIRED: ClassVar[ToolChoiceMode] = _known("required")
