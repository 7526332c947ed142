"""What a schema may say: all of it is honoured, or refused here with a way out. Nothing is dropped in silence."""

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Final

from openapi.contract import Contract, mapping, sequence, text
from openapi.document import Json, Problem, escaped, quoted
from openapi.rules import suggestion
from openapi.schemas import alternatives, constants_of, fields_of, parts_of, required_of, types_named, types_of

_WORDS: Final = frozenset({"deprecated", "description", "examples", "summary", "title"})
_LIST: Final = "Describe a list with `items`."
_OPEN: Final = "Leave it out: objects are open, and the server judges what it takes."
_SAY: Final = "Say it in the description."
_PARTS: Final = "Describe the fields as optional, and say in the description when each is there."
_REFER: Final = "Move what it is about to `components`, and refer to it by `$ref`."
_NOT_HONOURED: Final = {
    "$anchor": _REFER,
    "$defs": _REFER,
    "$dynamicAnchor": _REFER,
    "$dynamicRef": _REFER,
    "$id": _REFER,
    "$schema": "Remove it: the contract is in one dialect.",
    "contains": _LIST,
    "contentEncoding": _SAY,
    "contentMediaType": _SAY,
    "contentSchema": _SAY,
    "default": "What is not given is not sent. Say in the description what the server then takes.",
    "dependentRequired": _PARTS,
    "dependentSchemas": _PARTS,
    "else": _PARTS,
    "if": _PARTS,
    "not": "Describe what the value is, and say in the description what it is not.",
    "patternProperties": "Describe the further fields with `additionalProperties`.",
    "prefixItems": _LIST,
    "propertyNames": _SAY,
    "readOnly": "Make two schemas, one for what is sent and one for what is received.",
    "then": _PARTS,
    "unevaluatedItems": _LIST,
    "unevaluatedProperties": _OPEN,
    "writeOnly": "Make two schemas, one for what is sent and one for what is received.",
}
"""The keywords that nothing here looks at, and what to write instead."""

_BESIDE: Final = ("additionalProperties", "allOf", "anyOf", "const", "enum", "items", "oneOf", "properties", "required")

_STRING: Final = frozenset({"string"})
_INTEGER: Final = frozenset({"integer"})
_NUMBER: Final = frozenset({"integer", "number"})
FORMATS: Final = {
    **dict.fromkeys(("date", "date-time", "time", "duration", "uuid"), _STRING),
    **dict.fromkeys(("email", "idn-email", "hostname", "idn-hostname", "ipv4", "ipv6"), _STRING),
    **dict.fromkeys(("uri", "uri-reference", "uri-template", "iri", "iri-reference", "json-pointer"), _STRING),
    **dict.fromkeys(("relative-json-pointer", "regex", "binary", "byte", "password"), _STRING),
    **dict.fromkeys(("int32", "int64"), _INTEGER),
    **dict.fromkeys(("float", "double"), _NUMBER),
}
"""The formats of JSON Schema and OpenAPI, and the types that each goes with. Most are words to readers."""


def keywords(contract: Contract) -> Iterator[Problem]:
    """Every keyword has an effect on what is generated, or is words: no other is let through."""
    for place in contract.of_kind("schema"):
        for keyword, remedy in _NOT_HONOURED.items():
            if keyword in place.value:
                pointer = f"{place.pointer}/{escaped(keyword)}"
                yield contract.problem(pointer, f"{quoted(keyword)} is not honoured. {remedy}")


def siblings(contract: Contract) -> Iterator[Problem]:
    """Beside a reference stand words only. The generator drops the rest."""
    for place in contract.of_kind("schema"):
        if "$ref" not in place.value:
            continue
        for keyword in place.value.keys() - _WORDS - {"$ref"} - _NOT_HONOURED.keys():
            if not keyword.startswith("x-"):
                message = f"{quoted(keyword)} beside a reference would be dropped. Write `allOf: [{{$ref: …}}, {{…}}]`."
                yield contract.problem(f"{place.pointer}/{escaped(keyword)}", message)


