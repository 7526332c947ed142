"""Vectors for text and images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from .. import kinds as _k
from ..operations import (
    AsyncResource,
    Body,
    CallOptions,
    ObjectResult,
    Operation,
    Parameter,
    Resource,
)

if TYPE_CHECKING:
    from aurous import (
        EmbeddingEstimate,
        EmbeddingList,
        Timeout,
    )

    from ..models.embedding_encoding_format import EmbeddingEncodingFormat
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

CREATE: Operation[EmbeddingList, EmbeddingList] = Operation(
    name="embeddings.create",
    id="embeddings_create",
    method="POST",
    path="/v1/embeddings",
    result=ObjectResult(_k.ModelOf("EmbeddingList")),
    body=Body(
        "application/json",
        (
            Parameter("model", "model", _k.STRING, required=True),
            Parameter(
                "input",
                "input",
                _k.UnionOf(
                    _k.STRING, _k.ArrayOf(_k.UnionOf(_k.ModelOf("EmbeddingTextPart"), _k.ModelOf("EmbeddingImagePart")))
                ),
                required=True,
            ),
            Parameter("dimensions", "dimensions", _k.INTEGER),
            Parameter("encoding_format", "encoding_format", _k.Enumeration("EmbeddingEncodingFormat")),
            Parameter("user", "user", _k.STRING),
        ),
    ),
    idempotent=True,
)

ESTIMATE: Operation[EmbeddingEstimate, EmbeddingEstimate] = Operation(
    name="embeddings.estimate",
    id="embeddings_estimate",
    method="POST",
    path="/v1/embeddings/estimate",
    result=ObjectResult(_k.ModelOf("EmbeddingEstimate")),
    body=Body(
        "application/json",
        (
            Parameter("model", "model", _k.STRING, required=True),
            Parameter(
                "input",
                "input",
                _k.UnionOf(
                    _k.STRING, _k.ArrayOf(_k.UnionOf(_k.ModelOf("EmbeddingTextPart"), _k.ModelOf("EmbeddingImagePart")))
                ),
                required=True,
            ),
            Parameter("dimensions", "dimensions", _k.INTEGER),
        ),
    ),
)


class EmbeddingsResource(Resource):
    """Vectors for text and images."""

    __slots__ = ()

    def create(
        self,
        *,
        model: str,
        input: str | Sequence[Mapping[str, Any]],
        dimensions: int | None = None,
        encoding_format: EmbeddingEncodingFormat | Literal["base64", "float"] | None = None,
        user: str | None = None,
        api_version: str | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
        idempotency_key: str | None = None,
    ) -> EmbeddingList:
        """Create an embedding (`POST /v1/embeddings`).

        Returns the vector of one input: a text, or parts of text and images that are embedded together. There is one
        vector, however many parts there are; a list of texts is refused (400, `embeddings_batch_not_supported`).

        An input has at most 16 parts, 8 of them images, and 128K tokens in all. `dimensions` is checked and not
        applied: the vector may have another length.

        Args:
            model: The name of a model for embeddings.
            input: What to embed. A text, or the parts of one input.
            dimensions: How many numbers the vector should have. One that the model does not list is refused (400,
                `embeddings_unsupported_dimensions`); one that it lists is not applied so far, and the vector keeps the
                native length of the model.
            encoding_format: How the vector is written. `base64` is taken, and numbers are returned all the same.
            user: Whom the request is for. The documentation does not say what it does with it.
            api_version: Dated version of the API to apply (`Aurous-Version`), in place of the client's.
            timeout: Deadline of the whole call in seconds, retries included, in place of the client's.
            max_retries: Most retries, in place of the client's.
            extra_headers: Headers to send besides; they go before the client's.
            extra_query: Query parameters that the contract does not know.
            extra_body: Fields of the body that the contract does not know.
            idempotency_key: Names this request, so that it can be repeated without being carried out twice. One is made
                where none is given.

        Returns:
            The vector, and what it cost.

        Raises:
            ConfigurationError: A parameter cannot be sent; nothing was.
            BadRequestError: 400: The request is malformed, or its input is not one that the model takes.
            AuthenticationError: 401: No key, a wrong key, a revoked key, or one that was rotated more than 24 hours
                ago.
            InsufficientCreditsError: 402: The available credits do not cover the cost.
            PermissionDeniedError: 403: The scope of the key is too small.
            ConflictError: 409: The first request with this key is still running, or it had another body or another
                route.
            RateLimitError: 429: A limit of the team, in requests or in tokens, is reached. Wait as long as
                `Retry-After` says.
            APIStatusError: The API responded with another error status.
            APIResponseError: The response is unusable.
            APIConnectionError: No response; `APITimeoutError` where the deadline passed.
        """
        return self._call(
            CREATE,
            (),
            {
                "model": model,
                "input": input,
                "dimensions": dimensions,
                "encoding_format": encoding_format,
                "user": user,
            },
            CallOptions(
                api_version,
                timeout,
                max_retries,
                extra_headers,
                extra_query,
                extra_body,
                idempotency_key,
            ),
        )

    def estimate(
        self,
        *,
        model: str,
        input: str | Sequence[Mapping[str, Any]],
        dimensions: int | None = None,
        api_version: str | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> EmbeddingEstimate:
        """Estimate what an embedding costs (`POST /v1/embeddings/estimate`).

        Returns the tokens of an input and what its embedding would cost. Nothing is embedded, and nothing is charged.

        What cannot be embedded cannot be estimated: the limits and the errors are those of creating an embedding.

        Args:
            model: The name of a model for embeddings.
            input: What would be embedded. A text, or the parts of one input.
            dimensions: How many numbers the vector would have. Checked as it is for creating an embedding.
            api_version: Dated version of the API to apply (`Aurous-Version`), in place of the client's.
            timeout: Deadline of the whole call in seconds, retries included, in place of the client's.
            max_retries: Most retries, in place of the client's.
            extra_headers: Headers to send besides; they go before the client's.
            extra_query: Query parameters that the contract does not know.
            extra_body: Fields of the body that the contract does not know.

        Returns:
            The tokens and the credits that the embedding would take.

        Raises:
            ConfigurationError: A parameter cannot be sent; nothing was.
            BadRequestError: 400: The request is malformed, or its input is not one that the model takes.
            AuthenticationError: 401: No key, a wrong key, a revoked key, or one that was rotated more than 24 hours
                ago.
            PermissionDeniedError: 403: The scope of the key is too small.
            RateLimitError: 429: A limit of the team, in requests or in tokens, is reached. Wait as long as
                `Retry-After` says.
            APIStatusError: The API responded with another error status.
            APIResponseError: The response is unusable.
            APIConnectionError: No response; `APITimeoutError` where the deadline passed.
        """
        return self._call(
            ESTIMATE,
            (),
            {
                "model": model,
                "input": input,
                "dimensions": dimensions,
            },
            CallOptions(
                api_version,
                timeout,
                max_retries,
                extra_headers,
                extra_query,
                extra_body,
            ),
        )


class AsyncEmbeddingsResource(AsyncResource):
    """Vectors for text and images."""

    __slots__ = ()

    async def create(
        self,
        *,
        model: str,
        input: str | Sequence[Mapping[str, Any]],
        dimensions: int | None = None,
        encoding_format: EmbeddingEncodingFormat | Literal["base64", "float"] | None = None,
        user: str | None = None,
        api_version: str | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
        idempotency_key: str | None = None,
    ) -> EmbeddingList:
        """Create an embedding (`POST /v1/embeddings`).

        Returns the vector of one input: a text, or parts of text and images that are embedded together. There is one
        vector, however many parts there are; a list of texts is refused (400, `embeddings_batch_not_supported`).

        An input has at most 16 parts, 8 of them images, and 128K tokens in all. `dimensions` is checked and not
        applied: the vector may have another length.

        Args:
            model: The name of a model for embeddings.
            input: What to embed. A text, or the parts of one input.
            dimensions: How many numbers the vector should have. One that the model does not list is refused (400,
                `embeddings_unsupported_dimensions`); one that it lists is not applied so far, and the vector keeps the
                native length of the model.
            encoding_format: How the vector is written. `base64` is taken, and numbers are returned all the same.
            user: Whom the request is for. The documentation does not say what it does with it.
            api_version: Dated version of the API to apply (`Aurous-Version`), in place of the client's.
            timeout: Deadline of the whole call in seconds, retries included, in place of the client's.
            max_retries: Most retries, in place of the client's.
            extra_headers: Headers to send besides; they go before the client's.
            extra_query: Query parameters that the contract does not know.
            extra_body: Fields of the body that the contract does not know.
            idempotency_key: Names this request, so that it can be repeated without being carried out twice. One is made
                where none is given.

        Returns:
            The vector, and what it cost.

        Raises:
            ConfigurationError: A parameter cannot be sent; nothing was.
            BadRequestError: 400: The request is malformed, or its input is not one that the model takes.
            AuthenticationError: 401: No key, a wrong key, a revoked key, or one that was rotated more than 24 hours
                ago.
            InsufficientCreditsError: 402: The available credits do not cover the cost.
            PermissionDeniedError: 403: The scope of the key is too small.
            ConflictError: 409: The first request with this key is still running, or it had another body or another
                route.
            RateLimitError: 429: A limit of the team, in requests or in tokens, is reached. Wait as long as
                `Retry-After` says.
            APIStatusError: The API responded with another error status.
            APIResponseError: The response is unusable.
            APIConnectionError: No response; `APITimeoutError` where the deadline passed.
        """
        return await self._call(
            CREATE,
            (),
            {
                "model": model,
                "input": input,
                "dimensions": dimensions,
                "encoding_format": encoding_format,
                "user": user,
            },
            CallOptions(
                api_version,
                timeout,
                max_retries,
                extra_headers,
                extra_query,
                extra_body,
                idempotency_key,
            ),
        )

    async def estimate(
        self,
        *,
        model: str,
        input: str | Sequence[Mapping[str, Any]],
        dimensions: int | None = None,
        api_version: str | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> EmbeddingEstimate:
        """Estimate what an embedding costs (`POST /v1/embeddings/estimate`).

        Returns the tokens of an input and what its embedding would cost. Nothing is embedded, and nothing is charged.

        What cannot be embedded cannot be estimated: the limits and the errors are those of creating an embedding.

        Args:
            model: The name of a model for embeddings.
            input: What would be embedded. A text, or the parts of one input.
            dimensions: How many numbers the vector would have. Checked as it is for creating an embedding.
            api_version: Dated version of the API to apply (`Aurous-Version`), in place of the client's.
            timeout: Deadline of the whole call in seconds, retries included, in place of the client's.
            max_retries: Most retries, in place of the client's.
            extra_headers: Headers to send besides; they go before the client's.
            extra_query: Query parameters that the contract does not know.
            extra_body: Fields of the body that the contract does not know.

        Returns:
            The tokens and the credits that the embedding would take.

        Raises:
            ConfigurationError: A parameter cannot be sent; nothing was.
            BadRequestError: 400: The request is malformed, or its input is not one that the model takes.
            AuthenticationError: 401: No key, a wrong key, a revoked key, or one that was rotated more than 24 hours
                ago.
            PermissionDeniedError: 403: The scope of the key is too small.
            RateLimitError: 429: A limit of the team, in requests or in tokens, is reached. Wait as long as
                `Retry-After` says.
            APIStatusError: The API responded with another error status.
            APIResponseError: The response is unusable.
            APIConnectionError: No response; `APITimeoutError` where the deadline passed.
        """
        return await self._call(
            ESTIMATE,
            (),
            {
                "model": model,
                "input": input,
                "dimensions": dimensions,
            },
            CallOptions(
                api_version,
                timeout,
                max_retries,
                extra_headers,
                extra_query,
                extra_body,
            ),
        )
