"""From a Python type to a JSON Schema, and from JSON back to a value of the type."""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Final, Generic, Literal, NamedTuple, NoReturn, TypeVar, Union, get_args, get_origin
from uuid import UUID

import attrs

from aurous._engine.strict_json import InvalidJSONError, loads
from aurous._errors import ConfigurationError
from aurous._text import one_line
from aurous.chat.json_reading import (
    Member,
    MisfitError,
    Reader,
    array,
    choice,
    either,
    object_of,
    once,
    pointer,
    scalar,
    whole,
)
from aurous.chat.json_schema import reader_of, to_subset
from aurous.chat.members import Field, Library, fields_of, library_of, shown

T = TypeVar("T")

_NOT_IN_A_NAME: Final = re.compile(r"[^A-Za-z0-9_-]+")
_MAX_NAME: Final = 64
_TOO_DEEP: Final = "nested too deep"


@attrs.define(frozen=True)
class JSONFormat(Generic[T]):
    """What a text is to be, as JSON."""

    name: str
    schema: dict[str, Any]
    """In the subset of JSON Schema that the API documents."""
    _read: Reader

    def read(self, data: object) -> T:
        """The value of JSON data.

        Raises:
            MisfitError: The data is not what was asked for.
        """
        try:
            value: T = whole(self._read, data)
        except MisfitError:
            raise
        except RecursionError:
            raise MisfitError("", _TOO_DEEP) from None
        except Exception as error:  # whatever the checks of a library's class raise
            raise MisfitError("", f"its class refuses it ({type(error).__name__})") from error
        return value

    def decode(self, text: str) -> T:
        """The value of a text.

        Raises:
            MisfitError: The text is not JSON, or not what was asked for.
        """
        try:
            data = loads(text.encode("utf-8", "surrogatepass"))
        except InvalidJSONError as error:
            reason = f"it is not JSON: {error}"
        else:
            return self.read(data)
        if text.lstrip().startswith("```"):
            reason = "it stands in a fence (```), which is not JSON"
        raise MisfitError("", reason)


def format_of(kind: type[T] | Mapping[str, Any]) -> JSONFormat[T]:
    """The format of a type, or of a JSON Schema, whose values are plain data.

    Raises:
        ConfigurationError: JSON, or the API's subset of JSON Schema, has no such type.
    """
    if isinstance(kind, Mapping):
        if any(isinstance(kind.get(name), Mapping) for name in ("schema", "json_schema")) and "type" not in kind:
            raise ConfigurationError("this is a response_format, or a part of one. To do: pass the JSON Schema itself")
        schema = to_subset(kind)
        title = kind.get("title")
        return JSONFormat(_name(title if isinstance(title, str) else ""), schema, reader_of(schema))
    walker = _Walker()
    if not walker.is_structured(kind):
        raise ConfigurationError(
            f"{shown(kind)} is no type that structured output can have. To do: pass a dataclass, an attrs class, a "
            "TypedDict, a pydantic model, a msgspec struct or a JSON Schema; a list, say, is put into one"
        )
    return walker.finished(_name(kind.__name__), lambda: walker.shape(kind, ""))


def format_of_fields(name: str, fields: Iterable[Field]) -> JSONFormat[dict[str, Any]]:
    """The format of an object with these members; its value has their arguments.

    Raises:
        ConfigurationError: As for `format_of`.
    """
    walker = _Walker()
    return walker.finished(_name(name), lambda: walker.object_shape(fields, dict, ""))


class _Shape(NamedTuple):
    """What a type is in JSON."""

    schema: dict[str, Any]
    read: Reader


