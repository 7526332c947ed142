from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types as _types
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.tool_call import ToolCall


T = TypeVar("T", bound="ChatCompletionMessage")


@_attrs_define(kw_only=True)
class ChatCompletionMessage:
    """What the model said, and the tools that it wants called."""

    role: str
    """ Who speaks. """

    content: None | str
    """ The text of the answer, or null where there is none. """

    tool_calls: list[ToolCall] | Unset = UNSET
    """ The tools that the model wants called. Absent where it wants none. """

    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)
    """What came and has no typed place: fields that the contract does not know, and values of another type than documented."""

    @classmethod
    def _fields(cls) -> tuple[_types.Field, ...]:
        from ..models.tool_call import ToolCall  # noqa: PLC0415

        return (
            _types.Field("role", "role", _types.STRING, required=True),
            _types.Field("content", "content", _types.Union(_types.STRING, _types.NULL), required=True),
            _types.Field("tool_calls", "tool_calls", _types.Array(_types.Model(ToolCall))),
        )

    def to_dict(self) -> dict[str, Any]:
        """The JSON object that this model stands for."""
        return _types.write(self)

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        """Read a JSON object; what is not as documented is kept and never raises (see `types.read`)."""
        return _types.read(cls, src_dict)
