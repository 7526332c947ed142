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
from typing import Final, NamedTuple, TypeAlias, cast
from urllib.parse import unquote

from openapi_python_client.config import Config
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.errors import GeneratorError
from openapi_python_client.parser.properties import EnumProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol
from openapi_python_client.parser.properties.union import UnionProperty
from openapi_python_client.strings import PythonIdentifier

from openapi.contract import Contract, Place, mapping, sequence, text
from openapi.document import Json, display_name, escaped, quoted

Spot: TypeAlias = tuple[str, Json]
"""A value of a contract, after the pointer of where it stands."""

Key: TypeAlias = tuple[str, ...]
"""What a fact is about, in a way that both contracts share; facts on parts of it have a key that goes on."""

Limit: TypeAlias = tuple[str, Json]
"""A keyword that limits values, and what it says."""

_LOWER: Final = ("exclusiveMinimum", "minContains", "minItems", "minLength", "minProperties", "minimum")
_UPPER: Final = ("exclusiveMaximum", "maxContains", "maxItems", "maxLength", "maxProperties", "maximum")
_LIMITS: Final = frozenset(_LOWER + _UPPER) | {
    *("const", "contains", "dependentRequired", "dependentSchemas", "else", "enum", "if", "multipleOf", "not"),
    *("pattern", "patternProperties", "prefixItems", "propertyNames", "then", "unevaluatedItems"),
    *("unevaluatedProperties", "uniqueItems"),
}
_COMBINING: Final = ("$ref", "allOf", "anyOf", "oneOf")
_STRUCTURE: Final = frozenset({"$defs", "additionalProperties", "items", "properties", "required", "type"})
_AS_IN_JSON: Final = ("bool", "float", "int", "None", "str", "boolean", "integer", "number", "string", "Any")
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
        old: The contract as it was, one that the generator can read (`generator_rules.rehearsal`).
        new: The contract as it is, one that the generator can read.
        config: The generator's configuration, which has a say in names.

    Returns:
        The changes, the gravest first, and within a level those of the new file first, by line.
    """
    was = _Facts(old, names(old, config), config.field_prefix, {}, {}).read()
    now = _Facts(new, names(new, config), config.field_prefix, _moves(old, new), _renamings(old, new)).read()
    one_sided = was.keys() ^ now.keys()
    found: list[Change] = []
    for key in dict.fromkeys([*now, *was]):
        # What is gone or new as a whole is told once, and not again of its parts.
        told = any(key[:length] in one_sided for length in range(1, len(key)))
        change = None if told else _difference(was.get(key), now.get(key), old, new)
        found += [change] if change else []
    return _ordered(found, display_name(old.path))


def _ordered(found: Iterable[Change], old: str) -> list[Change]:
    """Each change once: a component shows in many facts, and an alias under many pointers. The first to tell stands."""
    levels, once = list(Level), dict[tuple[str, int, str], Change]()
    for change in found:
        once.setdefault((change.file, change.line, change.message), change)
    return sorted(once.values(), key=lambda one: (levels.index(one.level), one.file == old, one.line, one.message))


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
        ValueError: the generator refuses the contract.
    """
    marked = json.loads(json.dumps(contract.data))  # written out: what is shared by an alias has many places
    for place in Contract(contract.path, marked).places:
        if place.kind in ("schema", "operation") and "$ref" not in place.value:
            place.value["description"] = place.pointer  # the one text that comes out again at the other end
    result = GeneratorData.from_dict(marked, config=config)
    if isinstance(result, GeneratorError):
        raise ValueError(f"{display_name(contract.path)}: {result.header}")  # noqa: TRY004  # it is no mistake of types
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
        kind: what it is about; `_RULES` has most of them.
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
            return self.kind == "enum" or self.name in _AS_IN_JSON
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
        self._used: frozenset[str] = frozenset()

    def read(self) -> dict[Key, Fact]:
        """Read everything; what stands around other facts comes before them."""
        self._document()
        for path, item, place in self._contract.operations():
            self._operation(path, item, place)
        self._used = frozenset(name for name, _ in self._read)
        for pointer, name in self._names.classes.items():
            # What no operation uses may be used in any way.
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
        key = ("operation", self._moves.get(route, route))
        self._add(key, Fact("operation", f"`{module}`", place.pointer, route, wire))
        own = _entries(place.pointer, place.value)
        named = own.get("operationId", (place.pointer, None))[0]
        self._add((*key, "module"), Fact("module", label, named, module, f"`{module}`"))
        own["tags"] = (f"{place.pointer}/tags", sequence(place.value.get("tags"))[1:])  # the first one is in the module
        self._words(key, own, label, ("operationId", "parameters", "requestBody", "responses", "security"))
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
        self._add((*key, "name"), Fact("argument name", label, f"{spot[0]}/name", name, f"`{name}`"))
        style = text(value.get("style")) or _STYLES.get(text(value.get("in")), "form")
        # What has `content` in place of a schema is serialised by its media type.
        written = (style, value.get("explode", style == "form"), value.get("allowReserved", False), "schema" in value)
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

    def _value(self, key: Key, spot: Spot, label: str, direction: Direction) -> str:
        """Read what is said of a value: its types, its limits, and words on it. Returns the types, to read."""
        view = self._view(spot)
        types = self._types_of(key, view, label, direction)
        known = self._names.types.get(spot[0]) or self._names.types.get(view.home[0])
        said = f"`{known or ' | '.join(sorted(one.name for one in types))}`"
        # What is said of a class is a fact about that class.
        inherited = f"{view.home[0]}/" if view.home[0] in self._names.classes else "-"
        own = {name: one for name, one in view.keywords.items() if not one[0].startswith(inherited)}
        place = own["type"][0] if "type" in own else spot[0]
        self._add((*key, "type"), Fact("type", label, place, frozenset(types), said, direction=direction))
        self._keywords(key, own, label, direction)
        return said

    def _types_of(self, key: Key, view: _View, label: str, direction: Direction) -> set[_Type]:
        """The types that a value may have; what is said of each is read on the way."""
        found = {_Type("plain", "None")} if "null" in view.types else set[_Type]()
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
            return found | {_Type("enum" if "enum" in view.keywords else "model", name)}
        if "array" in view.types:
            below = self._add((*key, "items"), Fact("items", label, view.home[0]))
            self._value(
                below, view.keywords.get("items", (f"{view.home[0]}/items", {})), f"an item of {label}", direction
            )
            others = {_Type("plain", one) for one in view.types - {"array", "null"}}
            return found | {_Type("list", "list")} | others
        if view.properties:  # where the generator does not look
            self._properties(key, view, "", f" of {label}", direction)
        known = self._names.types.get(view.home[0])
        plain = known.split(" | ") if known else sorted(view.types - {"null"}) or ["Any"]
        return found | {_Type("plain", one) for one in plain}

    def _class(self, name: str, home: Spot, direction: Direction) -> None:
        """Read what is said of a class: the members of an enum, the properties of a model."""
        if name in self._used or (name, direction) in self._read:
            return
        self._read.add((name, direction))
        view, label = self._view(home), f"`{name}`"
        kind = "class" if re.fullmatch("#/components/schemas/[^/]*", home[0]) else "inner class"
        key = self._add(("class", name), Fact(kind, label, home[0], direction=direction))
        self._keywords(key, view.keywords, label, direction, ("enum",))
        if "enum" in view.keywords:
            self._members(key, name, home[0], view.keywords["enum"])
            return
        self._properties(key, view, f"{name}.", "", direction)
        for base in view.bases:
            if base[0] in self._names.classes:
                self._class(self._names.classes[base[0]], base, direction)

    def _properties(self, key: Key, view: _View, before: str, after: str, direction: Direction) -> None:
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
        values = [one for one in _items(*enum) if one[1] is not None]
        for (place, value), member in zip(values, self._names.members.get(pointer, ()), strict=False):
            words = f"`{name}.{member}` ({quoted(value)})"
            self._add((*key, "value", _canonical(value)), Fact("value", words, place, member, words))

    def _keywords(
        self, key: Key, keywords: dict[str, Spot], label: str, direction: Direction, handled: tuple[str, ...] = ()
    ) -> None:
        """Read the keywords of a schema, those apart that say what types it has."""
        for name, spot in keywords.items():
            words, said = f"{quoted(name)} of {label}", quoted(spot[1])
            if name in _LIMITS and name not in handled and not (name == "uniqueItems" and spot[1] is False):
                self._add((*key, name), Fact("limit", words, spot[0], (name, spot[1]), said, direction=direction))
            elif name == "default":
                self._add((*key, name), Fact("default", f"the default of {label}", spot[0], _canonical(spot[1]), said))
        self._words(key, keywords, label, (*_LIMITS, *_STRUCTURE, "default"))

    # --- Words ---

    def _words(self, key: Key, entries: dict[str, Spot], label: str, handled: Iterable[str] = ()) -> None:
        """Read what means nothing to the generated code."""
        for name, spot in entries.items():
            if name in handled:
                continue
            if name == "deprecated":
                if spot[1] is True:
                    self._add((*key, name), Fact("deprecation", label, spot[0]))
            elif name == "x-codes":
                self._codes(key, spot)
            elif name == "examples" and isinstance(spot[1], dict):
                for title, one in _entries(*spot).items():
                    place, shown = self._followed(one)
                    words = f"the example {quoted(title)} of {label}"
                    self._add((*key, "example", title), Fact("words", words, place, _canonical(shown)))
            else:
                words = f"{quoted(name)} of {label}"
                self._add((*key, "words", name), Fact("words", words, spot[0], _canonical(spot[1])))

    def _codes(self, key: Key, codes: Spot) -> None:
        """Read what is known of the error codes: the SDK advises, and decides on retries, by it."""
        for code, entry in _entries(*codes).items():
            below = self._add((*key, "code", code), Fact("code", f"the error code {quoted(code)}", entry[0]))
            for name, spot in _entries(*entry).items():
                words = f"{quoted(name)} of the error code {quoted(code)}"
                kind = "words" if name in _CODE_NOTES else "code fact"
                self._add((*below, name), Fact(kind, words, spot[0], _canonical(spot[1]), quoted(spot[1])))

    # --- References ---

    def _followed(self, spot: Spot) -> Spot:
        """Where a value stands that is perhaps a reference."""
        seen: set[str] = set()
        while "$ref" in mapping(spot[1]) and spot[0] not in seen:
            seen.add(spot[0])
            spot = _led(self._contract, mapping(spot[1])["$ref"])
        return spot

    def _view(self, spot: Spot) -> _View:
        pointer, value = spot
        schema: dict[str, Json] = {"not": {}} if value is False else mapping(value)
        own = {name: one for name, one in _entries(pointer, schema).items() if name not in _COMBINING}
        choices = [*_items(*_below(spot, "oneOf")), *_items(*_below(spot, "anyOf"))]
        branches = [one for one in choices if mapping(one[1]).get("type") != "null"]
        parts = [_led(self._contract, schema["$ref"])] if "$ref" in schema else []
        parts += _items(*_below(spot, "allOf"))
        parts += [branches.pop()] if len(branches) == 1 else []
        inner = [self._view(part) for part in parts]
        stated = schema.get("type", [])
        types = frozenset(map(text, stated if isinstance(stated, list) else [stated]))
        types = types or next((part.types for part in inner if part.types), types)
        # Only for such a schema does the generator not make another class than for what it leads to.
        bare = len(inner) == 1 and not branches and "properties" not in schema
        bare = bare and all("$ref" in mapping(part) for part in sequence(schema.get("allOf")))
        return _View(
            home=inner[0].home if bare else spot,
            keywords=_merged([own, *(part.keywords for part in inner)]),
            properties=_merged([_entries(*_below(spot, "properties")), *(part.properties for part in inner)]),
            required=frozenset(map(text, sequence(schema.get("required")))).union(*(part.required for part in inner)),
            types=types | {"null"} if any(mapping(one[1]).get("type") == "null" for one in choices) else types,
            branches=tuple(branches) or next((part.branches for part in inner if part.branches), ()),
            bases=tuple(chain(() if bare else (part.home for part in inner), *(part.bases for part in inner))),
        )


