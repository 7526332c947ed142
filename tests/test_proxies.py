"""Proxies, over real sockets: which one is asked, what it is told, and that nothing ever goes around it."""

import asyncio
import ipaddress
import os
import socket
import ssl
import sys
import urllib.request
from base64 import b64encode
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Protocol
from unittest.mock import patch
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aurous import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AsyncAurous,
    Aurous,
    AurousError,
    ChatCompletion,
    ConfigurationError,
    ServerError,
)
from aurous._http import proxies
from faults import certificates
from faults.model import Tls
from faults.play import SkippingClock
from proxy import ESTABLISHED, Origin, Proxy
from scripted import ID, caught

KEY = "al_live_" + "8" * 64  # of this module alone: another process may have had a port before

ORIGINS = pytest.mark.parametrize("origin_tls", [None, "valid"], ids=["http", "https"])
PROXIES = pytest.mark.parametrize("proxy_tls", [None, "valid"], ids=["plain", "tls"])


class Ask(Protocol):
    """Makes a client and retrieves with it, so many times; gives what came of it, be it an error."""

    def __call__(self, base_url: str, *, calls: int = 1, **options: Any) -> list[Any]: ...


def ask_sync(base_url: str, *, calls: int = 1, **options: Any) -> list[Any]:
    outcomes: list[Any] = []
    with Aurous(KEY, base_url=base_url, **configured(options)) as client:
        for _ in range(calls):
            try:
                outcomes.append(client.chat.completions.retrieve(ID))
            except AurousError as error:
                outcomes.append(error)
    return outcomes


def ask_async(base_url: str, *, calls: int = 1, **options: Any) -> list[Any]:
    async def main() -> list[Any]:
        outcomes: list[Any] = []
        async with AsyncAurous(KEY, base_url=base_url, **configured(options)) as client:
            for _ in range(calls):
                try:
                    outcomes.append(await client.chat.completions.retrieve(ID))
                except AurousError as error:
                    outcomes.append(error)
        return outcomes

    return asyncio.run(main())


def configured(options: dict[str, Any]) -> dict[str, Any]:
    trust = {"ssl_context": certificates.client_context(), "clock": SkippingClock()}
    return {"timeout": 10, "max_retries": 0, **trust, **options}


@pytest.fixture(params=[ask_sync, ask_async], ids=["sync", "async"])
def ask(request: pytest.FixtureRequest) -> Ask:
    asked: Ask = request.param
    return asked


