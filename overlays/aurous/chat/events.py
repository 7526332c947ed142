"""What a streamed chat completion is made of, event by event. No event holds the growing answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from attrs import define, field, fields

if TYPE_CHECKING:
    from aurous_api.models import ChatCompletionChunk


@define(frozen=True)
class _Event:
    type: ClassVar[str]

    _data: dict[str, Any] = field(alias="data", repr=False, eq=False, kw_only=True, factory=dict[str, Any])

    @property
    def chunk(self) -> ChatCompletionChunk:
        """The chunk that the event came in, as the contract describes it."""
        from aurous_api.models import ChatCompletionChunk  # noqa: PLC0415  # most callers never ask for it

        return ChatCompletionChunk.from_dict(self._data)

    def to_dict(self) -> dict[str, Any]:
        """The chunk as plain JSON data."""
        return self._data

    def as_dict(self) -> dict[str, Any]:
        """The event as plain JSON data: its type and its fields, without the chunk."""
        named = {each.name: getattr(self, each.name) for each in fields(type(self)) if each.name != "_data"}
        return {"type": self.type, **named}


@define(frozen=True)
class TextDelta(_Event):
    """The text goes on."""

    type: ClassVar[Literal["text_delta"]] = "text_delta"

    text: str


@define(frozen=True)
class ToolCallDelta(_Event):
    """A tool call begins, or goes on."""

    type: ClassVar[Literal["tool_call_delta"]] = "tool_call_delta"

    index: int
    """The place of the call among those of the completion, from 0."""
    id: str | None
    """Its id, once the server has told it."""
    name: str | None
    """The name of its function, once the server has told it."""
    arguments: str
    """What goes on of its arguments, a piece of a JSON text."""


@define(frozen=True)
class Finished(_Event):
    """The model has stopped: the completion is whole, unless it was cancelled."""

    type: ClassVar[Literal["finished"]] = "finished"

    reason: str
    """`stop`, `cancelled` or another word: an open list."""


@define(frozen=True, eq=False)
class Notice(_Event):
    """A frame beside the completion, such as the warning that an idempotency key is ignored.

    Its form is not documented; `to_dict()` gives it as it came.
    """

    type: ClassVar[Literal["notice"]] = "notice"

    def as_dict(self) -> dict[str, Any]:
        """The event as plain JSON data: its type, and the frame as it came."""
        return {"type": self.type, "frame": self._data}


StreamEvent = TextDelta | ToolCallDelta | Finished | Notice
"""What a stream of a completion gives."""
