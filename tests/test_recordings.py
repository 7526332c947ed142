"""Every documented outcome of `retrieve` and `wait`, played to both clients from a cassette."""

import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from vcr import VCR  # type: ignore[import-untyped]
from vcr.record_mode import RecordMode  # type: ignore[import-untyped]

from aurous import (
    APIConnectionError,
    APIResponseError,
    AurousError,
    ChatCompletion,
    CompletionCancelledError,
    CompletionFailedError,
    WaitTimeoutError,
)
from aurous.emulator import Emulator
from cassettes import (
    LIBRARY,
    NetworkClosedError,
    contract,
    load,
    network_closed,
)
from openapi.contract import mapping
from recordings import EMULATED, LIVE, MODES, START, Mode, StillClock, call, cassette_of, play

BOTH = pytest.mark.parametrize("mode", MODES)


# --- What comes out, in public terms ---


@dataclass(frozen=True)
class Answer:
    """A completion, as a caller sees it."""

    status: str = "completed"
    state: str = "is_completed, is_terminal"
    text: str | None = "The capital of Japan is Tokyo."
    tool_calls: tuple[tuple[str, dict[str, Any]], ...] = ()
    credits: str | None = "0.0117"
    lines: str = "input 0.0009 for 12, output 0.0108 for 24"
    raises: tuple[type[AurousError], str | None] | None = None
    drift: tuple[str, ...] = ()
    attempts: tuple[int, ...] = (200,)


@dataclass(frozen=True)
class Refusal:
    """An error, as a caller sees it."""

    status_code: int | None
    type: str | None
    code: str | None
    advice: str
    param: str | None = None
    retry_after: float | None = None
    retryable: bool = False
    attempts: tuple[int, ...] = (0,)
    """Statuses; one 0 stands for a single attempt with the status of the error."""
    last_seen: str | None = None
    """The status that a wait saw last."""


@dataclass(frozen=True)
class Expected:
    """What a recording comes to, and what it takes."""

    outcome: Answer | Refusal
    slept: tuple[float, ...] = ()
    polled: tuple[str, ...] = ()
    """The statuses that `on_poll` got."""


IN_PROGRESS = Answer("in_progress", "is_in_progress", None, credits="0", lines="input 0 for 0, output 0 for 0")
FAILED = Answer(
    "failed",
    "is_failed, is_terminal",
    None,
    credits="0",
    lines="input 0 for 0, output 0 for 0",
    raises=(CompletionFailedError, "chat_provider_unavailable"),
)
CANCELLED = Answer(
    "cancelled",
    "is_cancelled, is_terminal",
    "The capital of Japan",
    credits="0.0167",
    lines="",  # the breakdown tells tokens, not credits
    raises=(CompletionCancelledError, None),
)
TOOL_CALLS = Answer(
    text=None,
    tool_calls=(("get_weather", {"city": "Tokyo"}),),
    credits="0.3645",
    lines="input 0.0135 for 180, output 0.189 for 420, reasoning 0.162 for 350",
)
VENDOR_SAMPLE = replace(
    TOOL_CALLS,
    credits="0.2856",
    lines="input 0.0006 for 200, output 0.27 for 600, reasoning 0.015 for 50",
    drift=("/object missing", "/choices/0/message/role missing", "/choices/0/message/content type"),
)

CHECK_KEY = "check that AUROUS_API_KEY or api_key= holds a key that is neither revoked nor rotated out"
CHECK_ID = "check the id, and that the key belongs to the team that owns it: what another team owns is not found"
CHANGE = "the request has to be changed"
SERVER_SIDE = "the fault is on the server's side; try again later"
AS_LONG_AS_SAID = "wait as long as Retry-After says"
NOT_FOUND = Refusal(404, "not_found", "resource_not_found", CHECK_ID)
RATE_LIMITED = Refusal(429, "rate_limit", "too_many_requests", AS_LONG_AS_SAID, retry_after=2, retryable=True)
UNAVAILABLE = Refusal(503, "server_error", "provider_unavailable", SERVER_SIDE, retryable=True)

POLLS = (0.5, 0.75, 1.125, 1.6875)
WAITED = ("in_progress",) * 4


def _server_error(status: int, code: str, advice: str) -> Expected:
    return Expected(Refusal(status, "server_error", code, advice, retryable=True))


