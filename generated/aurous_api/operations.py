"""What an operation of the API is, and the base of the resources through which operations are called.

The classes here are descriptions. Whoever calls them (the SDK's engine) reaches them through `Caller`, so that this
package knows nothing of how a request is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from os import PathLike
from typing import IO, TYPE_CHECKING, Any, Generic, NamedTuple, Protocol, TypeVar

from attrs import define

from .kinds import Kind

if TYPE_CHECKING:
    from aurous import Timeout

FileContent = bytes | bytearray | memoryview | IO[bytes] | PathLike[str] | Iterable[bytes]
"""Bytes, an open binary file (from where it stands), a path, or an iterable of bytes."""

FileInput = FileContent | tuple[str, FileContent] | tuple[str, FileContent, str]
"""A file to upload: its content, or its name with the content, and the media type after that."""

S = TypeVar("S")
A = TypeVar("A")
S_co = TypeVar("S_co", covariant=True)
A_co = TypeVar("A_co", covariant=True)


class Parameter(NamedTuple):
    """A value that goes into a request."""

    name: str
    """As a caller writes it."""
    wire: str
    """As the request has it."""
    kind: Kind
    required: bool = False
    nullable: bool = False
    """Whether None is a value to send. Otherwise it stands for leaving the parameter out."""
    example: str = ""
    """What it looks like, where the contract shows that."""


@define(frozen=True)
class Body:
    """The body of a request."""

    media_type: str
    """`multipart/form-data`, or JSON."""
    fields: tuple[Parameter, ...] = ()
    """Its fields, each a parameter of the method."""
    whole: Kind | None = None
    """What it is, where it is no object with fields: the method then has one parameter for it."""
    name: str = "body"
    """That parameter."""
    required: bool = True
    """Whether an empty one is sent where no field was given. Where it is not, fields are required of a body only."""


@define(frozen=True)
class ObjectResult:
    """A JSON object that is read as a model."""

    kind: Kind


@define(frozen=True)
class PageResult:
    """A page of a list: a JSON object with items in `data`."""

    envelope: Kind
    """The model of the whole object."""
    cursors: tuple[Cursor, ...] = ()
    """How to ask for the next page: the first that applies. Empty where the list comes on one page."""


class Cursor(NamedTuple):
    """How the next page is asked for."""

    field: str
    """The attribute of the page that holds the cursor; where there is none, the id of the last item is the cursor."""
    parameter: str
    """The parameter that takes it, as a caller writes it."""
    items: str | None = None
    """The model that the items are read as where this way applies; None for any."""


@define(frozen=True)
class ArrayResult:
    """A JSON array."""

    items: Kind


@define(frozen=True)
class OpenResult:
    """Any JSON value, or no body."""


@define(frozen=True)
class BinaryResult:
    """Bytes, such as an image."""

    media_types: tuple[str, ...]
    redirects: frozenset[int] = frozenset()
    """Statuses that lead to the content within the origin."""
    redirects_anywhere: frozenset[int] = frozenset()
    """Statuses that lead to the content on any host; the key does not go along."""


Result = ObjectResult | PageResult | ArrayResult | OpenResult | BinaryResult


@define(frozen=True)
class Operation(Generic[S_co, A_co]):
    """An operation, as the contract describes it; `S_co` is what the synchronous method returns, `A_co` the other's."""

    name: str
    """As a caller writes it: `chat.completions.retrieve`."""
    id: str
    """Its `operationId` in the contract."""
    method: str
    path: str
    """With a `{}` for each parameter."""
    result: Result
    path_parameters: tuple[Parameter, ...] = ()
    query: tuple[Parameter, ...] = ()
    headers: tuple[Parameter, ...] = ()
    body: Body | None = None
    idempotent: bool = False
    """Whether it takes an `Idempotency-Key`, with which a request may be repeated."""
    identity: tuple[str, ...] = ()
    """Fields of the result, one of which equals the last path parameter. Empty where nothing tells whose it is."""
    creates: str = ""
    """The field of the result that says when it was created, of an operation that creates it."""
    successes: frozenset[int] = frozenset()
    """Statuses of success that the contract documents beside those which any call may have."""
    accept: str = "application/json"
    """The media types of JSON that are asked for."""
    bucket: str = ""
    """The limit of requests that it draws from, by its name in the contract; empty where none is documented."""


