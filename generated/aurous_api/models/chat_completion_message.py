from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from attrs import define as _define
from attrs import field as _field

from .. import kinds as _k
from ..model import Model as _Model
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .tool_call import ToolCall
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
class ChatCompletionMessage(_Model):
    """What the model said, and the tools that it wants called."""

    content: str | None
    """The text of the answer, or null where there is none."""
    role: str | Unset = UNSET
    """Who speaks."""
    tool_calls: list[ToolCall] | Unset = UNSET
    """The tools that the model wants called. Absent where it wants none."""
    additional_properties: dict[str, Any] = _field(init=False, factory=dict)
    """What came and has no typed place: fields that the contract does not know, and values of another type."""

    _fields: ClassVar[tuple[_k.Field, ...]] = (
        _k.Field("content", "content", _k.UnionOf(_k.STRING, _k.NULL), required=True),
        _k.Field("role", "role", _k.STRING),
        _k.Field("tool_calls", "tool_calls", _k.ArrayOf(_k.ModelOf("ToolCall"))),
    )
