"""What a client is configured with: arguments, environment, defaults; checked once, then frozen."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import partial
from ssl import SSLContext
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from attrs import define, evolve, field, fields

from aurous import _check
from aurous._clock import Clock
from aurous._errors import ConfigurationError
from aurous._retries import RetryBudget, RetryPolicy, standard_policy
from aurous._secret import Secret
from aurous._text import masked
from aurous_api.loading import load

if TYPE_CHECKING:
    from aurous import Budget, Ledger
    from aurous._events import OnCallEnd, OnDrift, OnPace, OnRequest, OnResponse, OnRetry, OnStreamEnd, Telemetry
    from aurous._pacer import Pacer

API_KEY: Final = "AUROUS_API_KEY"
BASE_URL: Final = "AUROUS_BASE_URL"
API_VERSION: Final = "AUROUS_API_VERSION"

_OF_ONE_CALL: Final = {"idempotency-key": "each call has its own, which it takes as idempotency_key="}
_OF_OPENAI: Final = {
    "http_client": "pass an httpx transport as transport=, or proxy= and ssl_context=",
    "default_query": "pass extra_query= with each call",
    "organization": "leave it out, as a key belongs to one team",
    "project": "leave it out, as a key belongs to one team",
    "webhook_secret": "leave it out, as webhooks are not verified here yet",
    "websocket_base_url": "leave it out, as nothing here uses WebSockets",
    "_strict_response_validation": 'pass on_drift="raise"',
}
"""What to do about the options of the OpenAI SDK that are no options here."""
_FUNCTIONS: Final = (
    "retry_policy",
    "on_request",
    "on_response",
    "on_retry",
    "on_stream_end",
    "on_call_end",
    "on_pace",
    "telemetry",
)

LEARNED: Final = "learned"
"""The pacer that learns the limits from the responses."""

new_clock: Callable[[], Clock] = Clock
"""Makes the clock of a client that is given none. The pytest plugin puts its own in its place."""

DEFAULT_BASE_URL: Final = "https://api.aurous-labs.com"


@define(frozen=True)
class Timeout:
    """The time that a call may take, in seconds."""

    total: float = 60.0
    """Deadline of the whole call: every attempt, every wait in between, headers and body."""
    connect: float = 5.0
    """Longest time for making one connection, TLS included."""
    read: float = 30.0
    """Longest silence of the server within one attempt."""

    def __attrs_post_init__(self) -> None:
        for name in ("total", "connect", "read"):
            object.__setattr__(self, name, _check.seconds(getattr(self, name), source=f"timeout ({name})"))

    @classmethod
    def of(cls, value: float | Timeout) -> Timeout:
        """A number stands for the deadline of the whole call."""
        return value if isinstance(value, Timeout) else cls(total=_check.seconds(value, source="timeout"))


STANDARD_TIMEOUT: Final = Timeout()
"""The timeout of a client that was given none: for what takes longer by its nature, another one holds then."""


@define(frozen=True, kw_only=True)
class Config:
    """The whole configuration of a client."""

    api_key: Secret
    key_from_environment: bool
    base_url: str
    api_version: str | None = None
    timeout: Timeout = STANDARD_TIMEOUT
    max_retries: int = 2
    retry_policy: RetryPolicy = standard_policy
    retry_budget: RetryBudget = field(factory=RetryBudget)
    on_drift: OnDrift = "warn"
    max_response_bytes: int = 64 * 1024 * 1024
    default_headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    on_request: OnRequest | None = None
    on_response: OnResponse | None = None
    on_retry: OnRetry | None = None
    on_stream_end: OnStreamEnd | None = None
    on_call_end: OnCallEnd | None = None
    on_pace: OnPace | None = None
    telemetry: Telemetry | None = None
    ledger: Ledger | None = None
    budget: Budget | None = None
    tags: tuple[tuple[str, str], ...] = ()
    max_connections: int = 100
    pacer: Pacer | Literal["learned"] | None = LEARNED
    transport: Any = None
    proxy: str | None = field(default=None, repr=False)
    ssl_context: SSLContext | None = None
    allow_insecure_http: bool = False
    clock: Clock = field(factory=Clock)

    @property
    def host(self) -> str:
        """Host and port of the API, as the header `Host` has them."""
        return self.base_url.split("/", 3)[2]

    def changed(self, options: Mapping[str, Any]) -> Config:
        """A configuration with some options replaced; None leaves one as it is."""
        _refuse_unknown(options)
        given = without_defaults(options)
        if "allow_insecure_http" in given:
            given.setdefault("base_url", self.base_url)  # it may not be allowed any more
        if "api_key" in given:
            _refuse_unusable(given["api_key"], "api_key")
            given["key_from_environment"] = False
        if "tags" in given:
            given["tags"] = {**dict(self.tags), **_check.mapping(given["tags"], source="tags")}
        return evolve(self, **_checked(given, allow_http=given.get("allow_insecure_http", self.allow_insecure_http)))

    def as_options(self) -> dict[str, Any]:
        """The options that make this configuration, but for the key."""
        options = {attribute.name: getattr(self, attribute.name) for attribute in fields(Config)}
        pairs = {"default_headers": dict(self.default_headers), "tags": dict(self.tags)}
        return {**options, **pairs, "api_key": None, "key_from_environment": None}

    def shares_state_with(self, other: Config) -> bool:
        """Whether retry budget, pace and rate limits are the same: those of one team, under one budget."""
        return all(getattr(self, name) == getattr(other, name) for name in _STATE)

    def shares_connections_with(self, other: Config) -> bool:
        """Whether a connection made under one may serve the other."""
        return all(getattr(self, name) == getattr(other, name) for name in _CONNECTION)


_STATE: Final = ("api_key", "base_url", "retry_budget", "pacer", "clock")
_CONNECTION: Final = ("base_url", "transport", "proxy", "ssl_context", "max_connections", "clock")


def configure(options: Mapping[str, Any]) -> Config:
    """The configuration of a new client: arguments go before the environment, the environment before defaults.

    Raises:
        ConfigurationError: Something is missing, wrong or unknown; the message names it, and where it came from.
    """
    _refuse_unknown(options)
    given = without_defaults(options)
    allow_http = given.get("allow_insecure_http", False)
    from_environment = "api_key" not in given
    if from_environment:
        if API_KEY not in os.environ:
            raise ConfigurationError(f"no API key: pass api_key= or set {API_KEY} in the environment")
        given["api_key"] = _check.api_key(os.environ[API_KEY])
    _refuse_unusable(given["api_key"], API_KEY if from_environment else "api_key")
    for name, variable in (("base_url", BASE_URL), ("api_version", API_VERSION)):
        if name not in given and os.environ.get(variable):
            given[name] = _from_environment(name, variable, allow_http=allow_http)
    checked = _checked({"base_url": DEFAULT_BASE_URL, "clock": new_clock(), **given}, allow_http=allow_http)
    return Config(key_from_environment=from_environment, **checked)


def without_defaults(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that are given; None gives none, except for the pacer, which it switches off."""
    return {name: value for name, value in options.items() if value is not None or name == "pacer"}