@contextmanager
def untouched(tls: Tls | None) -> Generator[str]:
    """The URL of an origin that nobody may connect to: here a connection would wait to be accepted."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0)
        yield f"{'https' if tls else 'http'}://127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(BlockingIOError):
            listener.accept()


def basic(plain: bytes) -> str:
    return "Basic " + b64encode(plain).decode("ascii")


# --- Ways through a proxy ---


@PROXIES
def test_https_goes_through_a_tunnel(ask: Ask, proxy_tls: Tls | None) -> None:
    with Origin("valid") as origin, Proxy(origin, tls=proxy_tls) as proxy:
        outcomes = ask(origin.url, calls=2, proxy=proxy.with_credentials("user:secret"))
    assert [type(outcome) for outcome in outcomes] == [ChatCompletion] * 2
    (connect,) = proxy.heads
    assert connect.line == f"CONNECT {origin.address} HTTP/1.1"
    assert connect.headers == {"host": origin.address, "proxy-authorization": basic(b"user:secret")}
    assert KEY.encode() not in proxy.tunnelled
    assert [head.line for head in origin.heads] == [f"GET /v1/chat/completions/{ID} HTTP/1.1"] * 2
    for head in origin.heads:
        assert (head.headers["host"], head.headers["x-api-key"]) == (origin.address, KEY)
        assert "proxy-authorization" not in head.headers
    assert (proxy.accepted, origin.accepted) == (1, 1)


@PROXIES
def test_plain_http_is_forwarded(ask: Ask, proxy_tls: Tls | None) -> None:
    with Origin() as origin, Proxy(origin, tls=proxy_tls) as proxy:
        outcomes = ask(origin.url, calls=2, proxy=proxy.with_credentials("user:secret"))
    assert [type(outcome) for outcome in outcomes] == [ChatCompletion] * 2
    assert [head.line for head in proxy.heads] == [f"GET {origin.url}/v1/chat/completions/{ID} HTTP/1.1"] * 2
    for head in proxy.heads:
        assert (head.headers["host"], head.headers["x-api-key"]) == (origin.address, KEY)
        assert head.headers["proxy-authorization"] == basic(b"user:secret")
    assert (proxy.accepted, origin.accepted) == (1, 2)


@ORIGINS
def test_a_body_goes_through_a_proxy(origin_tls: Tls | None) -> None:
    with Origin(origin_tls) as origin, Proxy(origin) as proxy:
        options = configured({"base_url": origin.url, "proxy": proxy.url})
        with Aurous(KEY, **options) as client:
            client.request("POST", "/v1/things", json={"text": "x" * 200_000})
    (head,) = origin.heads
    assert head.line == "POST /v1/things HTTP/1.1"
    assert int(head.headers["content-length"]) > 200_000


@ORIGINS
def test_only_the_proxy_is_told_its_credentials(origin_tls: Tls | None) -> None:
    with Origin(origin_tls) as origin, Proxy(origin) as proxy:
        options = configured({"base_url": origin.url, "proxy": proxy.with_credentials("user:secret")})
        with Aurous(KEY, **options) as client, client.with_options(proxy="direct") as direct:
            client.chat.completions.retrieve(ID)
            direct.chat.completions.retrieve(ID)
            client.chat.completions.retrieve(ID)
    assert len(origin.heads) == 3
    assert [head.headers.get("proxy-authorization") for head in origin.heads] == [None] * 3
    assert {head.headers.get("proxy-authorization") for head in proxy.heads} == {basic(b"user:secret")}


@PROXIES
def test_a_redirect_to_another_origin_goes_through_the_proxy_too(proxy_tls: Tls | None) -> None:
    with Origin("valid") as origin, Proxy(origin, tls=proxy_tls) as proxy:
        elsewhere = f"https://localhost:{origin.port}/image.png"
        origin.redirects["/v1/images/img_1/output/0"] = elsewhere
        options = configured({"base_url": origin.url, "proxy": proxy.with_credentials("user:secret")})
        with Aurous(KEY, **options) as client:
            client.images.output.retrieve("img_1", 0)
    assert [head.line.split()[1] for head in proxy.heads] == [origin.address, f"localhost:{origin.port}"]
    assert {head.headers["proxy-authorization"] for head in proxy.heads} == {basic(b"user:secret")}
    assert [head.headers.get("x-api-key") for head in origin.heads] == [KEY, None]
    assert not [head for head in origin.heads if "proxy-authorization" in head.headers]
    assert origin.accepted == 2


@PROXIES
@pytest.mark.parametrize(
    "established",
    [
        b"HTTP/1.0 200 OK\r\n\r\n",
        b"HTTP/1.1 200\r\n\r\n",
        b"HTTP/1.1 201 Created\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nProxy-Agent: x\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" + ESTABLISHED,
    ],
)
def test_a_tunnel_may_be_granted_in_many_ways(ask: Ask, proxy_tls: Tls | None, established: bytes) -> None:
    with Origin("valid") as origin, Proxy(origin, tls=proxy_tls, tunnel=established) as proxy:
        outcomes = ask(origin.url, calls=2, proxy=proxy.url)
    assert [type(outcome) for outcome in outcomes] == [ChatCompletion] * 2
    assert origin.accepted == 1


# --- Credentials ---

CREDENTIALS = {
    "user:secret": b"user:secret",
    "user": b"user:",
    "user:": b"user:",
    ":secret": b":secret",
    "user:a:b::c": b"user:a:b::c",
    "user:p@ss@": b"user:p@ss@",
    "us@er:secret": b"us@er:secret",
    "us%40er:p%3Aw%40": b"us@er:p:w@",
    "user:a%20b%2F%3F%23": b"user:a b/?#",
    "user:100%": b"user:100%",
    "user:%zz%2": b"user:%zz%2",
    "user:%25": b"user:%",
    "user:+&=;,!$*()[]<>{}|^`'\"": b"user:+&=;,!$*()[]<>{}|^`'\"",
    "DOMAIN\\user:secret": b"DOMAIN\\user:secret",
    "üser:pässwörd": "üser:pässwörd".encode(),
    "%C3%BCser:%E4": b"\xc3\xbcser:\xe4",
    "user:\u2100\uff20\uff0f": "user:\u2100\uff20\uff0f".encode(),  # what is none of @ / turns to them in NFKC
    "user:%0D%0AX-Evil:%201": b"user:\r\nX-Evil: 1",
}


@ORIGINS
@pytest.mark.parametrize(("written", "plain"), CREDENTIALS.items(), ids=map(quote, CREDENTIALS))
def test_credentials_come_as_they_are_meant(ask: Ask, origin_tls: Tls | None, written: str, plain: bytes) -> None:
    with Origin(origin_tls) as origin, Proxy(origin, authorization=basic(plain)) as proxy:
        (outcome,) = ask(origin.url, proxy=proxy.with_credentials(written))
    assert isinstance(outcome, ChatCompletion)


@pytest.mark.parametrize("written", ["", ":"])
@ORIGINS
def test_without_credentials_none_are_sent(ask: Ask, origin_tls: Tls | None, written: str) -> None:
    with Origin(origin_tls) as origin, Proxy(origin) as proxy:
        (outcome,) = ask(origin.url, proxy=proxy.with_credentials(written))
    assert isinstance(outcome, ChatCompletion)
    assert not [head for head in proxy.heads if "proxy-authorization" in head.headers]


def test_whatever_is_percent_encoded_comes_through() -> None:
    with Origin() as origin, Proxy(origin) as proxy:

        @given(st.text(min_size=1), st.text())
        def check(user: str, password: str) -> None:
            written = f"{quote(user, safe='')}:{quote(password, safe='')}"
            (outcome,) = ask_sync(origin.url, proxy=proxy.with_credentials(written))
            assert isinstance(outcome, ChatCompletion)
            plain = f"{user}:{password}".encode()
            assert proxy.heads[-1].headers.get("proxy-authorization") == (None if plain == b":" else basic(plain))

        check()


def test_credentials_are_shown_nowhere() -> None:
    with Proxy(answer=b"HTTP/1.1 407 No hunter2\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n") as proxy:
        client = Aurous(KEY, **configured({"proxy": proxy.with_credentials("user:hunter2-h%75nter2")}))
        failure = caught(client.chat.completions.retrieve, ID)
    shown = [repr(client), str(client.config), str(failure), repr(failure), str(failure.attempts)]
    assert "hunter2" not in "".join(shown)
    assert basic(b"user:hunter2-hunter2") not in "".join(shown)


# --- Proxies that fail ---


@PROXIES
@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 407, 429])
def test_a_tunnel_that_is_refused_is_not_asked_for_again(ask: Ask, proxy_tls: Tls | None, status: int) -> None:
    refusal = f"HTTP/1.1 {status} \r\nContent-Length: 5\r\nLocation: http://127.0.0.1:9/\r\n\r\nsorry".encode()
    with untouched("valid") as url, Proxy(tls=proxy_tls, answer=refusal) as proxy:
        (outcome,) = ask(url, proxy=proxy.url, max_retries=2)
    assert type(outcome) is APIConnectionError
    assert not outcome.retryable
    assert f"the proxy refused (it responded with {status}" in str(outcome)
    assert (len(outcome.attempts), len(proxy.heads)) == (1, 1)


@PROXIES
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_tunnel_that_does_not_come_about_is_tried_again(ask: Ask, proxy_tls: Tls | None, status: int) -> None:
    refusal = f"HTTP/1.1 {status} \r\nContent-Length: 5\r\n\r\nsorry".encode()
    with Origin("valid") as origin:
        with Proxy(origin, tls=proxy_tls, answer=lambda number: refusal if number < 3 else None) as proxy:
            (outcome,) = ask(origin.url, proxy=proxy.url, max_retries=2)
        assert isinstance(outcome, ChatCompletion)
        assert (len(outcome.meta.attempts), len(proxy.heads), origin.accepted) == (3, 3, 1)
    with untouched("valid") as url, Proxy(tls=proxy_tls, answer=refusal) as proxy:
        (outcome,) = ask(url, proxy=proxy.url, max_retries=2)
    assert type(outcome) is APIConnectionError
    assert f"the proxy responded with {status}" in str(outcome)
    assert (len(outcome.attempts), len(proxy.heads)) == (3, 3)


@PROXIES
def test_what_a_proxy_says_to_plain_http_is_a_response(ask: Ask, proxy_tls: Tls | None) -> None:
    for status, kind, attempts in ((407, APIStatusError, 1), (502, ServerError, 3)):
        answer = f"HTTP/1.1 {status} \r\nContent-Length: 0\r\n\r\n".encode()
        with untouched(None) as url, Proxy(tls=proxy_tls, answer=answer) as proxy:
            (outcome,) = ask(url, proxy=proxy.url, max_retries=2)
        assert type(outcome) is kind
        assert (outcome.status_code, len(outcome.attempts)) == (status, attempts)


@ORIGINS
@PROXIES
@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nX-", b"HTTP/1.1 100 Continue\r\n\r\n"])
def test_a_proxy_that_stalls_costs_no_more_than_the_deadline(
    ask: Ask, proxy_tls: Tls | None, origin_tls: Tls | None, answer: bytes
) -> None:
    with untouched(origin_tls) as url, Proxy(tls=proxy_tls, answer=answer) as proxy:
        (outcome,) = ask(url, proxy=proxy.url, timeout=0.2)
    assert isinstance(outcome, APITimeoutError)


@PROXIES
def test_a_tunnel_that_leads_nowhere_costs_no_more_than_the_deadline(ask: Ask, proxy_tls: Tls | None) -> None:
    with untouched("valid") as url, Proxy(tls=proxy_tls, answer=ESTABLISHED) as proxy:
        (outcome,) = ask(url, proxy=proxy.url, timeout=0.2)
    assert isinstance(outcome, APITimeoutError)


@PROXIES
def test_a_tunnel_that_breaks_is_a_failure_of_the_connection(ask: Ask, proxy_tls: Tls | None) -> None:
    with untouched("valid") as url, Proxy(tls=proxy_tls, answer=ESTABLISHED, hangs_up=True) as proxy:
        (outcome,) = ask(url, proxy=proxy.url, max_retries=2)
    assert type(outcome) is APIConnectionError
    assert outcome.retryable
    assert len(outcome.attempts) == proxy.accepted == 3


JUNK = {
    "nothing": b"",
    "another protocol": b"SSH-2.0-OpenSSH_9.6\r\n",
    "zeros": bytes(100),
    "a page": b"<html>Hello</html>",
    "no status": b"HTTP/1.1 abc OK\r\n\r\n",
    "a header that never ends": b"HTTP/1.1 200 OK\r\nX: " + b"a" * 300_000,
    "half a head": b"HTTP/1.1 200 OK\r\nX: y",
}


@ORIGINS
@PROXIES
@pytest.mark.parametrize("answer", JUNK.values(), ids=JUNK)
def test_junk_is_a_failure_of_the_connection(
    ask: Ask, proxy_tls: Tls | None, origin_tls: Tls | None, answer: bytes
) -> None:
    with untouched(origin_tls) as url, Proxy(tls=proxy_tls, answer=answer, hangs_up=True) as proxy:
        (outcome,) = ask(url, proxy=proxy.url, max_retries=2)
    assert type(outcome) is APIConnectionError
    assert outcome.retryable
    assert len(outcome.attempts) == proxy.accepted == 3


@PROXIES
@pytest.mark.parametrize("more", [b"x", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", b"\x16\x03\x01", b"\r\n"])
def test_nothing_may_follow_the_grant_of_a_tunnel_unasked(ask: Ask, proxy_tls: Tls | None, more: bytes) -> None:
    with untouched("valid") as url, Proxy(tls=proxy_tls, answer=ESTABLISHED + more) as proxy:
        (outcome,) = ask(url, proxy=proxy.url)
    assert type(outcome) is APIConnectionError
    assert "it sent more than its response when asked for a tunnel" in str(outcome)


@ORIGINS
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_is_not_there_is_a_failure_of_the_connection(
    ask: Ask, origin_tls: Tls | None, scheme: str
) -> None:
    with socket.socket() as bound, untouched(origin_tls) as url:
        bound.bind(("127.0.0.1", 0))  # and nobody listens
        (outcome,) = ask(url, proxy=f"{scheme}://127.0.0.1:{bound.getsockname()[1]}", max_retries=2)
    assert type(outcome) is APIConnectionError
    assert len(outcome.attempts) == 3


# --- TLS to the proxy ---


@ORIGINS
@pytest.mark.parametrize("proxy_tls", ["untrusted", "wrong_host", "expired", "not_yet_valid"])
def test_a_proxy_with_a_certificate_that_is_not_accepted_is_told_apart_from_the_server(
    ask: Ask, proxy_tls: Tls, origin_tls: Tls | None
) -> None:
    with untouched(origin_tls) as url, Proxy(tls=proxy_tls) as proxy:
        (outcome,) = ask(url, proxy=proxy.with_credentials("user:secret"), max_retries=2)
    assert type(outcome) is APIConnectionError
    assert not outcome.retryable
    assert "TLS: the proxy's certificate is not accepted" in str(outcome)
    assert len(outcome.attempts) == 1
    assert proxy.heads == []


@PROXIES
def test_a_server_with_a_certificate_that_is_not_accepted_is_told_apart_from_the_proxy(
    ask: Ask, proxy_tls: Tls | None
) -> None:
    with Origin("untrusted") as origin, Proxy(origin, tls=proxy_tls) as proxy:
        (outcome,) = ask(origin.url, proxy=proxy.url, max_retries=2)
    assert type(outcome) is APIConnectionError
    assert "TLS: the server's certificate is not accepted" in str(outcome)
    assert origin.heads == []


@ORIGINS
def test_tls_is_not_spoken_to_a_proxy_that_does_not_know_it(ask: Ask, origin_tls: Tls | None) -> None:
    with untouched(origin_tls) as url, Proxy() as proxy:
        silent = ask(url, proxy=proxy.url.replace("http:", "https:"), timeout=0.2)
    assert isinstance(silent[0], APITimeoutError)
    assert proxy.heads == []


@ORIGINS
def test_a_proxy_that_wants_tls_is_told_nothing_in_plain(ask: Ask, origin_tls: Tls | None) -> None:
    with untouched(origin_tls) as url, Proxy(tls="valid") as proxy:
        (outcome,) = ask(url, proxy=proxy.url.replace("https:", "http:"))
    assert type(outcome) is APIConnectionError
    assert proxy.heads == []


# --- The environment ---


@contextmanager
def environment(**variables: str) -> Generator[None]:
    """These variables about proxies, and no others."""
    others = {name: value for name, value in os.environ.items() if not name.upper().endswith("_PROXY")}
    with patch.dict(os.environ, {**others, **variables}, clear=True):
        yield


def unwatchful_context() -> ssl.SSLContext:
    """Believes the origin, whatever it is called."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@pytest.mark.parametrize(
    "variables",
    [
        {"HTTPS_PROXY": "{url}"},
        {"https_proxy": "{url}"},
        {"HTTPS_PROXY": "{address}"},
        {"HTTPS_PROXY": " {url}/ "},
        {"HTTPS_PROXY": "user:p%40ss@{address}"},
        {"ALL_PROXY": "{url}"},
        {"all_proxy": "{address}"},
        {"HTTPS_PROXY": "{url}", "ALL_PROXY": "http://127.0.0.1:9"},
        {"HTTPS_PROXY": "http://127.0.0.1:9", "https_proxy": "{url}"},
        {"HTTPS_PROXY": "", "ALL_PROXY": "{url}"},
        {"HTTPS_PROXY": " ", "ALL_PROXY": "{url}"},
        {"HTTPS_PROXY": "{url}", "HTTP_PROXY": "http://127.0.0.1:9", "NO_PROXY": "example.com"},
    ],
    ids=str,
)
def test_https_goes_through_the_proxy_of_the_environment(ask: Ask, variables: dict[str, str]) -> None:
    with Origin("valid") as origin, Proxy(origin) as proxy:
        given = {name: value.format(url=proxy.url, address=proxy.address) for name, value in variables.items()}
        with environment(**given):
            (outcome,) = ask("https://api.example", ssl_context=unwatchful_context())
    assert isinstance(outcome, ChatCompletion)
    assert [head.line for head in proxy.heads] == ["CONNECT api.example:443 HTTP/1.1"]
    expected = basic(b"user:p@ss") if "user" in str(variables) else None
    assert proxy.heads[0].headers.get("proxy-authorization") == expected
    assert origin.heads[0].headers["host"] == "api.example"


