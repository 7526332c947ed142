"""The guard over the cassettes: the library passes it, and whatever should not be in a cassette does not."""

import base64
import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import cassette_contract
import cassettes
from cassette_guard import library_problems, problems
from cassette_playing import playing
from cassettes import LIBRARY, CassetteError, load, render
from openapi.contract import Contract
from recordings import EMULATED, LIVE

KEY = "al_live_" + "0" * 64
Cassette = dict[str, Any]


def test_the_library_passes() -> None:
    live = {f"live/{path.stem}" for path in (LIBRARY / "live").glob("*.yaml")}
    assert live <= set(LIVE)
    assert library_problems(LIBRARY, played={*EMULATED, *live}) == []


def sound() -> Cassette:
    """A cassette that passes."""
    return load(LIBRARY / "chat/completions/retrieve/completed.yaml")


def found_in(text: str, tmp_path: Path) -> list[str]:
    path = tmp_path / "planted.yaml"
    path.write_text(text, encoding="utf-8")
    found = problems(path)
    assert all(problem.startswith(str(path)) and problem.isprintable() for problem in found)
    assert not any(secret in problem for problem in found for secret in (KEY, "t0ps3cret"))
    return found


def test_a_sound_cassette_passes(tmp_path: Path) -> None:
    assert found_in(render(sound()), tmp_path) == []


# --- Secrets ---


def in_content(cassette: Cassette, text: str) -> None:
    response = cassette["interactions"][0]["response"]
    body = json.loads(response["body"]["string"])
    body["choices"][0]["message"]["content"] = text
    response["body"]["string"] = json.dumps(body)


def in_escapes(cassette: Cassette, text: str) -> None:
    in_content(cassette, "here: ")
    body = cassette["interactions"][0]["response"]["body"]
    body["string"] = body["string"].replace("here: ", escaped(text))


def in_tool_arguments(cassette: Cassette, text: str) -> None:
    in_content(cassette, json.dumps({"password": text}))


def in_header(cassette: Cassette, text: str) -> None:
    cassette["interactions"][0]["response"]["headers"]["Aurous-Request-Id"] = [text]


def in_address(cassette: Cassette, text: str) -> None:
    cassette["interactions"][0]["request"]["uri"] += "?q=" + "".join(f"%{byte:02x}" for byte in text.encode())


def in_request_body(cassette: Cassette, text: str) -> None:
    cassette["interactions"][0]["request"]["body"] = text


def in_pieces(cassette: Cassette, text: str) -> None:
    streamed(cassette, *(delta(content=letter) for letter in text))


def in_pieces_of_arguments(cassette: Cassette, text: str) -> None:
    arguments = f'{{"password": "{escaped(text)}"}}'
    pieces = (arguments[:30], arguments[30:])
    streamed(cassette, *(delta(tool_calls=[{"function": {"arguments": piece}}]) for piece in pieces))


def in_escapes_of_an_event(cassette: Cassette, text: str) -> None:
    streamed(cassette, json.dumps(delta(content="here: ")).replace("here: ", escaped(text)))


def escaped(text: str) -> str:
    return "".join(f"\\u{ord(letter):04x}" for letter in text)


def delta(**members: Any) -> Any:
    """A chunk that brings this."""
    return {"object": "chat.completion.chunk", "choices": [{"delta": members}]}


def streamed(cassette: Cassette, *events: Any) -> None:
    """Let a cassette be of a stream, with these events."""
    cassette["interactions"] = load(LIBRARY / "stream/whole.yaml")["interactions"]
    texts = (each if isinstance(each, str) else json.dumps(each) for each in events)
    body = "".join(f"data: {each}\n\n" for each in (*texts, "[DONE]"))
    cassette["interactions"][0]["response"]["body"]["string"] = body


def in_status(cassette: Cassette, text: str) -> None:
    cassette["interactions"][0]["response"]["status"]["message"] = text


def in_provenance(cassette: Cassette, text: str) -> None:
    cassette["metadata"]["shows"] = text


