"""What responses tell of a charge."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, cast

from aurous._engine.results import OpenValue
from aurous.chat.receipt import exact
from aurous_api.types import UNSET

if TYPE_CHECKING:
    from aurous.money.charge import Charge

Facts = dict[str, Any]
"""Fields of a `Charge`, as far as they are known."""

_GOES_ON: Final = frozenset({"in_progress", "pending", "processing", "queued"})


def facts_of(result: object) -> Facts:
    """What the result of a call tells: a completion, an embedding, or such as plain JSON data."""
    whole = result.value if isinstance(result, OpenValue) else result
    usage = _member(whole, "usage")
    return _known(
        id=_text(_member(whole, "id")),
        model=_text(_member(whole, "model")),
        status=_status(_member(whole, "status")),
        credits=_credits(_member(usage, "credits_charged")),
        input_tokens=_count(_member(usage, "prompt_tokens")),
        output_tokens=_count(_member(usage, "completion_tokens")),
        reasoning_tokens=_count(_member(usage, "reasoning_tokens")),
    )


def facts_of_event(event: object) -> Facts:
    """What an event of usage tells, in the form of the newer page."""
    return _known(
        id=_text(_member(event, "id")),
        request_id=_text(_member(event, "request_id")),
        model=_text(_member(event, "model")),
        status=_status(_member(event, "status")),
        credits=_credits(_member(event, "credits_charged")),
        input_tokens=_count(_member(event, "input_tokens")),
        output_tokens=_count(_member(event, "output_tokens")),
    )


def facts_of_charge(charge: Charge) -> Facts:
    """What a row of a ledger tells."""
    names = ("id", "model", "status", "credits", "input_tokens", "output_tokens", "reasoning_tokens")
    return _known(**{name: getattr(charge, name) for name in names})


def are_final(facts: Facts) -> bool:
    """Whether they tell what was charged in the end."""
    return "credits" in facts and facts.get("status") not in _GOES_ON


def _known(**facts: Any) -> Facts:
    return {name: value for name, value in facts.items() if value is not None}


def _member(holder: object, name: str) -> Any:
    if isinstance(holder, Mapping):
        return cast("Mapping[str, Any]", holder).get(name)
    return getattr(holder, name, UNSET)


def _text(value: object) -> str | None:
    return str.__str__(value) if isinstance(value, str) and value else None


def _status(value: object) -> str | None:
    """The status; of those that say how it was cancelled, that it was (API_FACTS 4.1, item 5)."""
    status = _text(value)
    return "cancelled" if status is not None and status.startswith("cancelled_") else status


def _credits(value: object) -> Decimal | None:
    credits = exact(value)
    return credits if credits is not None and credits >= 0 else None


def _count(value: object) -> int | None:
    number = exact(value)
    return None if number is None else int(number)
