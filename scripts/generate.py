"""Write the generated package and the page of its operations from the contract: whole and checked, or not at all.

    python scripts/generate.py [--check] [--contract FILE] [--output FOLDER] [--page FILE]

The contract is linted, the pinned generator writes into a folder that nothing encloses, the result is imported and
every example of the contract sent through it (generation/verify.py). Only then does it take the place of the committed
package, by renaming. Whatever goes wrong before that leaves the package as it was, exits with 1 and says why.
"""

import argparse
import difflib
import filecmp
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from generation.expected import expected_of
from lint import lint, load
from openapi.contract import Contract
from openapi.document import write_any_text

ROOT = Path(__file__).resolve().parent.parent
GENERATOR = Path(__file__).resolve().parent / "generation" / "generator.py"
VERIFY = Path(__file__).resolve().parent / "generation" / "verify.py"
MARKER = "contract.json"
PAGE = "operations.md"
DIFF_LINES = 200


class GenerationError(Exception):
    """The package cannot be generated; the message says where and why, one problem a line."""


@dataclass(frozen=True)
class Source:
    """What a package is made from.

    Attributes:
        contract: the OpenAPI document.
        config: the generator's configuration.
        templates: the folder of templates: those before the generator's own, `own/` for what the generator has
            nothing for, and `package/` for modules that are copied as they are.
    """

    contract: Path = ROOT / "openapi.yaml"
    config: Path = ROOT / "generator-config.yml"
    templates: Path = ROOT / "templates"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        0 when the package is (or was already) what the contract gives, 1 otherwise.
    """
    parser = argparse.ArgumentParser(description="Write the generated package from the contract, whole or not at all.")
    parser.add_argument("--check", action="store_true", help="compare only; fail if there is a difference")
    parser.add_argument("--contract", type=Path, default=Source.contract, metavar="FILE")
    parser.add_argument("--output", type=Path, metavar="FOLDER", help="(default: generated/aurous_api)")
    parser.add_argument("--page", type=Path, metavar="FILE", help="(default: docs/operations.md; none with --output)")
    parser.add_argument("--record-originals", action="store_true", help="only write templates/ORIGINALS.txt")
    options = parser.parse_args(arguments)
    write_any_text()
    source, output = Source(contract=options.contract), (options.output or ROOT / "generated" / "aurous_api").resolve()
    page = options.page or (None if options.output else ROOT / "docs" / PAGE)
    try:
        require_pinned_tools()
        if options.record_originals:
            record_originals(source.templates)
            return 0
        with fresh_package(source, output.name) as fresh:
            return report(fresh, output, page) if options.check else replace(fresh, output, page)
    except (GenerationError, OSError) as error:
        print(f"{error}\n{output.name} is as it was.", file=sys.stderr)
        return 1


def report(fresh: Path, output: Path, page: Path | None = None) -> int:
    """Print how the package and the page that stand differ from the fresh ones; 1 if they do."""
    changes = compare(output, fresh)
    is_page_stale = page is not None and lines_of(page) != lines_of(fresh.parent / PAGE)
    if not changes and not is_page_stale:
        print(f"{output.name} is what the contract gives.")
        return 0
    print_changes(changes | ({PAGE: "M"} if is_page_stale else {}))
    lines = [line for name in changes for line in difference(output / name, fresh / name, name)]
    if page is not None:
        lines += difference(page, fresh.parent / PAGE, PAGE)
    print_bounded(lines)
    print(f"{output.name} is stale: run `nox -s generate` and commit the result.", file=sys.stderr)
    return 1


def replace(fresh: Path, output: Path, page: Path | None = None) -> int:
    """Put the fresh package and page in the place of those that stand, and print what changed; always 0."""
    output.parent.mkdir(parents=True, exist_ok=True)
    with exclusive(output.parent):
        recover(output)
        refuse_foreign(output)
        changes = compare(output, fresh)
        if changes:
            swap(fresh, output)
    if page is not None and lines_of(page) != lines_of(fresh.parent / PAGE):
        changes[PAGE] = "M" if page.exists() else "A"
        staged = page.with_name(f".{page.name}.new")
        shutil.copyfile(fresh.parent / PAGE, staged)
        staged.replace(page)
    print_changes(changes)
    return 0


# --- Making the package -----------------------------------------------------------------------------------------------


@contextmanager
def fresh_package(source: Source, name: str) -> Generator[Path]:
    """Generate and verify a package, with the page beside it, and remove both at the end.

    It is made in the system's temporary folder and not beside its target: there no project's settings or ignore rules
    reach the formatter.

    Args:
        source: what to make it from.
        name: the package's name.

    Yields:
        The folder of the package.

    Raises:
        GenerationError: the contract breaks a rule, the generator had something to say, or its output does not hold.
    """
    contract = linted(source)
    with tempfile.TemporaryDirectory(prefix="aurous-generate-") as scratch:
        wire_contract = Path(scratch, MARKER)
        wire_contract.write_text(as_json(contract), encoding="utf-8", newline="\n")
        package = Path(scratch, name)
        run_generator(wire_contract, source, package)
        shutil.move(wire_contract, package / MARKER)
        verify(package, contract)
        yield package


def run_generator(document: Path, source: Source, package: Path) -> None:
    """Run the pinned generator in a process of its own; any word of it beyond the usual is a failure.

    It is given the contract as JSON: what was linted is what is generated from, whatever the YAML readers think.
    """
    arguments = (document, source.config.resolve(), source.templates.resolve(), package)
    command = [sys.executable, "-X", "utf8", str(GENERATOR), *map(str, arguments)]
    run = subprocess.run(
        command, env=quiet_environment(), cwd=package.parent, encoding="utf-8", capture_output=True, check=False
    )
    said = [line for line in (run.stdout + run.stderr).splitlines() if line.strip()]
    if run.returncode != 0 or said != [f"Generating {package}"] or not package.is_dir():
        raise GenerationError("\n".join([f"The generator objects (exit status {run.returncode}):", *said]))


def quiet_environment() -> dict[str, str]:
    """Return an environment in which neither the caller's settings nor chance reach the output."""
    kept = {name: os.environ[name] for name in ("HOME", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR") if name in os.environ}
    # The post hooks call ruff by its name: the pinned one stands beside the interpreter.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    fixed = {"PYTHONHASHSEED": "0", "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1", "TERM": "dumb"}
    return {**kept, **fixed, "PATH": path}


def verify(package: Path, contract: Contract) -> None:
    """Import the package in a fresh interpreter and send the contract's examples through it.

    Raises:
        GenerationError: something of the contract is missing, broken or does not come back as it went in.
    """
    # Isolated: no PYTHON* variable, no user site, no current folder.
    command = [sys.executable, "-I", "-B", "-X", "utf8", str(VERIFY), str(package)]
    promised = json.dumps(expected_of(contract))
    run = subprocess.run(
        command, input=promised, cwd=package.parent, encoding="utf-8", capture_output=True, check=False
    )
    try:
        findings = json.loads(run.stdout)
    except ValueError:
        raise GenerationError(f"The check of the new package broke off:\n{run.stdout}{run.stderr}") from None
    if findings:
        raise GenerationError("\n".join(str(contract.problem(pointer, message)) for pointer, message in findings))


def linted(source: Source) -> Contract:
    """Read the contract and hold it to the rules.

    Raises:
        GenerationError: it breaks one, or the generator's configuration does.
    """
    contract = load(source.contract)
    problems = lint(contract, source.config)
    if problems:
        raise GenerationError("\n".join(map(str, problems)))
    return contract


def as_json(contract: Contract) -> str:
    """Return the contract as the generated package carries it."""
    return json.dumps(contract.data, indent=1, ensure_ascii=False, sort_keys=False, allow_nan=False) + "\n"


def require_pinned_tools() -> None:
    """Refuse to run with a generator or formatter other than the pinned one: its output would differ.

    Raises:
        GenerationError: another version, or none, is installed.
    """
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
    for requirement in groups["codegen"]:
        name, pinned, wanted = requirement.partition("==")
        if not pinned:
            continue
        try:
            installed = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            installed = "missing"
        if installed != wanted:
            raise GenerationError(
                f"{name} is {installed} here and pyproject.toml pins {wanted}: use `nox -s generate`."
            )


# --- Comparing and replacing ------------------------------------------------------------------------------------------


def compare(old: Path, new: Path) -> dict[str, str]:
    """Compare two packages file by file, by content.

    Returns:
        A(dded), M(odified) or D(eleted) for each file that differs, by its relative name, in the order of the names.
    """
    before, after = files(old), files(new)
    _, modified, unreadable = filecmp.cmpfiles(old, new, before & after, shallow=False)
    changes = dict.fromkeys(after - before, "A") | dict.fromkeys(before - after, "D")
    return dict(sorted((changes | dict.fromkeys([*modified, *unreadable], "M")).items()))


def files(package: Path) -> set[str]:
    """Return the relative names of a package's files, byte code left out."""
    found = (file.relative_to(package) for file in package.rglob("*") if file.is_file())
    return {file.as_posix() for file in found if "__pycache__" not in file.parts}


def difference(old: Path, new: Path, name: str) -> Iterator[str]:
    """Return the lines of the unified difference of a file that stands and a fresh one."""
    before, after = lines_of(old), lines_of(new)
    return difflib.unified_diff(before, after, f"committed/{name}", f"contract/{name}", lineterm="")


def lines_of(file: Path) -> list[str]:
    """Return the lines of a file, none if it does not exist."""
    return file.read_text(encoding="utf-8", errors="replace").splitlines() if file.exists() else []


def print_changes(changes: dict[str, str]) -> None:
    """Print one line for each file that differs."""
    print("\n".join(f"{letter} {name}" for name, letter in changes.items()) or "Nothing changed.")


def print_bounded(lines: list[str]) -> None:
    """Print what a person will read of a difference."""
    print("\n".join(lines[:DIFF_LINES]))
    if len(lines) > DIFF_LINES:
        print(f"... and {len(lines) - DIFF_LINES} lines more")


def refuse_foreign(output: Path) -> None:
    """Refuse to replace a folder that is no generated package.

    Raises:
        GenerationError: the folder holds something else.
    """
    empty = not output.exists() or (output.is_dir() and not any(output.iterdir()))
    if not empty and not (output / MARKER).is_file():
        raise GenerationError(f"{output} is not a generated package (it has no {MARKER}): name another --output.")


def swap(fresh: Path, output: Path) -> None:
    """Put a package in the place of another by renaming; an interruption leaves one of the two, whole.

    The copy is made beside the target, because renaming works within one file system only.
    """
    staged, aside = beside(output, "new"), beside(output, "old")
    try:
        shutil.copytree(fresh, staged)
        if output.exists():
            output.rename(aside)
        staged.rename(output)
    finally:
        recover(output)


def recover(output: Path) -> None:
    """Remove what an interrupted run left beside the package, and put the package back if it was aside."""
    aside = beside(output, "old")
    if aside.exists() and not output.exists():
        aside.rename(output)
    for leftover in (aside, beside(output, "new")):
        shutil.rmtree(leftover, ignore_errors=True)


def beside(output: Path, state: str) -> Path:
    """Return the folder next to the package that holds it in a passing state."""
    return output.with_name(f".{output.name}.{state}")


@contextmanager
def exclusive(folder: Path) -> Generator[None]:
    """Hold other runs off a folder; the lock ends with the process, however that ends."""
    if sys.platform == "win32":  # no such lock there; renaming alone still keeps the package whole
        yield
        return
    import fcntl  # noqa: PLC0415

    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


# --- Templates --------------------------------------------------------------------------------------------------------


def originals(templates: Path) -> dict[str, str]:
    """Return the SHA-256 of each template of the generator that a file in `templates` stands before, by name.

    Raises:
        GenerationError: a file stands before nothing, so the generator would never read it.
    """
    spec = importlib.util.find_spec("openapi_python_client")
    if spec is None or spec.origin is None:
        raise GenerationError("openapi-python-client is not installed: use `nox -s generate`.")
    own, hashes = Path(spec.origin).parent / "templates", dict[str, str]()
    for file in sorted(templates.glob("*.jinja")):
        name = file.name
        if not (own / name).is_file():
            raise GenerationError(f"templates/{name} stands before no template of the generator: it is never read.")
        hashes[name] = hashlib.sha256((own / name).read_bytes()).hexdigest()
    return hashes


def record_originals(templates: Path) -> None:
    """Write down the originals that the templates were compared with, in the form of `sha256sum`."""
    lines = [f"{digest}  {name}" for name, digest in originals(templates).items()]
    (templates / "ORIGINALS.txt").write_text("\n".join([*lines, ""]), encoding="utf-8", newline="\n")
    print(f"{len(lines)} originals recorded.")


if __name__ == "__main__":
    sys.exit(main())
