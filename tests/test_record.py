"""How cassettes are made: the same every time, scrubbed, whole or not at all."""

import gzip
import json
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

import record
from aurous import NotFoundError
from aurous.emulator import MAIN_KEY, Emulator
from cassette_guard import deviations, problems
from cassettes import REMOVED, CassetteError, Scrubber, contract, load, network_closed, recording, render, store
from openapi.contract import mapping
from recordings import EMULATED, LIVE, MODES, cassette_of, play


def run(*arguments: object) -> int:
    return record.main([str(argument) for argument in arguments])


def test_the_library_is_what_the_emulator_answers_now() -> None:
    """Made afresh, each conversation is the one in the library: neither emulator nor SDK has moved away from it."""
    fresh = record.from_emulator(EMULATED.values())
    for name, cassette in fresh.items():
        assert cassette["interactions"] == load(cassette_of(name))["interactions"], name


def test_recording_twice_gives_the_same_bytes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--library", tmp_path / "one", "wait") == run("--library", tmp_path / "two", "wait") == 0
    files = [{path.name: path.read_bytes() for path in (tmp_path / each).rglob("*.yaml")} for each in ("one", "two")]
    assert files[0] == files[1]
    capsys.readouterr()
    assert run("--library", tmp_path / "one", "wait") == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 6
    assert all(line.startswith("unchanged") and "wait" in line for line in lines)


def test_a_cassette_says_where_it_comes_from(tmp_path: Path) -> None:
    assert run("--library", tmp_path, "retrieve/completed") == 0
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")] == ["retrieve/completed.yaml"]
    origin = load(tmp_path / "retrieve" / "completed.yaml")["metadata"]
    assert "emulator" in origin["recorded_from"]
    assert "not the vendor's server" in origin["recorded_from"]
    assert origin["address"] == "https://api.aurous-labs.com stands for http://127.0.0.1"
    assert origin["contract"] == mapping(contract().data["info"])["version"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["retrieve/complete"], "no recording is called 'retrieve/complete'; did you mean retrieve/completed?"),
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
    assert run("--library", tmp_path, "retrieve/completed") == 0
    before = (tmp_path / "retrieve" / "completed.yaml").read_bytes()
    wrong = replace(EMULATED["retrieve/failed"], ends=NotFoundError)
    with pytest.raises(
        record.RecordError, match="retrieve/failed should end with NotFoundError and ended with ChatCompletion"
    ):
        list(record.install(record.from_emulator([EMULATED["retrieve/completed"], wrong]), tmp_path))
    assert (tmp_path / "retrieve" / "completed.yaml").read_bytes() == before


def test_drift_needs_a_reason() -> None:
    with pytest.raises(record.RecordError, match=r"leaves the contract at /object: missing.*say why"):
        record.from_emulator([replace(EMULATED["drift/missing_field"], deviates=None)])


def test_what_the_guard_objects_to_is_not_written(tmp_path: Path) -> None:
    good, bad = (load(cassette_of(name)) for name in ("retrieve/completed", "retrieve/failed"))
    bad["metadata"]["shows"] = "al_live_" + "0" * 64
    with pytest.raises(CassetteError, match=r"nothing was written: .*failed\.yaml: holds an API key"):
        list(record.install({"retrieve/completed": good, "retrieve/failed": bad}, tmp_path))
    assert list(tmp_path.iterdir()) == []


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
    listed = capsys.readouterr().out
    assert all(f"{name} " in listed and each.shows in listed for name, each in {**EMULATED, **LIVE}.items())


# --- Recording from the API itself: tried on the emulator, for want of a key ---


def hostile(emulator: Emulator) -> str:
    """A completion that holds what must not get into a file."""
    body = json.loads(load(cassette_of("retrieve/completed"))["interactions"][0]["response"]["body"]["string"])
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
            played = play(mode, LIVE[name], tmp_path / f"{name}.yaml", id=stored)
            assert isinstance(played.outcome, LIVE[name].ends)


def emulator_note(text: str) -> str:
    """The line of a cassette that tells the address which was recorded."""
    return next(line for line in text.splitlines() if line.startswith("  address:"))


def test_a_live_answer_that_leaves_the_contract_says_so() -> None:
    with Emulator() as emulator:
        (cassette,) = record.from_address(
            [LIVE["live/retrieved"]], "cmp_drift_unknown_field", key=MAIN_KEY, address=emulator.base_url
        ).values()
    assert cassette["metadata"]["deviates"] == {"why": "so the API answered", "where": ["/undocumented: undocumented"]}
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