def test_https_goes_through_the_tls_proxy_of_the_environment(ask: Ask) -> None:
    with Origin("valid") as origin, Proxy(origin, tls="valid") as proxy, environment(HTTPS_PROXY=proxy.url):
        (outcome,) = ask("https://api.example", ssl_context=unwatchful_context())
    assert isinstance(outcome, ChatCompletion)
    assert [head.line for head in proxy.heads] == ["CONNECT api.example:443 HTTP/1.1"]


@ORIGINS
@pytest.mark.parametrize("value", ["http://127.0.0.1:9", "socks5://127.0.0.1:9", "no proxy at all"])
def test_the_environment_is_not_asked_for_this_machine(ask: Ask, origin_tls: Tls | None, value: str) -> None:
    with Origin(origin_tls) as origin, environment(HTTPS_PROXY=value, HTTP_PROXY=value, ALL_PROXY=value):
        for url in (origin.url, origin.url.replace("127.0.0.1", "localhost")):
            (outcome,) = ask(url)
            assert isinstance(outcome, ChatCompletion)


@pytest.mark.parametrize("host", ["localhost", "localhost.", "api.localhost", "127.9.9.9", "[::1]"])
@pytest.mark.parametrize("client", [Aurous, AsyncAurous])
def test_no_proxy_is_wanted_for_loopback(client: Any, host: str) -> None:
    with environment(HTTPS_PROXY="socks5://127.0.0.1:9"):  # which would be refused
        client(KEY, base_url=f"https://{host}:8443", **configured({}))


