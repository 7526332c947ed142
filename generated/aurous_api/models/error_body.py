from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from attrs import define as _define
from attrs import field as _field

from .. import kinds as _k
from ..model import Model as _Model
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .error_code import ErrorCode
    from .error_type import ErrorType
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
class ErrorBody(_Model):
    """What went wrong with a request."""

    type: ErrorType
    """The group that the code belongs to."""
    code: ErrorCode
    """What went wrong, to decide on. An open list."""
    message: str
    """What went wrong, to read."""
    doc_url: str | Unset = UNSET
    """Where the code is documented."""
    request_id: str | Unset = UNSET
    """The same as the header `Aurous-Request-Id`. Quote it to support."""
    param: str | None | Unset = UNSET
    """The parameter at fault, where there is one."""
    status: Any | Unset = UNSET
    """The status that the provider returned, on codes of the form `*_provider_*`."""
    additional_properties: dict[str, Any] = _field(init=False, factory=dict)
    """What came and has no typed place: fields that the contract does not know, and values of another type."""

    _fields: ClassVar[tuple[_k.Field, ...]] = (
        _k.Field("type", "type", _k.Enumeration("ErrorType"), required=True),
        _k.Field("code", "code", _k.Enumeration("ErrorCode", listed=False), required=True),
        _k.Field("message", "message", _k.STRING, required=True),
        _k.Field("doc_url", "doc_url", _k.STRING),
        _k.Field("request_id", "request_id", _k.STRING),
        _k.Field("param", "param", _k.UnionOf(_k.STRING, _k.NULL)),
        _k.Field("status", "status", _k.ANY),
    )
