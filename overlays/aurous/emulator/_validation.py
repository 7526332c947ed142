"""Requests, held against the contract: what is missing, malformed or out of range is refused, as documented."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.datastructures import QueryParams

from ._catalogue import Catalogue
from ._content import FORM, Content, UploadedFile
from ._contract import Operation, Parameter, RequestBody, is_json
from ._schemas import Misfit, Schemas

_LONGEST: Final = 200
_OUT_OF_RANGE: Final = frozenset(
    {
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "minProperties",
        "maxProperties",
    }
)
_CHECKED_BEFORE: Final = "aurous-version"  # It has a code of its own.


class Validation:
    """Holds the requests for one operation against the contract.

    Each method raises `RefusalError` for the first thing that does not fit. What the contract does not know, such as
    another query parameter, is ignored: the documentation does not say that it is refused, and objects are open there.
    """

    def __init__(self, operation: Operation, schemas: Schemas, catalogue: Catalogue) -> None:
        self._operation = operation
        self._schemas = schemas
        self._catalogue = catalogue

    def parameters(self, place: str, given: Mapping[str, list[str]]) -> dict[str, Any]:
        """The parameters of the path, the query or the headers that were given, as JSON values."""
        values: dict[str, Any] = {}
        for parameter in self._operation.parameters:
            if parameter.place != place or parameter.name.lower() == _CHECKED_BEFORE:
                continue
            texts = given.get(parameter.name if place != "header" else parameter.name.lower())
            if texts:
                values[parameter.name] = self._parameter(parameter, texts)
            elif parameter.required:
                raise self._catalogue.refusal("missing_field", f"{parameter.name} is missing.", param=parameter.name)
        return values

    def _parameter(self, parameter: Parameter, texts: list[str]) -> Any:
        value = self._schemas.value(parameter.schema, texts)
        if parameter.schema:
            self._fits(parameter.schema, value, (parameter.name,))
        return value

    def body(self, content: Content) -> Any:
        """The body: a JSON value, the fields of a form, or None where there is none."""
        bodies = self._operation.bodies
        if not bodies:
            return None  # What is sent all the same is ignored, as other unknown things are.
        if not content.raw:
            # As if it were an object without fields, so that the first one which is missing can be named.
            return self._json(bodies[0], {}) if bodies[0].required else None
        body = next((each for each in bodies if _is_same(each.media_type, content.media_type)), None)
        if body is None:
            wanted = " or ".join(each.media_type for each in bodies)
            raise self._malformed(f"The body has to be {wanted}, and is {content.media_type or 'of no type'}.")
        if content.problem:
            raise self._malformed(f"The body is not {content.media_type}: {content.problem}.")
        return self._form(body, content) if body.media_type == FORM else self._json(body, content.data)

    def _json(self, body: RequestBody, data: Any) -> Any:
        if body.schema:
            self._fits(body.schema, data, ())
        return data

    def _form(self, body: RequestBody, content: Content) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, parts in content.form.items():
            schema = self._schemas.property(body.schema, name)
            # To a schema, a file is a text with one character for each byte, so that lengths count bytes.
            texts = [part if isinstance(part, str) else part.content.decode("latin-1") for part in parts]
            values[name] = self._schemas.value(schema, texts, commas=False)
        self._json(body, values)
        files = {name: parts for name, parts in content.form.items() if isinstance(parts[0], UploadedFile)}
        return values | {name: parts[0] if len(parts) == 1 else parts for name, parts in files.items()}

    def _fits(self, schema: str, value: Any, around: tuple[str, ...]) -> None:
        misfit = self._schemas.misfit(schema, value)
        if misfit is not None:
            raise self._refusal(misfit, around)

    def _refusal(self, misfit: Misfit, around: tuple[str, ...]) -> Exception:
        # How a nested field is named is not documented. Here: the steps to it, with dots between (`messages.0.role`).
        # A name may hold half of a surrogate pair, which no response can.
        param = ".".join((*around, *misfit.path)).encode("utf-8", "replace").decode() or None
        if misfit.keyword == "required":
            return self._catalogue.refusal("missing_field", f"{param} is missing.", param=param)
        code = "value_out_of_range" if misfit.keyword in _OUT_OF_RANGE else "invalid_format"
        reason = misfit.reason if len(misfit.reason) <= _LONGEST else f"{misfit.reason[:_LONGEST]}..."
        return self._catalogue.refusal(code, f"{param or 'The body'}: {reason}", param=param)

    def _malformed(self, message: str) -> Exception:
        return self._catalogue.refusal("invalid_format", message)


def _is_same(documented: str, sent: str) -> bool:
    return documented == sent or (is_json(documented) and is_json(sent))


def grouped(query: QueryParams) -> dict[str, list[str]]:
    """The parameters of a query, each with all that was given for it."""
    return {name: query.getlist(name) for name in query}


def as_sent(values: Mapping[str, list[str]]) -> dict[str, str | list[str]]:
    """The same, with a list only where a parameter was repeated."""
    return {name: texts[0] if len(texts) == 1 else texts for name, texts in values.items()}
