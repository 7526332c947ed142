"""Every job of the project, one session each. `nox -l` lists them; `nox -s NAME -- ...` hands arguments on.

Sessions need Python and a package index, nothing else. What they install is locked with hashes in requirements/, one
file a purpose, made from the dependency groups of pyproject.toml by `nox -s lock`.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nox

if sys.version_info < (3, 11):  # noqa: UP036  # the one file that an older interpreter gets to see
    raise SystemExit("aurous needs Python 3.11 or newer, and this is an older one: make .venv with a newer python3.")

ROOT = Path(__file__).parent
RUNNING = f"{sys.version_info.major}.{sys.version_info.minor}"
# The supported ones, and the one that runs this, so that a machine which only has a newer Python tests something too.
PYTHONS = sorted({"3.11", "3.12", "3.13", "3.14", "3.15", RUNNING}, key=lambda version: int(version.partition(".")[2]))

CORES = os.cpu_count() or 1
# In the order of conftest.py; with arguments of your own (-k, --pdb, -x) pytest runs as ever.
BY_FILE = ("--dist", "loadfile", "--no-loadscope-reorder")
# Two workers a core, as many tests wait for a socket.
WHOLE = (*BY_FILE, "--numprocesses", str(min(2 * CORES, 16)))
# A worker a core: each imports all test files, which takes longer than what a sample waits.
SAMPLE = (*BY_FILE, "--numprocesses", str(min(CORES, 16)), "--every=12")

# The scripts import what lies beside them, and print what the contract says; no process compiles what another has.
for variable in ("PYTHONSAFEPATH", "PYTHONIOENCODING", "PYTHONDONTWRITEBYTECODE"):
    os.environ.pop(variable, None)

nox.needs_version = ">=2024.10.9"
# It brings a new pip along, which installs in half the time of the one that Python 3.11 has.
nox.options.default_venv_backend = "virtualenv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["tests"]
# The same on every machine, CI included: a session whose interpreter is missing says so and is skipped.
nox.options.error_on_missing_interpreters = False


def pyenv_versions() -> Iterator[Path]:
    """Yield the folders in which pyenv may keep its interpreters, known by its variable, its default or its shims."""
    if root := os.environ.get("PYENV_ROOT"):
        yield Path(root, "versions")
    yield Path.home() / ".pyenv" / "versions"
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        if Path(folder).name == "shims":
            yield Path(folder).parent / "versions"


def reach_pyenv_interpreters() -> None:
    """Append pyenv's interpreters to PATH: a shim finds only the versions that pyenv was told to activate."""
    found = [
        str(python.parent)
        for folder in dict.fromkeys(pyenv_versions())
        for version in PYTHONS
        for python in sorted(folder.glob(f"{version}[.-]*/bin/python{version}"))
    ]
    os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", ""), *found])


reach_pyenv_interpreters()


SURROUNDINGS = {
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    # Scripts find their modules beside them, whatever the machine has set.
    "PYTHONSAFEPATH": "",
    # What a terminal cannot show, it gets escaped: a word is better than a traceback.
    "PYTHONIOENCODING": f"{sys.stdout.encoding}:backslashreplace",
}


def install(session: nox.Session, *locks: str) -> None:
    """Install what the lock files name, by hash and nothing beside it."""
    session.env.update(SURROUNDINGS)
    files = [argument for lock in locks for argument in ("-r", f"requirements/{lock}.txt")]
    # Most of what is installed is never imported; what is, Python compiles then.
    session.install("--no-deps", "--no-compile", "--require-hashes", *files)


def install_editable(session: nox.Session) -> None:
    """Install the SDK from the working tree, so that what the session shows is what is being edited."""
    session.install("--no-deps", "--no-build-isolation", "--editable", ".")


def install_wheel(session: nox.Session) -> None:
    """Install the wheel that `build` has made, as whoever downloads it would."""
    session.install("--no-deps", "--force-reinstall", *map(str, (ROOT / "dist").glob("aurous-*.whl")))


