"""What the pages say holds: their code runs and prints what they show, their links lead somewhere, nothing is left out.

In a page, a `python` block is run; the blocks of a page share a namespace, in order. What a block prints is the `text`
block that follows it, to the letter. A block that begins with the name of a file (`# test_service.py`) is put into that
file; where it is one of tests, pytest runs it. The blocks of a notebook run on an event loop. A `diff` of the contract,
a command and a `text` in a row are tried too, on a copy of openapi.yaml. `Aurous()` finds an emulator there, and time
passes only where the SDK sleeps.
"""

import ast
import asyncio
import inspect
import io
import logging
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, redirect_stdout
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from types import CodeType

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

import aurous
import aurous.cli
import aurous.emulator
import aurous.testing
import aurous_api
import generate
import lint
from aurous import (
    AsyncClientOptions,
    Aurous,
    ChatCompletion,
    ClientOptions,
    Clock,
    CompletionOptions,
    ResponseMeta,
    ToolCall,
)
from aurous.emulator import Emulator
from recipes.page import with_examples

ROOT = Path(__file__).parent.parent
START = 1_780_315_200.0  # 1 June 2026, noon, UTC
REQUEST_ID = "req_01HXMQ7Z3K8Y2ABCDEFGHJKM"


@dataclass(frozen=True)
class Fence:
    """A block of code in a page."""

    language: str
    content: str
    begins: int
    """The line of the page with its first backticks, from 1."""
    ends: int
    """The line with its last ones."""

    @property
    def file(self) -> str | None:
        """The file that the block is, where its first line names one."""
        named = re.match(r"# (\w+\.py)\n", self.content)
        return named[1] if named else None


@dataclass(frozen=True)
class Page:
    """A page of the documentation."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tokens(self) -> list[Token]:
        return MarkdownIt("commonmark").enable("table").parse(self.text)

    @cached_property
    def fences(self) -> list[Fence]:
        """Its blocks of code, in order."""
        found = (token for token in self.tokens if token.type == "fence")
        return [Fence(token.info, token.content, token.map[0] + 1, token.map[1]) for token in found if token.map]

    @property
    def links(self) -> Iterator[str]:
        """Where its links and images lead."""
        for token in self.tokens:
            for each in token.children or []:
                target = each.attrGet("href") or each.attrGet("src")
                if target is not None:
                    yield str(target)

    @cached_property
    def anchors(self) -> set[str]:
        """The names of its headings in links, as forges make them."""
        tokens = self.tokens
        headings = (after.content for token, after in pairwise(tokens) if token.type == "heading_open")
        return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}

    def rows(self, heading: str) -> list[list[str]]:
        """The cells of the table whose first column has this heading, as they are written, without its head."""
        lines = self.text.splitlines()
        begin = next(index for index, line in enumerate(lines) if line.startswith(f"| {heading} |"))
        rows: list[list[str]] = []
        for line in lines[begin + 2 :]:
            if not line.startswith("|"):
                break
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
        return rows


PAGES = [Page(ROOT / name) for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")]
PAGES += [Page(path) for path in sorted((ROOT / "docs").rglob("*.md"))]
README, CONTRIBUTING = PAGES[:2]
RECIPES = [page for page in PAGES if page.path.parent.name == "recipes"]
INDEX, REFERENCE, DESIGN = (Page(ROOT / "docs" / name) for name in ("README.md", "reference.md", "design.md"))


def ids(pages: Iterable[Page]) -> list[str]:
    return [page.name for page in pages]


# --- Code ---


class PageEmulator(Emulator):
    """An emulator whose responses all have the same request id, so that a page can show it."""

    def new_id(self, prefix: str) -> str:
        return REQUEST_ID if prefix == "req" else super().new_id(prefix)


class Reader:
    """Whoever types the code of a page into one session, block after block; of a notebook, cell after cell."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._loop = asyncio.Runner() if page.path.name == "notebooks.md" else None
        self._namespace: dict[str, object] = {"__name__": "__main__"}
        self._output = io.StringIO()
        self._clients: set[Aurous] = set()

    def run(self, fence: Fence) -> str:
        """Run a block. Returns what it printed."""
        before = self._output.tell()
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if self._loop else 0
        code = compile("\n" * fence.begins + fence.content, self._page.name, "exec", flags, dont_inherit=True)
        try:
            with redirect_stdout(self._output):
                if self._loop:
                    self._loop.run(self._cell(code))
                else:
                    exec(code, self._namespace)
        finally:
            self._clients |= {value for value in self._namespace.values() if isinstance(value, Aurous)}
        return self._output.getvalue()[before:]

    async def _cell(self, code: CodeType) -> None:
        """As a notebook does: on a running loop, and awaited where the cell awaits."""
        if inspect.isawaitable(outcome := eval(code, self._namespace)):
            await outcome

    def close(self) -> None:
        """Close the clients that the page left open."""
        for client in self._clients:
            client.close()
        if self._loop:
            self._loop.close()


