"""Responses without an end, or larger than anything that makes sense: memory and time must stay within their bounds."""

from collections.abc import Iterator

from faults.compression import bomb, deflate_bomb, small_bomb
from faults.model import GOOD, LATE, MALFORMED, UNUSABLE, Case, Completion, Kind, Outcome, Raises
from faults.responses import (
    CHUNKED,
    JSON,
    Body,
    Headers,
    as_json,
    chunk,
    completion,
    envelope,
    flood,
    head,
    message,
    render,
    reply,
    wire,
)
from faults.steps import Close, Plan, Request, Send, Stall, Step

_BLOCK = 64 * 1024
_UNSIZED: Headers = (("Content-Type", JSON), ("Connection", "close"))
_ONE_TB: Headers = (("Content-Type", JSON), ("Content-Length", str(10**12)))
_MALFORMED: tuple[Outcome, ...] = (*MALFORMED, Raises("APIConnectionError"))
_MALFORMED_WHY = "A head without bounds is a broken connection, tried again or not, or an unusable response."


def _over(name: str, title: str, plan: Plan, *expect: Outcome, why: str = "", deadline: float = 20.0) -> Case:
    return Case(name, title, Kind.OVERSIZED, (plan,), expect, why, deadline=deadline)


def _endless_head(name: str, title: str, block: bytes, start: bytes = b"HTTP/1.1 200 OK\r\n") -> Case:
    return _over(name, title, flood(start, block), *_MALFORMED, why=_MALFORMED_WHY)


def _rows(count: int) -> Headers:
    return tuple((f"X-Trace-{number}", "x" * 12) for number in range(count))


def _bomb(start: bytes, tail: Body = completion) -> Plan:
    """Return a plan: a gzip bomb in chunks, behind *start*."""

    def plan(request: Request) -> Iterator[Step]:
        yield Send(start)
        for part in bomb(render(tail, request)):
            yield Send(chunk(part))
        yield Send(b"0\r\n\r\n")

    return plan


def _gzip(status: int = 200, coding: str = "gzip") -> bytes:
    return head(status, (*CHUNKED, ("Content-Encoding", coding)))


