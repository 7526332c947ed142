"""Conversations with a model. The operations stand in `chat.completions`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..operations import (
    AsyncResource,
    Resource,
)

if TYPE_CHECKING:
    from aurous.chat.completions import (
        AsyncCompletions as AsyncChatCompletionsResource,
    )
    from aurous.chat.completions import (
        Completions as ChatCompletionsResource,
    )


class ChatResource(Resource):
    """Conversations with a model. The operations stand in `chat.completions`."""

    __slots__ = ()

    @property
    def completions(self) -> ChatCompletionsResource:
        """Chat completions that are stored, and those that are being streamed."""
        resource: ChatCompletionsResource = self._caller.resource("chat.completions")
        return resource


class AsyncChatResource(AsyncResource):
    """Conversations with a model. The operations stand in `chat.completions`."""

    __slots__ = ()

    @property
    def completions(self) -> AsyncChatCompletionsResource:
        """Chat completions that are stored, and those that are being streamed."""
        resource: AsyncChatCompletionsResource = self._caller.resource("chat.completions")
        return resource