def stop_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let time pass only where a client sleeps, and chance be in the middle."""
    elapsed = 0.0

    def now(_: object = None) -> float:
        return START + elapsed

    def sleep(_: object, seconds: float) -> None:
        nonlocal elapsed
        elapsed += seconds

    async def sleep_async(_: object, seconds: float) -> None:
        sleep(_, seconds)

    def random(_: object) -> float:
        return 0.5

    for name, function in {"time": now, "monotonic": now}.items():
        monkeypatch.setattr(Clock, name, function)
    for function_ in (sleep, sleep_async, random):
        monkeypatch.setattr(Clock, function_.__name__, function_)


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """An empty folder to work in, an emulator that is found through the environment, and time that passes at once."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    logger = logging.getLogger("aurous")
    level, handlers = logger.level, list(logger.handlers)
    stop_time(monkeypatch)
    monkeypatch.setattr(aurous.emulator, "Emulator", PageEmulator)
    with aurous.emulator.Emulator() as emulator:
        monkeypatch.setenv("AUROUS_API_KEY", emulator.api_key)
        monkeypatch.setenv("AUROUS_BASE_URL", emulator.base_url)
        yield tmp_path
    logger.setLevel(level)
    logger.handlers = handlers


def shown(page: Page) -> dict[Fence, str]:
    """What blocks print, as the page shows it: by the block, with nothing but an empty line in between."""
    fences = page.fences
    pairs = pairwise(fences)
    return {one: two.content for one, two in pairs if two.language == "text" and two.begins - one.ends <= 2}


