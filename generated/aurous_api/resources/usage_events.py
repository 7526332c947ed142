"""What the team used, event by event."""

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

    from ..models.usage_event import UsageEvent
    from ..models.usage_event_type import UsageEventType
    from ..models.usage_ledger_event import UsageLedgerEvent
    from ..models.usage_ledger_event_type import UsageLedgerEventType
    from ..models.usage_status import UsageStatus
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

LIST: Operation[Page[UsageLedgerEvent | UsageEvent], AsyncPage[UsageLedgerEvent | UsageEvent]] = Operation(
    name="usage.events.list",
    id="usage_events_list",
    method="GET",
    path="/v1/usage/events",
    result=PageResult(
        _k.ModelOf("UsageEventList"),
        (
            Cursor("next_cursor", "starting_after", "UsageLedgerEvent"),
            Cursor("next_cursor", "cursor", "UsageEvent"),
        ),
    ),
    query=(
        Parameter("start_time", "start_time", _k.DATE_TIME),
        Parameter("end_time", "end_time", _k.DATE_TIME),
        Parameter(
            "type",
            "type",
            _k.ArrayOf(_k.UnionOf(_k.Enumeration("UsageEventType"), _k.Enumeration("UsageLedgerEventType"))),
        ),
        Parameter("status", "status", _k.Enumeration("UsageStatus")),
        Parameter("model", "model", _k.STRING),
        Parameter("api_key_id", "api_key_id", _k.STRING),
        Parameter("user_id", "user_id", _k.STRING),
        Parameter("lora_id", "lora_id", _k.STRING),
        Parameter("limit", "limit", _k.INTEGER),
        Parameter("cursor", "cursor", _k.STRING),
        Parameter("starting_after", "starting_after", _k.STRING),
    ),
    bucket="gets",
)


