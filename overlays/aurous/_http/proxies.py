"""Which proxy leads to the API."""

from __future__ import annotations

import os
import re
import sys
from base64 import b64encode
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import unquote_to_bytes, urlsplit

from attrs import define, field

from aurous import _check

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


def proxy_for(base_url: str, proxy: str | None) -> Proxy | None:
    """The proxy to use: the one given, or `HTTPS_PROXY` of the environment unless `NO_PROXY` excepts the host.

    The environment is asked for https only: over plain http a proxy would read the key. Nothing goes around a proxy
    that was asked for: what names no proxy that can be used is an error.

    Raises:
        ConfigurationError: The one given or the one of the environment is no HTTP proxy.
    """
    if proxy is not None:
        return None if proxy == "direct" else Proxy.of(proxy)
    parts = urlsplit(base_url)
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme != "https" or _check.is_loopback(host):
        return None
    if sys.platform not in _WITH_SETTINGS and not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    source, found = _asked_for()
    if not found or _is_excepted(host, parts.port or 443):
        return None
    return Proxy.of_environment(found, source=source)


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


def _is_excepted(host: str, port: int) -> bool:
    """Whether a host is to be reached directly, by `NO_PROXY` or by the settings of the system."""
    from urllib import request as system  # noqa: PLC0415

    variables = system.getproxies_environment()
    if not variables:  # the settings of the system count where no variable of the kind is set
        return bool(system.proxy_bypass(host))
    entries = re.split(r"[,\s]+", variables.get("no", "").lower())
    return any(_excepts(entry, host, port) for entry in entries)


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
