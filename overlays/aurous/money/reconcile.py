"""The ledger held against what the API recorded: pending rows are found out, and each row is compared with its event.

Amounts are compared one by one, exactly. Their sums are not: the API's own need not add up (API_FACTS 4.1, item 10).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from attrs import define, evolve, fields

from aurous import _check
from aurous._engine.pages import every_item
from aurous._errors import AurousError
from aurous._rate_limits import moment
from aurous.chat.receipt import exact, exact_sum
from aurous.money.awaited import names_on
from aurous.money.charge import KEY_HOLDS, Charge
from aurous.money.reading import Facts, are_final, facts_of, facts_of_charge, facts_of_event
from aurous_api.models.usage_ledger_event import UsageLedgerEvent
from aurous_api.operations import CallOptions
from aurous_api.resources.chat_completions import RETRIEVE
from aurous_api.resources.usage_events import LIST as EVENTS
from aurous_api.types import UNSET

if TYPE_CHECKING:
    from aurous import Ledger
    from aurous._engine.effects import Flow

_MARGIN: Final = timedelta(minutes=10)
"""How far the clocks of client and server may be apart."""

_LOOK_BACK: Final = timedelta(days=729)
"""How old an event may be, and a day less (API_FACTS 2.7)."""

_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)

_EVENTS_OF_A_PAGE: Final = 100
"""As many as both forms of the list allow (API_FACTS 2.7)."""

_SIGNS: Final = {"charge": 1, "refund": -1}
"""The movements of credits that are charges."""


@define(frozen=True)
class BilledEvent:
    """What the API recorded of a charge, in whichever of its two forms."""

    id: str
    """Of the completion or the embedding: `cmp_...`, `emb_...`; of the event itself where that is all it tells."""
    time: datetime | None = None
    request_id: str | None = None
    model: str | None = None
    status: str | None = None
    credits: Decimal | None = None
    """What was charged, exact; None where the event does not tell."""

    def as_dict(self) -> dict[str, Any]:
        """The event as plain JSON data; credits as text, so that they stay exact."""
        row = {each.name: getattr(self, each.name) for each in fields(BilledEvent)}
        time = None if self.time is None else self.time.isoformat()
        return {**row, "time": time, "credits": None if self.credits is None else format(self.credits, "f")}


@define(frozen=True)
class Difference:
    """A charge of which the API recorded another amount."""

    charge: Charge
    """The row of the ledger."""
    event: BilledEvent
    """What the API recorded."""

    @property
    def credits(self) -> Decimal:
        """What the API recorded, less what the ledger has; exact."""
        return exact_sum((self.event.credits or Decimal(), -(self.charge.credits or Decimal())))

    def as_dict(self) -> dict[str, Any]:
        """The difference as plain JSON data; credits as text, so that they stay exact."""
        return {
            "credits": format(self.credits, "f"),
            "charge": self.charge.as_dict(),
            "event": self.event.as_dict(),
        }


@define(frozen=True)
class Reconciliation:
    """What the ledger and the API's record have in common, and what not. Amounts of zero are not missed."""

    agreed: int
    """How many rows have an event with the same amount."""
    settled: tuple[Charge, ...]
    """Rows that were pending, and of which it is known now what was charged; `given_up` where nothing was."""
    pending: tuple[Charge, ...]
    """Rows of which it is not known yet."""
    missing: tuple[BilledEvent, ...]
    """Events without a row: somebody else's, or calls whose process died before it wrote one."""
    extra: tuple[Charge, ...]
    """Rows without an event."""
    different: tuple[Difference, ...]
    """Rows whose event has another amount."""

    @property
    def is_clean(self) -> bool:
        """Whether nothing is missing, extra, different or pending."""
        return not (self.missing or self.extra or self.different or self.pending)

    def as_dict(self) -> dict[str, Any]:
        """The result as plain JSON data; credits as text, so that they stay exact."""
        lists = {each.name: getattr(self, each.name) for each in fields(Reconciliation) if each.name != "agreed"}
        return {"agreed": self.agreed, **{name: [one.as_dict() for one in rows] for name, rows in lists.items()}}


@define(frozen=True)
class _Span:
    start: datetime
    end: datetime

    def has(self, time: datetime | None) -> bool:
        return time is None or self.start <= time < self.end


