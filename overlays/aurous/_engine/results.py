"""What calls return beside models and pages: lists, open values, and bytes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, SupportsIndex, TypeVar, overload

from aurous import _check
from aurous._engine.saving import saving
from aurous._meta import media_type
from aurous_api.kinds import PartialList, plain
from aurous_api.model import short

if TYPE_CHECKING:
    from aurous._engine.observer import Observer
    from aurous._http.wire import Incoming
    from aurous._meta import ResponseMeta
    from aurous_api.types import Deviation

T_co = TypeVar("T_co", covariant=True)


class Result(Protocol):
    """What every call comes to."""

    @property
    def meta(self) -> ResponseMeta:
        """The call that brought it."""
        ...

    @property
    def drift(self) -> tuple[Deviation, ...]:
        """Where the response left the contract."""
        ...

    def to_dict(self) -> Any:
        """The JSON value that came."""
        ...


class BaseResult:  # noqa: PLW1641  # no hash: what it holds can be changed
    """What results that are no models have in common."""

    __slots__ = ("_drift", "_meta")

    def __init__(self, meta: ResponseMeta, drift: tuple[Deviation, ...] = ()) -> None:
        self._meta = meta
        self._drift = drift

    @property
    def meta(self) -> ResponseMeta:
        """The call that brought this."""
        return self._meta

    @property
    def drift(self) -> tuple[Deviation, ...]:
        """Where the response left the contract: JSON pointer, problem, what was found. Empty where it kept to it."""
        return self._drift

    def to_dict(self) -> Any:
        """The JSON value that came."""
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.to_dict() == self.to_dict()

    def __reduce_ex__(self, protocol: SupportsIndex) -> Any:
        return super().__reduce_ex__(max(int(protocol), 2))  # the older ones know nothing of slots


class OpenValue(BaseResult):
    """The result of a call of which the documentation shows none: any JSON value, or nothing."""

    __slots__ = ("value",)

    def __init__(self, value: Any, meta: ResponseMeta) -> None:
        super().__init__(meta)
        self.value: Any = value
        """The JSON value; None where there was no body."""

    def to_dict(self) -> Any:
        """The JSON value that came; None where there was no body."""
        return plain(self.value, "value")

    def __repr__(self) -> str:
        return f"OpenValue({short(self.value)})"


class ItemList(BaseResult, Sequence[T_co]):
    """The items of a response that is a JSON array."""

    __slots__ = ("_items",)

    def __init__(self, items: list[T_co], meta: ResponseMeta, drift: tuple[Deviation, ...]) -> None:
        super().__init__(meta, drift)
        self._items = items

    @overload
    def __getitem__(self, index: int) -> T_co: ...
    @overload
    def __getitem__(self, index: slice) -> list[T_co]: ...
    def __getitem__(self, index: int | slice) -> T_co | list[T_co]:
        return self._items[index]

    def __len__(self) -> int:
        return len(self._items)

    def to_dict(self) -> list[Any]:
        """The JSON array that came."""
        data: list[Any] = plain(self._items.raw if isinstance(self._items, PartialList) else self._items, "items")
        return data

    def __repr__(self) -> str:
        return f"ItemList({len(self)} items)"


class BinaryContent(BaseResult):  # noqa: PLW1641  # as its base
    """Bytes that a call brought, such as an image. They are in memory, bounded by `max_response_bytes`.

    Example:
        >>> content = client.images.output.retrieve("img_01HXMQ7Z3K8Y2ABCDEFGHJKM", 0)
        >>> content.save("image.png")
    """

    __slots__ = ("_content",)

    def __init__(self, content: bytes, meta: ResponseMeta, drift: tuple[Deviation, ...]) -> None:
        super().__init__(meta, drift)
        self._content = content

    @property
    def content_type(self) -> str | None:
        """The media type that the server names, without parameters: `image/png`."""
        return media_type(self.meta.headers) or None

    def read(self) -> bytes:
        """All bytes."""
        return self._content

    def iter_bytes(self, chunk_size: int = 65_536) -> Iterator[bytes]:
        """The bytes in pieces of so many at most."""
        size = _check.count(chunk_size, source="chunk_size", least=1)
        return (self._content[at : at + size] for at in range(0, len(self._content), size))

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the bytes to a file, whole or not at all: an existing file is replaced at the end, and its mode kept.

        A link is followed. What is no regular file, such as a pipe, is written to as it is.

        Returns:
            The path.

        Raises:
            ConfigurationError: It cannot be the path of a file.
            OSError: The file cannot be written, as its folder does not exist, say; what was there before is there
                still.
        """
        with saving(path) as (file, target):
            file.write(self._content)
        return target

    def to_dict(self) -> dict[str, Any]:
        """What is known of the bytes, as plain data: their media type and number."""
        return {"content_type": self.content_type, "size": len(self._content)}

    def __len__(self) -> int:
        return len(self._content)

    def __bytes__(self) -> bytes:
        return self._content

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BinaryContent) and other._content == self._content

    def __repr__(self) -> str:
        return f"BinaryContent({self.content_type}, {len(self)} bytes)"


class OpenContent(BaseResult):
    """Bytes that are still to come."""

    __slots__ = ("body", "end_turn", "observer", "tally")

    observer: Observer
    """Is to be told of their end."""
    tally: Any
    """Is to be told what they cost; None where nobody asks."""

    def __init__(self, body: Incoming, meta: ResponseMeta, drift: tuple[Deviation, ...]) -> None:
        super().__init__(meta, drift)
        self.body = body
        self.end_turn: Callable[[], None] | None = None
        """Is to be called at their end."""
        self.tally = None

    def abandon(self) -> None:
        """Nobody will read them: give back the connection, and the turn."""
        self.body.abandon()
        self.over()

    def over(self) -> None:
        """They have ended, or nobody wants more of them."""
        if self.end_turn is not None:
            self.end_turn()

    def to_dict(self) -> dict[str, Any]:
        """What is known of the bytes, as plain data."""
        return {"content_type": media_type(self.meta.headers) or None}
