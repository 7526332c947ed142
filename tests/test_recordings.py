"""Every recording, played to both clients from its cassette: each comes to what it should."""

import asyncio
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
    APIStatusError,
    AsyncAurous,
    Aurous,
    AurousError,
    BinaryContent,
    ChatCompletion,
    CompletionCancelledError,
    CompletionFailedError,
    OutputError,
    Parsed,
    Run,
    StreamInterruptedError,
    ToolResult,
    WaitTimeoutError,
)
from aurous.emulator import MAIN_KEY, Emulator
from cassette_playing import NetworkClosedError, network_closed, playing
from cassette_recording import Scrubber
from cassettes import LIBRARY, contract, load
from conversations import MODES, START, Mode, StillClock, cassette_of, kind_of, make_call, play
from openapi.contract import mapping
from openapi.naming import is_json
from recordings import DOCUMENTED, EMULATED, LIVE, SPECIAL, City
from streams import Outcome, outcome

BOTH = pytest.mark.parametrize("mode", MODES)


# --- What comes out, in public terms ---


@dataclass(frozen=True)
class Seen:
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
    text: str | None = None
    """The text of a stream as far as it came, or the one that is not what was asked for."""


@dataclass(frozen=True)
class Expected:
    """What a recording comes to, and what it takes."""

    outcome: Seen | Refusal
    slept: tuple[float, ...] = ()
    polled: tuple[str, ...] = ()
    """The statuses that `on_poll` got."""


IN_PROGRESS = Seen("in_progress", "is_in_progress", None, credits="0", lines="input 0 for 0, output 0 for 0")
FAILED = Seen(
    "failed",
    "is_failed, is_terminal",
    None,
    credits="0",
    lines="input 0 for 0, output 0 for 0",
    raises=(CompletionFailedError, "chat_provider_unavailable"),
)
CANCELLED = Seen(
    "cancelled",
    "is_cancelled, is_terminal",
    "The capital of Japan",
    credits="0.0167",
    lines="",  # the breakdown tells tokens, not credits
    raises=(CompletionCancelledError, None),
)
TOOL_CALLS = Seen(
    text=None,
    tool_calls=(("get_weather", {"city": "Tokyo"}),),
    credits="0.3645",
    lines="input 0.0135 for 180, output 0.189 for 420, reasoning 0.162 for 350",
)
VENDOR_SAMPLE = replace(
    TOOL_CALLS,
    credits="0.2856",
    lines="input 0.0006 for 200, output 0.27 for 600, reasoning 0.015 for 50",
    drift=("/choices/0/message/content type", "/object missing"),
)

MOMENTS = ("created", "created_at")

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


STREAMED = Seen(credits="0.0042", lines="input 0.0006 for 8, output 0.0036 for 8")
AS_ASKED = '{"city": "Tokyo", "country": "Japan"}'


def _server_error(status: int, code: str, advice: str) -> Expected:
    return Expected(Refusal(status, "server_error", code, advice, retryable=True))


