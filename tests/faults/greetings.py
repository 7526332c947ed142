"""What a server says, or does, before it has read a request."""

from faults.model import Accept, Tls
from faults.responses import STRANGER, as_json, document, envelope, message
from faults.steps import Close, Reset, Send, Stall, Step

GREETINGS: dict[Accept, tuple[Step, ...]] = {
    "close": (Close(),),
    "reset": (Reset(),),
    "stall": (Stall(),),
    "banner": (Send(b"SSH-2.0-OpenSSH_9.6\r\n"), Close()),
    "stray": (Send(message(as_json(document(STRANGER)))),),
    "early_503": (Send(message(as_json(envelope("provider_unavailable")), 503, (("Connection", "close"),))), Close()),
    "late_408": (Send(b"HTTP/1.0 408 Request Time-out\r\nConnection: close\r\n\r\n"), Close()),
}
"""What a connection meets as it is taken. One that is not ended by it is served."""

HANDSHAKES: dict[Tls, tuple[Step, ...]] = {
    "handshake_stall": (Stall(),),
    "handshake_garbage": (Send(b"\x00\xff" * 64), Close()),
    "handshake_close": (Close(),),
    "handshake_reset": (Reset(),),
    "handshake_alert": (Send(b"\x15\x03\x03\x00\x02\x02\x28"), Close()),
    "handshake_http": (Send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), Close()),
}
"""What a client's hello meets in place of the server's."""
