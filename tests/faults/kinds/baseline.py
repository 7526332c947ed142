"""Nothing wrong: what the others are compared with, and what every client is asked for after a fault."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from faults.model import GOOD, Case, Completion, Kind
from faults.responses import CHUNKED, JSON, as_json, chunked, completion, document, good, head, message, reply, wire
from faults.steps import Close, Pause, Request, Send, Step

VENDOR_SAMPLE = Path(__file__).parent.parent.joinpath("vendor_sample.json").read_bytes()
"""The vendor's own sample of a stored completion, to the letter."""

_RATES = (
    ("X-RateLimit-Limit", "1200"),
    ("X-RateLimit-Remaining", "1199"),
    ("X-RateLimit-Reset", "4102444800"),
    ("X-RateLimit-TPM-Limit", "100000"),
    ("X-RateLimit-TPM-Remaining", "99000"),
    ("X-RateLimit-TPM-Reset", "4102444800"),
)


def _in_pieces(request: Request) -> Iterator[Step]:
    whole = message(completion(request))
    step = len(whole) // 5 + 1
    for at in range(0, len(whole), step):
        yield Send(whole[at : at + step])
        yield Pause(0.02)


def _byte_by_byte(request: Request) -> Iterator[Step]:
    whole = message(completion(request))
    return (Send(whole[at : at + 1]) for at in range(len(whole)))


def _after_a_while(request: Request) -> Iterable[Step]:
    return (Pause(0.1), *good(request))


def _interim(request: Request) -> Iterable[Step]:
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n" * 3
    return (Send(hints + b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"), *good(request))


def _cancelled(id_: str) -> bytes:
    doc = document(id_)
    doc["status"] = "cancelled"
    doc["choices"][0]["finish_reason"] = "cancelled"
    breakdown = {
        "model": doc["model"],
        "input": {"text": 47, "cached_input_tokens": 0},
        "output": {"text": 23, "reasoning": 0},
    }
    doc["usage"]["breakdown"] = breakdown
    return as_json(doc)


CASES = (
    Case("ok", "A good response.", Kind.BASELINE, (good,), (GOOD,)),
    Case("ok_rates", "A good response with all documented headers.", Kind.BASELINE, (reply(headers=_RATES),), (GOOD,)),
    Case("ok_in_pieces", "A good response in five pieces with pauses between.", Kind.BASELINE, (_in_pieces,), (GOOD,)),
    Case("ok_byte_by_byte", "A good response, every byte sent by itself.", Kind.BASELINE, (_byte_by_byte,), (GOOD,)),
    Case("ok_after_a_while", "A good response after a tenth of a second.", Kind.BASELINE, (_after_a_while,), (GOOD,)),
    Case("ok_interim", "Some interim responses (103, 102, 100), then a good one.", Kind.BASELINE, (_interim,), (GOOD,)),
    Case(
        "ok_chunked",
        "A good response in chunks.",
        Kind.BASELINE,
        (wire(lambda request: head(headers=CHUNKED) + chunked(completion(request))),),
        (GOOD,),
    ),
    Case(
        "ok_until_close",
        "A good response without a length, ended by the end of the connection.",
        Kind.BASELINE,
        (
            wire(
                lambda request: head(headers=(("Content-Type", JSON), ("Connection", "close"))) + completion(request),
                Close(),
            ),
        ),
        (GOOD,),
    ),
    Case(
        "ok_closed",
        "A good response says Connection: close, and the server keeps its word.",
        Kind.BASELINE,
        (wire(lambda request: message(completion(request), headers=(("Connection", "close"),)), Close()),),
        (GOOD,),
    ),
    Case(
        "vendor_sample",
        "The vendor's own sample body, to the letter.",
        Kind.BASELINE,
        (reply(VENDOR_SAMPLE),),
        (Completion(drift=True, text=None),),
        asks="cmp_01HXMQ7Z3K8Y2ABCDEFGHJKM",
    ),
    Case(
        "ok_cancelled",
        "A cancelled completion, with the breakdown in tokens that the documentation shows for it.",
        Kind.BASELINE,
        (reply(lambda request: _cancelled(request.id)),),
        (GOOD,),
    ),
)