EXPECTED: Mapping[str, Expected] = {
    "chat/completions/retrieve/completed": Expected(Seen()),
    "chat/completions/retrieve/tool_calls": Expected(TOOL_CALLS),
    "chat/completions/retrieve/in_progress": Expected(IN_PROGRESS),
    "chat/completions/retrieve/failed": Expected(FAILED),
    "chat/completions/retrieve/cancelled": Expected(CANCELLED),
    "retrieve/version_pinned": Expected(Seen()),
    "retrieve/deprecated": Expected(Seen()),
    "chat/completions/retrieve/vendor_sample": Expected(VENDOR_SAMPLE),
    "drift/unknown_status": Expected(Seen("queued", "", drift=("/status unknown_value",))),
    "drift/leaked_status": Expected(
        Seen(
            "cancelled_by_request",
            "is_cancelled, is_terminal",
            raises=(CompletionCancelledError, None),
            drift=("/status unknown_value",),
        )
    ),
    "drift/unknown_field": Expected(Seen(drift=("/undocumented unknown_field",))),
    "drift/missing_field": Expected(Seen(drift=("/object missing",))),
    "drift/null_field": Expected(Seen(credits=None, lines="", drift=("/usage null",))),
    "drift/wrong_type": Expected(Seen(text=None, drift=("/choices/0/message/content type",))),
    "drift/wrong_id": Expected(
        Refusal(200, None, None, "call again; if it stays so, tell the vendor, with the request id")
    ),
    "wait/completed": Expected(Seen(), POLLS, (*WAITED, "completed")),
    "wait/failed": Expected(FAILED, POLLS, (*WAITED, "failed")),
    "wait/cancelled": Expected(CANCELLED, POLLS, (*WAITED, "cancelled")),
    "wait/timed_out": Expected(
        Refusal(
            None,
            None,
            None,
            "wait again, or longer; it goes on meanwhile",
            retryable=True,
            attempts=(200,),
            last_seen="in_progress",
        ),
        (*POLLS, 0.4375),
        ("in_progress",) * 6,
    ),
    "wait/not_found": Expected(NOT_FOUND),
    # Between the polls: the waits of the retries within one, which are 0.25 and 0.5 s, and then 0.25 s.
    "wait/outage": Expected(Seen(), (0.5, 0.25, 0.5, 0.75, 0.25, 1.125), ("in_progress", "in_progress", "completed")),
    "cancel/in_progress": Expected(replace(CANCELLED, lines="input 0.0035 for 47, output 0.0132 for 23")),
    "cancel/not_cancellable": Expected(
        Refusal(409, "invalid_request", "chat_cancel_target_not_cancellable", "retrieve it until it has ended")
    ),
    "cancel/other_team": Expected(Refusal(404, "not_found", "chat_cancel_target_not_found", "verify the id")),
    "chat/completions/cancel/chat_cancel_target_already_terminal": Expected(Seen()),
    "errors/missing_api_key": Expected(Refusal(401, "authentication", "missing_api_key", CHECK_KEY)),
    "errors/invalid_api_key": Expected(Refusal(401, "authentication", "invalid_api_key", CHECK_KEY)),
    "errors/revoked_api_key": Expected(Refusal(401, "authentication", "revoked_api_key", CHECK_KEY)),
    "errors/missing_scope": Expected(Refusal(403, "authentication", "missing_scope", "use a key with a wider scope")),
    "errors/resource_not_found": Expected(NOT_FOUND),
    "errors/other_team": Expected(NOT_FOUND),
    "errors/forbidden_resource": Expected(replace(NOT_FOUND, code="forbidden_resource")),
    "errors/unknown_version": Expected(Refusal(400, "invalid_request", "unknown_version", CHANGE)),
    "errors/invalid_format": Expected(Refusal(400, "invalid_request", "invalid_format", CHANGE, param="id")),
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
    "retries/rate_limited": Expected(Seen(attempts=(429, 200)), (2,)),
    "retries/rate_limited_throughout": Expected(replace(RATE_LIMITED, attempts=(429, 429, 429)), (2, 2)),
    "retries/rate_limited_too_long": Expected(replace(RATE_LIMITED, retry_after=3600)),
    "retries/internal_error": Expected(Seen(attempts=(500, 200)), (0.25,)),
    "retries/bad_gateway": Expected(Seen(attempts=(502, 200)), (0.25,)),
    "retries/unavailable": Expected(Seen(attempts=(503, 503, 200)), (0.25, 0.5)),
    "retries/gateway_timeout": Expected(Seen(attempts=(504, 200)), (0.25,)),
    "retries/unavailable_throughout": Expected(replace(UNAVAILABLE, attempts=(503, 503, 503)), (0.25, 0.5)),
    "parse/value": Expected(Seen(text=AS_ASKED, credits="0.0051", lines="input 0.0006 for 8, output 0.0045 for 10")),
    "parse/misfit": Expected(
        Refusal(
            200,
            None,
            None,
            "read error.text, or ask again; the model may do better",
            attempts=(),
            text='{"city": "Tokyo"}',
        )
    ),
    "run/two_rounds": Expected(
        Seen(
            text="It rains in Tokyo, at noon.",
            credits="0.0132",
            lines="input 0.01005 for 134, output 0.00315 for 7",
        )
    ),
    "stream/whole": Expected(STREAMED),
    "stream/tool_calls": Expected(
        Seen(
            text="",
            tool_calls=(("get_weather", {"city": "Tokyo"}), ("get_time", {"city": "Tokyo"})),
            credits="0.01478",
            lines="input 0.00848 for 113, output 0.0063 for 14",
        )
    ),
    "stream/no_done": Expected(replace(STREAMED, drift=(" missing",))),
    "stream/cut": Expected(
        Refusal(
            None,
            None,
            None,
            "recover() gets the stored completion and what it cost; what came so far is partial",
            retryable=True,
            attempts=(),
            text="The capital ",
        )
    ),
    "stream/error": Expected(
        Refusal(
            502,
            "server_error",
            "chat_provider_unavailable",
            "try again after 1, 2, 4, 8 s, for about 30 s at most",
            retryable=True,
            attempts=(),
            text="The capital ",
        )
    ),
    "stream/cancelled": Expected(
        replace(CANCELLED, text="The capital ", credits="0.00195", lines="input 0.0006 for 8, output 0.00135 for 3")
    ),
    "stream/warned": Expected(STREAMED),
    "stream/json": Expected(Seen()),
}


