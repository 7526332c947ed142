"""How cassettes are made: the same every time, scrubbed, whole or not at all."""

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from vcr import VCR  # type: ignore[import-untyped]
from vcr.errors import CannotOverwriteExistingCassetteException  # type: ignore[import-untyped]
from vcr.record_mode import RecordMode  # type: ignore[import-untyped]

import emulator_table
import record
from aurous.emulator import MAIN_KEY, Emulator
from cassette_guard import deviations, problems
from cassette_playing import network_closed, playing
from cassette_recording import Scrubber, recording
from cassettes import REMOVED, CassetteError, contract, load, render, store
from conversations import MODES, cassette_of, kind_of, play
from openapi.contract import mapping
from recordings import EMULATED, LIVE

pytestmark = pytest.mark.whole  # a tool of this repository is the same on every Python

COMPLETED = "chat/completions/retrieve/completed"
FAILED = "chat/completions/retrieve/failed"


def run(*arguments: object) -> int:
    return record.main([str(argument) for argument in arguments])


def test_the_library_is_what_the_emulator_answers_now() -> None:
    """Made afresh, each conversation is the one in the library: neither emulator nor SDK has moved away from it."""
    fresh = record.from_emulator(EMULATED.values())
    for name, cassette in fresh.items():
        assert cassette["interactions"] == load(cassette_of(name))["interactions"], name


def test_recording_twice_gives_the_same_bytes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = ("wait", "run", "stream")
    assert run("--library", tmp_path / "one", *names) == run("--library", tmp_path / "two", *names) == 0
    one, two = (
        {path.relative_to(library): path.read_bytes() for path in library.rglob("*.yaml")}
        for library in (tmp_path / "one", tmp_path / "two")
    )
    assert one == two
    capsys.readouterr()
    assert run("--library", tmp_path / "one", *names) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(one)
    assert all(line.startswith("unchanged") for line in lines)


def test_the_table_of_operations_in_the_documentation_is_up_to_date() -> None:
    page = emulator_table.PAGE.read_text(encoding="utf-8")
    assert emulator_table.updated(page) == page, "nox -s record"


def test_a_cassette_says_where_it_comes_from(tmp_path: Path) -> None:
    assert run("--library", tmp_path, COMPLETED) == 0
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")] == [f"{COMPLETED}.yaml"]
    origin = load(tmp_path / f"{COMPLETED}.yaml")["metadata"]
    assert "emulator" in origin["recorded_from"]
    assert "not the vendor's server" in origin["recorded_from"]
    assert origin["address"] == "https://api.aurous-labs.com stands for http://127.0.0.1"
    assert origin["contract"] == mapping(contract().data["info"])["version"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["models/list/model"], "no recording is called 'models/list/model'; did you mean models/list/models?"),
        (["zzz"], "no recording is called 'zzz'; see --list"),
        (["--live"], "--live needs a key of yours: set AUROUS_API_KEY"),
        (["--id", "cmp_a"], "--id goes with --live"),
    ],
)
def test_a_mistake_is_told(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*arguments) == 1
    assert capsys.readouterr().err == f"error: {said}\n"


