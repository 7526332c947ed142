"""What the contract documents for a value: how it is read from a response, and how it is sent in a request.

Reading is tolerant. What does not fit is noted in a `Reading` as a deviation, and nothing is raised. Sending is strict
about types and names, which are the caller's mistakes: it raises `ArgumentProblem`. Ranges, lengths and the values of
an enum are left to the server, which may know more than the contract.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from math import isfinite
from typing import Any, Final, NamedTuple
from uuid import UUID

from .loading import load
from .types import UNSET, Deviation, OpenIntEnum, Problem, Unset

_DIGITS_OF_A_FLOAT: Final = 309
MOST_DEVIATIONS: Final = 1000
"""How many places are noted: a hostile response could name a million."""


class Classes(dict[type, type]):
    """Which class to build in place of a model. Here, the model itself; the SDK fills in its subclasses."""

    def __missing__(self, model: type) -> type:
        return model


GENERATED: Final = Classes()


class Reading:
    """What one call of `read` gathers and uses."""

    __slots__ = ("classes", "deviations")

    def __init__(self, classes: Classes = GENERATED) -> None:
        self.deviations: list[Deviation] = []
        """Where the JSON left the contract, in reading order."""
        self.classes: Classes = classes
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


class ArgumentProblem(TypeError):  # noqa: N818  # what is shown is the ConfigurationError made of it
    """What a caller passed cannot be sent.

    Attributes:
        at: The argument, and the place within it: `messages[0].role`.
        problem: What is wrong, as the end of a sentence that begins with the place.
        value: What was passed; UNSET where that says nothing.
        constant: The one value that there may be, in words; empty where there are others.
    """

    def __init__(self, at: str, problem: str, value: object = UNSET, constant: str = "") -> None:
        super().__init__(f"{at} {problem}")
        self.at = at
        self.problem = problem
        self.value = value
        self.constant = constant


class Kind:
    """What the contract documents for a value."""

    types: frozenset[type] = frozenset()
    """The exact Python types of JSON values that are taken as they are, without a call of `read`."""
    converts: bool = False
    """Whether reading gives something from which the text that came cannot be told."""

    @property
    def expected(self) -> str:
        """The kind in words."""
        raise NotImplementedError

    def matches(self, value: object) -> bool:
        """Whether a JSON value is as documented, as far as types, constants and enums go."""
        raise NotImplementedError

    def fit(self, value: object) -> int:
        """How well a JSON value fits, for choosing in a union where nothing matches; 0 is not at all."""
        return 3 if self.matches(value) else 0

    def read(self, value: Any, at: str, reading: Reading) -> Any:
        """The typed value, or UNSET where the value does not fit."""
        raise NotImplementedError

    def send(self, value: Any, at: str) -> Any:
        """The JSON value to send for what a caller passed.

        Raises:
            ArgumentProblem: It has the wrong type, or a name in it is not known.
        """
        raise NotImplementedError

    def misfit(self, value: object, at: str, reading: Reading) -> Unset | None:
        """Note a value of another kind."""
        if value is None:
            reading.note(at, "null", self.expected, None)
            return None
        return reading.note(at, "type", self.expected, value)

    def refuse(self, value: object, at: str) -> ArgumentProblem:
        """The problem with an argument of another kind."""
        return ArgumentProblem(at, f"is {described(value)}, and is to be {self.expected}", value)


class Scalar(Kind):
    """A JSON value that needs no conversion. Subclasses of its types pass too; a bool is no number."""

    def __init__(self, expected: str, *types: type) -> None:
        self._expected = expected
        self._types = types
        self.types: frozenset[type] = frozenset(types)

    @property
    def expected(self) -> str:
        return self._expected

    def matches(self, value: object) -> bool:
        return isinstance(value, self._types) and (type(value) is not bool or bool in self.types)

    def read(self, value: Any, at: str, reading: Reading) -> Any:
        return value if self.matches(value) else self.misfit(value, at, reading)

    def send(self, value: Any, at: str) -> Any:
        if not self.matches(value):
            raise self.refuse(value, at)
        return plain(value, at)


class Number(Scalar):
    """A number; from a caller also one of another library that converts to a float without loss of meaning."""

    def send(self, value: Any, at: str) -> Any:
        if not self.matches(value) and not isinstance(value, (str, bool)) and hasattr(value, "__float__"):
            value = float(value)
        return super().send(value, at)


class Whole(Scalar):
    """An integer, however a server writes it: 7, 7.0 and 7e0 are the same to JSON Schema."""

    def matches(self, value: object) -> bool:
        return super().matches(value) or (isinstance(value, float) and value.is_integer())

    def read(self, value: Any, at: str, reading: Reading) -> Any:
        if isinstance(value, float) and value.is_integer():
            return int(value)
        return super().read(value, at, reading)

    def send(self, value: Any, at: str) -> Any:
        if isinstance(value, bool) or not hasattr(value, "__index__"):
            raise self.refuse(value, at)
        return int(value.__index__())


STRING: Final = Scalar("a string", str)
NUMBER: Final = Number("a number", int, float, Decimal)
INTEGER: Final = Whole("an integer", int)
BOOLEAN: Final = Scalar("true or false", bool)
NULL: Final = Scalar("null", type(None))


class Anything(Kind):
    """A value of which the contract says nothing."""

    types: frozenset[type] = frozenset({str, int, float, bool, dict, list, type(None)})

    @property
    def expected(self) -> str:
        return "any value"

    def matches(self, value: object) -> bool:
        return True

    def fit(self, value: object) -> int:
        return 1

    def read(self, value: Any, at: str, reading: Reading) -> Any:
        return value

    def send(self, value: Any, at: str) -> Any:
        return plain(value, at)


ANY: Final = Anything()


class Parsed(Kind):
    """A string that stands for a Python value. A caller may pass either."""

    converts: bool = True

    def __init__(self, expected: str, parse: Callable[[str], object], accepts: Callable[[object], bool]) -> None:
        self._expected = expected
        self._parse = parse
        self._accepts = accepts

    @property
    def expected(self) -> str:
        return self._expected

    def matches(self, value: object) -> bool:
        return isinstance(value, str) and self._parsed(value) is not UNSET

    def fit(self, value: object) -> int:
        return 2 if isinstance(value, str) else 0

    def read(self, value: Any, at: str, reading: Reading) -> Any:
        parsed = self._parsed(value) if isinstance(value, str) else UNSET
        return self.misfit(value, at, reading) if parsed is UNSET else parsed

    def _parsed(self, text: str) -> object:
        with suppress(ValueError):
            return self._parse(text)
        return UNSET

    def send(self, value: Any, at: str) -> Any:
        if isinstance(value, datetime) and value.tzinfo is None and self is DATE_TIME:
            raise ArgumentProblem(at, "has no time zone; pass an aware datetime, as in datetime.now(UTC)", value)
        if not isinstance(value, str) and not self._accepts(value):
            raise self.refuse(value, at)
        return plain(value, at)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("no time zone")
    return moment


DATE_TIME: Final = Parsed("an ISO 8601 date and time", _moment, lambda value: isinstance(value, datetime))
DATE: Final = Parsed(
    "an ISO 8601 date", date.fromisoformat, lambda value: isinstance(value, date) and not isinstance(value, datetime)
)
IDENTIFIER: Final = Parsed("a UUID", UUID, lambda value: isinstance(value, UUID))


class Binary(Kind):
    """The content of a file, in a multipart body. What it may be is for whoever encodes the body to say."""

    @property
    def expected(self) -> str:
        return "a file"

    def matches(self, value: object) -> bool:
        return isinstance(value, str)

    def read(self, value: Any, at: str, reading: Reading) -> Any:
        return value if isinstance(value, str) else self.misfit(value, at, reading)

    def send(self, value: Any, at: str) -> Any:
        return value


FILE: Final = Binary()


class Constant(Kind):
    """A single documented value."""

    def __init__(self, value: object) -> None:
        self._value = value

    @property
    def expected(self) -> str:
        return repr(self._value)

    def matches(self, value: object) -> bool:
        return value == self._value and isinstance(value, bool) == isinstance(self._value, bool)

    def read(self, value: Any, at: str, reading: Reading) -> Any:
        return value if self.matches(value) else self.misfit(value, at, reading)

    def send(self, value: Any, at: str) -> Any:
        if not self.matches(value):
            raise self.refuse(value, at)
        return self._value

    def refuse(self, value: object, at: str) -> ArgumentProblem:
        return ArgumentProblem(at, f"is to be {self.expected}", value, self.expected)


class Enumeration(Kind):
    """One of an enum's values. Another value of the same type comes through as itself.

    Args:
        name: Of the enum, in `models`.
        listed: Whether the documentation lists all values: then another one is a deviation.
    """

    def __init__(self, name: str, *, listed: bool = True) -> None:
        self._name = name
        self._listed = listed
        self._loaded: tuple[Any, Mapping[object, Any], type] | None = None

    def _load(self) -> tuple[Any, Mapping[object, Any], type]:
        """The enum, its members by value, and their type; imported when it is first needed."""
        enum: Any = model_class(self._name)
        self._loaded = enum, enum._value2member_map_, int if issubclass(enum, OpenIntEnum) else str
        return self._loaded

    @property
    def expected(self) -> str:
        _, members, _ = self._loaded or self._load()
        values = [repr(value) for value in members]
        return values[0] if len(values) == 1 else f"one of {', '.join(values)}"

    def matches(self, value: object) -> bool:
        _, members, _ = self._loaded or self._load()
        return isinstance(value, (str, int)) and not isinstance(value, bool) and value in members

    def fit(self, value: object) -> int:
        if self.matches(value):
            return 4
        _, _, own = self._loaded or self._load()
        return 2 if isinstance(value, own) and not isinstance(value, bool) else 0

    def read(self, value: Any, at: str, reading: Reading) -> Any:
        enum, members, own = self._loaded or self._load()
        if type(value) is not own and (not isinstance(value, own) or isinstance(value, bool)):
            return self.misfit(value, at, reading)
        member = members.get(value)
        if member is not None:
            return member
        if self._listed:
            reading.note(at, "unknown_value", self.expected, value)
        return enum(value)

    def send(self, value: Any, at: str) -> Any:
        _, _, own = self._loaded or self._load()
        sent = value.value if isinstance(value, Enum) else value
        if not isinstance(sent, own) or isinstance(sent, bool):
            raise ArgumentProblem(at, f"is {described(value)}, and is to be {self.expected}", value)
        return plain(sent, at)


class ModelOf(Kind):
    """A JSON object with a model of its own.

    Args:
        name: Of the model, in `models`.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._model: Any = None

    @property
    def model(self) -> Any:
        """The class, imported when it is first needed."""
        if self._model is None:
            self._model = model_class(self._name)
        return self._model

    @property
    def steps(self) -> tuple[Step, ...]:
        """Its fields, prepared."""
        return steps_of(self.model)

    @property
    def expected(self) -> str:
        return f"an object ({self._name})"

    def matches(self, value: object) -> bool:
        if not isinstance(value, dict):
            return False
        known, required = MEMBERS.get(self._model) or members_of(self.model)
        for wire, _, _, _ in required:
            if wire not in value:
                return False
        for wire, member in value.items():
            step = known.get(wire)
            if step is not None and type(member) not in step[2] and not step[3].matches(member):
                return False
        return True

    def fit(self, value: object) -> int:
        """Weigh each member: a constant or an enum that is met or missed says more than a name."""
        if not isinstance(value, dict):
            return 0
        known, required = MEMBERS.get(self._model) or members_of(self.model)
        score = 1000 - 10 * sum(wire not in value for wire, *_ in required)
        for wire, member in value.items():
            step = known.get(wire)
            if step is not None:
                _, _, taken, kind = step
                weight = 50 if isinstance(kind, (Constant, Enumeration)) else 2
                score += weight if type(member) in taken or kind.matches(member) else 1 - weight
        return max(score, 1)

    def read(self, value: Any, at: str, reading: Reading) -> Any:
        if isinstance(value, dict):
            cls: Any = reading.classes[self._model or self.model]
            return cls._read(value, reading, at)
        return self.misfit(value, at, reading)

    def send(self, value: Any, at: str) -> Any:
        if hasattr(value, "additional_properties") and hasattr(value, "to_dict"):
            return self._send_model(value, at)
        if not isinstance(value, Mapping):
            raise self.refuse(value, at)
        members = dict(value)
        sent = dict(self._known(members.pop, at))
        kind = self.model._additional()
        for name, member in members.items():
            if not isinstance(name, str):
                raise ArgumentProblem(at, f"has the key {name!r}, which is no string")
            if kind is None:
                raise ArgumentProblem(f"{at}.{name}", self._unknown(name))
            sent[name] = kind.send(member, f"{at}.{name}")
        return sent

    def _send_model(self, value: Any, at: str) -> Any:
        """Send a model; fields that the contract does not know go along: they are there on purpose."""
        if not isinstance(value, self.model):
            return value.to_dict()
        names = {step.wire: step.name for step in self.steps}
        more = plain(value.additional_properties, at)
        return {**more, **dict(self._known(lambda wire, _: getattr(value, names[wire]), at))}

    def _known(self, take: Callable[[str, object], Any], at: str) -> Iterable[tuple[str, Any]]:
        for step in self.steps:
            value = take(step.wire, UNSET)
            if value is UNSET or (value is None and not step.required and not step.nullable):
                if step.required:
                    raise ArgumentProblem(at, f"lacks {step.wire!r}, which is required")
                continue
            yield step.wire, step.kind.send(value, f"{at}.{step.wire}")

    def _unknown(self, name: str) -> str:
        from difflib import get_close_matches  # noqa: PLC0415  # rarely needed

        wires = [step.wire for step in self.steps]
        close = get_close_matches(name, wires, 1)
        meant = f"did you mean {close[0]!r}?" if close else f"{self._name} has {', '.join(wires) or 'no fields'}."
        return f"is not known: {meant} A field that the contract does not know goes through {self._name}.from_dict(...)"


