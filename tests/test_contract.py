"""The contract and its lint: files of no use, the configuration, slips in the real contract, and anything at all."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lint import lint, load, main, redocly
from small import SMALL, lint_text, only, read_text

pytestmark = pytest.mark.whole  # a tool of this repository is the same on every Python

ROOT = Path(__file__).resolve().parent.parent
REAL = ROOT / "openapi.yaml"
CONFIG = ROOT / "generator-config.yml"

NAME = "        name: {type: string, examples: [a]}"
THING = "#/components/schemas/Thing"
PROGRESS = "        - in_progress\n"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files have short names in messages."""
    monkeypatch.chdir(tmp_path)


# --- Files that are of no use ---

# Eight lists, each of four hundred times the one before.
BOMB = b"a: &a [1]\n" + b"".join(
    b"%c: &%c [%s]\n" % (name, name, b", ".join([b"*%c" % (name - 1)] * 400)) for name in b"bcdefgh"
)


@pytest.mark.parametrize(
    ("text", "line", "pointer", "words"),
    [
        pytest.param(b"", 1, "#", ["empty"], id="empty"),
        pytest.param(b"# nothing\n", 1, "#", ["empty"], id="comments only"),
        pytest.param(b"{}", 1, "#", ["empty"], id="empty mapping"),
        pytest.param(b"- a\n", 1, "#", ["a list", "`key: value`"], id="list"),
        pytest.param(b"a text", 1, "#", ["a text"], id="text"),
        pytest.param(b"a: 1\nb: \xe9\n", 2, "#", ["not UTF-8"], id="Latin-1"),
        pytest.param(b"a: 1\nb: [1\n", 3, "#", ["not YAML"], id="open bracket"),
        pytest.param(b"a: 1\nb: \x07\n", 2, "#", ["not YAML"], id="control character"),
        pytest.param(b"a: 1\n---\nb: 1\n", 2, "#", ["single document"], id="two documents"),
        pytest.param(b"a: *x\n", 1, "#", ["undefined alias"], id="unknown alias"),
        pytest.param(b"a: 1\nb: 2\na: 3\n", 3, "#/a", ["`a` stands twice", "line 1", "Remove"], id="key twice"),
        pytest.param(b"a: {b: 1,\n    b: 2}\n", 2, "#/a/b", ["`b` stands twice"], id="key twice within"),
        pytest.param(b"a: 1\n200: ok\n", 2, "#/200", ["`200`", 'Write it in quotes: "200"'], id="number as a key"),
        pytest.param(b"a: 1\n? [b]\n: 1\n", 2, "#", ["Keys are text"], id="list as a key"),
        pytest.param(b"a: 1\n<<: {b: 1}\n", 2, "#", ["merge key"], id="merge key"),
        pytest.param(b"a:\n  b: 2026-05-15\n", 2, "#/a/b", ["a date", '"2026-05-15"'], id="date"),
        pytest.param(b"a: .nan\n", 1, "#/a", ["no equal in JSON"], id="not a number"),
        pytest.param(b"a: " + b"9" * 5000, 1, "#/a", ["cannot be read"], id="endless number"),
        pytest.param(b"a: !!python/object/apply:os.getcwd []\n", 1, "#/a", ["tag"], id="object of Python"),
        pytest.param(b"a: &x [1, *x]\n", 1, "#/a/1", ["contains itself"], id="alias of itself"),
        pytest.param(b"a: " + b"[" * 500, 1, "#", ["nested"], id="nested for ever"),
        pytest.param(
            b"a: " + b"[" * 80 + b"]" * 80, 1, "#/a" + "/0" * 64, ["nested deeper than 64"], id="nested deeply"
        ),
        pytest.param(BOMB, 3, "#/c", ["aliases"], id="bomb of aliases"),
    ],
)
def test_a_file_of_no_use_is_a_problem_and_nothing_else(text: bytes, line: int, pointer: str, words: list[str]) -> None:
    Path("openapi.yaml").write_bytes(text)
    problem = only(lint(load(Path("openapi.yaml"))))
    assert (problem.line, problem.pointer, problem.file) == (line, pointer, "openapi.yaml")
    for word in words:
        assert word in problem.message
    assert str(problem).isprintable()


@pytest.mark.parametrize(
    ("name", "reason"), [("missing.yaml", "No such file"), (".", "Is a directory"), ("a\0b", "null byte")]
)
def test_a_file_that_cannot_be_read_is_a_problem(name: str, reason: str) -> None:
    assert reason in only(lint(load(Path(name)))).message


