from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from attrs import define as _define
from attrs import field as _field

from .. import kinds as _k
from ..model import Model as _Model
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .usage_group_key import UsageGroupKey
    from .usage_ledger_event import UsageLedgerEvent
    from .usage_ledger_event_object import UsageLedgerEventObject
    from .usage_ledger_event_type import UsageLedgerEventType
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
class UsageMetrics(_Model):
    """What was used, in figures."""

    request_count: float
    """How many requests there were."""
    successful_count: float
    """How many of them succeeded."""
    failed_count: float
    """How many of them failed."""
    cancelled_count: float
    """How many of them were cancelled."""
    credits_used: float
    """The credits that they cost."""
    duration_ms_p50: float
    """The median of how long they took, in milliseconds."""
    duration_ms_p95: float
    """The 95th percentile of how long they took, in milliseconds."""
    image_count: float
    """How many images were made."""
    video_seconds: float
    """How many seconds of video were made."""
    total_input_tokens: float | Unset = UNSET
    """Tokens read. Not on the reference page."""
    total_output_tokens: float | Unset = UNSET
    """Tokens written. Not on the reference page."""
    additional_properties: dict[str, Any] = _field(init=False, factory=dict)
    """What came and has no typed place: fields that the contract does not know, and values of another type."""

    _fields: ClassVar[tuple[_k.Field, ...]] = (
        _k.Field("request_count", "request_count", _k.NUMBER, required=True),
        _k.Field("successful_count", "successful_count", _k.NUMBER, required=True),
        _k.Field("failed_count", "failed_count", _k.NUMBER, required=True),
        _k.Field("cancelled_count", "cancelled_count", _k.NUMBER, required=True),
        _k.Field("credits_used", "credits_used", _k.NUMBER, required=True),
        _k.Field("duration_ms_p50", "duration_ms_p50", _k.NUMBER, required=True),
        _k.Field("duration_ms_p95", "duration_ms_p95", _k.NUMBER, required=True),
        _k.Field("image_count", "image_count", _k.NUMBER, required=True),
        _k.Field("video_seconds", "video_seconds", _k.NUMBER, required=True),
        _k.Field("total_input_tokens", "total_input_tokens", _k.NUMBER),
        _k.Field("total_output_tokens", "total_output_tokens", _k.NUMBER),
    )