@pytest.mark.parametrize(
    "plant",
    [
        *(in_content, in_escapes, in_tool_arguments, in_header, in_address, in_request_body, in_status, in_provenance),
        *(in_pieces, in_pieces_of_arguments, in_escapes_of_an_event),
    ],
)
@pytest.mark.parametrize(
    ("secret", "what"),
    [
        (KEY, "an API key"),
        (KEY[:14], "an API key"),
        ("og_t0ps3cret", "an API key"),
        ("Bearer t0ps3cret", "a bearer token"),
        ("t0ps3cret@example.com", "an e-mail address"),
    ],
)
def test_a_planted_secret_is_found(
    plant: Callable[[Cassette, str], None], secret: str, what: str, tmp_path: Path
) -> None:
    cassette = sound()
    plant(cassette, secret)
    assert any(f"holds {what}" in problem for problem in found_in(render(cassette), tmp_path))


def test_a_secret_in_a_comment_is_found(tmp_path: Path) -> None:
    assert any("holds an API key" in problem for problem in found_in(f"# {KEY}\n{render(sound())}", tmp_path))


# --- What else must not be there ---


def named_header(side: str, name: str) -> Callable[[Cassette], None]:
    def plant(cassette: Cassette) -> None:
        cassette["interactions"][0][side]["headers"][name] = ["x"]

    return plant


def without(*path: str) -> Callable[[Cassette], None]:
    def plant(cassette: Cassette) -> None:
        place: Any = cassette
        for step in path[:-1]:
            place = place[step]
        del place[path[-1]]

    return plant


def with_body(change: Callable[[Any], None]) -> Callable[[Cassette], None]:
    def plant(cassette: Cassette) -> None:
        response = cassette["interactions"][0]["response"]
        body = json.loads(response["body"]["string"])
        change(body)
        response["body"]["string"] = json.dumps(body)

    return plant


def with_raw_body(text: str) -> Callable[[Cassette], None]:
    def plant(cassette: Cassette) -> None:
        cassette["interactions"][0]["response"]["body"]["string"] = text

    return plant


def asked(**request: str) -> Callable[[Cassette], None]:
    return lambda cassette: cassette["interactions"][0]["request"].update(request)


def answered(status: int) -> Callable[[Cassette], None]:
    return lambda cassette: cassette["interactions"][0]["response"]["status"].update(code=status)


def deviating(*places: str) -> Callable[[Cassette], None]:
    return lambda cassette: cassette["metadata"].update(deviates={"why": "so it is", "where": list(places)})


ELSEWHERE = "https://api.example.com/v1/chat/completions/cmp_a"
UNKNOWN = "https://api.aurous-labs.com/v1/unknown"


@pytest.mark.parametrize(
    ("plant", "said"),
    [
        (named_header("request", "X-Api-Key"), "the header X-Api-Key of a request is not on the allow-list"),
        (named_header("request", "Authorization"), "the header Authorization of a request is not on the allow-list"),
        (named_header("request", "authorization"), "the header authorization of a request is not on the allow-list"),
        (named_header("request", "User-Agent"), "the header User-Agent of a request is not on the allow-list"),
        (named_header("response", "Set-Cookie"), "the header Set-Cookie of a response is not on the allow-list"),
        (named_header("response", "Server"), "the header Server of a response is not on the allow-list"),
        (without("metadata"), "does not say where it comes from"),
        (without("metadata", "recorded_from"), "does not say where it comes from"),
        (without("metadata", "contract"), "does not say where it comes from"),
        (without("interactions"), "is no cassette"),
        (lambda cassette: cassette.update(interactions=[]), "is no cassette"),
        (lambda cassette: cassette.update(more=1), "is no cassette"),
        (lambda cassette: cassette.update(version=2), "is no cassette"),
        (
            answered(418),
            "418 is no response to GET https://api.aurous-labs.com/v1/chat/completions/cmp_01HXMQ7Z3K8Y2COMPLETED",
        ),
        (asked(method="DELETE"), "is no request that the contract knows"),
        (asked(uri=UNKNOWN), "is no request that the contract knows"),
        (asked(uri=ELSEWHERE), "is not to https://api.aurous-labs.com, where a client would look for it"),
        (with_body(lambda body: body.pop("object")), "leaves the contract at /object: missing"),
        (with_body(lambda body: body.update(new=1)), "leaves the contract at /new: undocumented"),
        (with_body(lambda body: body["usage"].update(new=1)), "leaves the contract at /usage/new: undocumented"),
        (
            with_body(lambda body: body["usage"]["breakdown"].update(new=1)),
            "leaves the contract at /usage/breakdown: anyOf",
        ),
        (with_body(lambda body: body.update(status="queued")), "leaves the contract at /status: enum"),
        (with_body(lambda body: body.update(id=7)), "leaves the contract at /id: type"),
        (answered(404), "leaves the contract at /error: missing"),
        (with_raw_body("<html></html>"), "leaves the contract at the body: no JSON"),
        (with_raw_body(""), "leaves the contract at the body: no JSON"),
        (with_raw_body("[" * 100_000), "leaves the contract at the body: no JSON"),
        (with_raw_body("null"), "leaves the contract at"),
        (deviating("/object: missing"), "says that it leaves the contract at /object: missing, and does not"),
    ],
)
def test_what_should_not_be_there_is_told(plant: Callable[[Cassette], object], said: str, tmp_path: Path) -> None:
    cassette = sound()
    plant(cassette)
    found = found_in(render(cassette), tmp_path)
    assert any(said in problem for problem in found), found


