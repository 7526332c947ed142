"""Prove that a freshly generated package holds what its contract describes.

Run as `python -I -B scripts/generation/verify.py PACKAGE` with what is expected (expected.py) on standard input, in a
process of its own: a package that was imported before its replacement came is not the one under test. It prints a JSON
list of `[pointer, message]` pairs; the pointer leads into the contract, and is `#` where the trouble has no place.
"""

import importlib
import json
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Finding = tuple[str, str]
OWNED = {"aurous-version", "idempotency-key"}  # parameters that the engine sends


def main(package: Path) -> int:
    """Verify one package folder and print what is wrong with it.

    Returns:
        0 if nothing is, else 1.
    """
    warnings.simplefilter("error")
    sys.path.insert(0, str(package.parent))
    operations, models, examples = json.load(sys.stdin)
    findings = list(code_findings(package))
    if not findings:
        classes = exported_models(package)
        findings += operation_findings(package, operations)
        findings += [
            (pointer, f"{name} has no class in models/") for pointer, name in models if plain(name) not in classes
        ]
        for pointer, name, value in examples:
            findings += round_trip(pointer, classes.get(plain(name)), value)
    json.dump(findings, sys.stdout)
    return 1 if findings else 0


def code_findings(package: Path) -> Iterator[Finding]:
    """Compile and import every module; byte code goes nowhere."""
    for file in sorted(package.rglob("*.py")):
        name = file.relative_to(package).as_posix()
        try:
            compile(file.read_bytes(), name, "exec", dont_inherit=True)
            importlib.import_module(module_name(package, file))
        except Exception as error:  # noqa: BLE001  # whatever generated code does wrong is a finding
            yield "#", f"{name} cannot be imported: {type(error).__name__}: {error}"


def module_name(package: Path, file: Path) -> str:
    """Return the dotted name of a file of the package."""
    parts = file.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def operation_findings(package: Path, operations: list[tuple[str, str, str, str, list[str]]]) -> Iterator[Finding]:
    """Look for the method of each operation, and for its parameters in what the engine is told to send."""
    for pointer, resource, class_name, method, wires in operations:
        module = importlib.import_module(f"{package.name}.resources.{resource}")
        for name in (class_name, f"Async{class_name}"):
            if not callable(getattr(getattr(module, name, None), method, None)):
                yield pointer, f"resources/{resource}.py has no {name}.{method}"
        described = getattr(module, method.upper(), None)
        if described is None:
            yield pointer, f"resources/{resource}.py has no {method.upper()}"
            continue
        body = described.body.fields if described.body else ()
        sent = {each.wire for each in (*described.path_parameters, *described.query, *described.headers, *body)}
        whole = described.body is not None and described.body.whole is not None
        for wire in wires:
            if wire not in sent and wire.lower() not in OWNED and not whole:
                yield pointer, f"the parameter {wire} is not sent"


def round_trip(pointer: str, model: Any, value: Any) -> Iterator[Finding]:
    """Parse an example into its model and compare what the model gives back."""
    if model is None or not hasattr(model, "from_dict"):
        return  # said already: no class; or an enum, whose values are no documents
    try:
        back = model.from_dict(value).to_dict()
    except Exception as error:  # noqa: BLE001  # whatever generated code does wrong is a finding
        yield pointer, f"the example cannot be parsed as {model.__name__}: {type(error).__name__}: {error}"
        return
    for place, gave, came in differences(value, back):
        yield f"{pointer}{place}", f"{came} does not come back unchanged from {model.__name__}, but as {gave}"


def differences(before: Any, after: Any, place: str = "") -> Iterator[tuple[str, str, str]]:
    """The places at which two JSON values differ, with what stands there after and before."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in before | after:
            step = "/" + name.replace("~", "~0").replace("/", "~1")
            yield from differences(before.get(name, MISSING), after.get(name, MISSING), place + step)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (one, two) in enumerate(zip(before, after, strict=True)):
            yield from differences(one, two, f"{place}/{index}")
    elif shown(before) != shown(after):  # as text, because Python holds 1, 1.0 and True for equal
        yield place, shown(after), shown(before)


MISSING = object()


def shown(value: Any) -> str:
    """A JSON value as text; what is not there as nothing."""
    return "nothing" if value is MISSING else json.dumps(value, sort_keys=True)


def exported_models(package: Path) -> dict[str, type]:
    """Return the classes of the models package by their plain names."""
    models = importlib.import_module(f"{package.name}.models")
    return {plain(name): getattr(models, name) for name in models.__all__}


def plain(name: str) -> str:
    """Return a name without what the generator may change in it: case and separators."""
    return "".join(character for character in name if character.isalnum()).casefold()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
