"""Bodies of errors: whatever they are, the status decides, and what can be read of them is told."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from faults.model import BROKEN, Case, Kind, Outcome, Raises
from faults.responses import (
    CHUNKED,
    HTML,
    JSON,
    REQUEST_ID,
    Body,
    as_json,
    chunk,
    envelope,
    head,
    message,
    reply,
    spelled,
    wire,
)
from faults.steps import Close, Plan, Request, Send, Stall, Step

_BAD = Raises("BadRequestError", 400)
_CODED = Raises("BadRequestError", 400, code="invalid_format", request_id=REQUEST_ID)
_BUSY = Raises("ServerError", 503, attempts=(3,))


def _case(name: str, title: str, plan: Plan, *expect: Outcome, why: str = "", deadline: float = 20.0) -> Case:
    return Case(f"error_{name}", title, Kind.ERROR_BODY, (plan,), expect, why, deadline=deadline)


def _invalid(**changes: Any) -> dict[str, Any]:
    return envelope("invalid_format", "invalid_request", **changes)


def _both(name: str, what: str, body: Body, content_type: str | None = JSON) -> Iterator[Case]:
    """A body with a status that is final, and with one that is tried again."""
    for status, outcome in ((400, _BAD), (503, _BUSY)):
        title = f"The body of a {status} is {what}."
        yield _case(f"{name}_{status}", title, reply(body, status, content_type=content_type), outcome)


_STRANGE: tuple[tuple[str, str, bytes, str | None], ...] = (
    ("html", "a page of HTML", HTML, "text/html"),
    ("html_as_json", "a page of HTML that says it is JSON", HTML, JSON),
    ("text", "text", b"upstream connect error or disconnect/reset before headers", "text/plain"),
    ("untyped", "text without a content type", b"no healthy upstream", None),
    ("json_as_html", "the documented error, but says that it is HTML", as_json(_invalid()), "text/html"),
    ("xml", "XML", b"<?xml version='1.0'?><Error><Code>SlowDown</Code></Error>", "application/xml"),
    ("object", "an empty object", b"{}", JSON),
    ("list", "an empty list", b"[]", JSON),
    ("null", "null", b"null", JSON),
    ("true", "true", b"true", JSON),
    ("number", "a number", b"5", JSON),
    ("string", "a JSON string", b'"overloaded"', JSON),
    (
        "other_form",
        "the error of another framework",
        b'{"statusCode":400,"message":["id must be a string"],"error":"Bad Request"}',
        JSON,
    ),
    ("detail", "the error of yet another framework", b'{"detail":[{"loc":["path","id"],"msg":"bad"}]}', JSON),
    ("error_null", "an envelope whose error is null", b'{"error":null}', JSON),
    ("error_string", "an envelope whose error is a string", b'{"error":"overloaded"}', JSON),
    ("error_number", "an envelope whose error is a number", b'{"error":5}', JSON),
    ("error_true", "an envelope whose error is true", b'{"error":true}', JSON),
    ("error_list", "an envelope whose error is a list", b'{"error":[{"code":"x"}]}', JSON),
    ("error_empty", "an envelope whose error is empty", b'{"error":{}}', JSON),
    ("cut", "the documented error, cut though its length is right", as_json(_invalid())[:40], JSON),
    ("quotes", "the documented error in single quotes", b"{'error': {'code': 'x'}}", JSON),
    ("twice", "two JSON documents", as_json(_invalid()) * 2, JSON),
    ("nan", "JSON with NaN", b'{"error":{"code":NaN,"message":Infinity}}', JSON),
    ("bom", "the documented error behind a byte order mark", b"\xef\xbb\xbf" + as_json(_invalid()), JSON),
    ("utf_16", "the documented error in UTF-16", json.dumps(_invalid()).encode("utf-16"), JSON),
    ("invalid_utf_8", "not valid UTF-8", b'{"error":{"code":"invalid_format","message":"caf\xe9 \xff\xfe"}}', JSON),
    (
        "latin_1",
        "in Latin-1, and says so",
        b'{"error":{"code":"x","message":"caf\xe9"}}',
        "application/json; charset=iso-8859-1",
    ),
    ("unknown_charset", "in a charset that does not exist", as_json(_invalid()), "application/json; charset=klingon"),
    ("nul", "made of NULs", bytes(200), "application/octet-stream"),
    ("deep_lists", "100,000 lists deep", b"[" * 100_000, JSON),
    ("deep_objects", "100,000 objects deep", b'{"error":' * 100_000 + b"1" + b"}" * 100_000, JSON),
    ("long_number", "a number of 5,000 digits", b'{"error":{"code":"x","status":' + b"9" * 5000 + b"}}", JSON),
    ("events", "a stream of events", b'event: error\ndata: {"error":{"code":"x"}}\n\n', "text/event-stream"),
    ("blanks", "1 MB of blanks", b" " * 10**6, JSON),
    ("long_text", "1 MB of text", b"sorry " * 170_000, "text/plain"),
)


_ODD_VALUES: tuple[tuple[str, str, Any], ...] = (
    ("null", "null", None),
    ("number", "a number", 5),
    ("true", "true", True),
    ("list", "a list", ["x"]),
    ("object", "an object", {"x": 1}),
    ("empty", "empty", ""),
)


def _odd_fields() -> Iterator[Case]:
    """The envelope with one field missing, null or of another type: what is sound is still told."""
    for field in ("type", "code", "message", "doc_url", "request_id", "param", "status"):
        outcome = Raises("BadRequestError", 400, code=None if field == "code" else "invalid_format")
        for name, what, value in _ODD_VALUES:
            title = f"The {field} of a documented error is {what}."
            yield _case(f"{field}_{name}", title, reply(as_json(_invalid(**{field: value})), 400), outcome)
        missing = _invalid()
        missing["error"].pop(field, None)
        yield _case(
            f"{field}_missing", f"The {field} of a documented error is missing.", reply(as_json(missing), 400), outcome
        )


def _echoed(request: Request) -> bytes:
    return as_json(
        _invalid(
            message=f"The key {request.key} may not do this.",
            param=request.key,
            doc_url=f"https://docs.aurous-labs.com/{request.key}",
        )
    )


def _echoed_text(request: Request) -> bytes:
    return f"Refused: X-Api-Key: {request.key}\nAuthorization: Bearer {request.key}".encode()


def _echoed_everywhere(request: Request) -> Iterable[Step]:
    """Put the key into the reason, the headers and every field."""
    rows = (("Content-Type", JSON), ("Aurous-Request-Id", request.key), ("X-Debug", f"key={request.key}"))
    body = as_json(_invalid(code=request.key, type=request.key, request_id=request.key))
    return (Send(head(f"HTTP/1.1 401 Bad key {request.key}", (*rows, ("Content-Length", str(len(body))))) + body),)


def _echoed_spelled(request: Request) -> bytes:
    return as_json(_invalid(message="THE KEY")).replace(b"THE KEY", spelled(request.key).encode())


_NASTY = "\x1b[2J\x1b]0;owned\x07\x00\x08\r\n\u202eevil\u2028\u0085\x9b31m end"

_FIELDS = (
    _case("documented", "A documented error.", reply(as_json(_invalid(param="id")), 400), _CODED),
    _case(
        "unknown_fields",
        "A documented error has unknown fields.",
        reply(as_json({**_invalid(retry="no", hint={"a": 1}), "meta": 1}), 400),
        _CODED,
    ),
    _case(
        "unknown_type",
        "The type of a documented error is unknown.",
        reply(as_json(_invalid(type="new_type")), 400),
        _CODED,
    ),
    _case(
        "unknown_code",
        "The code of a documented error is unknown.",
        reply(as_json(_invalid(code="brand_new")), 400),
        Raises("BadRequestError", 400, code="brand_new"),
    ),
    _case(
        "duplicate_code",
        "A documented error has two codes.",
        reply(b'{"error":{"type":"invalid_request","code":"one","code":"two","message":"x"}}', 400),
        _BAD,
    ),
    _case(
        "duplicate_409",
        "A 409 has two codes, one of which would be tried again.",
        reply(b'{"error":{"code":"idempotency_key_in_use","code":"other","message":"x"}}', 409),
        Raises("ConflictError", 409, (1, 3)),
        why="Which of the two counts is open.",
    ),
    _case(
        "409_without_envelope",
        "A 409 has no envelope.",
        reply(b"conflict", 409, content_type="text/plain"),
        Raises("ConflictError", 409),
    ),
    _case(
        "message_1_mb",
        "The message of a documented error has 1 MB.",
        reply(as_json(_invalid(message="very " * 200_000)), 400),
        _BAD,
    ),
    _case(
        "code_100_kb",
        "The code of a documented error has 100 kB.",
        reply(as_json(_invalid(code="c" * 100_000)), 400),
        _BAD,
    ),
    _case(
        "message_control",
        "The message of a documented error holds control characters and terminal codes.",
        reply(as_json(_invalid(message=_NASTY, code="a\nb", doc_url="javascript:alert(1)")), 400),
        _BAD,
    ),
    _case(
        "text_control",
        "The body of a 400 is text full of control characters and terminal codes.",
        reply(_NASTY.encode(), 400, content_type="text/plain"),
        _BAD,
    ),
    _case(
        "message_surrogate",
        "The message of a documented error holds half a surrogate pair.",
        reply(b'{"error":{"type":"invalid_request","code":"invalid_format","message":"half \\ud800 pair"}}', 400),
        _BAD,
    ),
    _case(
        "message_format",
        "The message of a documented error is full of format codes.",
        reply(as_json(_invalid(message="%s %d {0} {key!r} %(x)s ${HOME}")), 400),
        _BAD,
    ),
    _case("key_echoed", "The documented error repeats the key that was sent.", reply(_echoed, 400), _BAD),
    _case(
        "key_echoed_text",
        "A 401 in text repeats the headers that were sent.",
        reply(_echoed_text, 401, content_type="text/plain"),
        Raises("AuthenticationError", 401),
    ),
    _case(
        "key_echoed_everywhere",
        "A 401 repeats the key in its reason, its headers and every field.",
        _echoed_everywhere,
        Raises("AuthenticationError", 401),
    ),
    _case(
        "key_echoed_escaped", "The documented error repeats the key in JSON escapes.", reply(_echoed_spelled, 400), _BAD
    ),
    *(
        _case(
            f"key_echoed_many_{status}",
            f"The body of a {status} is the key that was sent, 5,000 times over, in text.",
            reply(lambda request: b"sent: " + request.key.encode() * 5000, status, content_type="text/plain"),
            outcome,
        )
        for status, outcome in ((400, _BAD), (503, _BUSY))
    ),
    _case(
        "key_echoed_html",
        "A 503 in HTML repeats the key that was sent.",
        reply(lambda request: f"<html>{request.key}</html>".encode(), 503, content_type="text/html"),
        _BUSY,
    ),
    _case(
        "key_echoed_200",
        "A page of HTML with status 200 repeats the key that was sent.",
        reply(lambda request: f"<html>{request.key}</html>".encode(), content_type="text/html"),
        Raises("APIResponseError", 200),
    ),
)


def _short(status: int) -> bytes:
    body = as_json(_invalid())
    return message(body[:-20], status, length=len(body))


_TOLD_WHY = "The status has come, and may be told without the rest."

_BREAKING = (
    _case(
        "cut_by_close_400",
        "The documented error of a 400 is cut by the end of the connection.",
        wire(_short(400), Close()),
        _BAD,
        BROKEN,
        why=_TOLD_WHY,
    ),
    _case(
        "cut_by_close_503",
        "The documented error of a 503 is cut by the end of the connection.",
        wire(_short(503), Close()),
        _BUSY,
        BROKEN,
        why=_TOLD_WHY,
    ),
    _case(
        "cut_chunk_404",
        "The documented error of a 404 is cut in a chunk.",
        wire(head(404, CHUNKED) + chunk(as_json(_invalid()))[:-30], Close()),
        Raises("NotFoundError", 404),
        BROKEN,
        why=_TOLD_WHY,
    ),
    _case(
        "stalled_400",
        "The body of a 400 never comes.",
        wire(_short(400), Stall()),
        _BAD,
        Raises("APITimeoutError", attempts=(1, 2, 3)),
        why=_TOLD_WHY,
        deadline=0.5,
    ),
    _case(
        "stalled_429",
        "The body of a 429 never comes.",
        wire(_short(429), Stall()),
        Raises("RateLimitError", 429, (1, 2, 3)),
        Raises("APITimeoutError", attempts=(1, 2, 3)),
        why=_TOLD_WHY,
        deadline=0.5,
    ),
    _case(
        "length_on_empty",
        "A 400 announces a body and closes without one.",
        wire(head(400, (("Content-Length", "200"),)), Close()),
        _BAD,
        BROKEN,
        why=_TOLD_WHY,
    ),
    _case(
        "without_length",
        "The documented error of a 400 has no length and ends with the connection.",
        reply(as_json(_invalid()), 400, length=None),
        _CODED,
    ),
    _case(
        "envelope_200",
        "Status 200 with the documented form of an error.",
        reply(as_json(_invalid())),
        Raises("APIResponseError", 200),
    ),
    _case(
        "envelope_200_id",
        "Status 200 with the documented form of an error, and the right id beside it.",
        reply(lambda request: as_json({"id": request.id, **_invalid()})),
        Raises("APIResponseError", 200),
    ),
    _case(
        "bare_error_200",
        "Status 200 with an error in another form.",
        reply(b'{"message":"overloaded","code":503}'),
        Raises("APIResponseError", 200),
    ),
)

CASES = (*(case for row in _STRANGE for case in _both(*row)), *_odd_fields(), *_FIELDS, *_BREAKING)
