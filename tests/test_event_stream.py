"""Server-sent events: what the rules of the WHATWG make of bytes, however they are cut, and in bounded memory."""

import re
import tracemalloc
from collections.abc import Iterable
from itertools import pairwise, repeat
from operator import length_hint
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aurous._http.event_stream import MAX_EVENT_BYTES, EventDecoder, EventStreamError


def decoded(pieces: Iterable[bytes]) -> tuple[list[str], str | None]:
    """What the decoder makes of a stream that comes in these pieces: events, and the error after them."""
    decoder = EventDecoder()
    events: list[str] = []
    try:
        for piece in pieces:
            events += decoder.feed(piece)
        events += decoder.end()
    except EventStreamError as error:
        return events, str(error)
    return events, None


def cut(stream: bytes, size: int) -> list[bytes]:
    return [stream[start : start + size] for start in range(0, len(stream), size)]


# --- The rules ---

BOM = b"\xef\xbb\xbf"


def case(name: str, stream: bytes, *events: str) -> Any:
    return pytest.param(stream, list(events), id=name)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize(
    ("stream", "events"),
    [
        case("nothing", b""),
        case("LF", b"data: a\n\ndata: b\n\n", "a", "b"),
        case("CRLF", b"data: a\r\n\r\ndata: b\r\n\r\n", "a", "b"),
        case("CR", b"data: a\r\rdata: b\r\r", "a", "b"),
        case("line ends of all kinds", b"data: a\r\ndata: b\rdata: c\n\r\ndata: d\n\r", "a\nb\nc", "d"),
        case("LF CR are two", b"data: a\n\rdata: b\n\n", "a", "b"),
        case("CR CRLF are two", b"data: a\r\r\ndata: b\r\n\r", "a", "b"),
        case(
            "no other line ends",
            "data: a\u2028b\u2029c\x85d\v\f\x1c\x1e\0e\n\n".encode(),
            "a\u2028b\u2029c\x85d\v\f\x1c\x1e\0e",
        ),
        case("several lines", b"data: a\ndata:\ndata: b\n\n", "a\n\nb"),
        case("lines apart", b"data: a\n: comment\nevent: x\ndata: b\n\n", "a\nb"),
        case("empty data", b"data:\n\n", ""),
        case("no colon", b"data\n\n", ""),
        case("no colon, twice", b"data\ndata\n\n", "\n"),
        case("no space", b"data:a\n\n", "a"),
        case("one space goes", b"data:  a \n\n", " a "),
        case("a tab stays", b"data:\ta\n\n", "\ta"),
        case("colons in the data", b"data: a: b:c\n\n", "a: b:c"),
        case("comments", b": keep-alive\n\n:\n\n:data: a\n\ndata: b\n\n", "b"),
        case("blank lines", b"\n\n\ndata: a\n\n\n\n\ndata: b\n\n", "a", "b"),
        case("event without data", b"event: a\nid: 1\n\ndata: b\n\n", "b"),
        case("data of a named event", b"event: error\ndata: a\n\n", "a"),
        case("keep-alive after an id", b"id: 1\ndata: a\n\n: keep-alive\n\ndata: b\n\n", "a", "b"),
        case("id with NUL, retry of letters", b"id: a\0b\nretry: soon\ndata: a\n\n", "a"),
        case("unknown fields", b"Data: a\nDATA: b\ndata : c\n data: d\ndatas: e\ndat: f\ndata: g\n\n", "g"),
        case("BOM", BOM + b"data: a\n\n", "a"),
        case("BOM before a blank line", BOM + b"\ndata: a\n\n", "a"),
        case("two BOMs", BOM + BOM + b"data: a\n\ndata: b\n\n", "b"),
        case("BOM later", b"data: a\n\n" + BOM + b"data: b\n\ndata: c\n\n", "a", "c"),
        case("BOM in the data", b"data: " + BOM + b"a\n\n", "\ufeffa"),
        case("letters of several bytes", "data: 東京 🗼 é\n\n".encode(), "東京 🗼 é"),
        case("other bytes where nobody looks", b": \xff\nevent: \xff\n\xff\ndata: a\n\n", "a"),
        case("unterminated line", b"data: a\n\ndata: b", "a"),
        case("unterminated event", b"data: a\n\ndata: b\n", "a"),
        case("unterminated, within a letter", b"data: a\n\ndata: \xe6\x9d", "a"),
        case("[DONE]", b"data: a\n\ndata: [DONE]\n\n", "a", "[DONE]"),
        case("what follows [DONE]", b"data: [DONE]\n\ndata: a\n\n", "[DONE]", "a"),
        case("[DONE] in an unterminated line", b"data: a\n\ndata: [DONE]", "a", "[DONE]"),
        case("[DONE] in an unterminated event", b"data: [DONE]\n", "[DONE]"),
        case("[DONE] after a BOM", BOM + b"data:[DONE]", "[DONE]"),
        case("[DONE] and a CR", b"data: [DONE]\r", "[DONE]"),
        case("[DONE] and a comment", b"data: [DONE]\n: bye", "[DONE]"),
        case("[DONE] and more data", b"data: [DONE]\ndata"),
        case("[DONE] in part", b"data: [DONE"),
        case("[DONE] in other words", b"data: [done]\n"),
    ],
)
def test_what_comes_of_a_stream(stream: bytes, events: list[str], size: int) -> None:
    assert decoded(cut(stream, size)) == (events, None)