def test_the_environment_is_not_asked_for_plain_http() -> None:
    with environment(HTTPS_PROXY="socks5://x", HTTP_PROXY="socks5://x", ALL_PROXY="socks5://x"):
        Aurous(KEY, base_url="http://api.example", allow_insecure_http=True)


def test_an_argument_goes_before_the_environment(ask: Ask) -> None:
    with Origin("valid") as origin, Proxy(origin) as proxy, environment(HTTPS_PROXY="socks5://x", NO_PROXY="*"):
        (outcome,) = ask("https://api.example", proxy=proxy.url, ssl_context=unwatchful_context())
        Aurous(KEY, proxy="direct", **configured({}))
    assert isinstance(outcome, ChatCompletion)
    assert len(proxy.heads) == 1


# --- What is no proxy ---

NO_PROXIES = [
    "socks5://user:hunter2@proxy.example:1080",
    "SOCKS5H://proxy.example",
    "socks4://proxy.example",
    "socks://proxy.example",
    "ftp://user:hunter2@proxy.example",
    "http://",
    "http://user:hunter2@",
    "http://:3128",
    "http:///x",
    "http://[::1",
    "http://[::1]x",
    "http://[proxy.example]",
    "http://::1:3128",
    "http://proxy:port",
    "http://user:hunter2@proxy:port",
    "http://proxy:0",
    "http://proxy:65536",
    "http://proxy:99999",
    "http://proxy:-1",
    "http://proxy:３１２８",
    "http://prox y.example",
    "http://proxy.example:3128 x",
    "http://user:hunter2 @proxy.example",
    "http://user:hun/ter2@proxy.example",
    "http://user:hun?ter2@proxy.example",
    "http://user:hun#ter2@proxy.example",
    "http://proxy.example/path",
    "http://proxy.example?x=1",
    "http://proxy.example#x",
    "http://proxy..example",
    "http://.example",
    "http://pröxy.example",
    "http://proxy%2eexample",
    "http://proxy.example\\x",
    "http://proxy.example\x00",
    "http://user:\udce4@proxy.example",
    "http://http://proxy.example",
    "://proxy.example",
]


