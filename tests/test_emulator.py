"""The emulator: chat completions, keys, limits, faults and drift; as a server, an app, a program.

test_emulator_operations.py is about what it does for every operation of the contract.
"""

import asyncio
import copy
import json
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from freezegun import freeze_time

from aurous import Clock
from aurous.emulator import (
    NO_SCOPE_KEY,
    OTHER_TEAM_KEY,
    REVOKED_KEY,
    DriftKind,
    Emulator,
    EmulatorError,
    Life,
    RateLimit,
    SeedError,
    State,
    Streaming,
    create_app,
)
from aurous.emulator.__main__ import main
from aurous.testing import FakeClock

START = 1_800_000_000.0
CONTRACT: dict[str, Any] = json.loads((files("aurous_api") / "contract.json").read_text(encoding="utf-8"))
RETRIEVE: dict[str, Any] = CONTRACT["paths"]["/v1/chat/completions/{id}"]["get"]
EXAMPLES: dict[str, Any] = RETRIEVE["responses"]["200"]["content"]["application/json"]["examples"]
CODES: dict[str, Any] = CONTRACT["components"]["schemas"]["ErrorCode"]["x-codes"]
COMPLETED = "cmp_01HXMQ7Z3K8Y2COMPLETED"
RATE_HEADERS = {f"x-ratelimit-{name}" for name in ("limit", "remaining", "reset")}
TOKEN_HEADERS = {f"x-ratelimit-tpm-{name}" for name in ("limit", "remaining", "reset")}
CONTROL = {"Aurous-Emulator": "control"}


def assert_valid(schema: str, body: object) -> None:
    jsonschema.validate(body, {"$ref": f"#/components/schemas/{schema}", "components": CONTRACT["components"]})


def assert_error(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The response is this error, in the documented envelope and with the headers of every response."""
    body = response.json()
    error: dict[str, Any] = body["error"]
    assert (response.status_code, error["code"]) == (status, code)
    assert_valid("ErrorEnvelope", body)
    assert error["request_id"] == response.headers["aurous-request-id"]
    assert error["doc_url"] == f"https://docs.aurous-labs.com/errors#{code}"
    assert response.headers.keys() >= RATE_HEADERS | {"aurous-version", "date"}
    return error


@pytest.fixture
def aurous_clock() -> FakeClock:
    return FakeClock(START, autojump=False)


@pytest.fixture
def emulator(aurous_emulator: Emulator) -> Emulator:
    return aurous_emulator


class Api:
    """Retrieves over the socket, as a client would."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    def get(self, completion_id: str = COMPLETED, **headers: str) -> httpx.Response:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.http.get(f"/v1/chat/completions/{completion_id}", headers=names)

    def status(self, completion_id: str = COMPLETED) -> str:
        body = self.get(completion_id).raise_for_status().json()
        assert_valid("ChatCompletion", body)
        return str(body["status"])


@contextmanager
def client_of(emulator: Emulator) -> Generator[Api]:
    # Without `verify`, the certificates of all authorities would be read for each test, which takes most of the time.
    headers = {"X-Api-Key": emulator.api_key}
    with httpx.Client(base_url=emulator.base_url, headers=headers, verify=False) as http:
        yield Api(http)


@pytest.fixture
def api(emulator: Emulator) -> Iterator[Api]:
    with client_of(emulator) as api:
        yield api


# --- What it answers ---


@pytest.mark.parametrize("name", EXAMPLES)
def test_answers_the_examples_of_the_contract_under_their_ids(api: Api, emulator: Emulator, name: str) -> None:
    example = EXAMPLES[name]
    response = api.get(emulator.ids[name])
    assert response.json() == example["value"]
    assert response.headers["content-type"] == "application/json"
    if not example.get("x-deviates"):
        assert_valid("ChatCompletion", response.json())


def test_every_response_carries_the_documented_headers(api: Api) -> None:
    headers = api.get().headers
    assert re.fullmatch(r"req_[0-9A-HJKMNP-TV-Z]{26}", headers["aurous-request-id"])
    assert headers["aurous-version"] == CONTRACT["info"]["x-aurous-version"]
    assert headers["x-ratelimit-limit"] == "1200"
    assert headers["x-ratelimit-remaining"] == "1199"
    assert headers["x-ratelimit-reset"] == str(int(START) + 1)
    assert headers.keys() >= RATE_HEADERS | TOKEN_HEADERS
    assert headers["date"] == "Fri, 15 Jan 2027 08:00:00 GMT"
    assert "retry-after" not in headers


@pytest.mark.parametrize("path", ["/v1/chat/completions/", "/v1/chat", "/v1/chat/completions/a%2Fb", "/", "/v2/x?y=1"])
def test_any_other_path_is_not_found(api: Api, path: str) -> None:
    error = assert_error(api.http.get(path), 404, "resource_not_found")
    assert "is not in the contract" in error["message"]


@pytest.mark.parametrize("method", ["DELETE", "POST", "TRACE", "QUERY", "OPTIONS", "PROPFIND"])
def test_another_method_is_not_allowed(api: Api, method: str) -> None:
    response = api.http.request(method, f"/v1/chat/completions/{COMPLETED}")
    error = assert_error(response, 405, "invalid_request")
    assert response.headers["allow"] == "GET, HEAD"
    assert "GET, HEAD" in error["message"]


def test_a_head_is_a_get_without_the_body(api: Api) -> None:
    response = api.http.head(f"/v1/chat/completions/{COMPLETED}")
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["content-length"] == api.get().headers["content-length"]


def test_same_seed_and_clock_give_the_same_ids() -> None:
    def run(random_seed: int) -> list[str]:
        state = State(clock=FakeClock(START, autojump=False), random_seed=random_seed)
        return [state.add(), state.add_key(), state.new_id("req")]

    assert run(1) == run(1)
    assert not set(run(1)) & set(run(2))


# --- Keys, teams, versions ---


@pytest.mark.parametrize(
    "header", [{"X-Api-Key": "{}"}, {"Authorization": "Bearer {}"}, {"authorization": "bearer  {}"}]
)
def test_a_key_is_taken_from_either_header(emulator: Emulator, header: dict[str, str]) -> None:
    headers = {name: value.format(emulator.api_key) for name, value in header.items()}
    assert httpx.get(f"{emulator.base_url}/v1/chat/completions/{COMPLETED}", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({}, 401, "missing_api_key"),
        ({"X-Api-Key": ""}, 401, "missing_api_key"),
        ({"Authorization": "Basic abc"}, 401, "missing_api_key"),
        ({"X-Api-Key": "al_live_test_filler"}, 401, "invalid_api_key"),
        ({"Authorization": "Bearer al_live_test_filler"}, 401, "invalid_api_key"),
        ({"X-Api-Key": REVOKED_KEY}, 401, "revoked_api_key"),
        ({"X-Api-Key": NO_SCOPE_KEY}, 403, "missing_scope"),
    ],
)
def test_refuses_keys(emulator: Emulator, headers: dict[str, str], status: int, code: str) -> None:
    response = httpx.get(f"{emulator.base_url}/v1/chat/completions/{COMPLETED}", headers=headers)
    error = assert_error(response, status, code)
    assert error["type"] == "authentication"
    assert "al_live" not in response.text


