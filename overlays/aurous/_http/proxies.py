"""Which proxy leads to the API."""

from __future__ import annotations

import os
import re
import sys
from base64 import b64encode
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, NamedTuple
from urllib.parse import unquote_to_bytes, urlsplit

from attrs import define, field

from aurous import _check
from aurous._text import one_line

_WAY_OUT = 'unset it, or pass proxy="direct" for none'


@define(frozen=True)
class Proxy:
    """An HTTP proxy."""

    host: str
    port: int
    is_secure: bool
    """Whether TLS is spoken to the proxy itself."""
    headers: list[tuple[str, str]] = field(factory=list, repr=False)
    """What the proxy is to be sent, and nobody behind it: they hold the credentials, so they show in no repr."""

    @classmethod
    def of(cls, url: str) -> Proxy:
        """The proxy of a URL that the caller gave.

        Raises:
            ConfigurationError: It is no URL of an HTTP proxy.
        """
        return cls._of(_check.proxy_url(url, source="proxy"))

    @classmethod
    def of_environment(cls, value: str, *, source: str) -> Proxy:
        """The proxy that the environment names, where `http://` may be left out."""
        url = value if "://" in value else f"http://{value}"
        return cls._of(_check.proxy_url(url, source=source, way_out=_WAY_OUT))

    @classmethod
    def _of(cls, parts: _check.ProxyParts) -> Proxy:
        port = parts.port or (443 if parts.is_secure else 80)
        return cls(parts.host, port, parts.is_secure, _authorization(parts.credentials))


def _authorization(credentials: str) -> list[tuple[str, str]]:
    user, _, password = credentials.partition(":")
    plain = unquote_to_bytes(user) + b":" + unquote_to_bytes(password)
    return [] if plain == b":" else [("Proxy-Authorization", f"Basic {b64encode(plain).decode()}")]


class Choice(NamedTuple):
    """Which proxy leads to an address."""

    proxy: Proxy | None
    reason: str
    """Why that one, or none."""


def proxy_for(base_url: str, proxy: str | None) -> Proxy | None:
    """The proxy to use; see `choose`."""
    return choose(base_url, proxy).proxy


def choose(base_url: str, proxy: str | None) -> Choice:
    """The proxy to use: the one given, or `HTTPS_PROXY` of the environment unless `NO_PROXY` excepts the host.

    The environment is asked for https only: over plain http a proxy would read the key. Nothing goes around a proxy
    that was asked for: what names no proxy that can be used is an error.

    Raises:
        ConfigurationError: The one given or the one of the environment is no HTTP proxy.
    """
    if proxy is not None:
        return Choice(None, 'proxy="direct"') if proxy == "direct" else Choice(Proxy.of(proxy), "given as proxy=")
    parts = urlsplit(base_url)
    host = (parts.hostname or "").rstrip(".")
    if _check.is_loopback(host):
        return Choice(None, "this machine is reached directly")
    if parts.scheme != "https":
        return Choice(None, "the environment is asked for https only")
    if sys.platform not in _WITH_SETTINGS and not any(name.lower().endswith("_proxy") for name in os.environ):
        return Choice(None, _NONE_NAMED)
    return _of_environment(host, parts.port or 443)


def _of_environment(host: str, port: int) -> Choice:
    source, found = _asked_for()
    if not found:
        return Choice(None, _NONE_NAMED)
    if exception := _exception(host, port):
        return Choice(None, exception)
    return Choice(Proxy.of_environment(found, source=source), f"from {source}")


_NONE_NAMED: Final = "neither HTTPS_PROXY nor ALL_PROXY names one"


_WITH_SETTINGS: Final = ("win32", "darwin")
"""Systems whose settings may name a proxy."""


def _asked_for() -> tuple[str, str]:
    """Where a proxy for https is asked for, and which; an empty text where none is."""
    from urllib import request as system  # noqa: PLC0415  # a twelfth of a start, and mostly there is no proxy

    variables, settings = system.getproxies_environment(), system.getproxies()
    for scheme in ("https", "all"):
        if found := settings.get(scheme, "").strip():
            name = f"{scheme.upper()}_PROXY of the environment"
            return (name if scheme in variables else "the proxy for https of the system's settings"), found
    return "", ""


def _exception(host: str, port: int) -> str:
    """Why a host is to be reached directly, by `NO_PROXY` or by the settings of the system; empty where it is not."""
    from urllib import request as system  # noqa: PLC0415

    variables = system.getproxies_environment()
    if not variables:  # the settings of the system count where no variable of the kind is set
        return "the system's settings except the host" if system.proxy_bypass(host) else ""
    entries = re.split(r"[,\s]+", variables.get("no", "").lower())
    found = (entry for entry in entries if _excepts(entry, host, port))
    return next((f"NO_PROXY excepts the host ({one_line(entry, 80)})" for entry in found), "")


def _excepts(entry: str, host: str, port: int) -> bool:
    """Whether an entry of `NO_PROXY` is about a host. No name is looked up."""
    scheme, _, place = entry.rpartition("://")  # httpx lets one stand there
    name, only_port = _split_port(place.rstrip("/"))
    if scheme not in ("", "https", "all") or only_port not in (None, port):
        return False
    if name == "*":
        return True
    address = _address(host)
    if address is not None:
        network = _network(name)
        return network is not None and address in network
    name = name.removeprefix("*").strip(".")
    return bool(name) and (host == name or host.endswith(f".{name}"))


def _split_port(place: str) -> tuple[str, int | None]:
    """A name or address without brackets, and the port behind it; the colons of an IPv6 address lead to none."""
    match = re.fullmatch(r"(\[.*\]|[^:]*):([0-9]{1,5})", place)
    name, port = (match[1], int(match[2])) if match else (place, None)
    return name.replace("[", "").replace("]", ""), port


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _network(name: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(name, strict=False)
    except ValueError:
        return None
