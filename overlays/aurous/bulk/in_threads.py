"""The outcomes of a bulk of a synchronous client: items are carried out in threads."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Iterator
from itertools import islice
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from aurous._errors import ConfigurationError

if TYPE_CHECKING:
    from aurous.bulk.book import Book
    from aurous.bulk.entry import Entry
    from aurous.bulk.items import BulkItem
    from aurous.bulk.outcomes import BulkOutcome, BulkSummary

T = TypeVar("T")


class Outcomes(Iterator["BulkOutcome[T]"], Generic[T]):
    """Outcomes as they come. The input is read in the thread that reads them, a call each in threads of its own.

    Args:
        book: Keeps the book.
        source: The input.
        progress: Called after each outcome, and at the end.
    """

    def __init__(self, book: Book[T], source: Iterator[Any], progress: Callable[[BulkSummary], object] | None) -> None:
        self.book = book
        self._source = enumerate(source)
        self._progress = progress
        self._to_do: SimpleQueue[Entry[T] | None] = SimpleQueue()
        self._back: SimpleQueue[Entry[T] | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._turn: dict[str, object] = {}
        self._is_troubled = False
        self.is_over: bool = False
        """Whether there will be no more outcomes."""

    def __next__(self) -> BulkOutcome[T]:
        """The next outcome."""
        self.book.run.home.refuse_others()
        reader = object()
        try:
            if self._turn.setdefault("reader", reader) is not reader:
                raise ConfigurationError(
                    "the outcomes of this bulk are being read already. To do: read them in one thread"
                )
            return self._next()
        finally:  # without a call, so that no interrupt comes between
            if "reader" in self._turn and self._turn["reader"] is reader:
                del self._turn["reader"]

    def stop(self) -> None:
        """Send no more; any thread may ask for it."""
        self.book.stop_asked = True
        self._back.put(None)

    def close(self) -> None:
        """Stop, and wait for what is in flight. After a second interrupt, nothing is waited for."""
        if self.is_over or self.book.run.home.is_forked:  # there are no threads of it
            return
        try:
            self.book.stop("stopped")
            while self.book.in_flight and not self.is_over:
                self._note(self._back.get())
            self._end()
        except BaseException:
            self.is_over = True
            self._end()
            raise

    def remaining(self) -> Iterator[BulkItem[T]]:
        """What was not handed out, and the rest of the input."""
        yield from self.book.remaining()
        yield from (self.book.named(position, element) for position, element in self._source)

    def _next(self) -> BulkOutcome[T]:
        while not self.is_over:
            try:
                entry = self._wait()
                if entry is None:
                    self._end()
                self._tell()
                if entry is not None:
                    return self.book.hand_out(entry)
            except BaseException as error:  # the input failed, or Ctrl-C: first comes what is in flight
                # A second time, or where nothing comes back: at once.
                if self.book.run.home.is_forked or self._is_troubled or self.is_over:
                    self.is_over = True
                    self._end()
                    raise
                self._is_troubled = True
                self.book.stop("error" if isinstance(error, Exception) else "interrupted", error)
                self.book.recover()
            else:
                self.book.raise_failure()
        raise StopIteration

    def _wait(self) -> Entry[T] | None:
        """An item that can be handed out; None at the end."""
        self.book.forget()
        while True:
            self._fill()
            entry = self.book.ready()
            if entry is not None or not self.book.in_flight:
                return entry
            self._note(self._back.get())

    def _fill(self) -> None:
        """Have as many items carried out as may be."""
        book = self.book
        while book.wants_more:
            if book.wants_input:
                # One step of C, so that an interrupt finds an element in the input or here.
                book.pulled.extend(islice(self._source, 1))
                book.run.home.refuse_others()  # the input may have forked
            entry = book.take()
            if entry is None:
                book.exhausted = True
                return
            if len(self._threads) < book.in_flight:
                self._start()
            self._to_do.put(entry)

    def _note(self, entry: Entry[T] | None) -> None:
        if entry is not None:
            self.book.ended(entry)

    def _tell(self) -> None:
        progress, self._progress = self._progress, None  # not again, if it raises
        if progress is not None:
            progress(self.book.summary)
        self._progress = progress

    # --- Threads ---

    def _start(self) -> None:
        """Start a thread, with the context variables of this one."""
        run = contextvars.copy_context().run
        thread = threading.Thread(target=run, args=(self._work,), name="aurous-bulk", daemon=True)
        self._threads.append(thread)
        try:
            thread.start()
        except RuntimeError:  # there are too many
            self._threads.remove(thread)
            if not self._threads:
                raise

    def _work(self) -> None:
        while (entry := self._to_do.get()) is not None:
            if entry.claim(self):
                try:
                    entry.result = self.book.run.caller.run(self.book.run.flow(entry))
                except BaseException as error:  # noqa: BLE001  # told where the outcomes are read
                    entry.error = error
                entry.is_back = True
                self._back.put(entry)

    def _end(self) -> None:
        """Let the threads end, and see them end unless they are not waited for."""
        self.book.end()
        for _ in self._threads:
            self._to_do.put(None)
        for thread in () if self.is_over else self._threads:
            if thread.ident is not None:  # an interrupt may have kept it from being started
                thread.join()
        self._threads.clear()
        self.is_over = True
