"""What a call may cost at most, by the hold that the API is documented to make (API_FACTS 2.1).

A guard, not a prediction: the published formula leaves out the rate of the input, and whether reasoning counts against
`max_tokens` is not documented. Tokens are estimated: a third of the bytes of the request, and what images are
documented to count.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal, localcontext
from typing import Any, Final, NamedTuple

from attrs import define, evolve

from aurous._amounts import EXACT, trimmed
from aurous._engine.strict_json import as_list, as_object
from aurous._secret import shown
from aurous._text import one_line
from aurous.chat.receipt import exact
from aurous_api.operations import Operation
from aurous_api.resources.chat_completions import CREATE as CHAT
from aurous_api.resources.embeddings import CREATE as EMBEDDING

_MARGIN: Final = Decimal("1.10")
_BYTES_OF_A_TOKEN: Final = 3
_LOW, _HIGH, _XHIGH = 512, 1024, 2048
_VERSION: Final = re.compile(r"-\d+\.\d+$")
_MILLIONTH: Final = Decimal("0.000001")


@define(frozen=True)
class Estimate:
    """What a call may cost."""

    operation: str
    model: str | None = None
    credits: Decimal | None = None
    """At most, by the published formula; None where it is not known."""
    problem: str = ""
    """Why it is not known."""

    def __str__(self) -> str:
        return self.operation + (f" by {one_line(self.model, 80)!r}" if self.model else "")


class _UnknownError(Exception):
    """What a call may cost is not known; the text says why."""


def asked_of(operation: Operation[Any, Any], given: Mapping[str, object]) -> Estimate:
    """A call with these arguments, of which it is not known yet what it may cost."""
    price = price_of(operation)
    name = f"{operation.method} {operation.path}" if price is None and not operation.id else operation.name
    model = given.get("model") or (as_object(given.get("json")) or {}).get("model")
    return Estimate(shown(name) if price is None else price.name, shown(model) if isinstance(model, str) else None)


def estimated(asked: Estimate, operation: Operation[Any, Any], request: bytes, models: Sequence[Any]) -> Estimate:
    """A call, with what it may cost.

    Args:
        asked: The call.
        operation: What is called.
        request: The body of its request.
        models: Those that the API lists.
    """
    price = price_of(operation)
    if price is None:
        return evolve(asked, problem="its price is not documented")
    body = as_object(json.loads(request or b"null")) or {}
    try:
        with localcontext(EXACT):
            held = max(price.held(body, len(request), each) for each in _called(asked.model, models))
            return evolve(asked, credits=trimmed(held * _MILLIONTH))
    except _UnknownError as error:
        return evolve(asked, problem=str(error))


def price_of(operation: Operation[Any, Any]) -> Price | None:
    """What is held for an operation; None where that is not documented."""
    return _PRICES.get((operation.method, operation.path))


def _chat(body: Mapping[str, Any], size: int, model: Any) -> Decimal:
    """Millionths of the credits that are held for a chat completion."""
    images = [each for message in as_list(body.get("messages")) or () for each in _media(message, "content")]
    read = _text_tokens(size, images) + sum(_image_tokens(each, body) for each in images)
    written = body.get("max_tokens")
    if not isinstance(written, int):
        limits = model.aurous_metadata
        caps = [getattr(limits, name, None) for name in ("max_output_tokens_hard_cap", "hard_max_tokens")]
        written = next((cap for cap in caps if isinstance(cap, int)), None)
    if written is None:
        raise _UnknownError("it has no max_tokens, and its model names no limit")
    return read * _MARGIN * _rate(model.chat_pricing, "input") + max(written, 0) * _rate(model.chat_pricing, "output")


def _embedding(body: Mapping[str, Any], size: int, model: Any) -> Decimal:
    """Millionths of the credits that are held for an embedding."""
    images = list(_media(body, "input"))
    text = _text_tokens(size, images) * _rate(model.embedding_pricing, "text")
    # How many tokens an image has here is not documented: no number that is documented is larger.
    return (text + len(images) * _XHIGH * _rate(model.embedding_pricing, "visual")) * _MARGIN


class Price(NamedTuple):
    """What is held for an operation."""

    name: str
    """Of the operation."""
    held: Callable[[Mapping[str, Any], int, Any], Decimal]
    """Gives the millionths of credits for a body, its size and a model."""


_PRICES: Final[Mapping[tuple[str, str], Price]] = {
    (CHAT.method, CHAT.path): Price(CHAT.name, _chat),
    (EMBEDDING.method, EMBEDDING.path): Price(EMBEDDING.name, _embedding),
}
"""The operations whose price is documented: also where they are called by `client.request`."""


def _called(name: str | None, models: Sequence[Any]) -> Iterator[Any]:
    """The models that a request may mean: one page leaves out the version at the end of a name (API_FACTS 4.3, 26)."""
    found = [model for model in models if model.id == name]
    found = found or [model for model in models if isinstance(model.id, str) and _VERSION.sub("", model.id) == name]
    if not found:
        raise _UnknownError(
            "GET /v1/models tells no rates of its model"
            if models
            else "GET /v1/models failed or lists none; the log says more"
        )
    return iter(found)


def _rate(pricing: Any, part: str) -> Decimal:
    """Credits for a million tokens."""
    rate = exact(getattr(getattr(pricing, part, None), "credits_per_m", None))
    if rate is None or rate < 0:
        raise _UnknownError("GET /v1/models tells no rates of its model")
    return rate


def _media(holder: Any, name: str) -> Iterator[dict[str, Any]]:
    """The parts of a content that are no text."""
    for part in as_list((as_object(holder) or {}).get(name)) or ():
        if (as_object(part) or {}).get("type") not in ("text", None):
            yield part


def _text_tokens(size: int, media: Sequence[Any]) -> int:
    """The tokens of a request of so many bytes, less those of its images: their data is no text."""
    elsewhere = sum(len(json.dumps(part, ensure_ascii=False, separators=(",", ":")).encode()) for part in media)
    return -(-max(size - elsewhere, 0) // _BYTES_OF_A_TOKEN)


def _image_tokens(part: Mapping[str, Any], body: Mapping[str, Any]) -> int:
    if part.get("type") != "image_url":
        raise _UnknownError(f"how many tokens a {str(part.get('type'))[:40]} has is not documented")
    if (as_object(part.get("image_url")) or {}).get("detail") == "low":
        return _LOW
    return _XHIGH if body.get("vision_quality") == "xhigh" else _HIGH
