"""Checks of what a caller hands in, before a byte is sent.

Each raises ConfigurationError with the thing, the reason and the remedy.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any, Final, TypeVar, cast
from urllib.parse import urlsplit

from aurous._errors import ConfigurationError
from aurous._secret import MASK, Secret

T = TypeVar("T")

_AGES: Final = 1e9
MAX_ID_LENGTH: Final = 256
_VISIBLE: Final = re.compile(r"[\x21-\x7e]+")
_ID: Final = re.compile(r"[\x21-\x7e]+")
_UNSAFE_IN_ID: Final = frozenset("/\\?#%")
_KEY_LIKE: Final = re.compile(r"(?:al_live_|og_)[0-9A-Za-z_-]+")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE: Final = re.compile(r"(?:[\x21-\x7e](?:[\x20\x09\x21-\x7e]*[\x21-\x7e])?)?")
_OWN_HEADERS: Final = {
    "x-api-key": "pass the key as api_key=",
    "aurous-version": "pass the version as api_version=",
    "host": "it follows from base_url",
    "content-length": "it follows from the request",
    "transfer-encoding": "it follows from the request",
    "connection": "the connection pool decides it",
    "accept-encoding": "the SDK asks for what it can decode within its bounds",
}


def excerpt(value: object) -> str:
    """A value, fit for a message: short, and never a key."""
    text = _KEY_LIKE.sub(MASK, repr(value))  # a key in the wrong place is still a key
    return text if len(text) <= 60 else f"{text[:57]}..."


def api_key(value: object) -> Secret:
    """The key, wrapped; one that cannot be used says why when it is asked for.

    Nothing is raised here: a traceback shows the variables of its frames to whoever asks, and this one holds the key.
    """
    if isinstance(value, Secret):
        return value
    if not isinstance(value, str):
        return Secret(problem=f"is {type(value).__name__}, not a string; it looks like al_live_ and 64 hex digits")
    if not value:
        return Secret(problem="is empty; set it to a key of your team (al_live_...), made in the vendor's dashboard")
    if not _VISIBLE.fullmatch(value):
        return Secret(
            problem="holds a character that no key has (a blank, a line break, a control or non-ASCII character); "
            "copy it again, without quotes and line ends"
        )
    return Secret(value)


def base_url(value: object, *, allow_http: bool, source: str = "base_url") -> str:
    """The URL that paths are appended to: without a slash at its end, and without `/v1`, which the paths bring."""
    if isinstance(value, str) and "@" in value:
        raise ConfigurationError(
            f"{source} holds an @, as before a host with credentials; the key is passed as api_key="
        )
    if not isinstance(value, str) or not _VISIBLE.fullmatch(value):
        raise ConfigurationError(f"{source} {excerpt(value)} is no URL; it looks like https://api.aurous-labs.com/v1")
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ConfigurationError(f"{source} is no URL: {error}; it looks like https://api.aurous-labs.com/v1") from None
    if parts.scheme not in ("https", "http") or not host:
        raise ConfigurationError(
            f"{source} {excerpt(value)} needs a scheme and a host, as in https://api.aurous-labs.com/v1"
        )
    if parts.query or parts.fragment or "?" in value or "#" in value:
        raise ConfigurationError(
            f"{source} {excerpt(value)} has a query or a fragment; only scheme, host, port and path belong there"
        )
    if ".." in parts.path.split("/") or "\\" in value:
        raise ConfigurationError(f"{source} {excerpt(value)} has '..' or a backslash in its path; write the path out")
    if parts.scheme == "http" and not allow_http and not is_loopback(host):
        raise ConfigurationError(
            f"{source} {excerpt(value)} would send the key unencrypted; use https, "
            "or allow_insecure_http=True if the network in between is yours"
        )
    origin = f"{parts.scheme}://{parts.netloc.lower().removesuffix(':')}"
    return (origin + parts.path).rstrip("/").removesuffix("/v1").rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether a host name stands for this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_proxy_url(value: str) -> bool:
    """Whether a string is the URL of an HTTP proxy that is reached by plain TCP."""
    try:
        parts = urlsplit(value)
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        return False
    return bool(_VISIBLE.fullmatch(value)) and parts.scheme == "http" and bool(parts.hostname) and port_fits


def api_version(value: object, *, source: str = "api_version") -> str:
    """A dated version of the API, as `Aurous-Version` documents it."""
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise ConfigurationError(f"{source} {excerpt(value)} is no version; it is a date, as in 2026-05-15")
    return value


def resource_id(value: object, *, name: str = "id") -> str:
    """An id that can stand in a path as one segment. Nothing is assumed of its length or its alphabet beyond that."""
    if not isinstance(value, str):
        raise ConfigurationError(
            f"{name} is {type(value).__name__}, not a string; it looks like cmp_01HXMQ7Z3K8Y2ABCDEFGHJKM"
        )
    problem = _id_problem(value)
    if problem:
        raise ConfigurationError(f"{name} {excerpt(value)} {problem}; it looks like cmp_01HXMQ7Z3K8Y2ABCDEFGHJKM")
    return str.__str__(value)  # a member of an enum, say, is its text


def _id_problem(value: str) -> str | None:
    if not value:
        return "is empty"
    if len(value) > MAX_ID_LENGTH:
        return f"is {len(value)} characters long, {MAX_ID_LENGTH} are the most"
    if not _ID.fullmatch(value):
        return "holds a blank, a control or a non-ASCII character"
    if not _UNSAFE_IN_ID.isdisjoint(value):
        return "holds one of / \\ ? # %, which could lead the request elsewhere"
    if not value.strip("."):
        return "is made of dots, which would lead the request elsewhere"
    return None


def headers(value: object, *, source: str) -> tuple[tuple[str, str], ...]:
    """Extra headers, as pairs; those that the SDK sets itself are refused."""
    if not isinstance(value, Mapping):
        raise ConfigurationError(f"{source} is {type(value).__name__}, not a mapping of header names to strings")
    pairs: list[tuple[str, str]] = []
    for name, content in cast("Mapping[object, object]", value).items():
        if not isinstance(name, str) or not _HEADER_NAME.fullmatch(name):
            raise ConfigurationError(
                f"{source}: {excerpt(name)} is no header name; names are made of letters, digits and hyphens"
            )
        remedy = _OWN_HEADERS.get(name.lower())
        if remedy:
            raise ConfigurationError(f"{source}: {name} is set by the SDK; {remedy}")
        if not isinstance(content, str) or not _HEADER_VALUE.fullmatch(content):
            raise ConfigurationError(
                f"{source}: the value of {name} is no printable ASCII string without blanks at its ends; "
                "remove control characters"
            )
        pairs.append((name, content))
    return tuple(pairs)


def seconds(value: object, *, source: str) -> float:
    """A time span that is positive and finite."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < math.inf or value > _AGES:
        raise ConfigurationError(
            f"{source} {excerpt(value)} is no number of seconds; it is positive and finite, as in 60 or 2.5"
        )
    return float(value)


def count(value: object, *, source: str, least: int = 0) -> int:
    """A whole number that is not below `least`."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ConfigurationError(f"{source} {excerpt(value)} is no whole number of at least {least}")
    return value


def instance(value: T, kind: type[T], *, source: str) -> T:
    """An object of the class that is asked for."""
    if not isinstance(value, kind):
        raise ConfigurationError(f"{source} is {type(value).__name__}; pass a {kind.__name__}")
    return value


def function(value: object, *, source: str, may_wait: bool = False) -> Any:
    """Something to call; a coroutine function only where somebody awaits what it gives."""
    if not callable(value):
        raise ConfigurationError(f"{source} is {type(value).__name__}, which cannot be called; pass a function")
    if inspect.iscoroutinefunction(value) and not may_wait:
        raise ConfigurationError(f"{source} is a coroutine function, which nobody would await; pass an ordinary one")
    return value
