"""Unusable responses with status 200, and some that look odd and are usable."""

import json
from collections.abc import Callable
from typing import Any

from faults.model import GOOD, UNUSABLE, Case, Completion, Kind, Outcome, answer_to
from faults.responses import (
    HTML,
    JSON,
    STRANGER,
    Body,
    as_json,
    changed,
    completion,
    document,
    reply,
    spelled,
    text_with,
    without,
)
from faults.steps import Plan, Request

_EITHER_WHY = "The right completion is in it; a client that refuses the form is honest as well."
_ANY = Completion(drift=None, text=None)


def _case(name: str, title: str, plan: Plan, *expect: Outcome, why: str = "", reuse: bool | None = None) -> Case:
    return Case(f"body_{name}", title, Kind.UNUSABLE, (plan,), expect or (UNUSABLE,), why, reuse=reuse)


def _body(name: str, what: str, body: Body, content_type: str | None = JSON) -> Case:
    """A body that is no completion."""
    return _case(name, f"The body is {what}.", reply(body, content_type=content_type))


def _either(name: str, title: str, body: Body, content_type: str | None = JSON, right: Outcome = GOOD) -> Case:
    return _case(name, title, reply(body, content_type=content_type), right, UNUSABLE, why=_EITHER_WHY)


def _around(before: bytes = b"", after: bytes = b"") -> Callable[[Request], bytes]:
    return lambda request: before + completion(request) + after


def _telling(request: Request, key: str) -> bytes:
    """The good completion, with the key in its text, written as *key*."""
    return completion(request).replace(answer_to(request.id).encode(), f"You sent {key}".encode())


