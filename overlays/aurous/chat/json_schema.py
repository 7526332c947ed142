"""JSON Schema, brought to the subset that the API documents for structured output (API_FACTS 2.1), and read by it.

The subset: the seven types, `properties`, `required`, `additionalProperties: false`, `enum` of strings and numbers,
`items`, `anyOf`, `oneOf`, local `$ref`, `description`. What the API keeps to as well as it can is left in: `pattern`,
`format`, `minimum`, `maximum`, `minLength`, `maxLength`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NoReturn, cast

from aurous._errors import ConfigurationError
from aurous._text import json_kind
from aurous.chat.json_reading import Member, Reader, array, as_array, choice, either, object_of, once, pointer, scalar

_IN_ROOT: Final = ("#/$defs/", "#/definitions/")
_KEYWORDS: Final = {
    "object": ("properties", "required", "additionalProperties"),
    "array": ("items",),
    "string": ("enum", "pattern", "format", "minLength", "maxLength"),
    "integer": ("enum", "format", "minimum", "maximum"),
    "number": ("enum", "format", "minimum", "maximum"),
    "boolean": (),
    "null": (),
}
"""The types, with the keywords that say more of each."""
_KINDS: Final[Mapping[Any, tuple[str, ...]]] = {
    str: ("string",),
    int: ("integer", "number"),
    float: ("number",),
    type(None): ("null",),
}
"""The types that a value may have which is to be chosen."""
_ANNOTATIONS: Final = frozenset({
    "title", "default", "example", "examples", "deprecated", "readOnly", "writeOnly", "discriminator",
    "$schema", "$id", "$comment",
})  # fmt: skip
"""Say nothing of what fits, and are dropped."""
_LIMITS: Final = frozenset({
    "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties", "multipleOf",
    "exclusiveMinimum", "exclusiveMaximum", "contentEncoding", "contentMediaType",
})  # fmt: skip
"""Limits that the API does not know."""
_NO_MAPS: Final = ("the API knows no maps", "name the properties, or use an array of objects with a key and a value")
_PROBLEMS: Final = {
    "patternProperties": _NO_MAPS,
    "propertyNames": _NO_MAPS,
    "prefixItems": ("the API knows no tuples", "use an object with a property for each item, or an array"),
}
_SCALARS: Final = {
    "string": scalar("a string", (str,)),
    "integer": scalar("an integer", (int,)),
    "number": scalar("a number", (int, float)),
    "boolean": scalar("a boolean", (bool,)),
    "null": scalar("null", (type(None),)),
}


def to_subset(schema: Mapping[str, Any], *, is_checked: bool = False) -> dict[str, Any]:
    """The schema in the words that the API documents.

    Args:
        schema: JSON Schema.
        is_checked: Whether the answer is held against the original afterwards: then limits that the API does not know
            are left out, rather than refused.

    Raises:
        ConfigurationError: It says what the subset cannot; the message has the JSON pointer of the place.
    """
    try:
        return _Subset(schema, is_checked=is_checked).whole()
    except RecursionError:
        reason = "the JSON Schema is nested too deep. To do: put what holds itself under $defs, and refer to it"
    raise ConfigurationError(reason)


class _Subset:
    def __init__(self, schema: Mapping[str, Any], *, is_checked: bool) -> None:
        self._schema = schema
        self._is_checked = is_checked
        self._wanted: dict[str, str] = {}
        """The definitions that are referred to: the place of each in the schema."""

    def whole(self) -> dict[str, Any]:
        root = {name: value for name, value in self._schema.items() if name not in ("$defs", "definitions")}
        at, seen = "", set[str]()
        while "$ref" in root:  # what is asked for is to be an object, as far as that can be
            name, at = self._target(root.pop("$ref"), at)
            if name in seen or not name:
                _refuse(at, "a reference leads to itself", "write out what is meant")
            seen.add(name)
            root = {**self._known(self._definition(at), at), **root}
        result, definitions = self._node(root, at), dict[str, Any]()
        while waiting := [name for name in self._wanted if name not in definitions]:
            place = self._wanted[waiting[0]]
            definitions[waiting[0]] = self._node(self._definition(place), place)
        return {**result, "$defs": definitions} if definitions else result

    def _target(self, reference: object, at: str) -> tuple[str, str]:
        """The name of the definition that a reference leads to, empty for the root, and its place."""
        if reference == "#":
            return "", ""
        if isinstance(reference, str):
            for start in _IN_ROOT:
                name = reference.removeprefix(start)
                if name != reference and self._definition(reference[1:]) is not None:
                    return name, reference[1:]
        return _refuse(
            pointer(at, "$ref"),
            "the reference leads to no definition of this schema",
            "put what is meant under $defs, and refer to that",
        )

    def _definition(self, place: str) -> Any:
        _, where, name = place.split("/", 2)
        return (_mapping(self._schema.get(where)) or {}).get(name)

    def _node(self, given: object, at: str) -> dict[str, Any]:
        schema = self._known(given, at)
        description = schema.pop("description", None)
        result = self._form(schema, at)
        return {**result, "description": description} if isinstance(description, str) else result

    def _known(self, given: object, at: str) -> dict[str, Any]:
        """The keywords, without those that only annotate, and with some written as others."""
        known = dict(_mapping(given) or {})
        if not isinstance(given, Mapping):
            _refuse(at, f"a schema is an object, this is {json_kind(given)}", 'write one that says its "type"')
        parts = as_array(known.pop("allOf", None))
        if parts is not None:
            only = _mapping(parts[0]) if len(parts) == 1 else None
            if only is None:
                _refuse(pointer(at, "allOf"), "the API knows no allOf of several schemas", "write them as one")
            known = {**only, **known}
        if "const" in known:
            known["enum"] = [known.pop("const")]
        return {
            name: value
            for name, value in known.items()
            if name not in _ANNOTATIONS and not (self._is_checked and name in _LIMITS)
        }

    def _form(self, schema: dict[str, Any], at: str) -> dict[str, Any]:
        forms = [form for form in ("$ref", "anyOf", "oneOf") if form in schema]
        if not forms:
            return self._typed(schema, at)
        form = forms[0]
        value = schema.pop(form)
        if schema:
            _refuse(pointer(at, next(iter(schema))), f"it stands beside {form}", "say it in each schema that is meant")
        if form == "$ref":
            name, place = self._target(value, at)
            if not name:
                return {"$ref": "#"}
            self._wanted[name] = place
            return {"$ref": f"#/$defs/{name}"}
        options = as_array(value)
        if not options:
            _refuse(pointer(at, form), "it is no list of schemas", "write one")
        return {form: [self._node(each, pointer(pointer(at, form), index)) for index, each in enumerate(options)]}

    def _typed(self, schema: dict[str, Any], at: str) -> dict[str, Any]:
        given = schema.pop("type", None)
        types = as_array(given) or ([] if given is None else [given])
        if any(each not in list(_KEYWORDS) for each in types):
            _refuse(pointer(at, "type"), "JSON has no such type", f"write one of {', '.join(_KEYWORDS)}")
        values = self._values(schema.pop("enum", None), types, at)
        if not types and not values:
            _refuse(at, "it has no type, so anything fits", 'say its "type"')
        allowed = {keyword for each in values or types for keyword in _KEYWORDS[each]}
        for keyword in schema:
            if keyword not in allowed:
                unknown = "the API does not know this keyword here", "leave it out, or say it in the description"
                _refuse(pointer(at, keyword), *_PROBLEMS.get(keyword, unknown))
        options = [self._of_type(each, schema, values.get(each), at) for each in values or types]
        return options[0] if len(options) == 1 else {"anyOf": options}

    @staticmethod
    def _values(enum: object, types: list[Any], at: str) -> dict[str, list[Any]]:
        """The values of an enum, by type."""
        values: dict[str, list[Any]] = {}
        for value in as_array(enum) or []:
            kinds = _KINDS.get(type(value))
            if kinds is None:
                _refuse(pointer(at, "enum"), f"{json_kind(value)} is no choice", "choose among strings or numbers")
            kind = next((kind for kind in kinds if kind in types or not types), None)
            if kind is not None:
                values.setdefault(kind, []).append(value)
        if enum is not None and not values:
            _refuse(pointer(at, "enum"), "no value fits", "list the values, of the type that is said")
        return values

    def _of_type(self, kind: str, schema: dict[str, Any], values: list[Any] | None, at: str) -> dict[str, Any]:
        result: dict[str, Any] = {"type": kind}
        result |= {keyword: schema[keyword] for keyword in _KEYWORDS[kind] if keyword in schema}
        if values and kind != "null":
            result["enum"] = values
        if kind == "array":
            result["items"] = self._node(schema.get("items", {}), pointer(at, "items"))
        return self._of_object(result, at) if kind == "object" else result

    def _of_object(self, schema: dict[str, Any], at: str) -> dict[str, Any]:
        others = schema.pop("additionalProperties", True)
        properties = _mapping(schema.get("properties", {}))
        if not isinstance(others, bool) or (others and not properties):
            _refuse(pointer(at, "additionalProperties"), *_NO_MAPS)
        within = pointer(at, "properties")
        if properties is None:
            _refuse(within, "it is no object", "write one, with a schema for each name")
        required = as_array(schema.get("required", []))
        if required is None or any(name not in list(properties) for name in required):
            _refuse(pointer(at, "required"), "it is no list of the properties", "name those that are required, if any")
        schema["properties"] = {name: self._node(each, pointer(within, name)) for name, each in properties.items()}
        return schema if others else {**schema, "additionalProperties": False}


def _mapping(value: object) -> Mapping[str, Any] | None:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else None


def _refuse(at: str, problem: str, remedy: str) -> NoReturn:
    raise ConfigurationError(f"the JSON Schema cannot be used, at {at or 'its root'}: {problem}. To do: {remedy}")


def reader_of(schema: Mapping[str, Any]) -> Reader:
    """Reads data that fits a schema of the subset, as it is. What the API keeps to as well as it can is not checked."""
    readers: dict[str, Reader] = {}

    def of(node: Mapping[str, Any]) -> Reader:
        if "$ref" in node:
            return _later(readers, node["$ref"])
        options = node.get("anyOf") or node.get("oneOf")
        if options:
            return either([of(option) for option in options])
        if "enum" in node:
            return choice([(value, value) for value in node["enum"]])
        if node["type"] == "array":
            return array(of(node["items"]))
        return _object(node) if node["type"] == "object" else _SCALARS[node["type"]]

    def _object(node: Mapping[str, Any]) -> Reader:
        required = node.get("required", ())
        members = {name: Member(of(each), name in required, name) for name, each in node["properties"].items()}
        return object_of(members, dict, closed="additionalProperties" in node)

    readers["#"] = once(of(schema))
    readers |= {f"#/$defs/{name}": once(of(each)) for name, each in schema.get("$defs", {}).items()}
    return readers["#"]


def _later(readers: Mapping[str, Reader], name: str) -> Reader:
    """The reader of this name, which may not be there before all are made."""

    def read(value: Any, at: str) -> Any:
        return readers[name](value, at)

    return read
