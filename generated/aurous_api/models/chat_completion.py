from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from attrs import define as _define
from attrs import field as _field

from .. import kinds as _k
from ..model import Model as _Model
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .chat_completion_choice import ChatCompletionChoice
    from .chat_completion_object import ChatCompletionObject
    from .completion_error import CompletionError
    from .completion_status import CompletionStatus
    from .usage import Usage
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
class ChatCompletion(_Model):
    """A chat completion, finished or not."""

    id: str
    """The id of the completion, `cmp_` and more. It is opaque."""
    object: ChatCompletionObject
    """The kind of object, always `chat.completion`."""
    created: float
    """When the completion was created, in seconds since the epoch."""
    model: str
    """The model that answered."""
    choices: list[ChatCompletionChoice]
    """The answers. In v1.0 always exactly one."""
    usage: Usage
    """What the completion used, and what that cost."""
    status: CompletionStatus
    """How far the completion has come."""
    error: CompletionError | Unset = UNSET
    """Why the completion failed or was cancelled. Only with these two statuses."""
    additional_properties: dict[str, Any] = _field(init=False, factory=dict)
    """What came and has no typed place: fields that the contract does not know, and values of another type."""

    _fields: ClassVar[tuple[_k.Field, ...]] = (
        _k.Field("id", "id", _k.STRING, required=True),
        _k.Field("object", "object", _k.Enumeration("ChatCompletionObject"), required=True),
        _k.Field("created", "created", _k.NUMBER, required=True),
        _k.Field("model", "model", _k.STRING, required=True),
        _k.Field("choices", "choices", _k.ArrayOf(_k.ModelOf("ChatCompletionChoice")), required=True),
        _k.Field("usage", "usage", _k.ModelOf("Usage"), required=True),
        _k.Field("status", "status", _k.Enumeration("CompletionStatus"), required=True),
        _k.Field("error", "error", _k.ModelOf("CompletionError")),
    )