_HEADS = (
    _endless_head("endless_reason", "The reason in the status line never ends.", b"O" * _BLOCK, b"HTTP/1.1 200 "),
    _endless_head(
        "endless_header", "The value of a header never ends.", b"x" * _BLOCK, b"HTTP/1.1 200 OK\r\nX-Trace: "
    ),
    _endless_head("endless_header_name", "The name of a header never ends.", b"X" * _BLOCK),
    _endless_head("endless_headers", "Headers come without an end.", b"X-Trace: 1\r\n" * 5000),
    _endless_head(
        "endless_folds", "A folded header never ends.", b" folded\r\n" * 5000, b"HTTP/1.1 200 OK\r\nX-Trace: 1\r\n"
    ),
    _endless_head("endless_garbage", "Garbage without a line end comes for ever.", b"\xff\x00" * _BLOCK, b""),
    _over(
        "header_1_mb",
        "A header of 1 MB comes with a good response.",
        reply(headers=(("X-Trace", "x" * 10**6),)),
        *_MALFORMED,
        why=_MALFORMED_WHY,
    ),
    _over("header_4_kb", "A header of 4 kB comes with a good one.", reply(headers=(("X-Trace", "x" * 4096),)), GOOD),
    _over("headers_80", "80 further headers come with a good response.", reply(headers=_rows(80)), GOOD),
    _over(
        "headers_2000",
        "2,000 further headers come with a good response.",
        reply(headers=_rows(2000)),
        GOOD,
        *_MALFORMED,
        why="Some 60 kB of headers may be borne, or refused.",
    ),
    _over(
        "headers_100000",
        "100,000 further headers come with a good response.",
        reply(headers=_rows(100_000)),
        *_MALFORMED,
        why=_MALFORMED_WHY,
    ),
    *(
        _over(
            f"interim_flood_{status}",
            f"Interim responses ({status}) come without an end, as fast as they are read.",
            flood(b"", line * 500),
            LATE,
            *_MALFORMED,
            why="A bound on their number or the deadline ends it.",
            deadline=1.0,
        )
        for status, line in (
            (100, b"HTTP/1.1 100 Continue\r\n\r\n"),
            (103, b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
        )
    ),
)

_ENDLESS_BODY = b'{"id": "cmp_'

_BODIES = (
    _over(
        "endless_body",
        "A body without a length never ends.",
        flood(head(headers=_UNSIZED) + _ENDLESS_BODY, b"x" * _BLOCK),
        UNUSABLE,
    ),
    _over(
        "endless_chunks",
        "A body in chunks never ends.",
        flood(head(headers=CHUNKED), chunk(b"x" * _BLOCK)),
        UNUSABLE,
    ),
    _over(
        "endless_tiny_chunks",
        "Chunks of one byte come without an end, as fast as they are read.",
        flood(head(headers=CHUNKED), chunk(b" ") * 2000),
        LATE,
        UNUSABLE,
        why="The bound on the body or the deadline is met first, as the machine's speed has it.",
        deadline=1.0,
    ),
    _over(
        "endless_spaces",
        "Blanks without an end stand before the JSON.",
        flood(head(headers=CHUNKED), chunk(b" " * _BLOCK)),
        UNUSABLE,
    ),
    _over(
        "endless_spaces_after",
        "Blanks without an end stand behind the right JSON.",
        flood(lambda request: head(headers=CHUNKED) + chunk(completion(request)), chunk(b" " * _BLOCK)),
        UNUSABLE,
    ),
    _over(
        "endless_sized",
        "A body of the 1 TB that its length says comes.",
        flood(head(headers=_ONE_TB), b" " * _BLOCK),
        UNUSABLE,
    ),
    _over(
        "announced_1_tb",
        "The length says 1 TB, and nothing comes.",
        wire(head(headers=_ONE_TB), Stall()),
        UNUSABLE,
        Raises("APITimeoutError", attempts=(1, 2, 3)),
        why="The length may be refused as it stands, or waited for until the deadline.",
        deadline=0.5,
    ),
    _over(
        "announced_1_tb_cut",
        "The length says 1 TB, and a good body comes before the connection is closed.",
        wire(lambda request: head(headers=_ONE_TB) + completion(request), Close()),
        UNUSABLE,
        Raises("APIConnectionError", attempts=(3,)),
        why="The length may be refused as it stands, or found to be cut short.",
    ),
    _over(
        "endless_extension",
        "The extension of a chunk never ends.",
        flood(head(headers=CHUNKED) + b"5;x=", b"y" * _BLOCK),
        *_MALFORMED,
        why=_MALFORMED_WHY,
    ),
    _over(
        "endless_trailers",
        "Trailers come without an end behind the right body.",
        flood(lambda request: head(headers=CHUNKED) + chunk(completion(request)) + b"0\r\n", b"X-Trace: 1\r\n" * 5000),
        *_MALFORMED,
        why=_MALFORMED_WHY,
    ),
)

_REFUSED_WHY = "The status may be told without its body, or the body be the error."


def _endless_error(status: int, error: str, attempts: tuple[int, ...]) -> Case:
    return _over(
        f"endless_body_{status}",
        f"The body of a {status} never ends.",
        flood(head(status, CHUNKED), chunk(b"x" * _BLOCK)),
        Raises(error, status, attempts),
        Raises("APIResponseError", status, attempts=tuple({1, *attempts})),
        why=_REFUSED_WHY,
    )


_ERRORS = (
    _endless_error(400, "BadRequestError", (1,)),
    _endless_error(503, "ServerError", (3,)),
    _over(
        "body_20_mb_400",
        "The body of a 400 is a documented error with a message of 20 MB.",
        reply(lambda request: as_json(envelope("invalid_format", "invalid_request", message="x" * 20_000_000)), 400),
        Raises("BadRequestError", 400),
    ),
    _over(
        "body_20_mb_503_text",
        "The body of a 503 is 20 MB of text.",
        reply(lambda request: b"x" * 20_000_000, 503, content_type="text/plain"),
        Raises("ServerError", 503, attempts=(3,)),
    ),
)

_BOMBS = (
    _over("bomb_gzip", "1 MB of gzip unfolds to 1.1 GB, the right JSON at its end.", _bomb(_gzip()), UNUSABLE),
    _over(
        "bomb_gzip_sized",
        "1 MB of gzip in one piece, of a known length, unfolds to 1.1 GB.",
        reply(lambda request: b"".join(bomb(completion(request))), headers=(("Content-Encoding", "gzip"),)),
        UNUSABLE,
    ),
    _over(
        "bomb_nested",
        "A few kB unfold through two layers of gzip to 1.1 GB.",
        reply(lambda request: small_bomb(), headers=(("Content-Encoding", "gzip, gzip"),)),
        UNUSABLE,
    ),
    _over(
        "bomb_deflate",
        "A body in deflate unfolds to 200 MB.",
        reply(lambda request: deflate_bomb(), headers=(("Content-Encoding", "deflate"),)),
        UNUSABLE,
    ),
    _over(
        "bomb_400",
        "The body of a 400 is 1 MB of gzip that unfolds to 1.1 GB.",
        _bomb(_gzip(400)),
        Raises("BadRequestError", 400),
        Raises("APIResponseError", 400),
        why=_REFUSED_WHY,
    ),
    _over(
        "bomb_503",
        "The body of a 503 is 1 MB of gzip that unfolds to 1.1 GB.",
        _bomb(_gzip(503)),
        Raises("ServerError", 503, attempts=(3,)),
        Raises("APIResponseError", 503, attempts=(1, 3)),
        why=_REFUSED_WHY,
    ),
)


def _large(size: int) -> Plan:
    def body(request: Request) -> bytes:
        whole = completion(request)
        return whole.replace(b"This is", b"x" * size + b" This is", 1)

    return wire(lambda request: message(body(request)))


_LARGE = tuple(
    _over(f"content_{mega}_mb", f"A good one has a text of {mega} MB.", _large(mega * 10**6), Completion(text=None))
    for mega in (1, 5)
)

CASES = (*_HEADS, *_BODIES, *_ERRORS, *_BOMBS, *_LARGE)
