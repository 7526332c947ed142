"""The outcomes of a bulk of an asynchronous client: items are carried out in tasks."""

from __future__ import annotations

import asyncio
import inspect
import math
from collections.abc import AsyncIterable, AsyncIterator, Callable, Coroutine, Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from aurous._errors import ConfigurationError

if TYPE_CHECKING:
    from aurous.bulk.book import Book
    from aurous.bulk.entry import Entry
    from aurous.bulk.items import BulkItem
    from aurous.bulk.outcomes import BulkOutcome, BulkSummary

T = TypeVar("T")

_MOMENT: Final = 0.25
"""Seconds of the machine that the input has, whatever the clock of the client says: one for tests leaps over waits."""
_ENDING: Final = 0.5
"""Seconds that tasks may take to end once they are cancelled."""


class _Stepwise(AsyncIterator[Any]):
    """An ordinary iterator as an asynchronous one."""

    def __init__(self, iterator: Iterator[Any]) -> None:
        self._iterator = iterator

    async def __anext__(self) -> Any:
        try:
            return next(self._iterator)
        except StopIteration:
            raise StopAsyncIteration from None


class AsyncOutcomes(AsyncIterator["BulkOutcome[T]"], Generic[T]):
    """Outcomes as they come. The input is read in one task, a call each in tasks of its own.

    Args:
        book: Keeps the book.
        source: The input.
        progress: Called after each outcome, and at the end.
    """

    def __init__(
        self,
        book: Book[T],
        source: Iterable[Any] | AsyncIterable[Any],
        progress: Callable[[BulkSummary], object] | None,
    ) -> None:
        self.book = book
        self._source = aiter(source) if isinstance(source, AsyncIterable) else _Stepwise(iter(source))
        self._position = 0
        self._progress = progress
        self._back: asyncio.Queue[Entry[T] | None] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._reader: asyncio.Task[None] | None = None
        self._wanted, self._rests = asyncio.Event(), asyncio.Event()
        self._rests.set()
        self._input_error: BaseException | None = None
        self._is_being_read = self._is_troubled = self._is_cut = False
        self.is_over: bool = False
        """Whether there will be no more outcomes."""

    async def __anext__(self) -> BulkOutcome[T]:
        """The next outcome."""
        self.book.run.home.refuse_others()
        if self._is_being_read:
            raise ConfigurationError("the outcomes of this bulk are being read already. To do: read them in one task")
        self._is_being_read = True
        try:
            return await self._next()
        finally:
            self._is_being_read = False

    def stop(self) -> None:
        """Send no more; any thread may ask for it."""
        self.book.stop_asked = True
        with suppress(RuntimeError):  # the loop is closed, and nobody waits
            self._loop.call_soon_threadsafe(self._back.put_nowait, None)

    async def close(self, *, at_once: bool) -> None:
        """Stop, and wait for what is in flight, or cancel it."""
        home = self.book.run.home
        if home.is_forked:
            return
        self.book.stop("stopped")
        try:
            while self.book.in_flight and not at_once and home.is_here:
                self._note(await self._back.get())
        finally:
            self._is_cut = self._is_reading if home.is_here else not self._outlives_loop
            self.is_over = True
            if home.is_here:
                await self._cancel()
            self._drain()
            self._rests.set()
            self.book.end()

    async def remaining(self) -> AsyncIterator[BulkItem[T]]:
        """What was not handed out, and the rest of the input."""
        pulled = self.book.pulled
        known, count = list(self.book.remaining()), len(pulled)
        for item in known:
            yield item
        await self._rests.wait()  # an element may be on its way
        for position, element in list(pulled)[count:]:
            yield self.book.named(position, element)
        if self._is_cut:
            raise ConfigurationError(
                "the input was being read when the block was left, so its rest is not known. To do: ask for "
                "remaining() within the block, or begin the run again: what it has paid for, it does not pay again"
            )
        async for element in self._source:
            yield self.book.named(self._position, element)
            self._position += 1

    async def _next(self) -> BulkOutcome[T]:
        while not self.is_over:
            try:
                entry = await self._wait()
                self.is_over = entry is None
                if self.is_over:
                    self.book.end()
                await self._tell()
            except Exception as error:  # the input failed, say: first comes what is in flight
                if self._is_troubled or self.is_over:
                    raise
                self._is_troubled = True
                self.book.stop("error", error)
            else:
                if entry is not None:
                    return self.book.hand_out(entry)
                self.book.raise_failure()
        raise StopAsyncIteration

    async def _wait(self) -> Entry[T] | None:
        """An item that can be handed out; None at the end."""
        book = self.book
        book.forget()
        while True:
            self._fill()
            entry = book.ready()
            is_reading = book.stopped is None and not self._rests.is_set()
            if entry is not None or not (book.in_flight or is_reading):
                return entry
            await self._hear(book.run.remaining if is_reading else math.inf)

    async def _hear(self, patience: float) -> None:
        """Take note of what comes back; or of nothing, once so many seconds are over by the clock of the client."""
        with suppress(TimeoutError):
            async with asyncio.timeout(None if patience == math.inf else min(patience, _MOMENT)):
                return self._note(await self._back.get())
        run = self.book.run
        alarm = self._start(run.caller.config.clock.sleep_async(max(run.remaining, 0.0)))
        alarm.add_done_callback(lambda _: self._back.put_nowait(None))
        try:
            self._note(await self._back.get())
            if alarm.done():
                alarm.result()  # a clock may refuse
        finally:
            alarm.cancel()

    def _fill(self) -> None:
        """Have as many items carried out as may be."""
        while self.book.wants_more:
            if self._input_error is not None:
                raise self._input_error
            entry = self.book.take()
            if entry is None:
                self._read()
                return
            _ = self._start(self._work(entry))

    def _note(self, entry: Entry[T] | None) -> None:
        if entry is not None:
            self.book.ended(entry)

    async def _tell(self) -> None:
        progress, self._progress = self._progress, None  # not again, if it raises
        if progress is not None:
            returned = progress(self.book.summary)
            if inspect.isawaitable(returned):
                await returned
        self._progress = progress

    # --- Tasks ---

    def _start(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._loop.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _work(self, entry: Entry[T]) -> None:
        if entry.claim(self):
            try:
                entry.result = await self.book.run.caller.run(self.book.run.flow(entry))
            except BaseException as error:
                entry.error = error
                if not isinstance(error, Exception):
                    raise
            finally:
                self._back.put_nowait(entry)

    def _read(self) -> None:
        """Have an element of the input read, if none is on its way."""
        if self._rests.is_set():
            self._rests.clear()
            self._wanted.set()
            # One task for all of it: what the input holds open meanwhile may belong to its task.
            self._reader = self._reader or self._loop.create_task(self._keep_reading())

    async def _keep_reading(self) -> None:
        try:
            while await self._wanted.wait():
                self._wanted.clear()
                element = await anext(self._source)
                self.book.pulled.append((self._position, element))
                self._position += 1
                self._rests.set()
                self._back.put_nowait(None)
        except StopAsyncIteration:
            self.book.exhausted = True
        except BaseException as error:
            self._input_error = error
            if not isinstance(error, Exception):
                raise
        finally:
            self._rests.set()
            self._back.put_nowait(None)

    @property
    def _is_reading(self) -> bool:
        """Whether an element is on its way. Where the reader was only told to, it has not begun."""
        return not self._rests.is_set() and not self._wanted.is_set()

    @property
    def _outlives_loop(self) -> bool:
        """Whether the rest of the input is there still when the event loop is gone, on which it was begun."""
        return self.book.exhausted or isinstance(self._source, _Stepwise)

    async def _cancel(self) -> None:
        tasks = [task for task in (*self._tasks, self._reader) if task is not None and not task.done()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=_ENDING)

    def _drain(self) -> None:
        while not self._back.empty():
            self._note(self._back.get_nowait())