def test_another_teams_completion_is_like_one_that_does_not_exist(api: Api, emulator: Emulator) -> None:
    theirs = emulator.ids["other_team"]
    hidden = assert_error(api.get(theirs), 404, "resource_not_found")
    absent = assert_error(api.get("cmp_absent"), 404, "resource_not_found")
    assert hidden | {"request_id": ""} == absent | {"request_id": ""}
    assert api.get(theirs, x_api_key=OTHER_TEAM_KEY).json()["id"] == theirs
    assert_error(api.get(COMPLETED, x_api_key=OTHER_TEAM_KEY), 404, "resource_not_found")


def test_an_added_team_has_its_own_key_completions_and_version(api: Api, emulator: Emulator) -> None:
    key = emulator.add_team("third", default_version="2027-01-01")
    theirs = emulator.add(team="third")
    response = api.get(theirs, x_api_key=key)
    assert response.json()["id"] == theirs
    assert response.headers["aurous-version"] == "2027-01-01"
    assert api.get(theirs).status_code == 404


def test_echoes_the_version_asked_for() -> None:
    with Emulator(versions=["2026-05-15", "2026-09-01"]) as emulator, client_of(emulator) as api:
        assert api.get().headers["aurous-version"] == "2026-05-15"
        assert api.get(aurous_version="2026-09-01").headers["aurous-version"] == "2026-09-01"


@pytest.mark.parametrize("version", ["2020-01-01", "yesterday", "2026-5-15", ""])
def test_refuses_an_unknown_version(api: Api, version: str) -> None:
    response = api.get(aurous_version=version)
    assert_error(response, 400, "unknown_version")
    assert response.headers["aurous-version"] == CONTRACT["info"]["x-aurous-version"]


def test_no_clock_is_that_of_the_machine() -> None:
    assert type(State(clock=None).clock) is Clock


# --- Limits ---


@pytest.fixture
def narrow() -> Iterator[tuple[Api, FakeClock, Emulator]]:
    clock = FakeClock(START, autojump=False)
    limit = RateLimit(burst=2, per_minute=6)
    with Emulator(clock=clock, rate_limit=limit) as emulator, client_of(emulator) as api:
        yield api, clock, emulator


