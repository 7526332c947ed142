"""The errors: which one for what, what they carry, what they tell people to do, and what they never show."""

import copy
import json
import logging
import pickle
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

import aurous
from aurous import (
    APIConnectionError,
    APIResponseError,
    APIStatusError,
    APITimeoutError,
    Attempt,
    AurousError,
    AuthenticationError,
    BadRequestError,
    Budget,
    BudgetExceededError,
    ChatCompletion,
    CompletionCancelledError,
    CompletionError,
    CompletionFailedError,
    ConfigurationError,
    ConflictError,
    ErrorCode,
    GoneError,
    InsufficientCreditsError,
    NotFoundError,
    OutputError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    StreamInterruptedError,
    UnprocessableEntityError,
    WaitTimeoutError,
    error_catalogue,
)
from aurous.chat.structured import parsed
from documents import json_values
from scripted import (
    CONTRACT,
    KEY,
    KEY_BEGINS,
    MakesCaller,
    Reply,
    Step,
    caught,
    completion,
    error,
    ok,
    reply,
    sync_caller,
    traceback_with_locals,
)
from streams import chunk, read, sends

TREE: dict[type[AurousError], type[Exception]] = {
    AurousError: Exception,
    ConfigurationError: AurousError,
    APIConnectionError: AurousError,
    APITimeoutError: APIConnectionError,
    APIResponseError: AurousError,
    APIStatusError: AurousError,
    BadRequestError: APIStatusError,
    AuthenticationError: APIStatusError,
    InsufficientCreditsError: APIStatusError,
    PermissionDeniedError: APIStatusError,
    NotFoundError: APIStatusError,
    ConflictError: APIStatusError,
    GoneError: APIStatusError,
    UnprocessableEntityError: APIStatusError,
    RateLimitError: APIStatusError,
    ServerError: APIStatusError,
    CompletionError: AurousError,
    CompletionFailedError: CompletionError,
    CompletionCancelledError: CompletionError,
    BudgetExceededError: AurousError,
    OutputError: AurousError,
    StreamInterruptedError: AurousError,
    WaitTimeoutError: AurousError,
}
BY_STATUS = {
    400: BadRequestError,
    401: AuthenticationError,
    402: InsufficientCreditsError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    410: GoneError,
    422: UnprocessableEntityError,
    429: RateLimitError,
}
FIELDS = (
    "status_code",
    "type",
    "code",
    "param",
    "doc_url",
    "request_id",
    "retry_after",
    "retryable",
    "attempts",
    "body",
)


def test_the_tree_is_as_drawn() -> None:
    assert {cls: cls.__base__ for cls in TREE} == TREE
    errors = {
        name
        for name in aurous.__all__
        if isinstance(value := getattr(aurous, name), type) and issubclass(value, Exception)
    }
    assert errors - {"ToolError"} == {cls.__name__ for cls in TREE}, "and that one is for callers to raise"


@pytest.mark.parametrize("status", range(400, 600))
def test_each_status_has_its_class(status: int) -> None:
    failure = caught(sync_caller(error(status), max_retries=0).retrieve)
    assert type(failure) is BY_STATUS.get(status, ServerError if status >= 500 else APIStatusError)
    assert failure.status_code == status


# --- What they carry ---


def test_a_status_error_carries_what_the_answer_says(call: MakesCaller) -> None:
    headers = {"Aurous-Request-Id": "req_1", "Retry-After": "0.1"}
    answer = error(
        400,
        "invalid_format",
        headers=headers,
        type="invalid_request",
        message="Wrong.",
        param="id",
        doc_url="https://docs.example/errors#x",
        request_id="req_body",
    )
    failure = caught(call(answer).retrieve)

    assert (failure.type, failure.code, failure.param) == ("invalid_request", "invalid_format", "id")
    assert (failure.doc_url, failure.request_id, failure.retry_after) == ("https://docs.example/errors#x", "req_1", 0.1)
    assert failure.body == answer.body.decode()
    assert failure.code == ErrorCode.INVALID_FORMAT
    for part in ("400", "invalid_format", "Wrong", "id", "https://docs.example/errors#x", "req_1"):
        assert part in str(failure)
    assert str(failure) == failure.message == failure.args[0]


def test_the_request_id_of_the_body_serves_where_the_header_is_missing(call: MakesCaller) -> None:
    failure = caught(call(error(404, "resource_not_found", request_id="req_body")).retrieve)
    assert failure.request_id == "req_body"
    assert "req_body" in str(failure)


