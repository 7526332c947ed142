from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from attrs import define as _define
from attrs import field as _field

from .. import kinds as _k
from ..model import Model as _Model
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .embedding_image_part import EmbeddingImagePart
    from .embedding_text_part import EmbeddingTextPart
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
class EmbeddingsEstimateBody(_Model):
    """What the cost of an embedding is estimated from."""

    model: str
    """The name of a model for embeddings."""
    input: str | list[EmbeddingTextPart | EmbeddingImagePart]
    """What would be embedded. A text, or the parts of one input."""
    dimensions: int | Unset = UNSET
    """How many numbers the vector would have. Checked as it is for creating an embedding."""
    additional_properties: dict[str, Any] = _field(init=False, factory=dict)
    """What came and has no typed place: fields that the contract does not know, and values of another type."""

    _fields: ClassVar[tuple[_k.Field, ...]] = (
        _k.Field("model", "model", _k.STRING, required=True),
        _k.Field(
            "input",
            "input",
            _k.UnionOf(
                _k.STRING, _k.ArrayOf(_k.UnionOf(_k.ModelOf("EmbeddingTextPart"), _k.ModelOf("EmbeddingImagePart")))
            ),
            required=True,
        ),
        _k.Field("dimensions", "dimensions", _k.INTEGER),
    )
