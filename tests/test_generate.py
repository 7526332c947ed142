"""Generation: whole or not at all, the same bytes everywhere, and no text of a contract becomes code."""

import ast
import copy
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

import generate
from contract import real_contract

pytestmark = pytest.mark.whole  # a tool of this repository is the same on every Python

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "scripts" / "generate.py"
COMMITTED = ROOT / "generated" / "aurous_api"
RETRIEVE = "/v1/chat/completions/{id}"
TEAM = "/v1/team"
Edit = Callable[[dict[str, Any]], None]


def snapshot(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, byte code left out."""
    found = (file for file in folder.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in found}


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """A package that stands already: a copy of the committed one."""
    return Path(
        shutil.copytree(COMMITTED, tmp_path / "generated" / "aurous_api", ignore=shutil.ignore_patterns("__pycache__"))
    )


@pytest.fixture
def edited(tmp_path: Path) -> Callable[[Edit], Path]:
    """Write the project's contract with an edit made to it."""

    def write(edit: Edit) -> Path:
        data = copy.deepcopy(real_contract().data)
        edit(data)
        file = tmp_path / "openapi.yaml"
        file.write_text(json.dumps(data, indent=1), encoding="utf-8")  # JSON is YAML
        return file

    return write


def run(contract: Path, output: Path, *options: str) -> int:
    return generate.main(["--contract", str(contract), "--output", str(output), *options])


# --- What the contract says is what is generated ---


def test_the_bytes_depend_on_nothing_but_the_contract(tmp_path: Path) -> None:
    elsewhere = tmp_path / "with a space" / "another_name"
    (tmp_path / "ruff.toml").write_text("line-length = 40\n")
    (tmp_path / ".gitignore").write_text("*\n")
    noise = {"LC_ALL": "C", "PYTHONHASHSEED": "4711", "TZ": "Asia/Tokyo", "RUFF_CONFIG": str(tmp_path / "ruff.toml")}
    command = [sys.executable, str(SCRIPT), "--output", str(elsewhere)]
    subprocess.run(command, cwd=tmp_path, env={**os.environ, **noise}, check=True, capture_output=True)
    assert snapshot(elsewhere) == snapshot(COMMITTED)
    assert [entry.name for entry in elsewhere.parent.iterdir()] == [elsewhere.name]


def test_a_field_a_value_and_an_endpoint_arrive_with_no_other_edit(
    edited: Callable[[Edit], Path], output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def grow(data: dict[str, Any]) -> None:
        schemas = data["components"]["schemas"]
        schemas["ChatCompletion"]["properties"]["region"] = {"type": "string", "description": "Where it ran."}
        schemas["CompletionStatus"]["enum"].append("paused")
        rename = copy.deepcopy(data["paths"][TEAM]["get"])
        rename["operationId"] = "team_rename"
        data["paths"][f"{TEAM}/rename"] = {"post": rename}

    assert run(edited(grow), output) == 0, capsys.readouterr()
    listed = capsys.readouterr().out.splitlines()
    assert "M resources/team.py" in listed
    assert "M models/chat_completion.py" in listed
    assert "M models/completion_status.py" in listed
    use = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from aurous_api.resources.team import AsyncTeamResource, TeamResource\n"
        "from aurous_api.models import ChatCompletion, CompletionStatus\n"
        "assert ChatCompletion.from_dict({'region': 'eu'}).region == 'eu'\n"
        "assert CompletionStatus('paused') is CompletionStatus.PAUSED\n"
        "assert TeamResource.rename and AsyncTeamResource.rename\n"
    )
    subprocess.run([sys.executable, "-I", "-B", "-c", use, str(output.parent)], check=True)


def test_check_shows_the_difference_and_touches_nothing(
    edited: Callable[[Edit], Path], output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = snapshot(output)
    contract = edited(lambda data: data["components"]["schemas"]["CompletionStatus"]["enum"].append("paused"))
    assert run(contract, output, "--check") == 1
    said = capsys.readouterr()
    assert '+    PAUSED: ClassVar[CompletionStatus] = _known("paused")' in said.out
    assert "nox -s generate" in said.err
    assert snapshot(output) == before


def test_a_hand_made_change_is_stale_and_is_undone(output: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (output / "kinds.py").write_text("# by hand\n")
    (output / "stray.py").write_text("")
    (output / "params.py").unlink()
    assert generate.report(COMMITTED, output) == 1
    assert {"M kinds.py", "D stray.py", "A params.py"} <= set(capsys.readouterr().out.splitlines())
    assert generate.replace(COMMITTED, output) == 0
    assert snapshot(output) == snapshot(COMMITTED)
    assert generate.replace(COMMITTED, output) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "Nothing changed."


# --- A contract that is wrong changes nothing ---


def dangle(data: dict[str, Any]) -> None:
    data["components"]["schemas"]["ChatCompletion"]["properties"]["usage"] = {"$ref": "#/components/schemas/Usgae"}


def repeat(data: dict[str, Any]) -> None:
    data["paths"]["/v1/other/{id}"] = copy.deepcopy(data["paths"][RETRIEVE])


def misname(data: dict[str, Any]) -> None:
    data["paths"][RETRIEVE]["get"]["operationId"] = "retrieve_chat_completion"


def mistype(data: dict[str, Any]) -> None:
    data["components"]["schemas"]["Usage"]["required"].append("promt_tokens")


@pytest.mark.parametrize(
    ("edit", "named"),
    [
        pytest.param(dangle, "Usgae", id="dangling reference"),
        pytest.param(repeat, "chat_completions_retrieve", id="duplicate operationId"),
        pytest.param(misname, "retrieve_chat_completion", id="operationId without its place"),
        pytest.param(mistype, "promt_tokens", id="typo in required"),
    ],
)
def test_a_wrong_contract_is_refused_by_place_and_leaves_the_package_untouched(
    edited: Callable[[Edit], Path], output: Path, capsys: pytest.CaptureFixture[str], edit: Edit, named: str
) -> None:
    before, contract = snapshot(output), edited(edit)
    assert run(contract, output) == 1
    said = capsys.readouterr().err
    place, _, _ = next(line for line in said.splitlines() if named in line).partition(" ")
    line = contract.read_text("utf-8").splitlines()[int(place.rpartition(":")[2]) - 1]
    assert named in line or '"required"' in line or '"operationId"' in line
    assert " #/" in said
    assert snapshot(output) == before
    assert [entry.name for entry in output.parent.iterdir()] == [output.name]


def test_an_example_that_its_model_does_not_give_back_is_refused(
    monkeypatch: pytest.MonkeyPatch, output: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # No contract can make our templates lose data, so a template that does has to stand in.
    broken = Path(shutil.copytree(ROOT / "templates", tmp_path / "templates"))
    model = broken / "package" / "model.py"
    model.write_text(model.read_text("utf-8").replace("        return data\n", "        return {}\n"), encoding="utf-8")
    before = snapshot(output)
    fresh = generate.fresh_package(generate.Source(templates=broken), "aurous_api")
    with (
        pytest.raises(generate.GenerationError, match="does not come back unchanged") as caught,
        fresh,
    ):
        pytest.fail("a package that loses data came through")
    assert "/get/responses/200/content/application~1json/examples/completed/value/id: " in str(caught.value)
    assert snapshot(output) == before


def test_a_warning_of_the_generator_is_a_failure(tmp_path: Path) -> None:
    document = tmp_path / "contract.json"
    contract = json.loads((COMMITTED / "contract.json").read_text("utf-8"))
    dangle(contract)
    document.write_text(json.dumps(contract), encoding="utf-8")
    with pytest.raises(generate.GenerationError, match="Unable to process schema /components/schemas/ChatCompletion"):
        generate.run_generator(document, generate.Source(), tmp_path / "aurous_api")


@pytest.mark.parametrize("target", [".", "thesis.txt"])
def test_what_is_no_generated_package_is_not_replaced(tmp_path: Path, target: str) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("the only copy")
    with pytest.raises(generate.GenerationError, match="is not a generated package"):
        generate.replace(COMMITTED, (mine / target).resolve())
    assert snapshot(mine) == {"thesis.txt": b"the only copy"}


def test_another_version_of_the_generator_is_refused(
    monkeypatch: pytest.MonkeyPatch, output: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = snapshot(output)
    monkeypatch.setattr("importlib.metadata.version", lambda name: "0.28.4")
    assert run(ROOT / "openapi.yaml", output) == 1
    assert "openapi-python-client is 0.28.4 here and pyproject.toml pins" in capsys.readouterr().err
    assert snapshot(output) == before


@pytest.fixture
def fresh(output: Path, tmp_path: Path) -> Path:
    """A package that is to take the place of the one that stands."""
    package = Path(shutil.copytree(output, tmp_path / "fresh"))
    (package / "kinds.py").write_text("# the new one\n")
    return package


@pytest.mark.parametrize("renames", [0, 1, 2])
def test_a_run_that_is_killed_leaves_a_whole_package_for_the_next(output: Path, fresh: Path, renames: int) -> None:
    """Dies after so many renames: with the new package beside, with the old one aside, with both in place."""
    die = (
        "import os, sys, pathlib, generate\n"
        "left, rename = [int(sys.argv[3])], pathlib.Path.rename\n"
        "def dying(self, target):\n"
        "    if not left[0]: os._exit(9)\n"
        "    left[0] -= 1\n"
        "    rename(self, target)\n"
        "    if not left[0] and sys.argv[3] == '2': os._exit(9)\n"
        "pathlib.Path.rename = dying\n"
        "generate.swap(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))\n"
    )
    command = [sys.executable, "-B", "-c", die, str(fresh), str(output), str(renames)]
    environment = {**os.environ, "PYTHONPATH": str(SCRIPT.parent)}
    assert subprocess.run(command, env=environment, check=False).returncode == 9
    assert generate.replace(COMMITTED, output) == 0
    assert snapshot(output) == snapshot(COMMITTED)
    assert [entry.name for entry in output.parent.iterdir()] == [output.name]


@pytest.mark.parametrize("failing", ["shutil.copytree", "pathlib.Path.rename"])
def test_an_interruption_puts_the_package_back(
    monkeypatch: pytest.MonkeyPatch, output: Path, fresh: Path, failing: str
) -> None:
    original, left = Path.rename, [1]

    def interrupted(*arguments: Any, **options: Any) -> Any:
        if failing.endswith("rename") and left.pop():  # the old package has gone aside, and then
            left.append(0)
            return original(*arguments)
        monkeypatch.undo()
        raise KeyboardInterrupt

    before = snapshot(output)
    monkeypatch.setattr(failing, interrupted)
    with pytest.raises(KeyboardInterrupt):
        generate.swap(fresh, output)
    assert snapshot(output) == before
    assert [entry.name for entry in output.parent.iterdir()] == [output.name]


# --- Text stays text ---

CODE = "__import__('builtins').open('CANARY', 'w')"
HOSTILE = {
    "double quote": f'x"; {CODE} #',
    "single quote": f"x'; {CODE} #",
    "triple double quotes": f'x"""\n{CODE}\n"""',
    "triple single quotes": f"x'''\n{CODE}\n'''",
    "newline": f"x\n{CODE}\n",
    "carriage return": f"x\r{CODE}\r\n{CODE}",
    "line separators": f"x\u2028{CODE}\u2029{CODE}\x85{CODE}\x0c{CODE}",
    "escaped quote": f'x\\"; {CODE} #',
    "escaped triple quotes": f'x\\"""\n{CODE}\n\\"""',
    "backslash at the end": f'x"""\n{CODE} #\\',
    "line continuation": f"x\\\n{CODE}",
    "braces": f"x{{{CODE}}} {{{{{CODE}}}}}",
    "template syntax": f"x{{{{ ''.__class__ }}}}{{% raw %}}{CODE}{{% endraw %}}{{# {CODE} #}}",
    "character names": f"x\\N{{QUOTATION MARK}}\\x22\\u0022\\42; {CODE} #",
    "comment": f"x # {CODE} # type: ignore\n# {CODE}",
    "type syntax": f"x], {CODE}: Unset = (",
    "NUL": f"x\x00{CODE}\x00",
    "end of a call": f"x'),); {CODE}; (('",
    "format": f"x{{0}} {{{CODE}!r}} %s",
}


def schemas_of(text: str, number: int) -> dict[str, Any]:
    """Schemas that have a text in every place that takes one."""
    properties: dict[str, Any] = {
        "plain": {"type": "string", "title": text, "description": text, "pattern": text, "format": text},
        f"{text} of a property": {"type": "string", "description": text, "example": text},
        "fixed": {"const": text, "description": text},
        "choice": {"$ref": f"#/components/schemas/Choice{number}"},
        "many": {"type": "array", "items": {"type": "string"}, "description": text},
        "either": {"anyOf": [{"type": "string", "title": text}, {"type": "integer"}], "description": text},
        "inner": {"$ref": f"#/components/schemas/Map{number}", "description": text},
    }
    page = {
        "data": {"type": "array", "items": {"$ref": f"#/components/schemas/Words{number}"}},
        text: {"type": "string"},
    }
    choices = [f"{text} of a choice", f"{text} of another"]
    about = {"status": [404], "type": text, "retry": text, "source": text, "when": text, "remedy": text}
    return {
        f"Words{number}": {
            "type": "object",
            "description": text,
            "example": {"plain": text},
            "required": ["fixed"],
            "properties": properties,
        },
        f"Choice{number}": {"type": "string", "enum": choices, "description": text},
        f"Map{number}": {"type": "object", "description": text, "additionalProperties": {"const": text}},
        f"Page{number}": {"type": "object", "description": text, "properties": page},
        f"Code{number}": {"type": "string", "enum": [f"{text}{number}"], "x-codes": {f"{text}{number}": about}},
    }


def paths_of(text: str, number: int) -> dict[str, Any]:
    """Operations that have a text in every place that takes one, names in Python apart: the lint holds these."""

    def operation(method: str, **more: Any) -> dict[str, Any]:
        named = {"operationId": f"says{number}_{method}", "tags": [f"says{number}"]}
        return {**named, "summary": text, "description": text, "parameters": parameters, **more}

    def response(schema: Any) -> dict[str, Any]:
        media = {"schema": schema, "examples": {text: {"summary": text, "value": {"plain": text}}}}
        return {"description": text, "content": {"application/json": media}}

    string = {"type": "string"}
    parameters: list[dict[str, Any]] = [
        {"name": f"{text} {place}", "in": place, "description": text, "example": text, "schema": string}
        for place in ("query", "header")
    ]
    words = {"$ref": f"#/components/schemas/Words{number}"}
    body = {"description": text, "content": {"application/json": {"schema": words}}}
    responses = {"200": response(words), "404": {"description": text}}
    page = {"200": response({"$ref": f"#/components/schemas/Page{number}"})}
    cursors = {text: {text: f"{text} query"}}
    files = {"200": {"description": text, "content": {f"{text}/{text}": {"schema": {}}}}}
    own = {"name": "own", "in": "path", "required": True, "description": text, "example": text, "schema": string}
    return {
        f"/{number}/{text}": {"post": operation("say", requestBody=body, responses=responses)},
        f"/{number}/list/{text}": {"get": operation("list", responses=page, **{"x-pagination": cursors})},
        f"/{number}/file/{text}": {"get": operation("file", responses=files)},
        f"/{number}/one/{text}/{{own}}": {
            "parameters": [own],
            "get": operation("one", responses=responses, **{"x-identity": [text]}),
        },
    }


def generated_with(texts: Sequence[str], folder: Path) -> Path:
    """Generate from a contract that is made of texts, past the lint, which would refuse some of it."""
    every = " ".join(texts)
    schemas: dict[str, Any] = {}
    paths: dict[str, Any] = {}
    for number, text in enumerate(texts):
        schemas |= schemas_of(text, number)
        paths |= paths_of(text, number)
    contract = {
        "openapi": "3.1.0",
        "info": {"title": every, "description": every, "version": every},
        "servers": [{"url": f"https://example.invalid/{every}", "description": every}],
        "tags": [{"name": f"says{number}", "description": text} for number, text in enumerate(texts)],
        "paths": paths,
        "components": {"schemas": schemas},
    }
    document, package = folder / "contract.json", folder / "aurous_api"
    document.write_text(json.dumps(contract), encoding="utf-8")
    generate.run_generator(document, generate.Source(), package)
    return package


def doings(file: Path) -> Iterator[str]:
    """What the code of a file does: its imports, its calls and its kinds of statements, without the texts in it."""
    for node in ast.walk(ast.parse(file.read_bytes(), file.name)):
        match node:
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                yield f"import {getattr(node, 'module', None)}: {', '.join(sorted(name.name for name in names))}"
            case ast.Call(func=called):
                yield f"call {ast.unparse(called)}"
            case ast.stmt():
                yield type(node).__name__
            case _:
                pass


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package generated from a contract that is hostile everywhere."""
    return generated_with(list(HOSTILE.values()), tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="module")
def harmless(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """What a package does whose contract has a harmless word wherever the other is hostile."""
    package = generated_with(["x"] * len(HOSTILE), tmp_path_factory.mktemp("harmless"))
    return {doing for file in package.rglob("*.py") for doing in doings(file)}


@pytest.mark.parametrize("number", range(len(HOSTILE)), ids=HOSTILE.keys())
def test_no_text_of_a_contract_becomes_code(hostile: Path, harmless: set[str], number: int) -> None:
    own = [hostile / "models" / f"{name}_{number}.py" for name in ("words", "choice", "map", "page", "code")]
    own.append(hostile / "resources" / f"says{number}.py")
    assert {doing for file in own for doing in doings(file)} - harmless == set()


def test_no_text_of_a_contract_becomes_code_elsewhere_in_the_package(hostile: Path, harmless: set[str]) -> None:
    files = list(hostile.rglob("*.py"))
    assert {doing for file in files for doing in doings(file)} - harmless == set()
    # What a template forgets to escape, the generator prints as an object, with an address that differs in every run.
    assert not [file for file in files if " object at 0x" in file.read_text("utf-8")]
    assert sorted(entry.name for entry in hostile.parent.iterdir()) == ["aurous_api", "contract.json", "operations.md"]


def test_no_text_of_a_contract_runs_when_the_package_is_imported(hostile: Path) -> None:
    verify = [sys.executable, "-I", "-B", str(SCRIPT.parent / "generation" / "verify.py"), str(hostile)]
    imported = subprocess.run(
        verify, input="[[], [], []]", cwd=hostile.parent, capture_output=True, encoding="utf-8", check=False
    )
    assert imported.stdout == "[]"
    assert not (hostile.parent / "CANARY").exists()


ARRIVED = """
import importlib, json, sys
sys.path.insert(0, sys.argv[1])
from aurous_api import models
from aurous_api.error_codes import CODES
for number, text in enumerate(json.load(sys.stdin)):
    says = importlib.import_module(f"aurous_api.resources.says{number}")
    assert says.SAY.path == f"/{number}/{text}" or "{" in text  # braces are for parameters
    assert [one.wire for one in (*says.SAY.query, *says.SAY.headers)] == [f"{text} query", f"{text} header"]
    assert f"{text} of a property" in [one.wire for one in says.SAY.body.fields]
    assert [(one.parameter, one.items) for one in says.LIST.result.cursors][0][1] == text
    assert says.FILE.result.media_types == (f"{text}/{text}".partition(";")[0].strip().lower(),)
    assert (says.ONE.path_parameters[0].example, says.ONE.identity) == (text, (text,))
    assert CODES[f"{text}{number}"] == (text, (404,), text, text, text)
    data = {"fixed": text, f"{text} of a property": text, "inner": {"a": text}}
    words = getattr(models, f"Words{number}").from_dict(data)
    assert (words.fixed, words.inner["a"], words.drift) == (text, text, ())
"""


def test_the_texts_of_a_contract_arrive_as_they_are(hostile: Path) -> None:
    command = [sys.executable, "-I", "-B", "-X", "utf8", "-c", ARRIVED, str(hostile.parent)]
    texts = json.dumps(list(HOSTILE.values()))
    arrived = subprocess.run(
        command, input=texts, cwd=hostile.parent, capture_output=True, encoding="utf-8", check=False
    )
    assert arrived.returncode == 0, arrived.stderr
    assert not (hostile.parent / "CANARY").exists()


# --- Templates ---


def test_the_templates_were_compared_with_the_originals_of_the_pinned_generator() -> None:
    """After an upgrade: compare each with its new original, then `nox -s generate -- --record-originals`."""
    templates = ROOT / "templates"
    recorded = dict(line.split("  ")[::-1] for line in (templates / "ORIGINALS.txt").read_text("utf-8").splitlines())
    assert recorded == generate.originals(templates)
