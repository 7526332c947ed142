"""The facts on schemas: which types a value has, which fields and limits, and what callers know of them."""

import re
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final, NamedTuple

from openapi_python_client.strings import PythonIdentifier

from openapi.contract import Contract, mapping, sequence, text
from openapi.document import Json, quoted
from openapi.facts import (
    Direction,
    Fact,
    FactReader,
    Key,
    Spot,
    canonical,
    entries_of,
    items_of,
    merged,
    part_of,
    target_of,
)
from openapi.public_names import PublicNames

LOWER: Final = ("exclusiveMinimum", "minItems", "minLength", "minProperties", "minimum")
UPPER: Final = ("exclusiveMaximum", "maxItems", "maxLength", "maxProperties", "maximum")

_LIMITS: Final = frozenset(LOWER + UPPER) | {"const", "enum", "multipleOf", "pattern", "uniqueItems"}
_STRINGS: Final = ("str", "string")
_COMBINING: Final = ("$ref", "allOf", "anyOf", "oneOf")
_STRUCTURE: Final = frozenset({"additionalProperties", "items", "properties", "required", "type"})
_NARROWER: Final = {"enum": _STRINGS, "integers": ("int", "float", "integer", "number")}
_AS_IN_JSON: Final = ("bool", "float", "int", "None", "str", "boolean", "integer", "number", "string", "Any")


class ValueType(NamedTuple):
    """One of the types that a value may have: a class (`enum`, `integers`, `model`), a list, or a plain one."""

    kind: str
    name: str

    def fits(self, other: "ValueType") -> bool:
        """Whether a value of this type is one of the other as well, and looks the same in Python."""
        if other.name == "Any":
            return self.kind in _NARROWER or self.name in _AS_IN_JSON
        kinship = (self.name, other.name) in (("int", "float"), ("integer", "number"))
        return self == other or kinship or other.name in _NARROWER.get(self.kind, ())


@dataclass(frozen=True)
class View:
    """A schema as it applies at a place, references and `allOf` merged into it.

    Attributes:
        home: where the schema itself stands; if it is no more than a reference, where that leads.
        keywords: its keywords, each with its own place.
        properties: the schemas of its properties.
        required: the names of those that are.
        types: the types of JSON that its values have; empty where it takes any.
        branches: its alternatives, if there are several; null is none of them.
        bases: the schemas that were merged into it.
    """

    home: Spot
    keywords: dict[str, Spot]
    properties: dict[str, Spot]
    required: frozenset[str]
    types: frozenset[str]
    branches: tuple[Spot, ...]
    bases: tuple[Spot, ...]


