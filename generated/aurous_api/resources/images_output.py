"""The pictures that a generation produced."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .. import kinds as _k
from ..operations import (
    AsyncResource,
    BinaryResult,
    CallOptions,
    Operation,
    Parameter,
    Resource,
)

if TYPE_CHECKING:
    from aurous import (
        AsyncContentStream,
        BinaryContent,
        ContentStream,
        Timeout,
    )

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

RETRIEVE: Operation[BinaryContent, BinaryContent] = Operation(
    name="images.output.retrieve",
    id="images_output_retrieve",
    method="GET",
    path="/v1/images/{}/output/{}",
    result=BinaryResult(
        (
            "image/png",
            "image/jpeg",
        ),
        redirects_anywhere=frozenset({302}),
    ),
    path_parameters=(
        Parameter("id", "id", _k.STRING, required=True, example="img_01HXMQ7Z3K8Y2ABCDEFGHJKM"),
        Parameter("n", "n", _k.INTEGER, required=True),
    ),
    bucket="gets",
)


class ImagesOutputResource(Resource):
    """The pictures that a generation produced."""

    __slots__ = ()

    def retrieve(
        self,
        id: str,
        n: int,
        *,
        api_version: str | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> BinaryContent:
        """Download one image of a generation (`GET /v1/images/{id}/output/{n}`).

        Returns an image that a generation produced. The newer page says that the response is the image itself; the
        older page says that it is a redirect (302) to where the image lies.

        Outputs are kept for about 24 hours by one page, and for about 7 days by another. Afterwards they are gone (410,
        `output_expired`). A generation that ended without an output has none to give (422, `output_not_available`). 404
        means that there is no such generation, or that it belongs to another team.

        The entries of `output_urls` lead here, with a signed `token` in the query, with which no key is needed.

        Args:
            id: The id of the generation, as its creation returned it (`img_…`, or `vid_…` for a video).
            n: Which image of the generation, as `output_urls` numbers them. Whether the first is 0 or 1 is not
                documented: take the number from there.
            api_version: Dated version of the API to apply (`Aurous-Version`), in place of the client's.
            timeout: Deadline of the whole call in seconds, retries included, in place of the client's.
            max_retries: Most retries, in place of the client's.
            extra_headers: Headers to send besides; they go before the client's.
            extra_query: Query parameters that the contract does not know.
            extra_body: Fields of the body that the contract does not know.

        Returns:
            The image.

        Raises:
            ConfigurationError: A parameter cannot be sent; nothing was.
            BadRequestError: 400: The request is malformed, or names a version that does not exist.
            AuthenticationError: 401: No key, a wrong key, a revoked key, or one that was rotated more than 24 hours
                ago.
            PermissionDeniedError: 403: The scope of the key is too small.
            NotFoundError: 404: There is no such object, or it belongs to another team.
            GoneError: 410: The output is past its retention.
            UnprocessableEntityError: 422: The generation has ended, and has no output.
            RateLimitError: 429: A limit of the team is reached. Wait as long as `Retry-After` says.
            APIStatusError: The API responded with another error status.
            APIResponseError: The response is unusable.
            APIConnectionError: No response; `APITimeoutError` where the deadline passed.
        """
        return self._call(
            RETRIEVE,
            (
                id,
                n,
            ),
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

    def stream(
        self,
        id: str,
        n: int,
        *,
        api_version: str | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> ContentStream:
        """Download one image of a generation (`GET /v1/images/{id}/output/{n}`).

        Gives the content as it comes, in constant memory: a context manager, with which the call begins. `retrieve`
        reads it whole.

        Args:
            id: The id of the generation, as its creation returned it (`img_…`, or `vid_…` for a video).
            n: Which image of the generation, as `output_urls` numbers them. Whether the first is 0 or 1 is not
                documented: take the number from there.
            api_version: Dated version of the API to apply (`Aurous-Version`), in place of the client's.
            timeout: Deadline of the whole call in seconds, retries included, in place of the client's.
            max_retries: Most retries, in place of the client's.
            extra_headers: Headers to send besides; they go before the client's.
            extra_query: Query parameters that the contract does not know.
            extra_body: Fields of the body that the contract does not know.

        Returns:
            The stream, to be entered by `with`, or `async with`.

        Raises:
            ConfigurationError: A parameter cannot be sent; nothing was.
            BadRequestError: 400: The request is malformed, or names a version that does not exist.
            AuthenticationError: 401: No key, a wrong key, a revoked key, or one that was rotated more than 24 hours
                ago.
            PermissionDeniedError: 403: The scope of the key is too small.
            NotFoundError: 404: There is no such object, or it belongs to another team.
            GoneError: 410: The output is past its retention.
            UnprocessableEntityError: 422: The generation has ended, and has no output.
            RateLimitError: 429: A limit of the team is reached. Wait as long as `Retry-After` says.
            APIStatusError: The API responded with another error status.
            APIResponseError: The response is unusable.
            APIConnectionError: No response; `APITimeoutError` where the deadline passed.
        """
        stream: ContentStream = self._caller.stream(
            RETRIEVE,
            (
                id,
                n,
            ),
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
        return stream


class AsyncImagesOutputResource(AsyncResource):
    """The pictures that a generation produced."""

    __slots__ = ()

    async def retrieve(
        self,
        id: str,
        n: int,
        *,
        api_version: str | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> BinaryContent:
        """Download one image of a generation (`GET /v1/images/{id}/output/{n}`).

        Returns an image that a generation produced. The newer page says that the response is the image itself; the
        older page says that it is a redirect (302) to where the image lies.

        Outputs are kept for about 24 hours by one page, and for about 7 days by another. Afterwards they are gone (410,
        `output_expired`). A generation that ended without an output has none to give (422, `output_not_available`). 404
        means that there is no such generation, or that it belongs to another team.

        The entries of `output_urls` lead here, with a signed `token` in the query, with which no key is needed.

        Args:
            id: The id of the generation, as its creation returned it (`img_…`, or `vid_…` for a video).
            n: Which image of the generation, as `output_urls` numbers them. Whether the first is 0 or 1 is not
                documented: take the number from there.
            api_version: Dated version of the API to apply (`Aurous-Version`), in place of the client's.
            timeout: Deadline of the whole call in seconds, retries included, in place of the client's.
            max_retries: Most retries, in place of the client's.
            extra_headers: Headers to send besides; they go before the client's.
            extra_query: Query parameters that the contract does not know.
            extra_body: Fields of the body that the contract does not know.

        Returns:
            The image.

        Raises:
            ConfigurationError: A parameter cannot be sent; nothing was.
            BadRequestError: 400: The request is malformed, or names a version that does not exist.
            AuthenticationError: 401: No key, a wrong key, a revoked key, or one that was rotated more than 24 hours
                ago.
            PermissionDeniedError: 403: The scope of the key is too small.
            NotFoundError: 404: There is no such object, or it belongs to another team.
            GoneError: 410: The output is past its retention.
            UnprocessableEntityError: 422: The generation has ended, and has no output.
            RateLimitError: 429: A limit of the team is reached. Wait as long as `Retry-After` says.
            APIStatusError: The API responded with another error status.
            APIResponseError: The response is unusable.
            APIConnectionError: No response; `APITimeoutError` where the deadline passed.
        """
        return await self._call(
            RETRIEVE,
            (
                id,
                n,
            ),
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

    def stream(
        self,
        id: str,
        n: int,
        *,
        api_version: str | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> AsyncContentStream:
        """Download one image of a generation (`GET /v1/images/{id}/output/{n}`).

        Gives the content as it comes, in constant memory: a context manager, with which the call begins. `retrieve`
        reads it whole.

        Args:
            id: The id of the generation, as its creation returned it (`img_…`, or `vid_…` for a video).
            n: Which image of the generation, as `output_urls` numbers them. Whether the first is 0 or 1 is not
                documented: take the number from there.
            api_version: Dated version of the API to apply (`Aurous-Version`), in place of the client's.
            timeout: Deadline of the whole call in seconds, retries included, in place of the client's.
            max_retries: Most retries, in place of the client's.
            extra_headers: Headers to send besides; they go before the client's.
            extra_query: Query parameters that the contract does not know.
            extra_body: Fields of the body that the contract does not know.

        Returns:
            The stream, to be entered by `with`, or `async with`.

        Raises:
            ConfigurationError: A parameter cannot be sent; nothing was.
            BadRequestError: 400: The request is malformed, or names a version that does not exist.
            AuthenticationError: 401: No key, a wrong key, a revoked key, or one that was rotated more than 24 hours
                ago.
            PermissionDeniedError: 403: The scope of the key is too small.
            NotFoundError: 404: There is no such object, or it belongs to another team.
            GoneError: 410: The output is past its retention.
            UnprocessableEntityError: 422: The generation has ended, and has no output.
            RateLimitError: 429: A limit of the team is reached. Wait as long as `Retry-After` says.
            APIStatusError: The API responded with another error status.
            APIResponseError: The response is unusable.
            APIConnectionError: No response; `APITimeoutError` where the deadline passed.
        """
        stream: AsyncContentStream = self._caller.stream(
            RETRIEVE,
            (
                id,
                n,
            ),
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
        return stream
