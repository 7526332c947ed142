"""The Python that stands for a part of the contract: annotations, kinds, literals and docstrings.

Names come from the generator, which has made them identifiers. Every other text of the contract goes through `literal`
or `docstring`, so that none of it can become code.
"""

import json
import textwrap
from collections.abc import Iterable, Iterator
from keyword import iskeyword
from typing import Final

from openapi_python_client.parser.properties import AnyProperty, EnumProperty, ModelProperty
from openapi_python_client.parser.properties.boolean import BooleanProperty
from openapi_python_client.parser.properties.const import ConstProperty
from openapi_python_client.parser.properties.date import DateProperty
from openapi_python_client.parser.properties.datetime import DateTimeProperty
from openapi_python_client.parser.properties.file import FileProperty
from openapi_python_client.parser.properties.float import FloatProperty
from openapi_python_client.parser.properties.int import IntProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.none import NoneProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol
from openapi_python_client.parser.properties.string import StringProperty
from openapi_python_client.parser.properties.union import UnionProperty
from openapi_python_client.parser.properties.uuid import UuidProperty
from openapi_python_client.schema.untrusted_string import UntrustedString
from openapi_python_client.strings import safe_for_docstring

WIDTH: Final = 120

_SCALARS: Final[dict[type, tuple[str, str]]] = {
    StringProperty: ("str", "STRING"),
    FloatProperty: ("float", "NUMBER"),
    IntProperty: ("int", "INTEGER"),
    BooleanProperty: ("bool", "BOOLEAN"),
    NoneProperty: ("None", "NULL"),
    DateTimeProperty: ("datetime.datetime", "DATE_TIME"),
    DateProperty: ("datetime.date", "DATE"),
    UuidProperty: ("UUID", "IDENTIFIER"),
    FileProperty: ("str", "FILE"),
    AnyProperty: ("Any", "ANY"),
}
"""For each property of the generator without parts: its annotation, and its kind in `kinds.py`."""


_ARGUMENTS: Final[dict[type, str]] = {
    DateTimeProperty: "datetime.datetime | str",
    DateProperty: "datetime.date | str",
    UuidProperty: "UUID | str",
    FileProperty: "FileInput",
}
"""What a caller may pass where it is not what is read."""


def annotation(prop: PropertyProtocol, lists: str = "list") -> str:
    """The type of a value that was read; `lists` is what lists are called where a method `list` hides their type."""
    if isinstance(prop, (ModelProperty, EnumProperty)):
        return str(prop.class_info.name)
    if isinstance(prop, ListProperty):
        return f"{lists}[{annotation(prop.inner_property, lists)}]"
    if isinstance(prop, UnionProperty):
        return _joined(annotation(inner, lists) for inner in _parts(prop))
    if isinstance(prop, ConstProperty):
        return f"Literal[{_constant(prop)}]"
    return _SCALARS[type(prop)][0]


def argument(prop: PropertyProtocol) -> str:
    """The type of a value that a caller may pass: more than what is read, as plain data serves as well."""
    if isinstance(prop, ModelProperty):
        if not fields_of(prop):
            return f"Mapping[str, {argument(prop.additional_properties) if prop.additional_properties else 'Any'}]"
        return f"{prop.class_info.name} | {twin(prop)} | Mapping[str, Any]"
    if isinstance(prop, EnumProperty):
        return f"{prop.class_info.name} | Literal[{', '.join(map(literal, members(prop).values()))}]"
    if isinstance(prop, ListProperty):
        return f"Sequence[{argument(prop.inner_property)}]"
    if isinstance(prop, UnionProperty):
        opened = ["str"] if open_enum(prop) else []
        return _joined([*(argument(inner) for inner in _parts(prop)), *opened])
    return _ARGUMENTS.get(type(prop)) or annotation(prop)


def typed_dict_value(prop: PropertyProtocol) -> str:
    """The annotation in a `TypedDict`. Quoted within `Required`, which has to stay to be seen at run time."""
    quoted = literal(argument(prop))
    return f"Required[{quoted}]" if prop.required else quoted


def kind(prop: PropertyProtocol) -> str:
    """The expression for the kind of a value, with `_k` for the module of kinds."""
    if isinstance(prop, ModelProperty):
        return f"_k.ModelOf({literal(prop.class_info.name)})"
    if isinstance(prop, EnumProperty):
        return _enumeration(prop)
    if isinstance(prop, ListProperty):
        return f"_k.ArrayOf({kind(prop.inner_property)})"
    if isinstance(prop, ConstProperty):
        return f"_k.Constant({_constant(prop)})"
    if isinstance(prop, UnionProperty):
        opened = open_enum(prop)
        parts = [_enumeration(opened, listed=False)] if opened is not None else []
        parts += [kind(part) for part in _parts(prop) if part is not opened]
        return parts[0] if len(parts) == 1 else f"_k.UnionOf({', '.join(parts)})"
    return f"_k.{_SCALARS[type(prop)][1]}"


def _enumeration(prop: EnumProperty, *, listed: bool = True) -> str:
    return f"_k.Enumeration({literal(prop.class_info.name)}{'' if listed else ', listed=False'})"


def open_enum(prop: PropertyProtocol) -> EnumProperty | None:
    """The enum of a union of an enum and any string: a list of values of which the documentation shows some."""
    if not isinstance(prop, UnionProperty) or not any(
        isinstance(part, StringProperty) for part in prop.inner_properties
    ):
        return None
    return next(
        (part for part in prop.inner_properties if isinstance(part, EnumProperty) and part.value_type is str), None
    )