EXPECTED: Mapping[str, Expected] = {
    "retrieve/completed": Expected(Answer()),
    "retrieve/tool_calls": Expected(TOOL_CALLS),
    "retrieve/in_progress": Expected(IN_PROGRESS),
    "retrieve/failed": Expected(FAILED),
    "retrieve/cancelled": Expected(CANCELLED),
    "retrieve/version_pinned": Expected(Answer()),
    "retrieve/deprecated": Expected(Answer()),
    "drift/vendor_sample": Expected(VENDOR_SAMPLE),
    "drift/unknown_status": Expected(Answer("queued", "", drift=("/status unknown_value",))),
    "drift/leaked_status": Expected(
        Answer(
            "cancelled_by_request",
            "is_cancelled, is_terminal",
            raises=(CompletionCancelledError, None),
            drift=("/status unknown_value",),
        )
    ),
    "drift/unknown_field": Expected(Answer(drift=("/undocumented unknown_field",))),
    "drift/missing_field": Expected(Answer(drift=("/object missing",))),
    "drift/null_field": Expected(Answer(credits=None, lines="", drift=("/usage null",))),
    "drift/wrong_type": Expected(Answer(text=None, drift=("/choices/0/message/content type",))),
    "drift/wrong_id": Expected(
        Refusal(200, None, None, "call again; if it stays so, tell the vendor, with the request id")
    ),
    "wait/completed": Expected(Answer(), POLLS, (*WAITED, "completed")),
    "wait/failed": Expected(FAILED, POLLS, (*WAITED, "failed")),
    "wait/cancelled": Expected(CANCELLED, POLLS, (*WAITED, "cancelled")),
    "wait/timed_out": Expected(
        Refusal(
            None,
            None,
            None,
            "wait again, or longer; the completion goes on meanwhile",
            retryable=True,
            attempts=(),
            last_seen="in_progress",
        ),
        (*POLLS, 0.4375),
        ("in_progress",) * 6,
    ),
    "wait/not_found": Expected(NOT_FOUND),
    # Between the polls: the waits of the retries within one, which are 0.25 and 0.5 s, and then 0.25 s.
    "wait/outage": Expected(Answer(), (0.5, 0.25, 0.5, 0.75, 0.25, 1.125), ("in_progress", "in_progress", "completed")),
    "errors/missing_api_key": Expected(Refusal(401, "authentication", "missing_api_key", CHECK_KEY)),
    "errors/invalid_api_key": Expected(Refusal(401, "authentication", "invalid_api_key", CHECK_KEY)),
    "errors/revoked_api_key": Expected(Refusal(401, "authentication", "revoked_api_key", CHECK_KEY)),
    "errors/balance_too_low": Expected(Refusal(402, "invalid_request", "balance_too_low", "top up")),
    "errors/missing_scope": Expected(Refusal(403, "authentication", "missing_scope", "use a key with a wider scope")),
    "errors/resource_not_found": Expected(NOT_FOUND),
    "errors/other_team": Expected(NOT_FOUND),
    "errors/forbidden_resource": Expected(replace(NOT_FOUND, code="forbidden_resource")),
    "errors/unknown_version": Expected(Refusal(400, "invalid_request", "unknown_version", CHANGE)),
    "errors/invalid_format": Expected(Refusal(400, "invalid_request", "invalid_format", CHANGE, param="id")),
    "errors/idempotency_key_in_use": Expected(
        Refusal(
            409,
            "invalid_request",
            "idempotency_key_in_use",
            "if the same request is still running, try again after 0.5 s, doubling to 8 s, with the same key",
            retryable=True,
        )
    ),
    "errors/output_expired": Expected(
        Refusal(410, "not_found", "output_expired", "it was there and is no more; create it anew")
    ),
    "errors/output_not_available": Expected(Refusal(422, "invalid_request", "output_not_available", CHANGE)),
    "errors/too_many_requests": Expected(RATE_LIMITED),
    "errors/tpm_rate_limit_exceeded": Expected(replace(RATE_LIMITED, code="tpm_rate_limit_exceeded")),
    "errors/concurrency_limit_exceeded": Expected(replace(RATE_LIMITED, code="concurrency_limit_exceeded")),
    "errors/internal_error": _server_error(500, "internal_error", SERVER_SIDE),
    "errors/chat_provider_auth_failed": _server_error(
        500, "chat_provider_auth_failed", "try again after a short pause"
    ),
    "errors/chat_provider_request_invalid": _server_error(
        500, "chat_provider_request_invalid", "contact support with the request id"
    ),
    "errors/chat_provider_unavailable": _server_error(
        502, "chat_provider_unavailable", "try again after 1, 2, 4, 8 s, for about 30 s at most"
    ),
    "errors/chat_provider_unknown_error": _server_error(
        502, "chat_provider_unknown_error", "try again with a growing pause; if it stays, contact support"
    ),
    "errors/provider_unavailable": Expected(UNAVAILABLE),
    "errors/provider_timeout": _server_error(504, "provider_timeout", SERVER_SIDE),
    "retries/rate_limited": Expected(Answer(attempts=(429, 200)), (2,)),
    "retries/rate_limited_throughout": Expected(replace(RATE_LIMITED, attempts=(429, 429, 429)), (2, 2)),
    "retries/rate_limited_too_long": Expected(replace(RATE_LIMITED, retry_after=3600)),
    "retries/internal_error": Expected(Answer(attempts=(500, 200)), (0.25,)),
    "retries/bad_gateway": Expected(Answer(attempts=(502, 200)), (0.25,)),
    "retries/unavailable": Expected(Answer(attempts=(503, 503, 200)), (0.25, 0.5)),
    "retries/gateway_timeout": Expected(Answer(attempts=(504, 200)), (0.25,)),
    "retries/unavailable_throughout": Expected(replace(UNAVAILABLE, attempts=(503, 503, 503)), (0.25, 0.5)),
    "retries/conflict": Expected(Answer(attempts=(409, 200)), (0.25,)),
}