def test_drift_that_is_declared_passes(tmp_path: Path) -> None:
    cassette = sound()
    with_body(lambda body: body.pop("object"))(cassette)
    deviating("/object: missing")(cassette)
    assert found_in(render(cassette), tmp_path) == []


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: text + "# looked at\n",
        lambda text: text.replace('"GET"', "GET"),
        lambda text: "\ufeff" + text,
        lambda text: text + "...\n",
    ],
)
def test_a_cassette_that_was_edited_by_hand_is_told(edit: Callable[[str], str], tmp_path: Path) -> None:
    path = tmp_path / "edited.yaml"
    path.write_bytes(edit(render(sound())).encode())
    assert ["edited by hand" in problem for problem in problems(path)] == [True]


# --- Conversations of other shapes ---


def changed(name: str, change: Callable[[Cassette, Cassette], object], tmp_path: Path) -> list[str]:
    """What is found in a cassette of the library after a change to its request and response."""
    cassette = load(LIBRARY / f"{name}.yaml")
    interaction = cassette["interactions"][0]
    change(interaction["request"], interaction["response"])
    return found_in(render(cassette), tmp_path)


def in_json(change: Callable[[Any], object]) -> Callable[[Cassette, Cassette], None]:
    def plant(_: Cassette, response: Cassette) -> None:
        body = json.loads(response["body"]["string"])
        change(body)
        response["body"]["string"] = json.dumps(body)

    return plant


def typed(media_type: str) -> Callable[[Cassette, Cassette], object]:
    return lambda _, response: response["headers"].update({"Content-Type": [media_type]})


def asking(query: str) -> Callable[[Cassette, Cassette], object]:
    return lambda request, _: request.update(uri=f"{request['uri']}?{query}")


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("loras/list/loras", in_json(lambda body: body[1].pop("name")), "/1/name: missing"),
        ("loras/list/loras", in_json(lambda body: body[0].update(new=1)), "/0/new: undocumented"),
        ("loras/list/loras", in_json(lambda body: body.append(7)), "/2: type"),
        ("images/list/page", in_json(lambda body: body["data"][0].update(status=1)), "/data/0/status: anyOf"),
        ("images/list/page", in_json(lambda body: body.update(more=1)), "/more: undocumented"),
        ("images/list/page", asking("limit=20"), None),
        ("images/list/page", asking("limit=20&color=red"), "has a parameter color that the contract does not know"),
        ("images/output/retrieve/content", typed("image/jpeg"), None),
        ("images/output/retrieve/content", typed("image/webp"), "the body: image/webp, in place of image/png or image"),
        ("files/delete/deleted", in_json(lambda body: body.update(anything=[1])), None),
        ("files/delete/deleted", typed("text/plain"), "the body: text/plain, in place of application/json"),
        ("usage/retrieve/too_many_buckets", in_json(lambda body: body["error"].pop("code")), "/error/code: missing"),
        (
            "balance/retrieve/metered",
            lambda request, _: request.update(body="{}"),
            "the request: the body: there should",
        ),
    ],
)
def test_conversations_of_every_shape_are_looked_at(
    name: str, change: Callable[[Cassette, Cassette], object], said: str | None, tmp_path: Path
) -> None:
    found = changed(name, change, tmp_path)
    assert found == [] if said is None else any(said in problem for problem in found), found


