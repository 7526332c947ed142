from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from attrs import define as _define
from attrs import field as _field

from .. import kinds as _k
from ..model import Model as _Model
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .chat_completion_chunk_choice import ChatCompletionChunkChoice
    from .chat_completion_chunk_object import ChatCompletionChunkObject
    from .usage import Usage
    from .usage_ledger_event_type import UsageLedgerEventType
    from .usage_metrics import UsageMetrics
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
class ChatCompletionChunk(_Model):
    """A piece of a completion that is streamed."""

    object: ChatCompletionChunkObject
    """The kind of object, always `chat.completion.chunk`."""
    choices: list[ChatCompletionChunkChoice]
    """What is new of the answers. In v1.0 always exactly one."""
    id: str | Unset = UNSET
    """The id of the completion, the same in every chunk."""
    created: float | Unset = UNSET
    """When the completion was created, in seconds since the epoch."""
    model: str | Unset = UNSET
    """The model that answers."""
    usage: Usage | Unset = UNSET
    """What the completion used, in the last chunk."""
    additional_properties: dict[str, Any] = _field(init=False, factory=dict)
    """What came and has no typed place: fields that the contract does not know, and values of another type."""

    _fields: ClassVar[tuple[_k.Field, ...]] = (
        _k.Field("object", "object", _k.Enumeration("ChatCompletionChunkObject"), required=True),
        _k.Field("choices", "choices", _k.ArrayOf(_k.ModelOf("ChatCompletionChunkChoice")), required=True),
        _k.Field("id", "id", _k.STRING),
        _k.Field("created", "created", _k.NUMBER),
        _k.Field("model", "model", _k.STRING),
        _k.Field("usage", "usage", _k.ModelOf("Usage")),
    )
