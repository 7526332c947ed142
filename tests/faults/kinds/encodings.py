"""Bodies in a content coding, asked for or not, whole or not."""

from faults.compression import brotli, deflated, gzipped, zstandard
from faults.model import BROKEN, GOOD, UNUSABLE, Case, Kind, Outcome, Raises, once
from faults.responses import (
    CHUNKED,
    JSON,
    Body,
    as_json,
    chunked,
    completion,
    envelope,
    good,
    head,
    reply,
    wire,
)
from faults.steps import Close, Plan, Request

_UNASKED_WHY = "The client may know the coding, or refuse it."
_DAMAGED_WHY = "Damage in a compressed body is a broken connection, or an unusable response."


def _coded(coding: str, body: Body) -> Plan:
    """Return a plan: *body* with this Content-Encoding."""
    return reply(body, headers=(("Content-Encoding", coding),))


def _case(name: str, title: str, plan: Plan, *expect: Outcome, why: str = "") -> Case:
    return Case(f"coding_of_{name}", title, Kind.ENCODING, (plan,), expect, why)


def _maybe(name: str, title: str, plan: Plan) -> Case:
    return _case(name, title, plan, GOOD, UNUSABLE, why=_UNASKED_WHY)


def _gzip(request: Request) -> bytes:
    return gzipped(completion(request))


def _cut(request: Request) -> bytes:
    return _gzip(request)[:-40]


def _wrong_checksum(request: Request) -> bytes:
    whole = _gzip(request)
    return whole[:-8] + bytes(4) + whole[-4:]