@pytest.mark.parametrize("status", [*BY_STATUS, 408, 418, 500, 503])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Bad Gateway</html>",
        b"null",
        b"[]",
        b"{}",
        b'{"error": null}',
        b'{"error": []}',
        b'{"error": {}}',
        b"\xff",
        b"[" * 10**5,
        b'{"error": {"code": 7, "message": {}}}',
    ],
    ids=lambda body: repr(body[:20]),
)
def test_a_status_stays_what_it_is_whatever_the_body(status: int, body: bytes) -> None:
    failure = caught(sync_caller(Reply(status, body), max_retries=0).retrieve)
    assert type(failure) is BY_STATUS.get(status, ServerError if status >= 500 else APIStatusError)
    assert (failure.type, failure.code, failure.param, failure.doc_url) == (None, None, None, None)
    assert str(status) in str(failure)


def test_an_error_that_is_a_string_is_its_message(call: MakesCaller) -> None:
    assert "Service is down" in str(
        caught(call(reply({"error": "Service is down"}, status=503), max_retries=0).retrieve)
    )


@given(
    envelope=json_values
    | st.fixed_dictionaries(
        {
            "error": st.dictionaries(
                st.sampled_from(["type", "code", "message", "doc_url", "request_id", "param", "status"]), json_values
            )
        }
    )
)
def test_whatever_the_envelope_the_error_is_well_formed(envelope: Any) -> None:
    failure = caught(sync_caller(reply(envelope, status=400)).retrieve)
    assert type(failure) is BadRequestError
    for name in ("type", "code", "param", "doc_url", "request_id"):
        assert isinstance(getattr(failure, name), str | None)
    assert str(failure).isprintable()
    assert json.dumps(failure.as_dict(), allow_nan=False)


@pytest.mark.parametrize("field", ["type", "code", "message", "doc_url", "request_id", "param"])
@pytest.mark.parametrize(
    "value",
    ["x" * 50_000, "two\nlines\r\n", "\x1b[31mred", "\u2028\u202e", "\ud800"],
    ids=["long", "lines", "escape", "bidi", "surrogate"],
)
def test_what_the_server_says_is_shown_on_one_line_of_bounded_length(field: str, value: str) -> None:
    failure = caught(sync_caller(reply({"error": {"code": "x", field: value}}, status=400), max_retries=0).retrieve)
    assert str(failure).isprintable()
    assert len(str(failure)) < 4000
    shown = getattr(failure, field)
    assert shown.isprintable() or field == "message"
    assert len(shown) < 4000


@pytest.mark.parametrize("size", [0, 100, 2048, 10_000, 10**6])
def test_the_body_of_an_error_is_kept_in_part(size: int) -> None:
    failure = caught(sync_caller(Reply(400, b"x" * size)).retrieve)
    assert failure.body is not None
    assert len(failure.body) == min(size, 2048)


def test_bytes_of_a_body_that_are_no_text_are_replaced() -> None:
    assert caught(sync_caller(Reply(400, b"\xff\xfe")).retrieve).body == "\ufffd\ufffd"


# --- What they tell people to do ---


def test_who_is_told_of_no_wait_is_not_sent_to_look_for_one() -> None:
    failure = caught(sync_caller(error(429, "too_many_requests"), max_retries=0).retrieve)
    assert "Retry-After" not in failure.message
    assert "a longer one each time" in failure.message


@pytest.mark.parametrize("code", CONTRACT["components"]["schemas"]["ErrorCode"]["x-codes"])
def test_the_remedy_of_each_documented_code_is_in_its_message(code: str) -> None:
    info = error_catalogue()[code]
    assert (info.code, info.code in set(ErrorCode)) == (code, True)
    assert info.statuses
    assert info.when
    responded = error(info.statuses[0], code, headers={"Retry-After": "1"})
    failure = caught(sync_caller(responded, max_retries=0).retrieve)
    assert failure.code == code
    assert info.remedy.rstrip(".").casefold() in str(failure).casefold()


def test_the_catalogue_is_read_only_and_says_what_may_be_repeated() -> None:
    catalogue = error_catalogue()
    assert set(catalogue) == set(ErrorCode)
    assert catalogue["too_many_requests"].retryable
    assert not catalogue["invalid_api_key"].retryable
    with pytest.raises(TypeError):
        catalogue["mine"] = catalogue["internal_error"]  # type: ignore[index]


