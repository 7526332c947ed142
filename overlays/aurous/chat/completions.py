"""Chat completions: what the SDK adds to the generated methods."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, TypeVar, Unpack

from attrs import evolve

from aurous import _check
from aurous._config import Timeout
from aurous._engine.flow_methods import FlowMethods, flow_method
from aurous._engine.waiting import DEFAULT_POLL_INTERVAL, DEFAULT_TIMEOUT, Waiting
from aurous._errors import ConfigurationError, ConflictError
from aurous.chat.completion import ChatCompletion, WaitTimeoutError
from aurous.chat.messages import Messages, messages_of
from aurous.chat.stream import IDLE_TIMEOUT, STREAM, AsyncChatStream, ChatStream, limits_of
from aurous_api.operations import CallOptions
from aurous_api.resources.chat_completions import (
    CANCEL,
    CREATE,
    RETRIEVE,
    AsyncChatCompletionsResource,
    ChatCompletionsResource,
)
from aurous_api.types import UNSET

if TYPE_CHECKING:
    from aurous._engine.effects import Flow
    from aurous_api.params import ChatCompletionsCreateParams

S = TypeVar("S")

CREATE_TIMEOUT: Final = 600.0
"""Seconds that the creation of a completion may take, unless a deadline is given."""

_ALREADY_ENDED: Final = "chat_cancel_target_already_terminal"


class _Completions(FlowMethods, Generic[S]):
    """What is the same for both kinds of client."""

    __slots__ = ()

    _stream_class: ClassVar[Any]

    @flow_method
    def create(
        self,
        *,
        model: str,
        messages: Messages,
        api_version: str | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
        idempotency_key: str | None = None,
        **params: Unpack[ChatCompletionsCreateParams],
    ) -> Flow[ChatCompletion]:
        """Create a chat completion (`POST /v1/chat/completions`).

        Lets a model answer a conversation, and returns the whole answer. Nothing comes while the model thinks and
        writes; `stream` gives the text as it is written.

        The request carries an idempotency key, so that a repetition is neither carried out nor billed twice: retries
        use it, and so does a later call that collects the answer of one that timed out. Where the API says that the
        first request is still running (409), its end is waited for within the deadline.

        Args:
            model: The model that is to answer, such as `aurous-grow-2.0-pro`; `client.models.list()` lists them.
            messages: The conversation, the oldest message first: a text, which is what the user says, or a list of
                messages as dicts or `ChatMessage`. A `ChatCompletion` in it stands for its answer, and a `ToolResult`
                for the result of a tool.
            api_version: As for `retrieve`.
            timeout: Deadline of the whole call in seconds, retries included. By default that of the client where it
                was given one, and else 600. The server may be silent for all of it; a `Timeout` says otherwise.
            max_retries: As for `retrieve`.
            extra_headers: As for `retrieve`.
            extra_query: As for `retrieve`.
            extra_body: Fields of the body that the contract does not know.
            idempotency_key: Names this request; one is made where none is given. `error.idempotency_key` of a call that
                failed, with the same arguments, collects its answer within 24 hours.
            **params: Further fields of the body: `max_tokens`, `temperature`, `tools`, `response_format` and what else
                `ChatCompletionsCreateParams` lists.

        Returns:
            The completion, at its end. `meta.idempotent_replay` tells whether it had been stored.

        Raises:
            ConfigurationError: A parameter cannot be sent; nothing was.
            BadRequestError: 400: The request is malformed, asks too much of the model, or is for a model of another
                kind.
            InsufficientCreditsError: 402: The balance of the team does not cover the hold.
            ConflictError: 409: The key is in use, by a request that is still running, or for another body or route.
            AurousError: As for `retrieve`.

        Example:
            >>> client.chat.completions.create(model="aurous-grow-2.0-pro", messages="Capital of Japan?").text
            'You asked: Capital of Japan?'
        """
        given = _given(model, messages, params)
        if given["stream"] not in (None, UNSET, False):
            raise ConfigurationError(
                "create(stream=True) is not how it goes here: use client.chat.completions.stream()"
            )
        options = CallOptions(
            api_version,
            self._patience(timeout),
            max_retries,
            extra_headers,
            extra_query,
            extra_body,
            idempotency_key,
        )
        flow: Flow[ChatCompletion] = self._caller.flow(CREATE, (), given, options)
        return (yield from flow)

    def stream(
        self,
        *,
        model: str,
        messages: Messages,
        api_version: str | None = None,
        timeout: float | Timeout | None = None,
        idle_timeout: float = IDLE_TIMEOUT,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_query: Mapping[str, object] | None = None,
        extra_body: Mapping[str, object] | None = None,
        **params: Unpack[ChatCompletionsCreateParams],
    ) -> S:
        """Create a chat completion, and read it while it is written (`POST /v1/chat/completions`, `stream`).

        Gives a context manager, with which the call begins. Opening it is retried where nothing was processed; once it
        has begun, never.

        Args:
            model: As for `create`.
            messages: As for `create`.
            api_version: As for `retrieve`.
            timeout: Deadline of the whole stream in seconds; none by default. The server may send no byte for 45
                seconds; a `Timeout` says otherwise.
            idle_timeout: Seconds without an event after which the stream is given up, though keep-alives come: a model
                that thinks streams nothing.
            max_retries: Most retries of opening it.
            extra_headers: As for `retrieve`.
            extra_query: As for `retrieve`.
            extra_body: Fields of the body that the contract does not know.
            **params: As for `create`.

        Returns:
            The stream, to be entered by `with`, or `async with`. Entering it raises what `create` raises.

        Raises:
            ConfigurationError: A parameter cannot be sent.

        Example:
            >>> with client.chat.completions.stream(model="aurous-grow-2.0-pro", messages="Hi") as stream:
            ...     text = "".join(stream.text_stream)
        """
        given = _given(model, messages, params)
        if given["stream"] is False:
            raise ConfigurationError(
                "stream(stream=False) is not how it goes here: use client.chat.completions.create()"
            )
        idle = _check.seconds(idle_timeout, source="idle_timeout")
        limits = limits_of(timeout, idle)
        connect = self._caller.config.timeout.connect if not isinstance(timeout, Timeout) else timeout.connect
        opening = Timeout(total=min(limits.deadline, idle), connect=connect, read=min(limits.deadline, idle))
        options = CallOptions(api_version, opening, max_retries, extra_headers, extra_query, extra_body)
        call = self._caller.opening(STREAM, (), {**given, "stream": True}, options)
        cancel, wait = partial(_Completions.cancel.function, self), partial(_Completions.wait.function, self)
        stream: S = self._stream_class(self._caller, call, limits, cancel, wait)
        return stream

    def _patience(self, timeout: float | Timeout | None) -> Timeout:
        """The limits of a call whose answer is silent until it is whole."""
        if isinstance(timeout, Timeout):
            return timeout
        limits: Timeout = self._caller.config.timeout
        total = (CREATE_TIMEOUT if limits == Timeout() else limits.total) if timeout is None else timeout
        return Timeout(total=total, connect=limits.connect, read=total)

    @flow_method
    def wait(
        self,
        id: str,
        *,
        timeout: float = DEFAULT_TIMEOUT,
        poll_interval: float = DEFAULT_POLL_INTERVAL,
        on_poll: Callable[[ChatCompletion], object] | None = None,
        api_version: str | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
    ) -> Flow[ChatCompletion]:
        """Wait until a stored chat completion is at an end: completed, failed or cancelled.

        Polls with an interval that grows by half each time, up to 10 s, and is spread by a quarter; where the server
        asks for a longer wait, it gets it. An unknown status is no end. Once a poll has brought the completion,
        failures that may pass are waited out.

        Args:
            id: Id of the completion, `cmp_...`.
            timeout: Longest time to wait, in seconds, retrievals included.
            poll_interval: Seconds until the second poll.
            on_poll: Called with the completion after each poll; an exception of its own comes out of the wait. With
                the asynchronous client it may be a coroutine function.
            api_version: As for `retrieve`.
            max_retries: Most retries of each retrieval.
            extra_headers: As for `retrieve`.

        Returns:
            The completion at its end, whichever: `raise_for_status()` tells a failed one from a whole one.

        Raises:
            WaitTimeoutError: The time is up; the error carries the completion as last seen.
            AurousError: A retrieval failed for good, as described there.
        """
        caller = self._caller
        options = CallOptions(api_version, None, max_retries, extra_headers)
        _check.path_segment(id, name="id", example=RETRIEVE.path_parameters[0].example)

        def retrieve(remaining: float) -> Flow[ChatCompletion]:
            limits = caller.config.timeout
            within = evolve(limits, total=max(0.001, min(limits.total, remaining)))
            flow: Flow[ChatCompletion] = caller.flow(RETRIEVE, (id,), {}, evolve(options, timeout=within))
            return flow

        return Waiting(
            retrieve,
            f"completion {id}",
            caller.config.clock,
            WaitTimeoutError,
            timeout=timeout,
            poll_interval=poll_interval,
            on_poll=on_poll,
            may_wait=caller.asynchronous,
        ).flow()

    @flow_method
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
    ) -> Flow[ChatCompletion]:
        """Cancel a chat completion that is being streamed (`POST /v1/chat/completions/{id}/cancel`).

        Ends the completion and returns it in its final state. That is `cancelled`, or what it ended as before the
        request arrived: that race is harmless. Where the API says that it has ended already (409), it is retrieved,
        within the same `timeout`.

        The prompt is always billed; the output is billed as far as it came. Where the completion had not begun, the
        hold on the credits is released. Whoever reads the stream gets what is queued, a last chunk whose
        `finish_reason` is `cancelled`, and the end of the stream.

        Args:
            id: Id of the completion, `cmp_...`.
            api_version: As for `retrieve`.
            timeout: As for `retrieve`, for cancelling and retrieving together.
            max_retries: Most retries of either.
            extra_headers: As for `retrieve`.
            extra_query: As for `retrieve`.
            extra_body: Fields of the body that the contract does not know: for it, the request has none.

        Returns:
            The completion in its final state.

        Raises:
            NotFoundError: 404: There is no such completion, or it belongs to another team.
            ConflictError: 409: It cannot be cancelled, because it is not streamed or is streamed by another instance.
                Retrieve it until it has ended.
            AurousError: As for `retrieve`.
        """
        config, call = self._caller.config, self._caller.flow
        whole = config.timeout if timeout is None else Timeout.of(timeout)
        deadline = config.clock.monotonic() + whole.total
        options = CallOptions(api_version, whole, max_retries, extra_headers, extra_query, extra_body)
        cancel: Flow[ChatCompletion] = call(CANCEL, (id,), {}, options)
        try:
            return (yield from cancel)
        except ConflictError as error:
            remaining = deadline - config.clock.monotonic()
            if error.code != _ALREADY_ENDED or remaining <= 0:
                raise
        options = evolve(options, timeout=evolve(whole, total=remaining), extra_body=None)
        retrieve: Flow[ChatCompletion] = call(RETRIEVE, (id,), {}, options)
        return (yield from retrieve)


def _given(model: str, messages: Messages, params: Mapping[str, Any]) -> dict[str, object]:
    """The fields of the body, by the names of their parameters."""
    assert CREATE.body is not None
    known = [field.name for field in CREATE.body.fields]
    for name in params:
        if name not in known:
            close = get_close_matches(name, known, 1)
            hint = f"did you mean {close[0]}?" if close else "extra_body= takes what the contract does not know"
            raise ConfigurationError(f"there is no parameter {_check.excerpt(name)}: {hint}")
    given = {name: UNSET if (value := params.get(name)) is None else value for name in known}
    return {**given, "model": model, "messages": messages_of(messages)}


class Completions(_Completions[ChatStream], ChatCompletionsResource):
    """Chat completions."""

    __slots__ = ()

    _stream_class = ChatStream


class AsyncCompletions(_Completions[AsyncChatStream], AsyncChatCompletionsResource):
    """Chat completions, asynchronously."""

    __slots__ = ()

    _stream_class = AsyncChatStream
