"""One request and its response, as steps that either driver carries out, and what is to be known where they fail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aurous._clock import monotonic
from aurous._engine.effects import Send
from aurous._errors import AurousError
from aurous._http.body import BodyReader
from aurous._http.failures import Failure, failure_of
from aurous._http.limits import Limits
from aurous._http.recorders import send_by
from aurous._http.transport import Transport
from aurous._http.wire import Incoming, Response

if TYPE_CHECKING:
    from aurous._http.steps import IO, Steps
    from aurous._secret import Secret


class Exchange:
    """Sends a request over a transport, the SDK's own or the caller's, and reads the response."""

    def __init__(self, send: Send, transport: Any, io: IO, secret: Secret) -> None:
        self._send = send
        self._transport = transport
        self._io = io
        self._secret = secret
        self._started = monotonic()
        self._limits = Limits(send.timeout.connect, send.timeout.read, send.remaining)
        self.incoming: Incoming | None = None
        """What is to be closed in the end."""

    def steps(self) -> Steps[Response]:
        """Send, and read the whole response; or its head, where the body of a success is left to be read."""
        send, limits = self._send, self._limits
        if isinstance(self._transport, Transport):
            incoming = yield from self._transport.open(send.request, limits)
        else:
            incoming = yield from send_by(self._transport, send.request, limits, self._io)
        self.incoming = incoming
        reader = BodyReader(incoming.status_code, incoming.headers, send.limit, self._secret)
        if send.keep_open and 200 <= incoming.status_code <= 299:
            self.incoming = None
            if isinstance(self._transport, Transport):
                self._transport.keep(incoming)
            return reader.opened(incoming, self._elapsed)
        while reader.wants_more and not incoming.is_over:
            chunk = yield from incoming.read()
            if not chunk:
                break
            reader.feed(chunk)
            limits.check_deadline()
        return reader.response(self._elapsed, reused=incoming.reused)

    def failure(self, error: Exception) -> Failure:
        """What is to be known of whatever a transport raised, or a body that could not be read."""
        if isinstance(error, AurousError):
            return Failure("the body cannot be read", self._elapsed, error=error)
        return failure_of(error, self._elapsed, self._secret)

    @property
    def _elapsed(self) -> float:
        return monotonic() - self._started
