"""What comes of a bulk: an outcome for each item, and a summary."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, cast

from attrs import asdict, define

from aurous._errors import AurousError

if TYPE_CHECKING:
    from aurous.bulk.items import BulkItem

T_co = TypeVar("T_co", covariant=True)

Stopped = Literal["finished", "budget", "deadline", "stopped", "interrupted", "error"]


@define(frozen=True)
class BulkOutcome(Generic[T_co]):
    """What came of one item: a result or an error.

    Example:
        >>> for outcome in bulk.create(requests):
        ...     print(outcome.key, outcome.result.text if outcome.ok else outcome.error)
    """

    key: str
    """What the item is called: its key, or its position in the input, from 0."""
    position: int
    """Its position in the input."""
    item: BulkItem[T_co]
    """The item itself."""
    result: T_co | None
    """What the call returned; None where it failed."""
    error: AurousError | None
    """What the call raised; None where it did not. Its `idempotency_key` may collect an answer that was lost."""
    sent: bool
    """Whether the API was asked: not where the journal had the answer, nor where the item could not be sent."""

    @property
    def ok(self) -> bool:
        """Whether there is a result."""
        return self.error is None

    def raise_for_error(self) -> T_co:
        """The result.

        Raises:
            AurousError: The call failed: its error.
        """
        if self.error is not None:
            raise self.error
        return cast("T_co", self.result)


@define(frozen=True)
class BulkSummary:
    """Where a bulk stands, or what it came to."""

    succeeded: int
    """Items with a result."""
    failed: int
    """Items with an error."""
    in_flight: int
    """Calls that are being made."""
    total: int | None
    """How many items there are, where the input tells its length; None for a generator, say."""
    sent: int
    """Items for which the API was asked."""
    replayed: int
    """Items that the API answered from its memory, unbilled: a run before this one had paid for them."""
    journaled: int
    """Items that the journal answered."""
    unanswered: int
    """Of those that failed, how many were sent and brought no usable answer. They may have been billed; the same run
    again collects them within 24 hours."""
    credits: Decimal
    """What the answers cost that were billed in this pass."""
    credits_before: Decimal
    """What the answers had cost that were replayed or stood in the journal."""
    elapsed: float
    """Seconds since the beginning."""
    stopped: Stopped | None
    """Why it ended; None while it goes on.

    - `finished`: the input came to its end.
    - `budget`: the credits of the team, or the budget of the client, do not cover another call.
    - `deadline`: the time is up.
    - `stopped`: by `stop()`, or its block was left.
    - `interrupted`: by Ctrl-C, which is raised once what was in flight has been handed out.
    - `error`: the input, the progress function or the journal failed; that is raised then as well.
    """
    error: BaseException | None
    """The error that it stopped by."""

    @property
    def done(self) -> int:
        """Items with a result or an error."""
        return self.succeeded + self.failed

    def as_dict(self) -> dict[str, Any]:
        """The summary as plain JSON data; credits as text, so that they stay exact."""
        error = None if self.error is None else type(self.error).__name__
        return {
            **asdict(self),
            "credits": str(self.credits),
            "credits_before": str(self.credits_before),
            "error": error,
        }
