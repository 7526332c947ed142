"""What is recorded: every documented outcome of `retrieve` and `wait`, one cassette each.

scripts/record.py makes the cassettes from the tables, and test_recordings.py plays each of them to both clients.
`EMULATED` is recorded from the emulator and says how to get it to answer so; `LIVE` is recorded from the API itself, by
whoever has a key.
"""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from aurous import (
    APIResponseError,
    AsyncAurous,
    Aurous,
    AurousError,
    AuthenticationError,
    BadRequestError,
    ChatCompletion,
    Clock,
    ConflictError,
    GoneError,
    InsufficientCreditsError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    UnprocessableEntityError,
    WaitTimeoutError,
)
from aurous.emulator import MAIN_KEY, NO_SCOPE_KEY, REVOKED_KEY
from cassettes import LIBRARY, playing

if TYPE_CHECKING:
    from aurous.emulator import Emulator

START: Final = 1_780_315_200.0
"""Seconds since the epoch at which every recording begins: 1 June 2026, noon, UTC."""

UNKNOWN_KEY: Final = "al_live_" + "9" * 64
UNKNOWN_ID: Final = "cmp_01HXMQ7Z3K8Y2NOWHERE"
_COMPLETED: Final = "cmp_01HXMQ7Z3K8Y2COMPLETED"
_SOON_COMPLETED: Final = "cmp_01HXMQ7Z3K8Y2SOONCOMPLETED"
_VERSION: Final = "2026-05-15"
_SUNSET: Final = "Tue, 04 Aug 2026 00:00:00 GMT"


class StillClock(Clock):
    """Time that passes only where somebody sleeps, and chance that never varies."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def monotonic(self) -> float:
        """Seconds slept so far."""
        return sum(self.slept)

    def time(self) -> float:
        """Seconds since the epoch."""
        return START + self.monotonic()

    def random(self) -> float:
        """The middle of every spread."""
        return 0.5

    def sleep(self, seconds: float) -> None:
        """Let time pass at once."""
        self.slept.append(seconds)

    async def sleep_async(self, seconds: float) -> None:
        """Let time pass at once."""
        self.sleep(seconds)


@dataclass(frozen=True)
class Recording:
    """One conversation: what is called, how it ends, and what makes the emulator answer so."""

    name: str
    """`subject/outcome`, and so the path of the cassette."""
    shows: str
    ends: type[ChatCompletion] | type[Exception] = ChatCompletion
    """What the call comes to."""
    id: str | None = _COMPLETED
    """The completion that is asked for; None for one that is given when it is recorded."""
    method: Literal["retrieve", "wait"] = "retrieve"
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Of the call, beside the id."""
    key: str | None = MAIN_KEY
    """The key that is sent; None for the one of the environment."""
    prepare: Callable[["Emulator"], object] | None = None
    """Done to the emulator first."""
    meanwhile: Callable[["Emulator"], object] | None = None
    """Done to the emulator after the first poll of a wait."""
    deviates: str | None = None
    """Why the answer leaves the contract, where it does."""


def failing(**fault: Any) -> Callable[["Emulator"], object]:
    """Let the emulator answer so; see `Emulator.fail`."""
    return lambda emulator: emulator.fail(**fault)


def _error(status: int, code: str, ends: type[Exception], shows: str, **planned: Any) -> Recording:
    """A call that ends with the first error. The emulator has no reason of its own for it and is told to give it."""
    return Recording(
        f"errors/{code}",
        f"{status}: {shows}",
        ends,
        arguments={"max_retries": 0},
        prepare=failing(code=code, status=status, **planned),
    )


def _retried(
    name: str, shows: str, ends: type[ChatCompletion] | type[Exception] = ChatCompletion, **planned: Any
) -> Recording:
    return Recording(f"retries/{name}", shows, ends, prepare=failing(**planned))


def _drift(
    kind: str, shows: str, *, deviates: str | None, ends: type[ChatCompletion] | type[Exception] = ChatCompletion
) -> Recording:
    return Recording(f"drift/{kind}", shows, ends, id=f"cmp_drift_{kind}", deviates=deviates)


