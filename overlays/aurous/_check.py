"""Checks of what a caller hands in, before a byte is sent.

Each raises ConfigurationError with the thing, the reason and the remedy.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import datetime
from ipaddress import IPv6Address, ip_address
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeVar, cast
from urllib.parse import unquote, urlsplit

from aurous._errors import ConfigurationError
from aurous._secret import Secret
from aurous._text import masked

T = TypeVar("T")

_AGES: Final = 1e9
MAX_SEGMENT_LENGTH: Final = 256
ORDINARY: Final = "pass an ordinary one to Aurous, or use AsyncAurous"
"""What to do about a function that a synchronous client would have to await."""
_VISIBLE: Final = re.compile(r"[\x21-\x7e]+")
_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")
_PATH_ENDS: Final = frozenset("?#\\")
_UNSAFE_IN_SEGMENT: Final = frozenset("/\\?#%")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ARGUMENT: Final = re.compile(r"[a-z_][a-z0-9_]*(?=$|[.:[]| \()")
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE: Final = re.compile(r"(?:[\x21-\x7e](?:[\x20\x09\x21-\x7e]*[\x21-\x7e])?)?")
# Not left to urlsplit: it refuses some credentials, and shows them in its message.
_PROXY_URL: Final = re.compile(
    r"(?P<scheme>https?)://(?:(?P<credentials>[^/?#\s\x00-\x1f\x7f\ud800-\udfff]*)@)?"
    r"(?:\[(?P<ip>[^\]@]+)\]|(?P<name>[0-9A-Z_-]+(?:\.[0-9A-Z_-]+)*\.?))(?::(?P<port>[0-9]{0,5}))?/?",
    re.ASCII | re.IGNORECASE,
)
_OWN_HEADERS: Final = {
    "x-api-key": "pass the key as api_key=",
    "aurous-version": "pass the version as api_version=",
    "host": "it follows from base_url",
    "content-length": "it follows from the request",
    "content-type": "it follows from the request",
    "transfer-encoding": "it follows from the request",
    "connection": "the connection pool decides it",
    "accept-encoding": "the SDK asks for what it can decode within its bounds",
}
KEY_BY_NAME: Final = {"idempotency-key": "pass it as idempotency_key="}


def refusal(at: str, problem: str) -> ConfigurationError:
    """The error of an argument, which its `param` names.

    Args:
        at: The argument, and the place within it: `messages[0].role`. An environment variable is none.
        problem: What is wrong, as the end of a sentence that begins with that.
    """
    argument = _ARGUMENT.match(at)
    return ConfigurationError(f"{at} {problem}", param=argument and argument[0])


@contextmanager
def argument(name: str) -> Generator[None]:
    """Let what is refused in a block be an argument of this name, where the refusal names none itself."""
    try:
        yield
    except ConfigurationError as error:
        error.param = error.param or name
        raise


class ProxyParts(NamedTuple):
    """The URL of a proxy, taken apart."""

    is_secure: bool
    credentials: str
    """As they stand in the URL, percent-encoded."""
    host: str
    port: int | None


def excerpt(value: object) -> str:
    """A value, fit for a message: short, and never a key."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001  # of a number of thousands of digits, or whatever a caller's class raises
        text = f"<{type(value).__name__}>"
    text = masked(text)
    if len(text) <= 60:
        return text
    return f"{text[:56]}...{text[-1]}" if isinstance(value, str) else f"{text[:57]}..."


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
        raise refusal(source, "holds an @, as before a host with credentials; the key is passed as api_key=")
    if not isinstance(value, str) or not _VISIBLE.fullmatch(value):
        raise refusal(source, f"{excerpt(value)} is not a URL; it looks like https://api.aurous-labs.com/v1")
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise refusal(source, f"is not a URL: {error}; it looks like https://api.aurous-labs.com/v1") from None
    if parts.scheme not in ("https", "http") or not host:
        raise refusal(source, f"{excerpt(value)} needs a scheme and a host, as in https://api.aurous-labs.com/v1")
    if parts.query or parts.fragment or "?" in value or "#" in value:
        raise refusal(
            source,
            f"{excerpt(re.split('[?#]', value)[0])} has a query or a fragment, which may hold a secret and is "
            "not shown; only scheme, host, port and path belong there",
        )
    if ".." in parts.path.split("/") or "\\" in value:
        raise refusal(source, f"{excerpt(value)} has '..' or a backslash in its path; write the path out")
    if parts.scheme == "http" and not allow_http and not is_loopback(host):
        raise refusal(
            source,
            f"{excerpt(value)} would send the key unencrypted; use https, "
            "or allow_insecure_http=True if the network in between is yours",
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


def proxy_url(value: object, *, source: str, way_out: str = 'pass proxy="direct" for none') -> ProxyParts:
    """The URL of an HTTP proxy, taken apart. It may hold a password: the message shows nothing of it."""
    match = _PROXY_URL.fullmatch(value) if isinstance(value, str) else None
    host = _proxy_host(match) if match else None
    port = match["port"] if match else None
    if match is None or host is None or (port and not 0 < int(port) < 65536):
        raise refusal(source, f"{_proxy_problem(value)}; {way_out}")
    return ProxyParts(match["scheme"].lower() == "https", match["credentials"] or "", host, int(port) if port else None)


def _proxy_problem(value: object) -> str:
    text = value if isinstance(value, str) else ""
    if text.lower().startswith("socks"):
        return "is a SOCKS proxy, and only HTTP proxies are known; one looks like http://proxy.example:3128"
    encoded = ", blanks and / ? # in its credentials percent-encoded" if "@" in text else ""
    return f"is no URL of an HTTP proxy; it looks like http://proxy.example:3128{encoded}"


def _proxy_host(match: re.Match[str]) -> str | None:
    if match["name"]:
        return match["name"].lower()
    try:
        return str(IPv6Address(match["ip"].replace("%25", "%")))
    except ValueError:
        return None


def api_version(value: object, *, source: str = "api_version") -> str:
    """A dated version of the API, as `Aurous-Version` documents it."""
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise refusal(source, f"{excerpt(value)} is not a version; it is a date, as in 2026-05-15")
    return value


def path_segment(value: object, *, name: str, example: str = "") -> str:
    """A value that can stand in a path as one segment, such as an id. Nothing is assumed of its length or alphabet."""
    like = f"; it looks like {example}" if example else ""
    if not isinstance(value, str):
        raise refusal(name, f"is {type(value).__name__}, not a string{like}")
    problem = _segment_problem(value)
    if problem:
        raise refusal(name, f"{excerpt(value)} {problem}{like}")
    return str.__str__(value)  # a member of an enum, say, is its text


def _segment_problem(value: str) -> str | None:
    if not value:
        return "is empty"
    if len(value) > MAX_SEGMENT_LENGTH:
        return f"is {len(value)} characters long, {MAX_SEGMENT_LENGTH} are the most"
    if not _VISIBLE.fullmatch(value):
        return "holds a blank, a control or a non-ASCII character"
    if not _UNSAFE_IN_SEGMENT.isdisjoint(value):
        return "holds one of / \\ ? # %, which could lead the request elsewhere"
    if not value.strip("."):
        return "is made of dots, which would lead the request elsewhere"
    return None


def headers(
    value: object, *, source: str, own: Mapping[str, str] = MappingProxyType({})
) -> tuple[tuple[str, str], ...]:
    """Extra headers, as pairs; those that the SDK sets itself are refused, and those in `own`, with what to do."""
    if not isinstance(value, Mapping):
        raise refusal(source, f"is {type(value).__name__}, not a mapping of header names to strings")
    pairs: list[tuple[str, str]] = []
    seen: dict[str, str] = {}
    for name, content in cast("Mapping[object, object]", value).items():
        if not isinstance(name, str) or not _HEADER_NAME.fullmatch(name):
            raise refusal(
                f"{source}:", f"{excerpt(name)} is not a header name; names are made of letters, digits and hyphens"
            )
        remedy = _OWN_HEADERS.get(name.lower()) or own.get(name.lower())
        if remedy:
            raise refusal(f"{source}:", f"{name} is set by the SDK; {remedy}")
        if (twin := seen.setdefault(name.lower(), name)) != name:
            raise refusal(f"{source}:", f"{twin} and {name} are the same header; pass it once")
        if not isinstance(content, str):
            raise refusal(f"{source}:", f"the value of {name} is {type(content).__name__}, not a string; pass a string")
        if not _HEADER_VALUE.fullmatch(content):
            raise refusal(
                f"{source}:",
                f"the value of {name} is not a printable ASCII string without blanks at its ends; "
                "remove control characters",
            )
        pairs.append((name, content))
    return tuple(pairs)


def header_value(value: str, *, source: str) -> str:
    """The value of a header."""
    if not _HEADER_VALUE.fullmatch(value):
        raise refusal(
            source, f"{excerpt(value)} is not a printable ASCII string without blanks at its ends, for a header"
        )
    return value


def idempotency_key(value: object) -> str:
    """An idempotency key: 1 to 256 visible characters. One page says 64: the server judges."""
    if not isinstance(value, str) or not _VISIBLE.fullmatch(value) or len(value) > MAX_SEGMENT_LENGTH:
        raise refusal(
            "idempotency_key", f"{excerpt(value)} is not a string of 1 to 256 visible ASCII characters; a UUID is one"
        )
    return value


def http_method(value: object) -> str:
    """A method of HTTP, in capitals."""
    if not isinstance(value, str) or value.upper() not in _METHODS:
        raise refusal("method", f"{excerpt(value)} is none of {', '.join(_METHODS)}")
    return value.upper()


def request_path(value: object) -> str:
    """The path of a request, which stays within the API: `/v1/things`."""
    if not isinstance(value, str) or not _VISIBLE.fullmatch(value) or not value.startswith("/") or value[1:2] == "/":
        raise refusal("path", f"{excerpt(value)} is not a path of visible ASCII that begins with one slash: /v1/...")
    if not _PATH_ENDS.isdisjoint(value):
        raise refusal("path", f"{excerpt(value)} holds one of ? # \\; query parameters are passed as query=")
    if any(segment in (".", "..") for segment in unquote(value).split("/")):
        raise refusal("path", f"{excerpt(value)} has a segment of dots, which would lead the request elsewhere")
    return value


def tags(value: object) -> tuple[tuple[str, str], ...]:
    """Tags, as pairs of a name and a value."""
    pairs = tuple(mapping(value, source="tags").items())
    for name, content in pairs:
        if not isinstance(content, str) or not name:
            raise refusal("tags:", f"{excerpt(name)} is {excerpt(content)}; names and values are strings")
    return pairs


def mapping(value: object, *, source: str) -> Mapping[str, Any]:
    """A mapping with strings for names."""
    given: Any = value
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in given):
        raise refusal(source, f"is {type(given).__name__}; pass a mapping from names to values")
    return cast("Mapping[str, Any]", value)


