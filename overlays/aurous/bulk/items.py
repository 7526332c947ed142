"""What a bulk is made of: calls, described and not made yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Generic, TypedDict, TypeVar, Unpack, overload

from attrs import define, field

from aurous import _check
from aurous._errors import ConfigurationError
from aurous._secret import shown
from aurous._text import masked
from aurous.chat.completions import Completions
from aurous.embeddings.embeddings import Embeddings

if TYPE_CHECKING:
    from aurous._config import Timeout
    from aurous._engine.effects import Flow
    from aurous.chat.arguments import Tools
    from aurous.chat.completion import ChatCompletion
    from aurous.chat.messages import Messages
    from aurous.chat.options import CompletionOptions
    from aurous.chat.structured import Parsed
    from aurous.embeddings.embedding import EmbeddingList

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

CREATE: Final = "chat.completions.create"
RETRIEVE: Final = "chat.completions.retrieve"
PARSE: Final = "chat.completions.parse"
EMBED: Final = "embeddings.create"


class _CallOptions(TypedDict, total=False):
    """The options of every call."""

    api_version: str | None
    timeout: float | Timeout | None
    max_retries: int | None
    extra_headers: Mapping[str, str] | None
    extra_query: Mapping[str, object] | None


class _EmbeddingOptions(_CallOptions, total=False):
    """What an embedding takes besides."""

    dimensions: int | None
    user: str | None
    extra_body: Mapping[str, object] | None


@define(frozen=True)
class BulkItem(Generic[T_co]):
    """A call that a bulk is to make. The class methods describe one; each takes what the method of that name takes.

    Example:
        >>> BulkItem.create(key="row-7", model="aurous-grow-2.0-pro", messages="Capital of Japan?")
        >>> BulkItem.retrieve("cmp_01HXMQ7Z3K8Y2COMPLETED")
    """

    method: str
    """The method of the client: `chat.completions.create`, `.retrieve`, `.parse`, or `embeddings.create`."""
    arguments: tuple[Any, ...] = field(repr=False)
    """Its positional arguments: an id, or the type that is to be parsed."""
    options: Mapping[str, Any] = field(repr=False)
    """Its keyword arguments."""
    key: str | int | None = None
    """What the item is called in its run; None for its position. `1` and `"1"` are the same."""

    @classmethod
    def create(
        cls,
        *,
        key: str | int | None = None,
        model: str,
        messages: Messages,
        tools: Tools | None = None,
        timeout: float | Timeout | None = None,
        **options: Unpack[CompletionOptions],
    ) -> BulkItem[ChatCompletion]:
        """A call of `chat.completions.create`.

        Args:
            key: What the item is called in its run.
            model: As there; and so is what follows.
            messages: As there.
            tools: As there.
            timeout: As there.
            **options: As there.
        """
        given: Any = {"model": model, "messages": messages, "tools": tools, "timeout": timeout, **options}
        return BulkItem(CREATE, (), given, key)

    @classmethod
    def retrieve(
        cls, id: str, *, key: str | int | None = None, **options: Unpack[_CallOptions]
    ) -> BulkItem[ChatCompletion]:
        """A call of `chat.completions.retrieve`.

        Args:
            id: Id of the completion, `cmp_...`.
            key: What the item is called in its run.
            **options: As there.
        """
        return BulkItem(RETRIEVE, (id,), options, key)

    @overload
    @classmethod
    def parse(
        cls,
        kind: type[T],
        /,
        *,
        key: str | int | None = None,
        model: str,
        messages: Messages,
        tools: Tools | None = None,
        timeout: float | Timeout | None = None,
        **options: Unpack[CompletionOptions],
    ) -> BulkItem[Parsed[T]]: ...
    @overload
    @classmethod
    def parse(
        cls,
        kind: Mapping[str, Any],
        /,
        *,
        key: str | int | None = None,
        model: str,
        messages: Messages,
        tools: Tools | None = None,
        timeout: float | Timeout | None = None,
        **options: Unpack[CompletionOptions],
    ) -> BulkItem[Parsed[Any]]: ...
    @classmethod
    def parse(
        cls,
        kind: Any,
        /,
        *,
        key: str | int | None = None,
        model: str,
        messages: Messages,
        tools: Tools | None = None,
        timeout: float | Timeout | None = None,
        **options: Unpack[CompletionOptions],
    ) -> BulkItem[Parsed[Any]]:
        """A call of `chat.completions.parse`.

        Args:
            kind: The type that the answer is to be, as there.
            key: What the item is called in its run.
            model: As there; and so is what follows.
            messages: As there.
            tools: As there.
            timeout: As there.
            **options: As there.
        """
        given: Any = {"model": model, "messages": messages, "tools": tools, "timeout": timeout, **options}
        return BulkItem(PARSE, (kind,), given, key)

    @classmethod
    def embed(
        cls,
        *,
        key: str | int | None = None,
        model: str,
        input: str | Sequence[Mapping[str, Any]],
        **options: Unpack[_EmbeddingOptions],
    ) -> BulkItem[EmbeddingList]:
        """A call of `embeddings.create`.

        Args:
            key: What the item is called in its run.
            model: As there; and so is what follows.
            input: As there.
            **options: As there.
        """
        given: Any = {"model": model, "input": input, **options}
        return BulkItem(EMBED, (), given, key)


def name_of(item: BulkItem[Any], position: int) -> str:
    """What an item is called: by its key, or its position in the input."""
    return _name(item.key) or str(position)


def _name(key: object) -> str | None:
    """A key as text; None where it can be no key."""
    if isinstance(key, bool) or not isinstance(key, (str, int)):
        return None
    try:
        return str(key) or None
    except Exception:  # noqa: BLE001  # of a number of thousands of digits, or whatever a caller's class raises
        return None


def flow_of(item: BulkItem[T], caller: Any) -> Flow[T]:
    """The call of an item, not begun.

    Args:
        item: The item.
        caller: What calls operations for it. Its `run` gives the flow as it is.

    Raises:
        ConfigurationError: It is no item, or its arguments are not those of the method.
    """
    if item.method not in (CREATE, RETRIEVE, PARSE, EMBED):
        raise ConfigurationError(
            f"an item is {_check.excerpt(item.options)}. To do: make it by BulkItem.create(...), say"
        )
    if item.key is not None and _name(item.key) is None:
        raise ConfigurationError(
            f"the key of an item is {_check.excerpt(item.key)}. To do: give a text or a whole number"
        )
    options = _check.mapping(item.options, source="an item")
    resource: Any = Embeddings(caller) if item.method == EMBED else Completions(caller)
    try:
        flow: Flow[T] = getattr(resource, item.method.rpartition(".")[2])(*item.arguments, **options)
    except TypeError as error:  # of the arguments; the method itself has not begun
        raise ConfigurationError(f"an item does not fit its method: {shown(masked(str(error)))}") from None
    return flow
