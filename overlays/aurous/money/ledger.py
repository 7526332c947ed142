"""A ledger: what calls cost, row by row, with totals, a file for a spreadsheet, and a comparison with the API's own."""

from __future__ import annotations

import csv
import logging
import os
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from io import StringIO
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, overload

from attrs import define, evolve, fields

from aurous import _check
from aurous._amounts import exact_sum
from aurous._engine.caller import BaseCaller
from aurous._engine.saving import saving
from aurous.money.awaited import Listeners
from aurous.money.charge import Charge, Fold, folded
from aurous.money.jsonl import JsonlStore, Reader
from aurous.money.lock import ProcessLock

if TYPE_CHECKING:
    from pathlib import Path

    from aurous import AsyncAurous, Aurous, BilledEvent, Reconciliation

_logger: Final = logging.getLogger("aurous")
_BEGINS_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_FIELDS: Final = tuple(each.name for each in fields(Charge) if each.name != "tags")


class LedgerStore(Protocol):
    """Where the rows of a ledger are kept: a table, a stream of Redis, a queue. Threads call it at the same time.

    Rows are only ever appended, also two of one charge: the ledger makes one of them when it reads.
    """

    def append(self, row: Mapping[str, Any]) -> None:
        """Keep a row: plain JSON data, of strings, integers, booleans, None, and `tags`, a mapping of strings."""
        ...

    def rows(self) -> Iterable[Mapping[str, Any]]:
        """All rows that were kept, in any order."""
        ...


class _Memory:
    def __init__(self) -> None:
        self._rows: list[Mapping[str, Any]] = []

    def append(self, row: Mapping[str, Any]) -> None:
        self._rows.append(row)

    def rows(self) -> Iterable[Mapping[str, Any]]:
        return list(self._rows)


@define(frozen=True)
class Total:
    """What several charges come to."""

    credits: Decimal
    """What was charged, exact, as far as it is known."""
    charges: int
    """How many charges are known."""
    pending: int
    """How many calls may have cost something besides."""
    input_tokens: int
    output_tokens: int
    reasoning_tokens: int

    def as_dict(self) -> dict[str, Any]:
        """The total as plain JSON data; credits as text, so that they stay exact."""
        return {each.name: getattr(self, each.name) for each in fields(Total)} | {"credits": format(self.credits, "f")}


