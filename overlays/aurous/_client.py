"""The clients: what is configured, and the resources through which calls are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from os import PathLike
from ssl import SSLContext
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Literal, NoReturn, Self, TypedDict, TypeVar, Unpack

from aurous import _check
from aurous._config import Config, Timeout, configure, seal, without_defaults
from aurous._engine.caller import AsyncCaller, BaseCaller, SyncCaller
from aurous._engine.client_state import ClientState
from aurous._engine.flow_methods import FlowMethods, flow_method
from aurous._errors import ConfigurationError
from aurous._http.pools import ProcessPools
from aurous_api.kinds import ANY
from aurous_api.loading import load
from aurous_api.operations import Body, CallOptions, OpenResult, Operation, Parameter
from aurous_api.resources import AsyncResources, Resources

if TYPE_CHECKING:
    import httpx

    from aurous import Budget, Ledger
    from aurous._clock import Clock
    from aurous._engine.effects import Flow
    from aurous._engine.results import OpenValue
    from aurous._events import OnCallEnd, OnDrift, OnPace, OnRequest, OnResponse, OnRetry, OnStreamEnd, Telemetry
    from aurous._pacer import Pacer
    from aurous._rate_limits import RateLimit
    from aurous._retries import RetryBudget, RetryPolicy
    from aurous.bulk.async_bulk import AsyncBulk  # noqa: F401  # named in the bases of the clients
    from aurous.bulk.bulk import Bulk  # noqa: F401  # as above
    from aurous.bulk.outcomes import BulkSummary

B = TypeVar("B")


class _Options(TypedDict, total=False):
    """The options of a client beside its key; None, or leaving one out, means its default. `pacer=None` means none."""

    base_url: str | None
    api_version: str | None
    timeout: float | Timeout | None
    max_retries: int | None
    retry_policy: RetryPolicy | None
    retry_budget: RetryBudget | None
    on_drift: OnDrift | None
    max_response_bytes: int | None
    max_connections: int | None
    pacer: Pacer | Literal["learned"] | None
    default_headers: Mapping[str, str] | None
    on_request: OnRequest | None
    on_response: OnResponse | None
    on_retry: OnRetry | None
    on_stream_end: OnStreamEnd | None
    on_call_end: OnCallEnd | None
    on_pace: OnPace | None
    telemetry: Telemetry | None
    ledger: Ledger | None
    budget: Budget | None
    tags: Mapping[str, str] | None
    proxy: str | None
    ssl_context: SSLContext | None
    allow_insecure_http: bool | None
    clock: Clock | None


class ClientOptions(_Options, total=False):
    """The options of `Aurous`."""

    transport: httpx.BaseTransport | Callable[[], httpx.BaseTransport] | None


class AsyncClientOptions(_Options, total=False):
    """The options of `AsyncAurous`."""

    transport: httpx.AsyncBaseTransport | Callable[[], httpx.AsyncBaseTransport] | None


class BaseClient(FlowMethods, Generic[B]):
    """What both clients are: a configuration that does not change, and the resources of the API."""

    __slots__ = ("_caller",)

    _caller: Any

    def _start(self, caller: BaseCaller) -> None:
        object.__setattr__(self, "_caller", caller)

    @property
    def config(self) -> Config:
        """The configuration; it does not change."""
        config: Config = self._caller.config
        return config

    @property
    def rate_limit(self) -> RateLimit:
        """The team's rate limits, as the last responses to this client, or to one that it shares them with, told."""
        limit: RateLimit = self._caller.state.rate_limit
        return limit

    @flow_method
    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, object] | None = None,
        json: object = None,
        idempotency_key: str | None = None,
        api_version: str | None = None,
        timeout: float | Timeout | None = None,
        max_retries: int | None = None,
        extra_headers: Mapping[str, str] | None = None,
    ) -> Flow[OpenValue]:
        """Call an endpoint that the contract does not know, as all others are called: retried, bounded, with the key.

        Args:
            method: `GET`, `POST`, `PUT`, `PATCH`, `DELETE` or `HEAD`.
            path: Path of the endpoint, with `/v1`: `/v1/things/thing_1`. Put what is not yours to choose through
                `urllib.parse.quote(value, safe="")` first.
            query: Query parameters; a list repeats its name.
            json: Body, sent as JSON; None for no body.
            idempotency_key: Sent as `Idempotency-Key`, and kept over retries. With one a `POST` or `PATCH` is retried
                as other methods are: give one only where the endpoint documents it.
            api_version: Dated version of the API to apply (`Aurous-Version`), in place of the client's.
            timeout: Deadline of the whole call in seconds, retries included, in place of the client's.
            max_retries: Most retries, in place of the client's.
            extra_headers: Headers to send besides; they go before the client's.

        Returns:
            What came, as plain JSON data in `value` (None where there was no body), with `meta`.

        Raises:
            ConfigurationError: An argument cannot be sent; nothing was.
            APIStatusError: The API responded with an error status.
            APIResponseError: The response is unusable: it is no JSON, for example.
            APIConnectionError: No response; `APITimeoutError` where the deadline passed.

        Example:
            >>> client.request("GET", "/v1/balance").value["currency"]
            'credit'
        """
        if extra_headers is not None:
            _check.headers(extra_headers, source="extra_headers", own=_check.KEY_BY_NAME)
        wanted = _check.mapping(query or {}, source="query")
        parameters = {Parameter(f"query[{name!r}]", name, ANY): value for name, value in wanted.items()}
        operation: Operation[OpenValue, OpenValue] = Operation(
            name="request",
            id="",
            method=_check.http_method(method),
            path=_check.request_path(path),
            result=OpenResult(),
            query=tuple(parameters),
            body=None if json is None else Body("application/json", whole=ANY, name="json"),
            idempotent=idempotency_key is not None,
        )
        given = {"json": json, **{each.name: value for each, value in parameters.items()}}
        options = CallOptions(api_version, timeout, max_retries, extra_headers, None, None, idempotency_key)
        flow: Flow[OpenValue] = self._caller.flow(operation, (), given, options)
        return flow

    def bulk(
        self,
        *,
        run: str | None = None,
        concurrency: int = 8,
        journal: str | PathLike[str] | None = None,
        timeout: float | None = None,
        in_order: bool = False,
        progress: bool | Callable[[BulkSummary], object] = False,
    ) -> B:
        """Make many calls at once: bounded, with an outcome for each, a result or an error.

        It stops where the credits do not cover another call, where the time is up, and where you want it; what is in
        flight then is finished and handed out, and `remaining()` has the rest. Whatever creates something carries an
        idempotency key that is made of the run, the item and its body. So the same run again, within 24 hours, is not
        billed twice; with a journal it is not even asked again, however late.

        Args:
            run: The name of the run; by default that of the journal, or a new one, which no other run has.
            concurrency: Most calls at a time.
            journal: A file to which each result is added, and from which it is read when the run is repeated.
            timeout: Longest time for all of it, in seconds; none by default, beside those of each call.
            in_order: Whether outcomes come in the order of the input, and not as they are there. A few times
                `concurrency` of them are kept meanwhile, and no more.
            progress: True for a line on the terminal; or a function that is called with a `BulkSummary` after each
                outcome and at the end. What it raises stops the bulk. With the asynchronous client it may be a
                coroutine function.

        Returns:
            The bulk, to be entered by `with`, or `async with`.

        Raises:
            ConfigurationError: An argument cannot be.

        Example:
            >>> with client.bulk(run="2026-11-26", journal="run.jsonl") as bulk:
            ...     for outcome in bulk.create({"model": model, "messages": question} for question in questions):
            ...         print(outcome.key, outcome.result.text if outcome.ok else outcome.error)
        """
        module, name = ("async_bulk", "AsyncBulk") if self._caller.asynchronous else ("bulk", "Bulk")
        bulk: B = load(f"aurous.bulk.{module}", name)(
            self._caller,
            run=run,
            concurrency=concurrency,
            journal=journal,
            timeout=timeout,
            in_order=in_order,
            progress=progress,
        )
        return bulk

    if not TYPE_CHECKING:  # a type checker is to know that there is nothing to set

        def __setattr__(self, name: str, value: object) -> NoReturn:
            raise AttributeError(f"a client does not change: make another with with_options({name}=...)")

        def __delattr__(self, name: str) -> NoReturn:
            raise AttributeError("a client does not change")

    def _changed(self, given: Mapping[str, Any], make_pools: Callable[[Config], Any]) -> BaseCaller:
        """A caller with some options replaced; it shares connections and retry budget unless they say otherwise."""
        own: BaseCaller = self._caller
        config = own.config.changed(given)
        is_shared = config.shares_state_with(own.config)
        state = own.state if is_shared else ClientState(config, asynchronous=own.asynchronous)
        pools = own.pools if config.shares_connections_with(own.config) else make_pools(config)
        return type(own)(config, pools, state)

    def __repr__(self) -> str:
        if not hasattr(self, "_caller"):  # it could not be made, and somebody looks at the pieces
            return f"{type(self).__name__}()"
        config = self.config
        version = f", api_version={config.api_version!r}" if config.api_version else ""
        return f"{type(self).__name__}(base_url={config.base_url!r}{version})"

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        config = self.config
        if not config.key_from_environment:
            raise ConfigurationError(
                "a client whose key was passed as api_key= does not pickle, as the key would go along; "
                "set AUROUS_API_KEY where it is made and where it is used, and leave api_key= out"
            )
        if config.ssl_context is not None or (config.transport is not None and not isinstance(config.transport, type)):
            raise ConfigurationError(
                "a client with an ssl_context or a transport of its own does not pickle; make it where it is used"
            )
        options = config.as_options()
        import pickle  # noqa: PLC0415  # whoever pickles has it, and nobody else needs it

        try:
            pickle.dumps(options)
        except Exception as error:  # noqa: BLE001  # whatever a function of the caller's raises
            reason = f"a client with an option that does not pickle does not either ({type(error).__name__}: {error})"
            raise ConfigurationError(f"{reason}; use functions of a module, no lambdas") from None
        return _restore, (type(self), options)


