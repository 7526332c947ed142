"""The demo: what somebody who has just cloned the project sees."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

import demo
from aurous.emulator import REVOKED_KEY, Emulator, Streaming
from demonstration.tour import UNKNOWN_ID

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


def test_it_tells_a_story_in_six_steps(shown: str) -> None:
    assert re.findall(r"^(\d\. .*?) ─*$", shown, flags=re.MULTILINE) == [
        "1. A service asks a model",
        "2. The answer as it is written",
        "3. A stream that breaks, and its bill",
        "4. Data of a type",
        "5. A model that calls a function of the service",
        "6. What all that cost",
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


def test_a_stream_is_shown_as_it_comes(shown: str) -> None:
    stream = " ".join(step(shown, 2).split())
    assert "Walk in through the Thunder Gate" in stream
    assert re.search(r"longest gap: \d\.\d+ s", stream)


def test_a_broken_stream_is_found_again_with_its_bill(shown: str) -> None:
    broken = " ".join(step(shown, 3).split())
    assert "when th the stream of completion 'cmp_" in broken
    assert re.search(r"status='cancelled', model='aurous-grow-2\.0-pro', credits=0\.\d+", broken)


def test_structured_output_is_a_value(shown: str) -> None:
    assert "Sight(name='Senso-ji', founded=645, is_free=True)" in step(shown, 4)


def test_a_tool_is_called(shown: str) -> None:
    assert "called with Senso-ji Sunday" in step(shown, 5)
    assert "finished after 2 completions: Yes" in step(shown, 5)


def test_the_receipts_explain_the_balance_to_the_last_digit(shown: str) -> None:
    bill = step(shown, 6)
    rows = re.findall(r"^ +(create|stream|lost stream|parse|run) .* (\d+\.\d{5})$", bill, flags=re.MULTILINE)
    total = sum(Decimal(credits) for _, credits in rows)
    assert len(rows) == 5
    assert re.search(rf"sum +{total}$", bill, flags=re.MULTILINE)
    assert f"by {total} credits" in bill
    assert "to the last digit" in bill


def test_the_code_that_is_shown_is_python(shown: str) -> None:
    lines = re.findall(r"^(?:>>>|\.\.\.) (.*)$", shown, flags=re.MULTILINE)
    compile("\n".join(lines), "shown", "exec")
    assert "client = Aurous()" in lines


# --- Against the API itself ---


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """An emulator in the place of the API."""
    with Emulator() as emulator:
        monkeypatch.setenv("AUROUS_API_KEY", emulator.api_key)
        monkeypatch.setenv("AUROUS_BASE_URL", emulator.base_url)
        monkeypatch.setenv("COLUMNS", "80")
        yield emulator


def story(answer: str | None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    """Ask for the story of the API itself, and answer its question; None where there is nobody to."""

    def ask(question: str) -> str:
        print(question)
        if answer is None:
            raise EOFError
        return answer

    monkeypatch.setattr("builtins.input", ask)
    status = demo.main(["--live"])
    return status, capsys.readouterr().out


@pytest.mark.parametrize("answer", ["", "n", "later", None])
def test_nothing_is_spent_unasked(
    answer: str | None, api: Emulator, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    status, shown = story(answer, capsys, monkeypatch)
    assert status == 1
    assert "up to 300 tokens" in " ".join(shown.split())
    assert "nothing spent" in shown
    assert not api.requests


def test_the_story_of_the_api_itself(
    api: Emulator, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    api.answers("Three.", "First left.")
    api.answers("It is best in March, when the cherry trees bloom.", streaming=Streaming(gap=0.01))
    status, shown = story("y", capsys, monkeypatch)
    assert status == 0
    assert "stream.close()" in step(shown, 3)
    assert "it was closed" in " ".join(step(shown, 3).split())
    assert "lost stream" in step(shown, 6)
    assert "to the last digit" in step(shown, 6)
    asked = [request.body for request in api.requests if request.operation == "chat.completions.create"]
    assert {body["max_tokens"] for body in asked} == {300}


def test_a_step_that_fails_is_told_and_the_story_goes_on(
    api: Emulator, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    api.answers("Three.", "First left.", "In March.", "It is no JSON.")
    status, shown = story("y", capsys, monkeypatch)
    assert status == 0
    assert "OutputError" in step(shown, 4)
    assert "parse" not in step(shown, 6)


def test_it_stops_when_the_budget_is_spent(
    api: Emulator, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("demonstration.story.BUDGET", Decimal("0.0001"))
    status, shown = story("yes", capsys, monkeypatch)
    assert status == 1
    assert "the demo stops at 0.0001" in shown
    assert len([request for request in api.requests if request.operation == "chat.completions.create"]) == 1


def test_a_key_that_is_refused_ends_it(
    api: Emulator, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUROUS_API_KEY", REVOKED_KEY)
    status, shown = story("y", capsys, monkeypatch)
    assert status == 1
    assert "error: 401 revoked_api_key" in shown


# --- With a completion of one's own ---


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
        (UNKNOWN_ID, "error: 404 resource_not_found"),
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
