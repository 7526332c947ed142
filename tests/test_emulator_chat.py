"""The emulator, where completions are created: what it says, what that costs, and how a test plans it."""

import asyncio
import json
import math
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files
from typing import Any

import httpx
import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aurous import Aurous, Clock, ServerError
from aurous.emulator import (
    OTHER_TEAM_KEY,
    Emulator,
    EmulatorError,
    RateLimit,
    Refusal,
    Reply,
    State,
    Streaming,
    create_app,
)
from aurous.testing import FakeClock

START = 1_800_000_000.0
CONTRACT: dict[str, Any] = json.loads((files("aurous_api") / "contract.json").read_text(encoding="utf-8"))
PATH = "/v1/chat/completions"
MODEL = "aurous-grow-2.0-pro"
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": name,
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
        },
    }
    for name in ("get_time", "get_weather")
]


def assert_valid(schema: str, body: object) -> None:
    jsonschema.validate(body, {"$ref": f"#/components/schemas/{schema}", "components": CONTRACT["components"]})


def question(text: str = "Capital of Japan?", **more: Any) -> dict[str, Any]:
    return {"model": MODEL, "messages": [{"role": "user", "content": text}], **more}


class Api:
    """Creates over the socket, as a client would. What comes is held against the contract."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    def post(self, body: Any, **headers: str) -> httpx.Response:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.post(PATH, json=body, headers=names)

    def create(self, body: Any, **headers: str) -> dict[str, Any]:
        response = self.post(body, **headers)
        assert response.status_code == 200, response.text
        completion: dict[str, Any] = response.json()
        assert_valid("ChatCompletion", completion)
        return completion

    def refused(self, body: Any, **headers: str) -> tuple[int, str, str | None]:
        response = self.post(body, **headers)
        assert_valid("ErrorEnvelope", response.json())
        error = response.json()["error"]
        return response.status_code, error["code"], error.get("param")

    def get(self, completion_id: str) -> dict[str, Any]:
        completion: dict[str, Any] = self.http.get(f"{PATH}/{completion_id}").json()
        assert_valid("ChatCompletion", completion)
        return completion

    def balance(self) -> tuple[Any, Any, Any]:
        body = self.http.get("/v1/balance").json()
        assert_valid("Balance", body)
        return body["credits"], body["held_credits"], body["available_credits"]

    def usage(self, **query: Any) -> dict[str, Any]:
        response = self.http.get("/v1/usage", params={"start_time": "2027-01-15T08:00:00Z", **query})
        body: dict[str, Any] = response.json()
        assert_valid("UsageBucketList" if response.status_code == 200 else "ErrorEnvelope", body)
        return body

    def events(self, **query: Any) -> list[dict[str, Any]]:
        body = self.http.get("/v1/usage/events", params=query).json()
        assert_valid("UsageEventList", body)
        events: list[dict[str, Any]] = body["data"]
        return events


def text_of(completion: dict[str, Any]) -> Any:
    return completion["choices"][0]["message"]["content"]


def why_of(completion: dict[str, Any]) -> Any:
    return completion["choices"][0]["finish_reason"]


def calls_of(completion: dict[str, Any]) -> list[tuple[str, Any]]:
    calls = completion["choices"][0]["message"]["tool_calls"]
    return [(call["function"]["name"], json.loads(call["function"]["arguments"])) for call in calls]


@pytest.fixture
def aurous_clock() -> FakeClock:
    return FakeClock(START, autojump=False)


@pytest.fixture
def emulator(aurous_emulator: Emulator) -> Emulator:
    return aurous_emulator


@pytest.fixture
def api(emulator: Emulator) -> Iterator[Api]:
    with httpx.Client(base_url=emulator.base_url, headers={"X-Api-Key": emulator.api_key}, verify=False) as http:
        yield Api(http)


# --- What it says ---


def test_says_which_question_it_heard_and_stores_that(api: Api, emulator: Emulator) -> None:
    completion = api.create(question("Capital of Japan?"))
    assert (text_of(completion), why_of(completion)) == ("You asked: Capital of Japan?", "stop")
    assert (completion["created"], completion["model"], completion["status"]) == (START, MODEL, "completed")
    assert api.get(completion["id"]) == completion
    theirs = api.http.get(f"{PATH}/{completion['id']}", headers={"X-Api-Key": OTHER_TEAM_KEY})
    assert theirs.status_code == 404


def test_hears_the_last_question_in_all_its_parts(api: Api) -> None:
    parts = [{"type": "text", "text": "Is this "}, {"type": "image_url", "image_url": {"url": "https://example.com"}}]
    last = {"role": "user", "content": [*parts, {"type": "text", "text": "Tokyo?"}]}
    body = question("Before", messages=[{"role": "user", "content": "Before"}, last])
    assert text_of(api.create(body)) == "You asked: Is this Tokyo?"
    assert text_of(api.create(question(messages=[{"role": "system", "content": "Be brief."}]))) == "You asked nothing."


def test_calls_the_tool_that_it_has_to_call_and_tells_what_it_said(api: Api) -> None:
    assert calls_of(api.create(question(tools=TOOLS, tool_choice="required"))) == [("get_time", {"city": "text"})]
    choice = {"type": "function", "function": {"name": "get_weather"}}
    completion = api.create(question(tools=TOOLS, tool_choice=choice))
    assert calls_of(completion) == [("get_weather", {"city": "text"})]
    assert (text_of(completion), why_of(completion)) == (None, "tool_calls")
    said = completion["choices"][0]["message"]
    result = {"role": "tool", "tool_call_id": said["tool_calls"][0]["id"], "content": "clear"}
    after = question(tools=TOOLS, messages=[{"role": "user", "content": "The weather?"}, said, result])
    assert text_of(api.create(after)) == "The tool said: clear"


SCHEMAS: list[dict[str, Any]] = [
    {"type": "object", "properties": {"same": {"type": "boolean"}}, "required": ["same"]},
    {
        "type": "object",
        "$defs": {"City": {"type": "object", "properties": {"name": {"$ref": "#/$defs/Name"}}, "required": ["name"]},
                  "Name": {"type": "string", "minLength": 7}},
        "properties": {
            "cities": {"type": "array", "items": {"$ref": "#/$defs/City"}, "minItems": 2},
            "kind": {"enum": ["big", "small"]},
            "size": {"anyOf": [{"type": "integer", "minimum": 3}, {"type": "null"}]},
            "left_out": {"type": "string"},
            "none": {"type": ["null"]},
        },
        "required": ["cities", "kind", "size", "none"],
    },
    {"type": "array", "items": {"type": "number"}},
    {"$ref": "#/$defs/Tree", "$defs": {"Tree": {"type": "object", "properties": {"next": {"$ref": "#/$defs/Tree"}}}}},
]  # fmt: skip


@pytest.mark.parametrize("schema", SCHEMAS)
def test_gives_what_fits_the_schema(api: Api, schema: dict[str, Any]) -> None:
    wanted = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}
    jsonschema.validate(json.loads(text_of(api.create(question(response_format=wanted)))), schema)


def test_gives_json_where_any_is_asked_for(api: Api) -> None:
    completion = api.create(question("Why?", response_format={"type": "json_object"}))
    assert json.loads(text_of(completion)) == {"answer": "You asked: Why?"}


def test_stops_where_it_is_told_to(api: Api) -> None:
    cut = api.create(question("Capital of Japan?", max_tokens=3))
    assert (text_of(cut), why_of(cut), cut["usage"]["completion_tokens"]) == ("You asked: C", "length", 3)
    stopped = api.create(question("Capital of Japan?", stop=["Korea", " of"]))
    assert (text_of(stopped), why_of(stopped)) == ("You asked: Capital", "stop")
    whole = api.create(question("Capital?", max_tokens=100, stop="."))
    assert (text_of(whole), why_of(whole)) == ("You asked: Capital?", "stop")


UNSUPPORTED = "tool_choice_required_unsupported"


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [
        ({"model": "gpt-nothing"}, "invalid_format", "model"),
        ({"model": "aurous-embed-vision-1.0"}, "model_wrong_kind", "model"),
        ({"max_tokens": 8193}, "max_tokens_exceeds_hard_cap", "max_tokens"),
        ({"max_tokens": 0}, "value_out_of_range", "max_tokens"),
        ({"messages": []}, "value_out_of_range", "messages"),
        ({"messages": None}, "invalid_format", "messages"),
        ({"messages": [{"role": "user", "content": "x" * 1_024_004}]}, "max_input_tokens_exceeded", "messages"),
        ({"tool_choice": "required"}, "invalid_format", "tool_choice"),
        ({"tool_choice": "maybe"}, "invalid_format", "tool_choice"),
        ({"reasoning_effort": "ultra"}, "invalid_format", "reasoning_effort"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://a/b.png"}}]}]},
            "invalid_format",
            "messages.0.content.0.image_url.url",
        ),
        ({"model": "small", "tools": TOOLS, "tool_choice": "required"}, UNSUPPORTED, "tool_choice"),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {"$ref": "https://a.b"}}}},
            "invalid_format",
            "response_format",
        ),
    ],
)  # fmt: skip
def test_refuses_as_documented_and_charges_nothing(
    api: Api, emulator: Emulator, change: dict[str, Any], code: str, param: str
) -> None:
    emulator.add_model({"id": "small", "kind": "chat"})
    assert api.refused(question() | change) == (400, code, param)
    assert api.balance() == (1000, 0, 1000)


def test_a_model_of_ones_own_is_listed_and_answers(api: Api, emulator: Emulator) -> None:
    emulator.add_model({"id": "small", "kind": "chat"})
    body = api.http.get("/v1/models").json()
    assert_valid("ModelList", body)
    assert [row["id"] for row in body["data"]] == [MODEL, "aurous-embed-vision-1.0", "small"]
    assert api.create(question(model="small"))["usage"]["credits_charged"] == 0
    with pytest.raises(EmulatorError, match="a model is an object with an id"):
        emulator.add_model({"kind": "chat"})


# --- What it costs ---


def test_charges_tokens_by_the_published_rates(api: Api, emulator: Emulator) -> None:
    low = {"type": "image_url", "image_url": {"url": "https://example.com", "detail": "low"}}
    usual = {"type": "image_url", "image_url": {"url": "https://example.com"}}
    emulator.answers(Reply("Ōsaka.", reasoning_tokens=10))
    usage = api.create(question(messages=[{"role": "user", "content": [{"type": "text", "text": "€€€"}, low, usual]}]))[
        "usage"
    ]
    read, written, thought = 3 + 512 + 1024, 2, 10  # 9 bytes and 7 bytes of UTF-8, and the documented numbers
    assert usage == {
        "prompt_tokens": read,
        "completion_tokens": written,
        "reasoning_tokens": thought,
        "total_tokens": read + written + thought,
        "credits_charged": 0.12083,
        "breakdown": {
            "input_credits": 0.11543,
            "output_credits": 0.0009,
            "reasoning_credits": 0.0045,
            "model": MODEL,
            "pricing_version": 7,
        },
    }


def test_balance_and_usage_agree_with_the_charges_to_the_last_digit(api: Api, aurous_clock: FakeClock) -> None:
    responses = []
    for length in (1, 333, 4):
        responses.append(api.post(question("x" * length)))
        aurous_clock.advance(1)
    charged = [Decimal(str(each.json()["usage"]["credits_charged"])) for each in responses]
    left = 1000 - sum(charged)
    assert [Decimal(str(amount)) for amount in api.balance()] == [left, 0, left]
    events = api.events()
    assert [Decimal(str(event["credits_charged"])) for event in events] == charged[::-1]
    assert [(event["id"], event["request_id"]) for event in events] == [
        (each.json()["id"], each.headers["aurous-request-id"]) for each in reversed(responses)
    ]
    assert {(event["type"], event["model"], event["status"]) for event in events} == {("chat", MODEL, "completed")}
    assert api.events(type="chat", status="completed", limit=1) == events[:1]
    assert api.events(type="image") == api.events(end_time="2020-01-01T00:00:00Z") == []
    theirs = api.http.get("/v1/usage/events", headers={"X-Api-Key": OTHER_TEAM_KEY}).json()
    assert theirs["data"] == []


def test_events_come_in_pages(api: Api, aurous_clock: FakeClock) -> None:
    for _ in range(5):
        api.create(question())
        aurous_clock.advance(1)
    page = api.http.get("/v1/usage/events", params={"limit": 3}).json()
    rest = api.http.get("/v1/usage/events", params={"limit": 3, "cursor": page["next_cursor"]}).json()
    assert page["data"] + rest["data"] == api.events()
    assert (page["has_more"], rest["has_more"], rest["next_cursor"]) == (True, False, None)


@pytest.fixture
def used(api: Api, emulator: Emulator, aurous_clock: FakeClock) -> None:
    """What was asked for in three hours: a completion, nothing, another that was cancelled, and a vector."""
    api.create(question())
    aurous_clock.advance(7200)
    emulator.answers("Tokyo.", streaming=Streaming(end="closed", end_after=1))
    with suppress(httpx.RemoteProtocolError):
        api.post(question(stream=True))
    vector = {"model": "aurous-embed-vision-1.0", "input": "Tokyo"}
    api.http.post("/v1/embeddings", json=vector).raise_for_status()


@pytest.mark.usefixtures("used")
def test_usage_adds_up_what_the_events_tell(api: Api) -> None:
    buckets = api.usage(bucket_width="1h", group_by="status,model")["data"]
    starts = [each["bucket_start"] for each in buckets]
    assert starts == [f"2027-01-15T{hour:02}:00:00Z" for hour in (8, 9, 10)]
    assert [[group["key"] for group in each["groups"]] for each in buckets] == [
        [{"status": "completed", "model": MODEL}],
        [],
        [{"status": "cancelled", "model": MODEL}, {"status": "completed", "model": "aurous-embed-vision-1.0"}],
    ]
    (whole,) = api.usage()["data"][0]["groups"]
    assert whole["key"] == {}
    counts = ("request_count", "successful_count", "failed_count", "cancelled_count")
    assert [whole["metrics"][name] for name in counts] == [3, 2, 0, 1]
    events = api.events()
    assert whole["metrics"]["credits_used"] == pytest.approx(sum(event["credits_charged"] for event in events))
    assert whole["metrics"]["total_input_tokens"] == sum(event["input_tokens"] for event in events)


@pytest.mark.usefixtures("used")
@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"type": "chat"}, 2),
        ({"status": "cancelled,failed"}, 1),
        ({"user_id": "usr_a"}, 0),
        ({"character_id": "char_a"}, 0),
        ({"start_time": "2027-01-15T08:00:01Z"}, 2),
        ({"end_time": "2027-01-15T10:00:00Z"}, 1),
    ],
    ids=str,
)
def test_usage_is_that_of_what_is_asked_for(api: Api, query: dict[str, str], count: int) -> None:
    groups = [group for bucket in api.usage(**query)["data"] for group in bucket["groups"]]
    assert sum(group["metrics"]["request_count"] for group in groups) == count


@pytest.mark.usefixtures("used")
def test_usage_comes_in_pages(api: Api, aurous_clock: FakeClock) -> None:
    first = api.usage(bucket_width="1h", limit=2)
    aurous_clock.advance(7200)  # which makes no buckets of a query that has begun
    token = first["next_page"]
    rest = api.http.get("/v1/usage", params={"page_token": token}).json()
    assert [each["bucket_start"][11:13] for each in first["data"] + rest["data"]] == ["08", "09", "10"]
    assert (first["has_more"], rest["has_more"], rest["next_page"]) == (True, False, None)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"end_time": "2027-01-15T08:00:00Z"}, "value_out_of_range"),
        ({"end_time": "2027-02-15T08:00:00Z", "bucket_width": "1m"}, "too_many_buckets"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refuses_usage_that_cannot_be(api: Api, query: dict[str, Any], code: str) -> None:
    assert api.usage(**query)["error"]["code"] == code


@pytest.mark.parametrize("change", ["a day later", "another query", "another team"])
def test_refuses_a_page_token_out_of_its_place(
    api: Api, emulator: Emulator, aurous_clock: FakeClock, change: str
) -> None:
    aurous_clock.advance(7200)
    token = api.usage(bucket_width="1h", limit=1)["next_page"]
    aurous_clock.advance(86400 if change == "a day later" else 0)
    more = {"limit": 2} if change == "another query" else {}
    key = OTHER_TEAM_KEY if change == "another team" else emulator.api_key
    response = api.http.get("/v1/usage", params={"page_token": token, **more}, headers={"X-Api-Key": key})
    assert (response.status_code, response.json()["error"]["code"]) == (400, "invalid_page_token")


def test_refuses_what_the_balance_does_not_cover(api: Api, emulator: Emulator) -> None:
    # 4 bytes are 1 token: 1.10 x 1 x 0.000075 + 2 x 0.00045 is held, rounded up.
    emulator.set_credits(Decimal("0.00099"))
    assert api.create(question("x" * 4, max_tokens=2))["usage"]["credits_charged"] == 0.00098
    assert api.refused(question("x" * 4, max_tokens=2)) == (402, "balance_too_low", None)
    assert api.balance() == (0.00001, 0, 0.00001)
    emulator.set_credits("0.001")
    assert api.refused(question("x" * 4)) == (402, "balance_too_low", None), "all that may be written is held"
    with pytest.raises(EmulatorError, match="no amount"):
        emulator.set_credits("much")


def test_tokens_per_minute_run_out(aurous_clock: FakeClock) -> None:
    with Emulator(clock=aurous_clock, token_limit=RateLimit(burst=10, per_minute=60)) as emulator:
        headers = {"X-Api-Key": emulator.api_key}
        with httpx.Client(base_url=emulator.base_url, headers=headers, verify=False) as http:
            api = Api(http)
            emulator.answers("12345678", times=None)
            assert api.post(question("x" * 32)).status_code == 200
            response = api.post(question("x" * 32))
            assert (response.status_code, response.json()["error"]["code"]) == (429, "tpm_rate_limit_exceeded")
            assert (response.headers["retry-after"], response.headers["x-ratelimit-tpm-remaining"]) == ("8", "0")
            aurous_clock.advance(8)
            assert api.post(question("x" * 32)).status_code == 200


# --- What a test plans ---


def test_says_what_is_planned_in_turn_and_then_what_it_says_by_itself(api: Api, emulator: Emulator) -> None:
    emulator.answers(
        "Tokyo.",
        [{"name": "get_time", "arguments": {"city": "Tokyo"}}],
        {"role": "assistant", "content": "At once.", "tool_calls": [{"name": "get_time", "arguments": "{"}]},
        lambda body: f"{len(body['messages'])} message",
        Reply("Half", finish_reason="content_filter"),
    )
    assert text_of(api.create(question())) == "Tokyo."
    assert calls_of(api.create(question())) == [("get_time", {"city": "Tokyo"})]
    both = api.create(question())["choices"][0]
    assert both["message"]["tool_calls"][0]["function"] == {"name": "get_time", "arguments": "{"}
    assert (both["message"]["content"], both["finish_reason"]) == ("At once.", "tool_calls")
    assert text_of(api.create(question())) == "1 message"
    assert why_of(api.create(question())) == "content_filter"
    assert text_of(api.create(question("Why?"))) == "You asked: Why?"


def test_plans_by_what_is_asked(api: Api, emulator: Emulator) -> None:
    emulator.answers("always", times=None)
    emulator.answers("seeded", when=lambda body: "seed" in body, times=2)
    texts = [text_of(api.create(question() | more)) for more in ({}, {"seed": 1}, {"seed": 1}, {"seed": 1})]
    assert texts == ["always", "seeded", "seeded", "always"]


def test_refuses_as_planned_and_charges_nothing(api: Api, emulator: Emulator) -> None:
    emulator.answers(Refusal(code="chat_provider_unavailable"), lambda body: Refusal(status=429, retry_after=7))
    assert api.refused(question()) == (502, "chat_provider_unavailable", None)
    response = api.post(question())
    assert (response.status_code, response.headers["retry-after"]) == (429, "7")
    assert (api.balance(), api.events()) == ((1000, 0, 1000), [])


def test_a_request_that_does_not_reach_the_model_leaves_what_is_planned(api: Api, emulator: Emulator) -> None:
    emulator.answers("Tokyo.")
    emulator.set_credits(0)
    assert api.refused(question())[0] == 402
    emulator.set_credits(1000)
    assert text_of(api.create(question())) == "Tokyo."


@pytest.mark.parametrize("planned", [{"when": lambda body: body["seed"]}, {}])
def test_a_function_that_fails_tells_the_request(api: Api, emulator: Emulator, planned: dict[str, Any]) -> None:
    emulator.answers(lambda body: body["seed"], **planned)
    response = api.post(question())
    assert (response.status_code, response.json()["error"]["code"]) == (500, "internal_error")
    assert "KeyError: 'seed'" in response.json()["error"]["message"]
    assert api.balance() == (1000, 0, 1000)
    with pytest.raises(EmulatorError, match=r"The function given as .* raised KeyError: 'seed'") as told:
        emulator.reset()
    assert isinstance(told.value.__cause__, KeyError)
    emulator.raise_failure()  # once is enough


def exit_early(_: object) -> str:
    raise SystemExit(3)


def interrupt(_: object) -> str:
    raise KeyboardInterrupt


def see_nothing(_: object) -> str:
    with pytest.raises(LookupError):
        pass
    return "Tokyo."


@pytest.mark.parametrize("function", [lambda _: pytest.fail("no city"), see_nothing, exit_early, interrupt])
@pytest.mark.parametrize("is_reply", [True, False])
def test_what_is_no_exception_is_told_like_one(
    api: Api, emulator: Emulator, function: Callable[[object], Any], *, is_reply: bool
) -> None:
    if is_reply:
        emulator.answers(function)
    else:
        emulator.answers("Tokyo.", when=function)
    assert api.refused(question())[:2] == (500, "internal_error")
    assert [request.status for request in emulator.requests] == [500]
    with pytest.raises(EmulatorError, match="The function given as") as told:
        emulator.raise_failure()
    assert not isinstance(told.value.__cause__, Exception)


@dataclass
class City:
    """What structured output may be of."""

    name: str
    population: int = 0


NOTHING_SAID: list[Any] = [
    7,
    None,
    b"Tokyo.",
    True,
    {"name": "Tokyo"},
    City("Tokyo"),
    City,
    {"content": {"name": "Tokyo"}},
    {"content": None, "tool_calls": 5},
]
"""What no model says, though a test may plan it."""


@pytest.mark.parametrize(
    "given",
    [
        {"text": {"name": "Tokyo"}},
        {"text": 7},
        {"tool_calls": "get_time"},
        {"finish_reason": 5},
        {"reasoning_tokens": -1},
        {"reasoning_tokens": 0.5},
        {"text": "Tokyo", "json": {"name": "Tokyo"}},
        {"json": object},
        {"json": math.nan},
    ],
    ids=str,
)
def test_a_reply_that_cannot_be_is_none(given: dict[str, Any]) -> None:
    with pytest.raises(EmulatorError, match=r"is nothing that a model says|give one of them|cannot be written as JSON"):
        Reply(**given)


def test_a_number_that_python_does_not_write_is_refused() -> None:
    with pytest.raises(EmulatorError, match="json=<int> cannot be written as JSON"):
        Reply(json=10**5000)


@pytest.mark.parametrize("value", [City("Tokyo", 1), {"name": "Tokyo", "population": 1}], ids=["dataclass", "mapping"])
def test_says_json_for_structured_output(aurous_client: Aurous, emulator: Emulator, value: object) -> None:
    emulator.answers(Reply(json=value, reasoning_tokens=3), lambda _: Reply(json=value))
    for _ in range(2):
        parsed = aurous_client.chat.completions.parse(City, model=MODEL, messages="Where?")
        assert parsed.value == City("Tokyo", 1)


class _Failing(Clock):
    """A clock of somebody's own, that fails while it is armed."""

    is_armed = False

    def time(self) -> float:
        if self.is_armed:
            raise ZeroDivisionError("no time")
        return super().time()