def test_limits_run_out_and_refill_by_the_clock(narrow: tuple[Api, FakeClock, Emulator]) -> None:
    api, clock, _ = narrow
    assert [api.get().headers["x-ratelimit-remaining"] for _ in range(2)] == ["1", "0"]
    response = api.get()
    error = assert_error(response, 429, "too_many_requests")
    assert error["type"] == "rate_limit"
    assert response.headers["retry-after"] == "10"
    assert response.headers["x-ratelimit-limit"] == "2"
    assert response.headers["x-ratelimit-remaining"] == "0"
    assert response.headers["x-ratelimit-reset"] == str(int(START) + 20)
    clock.advance(9.9)
    assert api.get().headers["retry-after"] == "1"
    clock.advance(0.1)
    assert api.get().status_code == 200
    assert api.get().status_code == 429
    clock.advance(1000)
    assert api.get().headers["x-ratelimit-remaining"] == "1"


def test_the_keys_of_a_team_share_its_limits_and_other_teams_do_not(narrow: tuple[Api, FakeClock, Emulator]) -> None:
    api, _, emulator = narrow
    second = emulator.add_key()
    assert [api.get(x_api_key=key).status_code for key in (second, emulator.api_key, second)] == [200, 200, 429]
    assert api.get(emulator.ids["other_team"], x_api_key=OTHER_TEAM_KEY).status_code == 200


def test_errors_count_against_the_limits_and_requests_without_a_team_do_not(
    narrow: tuple[Api, FakeClock, Emulator],
) -> None:
    api, _, _ = narrow
    assert [api.get("cmp_absent").status_code for _ in range(3)] == [404, 404, 429]
    assert {api.get(x_api_key="al_live_test_filler").status_code for _ in range(3)} == {401}


@pytest.mark.parametrize("limit", [{"burst": 0}, {"per_minute": 0}, {"per_minute": float("nan")}])
def test_refuses_a_limit_that_lets_nothing_through(limit: dict[str, Any]) -> None:
    with pytest.raises(EmulatorError, match="never lets a request through"):
        RateLimit(**limit)


# --- Lives ---


@pytest.mark.parametrize("end", ["completed", "failed", "cancelled"])
def test_preloaded_completions_end_three_seconds_after_the_first_retrieve(
    api: Api, emulator: Emulator, aurous_clock: FakeClock, end: str
) -> None:
    completion_id = emulator.ids[f"soon_{end}"]
    assert completion_id == f"cmp_01HXMQ7Z3K8Y2SOON{end.upper()}"
    aurous_clock.advance(100)
    assert api.status(completion_id) == "in_progress"
    aurous_clock.advance(2.9)
    assert api.status(completion_id) == "in_progress"
    aurous_clock.advance(0.1)
    assert api.status(completion_id) == end
    assert api.get(completion_id).json() == EXAMPLES[end]["value"] | {"id": completion_id}


def test_a_life_starts_when_it_is_added_unless_told_otherwise(
    api: Api, emulator: Emulator, aurous_clock: FakeClock
) -> None:
    completion_id = emulator.add(life=Life(in_progress_for=5))
    aurous_clock.advance(5)
    assert api.status(completion_id) == "completed"


def test_a_life_keeps_what_names_the_completion(api: Api, emulator: Emulator, aurous_clock: FakeClock) -> None:
    body = EXAMPLES["tool_calls"]["value"] | {"id": "cmp_mine", "created": 5, "model": "aurous-grow-9"}
    emulator.add(body, life=Life(in_progress_for=1))
    emulator.add(body | {"id": "cmp_doomed"}, life=Life(in_progress_for=1, then="failed"))
    running = api.get("cmp_mine").json()
    assert [running[name] for name in ("id", "created", "model", "status")] == [
        "cmp_mine",
        5,
        "aurous-grow-9",
        "in_progress",
    ]
    assert running["usage"]["breakdown"]["model"] == "aurous-grow-9"
    assert_valid("ChatCompletion", running)
    aurous_clock.advance(1)
    assert api.get("cmp_mine").json() == body
    assert api.status("cmp_doomed") == "failed"
    assert api.get("cmp_doomed").json()["model"] == "aurous-grow-9"


@pytest.mark.parametrize(
    "life", [{"in_progress_for": -1}, {"in_progress_for": "3"}, {"in_progress_for": 1, "then": "done"}]
)
def test_refuses_a_life_that_cannot_be(life: dict[str, Any]) -> None:
    with pytest.raises(EmulatorError, match="give "):
        Life(**life)


# --- Faults, drift, deprecation ---


@pytest.mark.parametrize("code", CODES)
def test_every_documented_error_has_an_id(api: Api, code: str) -> None:
    response = api.get(f"cmp_error_{code}")
    error = assert_error(response, CODES[code]["status"][0], code)
    assert CODES[code]["type"] in {error["type"], None}
    assert ("retry-after" in response.headers) is (response.status_code == 429)


def test_fails_the_next_requests_and_then_no_more(api: Api, emulator: Emulator) -> None:
    emulator.fail(status=503, times=2)
    emulator.fail(COMPLETED, code="internal_error")
    assert_error(api.get("cmp_absent"), 503, "provider_unavailable")
    assert_error(api.get(), 503, "provider_unavailable")
    assert_error(api.get("cmp_absent"), 404, "resource_not_found")
    assert_error(api.get(), 500, "internal_error")
    assert api.status() == "completed"


