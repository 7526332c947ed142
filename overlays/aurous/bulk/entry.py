"""An item on its way: who has it, and what is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from attrs import evolve

from aurous.bulk.items import BulkItem, name_of

if TYPE_CHECKING:
    from decimal import Decimal

    from aurous._errors import AurousError
    from aurous.bulk.outcomes import BulkOutcome

T = TypeVar("T")


class Entry(Generic[T]):
    """An item that was taken from the input."""

    __slots__ = (
        "_unclaimed",
        "credits",
        "error",
        "is_back",
        "item",
        "journaled",
        "key",
        "outcome",
        "position",
        "replayed",
        "result",
        "sent",
        "trouble",
    )

    def __init__(self, position: int, item: BulkItem[T]) -> None:
        self.position = position
        self.item = item
        self.key = name_of(item, position)
        self._unclaimed = [True]
        self.result: T | None = None
        self.error: BaseException | None = None
        self.sent = self.replayed = self.journaled = False
        self.is_back = False
        """Whether whoever carried it out is done with it."""
        self.credits: Decimal | None = None
        self.trouble: AurousError | None = None
        """What went wrong beside the call."""
        self.outcome: BulkOutcome[T] | None = None

    def claim(self) -> bool:
        """Whether it is now the caller's to carry out, and nobody else's. Any thread may ask."""
        try:
            return self._unclaimed.pop()
        except IndexError:
            return False

    def named(self) -> BulkItem[T]:
        """The item, with the name that it has in this run."""
        return evolve(self.item, key=self.key)
