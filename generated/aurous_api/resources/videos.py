"""Videos. They are listed and retrieved as generations, in `images`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..operations import (
    AsyncResource,
    Resource,
)

if TYPE_CHECKING:
    from ..models.usage_group import UsageGroup
    from ..models.usage_group_key import UsageGroupKey
    from ..models.usage_ledger_event import UsageLedgerEvent
    from ..models.usage_ledger_event_object import UsageLedgerEventObject
    from ..models.usage_ledger_event_type import UsageLedgerEventType
    from ..models.usage_metrics import UsageMetrics
    from ..models.usage_status import UsageStatus
    from ..models.usage_type import UsageType
    from ..models.video_lora import VideoLora
    from ..models.video_part import VideoPart
    from ..models.video_pricing import VideoPricing
    from ..models.video_pricing_resolution_factor import VideoPricingResolutionFactor
    from ..models.video_url import VideoURL
    from ..models.webhook_endpoint import WebhookEndpoint
    from ..models.webhook_endpoint_object import WebhookEndpointObject
    from ..models.webhook_event_type import WebhookEventType
    from ..params import ChatCompletionsCreateBodyParam
    from ..params import ChatMessageParam
    from ..params import EmbeddingImageParam
    from ..params import EmbeddingImagePartParam
    from ..params import EmbeddingTextPartParam
    from ..params import EmbeddingsCreateBodyParam
    from ..params import EmbeddingsEstimateBodyParam
    from ..params import FunctionCallParam
    from ..params import FunctionDefinitionParam
    from ..params import FunctionNameParam
    from ..params import ImagePartParam
    from ..params import ImageURLParam
    from ..params import NamedJSONSchemaParam
    from ..params import ResponseFormatParam
    from ..params import ResponseFormatJSONObjectParam
    from ..params import ResponseFormatJSONSchemaParam
    from ..params import TextPartParam
    from ..params import ToolCallParam
    from ..params import ToolChoiceFunctionParam
    from ..params import ToolDefinitionParam
    from ..params import VideoPartParam
    from ..params import VideoURLParam
    from .videos_output import VideosOutputResource, AsyncVideosOutputResource


class VideosResource(Resource):
    """Videos. They are listed and retrieved as generations, in `images`."""

    __slots__ = ()

    @property
    def output(self) -> VideosOutputResource:
        """The video that a generation produced."""
        resource: VideosOutputResource = self._caller.resource("videos.output")
        return resource


class AsyncVideosResource(AsyncResource):
    """Videos. They are listed and retrieved as generations, in `images`."""

    __slots__ = ()

    @property
    def output(self) -> AsyncVideosOutputResource:
        """The video that a generation produced."""
        resource: AsyncVideosOutputResource = self._caller.resource("videos.output")
        return resource
