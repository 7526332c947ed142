from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from attrs import define as _define
from attrs import field as _field

from .. import kinds as _k
from ..model import Model as _Model
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .metadata import Metadata
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
    from .webhook_endpoint_object import WebhookEndpointObject
    from .webhook_event_type import WebhookEventType


# Not attrs' own getstate and setstate: they would leave out what the base holds beside the fields.
@_define(kw_only=True, repr=False, getstate_setstate=False)
class WebhookEndpoint(_Model):
    """A registered URL that the API sends signed events to."""

    id: str
    """The id of the endpoint, `we_…`. It is opaque."""
    object: WebhookEndpointObject
    """The kind of object, always `webhook_endpoint`."""
    url: str
    """Where the events go, over https. At most 2048 characters."""
    events: list[WebhookEventType]
    """The events that are sent. Those of an endpoint that was created with `*` are the ones that there were at that time.
    """
    secret_preview: str
    """A part of the secret, to tell it from others."""
    is_active: bool
    """Whether events are sent. It ends after 20 failures in a row without a success in 24 hours."""
    consecutive_failures: float
    """How many deliveries have failed since the last success."""
    last_success_at: str | None
    """When a delivery last succeeded. Null where none has."""
    last_failure_at: str | None
    """When a delivery last failed. Null where none has."""
    metadata: Metadata
    """Keys and values of your own, 50 at most, each value a text of 500 characters at most."""
    created_at: str
    """When the endpoint was created."""
    updated_at: str
    """When the endpoint was last changed."""
    description: str | Unset = UNSET
    """What the endpoint is for."""
    secret: str | None | Unset = UNSET
    """The secret that deliveries are signed with, `whsec_…`. Only as the endpoint is created and as the secret is rotated;
    null otherwise.
    """
    additional_properties: dict[str, Any] = _field(init=False, factory=dict)
    """What came and has no typed place: fields that the contract does not know, and values of another type."""

    _fields: ClassVar[tuple[_k.Field, ...]] = (
        _k.Field("id", "id", _k.STRING, required=True),
        _k.Field("object", "object", _k.Enumeration("WebhookEndpointObject"), required=True),
        _k.Field("url", "url", _k.STRING, required=True),
        _k.Field("events", "events", _k.ArrayOf(_k.Enumeration("WebhookEventType", listed=False)), required=True),
        _k.Field("secret_preview", "secret_preview", _k.STRING, required=True),
        _k.Field("is_active", "is_active", _k.BOOLEAN, required=True),
        _k.Field("consecutive_failures", "consecutive_failures", _k.NUMBER, required=True),
        _k.Field("last_success_at", "last_success_at", _k.UnionOf(_k.STRING, _k.NULL), required=True),
        _k.Field("last_failure_at", "last_failure_at", _k.UnionOf(_k.STRING, _k.NULL), required=True),
        _k.Field("metadata", "metadata", _k.ModelOf("Metadata"), required=True),
        _k.Field("created_at", "created_at", _k.STRING, required=True),
        _k.Field("updated_at", "updated_at", _k.STRING, required=True),
        _k.Field("description", "description", _k.STRING),
        _k.Field("secret", "secret", _k.UnionOf(_k.STRING, _k.NULL)),
    )
