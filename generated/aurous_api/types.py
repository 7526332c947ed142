"""What the models stand on: the UNSET mark, open enums, and the reader and writer of JSON objects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, StrEnum
from typing import IO, Any, BinaryIO, Final, Generic, Literal, NamedTuple, Self, TypeVar
from uuid import UUID

from attrs import define, field


class Unset:
    """The type of UNSET: the answer said nothing here that could be used. Falsy; one instance a process, also after copy and pickle."""

    _instance: Unset | None = None

    def __new__(cls) -> Unset:
        if cls._instance is None:
            cls._instance = super().__new__(cls)
        return cls._instance

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "UNSET"

    def __reduce__(self) -> tuple[type[Unset], tuple[()]]:
        return Unset, ()


UNSET: Final = Unset()


class OpenEnum(StrEnum):
    """An enum that takes values it does not know: such a member equals its string, hashes and pickles like it, and is not `is_known`."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        member = str.__new__(cls, value)
        member._name_ = member._value_ = str(value)
        return member

    def __repr__(self) -> str:
        name = self._name_[:80] if self._name_.isidentifier() else "?"
        return f"<{type(self).__name__}.{name}: {self._value_[:80]!r}>"

    @property
    def is_known(self) -> bool:
        """Whether the contract names this value."""
        return self._value_ in type(self)._value2member_map_


Problem = Literal["missing", "null", "type", "unknown_value", "unknown_field"]


@define(frozen=True)
class Deviation:
    """A place where an answer left the contract."""

    pointer: str
    """JSON pointer (RFC 6901) into the answer."""
    problem: Problem
    """What is not as documented there."""
    expected: str
    """What the contract says, in words."""
    found: Any = field(default=UNSET, hash=False)
    """What came, as parsed from JSON; UNSET where nothing came."""

    def __str__(self) -> str:
        pointer = "".join(letter if letter.isprintable() else "?" for letter in self.pointer[:200])
        if self.problem == "missing":
            return f"{pointer}: missing, expected {self.expected}"
        excerpt = repr(self.found)
        excerpt = excerpt if len(excerpt) <= 80 else f"{excerpt[:77]}..."
        return f"{pointer}: expected {self.expected}, found {excerpt}"


MOST_DEVIATIONS: Final = 1000
"""How many places are noted: a hostile answer could name a million."""


class Reading:
    """What one call of `read` gathers and uses."""

    __slots__ = ("classes", "deviations")

    def __init__(self, classes: Mapping[type, type] | None = None) -> None:
        self.deviations: list[Deviation] = []
        """Where the JSON left the contract, in reading order."""
        self.classes: Mapping[type, type] = classes or {}
        """Subclasses to build in place of generated models, by model."""

    def note(self, pointer: str, problem: Problem, expected: str, found: object = UNSET) -> Unset:
        """Add a deviation; gives the UNSET that stands in its place."""
        if not self.is_full:
            self.deviations.append(Deviation(pointer, problem, expected, found))
        return UNSET

    @property
    def is_full(self) -> bool:
        """Whether nothing more is noted."""
        return len(self.deviations) >= MOST_DEVIATIONS


class Kind:
    """What the contract documents for a value."""

    types: frozenset[type] = frozenset()
    """The exact Python types of JSON values that are taken as they are, without a call of `read`."""

    @property
    def expected(self) -> str:
        """The kind in words."""
        raise NotImplementedError

    def fit(self, value: object) -> int:
        """How well a JSON value fits, for choosing in a union; 0 is not at all."""
        raise NotImplementedError

    def fits_whole(self, value: object) -> bool:
        """Whether nothing is wanting in a JSON object, so that a union need not look further."""
        return False

    def read(self, value: Any, at: str, reading: Reading) -> Any:
        """The typed value, or UNSET where the value does not fit."""
        raise NotImplementedError

    def misfit(self, value: object, at: str, reading: Reading) -> Unset | None:
        """Note a value of another kind."""
        if value is None:
            reading.note(at, "null", self.expected, None)
            return None
        return reading.note(at, "type", self.expected, value)


class Scalar(Kind):
    """A JSON value that needs no conversion. Subclasses of its types (exact numbers) pass too; a bool is no number."""

    def __init__(self, expected: str, *types: type) -> None:
        self._expected = expected
        self._types = types
        self.types = frozenset(types)

    @property
    def expected(self) -> str:
        return self._expected

    def fit(self, value: object) -> int:
        return 3 if isinstance(value, self._types) and (type(value) is not bool or bool in self.types) else 0

    def read(self, value: Any, at: str, reading: Reading) -> Any:
        return value if self.fit(value) else self.misfit(value, at, reading)


STRING: Final = Scalar("a string", str)
NUMBER: Final = Scalar("a number", int, float, Decimal)


class Whole(Scalar):
    """An integer, however it is written: 7, 7.0 and 7e0 are the same to JSON Schema."""

    def read(self, value: Any, at: str, reading: Reading) -> Any:
        if isinstance(value, float) and value.is_integer():
            return int(value)
        return super().read(value, at, reading)


