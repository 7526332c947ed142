"""The credits of a team: what is held, what was charged, and for which request. All amounts are exact."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Final

from ._json import Body
from ._responses import OperationRequest

CREDITS: Final = Decimal(1000)
"""What a team has at first: the figure of the contract's example of a balance."""

_STEP: Final = Decimal("0.00001")  # Documented: up to five decimals.
_FLOOR: Final = Decimal(0)  # Documented as `balance_negative_floor`, with this default.


def rounded(credits: Decimal) -> Decimal:
    """The amount with five decimals."""
    return credits.quantize(_STEP, ROUND_HALF_UP)


def on_the_wire(credits: Decimal) -> float | int:
    """The amount as JSON has it."""
    return int(credits) if credits == credits.to_integral_value() else float(credits)


@dataclass(slots=True, eq=False)
class Entry:
    """A request that costs something, from its hold to its charge."""

    id: str
    """Of what it makes: `cmp_…`, `emb_…`."""
    type: str
    model: str
    request_id: str
    api_key_id: str
    created_at: float
    held: Decimal = Decimal(0)
    charged: Decimal = Decimal(0)
    status: str = "processing"
    completed_at: float | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None

    def event(self) -> Body:
        """The entry as `GET /v1/usage/events` shows it, in the form of the newer page."""
        event: Body = {
            "id": self.id,
            "type": self.type,
            "model": self.model,
            "status": self.status,
            "created_at": _moment(self.created_at),
            "credits_charged": on_the_wire(self.charged),
            "api_key_id": self.api_key_id,
            "request_id": self.request_id,
        }
        if self.completed_at is not None:
            event |= {
                "completed_at": _moment(self.completed_at),
                "duration_ms": round((self.completed_at - self.created_at) * 1000),
            }
        tokens = {"input_tokens": self.input_tokens, "output_tokens": self.output_tokens}
        return event | {name: count for name, count in tokens.items() if count is not None}


@dataclass(slots=True, eq=False)
class Ledger:
    """The credits of one team."""

    credits: Decimal = CREDITS
    held: Decimal = Decimal(0)
    """What is held for work that is running."""
    entries: list[Entry] = field(default_factory=list[Entry])
    """What was carried out, the oldest first."""

    @property
    def available(self) -> Decimal:
        """What is left to spend."""
        return self.credits - self.held

    def balance(self) -> Body:
        """What `GET /v1/balance` shows."""
        return {
            "credits": on_the_wire(self.credits),
            "held_credits": on_the_wire(self.held),
            "available_credits": on_the_wire(self.available),
            "currency": "credit",
            "billing_mode": "metered",
        }

    def hold(self, request: OperationRequest, id: str, type: str, model: str, credits: Decimal) -> Entry | None:
        """Hold credits for a request, from now on one of the entries; None where the balance does not cover them."""
        held = credits.quantize(_STEP, ROUND_CEILING)
        if held > self.available:
            return None
        entry = Entry(id, type, model, request.request_id, request.api_key_id, request.at, held)
        self.held += held
        self.entries.append(entry)
        return entry

    def drop(self, entry: Entry) -> None:
        """Release the hold of a request that came to nothing."""
        self._release(entry)
        self.entries.remove(entry)

    def settle(
        self,
        entry: Entry,
        credits: Decimal,
        *,
        at: float,
        status: str = "completed",
        input_tokens: int | None = None,
        output_tokens: int | None = None,
    ) -> Decimal:
        """Release the hold of an entry and charge it. Returns what was charged: no balance goes below its floor."""
        self._release(entry)
        entry.charged = min(credits, max(_FLOOR, self.credits - _FLOOR))
        entry.status, entry.completed_at = status, at
        entry.input_tokens, entry.output_tokens = input_tokens, output_tokens
        self.credits -= entry.charged
        return entry.charged

    def _release(self, entry: Entry) -> None:
        self.held -= entry.held
        entry.held = Decimal(0)


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