def nullable_enums(contract: Contract) -> Iterator[Problem]:
    """Null is no value of an enum. The generator makes three classes of an enum with null."""
    for place in contract.of_kind("schema"):
        values = sequence(place.value.get("enum"))
        if values and (None in values or "null" in types_named(place.value)):
            message = "an enum that may be null. Make the enum a component without null, and write "
            message += '`anyOf: [{$ref: …}, {type: "null"}]` where it is used.'
            yield contract.problem(f"{place.pointer}/{'type' if None not in values else 'enum'}", message)


def choices(contract: Contract) -> Iterator[Problem]:
    """Of `oneOf`, a value keeps to exactly one. Two objects whose fields go together can both fit: that is `anyOf`."""
    for place in contract.of_kind("schema"):
        listed = [one for choice in sequence(place.value.get("oneOf")) for one in alternatives(contract, choice)]
        objects = [one for one in listed if types_of(contract, one) == {"object"}]
        if any(not _differ(contract, first, second) for first, second in combinations(objects, 2)):
            message = "one object can keep to two of these, and is then invalid. Write `anyOf`, or tell them apart by "
            message += "a required field with other values (`const`, `enum`) in each."
            yield contract.problem(f"{place.pointer}/oneOf", message)


def _differ(contract: Contract, first: Json, second: Json) -> bool:
    """Whether a field tells two objects apart: one of them requires it, and no value of it fits both."""
    required = required_of(contract, first) | required_of(contract, second)
    ours, theirs = fields_of(contract, first), fields_of(contract, second)
    for name in required & ours.keys() & theirs.keys():
        values = [constants_of(contract.follow(fields[name])) for fields in (ours, theirs)]
        if all(listed is not None for listed in values) and not any(
            one in (values[1] or ()) for one in values[0] or ()
        ):
            return True
    return False


def combinations_of_parts(contract: Contract) -> Iterator[Problem]:
    """Alternatives stand alone: of what stands beside them, or is added to them by `allOf`, one would be dropped."""
    for place in contract.of_kind("schema"):
        choice = next((keyword for keyword in ("anyOf", "oneOf") if keyword in place.value), "")
        for keyword in _BESIDE if choice else ():
            if keyword in place.value and keyword != choice:
                message = (
                    f"{quoted(keyword)} beside `{choice}` would be dropped. Write it into each of the alternatives; "
                )
                message += "or describe the fields of all as optional, and say in the description when each is there."
                yield contract.problem(f"{place.pointer}/{keyword}", message)
        parts = sequence(place.value.get("allOf"))
        if len(parts) == 1 and "$ref" in mapping(parts[0]) and "properties" not in place.value:
            continue  # another name for what it refers to
        for index, part in enumerate(parts):
            if any("anyOf" in one or "oneOf" in one for one in parts_of(contract, part)):
                message = (
                    "alternatives within `allOf` would be dropped. Write `anyOf`, each with all fields that it has."
                )
                yield contract.problem(f"{place.pointer}/allOf/{index}", message)


def formats(contract: Contract) -> Iterator[Problem]:
    """A format is a known one, and goes with the type."""
    for place in contract.of_kind("schema"):
        if not isinstance(place.value.get("format"), str) or "$ref" in place.value:
            continue
        name, pointer = text(place.value["format"]), f"{place.pointer}/format"
        if name not in FORMATS:
            meant = suggestion(name, FORMATS)
            remedy = f"Did you mean {quoted(meant)}?" if meant else "Remove it, or say it in the description."
            yield contract.problem(pointer, f"{quoted(name)} is no format that JSON Schema or OpenAPI know. {remedy}")
            continue
        types = types_of(contract, place.value) - {"null"}
        if types and not types <= FORMATS[name]:
            message = (
                f"the format {quoted(name)} is one of {' and '.join(sorted(FORMATS[name]))}, and does nothing here. "
            )
            yield contract.problem(pointer, f"{message}Remove it, or correct the type.")


def closed(contract: Contract) -> Iterator[Problem]:
    """Objects are open: a field that the contract does not know is kept, whatever the contract says."""
    for place in contract.of_kind("schema"):
        if place.value.get("additionalProperties") is False:
            message = "fields that are not described here would be dropped. Remove it: objects stay open."
            yield contract.problem(f"{place.pointer}/additionalProperties", message)


RULES: Final[tuple[Callable[[Contract], Iterator[Problem]], ...]] = (
    keywords,
    siblings,
    nullable_enums,
    choices,
    combinations_of_parts,
    formats,
    closed,
)
