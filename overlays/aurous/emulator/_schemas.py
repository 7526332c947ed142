"""The schemas of the contract: whether a value fits one, and which JSON value a text stands for."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final, cast
from urllib.parse import quote

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.exceptions import best_match as _best_match  # pyright: ignore[reportUnknownVariableType]
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from ._json import Body, escaped, is_object, list_in, object_in, steps_of

_BASE: Final = "urn:contract"
_NUMBER: Final = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_BOOLEANS: Final = {"true": True, "false": False}
_TYPE_OF: Final = {"bool": "boolean", "int": "number", "float": "number", "str": "string"}

best_match = cast("Callable[[Iterable[ValidationError]], ValidationError | None]", _best_match)


def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


# jsonschema knows more formats, some of them only where other packages are installed. Which ones hold must not depend
# on that, so these and `date-time` are all.
_FORMATS: Final[Any] = FormatChecker(formats=("date", "uuid"))
_FORMATS.checks("date-time", raises=ValueError)(_is_moment)


@dataclass(frozen=True, slots=True)
class Misfit:
    """The place at which a value does not fit its schema."""

    path: tuple[str, ...]
    """The steps from the value to it."""
    keyword: str
    """The keyword of the schema that it breaks."""
    reason: str
    """Why, in the words of the validator."""


class Schemas:
    """The schemas of a document, each told by the JSON pointer at which it stands."""

    def __init__(self, document: Body) -> None:
        self._document = document
        self._validators: dict[str, Any] = {}

    @cached_property
    def _registry(self) -> Any:
        return Registry[Any]().with_resource(_BASE, DRAFT202012.create_resource(self._document))

    def misfit(self, pointer: str, value: object) -> Misfit | None:
        """What is wrong with a value, if anything is: of several things, the one that says most."""
        if pointer not in self._validators:
            schema = {"$ref": f"{_BASE}#{quote(pointer, safe='/~')}"}
            validator: Any = Draft202012Validator(schema, registry=self._registry, format_checker=_FORMATS)
            self._validators[pointer] = validator
        errors: Iterator[ValidationError] = self._validators[pointer].iter_errors(value)
        error = best_match(errors)
        if error is None:
            return None
        path = [str(step) for step in error.absolute_path]
        if error.validator == "required":
            wanted, found = cast("list[str]", error.validator_value), cast("Body", error.instance)
            path += [name for name in wanted if name not in found][:1]
        return Misfit(tuple(path), str(error.validator), error.message)

    def value(self, pointer: str, texts: Sequence[str], *, commas: bool = True) -> Any:
        """The JSON value that the texts of a parameter or of a field of a form stand for.

        A text that stands for none that the schema allows stays what it is, for the schema to object to.

        Args:
            pointer: Where the schema stands.
            texts: What was given.
            commas: Whether an array may also come as one text with commas, as /v1/usage is documented to take it.
        """
        types = set(self._types(pointer))
        if "array" in types and not ("string" in types and len(texts) == 1):
            items = [item for text in texts for item in text.split(",")] if commas else texts
            return [self.value(self._items(pointer), [item]) for item in items]
        return _scalar(texts[-1], types)

    def property(self, pointer: str, name: str) -> str:
        """Where the schema of a property of an object stands; empty where there is none."""
        return self._within(pointer, "properties", name)

    def _items(self, pointer: str) -> str:
        """Where the schema of the items of an array stands; empty where there is none."""
        return self._within(pointer, "items")

    def _within(self, pointer: str, *steps: str) -> str:
        """Where a schema within a schema stands: in itself, in what it refers to, in what it is put together from."""
        if at(self._document, below(pointer, *steps)) is not None:
            return below(pointer, *steps)
        return next(filter(None, (self._within(part, *steps) for part in self._parts(pointer))), "")

    def _parts(self, pointer: str) -> Iterator[str]:
        """Where the schemas stand that describe the same value as a schema does."""
        schema = self._at(pointer)
        if "$ref" in schema:
            yield schema["$ref"].removeprefix("#")
        for keyword in ("anyOf", "oneOf", "allOf"):
            for index in range(len(list_in(schema.get(keyword)))):
                yield below(pointer, keyword, str(index))

    def _types(self, pointer: str) -> Iterator[str]:
        """The types that a schema allows, as far as it says so."""
        schema = self._at(pointer)
        kind = schema.get("type")
        yield from [kind] if isinstance(kind, str) else list_in(kind)
        if kind is None:
            yield from (_TYPE_OF.get(type(value).__name__, "null") for value in list_in(schema.get("enum")))
        for part in self._parts(pointer):
            yield from self._types(part)

    def _at(self, pointer: str) -> Body:
        return object_in(at(self._document, pointer)) if pointer else {}


def at(document: Any, pointer: str) -> Any:
    """What stands at a JSON pointer; None where nothing does."""
    for step in steps_of(pointer):
        if is_object(document):
            document = document.get(step)
        else:
            items = list_in(document)
            document = items[int(step)] if step.isdecimal() and int(step) < len(items) else None
    return document


def followed(document: Body, pointer: str) -> tuple[str, Body]:
    """The mapping at a pointer and where it stands, references within the document followed."""
    node = object_in(at(document, pointer))
    while "$ref" in node:
        pointer = str(node["$ref"]).removeprefix("#")
        node = object_in(at(document, pointer))
    return pointer, node


def below(pointer: str, *steps: str) -> str:
    """The pointer that goes on from another by these steps."""
    return "/".join([pointer, *map(escaped, steps)])


def _scalar(text: str, types: set[str]) -> Any:
    if types & {"integer", "number"} and _NUMBER.fullmatch(text):
        return _json_or_text(text)  # Python refuses to read a number of thousands of digits.
    if "boolean" in types and text in _BOOLEANS:
        return _BOOLEANS[text]
    if "object" in types and "string" not in types:
        return _json_or_text(text)
    return text


def _json_or_text(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