@pytest.mark.parametrize("client", [Aurous, AsyncAurous])
@pytest.mark.parametrize("value", [*NO_PROXIES, "", " ", "nowhere", "proxy.example:3128", " http://proxy.example"])
def test_an_argument_that_is_no_proxy_is_refused_when_the_client_is_made(client: Any, value: str) -> None:
    failure = caught(client, KEY, proxy=value)
    assert type(failure) is ConfigurationError
    assert str(failure).startswith("proxy is ")
    check_refusal(failure, value)
    assert type(caught(client(KEY, proxy="direct", **configured({})).with_options, proxy=value)) is ConfigurationError


@pytest.mark.parametrize("client", [Aurous, AsyncAurous])
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "ALL_PROXY", "https_proxy", "all_proxy"])
@pytest.mark.parametrize("value", [value for value in NO_PROXIES if "\x00" not in value])
def test_a_variable_that_is_no_proxy_is_refused_when_the_client_is_made(client: Any, variable: str, value: str) -> None:
    with environment(**{variable: value}):
        failure = caught(client, KEY, ssl_context=certificates.client_context())
        client(KEY, **configured({"proxy": "direct"}))
        with environment(**{variable: value, "NO_PROXY": "aurous-labs.com"}):
            client(KEY, **configured({}))
    assert type(failure) is ConfigurationError
    assert str(failure).startswith(f"{variable.upper()} of the environment is ")
    assert "unset it" in str(failure)
    check_refusal(failure, value)