def test_an_error_is_what_it_is_told_to_be(api: Api, emulator: Emulator) -> None:
    emulator.fail(code="balance_too_low", message="Top up.", param="model", retry_after="Fri, 15 Jan 2027 08:00:09 GMT")
    response = api.get()
    error = assert_error(response, 402, "balance_too_low")
    assert (error["message"], error["param"]) == ("Top up.", "model")
    assert response.headers["retry-after"] == "Fri, 15 Jan 2027 08:00:09 GMT"


@pytest.mark.parametrize(
    ("code", "empty", "full"),
    [("too_many_requests", "", "tpm-"), ("tpm_rate_limit_exceeded", "tpm-", "")],
)
def test_a_rate_limit_on_demand_shows_its_bucket_empty(
    api: Api, emulator: Emulator, code: str, empty: str, full: str
) -> None:
    emulator.fail(code=code, retry_after=7)
    headers = api.get().headers
    assert headers["retry-after"] == "7"
    assert headers[f"x-ratelimit-{empty}remaining"] == "0"
    assert headers[f"x-ratelimit-{full}remaining"] == headers[f"x-ratelimit-{full}limit"]
    assert int(headers[f"x-ratelimit-{empty}reset"]) > START


def test_an_undocumented_code_or_status_can_be_had(api: Api, emulator: Emulator) -> None:
    emulator.fail(code="brand_new", status=418)
    emulator.fail(status=520)
    response = api.get()
    assert (response.status_code, response.json()["error"]["code"]) == (418, "brand_new")
    gateway = api.get()
    assert gateway.status_code == 520
    assert gateway.headers["content-type"].startswith("text/html")
    assert not [name for name in gateway.headers if name.startswith(("aurous", "x-ratelimit"))]


def test_refuses_a_fault_that_cannot_be(api: Api, emulator: Emulator) -> None:
    refused: list[dict[str, Any]] = [
        {"code": "brand_new"},
        {"status": 200},
        {"times": 0},
        {"retry_after": "1\r\nX: 2"},
        {"message": "\ud800"},
    ]
    for arguments in refused:
        with pytest.raises(EmulatorError):
            emulator.fail(**arguments)
    assert api.status() == "completed"


DRIFTED: dict[DriftKind, tuple[str, Any]] = {
    "unknown_status": ("status", "queued"),
    "leaked_status": ("status", "cancelled_by_request"),
    "unknown_field": ("undocumented", {"since": "2026-11-01"}),
    "missing_field": ("object", None),
    "null_field": ("usage", None),
    "wrong_type": ("choices", [{"index": 0, "message": {"role": "assistant", "content": {}}, "finish_reason": "stop"}]),
    "wrong_id": ("id", "cmp_01HXMQ7Z3K8Y2SOMEBODYELSE"),
}


@pytest.mark.parametrize("kind", DRIFTED)
def test_drifts_in_one_place(api: Api, emulator: Emulator, kind: DriftKind) -> None:
    emulator.drift(COMPLETED, kind, times=1)
    field, value = DRIFTED[kind]
    drifted = api.get().json()
    assert drifted.get(field) == value
    assert (field in drifted) is (kind != "missing_field")
    original = copy.deepcopy(EXAMPLES["completed"]["value"])
    assert {**drifted, field: None} == {**original, field: None}
    assert api.get().json() == original
    assert api.get(f"cmp_drift_{kind}").json().get(field) == value


def test_drifts_add_up_and_strike_where_they_are_told_to(api: Api, emulator: Emulator) -> None:
    emulator.drift(COMPLETED, "missing_field", pointer="/usage/breakdown/model")
    emulator.drift(COMPLETED, "wrong_type", pointer="/choices/0/index", value="first")
    emulator.drift(None, "missing_field", pointer="/choices/0/message/content", times=1)
    body = api.get().json()
    assert "model" not in body["usage"]["breakdown"]
    assert body["choices"][0] == {"index": "first", "message": {"role": "assistant"}, "finish_reason": "stop"}


def test_refuses_drift_that_cannot_be(api: Api, emulator: Emulator) -> None:
    refused: list[tuple[str, Any, str | None]] = [
        (COMPLETED, "no_such_kind", None),
        ("cmp_absent", "null_field", None),
        (COMPLETED, "missing_field", "/no/such/place"),
        (COMPLETED, "null_field", "usage"),
    ]
    for completion_id, kind, pointer in refused:
        with pytest.raises(EmulatorError, match=r"take one of|add it first|has no|is not a JSON pointer"):
            emulator.drift(completion_id, kind, pointer=pointer)
    assert api.get().json() == EXAMPLES["completed"]["value"]


def test_says_what_is_deprecated(api: Api, emulator: Emulator) -> None:
    emulator.deprecate("route", sunset=datetime(2026, 8, 4, tzinfo=UTC))
    for completion_id in (COMPLETED, "cmp_absent"):
        headers = api.get(completion_id).headers
        assert headers["aurous-deprecated"] == "route"
        assert headers["sunset"] == "Tue, 04 Aug 2026 00:00:00 GMT"
    emulator.deprecate(None)
    assert not {"aurous-deprecated", "sunset"} & api.get().headers.keys()