STREAM = load(LIBRARY / "stream/whole.yaml")["interactions"][0]["response"]["body"]["string"]
FIRST, REST = STREAM.split("\n\n", 1)
NOT_FRAMES = "the body: not frames of one line of data, or a comment"


@pytest.mark.parametrize(
    ("stream", "said"),
    [
        (f": keep-alive\n\n{STREAM}", None),
        (STREAM.replace('"delta":{}', '"delta":{},"new":1'), "event 5: /choices/0/new: undocumented"),
        (STREAM.replace('"role":"assistant"', '"role":1'), "event 1: /choices/0/delta/role: type"),
        (f'data: {{"error": {{}}}}\n\n{STREAM}', "event 1: /choices: missing"),
        (f"data: {{\n\n{STREAM}", "event 1: the body: no JSON"),
        (STREAM.removesuffix("data: [DONE]\n\n"), "the body: its last event is not [DONE]"),
        (f"{STREAM}{FIRST}\n\n", "the body: its last event is not [DONE]"),
        (f"{STREAM}{STREAM}", "event 6: the body: no JSON"),
        ("", "the body: its last event is not [DONE]"),
        (STREAM.encode() + b"\xff", NOT_FRAMES),
        (STREAM.removesuffix("\n"), NOT_FRAMES),
        (STREAM.replace("\n", "\r\n"), NOT_FRAMES),
        (f"event: chunk\n{STREAM}", NOT_FRAMES),
        (f"{FIRST}\n{REST}", NOT_FRAMES),
    ],
)
def test_each_event_of_a_stream_is_looked_at(stream: str | bytes, said: str | None, tmp_path: Path) -> None:
    found = changed("stream/whole", lambda _, response: response["body"].update(string=stream), tmp_path)
    assert found == [] if said is None else any(said in problem for problem in found), found


POSTING = {
    "post": {
        "operationId": "things_create",
        "tags": ["things"],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/ThingRequest"}},
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["file"],
                        "properties": {
                            "file": {"type": "string", "format": "binary"},
                            "count": {"type": "integer"},
                            "tags": {"type": "array", "items": {"type": "string"}},
                        },
                    }
                },
            },
        },
        "responses": {"204": {"description": "Done."}},
    }
}
FORM_TYPE = "multipart/form-data; boundary=boundary"


