from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from attrs import define as _define
from attrs import field as _field

from .. import kinds as _k
from ..model import Model as _Model
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .usage_event_type import UsageEventType
    from .usage_ledger_event_object import UsageLedgerEventObject
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
class UsageEvent(_Model):
    """A request, with what it used and cost."""

    id: str
    """The id of what was made, `cmp_…`, `emb_…`, `img_…` or `vid_…`. It is opaque."""
    type: UsageEventType
    """The kind of request. An open list."""
    status: UsageStatus
    """How far the request has come. An open list."""
    created_at: str | float
    """When the request was made, to the millisecond. Whether it is a text or a number, is not clear."""
    model: str | Unset = UNSET
    """The model that was asked."""
    completed_at: str | float | Unset = UNSET
    """When the request had been served, in the same form."""
    duration_ms: float | Unset = UNSET
    """How long it took, in milliseconds."""
    input_tokens: float | Unset = UNSET
    """Tokens read."""
    output_tokens: float | Unset = UNSET
    """Tokens written."""
    credits_charged: float | Unset = UNSET
    """The credits charged."""
    api_key_id: str | Unset = UNSET
    """The key that the request came with, `apikey_…`."""
    user_id: str | Unset = UNSET
    """The user whose request it was."""
    request_id: str | Unset = UNSET
    """The id of the request, as `Aurous-Request-Id` told it."""
    additional_properties: dict[str, Any] = _field(init=False, factory=dict)
    """What came and has no typed place: fields that the contract does not know, and values of another type."""

    _fields: ClassVar[tuple[_k.Field, ...]] = (
        _k.Field("id", "id", _k.STRING, required=True),
        _k.Field("type", "type", _k.Enumeration("UsageEventType", listed=False), required=True),
        _k.Field("status", "status", _k.Enumeration("UsageStatus", listed=False), required=True),
        _k.Field("created_at", "created_at", _k.UnionOf(_k.STRING, _k.NUMBER), required=True),
        _k.Field("model", "model", _k.STRING),
        _k.Field("completed_at", "completed_at", _k.UnionOf(_k.STRING, _k.NUMBER)),
        _k.Field("duration_ms", "duration_ms", _k.NUMBER),
        _k.Field("input_tokens", "input_tokens", _k.NUMBER),
        _k.Field("output_tokens", "output_tokens", _k.NUMBER),
        _k.Field("credits_charged", "credits_charged", _k.NUMBER),
        _k.Field("api_key_id", "api_key_id", _k.STRING),
        _k.Field("user_id", "user_id", _k.STRING),
        _k.Field("request_id", "request_id", _k.STRING),
    )
