from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types as _types
from ..models.chat_completion_object import ChatCompletionObject
from ..models.completion_status import CompletionStatus
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.chat_completion_choice import ChatCompletionChoice
    from ..models.completion_error import CompletionError
    from ..models.usage import Usage


T = TypeVar("T", bound="ChatCompletion")


@_attrs_define(kw_only=True)
class ChatCompletion:
    """A chat completion, finished or not."""

    id: str
    """ The id of the completion, `cmp_` and a ULID. """

    object_: ChatCompletionObject
    """ The kind of object, always `chat.completion`. """

    created: float
    """ When the completion was created, in seconds since the epoch. """

    model: str
    """ The model that answered. """

    choices: list[ChatCompletionChoice]
    """ The answers. In v1.0 always exactly one. """

    usage: Usage
    """ What a completion used, and what that cost. `credits_charged` is authoritative. """

    status: CompletionStatus
    """ How far a completion has come. `in_progress` is seen while it is being streamed; the others are final. """

    error: CompletionError | Unset = UNSET
    """ Why a completion failed or was cancelled. """

    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)
    """What came and has no typed place: fields that the contract does not know, and values of another type than documented."""

    @classmethod
    def _fields(cls) -> tuple[_types.Field, ...]:
        from ..models.chat_completion_choice import ChatCompletionChoice  # noqa: PLC0415
        from ..models.completion_error import CompletionError  # noqa: PLC0415
        from ..models.usage import Usage  # noqa: PLC0415

        return (
            _types.Field("id", "id", _types.STRING, required=True),
            _types.Field("object", "object_", _types.Enumeration(ChatCompletionObject), required=True),
            _types.Field("created", "created", _types.NUMBER, required=True),
            _types.Field("model", "model", _types.STRING, required=True),
            _types.Field("choices", "choices", _types.Array(_types.Model(ChatCompletionChoice)), required=True),
            _types.Field("usage", "usage", _types.Model(Usage), required=True),
            _types.Field("status", "status", _types.Enumeration(CompletionStatus), required=True),
            _types.Field("error", "error", _types.Model(CompletionError)),
        )

    def to_dict(self) -> dict[str, Any]:
        """The JSON object that this model stands for."""
        return _types.write(self)

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        """Read a JSON object; what is not as documented is kept and never raises (see `types.read`)."""
        return _types.read(cls, src_dict)
