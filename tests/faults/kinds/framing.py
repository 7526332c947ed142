"""Lengths, chunks, status lines and header lines that are not what HTTP says."""

from collections.abc import Callable
from typing import Any

from faults.model import BROKEN, GOOD, MALFORMED, MALFORMED_WHY, UNUSABLE, Case, Kind, Outcome, once
from faults.responses import CHUNKED, JSON, Body, chunk, chunked, completion, good, head, message, reply, wire
from faults.steps import Close, Plan, Request, Step

_LENIENT_WHY = "Some HTTP libraries understand it all the same, and then the response is the right one."
_LENIENT: tuple[Outcome, ...] = (GOOD, *MALFORMED)
_PARTLY: tuple[Outcome, ...] = (UNUSABLE, BROKEN)


def _framing(name: str, title: str, plan: Plan, *expect: Outcome, **more: Any) -> Case:
    return Case(name, title, Kind.FRAMING, (plan,), expect, **more)


def _malformed(name: str, title: str, plan: Plan) -> Case:
    return _framing(name, title, plan, *MALFORMED, why=MALFORMED_WHY, reuse=False)


def _lenient(name: str, title: str, plan: Plan) -> Case:
    return _framing(name, title, plan, *_LENIENT, why=_LENIENT_WHY)


# --- lengths ---------------------------------------------------------------------------------------------------------


def _lengths(*lengths: str) -> Plan:
    """Return a plan: a good body with these Content-Length headers; `{}` stands for the truth."""

    def data(request: Request) -> bytes:
        body = completion(request)
        rows = tuple(("Content-Length", length.format(len(body))) for length in lengths)
        return message(body, headers=rows, length=None)

    # The end of the connection keeps a client that overlooks the header from waiting for more.
    return wire(data, Close())


def _longer(request: Request) -> bytes:
    body = completion(request)
    return message(body, length=len(body) + 100)


def _extra(request: Request) -> bytes:
    return message(completion(request)) + b"and some more"


def _shorter(request: Request) -> bytes:
    body = completion(request)
    return message(body, length=len(body) - 100)


def _both(body: Callable[[bytes], bytes], length: Callable[[bytes], int]) -> Plan:
    """Return a plan: a response with both a length and chunks."""

    def data(request: Request) -> bytes:
        whole = completion(request)
        return head(headers=(*CHUNKED, ("Content-Length", str(length(whole))))) + body(whole)

    return wire(data, Close())


_TRUNCATED = _framing("length_too_long", "The body is shorter than its Content-Length.", wire(_longer, Close()), BROKEN)

_LENGTHS = (
    _TRUNCATED,
    once(_TRUNCATED, good),
    _framing(
        "length_too_short_by_extra", "More bytes follow than the Content-Length says.", wire(_extra), GOOD, reuse=False
    ),
    _framing(
        "length_too_short",
        "The Content-Length ends in the middle of the body.",
        wire(_shorter),
        *_PARTLY,
        why="By its length the response is whole and does not parse; by the bytes behind it the connection is broken.",
        reuse=False,
    ),
    _framing(
        "length_zero",
        "The Content-Length is 0, and a good body follows.",
        reply(length=0),
        *_PARTLY,
        why="By its length the response is empty; by the bytes behind it the connection is broken.",
        reuse=False,
    ),
    _lenient("length_twice", "The Content-Length comes twice, alike.", _lengths("{}", "{}")),
    _lenient("length_list", "The Content-Length is a list of two equal numbers.", _lengths("{0}, {0}")),
    _malformed("length_differs", "Two Content-Lengths differ.", _lengths("{}", "5")),
    _malformed("length_list_differs", "The Content-Length is a list of two numbers that differ.", _lengths("{}, 5")),
    _malformed("length_negative", "The Content-Length is negative.", _lengths("-5")),
    _malformed("length_text", "The Content-Length is a word.", _lengths("many")),
    _lenient("length_plus", "The Content-Length has a plus sign.", _lengths("+{}")),
    _malformed("length_hex", "The Content-Length is a hexadecimal number.", _lengths("0x{}")),
    _malformed("length_overlong", "The Content-Length has 5,000 digits.", _lengths("9" * 5000)),
    _framing(
        "length_and_chunks",
        "The response has both a Content-Length and chunks, and both are right.",
        _both(chunked, len),
        *_LENIENT,
        why="HTTP lets a client prefer the chunks, or refuse the response.",
    ),
    _framing(
        "length_and_chunks_differ",
        "The response has both a Content-Length and chunks, and they differ.",
        _both(chunked, lambda body: 5),
        *_LENIENT,
        why="HTTP lets a client prefer the chunks, or refuse the response.",
    ),
    _malformed(
        "length_and_no_chunks",
        "The response has a Content-Length and announces chunks, but is not in chunks.",
        _both(bytes, len),
    ),
)