def test_an_event_comes_with_the_byte_that_ends_it() -> None:
    decoder = EventDecoder()
    pieces = b"data: a\n", b"\n", b"data: b\r\n\r", b"\ndata: c\r", b"", b"\n", b"\r", b"data: d\n\nda", b"ta\n\n"
    assert [decoder.feed(piece) for piece in pieces] == [[], ["a"], ["b"], [], [], [], ["c"], ["d"], [""]]


# --- Any bytes, cut anywhere ---


def reference(stream: bytes) -> tuple[list[str], bool]:
    """The same rules, for a stream that is there as a whole: its events, and whether one is not UTF-8."""
    lines = re.split("\r\n|\n|\r", stream.decode(errors="surrogateescape").removeprefix("\ufeff"))
    if not lines[-1]:
        lines.pop()  # nothing follows the last line end
    events: list[str] = []
    data: list[str] = []
    for line in lines:
        if line:
            name, _, value = line.partition(":")
            if name == "data":
                data.append(value.removeprefix(" "))
        elif data:
            event, data = "\n".join(data), []
            if any("\udc80" <= letter <= "\udcff" for letter in event):
                return events, True
            events.append(event)
    return events + (["[DONE]"] if data == ["[DONE]"] else []), False


LINES = st.sampled_from(
    (
        *(
            b"data: a",
            b"data:b",
            b"data",
            b"data:  c",
            b"data: [DONE]",
            "data: 東".encode(),
            "data: \u2028\x85\v".encode(),
        ),
        *(b": comment", b"event: x", b"DATA: a", b"data : a", BOM, BOM + b"data: a", b"data: \xe6\x9d"),
    )
)
ENDS = st.sampled_from((b"\n", b"\r", b"\r\n", b"\n\n", b"\r\r", b"\r\n\r\n", b"\n\r", b""))
STREAMS = st.lists(LINES | ENDS | st.binary(max_size=2) | st.tuples(LINES, ENDS).map(b"".join)).map(b"".join)


@given(STREAMS, st.data())
def test_how_the_bytes_are_cut_makes_no_difference(stream: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)))))
    for pieces in ([stream[start:end] for start, end in pairwise([0, *cuts, len(stream)])], cut(stream, 1)):
        events, error = decoded(pieces)
        assert (events, error is not None) == reference(stream)


