from __future__ import annotations

from typing import ClassVar

from ..types import OpenEnum as _OpenEnum
from ..types import known as _known


class ChatCompletionObject(_OpenEnum):
    """The kind of object, always `chat.completion`."""

    CHAT_COMPLETION: ClassVar[ChatCompletionObject] = _known("chat.completion")
