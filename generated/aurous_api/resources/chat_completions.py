"""Chat completions that are stored, and those that are being streamed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .. import kinds as _k
from ..operations import (
    AsyncResource,
    CallOptions,
    ObjectResult,
    Operation,
    Parameter,
    Resource,
)

if TYPE_CHECKING:
    from aurous import (
        ChatCompletion,
        Timeout,
    )


RETRIEVE: Operation[ChatCompletion, ChatCompletion] = Operation(
    name="chat.completions.retrieve",
    id="chat_completions_retrieve",
    method="GET",
    path="/v1/chat/completions/{}",
    result=ObjectResult(_k.ModelOf("ChatCompletion")),
    path_parameters=(Parameter("id", "id", _k.STRING, required=True, example="cmp_01HXMQ7Z3K8Y2ABCDEFGHJKM"),),
    identity=("id",),
)

CANCEL: Operation[ChatCompletion, ChatCompletion] = Operation(
    name="chat.completions.cancel",
    id="chat_completions_cancel",
    method="POST",
    path="/v1/chat/completions/{}/cancel",
    result=ObjectResult(_k.ModelOf("ChatCompletion")),
    path_parameters=(Parameter("id", "id", _k.STRING, required=True, example="cmp_01HXMQ7Z3K8Y2ABCDEFGHJKM"),),
    identity=("id",),
)


class ChatCompletionsResource(Resource):
    """Chat completions that are stored, and those that are being streamed."""

    __slots__ = ()

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
    ) -> ChatCompletion:
        """Retrieve a stored chat completion (`GET /v1/chat/completions/{id}`).

        Returns the stored completion, reconstructed from its record. `status` is `in_progress` while the completion is
        still being streamed to whoever created it; that status is only ever seen here.

        The scope `read` covers every GET; the documentation names no other for chat. A completion of another team is
        not found (404), and neither is an unknown id.

        Args:
            id: The id of the completion, as its creation returned it (`cmp_…`).
            api_version: Dated version of the API to apply (`Aurous-Version`), in place of the client's.
            timeout: Deadline of the whole call in seconds, retries included, in place of the client's.
            max_retries: Most retries, in place of the client's.
            extra_headers: Headers to send besides; they go before the client's.
            extra_query: Query parameters that the contract does not know.
            extra_body: Fields of the body that the contract does not know.

        Returns:
            The completion as it stands now. Look at `status` before using it.

        Raises:
            ConfigurationError: A parameter cannot be sent; nothing was.
            BadRequestError: 400: The request is malformed, or names a version that does not exist.
            AuthenticationError: 401: No key, a wrong key, a revoked key, or one that was rotated more than 24 hours
                ago.
            PermissionDeniedError: 403: The scope of the key is too small.
            NotFoundError: 404: There is no such object, or it belongs to another team.
            RateLimitError: 429: A limit of the team, in requests or in tokens, is reached. Wait as long as
                `Retry-After` says.
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

    def cancel(
        self,
        id: str,
        *,
        api_version: str | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> ChatCompletion:
        """Cancel a chat completion that is being streamed (`POST /v1/chat/completions/{id}/cancel`).

        Ends the completion and returns it in its final state. That is `cancelled`, or `completed` where the completion
        ended before the request arrived. The request has no body.

        The prompt is always billed; the output is billed as far as it came. Where the completion had not begun, the
        hold on the credits is released. Whoever reads the stream gets what is queued, a last chunk whose
        `finish_reason` is `cancelled`, and the end of the stream.

        404 means that there is no such completion, or that it belongs to another team. 409 means that it has already
        ended, which is harmless: the SDK then retrieves it and returns that; or that it cannot be cancelled, because it
        is not streamed or is streamed by another instance: retrieve it until it has ended.

        Args:
            id: The id of the completion, as its creation returned it (`cmp_…`).
            api_version: Dated version of the API to apply (`Aurous-Version`), in place of the client's.
            timeout: Deadline of the whole call in seconds, retries included, in place of the client's.
            max_retries: Most retries, in place of the client's.
            extra_headers: Headers to send besides; they go before the client's.
            extra_query: Query parameters that the contract does not know.
            extra_body: Fields of the body that the contract does not know.

        Returns:
            The completion in its final state.

        Raises:
            ConfigurationError: A parameter cannot be sent; nothing was.
            BadRequestError: 400: The request is malformed, or names a version that does not exist.
            AuthenticationError: 401: No key, a wrong key, a revoked key, or one that was rotated more than 24 hours
                ago.
            PermissionDeniedError: 403: The scope of the key is too small.
            NotFoundError: 404: There is no such completion, or it belongs to another team.
            ConflictError: 409: The completion has already ended, or it cannot be cancelled.
            RateLimitError: 429: A limit of the team, in requests or in tokens, is reached. Wait as long as
                `Retry-After` says.
            APIStatusError: The API responded with another error status.
            APIResponseError: The response is unusable.
            APIConnectionError: No response; `APITimeoutError` where the deadline passed.
        """
        return self._call(
            CANCEL,
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


class AsyncChatCompletionsResource(AsyncResource):
    """Chat completions that are stored, and those that are being streamed."""

    __slots__ = ()

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
    ) -> ChatCompletion:
        """Retrieve a stored chat completion (`GET /v1/chat/completions/{id}`).

        Returns the stored completion, reconstructed from its record. `status` is `in_progress` while the completion is
        still being streamed to whoever created it; that status is only ever seen here.

        The scope `read` covers every GET; the documentation names no other for chat. A completion of another team is
        not found (404), and neither is an unknown id.

        Args:
            id: The id of the completion, as its creation returned it (`cmp_…`).
            api_version: Dated version of the API to apply (`Aurous-Version`), in place of the client's.
            timeout: Deadline of the whole call in seconds, retries included, in place of the client's.
            max_retries: Most retries, in place of the client's.
            extra_headers: Headers to send besides; they go before the client's.
            extra_query: Query parameters that the contract does not know.
            extra_body: Fields of the body that the contract does not know.

        Returns:
            The completion as it stands now. Look at `status` before using it.

        Raises:
            ConfigurationError: A parameter cannot be sent; nothing was.
            BadRequestError: 400: The request is malformed, or names a version that does not exist.
            AuthenticationError: 401: No key, a wrong key, a revoked key, or one that was rotated more than 24 hours
                ago.
            PermissionDeniedError: 403: The scope of the key is too small.
            NotFoundError: 404: There is no such object, or it belongs to another team.
            RateLimitError: 429: A limit of the team, in requests or in tokens, is reached. Wait as long as
                `Retry-After` says.
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

    async def cancel(
        self,
        id: str,
        *,
        api_version: str | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
    ) -> ChatCompletion:
        """Cancel a chat completion that is being streamed (`POST /v1/chat/completions/{id}/cancel`).

        Ends the completion and returns it in its final state. That is `cancelled`, or `completed` where the completion
        ended before the request arrived. The request has no body.

        The prompt is always billed; the output is billed as far as it came. Where the completion had not begun, the
        hold on the credits is released. Whoever reads the stream gets what is queued, a last chunk whose
        `finish_reason` is `cancelled`, and the end of the stream.

        404 means that there is no such completion, or that it belongs to another team. 409 means that it has already
        ended, which is harmless: the SDK then retrieves it and returns that; or that it cannot be cancelled, because it
        is not streamed or is streamed by another instance: retrieve it until it has ended.

        Args:
            id: The id of the completion, as its creation returned it (`cmp_…`).
            api_version: Dated version of the API to apply (`Aurous-Version`), in place of the client's.
            timeout: Deadline of the whole call in seconds, retries included, in place of the client's.
            max_retries: Most retries, in place of the client's.
            extra_headers: Headers to send besides; they go before the client's.
            extra_query: Query parameters that the contract does not know.
            extra_body: Fields of the body that the contract does not know.

        Returns:
            The completion in its final state.

        Raises:
            ConfigurationError: A parameter cannot be sent; nothing was.
            BadRequestError: 400: The request is malformed, or names a version that does not exist.
            AuthenticationError: 401: No key, a wrong key, a revoked key, or one that was rotated more than 24 hours
                ago.
            PermissionDeniedError: 403: The scope of the key is too small.
            NotFoundError: 404: There is no such completion, or it belongs to another team.
            ConflictError: 409: The completion has already ended, or it cannot be cancelled.
            RateLimitError: 429: A limit of the team, in requests or in tokens, is reached. Wait as long as
                `Retry-After` says.
            APIStatusError: The API responded with another error status.
            APIResponseError: The response is unusable.
            APIConnectionError: No response; `APITimeoutError` where the deadline passed.
        """
        return await self._call(
            CANCEL,
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