def reconciling(
    ledger: Ledger, caller: Any, *, start: datetime | None, end: datetime | None, api_key_id: str | None
) -> Flow[Reconciliation]:
    """The reconciliation of a ledger; `Ledger.reconcile` tells what it does."""
    now = datetime.fromtimestamp(caller.config.clock.time(), UTC)
    charges = ledger.charges()
    first = max(min((charge.time for charge in charges), default=now), now - _LOOK_BACK)
    span = _Span(_aware(start, "start") or first, _aware(end, "end") or now + _MARGIN)
    by_id = yield from _by_their_records(charges, caller)
    since = min(span.start - _MARGIN, max(span.start - _delay_of(charges), now - _LOOK_BACK))
    given: dict[str, Any] = {} if end is None else {"end_time": end + _MARGIN}
    events = yield from _events(caller, since, given if api_key_id is None else {**given, "api_key_id": api_key_id})
    by_request = _by_events((charge for charge in charges if charge not in by_id), events)
    settled = (*by_id.values(), *by_request.values())
    for charge in settled:
        ledger.record(charge)
    for charge in _lost(ledger.charges(), events, span, now):
        ledger.give_up(charge)
        settled = (*settled, charge.given_up())
    charges = ledger.charges()
    _settle_holds(ledger, charges, caller)
    return _compared(charges, events, span, settled)


def _aware(time: datetime | None, name: str) -> datetime | None:
    if time is not None and time.tzinfo is None:
        raise _check.refusal(name, "has no zone. To do: pass an aware datetime, as datetime.now(UTC) gives it")
    return time


# --- Pending rows ---


def _by_their_records(charges: Iterable[Charge], caller: Any) -> Flow[dict[Charge, Charge]]:
    """What became of pending rows with an id, by the stored completions; those that are not known yet are left out."""
    settled: dict[Charge, Charge] = {}
    for charge in charges:
        if charge.pending and charge.id:
            retrieve: Flow[Any] = caller.flow(RETRIEVE, (charge.id,), {}, CallOptions())
            try:
                facts = facts_of((yield from retrieve))
            except AurousError:  # the events may know it
                continue
            if are_final(facts):
                settled[charge] = _settled(charge, facts)
    return settled


def _by_events(charges: Iterable[Charge], events: Iterable[tuple[BilledEvent, Facts]]) -> dict[Charge, Charge]:
    """What became of the other pending rows, by their requests."""
    known = {
        name: facts for event, facts in events if are_final(facts) for name in (event.id, event.request_id) if name
    }
    found = {
        charge: known[name]
        for charge in charges
        if charge.pending
        for name in (charge.id, charge.request_id)
        if name in known
    }
    return {charge: _settled(charge, facts) for charge, facts in found.items()}


def _settled(charge: Charge, facts: Facts) -> Charge:
    names = {name: value for name in ("id", "request_id") if (value := getattr(charge, name)) is not None}
    return evolve(charge, **{**facts, **names}, pending=False)


def _lost(
    charges: Sequence[Charge], events: Iterable[tuple[BilledEvent, Facts]], span: _Span, now: datetime
) -> list[Charge]:
    """Pending rows that came to nothing: their key holds no more, and no event that has no row may be of them."""
    left = [event for event, _ in events]
    pairs, _ = _paired([charge for charge in charges if not charge.pending], left)
    taken = {id(event) for _, event in pairs}
    left = [event for event in left if id(event) not in taken]
    return [
        charge
        for charge in charges
        if charge.pending
        and not charge.id
        and span.start <= charge.time < now - KEY_HOLDS - _MARGIN
        and charge.time + KEY_HOLDS + _MARGIN <= span.end
        and not any(_may_be_of(event, charge) for event in left)
    ]


def _may_be_of(event: BilledEvent, charge: Charge) -> bool:
    begins = event.time is None or charge.time - _MARGIN <= event.time <= charge.time + KEY_HOLDS + _MARGIN
    names = event.model or "", charge.model or ""  # one page leaves out the version at the end of a name
    return begins and (names[0].startswith(names[1]) or names[1].startswith(names[0]))


def _settle_holds(ledger: Ledger, charges: Sequence[Charge], caller: Any) -> None:
    """Settle what is awaited by what the ledger knows; what a pending row is called by is left."""
    pending = {name for charge in charges if charge.pending for name in charge.names}
    for charge in charges:
        if not charge.pending and charge.credits is not None:
            names = dict(name for name in charge.names if name not in pending)
            ledger.listeners.heard(names_on(caller.config, **names), facts_of_charge(charge))


# --- Events ---


def _events(caller: Any, since: datetime, wanted: Mapping[str, Any]) -> Flow[list[tuple[BilledEvent, Facts]]]:
    """What was recorded since then, in either form."""
    given: dict[str, Any] = dict.fromkeys((each.name for each in EVENTS.query), UNSET)
    given |= {"start_time": since, "limit": _EVENTS_OF_A_PAGE, **wanted}

    def goes_on(items: Sequence[Any]) -> bool:
        """Whether the next page may hold such events: the older form does not know spans, newest first."""
        at = _time(items[-1]) if items else None
        return at is None or at >= since

    items: list[Any] = yield from every_item(caller.flow(EVENTS, (), given, CallOptions()), goes_on)
    movements = [item for item in items if isinstance(item, UsageLedgerEvent)]
    requests = ((item, facts_of_event(item)) for item in items if not isinstance(item, UsageLedgerEvent))
    return [*((_event(facts, _time(item)), facts) for item, facts in requests), *_by_generation(movements)]


