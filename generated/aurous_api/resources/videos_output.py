"""The video that a generation produced."""

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
    name="videos.output.retrieve",
    id="videos_output_retrieve",
    method="GET",
    path="/v1/videos/{}/output",
    result=BinaryResult(("video/mp4",)),
    path_parameters=(Parameter("id", "id", _k.STRING, required=True, example="vid_01HXMQ7Z3K8Y2ABCDEFGHJKM"),),
    headers=(Parameter("range", "Range", _k.STRING),),
    bucket="gets",
)


class VideosOutputResource(Resource):
    """The video that a generation produced."""

    __slots__ = ()

    def retrieve(
        self,
        id: str,
        *,
        range: str | None = None,
        api_version: str | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> BinaryContent:
        """Download the video of a generation (`GET /v1/videos/{id}/output`).

        Returns the video that a generation produced, whole (200) or, where `Range` asks for a part, that part (206).

        Outputs are kept for about 24 hours by one page, and for about 7 days by another. Afterwards they are gone (410,
        `output_expired`). A generation that ended without an output has none to give (422, `output_not_available`). 404
        means that there is no such generation, or that it belongs to another team.

        `output_video_url` leads here, with a signed `token` in the query, with which no key is needed.

        Args:
            id: The id of the generation that made the video, as its creation returned it (`vid_…`).
            range: The part of the video to send, in bytes from 0, such as `bytes=0-1023`. Without it, all of it is
                sent.
            api_version: Dated version of the API to apply (`Aurous-Version`), in place of the client's.
            timeout: Deadline of the whole call in seconds, retries included, in place of the client's.
            max_retries: Most retries, in place of the client's.
            extra_headers: Headers to send besides; they go before the client's.
            extra_query: Query parameters that the contract does not know.
            extra_body: Fields of the body that the contract does not know.

        Returns:
            The whole video. The part of the video that `Range` asks for.

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
            (id,),
            {
                "range": range,
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

    def stream(
        self,
        id: str,
        *,
        range: str | None = None,
        api_version: str | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> ContentStream:
        """Download the video of a generation (`GET /v1/videos/{id}/output`).

        Gives the content as it comes, in constant memory: a context manager, with which the call begins. `retrieve`
        reads it whole.

        Args:
            id: The id of the generation that made the video, as its creation returned it (`vid_…`).
            range: The part of the video to send, in bytes from 0, such as `bytes=0-1023`. Without it, all of it is
                sent.
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
            (id,),
            {
                "range": range,
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
        return stream


class AsyncVideosOutputResource(AsyncResource):
    """The video that a generation produced."""

    __slots__ = ()

    async def retrieve(
        self,
        id: str,
        *,
        range: str | None = None,
        api_version: str | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> BinaryContent:
        """Download the video of a generation (`GET /v1/videos/{id}/output`).

        Returns the video that a generation produced, whole (200) or, where `Range` asks for a part, that part (206).

        Outputs are kept for about 24 hours by one page, and for about 7 days by another. Afterwards they are gone (410,
        `output_expired`). A generation that ended without an output has none to give (422, `output_not_available`). 404
        means that there is no such generation, or that it belongs to another team.

        `output_video_url` leads here, with a signed `token` in the query, with which no key is needed.

        Args:
            id: The id of the generation that made the video, as its creation returned it (`vid_…`).
            range: The part of the video to send, in bytes from 0, such as `bytes=0-1023`. Without it, all of it is
                sent.
            api_version: Dated version of the API to apply (`Aurous-Version`), in place of the client's.
            timeout: Deadline of the whole call in seconds, retries included, in place of the client's.
            max_retries: Most retries, in place of the client's.
            extra_headers: Headers to send besides; they go before the client's.
            extra_query: Query parameters that the contract does not know.
            extra_body: Fields of the body that the contract does not know.

        Returns:
            The whole video. The part of the video that `Range` asks for.

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
            (id,),
            {
                "range": range,
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

    def stream(
        self,
        id: str,
        *,
        range: str | None = None,
        api_version: str | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> AsyncContentStream:
        """Download the video of a generation (`GET /v1/videos/{id}/output`).

        Gives the content as it comes, in constant memory: a context manager, with which the call begins. `retrieve`
        reads it whole.

        Args:
            id: The id of the generation that made the video, as its creation returned it (`vid_…`).
            range: The part of the video to send, in bytes from 0, such as `bytes=0-1023`. Without it, all of it is
                sent.
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
            (id,),
            {
                "range": range,
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
        return stream
