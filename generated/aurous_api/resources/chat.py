"""Conversations with a model. The operations stand in `chat.completions`."""

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
    from aurous.chat.completions import (
        Completions as ChatCompletionsResource,
        AsyncCompletions as AsyncChatCompletionsResource,
    )


class ChatResource(Resource):
    """Conversations with a model. The operations stand in `chat.completions`."""

    __slots__ = ()

    @property
    def completions(self) -> ChatCompletionsResource:
        """Chat completions that are stored, and those that are being streamed."""
        resource: ChatCompletionsResource = self._caller.resource("chat.completions")
        return resource


class AsyncChatResource(AsyncResource):
    """Conversations with a model. The operations stand in `chat.completions`."""

    __slots__ = ()

    @property
    def completions(self) -> AsyncChatCompletionsResource:
        """Chat completions that are stored, and those that are being streamed."""
        resource: AsyncChatCompletionsResource = self._caller.resource("chat.completions")
        return resource
