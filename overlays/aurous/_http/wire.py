"""What goes over the wire and what comes back: requests, responses, and the lack of them."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final, cast

import httpx
from attrs import define, field

from aurous._text import one_line

if TYPE_CHECKING:
    from aurous._secret import Secret


@define
class Request:
    """A request, ready to be sent. Its headers hold the key, so they show in no repr."""

    method: str
    url: str
    headers: list[tuple[str, str]] = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    leaves_origin: bool = False
    """Whether it goes to another origin than that of the client, without the key."""


_KEPT: Final = 64 * 1024


@define
class Response:
    """A whole response of a server."""

    status_code: int
    headers: Mapping[str, str]
    """Names in lower case; values that came more than once are joined by commas, and the key is masked."""
    body: bytes | bytearray = field(repr=False)  # a server may repeat the key in it
    elapsed: float
    problem: str | None = None
    """Why its body cannot be read, if it cannot."""
    reused: bool = False
    """Whether it came over a connection that had brought others: they may have left something behind."""

    def shorten(self) -> None:
        """Keep as much of the body as an error may show: a long one is not to stay in memory beside what it holds."""
        if len(self.body) > _KEPT:
            self.body = bytes(self.body[:_KEPT])


@define
class Failure:
    """No response. Holds words and no exception: those of the network libraries carry requests, and so the key."""

    reason: str
    elapsed: float
    retryable: bool = True
    timed_out: bool = False
    sent: bool = True
    """Whether a byte of the request may have been sent."""


def header_map(raw: Iterable[tuple[bytes, bytes]], secret: Secret) -> dict[str, str]:
    """Headers by lower-case name, the key masked. Bytes beyond ASCII are read as Latin-1, which never fails."""
    pairs = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in raw]
    headers = dict(pairs)
    if len(headers) != len(pairs):
        headers = {}
        for name, value in pairs:
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
    if secret.is_unmistakable and secret.is_in("\n".join((*headers, *headers.values()))):
        headers = {secret.mask(name): secret.mask(value) for name, value in headers.items()}
    return headers


_BROKEN_TLS: Final = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)

_MAX_DETAIL: Final = 200

_NO_HTTP: Final = "the response broke off or is no HTTP"

_UNTRANSLATED: Final = frozenset({"aiohttp.client_exceptions.ClientResponseError", "pyreqwest.exceptions.RequestError"})
"""What httpx-aiohttp and pyreqwest raise for a response that is no HTTP, where httpx has `RemoteProtocolError`."""

_NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)

_REASONS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (httpx.ConnectTimeout, "no connection in time"),
    (httpx.PoolTimeout, "no free connection in time"),
    (httpx.ReadTimeout, "the server fell silent"),
    (httpx.WriteTimeout, "the server stopped reading"),
    (httpx.ConnectError, "no connection"),
    (httpx.ProxyError, "the proxy refused"),
    (httpx.RemoteProtocolError, _NO_HTTP),
    (httpx.DecodingError, _NO_HTTP),
    (httpx.NetworkError, "the connection broke"),
    (EOFError, "the response broke off"),
    (TimeoutError, "no whole response in time"),
)


def failure_of(error: Exception, elapsed: float, secret: Secret) -> Failure:
    """What is to be known of an exception from below, in words, the key masked."""
    while isinstance(error, ExceptionGroup):
        error = cast("ExceptionGroup[Exception]", error).exceptions[0]
    detail = one_line(secret.mask(_said(error).strip().partition("\n")[0]), _MAX_DETAIL)
    tls = _tls_failure(error)
    if tls is not None:
        return Failure(f"TLS: {one_line(secret.mask(tls), _MAX_DETAIL)}", elapsed, retryable=False)
    if _hides_a_break(error):
        return Failure(_joined("the connection broke, or there was none", detail), elapsed)
    for kind, reason in _REASONS:
        if isinstance(error, kind):
            timed_out = isinstance(error, (httpx.TimeoutException, TimeoutError))
            retryable = kind is not httpx.ProxyError
            sent = not isinstance(error, _NOT_SENT)
            return Failure(_joined(reason, detail), elapsed, retryable=retryable, timed_out=timed_out, sent=sent)
    name = type(error).__name__
    if f"{type(error).__module__}.{name}" in _UNTRANSLATED:
        return Failure(_joined(_NO_HTTP, detail), elapsed)
    return Failure(_joined(name, detail), elapsed, retryable=isinstance(error, (OSError, EOFError)))


def _said(error: BaseException) -> str:
    """What an exception says. Those of pyreqwest keep the reason in a list, the innermost last."""
    match getattr(error.__cause__ or error, "details", None):
        case {"causes": [*_, {"message": str(message)}]}:
            return message
        case _:
            return str(error)


def _hides_a_break(error: BaseException) -> bool:
    """Whether it is a timeout by name alone: httpx-aiohttp makes one of every connection that breaks or fails."""
    cause = error.__cause__
    return isinstance(error, httpx.TimeoutException) and cause is not None and "Timeout" not in type(cause).__name__


def _joined(reason: str, detail: str) -> str:
    return f"{reason} ({detail})" if detail else reason


def _tls_failure(error: BaseException) -> str | None:
    """The reason of a TLS failure that another try would meet again; a connection that only broke is none."""
    connecting = isinstance(error, (httpx.ConnectError, ssl.SSLError)) or _hides_a_break(error)
    if connecting and "peer certificate" in _said(error):
        return f"the server's certificate is not accepted ({_said(error)})"
    for cause in reversed(_chain(error)):  # the innermost knows most
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"the server's certificate is not accepted ({getattr(cause, 'verify_message', cause)})"
        if connecting and isinstance(cause, ssl.SSLError) and not isinstance(cause, _BROKEN_TLS):
            return (getattr(cause, "reason", None) or "handshake failed").replace("_", " ").lower()
    return None


def _chain(error: BaseException) -> list[BaseException]:
    """An exception, what caused it, what caused that, and so on."""
    chain: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in chain:
        chain.append(cause)
        cause = cause.__cause__ or cause.__context__
    return chain