# --- Completions of one's own ---


def test_adds_completions_as_they_are(api: Api, emulator: Emulator) -> None:
    body = {"id": "cmp_odd", "status": 7, "more": [None, "é", 0.1]}
    assert emulator.add(body) == "cmp_odd"
    body["status"] = "changed afterwards"
    assert api.get("cmp_odd").json() == {"id": "cmp_odd", "status": 7, "more": [None, "é", 0.1]}
    assert api.status(emulator.add()) == "completed"


@pytest.mark.parametrize(
    "body", [{"id": i} for i in ("", "..", "a/b", "a?b", "a b", "é", 7)] + [{"id": "a", "x": float("nan")}]
)
def test_refuses_completions_that_cannot_be_answered(emulator: Emulator, body: dict[str, Any]) -> None:
    with pytest.raises(EmulatorError, match="cannot "):
        emulator.add(body)


def test_loads_seeds_of_every_form(tmp_path: Path) -> None:
    seed = tmp_path / "seed.json"
    body = EXAMPLES["completed"]["value"]
    life = {"in_progress_for": 2, "then": "failed"}
    seed.write_text(json.dumps([body | {"id": "cmp_a"}, {"completion": body | {"id": "cmp_b"}, "life": life}]))
    nameless = {name: value for name, value in body.items() if name != "id"}
    more = tmp_path / "more.json"
    more.write_text(json.dumps({"cmp_c": nameless, "cmp_d": {"completion": nameless, "team": "other"}, COMPLETED: {}}))
    clock = FakeClock(START, autojump=False)
    with Emulator(seed=seed, clock=clock) as emulator, client_of(emulator) as api:
        assert emulator.load(more) == ["cmp_c", "cmp_d", COMPLETED]
        assert [api.status(name) for name in ("cmp_a", "cmp_b", "cmp_c")] == [
            "completed",
            "in_progress",
            "completed",
        ]
        clock.advance(2)
        assert api.status("cmp_b") == "failed"
        assert api.get("cmp_d").status_code == 404
        assert api.get("cmp_d", x_api_key=OTHER_TEAM_KEY).status_code == 200
        assert api.get(COMPLETED).json() == {"id": COMPLETED}
        emulator.reset()
        assert (api.status("cmp_a"), api.get("cmp_c").status_code) == ("completed", 404)


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ('[{"id": "cmp_a"},\n {"id": }]', "line 2, column 9", "not JSON"),
        ("", "line 1, column 1", "not JSON"),
        ("7", "the top", "a number is not a seed"),
        ('[{"id": "cmp_a"}, null]', "/1", "null is not a completion"),
        ('[{"id": "cmp_a"}, {"status": "completed"}]', "/1", "has no id"),
        ('[{"id": "cmp_a"}, {"id": "cmp_a"}]', "/1", "is at /0 already"),
        ('[{"id": "../up"}]', "/0/id", "cannot stand in a path"),
        ('[{"id": "cmp_a", "n": 1e999}]', "/0", "cannot be sent as JSON"),
        (r'[{"id": "cmp_a", "text": "\ud800"}]', "/0", "cannot be sent as JSON"),
        ('[{"id": "cmp_a", "n": NaN}]', "", "NaN is not JSON"),
        ('{"cmp_a": {}, "cmp_a": {}}', "", "the key 'cmp_a' twice"),
        ('{"cmp_a": {"id": "cmp_b"}}', "/cmp_a/id", "is not the key 'cmp_a'"),
        ('{"a/b": {}}', "/a~1b/id", "cannot stand in a path"),
        ('[{"completion": {"id": "cmp_a"}, "live": {}}]', "/0/live", "is not known here"),
        ('[{"completion": {"id": "cmp_a"}, "life": 3}]', "/0/life", "is not a life"),
        ('[{"completion": {"id": "cmp_a"}, "life": {"in_progress_for": "3"}}]', "/0/life", "is not a duration"),
        (
            '[{"completion": {"id": "cmp_a"}, "life": {"in_progress_for": 3, "then": "done"}}]',
            "/0/life",
            "take one of|give",
        ),
        ('[{"completion": {"id": "cmp_a"}, "life": {"in_progress_for": 3, "until": 4}}]', "/0/life/until", "not known"),
        ('[{"completion": {"id": "cmp_a"}, "team": ["other"]}]', "/0/team", "no team is called"),
        ("[" * 100_000, "", "nested too deeply"),
    ],
)
def test_a_bad_seed_is_one_clear_error_and_loads_nothing(tmp_path: Path, text: str, place: str, reason: str) -> None:
    seed = tmp_path / "seed.json"
    seed.write_text(text)
    with pytest.raises(SeedError, match=reason) as caught:
        State(seed=seed)
    assert str(caught.value).startswith(f"seed {seed}")
    assert place in str(caught.value)
    assert "\n" not in str(caught.value)
    state = State()
    before = dict(state.completions)
    with pytest.raises(SeedError):
        state.load(seed)
    assert state.completions == before


