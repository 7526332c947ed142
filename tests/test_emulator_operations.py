"""The emulator, for every operation of the contract: what it refuses, what it responds with, and how to change that."""

import asyncio
import copy
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from typing import Any
from urllib.parse import quote

import httpx
import jsonschema
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aurous import APIStatusError, Aurous, AurousError, ConflictError, Generation, NotFoundError, ServerError
from aurous.emulator import (
    NO_SCOPE_KEY,
    OTHER_TEAM_KEY,
    Emulator,
    EmulatorError,
    Life,
    OperationRequest,
    RateLimit,
    State,
    UploadedFile,
    create_app,
)
from aurous.testing import FakeClock
from conversations import Recording, StillClock, make_call
from recordings import DOCUMENTED

START = 1_800_000_000.0
CONTRACT: dict[str, Any] = json.loads((files("aurous_api") / "contract.json").read_text(encoding="utf-8"))
OPERATIONS: dict[str, tuple[str, str, dict[str, Any]]] = {
    operation["operationId"]: (method.upper(), path, operation)
    for path, item in CONTRACT["paths"].items()
    for method, operation in item.items()
}
SHOWN = {name: each for name, each in DOCUMENTED.items() if each.call.replace(".", "/") == name.rpartition("/")[0]}
"""The calls that documented.py reads off the contract, by `tag/method/what it shows`; those of shared errors apart."""


def example_of(operation_id: str, name: str) -> dict[str, Any]:
    media = OPERATIONS[operation_id][2]["responses"]["200"]["content"]["application/json"]
    example: dict[str, Any] = media["examples"][name]
    return example


def assert_error(response: httpx.Response, status: int, code: str, param: str | None = None) -> str:
    """The response is this error, in the documented envelope; gives its message."""
    body = response.json()
    error = body["error"]
    assert (response.status_code, error["code"], error.get("param")) == (status, code, param), error["message"]
    jsonschema.validate(body, {"$ref": "#/components/schemas/ErrorEnvelope", "components": CONTRACT["components"]})
    return str(error["message"])


# --- A contract with requests that have a body: the SDK's own, and three operations more ---


def posting(operation_id: str, **parts: Any) -> dict[str, Any]:
    return {"post": {"operationId": operation_id, "tags": ["things"], "responses": {}, **parts}}


THING = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 5},
        "size": {"type": "integer", "minimum": 1, "maximum": 4},
        "color": {"enum": ["red", "blue"]},
        "at": {"type": "string", "format": "date-time"},
        "tags": {"type": "array", "maxItems": 2, "items": {"type": "string"}},
        "parts": {"type": "array", "items": {"$ref": "#/components/schemas/ThingPart"}},
        "closed": {"type": "object", "additionalProperties": False},
    },
}
PART = {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}}
UPLOAD = {
    "type": "object",
    "required": ["file", "purpose"],
    "properties": {
        "file": {"type": "string", "format": "binary", "maxLength": 10},
        "purpose": {"type": "string", "enum": ["reference", "first_frame"]},
        "count": {"type": "integer"},
        "more": {"type": "array", "items": {"type": "string", "format": "binary"}},
    },
}
KEY_PARAMETER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 64},
}


