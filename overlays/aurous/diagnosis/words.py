"""What is found, in words, and what to do about it."""

from __future__ import annotations

import platform
import re
import ssl
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from aurous._config import BASE_URL
from aurous._http.connection import Reader
from aurous._http.failures import Failure
from aurous._http.proxies import Proxy
from aurous._text import one_line
from aurous._version import __version__

_IN_A_SHELL: Final = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"pass api_key= or set (\w+) in the environment", r"set \1 to a key of your team, al_live_..."),
        (r"(AUROUS_API_KEY) or api_key=", r"\1"),
        (r"is passed as api_key=", "is passed as AUROUS_API_KEY"),
        (r"\bbase_url\b", BASE_URL),
        (r", or allow_insecure_http=True\b.*", ""),
        (r", or pass proxy=\"direct\" for none", ""),
        (r"ssl_context=, ", ""),
        (r"within timeout=", "within "),
        (r"raise timeout=.*", "try again later, or ask for less"),
        (r"recover\(\) gets", "`aurous completions retrieve ID` shows"),
        (r"client\.usage\.events", "`aurous usage`"),
    )
)
"""What the SDK tells a program to do, and what somebody does at a command line, where there are no arguments."""


def in_a_shell(message: str) -> str:
    """A message of the SDK, for somebody who has the environment and the options of the command."""
    for pattern, words in _IN_A_SHELL:
        message = pattern.sub(words, message)
    return message


def place(proxy: Proxy) -> str:
    """Where a proxy is, without its credentials."""
    return f"{proxy.host}:{proxy.port}"


def advice(failure: Failure, proxy: Proxy | None) -> str:
    """What to do about a connection that could not be made."""
    if failure.reason.startswith("TLS"):
        return _advice_on_tls(failure.reason)
    if "handshake" in failure.reason:
        return f"check {BASE_URL}: something takes connections there, and does not speak TLS"
    if proxy is not None:
        return _advice_on_proxy(failure.reason, place(proxy))
    if failure.timed_out:
        return f"check {BASE_URL}, and whether a firewall drops what goes there or a proxy is needed"
    return f"check {BASE_URL}: nothing takes connections there, or a firewall refuses them"


def _advice_on_tls(reason: str) -> str:
    if "expired" in reason or "not yet valid" in reason:
        return "check the clock of this machine; where it is right, the certificate itself is out of date"
    if "mismatch" in reason:
        return f"check {BASE_URL}: the certificate is for another host"
    if "certificate" in reason:
        return (
            "where a proxy or a firewall looks into TLS, name a file with its authority in SSL_CERT_FILE; "
            "otherwise trust nobody who answers there"
        )
    return f"check {BASE_URL}: whoever answers there does not speak TLS as it should"


def _advice_on_proxy(reason: str, where: str) -> str:
    if "407" in reason:
        return f"put the credentials that {where} asks for into HTTPS_PROXY: http://user:password@..."
    if reason.startswith("the proxy refused"):
        return f"ask who runs {where} to allow the host, or except it by NO_PROXY"
    return f"check that a proxy runs at {where}, or except the host by NO_PROXY"


def tls(spoken: Any) -> str:
    """The TLS of a connection, to go on a sentence; empty where there is none."""
    if spoken is None:
        return ""
    certificate: dict[str, Any] = spoken.getpeercert() or {}
    names = dict(pair for part in certificate.get("issuer", ()) for pair in part)
    issuer = names.get("organizationName") or names.get("commonName")
    by = f", certificate by {issuer}" if issuer else ""
    until = f" until {certificate['notAfter']}" if "notAfter" in certificate else ""
    return f", {spoken.version()}{by}{until}"


def span(seconds: float) -> str:
    """A span of time, as people say it."""
    for unit, name in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.0f} {name}"
    if seconds >= 1:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{max(seconds * 1000, 1):.0f} ms"


def program() -> dict[str, str]:
    """The versions of what takes part in a call."""
    found = {
        "aurous": __version__,
        platform.python_implementation(): platform.python_version(),
        platform.system() or "system": f"{platform.release()} {platform.machine()}".strip(),
        "OpenSSL": ssl.OPENSSL_VERSION.removeprefix("OpenSSL ").partition(" ")[0],
    }
    for package in ("httptools" if Reader.__module__.endswith("llhttp") else "h11", "httpx", "certifi"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # a frozen program has none to tell
            continue
    return {name: one_line(text, 80) for name, text in found.items()}
