"""Build the distributions and publish them.

    python scripts/release.py build [--json]      sdist and wheel in dist/, built twice, compared and checked
    python scripts/release.py publish [--json]    the same from a clean commit, then uploaded

`publish` is told where to by the environment, and by nothing in the repository:

    AUROUS_INDEX_URL          the upload address of the package index
    AUROUS_INDEX_SIMPLE_URL   its simple index, if that is not AUROUS_INDEX_URL + "/simple/"
    TWINE_USERNAME, TWINE_PASSWORD, else .netrc, else the keyring: the credentials for both
"""

import argparse
import contextlib
import email
import hashlib
import ipaddress
import json
import netrc
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from html.parser import HTMLParser
from http import HTTPStatus
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx
from packaging.requirements import Requirement
from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, parse_sdist_filename, parse_wheel_filename
from packaging.version import Version
from rich.console import Console
from rich.table import Table

from documentation.links import file_address, is_relative, relinked, resolved

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"
PACKAGES = ("overlays/aurous", "generated/aurous_api")
# Two builds that share nothing that a build may leak into its files: the second one has these.
# twine is given its credentials, and fails on a keyring that is broken whether it needs one or not.
NO_KEYRING = {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
OTHER_SURROUNDINGS = {"TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "42", "LC_ALL": "C"}
TIMEOUT = 60.0  # seconds, for each question to the index


class ReleaseError(Exception):
    """The release cannot go on; the message says what is wrong and what to do."""


@dataclass(frozen=True)
class Distribution:
    """One built file.

    Attributes:
        name: its file name.
        size: in bytes.
        sha256: of its content, in hex.
    """

    name: str
    size: int
    sha256: str

    @classmethod
    def of(cls, file: Path) -> "Distribution":
        """Describe a file."""
        return cls(file.name, file.stat().st_size, digest(file))


@dataclass(frozen=True)
class Index:
    """A package index to publish to, with the credentials for it.

    Attributes:
        upload: the address that takes uploads.
        simple: the simple index (PEP 503), with a slash at its end.
    """

    upload: str
    simple: str
    username: str
    password: str

    def __repr__(self) -> str:
        return f"Index({self.upload!r})"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        0 when all went well, 1 otherwise.
    """
    parser = argparse.ArgumentParser(description="Build the distributions and publish them.")
    parser.add_argument("command", choices=["build", "publish"])
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    options = parser.parse_args(arguments)
    try:
        result = build() if options.command == "build" else publish()
    except ReleaseError as error:
        print(error, file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps(result, indent=2))
    else:
        print_table(result)
    return 0


# --- Building ---------------------------------------------------------------------------------------------------------


def build() -> dict[str, Any]:
    """Build sdist and wheel twice, compare and check them, and put them in dist/.

    Returns:
        What was built.

    Raises:
        ReleaseError: the build fails, is not reproducible, or holds something else than it should.
    """
    epoch = commit_time()
    with tempfile.TemporaryDirectory(prefix="aurous-build-") as scratch:
        first = build_once(Path(scratch, "a"), epoch, 0o022, {})
        second = build_once(Path(scratch, "another", "longer", "path"), epoch, 0o077, OTHER_SURROUNDINGS)
        for one, other in zip(first, second, strict=True):
            if one.name != other.name or digest(one) != digest(other):
                raise ReleaseError(f"{one.name} is not reproducible: a second build gave other bytes.")
        sdist, wheel = first
        check_wheel(wheel)
        check_sdist(sdist)
        checked = [sys.executable, "-m", "twine", "check", "--strict", str(sdist), str(wheel)]
        run(checked, "twine objects", env={**os.environ, **NO_KEYRING})
        DIST.mkdir(exist_ok=True)
        for stale in DIST.glob("aurous-*"):
            stale.unlink()
        files = [Path(shutil.copy2(file, DIST)) for file in first]
    built = [asdict(Distribution.of(file)) for file in files]
    return {"version": str(parse_wheel_filename(wheel.name)[1]), "files": built}


def build_once(folder: Path, epoch: str, umask: int, surroundings: dict[str, str]) -> tuple[Path, Path]:
    """Build from a copy of the sources, the wheel from the sdist, so that the sdist is proven whole.

    Returns:
        The sdist and the wheel.
    """
    source, out = folder / "source", folder / "dist"
    for name in source_files():
        target = source / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)
    (source / "README.md").write_text(readme(), encoding="utf-8", newline="\n")
    environment = {**os.environ, **surroundings, "SOURCE_DATE_EPOCH": epoch}
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(source)]
    run(command, "the build failed", env=environment, umask=umask)
    return next(out.glob("*.tar.gz")), next(out.glob("*.whl"))


def source_files() -> list[str]:
    """Return the names of the files that a build reads: what git knows or would add, else all that is no byte code."""
    wanted = [*PACKAGES, "pyproject.toml", "README.md", "LICENSE"]
    if is_checkout():
        listed = git("ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", *wanted)
        return [name for name in listed.split("\0") if name and (ROOT / name).is_file()]
    found = [file for name in wanted for file in (ROOT / name, *(ROOT / name).rglob("*"))]
    return [file.relative_to(ROOT).as_posix() for file in found if file.is_file() and "__pycache__" not in file.parts]


def readme() -> str:
    """Return the README as an index of packages shows it, beside which there is no other file of the repository."""

    def place(target: str) -> str | None:
        if not is_relative(target):
            return target
        path, anchor = resolved("README.md", target)
        address = file_address(path)
        return address and address + anchor

    return relinked((ROOT / "README.md").read_text(encoding="utf-8"), place)


def commit_time() -> str:
    """Return the time that goes into the files, in seconds since 1970: SOURCE_DATE_EPOCH, else that of the commit.

    Raises:
        ReleaseError: there is a checkout, and git does not tell.
    """
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return given
    if is_checkout():
        return git("log", "-1", "--format=%ct").strip()
    print("This is no git checkout, so the files are dated 1980. SOURCE_DATE_EPOCH sets another time.", file=sys.stderr)
    return "315532800"  # the beginning of what a zip file can date


def check_wheel(wheel: Path) -> None:
    """Compare a wheel with the sources: both packages and the metadata, and nothing else.

    Raises:
        ReleaseError: a file is missing, foreign or different, or the metadata is not that of pyproject.toml.
    """
    with zipfile.ZipFile(wheel) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    information = "-".join(wheel.name.split("-")[:2]) + ".dist-info"
    expected = {
        f"{information}/{name}" for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE")
    }
    sources = {PurePosixPath(name).relative_to(name.partition("/")[0]).as_posix(): name for name in packaged_files()}
    compare_names(wheel.name, set(held), expected | set(sources))
    for name, source in sources.items():
        if held[name] != (ROOT / source).read_bytes():
            raise ReleaseError(f"{wheel.name}: {name} is not {source}.")
    check_metadata(wheel.name, held[f"{information}/METADATA"])


def check_sdist(sdist: Path) -> None:
    """Compare the files of an sdist with the sources.

    Raises:
        ReleaseError: a file is missing or foreign.
    """
    with tarfile.open(sdist) as archive:
        held = {PurePosixPath(member.name) for member in archive.getmembers() if member.isfile()}
    names = {PurePosixPath(*name.parts[1:]).as_posix() for name in held}
    compare_names(sdist.name, names, {*packaged_files(), "pyproject.toml", "README.md", "LICENSE", "PKG-INFO"})


def packaged_files() -> list[str]:
    """Return the source files that belong into a wheel.

    Raises:
        ReleaseError: a package does not say that it is typed.
    """
    found = [name for name in source_files() if name.startswith(PACKAGES)]
    for package in PACKAGES:
        if f"{package}/py.typed" not in found:
            raise ReleaseError(f"{package}/py.typed is missing: without it nobody sees the types.")
    return found


def compare_names(archive: str, held: set[str], expected: set[str]) -> None:
    """Refuse an archive that holds too much or too little."""
    problems = [f"{archive} holds {name}, which does not belong there." for name in sorted(held - expected)]
    problems += [f"{archive} lacks {name}." for name in sorted(expected - held)]
    if problems:
        raise ReleaseError("\n".join(problems))


def check_metadata(wheel: str, text: bytes) -> None:
    """Compare the metadata of a wheel with the project's: licence, Python, the run-time dependencies, README."""
    metadata = email.message_from_bytes(text)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    required = [Requirement(line) for line in metadata.get_all("Requires-Dist", [])]
    found = {str(requirement) for requirement in required if "extra" not in str(requirement.marker)}
    pairs = {
        "run-time dependencies": (found, {str(Requirement(line)) for line in project["dependencies"]}),
        "Requires-Python": (metadata["Requires-Python"], project["requires-python"]),
        "License-Expression": (metadata["License-Expression"], project["license"]),
    }
    for what, (have, want) in pairs.items():
        if have != want:
            raise ReleaseError(f"{wheel}: {what} {have} should be {want}.")
    if metadata.get_payload(decode=True) != readme().encode():
        raise ReleaseError(f"{wheel}: its description is not README.md, with links for a package index.")


# --- Publishing -------------------------------------------------------------------------------------------------------


def publish() -> dict[str, Any]:
    """Build from a clean commit and upload what is not there yet.

    Returns:
        What was built, where it went and from which commit.

    Raises:
        ReleaseError: the tree is dirty, the index is badly named or refuses, or the version is already there.
    """
    index = configured_index()
    commit = clean_commit()
    result = build()
    if present := published(index, Version(result["version"])):
        raise ReleaseError(
            f"aurous {result['version']} is already on {index.upload} ({', '.join(present)}). A published version never"
            " changes: raise __version__ in overlays/aurous/_version.py."
        )
    upload(index, [DIST / file["name"] for file in result["files"]])
    return {**result, "index": index.upload, "commit": commit}


def clean_commit() -> str:
    """Return the commit that is published.

    Raises:
        ReleaseError: it cannot be named, or the files are not those of it.
    """
    if not is_checkout():
        raise ReleaseError("Only a commit can be published, and this is no git checkout.")
    commit = git("rev-parse", "--verify", "HEAD")
    # Of this folder alone: beside it there may be other projects, in one repository.
    if status := git("status", "--porcelain", "--", "."):
        raise ReleaseError(f"Only a commit can be published, and these files are not committed:\n{status.rstrip()}")
    return commit.strip()


def configured_index() -> Index:
    """Read from the environment where to publish.

    Raises:
        ReleaseError: something is missing, or the address is not safe to send credentials to.
    """
    upload_url = os.environ.get("AUROUS_INDEX_URL", "")
    if not upload_url:
        raise ReleaseError("AUROUS_INDEX_URL is not set: it names the upload address of the package index.")
    simple_url = os.environ.get("AUROUS_INDEX_SIMPLE_URL") or upload_url.rstrip("/") + "/simple/"
    check_address("AUROUS_INDEX_URL", upload_url)
    check_address("AUROUS_INDEX_SIMPLE_URL", simple_url)
    if same_origin(upload_url, simple_url):
        return Index(upload_url, simple_url.rstrip("/") + "/", *credentials(upload_url))
    raise ReleaseError(
        "AUROUS_INDEX_SIMPLE_URL is on another host than AUROUS_INDEX_URL, and the credentials belong to one."
    )


def check_address(variable: str, url: str) -> None:
    """Refuse an address that shows credentials or would carry them in clear; the message never repeats them."""
    parts = urlsplit(url)
    if parts.username is not None or parts.password is not None:
        raise ReleaseError(
            f"{variable} holds credentials, which logs would show: use TWINE_USERNAME and TWINE_PASSWORD."
        )
    if not parts.hostname or parts.query or parts.fragment:
        raise ReleaseError(f"{variable} is not the address of an index: {url!r}. It looks like https://HOST/PATH.")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
        raise ReleaseError(f"{variable} must begin with https:// ({url!r}): the credentials would travel in clear.")


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def same_origin(one: str, other: str) -> bool:
    """Say whether two addresses have scheme, host and port in common."""
    return urlsplit(one)[:2] == urlsplit(other)[:2]


def credentials(url: str) -> tuple[str, str]:
    """Find the credentials for an index: environment, .netrc, keyring, in this order.

    Raises:
        ReleaseError: there are none.
    """
    username, password = os.environ.get("TWINE_USERNAME", ""), os.environ.get("TWINE_PASSWORD", "")
    if username and password:
        return username, password
    host = urlsplit(url).hostname or ""
    if found := from_netrc(host):
        return found
    remedy = "set TWINE_USERNAME and TWINE_PASSWORD, or name the host in ~/.netrc."
    try:
        found = from_keyring(url, username or None)
    except Exception as error:  # noqa: BLE001  # a backend may raise anything, as soon as it is imported
        raise ReleaseError(f"The keyring cannot be asked ({type(error).__name__}: {error}): {remedy}") from None
    if found:
        return found
    raise ReleaseError(f"No credentials for {host}: {remedy}")


def from_netrc(host: str) -> tuple[str, str] | None:
    """Find the credentials for a host in .netrc, or in the file that NETRC names.

    Raises:
        ReleaseError: it cannot be read.
    """
    name = os.environ.get("NETRC") or ".netrc"
    try:
        known = netrc.netrc(os.environ.get("NETRC")).authenticators(host)
    except FileNotFoundError:
        return None
    except netrc.NetrcParseError as error:
        raise ReleaseError(f"{name} cannot be read, line {error.lineno}: {error.msg}.") from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise ReleaseError(f"{name} cannot be read ({reason}): mend it, or move it away.") from None
    return (known[0], known[2]) if known and known[2] else None


def from_keyring(url: str, username: str | None) -> tuple[str, str] | None:
    """Find the credentials for an address in the keyring. A broken backend raises whatever it likes."""
    import keyring  # noqa: PLC0415  # which loads its backend at once
    import keyring.errors  # noqa: PLC0415

    with contextlib.suppress(keyring.errors.NoKeyringError):
        if stored := keyring.get_credential(url, username):
            return stored.username, stored.password
    return None


def published(index: Index, version: Version) -> list[str]:
    """Ask an index for its files of this version.

    Raises:
        ReleaseError: it does not say.
    """
    page = f"{index.simple}aurous/"
    try:
        response = httpx.get(
            page, auth=(index.username, index.password), headers={"Accept": "text/html"}, timeout=TIMEOUT
        )
    except httpx.HTTPError as error:
        raise ReleaseError(f"{page} cannot be reached: {error}") from None
    # An index that does not have the project may point to a public one, where another's project of this name may be.
    elsewhere = response.next_request is not None and not same_origin(str(response.next_request.url), page)
    if response.status_code == HTTPStatus.NOT_FOUND or elsewhere:
        return []
    if response.status_code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        raise ReleaseError(f"{page} refuses the credentials of {index.username!r} ({response.status_code}).")
    if not response.is_success:
        raise ReleaseError(f"{page} responds with {response.status_code}: nobody knows whether it has the version.")
    links = Links()
    links.feed(response.text)
    return sorted(name for name in links.names if version_of(name) == version)


class Links(HTMLParser):
    """The file names that a page of a simple index (PEP 503) links to."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the last part of each link's path."""
        if tag == "a" and (target := dict(attrs).get("href")):
            self.names.add(unquote(PurePosixPath(urlsplit(target).path).name))


def version_of(name: str) -> Version | None:
    """Return the version that a file name tells, or None if it is no distribution's name."""
    try:
        return parse_wheel_filename(name)[1] if name.endswith(".whl") else parse_sdist_filename(name)[1]
    except (InvalidWheelFilename, InvalidSdistFilename):
        return None


def upload(index: Index, files: list[Path]) -> None:
    """Upload files with twine; the credentials go by its environment, where no process list shows them."""
    secrets = {"TWINE_USERNAME": index.username, "TWINE_PASSWORD": index.password, **NO_KEYRING}
    command = [sys.executable, "-m", "twine", "upload", "--non-interactive", "--disable-progress-bar"]
    command += ["--config-file", os.devnull, "--repository-url", index.upload, *map(str, files)]
    run(command, f"{index.upload} did not take the files", env={**os.environ, **secrets, "NO_COLOR": "1"})


# --- Helpers ----------------------------------------------------------------------------------------------------------


def run(command: list[str], failure: str, *, env: dict[str, str] | None = None, umask: int = -1) -> None:
    """Run a tool and keep its words for the case that it fails.

    Raises:
        ReleaseError: it did.
    """
    done = subprocess.run(
        command,
        env=env,
        umask=umask,
        encoding="utf-8",
        errors="replace",
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode != 0:
        raise ReleaseError(f"{done.stdout.rstrip()}\n{failure} (exit status {done.returncode}).")


def is_checkout() -> bool:
    """Say whether git has to do with this folder: it, or one above it, is a checkout."""
    return any((folder / ".git").exists() for folder in (ROOT, *ROOT.parents))


def git(*arguments: str) -> str:
    """Ask git about this checkout.

    Raises:
        ReleaseError: it does not answer; the message has its own words.
    """
    if not (program := shutil.which("git")):
        raise ReleaseError("This is a git checkout, and git is not installed. To do: install it.")
    done = subprocess.run([program, *arguments], cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    if done.returncode != 0:
        raise ReleaseError(f"`git {arguments[0]}` refuses, and nothing was built. It says:\n{done.stderr.strip()}")
    return done.stdout


def digest(file: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def print_table(result: dict[str, Any]) -> None:
    """Print a result for people."""
    title = f"aurous {result['version']}" + (
        f" on {result['index']}, commit {result['commit'][:12]}" if "index" in result else ""
    )
    table = Table("file", "bytes", "sha256", title=title, title_justify="left")
    for file in result["files"]:
        table.add_row(file["name"], f"{file['size']:,}", file["sha256"])
    # Wide enough for a digest where nobody reads along: a log has no width.
    console = Console()
    (console if console.is_terminal else Console(width=140)).print(table)


if __name__ == "__main__":
    sys.exit(main())