_NOTHING: Final[Spot] = ("", None)
_AROUND: Final = ("summary", "description", "servers")


def _entries(pointer: str, value: Json) -> dict[str, Spot]:
    return {name: (f"{pointer}/{escaped(name)}", one) for name, one in mapping(value).items()}


def _items(pointer: str, value: Json) -> list[Spot]:
    return [(f"{pointer}/{index}", one) for index, one in enumerate(sequence(value))]


def _below(spot: Spot, name: str) -> Spot:
    return f"{spot[0]}/{escaped(name)}", mapping(spot[1]).get(name)


def _led(contract: Contract, reference: Json) -> Spot:
    return unquote(text(reference)), contract.resolve(reference)


def _merged(layers: list[dict[str, Spot]]) -> dict[str, Spot]:
    """One mapping of several; of two entries under a name, the first one stands."""
    return {name: one for layer in reversed(layers) for name, one in layer.items()}


def _canonical(value: object) -> str:
    # As text, because Python holds 1, 1.0 and True for equal.
    return json.dumps(value, sort_keys=True)


def _route(path: str, operation: Place) -> str:
    """What the wire sees of an operation: the method, and the path with its parameters left blank."""
    return f"{operation.pointer.rpartition('/')[2].upper()} {re.sub('{[^{}]*}', '{}', path)}"