INTEGER: Final = Whole("an integer", int)
BOOLEAN: Final = Scalar("true or false", bool)
NULL: Final = Scalar("null", type(None))


class Anything(Kind):
    """A value of which the contract says nothing."""

    types = frozenset({str, int, float, bool, dict, list, type(None)})

    @property
    def expected(self) -> str:
        return "any value"

    def fit(self, value: object) -> int:
        return 1

    def read(self, value: Any, at: str, reading: Reading) -> Any:
        return value


ANY: Final = Anything()


class Parsed(Kind):
    """A string that stands for a Python value."""

    def __init__(self, expected: str, parse: Callable[[str], object]) -> None:
        self._expected = expected
        self._parse = parse

    @property
    def expected(self) -> str:
        return self._expected

    def fit(self, value: object) -> int:
        return 2 if isinstance(value, str) else 0

    def read(self, value: Any, at: str, reading: Reading) -> Any:
        if isinstance(value, str):
            with suppress(ValueError):
                return self._parse(value)
        return self.misfit(value, at, reading)


DATE_TIME: Final = Parsed("an ISO 8601 date and time", datetime.fromisoformat)
DATE: Final = Parsed("an ISO 8601 date", date.fromisoformat)
IDENTIFIER: Final = Parsed("a UUID", UUID)


class Constant(Kind):
    """A single documented value."""

    def __init__(self, value: object) -> None:
        self._value = value

    @property
    def expected(self) -> str:
        return repr(self._value)

    def fit(self, value: object) -> int:
        return 4 if value == self._value and type(value) is type(self._value) else 0

    def read(self, value: Any, at: str, reading: Reading) -> Any:
        return value if self.fit(value) else self.misfit(value, at, reading)


class Enumeration(Kind):
    """One of an enum's values; open where the enum is."""

    def __init__(self, enum: type[Enum]) -> None:
        self._enum = enum
        self._members = enum._value2member_map_
        self._open = issubclass(enum, OpenEnum)

    @property
    def expected(self) -> str:
        values = [repr(member.value) for member in self._enum]
        return values[0] if len(values) == 1 else f"one of {', '.join(values)}"

    def fit(self, value: object) -> int:
        if isinstance(value, (str, int)) and value in self._members:
            return 4
        return 2 if isinstance(value, str) and self._open else 0

    def read(self, value: Any, at: str, reading: Reading) -> Any:
        if isinstance(value, (str, int)) and not isinstance(value, bool):
            known = self._members.get(value)
            if known is not None:
                return known
            if isinstance(value, str) and self._open:
                reading.note(at, "unknown_value", self.expected, value)
                return self._enum(value)
        return self.misfit(value, at, reading)


class Model(Kind):
    """A JSON object with a model of its own."""

    def __init__(self, model: type[Any]) -> None:
        self._model = model

    @property
    def expected(self) -> str:
        return f"an object ({self._model.__name__})"

    def fit(self, value: object) -> int:
        if not isinstance(value, dict):
            return 0
        steps = _steps.get(self._model) or _prepare(self._model)
        known = sum(step.wire in value for step in steps)
        lacking = sum(step.required and step.wire not in value for step in steps)
        return 1000 + known - 10 * lacking

    def fits_whole(self, value: object) -> bool:
        steps = _steps.get(self._model) or _prepare(self._model)
        return isinstance(value, dict) and all(step.wire in value for step in steps if step.required)

    def read(self, value: Any, at: str, reading: Reading) -> Any:
        if isinstance(value, dict):
            return read(reading.classes.get(self._model, self._model), value, reading, at)
        return self.misfit(value, at, reading)


class PartialList(list[Any]):
    """A list of which some items did not fit: holds those that did, and the whole list as it came."""

    def __init__(self, fitting: Iterable[Any] = (), raw: list[Any] | None = None) -> None:
        super().__init__(fitting)
        self.raw = raw


class Array(Kind):
    """A JSON array of one kind of items."""

    def __init__(self, items: Kind) -> None:
        self._items = items

    @property
    def expected(self) -> str:
        return f"an array, each item {self._items.expected}"

    def fit(self, value: object) -> int:
        return 2 if isinstance(value, list) else 0

    def read(self, value: Any, at: str, reading: Reading) -> Any:
        if not isinstance(value, list):
            return self.misfit(value, at, reading)
        kind, types = self._items, self._items.types
        items: list[Any] = []
        for n, item in enumerate(value):
            items.append(item if type(item) in types else kind.read(item, f"{at}/{n}", reading))
            if reading.is_full:
                return PartialList((item for item in items if item is not UNSET and item is not None), value)
        fitting = [item for item in items if item is not UNSET and (item is not None or type(None) in types)]
        return items if len(fitting) == len(items) else PartialList(fitting, value)


