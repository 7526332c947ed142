"""Chat completions: what the SDK adds to the generated methods.

What not every service uses (streams, structured output, tools) is imported when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, Unpack, overload

from attrs import evolve

from aurous import _check
from aurous._config import STANDARD_TIMEOUT, Timeout
from aurous._engine.flow_methods import FlowMethods, flow_method
from aurous._engine.waiting import DEFAULT_POLL_INTERVAL, DEFAULT_TIMEOUT, Waiting
from aurous._errors import ConfigurationError, ConflictError
from aurous.chat.completion import ChatCompletion, WaitTimeoutError
from aurous.chat.defaults import CREATE_TIMEOUT, IDLE_TIMEOUT, MAX_CALLS, MAX_ROUNDS
from aurous_api.loading import load
from aurous_api.operations import CallOptions
from aurous_api.resources.chat_completions import (
    CANCEL,
    CREATE,
    RETRIEVE,
    AsyncChatCompletionsResource,
    ChatCompletionsResource,
)

if TYPE_CHECKING:
    from aurous._engine.effects import Flow
    from aurous.chat.arguments import Tools
    from aurous.chat.messages import Messages
    from aurous.chat.options import CompletionOptions
    from aurous.chat.stream import AsyncChatStream, ChatStream  # noqa: F401  # named in the bases of the classes
    from aurous.chat.structured import Parsed
    from aurous.chat.tool_loop import Approve, Run
    from aurous.chat.tools import Tool

S = TypeVar("S")
T = TypeVar("T")

_ALREADY_ENDED: Final = "chat_cancel_target_already_terminal"


class _Completions(FlowMethods, Generic[S]):
    """What is the same for both kinds of client."""

    __slots__ = ()

    @flow_method
    def create(
        self,
        *,
        model: str,
        messages: Messages,
        tools: Tools | None = None,
        timeout: float | Timeout | None = None,
        idempotency_key: str | None = None,
        **options: Unpack[CompletionOptions],
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
            tools: The functions that the model may ask to be called: as the API has them, or what `tool` makes. `run`
                calls them as well.
            timeout: Deadline of the whole call in seconds, retries included. By default that of the client where it
                was given one, and else 600. The server may be silent for all of it; a `Timeout` says otherwise.
            idempotency_key: Names this request; one is made where none is given. `error.idempotency_key` of a call that
                failed, with the same arguments, collects its answer within 24 hours.
            **options: Further fields of the body, such as `max_tokens`, `temperature` and `response_format`, and the
                options of every call: `CompletionOptions` lists them.

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
        given, call = self._arguments(model, messages, tools, options)
        if options.get("stream") not in (None, False):
            raise ConfigurationError(
                "create(stream=True) is not how it goes here: use client.chat.completions.stream()", param="stream"
            )
        call = evolve(call, timeout=self._patience(timeout), idempotency_key=idempotency_key)
        flow: Flow[ChatCompletion] = self._caller.flow(CREATE, (), given, call)
        return (yield from flow)

    def stream(
        self,
        *,
        model: str,
        messages: Messages,
        tools: Tools | None = None,
        timeout: float | Timeout | None = None,
        idle_timeout: float = IDLE_TIMEOUT,
        **options: Unpack[CompletionOptions],
    ) -> S:
        """Create a chat completion, and read it while it is written (`POST /v1/chat/completions`, `stream`).

        Gives a context manager, with which the call begins. Opening it is retried where nothing was processed; once it
        has begun, never.

        Args:
            model: As for `create`.
            messages: As for `create`.
            tools: As for `create`.
            timeout: Deadline of the whole stream in seconds; none by default. The server may send no byte for 45
                seconds; a `Timeout` says otherwise.
            idle_timeout: Seconds without an event after which the stream is given up, though keep-alives come: a model
                that thinks streams nothing.
            **options: As for `create`.

        Returns:
            The stream, to be entered by `with`, or `async with`. Entering it raises what `create` raises.

        Raises:
            ConfigurationError: A parameter cannot be sent.

        Example:
            >>> with client.chat.completions.stream(model="aurous-grow-2.0-pro", messages="Hi") as stream:
            ...     text = "".join(stream.text_stream)
        """
        given, call = self._arguments(model, messages, tools, options)
        if options.get("stream") is False:
            raise ConfigurationError(
                "stream(stream=False) is not how it goes here: use client.chat.completions.create()", param="stream"
            )
        cancel, wait = partial(_Completions.cancel.function, self), partial(_Completions.wait.function, self)
        stream: S = load("aurous.chat.stream", "stream_of")(
            self._caller, given, call, timeout=timeout, idle_timeout=idle_timeout, cancel=cancel, wait=wait
        )
        return stream

    @flow_method
    def run(
        self,
        *,
        model: str,
        messages: Messages,
        tools: Sequence[Tool[..., Any] | Callable[..., Any]],
        max_rounds: int = MAX_ROUNDS,
        max_calls: int = MAX_CALLS,
        timeout: float | None = None,
        approve: Approve | None = None,
        **options: Unpack[CompletionOptions],
    ) -> Flow[Run]:
        """Let a model call functions until it has its answer: create, call, tell it what came of that, create again.

        The calls of a round run at the same time, at most four of them (threads; with the asynchronous client also
        tasks), and are answered in their order. What goes wrong in one, the model is told in a few words.

        Args:
            model: As for `create`.
            messages: As for `create`. Where they end with calls of tools that have no result, those are carried out
                first: so a run goes on that stopped.
            tools: Functions with type hints and docstrings, or what `tool` made of them. Coroutine functions go with
                the asynchronous client.
            max_rounds: Most completions.
            max_calls: Most calls that are carried out in a round; for others the model is told that they were not.
            timeout: Longest time for all of it, in seconds; none by default, beside the 600 of each completion.
            approve: Asked before each call, in order, whether to carry it out; gets the `ToolCall`. None means that
                this is not decided yet: the run stops as `paused`, with nothing of the round carried out, and
                `messages=run.to_messages()` goes on from there. With the asynchronous client it may be a coroutine
                function.
            **options: As for `create`, for each completion. A `tool_choice` that asks for a call holds for the first
                one: otherwise the model could never finish.

        Returns:
            What it came to, and why it stopped.

        Raises:
            ConfigurationError: A tool cannot be one, or a parameter cannot be sent; nothing was.
            AurousError: A completion could not be created, as for `create`. `error.run` is the run so far.

        Example:
            >>> run = client.chat.completions.run(model=model, messages="Rain in Tokyo?", tools=[get_weather])
            >>> run.stopped, run.text
        """

        def create(history: list[Any], remaining: float | None, params: Mapping[str, Any]) -> Flow[ChatCompletion]:
            limit = self._patience(None).total if remaining is None else min(remaining, self._patience(None).total)
            return _Completions.create.function(self, model=model, messages=history, timeout=limit, **params)

        caller = self._caller
        loop: Any = load("aurous.chat.tool_loop", "ToolLoop")
        flow: Flow[Run] = loop(
            create,
            messages=messages,
            tools=tools,
            clock=caller.config.clock,
            asynchronous=caller.asynchronous,
            max_rounds=max_rounds,
            max_calls=max_calls,
            timeout=timeout,
            approve=approve,
            params=options,
            telemetry=caller.config.telemetry,
        ).flow()
        return (yield from flow)

    def _parsing(self, kind: Any, options: Any) -> Flow[Parsed[Any]]:
        if kind is None:
            raise ConfigurationError(
                "parse() lacks the type. To do: pass it first, as in parse(City, model=...)", param="kind"
            )
        if options.get("response_format") is not None:
            raise ConfigurationError(
                "parse() asks for a response_format of its own. To do: leave it out, or use create()",
                param="response_format",
            )

        def create(wanted: dict[str, Any]) -> Flow[ChatCompletion]:
            given: Any = {**options, "response_format": wanted}
            return _Completions.create.function(self, **given)

        flow: Flow[Parsed[Any]] = load("aurous.chat.structured", "parsing")(kind, create)
        return flow

    def _arguments(
        self, model: str, messages: Messages, tools: Tools | None, options: Mapping[str, Any]
    ) -> tuple[dict[str, object], CallOptions]:
        """The fields of the body, by the names of their parameters; and the options of the call."""
        found: tuple[dict[str, object], CallOptions] = load("aurous.chat.arguments", "arguments_of")(
            model, messages, tools, options
        )
        return found

    def _patience(self, timeout: float | Timeout | None) -> Timeout:
        """The limits of a call whose answer is silent until it is whole."""
        if isinstance(timeout, Timeout):
            return timeout
        limits: Timeout = self._caller.config.timeout
        total = (CREATE_TIMEOUT if limits is STANDARD_TIMEOUT else limits.total) if timeout is None else timeout
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
            flow: Flow[ChatCompletion] = caller.patient_flow(
                RETRIEVE, (id,), {}, evolve(options, timeout=within), remaining
            )
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


class Completions(_Completions["ChatStream"], ChatCompletionsResource):  # type: ignore[misc]  # create takes no stream
    """Chat completions."""

    __slots__ = ()

    @overload
    def parse(
        self,
        kind: type[T],
        /,
        *,
        model: str,
        messages: Messages,
        tools: Tools | None = None,
        timeout: float | Timeout | None = None,
        idempotency_key: str | None = None,
        **options: Unpack[CompletionOptions],
    ) -> Parsed[T]: ...
    @overload
    def parse(
        self,
        kind: Mapping[str, Any],
        /,
        *,
        model: str,
        messages: Messages,
        tools: Tools | None = None,
        timeout: float | Timeout | None = None,
        idempotency_key: str | None = None,
        **options: Unpack[CompletionOptions],
    ) -> Parsed[Any]: ...
    def parse(
        self,
        kind: Any = None,
        /,
        *,
        model: str,
        messages: Messages,
        tools: Tools | None = None,
        timeout: float | Timeout | None = None,
        idempotency_key: str | None = None,
        **options: Unpack[CompletionOptions],
    ) -> Parsed[Any]:
        """Create a chat completion whose text is the JSON of a type, and read it.

        The type is put into the subset of JSON Schema that the API documents; what that cannot say is refused before a
        credit is spent.

        Args:
            kind: A dataclass, an attrs class, a TypedDict, a pydantic model, a msgspec struct, or a JSON Schema (then
                the value is plain data).
            model: As for `create`.
            messages: As for `create`.
            tools: As for `create`.
            timeout: As for `create`.
            idempotency_key: As for `create`.
            **options: As for `create`, but for `response_format`.

        Returns:
            The value, and the completion that it stands in.

        Raises:
            ConfigurationError: The schema cannot say the type, at a JSON pointer; nothing was sent.
            OutputError: The text is not what was asked for, or was cut short; the error carries the completion.
            AurousError: As for `create`.

        Example:
            >>> city = client.chat.completions.parse(City, model=model, messages="The capital of Japan?").value
        """
        given = {"model": model, "messages": messages, "tools": tools, "timeout": timeout, **options}
        flow = self._parsing(kind, {**given, "idempotency_key": idempotency_key})
        parsed: Parsed[Any] = self._caller.run(flow)
        return parsed


class AsyncCompletions(_Completions["AsyncChatStream"], AsyncChatCompletionsResource):  # type: ignore[misc]  # as above
    """Chat completions, asynchronously."""

    __slots__ = ()

    @overload
    async def parse(
        self,
        kind: type[T],
        /,
        *,
        model: str,
        messages: Messages,
        tools: Tools | None = None,
        timeout: float | Timeout | None = None,
        idempotency_key: str | None = None,
        **options: Unpack[CompletionOptions],
    ) -> Parsed[T]: ...
    @overload
    async def parse(
        self,
        kind: Mapping[str, Any],
        /,
        *,
        model: str,
        messages: Messages,
        tools: Tools | None = None,
        timeout: float | Timeout | None = None,
        idempotency_key: str | None = None,
        **options: Unpack[CompletionOptions],
    ) -> Parsed[Any]: ...
    async def parse(
        self,
        kind: Any = None,
        /,
        *,
        model: str,
        messages: Messages,
        tools: Tools | None = None,
        timeout: float | Timeout | None = None,
        idempotency_key: str | None = None,
        **options: Unpack[CompletionOptions],
    ) -> Parsed[Any]:
        """Create a chat completion whose text is the JSON of a type, and read it.

        The type is put into the subset of JSON Schema that the API documents; what that cannot say is refused before a
        credit is spent.

        Args:
            kind: A dataclass, an attrs class, a TypedDict, a pydantic model, a msgspec struct, or a JSON Schema (then
                the value is plain data).
            model: As for `create`.
            messages: As for `create`.
            tools: As for `create`.
            timeout: As for `create`.
            idempotency_key: As for `create`.
            **options: As for `create`, but for `response_format`.

        Returns:
            The value, and the completion that it stands in.

        Raises:
            ConfigurationError: The schema cannot say the type, at a JSON pointer; nothing was sent.
            OutputError: The text is not what was asked for, or was cut short; the error carries the completion.
            AurousError: As for `create`.

        Example:
            >>> city = client.chat.completions.parse(City, model=model, messages="The capital of Japan?").value
        """
        given = {"model": model, "messages": messages, "tools": tools, "timeout": timeout, **options}
        flow = self._parsing(kind, {**given, "idempotency_key": idempotency_key})
        parsed: Parsed[Any] = await self._caller.run(flow)
        return parsed