def test_every_fault_of_the_file_is_told_at_once() -> None:
    assert [problem.line for problem in lint_text("a: 1\na: 2\nb: .inf\n404: x\n")] == [2, 3, 4]


# --- The generator's configuration ---


@pytest.mark.parametrize(
    ("text", "line", "pointer", "words"),
    [
        pytest.param(
            "a: 1\npost_hook: []\n", 2, "#/post_hook", ["`post_hook`", "Did you mean `post_hooks`?"], id="misspelt"
        ),
        pytest.param("a: 1\n", 1, "#/a", ["`a`", "It knows", "`literal_enums`"], id="unknown"),
        pytest.param("literal_enums: 'no'\n", 1, "#/literal_enums", ["valid boolean", "a text"], id="wrong type"),
        pytest.param(
            "post_hooks:\n  - ruff\n  - 1\n", 3, "#/post_hooks/1", ["valid string", "a number"], id="wrong type within"
        ),
        pytest.param(
            "class_overrides:\n  A:\n    clas_name: B\n",
            3,
            "#/class_overrides/A/clas_name",
            ["`class_name`?"],
            id="misspelt within",
        ),
        pytest.param("class_overrides: []\n", 1, "#/class_overrides", ["a list"], id="list"),
        pytest.param("[]", 1, "#", ["a list"], id="no mapping"),
        pytest.param("field_prefix: a\nfield_prefix: b\n", 2, "#/field_prefix", ["stands twice"], id="key twice"),
        pytest.param(None, 1, "#", ["No such file"], id="missing"),
    ],
)
def test_a_broken_configuration_is_named_by_place(text: str | None, line: int, pointer: str, words: list[str]) -> None:
    config = Path("generator-config.yml")
    if text is not None:
        config.write_text(text, encoding="utf-8")
    problem = next(problem for problem in lint(read_text(SMALL), config) if problem.pointer == pointer)
    assert (problem.line, problem.file) == (line, "generator-config.yml")
    for word in words:
        assert word in problem.message


def test_names_are_made_as_the_configuration_says(tmp_path: Path) -> None:
    contract, config = tmp_path / "openapi.yaml", tmp_path / "generator-config.yml"
    contract.write_text(SMALL.replace(NAME, f"{NAME}\n        _a: {{}}\n        b_a: {{}}"), encoding="utf-8")
    config.write_text("field_prefix: b_\n", encoding="utf-8")
    assert lint(load(contract)) == []
    assert "`b_a`" in only(lint(load(contract), config)).message


# --- The real contract ---


def test_the_contract_is_clean() -> None:
    assert [str(problem) for problem in lint(load(REAL), CONFIG)] == []


def test_the_vendors_sample_is_what_it_is() -> None:
    """Its deviations are the ones that the contract tells of."""
    pointer = (
        "#/paths/~1v1~1chat~1completions~1{id}/get/responses/200/content/application~1json/examples/vendor_sample/value"
    )
    text = REAL.read_text(encoding="utf-8").replace("x-deviates: true", "x-note: true")
    found = [problem.pointer for problem in lint_text(text, CONFIG) if problem.pointer.startswith(pointer)]
    assert {place.removeprefix(pointer) for place in found} == {"", "/choices/0/message/content"}


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        pytest.param("schemas/ErrorBody", "schemas/ErorBody", "`ErrorBody`?", id="dangling reference"),
        pytest.param("[prompt_tokens, completion", "[prompt_token, completion", "`prompt_token`", id="required typo"),
        pytest.param(
            "operationId: team_retrieve", "operationID: team_retrieve", "Did you mean `operationId`?", id="misspelt key"
        ),
        pytest.param(PROGRESS, f"{PROGRESS}        - in-progress\n", "`IN_PROGRESS`", id="values alike"),
        pytest.param("- chat_provider_unavailable\n", "- chat_provider_off\n", "`x-codes`", id="typo in a code"),
        pytest.param("          example: 1d\n", "          example: 2d\n", "'2d' is not one of", id="broken example"),
        pytest.param("usage_events_list", "usage_list_events", "`usage.events`", id="method before the place"),
        pytest.param("UsageLedgerEvent: start", "UsageLedger: start", "`UsageLedgerEvent`", id="page of other items"),
    ],
)
def test_a_slip_in_the_contract_is_named_by_its_line(old: str, new: str, word: str) -> None:
    text = REAL.read_text(encoding="utf-8")
    assert text.count(old) == 1
    problems = lint_text(text.replace(old, new), CONFIG)
    line = text[: text.index(old)].count("\n") + 1
    # An added line stands below the old one.
    assert line + new.count("\n") - old.count("\n") in [one.line for one in problems if word in one.message]