_RETRIEVED: Final = (
    Recording("retrieve/completed", "a finished answer with its receipt"),
    Recording(
        "retrieve/tool_calls",
        "a tool call after reasoning, and what the reasoning cost",
        id="cmp_01HXMQ7Z3K8Y2TOOLCALLS",
    ),
    Recording("retrieve/in_progress", "an answer that is still being written", id="cmp_01HXMQ7Z3K8Y2INPROGRESS"),
    Recording("retrieve/failed", "a completion that failed, and why", id="cmp_01HXMQ7Z3K8Y2FAILED"),
    Recording(
        "retrieve/cancelled", "a completion that was cancelled, charged by tokens", id="cmp_01HXMQ7Z3K8Y2CANCELLED"
    ),
    Recording("retrieve/version_pinned", "the version asked for, echoed", arguments={"api_version": _VERSION}),
    Recording(
        "retrieve/deprecated",
        "a route that is announced to go away",
        prepare=lambda emulator: emulator.deprecate("route", sunset=_SUNSET),
    ),
)

_DRIFTED: Final = (
    Recording(
        "drift/vendor_sample",
        "the vendor's own sample body, to the letter",
        id="cmp_01HXMQ7Z3K8Y2ABCDEFGHJKM",
        deviates="the vendor's documentation generator drops enums without an example, and shows {} for null or text",
    ),
    _drift(
        "unknown_status",
        "a status that nobody documents",
        deviates="a status may be added before the contract knows it",
    ),
    _drift(
        "leaked_status",
        "an internal status that the vendor's prose names",
        deviates="internal states may leak (cancelled_*)",
    ),
    _drift(
        "unknown_field",
        "a field that the contract does not know",
        deviates="fields may be added before the contract knows them",
    ),
    _drift("missing_field", "a required field that is missing", deviates="the vendor's samples lack required enums"),
    _drift(
        "null_field",
        "a null where none is documented",
        deviates="nullable fields are not told apart in the documentation",
    ),
    _drift(
        "wrong_type",
        "an object where text is documented",
        deviates="the vendor's samples show {} for a nullable string",
    ),
    _drift("wrong_id", "the answer to another question", deviates=None, ends=APIResponseError),
)

_WAITED: Final = (
    Recording("wait/completed", "in progress, then completed", id=_SOON_COMPLETED, method="wait"),
    Recording("wait/failed", "in progress, then failed", id="cmp_01HXMQ7Z3K8Y2SOONFAILED", method="wait"),
    Recording("wait/cancelled", "in progress, then cancelled", id="cmp_01HXMQ7Z3K8Y2SOONCANCELLED", method="wait"),
    Recording(
        "wait/timed_out",
        "in progress for longer than anybody waits",
        WaitTimeoutError,
        id="cmp_01HXMQ7Z3K8Y2INPROGRESS",
        method="wait",
        arguments={"timeout": 5},
    ),
    Recording("wait/not_found", "nothing to wait for", NotFoundError, id=UNKNOWN_ID, method="wait"),
    Recording(
        "wait/outage",
        "an outage in the middle of a wait, longer than the retries of a poll",
        id=_SOON_COMPLETED,
        method="wait",
        meanwhile=failing(status=503, times=4),
    ),
)

_REFUSED: Final = (
    _error(401, "missing_api_key", AuthenticationError, "no key"),
    Recording("errors/invalid_api_key", "401: a key that does not exist", AuthenticationError, key=UNKNOWN_KEY),
    Recording("errors/revoked_api_key", "401: a key that was revoked", AuthenticationError, key=REVOKED_KEY),
    _error(402, "balance_too_low", InsufficientCreditsError, "credits that do not cover the cost"),
    Recording("errors/missing_scope", "403: a key that may not read", PermissionDeniedError, key=NO_SCOPE_KEY),
    Recording("errors/resource_not_found", "404: an id that does not exist", NotFoundError, id=UNKNOWN_ID),
    Recording("errors/other_team", "404: a completion of another team", NotFoundError, id="cmp_01HXMQ7Z3K8Y2OTHERTEAM"),
    _error(404, "forbidden_resource", NotFoundError, "a completion of another team, by the code that says so"),
    Recording(
        "errors/unknown_version",
        "400: a version that does not exist",
        BadRequestError,
        arguments={"api_version": "2020-01-01"},
    ),
    _error(400, "invalid_format", BadRequestError, "a parameter of the wrong form, named", param="id"),
    _error(409, "idempotency_key_in_use", ConflictError, "a request with the same key is still running"),
    _error(410, "output_expired", GoneError, "past its retention"),
    _error(422, "output_not_available", UnprocessableEntityError, "understood, but it cannot be done"),
    _error(429, "too_many_requests", RateLimitError, "too many requests a minute", retry_after=2),
    _error(429, "tpm_rate_limit_exceeded", RateLimitError, "too many tokens a minute", retry_after=2),
    _error(429, "concurrency_limit_exceeded", RateLimitError, "too much at the same time", retry_after=2),
    _error(500, "internal_error", ServerError, "something broke"),
    _error(500, "chat_provider_auth_failed", ServerError, "the provider refused the platform's own credential"),
    _error(500, "chat_provider_request_invalid", ServerError, "the provider refused the platform's request"),
    _error(502, "chat_provider_unavailable", ServerError, "the provider failed"),
    _error(
        502, "chat_provider_unknown_error", ServerError, "the provider failed in a way that the platform does not know"
    ),
    _error(503, "provider_unavailable", ServerError, "the provider is not there"),
    _error(504, "provider_timeout", ServerError, "the provider was too slow"),
)

