"""JSON Schema, as far as the lint needs it: where a value does not fit, and why, in plain data."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, cast
from urllib.parse import quote

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.exceptions import best_match as _best_match  # pyright: ignore[reportUnknownVariableType]
from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]  # pyright: ignore[reportMissingTypeStubs]
from openapi_spec_validator.schemas import schema_v31  # pyright: ignore[reportUnknownVariableType]
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from openapi.document import Json, escaped, quoted

_DIALECT: Final = "https://json-schema.org/draft/2020-12/"
_OPENAPI_KEYWORDS: Final = ("discriminator", "example", "externalDocs", "xml")

_FORMATS = Draft202012Validator.FORMAT_CHECKER
_META = cast("dict[str, Any]", Draft202012Validator.META_SCHEMA)
_VALIDATOR = cast("Any", Draft202012Validator)
_REGISTRY = cast("Any", REGISTRY)
best_match = cast("Callable[[Iterable[ValidationError]], ValidationError]", _best_match)


@dataclass(frozen=True)
class Misfit:
    """One place at which a value does not fit its schema.

    Attributes:
        path: the place, a JSON pointer from the value; empty for the value itself.
        keyword: the keyword of the schema that it breaks.
        wanted: what the schema has at that keyword.
        found: what stands at the place.
        known: the names that the schema gives the properties there.
        surplus: the names there that the schema has no use for.
        reason: why it does not fit, in the words of the validator.
    """

    path: str
    keyword: str
    wanted: Json
    found: Json
    known: tuple[str, ...]
    surplus: tuple[str, ...]
    reason: str


def misfits_of_document(document: dict[str, Json]) -> list[Misfit]:
    """Where a document does not have the form of OpenAPI 3.1. Its schemas are not looked into."""
    return _misfits(_openapi().iter_errors(document))


@cache
def _openapi() -> Any:
    """The validator for OpenAPI 3.1; its registry is searched for anchors once, and not for each reference anew."""
    schema = cast("dict[str, Any]", dict(schema_v31))
    registry = _REGISTRY.with_resource(schema["$id"], DRAFT202012.create_resource(schema)).crawl()
    return _VALIDATOR({"$ref": schema["$id"]}, registry=registry)


def misfits_of_schema(schema: dict[str, Json]) -> list[Misfit]:
    """Where a schema is none."""
    return _misfits(_VALIDATOR(_META, format_checker=_FORMATS).iter_errors(schema))


def checker(document: dict[str, Json]) -> Callable[[str, Json], list[Misfit]]:
    """Return a function that holds a value against the schema at a pointer of the document.

    That function raises whatever the validator does where a schema or a reference is broken. It never fetches anything.
    """
    registry = Registry[Any]().with_resource("urn:contract", DRAFT202012.create_resource(document))

    def check(pointer: str, value: Json) -> list[Misfit]:
        schema = {"$ref": "urn:contract#" + quote(pointer.removeprefix("#"), safe="/~")}
        validator = _VALIDATOR(schema, registry=registry, format_checker=_FORMATS)
        return _misfits(validator.iter_errors(value))

    return check


def schema_keywords() -> frozenset[str]:
    """Return the keywords that a schema may have: those of JSON Schema 2020-12, and the four that OpenAPI adds."""
    parts = [_REGISTRY.contents(f"{_DIALECT}{part['$ref']}") for part in _META["allOf"]]
    return frozenset(keyword for part in parts for keyword in part["properties"]).union(_OPENAPI_KEYWORDS)


def _misfits(errors: object) -> list[Misfit]:
    return [_misfit(best_match([error])) for error in cast("Iterator[ValidationError]", errors)]


def _misfit(error: ValidationError) -> Misfit:
    schema, found = cast("Json", error.schema), cast("Json", error.instance)
    properties = schema.get("properties") if isinstance(schema, dict) else None
    names = found if error.validator == "unevaluatedProperties" and isinstance(found, dict) else {}
    return Misfit(
        path="".join(f"/{escaped(str(part))}" for part in error.absolute_path),
        keyword=str(error.validator),
        wanted=cast("Json", error.validator_value),
        found=found,
        known=tuple(properties) if isinstance(properties, dict) else (),
        surplus=tuple(name for name in names if repr(name) in error.message),  # nothing but the words of it tells
        reason=_reason(error),
    )


def _reason(error: ValidationError) -> str:
    """Why a value does not fit; where the schema has alternatives, why it fits none of them."""
    if error.validator not in ("oneOf", "anyOf"):
        return quoted(error.message)
    if not error.context:
        return "it fits more than one of the alternatives"
    said: dict[object, str] = {}
    for inner in error.context:
        said.setdefault(inner.relative_schema_path[0], quoted(inner.message))
    return f"it fits none of the alternatives: {', '.join(said.values())}"