def form(**fields: str) -> bytes:
    parts = [
        f'--boundary\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    return "".join([*parts, "--boundary--\r\n"]).encode("latin-1")


@pytest.fixture
def posting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The contract with an operation whose requests have a body."""
    data: Any = copy.deepcopy(cassettes.contract().data)
    data["paths"]["/v1/things"] = POSTING
    thing = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
    data["components"]["schemas"]["ThingRequest"] = thing
    contract = Contract(Path("contract.json"), data)
    for module in (cassettes, cassette_contract):
        monkeypatch.setattr(module, "contract", lambda: contract)
    for cached in (cassette_contract.operations, cassette_contract.closed_contract):
        cached.cache_clear()
        monkeypatch.setattr(cassette_contract, cached.__name__, cached.__wrapped__)


@pytest.mark.usefixtures("posting")
@pytest.mark.parametrize(
    ("content_type", "body", "said"),
    [
        ("application/json", '{"name":"a"}', None),
        ("application/json", "{}", "the request: /name: missing"),
        ("application/json", '{"name":"a","new":1}', "the request: /new: undocumented"),
        ("application/json", "[", "the request: the body: no JSON"),
        ("application/json", b"\xff", "the request: the body: no JSON"),
        ("application/json", "", "the request: the body: no JSON"),
        ("text/plain", "a", "the request: the body: text/plain, in place of application/json or multipart/form-data"),
        (FORM_TYPE, form(file="\xff\x00", count="3", tags="a"), None),
        (FORM_TYPE, form(count="3"), "the request: /file: missing"),
        (FORM_TYPE, form(file="a", count="few"), "the request: /count: type"),
        (FORM_TYPE, form(file="a", color="red"), "the request: /color: undocumented"),
    ],
)
def test_the_bodies_of_requests_are_looked_at(
    content_type: str, body: str | bytes, said: str | None, tmp_path: Path
) -> None:
    cassette = sound()
    interaction = cassette["interactions"][0]
    request = {"method": "POST", "uri": "https://api.aurous-labs.com/v1/things", "body": body}
    interaction["request"].update(request, headers={"Content-Type": [content_type]})
    interaction["response"] = {"status": {"code": 204, "message": ""}, "headers": {}, "body": {"string": ""}}
    found = found_in(render(cassette), tmp_path)
    assert found == [] if said is None else any(said in problem for problem in found), found


@pytest.mark.usefixtures("posting")
def test_a_response_that_should_be_empty_is_looked_at(tmp_path: Path) -> None:
    cassette = sound()
    interaction = cassette["interactions"][0]
    request = {"method": "POST", "uri": "https://api.aurous-labs.com/v1/things", "body": '{"name":"a"}'}
    interaction["request"].update(request, headers={"Content-Type": ["application/json"]})
    interaction["response"] = {"status": {"code": 204, "message": ""}, "headers": {}, "body": {"string": "{}"}}
    assert any("the body: there should be none" in problem for problem in found_in(render(cassette), tmp_path))


def test_a_secret_within_bytes_is_found(tmp_path: Path) -> None:
    def plant(_: Cassette, response: Cassette) -> None:
        response["body"]["string"] = b"\x89PNG\x00" + KEY.encode() + b"\x00"

    found = changed("images/output/retrieve/content", plant, tmp_path)
    assert any("holds an API key" in problem for problem in found)


# --- Files that are no cassettes ---


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"a: [1, 2", "the file is not YAML"),
        (b"\t- a", "the file is not YAML"),
        (b"a: 1\na: 2", "stands twice"),
        (b"\xff\xfe\x00", "the file is not UTF-8"),
        (b"- a\n- b", "the file is a list"),
        (b"!!python/object/apply:os.system ['true']", "which JSON does not know"),
        (b"interactions: !!binary aGVsbG8=\nversion: 1", "Write it in quotes"),
        (b"a: &a [*a]", "an alias that contains itself"),
        (b"[" * 100 + b"]" * 100, "nested deeper"),
        (b"hello: world", "does not say where it comes from"),
        (b"interactions: []\nversion: 1", "does not say where it comes from"),
        (b'{"version": 1, "interactions": []}', "does not say where it comes from"),
    ],
)
def test_a_file_that_is_no_cassette_gets_one_clear_error(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_bytes(content)
    (problem,) = problems(path)
    assert problem.startswith(str(path))
    assert said in problem
    assert problem.endswith("make it afresh with `nox -s record`")
    with pytest.raises(CassetteError) as caught, playing(path):
        pass
    assert str(caught.value) == problem


def test_a_file_that_is_not_there_gets_one_clear_error(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere.yaml"):
        (problem,) = problems(path)
        assert problem.startswith(f"{path}:1")
        assert "the file cannot be read" in problem
        with pytest.raises(CassetteError, match="cannot be read"), playing(path):
            pass


# --- The library as a whole ---


def test_cassettes_that_no_test_plays_and_strangers_are_told(tmp_path: Path) -> None:
    (tmp_path / "retrieve").mkdir()
    for name in ("played", "forgotten"):
        (tmp_path / "retrieve" / f"{name}.yaml").write_text(render(sound()), encoding="utf-8")
    (tmp_path / "retrieve" / "notes.txt").write_text(KEY, encoding="utf-8")
    (tmp_path / "retrieve" / ".recording-left").mkdir()
    (tmp_path / "retrieve" / ".recording-left" / "half.yaml").write_bytes(base64.b64encode(b"half"))
    found = library_problems(tmp_path, played={"retrieve/played", "retrieve/lost"})
    assert [problem.removeprefix(f"{tmp_path}/").partition(": ")[::2] for problem in found[:4]] == [
        ("retrieve/notes.txt", "no cassette; remove it"),
        ("retrieve/.recording-left/half.yaml", "no test plays it; remove it"),
        ("retrieve/forgotten.yaml", "no test plays it; remove it"),
        ("retrieve/lost.yaml", "not there; make it afresh with `nox -s record`"),
    ]
    assert len(found) == 5  # and that the half one is no cassette