def python(*arguments: str, path: Path) -> str:
    """Run Python with a folder before all others to import from. Returns what it printed."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(path), *sys.path])}
    command = [sys.executable, "-W", "error", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


# The example of CONTRIBUTING stands on a contract of its own: test_contributing.py carries it through.
WITH_CODE = [page for page in PAGES if page is not CONTRIBUTING and "```python" in page.text]
if not find_spec("pydantic_ai"):  # The frameworks of the recipes are installed on one Python.
    WITH_CODE = [page for page in WITH_CODE if page not in RECIPES]


@pytest.mark.parametrize("page", WITH_CODE, ids=ids(WITH_CODE))
def test_code_runs_and_prints_what_is_shown(page: Page, folder: Path) -> None:
    output = shown(page)
    with closing(Reader(page)) as reader:
        for fence in page.fences:
            if fence.language != "python":
                continue
            if fence.file is not None:
                (folder / fence.file).write_text(fence.content, encoding="utf-8")
            else:
                assert reader.run(fence) == output.get(fence, ""), f"{page.name}:{fence.begins} prints something else"
    if list(folder.glob("test_*.py")):
        python("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:asyncio", str(folder), path=folder)


@pytest.mark.parametrize("page", RECIPES, ids=ids(RECIPES))
def test_a_recipe_shows_its_examples_as_they_are(page: Page) -> None:
    """The files under examples/ are linted, type-checked and tested; `python tests/recipes/page.py` puts them there."""
    assert page.text == with_examples(page.text)


def test_every_example_is_in_a_recipe() -> None:
    shown = {fence.file for page in RECIPES for fence in page.fences}
    assert {path.name for path in (ROOT / "examples").glob("*.py")} <= shown


# --- The command line ---


def sessions_of(page: Page) -> Iterator[tuple[Fence, str]]:
    """The commands that a page shows, with what they print."""
    for fence, output in shown(page).items():
        if fence.language == "console" and fence.content.startswith("$ aurous "):
            yield fence, output


def without_measures(text: str) -> str:
    """A text without what is another one each time: a port, milliseconds."""
    return re.sub(r"(?<=127\.0\.0\.1:)\d+|\d+(?= ms)", "N", text)


SESSIONS = [(page, *session) for page in PAGES for session in sessions_of(page)]


@pytest.mark.parametrize(
    ("page", "fence", "output"), SESSIONS, ids=[f"{page.name}:{fence.begins}" for page, fence, _ in SESSIONS]
)
def test_a_command_prints_what_is_shown(
    page: Page,
    fence: Fence,
    output: str,
    folder: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    for line in fence.content.splitlines():
        assert aurous.cli.main(shlex.split(line)[2:]) == 0
    said = capfd.readouterr()
    shown_, wanted = without_measures(said.out + said.err), without_measures(output)
    assert shown_.startswith(wanted.removesuffix("...\n")) if wanted.endswith("\n...\n") else shown_ == wanted


TYPE_CHECKER = """
[mypy]
strict = True
allow_redefinition = True
follow_imports = silent
[mypy-vcr]
ignore_missing_imports = True
"""


INSTALLED = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
"""Where mypy looks by itself."""


@pytest.mark.delivery
def test_code_passes_a_strict_type_checker(tmp_path: Path) -> None:
    for page in WITH_CODE:
        if page in RECIPES:  # whose programs are checked with all other code, and whose cells are no module
            continue
        lines = [""] * len(page.text.splitlines())  # so that mypy names the line of the page
        for fence in page.fences:
            if fence.language == "python" and fence.file is None:
                lines[fence.begins : fence.ends - 1] = fence.content.splitlines()
            elif fence.file is not None:
                (tmp_path / fence.file).write_text(fence.content, encoding="utf-8")
        (tmp_path / f"page_{page.path.stem.replace('-', '_')}.py").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "mypy.ini").write_text(TYPE_CHECKER, encoding="utf-8")
    files = sorted(path.name for path in tmp_path.glob("*.py"))
    packages = [str(Path(str(each.__file__)).parent.parent) for each in (aurous, aurous_api)]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--cache-dir", "cache", *files],
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": os.pathsep.join(path for path in packages if path not in INSTALLED)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


# --- Changes of the contract ---

COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "$ nox -s generate\n": lambda paths: generate.main(["--contract", paths[0], "--output", paths[1]]),
    "$ nox -s check\n": lambda paths: (
        lint.main(paths[:1]) or generate.main(["--check", "--contract", paths[0], "--output", paths[1]])
    ),
}


@dataclass(frozen=True)
class Change:
    """A change of the contract that a page shows, if any, a command, and what that says."""

    page: Page
    diff: str
    command: str
    said: Fence


def changes(page: Page) -> Iterator[Change]:
    """The changes of the contract that a page shows."""
    fences = page.fences
    for one, two, three in zip(fences, fences[1:], fences[2:], strict=False):
        if two.content in COMMANDS and three.language == "text":
            yield Change(page, one.content if one.language == "diff" else "", two.content, three)


def changed(text: str, diff: str) -> str:
    """A text with a change made to it; `@@` stands between changes at different places."""
    for part in filter(None, re.split(r"(?m)^@@.*\n", diff)):
        lines = part.splitlines(keepends=True)
        before, after = ("".join(line[1:] or line for line in lines if line[0] in kept) for kept in ("\n -", "\n +"))
        assert text.count(before) == 1, f"stands {text.count(before)} times in openapi.yaml:\n{before}"
        text = text.replace(before, after)
    return text


def without_lines(text: str) -> str:
    """A text without the numbers of lines, which any other change moves."""
    return re.sub(r"(?<=yaml:)\d+|(?<=on line )\d+", "N", text)


CHANGES = [change for page in PAGES for change in changes(page)]


@pytest.mark.parametrize("change", CHANGES, ids=[f"{change.page.name}:{change.said.begins}" for change in CHANGES])
def test_a_change_of_the_contract_gives_what_is_shown(
    change: Change, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source = (ROOT / "openapi.yaml").read_text(encoding="utf-8")
    (tmp_path / "openapi.yaml").write_text(changed(source, change.diff), encoding="utf-8")
    package = shutil.copytree(ROOT / "generated" / "aurous_api", tmp_path / "aurous_api")
    monkeypatch.chdir(tmp_path)
    COMMANDS[change.command](["openapi.yaml", str(package)])
    said = capsys.readouterr()
    assert without_lines(said.out + said.err) == without_lines(change.said.content)


# --- What leads somewhere, and what must not be missing ---


@pytest.mark.parametrize("page", PAGES, ids=ids(PAGES))
def test_links_lead_somewhere(page: Page) -> None:
    for link in page.links:
        if re.match(r"\w+:", link):
            assert link.startswith("https://"), f"{link} is not secure"
            continue
        file, _, anchor = link.partition("#")
        target = (page.path.parent / file).resolve() if file else page.path
        assert target.exists(), f"{link} leads nowhere"
        assert not anchor or anchor in Page(target).anchors, f"{link}: {target.name} has no such heading"


def test_every_page_is_in_the_index() -> None:
    indexed = {INDEX.path.parent / link.partition("#")[0] for link in INDEX.links}
    assert {page.path for page in PAGES if INDEX.path.parent in page.path.parents} <= indexed | {INDEX.path}


def test_each_page_of_a_subject_leads_to_the_next() -> None:
    _, *subjects, recipes = re.split(r"(?m)^## ", INDEX.text)[:5]
    pages = re.findall(r"(?m)^- (\[.+?\]\((.+?)\))", "".join(subjects))
    first_recipe = re.findall(r"(?m)^- (\[.+?\]\((.+?)\))", recipes)[0]
    for (_, file), (link, _) in pairwise([*pages[1:], first_recipe]):  # the first is the README
        assert (INDEX.path.parent / file).read_text(encoding="utf-8").endswith(f"\n\nNext: {link}\n"), file


def test_every_module_is_on_the_map() -> None:
    overlay = ROOT / "overlays" / "aurous"
    tables = {"in `overlays/aurous`": overlay, "in `_http`": overlay / "_http", "in `_engine`": overlay / "_engine"}
    tables |= {f"in `{folder}`": overlay / folder for folder in ("cli", "diagnosis", "emulator", "otel", "testing")}
    for heading, folder in tables.items():
        named = {name for row in DESIGN.rows(heading) for name in re.findall(r"`(\w+)`", row[0])}
        assert named | {"__init__"} == {path.stem for path in folder.glob("*.py")}
    rooms = {name for row in DESIGN.rows("by resource") for name in re.findall(r"`(\w+)`", row[0])}
    assert rooms == {path.parent.name for path in overlay.glob("[a-z]*/__init__.py")}


@cache
def sessions() -> set[str]:
    """The sessions of the noxfile."""
    tree = ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8"))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    return {each.name for each in functions if any("nox.session" in ast.unparse(one) for one in each.decorator_list)}


def test_sessions_that_are_named_exist_and_all_are_in_the_table() -> None:
    assert {name for page in PAGES for name in re.findall(r"nox -s ([a-z]+)", page.text)} <= sessions()
    assert {row[0].strip("`") for row in README.rows("session")} == sessions()


def test_ci_runs_the_test_command_of_the_readme() -> None:
    (command,) = (fence.content[2:] for fence in README.fences if fence.content.endswith("nox -s tests\n"))
    assert command in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_every_public_name_is_in_the_reference() -> None:
    wanted = {*aurous.__all__, *aurous.emulator.__all__, *aurous.testing.__all__}
    for cls in (ChatCompletion, ToolCall, ResponseMeta):
        wanted |= {name for name in dir(cls) if not name.startswith("_")}
    text = REFERENCE.text
    assert [name for name in sorted(wanted) if not re.search(rf"\b{name}\b", text)] == []


def test_every_parameter_of_a_completion_is_in_the_reference() -> None:
    completions = Aurous("al_live_test_filler").chat.completions
    listed = {
        (method, name) for row in REFERENCE.rows("parameter of") for method in named(row[0]) for name in named(row[1])
    }
    for method in ("create", "stream", "parse", "run", "wait"):
        wanted = {f"{'**' * (each.kind is each.VAR_KEYWORD)}{each.name}" for each in parameters(completions, method)}
        assert wanted == {name for of, name in listed if of == method}
    assert not [name for name in CompletionOptions.__annotations__ if f"`{name}`" not in REFERENCE.text]


def named(cell: str) -> list[str]:
    """The names in a cell of a table."""
    return re.findall(r"`([\w*]+)`", cell)


def parameters(owner: object, method: str) -> Iterable[inspect.Parameter]:
    """The parameters of a method."""
    return inspect.signature(getattr(owner, method)).parameters.values()


def test_every_option_is_in_the_reference() -> None:
    options = [row[0].strip("`") for row in REFERENCE.rows("option")]
    assert options == list({"api_key": str, **ClientOptions.__annotations__, **AsyncClientOptions.__annotations__})
    client = Aurous("al_live_test_filler")
    methods: dict[str, Callable[..., object]] = {
        "chat.completions.wait": client.chat.completions.wait,
        "request": client.request,
    }
    for name, method in methods.items():
        (row,) = (row[0] for row in REFERENCE.rows("member") if row[0].startswith(f"`{name}("))
        assert re.findall(r"\w+(?=[,)])", row) == list(inspect.signature(method).parameters)
