"""The chapter *Add an endpoint* of CONTRIBUTING, carried out in a copy: from the edit to a green check."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from test_documentation import CONTRIBUTING, ROOT, changed

LEFT_OUT = shutil.ignore_patterns(".git", ".venv", ".nox", "dist", "__pycache__", ".*_cache", ".hypothesis")
CHECKED = ("carried_through", "cassette_guard", "recordings")

BEGINS = CONTRIBUTING.text.splitlines().index("## Add an endpoint")
FENCES = [fence for fence in CONTRIBUTING.fences if fence.begins > BEGINS]


class Copy:
    """A copy of the project."""

    def __init__(self, folder: Path) -> None:
        self.folder = shutil.copytree(ROOT, folder / "project", ignore=LEFT_OUT)

    def run(self, *arguments: str) -> str:
        """Run Python with what the copy holds before what is installed; gives what it prints."""
        parts = [str(self.folder / name) for name in ("overlays", "generated", "scripts", "tests")]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(parts)}
        command = [sys.executable, *arguments]
        done = subprocess.run(
            command, env=environment, cwd=self.folder, capture_output=True, encoding="utf-8", check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.mark.delivery
def test_an_endpoint_is_added_as_the_chapter_says(tmp_path: Path) -> None:
    copy = Copy(tmp_path)
    diff, commands, example, shown, *_ = FENCES
    contract = copy.folder / "openapi.yaml"
    contract.write_text(changed(contract.read_text(encoding="utf-8"), diff.content), encoding="utf-8")

    assert commands.content == "$ nox -s generate\n$ nox -s record\n"
    copy.run("scripts/generate.py")
    copy.run("scripts/record.py")
    assert copy.run("-c", example.content) == shown.content

    copy.run("scripts/lint.py")
    copy.run("scripts/generate.py", "--check")
    copy.run("-m", "ruff", "check", "--quiet", "--no-cache")
    copy.run("-m", "ruff", "format", "--check", "--quiet", "--no-cache")
    copy.run("-m", "mypy", "--cache-dir", str(tmp_path / "cache"), "generated", "overlays")
    copy.run("-m", "pytest", "-q", "-p", "no:cacheprovider", *(f"tests/test_{name}.py" for name in CHECKED))
