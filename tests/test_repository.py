"""What lies around the code agrees with it: files for forges and editors, versions of Python, links that leave."""

import ast
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from documentation import links
from documentation.links import is_relative, relinked, resolved

pytestmark = pytest.mark.whole  # a tool of this repository is the same on every Python

ROOT = Path(__file__).resolve().parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def yaml(name: str) -> Any:
    return YAML(typ="safe").load(ROOT / name)


def versions() -> list[str]:
    """The versions of Python that the noxfile tries on every machine."""
    tree = ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8"))
    sets = [
        ast.unparse(node.value) for node in tree.body if isinstance(node, ast.Assign) and "PYTHONS" in ast.dump(node)
    ]
    return sorted(set(re.findall(r"3\.\d+", sets[0])))


# --- Versions of Python, and of the formatter ---


def test_the_classifiers_are_the_versions_that_are_tested_and_released() -> None:
    prefix = "Programming Language :: Python :: 3."
    named = ["3." + each.removeprefix(prefix) for each in PROJECT["project"]["classifiers"] if each.startswith(prefix)]
    assert PROJECT["project"]["requires-python"] == f">={named[0]}"
    assert named == [version for version in versions() if version != "3.15"]
    assert f"today {named[0]} to {named[-1]}" in (ROOT / "SECURITY.md").read_text(encoding="utf-8")


def test_both_forges_have_every_version_that_is_released() -> None:
    github = yaml(".github/workflows/ci.yml")["jobs"]["tests"]["steps"][1]["with"]["python-version"].split()
    gitlab = yaml(".gitlab-ci.yml")["tests"]["parallel"]["matrix"][0]["PYTHON_IMAGE"]
    wanted = [version for version in versions() if version != "3.15"]
    assert sorted(github) == [image.removeprefix("python:") for image in gitlab] == wanted


def test_hooks_format_with_the_version_that_check_wants() -> None:
    (pin,) = (each for each in PROJECT["dependency-groups"]["codegen"] if each.startswith("ruff"))
    (repository,) = yaml(".pre-commit-config.yaml")["repos"]
    assert repository["repo"] == "local"
    needs = [each for hook in repository["hooks"] for each in hook.get("additional_dependencies", ())]
    assert set(needs) == {pin}


# --- What forges run ---


@pytest.mark.parametrize("name", [".github/workflows/ci.yml", ".gitlab-ci.yml"])
def test_forges_run_what_ci_runs(name: str) -> None:
    assert re.search(r"(?m)^\s*- (run: )?bash \.ci/run$", (ROOT / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("name", "jobs"), [(".github/workflows/publish.yml", ["jobs"]), (".gitlab-ci.yml", [])], ids=["github", "gitlab"]
)
def test_the_job_that_has_credentials_runs_no_code_of_the_project(name: str, jobs: list[str]) -> None:
    found = yaml(name)
    for key in jobs:
        found = found[key]
    build, upload = str(found["build"]), str(found["upload"])
    assert "nox -s build" in build
    assert "twine upload" in upload
    assert "twine upload" not in build
    assert not re.search(r"nox|checkout|scripts/", upload)


def test_no_forge_file_names_a_package_index() -> None:
    files = [*(ROOT / ".github").rglob("*.yml"), ROOT / ".gitlab-ci.yml", ROOT / ".pre-commit-config.yaml"]
    assert [file.name for file in files if "://" in file.read_text(encoding="utf-8")] == []


# --- Links that leave ---


@pytest.mark.parametrize(
    ("written", "led"),
    [
        ("See [Calls](calls.md#pages).", "See [Calls](/docs/calls.md#pages)."),
        ("See [the `x` of\nit](../README.md).", "See [the `x` of\nit](/README.md)."),
        ("![A picture](a.png)", "![A picture](/docs/a.png)"),
        ("[there](https://a.invalid/b.md) [here](#b)", "[there](https://a.invalid/b.md) [here](#b)"),
        ("`[a](b.md)` and ``[a](`b.md)``", "`[a](b.md)` and ``[a](`b.md)``"),
        ("```python\n[a](b.md)\n```\n[a](b.md)\n", "```python\n[a](b.md)\n```\n[a](/docs/b.md)\n"),
        ("a ` that stays open\n\n[a](b.md) `", "a ` that stays open\n\n[a](/docs/b.md) `"),
        ("Only [text](nowhere.md#x) is left.", "Only text is left."),
    ],
)
def test_links_are_led_elsewhere_and_code_stays(written: str, led: str) -> None:
    def place(target: str) -> str | None:
        if not is_relative(target):
            return target
        path, anchor = resolved("docs/page.md", target)
        return None if "nowhere" in path else f"/{path}{anchor}"

    assert relinked(written, place) == led


@pytest.mark.delivery
def test_the_readme_leads_into_the_repository_once_that_has_an_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import release  # noqa: PLC0415  # needs what only `delivery` has

    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    address = "https://forge.invalid/team/aurous/blob/{revision}/{path}"
    (tmp_path / "pyproject.toml").write_text(settings.replace('file-url = ""', f'file-url = "{address}"'))
    (tmp_path / "overlays" / "aurous").mkdir(parents=True)
    (tmp_path / "overlays" / "aurous" / "_version.py").write_text('__version__ = "1.2.3"\n')
    monkeypatch.setattr(links, "ROOT", tmp_path)
    led = set(links.targets(release.readme()))
    assert "https://forge.invalid/team/aurous/blob/v1.2.3/docs/connections.md#parsers" in led
    assert {target for target in led if is_relative(target)} == set()