def as_seen(outcome: Any) -> Seen | Refusal:
    """The outcome of a call, through public names only."""
    outcome = completion_of(outcome)
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
        text=outcome.text if isinstance(outcome, OutputError) else outcome.partial and outcome.partial.text,
    )


def completion_of(outcome: Any) -> Any:
    """What stands behind the outcome of a call: the last completion, where it is made of some."""
    return outcome.completion if isinstance(outcome, (Parsed, Run)) else outcome


def _answer(completion: ChatCompletion) -> Seen:
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
    return Seen(
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
@pytest.mark.parametrize("name", EXPECTED)
def test_a_recording_comes_to_what_it_should(name: str, mode: Mode) -> None:
    expected = EXPECTED[name]
    played = play(mode, EMULATED[name], cassette_of(name))
    assert as_seen(played.outcome) == expected.outcome
    assert type(played.outcome).__name__ == EMULATED[name].ends
    assert played.slept == expected.slept
    assert played.polled == expected.polled
    assert played.left_over == 0


def test_every_special_recording_is_expected_to_come_to_something() -> None:
    assert set(SPECIAL) <= set(EXPECTED) <= set(EMULATED)


@BOTH
def test_what_was_parsed_and_what_was_run(mode: Mode) -> None:
    parsed = play(mode, EMULATED["parse/value"], cassette_of("parse/value")).outcome
    assert parsed.value == City("Tokyo", "Japan")
    run = play(mode, EMULATED["run/two_rounds"], cassette_of("run/two_rounds")).outcome
    assert run.stopped == "finished"
    told = [each.as_message()["content"] for each in run.messages if isinstance(each, ToolResult)]
    assert told == ["Rain in Tokyo.", "Noon in Tokyo."]
    assert str(run.receipt.credits) == "0.02798"


def read(mode: Mode, name: str) -> Outcome:
    """A stream from its cassette, event by event. They come at once: vcrpy knows no pieces."""
    given = EMULATED[name].keywords

    async def in_loop() -> Outcome:
        async with AsyncAurous(MAIN_KEY) as client:
            found: Outcome = await outcome(client, **given)
            return found

    def in_thread() -> Outcome:
        with Aurous(MAIN_KEY) as client:
            found: Outcome = outcome(client, **given)
            return found

    with playing(cassette_of(name)):
        return in_thread() if mode == "sync" else asyncio.run(in_loop())


@BOTH
def test_a_stream_comes_event_by_event(mode: Mode) -> None:
    found = read(mode, "stream/warned")
    assert [each.type for each in found.events] == ["notice", *["text_delta"] * 3, "finished"]
    assert found.texts == ["The capital ", "of Japan is ", "Tokyo."]
    assert [notice.to_dict()["warning"]["code"] for notice in found.stream.notices] == ["idempotency_ignored_streaming"]
    broken = read(mode, "stream/cut")
    assert broken.texts == ["The capital "]
    assert isinstance(broken.error, StreamInterruptedError)


# --- What comes out, whatever the operation ---


def recorded(name: str) -> tuple[dict[str, Any], Any]:
    """The last response of a cassette, and its body: JSON, bytes, or None where there is none."""
    response = load(cassette_of(name))["interactions"][-1]["response"]
    body = response["body"]["string"]
    media_types = response["headers"].get("Content-Type", ())
    if any(map(is_json, media_types)):
        return response, json.loads(body)
    if not body and not media_types:
        return response, None
    return response, body.encode() if isinstance(body, str) else body  # bytes that are text stand in the file as such


@BOTH
@pytest.mark.parametrize("name", [name for name in DOCUMENTED if name not in SPECIAL])
def test_what_the_contract_shows_comes_out_as_it_was_recorded(name: str, mode: Mode) -> None:
    each = DOCUMENTED[name]
    played = play(mode, each, cassette_of(name), on_drift="ignore")
    response, body = recorded(name)
    assert kind_of(played.outcome) in each.ends.split("|")
    assert (played.left_over, played.slept) == (0, ())
    if isinstance(played.outcome, APIStatusError):
        error = body["error"]
        seen = (played.outcome.status_code, played.outcome.code, played.outcome.type, played.outcome.param)
        assert seen == (response["status"]["code"], error["code"], error["type"], error.get("param"))
        return
    content = played.outcome.read() if isinstance(played.outcome, BinaryContent) else played.outcome.to_dict()
    assert content == body
    assert played.outcome.meta.status_code == response["status"]["code"]
    assert bool(played.outcome.drift) is (each.deviates is not None)


@pytest.mark.parametrize("name", EMULATED)
def test_the_request_id_is_that_of_the_last_response(name: str) -> None:
    outcome = completion_of(play("sync", EMULATED[name], cassette_of(name), on_drift="ignore").outcome)
    request_id = outcome.request_id if isinstance(outcome, AurousError) else outcome.meta.request_id
    assert [request_id] == recorded(name)[0]["headers"]["Aurous-Request-Id"]


def test_every_example_of_the_contract_is_recorded() -> None:
    """Each response that the contract shows, of whichever operation, is the body of a cassette."""
    bodies = [compared(json.loads(text)) for name in EMULATED for text in _json_texts(name)]
    codes = {body["error"]["code"] for body in bodies if isinstance(body, dict) and "error" in body}
    missing = []
    for _, _, operation in contract().operations():
        for status, response in mapping(operation.value["responses"]).items():
            for value in examples_of(response):
                found = value["error"]["code"] in codes if status >= "4" else compared(value) in bodies
                missing += [] if found else [f"{operation.value['operationId']} {status}: {value!r:.80}"]
    assert missing == []


def examples_of(response: Any) -> list[Any]:
    media = mapping(mapping(contract().follow(response).get("content")).get("application/json"))
    return [contract().follow(example)["value"] for example in mapping(media.get("examples")).values()]


def compared(value: Any) -> Any:
    """A body as it stands in a cassette: without addresses of e-mail. When it was created may differ."""
    body = json.loads(Scrubber("").clean(json.dumps(value)))
    return {name: body[name] for name in body if name not in MOMENTS} if isinstance(body, dict) else body


def _json_texts(name: str) -> list[str]:
    texts = [each["response"]["body"]["string"] for each in load(cassette_of(name))["interactions"]]
    return [text for text in texts if isinstance(text, str) and text[:1] in ("{", "[")]


@BOTH
def test_a_response_tells_limits_version_and_time(mode: Mode) -> None:
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
    outcome = play(
        mode,
        EMULATED["chat/completions/retrieve/vendor_sample"],
        cassette_of("chat/completions/retrieve/vendor_sample"),
        on_drift="raise",
    ).outcome
    assert isinstance(outcome, APIResponseError)
    assert "/choices/0/message/content" in outcome.message


# --- The network is closed, and nothing is made up ---


@BOTH
def test_what_was_not_recorded_fails(mode: Mode) -> None:
    another = replace(EMULATED["chat/completions/retrieve/completed"], arguments=("cmp_of_somebody",))
    played = play(mode, another, cassette_of("chat/completions/retrieve/completed"))
    assert isinstance(played.outcome, APIConnectionError)
    assert "no recorded interaction matches" in played.outcome.message
    assert played.left_over == 1


@BOTH
def test_another_version_was_not_recorded(mode: Mode) -> None:
    unpinned = replace(EMULATED["retrieve/version_pinned"], keywords={})
    assert isinstance(play(mode, unpinned, cassette_of("retrieve/version_pinned")).outcome, APIConnectionError)


@BOTH
def test_the_network_is_closed_while_a_cassette_is_played(mode: Mode) -> None:
    """Not even a server on this machine can be reached; to be sure, there is one."""
    with Emulator() as emulator, network_closed() as refused:
        outcome = make_call(
            mode, EMULATED["chat/completions/retrieve/completed"], base_url=emulator.base_url, clock=StillClock()
        )
        assert isinstance(outcome, APIConnectionError)
        assert refused
        assert not emulator.requests


def test_a_name_is_not_even_looked_up() -> None:
    with network_closed(), pytest.raises(NetworkClosedError):
        socket.create_connection(("api.aurous-labs.com", 443))


@pytest.mark.parametrize("name", ["retries/rate_limited", "stream/whole"])
def test_vcrpy_plays_a_cassette_without_our_tools(name: str) -> None:
    with network_closed(), VCR(record_mode=RecordMode.NONE).use_cassette(str(cassette_of(name))) as cassette:
        completion = make_call("sync", EMULATED[name], clock=StillClock())
    assert completion.text == "The capital of Japan is Tokyo."
    assert cassette.all_played
    assert cassette.get_metadata("recorded_by", None) == "scripts/record.py"


def test_vcrpy_plays_bytes_without_our_tools() -> None:
    name = "images/output/retrieve/content"
    with network_closed(), VCR(record_mode=RecordMode.NONE).use_cassette(str(cassette_of(name))):
        content = make_call("sync", EMULATED[name], clock=StillClock())
    assert content.read() == recorded(name)[1]
    assert content.read()[:4] == b"\x89PNG"


@BOTH
def test_what_the_api_once_responded(mode: Mode) -> None:
    """Cassettes from the API itself, where somebody has made some, still come to what they came to."""
    for path in (LIBRARY / "live").glob("*.yaml"):
        each = LIVE[f"live/{path.stem}"]
        asked = load(path)["interactions"][0]["request"]["uri"].rpartition("/")[2]
        played = play(mode, each.about(asked), path)
        assert kind_of(played.outcome) == each.ends, path
        assert played.left_over == 0, path