@pytest.mark.filterwarnings("default")  # of a thread, where the server tells of it
def test_what_fails_within_reaches_whoever_runs_it() -> None:
    clock = _Failing()

    def ask(emulator: Emulator) -> None:
        clock.is_armed = True
        client = Aurous(emulator.api_key, base_url=emulator.base_url, max_retries=0)
        with client, pytest.raises(ServerError, match="The emulator itself failed: ZeroDivisionError: no time"):
            client.models.list()
        clock.is_armed = False

    with pytest.raises(EmulatorError, match="the emulator raised ZeroDivisionError"), Emulator(clock=clock) as emulator:
        ask(emulator)
    with suppress(LookupError), Emulator(clock=clock) as emulator:
        ask(emulator)
        raise LookupError  # which it does not hide


def test_tells_what_was_planned_and_not_asked_for(api: Api, emulator: Emulator) -> None:
    emulator.answers("Tokyo.", Refusal(status=503), lambda _: "Kyoto.")
    emulator.answers("always", times=None)
    emulator.fail(operation="images.list", code="internal_error", times=2)
    emulator.answer("images.list", body={}, times=1)
    emulator.drift(emulator.ids["completed"], "unknown_field", times=1)
    api.create(question())
    assert emulator.unused == [
        "the refusal 503, 1 of them",
        "a reply, 1 of them",
        "the error 500 internal_error for images.list, 2 of them",
        "the response of a body for images.list, 1 of them",
        f"the drift of /undocumented for {emulator.ids['completed']}, 1 of them",
    ]
    emulator.reset()
    assert emulator.unused == []