def test_a_seed_that_cannot_be_read_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b'["\xe9"]')
    for name, reason in (
        ("absent", "No such file"),
        (".", "Is a directory"),
        ("latin", "byte 2: not UTF-8"),
        ("\0", "no name"),
    ):
        with pytest.raises(SeedError, match=reason):
            State(seed=tmp_path / name)


# --- Control over HTTP ---


def test_is_controlled_over_http(api: Api, aurous_clock: FakeClock) -> None:
    def control(action: str, **body: Any) -> dict[str, Any]:
        response = api.http.post(f"/_emulator/{action}", json=body, headers=CONTROL)
        done: dict[str, Any] = response.raise_for_status().json()
        return done

    completion = {"id": "cmp_remote", **{k: v for k, v in EXAMPLES["completed"]["value"].items() if k != "id"}}
    assert control("completions", completion=completion, life={"in_progress_for": 4}) == {"id": "cmp_remote"}
    assert api.status("cmp_remote") == "in_progress"
    aurous_clock.advance(4)
    assert api.status("cmp_remote") == "completed"
    control("fail", id="cmp_remote", code="provider_timeout", times=1, retry_after=3)
    assert assert_error(api.get("cmp_remote"), 504, "provider_timeout")
    control("drift", id="cmp_remote", kind="wrong_type", pointer="/model", value=None)
    assert api.get("cmp_remote").json()["model"] is None
    control("deprecate", what="docs", sunset="Tue, 04 Aug 2026 00:00:00 GMT")
    assert api.get().headers["aurous-deprecated"] == "docs"
    listing = api.http.get("/_emulator").json()
    assert listing["completions"]["cmp_remote"] == {"team": "main", "answers": "in_progress for 4 s, then completed"}
    assert "al_live" not in json.dumps(listing)
    control("answers", reply="Tokyo.", contains="Japan", streaming={"end": "no_done", "error": {"status": 503}})
    question = {"model": "aurous-grow-2.0-pro", "messages": [{"role": "user", "content": "Capital of Japan?"}]}
    answers = [api.http.post("/v1/chat/completions", json=question).json() for _ in range(2)]
    texts = [answer["choices"][0]["message"]["content"] for answer in answers]
    assert texts == ["Tokyo.", "You asked: Capital of Japan?"]
    control("reset")
    assert api.get("cmp_remote").status_code == 404


@pytest.mark.parametrize(
    ("action", "content", "reason"),
    [
        ("fail", "{", "is not JSON"),
        ("fail", "[]", "is a list"),
        ("fail", '{"times": true}', "give an integer"),
        ("fail", '{"status": "503"}', "give an integer"),
        ("fail", '{"state": 503}', "is not known here"),
        ("fail", '{"code": "no_such_code"}', "no documented error"),
        ("drift", "{}", "nothing says what is to drift"),
        ("answer", "{}", "operation is missing"),
        ("answer", '{"operation": "models.list", "example": "none"}', "has no example"),
        ("drift", '{"id": "cmp_absent", "kind": "null_field"}', "add it first"),
        ("completions", '{"completion": {}}', "at /completion: has no id"),
        ("answers", '{"reply": 7}', "is nothing that a model says"),
        ("answers", '{"streaming": {"speed": 7}}', "give fields of Streaming"),
        ("reset", '{"all": 1}', "take nothing"),
    ],
)
def test_control_refuses_what_it_does_not_understand(api: Api, action: str, content: str, reason: str) -> None:
    response = api.http.post(f"/_emulator/{action}", content=content, headers=CONTROL)
    assert response.status_code == 400
    assert reason in response.json()["emulator_error"]
    assert api.status() == "completed"


@pytest.mark.parametrize(
    "sent",
    [
        {"json": {"status": 503}},
        {"content": '{"status": 503}', "headers": {"Content-Type": "text/plain", "Origin": "https://example.com"}},
        {"data": {"status": "503"}},
        {"json": {"status": 503}, "headers": {"Aurous-Emulator": "yes"}},
    ],
)
def test_control_is_refused_where_a_web_page_could_have_sent_it(api: Api, sent: dict[str, Any]) -> None:
    response = api.http.post("/_emulator/fail", **sent)
    assert response.status_code == 403
    assert "send the header Aurous-Emulator: control" in response.json()["emulator_error"]
    assert api.status() == "completed"


def test_what_control_does_not_know_is_told(api: Api) -> None:
    absent = api.http.post("/_emulator/explode", headers=CONTROL)
    assert (absent.status_code, absent.json()["emulator_error"][:31]) == (404, "there is no /_emulator/explode:")
    assert api.http.get("/_emulator/fail", headers=CONTROL).status_code == 405


# --- As a server, an app, a program ---