class ArrayOf(Kind):
    """A JSON array of one kind of items."""

    def __init__(self, items: Kind) -> None:
        self._items = items
        self.converts: bool = items.converts

    @property
    def items(self) -> Kind:
        """The kind of its items."""
        return self._items

    @property
    def expected(self) -> str:
        return f"an array, each item {self._items.expected}"

    def matches(self, value: object) -> bool:
        types, matches = self._items.types, self._items.matches
        return isinstance(value, list) and all(type(item) in types or matches(item) for item in value)

    def fit(self, value: object) -> int:
        return 2 if isinstance(value, list) else 0

    def read(self, value: Any, at: str, reading: Reading) -> Any:
        if not isinstance(value, list):
            return self.misfit(value, at, reading)
        kind, types = self._items, self._items.types
        if not self.converts and types.issuperset(map(type, value)):  # a vector: no step of Python for each number
            return list(value)
        items: list[Any] = []
        for n, item in enumerate(value):
            items.append(item if type(item) in types else kind.read(item, f"{at}/{n}", reading))
        fitting = [item for item in items if item is not UNSET and (item is not None or type(None) in types)]
        return items if len(fitting) == len(items) and not self.converts else PartialList(fitting, value)

    def send(self, value: Any, at: str) -> Any:
        if isinstance(value, (str, bytes, bytearray, Mapping)) or not isinstance(value, Iterable):
            raise self.refuse(value, at)
        return [self._items.send(item, f"{at}[{n}]") for n, item in enumerate(value)]