# --- chunks ----------------------------------------------------------------------------------------------------------


def _chunks(data: Body, *last: Step) -> Plan:
    """Return a plan: the headers of a response in chunks, then *data*, then the steps *last*."""

    def whole(request: Request) -> bytes:
        return head(headers=CHUNKED) + (data if isinstance(data, bytes) else data(request))

    return wire(whole, *last)


def _sized(size: str) -> Plan:
    """Return a plan: a good body as one chunk whose size is written as *size*; `{}` stands for the truth."""

    def data(request: Request) -> bytes:
        body = completion(request)
        return size.format(f"{len(body):x}").encode() + b"\r\n" + body + b"\r\n0\r\n\r\n"

    return _chunks(data, Close())


def _coded(coding: str) -> Plan:
    """Return a plan: a good response in chunks under another Transfer-Encoding."""
    rows = (("Content-Type", JSON), ("Transfer-Encoding", coding))
    return wire(lambda request: head(headers=rows) + chunked(completion(request)), Close())


_CHUNKS = (
    _malformed("chunk_size_text", "The size of a chunk is no number.", _sized("zz")),
    _malformed("chunk_size_negative", "The size of a chunk is negative.", _sized("-{}")),
    _malformed("chunk_size_prefixed", "The size of a chunk begins with 0x.", _sized("0x{}")),
    _malformed("chunk_size_empty", "The size of a chunk is missing.", _sized("")),
    _malformed("chunk_size_overlong", "The size of a chunk has 5,000 digits.", _sized("f" * 5000)),
    _malformed("chunk_size_17_digits", "The size of a chunk has 17 digits.", _sized("fffffffffffffffff")),
    _framing(
        "chunk_size_huge",
        "The size of a chunk is 16 EB, and the connection is closed after a good body.",
        _chunks(lambda request: b"ffffffffffffffff\r\n" + completion(request), Close()),
        *_PARTLY,
        why="The chunk is cut short, or refused for its size.",
    ),
    _framing("chunk_size_zeros", "The size of a chunk has leading zeros.", _sized("0000{}"), GOOD),
    _framing("chunk_extension", "A chunk has an extension.", _sized("{};name=value"), GOOD),
    _malformed(
        "chunk_longer",
        "A chunk holds more than its size says.",
        _chunks(lambda request: b"5\r\n" + completion(request) + b"\r\n0\r\n\r\n"),
    ),
    _malformed(
        "chunk_unended",
        "A chunk is not followed by the end of its line.",
        _chunks(lambda request: chunk(completion(request))[:-2] + b"0\r\n\r\n"),
    ),
    _malformed("chunks_missing", "The response announces chunks and sends a plain body.", _chunks(completion, Close())),
    _framing("chunks_empty", "The response is in chunks, and has none but the last.", _chunks(b"0\r\n\r\n"), UNUSABLE),
    _framing(
        "chunk_trailers",
        "Trailers follow the last chunk.",
        _chunks(lambda request: chunked(completion(request), end=b"0\r\nX-Checksum: 5\r\nContent-Length: 3\r\n\r\n")),
        GOOD,
        with_speed=(BROKEN,),
    ),
    _framing(
        "chunks_then_more",
        "Bytes follow the last chunk.",
        _chunks(lambda request: chunked(completion(request)) + b"and some more"),
        GOOD,
        reuse=False,
    ),
    _lenient(
        "chunks_bare_lf",
        "The lines of the chunks end with a line feed alone.",
        _chunks(lambda request: chunked(completion(request)).replace(b"\r\n", b"\n"), Close()),
    ),
    _lenient("coding_uppercase", "The Transfer-Encoding is written in capitals.", _coded("CHUNKED")),
    _malformed("coding_unknown", "The Transfer-Encoding is unknown.", _coded("xchunked")),
    _lenient(
        "coding_gzip", "The Transfer-Encoding announces gzip and chunks, and there is no gzip.", _coded("gzip, chunked")
    ),
    _lenient("coding_twice", "The Transfer-Encoding announces chunks twice.", _coded("chunked, chunked")),
    _lenient("coding_identity", "The Transfer-Encoding is identity, and the body in chunks.", _coded("identity")),
)


