"""The guard over the cassettes: the library passes it, and whatever should not be in a cassette does not."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cassette_guard import library_problems, problems
from cassettes import LIBRARY, CassetteError, load, playing, render
from recordings import EMULATED, LIVE

KEY = "al_live_" + "0" * 64
Cassette = dict[str, Any]


def test_the_library_passes() -> None:
    live = {f"live/{path.stem}" for path in (LIBRARY / "live").glob("*.yaml")}
    assert live <= set(LIVE)
    assert library_problems(LIBRARY, played={*EMULATED, *live}) == []


def sound() -> Cassette:
    """A cassette that passes."""
    return load(LIBRARY / "retrieve" / "completed.yaml")


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
    body["string"] = body["string"].replace("here: ", "".join(f"\\u{ord(letter):04x}" for letter in text))


def in_tool_arguments(cassette: Cassette, text: str) -> None:
    in_content(cassette, json.dumps({"password": text}))


def in_header(cassette: Cassette, text: str) -> None:
    cassette["interactions"][0]["response"]["headers"]["Aurous-Request-Id"] = [text]


def in_address(cassette: Cassette, text: str) -> None:
    cassette["interactions"][0]["request"]["uri"] += "?q=" + "".join(f"%{byte:02x}" for byte in text.encode())


def in_request_body(cassette: Cassette, text: str) -> None:
    cassette["interactions"][0]["request"]["body"] = text


def in_status(cassette: Cassette, text: str) -> None:
    cassette["interactions"][0]["response"]["status"]["message"] = text


def in_provenance(cassette: Cassette, text: str) -> None:
    cassette["metadata"]["shows"] = text


@pytest.mark.parametrize(
    "plant",
    [in_content, in_escapes, in_tool_arguments, in_header, in_address, in_request_body, in_status, in_provenance],
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
            "418 is no answer to GET https://api.aurous-labs.com/v1/chat/completions/cmp_01HXMQ7Z3K8Y2COMPLETED",
        ),
        (asked(method="DELETE"), "is no request that the contract knows"),
        (asked(uri=UNKNOWN), "is no request that the contract knows"),
        (asked(uri=ELSEWHERE), "is not to https://api.aurous-labs.com, where a client would look for it"),
        (with_body(lambda body: body.pop("object")), "leaves the contract at /object: missing"),
        (with_body(lambda body: body.update(new=1)), "leaves the contract at /new: undocumented"),
        (with_body(lambda body: body["usage"].update(new=1)), "leaves the contract at /usage/new: undocumented"),
        (
            with_body(lambda body: body["usage"]["breakdown"].update(new=1)),
            "leaves the contract at /usage/breakdown: oneOf",
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