class SchemaReader(FactReader):
    """Reads what is said of values and of classes."""

    def __init__(self, contract: Contract, known: PublicNames, prefix: str) -> None:
        """Begin with no facts."""
        super().__init__(contract, known, prefix)
        self._read: set[tuple[str, Direction]] = set()
        self._used: frozenset[str] = frozenset()

    def _value(self, key: Key, spot: Spot, label: str, direction: Direction, *, typed: bool = True) -> str:
        """Read what is said of a value: its types, its limits, and words on it. Returns the types, to read.

        Not `typed` is a value of which something else tells the types.
        """
        view = self._view(spot)
        types = self._types_of(key, view, label, direction)
        known = self._names.types.get(spot[0]) or self._names.types.get(view.home[0])
        names = known.split(" | ") if known else sorted(one.name for one in types)
        if any(one.kind == "enum" for one in types) and any(one.name in _STRINGS for one in types):
            # An enum beside any string is an enum of which some values are listed: it is the same class.
            types, names = ({one for one in types if one.name not in _STRINGS}, [n for n in names if n not in _STRINGS])
            self._add((*key, "open"), Fact("open", label, spot[0], direction=direction))
        said = f"`{' | '.join(names)}`"
        # What is said of a class is a fact about that class.
        inherited = f"{view.home[0]}/" if view.home[0] in self._names.classes else "-"
        own = {name: one for name, one in view.keywords.items() if not one[0].startswith(inherited)}
        place = own["type"][0] if "type" in own else spot[0]
        if typed:
            self._add((*key, "type"), Fact("type", label, place, frozenset(types), said, direction=direction))
        self._keywords(key, own, label, direction)
        return said

    def _types_of(self, key: Key, view: View, label: str, direction: Direction) -> set[ValueType]:
        """The types that a value may have; what is said of each is read on the way."""
        found = {ValueType("plain", "None")} if "null" in view.types else set[ValueType]()
        for branch in view.branches:
            inner = self._view(branch)
            types = self._types_of(key, inner, label, direction)
            found |= types
            if inner.home[0] not in self._names.classes:
                of = " | ".join(sorted(one.name for one in types))
                below = self._add((*key, "alternative", of), Fact("alternative", label, branch[0]))
                self._keywords(below, inner.keywords, f"the alternative `{of}` of {label}", direction)
        if view.branches:
            return found
        if name := self._names.classes.get(view.home[0]):
            self._class(name, view.home, direction)
            return found | {ValueType(_kind_of(view), name)}
        if "array" in view.types:
            below = self._add((*key, "items"), Fact("items", label, view.home[0]))
            self._value(
                below, view.keywords.get("items", (f"{view.home[0]}/items", {})), f"an item of {label}", direction
            )
            others = {ValueType("plain", one) for one in view.types - {"array", "null"}}
            return found | {ValueType("list", "list")} | others
        if view.properties:  # where the generator does not look
            self._properties(key, view, "", f" of {label}", direction)
        known = self._names.types.get(view.home[0])
        plain = known.split(" | ") if known else sorted(view.types - {"null"}) or ["Any"]
        return found | {ValueType("plain", one) for one in plain}

    def _class(self, name: str, home: Spot, direction: Direction) -> None:
        """Read what is said of a class: the members of an enum, the properties of a model."""
        if name in self._used or (name, direction) in self._read:
            return
        self._read.add((name, direction))
        view = self._view(home)
        key = self._name_of(name, view, home[0], direction)
        if "enum" in view.keywords:
            self._members(key, name, home[0], view.keywords["enum"])
            return
        self._properties(key, view, f"{name}.", "", direction)
        for base in view.bases:
            if base[0] in self._names.classes:
                self._class(self._names.classes[base[0]], base, direction)

    def _name_of(self, name: str, view: View, pointer: str, direction: Direction) -> Key:
        """Read that there is a class, and what is said of it as a whole."""
        kind, label = "class" if re.fullmatch("#/components/schemas/[^/]*", pointer) else "inner class", f"`{name}`"
        key = self._add(("class", name), Fact(kind, label, pointer, direction=direction))
        self._keywords(key, view.keywords, label, direction, ("enum",))
        return key

    def _properties(self, key: Key, view: View, before: str, after: str, direction: Direction) -> None:
        """Read the properties of an object; `before` and `after` are what is said around their names."""
        for name, spot in view.properties.items():
            below, label = (*key, "property", name), f"`{before}{PythonIdentifier(name, self._prefix)}`{after}"
            self._add(below, Fact("property", label, spot[0], needed=name in view.required, direction=direction))
            self._facts[below] = replace(self._facts[below], text=self._value(below, spot, label, direction))
        pointer, further = view.keywords.get("additionalProperties", (f"{view.home[0]}/additionalProperties", True))
        label = f"`{before.removesuffix('.')}`" if before else after.removeprefix(" of ")
        spot = (pointer, {} if further is True else further)
        self._value((*key, "further"), spot, f"a further field of {label}", direction)

    def _members(self, key: Key, name: str, pointer: str, enum: Spot) -> None:
        values = [one for one in items_of(*enum) if one[1] is not None]
        for (place, value), member in zip(values, self._names.members.get(pointer, ()), strict=False):
            words = f"`{name}.{member}` ({quoted(value)})"
            self._add((*key, "value", canonical(value)), Fact("value", words, place, member, words))

    def _keywords(
        self, key: Key, keywords: dict[str, Spot], label: str, direction: Direction, handled: tuple[str, ...] = ()
    ) -> None:
        """Read the keywords of a schema, those apart that say what types it has."""
        for name, spot in keywords.items():
            words, said = f"{quoted(name)} of {label}", quoted(spot[1])
            if name in _LIMITS and name not in handled and not (name == "uniqueItems" and spot[1] is False):
                self._add((*key, name), Fact("limit", words, spot[0], (name, spot[1]), said, direction=direction))
        self._words(key, keywords, label, (*_LIMITS, *_STRUCTURE))

    def _view(self, spot: Spot) -> View:
        pointer, value = spot
        schema: dict[str, Json] = {"not": {}} if value is False else mapping(value)
        own = {name: one for name, one in entries_of(pointer, schema).items() if name not in _COMBINING}
        choices = [*items_of(*part_of(spot, "oneOf")), *items_of(*part_of(spot, "anyOf"))]
        branches = [one for one in choices if mapping(one[1]).get("type") != "null"]
        parts = [target_of(self._contract, schema["$ref"])] if "$ref" in schema else []
        parts += items_of(*part_of(spot, "allOf"))
        parts += [branches.pop()] if len(branches) == 1 else []
        inner = [self._view(part) for part in parts]
        stated = schema.get("type", [])
        types = frozenset(map(text, stated if isinstance(stated, list) else [stated]))
        types = types or next((part.types for part in inner if part.types), types)
        # Only for such a schema does the generator not make another class than for what it leads to.
        bare = len(inner) == 1 and not branches and "properties" not in schema
        bare = bare and all("$ref" in mapping(part) for part in sequence(schema.get("allOf")))
        return View(
            home=inner[0].home if bare else spot,
            keywords=merged([own, *(part.keywords for part in inner)]),
            properties=merged([entries_of(*part_of(spot, "properties")), *(part.properties for part in inner)]),
            required=frozenset(map(text, sequence(schema.get("required")))).union(*(part.required for part in inner)),
            types=types | {"null"} if any(mapping(one[1]).get("type") == "null" for one in choices) else types,
            branches=tuple(branches) or next((part.branches for part in inner if part.branches), ()),
            bases=tuple(chain(() if bare else (part.home for part in inner), *(part.bases for part in inner))),
        )


def _kind_of(view: View) -> str:
    """The kind of a class."""
    if "enum" not in view.keywords:
        return "model"
    values = sequence(view.keywords["enum"][1])
    return "enum" if all(isinstance(value, str) for value in values) else "integers"