class PartialList(list[Any]):
    """A list of which some items did not fit, or were converted: holds what fits, and the whole list as it came."""

    def __init__(self, fitting: Iterable[Any], raw: list[Any]) -> None:
        super().__init__(fitting)
        self._raw = raw
        self._fitting = list(self)

    @property
    def raw(self) -> list[Any]:
        """The list as it came; this list itself, where it was changed since."""
        return self._raw if self == self._fitting else self


class UnionOf(Kind):
    """One of several kinds: the one that a value fits best, of those that it matches if there are such."""

    def __init__(self, *kinds: Kind) -> None:
        self.kinds: tuple[Kind, ...] = kinds
        self.types: frozenset[type] = frozenset[type]().union(*(kind.types for kind in kinds))
        self.converts: bool = any(kind.converts for kind in kinds)

    @property
    def expected(self) -> str:
        return " or ".join(kind.expected for kind in self.kinds)

    def matches(self, value: object) -> bool:
        return any(kind.matches(value) for kind in self.kinds)

    def fit(self, value: object) -> int:
        return max(kind.fit(value) for kind in self.kinds)

    def read(self, value: Any, at: str, reading: Reading) -> Any:
        if type(value) in self.types:
            return value
        matching = [kind for kind in self.kinds if kind.matches(value)]
        best = matching[0] if len(matching) == 1 else max(matching or self.kinds, key=lambda kind: kind.fit(value))
        return best.read(value, at, reading) if matching or best.fit(value) else self.misfit(value, at, reading)

    def send(self, value: Any, at: str) -> Any:
        problems: list[tuple[int, ArgumentProblem]] = []
        for kind in self.kinds:
            try:
                return kind.send(value, at)
            except ArgumentProblem as problem:
                problems.append((kind.fit(value), problem))
        first = problems[0][1]
        wanted = [each.constant for _, each in problems if each.at == first.at and each.constant]
        if len(wanted) == len(problems):  # the member that tells the kinds apart has another value
            raise ArgumentProblem(first.at, f"is to be {' or '.join(wanted)}", first.value)
        best, nearest = max(problems, key=lambda pair: pair[0])
        raise nearest if best > 1 else self.refuse(value, at)