def test_what_was_asked_is_sliced(api: Api, emulator: Emulator) -> None:
    api.balance()
    before = len(emulator.requests)
    api.create(question())
    api.balance()
    assert [each.operation for each in emulator.requests[before:]] == ["chat.completions.create", "balance.retrieve"]


@pytest.mark.parametrize(
    ("arguments", "more", "reason"),
    [
        *[((planned,), {}, "is nothing that a model says") for planned in NOTHING_SAID],
        ((Reply("text", finish_reason="\ud800"),), {}, "cannot be sent as JSON"),
        (({"content": "\ud800"},), {}, "cannot be sent as JSON"),
        (("text",), {"when": 5}, "is no function"),
        (([{"arguments": {}}],), {}, "a tool call names its function"),
        ((Refusal(code="no_such_code"),), {}, "no documented error has the code"),
        (("text",), {"after": -1}, "is not a duration"),
        (("text",), {"times": 0}, "never happens"),
        (("text",), {"times": "x"}, "never happens"),
        (("text",), {"streaming": 5}, "give a Streaming"),
    ],
)
def test_refuses_a_plan_that_cannot_be(
    emulator: Emulator, arguments: tuple[Any, ...], more: dict[str, Any], reason: str
) -> None:
    with pytest.raises(EmulatorError, match=reason):
        emulator.answers(*arguments, **more)


