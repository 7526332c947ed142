from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from attrs import define as _define
from attrs import field as _field

from .. import kinds as _k
from ..model import Model as _Model
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .file_mime_type import FileMimeType
    from .file_purpose import FilePurpose
    from .metadata import Metadata
    from .stored_file_object import StoredFileObject
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
class StoredFile(_Model):
    """A reference image that was uploaded. It is purged after 24 hours."""

    id: str
    """The id of the file, `file_…`. It is opaque."""
    object: StoredFileObject
    """The kind of object, always `file`."""
    purpose: FilePurpose
    """What the file is for."""
    mime_type: FileMimeType
    """What the file is."""
    size_bytes: float
    """The size of the file, in bytes. At most 10 MB."""
    width_px: float | None
    """The width of the image, in pixels. At most 4096."""
    height_px: float | None
    """The height of the image, in pixels. At most 4096."""
    url: str
    """Where the file is, signed for about an hour. Retrieving the file gives a fresh one."""
    expires_at: str
    """When the file is purged, 24 hours after its upload, without exception."""
    created_at: str
    """When the file was uploaded."""
    metadata: Metadata | Unset = UNSET
    """Keys and values of your own, as the upload gave them."""
    additional_properties: dict[str, Any] = _field(init=False, factory=dict)
    """What came and has no typed place: fields that the contract does not know, and values of another type."""

    _fields: ClassVar[tuple[_k.Field, ...]] = (
        _k.Field("id", "id", _k.STRING, required=True),
        _k.Field("object", "object", _k.Enumeration("StoredFileObject"), required=True),
        _k.Field("purpose", "purpose", _k.Enumeration("FilePurpose"), required=True),
        _k.Field("mime_type", "mime_type", _k.Enumeration("FileMimeType"), required=True),
        _k.Field("size_bytes", "size_bytes", _k.NUMBER, required=True),
        _k.Field("width_px", "width_px", _k.UnionOf(_k.NUMBER, _k.NULL), required=True),
        _k.Field("height_px", "height_px", _k.UnionOf(_k.NUMBER, _k.NULL), required=True),
        _k.Field("url", "url", _k.STRING, required=True),
        _k.Field("expires_at", "expires_at", _k.STRING, required=True),
        _k.Field("created_at", "created_at", _k.STRING, required=True),
        _k.Field("metadata", "metadata", _k.ModelOf("Metadata")),
    )
