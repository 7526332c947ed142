"""Characters, reusable in images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .. import kinds as _k
from ..operations import (
    AsyncResource,
    CallOptions,
    Cursor,
    ObjectResult,
    OpenResult,
    Operation,
    PageResult,
    Parameter,
    Resource,
)

if TYPE_CHECKING:
    from aurous import (
        AsyncPage,
        Character,
        OpenValue,
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

LIST: Operation[Page[Character], AsyncPage[Character]] = Operation(
    name="characters.list",
    id="characters_list",
    method="GET",
    path="/v1/characters",
    result=PageResult(_k.ModelOf("CharacterList"), (Cursor("next_cursor", "starting_after"),)),
    query=(
        Parameter("starting_after", "starting_after", _k.STRING),
        Parameter("limit", "limit", _k.INTEGER),
    ),
    bucket="characters_get",
)

RETRIEVE: Operation[Character, Character] = Operation(
    name="characters.retrieve",
    id="characters_retrieve",
    method="GET",
    path="/v1/characters/{}",
    result=ObjectResult(_k.ModelOf("Character")),
    path_parameters=(Parameter("id", "id", _k.STRING, required=True, example="char_01HXMQ7Z3K8Y2ABCDEFGHJKM"),),
    identity=("id",),
    bucket="characters_get",
)

DELETE: Operation[OpenValue, OpenValue] = Operation(
    name="characters.delete",
    id="characters_delete",
    method="DELETE",
    path="/v1/characters/{}",
    result=OpenResult(),
    path_parameters=(Parameter("id", "id", _k.STRING, required=True, example="char_01HXMQ7Z3K8Y2ABCDEFGHJKM"),),
)


class CharactersResource(Resource):
    """Characters, reusable in images."""

    __slots__ = ()

    def list(
        self,
        *,
        starting_after: str | None = None,
        limit: int | None = None,
        api_version: str | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> Page[Character]:
        """List the characters of the team (`GET /v1/characters`).

        Returns the characters of the team, page by page. Those that were deleted are left out.

        Args:
            starting_after: The id of a character (`char_…`): the page begins after it. To go on, give the `next_cursor`
                of the page before.
            limit: How many entries a page has, from 1 to 100. Without it, 20.
            api_version: Dated version of the API to apply (`Aurous-Version`), in place of the client's.
            timeout: Deadline of the whole call in seconds, retries included, in place of the client's.
            max_retries: Most retries, in place of the client's.
            extra_headers: Headers to send besides; they go before the client's.
            extra_query: Query parameters that the contract does not know.
            extra_body: Fields of the body that the contract does not know.

        Returns:
            A page of characters.

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
    ) -> Character:
        """Retrieve a character (`GET /v1/characters/{id}`).

        Returns the character as it stands now. 404 means that there is no such character, or that it belongs to another
        team. Whether a deleted one is found is told in two ways: this page says 404, the page on deleting says that it
        can still be retrieved.

        Args:
            id: The id of the character, as its creation returned it (`char_…`).
            api_version: Dated version of the API to apply (`Aurous-Version`), in place of the client's.
            timeout: Deadline of the whole call in seconds, retries included, in place of the client's.
            max_retries: Most retries, in place of the client's.
            extra_headers: Headers to send besides; they go before the client's.
            extra_query: Query parameters that the contract does not know.
            extra_body: Fields of the body that the contract does not know.

        Returns:
            The character as it stands now. Look at `status` before using it.

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

    def delete(
        self,
        id: str,
        *,
        api_version: str | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> OpenValue:
        """Delete a character (`DELETE /v1/characters/{id}`).

        Deletes the character. One that is `reviewing` is erased; any other is only marked as `deleted` and no longer
        listed. A synthesis that is under way is cancelled, which the webhook event `character.cancelled` tells.

        404 means that there is no such character, or that it belongs to another team.

        Args:
            id: The id of the character, as its creation returned it (`char_…`).
            api_version: Dated version of the API to apply (`Aurous-Version`), in place of the client's.
            timeout: Deadline of the whole call in seconds, retries included, in place of the client's.
            max_retries: Most retries, in place of the client's.
            extra_headers: Headers to send besides; they go before the client's.
            extra_query: Query parameters that the contract does not know.
            extra_body: Fields of the body that the contract does not know.

        Returns:
            The character is deleted. The documentation does not show the body.

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
            DELETE,
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


class AsyncCharactersResource(AsyncResource):
    """Characters, reusable in images."""

    __slots__ = ()

    async def list(
        self,
        *,
        starting_after: str | None = None,
        limit: int | None = None,
        api_version: str | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> AsyncPage[Character]:
        """List the characters of the team (`GET /v1/characters`).

        Returns the characters of the team, page by page. Those that were deleted are left out.

        Args:
            starting_after: The id of a character (`char_…`): the page begins after it. To go on, give the `next_cursor`
                of the page before.
            limit: How many entries a page has, from 1 to 100. Without it, 20.
            api_version: Dated version of the API to apply (`Aurous-Version`), in place of the client's.
            timeout: Deadline of the whole call in seconds, retries included, in place of the client's.
            max_retries: Most retries, in place of the client's.
            extra_headers: Headers to send besides; they go before the client's.
            extra_query: Query parameters that the contract does not know.
            extra_body: Fields of the body that the contract does not know.

        Returns:
            A page of characters.

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
    ) -> Character:
        """Retrieve a character (`GET /v1/characters/{id}`).

        Returns the character as it stands now. 404 means that there is no such character, or that it belongs to another
        team. Whether a deleted one is found is told in two ways: this page says 404, the page on deleting says that it
        can still be retrieved.

        Args:
            id: The id of the character, as its creation returned it (`char_…`).
            api_version: Dated version of the API to apply (`Aurous-Version`), in place of the client's.
            timeout: Deadline of the whole call in seconds, retries included, in place of the client's.
            max_retries: Most retries, in place of the client's.
            extra_headers: Headers to send besides; they go before the client's.
            extra_query: Query parameters that the contract does not know.
            extra_body: Fields of the body that the contract does not know.

        Returns:
            The character as it stands now. Look at `status` before using it.

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

    async def delete(
        self,
        id: str,
        *,
        api_version: str | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> OpenValue:
        """Delete a character (`DELETE /v1/characters/{id}`).

        Deletes the character. One that is `reviewing` is erased; any other is only marked as `deleted` and no longer
        listed. A synthesis that is under way is cancelled, which the webhook event `character.cancelled` tells.

        404 means that there is no such character, or that it belongs to another team.

        Args:
            id: The id of the character, as its creation returned it (`char_…`).
            api_version: Dated version of the API to apply (`Aurous-Version`), in place of the client's.
            timeout: Deadline of the whole call in seconds, retries included, in place of the client's.
            max_retries: Most retries, in place of the client's.
            extra_headers: Headers to send besides; they go before the client's.
            extra_query: Query parameters that the contract does not know.
            extra_body: Fields of the body that the contract does not know.

        Returns:
            The character is deleted. The documentation does not show the body.

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
            DELETE,
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