# --- status lines ----------------------------------------------------------------------------------------------------


def _line(line: str) -> Plan:
    """Return a plan: a good response under this status line."""
    return reply(status=line)


_LINES = (
    _framing("line_without_reason", "The status line has no reason.", _line("HTTP/1.1 200 "), GOOD),
    _lenient("line_ends_at_status", "The status line ends with the status.", _line("HTTP/1.1 200")),
    _framing(
        "line_odd_reason",
        "The reason is not in ASCII.",
        _line("HTTP/1.1 200 d\xe9j\xe0 vu"),
        *_LENIENT,
        why=_LENIENT_WHY,
    ),
    _lenient("line_http_1_2", "The status line says HTTP/1.2.", _line("HTTP/1.2 200 OK")),
    _lenient("line_http_2", "The status line says HTTP/2.0.", _line("HTTP/2.0 200 OK")),
    _lenient("line_http_2_short", "The status line says HTTP/2.", _line("HTTP/2 200 OK")),
    _lenient("line_lowercase", "The status line says http/1.1.", _line("http/1.1 200 OK")),
    _lenient("line_two_spaces", "Two blanks stand before the status.", _line("HTTP/1.1  200 OK")),
    _lenient("line_tab", "A tab stands before the status.", _line("HTTP/1.1\t200 OK")),
    _lenient("line_icy", "The status line is that of a radio server.", _line("ICY 200 OK")),
    _malformed("line_status_0", "The status is 0.", _line("HTTP/1.1 0 Nothing")),
    _malformed("line_status_000", "The status is 000.", _line("HTTP/1.1 000 Nothing")),
    _malformed("line_status_099", "The status is 099.", _line("HTTP/1.1 099 Less")),
    _malformed("line_status_99", "The status is 99.", _line("HTTP/1.1 99 Less")),
    _malformed("line_status_1000", "The status is 1000.", _line("HTTP/1.1 1000 More")),
    _malformed("line_status_negative", "The status is -200.", _line("HTTP/1.1 -200 Minus")),
    _malformed("line_status_text", "The status is a word.", _line("HTTP/1.1 abc OK")),
    _malformed("line_status_letters", "The status has letters for digits.", _line("HTTP/1.1 2OO OK")),
    _malformed("line_status_missing", "The status line has no status.", _line("HTTP/1.1 OK")),
    _malformed(
        "line_not_http", "Garbage comes in place of it.", wire(b"\x00\x01\x02\xff\xfe garbage \r\n\r\n", Close())
    ),
    _malformed("line_ssh", "An SSH banner comes in place of a response.", wire(b"SSH-2.0-OpenSSH_9.6\r\n", Close())),
    _malformed(
        "line_smtp", "The greeting of a mail server comes in place of a response.", wire(b"220 mail ESMTP\r\n", Close())
    ),
    _malformed(
        "line_http_2_preface",
        "The frames of HTTP/2 come in place of a response.",
        wire(b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + bytes(18), Close()),
    ),
    _malformed("line_http_0_9", "The body comes without a status line and headers.", wire(completion, Close())),
    _malformed("line_empty_lines", "Nothing but empty lines comes.", wire(b"\r\n" * 10, Close())),
    _lenient(
        "line_after_empty_line",
        "An empty line comes before the status line.",
        wire(lambda request: b"\r\n" + message(completion(request))),
    ),
    _malformed(
        "line_echo",
        "The server sends the request back.",
        wire(lambda request: f"GET {request.target} HTTP/1.1\r\nHost: x\r\n\r\n".encode(), Close()),
    ),
    _malformed(
        "line_switches",
        "The server switches to a protocol that nobody asked for.",
        wire(head(101, (("Upgrade", "h2c"), ("Connection", "Upgrade"))) + b"\x00" * 9),
    ),
    _framing(
        "http_1_0",
        "An HTTP/1.0 response without a length ends with the connection.",
        reply(status="HTTP/1.0 200 OK", length=None),
        GOOD,
    ),
    _framing(
        "http_1_0_kept",
        "An HTTP/1.0 response has a length and keeps the connection.",
        reply(status="HTTP/1.0 200 OK", headers=(("Connection", "keep-alive"),)),
        GOOD,
    ),
    _lenient(
        "http_1_0_chunked",
        "An HTTP/1.0 response is in chunks.",
        wire(lambda request: head("HTTP/1.0 200 OK", CHUNKED) + chunked(completion(request)), Close()),
    ),
)


