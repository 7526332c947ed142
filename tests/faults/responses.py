"""The bytes of responses, good and bad, and the plans that send them."""

import copy
import json
from collections.abc import Callable, Iterable, Iterator
from email.utils import formatdate
from http import HTTPStatus
from typing import Any

from faults.model import ANSWER, answer_to
from faults.steps import Close, Pause, Plan, Request, Send, Step

Document = dict[str, Any]
Headers = Iterable[tuple[str | bytes, str | bytes]]
Body = bytes | Callable[[Request], bytes]

REQUEST_ID = "req_01HXMQ7Z3K8Y2ABCDEFGHJKM"
VERSION = "2026-05-15"
JSON = "application/json"
STRANGER = "cmp_01HXMQ7Z3K8Y2STRANGER"
"""The id of a completion that nobody asked for."""

HTML = (
    b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><h1>Welcome to the guest network</h1></body></html>"
)


# --- documents -------------------------------------------------------------------------------------------------------


def document(id_: str) -> Document:
    """Return a completed completion that keeps to the contract in every field."""
    message = {"role": "assistant", "content": answer_to(id_)}
    breakdown = {
        "input_credits": 0.0009,
        "output_credits": 0.0108,
        "model": "aurous-grow-2.0-pro",
        "pricing_version": 7,
    }
    counts = {"prompt_tokens": 12, "completion_tokens": 24, "total_tokens": 36}
    return {
        "id": id_,
        "object": "chat.completion",
        "created": 1731948000,
        "model": "aurous-grow-2.0-pro",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {**counts, "credits_charged": 0.0117, "breakdown": breakdown},
        "status": "completed",
    }


def _parent(doc: Document, pointer: str) -> tuple[Any, str | int]:
    """Return the container that the JSON pointer leads into, and the key or index of its last token."""
    *path, last = (int(token) if token.isdigit() else token for token in pointer.removeprefix("/").split("/"))
    here: Any = doc
    for token in path:
        here = here[token]
    return here, last


def changed(pointer: str, value: Any) -> Callable[[Request], bytes]:
    """Return a body: the good completion with *value* set at the JSON *pointer*."""

    def body(request: Request) -> bytes:
        doc = document(request.id)
        parent, last = _parent(doc, pointer)
        parent[last] = copy.deepcopy(value)
        return json.dumps(doc).encode()

    return body


def without(pointer: str) -> Callable[[Request], bytes]:
    """Return a body: the good completion with nothing at the JSON *pointer*."""

    def body(request: Request) -> bytes:
        doc = document(request.id)
        parent, last = _parent(doc, pointer)
        del parent[last]
        return json.dumps(doc).encode()

    return body


def text_with(old: str, new: str | bytes) -> Callable[[Request], bytes]:
    """Return a body: the good completion with *old* in its text replaced once, for what `json.dumps` cannot write."""

    def body(request: Request) -> bytes:
        text = json.dumps(document(request.id)).encode()
        before = old.replace(ANSWER, answer_to(request.id)).encode()
        if before not in text:
            raise ValueError(f"the good completion does not contain {old!r}")
        return text.replace(before, new if isinstance(new, bytes) else new.encode(), 1)

    return body


def completion(request: Request) -> bytes:
    """Return the good body for the id that was asked for."""
    return json.dumps(document(request.id)).encode()


def envelope(code: str = "internal_error", type_: str = "server_error", /, **changes: Any) -> Document:
    """Return the documented error envelope, with other fields of `error` as *changes* say."""
    error = {
        "type": type_,
        "code": code,
        "message": f"This is what {code} says.",
        "doc_url": f"https://docs.aurous-labs.com/errors#{code}",
        "request_id": REQUEST_ID,
    }
    return {"error": {**error, **changes}}


def spelled(text: str) -> str:
    """Return what stands for *text* within a JSON string when each of its characters is escaped."""
    return "".join(f"\\u{ord(letter):04x}" for letter in text)


def as_json(value: Any) -> bytes:
    """Return *value* as JSON text."""
    return json.dumps(value).encode()


