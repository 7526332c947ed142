"""The operations of embeddings: vectors that depend on the input alone, and what they cost."""

import hashlib
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from ._catalogue import Catalogue
from ._contract import Contract
from ._json import Body, is_list, is_object, list_in, object_in
from ._responses import OperationRequest
from ._store import Store

CREATE: Final = "embeddings.create"
ESTIMATE: Final = "embeddings.estimate"

_MOST_PARTS: Final = 16
_MOST_IMAGES: Final = 8
_LONGEST_TEXT: Final = 1_000_000
_LONGEST_URL: Final = 2048

_BYTES_OF_A_TOKEN: Final = 4
_TOKENS_OF_AN_IMAGE: Final = 1024
_ROUNDED_TO: Final = Decimal("0.000001")
"""Six decimals, as the documented estimate of 500 tokens has them (0.009375)."""


@dataclass(frozen=True, slots=True)
class Charge:
    """What an input takes and costs."""

    model: str
    """As the request calls it."""
    text_tokens: int
    image_tokens: int
    text: Decimal
    """Credits for text."""
    visual: Decimal
    """Credits for images."""

    @property
    def tokens(self) -> int:
        """All tokens."""
        return self.text_tokens + self.image_tokens

    @property
    def credits(self) -> Decimal:
        """All credits."""
        return self.text + self.visual

    @property
    def breakdown(self) -> Body:
        """The credits as a response tells them."""
        # Documented: `video` is always there, although videos are no longer taken.
        return {"input": {"text": float(self.text), "visual": float(self.visual), "video": 0}, "model": self.model}


def create(store: Store, request: OperationRequest) -> Body:
    """The vector of an input, and what it cost."""
    row = _checked(store.contract, request.body)
    charge = _charge(row, request.body)
    ledger = store.teams[request.team].ledger
    entry = ledger.hold(request, store.new_id("emb"), "embedding", charge.model, charge.credits)
    if entry is None:
        message = f"It costs {charge.credits} credits, and {ledger.available} are available."
        raise store.contract.catalogue.refusal("balance_too_low", message)
    ledger.settle(entry, charge.credits, at=request.at, input_tokens=charge.tokens)
    # Documented: `dimensions` is not applied, and floats come whatever `encoding_format` asks for.
    vector = _vector(charge.model, request.body["input"], _dimensions(row)[0])
    return {
        "object": "list",
        "data": [{"object": "embedding", "index": 0, "embedding": vector}],
        "model": charge.model,
        "usage": {
            "prompt_tokens": charge.tokens,
            "total_tokens": charge.tokens,
            "credits_charged": float(charge.credits),
            "breakdown": charge.breakdown,
        },
    }


def estimate(store: Store, request: OperationRequest) -> Body:
    """What the vector of an input would cost."""
    charge = _charge(_checked(store.contract, request.body), request.body)
    return {
        "estimated": True,
        "tokens": {"text": charge.text_tokens, "image": charge.image_tokens, "video": 0, "total": charge.tokens},
        "credits_estimated": float(charge.credits),
        "breakdown": charge.breakdown,
    }


# --- What is refused ---


def judge(catalogue: Catalogue, body: Any) -> None:
    """Refuse an input that has a code of its own for what is wrong with its shape."""
    parts = object_in(body).get("input")
    if not is_list(parts):
        return
    types = [part.get("type") if is_object(part) else None for part in parts]
    if any(isinstance(part, str) for part in parts):
        raise catalogue.refusal("embeddings_batch_not_supported", param="input")
    if "video_url" in types:
        raise catalogue.refusal("embeddings_video_unsupported", param="input")
    if len(parts) > _MOST_PARTS or types.count("image_url") > _MOST_IMAGES:
        raise catalogue.refusal("embeddings_input_too_many_items", param="input")