def test_an_operation_that_stands_twice_is_named_by_its_line() -> None:
    text = REAL.read_text(encoding="utf-8")
    start, end = text.index("  /v1/team:\n"), text.index("  /v1/pricing:\n")
    copied = text[start:end].replace("/v1/team:", "/v1/team/copy:")
    problem = only(lint_text(text[:end] + copied + text[end:], CONFIG))
    assert problem.pointer == "#/paths/~1v1~1team~1copy/get/operationId"
    assert problem.line == text[:end].count("\n") + 1 + copied[: copied.index("operationId")].count("\n")


# --- Anything at all ---

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
KEYWORDS = (
    "$ref type enum properties required items allOf oneOf schema content examples example default x-deviates x-codes "
    "security parameters operationId tags get paths components schemas headers responses in name pattern title $id "
    "requestBody style explode const anyOf not x-pagination x-identity x-cross-origin x-rate-limit x-scope"
)
WORDS = st.sampled_from(KEYWORDS.split()) | st.text(max_size=4)
VALUES = st.recursive(
    SCALARS | st.sampled_from(["object", "array", THING, "#/", "#/paths", "{id}"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
quick = settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place of a value but its root."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, inner in entries for found in ((*path, key), *places(inner, (*path, key)))]


DATA = read_text(SMALL).data


@quick
@given(place=st.sampled_from(places(DATA)), value=VALUES, word=WORDS, add=st.booleans())
def test_a_contract_with_anything_anywhere_has_problems_or_none(
    place: tuple[Any, ...], value: Any, word: str, add: bool
) -> None:
    data = copy.deepcopy(DATA)
    around: Any = data
    for key in place[:-1]:
        around = around[key]
    if add and isinstance(around[place[-1]], dict):
        around[place[-1]][word] = value
    else:
        around[place[-1]] = value
    assert all(str(problem).isprintable() and problem.line >= 1 for problem in lint_text(json.dumps(data, indent=1)))


@quick
@given(VALUES)
def test_a_document_of_anything_has_problems(value: Any) -> None:
    assert lint_text(json.dumps(value))


@quick
@given(st.text() | st.text("ab:-[]{}&*!|>'\"#%@,? \n\t0~", max_size=60))
def test_a_text_of_anything_has_problems(text: str) -> None:
    assert lint_text(text)


# --- The command ---


def test_the_command_says_that_nothing_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    said = capsys.readouterr().out
    assert "no problems" in said
    assert said.count("\n") == 1


def test_the_command_names_what_is_wrong_by_file_and_line(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.yaml").write_text(
        SMALL.replace("required: [name]", "required: [nmae]").replace("info:", "inof: 1\ninfo:"), encoding="utf-8"
    )
    Path("g.yml").write_text("literal_enum: true\n", encoding="utf-8")
    assert main(["a.yaml", "--config", "g.yml"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "a.yaml: 2 problems" in lines
    assert "a.yaml:2 #/inof" in lines
    assert "    `nmae` is required, and is no property. Did you mean `name`?" in lines
    assert "g.yml: 1 problem" in lines
    assert "g.yml:1 #/literal_enum" in lines


def test_the_command_prints_nothing_that_a_terminal_would_obey(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "openapi.yaml"
    file.write_text(SMALL.replace("info:", '"\\e[2J\\ud800": 1\ninfo:'), encoding="utf-8")
    assert main([str(file)]) == 1
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert "\\x1b[2J\\ud800" in said


# --- Redocly ---


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Put a program on an otherwise empty PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def put(name: str, body: str) -> None:
        (folder / name).write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
        (folder / name).chmod(0o755)

    return put


FOUND = {"problems": [{"ruleId": "tags", "message": "No.", "location": [{"pointer": "#/info", "start": {"line": 2}}]}]}


def test_redocly_is_heard_where_it_is_there(program: Callable[[str, str], None]) -> None:
    program("redocly", f"echo '{json.dumps(FOUND)}'; exit 1")
    problems, said = redocly(REAL)
    assert (only(problems).pointer, only(problems).line) == ("#/info", 2)
    assert "tags" in only(problems).message
    assert "1 problem" in said


@pytest.mark.parametrize("body", ["exit 1", "echo nonsense", "echo '[]'"])
def test_redocly_is_left_out_where_it_does_not_run(program: Callable[[str, str], None], body: str) -> None:
    program("npx", body)
    problems, said = redocly(REAL)
    assert problems == []
    assert "left out" in said


@pytest.mark.usefixtures("program")
def test_redocly_is_left_out_where_there_is_none() -> None:
    problems, said = redocly(REAL)
    assert problems == []
    assert "PATH" in said