@nox.session
def generate(session: nox.Session) -> None:
    """Write generated/ anew from openapi.yaml, whole or not at all."""
    install(session, "codegen")
    session.run("python", "scripts/generate.py", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """What is wrong with openapi.yaml, on which line, and what to do about it."""
    install(session, "codegen")
    session.run("python", "scripts/lint.py", *session.posargs)


# What forges read, by the schema that it keeps to.
FORGE_FILES = {
    "github-workflows": (".github/workflows/ci.yml", ".github/workflows/publish.yml"),
    "github-issue-forms": tuple(f".github/ISSUE_TEMPLATE/{name}.yml" for name in ("bug", "drift", "feature")),
    "github-issue-config": (".github/ISSUE_TEMPLATE/config.yml",),
    "gitlab-ci": (".gitlab-ci.yml",),
}


@nox.session
def check(session: nox.Session) -> None:
    """Contract rules, generated/ up to date, lint, formatting, types, type completeness, links, files for forges."""
    install(session, "check")
    install_editable(session)
    # Told outright: it would look into the .venv beside the project, in which there is only nox.
    pyright = ("basedpyright", "--pythonpath", str(Path(session.bin, "python")))
    jsonschema = ("check-jsonschema", "--quiet", "--builtin-schema")
    side_by_side(
        session,
        [
            ("python", "scripts/lint.py", "--redocly"),
            ("python", "scripts/generate.py", "--check"),
            ("ruff", "check", "--quiet", "--output-format", "concise"),
            ("ruff", "format", "--check", "--quiet"),
            ("mypy",),
            ("python", "scripts/docs.py", "--check"),
        ],
        [
            pyright,
            *((*pyright, "--verifytypes", package, "--ignoreexternal") for package in ("aurous", "aurous_api")),
            *((*jsonschema, f"vendor.{schema}", *files) for schema, files in FORGE_FILES.items()),
        ],
    )


def side_by_side(session: nox.Session, *lanes: Sequence[Sequence[str]]) -> None:
    """Run the commands of each lane in their order, and the lanes at once. What holds says nothing."""

    def run_all(lane: Sequence[Sequence[str]]) -> None:
        for command in lane:
            session.run(*command, silent=True)

    with ThreadPoolExecutor(len(lanes)) as pool:
        for ended in [pool.submit(run_all, lane) for lane in lanes]:
            ended.result()


@nox.session
def diff(session: nox.Session) -> None:
    """What changed in the contract since a revision (default: the last release), and the version bump it asks for."""
    install(session, "codegen")
    session.run("python", "scripts/diff.py", *session.posargs)


@nox.session(python=PYTHONS, requires=["build"])
def tests(session: nox.Session) -> None:
    """The suite on every Python, against the built wheel; without arguments also `check`."""
    if not session.posargs:
        session.notify("check")
    # What is slow and hardly differs between Pythons runs whole on one of them: building, publishing and installing for
    # real, the recipes with their frameworks, and the table of faults, of which the others try a sample. Of what is
    # left they run one test in twelve.
    is_first = session.python == RUNNING
    install(session, "tests", *(["delivery"] if is_first else []))
    install_wheel(session)
    chosen = [] if is_first else ["-m", "not delivery and not whole"]
    session.run("pytest", "-q", *chosen, *(session.posargs or (WHOLE if is_first else SAMPLE)))


@nox.session(python=PYTHONS[0], requires=["build"])
def floors(session: nox.Session) -> None:
    """The suite on the oldest dependencies that pyproject.toml allows."""
    install(session, "tests")
    install(session, "floors")
    install_wheel(session)
    session.run("pytest", "-q", "-m", "not delivery", *(session.posargs or WHOLE))


@nox.session
def record(session: nox.Session) -> None:
    """Make the cassettes under tests/cassettes/ afresh, against the emulator or, given a key, the live API."""
    install(session, "tests")
    install_editable(session)
    session.run("python", "scripts/record.py", *session.posargs)


@nox.session
def demo(session: nox.Session) -> None:
    """Generate, install, start the emulator and show the SDK at work; `-- --live` asks the real API."""
    install(session, "demo")
    session.run("python", "scripts/generate.py")
    install_editable(session)
    session.run("python", "scripts/demo.py", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Make the site in site/: the pages of docs/, the reference of the packages, the contract, a search."""
    install(session, "docs")
    install_editable(session)
    session.run("python", "scripts/docs.py", *session.posargs)


@nox.session(requires=["build"])
def bench(session: nox.Session) -> None:
    """Measure the SDK against its peers on the same work; `-- --json FILE` keeps the numbers."""
    install(session, "bench")
    install_wheel(session)
    session.run("python", "scripts/bench.py", *session.posargs)


@nox.session
def build(session: nox.Session) -> None:
    """Make the sdist and the wheel in dist/, twice, and compare and check them."""
    install(session, "release")
    session.run("python", "scripts/release.py", "build")


@nox.session
def publish(session: nox.Session) -> None:
    """Build and upload to the package index that AUROUS_INDEX_URL names."""
    install(session, "release")
    session.run("python", "scripts/release.py", "publish", *session.posargs)


# What each file of requirements/ resolves. The first holds everything, and the others take their versions from it.
LOCKS = {
    "check": ("pyproject.toml", "--all-extras", "--group", "check"),
    "codegen": ("--group", "codegen"),
    "tests": ("pyproject.toml", "--all-extras", "--group", "tests"),
    "delivery": ("--group", "delivery"),
    "demo": ("pyproject.toml", "--extra", "emulator", "--group", "demo"),
    "bench": ("pyproject.toml", "--all-extras", "--group", "bench"),
    "release": ("--group", "release"),
    "docs": ("pyproject.toml", "--group", "docs"),
    "runtime": ("pyproject.toml",),
    "lock": ("--group", "lock"),
}


@nox.session
def lock(session: nox.Session) -> None:
    """Resolve pyproject.toml to requirements/, with hashes; `-- --upgrade` takes the newest versions."""
    install(session, "lock")
    # Neither this machine nor its index may show in the files, and they serve every supported Python and system.
    options = ("--universal", "--python-version", PYTHONS[0], "--generate-hashes", "--no-annotate", "--no-header")
    compile_ = ("uv", "pip", "compile", "--quiet", "--no-emit-index-url", "--no-emit-find-links", *options)
    for name, arguments in LOCKS.items():
        shared = () if name == "check" else ("--constraint", "requirements/check.txt")
        session.run(*compile_, *arguments, *shared, *session.posargs, "--output-file", f"requirements/{name}.txt")
    lowest = ("pyproject.toml", "--resolution", "lowest-direct")
    session.run(*compile_, *lowest, *session.posargs, "--output-file", "requirements/floors.txt")
