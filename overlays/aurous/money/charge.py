"""A row of the ledger: what one call cost, or that this is not known yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import count
from types import MappingProxyType
from typing import Any, Final, Self, cast

from attrs import define, evolve, field, fields

KEY_HOLDS: Final = timedelta(hours=24)
"""How long an idempotency key stands for one request (API_FACTS 1.6)."""

GIVEN_UP: Final = "given_up"
"""The status of a charge of which no record is expected any more."""

NO_TAGS: Final[Mapping[str, str]] = MappingProxyType({})

_FLAG: Final = bool | int
"""The latter by a store that has nothing else for it, as SQLite."""

_KINDS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        **dict.fromkeys(("time", "operation"), str),
        **dict.fromkeys(("model", "status", "id", "request_id", "idempotency_key", "call_id"), str | None),
        **dict.fromkeys(("input_tokens", "output_tokens", "reasoning_tokens"), int | None),
        "credits": str | int | float | Decimal | None,  # the last three by a store that has a type of its own for it
        "pending": _FLAG,
        "tags": Mapping,
    }
)
"""What each field is in a row."""


Name = tuple[str, str]
"""By which a charge is told from others: what it is (`id`, `request_id`, `idempotency_key`, `call_id`), and
its value."""


def names_of(**known: str | None) -> list[Name]:
    """The names among these that are known."""
    return [(name, value) for name, value in known.items() if value]


def _own(tags: Mapping[str, str]) -> Mapping[str, str]:
    return dict(tags)


@define(frozen=True, kw_only=True)
class Charge:
    """What one call cost; or, while it is `pending`, a call that may have cost something.

    An embedding has no id. A call of which no response came has none either, but an `idempotency_key` where it takes
    one, and a stream that broke off early has a `request_id`. One that was lost before its response began has none of
    these, but a `call_id`.
    """

    time: datetime
    """When the call began, by the client's clock, in UTC."""
    operation: str
    """As on a client: `chat.completions.create`."""
    model: str | None = None
    """The model that was billed; the one that was asked for while that is not known."""
    status: str | None = None
    """Of the completion: `completed`, `cancelled`; `completed` for an embedding; None while it is not known; `given_up`
    where it never will be, and nothing is counted."""
    credits: Decimal | None = None
    """What was charged, exact; None while it is not known."""
    pending: bool = False
    """Whether what was charged is not known yet."""
    id: str | None = None
    """Of the completion, `cmp_...`."""
    request_id: str | None = None
    """`Aurous-Request-Id` of the response."""
    idempotency_key: str | None = None
    """The key that the request was sent with."""
    call_id: str | None = None
    """Made by the client for a call that nothing else names; it was not sent."""
    input_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_tokens: int | None = None
    tags: Mapping[str, str] = field(default=NO_TAGS, converter=_own)
    """The tags of the client that made the call."""

    @property
    def names(self) -> list[Name]:
        """What it is called by."""
        return names_of(
            id=self.id, request_id=self.request_id, idempotency_key=self.idempotency_key, call_id=self.call_id
        )

    @property
    def is_given_up(self) -> bool:
        """Whether it is not expected any more to become known; where it does, that counts."""
        return self.status == GIVEN_UP

    def given_up(self) -> Self:
        """The charge, as one that came to nothing."""
        return evolve(self, pending=False, credits=Decimal(), status=GIVEN_UP)

    @property
    def day(self) -> str:
        """The day when the call began, in UTC: `2026-11-26`."""
        return self.time.date().isoformat()

    def as_dict(self) -> dict[str, Any]:
        """The row as plain JSON data; credits as text, so that they stay exact."""
        row = {attribute.name: getattr(self, attribute.name) for attribute in fields(Charge)}
        credits = None if self.credits is None else format(self.credits, "f")
        return {**row, "time": self.time.isoformat(), "credits": credits, "tags": dict(self.tags)}

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> Self:
        """The row that `as_dict` gave. What a later version has added is passed over.

        Raises:
            ValueError: It is no such row.
        """
        try:
            known = _known(row)
            credits = known.get("credits")
            known["time"] = datetime.fromisoformat(known["time"]).astimezone(UTC)
            known["credits"] = None if credits is None else Decimal(str(credits))
            known["pending"] = bool(known.get("pending"))
            charge = cls(**known)
        except (TypeError, KeyError, ValueError, OverflowError, InvalidOperation):
            raise ValueError("not a row of a ledger") from None
        if charge.credits is not None and not charge.credits.is_finite():
            raise ValueError("not a row of a ledger: its credits are no number")
        return charge

    def __hash__(self) -> int:
        return hash((self.time, self.id, self.request_id, self.idempotency_key))


def _known(row: Mapping[str, Any]) -> dict[str, Any]:
    known = {name: row[name] for name in _KINDS if name in row}
    if not all(_is_of(_KINDS[name], value) for name, value in known.items()):
        raise TypeError
    return known


def _is_of(kind: Any, value: Any) -> bool:
    """Whether the value of a field is what it is in a row. JSON keeps truth and numbers apart; Python does not."""
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not _FLAG):
        return False
    if kind is not Mapping:
        return True
    tags = cast("Mapping[object, object]", value)
    return all(isinstance(text, str) for tag in tags.items() for text in tag)


def folded(rows: Iterable[Charge]) -> list[Charge]:
    """One row for each charge, whatever was written of it, in whichever order: what is known goes before what is not.

    Rows are of one charge where they have the same id; or, where one of them has none, the same key within the 24 hours
    that a key holds, or the same request, begun at the same moment.
    """
    fold = Fold()
    for row in rows:
        fold.add(row)
    return list(fold.charges.values())


class Fold:
    """Rows that become charges, one after the other."""

    def __init__(self) -> None:
        self.charges: dict[int, Charge] = {}
        self._places: dict[Name, int] = {}
        self._numbers = count()

    def add(self, row: Charge) -> None:
        """Take a row."""
        names = row.names
        places: list[int] = []
        for place in sorted({self._places[name] for name in names if name in self._places}):
            if _are_one(self.charges[place], row):  # as far as it has grown: it may fit two that are not one
                places.append(place)
                row = _joined(self.charges[place], row)
        places = places or [next(self._numbers)]
        self.charges[places[0]] = row
        for place in places[1:]:
            self._move(place, places[0])
        self._places.update(dict.fromkeys(names, places[0]))

    def _move(self, place: int, to: int) -> None:
        del self.charges[place]
        self._places.update({name: to for name, at in self._places.items() if at == place})


def _are_one(one: Charge, other: Charge) -> bool:
    if one.id and other.id:
        return one.id == other.id
    if one.call_id is not None and one.call_id == other.call_id:
        return True
    keys = {one.idempotency_key, other.idempotency_key} - {None}
    if one.operation != other.operation or len(keys) > 1:  # a gateway may give all requests one id
        return False
    same_request = one.request_id is not None and (one.request_id, one.time) == (other.request_id, other.time)
    return same_request or (bool(keys) and abs(one.time - other.time) <= KEY_HOLDS)


def _joined(old: Charge, new: Charge) -> Charge:
    """What two rows of one charge tell together; of two that both know, the first."""
    is_better = old.pending or (old.is_given_up and not new.pending)
    best, other = (new, old) if is_better else (old, new)
    missing = {name: value for name, value in _told(other) if getattr(best, name) is None}
    return evolve(best, time=min(old.time, new.time), tags=old.tags or new.tags, **missing)


def _told(charge: Charge) -> Iterator[tuple[str, Any]]:
    return ((each.name, value) for each in fields(Charge) if (value := getattr(charge, each.name)) is not None)
