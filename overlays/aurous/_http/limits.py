"""The time that a request may take."""

from __future__ import annotations

from aurous._clock import monotonic
from aurous._http.failures import Kind, TransportError


class Limits:
    """The time that the operations of one request may take, each by itself and all together."""

    __slots__ = ("_connect", "_connect_by", "_deadline", "_read", "_total")

    def __init__(self, connect: float, read: float, total: float) -> None:
        self._connect, self._read, self._total = connect, read, total
        self._deadline = monotonic() + total
        self._connect_by = self._deadline

    def start_connecting(self) -> None:
        """From here on the connect timeout stands for the whole connection: name, address, proxy and TLS."""
        self._connect_by = min(monotonic() + self._connect, self._deadline)

    def of(self, expired: Kind) -> float:
        """Seconds for one operation now, by what it is called when they have passed."""
        now = monotonic()
        if expired is Kind.CONNECT_TIMEOUT:
            timeout = self._connect_by - now
        elif expired is Kind.POOL_TIMEOUT:
            timeout = self._deadline - now
        else:
            timeout = min(self._read, self._deadline - now)
        if timeout <= 0:
            raise TransportError(expired, "the time for it has passed")
        return timeout

    @property
    def remaining(self) -> float:
        """Seconds until the deadline."""
        return max(self._deadline - monotonic(), 0.0)

    def check_deadline(self) -> None:
        """Between two pieces: a server that sends them as fast as it can never lets a read wait."""
        if monotonic() > self._deadline:
            raise TransportError(Kind.READ_TIMEOUT, "the deadline of the call has passed")

    def as_timeouts(self) -> dict[str, float]:
        """As httpx has them."""
        connect, read = min(self._connect, self._total), min(self._read, self._total)
        return {"connect": connect, "read": read, "write": read, "pool": self._total}