class _Walker:
    """Walks through a type. What has a name goes to the definitions, so that a type may hold itself."""

    def __init__(self) -> None:
        self._definitions: dict[str, dict[str, Any]] = {}
        self._shapes: dict[type, _Shape] = {}

    def finished(self, name: str, walk: Callable[[], _Shape]) -> JSONFormat[Any]:
        try:
            shape = walk()
        except RecursionError:
            raise ConfigurationError(
                f"the type {name} is {_TOO_DEEP}. To do: let it refer to itself in a class"
            ) from None
        return JSONFormat(name, to_subset({**shape.schema, "$defs": self._definitions}, is_checked=True), shape.read)

    def is_structured(self, kind: Any) -> bool:
        return isinstance(kind, type) and (library_of(kind) is not None or fields_of(kind) is not None)

    def shape(self, hint: Any, at: str) -> _Shape:
        origin, arguments = get_origin(hint), get_args(hint)
        if origin is Annotated:
            shape = self.shape(arguments[0], at)
            text = next((each for each in arguments[1:] if isinstance(each, str)), None)
            return shape if text is None else _Shape({**shape.schema, "description": text}, shape.read)
        if origin is Literal:
            return _choice([(each.value if isinstance(each, Enum) else each, each) for each in arguments])
        if origin in (Union, types.UnionType):
            options = [self.shape(each, pointer(pointer(at, "anyOf"), index)) for index, each in enumerate(arguments)]
            return _Shape({"anyOf": [each.schema for each in options]}, either([each.read for each in options]))
        if origin is list and arguments:
            item = self.shape(arguments[0], pointer(at, "items"))
            return _Shape({"type": "array", "items": item.schema}, array(item.read))
        alias = getattr(hint, "__supertype__", None) or (getattr(hint, "__value__", None) if not origin else None)
        if alias is not None:  # of NewType, and of `type X = ...`
            return self.shape(alias, at)
        return self._class(hint, at) if isinstance(hint, type) or hint is None else _refuse(hint, at)

    def _class(self, kind: Any, at: str) -> _Shape:
        if kind in _SCALARS:
            return _SCALARS[kind]
        if kind in self._shapes:
            return self._shapes[kind]
        if issubclass(kind, Enum):
            return _choice([(each.value, each) for each in kind])
        library = library_of(kind)
        if library is not None:
            shape = self._shapes[kind] = self._foreign(library, kind, at)
            return shape
        fields = fields_of(kind)
        return _refuse(kind, at) if fields is None else self._own(kind, fields)

    def _own(self, kind: type, fields: Callable[[Mapping[str, Any]], Iterable[Field]]) -> _Shape:
        """A class with annotated members. Its shape is known before they are: they may be of the same class."""
        name = self._free(_name(kind.__name__))
        place = self._definitions[name] = {}
        members: dict[str, Member] = {}

        def make(arguments: dict[str, Any]) -> Any:
            return arguments if issubclass(kind, dict) else kind(**arguments)

        shape = self._shapes[kind] = _Shape({"$ref": f"#/$defs/{name}"}, once(object_of(members, make)))
        known = {each.__name__: each for each in self._shapes}
        place |= self._object(fields(known), members, f"/$defs/{name}")
        _require_made_of(members, kind)
        doc = kind.__dict__.get("__doc__")
        if isinstance(doc, str) and not doc.startswith(f"{kind.__name__}("):  # as `dataclass` writes one
            place["description"] = inspect.cleandoc(doc)
        return shape

    def object_shape(self, fields: Iterable[Field], make: Callable[[dict[str, Any]], Any], at: str) -> _Shape:
        members: dict[str, Member] = {}
        return _Shape(self._object(fields, members, at), object_of(members, make))

    def _object(self, fields: Iterable[Field], members: dict[str, Member], at: str) -> dict[str, Any]:
        properties: dict[str, Any] = {}
        for field in fields:
            shape = self.shape(field.hint, pointer(pointer(at, "properties"), field.name))
            described = {"description": field.description} if field.description else {}
            properties[field.name] = {**described, **shape.schema}
            members[field.name] = Member(shape.read, field.required, field.argument)
        required = [name for name, member in members.items() if member.required]
        schema = {"type": "object", "properties": properties, "additionalProperties": False}
        return {**schema, "required": required} if required else schema

    def _foreign(self, library: Library, kind: type, at: str) -> _Shape:
        try:
            schema, definitions, validate = library(kind)
        except Exception as error:  # noqa: BLE001  # whatever the library raises
            raise ConfigurationError(
                f"{shown(kind)}, at {at or '/'}, has no JSON Schema ({type(error).__name__}: "
                f"{one_line(str(error), 120)}). To do: use types that JSON has"
            ) from None
        for name, definition in definitions.items():
            if self._definitions.setdefault(name, definition) != definition:
                raise ConfigurationError(f"two classes are called {name}. To do: rename one of them")
        return _Shape(schema, validate)

    def _free(self, name: str) -> str:
        names = (name if number == 1 else f"{name}_{number}" for number in range(1, len(self._definitions) + 2))
        return next(each for each in names if each not in self._definitions)


def _of_text(name: str, convert: Callable[[Any], Any]) -> _Shape:
    return _Shape({"type": "string", "format": name}, scalar(f"a string that is a {name}", (str,), convert))


def _finite(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite():
        raise ValueError(text)
    return number


_SCALARS: Final[dict[Any, _Shape]] = {
    str: _Shape({"type": "string"}, scalar("a string", (str,))),
    int: _Shape({"type": "integer"}, scalar("an integer", (int,))),
    float: _Shape({"type": "number"}, scalar("a number", (int, float), float)),
    bool: _Shape({"type": "boolean"}, scalar("a boolean", (bool,))),
    None: _Shape({"type": "null"}, scalar("null", (type(None),))),
    datetime: _of_text("date-time", datetime.fromisoformat),
    date: _of_text("date", date.fromisoformat),
    UUID: _of_text("uuid", UUID),
    Decimal: _of_text("decimal", _finite),
}
_SCALARS[type(None)] = _SCALARS[None]


def _choice(results: Sequence[tuple[Any, Any]]) -> _Shape:
    return _Shape({"enum": [value for value, _ in results]}, choice(results))


def _refuse(hint: Any, at: str) -> NoReturn:
    kind = get_origin(hint) or hint
    remedy = "use a type that JSON has, or a class with annotated members"
    if isinstance(kind, type) and issubclass(kind, Mapping):
        remedy = "the API knows no maps; use a list of a class with a key and a value"
    elif isinstance(kind, type) and issubclass(kind, tuple):
        remedy = "the API knows no tuples; use a list, or a class"
    elif isinstance(kind, type) and issubclass(kind, list):
        remedy = "say of what, as in list[str]"
    raise ConfigurationError(f"{shown(hint)}, at {at or '/'} of the schema, cannot be asked for. To do: {remedy}")


def _require_made_of(members: Mapping[str, Member], kind: type[Any]) -> None:
    """Refuse a class that can never be made of its members, as with an `InitVar`: each answer would be a misfit."""
    if issubclass(kind, dict):
        return
    try:
        inspect.signature(kind).bind(**{member.argument: None for member in members.values()})
    except TypeError as error:
        raise ConfigurationError(
            f"{shown(kind)} cannot be made of its members ({error}). To do: let its __init__ take "
            "them, and nothing else"
        ) from None


def _name(text: str) -> str:
    return _NOT_IN_A_NAME.sub("_", text).strip("_")[:_MAX_NAME] or "output"
