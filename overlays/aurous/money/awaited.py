"""Charges that are not settled: by which names they are awaited, and what was seen of late under such names."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol
from weakref import WeakValueDictionary

from aurous.money.lock import ProcessLock

if TYPE_CHECKING:
    from aurous.money.reading import Facts

_MOST_SEEN: Final = 1000

Name = tuple[Hashable, ...]
"""By which a charge is told from all others: what it is (`id`, `request_id`, `idempotency_key`), its value, and where
that is one."""


def names_on(config: Any, **known: str | None) -> list[Name]:
    """The names among these that are known. Servers are told apart, and for keys of calls, keys of the API."""
    places = {"idempotency_key": (config.base_url, config.api_key)}
    return [(name, value, *places.get(name, (config.base_url,))) for name, value in known.items() if value]


class Waiting(Protocol):
    """A charge that is not settled."""

    names: list[Name]

    def settle(self, facts: Facts) -> None:
        """It is known what was charged."""
        ...

    def release(self) -> None:
        """Nothing was charged, or by another call."""
        ...


class Awaited:
    """The charges that are not settled of one budget, whichever clients share it; or of a client without one."""

    def __init__(self) -> None:
        self._by_name: dict[Name, Waiting] = {}
        self._seen: dict[Name, Facts] = {}
        self._lock = ProcessLock()

    def wait_for(self, charge: Waiting) -> Facts | None:
        """Let a charge be settled by what will be heard under one of its names; or give what was heard already.

        A charge whose key another one awaits is the same: that one stays reserved, for both.
        """
        with self._lock():
            known = next((self._seen[name] for name in charge.names if name in self._seen), None)
            if known is None:
                keys = (name for name in charge.names if name[0] == "idempotency_key")
                waits = next((self._by_name[name] for name in keys if name in self._by_name), charge)
                if waits is not charge:
                    charge.release()
                for name in charge.names:
                    self._by_name.setdefault(name, waits)
                waits.names = list(dict.fromkeys((*waits.names, *charge.names)))
            return known

    def waits_for(self, names: Sequence[Name]) -> bool:
        """Whether a charge is awaited by one of these names."""
        with self._lock():
            return any(name in self._by_name for name in names)

    def forget(self, charge: Waiting) -> None:
        """What a charge came to is known by other means."""
        with self._lock():
            for name in charge.names:
                if self._by_name.get(name) is charge:
                    del self._by_name[name]

    def heard(self, names: Sequence[Name], facts: Facts, *, keep: bool = False) -> bool:
        """Settle the charge that goes by one of these names. Returns whether there was one.

        Args:
            names: The names.
            facts: What was charged.
            keep: Whether to remember it: a stream that is being read learns its id last.
        """
        with self._lock():
            found = next((self._by_name[name] for name in names if name in self._by_name), None)
            if found is None and keep:
                self._seen.update(dict.fromkeys(names, facts))
                while len(self._seen) > _MOST_SEEN:
                    del self._seen[next(iter(self._seen))]
        if found is None:
            return False
        found.settle(facts)
        self.forget(found)  # at last: what an interrupt leaves unsettled is awaited still
        return True


class Listeners:
    """Those who await charges that a client and its copies, or a ledger, may hear of. It keeps none of them alive."""

    def __init__(self) -> None:
        self._awaited: WeakValueDictionary[int, Awaited] = WeakValueDictionary()

    def add(self, awaited: Awaited) -> None:
        """Tell these too."""
        self._awaited[id(awaited)] = awaited

    def heard(self, names: Sequence[Name], facts: Facts, *, keep: bool = False) -> bool:
        """As `Awaited.heard`, for each of them."""
        each = [awaited for reference in self._awaited.valuerefs() if (awaited := reference()) is not None]
        found = [awaited.heard(names, facts, keep=keep) for awaited in each]
        return any(found)

    def __reduce__(self) -> tuple[Any, ...]:
        return Listeners, ()