class Field(NamedTuple):
    """How an attribute of a model stands on the wire."""

    wire: str
    name: str
    kind: Kind
    required: bool = False


class Step(NamedTuple):
    """A `Field`, prepared for reading and sending."""

    wire: str
    name: str
    pointer: str
    taken: frozenset[type]
    kind: Kind
    required: bool
    nullable: bool


STEPS: Final[dict[type, tuple[Step, ...]]] = {}
"""The fields of each model that was used, prepared."""


def steps_of(model: type[Any]) -> tuple[Step, ...]:
    """The fields of a model, prepared; once a class."""
    steps = STEPS.get(model)
    if steps is None:
        steps = STEPS[model] = tuple(
            Step(
                wire,
                name,
                token(wire),
                kind.types if required else kind.types | {Unset},
                kind,
                required,
                kind.matches(None),
            )
            for wire, name, kind, required in model._fields
        )
    return steps


Known = dict[object, tuple[str, str, frozenset[type], Kind]]
"""The fields of a model by what they are called on the wire: name, pointer, taken types and kind."""

Required = tuple[tuple[str, str, str, Kind], ...]
"""Those that are required: wire, name, pointer and kind."""

MEMBERS: Final[dict[type, tuple[Known, Required]]] = {}
"""The fields of each model that was read, for reading: in plain tuples, which unpack in a third of the time."""


