"""Responses that come a byte at a time, for ever: only a deadline over the whole call ends them."""

import zlib
from collections.abc import Iterator

from faults.model import LATE, Case, Completion, Kind, Outcome, Raises
from faults.responses import CHUNKED, JSON, Body, chunk, completion, drip, head, message
from faults.steps import Pause, Plan, Request, Send, Step

_SIZED = (("Content-Type", JSON), ("Content-Length", "1000000"))
_UNSIZED = (("Content-Type", JSON), ("Connection", "close"))
_GZIPPED = (*_SIZED, ("Content-Encoding", "gzip"))


def _drip(name: str, what: str, start: Body, more: Body, *others: Outcome, why: str = "", every: float = 0.05) -> Case:
    title = f"{what} for ever, a byte every {round(every * 1000)} ms."
    return Case(f"drip_{name}", title, Kind.SLOW, (drip(start, more, every=every),), (LATE, *others), why, deadline=0.5)


def _every(block: Body, start: Body = b"") -> Plan:
    """Return a plan: *start*, then *block* as a whole every 50 ms."""

    def plan(request: Request) -> Iterator[Step]:
        yield Send(start if isinstance(start, bytes) else start(request))
        while True:
            yield Send(block if isinstance(block, bytes) else block(request))
            yield Pause(0.05)

    return plan


def _slow(name: str, title: str, plan: Plan, with_speed: tuple[Outcome, ...] = ()) -> Case:
    return Case(name, title, Kind.SLOW, (plan,), (LATE,), deadline=0.5, with_speed=with_speed)


def _spaces_in_gzip() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return packer.compress(b" " * 2000) + packer.flush(zlib.Z_SYNC_FLUSH)


def _then_spaces(request: Request) -> bytes:
    return head(headers=_SIZED) + completion(request)


def _half_second(request: Request) -> Iterator[Step]:
    """The whole response in eight pieces over half a second: slow, but well inside its deadline."""
    whole = message(completion(request))
    step = len(whole) // 8 + 1
    for at in range(0, len(whole), step):
        yield Send(whole[at : at + step])
        yield Pause(0.06)


CASES = (
    _drip("reason", "The status line comes", b"HTTP/1.1 200 ", b"O"),
    _drip("header_name", "A header's name comes", b"HTTP/1.1 200 OK\r\n", b"X"),
    _drip("header_value", "A header's value comes", b"HTTP/1.1 200 OK\r\nX-Trace: ", b"x"),
    _drip("body", "A body of a known length comes", head(headers=_SIZED), b"{"),
    _drip("body_slower", "A body of a known length comes", head(headers=_SIZED), b"{", every=0.2),
    _drip("true_body", "The right body comes", head(headers=_SIZED), completion),
    _drip("spaces", "Blanks come in place of a body", head(headers=_SIZED), b" "),
    _drip("spaces_after", "The right body comes at once, then blanks", _then_spaces, b" "),
    _drip("unsized", "A body without a length comes", head(headers=_UNSIZED), b"{"),
    _drip("chunk_size", "The size of a chunk comes", head(headers=CHUNKED), b"0"),
    _drip("chunk_extension", "The extension of a chunk comes", head(headers=CHUNKED) + b"5;x=", b"y"),
    _drip("chunk_data", "The data of a chunk comes", head(headers=CHUNKED) + b"fffff\r\n", b" "),
    _drip("gzip", "A compressed body comes", head(headers=_GZIPPED), _spaces_in_gzip()),
    _drip(
        "error_body",
        "The body of a 400 comes",
        head(400, _SIZED),
        b"{",
        Raises("BadRequestError", 400),
        why="The status has come, and may be told without the rest.",
    ),
    _drip(
        "unavailable_body",
        "The body of a 503 comes",
        head(503, _SIZED),
        b"{",
        Raises("ServerError", 503, attempts=(1, 2, 3)),
        why="The status has come, and may be told, or tried again, without the rest.",
    ),
    _slow(
        "drip_interim", "Early hints (103) come for ever, one every 50 ms.", _every(b"HTTP/1.1 103 Early Hints\r\n\r\n")
    ),
    _slow(
        "drip_continue",
        "Interim responses (100) come for ever, one every 50 ms.",
        _every(b"HTTP/1.1 100 Continue\r\n\r\n"),
    ),
    _slow(
        "drip_header_lines",
        "Headers come for ever, one every 50 ms.",
        _every(b"X-Trace: 1\r\n", b"HTTP/1.1 200 OK\r\n"),
    ),
    _slow(
        "drip_folds",
        "A folded header goes on for ever, a line every 50 ms.",
        _every(b" x\r\n", b"HTTP/1.1 200 OK\r\nX-Trace: 1\r\n"),
        with_speed=(Raises("APIConnectionError", attempts=(1, 2, 3), retryable=True), LATE),
    ),
    _slow(
        "drip_chunks", "Chunks of one byte come for ever, one every 50 ms.", _every(chunk(b" "), head(headers=CHUNKED))
    ),
    _slow(
        "drip_trailers",
        "Trailers come for ever, one every 50 ms.",
        _every(b"X-Trace: 1\r\n", lambda request: head(headers=CHUNKED) + chunk(completion(request)) + b"0\r\n"),
    ),
    Case(
        "slow_but_good",
        "A good response in eight pieces over half a second.",
        Kind.SLOW,
        (_half_second,),
        (Completion(),),
    ),
)
