"""The models for chat and embeddings, with their limits and rates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .. import kinds as _k
from ..operations import (
    AsyncResource,
    CallOptions,
    Operation,
    PageResult,
    Resource,
)

if TYPE_CHECKING:
    from aurous import (
        AsyncPage,
        Page,
        Timeout,
    )

    from ..models.model_info import ModelInfo
    from ..models.usage_type import UsageType
    from ..models.video_lora import VideoLora
    from ..models.video_part import VideoPart
    from ..models.video_pricing import VideoPricing
    from ..models.video_pricing_resolution_factor import VideoPricingResolutionFactor
    from ..models.video_url import VideoURL
    from ..models.webhook_endpoint import WebhookEndpoint
    from ..models.webhook_endpoint_object import WebhookEndpointObject
    from ..models.webhook_event_type import WebhookEventType
    from ..params import (
        ChatCompletionsCreateBodyParam,
        ChatMessageParam,
        EmbeddingImageParam,
        EmbeddingImagePartParam,
        EmbeddingsCreateBodyParam,
        EmbeddingsEstimateBodyParam,
        EmbeddingTextPartParam,
        FunctionCallParam,
        FunctionDefinitionParam,
        FunctionNameParam,
        ImagePartParam,
        ImageURLParam,
        NamedJSONSchemaParam,
        ResponseFormatJSONObjectParam,
        ResponseFormatJSONSchemaParam,
        ResponseFormatParam,
        TextPartParam,
        ToolCallParam,
        ToolChoiceFunctionParam,
        ToolDefinitionParam,
        VideoPartParam,
        VideoURLParam,
    )

LIST: Operation[Page[ModelInfo], AsyncPage[ModelInfo]] = Operation(
    name="models.list",
    id="models_list",
    method="GET",
    path="/v1/models",
    result=PageResult(_k.ModelOf("ModelList"), ()),
    bucket="gets",
)


class ModelsResource(Resource):
    """The models for chat and embeddings, with their limits and rates."""

    __slots__ = ()

    def list(
        self,
        *,
        api_version: str | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> Page[ModelInfo]:
        """List the models (`GET /v1/models`).

        Returns the models for chat and embeddings, all at once: there are no pages. The list is empty where there are
        none; that is no error.

        Args:
            api_version: Dated version of the API to apply (`Aurous-Version`), in place of the client's.
            timeout: Deadline of the whole call in seconds, retries included, in place of the client's.
            max_retries: Most retries, in place of the client's.
            extra_headers: Headers to send besides; they go before the client's.
            extra_query: Query parameters that the contract does not know.
            extra_body: Fields of the body that the contract does not know.

        Returns:
            All models.

        Raises:
            ConfigurationError: A parameter cannot be sent; nothing was.
            BadRequestError: 400: The request is malformed, or names a version that does not exist.
            AuthenticationError: 401: No key, a wrong key, a revoked key, or one that was rotated more than 24 hours
                ago.
            PermissionDeniedError: 403: The scope of the key is too small.
            RateLimitError: 429: A limit of the team is reached. Wait as long as `Retry-After` says.
            APIStatusError: The API responded with another error status.
            APIResponseError: The response is unusable.
            APIConnectionError: No response; `APITimeoutError` where the deadline passed.
        """
        return self._call(
            LIST,
            (),
            {},
            CallOptions(
                api_version,
                timeout,
                max_retries,
                extra_headers,
                extra_query,
                extra_body,
            ),
        )


class AsyncModelsResource(AsyncResource):
    """The models for chat and embeddings, with their limits and rates."""

    __slots__ = ()

    async def list(
        self,
        *,
        api_version: str | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> AsyncPage[ModelInfo]:
        """List the models (`GET /v1/models`).

        Returns the models for chat and embeddings, all at once: there are no pages. The list is empty where there are
        none; that is no error.

        Args:
            api_version: Dated version of the API to apply (`Aurous-Version`), in place of the client's.
            timeout: Deadline of the whole call in seconds, retries included, in place of the client's.
            max_retries: Most retries, in place of the client's.
            extra_headers: Headers to send besides; they go before the client's.
            extra_query: Query parameters that the contract does not know.
            extra_body: Fields of the body that the contract does not know.

        Returns:
            All models.

        Raises:
            ConfigurationError: A parameter cannot be sent; nothing was.
            BadRequestError: 400: The request is malformed, or names a version that does not exist.
            AuthenticationError: 401: No key, a wrong key, a revoked key, or one that was rotated more than 24 hours
                ago.
            PermissionDeniedError: 403: The scope of the key is too small.
            RateLimitError: 429: A limit of the team is reached. Wait as long as `Retry-After` says.
            APIStatusError: The API responded with another error status.
            APIResponseError: The response is unusable.
            APIConnectionError: No response; `APITimeoutError` where the deadline passed.
        """
        return await self._call(
            LIST,
            (),
            {},
            CallOptions(
                api_version,
                timeout,
                max_retries,
                extra_headers,
                extra_query,
                extra_body,
            ),
        )
