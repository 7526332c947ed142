"""Connections that are closed, reset or left hanging at each stage of a response."""

from collections.abc import Callable, Iterator

from faults.model import BROKEN, LATE, RECOVERED, UNUSABLE, Case, Completion, Kind, Raises, once
from faults.responses import CHUNKED, JSON, chunk, completion, good, head, message, wire
from faults.steps import Close, Plan, Request, Reset, Stall, Step


def _line(request: Request) -> bytes:
    return b"HTTP/1.1 200 OK\r\n"


def _headers(request: Request) -> bytes:
    return message(completion(request)).partition(b"\r\n\r\n")[0] + b"\r\n\r\n"


def _chunks(request: Request) -> bytes:
    body = completion(request)
    return head(headers=CHUNKED) + chunk(body[:100]) + chunk(body[100:])


_STAGES: tuple[tuple[str, str, Callable[[Request], bytes]], ...] = (
    ("request", "after the request", lambda request: b""),
    ("mid_status_line", "in the middle of the status line", lambda request: _line(request)[:10]),
    ("status_line", "after the status line", _line),
    ("mid_headers", "in the middle of a header", lambda request: _headers(request)[:-12]),
    ("headers", "after the headers", _headers),
    ("first_byte", "after the first byte of the body", lambda request: _headers(request) + b"{"),
    ("mid_body", "in the middle of the body", lambda request: message(completion(request))[:-100]),
    ("last_byte", "before the last byte of the body", lambda request: message(completion(request))[:-1]),
    ("interim", "after an interim response", lambda request: b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
    ("chunked_headers", "after the headers of a response in chunks", lambda request: head(headers=CHUNKED)),
    ("mid_chunk_size", "in the middle of the size of a chunk", lambda request: head(headers=CHUNKED) + b"1"),
    ("mid_chunk", "in the middle of a chunk", lambda request: _chunks(request)[:-50]),
    ("last_chunk", "after all the data, without the last chunk", _chunks),
    ("mid_last_chunk", "in the middle of the last chunk", lambda request: _chunks(request) + b"0\r\n"),
    ("trailers", "after a trailer", lambda request: _chunks(request) + b"0\r\nX-Checksum: 5\r\n"),
)

_ACTS: tuple[tuple[str, str, Step], ...] = (
    ("closed", "closed", Close()),
    ("reset", "reset", Reset()),
)


def _breaks() -> Iterator[Case]:
    """Every stage, closed and reset, for ever and once."""
    for stage, where, data in _STAGES:
        for act, how, step in _ACTS:
            title = f"The connection is {how} {where}."
            case = Case(f"{act}_at_{stage}", title, Kind.BROKEN, (wire(data, step),), (BROKEN,))
            yield case
            yield once(case, good)


def _stalls() -> Iterator[Case]:
    """Every stage, left hanging; once only for two of them, as each takes its deadline."""
    late = Raises("APITimeoutError", attempts=(1, 2, 3))
    why = "A read limit inside the deadline may end an attempt early."
    for stage, where, data in _STAGES:
        title = f"The server falls silent {where}."
        case = Case(f"stalled_at_{stage}", title, Kind.SLOW, (wire(data, Stall()),), (late,), why, deadline=0.5)
        yield case
        if stage in ("request", "mid_body"):
            yield once(case, good, (LATE, RECOVERED), "A read limit inside the deadline makes a second attempt.")


def _unsized(cut: int, step: Step) -> Plan:
    """Return a plan: a response that only the end of the connection ends, without its last *cut* bytes."""
    start = head(headers=(("Content-Type", JSON), ("Connection", "close")))
    return wire(lambda request: start + completion(request)[: -cut or None], step)


CASES = (
    *_breaks(),
    Case(
        "reset_at_end_without_length",
        "A response without a length is whole, but ends with a reset.",
        Kind.BROKEN,
        (_unsized(0, Reset()),),
        (BROKEN,),
    ),
    Case(
        "closed_in_json_without_length",
        "A response without a length is closed in the middle of the JSON.",
        Kind.BROKEN,
        (_unsized(100, Close()),),
        (BROKEN, UNUSABLE),
        "Nothing but the JSON says that something is missing: a broken connection, or a response that does not parse.",
    ),
    Case(
        "reset_then_closed_then_ok",
        "The first connection is reset, the second closed in the body, the third is good.",
        Kind.BROKEN,
        (wire(b"", Reset()), wire(lambda request: message(completion(request))[:-9], Close()), good),
        (Completion(attempts=(3,)),),
    ),
    *_stalls(),
)