class Union(Kind):
    """One of several kinds; a value is read as the one that it fits best."""

    def __init__(self, *kinds: Kind) -> None:
        self._kinds = kinds
        self.types = frozenset[type]().union(*(kind.types for kind in kinds))

    @property
    def expected(self) -> str:
        return " or ".join(kind.expected for kind in self._kinds)

    def fit(self, value: object) -> int:
        return max(kind.fit(value) for kind in self._kinds)

    def read(self, value: Any, at: str, reading: Reading) -> Any:
        if type(value) in self.types:
            return value
        for kind in self._kinds:
            if kind.fits_whole(value):
                return kind.read(value, at, reading)
        best = max(self._kinds, key=lambda kind: kind.fit(value))
        return best.read(value, at, reading) if best.fit(value) else self.misfit(value, at, reading)


class Field(NamedTuple):
    """How an attribute of a model stands on the wire."""

    wire: str
    name: str
    kind: Kind
    required: bool = False


class _Step(NamedTuple):
    """A `Field`, prepared for reading."""

    wire: str
    name: str
    pointer: str
    taken: frozenset[type]
    kind: Kind
    required: bool


_steps: dict[type, tuple[_Step, ...]] = {}


def _token(name: object) -> str:
    return "/" + str(name).replace("~", "~0").replace("/", "~1")


def _prepare(cls: type[Any]) -> tuple[_Step, ...]:
    steps = tuple(
        _Step(wire, name, _token(wire), kind.types if required else kind.types | {Unset}, kind, required)
        for wire, name, kind, required in cls._fields()
    )
    _steps[cls] = steps
    return steps


M = TypeVar("M")


def read(cls: type[M], source: Mapping[str, Any], reading: Reading | None = None, at: str = "") -> M:
    """Build a model from a JSON object, whatever is in it.

    An attribute holds what the contract documents for it, or None where the object said null, or UNSET where it said nothing or
    nothing that fits. What does not fit and what is not known is kept in `additional_properties`, so that `write` gives it back.

    Args:
        cls: The model, or a subclass.
        source: The JSON object; it is not changed.
        reading: Gathers the deviations from the contract.
        at: JSON pointer of the object in the answer.
    """
    reading = Reading() if reading is None else reading
    if not isinstance(source, Mapping):
        reading.note(at, "type", f"an object ({cls.__name__})", source)
        source = {}
    rest = dict(source)
    values: dict[str, Any] = {}
    misfits: dict[str, Any] = {}
    for wire, name, pointer, taken, kind, required in _steps.get(cls) or _prepare(cls):
        value = rest.pop(wire, UNSET)
        if type(value) in taken:
            values[name] = value
        elif value is UNSET:
            values[name] = reading.note(at + pointer, "missing", kind.expected)
        else:
            values[name] = typed = kind.read(value, at + pointer, reading)
            if typed is UNSET:
                misfits[wire] = value
    model: Any = cls(**values)
    if rest:
        _read_additional(model, rest, reading, at)
    if misfits:
        rest.update(misfits)
    model.additional_properties = rest
    return model  # type: ignore[no-any-return]


def _read_additional(model: Any, rest: dict[str, Any], reading: Reading, at: str) -> None:
    if not hasattr(model, "_additional"):
        for name, value in rest.items():
            if reading.is_full:
                return
            reading.note(at + _token(name), "unknown_field", "no such field", value)
        return
    kind: Kind = model._additional()
    for name, value in rest.items():
        typed = value if type(value) in kind.types else kind.read(value, at + _token(name), reading)
        rest[name] = value if typed is UNSET else typed


def write(model: Any) -> dict[str, Any]:
    """The JSON object that a model stands for: what was read, and what was set since."""
    out = {name: _plain(value) for name, value in model.additional_properties.items()}
    out.update(_set_fields(model))
    return out


def _set_fields(model: Any) -> Iterator[tuple[str, Any]]:
    for wire, name, *_ in _steps.get(type(model)) or _prepare(type(model)):
        value = getattr(model, name)
        if value is not UNSET:
            yield wire, _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (str, int, float, bool, Decimal, type(None))):
        return value
    if isinstance(value, PartialList):
        return _plain(value.raw)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value.to_dict() if hasattr(value, "to_dict") else value


# The types that `httpx.Client(files=)` accepts.
FileContent = IO[bytes] | bytes | str
FileTypes = tuple[str | None, FileContent, str | None] | tuple[str | None, FileContent, str | None, Mapping[str, str]]
RequestFiles = list[tuple[str, FileTypes]]


@define
class File:
    """A file to upload."""

    payload: BinaryIO
    file_name: str | None = None
    mime_type: str | None = None

    def to_tuple(self) -> FileTypes:
        """The form that httpx takes for multipart/form-data."""
        return self.file_name, self.payload, self.mime_type


T = TypeVar("T")


@define
class Response(Generic[T]):
    """A response from an endpoint."""

    status_code: int
    content: bytes
    headers: MutableMapping[str, str]
    parsed: T | None


__all__ = [
    "UNSET",
    "Deviation",
    "File",
    "FileTypes",
    "OpenEnum",
    "Problem",
    "Reading",
    "RequestFiles",
    "Response",
    "Unset",
    "read",
    "write",
]
