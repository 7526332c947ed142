"""The book-keeping of a bulk: which items are under way, which may be handed out, which are left. No I/O here.

Items are named by their position, and each is in one place: in the input, under way, ended, or handed out. What an
interrupt (Ctrl-C) may find half done is put right by `stop`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from aurous._amounts import exact_sum
from aurous._errors import (
    APIConnectionError,
    APIResponseError,
    APITimeoutError,
    AurousError,
    BudgetExceededError,
    InsufficientCreditsError,
)
from aurous.bulk.calling import LateError
from aurous.bulk.entry import Entry
from aurous.bulk.outcomes import BulkOutcome, BulkSummary, Stopped

if TYPE_CHECKING:
    from aurous.bulk.calling import Run
    from aurous.bulk.items import BulkItem

T = TypeVar("T")

_AHEAD: Final = 4
"""Items that are under way or wait to be taken, for each call at a time: so much is kept in memory."""
_CLOSE: Final = 0.05
"""A call that timed out with so many seconds of the bulk's own left timed out by those."""


class Book(Generic[T]):
    """The book of one bulk.

    Args:
        run: What the calls have in common.
        to_item: Makes an item of an element of the input.
        concurrency: Most calls at a time.
        in_order: Whether outcomes are handed out in the order of the input.
        total: How many items there are, where that is known.
    """

    def __init__(
        self,
        run: Run,
        to_item: Callable[[Any], BulkItem[T]],
        *,
        concurrency: int,
        in_order: bool,
        total: int | None,
    ) -> None:
        self.run = run
        self._to_item = to_item
        self._concurrency = concurrency
        self._in_order = in_order
        self._total = total
        self._now = run.caller.config.clock.monotonic
        self._started = self._now()
        self._ended_at: float | None = None
        self.pulled: deque[tuple[int, Any]] = deque()
        """Elements of the input with their positions, as they came."""
        self._entries: dict[int, Entry[T]] = {}
        self._under_way: set[Entry[T]] = set()
        self._ended: dict[int, Entry[T]] = {}
        """By position, in the order of their ends."""
        self._handed_out: Entry[T] | None = None
        self._refused: dict[int, Entry[T]] = {}
        """Items that the budget did not cover while others were under way: they wait for one of those to end."""
        self._settled = 0
        self._left: dict[int, Entry[T]] = {}
        self._counts = dict.fromkeys(("succeeded", "failed", "sent", "replayed", "journaled", "unanswered"), 0)
        self._credits = self._credits_before = Decimal()
        self.exhausted = False
        """Whether the input has come to its end."""
        self.stop_asked = False
        """Whether somebody, perhaps in another thread, wants it to stop."""
        self.stopped: Stopped | None = None
        self.error: BaseException | None = None
        self._is_raised = False

    # --- What comes in ---

    @property
    def wants_more(self) -> bool:
        """Whether another item is to be carried out."""
        if self.stop_asked:
            self.stop("stopped")
        elif self.stopped is None and self.run.remaining <= 0:
            self.stop("deadline")
        if self.stopped is not None or len(self._under_way) >= self._concurrency:
            return False
        if self._refused:
            return self._retriable is not None
        return not self.exhausted and len(self._entries) < _AHEAD * self._concurrency

    @property
    def wants_input(self) -> bool:
        """Whether that item is to come from the input: those that were refused go first."""
        return not self._refused

    def take(self) -> Entry[T] | None:
        """The next item that is to be carried out: one that was refused, or an element that was pulled."""
        if self.stopped is not None or (self.wants_input and not self.pulled):
            return None
        if self.wants_input:
            position, element = self.pulled[0]
            entry = Entry(position, self._to_item(element))
            self._entries[position] = entry
            self._begin(entry)
            self.pulled.popleft()
            return entry
        refused = self._retriable
        if refused is not None:
            self._begin(refused)
            self._refused.pop(refused.position)
        return refused

    def ended(self, entry: Entry[T]) -> None:
        """Take note of what came of an item; again, where an interrupt came between."""
        if entry not in self._under_way:
            return
        error = entry.error
        if isinstance(error, BudgetExceededError) and self.stopped is None and not _is_spent(error):
            self._put_back(entry, error)
            return
        if isinstance(error, (BudgetExceededError, InsufficientCreditsError)):
            self._leave(entry)
            self.stop("budget", error)
        elif error is not None and not isinstance(error, AurousError):
            self._leave(entry)
            self.stop("deadline") if isinstance(error, LateError) else self.stop("error", error)
        else:
            sent = entry.sent
            entry.outcome = BulkOutcome(entry.key, entry.position, entry.item, entry.result, error, sent)
            if not entry.is_counted:
                self._count(entry, error)
            self._ended[entry.position] = entry
            if entry.trouble is not None:
                self.stop("error", entry.trouble)
            elif isinstance(error, APITimeoutError) and self.run.remaining <= _CLOSE:
                self.stop("deadline")
            self._under_way.discard(entry)
        self._settled += 1

    def stop(self, reason: Stopped, error: BaseException | None = None) -> None:
        """Send no more. What nobody has begun is left; what is under way goes on."""
        if self.stopped is None or reason == "interrupted":
            self.stopped, self.error = reason, error
        for entry in list(self._entries.values()):
            if entry.claim(self):
                self._leave(entry)

    def recover(self) -> None:
        """Take note of what came back while an interrupt kept anybody from it."""
        for entry in list(self._under_way):
            if entry.is_back:
                self.ended(entry)

    def _leave(self, entry: Entry[T]) -> None:
        self._left[entry.position] = entry
        self._under_way.discard(entry)
        self._refused.pop(entry.position, None)
        self._entries.pop(entry.position, None)

    def _begin(self, entry: Entry[T]) -> None:
        entry.settled = self._settled
        self._under_way.add(entry)

    def _put_back(self, entry: Entry[T], error: BudgetExceededError) -> None:
        """Have an item wait for the calls under way, which hold more than they will cost; without any, stop."""
        entry.renew()
        self._refused[entry.position] = entry
        self._under_way.discard(entry)
        if not self._under_way and self._retriable is None:
            self.stop("budget", error)

    @property
    def _retriable(self) -> Entry[T] | None:
        """The first of those that were refused for which a call has ended since."""
        return next(
            (self._refused[at] for at in sorted(self._refused) if self._refused[at].settled < self._settled), None
        )

    # --- What goes out ---

    @property
    def in_flight(self) -> int:
        """How many items are under way."""
        return len(self._under_way)

    def ready(self) -> Entry[T] | None:
        """An item that can be handed out, if there is one."""
        if self._in_order:
            entry = next(iter(self._entries.values()), None)
            return entry if entry is not None and entry.outcome is not None else None
        return next(iter(self._ended.values()), None)

    def hand_out(self, entry: Entry[T]) -> BulkOutcome[T]:
        """The outcome of an item. Once it has come to whoever takes it, `forget` it.

        Interrupts come after calls: as there is none from the note on, they find it handed out, or not.
        """
        assert entry.outcome is not None
        self._handed_out = entry
        return entry.outcome

    def forget(self) -> None:
        """Keep no longer what was handed out."""
        entry = self._handed_out
        if entry is not None:
            self._ended.pop(entry.position, None)
            self._entries.pop(entry.position, None)
            self._handed_out = None

    def remaining(self) -> Iterator[BulkItem[T]]:
        """The items whose outcome was not handed out, as far as they were pulled."""
        self.forget()
        known = {**self._left, **self._entries}
        for position in sorted(known):
            yield known[position].named()
        yield from (self.named(position, element) for position, element in self.pulled if position not in known)

    def named(self, position: int, element: Any) -> BulkItem[T]:
        """An element of the input as an item, with the name that it has in this run."""
        return Entry(position, self._to_item(element)).named()

    # --- What is told ---

    def end(self) -> None:
        """Take note that nothing more will come."""
        if self.stopped is None:
            self.stopped = "finished"
        self._ended_at = self._ended_at or self._now()

    def raise_failure(self) -> None:
        """Raise what it failed by, once: what came of other items has been handed out by now."""
        if self.stopped in ("error", "interrupted") and self.error is not None and not self._is_raised:
            self._is_raised = True
            raise self.error

    @property
    def summary(self) -> BulkSummary:
        """Where it stands."""
        return BulkSummary(
            in_flight=len(self._under_way),
            total=self._total,
            credits=self._credits,
            credits_before=self._credits_before,
            elapsed=(self._ended_at or self._now()) - self._started,
            stopped=self.stopped,
            error=self.error,
            **self._counts,
        )

    def _count(self, entry: Entry[T], error: AurousError | None) -> None:
        counts = dict(self._counts)
        credits, before = self._credits, self._credits_before
        counts["failed" if error else "succeeded"] += 1
        counts["sent"] += entry.sent
        counts["replayed"] += entry.replayed
        counts["journaled"] += entry.journaled
        counts["unanswered"] += entry.sent and isinstance(error, (APIConnectionError, APIResponseError))
        if entry.credits is not None and (entry.replayed or entry.journaled):
            before = exact_sum((before, entry.credits))
        elif entry.credits is not None:
            credits = exact_sum((credits, entry.credits))
        # Nothing is called from here on, so an interrupt finds it counted, or not.
        self._counts, self._credits, self._credits_before = counts, credits, before
        entry.is_counted = True


def _is_spent(error: BudgetExceededError) -> bool:
    """Whether the budget covers no call any more, whatever those under way will cost."""
    budget = error.budget
    requests = budget.get("requests")
    return bool(budget.get("is_closed")) or (requests is not None and budget["requests_charged"] >= requests)