# --- Bytes that are not UTF-8 ---


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
@pytest.mark.parametrize(
    ("bad", "at"),
    [(b"\xff", 5), (b"\x80", 5), (b"\xe6\x9d!", 5), (b"\xed\xa0\x80", 5), (b"\xc0\xaf", 5), (b"\ndata: \xe6\x9d", 6)],
)
def test_an_event_that_is_not_utf8_is_an_error_after_those_before_it(bad: bytes, at: int, size: int) -> None:
    stream = b"data: a\n\ndata: b\n\ndata: text " + bad + b" text\n\ndata: c\n\n"
    assert decoded(cut(stream, size)) == (["a", "b"], f"an event is not UTF-8 (byte {at} of its data)")


def test_a_letter_that_is_split_over_two_lines_is_none() -> None:
    letter = "é".encode()
    assert decoded([b"data: " + letter[:1] + b"\ndata: " + letter[1:] + b"\n\n"])[1] is not None


@pytest.mark.parametrize("bad", [b"data: \xff", b":".ljust(MAX_EVENT_BYTES + 1)], ids=["not UTF-8", "too long"])
def test_what_is_broken_stays_broken(bad: bytes) -> None:
    decoder = EventDecoder()
    assert decoder.feed(b"data: a\n\n" + bad + b"\n\ndata: b\n\n") == ["a"]
    for _ in range(2):
        with pytest.raises(EventStreamError):
            decoder.feed(b"data: c\n\n")
    with pytest.raises(EventStreamError):
        decoder.end()


def test_an_error_repeats_nothing_of_the_data() -> None:
    with pytest.raises(EventStreamError) as caught:
        EventDecoder().feed(b"data: secret\xff\n\n")
    assert caught.value.__context__ is None and "secret" not in str(caught.value)


# --- Bounds ---

LINE = b"data: ".ljust(MAX_EVENT_BYTES, b"x")
HALF = b"data: ".ljust(MAX_EVENT_BYTES // 2, b"x")
TOO_LONG = f"a line or an event is longer than {MAX_EVENT_BYTES} bytes"


@pytest.mark.parametrize("size", [64, 65536, 10 * MAX_EVENT_BYTES])
@pytest.mark.parametrize(
    ("stream", "lengths"),
    [
        pytest.param((LINE + b"\n\n") * 2, [MAX_EVENT_BYTES - 6] * 2, id="longest line"),
        pytest.param((HALF + b"\n") * 2 + b"\n", [MAX_EVENT_BYTES - 11], id="longest event"),
        pytest.param((HALF + b"\n" + b":" + HALF + b"\n") * 2 + b"\n", None, id="comment too long beside the data"),
        pytest.param((b":" + HALF[1:] + b"\n") * 4 + HALF + b"\n\n", [MAX_EVENT_BYTES // 2 - 6], id="many comments"),
        pytest.param(LINE + b"x\n\n", None, id="line too long"),
        pytest.param(b":" + LINE, None, id="comment too long, and unterminated"),
        pytest.param(HALF + b"\n" + HALF + b"x", None, id="event too long, and unterminated"),
        pytest.param((HALF + b"\n") * 2 + b"data\n\n", None, id="event too long by an empty line"),
        pytest.param(b"data\n" * (MAX_EVENT_BYTES // 4 + 1), None, id="event of too many empty lines"),
    ],
)
def test_a_line_and_an_event_are_bounded(stream: bytes, lengths: list[int] | None, size: int) -> None:
    events, error = decoded([b"data: first\n\n", *cut(stream, size)])
    assert events.pop(0) == "first"
    if lengths is None:
        assert (events, error) == ([], TOO_LONG)
    else:
        assert ([len(event) for event in events], error) == (lengths, None)


@pytest.mark.parametrize("piece", [b"x" * 64, b"data\n" * 64], ids=["line", "lines"])
def test_an_event_without_an_end_is_refused_in_bounded_memory(piece: bytes) -> None:
    pieces = repeat(piece, 2 * MAX_EVENT_BYTES // len(piece))
    tracemalloc.start()
    try:
        assert decoded(pieces) == ([], TOO_LONG)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert length_hint(pieces) > 0  # the rest was not asked for
    assert peak < 5 * MAX_EVENT_BYTES
