"""What the bulks of both kinds of client are: how one is configured, begun once, and told of."""

from __future__ import annotations

import math
import os
import uuid
from collections.abc import AsyncIterable, Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from decimal import Decimal
from operator import length_hint
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast

from aurous import _check
from aurous._errors import AurousError, ConfigurationError
from aurous.bulk.book import Book
from aurous.bulk.calling import Run
from aurous.bulk.home import Home
from aurous.bulk.items import RETRIEVE, BulkItem
from aurous.bulk.journal import Journal
from aurous.bulk.outcomes import BulkSummary
from aurous.bulk.progress import ProgressLine

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    from aurous._engine.caller import BaseCaller
    from aurous.bulk.in_tasks import AsyncOutcomes
    from aurous.bulk.in_threads import Outcomes

S = TypeVar("S", bound="Outcomes[Any] | AsyncOutcomes[Any]")

Request = Mapping[str, Any]
"""The arguments of a call, by name."""

_INPUTS: Final[Mapping[str | None, str]] = MappingProxyType({None: "items", RETRIEVE: "ids"})
"""What the input is called where it is not `requests`."""

_NOTHING: Final = BulkSummary(
    succeeded=0,
    failed=0,
    in_flight=0,
    total=None,
    sent=0,
    replayed=0,
    journaled=0,
    unanswered=0,
    credits=Decimal(),
    credits_before=Decimal(),
    elapsed=0.0,
    stopped=None,
    error=None,
)


class BaseBulk(Generic[S]):
    """What is the same for both kinds of client."""

    def __init__(
        self,
        caller: BaseCaller,
        *,
        run: str | None,
        concurrency: int,
        journal: str | os.PathLike[str] | None,
        timeout: float | None,
        in_order: bool,
        progress: bool | Callable[[BulkSummary], object],
    ) -> None:
        self._caller = caller
        self._name = _name(run)
        self._concurrency = _check.count(concurrency, source="concurrency", least=1)
        most = caller.config.max_connections
        if concurrency > most:
            asked = _check.excerpt(concurrency)
            raise _check.refusal(
                "concurrency",
                f"is {asked}, and the client has {most} connections. To do: make the client with "
                f"max_connections={asked}",
            )
        self._path = _path(journal)
        ledger = getattr(caller.config.ledger, "path", None)
        if self._path is not None and ledger is not None and os.path.realpath(ledger) == os.path.realpath(self._path):
            raise _check.refusal(
                "journal",
                f"{_check.excerpt(self._path)} is the file of the client's ledger. To do: name another file",
            )
        self._timeout = math.inf if timeout is None else _check.seconds(timeout, source="timeout")
        self._in_order = in_order
        self._progress = self._progress_of(progress)
        self._journal: Journal | None = None
        self._home: Home | None = None
        self._is_open = False
        self._outcomes: S | None = None

    def _progress_of(self, progress: object) -> Callable[[BulkSummary], object] | None:
        if progress is True:
            return ProgressLine()
        if progress is None or progress is False:
            return None
        function: Callable[[BulkSummary], object] = _check.function(
            progress, source="progress", may_wait=self._caller.asynchronous
        )
        return function

    @property
    def run(self) -> str:
        """The name of the run: the one that was given, that of the journal, or one of its own."""
        if self._name is None:
            raise self._unentered()
        return self._name

    @property
    def summary(self) -> BulkSummary:
        """Where it stands, or what it came to; all of it zero before the input is given."""
        return _NOTHING if self._outcomes is None else self._outcomes.book.summary

    def stop(self) -> None:
        """Send no more: what is in flight is finished and handed out, and then the loop ends. Any thread may ask."""
        self._begun.stop()

    def _unentered(self) -> ConfigurationError:
        return ConfigurationError(f"a bulk works within its block. To do: enter it by {self._caller.block} first")

    @property
    def _begun(self) -> S:
        if self._home is not None:
            self._home.refuse_children()
        if self._outcomes is None:
            raise ConfigurationError(
                "the bulk has no input yet. To do: call send(), create() or another of its methods"
            )
        return self._outcomes

    @property
    def _over(self) -> S:
        if not self._begun.is_over:
            raise ConfigurationError(
                "the bulk goes on still, so what remains is not known. To do: read its outcomes to the end (stop() "
                "brings that near), or leave its block first"
            )
        return self._begun

    def _open(self, loop: AbstractEventLoop | None = None) -> None:
        if self._home is not None:
            raise ConfigurationError("the bulk was entered before. To do: make another one by client.bulk()")
        self._home = Home(loop)
        if self._path is not None:
            self._journal = Journal(self._path, self._name)
            self._name = self._journal.run
        self._name = self._name or str(uuid.uuid4())
        self._is_open = True

    @contextmanager
    def _leaving(self, error: BaseException | None) -> Generator[None]:
        """Raise what was not raised yet, and close the journal, behind the wait for what is in flight."""
        try:
            yield
            if self._outcomes is not None and error is None:  # the loop was broken off before it was raised there
                self._outcomes.book.raise_failure()
        except BaseException as failure:
            error = failure
            raise
        finally:
            self._is_open = False
            self._close_journal(error)

    def _close_journal(self, error: BaseException | None) -> None:
        """What comes of that is a note to the error that ends the block, where there is one."""
        try:
            if self._journal is not None:
                self._journal.close()
        except AurousError as failure:
            if error is None:
                raise
            error.add_note(failure.message)

    def _book(self, elements: Any, method: str | None, arguments: tuple[object, ...]) -> Book[Any]:
        """The book of the one input that a bulk has."""
        if self._home is None or not self._is_open:
            raise self._unentered()
        self._home.refuse_others()
        if self._outcomes is not None:
            raise ConfigurationError(
                "the bulk has its input already. To do: put all items into one input for send(), or make another bulk"
            )
        _refuse_input(elements, _INPUTS.get(method, "requests"), asynchronous=self._caller.asynchronous)
        total = length_hint(elements, -1)
        deadline = self._caller.config.clock.monotonic() + self._timeout
        return Book(
            Run(self.run, self._caller, self._journal, deadline, self._home),
            _item if method is None else _maker(method, arguments),
            concurrency=self._concurrency,
            in_order=self._in_order,
            total=None if total < 0 else total,
        )