# --- Once a key ---


def test_a_key_gives_the_stored_answer_unbilled_for_a_day(api: Api, aurous_clock: FakeClock) -> None:
    first = api.post(question(), Idempotency_Key="a")
    spent = api.balance()
    again = api.post(question(), Idempotency_Key="a")
    assert again.json() == first.json()
    assert ("aurous-idempotent-replayed" in first.headers, again.headers["aurous-idempotent-replayed"]) == (
        False,
        "true",
    )
    assert api.balance() == spent
    assert api.refused(question("Another?"), Idempotency_Key="a") == (409, "idempotency_key_in_use", None)
    aurous_clock.advance(24 * 60 * 60)
    assert api.create(question(), Idempotency_Key="a")["id"] != first.json()["id"]


def test_a_slow_answer_is_waited_for_by_the_clock_and_its_key_is_in_use(
    api: Api, emulator: Emulator, aurous_clock: FakeClock
) -> None:
    emulator.answers("At last.", after=30)
    got: list[httpx.Response] = []
    caller = threading.Thread(target=lambda: got.append(api.post(question(), Idempotency_Key="a")))
    caller.start()
    while not (running := api.events(status="processing")):
        pass
    completion_id = running[0]["id"]
    assert api.refused(question(), Idempotency_Key="a") == (409, "idempotency_key_in_use", None)
    assert api.get(completion_id)["status"] == "in_progress"
    assert (
        api.http.post(f"{PATH}/{completion_id}/cancel").json()["error"]["code"] == "chat_cancel_target_not_cancellable"
    )
    credits, held, available = api.balance()
    assert credits == 1000
    assert 1000 - held == available < 1000
    aurous_clock.advance(30)
    caller.join(5)
    assert text_of(got[0].json()) == "At last."
    assert api.post(question(), Idempotency_Key="a").json() == got[0].json() == api.get(completion_id)
    assert api.balance()[1] == 0
    response = api.http.post(f"{PATH}/{completion_id}/cancel")
    assert response.json()["error"]["code"] == "chat_cancel_target_already_terminal"


