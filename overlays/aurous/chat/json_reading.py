"""Readers of JSON values: each holds a value against what was asked for, and makes the Python value of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from typing import Any, Final, NamedTuple

from aurous._engine.strict_json import as_object
from aurous._text import json_kind, one_line

Reader = Callable[[Any, str], Any]
"""Takes a JSON value and the JSON pointer of its place. Raises a `MisfitError`."""

_MOST: Final = 200
_outcomes: ContextVar[dict[tuple[Reader, str], Any]] = ContextVar("outcomes")


class MisfitError(ValueError):
    """A value that is not what was asked for.

    Args:
        at: JSON pointer of its place.
        problem: What is wrong there.
        expected: What was asked for, where the value is something else altogether.
    """

    def __init__(self, at: str, problem: str, expected: str = "") -> None:
        super().__init__(f"at {one_line(at, _MOST)}: {problem}" if at else problem)
        self.at = at
        self.expected = expected


class Member(NamedTuple):
    """A member of an object, as it is read."""

    read: Reader
    required: bool
    argument: str
    """The name under which whoever makes the object gets it."""


def pointer(at: str, step: str | int) -> str:
    """The JSON pointer of a member or an item (RFC 6901)."""
    return f"{at}/{str(step).replace('~', '~0').replace('/', '~1')}"


def as_array(value: object) -> list[Any] | None:
    """A JSON value, if it is an array."""
    items: Any = value
    return items if isinstance(value, list) else None


def scalar(expected: str, kinds: tuple[type, ...], convert: Callable[[Any], Any] | None = None) -> Reader:
    """Reads what is exactly of these types: `True` is no integer."""

    def read(value: Any, at: str) -> Any:
        if type(value) not in kinds:
            raise _other(value, at, expected)
        if convert is None:
            return value
        try:
            return convert(value)
        except (ValueError, ArithmeticError):
            raise MisfitError(at, f"expected {expected}", expected) from None

    return read


def choice(results: Sequence[tuple[Any, Any]]) -> Reader:
    """Reads one of some values; each comes with what is made of it."""
    expected = f"one of {', '.join(repr(value) for value, _ in results)}"

    def read(value: Any, at: str) -> Any:
        for wanted, result in results:
            if value == wanted and isinstance(value, bool) == isinstance(wanted, bool):
                return result
        raise MisfitError(at, f"expected {one_line(expected, _MOST)}", expected)

    return read


def array(item: Reader) -> Reader:
    """Reads a list."""

    def read(value: Any, at: str) -> Any:
        items = as_array(value)
        if items is None:
            raise _other(value, at, "an array")
        return [item(each, pointer(at, index)) for index, each in enumerate(items)]

    return read


def object_of(members: Mapping[str, Member], make: Callable[[dict[str, Any]], Any], *, closed: bool = True) -> Reader:
    """Reads an object. Members that are not known are refused in a closed one, and else left as they are."""

    def read(value: Any, at: str) -> Any:
        given = as_object(value)
        if given is None:
            raise _other(value, at, "an object")
        missing = next((name for name, member in members.items() if member.required and name not in given), None)
        if missing is not None:
            raise MisfitError(pointer(at, missing), "is missing")
        arguments: dict[str, Any] = {}
        for name, each in given.items():
            member = members.get(name)
            if member is not None:
                arguments[member.argument] = member.read(each, pointer(at, name))
            elif closed:
                raise MisfitError(pointer(at, name), "is not asked for")
            else:
                arguments[name] = each
        return _made(make, arguments, at)

    return read


def _made(make: Callable[[dict[str, Any]], Any], arguments: dict[str, Any], at: str) -> Any:
    try:
        return make(arguments)
    except Exception as error:  # whatever the checks of a caller's class raise
        raise MisfitError(at, f"its class refuses it ({type(error).__name__})") from error


def once(reader: Reader) -> Reader:
    """Reads the value of a place once within `whole`, whoever asks for it.

    Each option of a union reads what stands within it. Where options hold unions themselves, the work would grow
    exponentially with the depth of the value.
    """

    def read(value: Any, at: str) -> Any:
        outcomes, key = _outcomes.get(), (reader, at)
        if key not in outcomes:
            try:
                outcomes[key] = reader(value, at)
            except MisfitError as misfit:
                outcomes[key] = misfit
        outcome = outcomes[key]
        if isinstance(outcome, MisfitError):
            raise outcome.with_traceback(None)
        return outcome

    return read


def whole(reader: Reader, value: object) -> Any:
    """Read a value, from its root on."""
    token = _outcomes.set({})
    try:
        return reader(value, "")
    finally:
        _outcomes.reset(token)


def either(readers: Sequence[Reader]) -> Reader:
    """Reads with the first that takes the value; the misfit is that of the one that came furthest."""

    def read(value: Any, at: str) -> Any:
        misfits: list[MisfitError] = []
        for reader in readers:
            try:
                return reader(value, at)
            except MisfitError as misfit:
                misfits.append(misfit)
        furthest = max(misfits, key=lambda misfit: misfit.at.count("/"))
        if furthest.at != at or not all(misfit.expected for misfit in misfits):
            raise furthest
        raise _other(value, at, " or ".join(dict.fromkeys(misfit.expected for misfit in misfits)))

    return read


def _other(value: Any, at: str, expected: str) -> MisfitError:
    return MisfitError(at, f"expected {one_line(expected, _MOST)}, found {json_kind(value)}", expected)
