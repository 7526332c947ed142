"""What models and callers share: the UNSET mark, open enums, and the places where a response left the contract."""

from __future__ import annotations

import re
from enum import Enum, IntEnum, StrEnum
from typing import TYPE_CHECKING, Any, Final, Literal, Self, TypeVar

from attrs import define, field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Unset:
    """The type of UNSET: nothing is there. Falsy; one instance a process, also after copy and pickle."""

    _instance: Unset | None = None

    def __new__(cls) -> Unset:  # noqa: PYI034
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
"""In a response: the server said nothing here, or nothing that fits. In a request: left out."""

E = TypeVar("E")

if TYPE_CHECKING:
    # To a type checker an open enum is a string (or an integer) with names for the documented values: so it holds no
    # comparison with another value for pointless, and no `match` for exhaustive.

    class _OpenEnumType(type):
        @property
        def __members__(cls: type[E]) -> Mapping[str, E]: ...
        def __iter__(cls: type[E]) -> Iterator[E]: ...
        def __len__(cls) -> int: ...
        def __contains__(cls, value: object) -> bool: ...
        def __getitem__(cls: type[E], name: str) -> E: ...

    class OpenEnum(str, metaclass=_OpenEnumType):
        """An enum of strings that takes values it does not know."""

        __slots__ = ()

        @property
        def name(self) -> str:
            """The name in this enum; of an unknown value, the value itself."""
            ...

        @property
        def value(self) -> str:
            """What is on the wire."""
            ...

        @property
        def is_known(self) -> bool:
            """Whether the contract names this value."""
            ...

    class OpenIntEnum(int, metaclass=_OpenEnumType):
        """An enum of integers that takes values it does not know."""

        __slots__ = ()

        @property
        def name(self) -> str:
            """The name in this enum; of an unknown value, the value itself."""
            ...

        @property
        def value(self) -> int:
            """What is on the wire."""
            ...

        @property
        def is_known(self) -> bool:
            """Whether the contract names this value."""
            ...

else:

    class _Open(Enum):
        @property
        def is_known(self) -> bool:
            """Whether the contract names this value."""
            return self._value_ in type(self)._value2member_map_

        def __repr__(self) -> str:
            name = self._name_[:80] if self._name_.isidentifier() else "?"
            return f"<{type(self).__name__}.{name}: {self._value_!r:.82}>"

    class OpenEnum(_Open, StrEnum):
        """An enum of strings that takes values it does not know: they equal, hash and pickle like their strings."""

        @classmethod
        def _missing_(cls, value: object) -> Self | None:
            if not isinstance(value, str):
                return None
            member = str.__new__(cls, value)
            member._name_ = member._value_ = str(value)
            return member

    class OpenIntEnum(_Open, IntEnum):
        """An enum of integers that takes values it does not know: they equal, hash and pickle like their numbers."""

        @classmethod
        def _missing_(cls, value: object) -> Self | None:
            if not isinstance(value, int) or isinstance(value, bool):
                return None
            member = int.__new__(cls, value)
            member._value_ = int(value)
            member._name_ = str(member._value_)
            return member


_SECRET: Final = re.compile(r"(?:^|_)(?:secret|password|token|api_key|private_key)$", re.IGNORECASE)
_MASK: Final = "[masked]"


def masked(value: Any, name: str = "") -> Any:
    """A JSON value, fit to be printed: without what a name says is secret, and without the query of a URL.

    A URL with a query may be a signed one, which opens what it leads to for whoever has it.
    """
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        if value and _SECRET.search(name):
            return _MASK
        is_signed = "?" in value and value.startswith(("https://", "http://"))
        return f"{value.partition('?')[0]}?{_MASK}" if is_signed else value
    if isinstance(value, dict):
        members: dict[Any, Any] = value
        return {key: masked(member, str(key)) for key, member in members.items()}
    if isinstance(value, list):
        items: list[Any] = value
        return [masked(item, name) for item in items]
    return value


def known(value: str | int) -> Any:
    """The value of a member of an open enum. Type checkers take what this returns for the member itself."""
    return value


Problem = Literal["missing", "null", "type", "unknown_value", "unknown_field"]


@define(frozen=True)
class Deviation:
    """A place where a response left the contract."""

    pointer: str
    """JSON pointer (RFC 6901) into the response."""
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
        excerpt = repr(masked(self.found, self.pointer.rpartition("/")[2]))
        excerpt = excerpt if len(excerpt) <= 80 else f"{excerpt[:77]}..."
        return f"{pointer}: expected {self.expected}, found {excerpt}"

    def as_dict(self) -> dict[str, Any]:
        """The deviation as plain JSON data; `found` is left out where nothing came."""
        data = {"pointer": self.pointer, "problem": self.problem, "expected": self.expected}
        return data if self.found is UNSET else {**data, "found": self.found}


__all__ = ["UNSET", "Deviation", "OpenEnum", "OpenIntEnum", "Problem", "Unset", "known", "masked"]
