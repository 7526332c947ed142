"""How a stream is cut up makes no difference, and a part of it never looks whole."""

import copy
import re
from collections.abc import AsyncIterator, Iterator
from itertools import pairwise
from typing import Any

import httpx
from hypothesis import given
from hypothesis import strategies as st

from aurous import Aurous
from aurous._http.event_stream import EventDecoder, EventStreamError
from documents import json_values, parent_of, places
from faults.model import Completion
from faults.verdict import _error_faults as error_faults
from faults.verdict import judge
from streams import DONE, LAST, STREAM_ID, USAGE, Outcome, chunk, event, outcome, text

KEY = "al_live_" + "e" * 64
WHOLE = [b"\xef\xbb\xbf", b": keep-alive\r\n\r\n", *text("The capital ", "is 東京\u2028\u0085."), LAST, DONE]

frames = st.sampled_from(
    [
        *text("The capital ", "is 東京.\u2028\u0085"),
        LAST,
        DONE,
        b": keep-alive\n\n",
        b"\n",
        b"\r\n",
        b"data\n\n",
        b"id: 1\rdata: ",
        b"\xef\xbb\xbf",
        b"data: {\n\n",
        b"data: \xff\n\n",
        b"data: " + b"x" * (1024 * 1024),
        chunk({"content": "x"}, id="cmp_other"),
        chunk({"tool_calls": [{"index": 0, "id": "call_1", "function": {"name": "f", "arguments": "{"}}]}),
        chunk({"tool_calls": [{"function": {"arguments": "}"}}]}),
        chunk({}, "cancelled"),
        chunk(choices=5),
        event({"warning": {"code": "idempotency_ignored_streaming"}}),
        event({"error": {"type": "server_error", "code": "internal_error", "message": "It failed."}}),
        event([]),
    ]
)


class Pieces(httpx.BaseTransport, httpx.SyncByteStream, httpx.AsyncByteStream):
    """Responds with a stream of these pieces."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"Content-Type": "text/event-stream"}, stream=self)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._pieces)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece


def read(*pieces: bytes) -> Outcome:
    transport: Any = Pieces(list(pieces))
    with Aurous(KEY, transport=transport, on_drift="ignore") as client:
        found: Outcome = outcome(client)
    return found


def told(found: Outcome) -> tuple[Any, ...]:
    """All that a caller sees of it, but for when it came."""
    error = found.error
    partial = None if error is None or error.partial is None else error.partial.to_dict()
    final = None if found.final is None else (found.final.to_dict(), found.final.drift)
    return found.events, type(error), str(error), partial, final, found.stream.notices


def cut(data: bytes, at: list[int]) -> list[bytes]:
    """The pieces of some bytes; none is empty, which would be the end."""
    ends = sorted({*(each % (len(data) + 1) for each in at), 0, len(data)})
    return [data[start:end] for start, end in pairwise(ends)]


cuts = st.lists(st.integers(0, 10**7), max_size=8)


@given(st.lists(frames, max_size=10), cuts, st.integers(0, 200))
def test_it_makes_no_difference_how_a_stream_is_cut_up(parts: list[bytes], at: list[int], missing: int) -> None:
    data = b"".join(parts)
    data = data[: len(data) - missing % (len(data) + 1)]
    assert told(read(*cut(data, at))) == told(read(*[data] if data else []))


@given(st.integers(0, len(b"".join(WHOLE))), cuts)
def test_a_part_of_a_stream_looks_never_whole(length: int, at: list[int]) -> None:
    data = b"".join(WHOLE)[:length]
    found = read(*cut(data, at))
    assert (found.final is not None) is (LAST in data)
    assert (found.error is None) is (LAST in data)
    if found.final is not None:
        assert found.final.text == "The capital is 東京\u2028\u0085."
    elif found.error is not None:
        partial: Any = found.error.partial
        assert partial.is_in_progress
        assert "The capital is 東京\u2028\u0085.".startswith(partial.text or "")


TOOLS = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
CHUNK = {
    "id": STREAM_ID,
    "object": "chat.completion.chunk",
    "created": 1731948000,
    "model": "m",
    "choices": [
        {"index": 0, "delta": {"role": "assistant", "content": "x", "tool_calls": [TOOLS]}, "finish_reason": None}
    ],
    "usage": USAGE,
}


@st.composite
def odd_chunks(draw: st.DrawFn) -> bytes:
    """A chunk with any JSON in up to three places."""
    document: dict[str, Any] = copy.deepcopy(CHUNK)
    for _ in range(draw(st.integers(0, 3))):
        path = draw(st.sampled_from(list(places(document))))
        parent_of(document, path)[path[-1]] = draw(json_values | st.sampled_from(["stop", "cancelled", STREAM_ID]))
    return event(document)


@given(st.lists(odd_chunks() | st.sampled_from([LAST, DONE]), max_size=5))
def test_whatever_a_chunk_holds_the_outcome_is_honest(parts: list[bytes]) -> None:
    found = read(*parts)
    assert (found.final is None) is (found.error is not None)
    completion = found.final if found.error is None else found.error.partial
    assert completion is not None
    assert judge((Completion(drift=None, text=None),), completion.id, completion) == []
    if found.error is not None:
        assert not list(error_faults(found.error))
    for each in found.events:
        assert isinstance(each.to_dict(), dict)
        assert isinstance(each.chunk.to_dict(), dict)
        assert repr(each)


# --- The decoder alone, against the rules to the letter ---


def naive(data: bytes) -> list[str]:
    """The events of a stream, as https://html.spec.whatwg.org/multipage/server-sent-events.html tells it, at once."""
    lines = re.split("\r\n|\n|\r", data.decode().removeprefix("\ufeff"))[:-1]
    events, gathered = [], ""
    for line in lines:
        if not line:
            if gathered:
                events.append(gathered.removesuffix("\n"))
            gathered = ""
        elif not line.startswith(":"):
            field, _, value = line.partition(":")
            if field == "data":
                gathered += value.removeprefix(" ") + "\n"
    return events


streams = st.lists(
    st.sampled_from(["data", "Data", "id", ":", " ", "\n", "\r", "\r\n", "\n\n", "\0", "\ufeff", "\u2028", "é🗼", "x"])
    | st.sampled_from(["data: x\n\n", "data:x\r\r", "data\r\n\r\n", ": y\n"])
).map(lambda parts: "".join(parts).encode())


@given(streams, cuts)
def test_the_events_are_those_of_the_rules(data: bytes, at: list[int]) -> None:
    decoder = EventDecoder()
    found = [each for piece in cut(data, at) for each in decoder.feed(piece)]
    assert found == naive(data)


@given(st.binary(), cuts)
def test_any_bytes_are_events_or_a_problem_however_they_are_cut(data: bytes, at: list[int]) -> None:
    def decoded(pieces: list[bytes]) -> tuple[list[str], str]:
        decoder, events = EventDecoder(), []
        try:
            for piece in pieces:
                events += decoder.feed(piece)
            events += decoder.end()
        except EventStreamError as error:
            return events, str(error)
        return events, ""

    assert decoded(cut(data, at)) == decoded([data] if data else [])