_RETRIED: Final = (
    _retried("rate_limited", "429 with Retry-After, then the answer", status=429, retry_after=2),
    _retried(
        "rate_limited_throughout",
        "429 until the retries are used up",
        RateLimitError,
        status=429,
        retry_after=2,
        times=3,
    ),
    _retried(
        "rate_limited_too_long", "429 with a wait that no call makes", RateLimitError, status=429, retry_after=3600
    ),
    _retried("internal_error", "500, then the answer", status=500),
    _retried("bad_gateway", "502, then the answer", status=502),
    _retried("unavailable", "503 twice, then the answer", status=503, times=2),
    _retried("gateway_timeout", "504, then the answer", status=504),
    _retried("unavailable_throughout", "503 until the retries are used up", ServerError, status=503, times=3),
    _retried("conflict", "409 while the first request with a key runs, then the answer", code="idempotency_key_in_use"),
)

EMULATED: Final[Mapping[str, Recording]] = {
    each.name: each for each in (*_RETRIEVED, *_DRIFTED, *_WAITED, *_REFUSED, *_RETRIED)
}
"""What is recorded from the emulator, by name."""

LIVE: Final[Mapping[str, Recording]] = {
    each.name: each
    for each in (
        Recording("live/retrieved", "the completion that was given", id=None, key=None),
        Recording("live/waited", "the completion that was given, until its end", id=None, key=None, method="wait"),
        Recording(
            "live/version_pinned",
            "the same, by a pinned version",
            id=None,
            key=None,
            arguments={"api_version": _VERSION},
        ),
        Recording(
            "live/unknown_version",
            "a version that does not exist",
            BadRequestError,
            None,
            key=None,
            arguments={"api_version": "2020-01-01"},
        ),
        Recording("live/unknown_id", "an id that does not exist", NotFoundError, id=UNKNOWN_ID, key=None),
        Recording(
            "live/invalid_api_key", "a key that does not exist", AuthenticationError, id=UNKNOWN_ID, key=UNKNOWN_KEY
        ),
    )
}
"""What is recorded from the API itself, by name."""


# --- Making the call ---

Mode = Literal["sync", "async"]
MODES: Final[tuple[Mode, ...]] = ("sync", "async")

_TRUST: Final = ssl.create_default_context()
"""Read once: for each client anew, the certificates of all authorities would take most of the time."""


@dataclass(frozen=True)
class Played:
    """What came of playing a cassette."""

    outcome: Any
    slept: tuple[float, ...]
    polled: tuple[str, ...]
    left_over: int
    """Answers that nobody asked for."""


def play(mode: Mode, each: Recording, path: Path, *, id: str | None = None, **options: Any) -> Played:
    """Play a cassette to a client, in no time and with the network closed."""
    clock, polled = StillClock(), list[str]()
    if each.method == "wait":
        heard = {"on_poll": lambda completion: polled.append(str(completion.status))}
        each = replace(each, arguments={**each.arguments, **heard})
    with playing(path) as cassette:
        outcome = call(mode, replace(each, id=each.id or id), clock=clock, ssl_context=_TRUST, **options)
    return Played(outcome, tuple(clock.slept), tuple(polled), len(cassette) - cassette.play_count)


def call(mode: Mode, each: Recording, **options: Any) -> Any:
    """Make the call of a recording with a client of either kind; gives the result or the error."""
    configured = {"api_key": each.key or MAIN_KEY, **options}

    async def in_loop() -> Any:
        async with AsyncAurous(**configured) as client:
            return await getattr(client.chat.completions, each.method)(each.id, **each.arguments)

    def in_thread() -> Any:
        with Aurous(**configured) as client:
            return getattr(client.chat.completions, each.method)(each.id, **each.arguments)

    try:
        return in_thread() if mode == "sync" else asyncio.run(in_loop())
    except AurousError as error:
        return error


def cassette_of(name: str) -> Path:
    """The cassette of a recording."""
    return LIBRARY / f"{name}.yaml"
