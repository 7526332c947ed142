from .. import types as _types


class ChatCompletionObject(_types.OpenEnum):
    """The kind of object, always `chat.completion`."""

    CHAT_COMPLETION = "chat.completion"
