"""What is recorded, one cassette each.

`DOCUMENTED` is what the contract shows of each operation (documented.py), `SPECIAL` what takes several responses or a
reason of its own: waits, retries, drift, keys and versions, cancels that meet a completion which has ended, structured
output, tools, streams. Where both have the same name, the special one goes. `LIVE` is recorded from the API itself, by
whoever has a key.

scripts/record.py makes the cassettes from the tables, and test_recordings.py plays each of them to both clients.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from aurous import tool
from aurous.emulator import NO_SCOPE_KEY, REVOKED_KEY, Emulator, Reply, Streaming
from cassettes import contract
from conversations import GIVEN_ID, Recording
from documented import IDEMPOTENCY_KEY, documented

UNKNOWN_KEY: Final = "al_live_" + "9" * 64
UNKNOWN_ID: Final = "cmp_01HXMQ7Z3K8Y2NOWHERE"
COMPLETED: Final = "cmp_01HXMQ7Z3K8Y2COMPLETED"
_IN_PROGRESS: Final = "cmp_01HXMQ7Z3K8Y2INPROGRESS"
_SOON_COMPLETED: Final = "cmp_01HXMQ7Z3K8Y2SOONCOMPLETED"
_OTHER_TEAMS: Final = "cmp_01HXMQ7Z3K8Y2OTHERTEAM"
_VERSION: Final = "2026-05-15"
_SUNSET: Final = "Tue, 04 Aug 2026 00:00:00 GMT"

_RETRIEVE: Final = "chat.completions.retrieve"
_CANCEL: Final = "chat.completions.cancel"
_WAIT: Final = "chat.completions.wait"
_PARSE: Final = "chat.completions.parse"
_RUN: Final = "chat.completions.run"
_STREAM: Final = "chat.completions.stream"

_ASKED: Final = {"model": "aurous-grow-2.0-pro", "messages": "What is the capital of Japan?"}
_ANSWER: Final = "The capital of Japan is Tokyo."
_PIECE: Final = 12
"""Letters of a piece of a stream."""


@dataclass
class City:
    """A city and its country."""

    city: str
    country: str


@tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"Rain in {city}."


@tool
def get_time(city: str) -> str:
    """The local time in a city."""
    return f"Noon in {city}."


def _retrieving(name: str, shows: str, ends: str = "ChatCompletion", *, id: str = COMPLETED, **more: Any) -> Recording:
    return Recording(name, shows, _RETRIEVE, (id,), ends=ends, **more)


def _waiting(name: str, shows: str, ends: str = "ChatCompletion", *, id: str, **more: Any) -> Recording:
    return Recording(f"wait/{name}", shows, _WAIT, (id,), ends=ends, **more)


def _cancelling(name: str, shows: str, ends: str = "ChatCompletion", *, id: str, **more: Any) -> Recording:
    return Recording(name, shows, _CANCEL, (id,), ends=ends, **more)


def _parsing(name: str, shows: str, ends: str, answer: str) -> Recording:
    return Recording(f"parse/{name}", shows, _PARSE, (City,), _ASKED, ends, prepare=_answering(answer))


def _streaming(name: str, shows: str, ends: str = "ChatCompletion", **more: Any) -> Recording:
    given = {"keywords": _ASKED, "prepare": _answering(_ANSWER), **more}
    return Recording(f"stream/{name}", shows, _STREAM, ends=ends, **given)


def _answering(*replies: Any, **planned: Any) -> Callable[[Emulator], object]:
    """Let the model answer so; see `Emulator.answers` and `Streaming`."""
    streaming = Streaming(chunk_size=_PIECE, **planned)
    return lambda emulator: emulator.answers(*replies, streaming=streaming)


def _cancelled_midway(emulator: Emulator) -> None:
    """Let the completion be cancelled behind its first piece, as by a request from elsewhere.

    None could be made while this one is recorded: vcrpy hands over no piece of a response before it has all of it.
    """

    class Cancelled(Streaming):
        def deltas(self, reply: Reply) -> Iterator[dict[str, Any]]:
            deltas = super().deltas(reply)
            yield next(deltas)
            with emulator.lock:
                for running in [each.running for each in emulator.completions.values() if each.running]:
                    running.cancel()
            yield from deltas

    emulator.answers(_ANSWER, streaming=Cancelled(chunk_size=_PIECE))


def failing(**fault: Any) -> Callable[[Emulator], object]:
    """Let the emulator respond so; see `Emulator.fail`."""
    return lambda emulator: emulator.fail(**fault)


def _error(status: int, code: str, ends: str, shows: str, **planned: Any) -> Recording:
    """A call that ends with the first error. The emulator has no reason of its own for it and is told to give it."""
    prepare = failing(code=code, status=status, **planned)
    return _retrieving(f"errors/{code}", f"{status}: {shows}", ends, keywords={"max_retries": 0}, prepare=prepare)


def _retried(name: str, shows: str, ends: str = "ChatCompletion", **planned: Any) -> Recording:
    return _retrieving(f"retries/{name}", shows, ends, prepare=failing(**planned))


def _drift(kind: str, shows: str, *, deviates: str | None, ends: str = "ChatCompletion") -> Recording:
    return _retrieving(f"drift/{kind}", shows, ends, id=f"cmp_drift_{kind}", deviates=deviates)


_GENERAL: Final = (
    _retrieving("retrieve/version_pinned", "the version asked for, echoed", keywords={"api_version": _VERSION}),
    _retrieving(
        "retrieve/deprecated",
        "a route that is announced to go away",
        prepare=lambda emulator: emulator.deprecate("route", sunset=_SUNSET),
    ),
)

_DRIFTED: Final = (
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
    _drift("wrong_id", "the answer to another question", deviates=None, ends="APIResponseError"),
)

_WAITED: Final = (
    _waiting("completed", "in progress, then completed", id=_SOON_COMPLETED),
    _waiting("failed", "in progress, then failed", id="cmp_01HXMQ7Z3K8Y2SOONFAILED"),
    _waiting("cancelled", "in progress, then cancelled", id="cmp_01HXMQ7Z3K8Y2SOONCANCELLED"),
    _waiting(
        "timed_out",
        "in progress for longer than anybody waits",
        "WaitTimeoutError",
        id=_IN_PROGRESS,
        keywords={"timeout": 5},
    ),
    _waiting("not_found", "nothing to wait for", "NotFoundError", id=UNKNOWN_ID),
    _waiting(
        "outage",
        "an outage in the middle of a wait, longer than the retries of a poll",
        id=_SOON_COMPLETED,
        meanwhile=failing(status=503, times=4),
    ),
)

_CANCELLED: Final = (
    _cancelling("cancel/in_progress", "a completion that is cancelled while it is in progress", id=_IN_PROGRESS),
    _cancelling(
        "cancel/not_cancellable",
        "409: a completion in progress that cannot be cancelled",
        "ConflictError",
        id="cmp_01HXMQ7Z3K8Y2NOTCANCELLABLE",
    ),
    _cancelling("cancel/other_team", "404: a completion of another team", "NotFoundError", id=_OTHER_TEAMS),
    _cancelling(
        "chat/completions/cancel/chat_cancel_target_already_terminal",
        "409: it has already ended, and is then what it ended as",
        id=COMPLETED,
    ),
)

_REFUSED: Final = (
    _retrieving("errors/invalid_api_key", "401: a key that does not exist", "AuthenticationError", key=UNKNOWN_KEY),
    _retrieving("errors/revoked_api_key", "401: a key that was revoked", "AuthenticationError", key=REVOKED_KEY),
    _retrieving("errors/missing_scope", "403: a key that may not read", "PermissionDeniedError", key=NO_SCOPE_KEY),
    _retrieving("errors/resource_not_found", "404: an id that does not exist", "NotFoundError", id=UNKNOWN_ID),
    _retrieving("errors/other_team", "404: a completion of another team", "NotFoundError", id=_OTHER_TEAMS),
    _retrieving(
        "errors/unknown_version",
        "400: a version that does not exist",
        "BadRequestError",
        keywords={"api_version": "2020-01-01"},
    ),
    _error(500, "chat_provider_auth_failed", "ServerError", "the provider refused the platform's own credential"),
    _error(500, "chat_provider_request_invalid", "ServerError", "the provider refused the platform's request"),
    _error(502, "chat_provider_unavailable", "ServerError", "the provider failed"),
    _error(
        502,
        "chat_provider_unknown_error",
        "ServerError",
        "the provider failed in a way that the platform does not know",
    ),
    _error(503, "provider_unavailable", "ServerError", "the provider is not there"),
)

_RETRIED: Final = (
    _retried("rate_limited", "429 with Retry-After, then the answer", status=429, retry_after=2),
    _retried(
        "rate_limited_throughout",
        "429 until the retries are used up",
        "RateLimitError",
        status=429,
        retry_after=2,
        times=3,
    ),
    _retried(
        "rate_limited_too_long", "429 with a wait that no call makes", "RateLimitError", status=429, retry_after=3600
    ),
    _retried("internal_error", "500, then the answer", status=500),
    _retried("bad_gateway", "502, then the answer", status=502),
    _retried("unavailable", "503 twice, then the answer", status=503, times=2),
    _retried("gateway_timeout", "504, then the answer", status=504),
    _retried("unavailable_throughout", "503 until the retries are used up", "ServerError", status=503, times=3),
)

_ASKED_WITH_TOOLS: Final = {**_ASKED, "messages": "What is it like in Tokyo?", "tools": [get_weather, get_time]}
_TOOL_CALLS: Final = (
    {"name": "get_weather", "arguments": {"city": "Tokyo"}},
    {"name": "get_time", "arguments": {"city": "Tokyo"}},
)

_PARSED: Final = (
    _parsing("value", "the JSON that was asked for", "Parsed", '{"city": "Tokyo", "country": "Japan"}'),
    _parsing("misfit", "JSON of another shape", "OutputError", '{"city": "Tokyo"}'),
)

_RUN_TOOLS: Final = (
    Recording(
        "run/two_rounds",
        "two tools are called at once, then comes the answer",
        _RUN,
        keywords=_ASKED_WITH_TOOLS,
        ends="Run",
        prepare=_answering(_TOOL_CALLS, "It rains in Tokyo, at noon."),
    ),
)

_STREAMED: Final = (
    _streaming("whole", "a whole answer"),
    _streaming(
        "tool_calls",
        "two tool calls, in pieces",
        keywords=_ASKED_WITH_TOOLS,
        prepare=_answering(_TOOL_CALLS),
    ),
    _streaming(
        "no_done",
        "a whole answer without the [DONE] behind it",
        prepare=_answering(_ANSWER, end="no_done"),
        deviates="a proxy may swallow what comes last",
    ),
    _streaming(
        "cut",
        "the body ends in the middle of the answer",
        "StreamInterruptedError",
        prepare=_answering(_ANSWER, end="no_done", end_after=2),
        deviates="a proxy may end the body where its own connection broke",
    ),
    _streaming(
        "error",
        "an error in the middle of the answer",
        "ServerError",
        prepare=_answering(_ANSWER, end="error", end_after=2),
        deviates="how an error within a stream comes is not documented",
    ),
    _streaming("cancelled", "the completion is cancelled in the middle", prepare=_cancelled_midway),
    _streaming(
        "warned",
        "a warning before the answer: an idempotency key is ignored",
        keywords={**_ASKED, "extra_headers": {"Idempotency-Key": IDEMPOTENCY_KEY}},
        deviates="what the frame of the warning holds is not documented",
    ),
    _streaming(
        "json",
        "one JSON body in place of the stream",
        prepare=lambda emulator: emulator.answer("chat.completions.create", "completed"),
    ),
)

SPECIAL: Final[Mapping[str, Recording]] = {
    each.name: each
    for each in (
        *(*_GENERAL, *_DRIFTED, *_WAITED, *_CANCELLED, *_REFUSED, *_RETRIED),
        *(*_PARSED, *_RUN_TOOLS, *_STREAMED),
    )
}
"""What the contract alone does not tell, by name."""

DOCUMENTED: Final[Mapping[str, Recording]] = {each.name: each for each in documented(contract())}
"""What the contract shows, by name."""

EMULATED: Final[Mapping[str, Recording]] = {**DOCUMENTED, **SPECIAL}
"""What is recorded from the emulator, by name."""

LIVE: Final[Mapping[str, Recording]] = {
    each.name: each
    for each in (
        _retrieving("live/retrieved", "the completion that was given", id=GIVEN_ID, key=None),
        Recording("live/waited", "the completion that was given, until its end", _WAIT, (GIVEN_ID,), key=None),
        _retrieving(
            "live/version_pinned",
            "the same, by a pinned version",
            id=GIVEN_ID,
            key=None,
            keywords={"api_version": _VERSION},
        ),
        _retrieving(
            "live/unknown_version",
            "a version that does not exist",
            "BadRequestError",
            id=GIVEN_ID,
            key=None,
            keywords={"api_version": "2020-01-01"},
        ),
        _retrieving("live/unknown_id", "an id that does not exist", "NotFoundError", id=UNKNOWN_ID, key=None),
        _retrieving(
            "live/invalid_api_key", "a key that does not exist", "AuthenticationError", id=UNKNOWN_ID, key=UNKNOWN_KEY
        ),
    )
}
"""What is recorded from the API itself, by name."""
