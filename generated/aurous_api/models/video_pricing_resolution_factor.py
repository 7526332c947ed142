from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from attrs import define as _define
from attrs import field as _field

from .. import kinds as _k
from ..model import MapModel as _MapModel

if TYPE_CHECKING:
    from .usage_group_key import UsageGroupKey
    from .usage_ledger_event import UsageLedgerEvent
    from .usage_ledger_event_object import UsageLedgerEventObject
    from .usage_ledger_event_type import UsageLedgerEventType
    from .usage_metrics import UsageMetrics
    from .usage_status import UsageStatus
    from .usage_type import UsageType
    from .video_lora import VideoLora
    from .video_part import VideoPart
    from .video_pricing import VideoPricing
    from .video_url import VideoURL
    from .webhook_endpoint import WebhookEndpoint
    from .webhook_endpoint_object import WebhookEndpointObject
    from .webhook_event_type import WebhookEventType


# Not attrs' own getstate and setstate: they would leave out what the base holds beside the fields.
@_define(kw_only=True, repr=False, getstate_setstate=False)
class VideoPricingResolutionFactor(_MapModel["float"]):
    """What the base is multiplied by, by resolution (`480p`, `720p`, `1080p`)."""

    additional_properties: dict[str, float] = _field(init=False, factory=dict)
    """The fields, by name."""

    _fields: ClassVar[tuple[_k.Field, ...]] = ()

    @classmethod
    def _additional(cls) -> _k.Kind | None:
        return _k.NUMBER
