"""The demo: what somebody who has just cloned the project sees."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import demo
from aurous.emulator import Emulator

SCRIPT = Path(demo.__file__)


@pytest.fixture(scope="module")
def shown() -> str:
    """What the demo shows where its output is no terminal, with a real key in the environment."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("AUROUS_")}
    theirs = {"AUROUS_API_KEY": "al_live_test_filler", "AUROUS_API_VERSION": "2020-01-01", "COLUMNS": "80"}
    command = [sys.executable, str(SCRIPT)]
    done = subprocess.run(
        command,
        env=ours | theirs,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
        cwd=SCRIPT.parent.parent,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    return done.stdout


def step(shown: str, number: int) -> str:
    """What a step of the demo shows."""
    return re.split(r"^\d\. .*$", shown, flags=re.MULTILINE)[number]


def test_it_has_six_steps(shown: str) -> None:
    assert re.findall(r"^(\d\. .*?) ─*$", shown, flags=re.MULTILINE) == [
        "1. A completion, and what it cost",
        "2. The vendor's own sample body, and where it drifts",
        "3. Waiting for a completion in progress",
        "4. Completions that did not end well",
        "5. An error, and what to do about it",
        "6. Rate limits, obeyed and told",
    ]


def test_it_is_readable_without_colour_on_eighty_columns(shown: str) -> None:
    assert all(len(line) <= 80 for line in shown.splitlines())
    assert "\x1b" not in shown
    assert all(line.isprintable() for line in shown.splitlines())


def test_it_says_that_the_answers_are_not_the_vendors(shown: str) -> None:
    assert "not the vendor's server" in step(shown, 0)
    assert "http://127.0.0.1:" in step(shown, 0)


def test_it_shows_no_key(shown: str) -> None:
    assert "al_live" not in shown


def test_a_completion_comes_with_its_receipt(shown: str) -> None:
    receipt = step(shown, 1)
    assert "The capital of Japan is Tokyo." in receipt
    assert re.search(r"input +12 +0\.0009\s+output +24 +0\.0108\s", receipt)
    assert re.search(r"charged +0\.0117\s", receipt)


def test_the_vendors_sample_comes_with_its_drift(shown: str) -> None:
    drift = step(shown, 2)
    assert re.search(r"/object +'chat\.completion' +nothing", drift)
    assert re.search(r"/choices/0/message/content +a string or null +\{\}", drift)
    assert "get_weather {'city': 'Tokyo'}" in drift


def test_the_wait_is_seen_to_go_on(shown: str) -> None:
    polls = re.findall(r"^ +\d+\.\d s (\w+)$", step(shown, 3), flags=re.MULTILINE)
    assert len(polls) > 2
    assert set(polls[:-1]) == {"in_progress"}
    assert polls[-1] == "completed"


def test_completions_that_did_not_end_well_raise(shown: str) -> None:
    ends = step(shown, 4)
    assert "CompletionFailedError" in ends
    assert "chat_provider_unavailable: Provider request failed" in ends
    assert "CompletionCancelledError" in ends
    assert "cancelled The capital of Japan\n" in ends


def test_an_error_says_what_to_do(shown: str) -> None:
    error = " ".join(step(shown, 5).split())
    assert "NotFoundError 404 resource_not_found" in error
    assert "check the id" in error
    assert re.search(r"retryable +False", error)


def test_a_rate_limit_is_waited_for_and_told(shown: str) -> None:
    limits = step(shown, 6)
    assert re.search(r"1 +0\.0 s +429 too_many_requests +req_\w{26}", limits)
    assert re.search(r"2 +1\.0 s +200 +req_\w{26}", limits)
    assert re.search(r"requests a minute +\d+ +1200 +\d\d:\d\d:\d\d UTC", limits)


def test_the_code_that_is_shown_is_python(shown: str) -> None:
    lines = re.findall(r"^(?:>>>|\.\.\.) (.*)$", shown, flags=re.MULTILINE)
    compile("\n".join(lines), "shown", "exec")
    assert "client = Aurous()" in lines


# --- With a completion of one's own ---


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """An emulator in the place of the API."""
    with Emulator() as emulator:
        monkeypatch.setenv("AUROUS_API_KEY", emulator.api_key)
        monkeypatch.setenv("AUROUS_BASE_URL", emulator.base_url)
        monkeypatch.setenv("COLUMNS", "80")
        yield emulator


def live(id: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    status = demo.main(["--live", id])
    return status, capsys.readouterr().out


def test_a_completion_of_ones_own(api: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    status, shown = live(api.ids["completed"], capsys)
    assert status == 0
    assert f"The responses come from {api.base_url}" in shown
    assert "() - the response kept to what is documented" in shown
    assert "completed The capital of Japan is Tokyo." in step(shown, 4)
    assert "NotFoundError" in step(shown, 5)
    assert "requests a minute" in step(shown, 6)


def test_one_that_failed(api: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    status, shown = live(api.ids["failed"], capsys)
    assert status == 0
    assert "CompletionFailedError" in step(shown, 4)


def test_one_without_a_receipt(api: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    status, shown = live("cmp_drift_null_field", capsys)
    assert status == 0
    assert "does not say what was charged" in " ".join(step(shown, 1).split())
    assert "/usage" in step(shown, 2)


def test_text_that_a_terminal_should_not_get(api: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    text = "\x1b[31m[bold]red\x07 \u202e:smile:"
    body = {**api.completions[api.ids["completed"]].body, "id": "cmp_hostile"}
    body["choices"] = [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}]
    status, shown = live(api.add(body), capsys)
    assert status == 0
    assert all(line.isprintable() for line in shown.splitlines())
    assert "\\x1b[31m[bold]red\\x07 \\u202e:smile:" in step(shown, 1)


@pytest.mark.parametrize(
    ("id", "said"),
    [
        (demo.UNKNOWN_ID, "error: 404 resource_not_found"),
        ("", "error: "),
        ('x"); raise SystemExit(9); ("', "error: "),
        ("cmp_\n", "error: "),
    ],
)
def test_an_id_that_leads_nowhere(id: str, said: str, api: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    status, shown = live(id, capsys)
    assert status == 1
    assert said in shown


def test_without_a_key_it_says_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    status, shown = live("cmp_a", capsys)
    assert status == 1
    assert "error: --live asks the API itself and needs a key of yours: set AUROUS_API_KEY" in shown