def test_records_what_was_asked(api: Api, emulator: Emulator) -> None:
    api.http.get("/v1/chat/completions/cmp%20x?y=1", headers={"X-Api-Key": "al_live_test_filler"})
    api.get()
    first, last = emulator.requests
    assert (first.method, first.target, first.status) == ("GET", "/v1/chat/completions/cmp%20x?y=1", 401)
    assert (first.code, first.team, last.code, last.team) == ("invalid_api_key", None, None, "main")
    assert (first.operation, first.query, first.body) == ("chat.completions.retrieve", {"y": "1"}, None)
    assert (last.at, last.headers["x-api-key"]) == (START, emulator.api_key)
    assert "al_live" not in repr(emulator.requests)


async def _ask_in_process(state: State) -> httpx.Response:
    transport = httpx.ASGITransport(create_app(state))
    async with httpx.AsyncClient(transport=transport, base_url="http://emulator") as client:
        return await client.get(f"/v1/chat/completions/{COMPLETED}", headers={"X-Api-Key": state.api_key})


def test_the_app_works_without_a_socket() -> None:
    response = asyncio.run(_ask_in_process(State()))
    assert_valid("ChatCompletion", response.json())


def test_many_threads_may_ask_at_once(emulator: Emulator) -> None:
    with httpx.Client(base_url=emulator.base_url, headers={"X-Api-Key": emulator.api_key}) as client:

        def ask(number: int) -> str:
            completion_id = emulator.add()
            response = client.get(f"/v1/chat/completions/{completion_id}")
            assert response.json()["id"] == completion_id
            return str(response.headers["aurous-request-id"])

        with ThreadPoolExecutor(8) as pool:
            assert len(set(pool.map(ask, range(200)))) == 200


def test_listens_only_within_its_block_and_can_start_again() -> None:
    emulator = Emulator()
    with pytest.raises(EmulatorError, match="does not listen"):
        assert emulator.base_url
    for _ in range(2):
        with emulator:
            url = f"{emulator.base_url}/_emulator"
            assert httpx.get(url).status_code == 200
        with pytest.raises(httpx.ConnectError):
            httpx.get(url)


@freeze_time("2026-06-01")
def test_stops_whatever_the_time_does_and_whoever_reads() -> None:
    before = set(threading.enumerate())
    emulator = Emulator(clock=FakeClock(autojump=False)).start()
    emulator.answers("Tokyo.", streaming=Streaming(end="stall", end_after=1))
    body = {"model": "aurous-grow-2.0-pro", "messages": [{"role": "user", "content": "Japan?"}], "stream": True}
    with client_of(emulator) as api, api.http.stream("POST", "/v1/chat/completions", json=body) as response:
        pieces = response.iter_text()
        next(pieces)
        emulator.stop()
        assert "Tokyo" not in "".join(pieces)
    assert not [thread for thread in set(threading.enumerate()) - before if thread.name == "aurous-emulator"]


def test_starts_and_stops_without_a_block() -> None:
    emulator = Emulator()
    emulator.stop()
    assert emulator.start() is emulator
    url = f"{emulator.base_url}/_emulator"
    assert httpx.get(url).status_code == 200
    with pytest.raises(EmulatorError, match="listens already, on http"):
        emulator.start()
    emulator.stop()
    emulator.stop()
    with pytest.raises(EmulatorError, match="does not listen"):
        assert emulator.base_url


async def _in_a_notebook(emulator: Emulator) -> None:
    with pytest.raises(EmulatorError, match=r"use start\(\) and stop\(\)"):
        emulator.serve()
    with pytest.raises(EmulatorError, match="does not listen"):
        assert emulator.base_url
    emulator.start()
    async with httpx.AsyncClient(base_url=emulator.base_url) as client:
        assert (await client.get("/_emulator")).status_code == 200
    emulator.stop()


def test_a_notebook_is_told_how_to_run_it() -> None:
    asyncio.run(_in_a_notebook(Emulator()))


def _raw(emulator: Emulator, head: str) -> str:
    """What comes back for a request that no client would send."""
    address = httpx.URL(emulator.base_url)
    with socket.create_connection((address.host, address.port or 0), timeout=10) as connection:
        connection.sendall(f"{head}\r\nHost: x\r\nX-Api-Key: {emulator.api_key}\r\nConnection: close\r\n\r\n".encode())
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b"")).decode()


@pytest.mark.parametrize(
    ("line", "status", "code"),
    [
        ("GET http://elsewhere.example/v1/chat/completions/cmp_absent HTTP/1.1", 404, "resource_not_found"),
        ("GET https://elsewhere.example HTTP/1.1", 404, "resource_not_found"),
        ("OPTIONS * HTTP/1.1", 404, "resource_not_found"),
        ("CONNECT elsewhere.example:443 HTTP/1.1", 404, "resource_not_found"),
        ("TRACE / HTTP/1.1", 404, "resource_not_found"),
        ("QUERY /v1/models HTTP/1.1", 405, "invalid_request"),
    ],
)
def test_an_odd_request_gets_the_envelope(emulator: Emulator, line: str, status: int, code: str) -> None:
    head, _, body = _raw(emulator, line).partition("\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ")
    assert json.loads(body)["error"]["code"] == code


