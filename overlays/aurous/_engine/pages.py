"""The pages of a list, and the way from one to the next."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING, Any, Final, Generic, NoReturn, Self, TypeVar

from aurous._engine.results import BaseResult
from aurous._errors import ConfigurationError
from aurous._text import one_line
from aurous_api.types import UNSET

if TYPE_CHECKING:
    from aurous._engine.effects import Flow
    from aurous._meta import ResponseMeta
    from aurous_api.operations import Cursor
    from aurous_api.types import Deviation

_logger: Final = logging.getLogger("aurous")

T_co = TypeVar("T_co", covariant=True)

MOST_EMPTY_PAGES: Final = 10
"""Pages in a row without items, each with a new cursor, after which a list is taken to have ended."""


NextPage = Callable[[str, "str | int"], "Flow[Any]"]
"""The call for the next page, by the parameter that takes the cursor and the cursor."""


class _BasePage(BaseResult, Generic[T_co]):
    """What the pages of both clients are."""

    __slots__ = ("_cursors", "_next", "_run", "data", "envelope")

    def __init__(
        self,
        envelope: Any,
        meta: ResponseMeta,
        drift: tuple[Deviation, ...],
        cursors: tuple[Cursor, ...],
        call_next: NextPage | None,
        run: Callable[[Flow[Any]], Any] | None,
    ) -> None:
        super().__init__(meta, drift)
        self.envelope: Any = envelope
        """The whole response, a model: with the fields of the page beside its items."""
        data: Any = envelope.data
        self.data: list[T_co] = data if isinstance(data, list) else []
        """The items of this page."""
        self._cursors = cursors
        self._next = call_next
        self._run = run

    @property
    def has_more(self) -> bool:
        """Whether the server says that there is another page."""
        told = getattr(self.envelope, "has_more", UNSET)
        return told if isinstance(told, bool) else self._server_cursor()[1] is not None

    @property
    def next_cursor(self) -> str | None:
        """What asks for the next page, whatever the API calls it there, an integer as text; None on the last one."""
        cursor = self._cursor()[1] if self.has_more else None
        return None if cursor is None else str(cursor)

    def _server_cursor(self) -> tuple[str, str | int | None]:
        """The parameter and the cursor that the page itself tells."""
        way = self._way()
        if way is None:
            return "", None
        cursor = getattr(self.envelope, way.field, None) if way.field else None
        return way.parameter, _usable(cursor)

    def _cursor(self) -> tuple[str, str | int | None]:
        """The same; where the page tells no cursor but there is more, the id of the last item is one."""
        parameter, cursor = self._server_cursor()
        if cursor is None and parameter in ("starting_after", "after") and self.data:
            cursor = _usable(getattr(self.data[-1], "id", None))
        return parameter, cursor

    def _way(self) -> Cursor | None:
        """How the next page is asked for: where there are several ways, the items tell."""
        kinds = {base.__name__ for item in self.data[:1] for base in type(item).__mro__}
        return next((way for way in self._cursors if way.items is None or way.items in kinds), None)

    def _next_flow(self) -> Flow[Any] | None:
        parameter, cursor = self._cursor() if self.has_more else ("", None)
        if cursor is None:
            if self.has_more:
                _warn(self.meta, "says that there is more, and not how to ask for it")
            return None
        if self._next is None:
            raise ConfigurationError("this page was unpickled, and has no client to ask for the next one")
        return self._next(parameter, cursor)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object that came."""
        data: dict[str, Any] = self.envelope.to_dict()
        return data

    def __len__(self) -> int:
        return len(self.data)

    def __iter__(self) -> Iterator[T_co]:
        return iter(self.data)

    def __getitem__(self, index: int) -> T_co:
        return self.data[index]

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.envelope, self._meta, self._drift, self._cursors, None, None)

    def __copy__(self) -> Self:
        return type(self)(self.envelope, self._meta, self._drift, self._cursors, self._next, self._run)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.data)} items, has_more={self.has_more})"


def _usable(cursor: object) -> str | int | None:
    """A cursor that may be sent: a text or an integer, and not the empty one or the 0 that some send at the end."""
    return cursor if isinstance(cursor, (str, int)) and not isinstance(cursor, bool) and cursor else None