@pytest.mark.parametrize("status", [*BY_STATUS, 405, 408, 413, 418, 500, 502, 503, 504, 520, 529, 599])
def test_every_error_says_what_to_do(status: int) -> None:
    _, _, advice = str(caught(sync_caller(error(status), max_retries=0).retrieve)).partition("To do: ")
    assert len(advice) > 8


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "AUROUS_API_KEY"),
        (402, "credits"),
        (403, "scope"),
        (404, "team"),
        (413, "less"),
        (429, "slow"),
        (500, "later"),
    ],
)
def test_the_advice_is_about_the_status(status: int, words: str) -> None:
    assert words in str(caught(sync_caller(error(status), max_retries=0).retrieve)).partition("To do: ")[2]


def test_the_request_id_is_quoted_where_there_is_one(call: MakesCaller) -> None:
    assert "request id req_1" in str(caught(call(error(404, headers={"Aurous-Request-Id": "req_1"})).retrieve))
    assert "request id" not in str(caught(call(error(404)).retrieve))


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([error(401, "invalid_api_key")], "AUROUS_API_KEY|key"),
        ([error(404)], "id"),
        ([Reply(200, b"<html>")], "base_url"),
        ([Reply(302, headers=(("Location", "https://sso.example/login"),))], "sso.example"),
        ([reply({})], "base_url"),
        ([httpx.ConnectError("refused")], "refused"),
    ],
)
def test_the_usual_mistakes_lead_to_their_cause(call: MakesCaller, steps: list[Step], words: str) -> None:
    message = str(caught(call(*steps, max_retries=0).retrieve))
    assert any(word in message for word in words.split("|"))


# --- Copies ---


def every_kind() -> dict[str, AurousError]:
    """One error of each class, as the SDK makes it where it does."""
    in_progress = sync_caller(ok("in_progress", headers={"Aurous-Request-Id": "req_1"}))
    failures: dict[str, AurousError] = {
        "ConfigurationError": caught(aurous.Aurous, "a b"),
        "APIConnectionError": caught(sync_caller(httpx.ConnectError("refused")).retrieve),
        "APITimeoutError": caught(sync_caller(httpx.ReadTimeout("silence")).retrieve),
        "APIResponseError": caught(sync_caller(Reply(200, b"<html>")).retrieve),
        "WaitTimeoutError": caught(in_progress.wait),
        "CompletionFailedError": caught(sync_caller(ok("failed")).retrieve().raise_for_status),
        "CompletionCancelledError": caught(sync_caller(ok("cancelled")).retrieve().raise_for_status),
    }
    for status in (*BY_STATUS, 418, 503):
        headers = {"Aurous-Request-Id": "req_1", "Retry-After": "0.5"}
        failure = caught(
            sync_caller(
                error(status, "some_code", headers=headers, param="id", doc_url="https://x"), max_retries=1
            ).retrieve
        )
        failures[type(failure).__name__] = failure
    bare = ChatCompletion.from_dict(completion())
    failures["AurousError"] = AurousError("bare", retry_after=1.5, attempts=(Attempt(None, "reset", 0.1),))
    failures["OutputError"] = caught(parsed, {"type": "string"}, bare)
    refusing = sync_caller(ok(), budget=Budget(requests=0)).client.chat.completions
    failures["BudgetExceededError"] = caught(refusing.create, model="a", messages="Hi")
    broken = read(sync_caller(sends(chunk({"content": "The capital"})))).error
    assert broken is not None
    failures["StreamInterruptedError"] = broken
    failures["CompletionError"] = CompletionError("bare", completion=bare, code="x")
    return failures


EVERY_KIND = every_kind()


def test_there_is_one_of_each() -> None:
    assert set(EVERY_KIND) == {cls.__name__ for cls in TREE}


def pickled(protocol: int) -> Callable[[Any], Any]:
    return lambda value: pickle.loads(pickle.dumps(value, protocol))


COPIES: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    **{f"pickle {protocol}": pickled(protocol) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)},
}


def carried(failure: AurousError) -> dict[str, Any]:
    """All that an error carries; the client by which a broken stream is recovered stays where it is."""
    return {name: value for name, value in vars(failure).items() if name != "_recover"}


@pytest.mark.parametrize("name", EVERY_KIND)
@pytest.mark.parametrize("way", COPIES)
def test_an_error_survives_as_its_own_class_with_all_it_carries(name: str, way: str) -> None:
    original = EVERY_KIND[name]
    twin = COPIES[way](original)

    assert type(twin) is type(original)
    assert (str(twin), twin.args, twin.message) == (str(original), original.args, original.message)
    assert carried(twin) == carried(original)
    assert twin.as_dict() == original.as_dict()
    assert repr(twin) == repr(original)
    with pytest.raises(type(original)):
        raise twin


