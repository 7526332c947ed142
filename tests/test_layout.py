"""The plan of the package: floors that stand on lower ones only, no circles, and generated code that stands alone."""

import ast
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
OVERLAY = ROOT / "overlays" / "aurous"
GENERATED = ROOT / "generated" / "aurous_api"

LEAVES = (
    "_amounts _check _clock _errors _events _meta _overlays _pacer _process _rate_limits _retries _secret _status "
    "_text _version"
)
ROOMS = "chat embeddings images characters money bulk"
FLOORS = (
    LEAVES,
    "_config",
    "_http",
    "_engine",
    ROOMS,
    "diagnosis",
    "_client",
    "__init__",
    "otel testing",
    "emulator",
    "cli __main__ pytest_plugin",
)
FLOOR_OF = {room: number for number, rooms in enumerate(FLOORS) for room in rooms.split()}

BROUGHT = {"pytest", "pydantic_core"}
"""What is imported only where whoever calls has it already: the fixtures, and the schema that pydantic asks for."""


def modules(package: Path) -> dict[str, Path]:
    """The modules of a package by their dotted names."""
    found: dict[str, Path] = {}
    for file in package.rglob("*.py"):
        parts = file.relative_to(package.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


def imports(file: Path, name: str, known: dict[str, Path], *, for_types: bool) -> Iterator[str]:
    """The modules of the package that a module imports: also those that only type checkers see, if asked."""
    package = name if file.stem == "__init__" else name.rpartition(".")[0]
    tree = ast.parse(file.read_text(encoding="utf-8"))
    skipped = set() if for_types else {id(node) for guard in type_guards(tree) for node in ast.walk(guard)}
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.ImportFrom):
            parts = package.split(".")
            base = ".".join(parts[: len(parts) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            for alias in node.names:
                inner = f"{module}.{alias.name}"
                yield inner if inner in known else module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def type_guards(tree: ast.Module) -> Iterator[ast.stmt]:
    """What stands under `if TYPE_CHECKING:`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from node.body


def room(name: str) -> str:
    """The room that a module of the overlay is in: the folder or the module right below the package."""
    return name.partition(".")[2].partition(".")[0] or "__init__"


def test_every_room_has_a_floor() -> None:
    assert {room(name) for name in modules(OVERLAY)} == set(FLOOR_OF)


def test_each_floor_stands_on_lower_ones_only() -> None:
    known = modules(OVERLAY)
    wrong = [
        f"{name} -> {target}"
        for name, file in known.items()
        for target in imports(file, name, known, for_types=True)
        if target in known and FLOOR_OF[room(target)] > FLOOR_OF[room(name)]
    ]
    # `aurous` itself is lazy: what it names is imported when it is asked for.
    assert [line for line in wrong if not line.endswith("-> aurous")] == []


@pytest.mark.parametrize("package", [OVERLAY, GENERATED], ids=lambda package: package.name)
def test_no_modules_import_each_other_in_a_circle(package: Path) -> None:
    known = modules(package)
    root = package.name
    # A name that only type checkers look up makes no circle within the models: schemas refer to each other by nature.
    for_types = package == OVERLAY
    graph = {
        name: {each for each in imports(file, name, known, for_types=for_types) if each in known and each != root}
        for name, file in known.items()
        if name != root
    }
    assert circles(graph) == []


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Each group of modules that reach each other."""

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        queue = [start]
        while queue:
            for target in graph.get(queue.pop(), set()) - seen:
                seen.add(target)
                queue.append(target)
        return seen

    reach = {name: reached(name) for name in graph}
    groups = [[other for other in sorted(graph) if other in reach[name] and name in reach[other]] for name in graph]
    return [group for number, group in enumerate(groups) if group and group not in groups[:number]]


def test_what_is_imported_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needs = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    declared = {need.name for need in map(Requirement, needs)}
    known = modules(OVERLAY) | modules(GENERATED)
    imported = {each for name, file in known.items() for each in imports(file, name, known, for_types=True)}
    others = {each.partition(".")[0] for each in imported - set(known)} - sys.stdlib_module_names - BROUGHT
    homes = packages_distributions()
    assert [name for name in sorted(others) if not declared & set(homes.get(name, ()))] == []


def test_generated_code_does_not_import_the_overlay_when_it_runs() -> None:
    known = modules(GENERATED)
    for name, file in known.items():
        assert not [each for each in imports(file, name, known, for_types=False) if each.partition(".")[0] == "aurous"]