_NO_COMPLETION = (
    _body("empty", "empty", b""),
    _body("blanks", "made of blanks", b"  \r\n\t "),
    _body("null", "null", b"null"),
    _body("true", "true", b"true"),
    _body("number", "a number", b"42"),
    _body("string", "a JSON string", b'"ok"'),
    _body("list", "an empty list", b"[]"),
    _body("object", "an empty object", b"{}"),
    _body("list_of_completion", "a list with the right completion", lambda request: as_json([document(request.id)])),
    _body("wrapped", "the right completion inside `data`", lambda request: as_json({"data": document(request.id)})),
    _body(
        "string_of_completion",
        "the right completion as a JSON string",
        lambda request: as_json(completion(request).decode()),
    ),
    _body("html", "a page of HTML", HTML, "text/html"),
    _body("html_as_json", "a page of HTML that says it is JSON", HTML),
    _body("html_untyped", "a page of HTML without a content type", HTML, None),
    _body("text", "text", b"OK", "text/plain"),
    _body("text_as_json", "text that says it is JSON", b"OK"),
    _body("xml", "XML", b"<?xml version='1.0'?><completion/>", "application/xml"),
    _body("form", "a form", b"id=cmp_1&status=completed", "application/x-www-form-urlencoded"),
    _body("binary", "binary", bytes(range(256)), "application/octet-stream"),
    _body("picture", "the head of a picture that says it is JSON", b"\x89PNG\r\n\x1a\n" + bytes(64)),
    _body("gzip_unsaid", "gzip, and nothing says so", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xab\xae\x05\x00"),
    _body(
        "events",
        "a stream of events",
        lambda request: b"data: " + completion(request) + b"\n\ndata: [DONE]\n\n",
        "text/event-stream",
    ),
    _body(
        "chunk_object",
        "a chunk of a stream",
        lambda request: as_json({"object": "chat.completion.chunk", "choices": []}),
    ),
    _body("guarded", "the right JSON behind a guard against scripts", _around(b")]}',\n")),
    _body("callback", "the right JSON as the argument of a call", _around(b"callback(", b");")),
    _body("cut", "the right JSON, cut, though its length is right", lambda request: completion(request)[:-20]),
    _body("cut_in_string", "the right JSON, cut inside a string", lambda request: completion(request)[:20]),
    _body("brace", "a brace", b"{"),
    _body("trailing", "the right JSON and some more", _around(after=b" and some more")),
    _body("trailing_brace", "the right JSON and a brace too many", _around(after=b"}")),
    _body("twice", "the right JSON, twice", lambda request: completion(request) * 2),
    _body("lines", "the right JSON and another on the next line", _around(after=b"\n" + as_json(document(STRANGER)))),
    _body("trailing_nul", "the right JSON and a NUL", _around(after=b"\x00")),
    _body("comma", "the right JSON with a comma too many", lambda request: completion(request)[:-1] + b",}"),
    _body("comment", "the right JSON with a comment", _around(b"/* generated */ ")),
    _body("quotes", "the right JSON in single quotes", lambda request: str(document(request.id)).encode()),
    _body("unquoted", "an object with bare names", b"{id: 1}"),
)

_IDS: tuple[tuple[str, str, Any], ...] = (
    ("wrong", "another completion's", STRANGER),
    ("null", "null", None),
    ("number", "a number", 7),
    ("zero", "0", 0),
    ("true", "true", True),
    ("false", "false", False),
    ("empty", "empty", ""),
    ("object", "an object", {}),
    ("dots", "made of dots", ".."),
)


def _id(name: str, what: str, change: Callable[[str], Any]) -> Case:
    """An id made from the one that was asked for."""
    return _case(
        f"id_{name}",
        f"The id is {what}.",
        reply(lambda request: as_json({**document(request.id), "id": change(request.id)})),
        reuse=False,
    )


_WRONG_IDS = (
    *(
        _case(
            f"id_{name}", f"The id is {what}.", reply(changed("/id", value)), reuse=False if name == "wrong" else None
        )
        for name, what, value in _IDS
    ),
    _case("id_missing", "The id is missing.", reply(without("/id"))),
    _id("capitals", "the right one in capitals", str.upper),
    _id("prefix", "the right one without its last letter", lambda id_: id_[:-1]),
    _id("longer", "the right one and a letter more", lambda id_: f"{id_}x"),
    _id("blank", "the right one and a blank", lambda id_: f"{id_} "),
    _id("newline", "the right one and a line end", lambda id_: f"{id_}\n"),
    _id("list", "a list with the right one", lambda id_: [id_]),
    _id("unicode", "the right one with a letter that only looks the same", lambda id_: id_.replace("c", "\u0441", 1)),
    _case(
        "id_nested",
        "The right id stands one level too deep.",
        reply(lambda request: as_json({**document(STRANGER), "meta": {"id": request.id}})),
        reuse=False,
    ),
    _case("all_of_another", "The whole completion is another's.", reply(as_json(document(STRANGER))), reuse=False),
)


# --- bytes and numbers that JSON does not have -----------------------------------------------------------------------


def _duplicate(before: str, after: str) -> Body:
    """Return a body: the good completion with a second value for a name, put beside the first."""
    return text_with(before, after)


def _ids_twice(first: str, second: str) -> Callable[[Request], bytes]:
    """Return a body with two ids; `{}` stands for the right one."""
    return lambda request: completion(request).replace(
        f'"id": "{request.id}"'.encode(),
        f'"id": "{first.format(request.id)}", "id": "{second.format(request.id)}"'.encode(),
        1,
    )


_ENCODINGS = (
    _body("invalid_utf_8", "not valid UTF-8 inside a string", text_with("This is", b"caf\xe9 \xff\xfe This is")),
    _body("overlong_utf_8", "UTF-8 in an overlong form", text_with("This is", b"\xc0\xaf This is")),
    _body("surrogate_utf_8", "a surrogate in UTF-8", text_with("This is", b"\xed\xa0\x80 This is")),
    _body("cut_utf_8", "cut inside a character of UTF-8", text_with("This is", b"\xf0\x9f\x98 This is")),
    _body("latin_1", "in Latin-1 and does not say so", text_with("This is", b"caf\xe9 This is")),
    _either(
        "latin_1_said",
        "The body is in Latin-1 and says so.",
        text_with("This is", b"caf\xe9 This is"),
        "application/json; charset=iso-8859-1",
        Completion(text=None),
    ),
    _either("bom", "The body begins with a byte order mark.", _around(b"\xef\xbb\xbf")),
    _body("two_boms", "begun with two byte order marks", _around(b"\xef\xbb\xbf" * 2)),
    _either("utf_16", "The body is in UTF-16.", lambda request: completion(request).decode().encode("utf-16")),
    _either(
        "utf_16_said",
        "The body is in UTF-16 and says so.",
        lambda request: completion(request).decode().encode("utf-16-le"),
        "application/json; charset=utf-16le",
    ),
    _either("utf_32", "The body is in UTF-32.", lambda request: completion(request).decode().encode("utf-32")),
    _body("raw_newline", "JSON with a raw line end inside a string", text_with("This is", b"a\nThis is")),
    _body("raw_nul", "JSON with a raw NUL inside a string", text_with("This is", b"a\x00This is")),
    _body("bad_escape", "JSON with an escape that does not exist", text_with("This is", "\\x41 This is")),
    _case(
        "nul_escape",
        "The text holds a NUL in an escape.",
        reply(text_with("This is", "\\u0000 This is")),
        Completion(text=None),
    ),
    _case(
        "control_escapes",
        "The text holds control characters and terminal codes in escapes.",
        reply(text_with("This is", "\\u001b[2J\\u0007\\u202e\\u2028 This is")),
        Completion(text=None),
    ),
    _either(
        "lone_surrogate",
        "The text holds half a surrogate pair in an escape.",
        text_with("This is", "\\ud800 This is"),
        right=Completion(text=None),
    ),
    _either(
        "lone_surrogate_id",
        "An unknown name holds half a surrogate pair.",
        text_with('"object"', '"x\\udfff": 1, "object"'),
        right=_ANY,
    ),
    _case(
        "emoji",
        "The text holds characters beyond the first plane.",
        reply(text_with("This is", "\U0001f600 This is")),
        Completion(text=None),
    ),
    _case("escaped_names", "The names are written in escapes.", reply(text_with('"id"', '"\\u0069d"')), GOOD),
)

_NUMBERS = (
    _body("nan", "JSON with NaN", text_with("0.0117", "NaN")),
    _body("infinity", "JSON with Infinity", text_with("0.0117", "Infinity")),
    _body("minus_infinity", "JSON with -Infinity", text_with("0.0117", "-Infinity")),
    _body("nan_created", "JSON whose time is NaN", text_with("1731948000", "NaN")),
    _body("nan_unknown", "JSON with NaN in an unknown field", text_with('"object"', '"extra": NaN, "object"')),
    _body("hex_number", "JSON with a hexadecimal number", text_with("1731948000", "0x10")),
    _body("leading_zero", "JSON with a number that begins with 0", text_with("1731948000", "01731948000")),
    _body("plus", "JSON with a number that begins with a plus", text_with("1731948000", "+1731948000")),
    _body("bare_point", "JSON with a number that begins with a point", text_with("0.0117", ".0117")),
    *(
        _either(name, f"{what}.", text_with(before, after), right=_ANY)
        for name, what, before, after in (
            ("huge_credits", "The credits are 1e999", "0.0117", "1e999"),
            ("minus_huge_credits", "The credits are -1e999", "0.0117", "-1e999"),
            ("huge_created", "The time is 1e999", "1731948000", "1e999"),
            ("huge_exponent", "The credits have an exponent of 20 digits", "0.0117", "1e" + "9" * 20),
            ("tiny_credits", "The credits are 1e-999", "0.0117", "1e-999"),
            (
                "digits_unknown",
                "An unknown field is an integer of 5,000 digits",
                '"object"',
                '"extra": ' + "9" * 5000 + ', "object"',
            ),
            (
                "digits_tokens",
                "A token count is an integer of 5,000 digits",
                '"prompt_tokens": 12',
                '"prompt_tokens": ' + "9" * 5000,
            ),
            ("digits_created", "The time is an integer of 5,000 digits", "1731948000", "9" * 5000),
            ("decimals_credits", "The credits have 5,000 decimals", "0.0117", "0." + "1" * 5000),
        )
    ),
)

_DUPLICATES = (
    _case(
        "id_twice_right_first", "There are two ids, the right one first.", reply(_ids_twice("{}", STRANGER)), reuse=None
    ),
    _case(
        "id_twice_right_last", "There are two ids, the right one last.", reply(_ids_twice(STRANGER, "{}")), reuse=None
    ),
    _case(
        "id_twice_alike",
        "The right id comes twice.",
        reply(_ids_twice("{}", "{}")),
        GOOD,
        UNUSABLE,
        why="Nothing is lost, but such a response is no sound JSON.",
    ),
    _case(
        "id_twice_escaped",
        "There are two ids, one of whose names is in escapes.",
        reply(lambda request: completion(request)[:-1] + b', "\\u0069d": "' + STRANGER.encode() + b'"}'),
    ),
    _body(
        "status_twice",
        "JSON with two statuses",
        _duplicate('"status": "completed"', '"status": "in_progress", "status": "completed"'),
    ),
    _body("choices_twice", "JSON with two lists of choices", _duplicate('"choices"', '"choices": [], "choices"')),
    _body(
        "content_twice",
        "JSON with two texts in one message",
        _duplicate('"role"', '"content": "Another text.", "role"'),
    ),
    _body(
        "credits_twice",
        "JSON with two charges",
        _duplicate('"credits_charged"', '"credits_charged": 5, "credits_charged"'),
    ),
    _either(
        "unknown_twice",
        "An unknown field comes twice.",
        _duplicate('"object"', '"extra": 1, "extra": 2, "object"'),
        right=_ANY,
    ),
)


def _nested(opening: bytes, closing: bytes, depth: int) -> Callable[[Request], bytes]:
    """Return a body: the good completion with an unknown field nested *depth* levels deep."""
    return lambda request: completion(request)[:-1] + b', "extra": ' + opening * depth + b"1" + closing * depth + b"}"


_DEPTHS = (
    _body("deep_lists", "JSON with 100,000 nested lists in an unknown field", _nested(b"[", b"]", 100_000)),
    _body("deep_objects", "JSON with 100,000 nested objects in an unknown field", _nested(b'{"a":', b"}", 100_000)),
    _body("deep_from_the_top", "100,000 opening brackets", b"[" * 100_000),
    _body(
        "deep_content",
        "JSON whose text is 100,000 nested lists",
        lambda request: as_json(document(request.id)).replace(
            as_json(answer_to(request.id)), b"[" * 100_000 + b"]" * 100_000
        ),
    ),
    *(
        _either(
            f"nested_{depth}",
            f"An unknown field is nested {depth} levels deep.",
            _nested(b'{"a":[', b"]}", depth // 2),
            right=_ANY,
        )
        for depth in (100, 300, 600, 900, 2000)
    ),
)

_TYPES = tuple(
    _case(
        f"typed_{name}",
        f"A good body {what}.",
        reply(content_type=content_type),
        *expect,
        why=_EITHER_WHY if len(expect) > 1 else "",
    )
    for name, what, content_type, expect in (
        ("html", "says that it is HTML", "text/html; charset=utf-8", (GOOD, UNUSABLE)),
        ("text", "says that it is text", "text/plain", (GOOD, UNUSABLE)),
        ("text_json", "has an old name of the type", "text/json", (GOOD, UNUSABLE)),
        ("octets", "says that it is binary", "application/octet-stream", (GOOD, UNUSABLE)),
        ("events", "says that it is a stream of events", "text/event-stream", (GOOD, UNUSABLE)),
        ("nothing", "does not say its type", None, (GOOD, UNUSABLE)),
        ("empty", "has an empty type", "", (GOOD, UNUSABLE)),
        ("garbage", "has garbage for a type", ";;=,/", (GOOD, UNUSABLE)),
        ("klingon", "names a charset that does not exist", "application/json; charset=klingon", (GOOD, UNUSABLE)),
        ("charset", "names its charset", "application/json; charset=utf-8", (GOOD,)),
        ("capitals", "writes its type in capitals", "APPLICATION/JSON;CHARSET=UTF-8", (GOOD,)),
        ("suffix", "has a type that ends in +json", "application/vnd.aurous+json", (GOOD, UNUSABLE)),
        ("problem", "says that it is a problem report", "application/problem+json", (GOOD, UNUSABLE)),
        ("parameter", "has a parameter that needs no reading", 'application/json; profile="a;b,c"', (GOOD,)),
    )
)

_TOLERABLE = (
    _case("padded", "Blanks and line ends stand around a good body.", reply(_around(b"\r\n \t", b"\n\n")), GOOD),
    _case(
        "pretty",
        "A good body is laid out for reading.",
        reply(lambda request: json.dumps(document(request.id), indent=4).encode()),
        GOOD,
    ),
    _case(
        "reversed",
        "The fields of a good body come in reverse order.",
        reply(lambda request: as_json(dict(reversed(document(request.id).items())))),
        GOOD,
    ),
    _case(
        "not_escaped",
        "The text is in raw UTF-8.",
        reply(text_with("This is", "Gr\u00fc\u00dfe \u96ea This is")),
        Completion(text=None),
    ),
    _case(
        "key_in_text",
        "The text repeats the key that was sent. It is data, and shown nowhere.",
        reply(lambda request: _telling(request, request.key)),
        Completion(text=None),
    ),
    _case(
        "key_spelled_in_text",
        "The text repeats the key that was sent, in JSON escapes. It is data, and shown nowhere.",
        reply(lambda request: _telling(request, spelled(request.key))),
        Completion(text=None),
    ),
)

CASES = (*_NO_COMPLETION, *_WRONG_IDS, *_ENCODINGS, *_NUMBERS, *_DUPLICATES, *_DEPTHS, *_TYPES, *_TOLERABLE)
