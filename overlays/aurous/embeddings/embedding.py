"""The embeddings that callers get: the generated models, with behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Self, cast

from attrs import define, field

from aurous._engine.overlay_model import OverlayModel
from aurous._errors import APIResponseError
from aurous._secret import shown
from aurous._text import one_line
from aurous.chat.receipt import Receipt, exact, itemized
from aurous.embeddings.base64 import decoded
from aurous_api.kinds import PartialList
from aurous_api.models.embedding import Embedding as _Embedding
from aurous_api.models.embedding_estimate import EmbeddingEstimate as _EmbeddingEstimate
from aurous_api.models.embedding_list import EmbeddingList as _EmbeddingList
from aurous_api.types import UNSET

if TYPE_CHECKING:
    from aurous_api.kinds import Reading

_KINDS: Final = ("text", "visual", "video")
_MAX_TEXT: Final = 200


@define(kw_only=True, repr=False, getstate_setstate=False)
class Embedding(OverlayModel, _Embedding):
    """A vector: its numbers are `embedding`, a list of floats.

    Where a server sends base64, which by the documentation it never does (API_FACTS 4.3, item 29), `embedding` holds
    the numbers all the same. `drift` tells the place, and `to_dict()` gives back the text.
    """

    @classmethod
    def _read(cls, source: Mapping[str, Any], reading: Reading, at: str = "") -> Self:
        model = super()._read(source, reading, at)
        text = model.additional_properties.get("embedding")
        numbers = decoded(text) if isinstance(text, str) else None
        if numbers is not None:
            model.embedding = numbers
            text = model.additional_properties.pop("embedding")
            # Its own, as in the base; mypy does not see the slots of that.
            model._texts = {"embedding": (numbers[:], text)}  # type: ignore[misc]  # noqa: SLF001
        return model


@define(kw_only=True, repr=False, getstate_setstate=False)
class EmbeddingList(OverlayModel, _EmbeddingList):
    """The embedding of one input, and what it cost.

    `data` has one item, `usage` and `model` are those of the contract. The numbers themselves are `vector`.
    """

    requested_dimensions: int | None = field(default=None, init=False, eq=False)
    """The `dimensions` that were asked for; None where none were, or where this was made from data."""

    @property
    def vector(self) -> list[float]:
        """The numbers of the one embedding.

        Raises:
            APIResponseError: The response has none, or something else among them.
        """
        vector = self._vector()
        if vector is None:
            raise APIResponseError("the response has no vector (an array of numbers at /data/0/embedding)")
        return vector

    @property
    def dimensions(self) -> int:
        """How many numbers the vector has; not always as many as were asked for (API_FACTS 4.3, item 30).

        Raises:
            APIResponseError: As for `vector`.
        """
        return len(self.vector)

    @property
    def has_other_dimensions(self) -> bool:
        """Whether the vector has another length than was asked for."""
        asked, vector = self.requested_dimensions, self._vector()
        return asked is not None and vector is not None and len(vector) != asked

    @property
    def receipt(self) -> Receipt:
        """What the embedding cost, as exact decimals; the lines are `text`, `visual` and `video`.

        Raises:
            APIResponseError: The response does not say what was charged.
        """
        receipt = self._receipt()
        if receipt is None:
            raise APIResponseError("the embedding does not say what was charged (a number at /usage/credits_charged)")
        return receipt

    def _vector(self) -> list[float] | None:
        data: Any = self.data or ()  # UNSET and None are falsy
        numbers: Any = getattr(data[0], "embedding", UNSET) if data else UNSET
        # Where some of the numbers are none, those that are do not make a vector.
        is_partial = isinstance(numbers, PartialList) and numbers.raw is not numbers
        return cast("list[float]", numbers) if isinstance(numbers, list) and not is_partial else None

    def _receipt(self) -> Receipt | None:
        credits = getattr(getattr(self.usage, "breakdown", UNSET), "input", UNSET)
        return itemized(self.usage, ((kind, getattr(credits, kind, UNSET), UNSET) for kind in _KINDS))

    def __repr__(self) -> str:
        vector, receipt = self._vector(), self._receipt()
        parts = [f"model={one_line(str(self.model), _MAX_TEXT)!r}"]
        if vector is not None:
            parts.append(f"dimensions={len(vector)}")
        if self.has_other_dimensions:
            parts.append(f"requested_dimensions={self.requested_dimensions}")
        if receipt is not None:
            parts.append(f"credits={receipt.credits}")
        if self.drift:
            parts.append(f"drift={len(self.drift)}")
        return shown(f"EmbeddingList({', '.join(parts)})")


@define(kw_only=True, repr=False, getstate_setstate=False)
class EmbeddingEstimate(OverlayModel, _EmbeddingEstimate):
    """What an embedding would take and cost. `tokens` and `breakdown` are those of the contract."""

    @property
    def credits(self) -> Decimal:
        """What it would cost, in credits, exact as the response has it.

        Raises:
            APIResponseError: The response does not say it.
        """
        credits = exact(self.credits_estimated)
        if credits is None:
            raise APIResponseError("the estimate does not say what it would cost (a number at /credits_estimated)")
        return credits