def _moves(old: Contract, new: Contract) -> dict[str, str]:
    """The operations that kept their id and got another method or path: the old route by the new one."""
    was, now = [
        {_route(path, place): text(place.value.get("operationId")) for path, _, place in contract.operations()}
        for contract in (old, new)
    ]
    left = {name: route for route, name in was.items() if name and route not in now}
    return {route: left[name] for route, name in now.items() if route not in was and name in left}


def _schemes(contract: Contract) -> dict[str, dict[str, Json]]:
    found = mapping(mapping(contract.data.get("components")).get("securitySchemes"))
    return {name: contract.follow(one) for name, one in found.items()}


def _renamings(old: Contract, new: Contract) -> dict[str, str]:
    """The security schemes that got another name, which shows in the contract only: the old one by the new one."""
    was, now = _schemes(old), _schemes(new)
    left = {_canonical(_essence(scheme)): name for name, scheme in was.items() if name not in now}
    essences = {name: _canonical(_essence(scheme)) for name, scheme in now.items() if name not in was}
    return {name: left[essence] for name, essence in essences.items() if essence in left}


def _essence(scheme: dict[str, Json]) -> dict[str, Json]:
    """What of a security scheme is more than words."""
    return {name: scheme[name] for name in _ESSENTIAL if name in scheme}


