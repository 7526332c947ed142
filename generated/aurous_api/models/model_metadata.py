from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from attrs import define as _define
from attrs import field as _field

from .. import kinds as _k
from ..model import Model as _Model
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .model_capability import ModelCapability
    from .model_kind import ModelKind
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
class ModelMetadata(_Model):
    """The limits of a model and what it can do."""

    kind: ModelKind | Unset = UNSET
    """What the model is for, where one page has it. The others have it on the model itself."""
    context_window: int | Unset = UNSET
    """How many tokens the input may have."""
    dimensions: list[int] | None | Unset = UNSET
    """The lengths that an embedding may have. Null where there are none to name."""
    max_input_items: int | Unset = UNSET
    """How many parts the input may have. A request takes 16 at most, whatever stands here."""
    capabilities: list[ModelCapability] | Unset = UNSET
    """What the model can do. An open list."""
    max_output_tokens_hard_cap: int | Unset = UNSET
    """How many tokens the output may have, `max_tokens` at most."""
    hard_max_tokens: int | Unset = UNSET
    """What the guide on errors calls `max_output_tokens_hard_cap`."""
    additional_properties: dict[str, Any] = _field(init=False, factory=dict)
    """What came and has no typed place: fields that the contract does not know, and values of another type."""

    _fields: ClassVar[tuple[_k.Field, ...]] = (
        _k.Field("kind", "kind", _k.Enumeration("ModelKind")),
        _k.Field("context_window", "context_window", _k.INTEGER),
        _k.Field("dimensions", "dimensions", _k.UnionOf(_k.ArrayOf(_k.INTEGER), _k.NULL)),
        _k.Field("max_input_items", "max_input_items", _k.INTEGER),
        _k.Field("capabilities", "capabilities", _k.ArrayOf(_k.Enumeration("ModelCapability", listed=False))),
        _k.Field("max_output_tokens_hard_cap", "max_output_tokens_hard_cap", _k.INTEGER),
        _k.Field("hard_max_tokens", "hard_max_tokens", _k.INTEGER),
    )