def check_refusal(failure: AurousError, value: str) -> None:
    """What is wrong, the way out, and nothing of the value."""
    message = str(failure)
    assert ("SOCKS" in message) == value.lower().startswith("socks")
    assert 'proxy="direct"' in message
    assert "hunter2" not in message
    assert "ter2" not in message
    assert message.isprintable()
    assert len(message) < 400


@pytest.mark.parametrize(
    "value",
    [
        "http://proxy.example",
        "HTTP://PROXY.EXAMPLE:3128/",
        "https://proxy.example",
        "https://user:secret@proxy.example:8443",
        "http://proxy.example.",
        "http://proxy_1:3128",
        "http://10.0.0.1:1",
        "http://[fd00::1]:65535",
        "http://[fe80::1%25eth0]:3128",
        "http://[fe80::1%eth0]",
        "http://proxy:",
        "http://user@proxy",
    ],
)
def test_a_url_of_a_proxy_is_taken(value: str) -> None:
    Aurous(KEY, **configured({"proxy": value}))
    with environment(HTTPS_PROXY=value):
        Aurous(KEY, **configured({}))


# --- NO_PROXY ---


def is_direct(no_proxy: str, url: str, *, variable: str = "NO_PROXY") -> bool:
    """Whether a client goes around the proxy of the environment: only then it may be one that is refused."""
    with environment(**{"HTTPS_PROXY": "socks5://proxy.example", variable: no_proxy}):
        try:
            Aurous(KEY, base_url=url, **configured({}))
        except ConfigurationError:
            return False
        return True


