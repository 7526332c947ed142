"""What stands between a program and the API: each fault is told in words, with what to do, and without a secret."""

import json
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from aurous import AsyncAurous, Aurous, Check, ConfigurationError, Diagnosis, diagnose
from aurous.emulator import REVOKED_KEY, Emulator, State, create_app
from aurous.testing import FakeClock
from faults import certificates
from faults.model import Tls
from proxy import Origin, Proxy
from raw_server import Server
from scripted import KEY, KEY_BEGINS, Reply, Script

PASSWORD = "geheim"
MODELS = b'{"object": "list", "data": []}'
NAMES = ["key", "address", "proxy", "certificates", "name", "connection", "answer", "version", "clock"]


class Models(Origin):
    """Has no models, and tells no version."""

    def _response(self, path: str) -> bytes:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(MODELS)}\r\n\r\n"
        return head.encode() + MODELS


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment with a key."""
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AUROUS_API_KEY", KEY)
    return monkeypatch


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


def looked_at(client: Aurous | AsyncAurous | None = None, timeout: float = 5.0) -> dict[str, Check]:
    """The checks by their names. Whatever was found, no secret is told, and all of it is plain data on plain lines."""
    told: list[Check] = []
    diagnosis = diagnose(client, timeout=timeout, on_check=told.append)
    assert told == list(diagnosis.checks)
    assert [check.name for check in diagnosis.checks] == NAMES
    assert diagnosis.is_well is not any(check.state == "failed" for check in told)
    assert json.loads(json.dumps(diagnosis.as_dict())) == diagnosis.as_dict()
    assert all(line.isprintable() and line.isascii() for line in str(diagnosis).splitlines())
    for secret in (KEY_BEGINS, PASSWORD, REVOKED_KEY):
        assert secret not in str(diagnosis) + str(diagnosis.as_dict()) + repr(diagnosis)
    return {check.name: check for check in told}


def states(checks: dict[str, Check]) -> str:
    """The first letters of all states, in order."""
    return "".join(check.state[0] for check in checks.values())


# --- What is configured ---


def test_where_all_is_well_each_check_says_what_it_saw(emulator: Emulator, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("AUROUS_BASE_URL", emulator.base_url)
    environment.setenv("AUROUS_API_VERSION", "2026-05-15")
    checks = looked_at()
    assert states(checks) == "ooosooooo"
    assert checks["key"].found.startswith("AUROUS_API_KEY of the environment: 72 characters, SHA-256 ")
    assert checks["address"].found == f"{emulator.base_url}, from AUROUS_BASE_URL"
    assert emulator.requests[-1].operation == "models.list"
    assert emulator.requests[-1].request_id in checks["answer"].found
    assert checks["version"].found == "2026-05-15, as asked for"


def test_its_text_begins_with_the_versions_of_what_takes_part(
    emulator: Emulator, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("AUROUS_BASE_URL", emulator.base_url)
    diagnosis = diagnose()
    head, *lines = str(diagnosis).splitlines()
    assert [name in head for name in ("aurous ", "Python ", "OpenSSL ", "httpx ")] == [True] * 4
    assert [line.split()[1] for line in lines] == NAMES
    assert diagnosis.request_id == emulator.requests[-1].request_id


@pytest.mark.parametrize("kind", [Aurous, AsyncAurous])
def test_a_client_of_ones_own_is_looked_at(emulator: Emulator, kind: type[Aurous | AsyncAurous]) -> None:
    checks = looked_at(kind(emulator.api_key, base_url=emulator.base_url))
    assert states(checks) == "ooosooooo"
    assert checks["key"].found.startswith("given as api_key=")
    assert checks["address"].found.endswith("of the client")


def test_a_transport_of_ones_own_carries_the_request_and_stays_open() -> None:
    script = Script(Reply(200, MODELS, (("Content-Type", "application/json"),)))
    checks = looked_at(Aurous(KEY, transport=script))
    assert (states(checks), script.closed) == ("oooossows", 0)
    assert "transport=" in checks["connection"].found


def test_an_asynchronous_transport_is_not_asked() -> None:
    checks = looked_at(AsyncAurous(KEY, transport=httpx.ASGITransport(create_app(State()))))
    assert states(checks) == "oooosssss"


@pytest.mark.parametrize(
    ("variables", "failed", "words"),
    [
        ({"AUROUS_API_KEY": None}, "key", "AUROUS_API_KEY is not set"),
        ({"AUROUS_API_KEY": ""}, "key", "empty"),
        ({"AUROUS_API_KEY": f"{PASSWORD} "}, "key", "blank"),
        ({"AUROUS_BASE_URL": "http://api.example.com"}, "address", "unencrypted"),
        ({"AUROUS_BASE_URL": "nonsense"}, "address", "scheme"),
        ({"AUROUS_API_VERSION": "newest"}, "answer", "AUROUS_API_VERSION 'newest'"),
    ],
)
def test_a_setting_that_cannot_be_is_told_and_what_needs_it_left_out(
    emulator: Emulator, environment: pytest.MonkeyPatch, variables: dict[str, str | None], failed: str, words: str
) -> None:
    for name, value in {"AUROUS_BASE_URL": emulator.base_url, **variables}.items():
        environment.setenv(name, value or "")
        if value is None:
            environment.delenv(name)
    checks = looked_at()
    assert [name for name, check in checks.items() if check.state == "failed"] == [failed]
    assert words in checks[failed].found
    assert checks[failed].to_do
    assert failed == "answer" or checks["answer"].state == "skipped"


@pytest.mark.parametrize("key", ["al_live_short", "geheim"])
def test_a_key_that_does_not_look_like_one_is_a_warning_and_a_refused_one_a_failure(
    emulator: Emulator, environment: pytest.MonkeyPatch, key: str
) -> None:
    environment.setenv("AUROUS_BASE_URL", emulator.base_url)
    environment.setenv("AUROUS_API_KEY", key)
    checks = looked_at()
    assert (checks["key"].state, checks["answer"].state) == ("warning", "failed")
    assert "401 invalid_api_key" in checks["answer"].found
    assert "AUROUS_API_KEY" in checks["answer"].to_do
    assert (checks["version"].state, checks["clock"].state) == ("ok", "ok"), "a refusal tells of these as well"
    assert "of the team" not in checks["version"].found, "no team was recognised"


def test_an_address_where_the_api_is_not_is_what_is_to_be_checked(
    emulator: Emulator, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("AUROUS_API_KEY", emulator.api_key)
    environment.setenv("AUROUS_BASE_URL", f"{emulator.base_url}/v2")
    answer = looked_at()["answer"]
    assert (answer.state, "AUROUS_BASE_URL" in answer.to_do, "check the id" in answer.to_do) == ("failed", True, False)


def test_a_limit_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="timeout"):
        diagnose(timeout=0)


# --- The way there ---


def test_a_host_on_which_nothing_listens(environment: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment.setenv("AUROUS_BASE_URL", f"https://127.0.0.1:{port}")
    checks = looked_at()
    assert states(checks) == "ooooofsss"
    assert "refused" in checks["connection"].found
    assert "AUROUS_BASE_URL" in checks["connection"].to_do


def test_a_name_that_leads_nowhere(environment: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    environment.setattr(socket, "getaddrinfo", unknown)
    checks = looked_at()
    assert states(checks) == "oooofssss"
    assert checks["name"].found.startswith("api.aurous-labs.com has no address")


@pytest.mark.parametrize("is_secure", [False, True])
def test_a_host_that_takes_connections_and_never_answers(environment: pytest.MonkeyPatch, is_secure: bool) -> None:
    def listen(connection: socket.socket, _: int) -> None:
        connection.makefile("rb").read()

    with Server(listen) as server:
        environment.setenv("AUROUS_BASE_URL", server.url.replace("http:", "https:") if is_secure else server.url)
        checks = looked_at(timeout=0.1)
    where = "connection" if is_secure else "answer"
    assert [name for name, check in checks.items() if check.state == "failed"] == [where]
    assert ("handshake" if is_secure else "it was connected, and no whole response came") in checks[where].found


@pytest.mark.parametrize(
    ("mode", "found", "to_do"),
    [
        ("untrusted", "certificate is not accepted", "SSL_CERT_FILE"),
        ("wrong_host", "mismatch", "for another host"),
        ("expired", "expired", "check the clock"),
        ("not_yet_valid", "not yet valid", "check the clock"),
    ],
)
def test_a_certificate_that_is_not_accepted(
    environment: pytest.MonkeyPatch, tmp_path: Path, mode: Tls, found: str, to_do: str
) -> None:
    (tmp_path / "authority.pem").write_bytes(certificates.authorities())
    environment.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    with Models(mode) as origin:
        environment.setenv("AUROUS_BASE_URL", origin.url)
        checks = looked_at()
    assert states(checks) == "ooooofsss"
    assert found in checks["connection"].found
    assert to_do in checks["connection"].to_do


def test_the_certificates_that_are_trusted_are_named(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "authority.pem").write_bytes(certificates.authorities())
    environment.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    with Models("valid") as origin:
        environment.setenv("AUROUS_BASE_URL", origin.url)
        checks = looked_at()
    assert states(checks) == "ooooooows"
    assert checks["certificates"].found == f"1 authorities are trusted, of {tmp_path}/authority.pem (SSL_CERT_FILE)"
    assert "TLSv1.3, certificate by trusted until " in checks["connection"].found
    assert "does not tell which version" in checks["version"].found


def test_certificates_that_cannot_be_read(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    environment.setenv("AUROUS_BASE_URL", "https://127.0.0.1:1")
    assert states(looked_at()) == "ooofossss"


# --- Proxies ---


def test_a_proxy_that_works_is_named_without_its_password(environment: pytest.MonkeyPatch) -> None:
    with Models("valid") as origin, Proxy(origin) as proxy:
        options: dict[str, Any] = {"base_url": origin.url, "ssl_context": certificates.client_context()}
        with Aurous(proxy=proxy.with_credentials(f"user:{PASSWORD}"), **options) as client:
            checks = looked_at(client)
    assert states(checks) == "ooooooows"
    assert checks["proxy"].found == f"127.0.0.1:{proxy.port}, given as proxy="
    assert "TLSv1.3" in checks["connection"].found


@pytest.mark.parametrize(
    ("answer", "found", "to_do"),
    [
        (b"HTTP/1.1 407 Who are you\r\n\r\n", "407", "put the credentials"),
        (b"HTTP/1.1 403 No\r\n\r\n", "403", "to allow the host"),
        (b"HTTP/1.1 502 No\r\n\r\n", "502", "check that a proxy runs"),
        (None, "refused", "check that a proxy runs"),
    ],
    ids=["407", "403", "502", "dead"],
)
def test_a_proxy_that_does_not_help(
    environment: pytest.MonkeyPatch, answer: bytes | None, found: str, to_do: str
) -> None:
    with Proxy(answer=answer or b"") as proxy:
        port = proxy.port
        environment.setenv("AUROUS_BASE_URL", "https://api.example.com")
        environment.setenv("HTTPS_PROXY", f"http://user:{PASSWORD}@127.0.0.1:{port}")
        checks = looked_at() if answer is not None else {}
    checks = checks or looked_at()
    assert states(checks) == "ooooofsss"
    assert checks["proxy"].found == f"127.0.0.1:{port}, from HTTPS_PROXY of the environment"
    assert found in checks["connection"].found
    assert (to_do in checks["connection"].to_do, f"127.0.0.1:{port}" in checks["connection"].to_do) == (True, True)


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({}, "none: neither HTTPS_PROXY nor ALL_PROXY names one"),
        (
            {"HTTPS_PROXY": "http://127.0.0.1:1", "NO_PROXY": "x,.example.com"},
            "none: NO_PROXY excepts the host (.example.com)",
        ),
        ({"HTTPS_PROXY": f"socks5://u:{PASSWORD}@h"}, "HTTPS_PROXY of the environment is a SOCKS proxy"),
    ],
    ids=["none", "excepted", "socks"],
)
def test_why_there_is_no_proxy(environment: pytest.MonkeyPatch, variables: dict[str, str], words: str) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    environment.setattr(socket, "getaddrinfo", unknown)
    environment.setenv("AUROUS_BASE_URL", "https://api.example.com")
    for name, value in variables.items():
        environment.setenv(name, value)
    assert looked_at()["proxy"].found.startswith(words)


# --- The response ---


@pytest.mark.parametrize(
    ("off", "found"),
    [
        (-86400.0 * 3, "this machine is 3 days ahead of the server"),
        (3600.0 * 6, "this machine is 6 hours behind the server"),
        (45.0, "this machine is 4[0-9] s behind the server"),
        (2.0, "this machine and the server agree"),
    ],
)
def test_a_clock_that_is_wrong(environment: pytest.MonkeyPatch, off: float, found: str) -> None:
    with Emulator(clock=FakeClock(time.time() + off, autojump=False)) as server:
        environment.setenv("AUROUS_BASE_URL", server.base_url)
        clock = looked_at()["clock"]
    assert re.fullmatch(found, clock.found)
    assert clock.state == ("ok" if "agree" in found else "warning")


@pytest.mark.parametrize(
    ("response", "words"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>", "an HTML page"),
        (b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", "503"),
        (b"nonsense\r\n\r\n", "no HTTP"),
        (b"", "broke"),
    ],
)
def test_a_host_that_is_not_the_api(environment: pytest.MonkeyPatch, response: bytes, words: str) -> None:
    def serve(connection: socket.socket, _: int) -> None:
        while b"\r\n\r\n" not in connection.recv(65536, socket.MSG_PEEK):
            pass
        connection.recv(65536)
        connection.sendall(response)

    with Server(serve) as server:
        environment.setenv("AUROUS_BASE_URL", server.url)
        answer = looked_at()["answer"]
    assert (answer.state, words in answer.found) == ("failed", True), answer
    assert answer.to_do


def test_a_diagnosis_without_failures_is_well() -> None:
    warning = Check("clock", "warning", "off", "set it")
    assert Diagnosis((warning,), {}, "now").is_well
    assert not Diagnosis((warning, Check("key", "failed", "none")), {}, "now").is_well
