"""The calls that a client offers, by resource: `client.chat.completions.retrieve(...)`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from aurous import _check
from aurous._engine.call import CallOptions, Operation
from aurous._engine.effects import Flow
from aurous._engine.waiting import DEFAULT_POLL_INTERVAL, DEFAULT_TIMEOUT, Waiting
from aurous.chat.completion import ChatCompletion
from aurous_api.api.chat import retrieve_chat_completion
from aurous_api.types import UNSET

if TYPE_CHECKING:
    from aurous._client import AsyncAurous, Aurous, BaseClient
    from aurous._config import Timeout


def _retrieval(client: BaseClient, id: str, options: CallOptions) -> Flow[ChatCompletion]:
    version = client.config.api_version if options.api_version is None else _check.api_version(options.api_version)
    operation = Operation(
        kwargs=retrieve_chat_completion._get_kwargs(  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
            _check.resource_id(id), aurous_version=version or UNSET
        ),
        parse=ChatCompletion.from_dict,
        name="chat.completions.retrieve",
        what="the completion",
        expected_id=id,
    )
    return client.call(operation, options)


def _waiting(
    client: BaseClient,
    id: str,
    options: CallOptions,
    timeout: float,
    poll_interval: float,
    on_poll: Callable[[ChatCompletion], Any] | None,
    *,
    may_wait: bool,
) -> Flow[ChatCompletion]:
    def retrieve(remaining: float) -> Flow[ChatCompletion]:
        return _retrieval(client, id, options.within(client.config.timeout, remaining))

    _check.resource_id(id)
    return Waiting(
        retrieve,
        id,
        client.config.clock,
        timeout=timeout,
        poll_interval=poll_interval,
        on_poll=on_poll,
        may_wait=may_wait,
    ).flow()


class Completions:
    """Chat completions."""

    def __init__(self, client: Aurous) -> None:
        self._client = client

    def retrieve(
        self,
        id: str,
        *,
        api_version: str | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
    ) -> ChatCompletion:
        """Retrieve a stored chat completion (`GET /v1/chat/completions/{id}`).

        Args:
            id: Id of the completion, `cmp_...`.
            api_version: Dated version of the API to apply (`Aurous-Version`), in place of the client's.
            timeout: Deadline of the whole call in seconds, retries included, in place of the client's.
            max_retries: Most retries, in place of the client's.
            extra_headers: Headers to send besides; they go before the client's `default_headers`.

        Returns:
            The completion as it stands now: look at its `status`, or call `raise_for_status()`.

        Raises:
            ConfigurationError: The id or an option cannot be; nothing was sent.
            NotFoundError: There is no such completion, or it belongs to another team.
            APIStatusError: The API said no for another reason.
            APIResponseError: The answer cannot be believed.
            APIConnectionError: No answer; `APITimeoutError` where the deadline passed.

        Example:
            >>> completion = client.chat.completions.retrieve("cmp_01HXMQ7Z3K8Y2COMPLETED")
            >>> completion.text
            'The capital of Japan is Tokyo.'
        """
        return self._client.run(
            _retrieval(self._client, id, CallOptions(api_version, timeout, max_retries, extra_headers))
        )

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
    ) -> ChatCompletion:
        """Wait until a stored chat completion is at an end: completed, failed or cancelled.

        Polls with an interval that grows by half each time, up to 10 s, and is spread by a quarter; where the server
        asks for a longer wait, it gets it. An unknown status is no end. Once a poll has brought the completion,
        failures that may pass are waited out.

        Args:
            id: Id of the completion, `cmp_...`.
            timeout: Longest time to wait, in seconds, retrievals included.
            poll_interval: Seconds until the second poll.
            on_poll: Called with the completion after each poll; an exception of its own comes out of the wait.
            api_version: As for `retrieve`.
            max_retries: Most retries of each retrieval.
            extra_headers: As for `retrieve`.

        Returns:
            The completion at its end, whichever: `raise_for_status()` tells a failed one from a whole one.

        Raises:
            WaitTimeoutError: The time is up; the error carries the completion as last seen.
            AurousError: A retrieval failed for good, as described there.
        """
        options = CallOptions(api_version, None, max_retries, extra_headers)
        return self._client.run(_waiting(self._client, id, options, timeout, poll_interval, on_poll, may_wait=False))


class AsyncCompletions:
    """Chat completions, asynchronously."""

    def __init__(self, client: AsyncAurous) -> None:
        self._client = client

    async def retrieve(
        self,
        id: str,
        *,
        api_version: str | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
    ) -> ChatCompletion:
        """Retrieve a stored chat completion, as `Completions.retrieve` does."""
        return await self._client.run(
            _retrieval(self._client, id, CallOptions(api_version, timeout, max_retries, extra_headers))
        )

    async def wait(
        self,
        id: str,
        *,
        timeout: float = DEFAULT_TIMEOUT,
        poll_interval: float = DEFAULT_POLL_INTERVAL,
        on_poll: Callable[[ChatCompletion], object | Awaitable[object]] | None = None,
        api_version: str | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
    ) -> ChatCompletion:
        """Wait for the end of a completion, as `Completions.wait` does; `on_poll` may be a coroutine function."""
        options = CallOptions(api_version, None, max_retries, extra_headers)
        return await self._client.run(
            _waiting(self._client, id, options, timeout, poll_interval, on_poll, may_wait=True)
        )


class Chat:
    """Chat."""

    def __init__(self, client: Aurous) -> None:
        self.completions: Completions = Completions(client)


class AsyncChat:
    """Chat, asynchronously."""

    def __init__(self, client: AsyncAurous) -> None:
        self.completions: AsyncCompletions = AsyncCompletions(client)