def seal(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options with the key wrapped: done first, so that no frame in which an error may be raised holds it bare."""
    key = options.get("api_key")
    return dict(options) if key is None else {**options, "api_key": _check.api_key(key)}


def _refuse_unusable(key: Secret, source: str) -> None:
    if key.problem is not None:
        raise _check.refusal(source, key.problem)


def _refuse_unknown(options: Mapping[str, Any]) -> None:
    known = {attribute.name for attribute in fields(Config)} - {"key_from_environment"}
    for name in options:
        if name not in known:
            close = get_close_matches(name, known, 1)
            advice = f": {_OF_OPENAI[name]}" if name in _OF_OPENAI else f"; did you mean {close[0]}?" if close else ""
            raise ConfigurationError(f"there is no option {_check.excerpt(name)}{advice}", param=masked(name))


def _from_environment(name: str, variable: str, *, allow_http: bool) -> str:
    value = os.environ[variable]
    if name == "base_url":
        return _check.base_url(value, allow_http=allow_http, source=variable)
    return _check.api_version(value, source=variable)


def _checked(given: dict[str, Any], *, allow_http: bool) -> dict[str, Any]:
    checks: dict[str, Callable[[Any], Any]] = {
        "base_url": lambda value: _check.base_url(value, allow_http=allow_http),
        "api_version": _check.api_version,
        "timeout": Timeout.of,
        "max_retries": lambda value: _check.count(value, source="max_retries"),
        "max_response_bytes": lambda value: _check.count(value, source="max_response_bytes", least=1),
        "max_connections": lambda value: _check.count(value, source="max_connections", least=1),
        "default_headers": lambda value: _check.headers(value, source="default_headers", own=_OF_ONE_CALL),
        "retry_budget": lambda value: _check.instance(value, RetryBudget, source="retry_budget"),
        "clock": lambda value: _check.instance(value, Clock, source="clock"),
        "ssl_context": lambda value: _check.instance(value, SSLContext, source="ssl_context"),
        "allow_insecure_http": lambda value: _check.instance(value, bool, source="allow_insecure_http"),
        **{name: partial(_check.function, source=name) for name in _FUNCTIONS},
        "on_drift": _on_drift,
        "ledger": lambda value: _check.instance(value, load("aurous.money.ledger", "Ledger"), source="ledger"),
        "budget": lambda value: _check.instance(value, load("aurous.money.budget", "Budget"), source="budget"),
        "tags": _check.tags,
        "pacer": _pacer,
        "proxy": _proxy,
    }
    return {name: checks[name](value) if name in checks else value for name, value in given.items()}


def _on_drift(value: object) -> OnDrift:
    if value in ("ignore", "warn", "raise"):
        return cast("OnDrift", value)
    if callable(value):
        return cast("OnDrift", _check.function(value, source="on_drift"))
    raise _check.refusal("on_drift", f'{_check.excerpt(value)} is neither "ignore", "warn" or "raise" nor a function')


def _pacer(value: object) -> object:
    if value is None or value == LEARNED:
        return value
    if isinstance(value, type):
        raise _check.refusal("pacer", f"is the class {value.__name__}; pass an instance of it")
    if callable(getattr(value, "acquire", None)):
        return value
    raise _check.refusal(
        "pacer", f'{_check.excerpt(value)} is neither "learned" nor None, and has no method acquire(need, timeout)'
    )


def _proxy(value: object) -> str:
    if value != "direct":
        _check.proxy_url(value, source="proxy")
    return cast("str", value)
