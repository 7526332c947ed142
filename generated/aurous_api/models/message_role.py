from __future__ import annotations

from typing import ClassVar

from ..types import OpenEnum as _OpenEnum
from ..types import known as _known


class MessageRole(_OpenEnum):
    """Who speaks. `tool` brings the result of a tool."""

    ASSISTANT: ClassVar[MessageRole] = _known("assistant")
    SYSTEM: ClassVar[MessageRole] = _known("system")
    TOOL: ClassVar[MessageRole] = _known("tool")
    USER: ClassVar[MessageRole] = _known("user")