# --- header lines ----------------------------------------------------------------------------------------------------


def _row(row: bytes) -> Plan:
    """Return a plan: a good response with *row* as one more line of its headers."""
    return wire(lambda request: message(completion(request)).replace(b"\r\n", b"\r\n" + row + b"\r\n", 1))


_ROWS = (
    _lenient("row_folded", "A header is folded in the obsolete way.", _row(b"X-Trace: one,\r\n  two")),
    _lenient("row_blank_before_colon", "A blank stands before the colon of a header.", _row(b"X-Trace : 1")),
    _lenient("row_without_colon", "A header has no colon.", _row(b"X-Trace")),
    _lenient("row_without_name", "A header has no name.", _row(b": value")),
    _lenient("row_without_value", "A header has no value.", _row(b"X-Trace:")),
    _lenient("row_latin_1", "The value of a header is not in ASCII.", _row(b"X-Trace: caf\xe9")),
    _lenient("row_utf_8", "The value of a header is in UTF-8.", _row("X-Trace: \u96ea".encode())),
    _lenient("row_binary", "The value of a header is binary.", _row(b"X-Trace: \x80\xff\xfe")),
    _lenient("row_nul", "The value of a header holds a NUL.", _row(b"X-Trace: a\x00b")),
    _lenient("row_control", "The value of a header holds control characters.", _row(b"X-Trace: a\x1b[31mb\x07")),
    _lenient("row_bare_cr", "The value of a header holds a lone carriage return.", _row(b"X-Trace: a\rX-Evil: b")),
    _lenient(
        "row_bare_lf",
        "The header lines end with a line feed alone.",
        wire(lambda request: message(completion(request)).replace(b"\r\n", b"\n")),
    ),
    _lenient("row_odd_name", "The name of a header holds a parenthesis.", _row(b"X(Trace): 1")),
    _lenient("row_name_latin_1", "The name of a header is not in ASCII.", _row(b"X-Tr\xe4ce: 1")),
    _lenient("row_first_folded", "The first header line begins with a blank.", _row(b"  folded: into nothing")),
)

CASES = (*_LENGTHS, *_CHUNKS, *_LINES, *_ROWS)
