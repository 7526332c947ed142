"""The LoRAs for images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .. import kinds as _k
from ..operations import (
    ArrayResult,
    AsyncResource,
    CallOptions,
    ObjectResult,
    Operation,
    Parameter,
    Resource,
)

if TYPE_CHECKING:
    from aurous import (
        ItemList,
        Timeout,
    )

    from ..models.lora import Lora
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

LIST: Operation[ItemList[Lora], ItemList[Lora]] = Operation(
    name="loras.list",
    id="loras_list",
    method="GET",
    path="/v1/loras",
    result=ArrayResult(_k.ModelOf("Lora")),
    bucket="gets",
)

RETRIEVE: Operation[Lora, Lora] = Operation(
    name="loras.retrieve",
    id="loras_retrieve",
    method="GET",
    path="/v1/loras/{}",
    result=ObjectResult(_k.ModelOf("Lora")),
    path_parameters=(Parameter("id", "id", _k.STRING, required=True, example="lora_01HXMQ7Z3K8Y2ABCDEFGHJKM"),),
    identity=(
        "id",
        "slug",
    ),
    bucket="gets",
)


class LorasResource(Resource):
    """The LoRAs for images."""

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
    ) -> ItemList[Lora]:
        """List the LoRAs (`GET /v1/loras`).

        Returns the LoRAs for images, all at once: a bare array, without envelope and without pages.

        Args:
            api_version: Dated version of the API to apply (`Aurous-Version`), in place of the client's.
            timeout: Deadline of the whole call in seconds, retries included, in place of the client's.
            max_retries: Most retries, in place of the client's.
            extra_headers: Headers to send besides; they go before the client's.
            extra_query: Query parameters that the contract does not know.
            extra_body: Fields of the body that the contract does not know.

        Returns:
            All LoRAs.

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

    def retrieve(
        self,
        id: str,
        *,
        api_version: str | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> Lora:
        """Retrieve a LoRA (`GET /v1/loras/{id}`).

        Returns a LoRA for images, by its id or by its slug. 404 means that there is no such LoRA, or that it belongs to
        another team.

        Args:
            id: The id of the LoRA (`lora_…`), or its slug.
            api_version: Dated version of the API to apply (`Aurous-Version`), in place of the client's.
            timeout: Deadline of the whole call in seconds, retries included, in place of the client's.
            max_retries: Most retries, in place of the client's.
            extra_headers: Headers to send besides; they go before the client's.
            extra_query: Query parameters that the contract does not know.
            extra_body: Fields of the body that the contract does not know.

        Returns:
            The LoRA.

        Raises:
            ConfigurationError: A parameter cannot be sent; nothing was.
            BadRequestError: 400: The request is malformed, or names a version that does not exist.
            AuthenticationError: 401: No key, a wrong key, a revoked key, or one that was rotated more than 24 hours
                ago.
            PermissionDeniedError: 403: The scope of the key is too small.
            NotFoundError: 404: There is no such object, or it belongs to another team.
            RateLimitError: 429: A limit of the team is reached. Wait as long as `Retry-After` says.
            APIStatusError: The API responded with another error status.
            APIResponseError: The response is unusable.
            APIConnectionError: No response; `APITimeoutError` where the deadline passed.
        """
        return self._call(
            RETRIEVE,
            (id,),
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


class AsyncLorasResource(AsyncResource):
    """The LoRAs for images."""

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
    ) -> ItemList[Lora]:
        """List the LoRAs (`GET /v1/loras`).

        Returns the LoRAs for images, all at once: a bare array, without envelope and without pages.

        Args:
            api_version: Dated version of the API to apply (`Aurous-Version`), in place of the client's.
            timeout: Deadline of the whole call in seconds, retries included, in place of the client's.
            max_retries: Most retries, in place of the client's.
            extra_headers: Headers to send besides; they go before the client's.
            extra_query: Query parameters that the contract does not know.
            extra_body: Fields of the body that the contract does not know.

        Returns:
            All LoRAs.

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

    async def retrieve(
        self,
        id: str,
        *,
        api_version: str | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> Lora:
        """Retrieve a LoRA (`GET /v1/loras/{id}`).

        Returns a LoRA for images, by its id or by its slug. 404 means that there is no such LoRA, or that it belongs to
        another team.

        Args:
            id: The id of the LoRA (`lora_…`), or its slug.
            api_version: Dated version of the API to apply (`Aurous-Version`), in place of the client's.
            timeout: Deadline of the whole call in seconds, retries included, in place of the client's.
            max_retries: Most retries, in place of the client's.
            extra_headers: Headers to send besides; they go before the client's.
            extra_query: Query parameters that the contract does not know.
            extra_body: Fields of the body that the contract does not know.

        Returns:
            The LoRA.

        Raises:
            ConfigurationError: A parameter cannot be sent; nothing was.
            BadRequestError: 400: The request is malformed, or names a version that does not exist.
            AuthenticationError: 401: No key, a wrong key, a revoked key, or one that was rotated more than 24 hours
                ago.
            PermissionDeniedError: 403: The scope of the key is too small.
            NotFoundError: 404: There is no such object, or it belongs to another team.
            RateLimitError: 429: A limit of the team is reached. Wait as long as `Retry-After` says.
            APIStatusError: The API responded with another error status.
            APIResponseError: The response is unusable.
            APIConnectionError: No response; `APITimeoutError` where the deadline passed.
        """
        return await self._call(
            RETRIEVE,
            (id,),
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