EXCEPTED = [
    ("*", "https://gw.internal"),
    ("*", "https://10.1.2.3"),
    ("x, *", "https://[fd00::1]"),
    ("gw.internal", "https://gw.internal"),
    ("gw.internal", "https://gw.internal:8443"),
    ("gw.internal", "https://GW.Internal"),
    ("GW.INTERNAL", "https://gw.internal"),
    ("gw.internal.", "https://gw.internal"),
    ("gw.internal", "https://gw.internal."),
    ("internal", "https://gw.internal"),
    (".internal", "https://gw.internal"),
    ("*.internal", "https://gw.internal"),
    ("*.internal.", "https://a.gw.internal"),
    (".gw.internal", "https://gw.internal"),
    ("*.gw.internal", "https://gw.internal"),
    ("gw.internal:8443", "https://gw.internal:8443"),
    ("internal:443", "https://gw.internal"),
    (".internal:443", "https://gw.internal:443"),
    ("https://gw.internal", "https://gw.internal"),
    ("https://gw.internal:8443/", "https://gw.internal:8443"),
    ("all://internal", "https://gw.internal"),
    ("a,gw.internal", "https://gw.internal"),
    ("a , gw.internal , b", "https://gw.internal"),
    ("a gw.internal b", "https://gw.internal"),
    ("a\tgw.internal\nb", "https://gw.internal"),
    (",,gw.internal,,", "https://gw.internal"),
    ("10.1.2.3", "https://10.1.2.3"),
    ("10.1.2.3:8443", "https://10.1.2.3:8443"),
    ("10.0.0.0/8", "https://10.1.2.3"),
    ("10.9.9.9/8", "https://10.1.2.3"),
    ("10.1.2.3/32", "https://10.1.2.3"),
    ("0.0.0.0/0", "https://10.1.2.3"),
    ("fd00::1", "https://[fd00::1]"),
    ("FD00:0:0::1", "https://[fd00::1]"),
    ("[fd00::1]", "https://[fd00::1]:8443"),
    ("[fd00::1]:8443", "https://[fd00::1]:8443"),
    ("fd00::/8", "https://[fd00::1]"),
    ("[fd00::]/8", "https://[fd00::1]"),
    ("192.168.0.0/16 10.0.0.0/8", "https://10.1.2.3"),
]

NOT_EXCEPTED = [
    ("", "https://gw.internal"),
    (" , ", "https://gw.internal"),
    (".", "https://gw.internal"),
    ("*.", "https://gw.internal"),
    ("**", "https://gw.internal"),
    ("gw.*", "https://gw.internal"),
    ("ernal", "https://gw.internal"),
    ("w.internal", "https://gw.internal"),
    ("a.gw.internal", "https://gw.internal"),
    ("gw", "https://gw.internal"),
    ("gw.internal.example", "https://gw.internal"),
    ("gw.internal:8443", "https://gw.internal"),
    ("gw.internal:443", "https://gw.internal:8443"),
    ("gw.internal:port", "https://gw.internal"),
    ("gw.internal:", "https://gw.internal"),
    ("http://gw.internal", "https://gw.internal"),
    ("https://gw.internal/v1", "https://gw.internal"),
    ("10.1.2.4", "https://10.1.2.3"),
    ("1.2.3", "https://10.1.2.3"),
    ("2.3", "https://10.1.2.3"),
    ("10", "https://10.1.2.3"),
    ("10.*", "https://10.1.2.3"),
    ("10.1.2.3:8443", "https://10.1.2.3"),
    ("10.0.0.0/33", "https://10.1.2.3"),
    ("11.0.0.0/8", "https://10.1.2.3"),
    ("::/0", "https://10.1.2.3"),
    ("0.0.0.0/0", "https://[fd00::1]"),
    ("0.0.0.0/0", "https://gw.internal"),
    ("fd00::2", "https://[fd00::1]"),
    ("[fd00::1]:8443", "https://[fd00::1]"),
    ("[fd00::1", "https://[fd00::2]"),
    ("fe80::/10", "https://[fd00::1]"),
    ("%", "https://gw.internal"),
    ("\\", "https://gw.internal"),
    ("é", "https://gw.internal"),
    ("x" * 10_000, "https://gw.internal"),
]


