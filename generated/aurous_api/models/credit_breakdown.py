from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from attrs import define as _define
from attrs import field as _field

from .. import kinds as _k
from ..model import Model as _Model
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .usage_ledger_event import UsageLedgerEvent
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
class CreditBreakdown(_Model):
    """The charge by its parts, in credits. The parts add up to the charge only within rounding."""

    input_credits: float
    """Credits for the tokens read."""
    output_credits: float
    """Credits for the tokens written."""
    model: str
    """The model whose rates applied."""
    reasoning_credits: float | Unset = UNSET
    """Credits for the tokens that the model thought with. Absent where it did not."""
    pricing_version: int | Unset = UNSET
    """The version of the rates that applied. Chat rates follow the newest, whatever `Aurous-Version` is."""
    additional_properties: dict[str, Any] = _field(init=False, factory=dict)
    """What came and has no typed place: fields that the contract does not know, and values of another type."""

    _fields: ClassVar[tuple[_k.Field, ...]] = (
        _k.Field("input_credits", "input_credits", _k.NUMBER, required=True),
        _k.Field("output_credits", "output_credits", _k.NUMBER, required=True),
        _k.Field("model", "model", _k.STRING, required=True),
        _k.Field("reasoning_credits", "reasoning_credits", _k.NUMBER),
        _k.Field("pricing_version", "pricing_version", _k.INTEGER),
    )
