"""What may stand in a conversation: a text, messages as dicts or models, completions, and results of tools."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias, cast

from aurous import _check
from aurous_api.models.chat_completion_message import ChatCompletionMessage
from aurous_api.models.chat_message import ChatMessage
from aurous_api.models.message_role import MessageRole

if TYPE_CHECKING:
    from aurous_api.params import ChatMessageParam


class IsMessage(Protocol):
    """What stands for a message of its own, such as a `ChatCompletion`: for that of the assistant."""

    def as_message(self) -> dict[str, Any]:
        """The message, as a request has it."""
        ...


Message: TypeAlias = "ChatMessage | ChatMessageParam | Mapping[str, object] | IsMessage"
"""A message, or what stands for one."""
Messages: TypeAlias = str | Sequence[Message]
"""A text, which is what the user says; or messages, the oldest first."""

_ROLES: Final = tuple(role.value for role in MessageRole)
_IMAGES: Final = ("https://", "data:image/")
_LIKE_THIS: Final = '{"role": "user", "content": "..."}'


def conversation_of(given: Messages) -> list[object]:
    """What stands in a conversation, as it was given; a text is what the user says.

    Raises:
        ConfigurationError: It is no conversation.
    """
    if isinstance(given, str):
        return [{"role": "user", "content": given}]
    whole: Any = given
    if isinstance(whole, (Mapping, bytes, ChatMessage)) or not isinstance(whole, Iterable):
        raise _check.refusal("messages", f"is {_check.excerpt(given)}, and is to be a text or a list of messages")
    conversation = list(cast("Iterable[object]", whole))
    if not conversation:
        raise _check.refusal("messages", f"is empty. To do: pass a text, or a list with a message: {_LIKE_THIS}")
    return conversation


def messages_of(given: Messages) -> list[object]:
    """The messages of a request.

    Raises:
        ConfigurationError: One of them is no message, or has a role that does not exist.
    """
    return [_message(each, f"messages[{number}]") for number, each in enumerate(conversation_of(given))]


def plain(message: object) -> dict[str, Any]:
    """A message of `messages_of` as plain data."""
    return message.to_dict() if isinstance(message, ChatMessage) else dict(cast("Mapping[str, Any]", message))


def _message(given: object, at: str) -> object:
    if isinstance(given, ChatMessage):
        return given
    if hasattr(given, "as_message") and not isinstance(given, type):
        return cast("IsMessage", given).as_message()
    if isinstance(given, ChatCompletionMessage):
        raise _check.refusal(at, "is the message of a completion. To do: put the completion itself in its place")
    if not isinstance(given, Mapping):
        raise _check.refusal(at, f"is {_check.excerpt(given)}, and is to be a message such as {_LIKE_THIS}")
    message = cast("Mapping[str, object]", given)
    role = message.get("role")
    if role not in _ROLES:
        found = f"the role {_check.excerpt(role)}" if "role" in message else "no role"
        raise _check.refusal(at, f"has {found}; the roles are {', '.join(_ROLES)}")
    content = message.get("content")
    if isinstance(content, (list, tuple)):
        for number, part in enumerate(cast("Sequence[object]", content)):
            _check_image(part, f"{at}.content[{number}].image_url.url")
    return message


def _check_image(part: object, at: str) -> None:
    """Refuse an image that the API does not take by its documentation (API_FACTS 2.1)."""
    image = cast("Mapping[str, object]", part).get("image_url") if isinstance(part, Mapping) else None
    url = cast("Mapping[str, object]", image).get("url") if isinstance(image, Mapping) else None
    if isinstance(url, str) and not url.lower().startswith(_IMAGES):
        raise _check.refusal(
            at, f"is {_check.excerpt(url)}. To do: pass an https address, or the bytes as data:image/png;base64,..."
        )
