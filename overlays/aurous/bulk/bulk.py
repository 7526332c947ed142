"""Many calls at once, in threads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, overload

from aurous.bulk.base import BaseBulk, Request
from aurous.bulk.in_threads import Outcomes
from aurous.bulk.items import CREATE, EMBED, PARSE, RETRIEVE, BulkItem

if TYPE_CHECKING:
    from aurous.bulk.outcomes import BulkOutcome
    from aurous.chat.completion import ChatCompletion
    from aurous.chat.structured import Parsed
    from aurous.embeddings.embedding import EmbeddingList

T = TypeVar("T")


class Bulk(BaseBulk[Outcomes[Any]]):
    """Many calls at once: what `client.bulk()` gives. It has one input, by one of `send`, `create`, ....

    The input is read as calls become free, never ahead of them all. An element of it may be a pair of a key and a
    request, as `dict.items()` gives them; without a key, an item is called by its position. What is wrong with an item
    is its outcome, and the others go on.

    Example:
        >>> with client.bulk(run="2026-11-26", journal="run.jsonl") as bulk:
        ...     for outcome in bulk.create({"model": model, "messages": question} for question in questions):
        ...         print(outcome.key, outcome.result.text if outcome.ok else outcome.error)
        >>> bulk.summary.stopped, bulk.summary.credits
    """

    def __enter__(self) -> Self:
        """Open the journal.

        Raises:
            ConfigurationError: It cannot be opened, or is another run's; or the bulk was entered before.
        """
        self._open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Send no more, wait for what is in flight (Ctrl-C ends that wait), and close the journal.

        Raises:
            AurousError: The journal may not be on the disk, or was deleted; a note where an exception ends the block.
        """
        with self._leaving(error):
            if self._outcomes is not None:
                self._outcomes.close()

    def send(self, items: Iterable[BulkItem[T]]) -> Iterator[BulkOutcome[T]]:
        """Make any calls, mixed.

        Args:
            items: What to call, made by `BulkItem.create` and its kin. It is read as calls become free.

        Returns:
            The outcomes, as they come or in the order of the input.

        Raises:
            ConfigurationError: The bulk is not open, or has an input already. What goes wrong with an item is raised
                nowhere: it is in its outcome.
        """
        return self._start(items)

    def create(self, requests: Iterable[Request | tuple[str | int, Request]]) -> Iterator[BulkOutcome[ChatCompletion]]:
        """Create completions.

        Args:
            requests: The arguments of each `chat.completions.create`, or a key with them.

        Returns:
            As `send`.

        Raises:
            ConfigurationError: As `send`.
        """
        return self._start(requests, CREATE)

    def retrieve(self, ids: Iterable[str | tuple[str | int, str]]) -> Iterator[BulkOutcome[ChatCompletion]]:
        """Retrieve completions.

        Args:
            ids: The id of each, `cmp_...`, or a key with it.

        Returns:
            As `send`.

        Raises:
            ConfigurationError: As `send`.
        """
        return self._start(ids, RETRIEVE)

    @overload
    def parse(
        self, kind: type[T], requests: Iterable[Request | tuple[str | int, Request]], /
    ) -> Iterator[BulkOutcome[Parsed[T]]]: ...
    @overload
    def parse(
        self, kind: Mapping[str, Any], requests: Iterable[Request | tuple[str | int, Request]], /
    ) -> Iterator[BulkOutcome[Parsed[Any]]]: ...
    def parse(
        self, kind: Any, requests: Iterable[Request | tuple[str | int, Request]], /
    ) -> Iterator[BulkOutcome[Parsed[Any]]]:
        """Create completions whose text is the JSON of a type.

        Args:
            kind: The type, as for `chat.completions.parse`.
            requests: The other arguments of each `chat.completions.parse`, or a key with them.

        Returns:
            As `send`. Where the text is not of the type, the error of the outcome is an `OutputError`.

        Raises:
            ConfigurationError: As `send`.
        """
        return self._start(requests, PARSE, kind)

    def embed(self, requests: Iterable[Request | tuple[str | int, Request]]) -> Iterator[BulkOutcome[EmbeddingList]]:
        """Create embeddings.

        Args:
            requests: The arguments of each `embeddings.create`, or a key with them.

        Returns:
            As `send`.

        Raises:
            ConfigurationError: As `send`.
        """
        return self._start(requests, EMBED)

    def remaining(self) -> Iterator[BulkItem[Any]]:
        """What has no outcome that you took, as items for `send`: they keep their names, and so their keys.

        First those that were read from the input, then the rest of it, as lazily as it comes. A few of them may have
        been sent: what was in flight when the block was left, and what was refused for want of credits.

        Raises:
            ConfigurationError: The bulk goes on still.
        """
        return self._over.remaining()

    def _start(self, elements: Iterable[Any], method: str | None = None, *arguments: object) -> Iterator[Any]:
        book = self._book(elements, method, arguments)
        self._outcomes = Outcomes(book, iter(elements), self._progress)
        return self._outcomes