def test_a_subclass_of_ones_own_survives_as_well() -> None:
    twin = pickle.loads(pickle.dumps(Own("mine", extra=7)))
    assert (type(twin), twin.extra, twin.message) == (Own, 7, "mine")


class Own(AurousError):  # noqa: N818
    """Defined where pickle finds it."""

    def __init__(self, message: str, *, extra: int) -> None:
        super().__init__(message)
        self.extra = extra


@pytest.mark.parametrize("name", EVERY_KIND)
def test_as_dict_is_plain_json_that_is_safe_to_log(name: str) -> None:
    failure = EVERY_KIND[name]
    data = failure.as_dict()

    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert data["error"] == name
    assert data["message"] == str(failure)
    assert {field: data[field] for field in FIELDS if field not in ("attempts", "body")} == {
        field: getattr(failure, field) for field in FIELDS if field not in ("attempts", "body")
    }
    assert [attempt["reason"] for attempt in data["attempts"]] == [attempt.reason for attempt in failure.attempts]
    assert "body" not in data
    assert "completion" not in data


@pytest.mark.parametrize("name", EVERY_KIND)
def test_every_field_is_there_on_every_error(name: str) -> None:
    failure = EVERY_KIND[name]
    for field in FIELDS:
        getattr(failure, field)
    assert isinstance(failure.retryable, bool)
    assert isinstance(failure.attempts, tuple)


def test_no_error_carries_an_exception_of_a_library() -> None:
    for failure in EVERY_KIND.values():
        for linked in (failure.__cause__, failure.__context__):
            assert linked is None or isinstance(linked, AurousError)


# --- The key ---

ECHOES: dict[str, Step] = {
    "message": error(401, "invalid_api_key", message=f"The key {KEY} is revoked."),
    "message, often": error(401, "invalid_api_key", message=KEY * 40),
    "code": error(401, KEY),
    "type": error(401, "x", type=KEY),
    "param": error(401, "x", param=KEY),
    "doc_url": error(401, "x", doc_url=f"https://docs.example/?key={KEY}"),
    "request id": error(401, "x", request_id=KEY),
    "request id header": error(401, "x", headers={"Aurous-Request-Id": f"req_{KEY}"}),
    "request id header, often": error(401, "x", headers={"Aurous-Request-Id": KEY * 40}),
    "request id header, late": error(401, "x", headers={"Aurous-Request-Id": "x" * 190 + KEY}),
    "plain body": Reply(401, b"denied: " + KEY.encode()),
    "body, often": Reply(401, KEY.encode() * 100),
    "body, late": Reply(401, b"x" * 2040 + KEY.encode() * 30),
    "error as a string": reply({"error": f"bad key {KEY}"}, status=403),
    "503": error(503, "internal_error", message=KEY),
    "html with 200": Reply(200, b"<html>" + KEY.encode()),
    "text with 200": Reply(200, KEY.encode()),
    "content type": Reply(200, b"?", (("Content-Type", KEY),)),
    "content encoding": Reply(200, b"?", (("Content-Encoding", KEY),)),
    "another id": reply(completion() | {"id": KEY}),
    "id with more": reply(completion() | {"id": f"cmp_{KEY}"}),
    "name twice": Reply(200, f'{{"{KEY}": 1, "{KEY}": 2}}'.encode()),
    "envelope with 200": reply({"error": {"code": KEY, "message": KEY}}),
    "location": Reply(302, headers=(("Location", f"https://sso.example/?key={KEY}"),)),
    "location of a 308": Reply(308, headers=(("Location", f"https://sso.example/?key={KEY}"),)),
    "exception": httpx.RemoteProtocolError(f"Illegal header value b'{KEY}'"),
    "exception, late": httpx.RemoteProtocolError("x" * 150 + KEY),
    "unknown exception": RuntimeError(KEY),
    "http date": error(429, "x", headers={"Retry-After": KEY, "Date": KEY}),
    "drift": reply(completion(surprise=KEY, model=7)),
    "drift in a name": reply(completion() | {KEY: "surprise"}),
    "drift in a status": reply(completion(status=KEY)),
    "failed": ok("failed", error={"code": KEY, "type": KEY, "message": KEY}),
}