def test_a_key_of_what_was_refused_is_free_again(api: Api, emulator: Emulator) -> None:
    emulator.answers(Refusal(code="chat_provider_unavailable"))
    assert api.refused(question(), Idempotency_Key="a")[0] == 502
    assert text_of(api.create(question(), Idempotency_Key="a")) == "You asked: Capital of Japan?"


def test_a_reset_ends_what_waits(api: Api, emulator: Emulator, aurous_clock: FakeClock) -> None:
    emulator.answers("At last.", after=30)
    got: list[httpx.Response] = []
    caller = threading.Thread(target=lambda: got.append(api.post(question())))
    caller.start()
    while not api.events(status="processing"):
        pass
    emulator.reset(clock=aurous_clock)
    caller.join(5)
    assert got[0].status_code == 200
    assert (api.balance(), api.events()) == ((1000, 0, 1000), [])


# --- Streams ---


DONE = object()


class Reading:
    """A stream that is read event by event, as far as it is asked to."""

    def __init__(self, response: httpx.Response) -> None:
        self.headers = response.headers
        self._events = self._split(response.iter_bytes())

    def next(self) -> Any:
        """The next event: the data, `DONE`, or the text of a comment."""
        event = next(self._events)
        if event.startswith(": "):
            return event
        data = event.removeprefix("data: ")
        return DONE if data == "[DONE]" else json.loads(data)

    def rest(self) -> list[Any]:
        events: list[Any] = []
        while True:
            try:
                events.append(self.next())
            except StopIteration:
                return events

    def _split(self, pieces: Iterator[bytes]) -> Iterator[str]:
        held = b""
        for piece in pieces:
            *events, held = (held + piece).split(b"\n\n")
            yield from (event.decode() for event in events)
        assert held == b""