def test_a_target_with_the_address_in_it_is_answered(emulator: Emulator) -> None:
    response = _raw(emulator, f"GET {emulator.base_url}/v1/chat/completions/{COMPLETED}?a=b HTTP/1.1")
    assert response.startswith("HTTP/1.1 200 ")
    assert f'"id":"{COMPLETED}"' in response


def test_listens_on_loopback_only_unless_forced() -> None:
    for host in ("0.0.0.0", "::", "example.com", "192.0.2.1"):
        with pytest.raises(EmulatorError, match="--expose-to-network"):
            Emulator(host=host)
    Emulator(host="0.0.0.0", expose_to_network=True)


def test_a_port_in_use_is_one_clear_error(emulator: Emulator) -> None:
    port = httpx.URL(emulator.base_url).port
    assert port is not None
    with pytest.raises(EmulatorError, match=f"port {port}.*in use.*port 0"), Emulator(port=port):
        pass


@contextmanager
def program(*arguments: str) -> Generator[tuple[str, Callable[[], tuple[int, str, str]]]]:
    """Run the emulator as a program: its first line, and what interrupts it and returns its status and other output."""
    command = [sys.executable, "-m", "aurous.emulator", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        out, err = process.stdout, process.stderr
        assert out is not None
        assert err is not None

        def interrupt() -> tuple[int, str, str]:
            process.send_signal(signal.SIGINT)
            return process.wait(timeout=30), out.read(), err.read()

        try:
            yield out.readline(), interrupt
        finally:
            process.kill()


def test_runs_as_a_program_until_interrupted() -> None:
    key = "al_live_" + "0" * 64
    with program("--port", "0") as (line, interrupt):
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert found
        url = f"{found[0]}/v1/chat/completions/{COMPLETED}"
        assert httpx.get(url, headers={"X-Api-Key": key}).status_code == 200
        status, listing, log = interrupt()
    assert status == 0
    assert COMPLETED in listing
    assert f"export AUROUS_BASE_URL={found[0]}\nexport AUROUS_API_KEY={key}\n" in listing
    assert re.fullmatch(rf"[\d:]+ GET /v1/chat/completions/{COMPLETED} 200 - req_\w+\n", log)


def test_takes_the_callers_key_and_shows_its_beginning_only() -> None:
    key = "al_live_test_filler"
    with program("--key", key) as (line, interrupt):
        url = f"{line.split()[3]}/v1/chat/completions/{COMPLETED}"
        assert httpx.get(url, headers={"X-Api-Key": key}).status_code == 200
        _, listing, _ = interrupt()
    assert "al_live_test_f..." in listing
    assert key not in listing
    assert f"export AUROUS_BASE_URL={line.split()[3]}\n" in listing


def test_a_quiet_program_says_one_line() -> None:
    with program("--quiet") as (line, interrupt):
        assert httpx.get(f"{line.split()[3]}/v1/chat/completions/{COMPLETED}").status_code == 401
        status, rest, log = interrupt()
    assert (status, rest.strip(), log) == (0, "", "")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--seed", "absent.json"], "seed absent.json: cannot be read"),
        (["--host", "0.0.0.0"], "--expose-to-network"),
        (["--port", "70000"], "port 70000 does not exist"),
        (["--key", "al_live_\n"], "cannot be sent in a header"),
    ],
)
def test_the_program_refuses_in_one_line(capsys: pytest.CaptureFixture[str], arguments: list[str], reason: str) -> None:
    assert main(arguments) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert reason in err
    assert err.count("\n") == 1
    assert "al_live_" not in err.replace("like al_live_...", "")


def test_the_help_says_what_it_is_and_what_it_can_do(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    text = capsys.readouterr().out
    for words in ("it is not the vendor's server", "/_emulator/fail", "/_emulator/drift", "cmp_error_", "cmp_drift_"):
        assert words in text


def _python(code: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("package", ["starlette", "uvicorn", "jsonschema"])
def test_says_what_to_install_where_the_extra_is_missing(package: str) -> None:
    hidden = f"import sys; sys.modules['{package}'] = None\n"
    advice = f"needs {package}, which is not installed: pip install 'aurous[emulator]'"
    assert advice in _python(hidden + "from aurous.emulator import Emulator").stderr
    program = _python(hidden + "import runpy; runpy.run_module('aurous.emulator', run_name='__main__')")
    assert (program.returncode, program.stderr.count("\n")) == (1, 1)
    assert advice in program.stderr


def test_the_sdk_itself_does_not_import_it() -> None:
    unwanted = "('aurous.emulator', 'starlette', 'uvicorn', 'jsonschema')"
    code = f"import aurous, sys; print([name for name in sys.modules if name.startswith({unwanted})])"
    assert _python(code).stdout == "[]\n"
