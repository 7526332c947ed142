"""The examples of CONTRIBUTING, carried out in a copy: from the edit to a green check."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from test_documentation import CONTRIBUTING, ROOT, changed

pytestmark = pytest.mark.whole  # a tool of this repository is the same on every Python

LEFT_OUT = shutil.ignore_patterns(".git", ".venv", ".nox", "dist", "__pycache__", ".*_cache", ".hypothesis")
CHECKED = ("carried_through", "cassette_guard", "recordings", "status")
PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider")

BEGINS = CONTRIBUTING.text.splitlines().index("## Add an endpoint")
FENCES = [fence for fence in CONTRIBUTING.fences if fence.begins > BEGINS]


class Copy:
    """A copy of the project."""

    def __init__(self, folder: Path) -> None:
        self.folder = shutil.copytree(ROOT, folder / "project", ignore=LEFT_OUT)

    def cassettes(self) -> dict[str, bytes]:
        """What is recorded, by name."""
        library = self.folder / "tests" / "cassettes"
        return {file.relative_to(library).as_posix(): file.read_bytes() for file in library.rglob("*.yaml")}

    def run(self, *arguments: str, returns: int = 0) -> str:
        """Run Python with what the copy holds before what is installed; gives what it prints."""
        parts = [str(self.folder / name) for name in ("overlays", "generated", "scripts", "tests")]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(parts)}
        command = [sys.executable, *arguments]
        done = subprocess.run(
            command, env=environment, cwd=self.folder, capture_output=True, encoding="utf-8", check=False
        )
        assert done.returncode == returns, done.stdout + done.stderr
        return done.stdout

    def edit(self, name: str, diff: str) -> None:
        """Carry out an edit of a file."""
        file = self.folder / name
        file.write_text(changed(file.read_text(encoding="utf-8"), diff), encoding="utf-8")


@pytest.mark.delivery
def test_a_status_and_an_endpoint_are_added_as_the_chapters_say(tmp_path: Path) -> None:
    """Both in one copy, as each asks for a generation, recordings and checks."""
    copy = Copy(tmp_path)
    diffs = [fence.content for fence in CONTRIBUTING.fences if fence.language == "diff" and fence.ends < BEGINS]
    status, _, meaning = diffs
    endpoint, commands, example, shown, *_ = FENCES
    for diff in (status, endpoint.content):
        copy.edit("openapi.yaml", diff)

    assert commands.content == "$ nox -s generate\n$ nox -s record\n"
    copy.run("scripts/generate.py")
    said = copy.run(*PYTEST, "tests/test_status.py", returns=1)
    assert "overlays/aurous/chat/completion.py: `_states` of ChatCompletion has the status 'expired' 0 times" in said
    copy.edit("overlays/aurous/chat/completion.py", meaning)

    before = copy.cassettes()
    copy.run("scripts/record.py")
    after = copy.cassettes()
    assert {name: after.get(name) for name in before} == before, "recordings of others changed"
    assert {name.partition("/")[0] for name in after.keys() - before.keys()} == {"notes"}
    assert copy.run("-c", example.content) == shown.content

    copy.run("scripts/lint.py")
    copy.run("scripts/generate.py", "--check")
    copy.run("-m", "ruff", "check", "--quiet", "--no-cache")
    copy.run("-m", "ruff", "format", "--check", "--quiet", "--no-cache")
    copy.run("-m", "mypy", "--cache-dir", str(tmp_path / "cache"), "generated", "overlays")
    copy.run(*PYTEST, *(f"tests/test_{name}.py" for name in CHECKED))