def _name(run: object) -> str | None:
    if run is not None and (not isinstance(run, str) or not run):
        raise _check.refusal("run", f"is {_check.excerpt(run)}. To do: pass a text that names the run")
    return run


def _path(journal: object) -> str | None:
    path = cast("object", os.fspath(cast("Any", journal)) if isinstance(journal, os.PathLike) else journal)
    if path is not None and (not isinstance(path, str) or not path or "\0" in path):
        raise _check.refusal("journal", f"is {_check.excerpt(path)}. To do: pass the path of a file")
    return path


def _refuse_input(given: object, source: str, *, asynchronous: bool) -> None:
    """Raise where an input is none, or gives something else than it seems."""
    name = type(given).__name__
    if not isinstance(given, (Iterable, AsyncIterable) if asynchronous else Iterable):
        problem, remedy = "", "pass something to iterate over"
    elif isinstance(given, Mapping):
        problem, remedy = ", which gives its keys alone", "pass its pairs, by .items(); one request goes into a list"
    elif isinstance(given, (str, bytes)):
        problem, remedy = ", which gives its characters", "pass a list"
    else:
        return
    raise _check.refusal(source, f"is {name}{problem}. To do: {remedy}")


def _item(element: object) -> BulkItem[Any]:
    """An item as it is; anything else becomes one that fails when it is to be sent."""
    whole = cast("Any", element)
    item: BulkItem[Any] = whole if isinstance(element, BulkItem) else BulkItem("", (), whole)
    return item


def _maker(method: str, arguments: tuple[object, ...]) -> Callable[[Any], BulkItem[Any]]:
    """Makes items of requests, or of pairs of a key and a request."""

    def item(element: object) -> BulkItem[Any]:
        whole = cast("Any", element)
        key, request = whole if isinstance(element, tuple) and len(whole) == 2 else (None, whole)
        return (
            BulkItem(method, (request,), {}, key) if method == RETRIEVE else BulkItem(method, arguments, request, key)
        )

    return item