def _checked(contract: Contract, body: Body) -> Body:
    """The row of the model, for an input that it takes."""
    refusal = contract.catalogue.refusal
    rows = _rows(contract)
    row = next((row for row in rows if body["model"] in _names(row)), None)
    if row is None:
        # Which code an unknown model gets is not documented.
        known = ", ".join(str(row["id"]) for row in rows)
        raise refusal("invalid_request", f"No model is called so: take one of {known}.", param="model")
    if row.get("kind") != "embedding":
        raise refusal("model_wrong_kind", param="model")
    if body.get("dimensions") not in (None, *_dimensions(row)):
        raise refusal("embeddings_unsupported_dimensions", param="dimensions")
    # Documented of texts and addresses that are too long. The same code for what else is wrong with them, is ours.
    if any(len(text) > _LONGEST_TEXT or "\0" in text for text in _texts(body)):
        message = f"A text has {_LONGEST_TEXT} characters at most, and no NUL."
        raise refusal("invalid_request", message, param="input")
    if any(len(url) > _LONGEST_URL or not url.startswith("https://") for url in _images(body)):
        message = f"The address of an image is https, and has {_LONGEST_URL} characters at most."
        raise refusal("invalid_request", message, param="input")
    # This code has a page of its own; the page on limits has `embeddings_input_too_large` (API_FACTS 4.3, item 32).
    if _text_tokens(body) + _image_tokens(body) > row["aurous_metadata"]["context_window"]:
        raise refusal("max_input_tokens_exceeded", param="input")
    return row


# --- Models ---


def _rows(contract: Contract) -> list[Body]:
    """The models, as the contract shows them."""
    known = contract.operations.get("models.list")
    examples = known.examples.values() if known else ()
    return [row for example in examples for row in list_in(object_in(example.value).get("data"))]


def _names(row: Body) -> tuple[str, str]:
    """What requests call a model: one page leaves out the version at its end (API_FACTS 4.3, item 26)."""
    return row["id"], re.sub(r"-\d+\.\d+$", "", row["id"])


def _dimensions(row: Body) -> list[int]:
    """The lengths that a model lists; its native one is taken to be the first."""
    dimensions: list[int] = row["aurous_metadata"]["dimensions"]
    return dimensions


# --- Tokens and credits. The rules for tokens are the emulator's own. ---


def _charge(row: Body, body: Body) -> Charge:
    """What an input takes and costs, by the rates of its model: the one place where that is computed."""
    text, image, rates = _text_tokens(body), _image_tokens(body), row["embedding_pricing"]
    return Charge(body["model"], text, image, _credits(text, rates["text"]), _credits(image, rates["visual"]))


def _credits(tokens: int, rate: Body) -> Decimal:
    exact = tokens * Decimal(str(rate["credits_per_M"])) / 1_000_000
    return exact.quantize(_ROUNDED_TO, ROUND_HALF_UP)


def _text_tokens(body: Body) -> int:
    """A token for every four bytes of a text that were begun, and one at least."""
    sizes = (len(text.encode("utf-8", "surrogatepass")) for text in _texts(body))
    return sum(max(1, math.ceil(size / _BYTES_OF_A_TOKEN)) for size in sizes)


def _image_tokens(body: Body) -> int:
    return _TOKENS_OF_AN_IMAGE * sum(1 for _ in _images(body))


def _texts(body: Body) -> Iterator[str]:
    given = body["input"]
    if isinstance(given, str):
        yield given
    else:
        yield from (part["text"] for part in given if part["type"] == "text")


def _images(body: Body) -> Iterator[str]:
    return (part["image_url"]["url"] for part in list_in(body["input"]) if part["type"] == "image_url")


# --- Vectors ---


def _vector(model: str, given: Any, dimensions: int) -> list[float]:
    """A vector of length 1 that is the same wherever it is made: integers from a hash, and no function of a library."""
    seed = hashlib.shake_256(json.dumps([model, given], sort_keys=True).encode()).digest(4 * dimensions)
    numbers = [int.from_bytes(seed[at : at + 4], "big", signed=True) for at in range(0, len(seed), 4)]
    length = math.sqrt(sum(number * number for number in numbers))
    return [round(number / length, 8) for number in numbers]