def as_seen(outcome: ChatCompletion | AurousError) -> Answer | Refusal:
    """The outcome of a call, through public names only."""
    if isinstance(outcome, ChatCompletion):
        return _answer(outcome)
    attempts = tuple(attempt.status_code or 0 for attempt in outcome.attempts)
    return Refusal(
        status_code=outcome.status_code,
        type=outcome.type,
        code=outcome.code,
        advice=outcome.message.partition("To do: ")[2].partition(" (https://")[0].partition(" (request id")[0],
        param=outcome.param,
        retry_after=outcome.retry_after,
        retryable=outcome.retryable,
        attempts=(0,) if attempts == (outcome.status_code,) else attempts,
        last_seen=str(outcome.completion.status)
        if isinstance(outcome, WaitTimeoutError) and outcome.completion
        else None,
    )


def _answer(completion: ChatCompletion) -> Answer:
    states = ("is_completed", "is_in_progress", "is_failed", "is_cancelled", "is_terminal")
    try:
        receipt = completion.receipt
    except APIResponseError:
        receipt = None
    try:
        raised = None
        assert completion.raise_for_status() is completion
    except AurousError as error:
        raised = (type(error), error.code)
    return Answer(
        status=str(completion.status),
        state=", ".join(state for state in states if getattr(completion, state)),
        text=completion.text,
        tool_calls=tuple((call.name, call.arguments) for call in completion.tool_calls),
        credits=str(receipt.credits) if receipt else None,
        lines=", ".join(f"{line.name} {line.credits} for {line.tokens}" for line in receipt.lines) if receipt else "",
        raises=raised,
        drift=tuple(f"{deviation.pointer} {deviation.problem}" for deviation in completion.drift),
        attempts=tuple(attempt.status_code or 0 for attempt in completion.meta.attempts),
    )


@BOTH
@pytest.mark.parametrize("name", EMULATED)
def test_a_recording_comes_to_what_it_should(name: str, mode: Mode) -> None:
    expected = EXPECTED[name]
    played = play(mode, EMULATED[name], cassette_of(name))
    assert as_seen(played.outcome) == expected.outcome
    assert type(played.outcome) is EMULATED[name].ends
    assert played.slept == expected.slept
    assert played.polled == expected.polled
    assert played.left_over == 0


@pytest.mark.parametrize("name", EMULATED)
def test_the_request_id_is_that_of_the_last_answer(name: str) -> None:
    outcome = play("sync", EMULATED[name], cassette_of(name)).outcome
    answer = load(cassette_of(name))["interactions"][-1]["response"]
    assert [outcome.meta.request_id if isinstance(outcome, ChatCompletion) else outcome.request_id] == (
        answer["headers"]["Aurous-Request-Id"]
    )


def test_every_recording_is_expected_to_come_to_something() -> None:
    assert set(EXPECTED) == set(EMULATED)


def test_every_documented_outcome_is_recorded() -> None:
    """Each example that the contract has of an answer stands in a cassette."""
    (_, _, operation), *_ = contract().operations()
    documented: set[tuple[int, str]] = set()
    for status, answer in mapping(operation.value["responses"]).items():
        examples = mapping(mapping(mapping(contract().follow(answer)["content"])["application/json"])["examples"])
        bodies: list[Any] = [contract().follow(example)["value"] for example in examples.values()]
        documented |= {(int(status), body["error"]["code"] if status != "200" else body["id"]) for body in bodies}
    recorded = set()
    for name in EMULATED:
        for interaction in load(cassette_of(name))["interactions"]:
            body = json.loads(interaction["response"]["body"]["string"])
            recorded.add(
                (interaction["response"]["status"]["code"], body["id"] if "id" in body else body["error"]["code"])
            )
    assert documented <= recorded