class CycleGuard:
    """What a list has shown so far, as far as it takes to notice that it goes in a circle."""

    def __init__(self) -> None:
        self._cursors: set[str] = set()
        self._data: Any = None
        self._empty = 0

    def lets_on(self, page: _BasePage[Any]) -> bool:
        """Whether the next page is worth asking for; a list that goes in a circle has ended."""
        if not page.has_more:
            return False
        problem = self._problem(page.next_cursor, page.to_dict().get("data"))
        if problem:
            _warn(page.meta, problem)
        return not problem

    def _problem(self, cursor: str | None, data: Any) -> str | None:
        if cursor is not None and cursor in self._cursors:
            return "gave the same cursor twice"
        if data and data == self._data:
            return "gave the same items twice"
        self._empty = 0 if data else self._empty + 1
        if self._empty > MOST_EMPTY_PAGES:
            return f"gave {self._empty} pages without items in a row"
        self._data = data
        if cursor is not None:
            self._cursors.add(cursor)
        return None


def every_item(call: Flow[Any], goes_on: Callable[[list[Any]], bool]) -> Flow[list[Any]]:
    """The items of all pages of a list, within a flow.

    Args:
        call: That of the first page.
        goes_on: Whether to ask for the page after one with these items.
    """
    items: list[Any] = []
    guard = CycleGuard()
    following: Flow[Any] | None = call
    while following is not None:
        page: _BasePage[Any] = yield from following
        items += page.data
        is_last = not goes_on(page.data) or not guard.lets_on(page)
        following = None if is_last else page._next_flow()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    return items


def _warn(meta: ResponseMeta, problem: str) -> None:
    request_id = one_line(meta.request_id or "", 200)
    _logger.warning("a list ends early: the server %s (request id %s)", problem, request_id)


class Page(_BasePage[T_co]):
    """A page of a list.

    **Iterating over it gives the items of this page only**; `auto_paging_iter()` gives those of all pages from
    here on. (In the OpenAI SDK, iterating does that.)

    Example:
        >>> for generation in client.images.list(limit=50).auto_paging_iter():
        ...     print(generation.id)
    """

    __slots__ = ()

    def next_page(self) -> Page[T_co] | None:
        """Ask for the next page, with the arguments and options of the call that brought this one; None at the end.

        Raises:
            AurousError: As the call that brought this page.
        """
        flow = self._next_flow()
        return None if flow is None or self._run is None else self._run(flow)

    def auto_paging_iter(self) -> Iterator[T_co]:
        """The items of this page and of all that follow, which are asked for on the way.

        It ends where the server says so, and where the server goes in a circle; that is told in the log.

        Raises:
            AurousError: As the call that brought this page.
        """
        page: Page[T_co] | None = self
        guard = CycleGuard()
        while page is not None:
            yield from page.data
            page = page.next_page() if guard.lets_on(page) else None


class AsyncPage(_BasePage[T_co]):
    """A page of a list, as `Page` is for the synchronous client.

    **Iterating over it gives the items of this page only**, and takes a plain `for`; `async for` is for
    `auto_paging_iter()`.

    Example:
        >>> page = await client.images.list(limit=50)
        >>> async for generation in page.auto_paging_iter():
        ...     print(generation.id)
    """

    __slots__ = ()

    async def next_page(self) -> AsyncPage[T_co] | None:
        """Ask for the next page, as `Page.next_page` does."""
        flow = self._next_flow()
        if flow is None or self._run is None:
            return None
        page: AsyncPage[T_co] = await self._run(flow)
        return page

    async def auto_paging_iter(self) -> AsyncIterator[T_co]:
        """The items of this page and of all that follow, as `Page.auto_paging_iter` gives them."""
        page: AsyncPage[T_co] | None = self
        guard = CycleGuard()
        while page is not None:
            for item in page.data:
                yield item
            page = await page.next_page() if guard.lets_on(page) else None

    def __aiter__(self) -> NoReturn:
        raise TypeError(
            "a page is not iterated asynchronously: use `for` for the items of this page, "
            "or `async for item in page.auto_paging_iter()` for those of all pages"
        )