@pytest.mark.parametrize(("no_proxy", "url"), EXCEPTED)
def test_no_proxy_excepts(no_proxy: str, url: str) -> None:
    assert is_direct(no_proxy, url)
    assert is_direct(no_proxy, url, variable="no_proxy")


@pytest.mark.parametrize(("no_proxy", "url"), NOT_EXCEPTED, ids=lambda value: value[:30])
def test_no_proxy_does_not_except(no_proxy: str, url: str) -> None:
    assert not is_direct(no_proxy, url)


LABELS = st.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True)
NAMES = st.lists(LABELS, min_size=1, max_size=4).map(".".join).filter(lambda name: not name.endswith("localhost"))
FORMS = st.sampled_from(["{}", ".{}", "*.{}", "{}.", "*.{}.", "{}:443", "https://{}"])


@given(NAMES, NAMES, FORMS)
def test_a_name_excepts_itself_and_what_is_below_it(name: str, other: str, form: str) -> None:
    entry = form.format(name)
    assert is_direct(entry, f"https://{name}")
    assert is_direct(entry, f"https://{other}.{name}")
    assert is_direct(entry, f"https://{other}") == (f".{other}".endswith(f".{name}"))
    assert is_direct(entry, f"https://x{name}") == (f".x{name}".endswith(f".{name}"))


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.integers(0, 32))
def test_a_range_excepts_the_addresses_in_it(address: int, within: int, bits: int) -> None:
    host = ipaddress.IPv4Address(address)
    if host.is_loopback:
        return
    expected = address >> (32 - bits) == within >> (32 - bits)
    assert is_direct(f"{ipaddress.IPv4Address(within)}/{bits}", f"https://{host}") == expected
    assert is_direct(f"{host}/{bits}", f"https://{host}")


@given(st.integers(2, 2**128 - 1), st.integers(0, 2**128 - 1), st.integers(0, 128))
def test_a_range_of_ipv6_excepts_the_addresses_in_it(address: int, within: int, bits: int) -> None:
    host = ipaddress.IPv6Address(address)
    if host.is_loopback:  # so it is called for 127.0.0.1 written as IPv6
        return
    expected = address >> (128 - bits) == within >> (128 - bits)
    assert is_direct(f"{ipaddress.IPv6Address(within)}/{bits}", f"https://[{host}]") == expected
    assert is_direct(f"[{host}]:443", f"https://[{host}]")


@given(st.text(st.characters(exclude_characters="\0")))
def test_no_value_of_no_proxy_fails_a_client(no_proxy: str) -> None:
    is_direct(no_proxy, "https://gw.internal")
    is_direct(no_proxy, "https://[fd00::1]")


def test_no_name_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def look_up(*_: object, **__: object) -> Any:
        raise AssertionError("a name was looked up")

    for function in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr", "getfqdn"):
        monkeypatch.setattr(socket, function, look_up)
    assert not is_direct("10.0.0.0/8, other.example", "https://gw.internal")


# --- The settings of the system ---


def test_the_settings_of_the_system_count_where_no_variable_is_set(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    direct: list[str] = []
    monkeypatch.setattr(proxies, "_WITH_SETTINGS", (sys.platform,))
    monkeypatch.setattr(urllib.request, "proxy_bypass", lambda host: host in direct)
    with Origin("valid") as origin, Proxy(origin) as proxy:
        monkeypatch.setattr(urllib.request, "getproxies", lambda: {"https": proxy.url})
        (outcome,) = ask("https://api.example", ssl_context=unwatchful_context())
    assert isinstance(outcome, ChatCompletion)
    assert [head.line for head in proxy.heads] == ["CONNECT api.example:443 HTTP/1.1"]

    monkeypatch.setattr(urllib.request, "getproxies", lambda: {"https": "socks://proxy.example"})
    failure = caught(Aurous, KEY, base_url="https://api.example", **configured({}))
    assert str(failure).startswith("the proxy for https of the system's settings is a SOCKS proxy")
    direct.append("api.example")
    Aurous(KEY, base_url="https://api.example", **configured({}))
