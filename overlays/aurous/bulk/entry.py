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
        "_claims",
        "credits",
        "error",
        "is_back",
        "is_counted",
        "item",
        "journaled",
        "key",
        "outcome",
        "position",
        "replayed",
        "result",
        "sent",
        "settled",
        "trouble",
    )

    def __init__(self, position: int, item: BulkItem[T]) -> None:
        self.position: int = position
        self.item: BulkItem[T] = item
        self.key: str = name_of(item, position)
        self.sent: bool = False
        self.replayed: bool = False
        self.journaled: bool = False
        self.is_counted: bool = False
        self.settled: int = 0
        """How many calls had ended when it was begun."""
        self.renew()
        self.credits: Decimal | None = None
        self.trouble: AurousError | None = None
        """What went wrong beside the call."""
        self.outcome: BulkOutcome[T] | None = None

    def renew(self) -> None:
        """Let it be carried out, for the first time or again."""
        self.result: T | None = None
        self.error: BaseException | None = None
        self.is_back: bool = False
        """Whether whoever carried it out is done with it."""
        self._claims: dict[str, object] = {}

    def claim(self, claimant: object) -> bool:
        """Whether it is the claimant's, and nobody else's, who may ask again. Any thread may ask."""
        return self._claims.setdefault("claimant", claimant) is claimant

    def named(self) -> BulkItem[T]:
        """The item, with the name that it has in this run."""
        return evolve(self.item, key=self.key)
