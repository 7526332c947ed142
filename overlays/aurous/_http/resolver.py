"""From the name of a host to its addresses, in the order in which they are tried."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable
from ipaddress import ip_address
from itertools import chain, zip_longest
from queue import Empty, SimpleQueue
from typing import Any

from aurous._http.failures import Kind, TransportError

Address = tuple[Any, Any, int, str, Any]
"""As `socket.getaddrinfo` gives it."""


def resolve(host: str, port: int, timeout: float) -> list[Address]:
    """The addresses of a host. The system's resolver knows no timeout, so that a thread waits for it."""
    found: SimpleQueue[Any] = SimpleQueue()
    look_up(host, port, found.put)
    try:
        return checked(host, found.get(timeout=timeout))
    except Empty:
        raise too_late(host) from None


def look_up(host: str, port: int, deliver: Callable[[Any], object]) -> None:
    """Look a host up. In a thread, but for an address, and where none can be started: at the end of the process."""
    is_address = _is_address(host)

    def ask() -> None:
        try:
            # A name in bytes goes past the codec for names of other scripts, which would be imported here.
            name = host.encode() if is_address else host
            outcome: Any = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
        except BaseException as error:  # noqa: BLE001  # raised where it is waited for
            outcome = error
        deliver(outcome)

    if is_address or sys.is_finalizing():
        ask()
        return
    try:
        threading.Thread(target=ask, name="aurous-resolver", daemon=True).start()
    except RuntimeError:
        ask()


def checked(host: str, outcome: Any) -> list[Address]:
    if isinstance(outcome, (OSError, UnicodeError)):
        raise TransportError(Kind.CONNECT, str(outcome)) from outcome
    if isinstance(outcome, BaseException):
        raise outcome
    if not outcome:
        raise TransportError(Kind.CONNECT, f"{host} has no address")
    return _interleaved(outcome)


def _interleaved(addresses: list[Address]) -> list[Address]:
    """Address families in turns, the first one first (RFC 8305 section 4)."""
    first = [address for address in addresses if address[0] == addresses[0][0]]
    others = [address for address in addresses if address[0] != addresses[0][0]]
    return [address for address in chain(*zip_longest(first, others)) if address is not None]


def too_late(host: str) -> TransportError:
    return TransportError(Kind.CONNECT_TIMEOUT, f"the name {host} was not resolved in time")


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