@contextmanager
def streamed(api: Api, body: Any, **headers: str) -> Generator[Reading]:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    with api.http.stream("POST", PATH, json=body | {"stream": True}, headers=names) as response:
        assert response.status_code == 200, response.read()
        yield Reading(response)


def stream(api: Api, body: Any, **headers: str) -> list[Any]:
    with streamed(api, body, **headers) as reading:
        return reading.rest()


def delta_of(chunk: dict[str, Any]) -> dict[str, Any]:
    delta: dict[str, Any] = chunk["choices"][0]["delta"]
    return delta


def test_a_stream_comes_in_chunks_and_is_stored_as_a_whole(api: Api, emulator: Emulator) -> None:
    emulator.answers("Tokyo, of course.", streaming=Streaming(chunk_size=7))
    with streamed(api, question()) as reading:
        assert reading.headers["content-type"] == "text/event-stream"
        assert reading.headers["cache-control"] == "no-cache, no-transform"
        assert reading.headers["aurous-idempotency-status"] == "not_set"
        assert {"aurous-request-id", "aurous-version", "x-ratelimit-limit", "x-ratelimit-tpm-limit"} <= set(
            reading.headers
        )
        *chunks, done = reading.rest()
    assert done is DONE
    for chunk in chunks:
        assert_valid("ChatCompletionChunk", chunk)
    assert [delta_of(chunk) for chunk in chunks] == [
        {"role": "assistant", "content": ""},
        {"content": "Tokyo, "},
        {"content": "of cour"},
        {"content": "se."},
        {},
    ]
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks] == [None, None, None, None, "stop"]
    completion = api.get(chunks[0]["id"])
    assert (text_of(completion), completion["status"]) == ("Tokyo, of course.", "completed")
    assert [chunk.get("usage") for chunk in chunks] == [None, None, None, None, completion["usage"]]
    assert {(chunk["id"], chunk["created"], chunk["model"]) for chunk in chunks} == {(completion["id"], START, MODEL)}
    assert [event["id"] for event in api.events()] == [completion["id"]]


def test_a_key_is_ignored_on_a_stream_with_a_warning(api: Api) -> None:
    with streamed(api, question(), Idempotency_Key="a") as reading:
        assert reading.headers["aurous-idempotency-status"] == "ignored_streaming"
        warning, *chunks, done = reading.rest()
    assert ("choices" in warning, done) == (False, DONE)
    again = stream(api, question(), Idempotency_Key="a")
    assert again[1]["id"] != chunks[0]["id"]
    assert len(api.events()) == 2


@pytest.mark.parametrize(
    ("fragments", "marks"),
    [
        ("index", [(0, True), (0, False), (0, False), (1, True), (1, False)]),
        ("no_index", [(None, True), (None, False), (None, False), (None, True), (None, False)]),
        ("repeated_id", [(None, True), (None, True), (None, True), (None, True), (None, True)]),
    ],
)
def test_tool_calls_are_streamed_in_fragments(
    api: Api, emulator: Emulator, fragments: Any, marks: list[tuple[int | None, bool]]
) -> None:
    calls = [{"name": "get_time", "arguments": '{"city":"Oslo"}'}, {"name": "get_weather", "arguments": "{}"}]
    emulator.answers(calls, streaming=Streaming(chunk_size=8, fragments=fragments))
    first, *chunks, last, done = stream(api, question(tools=TOOLS))
    pieces = [piece for chunk in chunks for piece in delta_of(chunk)["tool_calls"]]
    assert [(piece.get("index"), "id" in piece) for piece in pieces] == marks
    assert [piece["function"].get("name") for piece in pieces] == ["get_time", None, None, "get_weather", None]
    assert [piece["function"]["arguments"] for piece in pieces] == ["", '{"city":', '"Oslo"}', "", "{}"]
    assert (last["choices"][0]["finish_reason"], done) == ("tool_calls", DONE)
    assert calls_of(api.get(first["id"])) == [("get_time", {"city": "Oslo"}), ("get_weather", {})]