def test_live_recording_needs_the_api_itself(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AUROUS_API_KEY", MAIN_KEY)
    with network_closed():
        assert run("--live", "live/retrieved") == 1
        assert "live/retrieved: give a completion of yours to ask for, with --id cmp_" in capsys.readouterr().err
        assert run("--live", "--id", "cmp_a/b", "live/retrieved") == 1
        assert "live/retrieved should end with ChatCompletion" in capsys.readouterr().err
        monkeypatch.setenv("AUROUS_BASE_URL", "http://127.0.0.1:1")
        assert run("--live", "--id", "cmp_a") == 1
        assert "AUROUS_BASE_URL is not the API" in capsys.readouterr().err


def test_a_recording_that_ends_otherwise_leaves_all_files_alone(tmp_path: Path) -> None:
    assert run("--library", tmp_path, COMPLETED) == 0
    before = (tmp_path / f"{COMPLETED}.yaml").read_bytes()
    wrong = replace(EMULATED[FAILED], ends="NotFoundError")
    with pytest.raises(
        record.RecordError, match="retrieve/failed should end with NotFoundError and ended with ChatCompletion"
    ):
        list(record.install(record.from_emulator([EMULATED[COMPLETED], wrong]), tmp_path))
    assert (tmp_path / f"{COMPLETED}.yaml").read_bytes() == before


def test_drift_needs_a_reason() -> None:
    with pytest.raises(record.RecordError, match=r"leaves the contract at /object: missing.*say why"):
        record.from_emulator([replace(EMULATED["drift/missing_field"], deviates=None)])


def test_what_the_guard_objects_to_is_not_written(tmp_path: Path) -> None:
    good, bad = (load(cassette_of(name)) for name in (COMPLETED, FAILED))
    bad["metadata"]["shows"] = "al_live_" + "0" * 64
    with pytest.raises(CassetteError, match=r"nothing was written: .*failed\.yaml: holds an API key"):
        list(record.install({COMPLETED: good, FAILED: bad}, tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_what_is_recorded_no_more_is_removed_where_everything_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(record, "EMULATED", {COMPLETED: EMULATED[COMPLETED]})
    for name in ("models/list/gone", "live/retrieved"):
        store("a: 1", tmp_path / f"{name}.yaml")
    assert run("--library", tmp_path, COMPLETED) == 0
    assert (tmp_path / "models/list/gone.yaml").exists()
    assert run("--library", tmp_path) == 0
    assert "removed   " in capsys.readouterr().out
    left = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*"))
    folders = ["chat", "chat/completions", "chat/completions/retrieve", f"{COMPLETED}.yaml"]
    assert left == [*folders, "live", "live/retrieved.yaml"]


def test_a_cassette_is_replaced_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "completed.yaml"
    store("before", path)

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(CassetteError, match=r"completed\.yaml cannot be written \(No space left on device\)"):
        store("after", path)
    assert [each.name for each in tmp_path.iterdir()] == ["completed.yaml"]
    assert path.read_text(encoding="utf-8") == "before"


def test_what_is_there_to_record_can_be_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--list") == run("--live", "--list") == 0
    listed = capsys.readouterr().out.splitlines()
    assert listed[0].split() == ["name", "call", "shows"]
    column = listed[0].index("shows")
    for name, each in EMULATED.items():
        (line,) = (line for line in listed if line.startswith(f"{name} "))
        assert line[column:] == each.shows
        assert each.written[:60] in line
    assert set(LIVE) <= {line.split()[0] for line in listed}
    assert max(map(len, listed)) < 250


# --- Recording from the API itself: tried on the emulator, for want of a key ---


def hostile(emulator: Emulator) -> str:
    """A completion that holds what must not get into a file."""
    body = json.loads(load(cassette_of(COMPLETED))["interactions"][0]["response"]["body"]["string"])
    body["choices"][0]["message"]["content"] = f"Your key is {MAIN_KEY}, says bearer {'t' * 32} to someone@example.com."
    emulator.deprecate(MAIN_KEY)
    return emulator.add(body)


def test_live_recordings_are_scrubbed_and_play(tmp_path: Path) -> None:
    with Emulator() as emulator:
        stored = hostile(emulator)
        fresh = record.from_address(LIVE.values(), stored, key=MAIN_KEY, address=emulator.base_url)
        secrets = (MAIN_KEY, "t" * 32, "someone@example.com", "127.0.0.1:")
    texts = {name: render(cassette) for name, cassette in fresh.items()}
    assert not [
        secret for secret in secrets for text in texts.values() if secret in text.replace(emulator_note(text), "")
    ]
    assert texts["live/retrieved"].count(REMOVED) == 4
    for name, text in texts.items():
        store(text, tmp_path / f"{name}.yaml")
        assert problems(tmp_path / f"{name}.yaml") == []
        assert "the live API, on " in fresh[name]["metadata"]["recorded_from"]
        for mode in MODES:
            played = play(mode, LIVE[name].about(stored), tmp_path / f"{name}.yaml")
            assert kind_of(played.outcome) == LIVE[name].ends


def emulator_note(text: str) -> str:
    """The line of a cassette that tells the address which was recorded."""
    return next(line for line in text.splitlines() if line.startswith("  address:"))


def test_a_live_answer_that_leaves_the_contract_says_so() -> None:
    with Emulator() as emulator:
        (cassette,) = record.from_address(
            [LIVE["live/retrieved"]], "cmp_drift_unknown_field", key=MAIN_KEY, address=emulator.base_url
        ).values()
    assert cassette["metadata"]["deviates"] == {"why": "so the API responded", "where": ["/undocumented: undocumented"]}
    assert deviations(cassette) == ["/undocumented: undocumented"]


def test_compressed_answers_are_kept_readable_and_headers_by_allow_list() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        headers = {
            "Content-Encoding": "gzip",
            "Content-Type": "application/json",
            "Set-Cookie": "a=b",
            "X-Powered-By": "c",
        }
        return httpx.Response(200, headers=headers, content=gzip.compress(b'{"id": "cmp_a"}'))

    with (
        recording(Scrubber("https://somewhere.example", ("hush",))) as recorder,
        httpx.Client(transport=httpx.MockTransport(answer)) as client,
    ):
        client.get(
            "https://somewhere.example/v1/hush", headers={"Authorization": "Bearer x", "X-Api-Key": "y", "Cookie": "z"}
        )
    (said,) = recorder.interactions
    assert said["request"]["uri"] == f"https://api.aurous-labs.com/v1/{REMOVED}"
    assert set(said["request"]["headers"]) == {"Accept"}
    assert said["response"]["headers"] == {"Content-Type": ["application/json"]}
    assert said["response"]["body"]["string"] == '{"id": "cmp_a"}'


# --- Requests with a body, and bodies that are no text ---

PICTURE = b"\x89PNG\r\n\x1a\n\x00\xff"


URL = "https://somewhere.example/v1/things"


def said_over(response: httpx.Response, *secrets: str, **sent: Any) -> dict[str, Any]:
    """What is kept of a request and its response."""
    scrubber = Scrubber("https://somewhere.example", secrets)
    transport = httpx.MockTransport(lambda _: response)
    with recording(scrubber) as recorder, httpx.Client(transport=transport) as client:
        client.post(URL, **sent)
    (said,) = recorder.interactions
    return said


def stored(said: dict[str, Any], path: Path) -> Path:
    """A cassette with this conversation."""
    store(render({**load(cassette_of(COMPLETED)), "interactions": [said]}), path)
    return path


def test_a_form_comes_out_the_same_every_time() -> None:
    """Its boundary is drawn by chance, and is given another name."""
    form = {"files": {"file": ("a.png", PICTURE, "image/png")}, "data": {"purpose": "reference"}}
    first, second = (said_over(httpx.Response(201), **form)["request"] for _ in range(2))
    assert first == second
    assert first["headers"]["Content-Type"] == ["multipart/form-data; boundary=boundary"]
    assert first["body"].count(b"--boundary") == 3
    assert PICTURE in first["body"]


def test_secrets_are_taken_out_of_bodies_of_every_kind() -> None:
    response = httpx.Response(200, content=b"\xffhush\x00")
    said = said_over(response, "hush", json={"note": "hush, says someone@example.com"})
    assert said["request"]["body"] == f'{{"note":"{REMOVED}, says {REMOVED}"}}'
    assert said["response"]["body"]["string"] == b"\xff" + REMOVED.encode() + b"\x00"


STREAM = b'data: {"a": 1}\n\n: keep-alive\n\ndata: [DONE]\n\n'
BODIES = [
    STREAM,
    STREAM[:-1],
    STREAM[:9],
    b"data: \n \n  a\n\n",
    b"",
    b"text\r\n",
    PICTURE,
    bytes(200),
    "é".encode(),
    b'{"a": 1}',
    b"\x7f\x1b[0m",
    bytes(range(256)),
]


@pytest.mark.parametrize("body", BODIES)
def test_a_body_survives_the_file(body: bytes, tmp_path: Path) -> None:
    """It comes back by our reader and by vcrpy's own."""
    said = said_over(httpx.Response(200, content=body), content=body)
    path = stored(said, tmp_path / "bytes.yaml")
    assert load(path)["interactions"] == [said]
    assert path.read_bytes() == render(load(path)).encode()
    vcr = VCR(record_mode=RecordMode.NONE, match_on=["method", "uri", "body"])
    with vcr.use_cassette(str(path)), httpx.Client(verify=False) as client:
        assert client.post(said["request"]["uri"], content=body).content == body


def test_another_body_was_not_recorded(tmp_path: Path) -> None:
    said = said_over(httpx.Response(200), json={"a": 1})
    url = said["request"]["uri"]
    with httpx.Client(verify=False) as client, playing(stored(said, tmp_path / "body.yaml")):
        with pytest.raises(CannotOverwriteExistingCassetteException):
            client.post(url, json={"a": 2})
        assert client.post(url, json={"a": 1}).status_code == 200
