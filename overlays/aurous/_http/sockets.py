"""The blocking connections: made within a deadline, read in small pieces, and never left open."""

from __future__ import annotations

import errno
import os
import select
import selectors
import socket
from collections import deque
from contextlib import suppress
from ssl import MemoryBIO, SSLContext, SSLSocket, SSLWantReadError, SSLWantWriteError
from threading import Lock
from typing import Any, Final, cast

from aurous import _process
from aurous._clock import monotonic
from aurous._http.failures import Kind, TransportError
from aurous._http.limits import Limits
from aurous._http.resolver import Address, resolve
from aurous._http.steps import IO

WRITE_SIZE: Final = 64 * 1024
"""Bytes that are sent at once. Between two writes it is seen whether a response came early."""

STAGGER: Final = 0.25
"""Seconds until the next address is tried beside those that have not responded (RFC 8305 section 5)."""

_UNDER_WAY: Final = frozenset({0, errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EAGAIN})

_TLS_RECORD: Final = 16 * 1024 + 512

H2_OFFERED: Final = (
    "the ssl_context= offers h2, and the server chose it; the SDK speaks HTTP/1.1: "
    "call set_alpn_protocols(['http/1.1']) on the context"
)


class BlockingStream:
    """A connection that blocks."""

    def __init__(self, sock: socket.socket) -> None:
        self._outermost = sock
        self._socket: Any = sock
        self._early = b""
        self._in_use = False
        self._is_closed = False
        self._pid = _process.look()

    def read(self, max_bytes: int, limits: Limits, expired: Kind = Kind.READ_TIMEOUT) -> bytes:
        """What has come, once something has; nothing at the end."""
        if self._early:
            early, self._early = self._early, b""
            return early
        data: bytes = self._do(limits, expired, self._socket.recv, max_bytes)
        return data

    def write(self, data: bytes, limits: Limits, continued: bool = False) -> bool:  # noqa: FBT001, FBT002
        """Send it all. False where it was not sent whole, because a response came before it was."""
        try:
            sent: bool = self._do(limits, Kind.WRITE_TIMEOUT, self._send, data, limits, continued)
        except TransportError as error:
            # A server that refuses a body may hang up after it has said so.
            if error.kind is Kind.BROKEN and not self._is_closed and self._has_come() and self._early:
                return False
            raise
        return sent

    def _send(self, data: bytes, limits: Limits, continued: bool) -> bool:  # noqa: FBT001
        view = memoryview(data)
        sent = 0
        self._socket.settimeout(0)
        if continued and self._has_come():
            return False
        while True:
            try:
                sent += self._socket.send(view[sent : sent + WRITE_SIZE])
            except (BlockingIOError, SSLWantReadError, SSLWantWriteError):
                if not wait_for(self._socket, limits.of(Kind.WRITE_TIMEOUT), writable=True):
                    raise TimeoutError("the server takes no more of the request") from None
            if sent == len(data):
                return True
            if self._has_come():
                return False

    def _has_come(self) -> bool:
        """Whether a response has begun to come, or the end. Over TLS only reading tells: other records come, too."""
        try:
            came = self._socket.recv(WRITE_SIZE)
        except OSError:
            return bool(self._early)
        self._early += came
        return True

    def start_tls(
        self, ssl_context: SSLContext, server_hostname: str, limits: Limits, broken: Kind = Kind.CONNECT
    ) -> None:
        """Speak TLS from here on; a second time, where it leads through a proxy that speaks it, too."""
        self._do(limits, Kind.CONNECT_TIMEOUT, self._wrap, ssl_context, server_hostname, broken=broken)
        if self._socket.selected_alpn_protocol() == "h2":
            raise TransportError(Kind.UNSUPPORTED, H2_OFFERED)

    def _wrap(self, ssl_context: SSLContext, server_hostname: str) -> None:
        if isinstance(self._socket, SSLSocket):
            self._socket = _InnerTLS(self._socket, ssl_context, server_hostname)
        else:
            self._socket = self._outermost = ssl_context.wrap_socket(
                # Else a connection that was cut would look like the end of a body of unknown length.
                self._socket,
                server_hostname=server_hostname,
                suppress_ragged_eofs=False,
            )

    @property
    def tls(self) -> Any:
        """What knows of the TLS that is spoken, by `version()` and `getpeercert()`; None where none is."""
        return self._socket if hasattr(self._socket, "getpeercert") else None

    @property
    def is_readable(self) -> bool:
        """Whether something came that nobody waited for, or the end."""
        if self._is_closed or (hasattr(self._socket, "pending") and self._socket.pending()):
            return True
        return wait_for(self._socket, 0)

    def close(self) -> None:
        """Close at once. Another thread that reads or writes is woken, and closes the descriptor when it is done.

        A forked child closes its descriptor only: the connection is its parent's.
        """
        self._is_closed = True
        if _process.look() == self._pid:
            with suppress(OSError):
                socket.socket.shutdown(self._outermost, socket.SHUT_RDWR)
        if not self._in_use:
            self._outermost.close()

    def _do(self, limits: Limits, expired: Kind, operation: Any, *args: Any, broken: Kind = Kind.BROKEN) -> Any:
        """Use the descriptor. Until that ends it is not closed, and so does not become another connection's."""
        self._in_use = True
        try:
            done: Any = None
            if not self._is_closed:
                self._socket.settimeout(limits.of(expired))
                done = operation(*args)
            if self._is_closed:
                raise TransportError(Kind.BROKEN, "it was closed")
        except TimeoutError as error:
            raise TransportError(expired, str(error)) from error
        except (OSError, ValueError) as error:
            raise TransportError(broken, "it was closed" if self._is_closed else str(error)) from error
        finally:
            self._in_use = False
            if self._is_closed:
                self._outermost.close()
        return done