def _parts(prop: UnionProperty) -> list[PropertyProtocol]:
    """The alternatives; the string beside an enum says that the enum is open, and is none of its own."""
    opened = open_enum(prop)
    return [part for part in prop.inner_properties if opened is None or not isinstance(part, StringProperty)]


def is_nullable(prop: PropertyProtocol) -> bool:
    """Whether null is one of the documented values."""
    if isinstance(prop, UnionProperty):
        return any(map(is_nullable, prop.inner_properties))
    return isinstance(prop, (NoneProperty, AnyProperty))


def fields_of(model: ModelProperty) -> list[PropertyProtocol]:
    """The fields of a model, required ones first."""
    return [*(model.required_properties or []), *(model.optional_properties or [])]


def parts_of(model: ModelProperty) -> list[PropertyProtocol]:
    """What a model consists of: its fields, and the kind of those that the contract does not name."""
    return [*fields_of(model), *([model.additional_properties] if model.additional_properties else [])]


def is_free_form(model: ModelProperty) -> bool:
    """Whether fields that the contract does not name are as good as others."""
    return not fields_of(model) or model.data.additionalProperties not in (None, False)


def twin(model: ModelProperty) -> str:
    """The name of the TypedDict for plain dicts in place of a model."""
    return f"{model.class_info.name}Param"


def models_in(prop: PropertyProtocol) -> Iterator[ModelProperty]:
    """The models of which a value directly consists."""
    if isinstance(prop, ModelProperty):
        yield prop
    elif isinstance(prop, ListProperty):
        yield from models_in(prop.inner_property)
    elif isinstance(prop, UnionProperty):
        for inner in prop.inner_properties:
            yield from models_in(inner)


def classes_in(prop: PropertyProtocol) -> Iterator[str]:
    """The classes that an annotation names: models and enums."""
    if isinstance(prop, (ModelProperty, EnumProperty)):
        yield str(prop.class_info.name)
    elif isinstance(prop, ListProperty):
        yield from classes_in(prop.inner_property)
    elif isinstance(prop, UnionProperty):
        for inner in prop.inner_properties:
            yield from classes_in(inner)


def members(enum: EnumProperty) -> dict[str, str | int]:
    """The members of an enum with their values, in the order of their names."""
    ordered = sorted(enum.values.items(), key=lambda item: item[0].lower())
    # The generator holds a text as it stands between double quotes.
    return {name: json.loads(f'"{value}"') if isinstance(value, str) else value for name, value in ordered}


def literal(value: object) -> str:
    """A Python literal for a text, a number or a boolean."""
    return ascii(str(value)) if isinstance(value, str) else repr(value)


def literal_tuple(values: tuple[object, ...]) -> str:
    """A Python literal for a tuple of texts, numbers and such tuples."""
    parts = (literal_tuple(value) if isinstance(value, tuple) else literal(value) for value in values)
    return f"({''.join(f'{part}, ' for part in parts)})"


def are_identifiers(props: Iterable[PropertyProtocol]) -> bool:
    """Whether the names of fields on the wire can be names in a class."""
    names = [prop.name.get_untrusted_value() for prop in props]
    return all(name.isidentifier() and not iskeyword(name) and not name.startswith("__") for name in names)


def safe_text(text: object) -> str:
    """A text of the contract as plain text, for `filled` and `docstring`, which make it safe."""
    return text.get_untrusted_value() if isinstance(text, UntrustedString) else str(text)


def docstring(text: str, indent: int = 0) -> str:
    """A text as a docstring, its quotes included. It has its line breaks already."""
    safe = safe_for_docstring(text).strip()
    lines = [line.rstrip() for line in safe.splitlines()]
    if len(lines) == 1 and len(lines[0]) + indent + 6 <= WIDTH and not lines[0].endswith(('"', "\\")):
        return f'"""{lines[0]}"""'
    margin = " " * indent
    return "\n".join([f'"""{lines[0]}', *(margin + line if line else "" for line in lines[1:]), f'{margin}"""'])


def filled(text: str, indent: int, hanging: int = 0) -> str:
    """A text in paragraphs as wide as the code may be, at some indentation; items of lists stay apart."""
    blocks = []
    for block in "\n".join(line.strip() for line in text.strip().splitlines()).split("\n\n"):
        items = block.split("\n- ") if block.startswith("- ") else [block]
        marked = [item if n == 0 else f"- {item}" for n, item in enumerate(items)]
        blocks.append("\n".join(_wrapped(" ".join(item.split()), indent, hanging) for item in marked))
    return "\n\n".join(block for block in blocks if block)


def _wrapped(text: str, indent: int, hanging: int) -> str:
    later = " " * (hanging + 2 * text.startswith("- "))
    return textwrap.fill(text, WIDTH - indent, subsequent_indent=later, break_long_words=False, break_on_hyphens=False)


def _joined(types: Iterable[str]) -> str:
    found = dict.fromkeys(part.strip() for joined in types for part in _alternatives(joined))
    return " | ".join([*(part for part in found if part != "None"), *(part for part in found if part == "None")])


def _alternatives(joined: str) -> Iterator[str]:
    """The members of a union, taken apart at its own bars and not at those within brackets."""
    depth, start = 0, 0
    for at, letter in enumerate(joined):
        depth += (letter in "[(") - (letter in "])")
        if letter == "|" and depth == 0:
            yield joined[start:at]
            start = at + 1
    yield joined[start:]


def _constant(prop: ConstProperty) -> str:
    return literal(prop.value.raw_value) if isinstance(prop.value.raw_value, str) else repr(prop.value.raw_value)