def _credential(scheme: dict[str, Json]) -> str:
    match scheme.get("type"):
        case "apiKey":
            return f"the {text(scheme.get('in'))} {quoted(scheme.get('name'))}"
        case "http":
            return quoted(f"Authorization: {text(scheme.get('scheme')).capitalize()}")
        case kind:
            return quoted(kind)


# --- Differences ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Rule:
    """How grave a difference is, and what to say of it.

    Attributes:
        kind: what it is called in a `Change`.
        verdict: how grave it is; or the direction in which it breaks nobody.
        sentence: what it means, with the fields `label` and `owner` of the fact, and `was` and `now` for its texts.
    """

    kind: str
    verdict: Level | Direction
    sentence: str


_BREAKING, _ADDITION, _DOCUMENTATION = Level
_REQUEST, _RESPONSE = Direction
_TYPES: Final = "{label} is {now}, and was {was}."
_LIMITED: Final = "not every value fits that did before."
_UNLIMITED: Final = "values fit that did not before."

# By the kind of the fact, and what happened to it. Of what is not listed, other facts tell.
_RULES: Final = {
    ("server", "gone"): _Rule("server-removed", _BREAKING, "{label} is no longer described."),
    ("server", "new"): _Rule("server-added", _ADDITION, "{label} is new."),
    ("operation", "gone"): _Rule("operation-removed", _BREAKING, "{label} is gone: there is no {was} any more."),
    ("operation", "new"): _Rule("operation-added", _ADDITION, "{label} is new: {now}."),
    ("operation", "changed"): _Rule(
        "operation-moved", _BREAKING, "{label} sends {now}, and sent {was}: mocks and recordings no longer match."
    ),
    ("module", "changed"): _Rule("module-renamed", _BREAKING, "{was} is now {now}: imports of the old name fail."),
    ("argument", "gone"): _Rule("parameter-removed", _BREAKING, "{label} of {owner} is gone: calls that give it fail."),
    ("argument", "new"): _Rule("parameter-added", _ADDITION, "{label} of {owner} is new, and may be left out."),
    ("argument", "new, needed"): _Rule(
        "parameter-added", _BREAKING, "{label} of {owner} is new, and has to be given: calls without it fail."
    ),
    ("argument", "needed"): _Rule("became-required", _BREAKING, "{label} has to be given: calls without it fail."),
    ("argument", "not needed"): _Rule("became-optional", _ADDITION, "{label} may be left out."),
    ("argument name", "changed"): _Rule(
        "parameter-renamed", _BREAKING, "the argument {was} is now {now}: calls that name it fail."
    ),
    ("style", "changed"): _Rule("parameter-style", _BREAKING, "{label} is written into the request in another way."),
    ("media type", "gone"): _Rule("media-type-removed", _BREAKING, "{label} is no longer {was}."),
    ("media type", "new"): _Rule("media-type-added", _ADDITION, "{label} may be {now}."),
    ("answer", "gone"): _Rule("response-removed", _BREAKING, "{label} of {owner} is no longer described, nor parsed."),
    ("answer", "new"): _Rule("response-added", _ADDITION, "{label} of {owner} is described, and parsed."),
    ("header", "gone"): _Rule("header-removed", _BREAKING, "{label} no longer comes with this answer."),
    ("header", "new"): _Rule("header-added", _ADDITION, "{label} may come with this answer."),
    ("header", "new, needed"): _Rule("header-added", _ADDITION, "{label} comes with this answer."),
    ("header", "needed"): _Rule("became-required", _ADDITION, "{label} always comes with this answer."),
    ("header", "not needed"): _Rule("became-optional", _BREAKING, "{label} may be missing from this answer."),
    ("security", "gone"): _Rule("security-removed", _BREAKING, "{label} can no longer be called with {was}."),
    ("security", "new"): _Rule("security-added", _ADDITION, "{label} can be called with {now}."),
    ("scheme", "changed"): _Rule("security-scheme", _BREAKING, "{label} goes as {now}, and went as {was}."),
    ("class", "gone"): _Rule("class-removed", _BREAKING, "the class {label} is gone: imports of it fail."),
    ("class", "new"): _Rule("class-added", _ADDITION, "the class {label} is new."),
    ("inner class", "gone"): _Rule("class-removed", _BREAKING, "the class {label} is gone: imports of it fail."),
    ("property", "gone"): _Rule("property-removed", _BREAKING, "{label} is gone: code that uses it fails."),
    ("property", "new"): _Rule("property-added", _ADDITION, "{label} is new: {now}, may be absent."),
    ("property", "new, needed"): _Rule("property-added", _RESPONSE, "{label} is new: {now}, has to be there."),
    ("property", "needed"): _Rule("became-required", _RESPONSE, "{label} has to be there: it is never `UNSET`."),
    ("property", "not needed"): _Rule("became-optional", _REQUEST, "{label} may be absent: it is `UNSET` then."),
    ("value", "gone"): _Rule("enum-value-removed", _BREAKING, "{label} is gone: code that names it fails."),
    ("value", "new"): _Rule("enum-value-added", _ADDITION, "{label} is new."),
    ("value", "changed"): _Rule("enum-member-renamed", _BREAKING, "{was} is now {now}: code that names it fails."),
    ("type", "tighter"): _Rule("type-narrowed", _RESPONSE, _TYPES),
    ("type", "looser"): _Rule("type-widened", _REQUEST, _TYPES),
    ("type", "changed"): _Rule("type-changed", _BREAKING, _TYPES),
    ("limit", "new"): _Rule("limit-tightened", _RESPONSE, "{label} is new ({now}): " + _LIMITED),
    ("limit", "gone"): _Rule("limit-loosened", _REQUEST, "{label} is gone ({was}): " + _UNLIMITED),
    ("limit", "tighter"): _Rule("limit-tightened", _RESPONSE, "{label} went from {was} to {now}: " + _LIMITED),
    ("limit", "looser"): _Rule("limit-loosened", _REQUEST, "{label} went from {was} to {now}: " + _UNLIMITED),
    ("limit", "changed"): _Rule("limit-changed", _BREAKING, "{label} went from {was} to {now}: " + _LIMITED),
    ("default", "new"): _Rule("default-added", _ADDITION, "{label} is {now} now."),
    ("default", "gone"): _Rule("default-removed", _BREAKING, "{label} was {was}: who leaves it out gets none now."),
    ("default", "changed"): _Rule("default-changed", _BREAKING, "{label} is {now}, and was {was}."),
    ("deprecation", "new"): _Rule("deprecated", _ADDITION, "{label} is deprecated."),
    ("deprecation", "gone"): _Rule("not-deprecated", _DOCUMENTATION, "{label} is no longer deprecated."),
    ("code", "new"): _Rule("error-code", _ADDITION, "{label} is described; advice and retries go by it."),
    ("code", "gone"): _Rule(
        "error-code", _ADDITION, "{label} is no longer described: no advice, and no retries by it."
    ),
    ("code fact", "new"): _Rule("error-code", _ADDITION, "{label} is {now}; advice and retries go by it."),
    ("code fact", "gone"): _Rule(
        "error-code", _ADDITION, "{label} was {was}, and is gone; advice and retries go by it."
    ),
    ("code fact", "changed"): _Rule(
        "error-code", _ADDITION, "{label} is {now}, and was {was}; advice and retries go by it."
    ),
    ("words", "new"): _Rule("wording", _DOCUMENTATION, "{label} is new."),
    ("words", "gone"): _Rule("wording", _DOCUMENTATION, "{label} is gone."),
    ("words", "changed"): _Rule("wording", _DOCUMENTATION, "{label} changed."),
}


