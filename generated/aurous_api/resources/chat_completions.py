"""Chat completions that are stored, and those that are being streamed."""

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
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from aurous import (
        ChatCompletion,
        Timeout,
    )

    from ..models.chat_message import ChatMessage
    from ..models.reasoning_effort import ReasoningEffort
    from ..models.response_format import ResponseFormat
    from ..models.response_format_json_object import ResponseFormatJSONObject
    from ..models.response_format_json_schema import ResponseFormatJSONSchema
    from ..models.tool_choice_function import ToolChoiceFunction
    from ..models.tool_choice_mode import ToolChoiceMode
    from ..models.tool_definition import ToolDefinition
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

CREATE: Operation[ChatCompletion, ChatCompletion] = Operation(
    name="chat.completions.create",
    id="chat_completions_create",
    method="POST",
    path="/v1/chat/completions",
    result=ObjectResult(_k.ModelOf("ChatCompletion")),
    body=Body(
        "application/json",
        (
            Parameter("model", "model", _k.STRING, required=True),
            Parameter("messages", "messages", _k.ArrayOf(_k.ModelOf("ChatMessage")), required=True),
            Parameter("max_tokens", "max_tokens", _k.INTEGER),
            Parameter("temperature", "temperature", _k.NUMBER),
            Parameter("top_p", "top_p", _k.NUMBER),
            Parameter("stream", "stream", _k.BOOLEAN),
            Parameter("stream_options", "stream_options", _k.ANY, nullable=True),
            Parameter("tools", "tools", _k.ArrayOf(_k.ModelOf("ToolDefinition"))),
            Parameter(
                "tool_choice",
                "tool_choice",
                _k.UnionOf(_k.Enumeration("ToolChoiceMode", listed=False), _k.ModelOf("ToolChoiceFunction")),
            ),
            Parameter(
                "response_format",
                "response_format",
                _k.UnionOf(
                    _k.ModelOf("ResponseFormatJSONSchema"),
                    _k.ModelOf("ResponseFormatJSONObject"),
                    _k.ModelOf("ResponseFormat"),
                ),
            ),
            Parameter("reasoning_effort", "reasoning_effort", _k.Enumeration("ReasoningEffort", listed=False)),
            Parameter("vision_quality", "vision_quality", _k.STRING),
            Parameter("seed", "seed", _k.INTEGER),
            Parameter("stop", "stop", _k.UnionOf(_k.STRING, _k.ArrayOf(_k.STRING))),
            Parameter("presence_penalty", "presence_penalty", _k.NUMBER),
            Parameter("frequency_penalty", "frequency_penalty", _k.NUMBER),
            Parameter("logprobs", "logprobs", _k.BOOLEAN),
            Parameter("top_logprobs", "top_logprobs", _k.INTEGER),
        ),
    ),
    idempotent=True,
    creates="created",
)

