"""The clients: what is configured, and the calls that it offers."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from ssl import SSLContext
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Self, TypedDict, TypeVar, Unpack

from aurous._config import Config, Timeout, configure, seal
from aurous._engine.call import Call, CallOptions, Operation, Result
from aurous._engine.client_state import ClientState
from aurous._engine.drivers import drive, drive_async
from aurous._errors import ConfigurationError
from aurous._http.pools import LoopPools, ProcessPools
from aurous.chat.resources import AsyncChat, Chat

if TYPE_CHECKING:
    import httpx

    from aurous._clock import Clock
    from aurous._engine.drift import OnDrift
    from aurous._engine.effects import Flow
    from aurous._engine.observe import OnRequest, OnResponse, OnRetry, Telemetry
    from aurous._rate_limits import RateLimit
    from aurous._retries import RetryBudget, RetryPolicy

T = TypeVar("T")
R = TypeVar("R", bound=Result)


class _Options(TypedDict, total=False):
    """The options of a client beside its key; None, or leaving one out, means its default."""

    base_url: str | None
    api_version: str | None
    timeout: float | Timeout | None
    max_retries: int | None
    retry_policy: RetryPolicy | None
    retry_budget: RetryBudget | None
    on_drift: OnDrift | None
    max_response_bytes: int | None
    max_connections: int | None
    default_headers: Mapping[str, str] | None
    on_request: OnRequest | None
    on_response: OnResponse | None
    on_retry: OnRetry | None
    telemetry: Telemetry | None
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


class BaseClient:
    """What both clients are: a configuration that does not change, and what belongs to it."""

    __slots__ = ("_pools", "_state", "chat", "config")

    config: Config
    _state: ClientState
    _pools: Any

    def _start(self, config: Config, pools: Any, state: ClientState, chat: Any) -> None:
        for name, value in (("config", config), ("_pools", pools), ("_state", state), ("chat", chat)):
            object.__setattr__(self, name, value)

    def call(self, operation: Operation[R], options: CallOptions) -> Flow[R]:
        """The flow of one call."""
        return Call(operation, self.config, options, self._state).flow()

    @property
    def rate_limit(self) -> RateLimit:
        """The team's rate limits, as the answers to this client and those it shares connections with told them last."""
        return self._state.rate_limit

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a client does not change: make another with with_options({name}=...)")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("a client does not change")

    def __repr__(self) -> str:
        config: Config | None = getattr(self, "config", None)
        if config is None:  # it could not be made, and somebody looks at the pieces
            return f"{type(self).__name__}()"
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
        try:
            pickle.dumps(options)
        except Exception as error:  # noqa: BLE001  # whatever a function of the caller's raises
            reason = f"a client with an option that does not pickle does not either ({type(error).__name__}: {error})"
            raise ConfigurationError(f"{reason}; use functions of a module, no lambdas") from None
        return _restore, (type(self), options)


def _restore(cls: type[BaseClient], options: dict[str, Any]) -> BaseClient:
    return cls(**{name: value for name, value in options.items() if value is not None})


class Aurous(BaseClient):
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
        on_drift: What to do when an answer leaves the contract: `"ignore"`, `"warn"` (the default: one log record for
            each novelty), `"raise"`, or a function of the deviations.
        max_response_bytes: Most bytes of a body, before and after decompression (64 MiB).
        max_connections: Most connections at a time (100); further calls wait for one.
        default_headers: Headers to send with each request.
        on_request: Called with a `RequestEvent` before each attempt.
        on_response: Called with a `ResponseEvent` after each attempt.
        on_retry: Called with a `RetryEvent` before each wait for another attempt.
        telemetry: Follows each call; `aurous.otel.OpenTelemetry()` makes spans of them.
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

    chat: Chat
    """Chat: `client.chat.completions`."""

    def __init__(self, api_key: str | None = None, **options: Unpack[ClientOptions]) -> None:
        given = seal({"api_key": api_key, **options})
        del api_key
        config = configure(given)
        self._start(config, ProcessPools(config), ClientState(config.retry_budget), Chat(self))

    def with_options(self, *, api_key: str | None = None, **options: Unpack[ClientOptions]) -> Aurous:
        """A client with some options replaced; it shares connections and retry budget unless they say otherwise."""
        given = seal({"api_key": api_key, **options})
        del api_key
        config = self.config.changed(given)
        other = object.__new__(type(self))
        state = self._state if config.shares_state_with(self.config) else ClientState(config.retry_budget)
        pools = self._pools if config.shares_connections_with(self.config) else ProcessPools(config)
        other._start(config, pools, state, Chat(other))
        return other

    def run(self, flow: Flow[T]) -> T:
        """Run a flow to its end."""
        return drive(flow, self._pools, self.config.clock, self.config.api_key)

    def close(self) -> None:
        """Close the connections of this process, also for the clients that share them. A later call makes new ones."""
        self._pools.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class AsyncAurous(BaseClient):
    """The asynchronous client of the Aurous Labs API, for asyncio. It takes the options of `Aurous`.

    Its connections belong to the running event loop: a second `asyncio.run()` makes its own.

    Example:
        >>> async with AsyncAurous() as client:
        ...     completion = await client.chat.completions.retrieve("cmp_01HXMQ7Z3K8Y2COMPLETED")
    """

    __slots__ = ()

    chat: AsyncChat
    """Chat: `client.chat.completions`."""

    def __init__(self, api_key: str | None = None, **options: Unpack[AsyncClientOptions]) -> None:
        given = seal({"api_key": api_key, **options})
        del api_key
        config = configure(given)
        self._start(config, LoopPools(config), ClientState(config.retry_budget), AsyncChat(self))

    def with_options(self, *, api_key: str | None = None, **options: Unpack[AsyncClientOptions]) -> AsyncAurous:
        """A client with some options replaced; it shares connections and retry budget unless they say otherwise."""
        given = seal({"api_key": api_key, **options})
        del api_key
        config = self.config.changed(given)
        other = object.__new__(type(self))
        state = self._state if config.shares_state_with(self.config) else ClientState(config.retry_budget)
        pools = self._pools if config.shares_connections_with(self.config) else LoopPools(config)
        other._start(config, pools, state, AsyncChat(other))
        return other

    async def run(self, flow: Flow[T]) -> T:
        """Run a flow to its end."""
        return await drive_async(flow, self._pools, self.config.clock, self.config.api_key)

    async def close(self) -> None:
        """Close the connections of the running event loop. A later call makes new ones."""
        await self._pools.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()
