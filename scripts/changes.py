"""What changed from one contract to another, and what that means for users of the package generated from it.

A contract is read into facts: there is this operation, this class has that property, it is of such a type. References
are followed on the way, so what merely moved into a component, or out of one, leaves the facts as they were. Names of
modules, classes, members and types are those that the generator gives. Two sets of facts are then compared one by one,
and `_RULES` says of each difference how grave it is, and in what words.

An answer may promise more than before, and a request may ask for less, without breaking anybody. Enums of the generated
package are open, so a new value breaks nobody either. What cannot be judged counts as breaking.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Flag, StrEnum
from itertools import chain
from typing import Final, NamedTuple, TypeAlias
from urllib.parse import unquote

from openapi_python_client.config import Config
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError
from openapi_python_client.parser.properties import EnumProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol
from openapi_python_client.parser.properties.union import UnionProperty
from openapi_python_client.strings import PythonIdentifier

from document import Json, display_name, escaped, quoted
from outline import Contract, Place, mapping, sequence, text

Spot: TypeAlias = tuple[str, Json]
"""A value of a contract, after the pointer of where it stands."""

Key: TypeAlias = tuple[str, ...]
"""What a fact is about, in a way that both contracts share; facts on parts of it have a key that goes on."""

_LOWER: Final = ("exclusiveMinimum", "minContains", "minItems", "minLength", "minProperties", "minimum")
_UPPER: Final = ("exclusiveMaximum", "maxContains", "maxItems", "maxLength", "maxProperties", "maximum")
_LIMITS: Final = frozenset(_LOWER + _UPPER) | {
    *("const", "contains", "dependentRequired", "dependentSchemas", "else", "enum", "if", "multipleOf", "not"),
    *("pattern", "patternProperties", "prefixItems", "propertyNames", "then", "unevaluatedItems"),
    *("unevaluatedProperties", "uniqueItems"),
}
_COMBINING: Final = ("$ref", "allOf", "anyOf", "oneOf")
_STRUCTURE: Final = frozenset({"$defs", "additionalProperties", "items", "properties", "required", "type"})
_ESSENTIAL: Final = ("type", "in", "name", "scheme", "openIdConnectUrl", "flows")
_STYLES: Final = {"path": "simple", "header": "simple"}
_CODE_NOTES: Final = ("inferred", "remedy", "source", "when")


class Level(StrEnum):
    """How grave a change is; the gravest first."""

    BREAKING = "breaking"
    ADDITION = "addition"
    DOCUMENTATION = "documentation"


class Direction(Flag):
    """Which ways a value travels."""

    REQUEST = 1
    RESPONSE = 2
    BOTH = REQUEST | RESPONSE


class NamingError(Exception):
    """The generator cannot read a contract; the message says why."""


@dataclass(frozen=True)
class Change:
    """One difference between two contracts.

    Attributes:
        level: how grave it is.
        kind: what happened, in words that stay the same (`property-removed`).
        message: what it means for users of the generated package. One line.
        pointer: where it is, a JSON pointer as a URI fragment.
        line: the line of that place, from 1.
        file: the file of that place, as the reader should see it; the old one for what is gone.
    """

    level: Level
    kind: str
    message: str
    pointer: str
    line: int
    file: str


def compare(old: Contract, new: Contract, config: Config) -> list[Change]:
    """Find what changed from one contract to another, `info.version` apart.

    Args:
        old: The contract as it was; its references lead somewhere, and not in circles.
        new: The contract as it is; the same holds.
        config: The generator's configuration, which has a say in names.

    Returns:
        The changes, the gravest first, and within a level those of the new file first, by line.

    Raises:
        NamingError: the generator cannot read one of the two.
    """
    was = _Facts(old, names(old, config), config.field_prefix, {}, {}).read()
    now = _Facts(new, names(new, config), config.field_prefix, _moves(old, new), _renamings(old, new)).read()
    found = [
        _change(old if fact is None else new, happening, before, fact)
        for key, before, fact in _side_by_side(was, now)
        if (happening := _happening(before, fact)) and (_rule_of(before, fact), happening) in _RULES
    ]
    return _ordered(found, display_name(old.path))


def _ordered(found: Iterable[Change], old: str) -> list[Change]:
    """Each change once: a component shows in many facts, and an alias under many pointers."""
    levels = list(Level)
    ordered = sorted(
        found, key=lambda one: (levels.index(one.level), one.file == old, one.line, one.pointer, one.message)
    )
    return list({(one.file, one.line, one.message): one for one in reversed(ordered)}.values())[::-1]


# --- Names ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Names:
    """What the generator makes of a contract, by JSON pointer.

    Attributes:
        modules: the dotted module of each operation.
        classes: the class of each schema that has one.
        types: the Python type of each schema that the generator looks at.
        members: the names of the members of each enum, in the order of its values, null left out.
    """

    modules: dict[str, str]
    classes: dict[str, str]
    types: dict[str, str]
    members: dict[str, list[str]]


def names(contract: Contract, config: Config) -> Names:
    """Ask the generator what it calls things, without writing anything.

    Raises:
        NamingError: the generator cannot read the contract.
    """
    marked = json.loads(json.dumps(contract.data))  # written out: what is shared by an alias has many places
    for place in Contract(contract.path, marked).places:
        if place.kind in ("schema", "operation") and "$ref" not in place.value:
            place.value["description"] = place.pointer  # the one text that comes out again at the other end
    try:
        result = GeneratorData.from_dict(marked, config=config)
    except Exception as broken:  # noqa: BLE001  # whatever it is, it comes from the contract
        raise NamingError(f"{type(broken).__name__}: {broken}") from None
    if isinstance(result, GeneratorError):
        raise NamingError(" ".join(f"{result.header} {result.detail or ''}".split()))
    collections = result.endpoint_collections_by_tag
    endpoints = [(tag, endpoint) for tag, collection in collections.items() for endpoint in collection.endpoints]
    package = f"{config.package_name_override}." if config.package_name_override else ""
    made = sorted((one.class_info.name, _marker(one)) for one in (*result.models, *result.enums))
    return Names(
        modules={one.description.get_untrusted_value(): f"{package}api.{tag}.{one.name}" for tag, one in endpoints},
        classes={pointer: name for name, pointer in reversed(made)},
        types=dict(reversed(list(_types(result)))),
        members={_marker(enum): list(enum.values) for enum in result.enums if isinstance(enum, EnumProperty)},
    )


def _types(result: GeneratorData) -> Iterator[tuple[str, str]]:
    """The Python type of every schema, those around others first."""
    for model in result.models:
        inner = [*(model.required_properties or ()), *(model.optional_properties or ()), model.additional_properties]
        for one in inner:
            yield from _types_within(one)
    for collection in result.endpoint_collections_by_tag.values():
        for endpoint in collection.endpoints:
            for one in chain(endpoint.list_all_parameters(), (response.prop for response in endpoint.responses)):
                yield from _types_within(one)


def _types_within(one: PropertyProtocol | None) -> Iterator[tuple[str, str]]:
    if one is None:
        return
    yield _marker(one), one.get_type_string(no_optional=True).as_unembedded_code()
    if isinstance(one, UnionProperty):
        for inner in one.inner_properties:
            yield from _types_within(inner)
    elif isinstance(one, ListProperty):
        yield from _types_within(one.inner_property)


def _marker(one: PropertyProtocol) -> str:
    return one.description.get_untrusted_value() if one.description else ""


# --- Facts ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fact:
    """One thing that a contract says.

    Attributes:
        kind: what it is about, a key of `_RULES`.
        label: of what it speaks, in words that fit into a sentence.
        pointer: where it is said.
        value: what it says.
        text: the same, to read.
        needed: whether that has to be there.
        direction: which ways the value travels that it is about.
        owner: what it is a part of, in words.
    """

    kind: str
    label: str
    pointer: str
    value: object = None
    text: str = ""
    needed: bool = False
    direction: Direction = Direction.BOTH
    owner: str = ""


class _Type(NamedTuple):
    """One of the types that a value may have: a class (`enum`, `model`), a list, or a plain one."""

    kind: str
    name: str

    def fits(self, other: "_Type") -> bool:
        """Whether a value of this type is one of the other as well, and looks the same in Python."""
        if other.name == "Any":
            return self.kind in ("enum", "plain")
        kinship = (self.name, other.name) in (("int", "float"), ("integer", "number"))
        return self == other or kinship or (self.kind == "enum" and other.name in ("str", "string"))


@dataclass(frozen=True)
class _View:
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


class _Facts:
    """Reads a contract into facts."""

    def __init__(
        self, contract: Contract, known: Names, prefix: str, moves: dict[str, str], renamings: dict[str, str]
    ) -> None:
        """Begin with no facts.

        Args:
            contract: The contract.
            known: What the generator calls things.
            prefix: What the generator puts before names that are none in Python.
            moves: For operations that moved, the old route by the new one.
            renamings: For security schemes of another name, the old one by the new one.
        """
        self._contract = contract
        self._names = known
        self._prefix = prefix
        self._moves = moves
        self._renamings = renamings
        self._facts: dict[Key, Fact] = {}
        self._read: set[tuple[str, Direction]] = set()

    def read(self) -> dict[Key, Fact]:
        """Read everything; what stands around other facts comes before them."""
        self._document()
        for path, item, place in self._contract.operations():
            self._operation(path, item, place)
        for pointer, name in self._names.classes.items():
            if not any((name, way) in self._read for way in Direction):
                # No operation uses it, so nobody knows what its users do with it.
                self._class(name, (pointer, self._contract.resolve(pointer)), Direction.BOTH)
        return self._facts

    def _add(self, key: Key, fact: Fact) -> Key:
        known = self._facts.setdefault(key, fact)
        self._facts[key] = replace(known, direction=known.direction | fact.direction)
        return key

    # --- The document and its operations ---

    def _document(self) -> None:
        top = _entries("#", self._contract.data)
        parts = ("components", "info", "paths", "security", "servers", "tags")
        self._words(("contract",), top, "the contract", parts)
        self._words(("info",), _entries(*top.get("info", _NOTHING)), "the contract", ("version",))
        for tag in _items(*top.get("tags", _NOTHING)):
            name = text(mapping(tag[1]).get("name"))
            key = self._add(("tag", name), Fact("words", f"the tag {quoted(name)}", tag[0]))
            self._words(key, _entries(*tag), f"the tag {quoted(name)}")
        for server in _items(*top.get("servers", _NOTHING)):
            url = text(mapping(server[1]).get("url"))
            key = self._add(("server", url), Fact("server", f"the server {quoted(url)}", server[0]))
            self._words(key, _entries(*server), f"the server {quoted(url)}", ("url",))

    def _operation(self, path: str, item: Place, place: Place) -> None:
        route = _route(path, place)
        module = self._names.modules.get(place.pointer) or text(place.value.get("operationId"))
        label = f"`{module.rpartition('.')[2]}`"
        wire = quoted(f"{route.partition(' ')[0]} {path}")
        shape = _blank(wire)
        key = self._add(
            ("operation", self._moves.get(route, route)), Fact("operation", f"`{module}`", place.pointer, shape, wire)
        )
        own = _entries(place.pointer, place.value)
        named = own.get("operationId", (place.pointer, None))[0]
        self._add((*key, "module"), Fact("module", label, named, module, f"`{module}`"))
        self._words(key, own, label, ("parameters", "requestBody", "responses", "security"))
        around = {name: one for name, one in _entries(item.pointer, item.value).items() if name in _AROUND}
        self._words((*key, "path"), around, f"the path {quoted(path)}")
        self._arguments(key, path, item, place, label)
        for status, answer in _entries(*own.get("responses", _NOTHING)).items():
            self._answer((*key, "answer", status), status, answer, label)
        self._security(key, place, label)

    def _arguments(self, key: Key, path: str, item: Place, place: Place, owner: str) -> None:
        blanks = re.findall(r"{([^{}]*)}", path)
        for parameter in self._contract.parameters(item, place):
            kind, name = text(parameter.value.get("in")), text(parameter.value.get("name"))
            argument = PythonIdentifier(name, self._prefix)
            # On the wire, a parameter of the path is its place in it, and a header has no case.
            mark = str(blanks.index(name)) if kind == "path" and name in blanks else name
            mark = name.lower() if kind == "header" else mark
            spot = self._followed((parameter.pointer, self._contract.resolve(parameter.pointer)))
            spot = (spot[0], parameter.value)
            self._argument((*key, "argument", kind, mark), argument, parameter.pointer, spot, owner)
        if "requestBody" in place.value:
            site = f"{place.pointer}/requestBody"
            spot = self._followed((site, place.value["requestBody"]))
            self._argument((*key, "argument", "body"), "body", site, spot, owner)

    def _argument(self, key: Key, name: str, site: str, spot: Spot, owner: str) -> None:
        value, label = mapping(spot[1]), f"the argument `{name}`"
        needed = value.get("required") is True
        self._add(key, Fact("argument", label, site, needed=needed, owner=owner))
        self._add((*key, "name"), Fact("argument name", label, f"{spot[0]}/name", name, label))
        style = text(value.get("style")) or _STYLES.get(text(value.get("in")), "form")
        written = (style, value.get("explode", style == "form"), value.get("allowReserved", False))
        self._add((*key, "style"), Fact("style", label, spot[0], written))
        handled = ("name", "in", "required", "style", "explode", "allowReserved")
        self._carrier(key, spot, label, Direction.REQUEST, handled)

    def _answer(self, key: Key, status: str, answer: Spot, owner: str) -> None:
        label, spot = f"the answer {status}", self._followed(answer)
        self._add(key, Fact("answer", label, answer[0], owner=owner))
        self._carrier(key, spot, label, Direction.RESPONSE, ("headers",))
        for name, header in _entries(*_below(spot, "headers")).items():
            below, words, carrier = (*key, "header", name.lower()), f"the header {quoted(name)}", self._followed(header)
            needed = mapping(carrier[1]).get("required") is True
            self._add(below, Fact("header", words, header[0], needed=needed))
            self._carrier(below, carrier, words, Direction.RESPONSE, ("required",))

    def _carrier(self, key: Key, spot: Spot, label: str, direction: Direction, handled: tuple[str, ...] = ()) -> None:
        """Read what carries a value: a parameter, a body, an answer, a header, a media type."""
        value = mapping(spot[1])
        if "content" in value or "requestBody" in spot[0]:
            pass
        self._words(key, _entries(*spot), label, ("schema", "content", *handled))
        if "schema" in value:
            self._value(key, _below(spot, "schema"), label, direction)
        for name, media in _entries(*_below(spot, "content")).items():
            below = self._add((*key, "media", name), Fact("media type", label, media[0], text=quoted(name)))
            self._carrier(below, (media[0], {"schema": {}, **mapping(media[1])}), label, direction)

    def _security(self, key: Key, place: Place, label: str) -> None:
        stated, pointer = place.value.get("security"), f"{place.pointer}/security"
        if stated is None and "security" in self._contract.data:
            stated, pointer = self._contract.data["security"], "#/security"
        schemes = _schemes(self._contract)
        for way in _items(pointer, stated) or [(place.pointer if stated is None else pointer, {})]:
            wanted = {self._renamings.get(name, name): scopes for name, scopes in mapping(way[1]).items()}
            words = " and ".join(_credential(schemes.get(name, {})) for name in mapping(way[1])) or "no key"
            self._add((*key, "security", _canonical(wanted)), Fact("security", label, way[0], text=words))
            for name in mapping(way[1]):
                scheme, spot = schemes.get(name, {}), f"#/components/securitySchemes/{escaped(name)}"
                below = ("scheme", self._renamings.get(name, name))
                self._add(below, Fact("scheme", "the key", spot, _canonical(_essence(scheme)), _credential(scheme)))
                self._words(below, _entries(spot, scheme), f"the security scheme {quoted(name)}", _ESSENTIAL)

    # --- Schemas ---

    def _value(self, key: Key, spot: Spot, label: str, direction: Direction) -> None:
        """Read what is said of a value: its types, its limits, and words on it."""
        view = self._view(spot)
        types = self._types_of(key, view, label, direction)
        said = self._names.types.get(spot[0]) or " | ".join(sorted(one.name for one in types))
        place = view.keywords.get("type", (spot[0], None))[0]
        self._add((*key, "type"), Fact("type", label, place, frozenset(types), f"`{said}`", direction=direction))
        name = self._names.classes.get(view.home[0])
        inherited = f"{view.home[0]}/" if name else "\0"  # what is said of a class is a fact about that class
        own = {word: one for word, one in view.keywords.items() if not one[0].startswith(inherited)}
        self._keywords(key, own, label, direction)

    def _types_of(self, key: Key, view: _View, label: str, direction: Direction) -> set[_Type]:
        """The types that a value may have; what is said of each is read on the way."""
        found = {_Type("plain", "None")} if "null" in view.types else set[_Type]()
        for branch in view.branches:
            inner = self._view(branch)
            types = self._types_of(key, inner, label, direction)
            found |= types
            if branch[0] == inner.home[0] and inner.home[0] not in self._names.classes:
                of = " | ".join(sorted(one.name for one in types))
                below = self._add((*key, "alternative", of), Fact("alternative", label, branch[0]))
                self._keywords(below, inner.keywords, f"the alternative `{of}` of {label}", direction)
        if view.branches:
            return found
        name = self._names.classes.get(view.home[0])
        if name:
            self._class(name, view.home, direction)
            return found | {_Type("enum" if "enum" in view.keywords else "model", name)}
        if "array" in view.types:
            below = self._add((*key, "items"), Fact("items", label, view.home[0]))
            self._value(below, view.keywords.get("items", (view.home[0], {})), f"an item of {label}", direction)
            return found | {_Type("list", "list")}
        known = self._names.types.get(view.home[0])
        plain = known.split(" | ") if known else sorted(view.types - {"null"}) or ["Any"]
        return found | {_Type("plain", one) for one in plain}

    def _class(self, name: str, home: Spot, direction: Direction) -> None:
        """Read what is said of a class: its members, or its properties."""
        if (name, direction) in self._read:
            return
        self._read.add((name, direction))
        view, label = self._view(home), f"`{name}`"
        kind = "class" if re.fullmatch("#/components/schemas/[^/]*", home[0]) else "inner class"
        key = self._add(("class", name), Fact(kind, label, home[0], direction=direction))
        self._keywords(key, view.keywords, label, direction, ("enum",))
        values = [one for one in _items(*view.keywords.get("enum", _NOTHING)) if one[1] is not None]
        members = self._names.members.get(home[0], [])
        for (pointer, value), member in zip(values, members, strict=False):
            words = f"`{name}.{member}` ({quoted(value)})"
            self._add((*key, "value", _canonical(value)), Fact("value", words, pointer, member, words))
        for word, spot in view.properties.items():
            words = f"`{name}.{PythonIdentifier(word, self._prefix)}`"
            below = (*key, "property", word)
            said = f"`{self._names.types.get(spot[0]) or ' | '.join(sorted(self._plain_types(spot)))}`"
            self._add(below, Fact("property", words, spot[0], None, said, word in view.required, direction))
            self._value(below, spot, words, direction)
        further = view.keywords.get("additionalProperties", (home[0], {}))
        if further[1] not in (True, {}):
            self._value((*key, "further"), further, f"a further field of {label}", direction)
        for base in view.bases:
            if base[0] in self._names.classes:
                self._class(self._names.classes[base[0]], base, direction)


_NOTHING: Final[Spot] = ("", None)
_AROUND: Final = ("summary", "description", "servers")
