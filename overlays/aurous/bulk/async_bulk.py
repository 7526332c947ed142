"""Many calls at once, in tasks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, overload

from aurous.bulk.base import BaseBulk, Request
from aurous.bulk.in_tasks import AsyncOutcomes
from aurous.bulk.items import CREATE, EMBED, PARSE, RETRIEVE, BulkItem

if TYPE_CHECKING:
    from aurous.bulk.outcomes import BulkOutcome
    from aurous.chat.completion import ChatCompletion
    from aurous.chat.structured import Parsed
    from aurous.embeddings.embedding import EmbeddingList

T = TypeVar("T")

Source = Iterable[T] | AsyncIterable[T]


class AsyncBulk(BaseBulk[AsyncOutcomes[Any]]):
    """Many calls at once, asynchronously: as `Bulk`, and the input may be asynchronous too.

    Where the task is cancelled, calls in flight are cancelled as well; what was created meanwhile, the same run again
    collects.

    Example:
        >>> async with client.bulk(run="2026-11-26", journal="run.jsonl") as bulk:
        ...     async for outcome in bulk.create({"model": model, "messages": question} for question in questions):
        ...         print(outcome.key, outcome.result.text if outcome.ok else outcome.error)
    """

    async def __aenter__(self) -> Self:
        """Open the journal.

        Raises:
            ConfigurationError: It cannot be opened, or is another run's; or the bulk was entered before.
        """
        self._open(asyncio.get_running_loop())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Send no more, wait for what is in flight unless the task is cancelled, and close the journal.

        Raises:
            AurousError: As `Bulk.__exit__`.
        """
        with self._leaving(error):
            if self._outcomes is not None:
                await self._outcomes.close(at_once=error is not None and not isinstance(error, Exception))

    def send(self, items: Source[BulkItem[T]]) -> AsyncIterator[BulkOutcome[T]]:
        """Make any calls, mixed.

        Args:
            items: As for `Bulk.send`; it may be asynchronous.

        Returns:
            The outcomes, as they come or in the order of the input.

        Raises:
            ConfigurationError: As `Bulk.send`.
        """
        return self._start(items)

    def create(
        self, requests: Source[Request | tuple[str | int, Request]]
    ) -> AsyncIterator[BulkOutcome[ChatCompletion]]:
        """Create completions.

        Args:
            requests: As for `Bulk.create`; it may be asynchronous.

        Returns:
            As `send`.

        Raises:
            ConfigurationError: As `send`.
        """
        return self._start(requests, CREATE)

    def retrieve(self, ids: Source[str | tuple[str | int, str]]) -> AsyncIterator[BulkOutcome[ChatCompletion]]:
        """Retrieve completions.

        Args:
            ids: As for `Bulk.retrieve`; it may be asynchronous.

        Returns:
            As `send`.

        Raises:
            ConfigurationError: As `send`.
        """
        return self._start(ids, RETRIEVE)

    @overload
    def parse(
        self, kind: type[T], requests: Source[Request | tuple[str | int, Request]], /
    ) -> AsyncIterator[BulkOutcome[Parsed[T]]]: ...
    @overload
    def parse(
        self, kind: Mapping[str, Any], requests: Source[Request | tuple[str | int, Request]], /
    ) -> AsyncIterator[BulkOutcome[Parsed[Any]]]: ...
    def parse(
        self, kind: Any, requests: Source[Request | tuple[str | int, Request]], /
    ) -> AsyncIterator[BulkOutcome[Parsed[Any]]]:
        """Create completions whose text is the JSON of a type.

        Args:
            kind: As for `Bulk.parse`.
            requests: As for `Bulk.parse`; it may be asynchronous.

        Returns:
            As `send`. Where the text is not of the type, the error of the outcome is an `OutputError`.

        Raises:
            ConfigurationError: As `send`.
        """
        return self._start(requests, PARSE, kind)

    def embed(self, requests: Source[Request | tuple[str | int, Request]]) -> AsyncIterator[BulkOutcome[EmbeddingList]]:
        """Create embeddings.

        Args:
            requests: As for `Bulk.embed`; it may be asynchronous.

        Returns:
            As `send`.

        Raises:
            ConfigurationError: As `send`.
        """
        return self._start(requests, EMBED)

    def remaining(self) -> AsyncIterator[BulkItem[Any]]:
        """What has no outcome that you took, as items for `send`: they keep their names, and so their keys.

        First those that were read from the input, then the rest of it, as lazily as it comes. Ask for it within the
        block where the input is asynchronous: leaving the block ends a wait for its next element.

        Raises:
            ConfigurationError: The bulk goes on still.
        """
        return self._over.remaining()

    def _start(self, elements: Source[Any], method: str | None = None, *arguments: object) -> AsyncIterator[Any]:
        self._outcomes = AsyncOutcomes(self._book(elements, method, arguments), elements, self._progress)
        return self._outcomes