def _event(facts: Facts, time: datetime | None) -> BilledEvent:
    names = ("request_id", "model", "status", "credits")
    return BilledEvent(facts.get("id", ""), time, *(facts.get(name) for name in names))


def _by_generation(movements: Iterable[UsageLedgerEvent]) -> Iterator[tuple[BilledEvent, Facts]]:
    """The charges among movements of credits. What the sign of an amount means is not documented."""
    amounts: dict[str, list[Decimal]] = {}
    times: dict[str, datetime | None] = {}
    for movement in movements:
        kind, amount = str(movement.type), exact(movement.amount)
        if kind in _SIGNS and amount is not None:
            id = movement.generation_id or movement.id
            amounts.setdefault(id, []).append(abs(amount) * _SIGNS[kind])
            times[id] = _time(movement)
    for id, each in amounts.items():
        facts = {"id": id, "credits": exact_sum(each)}
        yield _event(facts, times[id]), facts


def _time(item: Any) -> datetime | None:
    at = moment(item.created_at)
    return at if at is None or at.tzinfo else at.replace(tzinfo=UTC)


# --- The comparison ---


def _compared(
    charges: Sequence[Charge],
    events: Sequence[tuple[BilledEvent, Facts]],
    span: _Span,
    settled: tuple[Charge, ...],
) -> Reconciliation:
    known = [charge for charge in charges if not charge.pending]
    left = [event for event, facts in events if are_final(facts) or event.credits is None]
    pairs, alone = _paired(known, left)
    matched = {id(event) for _, event in pairs}
    differences = [Difference(*pair) for pair in pairs if pair[1].credits not in (None, pair[0].credits)]
    return Reconciliation(
        agreed=len(pairs) - len(differences),
        settled=settled,
        pending=tuple(charge for charge in charges if charge.pending),
        missing=tuple(event for event in left if id(event) not in matched and event.credits and span.has(event.time)),
        extra=tuple(charge for charge in alone if charge.credits and span.has(charge.time)),
        different=tuple(differences),
    )


def _paired(
    charges: Iterable[Charge], events: Sequence[BilledEvent]
) -> tuple[list[tuple[Charge, BilledEvent]], list[Charge]]:
    """The rows that have an event, with it; and the others."""
    by_name = {name: event for event in events for name in (event.id, event.request_id) if name}
    pairs: list[tuple[Charge, BilledEvent]] = []
    alone: list[Charge] = []
    for charge in charges:
        event = next((by_name[name] for name in (charge.id, charge.request_id) if name in by_name), None)
        if event is None:
            alone.append(charge)
        else:
            pairs.append((charge, event))
    taken = {id(event) for _, event in pairs}
    alike = _by_likeness([charge for charge in alone if not charge.id], [one for one in events if id(one) not in taken])
    paired = {id(charge) for charge, _ in alike}
    return [*pairs, *alike], [charge for charge in alone if id(charge) not in paired]


def _by_likeness(charges: Iterable[Charge], events: Iterable[BilledEvent]) -> Iterable[tuple[Charge, BilledEvent]]:
    """The rows without an id with an event each: an embedding that was collected by its key has no other name."""
    free: dict[tuple[str | None, Decimal | None], list[BilledEvent]] = {}
    for event in sorted(events, key=_when):
        free.setdefault((event.model, event.credits), []).append(event)
    pairs: list[tuple[Charge, BilledEvent]] = []
    for charge in sorted(charges, key=lambda charge: charge.time):
        alike = free.get((charge.model, charge.credits), [])
        place = bisect_left(alike, charge.time - _delay(charge), key=_when)
        if place < len(alike) and _when(alike[place]) <= charge.time + _MARGIN:
            pairs.append((charge, alike.pop(place)))
        elif alike and alike[0].time is None:
            pairs.append((charge, alike.pop(0)))
    return pairs


def _when(event: BilledEvent) -> datetime:
    return _LONG_AGO if event.time is None else event.time


def _delay(charge: Charge) -> timedelta:
    """How long after its event a row may have been written: what is collected by its key was charged before."""
    is_collected = charge.idempotency_key and not (charge.id or charge.request_id or charge.pending)
    return KEY_HOLDS + _MARGIN if is_collected else _MARGIN


def _delay_of(charges: Iterable[Charge]) -> timedelta:
    return max(map(_delay, charges), default=_MARGIN)
