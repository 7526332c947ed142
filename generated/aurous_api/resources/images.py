"""Generations, the one resource that images and videos share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .. import kinds as _k
from ..operations import (
    AsyncResource,
    CallOptions,
    Cursor,
    ObjectResult,
    Operation,
    PageResult,
    Parameter,
    Resource,
)

if TYPE_CHECKING:
    from aurous import (
        AsyncPage,
        Generation,
        Page,
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
    from .images_output import AsyncImagesOutputResource, ImagesOutputResource

LIST: Operation[Page[Generation], AsyncPage[Generation]] = Operation(
    name="images.list",
    id="images_list",
    method="GET",
    path="/v1/images",
    result=PageResult(_k.ModelOf("GenerationList"), (Cursor("next_cursor", "starting_after"),)),
    query=(
        Parameter("starting_after", "starting_after", _k.STRING),
        Parameter("ending_before", "ending_before", _k.STRING),
        Parameter("limit", "limit", _k.INTEGER),
    ),
    bucket="gets",
)

RETRIEVE: Operation[Generation, Generation] = Operation(
    name="images.retrieve",
    id="images_retrieve",
    method="GET",
    path="/v1/images/{}",
    result=ObjectResult(_k.ModelOf("Generation")),
    path_parameters=(Parameter("id", "id", _k.STRING, required=True, example="img_01HXMQ7Z3K8Y2ABCDEFGHJKM"),),
    identity=("id",),
    bucket="gets",
)


class ImagesResource(Resource):
    """Generations, the one resource that images and videos share."""

    __slots__ = ()

    @property
    def output(self) -> ImagesOutputResource:
        """The pictures that a generation produced."""
        resource: ImagesOutputResource = self._caller.resource("images.output")
        return resource

    def list(
        self,
        *,
        starting_after: str | None = None,
        ending_before: str | None = None,
        limit: int | None = None,
        api_version: str | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> Page[Generation]:
        """List the generations of the team, images and videos (`GET /v1/images`).

        Returns the history of generations, images and videos, the newest first, page by page.

        Args:
            starting_after: The id of a generation (`img_…` or `vid_…`): the page begins after it. To go on, give the
                `next_cursor` of the page before.
            ending_before: The id of a generation (`img_…` or `vid_…`): the page ends before it.
            limit: How many entries a page has, from 1 to 100. Without it, 20.
            api_version: Dated version of the API to apply (`Aurous-Version`), in place of the client's.
            timeout: Deadline of the whole call in seconds, retries included, in place of the client's.
            max_retries: Most retries, in place of the client's.
            extra_headers: Headers to send besides; they go before the client's.
            extra_query: Query parameters that the contract does not know.
            extra_body: Fields of the body that the contract does not know.

        Returns:
            A page of generations.

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
            {
                "starting_after": starting_after,
                "ending_before": ending_before,
                "limit": limit,
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
    ) -> Generation:
        """Retrieve a generation, an image or a video (`GET /v1/images/{id}`).

        Returns the generation as it stands now. Videos (`vid_…`) are retrieved here as well.

        To wait for its end, ask again every 2 seconds or more slowly; a generation typically takes 10 to 30 seconds.
        404 means that there is no such generation, or that it belongs to another team.

        Args:
            id: The id of the generation, as its creation returned it (`img_…`, or `vid_…` for a video).
            api_version: Dated version of the API to apply (`Aurous-Version`), in place of the client's.
            timeout: Deadline of the whole call in seconds, retries included, in place of the client's.
            max_retries: Most retries, in place of the client's.
            extra_headers: Headers to send besides; they go before the client's.
            extra_query: Query parameters that the contract does not know.
            extra_body: Fields of the body that the contract does not know.

        Returns:
            The generation as it stands now. Look at `status` before using it.

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


class AsyncImagesResource(AsyncResource):
    """Generations, the one resource that images and videos share."""

    __slots__ = ()

    @property
    def output(self) -> AsyncImagesOutputResource:
        """The pictures that a generation produced."""
        resource: AsyncImagesOutputResource = self._caller.resource("images.output")
        return resource

    async def list(
        self,
        *,
        starting_after: str | None = None,
        ending_before: str | None = None,
        limit: int | None = None,
        api_version: str | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> AsyncPage[Generation]:
        """List the generations of the team, images and videos (`GET /v1/images`).

        Returns the history of generations, images and videos, the newest first, page by page.

        Args:
            starting_after: The id of a generation (`img_…` or `vid_…`): the page begins after it. To go on, give the
                `next_cursor` of the page before.
            ending_before: The id of a generation (`img_…` or `vid_…`): the page ends before it.
            limit: How many entries a page has, from 1 to 100. Without it, 20.
            api_version: Dated version of the API to apply (`Aurous-Version`), in place of the client's.
            timeout: Deadline of the whole call in seconds, retries included, in place of the client's.
            max_retries: Most retries, in place of the client's.
            extra_headers: Headers to send besides; they go before the client's.
            extra_query: Query parameters that the contract does not know.
            extra_body: Fields of the body that the contract does not know.

        Returns:
            A page of generations.

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
            {
                "starting_after": starting_after,
                "ending_before": ending_before,
                "limit": limit,
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
    ) -> Generation:
        """Retrieve a generation, an image or a video (`GET /v1/images/{id}`).

        Returns the generation as it stands now. Videos (`vid_…`) are retrieved here as well.

        To wait for its end, ask again every 2 seconds or more slowly; a generation typically takes 10 to 30 seconds.
        404 means that there is no such generation, or that it belongs to another team.

        Args:
            id: The id of the generation, as its creation returned it (`img_…`, or `vid_…` for a video).
            api_version: Dated version of the API to apply (`Aurous-Version`), in place of the client's.
            timeout: Deadline of the whole call in seconds, retries included, in place of the client's.
            max_retries: Most retries, in place of the client's.
            extra_headers: Headers to send besides; they go before the client's.
            extra_query: Query parameters that the contract does not know.
            extra_body: Fields of the body that the contract does not know.

        Returns:
            The generation as it stands now. Look at `status` before using it.

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