class _InnerTLS:
    """TLS within TLS, for which the standard library's sockets have no room: a socket on another."""

    def __init__(self, outer: SSLSocket, ssl_context: SSLContext, server_hostname: str) -> None:
        self._outer = outer
        self._incoming, self._outgoing = MemoryBIO(), MemoryBIO()
        self._unsent = b""
        self._tls = ssl_context.wrap_bio(self._incoming, self._outgoing, server_hostname=server_hostname)
        self.settimeout(outer.gettimeout() or 0)
        self._do(self._tls.do_handshake)
        self.pending = self._tls.pending
        self.selected_alpn_protocol = self._tls.selected_alpn_protocol
        self.version, self.getpeercert = self._tls.version, self._tls.getpeercert
        self.fileno = outer.fileno
        self.close = outer.close

    def settimeout(self, timeout: float) -> None:
        """Of one operation, however many it takes of the outer socket; none at all to block never."""
        self._ends = monotonic() + timeout if timeout else None
        self._outer.settimeout(timeout)

    def recv(self, size: int) -> bytes:
        return bytes(self._do(self._tls.read, size))

    def recv_into(self, view: memoryview) -> int:
        return int(self._do(self._tls.read, len(view), view))

    def send(self, data: memoryview) -> int:
        self._flush()
        return int(self._do(self._tls.write, data))

    def _do(self, operation: Any, *args: Any) -> Any:
        """Carry an operation out, with what it needs to send and to receive."""
        while True:
            try:
                done = operation(*args)
            except SSLWantReadError:
                self._flush()
                if self._ends is not None:
                    self._outer.settimeout(max(self._ends - monotonic(), 0.001))
                if came := self._outer.recv(_TLS_RECORD):
                    self._incoming.write(came)
                else:
                    self._incoming.write_eof()
            else:
                with suppress(BlockingIOError, SSLWantWriteError):  # what is left goes before the next
                    self._flush()
                return done

    def _flush(self) -> None:
        self._unsent += self._outgoing.read()
        while self._unsent:
            self._unsent = self._unsent[self._outer.send(self._unsent) :]


def wait_for(sock: Any, timeout: float | None, *, writable: bool = False) -> bool:
    """Wait for input, or also for room to write. False where there was none in time."""
    if not hasattr(select, "poll"):  # on Windows, where select() takes sockets of any number
        return any(select.select([sock], [sock] if writable else [], [], timeout))
    poll = select.poll()
    poll.register(sock, select.POLLIN | select.POLLOUT if writable else select.POLLIN)
    return bool(poll.poll(None if timeout is None else timeout * 1000))


def connect(host: str, port: int, limits: Limits) -> BlockingStream:
    """A connection to the first of the host's addresses that takes one (RFC 8305)."""
    waiting = deque(resolve(host, port, limits.of(Kind.CONNECT_TIMEOUT)))
    failure: OSError | None = None
    with selectors.DefaultSelector() as racing:
        try:
            while waiting or racing.get_map():
                if waiting:
                    try:
                        racing.register(_connecting(waiting.popleft()), selectors.EVENT_WRITE)
                    except OSError as error:
                        failure = error
                        continue
                left = limits.of(Kind.CONNECT_TIMEOUT)
                for key, _ in racing.select(min(STAGGER, left) if waiting else left):
                    sock: Any = key.fileobj
                    racing.unregister(sock)
                    if not (code := sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)):
                        return BlockingStream(sock)
                    sock.close()
                    failure = OSError(code, os.strerror(code))
        finally:
            for key in list(racing.get_map().values()):
                cast("socket.socket", key.fileobj).close()
    raise TransportError(Kind.CONNECT, str(failure)) from failure


def new_socket(address: Address) -> socket.socket:
    """A socket for an address, that does not block."""
    family, kind, protocol, _, _ = address
    sock = socket.socket(family, kind, protocol)
    sock.settimeout(0)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def _connecting(address: Address) -> socket.socket:
    """A socket that is about to be connected."""
    sock = new_socket(address)
    code = sock.connect_ex(address[4])
    if code not in _UNDER_WAY:
        sock.close()
        raise OSError(code, os.strerror(code))
    return sock


class ThreadWaiter:
    """A thread that waits, on a plain lock: an interrupt within `threading.Event` leaves its lock held, for good."""

    def __init__(self) -> None:
        self.seen = 0.0
        """When it last looked for itself, on `time.monotonic`."""
        self._lock = Lock()
        self._lock.acquire()

    def wait(self, timeout: float) -> None:
        """Until it is woken, or the time has passed."""
        self._lock.acquire(timeout=timeout)

    def wake(self) -> None:
        """Let it look again."""
        with suppress(RuntimeError):  # it was woken already
            self._lock.release()


def _next(pieces: Any, limits: Limits | None = None) -> Any:  # noqa: ARG001  # nothing can end a thread's wait for its caller
    return next(pieces, None)


def _close(pieces: Any) -> None:
    pieces.close()


BLOCKING: Final = IO(connect, iter, _next, _close, ThreadWaiter, "Client", "handle_request", "close")
