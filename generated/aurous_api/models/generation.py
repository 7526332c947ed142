from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from attrs import define as _define
from attrs import field as _field

from .. import kinds as _k
from ..model import Model as _Model
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .generation_cost import GenerationCost
    from .generation_lora import GenerationLora
    from .generation_object import GenerationObject
    from .generation_status import GenerationStatus
    from .media_type import MediaType
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
class Generation(_Model):
    """An image or a video, finished or not."""

    object: GenerationObject
    """The kind of object, always `inference`."""
    id: str
    """The id of the generation, `img_…` or `vid_…`. It is opaque."""
    status: GenerationStatus
    """How far the generation has come. An open list."""
    prompt: str
    """What was asked for."""
    created_at: datetime.datetime
    """When the generation was created."""
    media_type: MediaType | None | Unset = UNSET
    """Whether it is an image or a video. Null on old generations."""
    negative_prompt: str | Unset = UNSET
    """What was asked to be avoided."""
    output_urls: list[str] | Unset = UNSET
    """Where the images are, each with a signed `token`. They are kept for a day or a week, the pages disagree."""
    output_video_url: str | Unset = UNSET
    """Where the video is, with a signed `token`. It is kept for a day or a week, the pages disagree."""
    reference_image_urls: list[str] | Unset = UNSET
    """The images that were given as references."""
    error_message: str | Unset = UNSET
    """Why the generation failed, to read."""
    duration_ms: float | Unset = UNSET
    """How long the generation took, in milliseconds."""
    cost: GenerationCost | Unset = UNSET
    """What the generation costs. While it is pending or processing, the upper bound that is held; once it has ended, what
    was charged.
    """
    width: float | Unset = UNSET
    """The width of the image, in pixels."""
    height: float | Unset = UNSET
    """The height of the image, in pixels."""
    image_count: float | Unset = UNSET
    """How many images were asked for."""
    size_preset: str | Unset = UNSET
    """The name of the size, where it was asked for by name."""
    inference_type: str | Unset = UNSET
    """What was made of what, for example `t2i`, an image of a text."""
    cfg_rescale: float | Unset = UNSET
    """The setting that the generation was created with."""
    denoise_strength: float | Unset = UNSET
    """The setting that the generation was created with. It acts on image to image only."""
    seed: float | Unset = UNSET
    """The seed of the generation."""
    video_duration: float | Unset = UNSET
    """The length of the video, in seconds."""
    video_resolution: str | Unset = UNSET
    """The resolution of the video."""
    video_ratio: str | Unset = UNSET
    """The ratio of the video's width to its height."""
    video_camera_fixed: bool | None | Unset = UNSET
    """Whether the camera stands still."""
    character_id: str | Unset = UNSET
    """The character that the image shows (`char_…`)."""
    loras: list[GenerationLora] | None | Unset = UNSET
    """The LoRAs that were used; a bundle is one entry. Null where there were none, only a prompt or only references."""
    aurous_version: str | Unset = UNSET
    """The dated version of the API that applied."""
    creation_request_id: str | Unset = UNSET
    """The id of the request that created the generation."""
    completed_at: datetime.datetime | Unset = UNSET
    """When the generation ended."""
    additional_properties: dict[str, Any] = _field(init=False, factory=dict)
    """What came and has no typed place: fields that the contract does not know, and values of another type."""

    _fields: ClassVar[tuple[_k.Field, ...]] = (
        _k.Field("object", "object", _k.Enumeration("GenerationObject"), required=True),
        _k.Field("id", "id", _k.STRING, required=True),
        _k.Field("status", "status", _k.Enumeration("GenerationStatus", listed=False), required=True),
        _k.Field("prompt", "prompt", _k.STRING, required=True),
        _k.Field("created_at", "created_at", _k.DATE_TIME, required=True),
        _k.Field("media_type", "media_type", _k.UnionOf(_k.Enumeration("MediaType"), _k.NULL)),
        _k.Field("negative_prompt", "negative_prompt", _k.STRING),
        _k.Field("output_urls", "output_urls", _k.ArrayOf(_k.STRING)),
        _k.Field("output_video_url", "output_video_url", _k.STRING),
        _k.Field("reference_image_urls", "reference_image_urls", _k.ArrayOf(_k.STRING)),
        _k.Field("error_message", "error_message", _k.STRING),
        _k.Field("duration_ms", "duration_ms", _k.NUMBER),
        _k.Field("cost", "cost", _k.ModelOf("GenerationCost")),
        _k.Field("width", "width", _k.NUMBER),
        _k.Field("height", "height", _k.NUMBER),
        _k.Field("image_count", "image_count", _k.NUMBER),
        _k.Field("size_preset", "size_preset", _k.STRING),
        _k.Field("inference_type", "inference_type", _k.STRING),
        _k.Field("cfg_rescale", "cfg_rescale", _k.NUMBER),
        _k.Field("denoise_strength", "denoise_strength", _k.NUMBER),
        _k.Field("seed", "seed", _k.NUMBER),
        _k.Field("video_duration", "video_duration", _k.NUMBER),
        _k.Field("video_resolution", "video_resolution", _k.STRING),
        _k.Field("video_ratio", "video_ratio", _k.STRING),
        _k.Field("video_camera_fixed", "video_camera_fixed", _k.UnionOf(_k.BOOLEAN, _k.NULL)),
        _k.Field("character_id", "character_id", _k.STRING),
        _k.Field("loras", "loras", _k.UnionOf(_k.ArrayOf(_k.ModelOf("GenerationLora")), _k.NULL)),
        _k.Field("aurous_version", "aurous_version", _k.STRING),
        _k.Field("creation_request_id", "creation_request_id", _k.STRING),
        _k.Field("completed_at", "completed_at", _k.DATE_TIME),
    )
