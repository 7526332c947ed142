from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from attrs import define as _define
from attrs import field as _field

from .. import kinds as _k
from ..model import Model as _Model
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .credit_breakdown import CreditBreakdown
    from .token_breakdown import TokenBreakdown
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
class Usage(_Model):
    """What a completion used, and what that cost. `credits_charged` is authoritative."""

    prompt_tokens: float
    """Tokens read."""
    completion_tokens: float
    """Tokens written, reasoning not included."""
    total_tokens: float
    """All tokens, `prompt_tokens` + `completion_tokens` + `reasoning_tokens`."""
    credits_charged: float
    """The credits charged, with up to five decimals."""
    breakdown: CreditBreakdown | TokenBreakdown
    """How the charge comes about, in credits or, on the vendor's cancellation page, in tokens."""
    reasoning_tokens: float | Unset = UNSET
    """Tokens that the model thought with. Absent where it did not."""
    additional_properties: dict[str, Any] = _field(init=False, factory=dict)
    """What came and has no typed place: fields that the contract does not know, and values of another type."""

    _fields: ClassVar[tuple[_k.Field, ...]] = (
        _k.Field("prompt_tokens", "prompt_tokens", _k.NUMBER, required=True),
        _k.Field("completion_tokens", "completion_tokens", _k.NUMBER, required=True),
        _k.Field("total_tokens", "total_tokens", _k.NUMBER, required=True),
        _k.Field("credits_charged", "credits_charged", _k.NUMBER, required=True),
        _k.Field(
            "breakdown",
            "breakdown",
            _k.UnionOf(_k.ModelOf("CreditBreakdown"), _k.ModelOf("TokenBreakdown")),
            required=True,
        ),
        _k.Field("reasoning_tokens", "reasoning_tokens", _k.NUMBER),
    )
