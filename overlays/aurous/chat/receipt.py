"""What a completion or an embedding cost, exactly."""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from attrs import define

from aurous._amounts import exact_sum, less
from aurous._engine.strict_json import decimal
from aurous_api.types import UNSET

if TYPE_CHECKING:
    from aurous_api.models import Usage


_MOST = 10**300


@define(frozen=True)
class ReceiptLine:
    """One item of a receipt."""

    name: str
    """`input`, `output` or `reasoning`; of an embedding, `text`, `visual` or `video`."""
    credits: Decimal
    """What it cost."""
    tokens: int | float | Decimal | None = None
    """How many tokens it was for, where the response says it."""

    def as_dict(self) -> dict[str, Any]:
        """The item as plain JSON data; credits as text, so that they stay exact."""
        tokens = self.tokens if isinstance(self.tokens, (int, float)) or self.tokens is None else float(self.tokens)
        return {"name": self.name, "credits": str(self.credits), "tokens": tokens}


@define(frozen=True)
class Receipt:
    """What a completion or an embedding cost, in credits, exact as the response has them, up to 15 significant digits.

    `credits` is what was charged. The lines are what the response breaks it down to; they need not add up, not even in
    the vendor's own samples (API_FACTS 4.1, item 10), and nothing is recomputed here.
    """

    credits: Decimal
    """`usage.credits_charged`: authoritative."""
    lines: tuple[ReceiptLine, ...]
    """The breakdown; empty where the response gives token counts only, or none."""
    model: str | None
    """The model that was billed."""
    pricing_version: int | None
    """Version of the price list."""

    def as_dict(self) -> dict[str, Any]:
        """The receipt as plain JSON data; credits as text, so that they stay exact."""
        return {
            "credits": str(self.credits),
            "lines": [line.as_dict() for line in self.lines],
            "model": self.model,
            "pricing_version": self.pricing_version,
        }

    @property
    def difference(self) -> Decimal:
        """What was charged, less the sum of the lines; zero where there are no lines."""
        if not self.lines:
            return Decimal()
        return less(self.credits, exact_sum(line.credits for line in self.lines))

    @property
    def adds_up(self) -> bool:
        """Whether the lines sum to what was charged."""
        return not self.difference


def total(receipts: Iterable[Receipt]) -> Receipt:
    """The sum of receipts, exact. Where they differ in model or version of the prices, the sum has none."""
    all_of = tuple(receipts)
    lines: dict[str, list[ReceiptLine]] = {}
    for receipt in all_of:
        for line in receipt.lines:
            lines.setdefault(line.name, []).append(line)
    models, versions = {receipt.model for receipt in all_of}, {receipt.pricing_version for receipt in all_of}
    return Receipt(
        credits=exact_sum(receipt.credits for receipt in all_of),
        lines=tuple(
            ReceiptLine(name, exact_sum(line.credits for line in each), _tokens([line.tokens for line in each]))
            for name, each in lines.items()
        ),
        model=models.pop() if len(models) == 1 else None,
        pricing_version=versions.pop() if len(versions) == 1 else None,
    )


def _tokens(counts: list[int | float | Decimal | None]) -> int | Decimal | None:
    """The sum of token counts; None where one of them is not known."""
    known = [count for count in counts if count is not None]
    if len(known) < len(counts):
        return None
    whole = [count for count in known if isinstance(count, int)]
    return sum(whole) if len(whole) == len(known) else exact_sum(map(decimal, known))


def receipt_of(usage: Usage) -> Receipt | None:
    """The receipt of the usage block of a completion; None where it does not say what was charged."""
    breakdown = getattr(usage, "breakdown", UNSET)
    named = (("input", "prompt_tokens"), ("output", "completion_tokens"), ("reasoning", "reasoning_tokens"))
    return itemized(
        usage,
        ((name, getattr(breakdown, f"{name}_credits", UNSET), getattr(usage, tokens, UNSET)) for name, tokens in named),
    )


def itemized(usage: Any, items: Iterable[tuple[str, object, object]]) -> Receipt | None:
    """The receipt of any usage block; None where it does not say what was charged.

    Args:
        usage: The block, which names the model in its `breakdown`.
        items: Each name with its credits and its tokens, as the response has them. Without credits, there is no line.
    """
    charged = exact(getattr(usage, "credits_charged", UNSET))
    if charged is None:
        return None
    breakdown = getattr(usage, "breakdown", UNSET)
    model = getattr(breakdown, "model", UNSET)
    version = _number(getattr(breakdown, "pricing_version", UNSET))
    lines = ((name, exact(credits), _number(tokens)) for name, credits, tokens in items)
    return Receipt(
        credits=charged,
        lines=tuple(ReceiptLine(name, credits, tokens) for name, credits, tokens in lines if credits is not None),
        model=model if isinstance(model, str) else None,
        pricing_version=int(version) if version is not None else None,
    )


def exact(value: object) -> Decimal | None:
    """The exact value of a number of a response; None where it is none."""
    number = _number(value)
    return None if number is None else decimal(number)


def _number(value: object) -> int | float | Decimal | None:
    if isinstance(value, int) and abs(value) > _MOST:
        return None
    if isinstance(value, (float, Decimal)) and not math.isfinite(value):
        return None
    return value if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool) else None
