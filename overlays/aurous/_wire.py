"""What goes over the wire and what comes back: requests, answers, and the lack of them."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final, cast

import httpx
from attrs import define

from aurous._text import one_line

if TYPE_CHECKING:
    from aurous._secret import Secret


@define
class Answer:
    """A whole answer of a server, in which the key, should the server repeat it, is masked."""

    status_code: int
    headers: Mapping[str, str]
    """Names in lower case; values that came more than once are joined by commas."""
    body: bytes
    elapsed: float
    problem: str | None = None
    """Why its body cannot be read, if it cannot."""


@define
class Failure:
    """No answer. Holds words and no exception: those of the network libraries carry requests, and so the key."""

    reason: str
    elapsed: float
    retryable: bool = True
    timed_out: bool = False


def header_map(raw: Iterable[tuple[bytes, bytes]], secret: Secret) -> dict[str, str]:
    """Headers by lower-case name, the key masked. Bytes beyond ASCII are read as Latin-1, which never fails."""
    pairs = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in raw]
    headers = dict(pairs)
    if len(headers) != len(pairs):
        headers = {}
        for name, value in pairs:
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
    if secret.is_in("\n".join((*headers, *headers.values()))):
        headers = {secret.mask(name): secret.mask(value) for name, value in headers.items()}
    return headers


_BROKEN_TLS: Final = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)

_MAX_DETAIL: Final = 200

_REASONS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (httpx.ConnectTimeout, "no connection in time"),
    (httpx.PoolTimeout, "no free connection in time"),
    (httpx.ReadTimeout, "the server fell silent"),
    (httpx.WriteTimeout, "the server stopped reading"),
    (httpx.ConnectError, "no connection"),
    (httpx.ProxyError, "the proxy refused"),
    (httpx.RemoteProtocolError, "the answer broke off or is no HTTP"),
    (httpx.NetworkError, "the connection broke"),
    (EOFError, "the answer broke off"),
    (TimeoutError, "no whole answer in time"),
)


def failure_of(error: Exception, elapsed: float, secret: Secret) -> Failure:
    """What is to be known of an exception from below, in words, the key masked."""
    while isinstance(error, ExceptionGroup):
        error = cast("ExceptionGroup[Exception]", error).exceptions[0]
    detail = one_line(secret.mask(str(error).strip().partition("\n")[0]), _MAX_DETAIL)
    tls = _tls_failure(error)
    if tls is not None:
        return Failure(f"TLS: {secret.mask(tls)}", elapsed, retryable=False)
    for kind, reason in _REASONS:
        if isinstance(error, kind):
            timed_out = isinstance(error, (httpx.TimeoutException, TimeoutError))
            return Failure(_joined(reason, detail), elapsed, timed_out=timed_out)
    retryable = isinstance(error, (OSError, EOFError))
    return Failure(_joined(type(error).__name__, detail), elapsed, retryable=retryable)


def _joined(reason: str, detail: str) -> str:
    return f"{reason} ({detail})" if detail else reason


def _tls_failure(error: BaseException) -> str | None:
    """The reason of a TLS failure that another try would meet again; a connection that only broke is none."""
    connecting = isinstance(error, (httpx.ConnectError, ssl.SSLError))
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"the server's certificate is not accepted ({cause.verify_message})"
        if connecting and isinstance(cause, ssl.SSLError) and not isinstance(cause, _BROKEN_TLS):
            return (cause.reason or "handshake failed").replace("_", " ").lower()
        cause = cause.__cause__ or cause.__context__
    return None