def extended() -> dict[str, Any]:
    """The contract with operations of its own."""
    contract = copy.deepcopy(CONTRACT)
    contract["components"]["schemas"] |= {"Thing": THING, "ThingPart": PART}
    thing = {"schema": {"$ref": "#/components/schemas/Thing"}}
    created = {
        "description": "It is there.",
        "content": {"application/json": {"examples": {"one": {"value": {"id": "thing_1"}}}}},
    }
    contract["paths"] |= {
        "/v1/things": posting(
            "things_create",
            parameters=[KEY_PARAMETER],
            requestBody={"required": True, "content": {"application/json": thing}},
            responses={"201": created},
            **{"x-rate-limit": "images_post"},
        ),
        "/v1/things/upload": posting(
            "things_upload",
            parameters=[KEY_PARAMETER],
            requestBody={"required": True, "content": {"multipart/form-data": {"schema": UPLOAD}}},
            responses={"201": created},
            **{"x-rate-limit": "files_post"},
        ),
        "/v1/things/{id}/forget": posting(
            "things_forget",
            parameters=[{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            requestBody={"content": {"application/json": thing}},
            responses={"204": {"description": "Forgotten."}},
        ),
    }
    return contract


@pytest.fixture(scope="module")
def server() -> Iterator[Emulator]:
    with Emulator(contract=extended()) as emulator:
        yield emulator


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(START, autojump=False)


@pytest.fixture
def emulator(server: Emulator, clock: FakeClock) -> Emulator:
    server.reset(clock=clock)
    return server


@pytest.fixture
def http(emulator: Emulator) -> Iterator[httpx.Client]:
    # Without `verify`, the certificates of all authorities would be read for each test, which takes most of the time.
    headers = {"X-Api-Key": emulator.api_key}
    with httpx.Client(base_url=emulator.base_url, headers=headers, verify=False) as http:
        yield http


@pytest.fixture
def client(emulator: Emulator) -> Iterator[Aurous]:
    with Aurous(emulator.api_key, base_url=emulator.base_url, max_retries=0) as client:
        yield client


# --- Every operation ---


def test_says_of_each_operation_whether_it_has_state() -> None:
    told = State().operations()
    assert [name.replace(".", "_") for name in told] == list(OPERATIONS)
    assert told["chat.completions.retrieve"] == told["chat.completions.cancel"] == "state"
    assert told["images.list"] == "examples"
    assert set(told.values()) == {"state", "examples"}


def examples() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each example of a success: its operation, its name, and the example."""
    for operation_id, (_, _, operation) in OPERATIONS.items():
        for status, response in operation["responses"].items():
            media = response.get("content", {}).get("application/json", {}) if status < "3" else {}
            yield from ((operation_id, name, example) for name, example in media.get("examples", {}).items())


def call_of(operation_id: str, name: str = "") -> Recording:
    """The call of an operation that shows something, or the first one."""
    named = (each for each in SHOWN.values() if each.call.replace(".", "_") == operation_id)
    return next(each for each in named if not name or each.name.endswith(f"/{name}"))


def called(emulator: Emulator, call: Recording) -> Any:
    """What a call to the emulator comes to."""
    return make_call("sync", call, base_url=emulator.base_url, on_drift="ignore", clock=StillClock())


def without_moments(value: Any) -> Any:
    """What is created is created now, whatever the example says."""
    moments = ("created", "created_at")
    return {name: inner for name, inner in value.items() if name not in moments} if isinstance(value, dict) else value


@pytest.mark.parametrize(("operation_id", "name", "example"), list(examples()))
def test_responds_with_each_example_of_the_contract(
    emulator: Emulator, operation_id: str, name: str, example: dict[str, Any]
) -> None:
    call = call_of(operation_id, name).having(extra_headers={"Aurous-Emulator-Example": name})
    outcome = called(emulator, call)
    assert without_moments(outcome.to_dict()) == without_moments(example["value"])
    assert bool(outcome.drift) is ("x-deviates" in example)


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_every_operation_checks_key_version_and_scope_and_can_fail(emulator: Emulator, operation_id: str) -> None:
    method, _, operation = OPERATIONS[operation_id]

    def code(key: str = emulator.api_key, **keywords: str) -> str | None:
        call = replace(call_of(operation_id).having(max_retries=0, **keywords), key=key)
        outcome = called(emulator, call)
        return outcome.code if isinstance(outcome, AurousError) else None

    assert code("al_live_test_filler") == "invalid_api_key"
    assert code(NO_SCOPE_KEY) == "missing_scope"
    assert code(api_version="2020-01-01") == "unknown_version"
    needed = operation.get("x-scope", "read" if method == "GET" else "write")
    assert code(emulator.add_key(scope="read")) == (None if needed == "read" else "missing_scope")
    emulator.fail(operation=operation_id, code="internal_error")
    emulator.fail(operation="models.list" if operation_id == "team_retrieve" else "team.retrieve", status=503)
    assert (code(), code()) == ("internal_error", None)
    name = call_of(operation_id).call
    assert {request.operation for request in emulator.requests} <= {name, "chat.completions.retrieve"}


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_tokens_are_counted_where_that_is_documented(emulator: Emulator, operation_id: str) -> None:
    responses = OPERATIONS[operation_id][2]["responses"].values()
    documented = any("X-RateLimit-TPM-Limit" in response.get("headers", {}) for response in responses)
    outcome = make_call(
        "sync", call_of(operation_id), base_url=emulator.base_url, on_drift="ignore", clock=StillClock()
    )
    assert (outcome.meta.rate_limit.tokens is not None) is documented


@pytest.mark.parametrize(
    ("operation_id", "asked", "found"),
    [
        ("images_retrieve", "img_01HXMQ7Z3K8Y2FAILED", "failed"),
        ("images_retrieve", "img_of_mine", "succeeded"),
        ("characters_retrieve", "char_01HXMQ7Z3K8Y2REVIEWING", "reviewing"),
        ("characters_retrieve", "char_of_mine", "ready"),
        ("loras_retrieve", "lora_of_mine", "lora"),
        ("webhook_endpoints_retrieve", "we_01HXMQ7Z3K8Y2DISABLED", "disabled"),
    ],
)
def test_every_id_is_found(http: httpx.Client, operation_id: str, asked: str, found: str) -> None:
    response = http.get(OPERATIONS[operation_id][1].format(id=asked))
    assert response.json() == example_of(operation_id, found)["value"] | {"id": asked}


def test_generations_are_read_by_the_sdk_without_drift(client: Aurous) -> None:
    generation = client.images.retrieve("vid_01HXMQ7Z3K8Y2ABCDEFGHJKM")
    assert isinstance(generation, Generation)
    assert generation.drift == ()


def test_what_is_asked_for_by_a_slug_keeps_its_id(http: httpx.Client) -> None:
    lora = http.get("/v1/loras/soft-light").json()
    assert (lora["id"], lora["slug"]) == ("lora_01HXMQ7Z3K8Y2ABCDEFGHJKM", "soft-light")


def test_the_paths_of_a_resource_do_not_get_in_each_others_way(http: httpx.Client, emulator: Emulator) -> None:
    for path in ("/v1/usage", "/v1/usage/events", "/v1/images/a", "/v1/images/a/output/0"):
        http.get(path)
    assert [request.operation for request in emulator.requests] == [
        "usage.retrieve",
        "usage.events.list",
        "images.retrieve",
        "images.output.retrieve",
    ]
    response = http.post("/v1/files/file_a")
    assert_error(response, 405, "invalid_request")
    assert response.headers["allow"] == "DELETE, GET, HEAD"


# --- Limits ---


def test_each_bucket_has_its_documented_size(http: httpx.Client) -> None:
    def limit(method: str, path: str) -> str:
        return http.request(method, path).headers["x-ratelimit-limit"]

    assert limit("GET", "/v1/models") == limit("GET", "/v1/nowhere") == "1200"
    assert limit("GET", "/v1/characters") == "240"
    assert limit("POST", "/v1/things") == "120"
    assert limit("POST", "/v1/things/upload") == "60"
    assert limit("DELETE", "/v1/files/file_a") == "1200", "not documented: as large as that of GETs"


def test_operations_share_a_bucket_and_buckets_do_not_share() -> None:
    limits = {"characters_get": RateLimit(burst=2, per_minute=6)}
    with Emulator(rate_limit=limits, clock=FakeClock(START, autojump=False)) as emulator:
        http = httpx.Client(base_url=emulator.base_url, headers={"X-Api-Key": emulator.api_key})
        with http:
            assert http.get("/v1/characters").headers["x-ratelimit-remaining"] == "1"
            assert http.get("/v1/characters/char_a").headers["x-ratelimit-remaining"] == "0"
            refused = http.get("/v1/characters")
            assert "characters_get" in assert_error(refused, 429, "too_many_requests")
            assert refused.headers["retry-after"] == "10"
            assert http.get("/v1/models").headers["x-ratelimit-remaining"] == "1199"
            assert http.delete("/v1/characters/char_a").status_code == 200


def test_a_bucket_that_is_not_there_is_told() -> None:
    with pytest.raises(EmulatorError, match="no bucket is called 'get': did you mean gets"):
        State(rate_limit={"get": RateLimit()})


# --- Requests, held against the contract ---


@pytest.mark.parametrize(
    ("target", "code", "param"),
    [
        ("/v1/images?limit=0", "value_out_of_range", "limit"),
        ("/v1/images?limit=101", "value_out_of_range", "limit"),
        ("/v1/images?limit=many", "invalid_format", "limit"),
        ("/v1/images?limit=1.5", "invalid_format", "limit"),
        ("/v1/images?limit=", "invalid_format", "limit"),
        ("/v1/images?limit=20&limit=0", "value_out_of_range", "limit"),
        ("/v1/images/img_a/output/first", "invalid_format", "n"),
        ("/v1/usage?start_time=yesterday", "invalid_format", "start_time"),
        ("/v1/usage?start_time=2026-05-01T00:00:00", "invalid_format", "start_time"),
        ("/v1/usage?bucket_width=2d", "invalid_format", "bucket_width"),
        ("/v1/usage?group_by=status,sorrow", "invalid_format", "group_by.1"),
    ],
)
def test_refuses_parameters_that_do_not_fit(http: httpx.Client, target: str, code: str, param: str) -> None:
    message = assert_error(http.get(target), 400, code, param)
    assert message.startswith(param)


@pytest.mark.parametrize(
    "target",
    [
        "/v1/images?limit=100&starting_after=img_a",
        "/v1/usage?start_time=2026-05-01T00:00:00Z&end_time=2026-05-03T00:00:00%2B02:00&bucket_width=1d",
        "/v1/usage?start_time=2026-05-01T00:00:00Z&group_by=status,type&status=completed&status=anything",
        "/v1/usage/events?type=chat&type=hold&limit=500",
        "/v1/models?utm_source=elsewhere",
    ],
)
def test_takes_what_fits_and_ignores_what_is_unknown(http: httpx.Client, target: str) -> None:
    assert http.get(target).status_code == 200


@pytest.mark.parametrize(
    ("body", "code", "param"),
    [
        ({}, "missing_field", "name"),
        ({"name": 7}, "invalid_format", "name"),
        ({"name": None}, "invalid_format", "name"),
        ({"name": ""}, "value_out_of_range", "name"),
        ({"name": "longer"}, "value_out_of_range", "name"),
        ({"name": "a", "size": 0}, "value_out_of_range", "size"),
        ({"name": "a", "size": "1"}, "invalid_format", "size"),
        ({"name": "a", "color": "green"}, "invalid_format", "color"),
        ({"name": "a", "at": "noon"}, "invalid_format", "at"),
        ({"name": "a", "tags": ["a", "b", "c"]}, "value_out_of_range", "tags"),
        ({"name": "a", "tags": ["a", 2]}, "invalid_format", "tags.1"),
        ({"name": "a", "parts": [{"kind": "x"}, {}]}, "missing_field", "parts.1.kind"),
        ({"name": "a", "closed": {"b": 1}}, "invalid_format", "closed"),
        ([], "invalid_format", None),
        (None, "invalid_format", None),
    ],
)
def test_refuses_a_body_that_does_not_fit(http: httpx.Client, body: Any, code: str, param: str | None) -> None:
    message = assert_error(
        http.post("/v1/things", content=json.dumps(body), headers={"Content-Type": "application/json"}),
        400,
        code,
        param,
    )
    assert len(message) < 300


@pytest.mark.parametrize(
    ("content", "media_type", "words"),
    [
        ("{", "application/json", "The body is not application/json"),
        ('{"name": NaN}', "application/json", "NaN is not JSON"),
        ("[" * 100_000, "application/json", "nested too deeply"),
        ("name=a", "application/x-www-form-urlencoded", "has to be application/json"),
        ('{"name": "a"}', "", "of no type"),
        (b"\xff", "application/json; charset=utf-8", "The body is not application/json"),
    ],
)
def test_refuses_a_body_that_is_no_json(http: httpx.Client, content: Any, media_type: str, words: str) -> None:
    headers = {"Content-Type": media_type} if media_type else {}
    assert words in assert_error(http.post("/v1/things", content=content, headers=headers), 400, "invalid_format")


def test_a_body_that_is_missing_is_missing_its_first_field(http: httpx.Client) -> None:
    assert_error(http.post("/v1/things"), 400, "missing_field", "name")
    assert_error(http.post("/v1/things/upload"), 400, "missing_field", "file")


def test_takes_a_body_that_fits(http: httpx.Client, emulator: Emulator) -> None:
    body = {"name": "a", "at": "2026-05-04T10:00:00Z", "parts": [{"kind": "x"}], "undocumented": [1]}
    response = http.post("/v1/things", json=body, headers={"Content-Type": "application/vnd.thing+json; v=1"})
    assert (response.status_code, response.json()) == (201, {"id": "thing_1"})
    assert emulator.requests[-1].body == body
    assert "undocumented" not in repr(emulator.requests[-1])


def test_a_body_may_be_left_out_where_it_is_not_required(http: httpx.Client, emulator: Emulator) -> None:
    response = http.post("/v1/things/thing_1/forget")
    assert (response.status_code, response.content) == (204, b"")
    assert "content-type" not in response.headers
    assert_error(http.post("/v1/things/thing_1/forget", json={}), 400, "missing_field", "name")
    assert [request.body for request in emulator.requests] == [None, {}]


FILE = ("cat.png", b"a,b,\r\n\x00\xff", "image/png")


@pytest.mark.parametrize(
    ("files", "data", "code", "param"),
    [
        ({"file": FILE}, {}, "missing_field", "purpose"),
        ({"other": FILE}, {"purpose": "reference"}, "missing_field", "file"),
        ({"file": FILE}, {"purpose": "fun"}, "invalid_format", "purpose"),
        ({"file": FILE}, {"purpose": "reference", "count": "few"}, "invalid_format", "count"),
        ({"file": ("a", b"12345678901")}, {"purpose": "reference"}, "value_out_of_range", "file"),
    ],
)
def test_refuses_a_form_that_does_not_fit(
    http: httpx.Client, files: Any, data: dict[str, str], code: str, param: str
) -> None:
    assert_error(http.post("/v1/things/upload", files=files, data=data), 400, code, param)


@pytest.mark.parametrize("content", [b"", b"--", b"--x\r\nContent-Disposition: form-data; name=", b"\r\n--x--"])
def test_refuses_a_form_that_is_none(http: httpx.Client, content: bytes) -> None:
    for media_type in ("multipart/form-data", "multipart/form-data; boundary=x"):
        response = http.post("/v1/things/upload", content=content, headers={"Content-Type": media_type})
        assert response.status_code == 400
        assert response.json()["error"]["code"] in ("invalid_format", "missing_field")


def test_takes_a_form_with_files(http: httpx.Client, emulator: Emulator) -> None:
    seen: list[OperationRequest] = []

    def make(request: OperationRequest) -> dict[str, str]:
        seen.append(request)
        return {"id": "thing_2"}

    emulator.answer("things_upload", body=make)
    more = ("more", ("dog.png", b"1,2", "image/png"))
    files = [("file", FILE), more, more]
    assert http.post("/v1/things/upload", files=files, data={"purpose": "reference", "count": "3"}).status_code == 201
    (request,) = seen
    assert (request.body["purpose"], request.body["count"]) == ("reference", 3)
    assert request.body["file"] == UploadedFile(*FILE[:1], FILE[2], FILE[1])
    assert [file.content for file in request.body["more"]] == [b"1,2", b"1,2"]
    assert FILE[1] in emulator.requests[-1].body


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
THINGS = st.dictionaries(st.sampled_from([*THING["properties"], "other"]), JSON_VALUES, max_size=4)
STATE = State(contract=extended())


async def ask(method: str, path: str, **sent: Any) -> httpx.Response:
    """Ask the emulator without a socket."""
    transport = httpx.ASGITransport(create_app(STATE), raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://emulator", verify=False) as client:
        return await client.request(
            method, path, headers={"X-Api-Key": STATE.api_key, **sent.pop("headers", {})}, **sent
        )


def assert_judged(response: httpx.Response) -> None:
    """The response is a success, or says what does not fit."""
    if response.status_code >= 400:
        assert response.status_code in (400, 404)
        jsonschema.validate(
            response.json(), {"$ref": "#/components/schemas/ErrorEnvelope", "components": CONTRACT["components"]}
        )


@given(JSON_VALUES | THINGS)
@example({"closed": {"\ud800": 1}, "name": "a"})
@example({"name": "\ud800"})
def test_every_body_is_judged(body: Any) -> None:
    STATE.reset()
    assert_judged(asyncio.run(ask("POST", "/v1/things", content=json.dumps(body).encode())))


PARAMETERS = st.sampled_from(["limit", "start_time", "group_by", "status", "page_token", "else"])


@given(st.dictionaries(PARAMETERS, st.text() | st.lists(st.text()), max_size=4))
@example({"limit": "9" * 5000})
@example({"limit": "1e999"})
@example({"limit": "2.0", "page_token": "page_1"})
def test_every_query_is_judged(query: dict[str, Any]) -> None:
    STATE.reset()
    assert_judged(asyncio.run(ask("GET", "/v1/usage", params=query)))


@given(st.text(st.characters(max_codepoint=0x2FF)))
def test_every_path_is_judged(path: str) -> None:
    STATE.reset()
    response = asyncio.run(ask("GET", f"/v1/images/{quote(path, safe='/')}"))
    assert_judged(response)


def test_a_form_may_be_described_elsewhere() -> None:
    contract = extended()
    contract["components"]["schemas"]["Upload"] = UPLOAD
    media = contract["paths"]["/v1/things/upload"]["post"]["requestBody"]["content"]["multipart/form-data"]
    media["schema"] = {"$ref": "#/components/schemas/Upload"}
    with Emulator(contract=contract) as emulator, httpx.Client(base_url=emulator.base_url, verify=False) as http:
        headers = {"X-Api-Key": emulator.api_key}
        fields = {"purpose": "reference", "count": "3", "else": "x"}
        assert http.post("/v1/things/upload", files={"file": FILE}, data=fields, headers=headers).status_code == 201


# --- Idempotency keys ---


def create(http: httpx.Client, key: str = "key-1", **body: Any) -> httpx.Response:
    return http.post("/v1/things", json=body or {"name": "a", "size": 1}, headers={"Idempotency-Key": key})


def counted(emulator: Emulator, operation: str = "things_create") -> None:
    """Let each thing that is created have an id of its own."""
    numbers = iter(range(100))
    emulator.answer(operation, body=lambda _: {"id": f"thing_{next(numbers)}"})


def test_a_request_with_a_key_is_carried_out_once(http: httpx.Client, emulator: Emulator, clock: FakeClock) -> None:
    counted(emulator)
    first = create(http)
    assert (first.status_code, first.json()) == (201, {"id": "thing_0"})
    assert "aurous-idempotent-replayed" not in first.headers
    again = http.post(
        "/v1/things",
        content='{"size": 1, "name": "a"}',
        headers={"Idempotency-Key": "key-1", "Content-Type": "application/json"},
    )
    assert (again.status_code, again.json()) == (201, {"id": "thing_0"})
    assert again.headers["aurous-idempotent-replayed"] == "true"
    assert again.headers["aurous-request-id"] != first.headers["aurous-request-id"]
    assert create(http, "key-2").json() == {"id": "thing_1"}
    clock.advance(24 * 60 * 60)
    assert create(http).json() == {"id": "thing_2"}


def test_without_a_key_every_request_is_carried_out(http: httpx.Client, emulator: Emulator) -> None:
    counted(emulator)
    assert [http.post("/v1/things", json={"name": "a"}).json()["id"] for _ in range(2)] == ["thing_0", "thing_1"]


def test_a_key_is_not_for_another_request(http: httpx.Client, emulator: Emulator) -> None:
    counted(emulator)
    create(http)
    assert_error(create(http, name="b"), 409, "idempotency_key_in_use")
    files = {"file": FILE}
    elsewhere = http.post(
        "/v1/things/upload", files=files, data={"purpose": "reference"}, headers={"Idempotency-Key": "key-1"}
    )
    assert_error(elsewhere, 409, "idempotency_key_in_use")
    assert "retry-after" not in elsewhere.headers
    theirs = http.post(
        "/v1/things", json={"name": "b"}, headers={"Idempotency-Key": "key-1", "X-Api-Key": OTHER_TEAM_KEY}
    )
    assert theirs.json() == {"id": "thing_1"}, "keys are those of a team"


def test_of_an_upload_only_the_fields_beside_the_file_are_compared(http: httpx.Client, emulator: Emulator) -> None:
    counted(emulator, "things_upload")

    def upload(content: bytes, purpose: str) -> httpx.Response:
        headers = {"Idempotency-Key": "key-1"}
        return http.post("/v1/things/upload", files={"file": content}, data={"purpose": purpose}, headers=headers)

    assert upload(b"one", "reference").json() == upload(b"two", "reference").json() == {"id": "thing_0"}
    assert_error(upload(b"one", "first_frame"), 409, "idempotency_key_in_use")


def test_a_request_that_was_refused_is_judged_anew(http: httpx.Client, emulator: Emulator) -> None:
    counted(emulator)
    assert_error(create(http, size=1), 400, "missing_field", "name")
    emulator.fail(operation="things_create", status=502)
    assert create(http).status_code == 502
    assert create(http).json() == {"id": "thing_0"}
    assert_error(create(http, key="k" * 65), 400, "value_out_of_range", "Idempotency-Key")


def test_a_key_says_nothing_where_none_is_documented(http: httpx.Client) -> None:
    responses = [http.get("/v1/models", headers={"Idempotency-Key": "key-1"}) for _ in range(2)]
    assert [response.status_code for response in responses] == [200, 200]
    assert "aurous-idempotent-replayed" not in responses[1].headers


# --- Responses that are planned ---


def test_an_example_can_be_planned_by_name(client: Aurous, emulator: Emulator) -> None:
    emulator.answer("images.retrieve", "pending", times=2)
    emulator.answer("images.retrieve", "failed", id="img_b")
    emulator.answer("images_retrieve", "processing")
    seen = [str(client.images.retrieve("img_a").status) for _ in range(3)]
    assert seen == ["pending", "pending", "processing"]
    assert client.images.retrieve("img_a").id == "img_a"


def test_the_last_plan_for_all_times_stands(client: Aurous, emulator: Emulator) -> None:
    emulator.answer("balance_retrieve", "exempt")
    assert client.balance.retrieve().billing_mode == "exempt"
    emulator.answer("balance_retrieve", "metered")
    assert client.balance.retrieve().billing_mode == "metered"
    emulator.reset()
    assert client.balance.retrieve().billing_mode == "metered"


def test_a_plan_may_be_for_one_id(client: Aurous, emulator: Emulator) -> None:
    emulator.answer("images.retrieve", "failed", id="img_b")
    assert [str(client.images.retrieve(id).status) for id in ("img_a", "img_b")] == ["succeeded", "failed"]


def test_a_body_of_ones_own_can_be_planned(http: httpx.Client, client: Aurous, emulator: Emulator) -> None:
    body = {"credits": 7, "held_credits": 0, "available_credits": 7, "currency": "credit", "billing_mode": "metered"}
    emulator.answer("balance_retrieve", body=body)
    body["credits"] = 8
    assert client.balance.retrieve().credits == 7
    emulator.answer("files.delete", body=None, times=1)
    assert http.delete("/v1/files/file_a").json() is None
    emulator.answer("images.output.retrieve", body=b"bytes", headers={"X-More": "yes"})
    response = http.get("/v1/images/img_a/output/0")
    assert (response.content, response.headers["content-type"]) == (b"bytes", "image/png")
    assert response.headers["x-more"] == "yes"


def test_a_function_can_make_the_body(client: Aurous, emulator: Emulator) -> None:
    empty = {"object": "list", "data": [], "has_more": False, "next_cursor": None}

    def make(request: OperationRequest) -> dict[str, Any]:
        return {**empty, "seen": [request.operation, request.team, request.query, request.id]}

    emulator.answer("images.list", body=make)
    assert client.images.list(limit=5).to_dict() == {**empty, "seen": ["images.list", "main", {"limit": 5}, None]}


def test_a_function_that_fails_tells_the_request(http: httpx.Client, emulator: Emulator) -> None:
    emulator.answer("team.retrieve", body=lambda _: 1 / 0)
    message = assert_error(http.get("/v1/team"), 500, "internal_error")
    assert "team.retrieve raised ZeroDivisionError" in message
    emulator.answer("team.retrieve", body=lambda _: {1, 2})
    assert "cannot be sent as JSON" in assert_error(http.get("/v1/team"), 500, "internal_error")
    with pytest.raises(EmulatorError, match=r"team\.retrieve raised ZeroDivisionError"):
        emulator.reset()


def test_a_redirect_can_be_planned(client: Aurous, emulator: Emulator) -> None:
    emulator.answer("images.output.retrieve", status=302, headers={"Location": "/v1/images/img_b/output/1"}, id="img_a")
    content = client.images.output.retrieve("img_a", 0)
    assert (content.meta.status_code, content.content_type) == (200, "image/png")
    assert [request.target for request in emulator.requests] == [
        "/v1/images/img_a/output/0",
        "/v1/images/img_b/output/1",
    ]


def test_a_request_can_pick_its_example(client: Aurous, http: httpx.Client, emulator: Emulator) -> None:
    emulator.answer("images.retrieve", "failed")
    picked = client.images.retrieve("img_a", extra_headers={"Aurous-Emulator-Example": "pending"})
    assert (picked.status, picked.id) == ("pending", "img_a")
    response = http.get("/v1/images/img_a", headers={"Aurous-Emulator-Example": "pendin"})
    message = assert_error(response, 400, "invalid_format", "Aurous-Emulator-Example")
    assert "images.retrieve has no example 'pendin': take one of succeeded, succeeded_video, pending" in message


@pytest.mark.parametrize(
    ("operation", "arguments", "reason"),
    [
        ("images_find", {"example": "page"}, "no operation 'images_find': did you mean images."),
        ("zzz", {"example": "page"}, "take one of "),
        ("images_list", {}, "give the name of an example, or a body"),
        ("images_list", {"example": "page", "body": {}}, "give the name of an example, or a body"),
        ("images_list", {"example": "pages"}, "images.list has no example 'pages': take one of page, more"),
        ("images_output_retrieve", {"example": "a"}, "it has none; give a body"),
        ("images_list", {"body": {}, "status": 404}, "not a success: give one from 200 to 399"),
        ("images_list", {"body": {1}}, "cannot be sent as JSON"),
        ("images_list", {"example": "page", "times": 0}, "never happens"),
        ("images_list", {"body": {}, "headers": {"X": "a\r\nb"}}, "cannot be the value of a header"),
    ],
)
def test_refuses_a_plan_that_cannot_be(
    emulator: Emulator, operation: str, arguments: dict[str, Any], reason: str
) -> None:
    with pytest.raises(EmulatorError, match=re.escape(reason)):
        emulator.answer(operation, **arguments)


# --- What is not in the contract ---


def test_a_route_that_is_not_in_the_contract_says_so_and_how_to_plan_it(client: Aurous) -> None:
    for method, path, more in (("POST", "/v1/others", ""), ("POST", "/v1/images", "the contract has GET")):
        with pytest.raises(APIStatusError) as raised:
            client.request(method, path)
        assert f"{method} {path} is not in the contract" in str(raised.value)
        assert f"answer('{method} {path}', ...)" in str(raised.value)
        assert more in str(raised.value)


def test_a_route_that_is_not_in_the_contract_can_be_planned(client: Aurous, emulator: Emulator) -> None:
    emulator.answer("POST /v1/images", body=lambda request: {"id": "img_1", "asked": request.body}, status=201)
    emulator.fail(operation="POST /v1/others", status=503)
    emulator.answer("POST /v1/others", body={"id": "other_1"}, times=1)
    made = client.request("POST", "/v1/images", json={"prompt": "a"})
    assert (made.value, made.meta.status_code) == ({"id": "img_1", "asked": {"prompt": "a"}}, 201)
    with pytest.raises(ServerError):
        client.request("POST", "/v1/others")
    assert client.request("POST", "/v1/others").value == {"id": "other_1"}
    with pytest.raises(NotFoundError, match="not in the contract"):
        client.request("POST", "/v1/others")
    assert client.images.list().data
    assert [each.operation for each in emulator.requests][:2] == ["POST /v1/images", "POST /v1/others"]
    emulator.reset()
    with pytest.raises(APIStatusError, match="not in the contract"):
        client.request("POST", "/v1/images")


def test_a_route_of_the_contract_is_its_operation(client: Aurous, emulator: Emulator) -> None:
    emulator.answer("GET /v1/images/{id}", "failed")
    assert client.images.retrieve("img_a").status == "failed"


def test_a_code_or_an_id_that_is_not_there_is_told_with_what_is(emulator: Emulator) -> None:
    with pytest.raises(EmulatorError, match="did you mean internal_error"):
        emulator.fail(code="internal_eror")
    with pytest.raises(EmulatorError, match=r"take one of \w+"):
        emulator.fail(code="nope")
    with pytest.raises(EmulatorError, match="take one of completed, "):
        emulator.ids["nope"]
    assert emulator.ids.get("nope") is None


def test_says_where_it_is(emulator: Emulator) -> None:
    assert repr(emulator) == f"Emulator({emulator.base_url}, 0 requests so far)"
    assert repr(Emulator()) == "Emulator(not listening, 0 requests so far)"


def test_an_operation_without_an_example_says_so() -> None:
    contract = extended()
    contract["paths"]["/v1/things"]["post"]["responses"]["201"]["content"]["application/json"] = {"schema": {}}
    with Emulator(contract=contract) as emulator, httpx.Client(base_url=emulator.base_url) as http:
        response = http.post("/v1/things", json={"name": "a"}, headers={"X-Api-Key": emulator.api_key})
        message = assert_error(response, 501, "internal_error")
        assert "no example of what things.create responds" in message


@pytest.mark.parametrize("contract", [{}, {"paths": []}, {**CONTRACT, "paths": {"/v1/a": {"get": {}}}}])
def test_a_contract_that_is_none_is_told(contract: dict[str, Any]) -> None:
    with pytest.raises(EmulatorError, match="the contract cannot be read"):
        State(contract=contract)


# --- Faults and drift, by operation ---


def test_a_fault_by_status_has_the_code_that_the_operation_shows(http: httpx.Client, emulator: Emulator) -> None:
    expected = [
        ("images.output.retrieve", 422, "output_not_available"),
        ("chat.completions.cancel", 404, "chat_cancel_target_not_found"),
        ("models.list", 409, "idempotency_key_in_use"),
        ("models.list", 402, "balance_too_low"),
        ("models.list", 410, "output_expired"),
    ]
    for operation, status, code in expected:
        emulator.fail(operation=operation, status=status)
        operation_id = operation.replace(".", "_")
        method, path, _ = OPERATIONS[operation_id]
        response = http.request(method, path.format(id="a", n=0))
        assert_error(response, status, code)


def test_a_fault_strikes_one_id_of_one_operation(http: httpx.Client, emulator: Emulator) -> None:
    emulator.fail("file_a", operation="files.retrieve", status=503, times=None)
    asked = [("GET", "/v1/files/file_b"), ("DELETE", "/v1/files/file_a"), ("GET", "/v1/files/file_a")]
    assert [http.request(*request).status_code for request in asked] == [200, 200, 503]
    with pytest.raises(EmulatorError, match=r"did you mean files\.retrieve"):
        emulator.fail(operation="files.retreive", status=503)


def test_drift_strikes_any_operation(client: Aurous, http: httpx.Client, emulator: Emulator) -> None:
    emulator.drift(kind="unknown_status", operation="images.retrieve", id="img_a")
    emulator.drift(operation="images.list", pointer="/data/0/status", value="queued", times=1)
    emulator.drift(operation="loras.list", pointer="/1/name")
    emulator.drift(kind="unknown_field", operation="team_retrieve")
    assert client.images.retrieve("img_a").status == "queued"
    assert client.images.retrieve("img_b").status == "succeeded"
    assert [str(each.status) for each in client.images.list().data] == ["queued", "processing"]
    assert not client.images.list().drift
    assert [deviation.pointer for deviation in client.loras.list().drift] == ["/1/name"]
    assert http.get("/v1/team").json()["undocumented"] == {"since": "2026-11-01"}
    assert http.get("/v1/images/img_a/output/0").status_code == 200


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"kind": "wrong_type", "operation": "images.list"}, "images.list responds has no /choices/0"),
        ({"kind": "unknown_field", "operation": "images.output.retrieve"}, "has no /undocumented"),
        ({"operation": "images.list"}, "nothing says what is to drift"),
        ({"id": "missing_field"}, "give a kind (kind='missing_field'; the first argument is an id)"),
        ({"kind": "missing_fields"}, "did you mean missing_field"),
        ({"id": "img_a", "kind": "unknown_field"}, "or say which operation it is of"),
        ({"kind": "unknown_field", "operation": "images.lists"}, "did you mean images.list"),
    ],
)
def test_refuses_drift_that_cannot_be(emulator: Emulator, arguments: dict[str, Any], reason: str) -> None:
    with pytest.raises(EmulatorError, match=re.escape(reason)):
        emulator.drift(**arguments)


def test_what_was_asked_is_recorded_by_operation(client: Aurous, emulator: Emulator) -> None:
    client.images.list(limit=3, extra_query={"of": ["a", "b"]})
    client.files.delete("file_a")
    first, last = emulator.requests
    assert (first.operation, first.query) == ("images.list", {"limit": "3", "of": ["a", "b"]})
    assert (last.operation, last.method, last.query, last.body) == ("files.delete", "DELETE", {}, None)


# --- Pages ---


def many(number: int) -> dict[str, Any]:
    first = example_of("images_list", "page")["value"]
    items = [{**first["data"][0], "id": f"img_{index}"} for index in range(number)]
    return {**first, "data": items}


def test_a_list_that_is_longer_than_a_page_is_cut_into_pages(client: Aurous, emulator: Emulator) -> None:
    emulator.answer("images.list", body=many(7))
    page = client.images.list(limit=3)
    assert ([item.id for item in page.data], page.has_more, page.next_cursor) == (
        ["img_0", "img_1", "img_2"],
        True,
        "img_2",
    )
    assert [item.id for item in page.auto_paging_iter()] == [f"img_{index}" for index in range(7)]
    assert [request.query.get("starting_after") for request in emulator.requests] == [None, "img_2", "img_5"]
    assert len(client.images.list().data) == 7
    assert [item.id for item in client.images.list(ending_before="img_5", limit=2).data] == ["img_3", "img_4"]
    last = client.images.list(starting_after="img_6")
    assert (last.data, last.has_more, last.next_cursor) == ([], False, None)


def test_the_examples_themselves_are_cut_into_pages(client: Aurous, emulator: Emulator) -> None:
    names = [each["id"] for each in example_of("characters_list", "page")["value"]["data"]]
    assert [each.id for each in client.characters.list(limit=1).auto_paging_iter()] == names
    events = [each["id"] for each in example_of("usage_events_list", "ledger")["value"]["data"]]
    emulator.answer("usage.events.list", "ledger")
    assert [each.id for each in client.usage.events.list(limit=1).auto_paging_iter()] == events
    assert emulator.requests[-1].query == {"limit": "1", "starting_after": events[0]}


def test_a_cursor_that_none_of_the_pages_told_says_nothing(client: Aurous, emulator: Emulator) -> None:
    emulator.answer("images.list", "more", times=1)
    first = client.images.list()
    assert first.next_cursor == "img_01HXMQ7Z3K8Y2SECOND"
    following = first.next_page()
    assert following is not None
    assert following.to_dict() == example_of("images_list", "page")["value"]


# --- Files ---


def test_files_are_of_the_documented_type(client: Aurous) -> None:
    image = client.images.output.retrieve("img_a", 0)
    assert (image.content_type, image.read()[:8]) == ("image/png", b"\x89PNG\r\n\x1a\n")
    video = client.videos.output.retrieve("vid_a")
    assert (video.content_type, video.read()[4:8]) == ("video/mp4", b"ftyp")


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [("bytes=0-1023", 0, 1023), ("bytes=4-7", 4, 7), ("bytes=1000-", 1000, None), ("bytes=-8", -8, None)],
)
def test_a_part_of_a_file_can_be_asked_for(client: Aurous, wanted: str, first: int, last: int | None) -> None:
    whole = client.videos.output.retrieve("vid_a").read()
    part = client.videos.output.retrieve("vid_a", range=wanted)
    assert part.meta.status_code == 206
    assert part.read() == whole[first : None if last is None else last + 1]
    begin = first % len(whole)
    assert part.meta.headers["content-range"] == f"bytes {begin}-{begin + len(part) - 1}/{len(whole)}"


@pytest.mark.parametrize("wanted", ["bytes=-", "bytes=0-1,4-5", "lines=1-2", "0-1", "bytes=a-b"])
def test_a_rangethat_says_nothing_gives_the_whole_file(http: httpx.Client, wanted: str) -> None:
    response = http.get("/v1/videos/vid_a/output", headers={"Range": wanted})
    assert (response.status_code, len(response.content)) == (200, 1048)


def test_a_position_of_any_number_of_digits_is_one(http: httpx.Client) -> None:
    many = "9" * 5000
    whole = http.get("/v1/videos/vid_a/output").content
    for wanted, status in ((f"bytes={many}-", 416), (f"bytes=0-{many}", 206), (f"bytes=-{many}", 206)):
        response = http.get("/v1/videos/vid_a/output", headers={"Range": wanted})
        assert (response.status_code, response.content == whole) == (status, status == 206)


def test_a_part_outside_of_the_file_is_refused(http: httpx.Client) -> None:
    for wanted in ("bytes=5000-", "bytes=9-3", "bytes=-0"):
        response = http.get("/v1/videos/vid_a/output", headers={"Range": wanted})
        assert_error(response, 416, "value_out_of_range", "Range")
        assert response.headers["content-range"] == "bytes */1048"


def test_a_rangesays_nothing_where_none_is_documented(http: httpx.Client) -> None:
    assert http.get("/v1/images/img_a/output/0", headers={"Range": "bytes=0-1"}).status_code == 200


# --- Cancelling a completion ---


def test_a_completion_that_is_cancelled_stays_so(client: Aurous, emulator: Emulator, clock: FakeClock) -> None:
    id = emulator.add(life=Life(in_progress_for=5))
    assert client.chat.completions.retrieve(id).is_in_progress
    cancelled = client.chat.completions.cancel(id)
    assert (cancelled.id, cancelled.is_cancelled, cancelled.drift) == (id, True, ())
    clock.advance(100)
    assert client.chat.completions.retrieve(id).to_dict() == cancelled.to_dict()


def test_what_comes_preloaded_in_progress_can_be_cancelled_until_the_reset(client: Aurous, emulator: Emulator) -> None:
    for name in ("in_progress", "soon_failed"):
        assert client.chat.completions.cancel(emulator.ids[name]).is_cancelled
    emulator.reset()
    assert client.chat.completions.retrieve(emulator.ids["in_progress"]).is_in_progress


@pytest.mark.parametrize("name", ["completed", "failed", "cancelled", "vendor_sample"])
def test_what_has_ended_cannot_be_cancelled(http: httpx.Client, emulator: Emulator, name: str) -> None:
    response = http.post(f"/v1/chat/completions/{emulator.ids[name]}/cancel")
    assert_error(response, 409, "chat_cancel_target_already_terminal")


def test_cancelling_twice_is_a_benign_race(client: Aurous, http: httpx.Client, emulator: Emulator) -> None:
    id = emulator.ids["in_progress"]
    first = client.chat.completions.cancel(id)
    assert_error(http.post(f"/v1/chat/completions/{id}/cancel"), 409, "chat_cancel_target_already_terminal")
    assert client.chat.completions.cancel(id).to_dict() == first.to_dict()


def test_a_completion_may_not_be_cancellable(client: Aurous, emulator: Emulator) -> None:
    mine = emulator.add(life=Life(in_progress_for=5), cancellable=False)
    for id in (emulator.ids["not_cancellable"], mine):
        with pytest.raises(ConflictError) as caught:
            client.chat.completions.cancel(id)
        assert caught.value.code == "chat_cancel_target_not_cancellable"
        assert client.chat.completions.retrieve(id).is_in_progress


def test_what_is_not_there_cannot_be_cancelled(client: Aurous, emulator: Emulator) -> None:
    for id in ("cmp_absent", emulator.ids["other_team"]):
        with pytest.raises(NotFoundError) as caught:
            client.chat.completions.cancel(id)
        assert caught.value.code == "chat_cancel_target_not_found"


def test_a_cancel_can_lose_the_race(client: Aurous, emulator: Emulator) -> None:
    emulator.answer("chat.completions.cancel", "already_completed", times=1)
    id = emulator.ids["in_progress"]
    assert client.chat.completions.cancel(id).is_completed
    assert client.chat.completions.retrieve(id).is_in_progress, "an example changes no state"


def test_a_status_that_is_no_end_can_be_cancelled(client: Aurous, emulator: Emulator) -> None:
    body = {**emulator.completions[emulator.ids["completed"]].body}
    pending = emulator.add({**body, "id": "cmp_pending", "status": "pending"})
    assert client.chat.completions.cancel(pending).is_cancelled
    leaked = emulator.add({**body, "id": "cmp_leaked", "status": "cancelled_by_request"})
    assert client.chat.completions.cancel(leaked).status == "cancelled_by_request"
