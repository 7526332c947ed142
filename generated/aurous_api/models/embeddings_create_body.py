from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from attrs import define as _define
from attrs import field as _field

from .. import kinds as _k
from ..model import Model as _Model
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .embedding_encoding_format import EmbeddingEncodingFormat
    from .embedding_image_part import EmbeddingImagePart
    from .embedding_text_part import EmbeddingTextPart
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
class EmbeddingsCreateBody(_Model):
    """What an embedding is made from."""

    model: str
    """The name of a model for embeddings."""
    input: str | list[EmbeddingTextPart | EmbeddingImagePart]
    """What to embed. A text, or the parts of one input."""
    dimensions: int | Unset = UNSET
    """How many numbers the vector should have. One that the model does not list is refused (400,
    `embeddings_unsupported_dimensions`); one that it lists is not applied so far, and the vector keeps the native
    length of the model.
    """
    encoding_format: EmbeddingEncodingFormat | Unset = UNSET
    """How the vector is written. `base64` is taken, and numbers are returned all the same."""
    user: str | Unset = UNSET
    """Whom the request is for. The documentation does not say what it does with it."""
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
        _k.Field("encoding_format", "encoding_format", _k.Enumeration("EmbeddingEncodingFormat")),
        _k.Field("user", "user", _k.STRING),
    )