class Ledger:
    """What calls cost, row by row: `Aurous(ledger=Ledger())`. Clients, threads and tasks may share one.

    Each charge counts once, however often it is seen: replays, retrievals and events of usage are of the same row.

    Args:
        store: Where rows are kept; by default in memory, as long as the ledger lives.

    Raises:
        ConfigurationError: `store` has not the methods of a `LedgerStore`.

    Example:
        >>> ledger = Ledger()
        >>> client = Aurous(ledger=ledger, tags={"service": "faq"})
        >>> client.chat.completions.create(model="aurous-grow-2.0-pro", messages="Capital of Japan?", max_tokens=64)
        >>> ledger.totals("model")["aurous-grow-2.0-pro"].credits
        Decimal('0.00353')
    """

    def __init__(self, store: LedgerStore | None = None) -> None:
        self._store: LedgerStore = _Memory() if store is None else _checked(store)
        self.listeners: Listeners = Listeners()
        """Are to be told what pending rows came to."""

    def record(self, charge: Charge) -> None:
        """Write a row. Clients do so for each call that costs something.

        Raises:
            Exception: Whatever the store raises. A client logs it, with the row, and its call goes on.
        """
        self._store.append(_check.instance(charge, Charge, source="charge").as_dict())

    def charges(self) -> list[Charge]:
        """All charges, one row each, in the order in which they were first written."""
        return folded(_charges_of(self._store.rows()))

    def pending(self) -> list[Charge]:
        """The calls of which it is not known what they cost: lost streams, calls that timed out."""
        return [charge for charge in self.charges() if charge.pending]

    def give_up(self, charge: Charge) -> None:
        """Expect no record of a pending charge any more: it counts as nothing, with the status `given_up`.

        Where its record is seen all the same, that is what counts. What a budget holds for it is released by
        `Budget.give_up`, or by `reconcile` with the client that made the call.

        Args:
            charge: One of `pending()`.

        Raises:
            ConfigurationError: It is not pending.
            Exception: Whatever the store raises.

        Example:
            >>> for charge in ledger.pending():
            ...     ledger.give_up(charge)
        """
        self.record(_pending(charge).given_up())

    def settle(self, charge: Charge, event: BilledEvent) -> None:
        """Take an event for that of a pending charge that has no name in common with it, as you know better.

        Args:
            charge: One of `pending` of a reconciliation.
            event: One of its `missing`.

        Raises:
            ConfigurationError: The charge is not pending, or one of both is none.
            Exception: Whatever the store raises.

        Example:
            >>> result = ledger.reconcile(client)
            >>> for charge, event in zip(result.pending, result.missing):
            ...     ledger.settle(charge, event)
        """
        from aurous.money.reconcile import BilledEvent  # noqa: PLC0415  # which is made of ledgers

        _check.instance(event, BilledEvent, source="event")
        told = ("id", "request_id", "model", "status", "credits")
        known = {name: value for name in told if (value := getattr(event, name)) is not None}
        self.record(evolve(_pending(charge), **known, pending=False))

    @property
    def total(self) -> Total:
        """What all charges come to."""
        return _total(self.charges())

    @overload
    def totals(
        self,
        field: Literal["model", "operation", "status", "day"],
        *,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> dict[str | None, Total]: ...
    @overload
    def totals(
        self, field: str, *, tag: str | None = None, start: datetime | None = None, end: datetime | None = None
    ) -> dict[Any, Total]: ...
    @overload
    def totals(
        self, *, tag: str, start: datetime | None = None, end: datetime | None = None
    ) -> dict[str | None, Total]: ...
    def totals(
        self,
        field: str | None = None,
        *,
        tag: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> dict[Any, Total]:
        """What charges come to, by a field of the rows, by a tag, or by both; the largest sum first.

        Args:
            field: A field of `Charge`: `model`, `operation`, `status`; also `day`.
            tag: The name of a tag.
            start: Only calls that began then or later; aware of its zone.
            end: Only calls that began before; aware of its zone.

        Returns:
            The totals by value, those of rows without one by None; with a field and a tag, by pairs of both values.

        Raises:
            ConfigurationError: There is no such field, neither a field nor a tag is given, or a time has no zone.

        Example:
            >>> ledger.totals(tag="feature")["faq"].credits
            Decimal('0.00353')
            >>> june = {"start": datetime(2026, 6, 1, tzinfo=UTC), "end": datetime(2026, 7, 1, tzinfo=UTC)}
            >>> ledger.totals("model", tag="feature", **june)["aurous-grow-2.0-pro", "faq"].credits
            Decimal('0.00353')
        """
        value_of = _value_of(field, tag)
        begin, before = _check.moment(start, source="start"), _check.moment(end, source="end")
        groups: dict[Any, list[Charge]] = {}
        for charge in self.charges():
            if (begin is None or charge.time >= begin) and (before is None or charge.time < before):
                groups.setdefault(value_of(charge), []).append(charge)
        totals = {value: _total(charges) for value, charges in groups.items()}
        return dict(sorted(totals.items(), key=lambda entry: entry[1].credits, reverse=True))

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write all charges to a file, whole or not at all: a row each, and a column `tag.NAME` for each tag.

        A text that begins with `=`, `+`, `-`, `@`, a tab or a line break gets an apostrophe before it, as OWASP
        advises: a spreadsheet would take it for a formula.

        Raises:
            OSError: The file cannot be written.
        """
        charges = self.charges()
        tags = sorted({name for charge in charges for name in charge.tags})
        text = StringIO(newline="")
        lines = csv.writer(text)
        lines.writerow((*_FIELDS, *(f"tag.{name}" for name in tags)))
        for charge in charges:
            row = charge.as_dict()
            lines.writerow(_cell(value) for value in (*(row[name] for name in _FIELDS), *map(charge.tags.get, tags)))
        with saving(path) as (file, _):
            file.write(text.getvalue().encode("utf-8", "replace"))

    @overload
    def reconcile(
        self,
        client: Aurous,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        api_key_id: str | None = None,
    ) -> Reconciliation: ...
    @overload
    def reconcile(
        self,
        client: AsyncAurous,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        api_key_id: str | None = None,
    ) -> Coroutine[Any, Any, Reconciliation]: ...
    def reconcile(
        self,
        client: Any,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        api_key_id: str | None = None,
    ) -> Any:
        """Find out what pending charges came to, and compare the ledger with the API's events of usage, row by row.

        Pending rows with an id are retrieved; others are looked for in the events. What is found is written to the
        ledger; a row of more than a day ago is given up where no event without a row may be its. What the ledger knows
        settles what the client's budget holds. Then each row is held against the event with its id, or of its request,
        to the last digit. No sums are compared: the API's own need not add up (API_FACTS 4.1, item 10).

        Args:
            client: Of the team whose calls these are; with `AsyncAurous` the result is to be awaited.
            start: The beginning of the span that is compared, aware of its zone; by default the first row. All events
                since then are listed, a hundred by each request: to settle what is pending, a day before the oldest
                pending row will do.
            end: Its end, exclusive; by default now.
            api_key_id: Only events of this key (`apikey_...`), where others of the team are not for this ledger.

        Returns:
            What agrees, and what does not.

        Raises:
            ConfigurationError: `client` is none, or a time is none or has no zone.
            AurousError: The events cannot be listed.

        Example:
            >>> ledger.reconcile(client).different
            ()
        """
        from aurous.money.reconcile import reconciling  # noqa: PLC0415  # not what every service uses

        caller = getattr(client, "_caller", None)
        if not isinstance(caller, BaseCaller):
            raise _check.refusal("client", f"is {type(client).__name__}; pass an Aurous or an AsyncAurous")
        span = {"start": _check.moment(start, source="start"), "end": _check.moment(end, source="end")}
        return caller.run(reconciling(self, caller, **span, api_key_id=api_key_id))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({type(self._store).__name__})"


class JsonlLedger(Ledger):
    """A ledger in a file, one JSON object a line: `Aurous(ledger=JsonlLedger("spend.jsonl"))`.

    Rows are appended, also by several threads and processes at the same time. A last line that was torn, as its writer
    died or the disk was full, loses nothing but itself. What was read is kept in memory, about 1.5 KB a row.

    Args:
        path: Of the file, which is made with the first row.

    Raises:
        ConfigurationError: It cannot be the path of a file, or there is no such folder.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        store = JsonlStore(path)
        self.path: Path = store.path
        self._open = store.open
        self._read: tuple[Reader, Fold] | None = None
        self._lock = ProcessLock()
        super().__init__(store)

    def charges(self) -> list[Charge]:
        """All charges, one row each, in the order in which they were first written.

        They are kept in memory, and only what was appended since the last time is read.

        Raises:
            ConfigurationError: The path has become that of no file.
            OSError: The file cannot be read.
        """
        with self._lock():
            read, self._read = self._read, None  # an interrupt leaves none that is half done
            try:
                file = self._open()
            except FileNotFoundError:
                return []
            with file:
                reader, fold = read if read is not None and read[0].follows(file) else (Reader(), Fold())
                for charge in _charges_of(reader.rows(file, self.path.name)):
                    fold.add(charge)
            self._read = reader, fold
            return list(fold.charges.values())

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.path,)

    def __repr__(self) -> str:
        return f"JsonlLedger({str(self.path)!r})"


def _checked(store: LedgerStore) -> LedgerStore:
    if not all(callable(getattr(store, method, None)) for method in ("append", "rows")):
        raise _check.refusal("store", f"is {type(store).__name__}; pass an object with append() and rows()")
    return store


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_BEGINS_FORMULA) else value


