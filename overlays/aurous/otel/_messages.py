"""What is said to a model and by it, in the form that the conventions' JSON schemas give to messages."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, Final, cast

from aurous._errors import ConfigurationError
from aurous._secret import shown
from aurous.chat.completion import ChatCompletion
from aurous.chat.tools import text_of

_MODALITIES: Final = {"image_url": "image", "video_url": "video"}
_REASONS: Final = {"tool_calls": "tool_call"}
"""Where the word of the conventions is another one than that of the API."""


def json_text(value: object) -> str:
    """A value as JSON, without any key; what JSON cannot hold is named by its class."""
    try:
        return shown(json.dumps(value, default=_of_another_kind))
    except (ConfigurationError, TypeError, ValueError, RecursionError):
        return json.dumps(type(value).__name__)


def _of_another_kind(value: object) -> Any:
    return json.loads(text_of(value))


def input_messages(messages: object) -> str:
    """The messages of a request: dicts, or models of the contract."""
    given = cast("Iterable[Any]", messages if isinstance(messages, list) else [])
    return json_text([_message(_as_dict(each)) for each in given])


def output_messages(completion: ChatCompletion, *, broken_off: bool) -> str:
    """The choices of a completion, each as one message."""
    choices: list[Any] = [*(completion.choices or ())]  # UNSET and None are falsy
    found: list[dict[str, Any]] = []
    for choice in choices:
        data = _as_dict(choice)
        reason = data.get("finish_reason")
        word = _REASONS.get(reason, reason) if isinstance(reason, str) else "error" if broken_off else "unknown"
        found.append({**_message(_as_dict(data.get("message"))), "finish_reason": word})
    return json_text(found)


def _message(message: dict[str, Any]) -> dict[str, Any]:
    role = message.get("role")
    role = str.__str__(role) if isinstance(role, str) else "assistant"
    named = {"name": message["name"]} if isinstance(message.get("name"), str) else {}
    if role == "tool":
        response = {"type": "tool_call_response", "id": message.get("tool_call_id"), "response": message.get("content")}
        return {"role": role, "parts": [response], **named}
    return {"role": role, "parts": [*_parts(message.get("content")), *_calls(message.get("tool_calls"))], **named}


def _parts(content: object) -> Iterator[dict[str, Any]]:
    if isinstance(content, str):
        yield {"type": "text", "content": content}
    for each in _list(content):
        part = _as_dict(each)
        kind = str(part.get("type", "unknown"))
        if kind == "text":
            yield {"type": "text", "content": part.get("text")}
        elif kind in _MODALITIES:
            yield _media(_MODALITIES[kind], _as_dict(part.get(kind)).get("url"))
        else:
            yield {**part, "type": kind}


def _media(modality: str, url: object) -> dict[str, Any]:
    """An image or a video: by its address, or the bytes that a `data:` URL holds."""
    text = str(url)
    head, comma, data = text.partition(",")
    if text.startswith("data:") and comma and head.endswith(";base64"):
        mime_type = head.removeprefix("data:").removesuffix(";base64")
        return {"type": "blob", "modality": modality, "mime_type": mime_type, "content": data}
    return {"type": "uri", "modality": modality, "uri": text}


def _calls(calls: object) -> Iterator[dict[str, Any]]:
    for each in _list(calls):
        call = _as_dict(each)
        function = _as_dict(call.get("function"))
        arguments = function.get("arguments")
        if isinstance(arguments, str):
            with suppress(ValueError):  # they stay as the model wrote them
                arguments = json.loads(arguments)
        yield {"type": "tool_call", "id": call.get("id"), "name": function.get("name"), "arguments": arguments}


def _list(value: object) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, (list, tuple)) else []


def _as_dict(value: Any) -> dict[str, Any]:
    data: Any = value.to_dict() if hasattr(value, "to_dict") else value
    return cast("dict[str, Any]", data) if isinstance(data, dict) else {}
