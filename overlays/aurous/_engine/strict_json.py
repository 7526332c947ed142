"""JSON as RFC 8259 has it, read strictly: what the standard library lets pass silently is refused here.

Numbers are plain `int` and `float`. The shortest text of a float is exact for 15 significant digits, more than any
documented amount has: so `Decimal(repr(number))` is the number as it was written, but for zeros at its end.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from math import isinf
from typing import Any, Final, NoReturn, cast

from aurous._secret import shown


class InvalidJSONError(ValueError):
    """Not JSON that can be used; the text says why."""


def decimal(number: float | Decimal) -> Decimal:
    """The exact value of a JSON number as it was written, for up to 15 significant digits."""
    return number if isinstance(number, Decimal) else Decimal(repr(number))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        name = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise InvalidJSONError(f"an object names {shown(name)[:40]!r} twice")
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise InvalidJSONError(f"{name} is not JSON")


def _float(text: str) -> float:
    number = float(text)
    if isinf(number):
        raise InvalidJSONError(f"the number {text[:40]} is beyond the range of a float")
    return number


_EXACT: Final = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_refuse_constant, parse_float=_float)
_IN_RANGE: Final = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_refuse_constant)

_NO_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))
_HUGE_EXPONENT: Final = re.compile(r"[eE]\+?0*[3-9]\d\d")
_HUGE_NUMBER: Final = 309
"""Digits of the shortest number without an exponent that is beyond the range of a float."""

MAX_CONTAINERS: Final = 100_000
"""Objects and arrays that are read: each costs time and memory beyond what its bytes tell."""

MAX_DEPTH: Final = 100
"""Nesting that is read. More would overflow the stack of a small thread while it is parsed, and Python's own limit
would only show later: when the data is copied, pickled or written again."""

_SAMPLE: Final = 4096
"""Characters of a text that tell whether it is full of floats."""

_SHORT: Final = 2048
"""Bytes up to which it is sooner counted than searched."""


def _refuse_structure(body: bytes | bytearray) -> None:
    """Refuse what is too much to parse, before it is parsed.

    Raises:
        InvalidJSONError: There are too many objects and arrays, or they are nested too deep.
    """
    brackets = _brackets(body)
    if brackets.count(b"[") + brackets.count(b"{") > MAX_CONTAINERS:
        raise InvalidJSONError(f"it holds more than {MAX_CONTAINERS} objects and arrays")
    depth = 0
    for bracket in brackets:
        if bracket not in b"[{":
            depth -= 1
        elif depth == MAX_DEPTH:
            raise InvalidJSONError(f"it is nested deeper than {MAX_DEPTH} levels")
        else:
            depth += 1


def _has_more(bracket: bytes, body: bytes | bytearray) -> bool:
    """Whether a bracket stands in a body more often than a half of `MAX_DEPTH`; sooner known than how often."""
    if len(body) < _SHORT:
        return body.count(bracket) > MAX_DEPTH // 2
    at = -1
    for _ in range(MAX_DEPTH // 2 + 1):
        at = body.find(bracket, at + 1)
        if at < 0:
            return False
    return True


def _brackets(body: bytes | bytearray) -> bytes:
    """The brackets outside of strings, and nothing else. Written so that every pass over the body is one of C."""
    if b"\\" in body:
        body = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    return b"".join(body.split(b'"')[::2]).translate(None, _NO_BRACKETS)


def as_object(value: object) -> dict[str, Any] | None:
    """A parsed value, if it is a JSON object."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def as_list(value: object) -> list[Any] | None:
    """A parsed value, if it is a JSON array."""
    return value if isinstance(value, list) else None  # pyright: ignore[reportUnknownVariableType]


def loads(body: bytes | bytearray) -> Any:
    """Parse a body. A byte order mark is passed over, as RFC 8259 section 8.1 allows.

    Raises:
        InvalidJSONError: It is not UTF-8, not JSON, nested too deep, names a member twice or holds a number beyond
            range.
    """
    return parse(text_of(body))


def text_of(body: bytes | bytearray) -> str:
    """The text of a body that may be parsed. Apart from `parse`, so that a long body need not be kept meanwhile.

    Raises:
        InvalidJSONError: It is not UTF-8, or too much to parse.
    """
    if _has_more(b"{", body) or _has_more(b"[", body):
        _refuse_structure(body)
    try:
        return str(body, "utf-8-sig" if body.startswith(b"\xef\xbb\xbf") else "utf-8")
    except UnicodeDecodeError as error:
        reason = f"it is not UTF-8 (byte {error.start})"
    raise InvalidJSONError(reason)


def loads_text(text: str) -> Any:
    """Parse a short text, such as that of an event.

    Raises:
        InvalidJSONError: As for `loads`.
    """
    if text.count("{") > MAX_DEPTH // 2 or text.count("[") > MAX_DEPTH // 2:
        _refuse_structure(text.encode("utf-8", "surrogatepass"))
    return parse(text)


def parse(text: str) -> Any:
    """The value of a text that `text_of` gave.

    Raises:
        InvalidJSONError: As for `loads`.
    """
    try:
        return _decoder(text).decode(text)
    except InvalidJSONError:
        raise
    except json.JSONDecodeError as error:
        reason = f"{error.msg} (line {error.lineno}, column {error.colno})"
    except RecursionError:
        reason = f"it is nested deeper than {MAX_DEPTH} levels"
    except ValueError as error:
        reason = str(error)
    raise InvalidJSONError(reason)


def _decoder(text: str) -> json.JSONDecoder:
    """A function call for each float is what an embedding costs most; there the text is searched instead, once."""
    if len(text) < _SAMPLE:
        return _EXACT
    middle = len(text) // 2
    sample = text[middle : middle + _SAMPLE]
    is_full_of_floats = sample.count("0.") * 40 > len(sample)  # as embeddings are, whose numbers are below 1
    if is_full_of_floats and not _HUGE_EXPONENT.search(text) and _has_short_items(text):
        return _IN_RANGE
    return _EXACT


def _has_short_items(text: str) -> bool:
    """Whether there is a comma wherever a number could have too many digits; a search for digits takes three parses."""
    at = 0
    while at + _HUGE_NUMBER <= len(text):
        at = text.rfind(",", at, at + _HUGE_NUMBER) + 1
        if not at:
            return False
    return True
