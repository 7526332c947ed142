"""From a commit to a service that runs on the SDK: build, publish to a private index, install from it alone, use it."""

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from aurous.emulator import Emulator

pytestmark = pytest.mark.delivery

ROOT = Path(__file__).resolve().parent.parent
CONSUMER = ROOT / "tests" / "consumer"
RUN_TIME = {"attrs", "h11", "certifi", "httpx", "python-dateutil"}
# What these need in their turn, in any of the versions that are allowed.
THEIR_NEEDS = {"anyio", "httpcore", "idna", "six", "sniffio", "typing-extensions", "tzdata"}


class Done(NamedTuple):
    """What a finished process left."""

    status: int
    out: str
    err: str


def run(*command: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Done:
    done = subprocess.run([*map(str, command)], cwd=cwd, env=env, capture_output=True, encoding="utf-8", check=False)
    return Done(done.returncode, done.stdout, done.stderr)


def succeed(*command: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
    done = run(*command, cwd=cwd, env=env)
    assert done.status == 0, f"{command}\n{done.out}\n{done.err}"
    return done.out


# --- A checkout and an index ---


def commit(folder: Path, date: str = "") -> None:
    """Make a repository of a folder, with all that is in it in one commit."""
    git = ("git", "-c", "user.name=test", "-c", "user.email=test@example.invalid", "-c", "commit.gpgsign=false")
    env = {**os.environ, **({"GIT_COMMITTER_DATE": f"{date} +0000"} if date else {})}
    succeed(*git, "init", "--quiet", cwd=folder)
    succeed(*git, "add", "--all", cwd=folder)
    succeed(*git, "commit", "--quiet", "--no-verify", "-m", "what is being edited", cwd=folder, env=env)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean clone of what is being edited, committed."""
    folder = tmp_path_factory.mktemp("checkout")
    names = succeed("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", cwd=ROOT).split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    commit(folder)
    return folder


@contextmanager
def serving(command: Sequence[str | Path], cwd: Path, env: Mapping[str, str] | None = None) -> Generator[str]:
    """Run a server that prints its port, and give its address."""
    process = subprocess.Popen([*map(str, command)], cwd=cwd, env=env, stdout=subprocess.PIPE, encoding="utf-8")
    with process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.terminate()


class Index(NamedTuple):
    """A private index: its address, and the folder of its files."""

    url: str
    packages: Path


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """A private index on loopback that wants a password for everything and holds the run-time dependencies."""
    packages = tmp_path_factory.mktemp("packages")
    # Through the machine's own configuration of pip: what the index holds must come from somewhere.
    pip = (
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--require-hashes",
        "--only-binary",
        ":all:",
    )
    succeed(*pip, "--dest", packages, "-r", ROOT / "requirements" / "runtime.txt")
    with serving([sys.executable, CONSUMER / "index.py", packages, "releaser", "correct horse"], packages) as url:
        yield Index(url, packages)


def environment(home: Path, **variables: str) -> dict[str, str]:
    """An environment without anybody's configuration of git, pip, twine or keyring."""
    home.mkdir(exist_ok=True)
    fixed = {
        "HOME": str(home),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "NO_PROXY": "127.0.0.1",
    }
    null_keyring = {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
    return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **fixed, **null_keyring, **variables}


def publish(checkout: Path, home: Path, **variables: str) -> Done:
    script = checkout / "scripts" / "release.py"
    return run(sys.executable, script, "publish", "--json", cwd=home.parent, env=environment(home, **variables))


# --- Building ---


def copy_of(checkout: Path, folder: Path) -> Path:
    """A checkout of one's own."""
    succeed("git", "clone", "--quiet", checkout, folder)
    return folder


def build(checkout: Path, home: Path, **variables: str) -> Done:
    return run(sys.executable, checkout / "scripts" / "release.py", "build", env=environment(home, **variables))


@pytest.fixture(scope="module")
def built(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    done = build(checkout, tmp_path_factory.mktemp("builder") / "home")
    assert done.status == 0, done.err
    return checkout / "dist"


def test_the_wheel_holds_both_packages_and_nothing_else(built: Path) -> None:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as wheel:
        names = wheel.namelist()
        metadata = wheel.read(next(name for name in names if name.endswith("/METADATA"))).decode()
    assert {name.split("/")[0].rpartition(".")[2] for name in names} == {"aurous", "aurous_api", "dist-info"}
    assert {"aurous/py.typed", "aurous_api/py.typed", "aurous_api/contract.json"} <= set(names)
    assert [name.rpartition("/")[2] for name in names if "/licenses/" in name] == ["LICENSE"]
    required = re.findall(r"^Requires-Dist: ([\w-]+)(?!.*extra ==)", metadata, re.MULTILINE)
    assert set(required) == RUN_TIME
    assert "https://" in metadata
    assert re.findall(r"\]\((?!https://)[^)]*\)", metadata) == [], "leads nowhere on an index"


def test_the_sdist_holds_what_a_wheel_is_built_from_and_nothing_else(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as sdist:
        names = {"/".join(name.split("/")[1:3]) for name in sdist.getnames()}
    files = {"pyproject.toml", "README.md", "LICENSE", "PKG-INFO"}
    assert names == {"overlays/aurous", "generated/aurous_api", *files}


def test_a_second_build_gives_the_same_bytes(checkout: Path, built: Path, tmp_path: Path) -> None:
    before = {file.name: file.read_bytes() for file in built.iterdir()}
    copy = copy_of(checkout, tmp_path / "elsewhere")
    assert build(copy, tmp_path / "home", TZ="Asia/Tokyo").status == 0
    assert {file.name: file.read_bytes() for file in (copy / "dist").iterdir()} == before


def test_a_missing_py_typed_stops_the_build_and_leaves_dist_as_it_was(
    checkout: Path, built: Path, tmp_path: Path
) -> None:
    copy = copy_of(checkout, tmp_path / "copy")
    (copy / "dist").mkdir()
    (copy / "dist" / "aurous-0.0.1.tar.gz").write_text("an older one")
    (copy / "generated" / "aurous_api" / "py.typed").unlink()
    done = build(copy, tmp_path / "home")
    assert done.status == 1
    assert "generated/aurous_api/py.typed is missing" in done.err
    assert [file.name for file in (copy / "dist").iterdir()] == ["aurous-0.0.1.tar.gz"]


def test_a_checkout_that_git_does_not_trust_stops_the_build_in_gits_words(checkout: Path, tmp_path: Path) -> None:
    done = build(checkout, tmp_path / "home", GIT_TEST_ASSUME_DIFFERENT_OWNER="1")
    assert done.status == 1
    assert "dubious ownership" in done.err
    assert "git config --global --add safe.directory" in done.err


def test_a_folder_of_a_larger_repository_is_built_from_its_commit(checkout: Path, built: Path, tmp_path: Path) -> None:
    larger = tmp_path / "larger"
    larger.mkdir()
    sdk = copy_of(checkout, larger / "sdk")
    date = succeed("git", "log", "-1", "--format=%ct", cwd=sdk).strip()
    shutil.rmtree(sdk / ".git")
    commit(larger, date)
    (larger / "another project.txt").touch()
    done = publish(sdk, tmp_path / "home", **SOUND)
    assert "cannot be reached" in done.err, "it is built, and this index is nowhere"
    assert {file.name: file.read_bytes() for file in (sdk / "dist").iterdir()} == {
        file.name: file.read_bytes() for file in built.iterdir()
    }


def test_a_folder_without_git_is_built_and_its_date_told(checkout: Path, tmp_path: Path) -> None:
    copy = copy_of(checkout, tmp_path / "copy")
    shutil.rmtree(copy / ".git")
    done = build(copy, tmp_path / "home")
    assert done.status == 0
    assert "dated 1980" in done.err


def test_an_sdist_is_built_with_the_oldest_hatchling_that_it_asks_for(built: Path, tmp_path: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    (requirement,) = map(Requirement, project["build-system"]["requires"])
    (floor,) = (each.version for each in requirement.specifier if each.operator == ">=")
    oldest = tmp_path / "constraints.txt"
    oldest.write_text(f"hatchling=={floor}\n")
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", tmp_path)
    succeed(
        *pip,
        next(built.glob("*.tar.gz")),
        env={**os.environ, **dict.fromkeys(("PIP_CONSTRAINT", "PIP_BUILD_CONSTRAINT"), str(oldest))},
    )
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        information = wheel.read(next(name for name in wheel.namelist() if name.endswith("/WHEEL"))).decode()
    assert f"Generator: hatchling {floor}" in information


def test_a_clone_has_the_same_bytes_however_git_is_set_to_end_lines(checkout: Path, tmp_path: Path) -> None:
    succeed("git", "clone", "--quiet", "--config", "core.autocrlf=true", checkout, tmp_path / "copy")
    files = [tmp_path / "copy" / name for name in succeed("git", "ls-files", cwd=checkout).splitlines()]
    assert [file for file in files if b"\r\n" in file.read_bytes()] == []


# --- What publish refuses ---

SOUND = {
    "AUROUS_INDEX_URL": "https://index.invalid/",
    "TWINE_USERNAME": "releaser",
    "TWINE_PASSWORD": "hunter2 hunter2",
}


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        pytest.param({"AUROUS_INDEX_URL": ""}, "AUROUS_INDEX_URL is not set", id="no index"),
        pytest.param({"AUROUS_INDEX_URL": "http://index.invalid/"}, "must begin with https://", id="plain http"),
        pytest.param(
            {"AUROUS_INDEX_URL": "http://127.0.0.1.index.invalid/"}, "must begin with https://", id="almost loopback"
        ),
        pytest.param(
            {"AUROUS_INDEX_URL": "https://u:hunter2 hunter2@index.invalid/"},
            "holds credentials",
            id="credentials in it",
        ),
        pytest.param({"AUROUS_INDEX_URL": "https:index.invalid"}, "not the address of an index", id="no host"),
        pytest.param({"AUROUS_INDEX_SIMPLE_URL": "https://other.invalid/simple/"}, "on another host", id="two hosts"),
        pytest.param({"TWINE_PASSWORD": ""}, "No credentials for index.invalid", id="no password"),
    ],
)
def test_publish_refuses_an_unsound_configuration(
    checkout: Path, tmp_path: Path, variables: dict[str, str], message: str
) -> None:
    done = publish(checkout, tmp_path / "home", **{**SOUND, **variables})
    assert done.status == 1
    assert message in done.err
    assert "hunter2" not in done.out + done.err


@pytest.mark.parametrize("kind", ["a folder", "not text", "a broken keyring"])
def test_credentials_that_cannot_be_read_are_told_without_a_traceback(
    checkout: Path, tmp_path: Path, kind: str
) -> None:
    home = tmp_path / "home"
    variables = {**SOUND, "TWINE_PASSWORD": ""}
    home.mkdir()
    if kind == "a folder":
        (home / ".netrc").mkdir()
    elif kind == "not text":
        (home / ".netrc").write_bytes(b"machine caf\xe9 login \xff")
    else:
        variables["PYTHON_KEYRING_BACKEND"] = "nowhere.Backend"
    done = publish(checkout, home, **variables, PYTHONIOENCODING="ascii")
    assert (done.status, "Traceback" in done.err) == (1, False)
    assert ("The keyring cannot be asked" if kind == "a broken keyring" else ".netrc cannot be read") in done.err


def test_publish_refuses_files_that_are_not_committed(checkout: Path, tmp_path: Path) -> None:
    copy = copy_of(checkout, tmp_path / "copy")
    (copy / "overlays" / "aurous" / "stray.py").touch()
    done = publish(copy, tmp_path / "home", **SOUND)
    assert done.status == 1
    assert "not committed" in done.err
    assert "overlays/aurous/stray.py" in done.err


def test_a_wrong_password_is_told_and_nothing_is_uploaded(checkout: Path, index: Index, tmp_path: Path) -> None:
    wrong = {"TWINE_USERNAME": "releaser", "TWINE_PASSWORD": "wrong battery"}
    done = publish(checkout, tmp_path / "home", AUROUS_INDEX_URL=index.url, **wrong)
    assert done.status == 1
    assert "refuses the credentials of 'releaser' (403)" in done.err
    assert "wrong battery" not in done.out + done.err
    assert not list(index.packages.glob("aurous-*"))


# --- Publish, install, use ---


class Consumer(NamedTuple):
    """An environment that has the SDK from the index, and the report of the publishing that put it there."""

    python: Path
    environment: dict[str, str]
    report: dict[str, object]


@pytest.fixture(scope="module")
def consumer(checkout: Path, index: Index, tmp_path_factory: pytest.TempPathFactory) -> Consumer:
    folder = tmp_path_factory.mktemp("consumer")
    variables = environment(folder / "home")
    (folder / "home" / ".netrc").write_text('machine 127.0.0.1 login releaser password "correct horse"\n')
    (folder / "home" / ".netrc").chmod(0o600)
    published = publish(checkout, folder / "home", AUROUS_INDEX_URL=index.url)
    assert published.status == 0, published.err
    succeed(sys.executable, "-m", "venv", "--without-pip", folder / "venv")
    python = folder / "venv" / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-cache-dir")
    succeed(*pip, "--index-url", f"{index.url}/simple/", "aurous", cwd=folder, env=variables)
    return Consumer(python, variables, json.loads(published.out))


def test_publish_says_what_it_did(checkout: Path, consumer: Consumer, index: Index) -> None:
    commit = succeed("git", "rev-parse", "HEAD", cwd=checkout).strip()
    assert consumer.report["commit"] == commit
    assert consumer.report["index"] == index.url
    uploaded = sorted(file.name for file in index.packages.glob("aurous-*"))
    assert sorted(file["name"] for file in consumer.report["files"]) == uploaded  # type: ignore[attr-defined]
    assert len(uploaded) == 2


def test_a_version_is_published_once(checkout: Path, consumer: Consumer, index: Index) -> None:
    before = {file.name: file.stat().st_mtime_ns for file in index.packages.iterdir()}
    done = publish(checkout, Path(consumer.environment["HOME"]), AUROUS_INDEX_URL=index.url)
    assert done.status == 1
    assert "is already on" in done.err
    assert "overlays/aurous/_version.py" in done.err
    assert {file.name: file.stat().st_mtime_ns for file in index.packages.iterdir()} == before


def test_an_installation_holds_the_run_time_dependencies_and_their_needs(consumer: Consumer) -> None:
    pip = (sys.executable, "-m", "pip", "--python", consumer.python, "list", "--format", "json")
    listed = json.loads(succeed(*pip, env=consumer.environment))
    held: dict[str, str] = {canonicalize_name(entry["name"]): entry["version"] for entry in listed}
    assert {"aurous", *RUN_TIME} <= set(held)
    assert set(held) <= {"aurous", *RUN_TIME, *THEIR_NEEDS}
    # CVE-2025-43859: older ones take a malformed chunk for the end of a response.
    assert tuple(map(int, held["h11"].split("."))) >= (0, 16)


def test_the_consumer_service_passes_its_own_type_check(consumer: Consumer, tmp_path: Path) -> None:
    shutil.copy(CONSUMER / "service.py", tmp_path)
    mypy = (
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--config-file",
        os.devnull,
        "--python-executable",
        consumer.python,
    )
    assert "no issues found" in succeed(*mypy, "service.py", cwd=tmp_path, env=consumer.environment)


def test_the_consumer_service_answers_from_a_stored_completion(consumer: Consumer, tmp_path: Path) -> None:
    shutil.copy(CONSUMER / "service.py", tmp_path)
    with Emulator() as emulator:
        settings = {"AUROUS_API_KEY": emulator.api_key, "AUROUS_BASE_URL": emulator.base_url}
        environment = {**consumer.environment, **settings}
        with serving([consumer.python, "-W", "error", "service.py"], tmp_path, environment) as service:
            found = httpx.get(f"{service}/answers/cmp_01HXMQ7Z3K8Y2COMPLETED", trust_env=False)
            missing = httpx.get(f"{service}/answers/cmp_nobody_has_this_one", trust_env=False)
    assert found.json() == {
        "status": "completed",
        "done": True,
        "text": "The capital of Japan is Tokyo.",
        "credits": 0.0117,
    }
    assert missing.status_code == 404
    assert missing.json()["request_id"].startswith("req_")