def _flipped(request: Request) -> bytes:
    whole = bytearray(_gzip(request))
    whole[len(whole) // 2] ^= 0xFF
    return bytes(whole)


def _named(request: Request) -> bytes:
    whole = _gzip(request)
    return whole[:3] + b"\x08" + whole[4:10] + b"answer.json\x00" + whole[10:]


def _members(request: Request) -> bytes:
    body = completion(request)
    return gzipped(body[:100]) + gzipped(body[100:])


_CUT = _case("gzip_cut", "A body in gzip is cut, though its length is right.", _coded("gzip", _cut), BROKEN)
_CUT_CHUNKED = _case(
    "gzip_cut_chunked",
    "A body in gzip is cut, though its chunks are complete.",
    wire(lambda request: head(headers=(*CHUNKED, ("Content-Encoding", "gzip"))) + chunked(_cut(request))),
    BROKEN,
)

CASES = (
    _case("gzip", "A good response in gzip.", _coded("gzip", _gzip), GOOD),
    _case("gzip_in_capitals", "A good response in gzip, the coding in capitals.", _coded("GZIP", _gzip), GOOD),
    _maybe("x_gzip", "A good response in gzip, under its old name x-gzip.", _coded("x-gzip", _gzip)),
    _case(
        "gzip_chunked",
        "A good response in gzip, in chunks of one byte.",
        wire(lambda request: head(headers=(*CHUNKED, ("Content-Encoding", "gzip"))) + chunked(_gzip(request), 1)),
        GOOD,
    ),
    _case(
        "gzip_until_close",
        "A good response in gzip, ended by the end of the connection.",
        reply(_gzip, headers=(("Content-Encoding", "gzip"),), length=None),
        GOOD,
    ),
    _case("identity", "A good response in the coding identity, which is none.", _coded("identity", completion), GOOD),
    _case("nothing", "A good response whose Content-Encoding is empty.", _coded("", completion), GOOD),
    _case("gzip_with_name", "A good response in gzip, with a file name in it.", _coded("gzip", _named), GOOD),
    _maybe("deflate", "A good response in deflate.", _coded("deflate", lambda request: deflated(completion(request)))),
    _maybe(
        "deflate_bare",
        "A good response in deflate without its wrapper.",
        _coded("deflate", lambda request: deflated(completion(request), bare=True)),
    ),
    _maybe("brotli", "A good response in br.", _coded("br", lambda request: brotli(completion(request)))),
    _maybe("zstandard", "A good response in zstd.", _coded("zstd", lambda request: zstandard(completion(request)))),
    _maybe(
        "gzip_twice",
        "A good response in two layers of gzip.",
        _coded("gzip, gzip", lambda request: gzipped(completion(request), 2)),
    ),
    _maybe(
        "two_headers",
        "A good response in two layers of gzip, each with a header of its own.",
        reply(
            lambda request: gzipped(completion(request), 2),
            headers=(("Content-Encoding", "gzip"), ("Content-Encoding", "gzip")),
        ),
    ),
    _case(
        "gzip_100_times",
        "A good response in 100 layers of gzip.",
        _coded(", ".join(["gzip"] * 100), lambda request: gzipped(completion(request), 100)),
        UNUSABLE,
    ),
    _case("unknown", "The Content-Encoding is unknown.", _coded("x-rot13", b"\x9d\x01 not JSON \xff"), UNUSABLE),
    _case(
        "gzip_missing",
        "The Content-Encoding says gzip, and the body is plain JSON.",
        _coded("gzip", completion),
        UNUSABLE,
        BROKEN,
        why=_DAMAGED_WHY,
    ),
    _case(
        "gzip_garbage",
        "The Content-Encoding says gzip, and the body is garbage.",
        _coded("gzip", b"\x00\xff" * 50),
        UNUSABLE,
        BROKEN,
        why=_DAMAGED_WHY,
    ),
    _case(
        "gzip_empty",
        "The Content-Encoding says gzip, and the body is empty.",
        _coded("gzip", b""),
        UNUSABLE,
        BROKEN,
        why=_DAMAGED_WHY,
    ),
    _case("gzip_of_html", "A page of HTML in gzip.", _coded("gzip", gzipped(b"<html>busy</html>")), UNUSABLE),
    _CUT,
    once(_CUT, good),
    _CUT_CHUNKED,
    once(_CUT_CHUNKED, good),
    _case(
        "gzip_cut_without_length",
        "A body in gzip without a length is closed before its end.",
        wire(
            lambda request: head(headers=(("Content-Type", JSON), ("Content-Encoding", "gzip"))) + _cut(request),
            Close(),
        ),
        BROKEN,
    ),
    _case(
        "gzip_header_cut",
        "A body in gzip is cut inside its header.",
        _coded("gzip", lambda request: _gzip(request)[:5]),
        BROKEN,
    ),
    _case(
        "deflate_cut",
        "A body in deflate is cut.",
        _coded("deflate", lambda request: deflated(completion(request))[:-40]),
        BROKEN,
        UNUSABLE,
        why=_UNASKED_WHY,
    ),
    _case(
        "gzip_wrong_checksum",
        "The checksum of a body in gzip is wrong.",
        _coded("gzip", _wrong_checksum),
        UNUSABLE,
        BROKEN,
        why=_DAMAGED_WHY,
    ),
    _case(
        "gzip_flipped",
        "A byte of a body in gzip is wrong.",
        _coded("gzip", _flipped),
        UNUSABLE,
        BROKEN,
        why=_DAMAGED_WHY,
    ),
    _case(
        "gzip_then_more",
        "Garbage follows a good body in gzip.",
        _coded("gzip", lambda request: _gzip(request) + b"garbage"),
        GOOD,
        UNUSABLE,
        BROKEN,
        why="The body is whole; what follows may be overlooked, or count as damage.",
    ),
    _case(
        "gzip_members",
        "A good body comes as two members of gzip.",
        _coded("gzip", _members),
        GOOD,
    ),
    _case(
        "gzip_400",
        "The documented error of a 400 comes in gzip.",
        reply(gzipped(as_json(envelope("invalid_format", "invalid_request"))), 400, (("Content-Encoding", "gzip"),)),
        Raises("BadRequestError", 400, code="invalid_format"),
    ),
    _case(
        "gzip_400_garbage",
        "The body of a 400 says gzip and is garbage.",
        reply(b"\x00\xff" * 50, 400, (("Content-Encoding", "gzip"),)),
        Raises("BadRequestError", 400),
    ),
    _case(
        "gzip_503_garbage",
        "The body of a 503 says gzip and is garbage.",
        reply(b"\x00\xff" * 50, 503, (("Content-Encoding", "gzip"),)),
        Raises("ServerError", 503, attempts=(3,)),
    ),
    _case(
        "gzip_twice_cut_inside",
        "Of two layers of gzip the inner one is cut.",
        _coded("gzip, gzip", lambda request: gzipped(_cut(request))),
        BROKEN,
        UNUSABLE,
        why=_UNASKED_WHY,
    ),
)