def _pending(charge: Charge) -> Charge:
    if not _check.instance(charge, Charge, source="charge").pending:
        raise _check.refusal("charge", "is not pending. To do: take one of ledger.pending()")
    return charge


def _charges_of(rows: Iterable[Mapping[str, Any]]) -> Iterator[Charge]:
    for row in rows:
        try:
            yield Charge.from_dict(row)
        except ValueError as error:
            _logger.warning("a ledger passes a row over: %s", error)


def _value_of(field: str | None, tag: str | None) -> Callable[[Charge], Any]:
    known = (*_FIELDS, "day")
    if field is None and tag is None:
        raise _check.refusal("field", "is None, and so is tag. To do: totals('model'), totals(tag='feature'), or both")
    if field is not None and field not in known:
        raise _check.refusal("field", f"{_check.excerpt(field)} is none of a charge; it has {', '.join(known)}")
    if tag is not None:
        _check.instance(tag, str, source="tag")
    if field is None:
        return lambda charge: charge.tags.get(str(tag))
    if tag is None:
        return attrgetter(field)
    return lambda charge: (getattr(charge, field), charge.tags.get(tag))


def _total(charges: Iterable[Charge]) -> Total:
    every = list(charges)
    known = [charge for charge in every if not charge.pending]
    tokens = (sum(getattr(each, f"{name}_tokens") or 0 for each in known) for name in ("input", "output", "reasoning"))
    credits = exact_sum(charge.credits for charge in known if charge.credits is not None)
    return Total(credits, len(known), len(every) - len(known), *tokens)
