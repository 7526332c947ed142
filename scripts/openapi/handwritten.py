"""The names that handwritten classes take, read from their source; nothing of it is imported.

A field of the contract by such a name would replace what the class has there, or be replaced by it.
"""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

_ROOT: Final = Path(__file__).resolve().parents[2]
_OVERLAYS: Final = _ROOT / "overlays"
_PACKAGE: Final = _ROOT / "templates" / "package"

OVERLAY_TABLE: Final = _OVERLAYS / "aurous" / "_overlays.py"


def taken_by_models() -> dict[str, str]:
    """What every generated model has beside its fields: each name, and the class that takes it."""
    return {name: f"aurous_api.{owner}" for name, owner in _taken(_PACKAGE, "model", "Model")}


def taken_by_subclass(model: str) -> dict[str, str]:
    """What the SDK's subclass of a model has beside its fields, by name; nothing where there is no subclass."""
    module = overlay_tables(OVERLAY_TABLE).get("models", {}).get(model)
    return dict(_taken(_OVERLAYS, module, model)) if module else {}


def taken_by_clients() -> dict[str, str]:
    """What the clients have beside their resources, by name."""
    names = ("Aurous", "AsyncAurous")
    return {name: owner for client in names for name, owner in _taken(_OVERLAYS, "aurous._client", client)}


@cache
def overlay_tables(table: Path) -> dict[str, dict[str, Any]]:
    """What the handwritten package adds, by the names in its table: the classes that callers get and methods return."""
    return {
        node.target.id.lower(): ast.literal_eval(node.value)
        for node in _body(table)
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and isinstance(node.value, ast.Dict)
    }


def _taken(root: Path, module: str, name: str) -> Iterator[tuple[str, str]]:
    """The public names in the body of a class, each with the class; those of its bases after its own.

    Bases are followed to other modules below the same root. Those from elsewhere, such as the generated model itself,
    are not.
    """
    body = _body(root.joinpath(*module.split(".")).with_suffix(".py"))
    cls = next((node for node in body if isinstance(node, ast.ClassDef) and node.name == name), None)
    if cls is None:
        return
    imports = _imports(body)
    for base in cls.bases:
        base_name = ast.unparse(base).partition("[")[0]
        yield from _taken(root, *imports.get(base_name, (module, base_name)))
    for node in cls.body:
        for taken in _bound(node):
            if not taken.startswith("_"):
                yield taken, f"{module}.{name}"


def _bound(node: ast.stmt) -> Iterator[str]:
    """The names that a statement of a class gives it."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name
        case ast.Assign(targets=targets):
            yield from (target.id for target in targets if isinstance(target, ast.Name))
        case _:
            pass


def _imports(body: list[ast.stmt]) -> Mapping[str, tuple[str, str]]:
    """What a module imports by name: where from, and what it is called there."""
    found = [node for node in body if isinstance(node, ast.ImportFrom) and node.level == 0]
    return {one.asname or one.name: (node.module or "", one.name) for node in found for one in node.names}


@cache
def _body(file: Path) -> list[ast.stmt]:
    """The statements of a module; none where there is no such file."""
    return ast.parse(file.read_text(encoding="utf-8")).body if file.is_file() else []
