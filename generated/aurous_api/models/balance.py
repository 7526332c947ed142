from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from attrs import define as _define
from attrs import field as _field

from .. import kinds as _k
from ..model import Model as _Model

if TYPE_CHECKING:
    from .billing_mode import BillingMode
    from .currency import Currency
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
class Balance(_Model):
    """The credits of the team."""

    credits: float
    """All credits of the team."""
    held_credits: float
    """Those that are held for work that is running."""
    available_credits: float
    """Those that are left to spend, `credits` - `held_credits`."""
    currency: Currency
    """The currency of the amounts."""
    billing_mode: BillingMode
    """How the team is billed. An open list; do not block any work because the mode is unknown."""
    additional_properties: dict[str, Any] = _field(init=False, factory=dict)
    """What came and has no typed place: fields that the contract does not know, and values of another type."""

    _fields: ClassVar[tuple[_k.Field, ...]] = (
        _k.Field("credits", "credits", _k.NUMBER, required=True),
        _k.Field("held_credits", "held_credits", _k.NUMBER, required=True),
        _k.Field("available_credits", "available_credits", _k.NUMBER, required=True),
        _k.Field("currency", "currency", _k.Enumeration("Currency"), required=True),
        _k.Field("billing_mode", "billing_mode", _k.Enumeration("BillingMode", listed=False), required=True),
    )
