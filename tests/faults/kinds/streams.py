"""Streams of chat completions: cut, stalled, chopped up, and not what they should be."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from faults.compression import gzipped
from faults.model import ANSWER, Case, Completion, Kind, Outcome, Raises, Tls, answer_to
from faults.responses import (
    HTML,
    STRANGER,
    Headers,
    as_json,
    chunk,
    completion,
    document,
    drip,
    envelope,
    flood,
    head,
    message,
    refusal,
    reply,
    wire,
)
from faults.steps import Close, Drop, Pause, Plan, Request, Reset, Send, Stall, Step

_TYPE = ("Content-Type", "text/event-stream")
_CHUNKED: Headers = (_TYPE, ("Transfer-Encoding", "chunked"))
_UNSIZED: Headers = (_TYPE, ("Connection", "close"))
_SHORT = 0.2
"""Seconds of the limit that ends a case which waits for it."""

WHOLE = Completion(status="completed")
NOT_DONE = Completion(status="completed", drift=True)
HALF = "This is "
CUT = Raises("StreamInterruptedError", retryable=True, partial=HALF)
EMPTY = Raises("StreamInterruptedError", retryable=True, partial="")
NO_HEAD = Raises("APIConnectionError")
LATE = Raises("APITimeoutError")
UNUSABLE = Raises("APIResponseError", partial=HALF)

Data = Callable[[Request], bytes]


# --- Frames ---


def _event(data: object) -> bytes:
    return b"data: " + json.dumps(data, ensure_ascii=False).encode() + b"\n\n"


def _piece(request: Request, delta: dict[str, Any], finish_reason: str | None = None, **members: Any) -> bytes:
    """An event with a chunk of the completion that was asked for."""
    doc = {key: value for key, value in document(request.id).items() if key in ("id", "created", "model")}
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return _event({**doc, "object": "chat.completion.chunk", "choices": [choice], **members})


def _text(request: Request, *texts: str) -> bytes:
    return b"".join(_piece(request, {"content": text}) for text in texts)


def _role(request: Request) -> bytes:
    return _piece(request, {"role": "assistant", "content": ""})


def _half(request: Request) -> bytes:
    return _role(request) + _text(request, HALF)


def _rest(request: Request) -> bytes:
    return _text(request, answer_to(request.id).removeprefix(HALF))


def _finish(request: Request) -> bytes:
    return _piece(request, {}, "stop", usage=document(request.id)["usage"])


def _finished(request: Request) -> bytes:
    return _half(request) + _rest(request) + _finish(request)


DONE = b"data: [DONE]\n\n"


def _done(request: Request) -> bytes:
    return _finished(request) + DONE


def _of(text: str) -> Data:
    """A whole stream of another text."""
    return lambda request: _role(request) + _text(request, text) + _finish(request) + DONE


# --- Plans ---


def _frames(data: bytes) -> list[bytes]:
    """Events as servers send them: one a chunk."""
    return [frame + b"\n\n" for frame in data.split(b"\n\n")[:-1]]


def _chunks(data: bytes) -> bytes:
    return b"".join(map(chunk, _frames(data)))


def _stream(data: Data, *last: Step, end: bytes = b"0\r\n\r\n") -> Plan:
    """Return a plan: a stream in chunks, one an event, and then the steps *last*."""
    return wire(lambda request: head(headers=_CHUNKED) + _chunks(data(request)) + end, *last)


def _cut(data: Data, *last: Step) -> Plan:
    """Return a plan: bytes of events, cut anywhere, in one chunk each, without the end of the body."""
    return wire(lambda request: head(headers=_CHUNKED) + chunk(data(request)), *last)


def _sized(data: Data, said: int = 0, *last: Step) -> Plan:
    """Return a plan: a stream whose length is said, as so many bytes more than it is."""

    def plan(request: Request) -> Iterable[Step]:
        body = data(request)
        return (Send(head(headers=(_TYPE, ("Content-Length", str(len(body) + said)))) + body), *last)

    return plan


def _chopped(data: Data, at: Callable[[bytes], Iterator[int]]) -> Plan:
    """Return a plan: a whole stream in chunks that end where *at* says, each sent by itself."""

    def plan(request: Request) -> Iterator[Step]:
        body, start = data(request), 0
        yield Send(head(headers=_CHUNKED))
        for end in (*at(body), len(body)):
            yield Send(chunk(body[start:end]))
            start = end
        yield Send(b"0\r\n\r\n")

    return plan


def _everywhere(body: bytes) -> Iterator[int]:
    return iter(range(1, len(body)))


def _behind(*marks: bytes) -> Callable[[bytes], Iterator[int]]:
    """Cuts behind each of these bytes, wherever they are."""
    return lambda body: (at for at in range(1, len(body)) if body[at - 1 : at] in marks)


def _every(block: bytes, start: Data) -> Plan:
    """Return a plan: *start*, then *block* as a chunk every 50 ms."""

    def plan(request: Request) -> Iterator[Step]:
        yield Send(head(headers=_CHUNKED) + chunk(start(request)))
        while True:
            yield Send(chunk(block))
            yield Pause(0.05)

    return plan


# --- Cases ---


def _case(name: str, title: str, plan: Plan, *expect: Outcome, **options: Any) -> Case:
    return Case(f"stream_{name}", title, Kind.STREAM, (plan,), expect, **options)


def _then_ok(name: str, title: str, plan: Plan, *expect: Outcome) -> Case:
    return Case(f"stream_{name}", title, Kind.STREAM, (plan, _stream(_done)), expect)


_STAGES: tuple[tuple[str, str, Data, Outcome], ...] = (
    ("request", "after the request", lambda request: b"", NO_HEAD),
    ("mid_head", "in the head of a stream", lambda request: head(headers=_CHUNKED)[:-12], NO_HEAD),
    ("head", "before the first event", lambda request: head(headers=_CHUNKED), EMPTY),
    ("first", "in the first event", lambda request: head(headers=_CHUNKED) + chunk(_role(request)[:50]), EMPTY),
    ("between", "between two events", lambda request: head(headers=_CHUNKED) + _chunks(_half(request)), CUT),
    (
        "event",
        "in an event",
        lambda request: head(headers=_CHUNKED) + chunk(_finished(request)[:-50]),
        Raises("StreamInterruptedError", retryable=True, partial=ANSWER),
    ),
    (
        "chunk",
        "in a chunk",
        lambda request: (head(headers=_CHUNKED) + _chunks(_half(request) + _rest(request)))[:-60],
        CUT,
    ),
    (
        "finished",
        "after the `finish_reason`",
        lambda request: head(headers=_CHUNKED) + _chunks(_finished(request)),
        NOT_DONE,
    ),
    (
        "done",
        "after `[DONE]`, before the end of the body",
        lambda request: head(headers=_CHUNKED) + _chunks(_done(request)),
        WHOLE,
    ),
)


def _breaks() -> Iterator[Case]:
    """Every stage: closed, reset and left hanging."""
    for stage, where, data, outcome in _STAGES:
        for act, how, step in (("closed", "closed", Close()), ("reset", "reset", Reset())):
            yield _case(f"{act}_at_{stage}", f"The connection is {how} {where}.", wire(data, step), outcome)
        if stage in ("request", "head", "chunk", "finished", "done"):
            late = LATE if outcome is NO_HEAD else outcome
            read = 20.0 if outcome is NO_HEAD else _SHORT
            idle = _SHORT if outcome is NO_HEAD else 20.0
            title = f"The server falls silent {where}."
            yield _case(f"stalled_at_{stage}", title, wire(data, Stall()), late, read=read, idle=idle)


def _warning(request: Request) -> bytes:
    return _event({"warning": {"code": "idempotency_ignored_streaming"}})


def _cancel(request: Request) -> bytes:
    return _event({"object": "chat.completion.chunk", "choices": [{"finish_reason": "cancelled"}]})


def _cancelled(request: Request) -> bytes:
    """The stored completion, as far as it came."""
    stored = document(request.id)
    stored["status"] = "cancelled"
    stored["choices"][0] |= {"finish_reason": "cancelled", "message": {"role": "assistant", "content": HALF}}
    return as_json(stored)


def _failure(request: Request) -> bytes:
    return _event(envelope("chat_provider_unavailable"))


def _stranger(request: Request) -> bytes:
    return _piece(request, {"content": "x"}, id=STRANGER)


def _tls(name: str, title: str, plan: Plan, *expect: Outcome, tls: Tls = "valid", **options: Any) -> Case:
    return _case(f"tls_{name}", f"Over TLS: {title}", plan, *expect, tls=tls, **options)


def _unsized(data: Data, last: Step) -> Plan:
    """Return a plan: a stream that the end of the connection ends."""
    return wire(lambda request: head(headers=_UNSIZED) + data(request), last)


CASES = (
    _case("ok", "A whole stream.", _stream(_done), WHOLE),
    *_breaks(),
    # Time
    _case("comments", "Nothing but keep-alives comes.", _every(b": keep-alive\n\n", _half), CUT, idle=_SHORT),
    _case(
        "comments_flood",
        "Nothing but keep-alives comes, as fast as can be.",
        flood(lambda request: head(headers=_CHUNKED) + chunk(_half(request)), chunk(b": keep-alive\n\n" * 1000)),
        CUT,
        idle=_SHORT,
    ),
    _case(
        "comments_between",
        "Keep-alives come between the events.",
        _stream(lambda request: b": keep-alive\n\n".join([b"", *_frames(_done(request))])),
        WHOLE,
    ),
    _case(
        "drip",
        "Text goes on for ever, a word every 50 ms: the deadline ends it.",
        lambda request: _every(_text(request, "x"), _half)(request),
        Raises("StreamInterruptedError", mentions=("timeout=",)),
        deadline=_SHORT,
    ),
    _case(
        "drip_bytes",
        "An event comes for ever, a byte every 50 ms: the deadline ends it.",
        drip(lambda request: head(headers=_CHUNKED) + chunk(_half(request)), chunk(b"x")),
        CUT,
        deadline=_SHORT,
    ),
    _case(
        "drip_json",
        "JSON comes for ever in place of the stream, a byte every 50 ms: the deadline ends it.",
        drip(head(headers=(("Content-Type", "application/json"), ("Content-Length", "1000000"))), b" "),
        EMPTY,
        deadline=_SHORT,
    ),
    # How it is cut up
    _case("bytes", "A whole stream, one byte a chunk.", _chopped(_done, _everywhere), WHOLE),
    _case(
        "crlf",
        "Lines end with CR and LF, which come apart.",
        _chopped(lambda request: _done(request).replace(b"\n", b"\r\n"), _behind(b"\r")),
        WHOLE,
    ),
    _case(
        "cr",
        "Lines end with CR.",
        _chopped(lambda request: _done(request).replace(b"\n", b"\r"), _behind(b"\r")),
        WHOLE,
    ),
    _case(
        "utf8",
        "Characters of several bytes, each byte in a chunk of its own.",
        _chopped(_of("日本の首都は東京です。🗼"), _everywhere),
        Completion(text="日本の首都は東京です。🗼"),
    ),
    _case(
        "u2028",
        "Text with U+2028, U+2029 and U+0085, which end no line.",
        _stream(_of("one\u2028two\u2029three\u0085four")),
        Completion(text="one\u2028two\u2029three\u0085four"),
    ),
    _case(
        "bom",
        "A byte order mark before the first event, in two chunks.",
        _chopped(lambda request: b"\xef\xbb\xbf" + _done(request), lambda body: iter((1, 2))),
        WHOLE,
    ),
    _case(
        "data_lines",
        "An event of several `data` lines, with fields that nobody knows.",
        _stream(lambda request: _done(request).replace(b"data: {", b"id: 1\nretry: x\nevent: chunk\ndata:\ndata: {")),
        WHOLE,
    ),
    _case(
        "one_packet",
        "A whole stream in one chunk.",
        wire(lambda request: head(headers=_CHUNKED) + chunk(_done(request)) + b"0\r\n\r\n"),
        WHOLE,
    ),
    # Limits
    _case(
        "endless_line",
        "A line without an end.",
        flood(lambda request: head(headers=_CHUNKED) + chunk(_half(request) + b"data: "), chunk(b"x" * 65536)),
        Raises("APIResponseError", partial=HALF, mentions=("1048576",)),
    ),
    _case(
        "large_event",
        "An event of many lines, larger than 1 MiB.",
        _cut(lambda request: _half(request) + b"data: \n" * 200_000 + b"\n", Stall()),
        Raises("APIResponseError", partial=HALF, mentions=("1048576",)),
    ),
    # What it holds
    _case(
        "warning",
        "The documented warning comes first.",
        _stream(lambda request: _warning(request) + _done(request)),
        WHOLE,
    ),
    Case(
        "stream_cancelled",
        "A cancel frame that lacks nearly everything; the stored completion has it.",
        Kind.STREAM,
        (
            _stream(lambda request: _half(request) + _cancel(request) + DONE),
            reply(_cancelled),
        ),
        (Completion(attempts=(2,), text=HALF, status="cancelled"),),
    ),
    _case(
        "error",
        "An error in the middle.",
        _stream(lambda request: _half(request) + _failure(request) + DONE),
        Raises("ServerError", 502, code="chat_provider_unavailable", partial=HALF),
    ),
    _case(
        "error_at_once",
        "An error in place of the first event.",
        _stream(lambda request: _failure(request) + DONE),
        Raises("ServerError", 502, code="chat_provider_unavailable", partial=""),
    ),
    _case(
        "stranger",
        "A chunk of another completion.",
        _stream(lambda request: _half(request) + _stranger(request) + _rest(request) + _finish(request) + DONE),
        UNUSABLE,
    ),
    _case(
        "no_json",
        "An event that is not JSON.",
        _stream(lambda request: _half(request) + b"data: {\n\n" + _finish(request) + DONE),
        UNUSABLE,
    ),
    _case(
        "no_utf8",
        "An event that is not UTF-8.",
        _stream(lambda request: _half(request) + b'data: {"choices": "\xff"}\n\n' + _finish(request) + DONE),
        UNUSABLE,
    ),
    # Its end
    _case("unfinished", "`[DONE]` without a `finish_reason`.", _stream(lambda request: _half(request) + DONE), CUT),
    _case("no_done", "The body ends without `[DONE]`.", _stream(_finished), NOT_DONE),
    _case(
        "half_done",
        "The body ends in `data: [DONE]`, without the blank line.",
        _chopped(lambda request: _done(request)[:-2], lambda body: iter(())),
        WHOLE,
    ),
    _case("done_twice", "`[DONE]` comes twice.", _stream(lambda request: _done(request) + DONE), WHOLE),
    _case(
        "after_done",
        "Text of another completion comes after `[DONE]`.",
        _stream(lambda request: _done(request) + _stranger(request)),
        WHOLE,
    ),
    _case(
        "bytes_after",
        "Bytes come after the end of the body.",
        _stream(_done, end=b"0\r\n\r\nHTTP/1.1 200 OK\r\n"),
        WHOLE,
    ),
    _case(
        "late_end",
        "The end of the body comes late.",
        lambda request: (*_stream(_done, Pause(_SHORT), end=b"")(request), Send(b"0\r\n\r\n")),
        WHOLE,
    ),
    _case("empty", "A stream without an event.", _stream(lambda request: b""), EMPTY),
    # In its place
    _case(
        "gzip",
        "The stream is compressed, which was not asked for.",
        wire(
            lambda request: message(
                gzipped(_done(request)), 200, (("Content-Encoding", "gzip"),), content_type="text/event-stream"
            )
        ),
        Raises("APIResponseError", mentions=("compressed",)),
    ),
    _case("json", "A whole completion as JSON in place of the stream.", reply(completion), WHOLE),
    _case(
        "json_cut",
        "JSON in place of the stream, cut.",
        wire(lambda request: message(completion(request))[:-9], Close()),
        EMPTY,
    ),
    _case("html", "HTML in place of the stream.", reply(HTML, content_type="text/html"), Raises("APIResponseError")),
    _case("no_content", "204 in place of the stream.", wire(head(204)), Raises("APIResponseError", 204)),
    _case("429", "429, for ever.", refusal(429), Raises("RateLimitError", 429, attempts=(3,))),
    _then_ok("429_then_ok", "429, once; then a whole stream.", refusal(429), Completion(attempts=(2,))),
    _then_ok(
        "502_then_ok",
        "502 with a code that says that nothing was charged, once; then a whole stream.",
        refusal(502, "chat_provider_unavailable"),
        Completion(attempts=(2,)),
    ),
    _case(
        "502",
        "502 of a proxy, with HTML: the server may have begun.",
        reply(HTML, 502, content_type="text/html"),
        Raises("ServerError", 502),
    ),
    _case("409", "409.", refusal(409, "chat_cancel_target_not_cancellable"), Raises("ConflictError", 409)),
    _case("500", "500: the server may have begun.", refusal(500), Raises("ServerError", 500)),
    # Framing
    _case(
        "coding",
        "A transfer coding that was not asked for.",
        wire(lambda request: head(headers=(_TYPE, ("Transfer-Encoding", "gzip, chunked"))) + _chunks(_done(request))),
        NO_HEAD,
    ),
    _case("no_chunk", "What is no chunk comes behind the text, at once.", _stream(_half, end=b"no chunk\r\n"), CUT),
    _case(
        "no_chunk_finished",
        "What is no chunk comes behind the `finish_reason`, at once.",
        _stream(_finished, end=b"no chunk\r\n"),
        NOT_DONE,
    ),
    _case("sized", "The length of the stream is said.", _sized(_done), WHOLE),
    _case("sized_long", "More is said than comes.", _sized(_finished, 9, Close()), NOT_DONE),
    _case(
        "sized_short",
        "Less is said than comes.",
        _sized(_done, -200),
        CUT,
        Raises("StreamInterruptedError", retryable=True, partial=ANSWER),
        why="It ends where it says.",
    ),
    _case("unsized", "The end of the connection ends the stream.", _unsized(_done, Close()), WHOLE),
    _case("unsized_cut", "The end of the connection ends a half.", _unsized(_half, Close()), CUT),
    _tls("ok", "A whole stream.", _stream(_done), WHOLE),
    _tls("chunk", "The connection is closed between two events.", _stream(_half, Close(), end=b""), CUT),
    _tls(
        "drop",
        "A stream that the end of the connection ends, without the goodbye of TLS.",
        _unsized(_half, Drop()),
        CUT,
    ),
    _tls("stalled", "The server falls silent between two events.", _stream(_half, Stall(), end=b""), CUT, read=_SHORT),
)
