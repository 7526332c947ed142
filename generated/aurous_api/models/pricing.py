from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from attrs import define as _define
from attrs import field as _field

from .. import kinds as _k
from ..model import Model as _Model

if TYPE_CHECKING:
    from .currency import Currency
    from .image_pricing import ImagePricing
    from .pricing_object import PricingObject
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
class Pricing(_Model):
    """The prices of images and videos."""

    object: PricingObject
    """The kind of object, always `pricing`."""
    version: Any
    """The version of the prices."""
    currency: Currency
    """The currency of the prices."""
    description: str
    """What the prices are, to read."""
    image: ImagePricing
    """The prices of images."""
    video: VideoPricing
    """The prices of videos."""
    additional_properties: dict[str, Any] = _field(init=False, factory=dict)
    """What came and has no typed place: fields that the contract does not know, and values of another type."""

    _fields: ClassVar[tuple[_k.Field, ...]] = (
        _k.Field("object", "object", _k.Enumeration("PricingObject"), required=True),
        _k.Field("version", "version", _k.ANY, required=True),
        _k.Field("currency", "currency", _k.Enumeration("Currency", listed=False), required=True),
        _k.Field("description", "description", _k.STRING, required=True),
        _k.Field("image", "image", _k.ModelOf("ImagePricing"), required=True),
        _k.Field("video", "video", _k.ModelOf("VideoPricing"), required=True),
    )