def test_time_between_chunks_passes_by_the_clock(api: Api, emulator: Emulator, aurous_clock: FakeClock) -> None:
    emulator.answers("12345678abc", streaming=Streaming(silence=40, gap=1))
    with streamed(api, question()) as reading:
        first = reading.next()
        running = api.get(first["id"])
        assert (running["status"], text_of(running), running["usage"]["credits_charged"]) == ("in_progress", None, 0)
        assert api.balance()[1] > 0
        aurous_clock.advance(40)
        assert [reading.next() for _ in range(2)] == [": keep-alive", ": keep-alive"]
        assert delta_of(reading.next()) == {"content": "12345678"}
        assert text_of(api.get(first["id"])) == "12345678"
        aurous_clock.advance(1)
        assert delta_of(reading.next()) == {"content": "abc"}
        aurous_clock.advance(1)
        last, done = reading.rest()
    assert (delta_of(last), done) == ({}, DONE)
    assert (api.events()[0]["duration_ms"], api.balance()[1]) == (42_000, 0)


def test_a_cancel_from_another_connection_ends_the_stream(api: Api, emulator: Emulator) -> None:
    emulator.answers(Reply("12345678abc", reasoning_tokens=4), streaming=Streaming(gap=1))
    with streamed(api, question("1234")) as reading:
        first, second = reading.next(), reading.next()
        cancelled = api.http.post(f"{PATH}/{first['id']}/cancel").json()
        frame, done = reading.rest()
    assert delta_of(second) == {"content": "12345678"}
    assert (frame, done) == ({"object": "chat.completion.chunk", "choices": [{"finish_reason": "cancelled"}]}, DONE)
    assert_valid("ChatCompletion", cancelled)
    assert (text_of(cancelled), why_of(cancelled), cancelled["status"]) == ("12345678", "cancelled", "cancelled")
    assert cancelled["usage"]["credits_charged"] == 0.00278  # 1 token read, 2 written, 4 thought
    assert api.get(first["id"]) == cancelled
    event = api.events(status="cancelled")[0]
    assert (event["status"], event["credits_charged"]) == ("cancelled_by_request", 0.00278)
    again = api.http.post(f"{PATH}/{first['id']}/cancel")
    assert again.json()["error"]["code"] == "chat_cancel_target_already_terminal"


def test_a_stream_of_another_instance_cannot_be_cancelled(api: Api, emulator: Emulator) -> None:
    emulator.answers(streaming=Streaming(gap=1, cancellable=False))
    with streamed(api, question()) as reading:
        refused = api.http.post(f"{PATH}/{reading.next()['id']}/cancel")
    assert refused.json()["error"]["code"] == "chat_cancel_target_not_cancellable"


@pytest.mark.parametrize("streaming", [Streaming(gap=1), Streaming(end="stall", end_after=2)])
def test_a_client_that_goes_away_is_billed_for_what_was_written(
    api: Api, emulator: Emulator, streaming: Streaming
) -> None:
    emulator.answers("12345678abc", streaming=streaming)
    with streamed(api, question("1234")) as reading:
        first, _ = reading.next(), reading.next()
    while emulator.completions[first["id"]].running:
        pass
    events = api.events(status="cancelled")
    assert (events[0]["status"], events[0]["credits_charged"]) == ("cancelled_client_disconnect", 0.00098)
    completion = api.get(first["id"])
    assert (text_of(completion), completion["status"]) == ("12345678", "cancelled")
    assert completion["usage"]["credits_charged"] == 0.00098
    assert api.balance() == (999.99902, 0, 999.99902)


def test_a_stalled_stream_is_kept_alive(api: Api, emulator: Emulator, aurous_clock: FakeClock) -> None:
    emulator.answers(streaming=Streaming(end="stall", end_after=1, keep_alive=5))
    with streamed(api, question()) as reading:
        reading.next()
        aurous_clock.advance(11)
        assert [reading.next() for _ in range(2)] == [": keep-alive", ": keep-alive"]
        emulator.reset(clock=aurous_clock)
        assert reading.rest() == []


@pytest.mark.parametrize(
    ("end", "last", "error", "status", "text"),
    [
        ("done", [DONE], None, "completed", "12345678abc"),
        ("no_done", [], None, "completed", "12345678abc"),
        ("more", [DONE, "chunk"], None, "completed", "12345678abc"),
        ("error", ["error"], None, "failed", "12345678"),
        ("closed", [], httpx.RemoteProtocolError, "cancelled", "12345678"),
        ("half_event", [], httpx.RemoteProtocolError, "cancelled", "12345678abc"),
        ("reset", [], httpx.ReadError, "cancelled", "12345678"),
    ],
)
def test_a_stream_ends_as_planned(
    api: Api, emulator: Emulator, end: Any, last: list[Any], error: type[Exception] | None, status: str, text: str
) -> None:
    emulator.answers("12345678abc", streaming=Streaming(end=end, end_after=2))
    with streamed(api, question()) as reading:
        first, second = reading.next(), reading.next()
        with pytest.raises(error) if error else nullcontext():
            rest = reading.rest()
            kinds = [each if each is DONE else "error" if "error" in each else "chunk" for each in rest]
            assert kinds == last
    assert delta_of(second) == {"content": "12345678"}
    completion = api.get(first["id"])
    assert (completion["status"], text_of(completion)) == (status, text)
    event = api.events()[0]
    assert (event["status"].partition("_")[0], event["credits_charged"]) == (
        status,
        completion["usage"]["credits_charged"],
    )
    assert (completion["usage"]["credits_charged"] == 0) is (status == "failed")
    assert ("error" in completion) is (status == "failed")