def _difference(was: Fact | None, now: Fact | None, old: Contract, new: Contract) -> Change | None:
    """The change that there is between two facts; None where there is none, or other facts tell of it."""
    fact, contract = (now, new) if now else (was, old)
    rule = _RULES.get((fact.kind, _happened(was, now))) if fact else None
    if fact is None or rule is None:
        return None
    level = rule.verdict
    if isinstance(level, Direction):
        level = Level.BREAKING if (was or fact).direction & ~level else Level.ADDITION
    texts = {"was": was.text if was else "", "now": now.text if now else ""}
    said = rule.sentence.format(label=fact.label, owner=fact.owner, **texts)
    place = contract.problem(fact.pointer, said[:1].upper() + said[1:])
    return Change(level, rule.kind, place.message, place.pointer, place.line, place.file)


def _happened(was: Fact | None, now: Fact | None) -> str:
    if was is None or now is None:
        return "gone" if now is None else "new, needed" if now.needed else "new"
    if was.needed != now.needed:
        return "needed" if now.needed else "not needed"
    if isinstance(was.value, frozenset) and isinstance(now.value, frozenset):
        return _types_moved(was.value, now.value)
    if was.kind == now.kind == "limit":
        return _limit_moved(cast("Limit", was.value), cast("Limit", now.value))
    return "changed" if was.value != now.value else ""


def _types_moved(was: frozenset[_Type], now: frozenset[_Type]) -> str:
    narrower = all(any(one.fits(other) for other in was) for one in now)
    wider = all(any(one.fits(other) for other in now) for one in was)
    return "" if was == now else "tighter" if narrower else "looser" if wider else "changed"


def _limit_moved(was: Limit, now: Limit) -> str:
    name, before, after = was[0], was[1], now[1]
    if _canonical(before) == _canonical(after):
        return ""
    if isinstance(before, list) and isinstance(after, list) and name == "enum":
        values = [{_canonical(one) for one in side} for side in (before, after)]
        return "tighter" if values[0] > values[1] else "looser" if values[0] < values[1] else "changed"
    if isinstance(before, int | float) and isinstance(after, int | float) and name in _LOWER + _UPPER:
        inward = after > before if name in _LOWER else after < before
        return "tighter" if inward else "looser" if after != before else ""
    return "changed"
