"""Amounts of credits, computed exactly: whatever precision, rounding and traps the caller's context has."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from typing import Final

EXACT: Final = Context(
    MAX_PREC, ROUND_HALF_EVEN, MIN_EMIN, MAX_EMAX, capitals=1, clamp=0, flags=[], traps=[InvalidOperation]
)
"""Sums, differences and products in it have all their digits. Nothing is divided."""

NOTHING: Final = Decimal()
_MILLIONTH: Final = Decimal("0.000001")


def exact_sum(amounts: Iterable[Decimal]) -> Decimal:
    """The sum, to the last digit."""
    total = NOTHING
    for amount in amounts:
        total = EXACT.add(total, amount)
    return total


def less(amount: Decimal, other: Decimal) -> Decimal:
    """The difference, to the last digit."""
    return EXACT.subtract(amount, other)


def trimmed(amount: Decimal) -> Decimal:
    """The same amount without zeros at its end, and without an exponent."""
    digits = amount.normalize(EXACT)
    return (
        digits
        if digits.is_zero() or int(digits.as_tuple().exponent) <= 0
        else digits.quantize(Decimal(1), context=EXACT)
    )


def short(amount: Decimal) -> str:
    """An amount for a message: with six decimals at most."""
    return format(trimmed(amount.quantize(_MILLIONTH, context=EXACT)), "f")
