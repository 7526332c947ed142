"""Chat completions: what the SDK adds to the generated methods."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from attrs import evolve

from aurous import _check
from aurous._config import Timeout
from aurous._engine.flow_methods import FlowMethods, flow_method
from aurous._engine.waiting import DEFAULT_POLL_INTERVAL, DEFAULT_TIMEOUT, Waiting
from aurous._errors import ConflictError
from aurous.chat.completion import ChatCompletion, WaitTimeoutError
from aurous_api.operations import CallOptions
from aurous_api.resources.chat_completions import (
    CANCEL,
    RETRIEVE,
    AsyncChatCompletionsResource,
    ChatCompletionsResource,
)

if TYPE_CHECKING:
    from aurous._engine.effects import Flow

_ALREADY_ENDED: Final = "chat_cancel_target_already_terminal"


class _Completions(FlowMethods):
    """What is the same for both kinds of client."""

    __slots__ = ()

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


class Completions(_Completions, ChatCompletionsResource):
    """Chat completions."""

    __slots__ = ()


class AsyncCompletions(_Completions, AsyncChatCompletionsResource):
    """Chat completions, asynchronously."""

    __slots__ = ()
