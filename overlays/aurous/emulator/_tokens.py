"""How many tokens something has, by a simple rule, as the real one is not documented.

A token is four bytes of UTF-8, the last one begun. An image has the documented numbers: 512 where its `detail` is low,
2048 where the request says `vision_quality: "xhigh"`, else 1024; a video counts like an image.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

from ._json import Body, is_list, list_in, object_in

_BYTES: Final = 4
_LOW, _HIGH, _XHIGH = 512, 1024, 2048


def tokens_of(*texts: str) -> int:
    """The tokens of texts, as if they were one."""
    return -(-sum(len(text.encode("utf-8", "replace")) for text in texts) // _BYTES)


def first_tokens(text: str, most: int) -> str:
    """The beginning of a text that has so many tokens at most."""
    return text.encode("utf-8", "replace")[: most * _BYTES].decode("utf-8", "ignore")


def tokens_of_calls(calls: list[Body]) -> int:
    """The tokens of tool calls, in their form on the wire."""
    return tokens_of(*(text for call in calls for text in _texts_of_call(call)))


def tokens_of_prompt(body: Body) -> int:
    """The tokens that a request to create a completion has the model read: its messages, and its tools as JSON."""
    messages = [object_in(message) for message in list_in(body.get("messages"))]
    texts = [text for message in messages for text in _texts_of(message)]
    if body.get("tools"):
        texts.append(json.dumps(body["tools"], ensure_ascii=False, separators=(",", ":")))
    high = _XHIGH if body.get("vision_quality") == "xhigh" else _HIGH
    return tokens_of(*texts) + sum(_visual(part, high) for message in messages for part in _parts(message))


def text_of(message: Body) -> str:
    """The text of a message, that of its parts joined."""
    content = message.get("content")
    return content if isinstance(content, str) else "".join(str(part.get("text", "")) for part in _parts(message))


def _texts_of(message: Body) -> Iterator[str]:
    yield text_of(message)
    for call in list_in(message.get("tool_calls")):
        yield from _texts_of_call(object_in(call))


def _texts_of_call(call: Body) -> tuple[str, str]:
    function = object_in(call.get("function"))
    return str(function.get("name", "")), str(function.get("arguments", ""))


def _parts(message: Body) -> list[Any]:
    content = message.get("content")
    return [object_in(part) for part in content] if is_list(content) else []


def _visual(part: Body, high: int) -> int:
    if part.get("type") not in {"image_url", "video_url"}:
        return 0
    return _LOW if object_in(part.get("image_url")).get("detail") == "low" else high