def _restore(cls: type[BaseClient[Any]], options: dict[str, Any]) -> BaseClient[Any]:
    return cls(**without_defaults(options))


class Aurous(BaseClient["Bulk"], Resources):
    """The synchronous client of the Aurous Labs API. It does not change, and threads may share it.

    Its connections belong to the process: after a fork the child makes its own. `close()` closes them; used again, it
    makes new ones.

    Args:
        api_key: Key of the team, `al_live_...`; by default `AUROUS_API_KEY` of the environment. Sent as `X-Api-Key`,
            shown nowhere.
        base_url: Where the API is, with or without `/v1`; by default `AUROUS_BASE_URL`, or production.
        api_version: Dated version to apply (`Aurous-Version`); by default `AUROUS_API_VERSION`, or the team's own
            default.
        timeout: Deadline of a call in seconds, retries and waits included (60), or a `Timeout`.
        max_retries: Most retries of a call (2).
        retry_policy: Decides on retries in place of the standard policy; see `FailedAttempt`.
        retry_budget: How many retries may be spent while calls fail; see `RetryBudget`.
        on_drift: What to do when a response leaves the contract: `"ignore"`, `"warn"` (the default: one log record for
            each novelty), `"raise"`, or a function of the deviations.
        max_response_bytes: Most bytes of a body, before and after decompression (64 MiB).
        max_connections: Most connections at a time (100); further calls wait for one.
        default_headers: Headers to send with each request.
        on_request: Called with a `RequestEvent` before each attempt.
        on_response: Called with a `ResponseEvent` after each attempt.
        on_retry: Called with a `RetryEvent` before each wait for another attempt.
        on_stream_end: Called with a `StreamEndEvent` at the end of each stream of a completion.
        on_call_end: Called with a `CallEndEvent` at the end of each call, with what it was charged. A stream ends with
            its reading.
        telemetry: Follows each call; `aurous.otel.OpenTelemetry()` makes spans of them.
        ledger: Gets a row for each call that costs something; see `Ledger`.
        budget: Refuses calls that would cost more than is left of it; see `Budget`.
        tags: What the rows of the ledger are to say besides, such as `{"feature": "faq"}`. They are not sent. Those
            given to `with_options` are added to those of the client.
        transport: An httpx transport to use instead, or a function that makes one; a function is safe to use across
            forks.
        proxy: URL of an HTTP proxy, or `"direct"` for none; by default `HTTPS_PROXY` and `NO_PROXY` of the environment.
        ssl_context: Which certificates to trust; by default those of certifi, or `SSL_CERT_FILE`.
        allow_insecure_http: Allow `http://` beyond this machine; the key is then sent unencrypted.
        clock: Where time, sleep and randomness come from; tests give their own.

    Raises:
        ConfigurationError: No key, or an option that cannot be.

    Example:
        >>> client = Aurous()
        >>> client.chat.completions.retrieve("cmp_01HXMQ7Z3K8Y2COMPLETED").status
        <CompletionStatus.COMPLETED: 'completed'>
    """

    __slots__ = ()

    def __init__(self, api_key: str | None = None, **options: Unpack[ClientOptions]) -> None:
        given = seal({"api_key": api_key, **options})
        del api_key
        config = configure(given)
        self._start(SyncCaller(config, ProcessPools(config), ClientState(config)))

    def with_options(self, *, api_key: str | None = None, **options: Unpack[ClientOptions]) -> Aurous:
        """A client with some options replaced; it shares connections and retry budget unless they say otherwise."""
        given = seal({"api_key": api_key, **options})
        del api_key
        other = object.__new__(type(self))
        other._start(self._changed(given, ProcessPools))
        return other

    def close(self) -> None:
        """Close the connections of this process and its open streams, also for the clients that share them.

        Calls under way in other threads end first. A later call makes new connections.
        """
        self._caller.pools.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _loop_pools(config: Config) -> Any:
    from aurous._http.loop_pools import LoopPools  # noqa: PLC0415  # it imports asyncio

    return LoopPools(config)


class AsyncAurous(BaseClient["AsyncBulk"], AsyncResources):
    """The asynchronous client of the Aurous Labs API, for asyncio. It takes the options of `Aurous`.

    Its connections belong to the running event loop: a second `asyncio.run()` makes its own.

    Example:
        >>> async with AsyncAurous() as client:
        ...     completion = await client.chat.completions.retrieve("cmp_01HXMQ7Z3K8Y2COMPLETED")
    """

    __slots__ = ()

    def __init__(self, api_key: str | None = None, **options: Unpack[AsyncClientOptions]) -> None:
        given = seal({"api_key": api_key, **options})
        del api_key
        config = configure(given)
        self._start(AsyncCaller(config, _loop_pools(config), ClientState(config, asynchronous=True)))

    def with_options(self, *, api_key: str | None = None, **options: Unpack[AsyncClientOptions]) -> AsyncAurous:
        """A client with some options replaced; it shares connections and retry budget unless they say otherwise."""
        given = seal({"api_key": api_key, **options})
        del api_key
        other = object.__new__(type(self))
        other._start(self._changed(given, _loop_pools))
        return other

    async def close(self) -> None:
        """Close the connections of the running event loop and its open streams. A later call makes new connections."""
        await self._caller.pools.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()
