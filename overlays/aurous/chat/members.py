"""The members of classes, as Python or a library knows them: what structured output is made of."""

from __future__ import annotations

import dataclasses
import json
import re
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, get_args, get_origin
from typing import get_type_hints as _get_type_hints

import attrs

from aurous._check import excerpt
from aurous._errors import ConfigurationError
from aurous._text import one_line
from aurous.chat.json_reading import MisfitError, Reader, pointer


class Field(NamedTuple):
    """A member of an object, as a class or a function has it."""

    name: str
    hint: Any
    required: bool
    argument: str
    description: str = ""


def hints_of(thing: Any, known: Mapping[str, Any] = types.MappingProxyType({})) -> dict[str, Any]:
    """The annotations of a class or a function, also where their evaluation was postponed.

    Args:
        thing: The class or function.
        known: Classes by the names that an annotation may have for them beside those of the module.

    Raises:
        ConfigurationError: An annotation cannot be evaluated.
    """
    try:
        try:
            return _get_type_hints(thing, include_extras=True)
        except NameError:
            return _get_type_hints(thing, localns={**vars(thing), **known}, include_extras=True)
    except Exception as error:  # noqa: BLE001  # an annotation is code
        raise ConfigurationError(
            f"the annotations of {shown(thing)} cannot be evaluated ({type(error).__name__}: "
            f"{one_line(str(error), 80)}). To do: define what they name in the module, before it is used here"
        ) from None


def shown(thing: Any) -> str:
    """A type or a function, fit for a message."""
    name = None if get_origin(thing) else getattr(thing, "__qualname__", None)
    return one_line(name, 80) if isinstance(name, str) else excerpt(thing)


# --- Classes with annotated members ---


def fields_of(kind: Any) -> Callable[[Mapping[str, Any]], Iterator[Field]] | None:
    """What gives the members of a class, where it has annotated ones."""
    if dataclasses.is_dataclass(kind):
        return lambda known: _of_dataclass(kind, known)
    if attrs.has(kind):
        return lambda known: _of_attrs(kind, known)
    if hasattr(kind, "__required_keys__") and issubclass(kind, dict):
        return lambda known: _of_typed_dict(kind, known)
    return None


def _of_dataclass(kind: Any, known: Mapping[str, Any]) -> Iterator[Field]:
    hints = hints_of(kind, known)
    for field in dataclasses.fields(kind):
        if field.init:
            required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
            yield Field(field.name, hints[field.name], required, field.name)


def _of_attrs(kind: Any, known: Mapping[str, Any]) -> Iterator[Field]:
    hints = hints_of(kind, known)
    for field in attrs.fields(kind):
        if field.init:
            yield Field(
                field.name, hints.get(field.name, field.type or Any), field.default is attrs.NOTHING, field.alias
            )


def _of_typed_dict(kind: Any, known: Mapping[str, Any]) -> Iterator[Field]:
    for name, hint in hints_of(kind, known).items():
        required, inner = name in kind.__required_keys__, hint
        while (qualifier := str(get_origin(inner)).rpartition(".")[2]) in ("Required", "NotRequired", "ReadOnly"):
            # Where annotations are postponed, `__required_keys__` does not know of these.
            required = required if qualifier == "ReadOnly" else qualifier == "Required"
            (inner,) = get_args(inner)
        yield Field(name, inner, required, name)


# --- Classes of pydantic and msgspec: each brings its own schema and its own checks ---

Foreign = tuple[dict[str, Any], dict[str, Any], Reader]
"""A schema, what it refers to, and the reader."""
Library = Callable[[Any], Foreign]


def library_of(kind: Any) -> Library | None:
    """The library of a class. One that defined it is imported already."""
    marks = ("__get_pydantic_core_schema__", "__pydantic_validator__")  # of its models, and of its dataclasses
    if "pydantic" in sys.modules and any(hasattr(kind, mark) for mark in marks):
        return _of_pydantic
    if "msgspec" in sys.modules and hasattr(kind, "__struct_fields__"):
        return _of_msgspec
    return None


def _of_pydantic(kind: Any) -> Foreign:
    pydantic: Any = sys.modules["pydantic"]
    adapter = pydantic.TypeAdapter(kind)
    schema = adapter.json_schema()

    def read(value: Any, at: str) -> Any:
        try:
            return adapter.validate_json(json.dumps(value))
        except pydantic.ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        for step in first["loc"]:
            at = pointer(at, step)
        raise MisfitError(at, one_line(first["msg"], 120))

    return schema, schema.pop("$defs", {}), read


def _of_msgspec(kind: Any) -> Foreign:
    msgspec: Any = sys.modules["msgspec"]
    (schema,), definitions = msgspec.json.schema_components((kind,), ref_template="#/$defs/{name}")
    decoder = msgspec.json.Decoder(kind)

    def read(value: Any, at: str) -> Any:
        try:
            return decoder.decode(json.dumps(value))
        except msgspec.ValidationError as error:
            text, _, where = str(error).partition(" - at `$")
        for step in re.findall(r"\w+", where.rstrip("`")):
            at = pointer(at, step)
        raise MisfitError(at, one_line(text, 120))

    return schema, definitions, read
