"""What goes wrong below HTTP, and what is to be known of it."""

from __future__ import annotations

import ssl
from enum import Enum
from typing import TYPE_CHECKING, Final, cast

from attrs import define

from aurous._text import one_line

if TYPE_CHECKING:
    from aurous._errors import AurousError
    from aurous._secret import Secret


@define
class Failure:
    """No response. Holds words and no exception: those of the network libraries carry requests, and so the key."""

    reason: str
    elapsed: float
    retryable: bool = True
    timed_out: bool = False
    sent: bool = True
    """Whether a byte of the request may have been sent."""
    error: AurousError | None = None
    """What is to be raised in place of an error of the connection: the body that was to be sent could not be read."""


class Kind(Enum):
    """What may go wrong below HTTP; the text says it."""

    CONNECT_TIMEOUT = "no connection in time"
    POOL_TIMEOUT = "no free connection in time"
    READ_TIMEOUT = "the server fell silent"
    WRITE_TIMEOUT = "the server stopped reading"
    CONNECT = "no connection"
    CONNECT_PROXY = "no TLS with the proxy"
    PROXY = "the proxy refused"
    PROTOCOL = "the response broke off or is no HTTP"
    BROKEN = "the connection broke"
    INVALID_REQUEST = "the request is no HTTP"
    UNSUPPORTED = "the server speaks another protocol"


_NOT_SENT: Final = frozenset(
    {
        Kind.CONNECT_TIMEOUT,
        Kind.POOL_TIMEOUT,
        Kind.CONNECT,
        Kind.CONNECT_PROXY,
        Kind.PROXY,
        Kind.INVALID_REQUEST,
        Kind.UNSUPPORTED,
    }
)
_TIMED_OUT: Final = frozenset({Kind.CONNECT_TIMEOUT, Kind.POOL_TIMEOUT, Kind.READ_TIMEOUT, Kind.WRITE_TIMEOUT})
_IN_VAIN: Final = frozenset({Kind.PROXY, Kind.INVALID_REQUEST, Kind.UNSUPPORTED})
"""Another try would meet them again."""

_OF_HTTPX: Final = {
    "ConnectTimeout": Kind.CONNECT_TIMEOUT,
    "PoolTimeout": Kind.POOL_TIMEOUT,
    "WriteTimeout": Kind.WRITE_TIMEOUT,
    "TimeoutException": Kind.READ_TIMEOUT,
    "ConnectError": Kind.CONNECT,
    "ProxyError": Kind.PROXY,
    "RemoteProtocolError": Kind.PROTOCOL,
    "DecodingError": Kind.PROTOCOL,
    "NetworkError": Kind.BROKEN,
    "LocalProtocolError": Kind.INVALID_REQUEST,
}
"""The exceptions of other transports than the SDK's own."""


class TransportError(Exception):
    """There is no response."""

    def __init__(self, kind: Kind, detail: str = "") -> None:
        super().__init__(detail)
        self.kind = kind


_BROKEN_TLS: Final = (
    ssl.SSLEOFError,
    ssl.SSLZeroReturnError,
    ssl.SSLSyscallError,
    ssl.SSLWantReadError,
    ssl.SSLWantWriteError,
)

_MAX_DETAIL: Final = 200


def failure_of(error: Exception, elapsed: float, secret: Secret) -> Failure:
    """What is to be known of an exception from below, in words, the key masked."""
    while isinstance(error, ExceptionGroup):
        error = cast("ExceptionGroup[Exception]", error).exceptions[0]
    detail = one_line(secret.mask(str(error).strip().partition("\n")[0]), _MAX_DETAIL)
    kind = _kind_of(error)
    tls = _tls_failure(error, kind)
    if tls is not None:
        return Failure(f"TLS: {one_line(secret.mask(tls), _MAX_DETAIL)}", elapsed, retryable=False, sent=False)
    if kind is not None:
        return Failure(
            f"{kind.value} ({detail})" if detail else kind.value,
            elapsed,
            retryable=kind not in _IN_VAIN,
            timed_out=kind in _TIMED_OUT,
            sent=kind not in _NOT_SENT,
        )
    name = "no whole response in time" if isinstance(error, TimeoutError) else type(error).__name__
    name = "the response broke off" if isinstance(error, EOFError) else name
    return Failure(
        f"{name} ({detail})" if detail else name,
        elapsed,
        retryable=isinstance(error, (OSError, EOFError)),
        timed_out=isinstance(error, TimeoutError),
    )


def _kind_of(error: Exception) -> Kind | None:
    if isinstance(error, TransportError):
        return error.kind
    names = [cls.__name__ for cls in type(error).__mro__ if cls.__module__.startswith(("httpx", "httpcore"))]
    return next((_OF_HTTPX[name] for name in names if name in _OF_HTTPX), None)


def _tls_failure(error: BaseException, kind: Kind | None) -> str | None:
    """The reason of a TLS failure that another try would meet again; a connection that only broke is none."""
    connecting = kind in (Kind.CONNECT, Kind.CONNECT_PROXY) or isinstance(error, ssl.SSLError)
    whose = "proxy" if kind is Kind.CONNECT_PROXY else "server"
    for cause in reversed(_chain(error)):  # the innermost knows most
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"the {whose}'s certificate is not accepted ({getattr(cause, 'verify_message', cause)})"
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
