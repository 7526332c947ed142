"""One edit, one command: a resource that nobody planned is added to the contract, and to nothing else.

It is generated into a scratch package, and the tests of unplanned/ run against that in a process of its own.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import generate
from contract import real_contract
from lint import load

pytestmark = pytest.mark.whole  # a tool of this repository is the same on every Python

ROOT = Path(__file__).resolve().parent.parent
UNPLANNED = Path(__file__).resolve().parent / "unplanned"


def merged(contract: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """A contract with another one added to it."""
    schemas = contract["components"]["schemas"] | more["components"]["schemas"]
    return {
        **contract,
        "tags": contract["tags"] + more["tags"],
        "paths": contract["paths"] | more["paths"],
        "components": {**contract["components"], "schemas": schemas},
    }


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package that the contract and the unplanned resource give."""
    folder = tmp_path_factory.mktemp("unplanned")
    contract: Any = real_contract().data
    for more in sorted(UNPLANNED.glob("*.yaml")):
        contract = merged(contract, load(more).data)
    (folder / "openapi.yaml").write_text(json.dumps(contract, indent=1), encoding="utf-8")
    arguments = ["--contract", str(folder / "openapi.yaml"), "--output", str(folder / "aurous_api")]
    assert generate.main(arguments) == 0
    return folder


def python(scratch: Path, *arguments: str, **environment: str) -> None:
    """Run Python with the scratch package before the installed one."""
    path = os.pathsep.join([str(scratch), str(ROOT / "tests"), *sys.path])
    done = subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": path, **environment},
        capture_output=True,
        encoding="utf-8",
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("file", sorted(UNPLANNED.glob("check_*.py")), ids=lambda file: file.stem)
def test_what_is_added_to_the_contract_alone_works(scratch: Path, file: Path) -> None:
    python(scratch, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", str(file))


@pytest.mark.delivery
def test_what_is_added_to_the_contract_alone_has_types(scratch: Path, tmp_path: Path) -> None:
    """mypy holds for right what the tests of the unplanned resource do, and the models and methods themselves."""
    path = os.pathsep.join([str(scratch), str(ROOT / "overlays"), str(ROOT / "tests")])
    files = [str(scratch / "aurous_api"), *map(str, UNPLANNED.glob("check_*.py"))]
    config = tmp_path / "mypy.ini"
    config.write_text("[mypy]\nstrict = True\nexplicit_package_bases = True\n", encoding="utf-8")
    python(scratch, "-m", "mypy", "--config-file", str(config), "--cache-dir", str(tmp_path), *files, MYPYPATH=path)