def seconds(value: object, *, source: str, may_be_zero: bool = False) -> float:
    """A time span that is finite and positive; or none at all, where that is something too."""
    if (
        isinstance(value, bool)
        or not isinstance(value, (int, float))
        or not (0 < value <= _AGES or (may_be_zero and value == 0))
    ):
        span = "0 or more" if may_be_zero else "positive"
        raise refusal(source, f"{excerpt(value)} is not a number of seconds; it is {span} and finite, as in 60 or 2.5")
    return float(value)


def count(value: object, *, source: str, least: int = 0) -> int:
    """A whole number that is not below `least`."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise refusal(source, f"{excerpt(value)} is not a whole number of at least {least}")
    return value


def instance(value: T, kind: type[T], *, source: str) -> T:
    """An object of the class that is asked for."""
    if not isinstance(value, kind):
        raise refusal(source, f"is {type(value).__name__}; pass a {kind.__name__}")
    return value


def moment(value: datetime | None, *, source: str) -> datetime | None:
    """A moment that knows its zone; or None."""
    if value is not None and instance(value, datetime, source=source).utcoffset() is None:
        raise refusal(source, "has no zone. To do: pass an aware datetime, as datetime.now(UTC) gives it")
    return value


def function(value: object, *, source: str, may_wait: bool | None = None) -> Any:
    """Something to call; a coroutine function only where somebody awaits what it gives.

    Args:
        value: What is given.
        source: Its name.
        may_wait: Whether it may be a coroutine function; None where it may with neither kind of client.
    """
    if not callable(value):
        raise refusal(source, f"is {type(value).__name__}, which cannot be called; pass a function")
    if inspect.iscoroutinefunction(value) and not may_wait:
        remedy = "pass an ordinary one" if may_wait is None else ORDINARY
        raise refusal(source, f"is a coroutine function, which nobody would await. To do: {remedy}")
    return value