@define
class CallOptions:
    """What a caller sets for one call; None leaves it to the client."""

    api_version: str | None = None
    timeout: float | Timeout | None = None
    max_retries: int | None = None
    extra_headers: Mapping[str, str] | None = None
    extra_query: Mapping[str, object] | None = None
    extra_body: Mapping[str, object] | None = None
    idempotency_key: str | None = None


class Caller(Protocol):
    """How a synchronous resource calls an operation."""

    def flow(
        self,
        operation: Operation[Any, Any],
        path: tuple[object, ...],
        given: Mapping[str, object],
        options: CallOptions,
    ) -> Any:
        """The call, not begun."""
        ...

    def stream(
        self,
        operation: Operation[Any, Any],
        path: tuple[object, ...],
        given: Mapping[str, object],
        options: CallOptions,
    ) -> Any:
        """The content of the response, to be read as it comes; the call is not begun."""
        ...

    def run(self, flow: Any) -> Any:
        """Carry out a call."""
        ...

    def resource(self, path: str) -> Any:
        """The resource at a dotted path; its class may be a subclass with more in it."""
        ...


class AsyncCaller(Protocol):
    """How an asynchronous resource calls an operation."""

    def flow(
        self,
        operation: Operation[Any, Any],
        path: tuple[object, ...],
        given: Mapping[str, object],
        options: CallOptions,
    ) -> Any:
        """The call, not begun."""
        ...

    def stream(
        self,
        operation: Operation[Any, Any],
        path: tuple[object, ...],
        given: Mapping[str, object],
        options: CallOptions,
    ) -> Any:
        """The content of the response, to be read as it comes; the call is not begun."""
        ...

    async def run(self, flow: Any) -> Any:
        """Carry out a call."""
        ...

    def resource(self, path: str) -> Any:
        """The resource at a dotted path; its class may be a subclass with more in it."""
        ...


class SyncBase:
    """What calls operations through a synchronous caller: resources, and whoever has them."""

    __slots__ = ()

    _caller: Caller


class AsyncBase:
    """What calls operations through an asynchronous caller: resources, and whoever has them."""

    __slots__ = ()

    _caller: AsyncCaller


class Resource(SyncBase):
    """A place in the client, synchronous: its methods call operations."""

    __slots__ = ("_caller",)

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def _flow(
        self,
        operation: Operation[Any, Any],
        path: tuple[object, ...],
        given: Mapping[str, object],
        options: CallOptions,
    ) -> Any:
        return self._caller.flow(operation, path, given, options)

    def _call(
        self, operation: Operation[S, Any], path: tuple[object, ...], given: Mapping[str, object], options: CallOptions
    ) -> S:
        result: S = self._caller.run(self._flow(operation, path, given, options))
        return result


class AsyncResource(AsyncBase):
    """A place in the client, asynchronous: its methods call operations."""

    __slots__ = ("_caller",)

    def __init__(self, caller: AsyncCaller) -> None:
        self._caller = caller

    def _flow(
        self,
        operation: Operation[Any, Any],
        path: tuple[object, ...],
        given: Mapping[str, object],
        options: CallOptions,
    ) -> Any:
        return self._caller.flow(operation, path, given, options)

    async def _call(
        self, operation: Operation[Any, A], path: tuple[object, ...], given: Mapping[str, object], options: CallOptions
    ) -> A:
        result: A = await self._caller.run(self._flow(operation, path, given, options))
        return result