@pytest.mark.parametrize("echo", ECHOES)
def test_a_server_that_repeats_the_key_does_not_spread_it(
    call: MakesCaller, echo: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    caller = call(ECHOES[echo], on_drift="raise", max_retries=1)
    failure = caught(lambda: caller.retrieve().raise_for_status())

    shown = [str(failure), repr(failure), json.dumps(failure.as_dict()), str(vars(failure)), str(failure.body)]
    shown += [
        str(pickle.dumps(failure)),
        traceback_with_locals(failure),
        caplog.text,
        *(str(vars(record)) for record in caplog.records),
    ]
    for text in shown:
        assert KEY_BEGINS not in text


@pytest.mark.parametrize("echo", ["drift", "drift in a name", "drift in a status"])
def test_drift_that_repeats_the_key_is_logged_without_it(
    call: MakesCaller, echo: str, caplog: pytest.LogCaptureFixture
) -> None:
    call(ECHOES[echo], on_drift="warn").retrieve()
    assert KEY_BEGINS not in caplog.text


@pytest.mark.parametrize(
    "name",
    ["Aurous-Request-Id", "Aurous-Version", "Aurous-Deprecated", "Sunset", "X-Echo", "X-RateLimit-Limit", KEY],
    ids=lambda name: "the key" if name == KEY else name,
)
def test_the_headers_of_a_completion_hold_no_key(
    call: MakesCaller, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    result = call(ok(headers={name: f"seen: {KEY}"}), api_version="2026-05-15").retrieve()
    for text in (
        str(result.meta.headers),
        repr(result.meta),
        str(result.meta.attempts),
        str(pickle.dumps(result)),
        caplog.text,
    ):
        assert KEY_BEGINS not in text
    assert result.meta.headers


@pytest.mark.parametrize(
    "options",
    [
        {"extra_headers": {"X-A": "b\r\nc"}},
        {"extra_headers": {"X A": "b"}},
        {"timeout": -1},
        {"max_retries": "two"},
        {"api_version": "x"},
        {"id": "a/b"},
    ],
)
def test_a_mistake_in_a_call_shows_no_key_to_a_crash_reporter(call: MakesCaller, options: dict[str, Any]) -> None:
    assert KEY_BEGINS not in traceback_with_locals(caught(call(ok()).retrieve, **options))


@pytest.mark.parametrize(
    "options",
    [
        {"timeout": -1},
        {"timout": 1},
        {"base_url": "ftp://x"},
        {"transport": 7},
        {"proxy": "nowhere"},
        {"on_request": 7},
    ],
)
@pytest.mark.parametrize("client", [aurous.Aurous, aurous.AsyncAurous])
def test_a_mistake_in_the_configuration_shows_no_key_to_a_crash_reporter(
    client: Any, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert KEY_BEGINS not in traceback_with_locals(caught(client, KEY, **options))
    assert KEY_BEGINS not in traceback_with_locals(caught(client, api_key=KEY, **options))
    assert KEY_BEGINS not in traceback_with_locals(
        caught(client(KEY, transport=ok).with_options, api_key=KEY, **options)
    )
    monkeypatch.setenv("AUROUS_API_KEY", KEY)
    assert KEY_BEGINS not in traceback_with_locals(caught(client, **options))


@pytest.mark.parametrize(
    "key",
    [KEY + "\n", " " + KEY, KEY + "é", KEY + "\x00", f'"{KEY}" '],
    ids=["newline", "blank", "non-ASCII", "NUL", "quotes"],
)
def test_a_key_that_cannot_be_is_not_shown(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    failure = caught(aurous.Aurous, key)
    monkeypatch.setenv("AUROUS_API_KEY", key.replace("\x00", "\n"))
    for each in (failure, caught(aurous.Aurous)):
        assert KEY_BEGINS not in str(each) + repr(each) + str(vars(each)) + traceback_with_locals(each)


@pytest.mark.parametrize("option", ["base_url", "api_version", "proxy", "on_drift", "timeout", "max_retries"])
def test_a_key_in_the_wrong_place_is_not_shown(option: str) -> None:
    assert KEY_BEGINS not in str(caught(aurous.Aurous, KEY, **{option: KEY}))
    assert KEY_BEGINS not in str(caught(aurous.Aurous, "al_live_other", **{option: KEY}))


def test_a_key_in_place_of_an_id_is_not_shown(call: MakesCaller) -> None:
    assert KEY_BEGINS not in str(caught(call(ok()).retrieve, f"{KEY}\n"))


@pytest.mark.parametrize("variable", ["AUROUS_BASE_URL", "AUROUS_API_VERSION"])
def test_a_key_in_the_wrong_variable_is_not_shown(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, KEY)
    failure = caught(aurous.Aurous, "al_live_other")
    assert variable in str(failure)
    assert KEY_BEGINS not in str(failure)