def test_what_was_lost_on_the_way_may_be_whole_where_it_is_stored(api: Api, emulator: Emulator) -> None:
    emulator.answers("12345678abc", streaming=Streaming(end="reset", end_after=1, then="completed"))
    with streamed(api, question()) as reading:
        first = reading.next()
        with pytest.raises(httpx.ReadError):
            reading.next()
    assert text_of(api.get(first["id"])) == "12345678abc"


def test_a_stream_may_be_refused_before_it_begins(api: Api, emulator: Emulator) -> None:
    emulator.answers(Refusal(code="chat_provider_unavailable"))
    assert api.refused(question(stream=True)) == (502, "chat_provider_unavailable", None)
    assert api.refused(question(stream=True, max_tokens=9000))[1] == "max_tokens_exceeds_hard_cap"


@pytest.mark.parametrize(
    "streaming", [{"chunk_size": 0}, {"gap": -1}, {"keep_alive": 0}, {"end_after": -1}, {"end": "x"}, {"then": "x"}]
)
def test_refuses_a_stream_that_cannot_be(streaming: dict[str, Any]) -> None:
    with pytest.raises(EmulatorError):
        Streaming(**streaming)


def test_stops_at_once_while_it_streams() -> None:
    with Emulator() as emulator:
        emulator.answers(streaming=Streaming(end="stall", end_after=1))
        headers = {"X-Api-Key": emulator.api_key}
        with (
            httpx.Client(base_url=emulator.base_url, headers=headers, verify=False) as http,
            streamed(Api(http), question()) as reading,
        ):
            reading.next()
            emulator.stop()
            assert reading.rest() == []


def test_streams_without_a_socket_as_a_whole() -> None:
    async def read() -> list[str]:
        state = State()
        transport = httpx.ASGITransport(create_app(state))
        headers = {"X-Api-Key": state.api_key}
        async with httpx.AsyncClient(transport=transport, base_url="http://emulator", headers=headers) as http:
            response = await http.post(PATH, json=question(stream=True))
            return response.text.strip().split("\n\n")

    events = asyncio.run(read())
    assert (len(events), events[-1]) == (7, "data: [DONE]")


def test_a_client_that_goes_away_before_the_stream_begins_is_billed_for_the_prompt(
    api: Api, emulator: Emulator, aurous_clock: FakeClock
) -> None:
    emulator.answers("Tokyo.", after=30, streaming=Streaming(silence=1))
    with pytest.raises(httpx.ReadTimeout):
        api.http.post(PATH, json=question("1234", stream=True), timeout=0.05)
    (running,) = api.events(status="processing")
    aurous_clock.advance(30)
    while emulator.completions[running["id"]].body["status"] == "in_progress":
        pass
    (event,) = api.events()
    assert (event["status"], event["credits_charged"]) == ("cancelled_client_disconnect", 0.00008)
    assert api.balance()[1] == 0


def test_time_passes_by_itself_where_the_clock_runs() -> None:
    with Emulator() as emulator:
        emulator.answers("12345678abc", after=0.01, streaming=Streaming(gap=0.01, keep_alive=0.004))
        headers = {"X-Api-Key": emulator.api_key}
        with httpx.Client(base_url=emulator.base_url, headers=headers, verify=False) as http:
            events = stream(Api(http), question())
    assert (events.count(": keep-alive"), len(events)) == (4, 9)


# --- Any request ---

WORDS = st.text(max_size=6) | st.sampled_from(
    ["function", "required", "json_schema", "get_time", "#/$defs/a", "object"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 3000) | WORDS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "$ref", "anyOf", "items", "properties", "required", "enum", "a"]), inner
        )
    ),
    max_leaves=8,
)
SCHEMA = JSON | st.fixed_dictionaries({"type": st.sampled_from(["object", "array", "string", "integer"])}, optional={
    "properties": st.dictionaries(st.sampled_from("ab"), JSON), "required": JSON, "items": JSON, "minItems": JSON,
    "minLength": JSON, "maxLength": JSON, "minimum": JSON, "$defs": st.dictionaries(st.sampled_from("ab"), JSON),
})  # fmt: skip
BODIES = st.fixed_dictionaries(
    {
        "model": st.just(MODEL),
        "messages": st.lists(
            st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant", "tool", "system"]), "content": WORDS}),
            max_size=3,
        ),
    },
    optional={
        "max_tokens": st.integers(-1, 40) | st.just(2.0),
        "stop": JSON,
        "stream": st.booleans(),
        "tool_choice": JSON | st.just({"type": "function", "function": {"name": "get_time"}}),
        "tools": st.lists(
            st.fixed_dictionaries(
                {"type": st.just("function"), "function": st.fixed_dictionaries({"name": WORDS, "parameters": SCHEMA})}
            ),
            max_size=2,
        ),
        "response_format": JSON
        | st.fixed_dictionaries(
            {"type": st.just("json_schema"), "json_schema": st.fixed_dictionaries({"name": WORDS, "schema": SCHEMA})}
        ),
    },
)


@given(body=BODIES)
def test_every_request_is_answered_or_refused_and_no_hold_is_left(body: dict[str, Any]) -> None:
    async def ask(state: State) -> httpx.Response:
        transport = httpx.ASGITransport(create_app(state))
        headers = {"X-Api-Key": state.api_key, "Content-Type": "application/json"}
        async with httpx.AsyncClient(transport=transport, base_url="http://emulator", headers=headers) as http:
            return await http.post(PATH, content=json.dumps(body))

    state = State()
    response = asyncio.run(ask(state))
    assert response.status_code in {200, 400}
    if response.status_code == 400:
        assert_valid("ErrorEnvelope", response.json())
    elif not body.get("stream"):
        assert_valid("ChatCompletion", response.json())
    assert state.teams["main"].ledger.held == 0
