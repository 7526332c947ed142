from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from attrs import define as _define
from attrs import field as _field

from .. import kinds as _k
from ..model import Model as _Model
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .usage_group_key import UsageGroupKey
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
class UsageLedgerEvent(_Model):
    """A movement of credits."""

    id: str
    """The id of the movement, `uev_…`. It is opaque."""
    object: UsageLedgerEventObject
    """The kind of object, always `usage_event`."""
    type: UsageLedgerEventType
    """What moved the credits."""
    amount: float
    """How many credits moved. What its sign means is not documented."""
    currency: str
    """The currency of the amount."""
    created_at: str
    """When the credits moved."""
    generation_id: str | Unset = UNSET
    """The generation that it is about."""
    hold_id: str | Unset = UNSET
    """The hold that it is about, `hold_…`."""
    description: str | Unset = UNSET
    """What happened, to read."""
    additional_properties: dict[str, Any] = _field(init=False, factory=dict)
    """What came and has no typed place: fields that the contract does not know, and values of another type."""

    _fields: ClassVar[tuple[_k.Field, ...]] = (
        _k.Field("id", "id", _k.STRING, required=True),
        _k.Field("object", "object", _k.Enumeration("UsageLedgerEventObject"), required=True),
        _k.Field("type", "type", _k.Enumeration("UsageLedgerEventType"), required=True),
        _k.Field("amount", "amount", _k.NUMBER, required=True),
        _k.Field("currency", "currency", _k.STRING, required=True),
        _k.Field("created_at", "created_at", _k.STRING, required=True),
        _k.Field("generation_id", "generation_id", _k.STRING),
        _k.Field("hold_id", "hold_id", _k.STRING),
        _k.Field("description", "description", _k.STRING),
    )