def members_of(model: type[Any]) -> tuple[Known, Required]:
    """The fields of a model for reading; once a class."""
    steps = steps_of(model)
    known: Known = {step.wire: (step.name, step.pointer, step.taken, step.kind) for step in steps}
    required = tuple((step.wire, step.name, step.pointer, step.kind) for step in steps if step.required)
    return MEMBERS.setdefault(model, (known, required))


def token(name: object) -> str:
    """One step of a JSON pointer."""
    return "/" + str(name).replace("~", "~0").replace("/", "~1")


def model_class(name: str) -> Any:
    """A class of `models`, imported when it is first needed."""
    return load(".models", name, __package__)


_KINDS: Final[tuple[tuple[type, str], ...]] = (
    (bool, "a boolean"),
    (str, "a string"),
    (int, "an integer"),
    (float, "a float"),
    (Mapping, "a mapping"),
    (list, "a list"),
)


def described(value: object) -> str:
    """What a value that a caller passed is, with its article."""
    if value is None:
        return "None"
    named = next(
        (words for cls, words in _KINDS if type(value) is cls or (cls is Mapping and isinstance(value, cls))), ""
    )
    return named or f"of type {type(value).__name__}"


def plain(value: Any, at: str) -> Any:
    """Plain JSON data for a value that a caller passed.

    Raises:
        ArgumentProblem: JSON has nothing for it.
    """
    value = scalar(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, Decimal):
        return _exact(value, at)
    if isinstance(value, float):
        if not isfinite(value):
            raise ArgumentProblem(at, "is no number that JSON knows", value)
        return float(value)
    return _plain_container(value, at)


def _exact(value: Decimal, at: str) -> int | float:
    """A decimal as a number that is the same to whoever reads it."""
    if not value.is_finite():
        raise ArgumentProblem(at, "is no number that JSON knows", value)
    if value.adjusted() < _DIGITS_OF_A_FLOAT and value == value.to_integral_value():
        return int(value)
    number = float(value)
    if not isfinite(number) or Decimal(repr(number)) != value:
        raise ArgumentProblem(at, "has more digits than a JSON number is read with; round it, or send a string", value)
    return number


def scalar(value: Any) -> Any:
    """The JSON value for one of Python's that JSON has another type for; any other value as it is."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        text = value.isoformat()
        return text.removesuffix("+00:00") + "Z" if text.endswith("+00:00") else text
    if isinstance(value, (date, UUID)):
        return str(value)
    return value


def _plain_container(value: Any, at: str) -> Any:
    if isinstance(value, Mapping):
        for name in value:
            if not isinstance(name, str):
                raise ArgumentProblem(at, f"has the key {name!r}, which is no string")
        return {str.__str__(name): plain(item, f"{at}.{name}") for name, item in value.items()}
    if isinstance(value, (list, tuple, AbstractSet)):
        return [plain(item, f"{at}[{n}]") for n, item in enumerate(value)]
    if hasattr(value, "to_dict"):
        return value.to_dict()
    raise ArgumentProblem(at, f"is {described(value)}, for which JSON has nothing", value)


__all__ = [
    "ANY",
    "BOOLEAN",
    "DATE",
    "DATE_TIME",
    "FILE",
    "IDENTIFIER",
    "INTEGER",
    "NULL",
    "NUMBER",
    "STRING",
    "ArgumentProblem",
    "ArrayOf",
    "Classes",
    "Constant",
    "Enumeration",
    "Field",
    "Kind",
    "ModelOf",
    "Reading",
    "UnionOf",
]
