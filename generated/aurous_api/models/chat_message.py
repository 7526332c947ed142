from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from attrs import define as _define
from attrs import field as _field

from .. import kinds as _k
from ..model import Model as _Model
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .image_part import ImagePart
    from .message_role import MessageRole
    from .text_part import TextPart
    from .tool_call import ToolCall
    from .usage_status import UsageStatus
    from .usage_type import UsageType
    from .video_lora import VideoLora
    from .video_part import VideoPart
    from .video_pricing import VideoPricing
    from .video_pricing_resolution_factor import VideoPricingResolutionFactor
    from .video_url import VideoURL
    from .webhook_endpoint import WebhookEndpoint
    from .webhook_endpoint_object import WebhookEndpointObject
    from .webhook_event_type import WebhookEventType


# Not attrs' own getstate and setstate: they would leave out what the base holds beside the fields.
@_define(kw_only=True, repr=False, getstate_setstate=False)
class ChatMessage(_Model):
    """One message of a conversation."""

    role: MessageRole
    """Who speaks."""
    content: str | list[TextPart | ImagePart | VideoPart] | None | Unset = UNSET
    """What is said, as a text or in parts. Null beside tool calls."""
    name: str | Unset = UNSET
    """The name of who speaks."""
    tool_call_id: str | Unset = UNSET
    """Of the role `tool`, the call that this is the result of."""
    tool_calls: list[ToolCall] | Unset = UNSET
    """Of the role `assistant`, the tools that the model wanted called."""
    additional_properties: dict[str, Any] = _field(init=False, factory=dict)
    """What came and has no typed place: fields that the contract does not know, and values of another type."""

    _fields: ClassVar[tuple[_k.Field, ...]] = (
        _k.Field("role", "role", _k.Enumeration("MessageRole"), required=True),
        _k.Field(
            "content",
            "content",
            _k.UnionOf(
                _k.STRING,
                _k.ArrayOf(_k.UnionOf(_k.ModelOf("TextPart"), _k.ModelOf("ImagePart"), _k.ModelOf("VideoPart"))),
                _k.NULL,
            ),
        ),
        _k.Field("name", "name", _k.STRING),
        _k.Field("tool_call_id", "tool_call_id", _k.STRING),
        _k.Field("tool_calls", "tool_calls", _k.ArrayOf(_k.ModelOf("ToolCall"))),
    )
