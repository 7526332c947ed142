from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from attrs import define as _define
from attrs import field as _field

from .. import kinds as _k
from ..model import Model as _Model
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .chat_pricing import ChatPricing
    from .embedding_pricing import EmbeddingPricing
    from .model_info_object import ModelInfoObject
    from .model_kind import ModelKind
    from .model_metadata import ModelMetadata
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
class ModelInfo(_Model):
    """A model, with its rates and its limits."""

    id: str
    """The name of the model, as requests give it in `model`."""
    object: ModelInfoObject | Unset = UNSET
    """The kind of object, always `model`."""
    kind: ModelKind | Unset = UNSET
    """What the model is for. One page has it in `aurous_metadata`."""
    chat_pricing: ChatPricing | None | Unset = UNSET
    """What chat costs. Null on models for embeddings."""
    embedding_pricing: EmbeddingPricing | None | Unset = UNSET
    """What embeddings cost. Null on models for chat."""
    aurous_metadata: ModelMetadata | Unset = UNSET
    """The limits of the model and what it can do."""
    additional_properties: dict[str, Any] = _field(init=False, factory=dict)
    """What came and has no typed place: fields that the contract does not know, and values of another type."""

    _fields: ClassVar[tuple[_k.Field, ...]] = (
        _k.Field("id", "id", _k.STRING, required=True),
        _k.Field("object", "object", _k.Enumeration("ModelInfoObject")),
        _k.Field("kind", "kind", _k.Enumeration("ModelKind")),
        _k.Field("chat_pricing", "chat_pricing", _k.UnionOf(_k.ModelOf("ChatPricing"), _k.NULL)),
        _k.Field("embedding_pricing", "embedding_pricing", _k.UnionOf(_k.ModelOf("EmbeddingPricing"), _k.NULL)),
        _k.Field("aurous_metadata", "aurous_metadata", _k.ModelOf("ModelMetadata")),
    )
