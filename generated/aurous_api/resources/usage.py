"""What the team used, added up in buckets of time."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from .. import kinds as _k
from ..operations import (
    AsyncResource,
    CallOptions,
    Cursor,
    Operation,
    PageResult,
    Parameter,
    Resource,
)

if TYPE_CHECKING:
    from aurous import (
        AsyncPage,
        Page,
        Timeout,
    )

    from ..models.usage_bucket import UsageBucket
    from ..models.usage_bucket_width import UsageBucketWidth
    from ..models.usage_dimension import UsageDimension
    from ..models.usage_status import UsageStatus
    from ..models.usage_type import UsageType
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
    from .usage_events import AsyncUsageEventsResource, UsageEventsResource

RETRIEVE: Operation[Page[UsageBucket], AsyncPage[UsageBucket]] = Operation(
    name="usage.retrieve",
    id="usage_retrieve",
    method="GET",
    path="/v1/usage",
    result=PageResult(_k.ModelOf("UsageBucketList"), (Cursor("next_page", "page_token"),)),
    query=(
        Parameter("start_time", "start_time", _k.DATE_TIME),
        Parameter("end_time", "end_time", _k.DATE_TIME),
        Parameter("bucket_width", "bucket_width", _k.Enumeration("UsageBucketWidth")),
        Parameter("group_by", "group_by", _k.ArrayOf(_k.Enumeration("UsageDimension"))),
        Parameter("status", "status", _k.ArrayOf(_k.Enumeration("UsageStatus", listed=False))),
        Parameter("type", "type", _k.ArrayOf(_k.Enumeration("UsageType", listed=False))),
        Parameter("api_key_id", "api_key_id", _k.ArrayOf(_k.STRING)),
        Parameter("user_id", "user_id", _k.ArrayOf(_k.STRING)),
        Parameter("lora_id", "lora_id", _k.ArrayOf(_k.STRING)),
        Parameter("character_id", "character_id", _k.STRING),
        Parameter("limit", "limit", _k.INTEGER),
        Parameter("page_token", "page_token", _k.STRING),
    ),
    bucket="gets",
)


class UsageResource(Resource):
    """What the team used, added up in buckets of time."""

    __slots__ = ()

    @property
    def events(self) -> UsageEventsResource:
        """What the team used, event by event."""
        resource: UsageEventsResource = self._caller.resource("usage.events")
        return resource

    def retrieve(
        self,
        *,
        start_time: datetime.datetime | str | None = None,
        end_time: datetime.datetime | str | None = None,
        bucket_width: UsageBucketWidth | Literal["15m", "5m", "1d", "1h", "1m", "7d", "30d"] | None = None,
        group_by: Sequence[UsageDimension | Literal["api_key_id", "model", "status", "type", "user_id"]] | None = None,
        status: Sequence[UsageStatus | Literal["cancelled", "completed", "failed", "pending", "processing"] | str]
        | None = None,
        type: Sequence[UsageType | Literal["chat", "embedding", "t2i", "t2v"] | str] | None = None,
        api_key_id: Sequence[str] | None = None,
        user_id: Sequence[str] | None = None,
        lora_id: Sequence[str] | None = None,
        character_id: str | None = None,
        limit: int | None = None,
        page_token: str | None = None,
        api_version: str | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> Page[UsageBucket]:
        """Retrieve usage, added up in buckets of time (`GET /v1/usage`).

        Returns what the team used in a span of time, bucket by bucket and, with `group_by`, in groups.

        A page carries a token for the next one, `next_page`. Give it as `page_token`; nothing else is needed. It is
        valid for 24 hours and for this team. A token that has expired, that belongs to another team, or that comes with
        other parameters than those of the page before is refused (400, `invalid_page_token`). So is a span with more
        buckets than the API gives (400, `too_many_buckets`): take a greater `bucket_width`.

        Args:
            start_time: The beginning of the span, inclusive, RFC 3339. At most 730 days ago. Required, except together
                with `page_token`.
            end_time: The end of the span, exclusive, RFC 3339. It must be after `start_time`. Without it, the span ends
                now.
            bucket_width: How long a bucket is. Without it, 1 day by the reference; by the newer page, what fits the
                span.
            group_by: What to divide a bucket by. The reference allows at most two of these, and not `model`; the newer
                page any combination. LoRAs and characters can be filtered by only.
            status: Only these states.
            type: Only these kinds of work.
            api_key_id: Only what was asked for with these keys (`key_…`).
            user_id: Only what these users asked for (`usr_…`).
            lora_id: Only what used these LoRAs (`lora_…`).
            character_id: Only what used this character. One at most.
            limit: How many buckets a page has, from 1 to 100. Without it, 24.
            page_token: The `next_page` of the page before, to go on from there. It is valid for 24 hours.
            api_version: Dated version of the API to apply (`Aurous-Version`), in place of the client's.
            timeout: Deadline of the whole call in seconds, retries included, in place of the client's.
            max_retries: Most retries, in place of the client's.
            extra_headers: Headers to send besides; they go before the client's.
            extra_query: Query parameters that the contract does not know.
            extra_body: Fields of the body that the contract does not know.

        Returns:
            A page of buckets.

        Raises:
            ConfigurationError: A parameter cannot be sent; nothing was.
            BadRequestError: 400: The request is malformed, the page token is not valid, or there are too many buckets.
            AuthenticationError: 401: No key, a wrong key, a revoked key, or one that was rotated more than 24 hours
                ago.
            PermissionDeniedError: 403: The scope of the key is too small.
            RateLimitError: 429: A limit of the team is reached. Wait as long as `Retry-After` says.
            APIStatusError: The API responded with another error status.
            APIResponseError: The response is unusable.
            APIConnectionError: No response; `APITimeoutError` where the deadline passed.
        """
        return self._call(
            RETRIEVE,
            (),
            {
                "start_time": start_time,
                "end_time": end_time,
                "bucket_width": bucket_width,
                "group_by": group_by,
                "status": status,
                "type": type,
                "api_key_id": api_key_id,
                "user_id": user_id,
                "lora_id": lora_id,
                "character_id": character_id,
                "limit": limit,
                "page_token": page_token,
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


class AsyncUsageResource(AsyncResource):
    """What the team used, added up in buckets of time."""

    __slots__ = ()

    @property
    def events(self) -> AsyncUsageEventsResource:
        """What the team used, event by event."""
        resource: AsyncUsageEventsResource = self._caller.resource("usage.events")
        return resource

    async def retrieve(
        self,
        *,
        start_time: datetime.datetime | str | None = None,
        end_time: datetime.datetime | str | None = None,
        bucket_width: UsageBucketWidth | Literal["15m", "5m", "1d", "1h", "1m", "7d", "30d"] | None = None,
        group_by: Sequence[UsageDimension | Literal["api_key_id", "model", "status", "type", "user_id"]] | None = None,
        status: Sequence[UsageStatus | Literal["cancelled", "completed", "failed", "pending", "processing"] | str]
        | None = None,
        type: Sequence[UsageType | Literal["chat", "embedding", "t2i", "t2v"] | str] | None = None,
        api_key_id: Sequence[str] | None = None,
        user_id: Sequence[str] | None = None,
        lora_id: Sequence[str] | None = None,
        character_id: str | None = None,
        limit: int | None = None,
        page_token: str | None = None,
        api_version: str | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> AsyncPage[UsageBucket]:
        """Retrieve usage, added up in buckets of time (`GET /v1/usage`).

        Returns what the team used in a span of time, bucket by bucket and, with `group_by`, in groups.

        A page carries a token for the next one, `next_page`. Give it as `page_token`; nothing else is needed. It is
        valid for 24 hours and for this team. A token that has expired, that belongs to another team, or that comes with
        other parameters than those of the page before is refused (400, `invalid_page_token`). So is a span with more
        buckets than the API gives (400, `too_many_buckets`): take a greater `bucket_width`.

        Args:
            start_time: The beginning of the span, inclusive, RFC 3339. At most 730 days ago. Required, except together
                with `page_token`.
            end_time: The end of the span, exclusive, RFC 3339. It must be after `start_time`. Without it, the span ends
                now.
            bucket_width: How long a bucket is. Without it, 1 day by the reference; by the newer page, what fits the
                span.
            group_by: What to divide a bucket by. The reference allows at most two of these, and not `model`; the newer
                page any combination. LoRAs and characters can be filtered by only.
            status: Only these states.
            type: Only these kinds of work.
            api_key_id: Only what was asked for with these keys (`key_…`).
            user_id: Only what these users asked for (`usr_…`).
            lora_id: Only what used these LoRAs (`lora_…`).
            character_id: Only what used this character. One at most.
            limit: How many buckets a page has, from 1 to 100. Without it, 24.
            page_token: The `next_page` of the page before, to go on from there. It is valid for 24 hours.
            api_version: Dated version of the API to apply (`Aurous-Version`), in place of the client's.
            timeout: Deadline of the whole call in seconds, retries included, in place of the client's.
            max_retries: Most retries, in place of the client's.
            extra_headers: Headers to send besides; they go before the client's.
            extra_query: Query parameters that the contract does not know.
            extra_body: Fields of the body that the contract does not know.

        Returns:
            A page of buckets.

        Raises:
            ConfigurationError: A parameter cannot be sent; nothing was.
            BadRequestError: 400: The request is malformed, the page token is not valid, or there are too many buckets.
            AuthenticationError: 401: No key, a wrong key, a revoked key, or one that was rotated more than 24 hours
                ago.
            PermissionDeniedError: 403: The scope of the key is too small.
            RateLimitError: 429: A limit of the team is reached. Wait as long as `Retry-After` says.
            APIStatusError: The API responded with another error status.
            APIResponseError: The response is unusable.
            APIConnectionError: No response; `APITimeoutError` where the deadline passed.
        """
        return await self._call(
            RETRIEVE,
            (),
            {
                "start_time": start_time,
                "end_time": end_time,
                "bucket_width": bucket_width,
                "group_by": group_by,
                "status": status,
                "type": type,
                "api_key_id": api_key_id,
                "user_id": user_id,
                "lora_id": lora_id,
                "character_id": character_id,
                "limit": limit,
                "page_token": page_token,
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
