"""JSON as RFC 8259 has it, read strictly: what the standard library lets pass silently is refused here."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, Final, NoReturn, Self, cast


class InvalidJSONError(ValueError):
    """Not JSON that can be believed; the text says why."""


class ExactNumber(float):
    """A float that remembers how it was written, so that money stays exact."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> Self:
        number = super().__new__(cls, text)
        if number in (_INFINITY, -_INFINITY) or not _is_decimal(text):
            raise InvalidJSONError(f"the number {text[:40]} is beyond the range of a float")
        number.text = text
        return number

    def __reduce__(self) -> tuple[type[ExactNumber], tuple[str]]:
        return ExactNumber, (self.text,)


_INFINITY = float("inf")


def _is_decimal(text: str) -> bool:
    """Whether a number has an exact value that can be computed with: its exponent may be as long as the body."""
    exponent = text.lower().partition("e")[2]
    return len(exponent) <= 5


def decimal(number: float | Decimal) -> Decimal:
    """The exact value of a JSON number, as it was written where that is known."""
    if isinstance(number, Decimal):
        return number
    return Decimal(number.text if isinstance(number, ExactNumber) else str(number))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        name = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise InvalidJSONError(f"an object names {name[:40]!r} twice")
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise InvalidJSONError(f"{name} is no JSON")


_decode: Callable[[str], Any] = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=ExactNumber, parse_constant=_refuse_constant
).decode


_STRING: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"')

MAX_CONTAINERS: Final = 100_000
"""Objects and arrays that are read: each costs time and memory beyond what its bytes tell."""

MAX_DEPTH: Final = 100
"""Nesting that is read. Python's own limit would only show when the data is copied, pickled or written again."""


def _containers_outside_strings(body: bytes) -> int:
    bare = _STRING.sub(b"", body)
    return bare.count(b"[") + bare.count(b"{")


def _is_too_deep(data: object) -> bool:
    level: list[Any] = [data]
    for _ in range(MAX_DEPTH + 1):
        level = [item for value in level for item in _members(value)]
    return bool(level)


def _members(value: Any) -> Iterable[Any]:
    """What is nested directly in an object or an array."""
    if isinstance(value, dict):
        return cast("dict[str, Any]", value).values()
    return value if isinstance(value, list) else ()  # pyright: ignore[reportUnknownVariableType]


def as_object(value: object) -> dict[str, Any] | None:
    """A parsed value, if it is a JSON object."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def loads(body: bytes) -> Any:
    """Parse a body. A byte order mark is passed over, as RFC 8259 section 8.1 allows.

    Raises:
        InvalidJSONError: It is not UTF-8, not JSON, nested too deep, names a member twice or holds a number beyond
            range.
    """
    containers = body.count(b"[") + body.count(b"{")
    if containers > MAX_CONTAINERS and _containers_outside_strings(body) > MAX_CONTAINERS:
        raise InvalidJSONError(f"it holds more than {MAX_CONTAINERS} objects and arrays")
    try:
        data = _decode(str(body, "utf-8-sig" if body.startswith(b"\xef\xbb\xbf") else "utf-8"))
        if containers <= MAX_DEPTH or not _is_too_deep(data):
            return data
        reason = f"it is nested deeper than {MAX_DEPTH} levels"
    except InvalidJSONError:
        raise
    except UnicodeDecodeError as error:
        reason = f"it is not UTF-8 (byte {error.start})"
    except json.JSONDecodeError as error:
        reason = f"{error.msg} (line {error.lineno}, column {error.colno})"
    except RecursionError:
        reason = f"it is nested deeper than {MAX_DEPTH} levels"
    except ValueError as error:
        reason = str(error)
    raise InvalidJSONError(reason)
