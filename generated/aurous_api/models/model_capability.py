from __future__ import annotations

from typing import ClassVar

from ..types import OpenEnum as _OpenEnum
from ..types import known as _known


class ModelCapability(_OpenEnum):
    """Something that a model can do. `multimodal_input`: read pictures. `reasoning_effort`: think as hard as it is told.
    `tool_choice_required`: be made to call a tool.
    """

    MULTIMODAL_INPUT: ClassVar[ModelCapability] = _known("multimodal_input")
    REASONING_EFFORT: ClassVar[ModelCapability] = _known("reasoning_effort")
    TOOL_CHOICE_REQUIRED: ClassVar[ModelCapability] = _known("tool_choice_required")
