from __future__ import annotations

from typing import ClassVar

from ..types import OpenEnum as _OpenEnum
from ..types import known as _known


class ChatCompletionChunkObject(_OpenEnum):
    """The kind of object, always `chat.completion.chunk`."""

    CHAT_COMPLETION_CHUNK: ClassVar[ChatCompletionChunkObject] = _known("chat.completion.chunk")
