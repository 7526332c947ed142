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
    from .usage_metrics import UsageMetrics
    from .usage_status import UsageStatus
    from .usage_type import UsageType
    from .video_part import VideoPart
    from .video_pricing import VideoPricing
    from .video_pricing_resolution_factor import VideoPricingResolutionFactor
    from .video_url import VideoURL
    from .webhook_endpoint import WebhookEndpoint
    from .webhook_endpoint_object import WebhookEndpointObject
    from .webhook_event_type import WebhookEventType


# Not attrs' own getstate and setstate: they would leave out what the base holds beside the fields.
@_define(kw_only=True, repr=False, getstate_setstate=False)
class VideoLora(_Model):
    """A LoRA for videos, with its defaults."""

    id: str
    """The id of the LoRA. It is opaque."""
    name: str
    """The name of the LoRA."""
    is_public: bool
    """Whether every team can use it."""
    default_resolution: str
    """The `resolution` that applies where a request gives none."""
    default_ratio: str
    """The `ratio` that applies where a request gives none."""
    default_duration: float
    """The `duration` that applies where a request gives none, in seconds."""
    created_at: str
    """When the LoRA was created."""
    slug: str | None | Unset = UNSET
    """A name that may stand in place of the id. Null where there is none."""
    description: str | Unset = UNSET
    """What the LoRA does."""
    preview_video_url: str | Unset = UNSET
    """A video that was made with it."""
    additional_properties: dict[str, Any] = _field(init=False, factory=dict)
    """What came and has no typed place: fields that the contract does not know, and values of another type."""

    _fields: ClassVar[tuple[_k.Field, ...]] = (
        _k.Field("id", "id", _k.STRING, required=True),
        _k.Field("name", "name", _k.STRING, required=True),
        _k.Field("is_public", "is_public", _k.BOOLEAN, required=True),
        _k.Field("default_resolution", "default_resolution", _k.STRING, required=True),
        _k.Field("default_ratio", "default_ratio", _k.STRING, required=True),
        _k.Field("default_duration", "default_duration", _k.NUMBER, required=True),
        _k.Field("created_at", "created_at", _k.STRING, required=True),
        _k.Field("slug", "slug", _k.UnionOf(_k.STRING, _k.NULL)),
        _k.Field("description", "description", _k.STRING),
        _k.Field("preview_video_url", "preview_video_url", _k.STRING),
    )