class UsageEventsResource(Resource):
    """What the team used, event by event."""

    __slots__ = ()

    def list(
        self,
        *,
        start_time: datetime.datetime | str | None = None,
        end_time: datetime.datetime | str | None = None,
        type: Sequence[
            UsageEventType
            | Literal["chat", "embedding", "image", "video"]
            | UsageLedgerEventType
            | Literal["adjustment", "charge", "hold", "refund", "release", "topup"]
        ]
        | None = None,
        status: UsageStatus | Literal["cancelled", "completed", "failed", "pending", "processing"] | None = None,
        model: str | None = None,
        api_key_id: str | None = None,
        user_id: str | None = None,
        lora_id: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        starting_after: str | None = None,
        api_version: str | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> Page[UsageLedgerEvent | UsageEvent]:
        """List what the team used, event by event (`GET /v1/usage/events`).

        Returns single events, the newest first, page by page. Two pages describe this path, and each describes other
        parameters and other items.

        The newer page (the event stream) lists requests: items are `UsageEvent`, the parameters are `start_time`,
        `end_time`, `type`, `status`, `model`, `api_key_id`, `user_id`, `lora_id`, `limit` and `cursor`. Events of the
        same moment are ordered by id.

        The older page, the reference, lists movements of credits: items are `UsageLedgerEvent`, the parameters are
        `type`, `limit` and `starting_after`.

        Which of the two the server follows shows in the items; `next_cursor` goes into `cursor` in the first case, into
        `starting_after` in the second.

        Args:
            start_time: Newer page, which requires it: the beginning of the span, inclusive, RFC 3339. At most 730 days
                ago.
            end_time: Newer page: the end of the span, exclusive, RFC 3339. Without it, the span ends now.
            type: Newer page: only requests of these kinds (`chat`, `embedding`, `image`, `video`). Older page: only
                movements of this kind (`hold`, `release`, `charge`, `refund`, `topup`, `adjustment`); that page does
                not say that there may be several.
            status: Newer page: only requests in this state.
            model: Newer page: only requests to this model.
            api_key_id: Newer page: only requests with this key (`apikey_…`).
            user_id: Newer page: only requests of this user (a UUID).
            lora_id: Newer page: only requests that used this LoRA.
            limit: How many events a page has. Newer page: at most 500, and 100 without it. Older page: from 1 to 100,
                and 20 without it.
            cursor: Newer page: the `next_cursor` of the page before, to go on from there. It is opaque.
            starting_after: Older page: the id of an event (`uev_…`), after which the page begins. To go on, give the
                `next_cursor` of the page before.
            api_version: Dated version of the API to apply (`Aurous-Version`), in place of the client's.
            timeout: Deadline of the whole call in seconds, retries included, in place of the client's.
            max_retries: Most retries, in place of the client's.
            extra_headers: Headers to send besides; they go before the client's.
            extra_query: Query parameters that the contract does not know.
            extra_body: Fields of the body that the contract does not know.

        Returns:
            A page of events.

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
                "start_time": start_time,
                "end_time": end_time,
                "type": type,
                "status": status,
                "model": model,
                "api_key_id": api_key_id,
                "user_id": user_id,
                "lora_id": lora_id,
                "limit": limit,
                "cursor": cursor,
                "starting_after": starting_after,
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


class AsyncUsageEventsResource(AsyncResource):
    """What the team used, event by event."""

    __slots__ = ()

    async def list(
        self,
        *,
        start_time: datetime.datetime | str | None = None,
        end_time: datetime.datetime | str | None = None,
        type: Sequence[
            UsageEventType
            | Literal["chat", "embedding", "image", "video"]
            | UsageLedgerEventType
            | Literal["adjustment", "charge", "hold", "refund", "release", "topup"]
        ]
        | None = None,
        status: UsageStatus | Literal["cancelled", "completed", "failed", "pending", "processing"] | None = None,
        model: str | None = None,
        api_key_id: str | None = None,
        user_id: str | None = None,
        lora_id: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        starting_after: str | None = None,
        api_version: str | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> AsyncPage[UsageLedgerEvent | UsageEvent]:
        """List what the team used, event by event (`GET /v1/usage/events`).

        Returns single events, the newest first, page by page. Two pages describe this path, and each describes other
        parameters and other items.

        The newer page (the event stream) lists requests: items are `UsageEvent`, the parameters are `start_time`,
        `end_time`, `type`, `status`, `model`, `api_key_id`, `user_id`, `lora_id`, `limit` and `cursor`. Events of the
        same moment are ordered by id.

        The older page, the reference, lists movements of credits: items are `UsageLedgerEvent`, the parameters are
        `type`, `limit` and `starting_after`.

        Which of the two the server follows shows in the items; `next_cursor` goes into `cursor` in the first case, into
        `starting_after` in the second.

        Args:
            start_time: Newer page, which requires it: the beginning of the span, inclusive, RFC 3339. At most 730 days
                ago.
            end_time: Newer page: the end of the span, exclusive, RFC 3339. Without it, the span ends now.
            type: Newer page: only requests of these kinds (`chat`, `embedding`, `image`, `video`). Older page: only
                movements of this kind (`hold`, `release`, `charge`, `refund`, `topup`, `adjustment`); that page does
                not say that there may be several.
            status: Newer page: only requests in this state.
            model: Newer page: only requests to this model.
            api_key_id: Newer page: only requests with this key (`apikey_…`).
            user_id: Newer page: only requests of this user (a UUID).
            lora_id: Newer page: only requests that used this LoRA.
            limit: How many events a page has. Newer page: at most 500, and 100 without it. Older page: from 1 to 100,
                and 20 without it.
            cursor: Newer page: the `next_cursor` of the page before, to go on from there. It is opaque.
            starting_after: Older page: the id of an event (`uev_…`), after which the page begins. To go on, give the
                `next_cursor` of the page before.
            api_version: Dated version of the API to apply (`Aurous-Version`), in place of the client's.
            timeout: Deadline of the whole call in seconds, retries included, in place of the client's.
            max_retries: Most retries, in place of the client's.
            extra_headers: Headers to send besides; they go before the client's.
            extra_query: Query parameters that the contract does not know.
            extra_body: Fields of the body that the contract does not know.

        Returns:
            A page of events.

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
                "start_time": start_time,
                "end_time": end_time,
                "type": type,
                "status": status,
                "model": model,
                "api_key_id": api_key_id,
                "user_id": user_id,
                "lora_id": lora_id,
                "limit": limit,
                "cursor": cursor,
                "starting_after": starting_after,
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
