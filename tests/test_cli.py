"""The command `aurous`: what it prints for people and for programs, how it ends, and that no error is a traceback."""

import io
import json
import os
import pty
import re
import select
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

import aurous.cli.program
from aurous import Aurous, ChatStream, StreamInterruptedError
from aurous.cli import main
from aurous.cli.completions import show
from aurous.cli.exits import DESCRIPTION, Exit
from aurous.cli.terminal import Terminal
from aurous.emulator import MAIN_KEY, REVOKED_KEY, Emulator, Refusal, Streaming
from documents import completions
from scripted import KEY_BEGINS, reply, sync_caller

MODEL = "aurous-grow-2.0-pro"
IDS = "cmp_01HXMQ7Z3K8Y2"


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


Command = Callable[..., Done]


@pytest.fixture(scope="module")
def shared() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


@pytest.fixture
def emulator(shared: Emulator, monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """One that is found through the environment, as it was when it began."""
    shared.reset()
    monkeypatch.setenv("AUROUS_API_KEY", shared.api_key)
    monkeypatch.setenv("AUROUS_BASE_URL", shared.base_url)
    return shared


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs a command in this process. Whatever it is, it shows no key and no traceback."""

    monkeypatch.setenv("COLUMNS", "100")

    def run(*arguments: str, stdin: bytes = b"") -> Done:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = main(arguments)
        said = capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        assert KEY_BEGINS not in said.out + said.err
        assert "\x1b" not in said.out + said.err, "nobody looks"
        return Done(code, said.out, said.err)

    return run


# --- What was asked for, for people and for programs ---


def test_models_are_listed(command: Command, emulator: Emulator) -> None:
    done = command("models")
    assert done.code == Exit.OK
    head, chat, embedding = (line.split() for line in done.out.splitlines())
    assert head == ["model", "kind", "context", "output", "in", "out"]
    assert chat == [MODEL, "chat", "256,000", "8,192", "75", "450"]
    assert embedding[:2] == ["aurous-embed-vision-1.0", "embedding"]
    assert [each["id"] for each in command("models", "--json").document["data"]] == [chat[0], embedding[0]]


def test_the_balance_is_shown(command: Command, emulator: Emulator) -> None:
    assert re.search(r"available +1,000 credits\n", command("balance").out)
    assert command("balance", "--json").document["available_credits"] == 1000


@pytest.mark.parametrize("by", [(), ("--by", "model")], ids=["", "by"])
def test_usage_is_added_up(command: Command, emulator: Emulator, by: tuple[str, ...]) -> None:
    with Aurous() as client:
        paid = [client.chat.completions.create(model=MODEL, messages="Hi").receipt.credits for _ in range(3)]
    done = command("usage", *by)
    *_, row, last = (line.split() for line in done.out.splitlines())
    assert (done.code, last[:4], last[-1]) == (Exit.OK, ["in", "all", "3", "0"], f"{sum(paid):f}")
    assert row[1:-4] == [MODEL] * bool(by)
    assert command("usage", "--json", *by).document["data"][0]["object"] == "usage.bucket"
    assert emulator.requests[-1].query["bucket_width"] == "1d"


def test_where_nothing_was_used_it_says_so(command: Command, emulator: Emulator) -> None:
    assert command("usage").out == "Nothing was used.\n"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("COMPLETED", ["completed", "The capital of Japan is Tokyo.", "0.0117", MODEL, "2024-11-18"]),
        ("TOOLCALLS", ['calls get_weather({"city":"Tokyo"})', "reasoning", "0.3645"]),
        ("FAILED", ["failed", "chat_provider_unavailable: Provider request failed."]),
        ("CANCELLED", ["cancelled"]),
    ],
)
def test_a_completion_is_shown(command: Command, emulator: Emulator, name: str, words: Sequence[str]) -> None:
    done = command("completions", "retrieve", IDS + name)
    assert (done.code, [word for word in words if word not in done.out]) == (Exit.OK, [])
    with Aurous() as client:
        stored = client.chat.completions.retrieve(IDS + name).to_dict()
    assert command("completions", "retrieve", IDS + name, "--json").document == stored


@pytest.mark.parametrize("kind", ["unknown_status", "missing_field", "null_field", "wrong_type", "unknown_field"])
def test_a_completion_that_left_the_contract_is_shown_all_the_same(
    command: Command, emulator: Emulator, kind: str
) -> None:
    done = command("completions", "retrieve", f"cmp_drift_{kind}")
    assert (done.code, f"cmp_drift_{kind}" in done.out) == (Exit.OK, True)


@pytest.mark.parametrize(
    ("name", "code"), [("COMPLETED", Exit.OK), ("FAILED", Exit.NO), ("CANCELLED", Exit.NO)], ids=str
)
def test_waiting_ends_by_what_the_completion_came_to(
    command: Command, emulator: Emulator, name: str, code: Exit
) -> None:
    done = command("completions", "wait", IDS + name)
    assert (done.code, name.lower() in done.out) == (code, True)


def test_waiting_that_takes_too_long_has_a_code_of_its_own(command: Command, emulator: Emulator) -> None:
    done = command("completions", "wait", f"{IDS}INPROGRESS", "--timeout", "0.1")
    assert (done.code, done.out) == (Exit.NOT_YET, "")
    assert "in_progress" in done.err
    done = command("completions", "wait", f"{IDS}INPROGRESS", "--timeout", "0.01", "--json")
    assert json.loads(done.err)["error"] == "WaitTimeoutError"


def test_a_completion_is_cancelled(command: Command, emulator: Emulator) -> None:
    done = command("completions", "cancel", f"{IDS}INPROGRESS")
    assert (done.code, "cancelled" in done.out) == (Exit.OK, True)


@given(document=completions(changes=6))
def test_whatever_a_completion_holds_it_is_shown(document: dict[str, Any]) -> None:
    completion = sync_caller(reply(document), on_drift="ignore").retrieve()
    with redirect_stdout(io.StringIO()) as people, redirect_stderr(io.StringIO()):
        show(completion, Terminal())
    with redirect_stdout(io.StringIO()) as programs:
        show(completion, Terminal(as_json=True))
    assert people.getvalue().startswith("completion ")
    assert json.loads(programs.getvalue()) == completion.to_dict()


@pytest.mark.parametrize(
    ("operation", "name", "odd"),
    [
        (
            "models_list",
            "models",
            {"data": [{}, {"id": None}, {"id": 5, "aurous_metadata": [], "chat_pricing": "free"}]},
        ),
        ("balance_retrieve", "balance", {"credits": "1", "held_credits": None, "available_credits": []}),
        ("usage_retrieve", "usage", {"data": [{"groups": [{"metrics": {"request_count": "many"}, "key": 1}, {}]}]}),
        ("usage_retrieve", "usage", {"data": [{"bucket_start": 5, "groups": {}}, {"groups": None}]}),
    ],
)
def test_a_response_that_left_the_contract_is_shown_as_far_as_it_goes(
    command: Command, emulator: Emulator, operation: str, name: str, odd: Any
) -> None:
    emulator.answer(operation, body=odd, times=None)
    assert command(name).code == Exit.OK
    told = command(name, "--json").document
    assert told == (odd if name == "balance" else {"data": odd["data"]})


# --- Chat ---


def test_an_answer_goes_to_output_and_what_it_cost_beside_it(command: Command, emulator: Emulator) -> None:
    done = command("chat", "-m", MODEL, "Capital", "of", "Japan?")
    assert (done.code, done.out) == (Exit.OK, "You asked: Capital of Japan?\n")
    assert re.fullmatch(r"[0-9.]+ credits \([0-9]+ input, [0-9]+ output tokens\), cmp_\w+\n", done.err)


def test_options_of_a_chat_are_sent(command: Command, emulator: Emulator) -> None:
    command("chat", "-m", MODEL, "-s", "Be brief.", "--max-tokens", "64", "--temperature", "0.5", "Hi")
    sent = emulator.requests[-1].body
    assert (sent["max_tokens"], sent["temperature"]) == (64, 0.5)
    assert [(each["role"], each["content"]) for each in sent["messages"]] == [("system", "Be brief."), ("user", "Hi")]


@pytest.mark.parametrize(
    ("words", "stdin", "asked"),
    [
        ([], "Hauptstadt von Ägypten?", "Hauptstadt von Ägypten?"),
        (["-"], "Hi", "Hi"),
        (["Sum", "up:", "-"], "notes", "Sum up:\n\nnotes"),
        (["Hi"], "not read", "Hi"),
    ],
)
def test_a_question_may_be_read(
    command: Command, emulator: Emulator, words: Sequence[str], stdin: str, asked: str
) -> None:
    assert command("chat", "-m", MODEL, *words, stdin=stdin.encode()).code == Exit.OK
    assert emulator.requests[-1].body["messages"][-1]["content"] == asked


def test_a_chat_for_programs_is_json_lines(command: Command, emulator: Emulator) -> None:
    *events, last = command("chat", "-m", MODEL, "日本の首都は?", "--json").lines
    assert "".join(each["text"] for each in events if each["type"] == "text_delta") == "You asked: 日本の首都は?"
    assert events[-1] == {"type": "finished", "reason": "stop"}
    assert (last["type"], last["completion"]["status"]) == ("completion", "completed")
    assert last["receipt"]["credits"]


def test_what_a_terminal_would_obey_is_data_for_a_pipe(command: Command, emulator: Emulator) -> None:
    emulator.answers("bell \x07")
    assert command("chat", "-m", MODEL, "Hi").out == "bell \x07\n"


def test_an_answer_that_breaks_off_is_told_as_such(command: Command, emulator: Emulator) -> None:
    emulator.answers("The whole answer.", streaming=Streaming(end="closed", end_after=2))
    done = command("chat", "-m", MODEL, "Hi")
    assert (done.code, done.out) == (Exit.UNANSWERED, "The whol\n")
    assert "cmp_" in done.err


def test_ctrl_c_cancels_an_answer(command: Command, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    emulator.answers("The whole answer.", streaming=Streaming(gap=60))

    class Interrupted(ChatStream):
        __slots__ = ("_read_one",)

        def __next__(self) -> Any:
            if hasattr(self, "_read_one"):
                raise KeyboardInterrupt
            self._read_one = True
            return super().__next__()

    monkeypatch.setattr("aurous.chat.stream.ChatStream", Interrupted)
    done = command("chat", "-m", MODEL, "Hi")
    assert (done.code, done.out) == (Exit.INTERRUPTED, "The whol\n")
    assert re.search(r"cancelled, [0-9.]+ credits", done.err)
    assert emulator.requests[-1].operation == "chat.completions.cancel"


def test_where_it_cannot_be_cancelled_that_is_told_and_the_code_is_that_of_ctrl_c(
    command: Command, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(self: ChatStream) -> Any:
        raise KeyboardInterrupt

    def refused(self: ChatStream) -> Any:
        raise StreamInterruptedError("its id never came", partial=self.so_far, id=None)

    monkeypatch.setattr(ChatStream, "__next__", interrupted)
    monkeypatch.setattr(ChatStream, "cancel", refused)
    done = command("chat", "-m", MODEL, "Hi")
    assert (done.code, "its id never came" in done.err) == (Exit.INTERRUPTED, True)


# --- What goes wrong ---


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ([], Exit.USAGE, "doctor"),
        (["nonsense"], Exit.USAGE, "invalid choice"),
        (["completions"], Exit.USAGE, "required"),
        (["completions", "retrieve"], Exit.USAGE, "ID"),
        (["completions", "retrieve", "a/b"], Exit.USAGE, "a/b"),
        (["completions", "retrieve", "\udcff"], Exit.USAGE, "non-ASCII"),
        (["completions", "retrieve", "cmp_none"], Exit.NO, "to do: check the id"),
        (["completions", "retrieve", "cmp_drift_wrong_id"], Exit.UNANSWERED, "error: "),
        (["completions", "wait", "cmp_1", "--timeout", "nan"], Exit.USAGE, "number of seconds"),
        (["doctor", "--timeout", "0"], Exit.USAGE, "number of seconds"),
        (["usage", "--days", "0"], Exit.USAGE, "between 1 and 730"),
        (["chat", "Hi"], Exit.USAGE, "aurous models"),
        (["chat", "-m", MODEL], Exit.USAGE, "there is no question"),
        (["chat", "-m", MODEL, "\udcff"], Exit.USAGE, "surrogate"),
        (["chat", "-m", "none", "Hi"], Exit.NO, "There is no model 'none'"),
        (["chat", "-m", MODEL, "Hi", "--temperature", "inf"], Exit.USAGE, "inf"),
    ],
)
def test_what_goes_wrong_is_told_in_words(
    command: Command, emulator: Emulator, arguments: Sequence[str], code: Exit, words: str
) -> None:
    done = command(*arguments)
    assert (done.code, done.out) == (code, "")
    assert words in done.err


def test_a_question_that_is_no_utf_8_is_told_as_such(command: Command, emulator: Emulator) -> None:
    done = command("chat", "-m", MODEL, stdin=b"caf\xe9")
    assert (done.code, "UTF-8" in done.err) == (Exit.USAGE, True)


@pytest.mark.parametrize("key", [None, "", "geheim geheim", "al_live_wrong"])
def test_a_key_that_cannot_be_used_is_told_as_such(
    command: Command, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, key: str | None
) -> None:
    monkeypatch.delenv("AUROUS_API_KEY")
    if key is not None:
        monkeypatch.setenv("AUROUS_API_KEY", key)
    done = command("balance")
    assert done.code == (Exit.NO if key == "al_live_wrong" else Exit.USAGE)
    assert "AUROUS_API_KEY" in done.err
    assert not key or key not in done.err


def test_no_response_has_a_code_of_its_own(command: Command, emulator: Emulator) -> None:
    emulator.answer("balance_retrieve", body=[])
    assert command("balance").code == Exit.UNANSWERED


def variable(name: str, value: str | None) -> Callable[[Emulator, pytest.MonkeyPatch], None]:
    def change(_: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv(name) if value is None else monkeypatch.setenv(name, value)

    return change


TROUBLE: dict[str, tuple[Callable[[Emulator, pytest.MonkeyPatch], object], tuple[str, ...]]] = {
    "no key": (variable("AUROUS_API_KEY", None), ("balance",)),
    "revoked key": (variable("AUROUS_API_KEY", REVOKED_KEY), ("balance",)),
    "nobody there": (variable("AUROUS_BASE_URL", "http://127.0.0.1:9"), ("balance",)),
    "no TLS": (lambda emulator, patch: patch.setenv("AUROUS_BASE_URL", "https" + emulator.base_url[4:]), ("balance",)),
    "no URL": (variable("AUROUS_BASE_URL", "localhost"), ("balance",)),
    "a host with credentials": (variable("AUROUS_BASE_URL", "https://me:secret@localhost"), ("balance",)),
    "unencrypted": (variable("AUROUS_BASE_URL", "http://api.example"), ("balance",)),
    "no proxy": (variable("HTTPS_PROXY", "socks5://127.0.0.1"), ("balance",)),
    "no version": (variable("AUROUS_API_VERSION", "newest"), ("balance",)),
    "another list": (lambda emulator, _: emulator.answer("models.list", body=[]), ("models",)),
    "a page of a gateway": (lambda emulator, _: emulator.fail(status=404), ("balance",)),
    "nothing where the API should be": (
        lambda emulator, _: emulator.fail(operation="models.list", status=404, times=None),
        ("doctor",),
    ),
    "another list for the doctor": (lambda emulator, _: emulator.answer("models.list", body=[]), ("doctor",)),
    "no URL for the doctor": (variable("AUROUS_BASE_URL", "http://api.example"), ("doctor",)),
    "no id": (lambda emulator, _: None, ("completions", "retrieve", "cmp_drift_wrong_id")),
    "too slow": (lambda emulator, _: None, ("completions", "wait", f"{IDS}INPROGRESS", "--timeout", "0.01")),
    "broken off": (
        lambda emulator, _: emulator.answers("Tokyo", streaming=Streaming(end="closed", end_after=1)),
        ("chat", "-m", MODEL, "Hi"),
    ),
}


@pytest.mark.parametrize("name", TROUBLE)
def test_advice_names_what_somebody_has_at_a_command_line(
    command: Command, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    trouble, arguments = TROUBLE[name]
    trouble(emulator, monkeypatch)
    for told in (command(*arguments), command(*arguments, "--json")):
        assert told.code in (Exit.NO, Exit.USAGE, Exit.UNANSWERED, Exit.NOT_YET, Exit.OK)
        assert not re.findall(r"\b[a-z_]+=|\bbase_url|\bclient\.|\w\(\)", told.out + told.err)


def test_a_key_among_the_arguments_is_not_repeated(command: Command) -> None:
    done = command("balance", MAIN_KEY)
    assert (done.code, "[api key]" in done.err) == (Exit.USAGE, True)


def test_errors_for_programs_are_json(command: Command, emulator: Emulator) -> None:
    done = command("completions", "retrieve", "cmp_none", "--json")
    told = json.loads(done.err)
    assert (told["error"], told["status_code"], told["attempts"][0]["outcome"]) == (
        "NotFoundError",
        404,
        "client_error",
    )


def test_an_error_of_the_command_itself_is_one_line_without_the_key(
    command: Command, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Any:
        raise ZeroDivisionError(MAIN_KEY)

    monkeypatch.setattr("aurous.cli.account.balance", broken)
    done = command("balance")
    assert (done.code, done.err.count("\n")) == (Exit.UNEXPECTED, 1)
    assert "ZeroDivisionError" in done.err


def test_without_the_extra_it_says_what_to_install(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aurous.cli.program, "find_spec", lambda name: None)
    done = command("models")
    assert (done.code, done.err) == (
        Exit.USAGE,
        "aurous: it needs rich, which is not installed: pip install 'aurous[cli]'\n",
    )
    assert command("--help").code == Exit.OK


def test_the_emulator_is_handed_over_to(command: Command) -> None:
    with pytest.raises(SystemExit) as end:
        main(["emulator", "--help"])
    assert end.value.code == 0
    assert command("emulator", "--port", "99999").code == 1


def test_every_exit_code_is_in_the_help() -> None:
    told = {int(code) for code in re.findall(r"(?m)^ +([0-9]+) ", DESCRIPTION)}
    assert told == {code.value for code in Exit}


def test_help_imports_neither_rich_nor_the_client() -> None:
    code = (
        "import sys, aurous.cli; aurous.cli.main(['--help'])\n"
        "print([name for name in ('rich', 'aurous._client', 'httpx', 'attrs') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_sdk_imports_nothing_of_the_command_line() -> None:
    code = "import sys; from aurous import Aurous; Aurous('al_live_filler')\nprint('aurous.cli' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout == "False\n"


# --- The doctor ---


def test_the_doctor_tells_people_what_it_found_and_gives_a_text_for_a_ticket(
    command: Command, emulator: Emulator
) -> None:
    done = command("doctor")
    assert done.code == Exit.OK
    assert [line.split()[0] for line in done.out.splitlines()[:9]] == ["✓", "✓", "✓", "·", "✓", "✓", "✓", "✓", "✓"]
    assert "\n\nAll is well.\n\nFor a support ticket" in done.out
    assert re.search(r"(?m)^ok +answer +200 in [0-9]+ ms, request id req_\w+$", done.out)


def test_the_doctor_says_what_to_do_and_that_something_failed(
    command: Command, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AUROUS_API_KEY")
    done = command("doctor", "--timeout", "5")
    assert done.code == Exit.NO
    assert done.out.splitlines()[0] == " ✗ key          AUROUS_API_KEY is not set"
    assert done.out.splitlines()[1].strip().startswith("to do: set it to a key of your team")
    assert "\n1 check failed.\n" in done.out


def test_the_doctor_tells_programs_the_same(command: Command, emulator: Emulator) -> None:
    told = command("doctor", "--json").document
    assert told["is_well"]
    assert [check["name"] for check in told["checks"] if check["state"] == "skipped"] == ["certificates"]


# --- The process ---


def process(*arguments: str, **options: Any) -> subprocess.Popen[str]:
    """The command as a process of its own."""
    command = [sys.executable, "-m", "aurous", *arguments]
    given: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8", **options}
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, **given)


def test_a_reader_that_goes_away_is_no_error(emulator: Emulator) -> None:
    running = process("chat", "-m", MODEL, "Hi")
    assert running.stdout is not None
    running.stdout.close()
    assert running.stderr is not None
    assert (running.wait(30), running.stderr.read()) == (Exit.CLOSED, "")
    running.stderr.close()


@pytest.mark.parametrize("arguments", [("--version",), ("chat", "-m", MODEL, "Hi")], ids=" ".join)
def test_without_an_output_nothing_is_done(emulator: Emulator, arguments: tuple[str, ...]) -> None:
    closed = f"exec {shlex.join([sys.executable, '-m', 'aurous', *arguments])} >&-"
    done = subprocess.run(["sh", "-c", closed], stderr=subprocess.PIPE, encoding="utf-8", check=False)
    assert (done.returncode, "output is closed" in done.stderr) == (Exit.UNEXPECTED, True)
    assert not emulator.requests


def test_a_full_disk_is_told_in_words(emulator: Emulator) -> None:
    with Path("/dev/full").open("w") as full:
        running = process("models", stdout=full)
        assert running.communicate(timeout=30)[1].splitlines()[-1] == "aurous: No space left on device"
    assert running.returncode == Exit.UNEXPECTED


def test_an_encoding_without_the_letters_stops_nothing(emulator: Emulator) -> None:
    given = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONSAFEPATH": "1"}
    given["PYTHONPATH"] = os.pathsep.join(sys.path)
    out, err = process("chat", "-m", MODEL, "日本", env=given).communicate(timeout=30)
    assert (out, "Error" in err) == ("You asked: ??\n", False)
    out, _ = process("doctor", env=given).communicate(timeout=30)
    assert out.startswith(" + key")


HANGS = 30
"""Seconds."""


class Typist:
    """Somebody at a terminal of 60 columns: reads until a text comes, then types."""

    def __init__(self, *arguments: str) -> None:
        self._end, end = pty.openpty()
        given = {**os.environ, "TERM": "xterm", "COLUMNS": "60"}
        command = [sys.executable, "-m", "aurous", *arguments]
        # Where this runs in the background of a shell, Ctrl-C is ignored, and whatever is started inherits that.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        self._running = subprocess.Popen(command, stdin=end, stdout=end, stderr=end, env=given, start_new_session=True)
        signal.signal(signal.SIGINT, before)
        os.close(end)
        self._seen = ""

    def reads(self, text: str) -> str:
        """What has come since the last time, with this text in it."""
        while text not in self._seen:
            assert select.select([self._end], [], [], HANGS)[0], f"hangs before {text!r}: {self._seen}"
            try:
                data = os.read(self._end, 4096)
            except OSError:
                data = b""
            assert data, f"ended without {text!r}: {self._seen}"
            self._seen += data.decode()
        before, _, self._seen = self._seen.partition(text)
        return before + text

    def types(self, line: str) -> None:
        os.write(self._end, f"{line}\n".encode())

    def interrupts(self, text: str) -> str:
        """Ctrl-C, until a text comes: one just before a read begins to wait shows only when that has ended."""
        os.killpg(self._running.pid, signal.SIGINT)
        while not select.select([self._end], [], [], 3)[0]:
            os.killpg(self._running.pid, signal.SIGINT)
        return self.reads(text)

    def leaves(self) -> int:
        """Ctrl-D at the prompt. Returns the exit code."""
        os.write(self._end, b"\x04")
        code = self._running.wait(30)
        os.close(self._end)
        return code


def test_a_conversation_goes_on_after_ctrl_c_and_after_errors(emulator: Emulator) -> None:
    typist = Typist("chat", "-m", MODEL)
    typist.reads("> ")
    typist.types("My name is Aki.")
    typist.reads("You asked: My name is Aki.")
    typist.reads("> ")
    emulator.answers("bell \x07 and so on", streaming=Streaming(gap=60))
    typist.types("Go on.")
    typist.reads("bell ?")
    assert "cancelling" in typist.interrupts("cancelled, ")
    typist.reads("> ")
    emulator.answers(Refusal(code="insufficient_credits"))
    typist.types("More.")
    typist.reads("to do")
    typist.reads("> ")
    typist.interrupts("Ctrl-D ends the conversation.")
    typist.types("Who am I?")
    typist.reads("You asked: Who am I?")
    typist.reads("> ")
    assert typist.leaves() == Exit.OK
    roles, texts = zip(
        *((each["role"], each["content"]) for each in emulator.requests[-1].body["messages"]), strict=True
    )
    assert roles == ("user", "assistant", "user", "assistant", "user")
    assert (texts[0], texts[-1]) == ("My name is Aki.", "Who am I?")
    assert texts[3].startswith("bell ")