# --- bytes on the wire -----------------------------------------------------------------------------------------------


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("latin-1")


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def head(status: int | str = 200, headers: Headers = (), *, date: float | None = None) -> bytes:
    """Return a status line and header block, the empty line included.

    Args:
        status: The status, or the whole status line as text.
        headers: Headers beside `Date`, `Aurous-Request-Id` and `Aurous-Version`; one of the same name replaces it.
        date: What the server takes for the time, in seconds since the epoch; None is the real one.
    """
    line = status if isinstance(status, str) else f"HTTP/1.1 {status} {_reason(status)}"
    given = [(_bytes(name), _bytes(value)) for name, value in headers]
    names = {name.lower() for name, _ in given}
    standard = (("Date", formatdate(date, usegmt=True)), ("Aurous-Request-Id", REQUEST_ID), ("Aurous-Version", VERSION))
    rows = [(name.encode(), value.encode()) for name, value in standard if name.lower().encode() not in names]
    block = b"".join(b"%s: %s\r\n" % row for row in (*rows, *given))
    return line.encode("latin-1") + b"\r\n" + block + b"\r\n"


def message(
    body: bytes,
    status: int | str = 200,
    headers: Headers = (),
    *,
    content_type: str | None = JSON,
    length: int | str | None = -1,
    date: float | None = None,
) -> bytes:
    """Return a whole response.

    Args:
        body: The body as it goes on the wire.
        status: The status, or the whole status line.
        headers: Further headers.
        content_type: Its `Content-Type`, or None for none.
        length: What `Content-Length` says; -1 is the truth, None is no such header.
        date: As for `head`.
    """
    typed = () if content_type is None else (("Content-Type", content_type),)
    sized = () if length is None else (("Content-Length", str(len(body) if length == -1 else length)),)
    return head(status, (*typed, *sized, *headers), date=date) + body


def chunk(data: bytes) -> bytes:
    """Return *data* as one chunk of the chunked coding."""
    return b"%x\r\n%s\r\n" % (len(data), data)


def chunked(body: bytes, size: int = 64, *, end: bytes = b"0\r\n\r\n") -> bytes:
    """Return *body* in chunks of *size* bytes, with *end* behind the last of them."""
    return b"".join(chunk(body[at : at + size]) for at in range(0, len(body), size)) + end


CHUNKED: Headers = (("Content-Type", JSON), ("Transfer-Encoding", "chunked"))
"""The headers of a JSON response in chunks."""


# --- plans -----------------------------------------------------------------------------------------------------------


def render(body: Body, request: Request) -> bytes:
    """Return the bytes of *body* for *request*."""
    return body if isinstance(body, bytes) else body(request)


def reply(
    body: Body = completion,
    status: int | str = 200,
    headers: Headers = (),
    *,
    content_type: str | None = JSON,
    length: int | str | None = -1,
) -> Plan:
    """Return a plan: one whole response, the connection kept. The parameters are those of `message`."""
    rows = tuple(headers)

    def plan(request: Request) -> Iterable[Step]:
        data = message(render(body, request), status, rows, content_type=content_type, length=length)
        # Without a length the end of the connection is the end of the body.
        return (Send(data), Close()) if length is None else (Send(data),)

    return plan


def refusal(status: int, code: str = "", type_: str = "", headers: Headers = (), **changes: Any) -> Plan:
    """Return a plan: the documented error envelope with *status*."""
    kind = type_ or ("server_error" if status >= 500 else "rate_limit" if status == 429 else "invalid_request")
    fallback = "internal_error" if status >= 500 else "too_many_requests" if status == 429 else "invalid_request"
    return reply(as_json(envelope(code or fallback, kind, **changes)), status, headers)


def wire(data: Body, *last: Step) -> Plan:
    """Return a plan: these very bytes, then the steps *last*."""
    return lambda request: (Send(render(data, request)), *last)


def drip(start: Body, more: Body, *, every: float = 0.05) -> Plan:
    """Return a plan: *start* at once, then the bytes of *more* one by one, again and again, *every* so many seconds."""

    def plan(request: Request) -> Iterator[Step]:
        yield Send(render(start, request))
        rest = render(more, request)
        while True:
            for at in range(len(rest)):
                yield Pause(every)
                yield Send(rest[at : at + 1])

    return plan


def flood(start: Body, block: bytes) -> Plan:
    """Return a plan: *start*, then *block* again and again as fast as the client takes it."""

    def plan(request: Request) -> Iterator[Step]:
        yield Send(render(start, request))
        while True:
            yield Send(block)

    return plan


def good(request: Request) -> Iterable[Step]:
    """Respond as the documentation says."""
    return (Send(message(completion(request))),)