@BOTH
def test_an_answer_tells_limits_version_and_time(mode: Mode) -> None:
    completion = play(mode, EMULATED["retrieve/version_pinned"], cassette_of("retrieve/version_pinned")).outcome
    assert completion.created_at == datetime(2024, 11, 18, 16, 40, tzinfo=UTC)
    assert completion.meta.status_code == 200
    assert completion.meta.api_version == "2026-05-15"
    assert not completion.meta.idempotent_replay
    limits = completion.meta.rate_limit
    assert (limits.requests.limit, limits.requests.remaining) == (1200, 1199)
    assert limits.requests.reset_at == datetime.fromtimestamp(START + 1, UTC)
    assert (limits.tokens.limit, limits.tokens.remaining) == (100_000, 100_000)
    assert completion.receipt.credits == Decimal("0.0117")
    assert completion.receipt.adds_up
    assert completion.receipt.pricing_version == 7


@BOTH
def test_a_deprecation_is_told(mode: Mode) -> None:
    completion = play(mode, EMULATED["retrieve/deprecated"], cassette_of("retrieve/deprecated")).outcome
    assert completion.meta.headers["aurous-deprecated"] == "route"
    assert completion.meta.headers["sunset"] == "Tue, 04 Aug 2026 00:00:00 GMT"


@BOTH
def test_drift_can_be_an_error(mode: Mode) -> None:
    outcome = play(mode, EMULATED["drift/vendor_sample"], cassette_of("drift/vendor_sample"), on_drift="raise").outcome
    assert isinstance(outcome, APIResponseError)
    assert "/choices/0/message/content" in outcome.message


def test_the_body_comes_back_as_it_was_recorded() -> None:
    for name in ("retrieve/cancelled", "drift/vendor_sample", "drift/unknown_field", "drift/null_field"):
        completion = play("sync", EMULATED[name], cassette_of(name)).outcome
        assert completion.to_dict() == json.loads(
            load(cassette_of(name))["interactions"][0]["response"]["body"]["string"]
        )


# --- The network is closed, and nothing is made up ---


@BOTH
def test_what_was_not_recorded_fails(mode: Mode) -> None:
    another = replace(EMULATED["retrieve/completed"], id="cmp_of_somebody")
    played = play(mode, another, cassette_of("retrieve/completed"))
    assert isinstance(played.outcome, APIConnectionError)
    assert "no recorded interaction matches" in played.outcome.message
    assert played.left_over == 1


@BOTH
def test_another_version_was_not_recorded(mode: Mode) -> None:
    unpinned = replace(EMULATED["retrieve/version_pinned"], arguments={})
    assert isinstance(play(mode, unpinned, cassette_of("retrieve/version_pinned")).outcome, APIConnectionError)


@BOTH
def test_the_network_is_closed_while_a_cassette_is_played(mode: Mode) -> None:
    """Not even a server on this machine can be reached; to be sure, there is one."""
    with Emulator() as emulator, network_closed() as refused:
        outcome = call(mode, EMULATED["retrieve/completed"], base_url=emulator.base_url, clock=StillClock())
        assert isinstance(outcome, APIConnectionError)
        assert refused
        assert not emulator.requests


def test_a_name_is_not_even_looked_up() -> None:
    with network_closed(), pytest.raises(NetworkClosedError):
        socket.create_connection(("api.aurous-labs.com", 443))


def test_vcrpy_plays_a_cassette_without_our_tools() -> None:
    with (
        network_closed(),
        VCR(record_mode=RecordMode.NONE).use_cassette(str(cassette_of("retries/rate_limited"))) as cassette,
    ):
        completion = call("sync", EMULATED["retries/rate_limited"], clock=StillClock())
    assert completion.text == "The capital of Japan is Tokyo."
    assert cassette.all_played
    assert cassette.get_metadata("recorded_by", None) == "scripts/record.py"


@BOTH
def test_what_the_api_once_answered(mode: Mode) -> None:
    """Cassettes from the API itself, where somebody has made some, still come to what they came to."""
    for path in (LIBRARY / "live").glob("*.yaml"):
        each = LIVE[f"live/{path.stem}"]
        played = play(mode, each, path, id=load(path)["interactions"][0]["request"]["uri"].rpartition("/")[2])
        assert isinstance(played.outcome, each.ends), path
        assert played.left_over == 0, path
