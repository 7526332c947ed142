from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from attrs import define as _define
from attrs import field as _field

from .. import kinds as _k
from ..model import Model as _Model
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .character_attributes import CharacterAttributes
    from .character_object import CharacterObject
    from .character_reference import CharacterReference
    from .character_status import CharacterStatus
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
class Character(_Model):
    """A character, ready to be used in images or not yet."""

    id: str
    """The id of the character, `char_…`. It is opaque."""
    object: CharacterObject
    """The kind of object, always `character`."""
    name: str
    """The name of the character."""
    status: CharacterStatus
    """How far the character has come."""
    refs: list[CharacterReference]
    """Pictures of the character."""
    created_at: str
    """When the character was created."""
    updated_at: str
    """When the character was last changed."""
    attributes: CharacterAttributes | Unset = UNSET
    """What the character looks like."""
    client_reference_id: str | Unset = UNSET
    """Your own name for the character, as its creation gave it. At most 256 characters."""
    error_message: str | None | Unset = UNSET
    """Why the character failed, a code that may be shown to customers. Null where it has not."""
    aurous_version: str | Unset = UNSET
    """The dated version of the API that applied."""
    additional_properties: dict[str, Any] = _field(init=False, factory=dict)
    """What came and has no typed place: fields that the contract does not know, and values of another type."""

    _fields: ClassVar[tuple[_k.Field, ...]] = (
        _k.Field("id", "id", _k.STRING, required=True),
        _k.Field("object", "object", _k.Enumeration("CharacterObject"), required=True),
        _k.Field("name", "name", _k.STRING, required=True),
        _k.Field("status", "status", _k.Enumeration("CharacterStatus"), required=True),
        _k.Field("refs", "refs", _k.ArrayOf(_k.ModelOf("CharacterReference")), required=True),
        _k.Field("created_at", "created_at", _k.STRING, required=True),
        _k.Field("updated_at", "updated_at", _k.STRING, required=True),
        _k.Field("attributes", "attributes", _k.ModelOf("CharacterAttributes")),
        _k.Field("client_reference_id", "client_reference_id", _k.STRING),
        _k.Field("error_message", "error_message", _k.UnionOf(_k.STRING, _k.NULL)),
        _k.Field("aurous_version", "aurous_version", _k.STRING),
    )
