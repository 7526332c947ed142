"""Say what changed in the contract since a revision, what of it breaks callers, and which version that asks for.

    python scripts/diff.py [REVISION | --base-file FILE] [--json] [--contract openapi.yaml]

The contract of the working tree is compared with that of the revision; without one, with that of the last release (the
nearest tag `v…`), or of the last commit where nothing was released yet. Exits with 0 when `info.version` was raised far
enough or nothing changed, with 1 when it was not, and with 2 when the two cannot be compared.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from openapi_python_client.config import Config, ConfigFile, MetaType

from lint import lint, load
from openapi import generator_rules, rules
from openapi.changes import Change, Level, compare
from openapi.contract import Contract, mapping
from openapi.document import display_name, printable, quoted, write_any_text

ROOT: Final = Path(__file__).resolve().parent.parent
RELEASES: Final = "v[0-9]*"
HEADINGS: Final = {
    Level.BREAKING: "Breaking",
    Level.ADDITION: "Additions and other compatible changes",
    Level.DOCUMENTATION: "Documentation only",
}

_REASONS: Final = {
    Level.BREAKING: "What breaks",
    Level.ADDITION: "What is added",
    Level.DOCUMENTATION: "What is reworded",
}

# The expression that https://semver.org suggests, with names.
_SEMVER: Final = re.compile(
    r"(?P<major>0|[1-9]\d*)\.(?P<minor>0|[1-9]\d*)\.(?P<patch>0|[1-9]\d*)"
    r"(?:-(?P<early>(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?"
    r"(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?",
    re.ASCII,
)


class DiffError(Exception):
    """The contracts cannot be compared; the message says why, and what to do."""


# --- Versions ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Version:
    """A semantic version (https://semver.org).

    Attributes:
        release: major, minor and patch.
        early: the identifiers of a pre-release; none for a release.
    """

    release: tuple[int, int, int]
    early: tuple[str, ...] = ()

    @classmethod
    def parse(cls, written: object) -> "Version | None":
        """Read a version; None where it is none."""
        found = _SEMVER.fullmatch(written) if isinstance(written, str) else None
        if found is None:
            return None
        major, minor, patch = (int(found[part]) for part in ("major", "minor", "patch"))
        return cls((major, minor, patch), tuple(found["early"].split(".")) if found["early"] else ())

    def __str__(self) -> str:
        early = f"-{'.'.join(self.early)}" if self.early else ""
        return f"{'.'.join(map(str, self.release))}{early}"

    def __lt__(self, other: "Version") -> bool:
        return self._precedence() < other._precedence()

    def _precedence(self) -> tuple[object, ...]:
        # A pre-release comes before its release; among its identifiers, numbers come before words.
        early = [(not one.isdigit(), int(one) if one.isdigit() else 0, one) for one in self.early]
        return self.release, not self.early, early

    def after(self, gravest: Level) -> "Version":
        """The lowest release that may bring changes of such gravity to users of this version.

        Below 1.0.0 what breaks raises the minor version, and all else the patch version. A pre-release is ahead of its
        release: 1.0.0-rc.1 may still break things on the way to 1.0.0, and 1.1.0-rc.1 may not on the way to 1.1.0.
        """
        major, minor, patch = self.release
        part = list(Level).index(gravest) if major else 1 if gravest is Level.BREAKING else 2
        steps = ((major + 1, 0, 0), (major, minor + 1, 0), (major, minor, patch + 1))
        ahead = self.early and not any(self.release[part + 1 :])
        return Version(self.release if ahead else steps[part])


@dataclass(frozen=True)
class Verdict:
    """Whether a version says what changed.

    Attributes:
        enough: whether it does.
        wanted: the lowest release that would; None where nothing changed.
        sentence: the same in words, and what to do.
    """

    enough: bool
    wanted: Version | None
    sentence: str


def judge(was: Version, now: Version, changes: Sequence[Change]) -> Verdict:
    """Hold the version of a contract against what changed in it.

    Args:
        was: The version before.
        now: The version at present.
        changes: What changed, the gravest first.
    """
    if not changes:
        said = "Nothing changed for users" + ("." if now == was else f" but the version, from {was} to {now}.")
        back = f"The version went back from {was} to {now}: set `info.version` to {was}."
        return Verdict(enough=not now < was, wanted=None, sentence=back if now < was else said)
    gravest = changes[0].level
    wanted = was.after(gravest)
    said = f"{_REASONS[gravest]} after {was} asks for {wanted} or higher"
    enough = was < now and now.release >= wanted.release
    rest = f"and {now} is enough." if enough else f"and the version is {now}: set `info.version` to {wanted}."
    return Verdict(enough, wanted, f"{said}, {rest}")


# --- Contracts --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Base:
    """A contract to compare with.

    Attributes:
        contract: the contract.
        name: the revision or the file that it is of.
        note: what the reader should know about the choice of it.
    """

    contract: Contract
    name: str
    note: str = ""


def current(path: Path, config: Path) -> Contract:
    """Read the contract of the working tree.

    Raises:
        DiffError: it breaks a rule.
    """
    contract = load(path)
    if problems := lint(contract, config):
        raise DiffError("\n".join(map(str, problems)))
    return contract


def base_of_file(path: Path) -> Base:
    """Read a contract to compare with from a file."""
    return Base(load(path), display_name(path))


def base_of_revision(path: Path, revision: str | None) -> Base:
    """Read a contract to compare with from git.

    Args:
        path: The contract of the working tree; its revisions are those of that file.
        revision: The revision; None for the last release, or the last commit where there is none.

    Raises:
        DiffError: there is no git, no such revision, or no such file in it.
    """
    _git(path, "rev-parse", "--git-dir", or_else=f"git opens no checkout around {display_name(path)}")
    note = ""
    if revision is None:
        tag = _git(path, "describe", "--tags", "--abbrev=0", "--match", RELEASES)
        revision, note = (tag.decode().strip(), "") if tag else ("HEAD", _unreleased(path))
    verify = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    commit = _git(path, *verify, or_else=f"{quoted(revision)} is no revision of this repository").decode().strip()
    text = _git(path, "cat-file", "blob", f"{commit}:./{path.name}", or_else=f"{quoted(revision)} has no {path.name}")
    with tempfile.TemporaryDirectory(prefix="aurous-diff-") as folder:
        file = Path(folder, path.name)
        file.write_bytes(text)
        contract = load(file)
    name = f"{revision}:{path.name}"
    problems = tuple(replace(problem, file=name) for problem in contract.problems)
    return Base(replace(contract, path=Path(name), problems=problems), revision, note)


def require_readable(contract: Contract, config: Config) -> None:
    """Refuse an earlier contract that cannot be read. It need not keep to every rule: some may be younger than it.

    Raises:
        DiffError: it cannot be read; the message says where and why, one problem a line.
    """
    problems = list(contract.problems)
    for rule in (rules.version, rules.structure, rules.references):
        problems = problems or list(rule(contract))
    for further in (generator_rules.operations, generator_rules.rehearsal):
        problems = problems or list(further(contract, config))
    if problems:
        raise DiffError("\n".join(map(str, problems)))


def _unreleased(path: Path) -> str:
    note = "There is no release yet (no tag `v…`), so this is compared with the last commit."
    if _git(path, "rev-parse", "--is-shallow-repository").strip() == b"true":
        note = "This clone is shallow and has no release tag, so this is compared with the last commit. "
        note += "`git fetch --unshallow --tags` brings the releases."
    return note


def _git(path: Path, *arguments: str, or_else: str = "") -> bytes:
    """What git prints about the folder of a file; nothing where it fails, unless that is an error.

    Raises:
        DiffError: git failed, and `or_else` says what that means.
    """
    try:
        run = subprocess.run(["git", *arguments], cwd=path.resolve().parent, capture_output=True, check=False)  # noqa: S607
    except OSError as error:
        raise DiffError(f"git does not run ({error.strerror or error}). {_REMEDY}") from None
    if run.returncode == 0:
        return run.stdout
    if or_else:
        said = run.stderr.decode(errors="replace").strip()
        raise DiffError(f"{or_else}{f' ({said})' if said else ''}. {_REMEDY}")
    return b""


_REMEDY: Final = "Name a revision that has the contract, or a file: `-- --base-file FILE`."


def _version(contract: Contract) -> Version:
    """The version of a contract.

    Raises:
        DiffError: it is none.
    """
    written = mapping(contract.data.get("info")).get("version")
    version = Version.parse(written)
    if version is None:
        message = f"{quoted(written)} is no semantic version. Write it as `1.2.3`."
        raise DiffError(str(contract.problem("#/info/version", message)))
    return version


def _config(path: Path, contract: Path) -> Config:
    return Config.from_sources(
        ConfigFile.load_from_path(path),
        MetaType.NONE,
        document_source=contract,
        file_encoding="utf-8",
        overwrite=False,
        output_path=None,
    )


# --- Command line -----------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare the contract with an earlier one and print what changed.

    Returns:
        0 when the version was raised far enough or nothing changed, 1 when it was not, 2 when there is an error.
    """
    write_any_text()
    options = _options(arguments)
    try:
        contract = current(options.contract, options.config)
        config = _config(options.config, options.contract)
        file, revision = options.base_file, options.revision
        base = base_of_file(file) if file else base_of_revision(options.contract, revision)
        require_readable(base.contract, config)
        was, now = _version(base.contract), _version(contract)
        changes = compare(base.contract, contract, config)
    except DiffError as error:
        print(f"{error}\nNothing was compared.", file=sys.stderr)
        return 2
    verdict = judge(was, now, changes)
    if options.json:
        print(json.dumps(_document(base, was, now, changes, verdict), indent=2))
    else:
        print("\n".join(printable(line) for line in _report(base, was, contract, now, changes, verdict)))
    return 0 if verdict.enough else 1


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Say what changed in the contract since a revision, and which version that asks for."
    )
    base = parser.add_mutually_exclusive_group()
    base.add_argument("revision", nargs="?", help="compare with this revision (default: the last release, else HEAD)")
    base.add_argument("--base-file", type=Path, metavar="FILE", help="compare with this file")
    parser.add_argument("--json", action="store_true", help="print it for programs")
    parser.add_argument("--contract", type=Path, default=ROOT / "openapi.yaml", metavar="FILE")
    parser.add_argument(
        "--config", type=Path, default=ROOT / "generator-config.yml", help="the generator's configuration"
    )
    return parser.parse_args(arguments)


def _report(
    base: Base, was: Version, contract: Contract, now: Version, changes: Sequence[Change], verdict: Verdict
) -> Iterator[str]:
    yield f"{display_name(contract.path)} ({now}) compared with {base.name} ({was})"
    if base.note:
        yield base.note
    for level, group in groupby(changes, key=lambda change: change.level):
        found = list(group)
        yield from ("", f"{HEADINGS[level]} ({len(found)})")
        for change in found:
            yield f"  {change.file}:{change.line} {change.pointer}"
            yield f"      {change.message}"
    yield from ("", verdict.sentence)


def _document(base: Base, was: Version, now: Version, changes: Sequence[Change], verdict: Verdict) -> dict[str, Any]:
    return {
        "base": {"name": base.name, "version": str(was), "note": base.note},
        "version": str(now),
        "changes": [asdict(change) for change in changes],
        "enough": verdict.enough,
        "wanted": str(verdict.wanted) if verdict.wanted else None,
        "advice": verdict.sentence,
    }


if __name__ == "__main__":
    sys.exit(main())
