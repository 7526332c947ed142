from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types as _types
from ..models.finish_reason import FinishReason
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.chat_completion_message import ChatCompletionMessage


T = TypeVar("T", bound="ChatCompletionChoice")


@_attrs_define(kw_only=True)
class ChatCompletionChoice:
    """One answer."""

    index: float
    """ The place of the answer in `choices`, from 0. """

    message: ChatCompletionMessage
    """ What the model said, and the tools that it wants called. """

    finish_reason: FinishReason | Unset = UNSET
    """ Why the model stopped. `stop` is a natural end; `cancelled` is an Aurous value that OpenAI does not have. """

    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)
    """What came and has no typed place: fields that the contract does not know, and values of another type than documented."""

    @classmethod
    def _fields(cls) -> tuple[_types.Field, ...]:
        from ..models.chat_completion_message import ChatCompletionMessage  # noqa: PLC0415

        return (
            _types.Field("index", "index", _types.NUMBER, required=True),
            _types.Field("message", "message", _types.Model(ChatCompletionMessage), required=True),
            _types.Field("finish_reason", "finish_reason", _types.Enumeration(FinishReason)),
        )

    def to_dict(self) -> dict[str, Any]:
        """The JSON object that this model stands for."""
        return _types.write(self)

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        """Read a JSON object; what is not as documented is kept and never raises (see `types.read`)."""
        return _types.read(cls, src_dict)