RETRIEVE: Operation[ChatCompletion, ChatCompletion] = Operation(
    name="chat.completions.retrieve",
    id="chat_completions_retrieve",
    method="GET",
    path="/v1/chat/completions/{}",
    result=ObjectResult(_k.ModelOf("ChatCompletion")),
    path_parameters=(Parameter("id", "id", _k.STRING, required=True, example="cmp_01HXMQ7Z3K8Y2ABCDEFGHJKM"),),
    identity=("id",),
    bucket="gets",
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

    def create(
        self,
        *,
        model: str,
        messages: Sequence[ChatMessage | ChatMessageParam | Mapping[str, Any]],
        max_tokens: int | None = None,
        temperature: float | None = None,
        top_p: float | None = None,
        stream: bool | None = None,
        stream_options: Any | Unset = UNSET,
        tools: Sequence[ToolDefinition | ToolDefinitionParam | Mapping[str, Any]] | None = None,
        tool_choice: ToolChoiceMode
        | Literal["auto", "none", "required"]
        | ToolChoiceFunction
        | ToolChoiceFunctionParam
        | Mapping[str, Any]
        | str
        | None = None,
        response_format: ResponseFormatJSONSchema
        | ResponseFormatJSONSchemaParam
        | Mapping[str, Any]
        | ResponseFormatJSONObject
        | ResponseFormatJSONObjectParam
        | ResponseFormat
        | ResponseFormatParam
        | None = None,
        reasoning_effort: ReasoningEffort | Literal["high", "low", "medium", "minimal"] | str | None = None,
        vision_quality: str | None = None,
        seed: int | None = None,
        stop: str | Sequence[str] | None = None,
        presence_penalty: float | None = None,
        frequency_penalty: float | None = None,
        logprobs: bool | None = None,
        top_logprobs: int | None = None,
        api_version: str | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
        idempotency_key: str | None = None,
    ) -> ChatCompletion:
        """Create a chat completion (`POST /v1/chat/completions`).

        Lets a model answer a conversation. The answer comes whole, when it is complete; a model that reasons may be
        silent for minutes before.

        Before the model begins, credits are held: for the tokens read as estimated, times 1.10, and for `max_tokens` at
        the rate of the output. What was held beyond the charge is released.

        A key (`Idempotency-Key`) is honoured for 24 hours where the answer is not streamed: the same request with the
        same key gives the stored answer again, unbilled, with the header `Aurous-Idempotent-Replayed`. Where the first
        request is still running, and where the body or the route is another, 409 `idempotency_key_in_use` comes.

        Args:
            model: The model that is to answer. `GET /v1/models` lists them.
            messages: The conversation, the oldest message first.
            max_tokens: Most tokens of the answer. The cap of a model stands in its `aurous_metadata`.
            temperature: How much chance there is in the answer.
            top_p: From how much of the probability the next token is drawn.
            stream: Whether the answer comes as it is written, as server-sent events. Off unless asked for. An
                `Idempotency-Key` is then ignored.
            stream_options: Options of a stream. None is documented.
            tools: The functions that the model may ask to be called.
            tool_choice: Whether the model may, must or must not call a tool. With tools, it may unless told otherwise.
            response_format: The form of the answer, where it is to be JSON.
            reasoning_effort: How much the model thinks before it answers. Models that do not reason ignore it.
            vision_quality: How closely images are looked at, for example `xhigh`.
            seed: Where chance starts from.
            stop: A text, or some, at which the answer ends.
            presence_penalty: How much tokens are avoided that have come already.
            frequency_penalty: How much tokens are avoided by how often they have come.
            logprobs: Whether the probabilities of the tokens are to come along.
            top_logprobs: Of how many tokens for each place.
            api_version: Dated version of the API to apply (`Aurous-Version`), in place of the client's.
            timeout: Deadline of the whole call in seconds, retries included, in place of the client's.
            max_retries: Most retries, in place of the client's.
            extra_headers: Headers to send besides; they go before the client's.
            extra_query: Query parameters that the contract does not know.
            extra_body: Fields of the body that the contract does not know.
            idempotency_key: Names this request, so that it can be repeated without being carried out twice. One is made
                where none is given.

        Returns:
            The completion, at its end.

        Raises:
            ConfigurationError: A parameter cannot be sent; nothing was.
            BadRequestError: 400: The request is malformed, asks too much of the model, or is for a model of another
                kind.
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
                "messages": messages,
                "max_tokens": max_tokens,
                "temperature": temperature,
                "top_p": top_p,
                "stream": stream,
                "stream_options": stream_options,
                "tools": tools,
                "tool_choice": tool_choice,
                "response_format": response_format,
                "reasoning_effort": reasoning_effort,
                "vision_quality": vision_quality,
                "seed": seed,
                "stop": stop,
                "presence_penalty": presence_penalty,
                "frequency_penalty": frequency_penalty,
                "logprobs": logprobs,
                "top_logprobs": top_logprobs,
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

    async def create(
        self,
        *,
        model: str,
        messages: Sequence[ChatMessage | ChatMessageParam | Mapping[str, Any]],
        max_tokens: int | None = None,
        temperature: float | None = None,
        top_p: float | None = None,
        stream: bool | None = None,
        stream_options: Any | Unset = UNSET,
        tools: Sequence[ToolDefinition | ToolDefinitionParam | Mapping[str, Any]] | None = None,
        tool_choice: ToolChoiceMode
        | Literal["auto", "none", "required"]
        | ToolChoiceFunction
        | ToolChoiceFunctionParam
        | Mapping[str, Any]
        | str
        | None = None,
        response_format: ResponseFormatJSONSchema
        | ResponseFormatJSONSchemaParam
        | Mapping[str, Any]
        | ResponseFormatJSONObject
        | ResponseFormatJSONObjectParam
        | ResponseFormat
        | ResponseFormatParam
        | None = None,
        reasoning_effort: ReasoningEffort | Literal["high", "low", "medium", "minimal"] | str | None = None,
        vision_quality: str | None = None,
        seed: int | None = None,
        stop: str | Sequence[str] | None = None,
        presence_penalty: float | None = None,
        frequency_penalty: float | None = None,
        logprobs: bool | None = None,
        top_logprobs: int | None = None,
        api_version: str | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
        idempotency_key: str | None = None,
    ) -> ChatCompletion:
        """Create a chat completion (`POST /v1/chat/completions`).

        Lets a model answer a conversation. The answer comes whole, when it is complete; a model that reasons may be
        silent for minutes before.

        Before the model begins, credits are held: for the tokens read as estimated, times 1.10, and for `max_tokens` at
        the rate of the output. What was held beyond the charge is released.

        A key (`Idempotency-Key`) is honoured for 24 hours where the answer is not streamed: the same request with the
        same key gives the stored answer again, unbilled, with the header `Aurous-Idempotent-Replayed`. Where the first
        request is still running, and where the body or the route is another, 409 `idempotency_key_in_use` comes.

        Args:
            model: The model that is to answer. `GET /v1/models` lists them.
            messages: The conversation, the oldest message first.
            max_tokens: Most tokens of the answer. The cap of a model stands in its `aurous_metadata`.
            temperature: How much chance there is in the answer.
            top_p: From how much of the probability the next token is drawn.
            stream: Whether the answer comes as it is written, as server-sent events. Off unless asked for. An
                `Idempotency-Key` is then ignored.
            stream_options: Options of a stream. None is documented.
            tools: The functions that the model may ask to be called.
            tool_choice: Whether the model may, must or must not call a tool. With tools, it may unless told otherwise.
            response_format: The form of the answer, where it is to be JSON.
            reasoning_effort: How much the model thinks before it answers. Models that do not reason ignore it.
            vision_quality: How closely images are looked at, for example `xhigh`.
            seed: Where chance starts from.
            stop: A text, or some, at which the answer ends.
            presence_penalty: How much tokens are avoided that have come already.
            frequency_penalty: How much tokens are avoided by how often they have come.
            logprobs: Whether the probabilities of the tokens are to come along.
            top_logprobs: Of how many tokens for each place.
            api_version: Dated version of the API to apply (`Aurous-Version`), in place of the client's.
            timeout: Deadline of the whole call in seconds, retries included, in place of the client's.
            max_retries: Most retries, in place of the client's.
            extra_headers: Headers to send besides; they go before the client's.
            extra_query: Query parameters that the contract does not know.
            extra_body: Fields of the body that the contract does not know.
            idempotency_key: Names this request, so that it can be repeated without being carried out twice. One is made
                where none is given.

        Returns:
            The completion, at its end.

        Raises:
            ConfigurationError: A parameter cannot be sent; nothing was.
            BadRequestError: 400: The request is malformed, asks too much of the model, or is for a model of another
                kind.
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
                "messages": messages,
                "max_tokens": max_tokens,
                "temperature": temperature,
                "top_p": top_p,
                "stream": stream,
                "stream_options": stream_options,
                "tools": tools,
                "tool_choice": tool_choice,
                "response_format": response_format,
                "reasoning_effort": reasoning_effort,
                "vision_quality": vision_quality,
                "seed": seed,
                "stop": stop,
                "presence_penalty": presence_penalty,
                "frequency_penalty": frequency_penalty,
                "logprobs": logprobs,
                "top_logprobs": top_logprobs,
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
