"""What OpenAPI and this project ask of the contract, whatever is generated from it."""

import difflib
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from openapi.contract import SAME_VALUE, SECTIONS, Contract, Place, mapping, sequence, subschemas, text
from openapi.document import Json, Problem, escaped, kind_of, quoted
from openapi.json_schema import Misfit, misfits_of_document, misfits_of_schema, schema_keywords
from openapi.schemas import fields_of

RETRIES: Final = ("never", "backoff", "after_hint", "if_in_flight")
SOURCES: Final = ("page", "mention", "sample")

_PATH_PARAMETER = re.compile(r"{([^{}]*)}")
_STATUSES = range(100, 600)
_TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
_INSTEAD = {"nullable": ' Write `type: [string, "null"]`, or `anyOf: [{$ref: …}, {type: "null"}]`.'}


def version(contract: Contract) -> Iterator[Problem]:
    """The generator knows OpenAPI 3.1, and so does this lint."""
    if _is_known(contract):
        return
    found = contract.data.get("openapi")
    place = "#/openapi" if "openapi" in contract.data else "#"
    said = f"OpenAPI {quoted(found)}" if "openapi" in contract.data else "no OpenAPI version"
    said = "Swagger 2" if "swagger" in contract.data else said
    yield contract.problem(place, f"{said} cannot be generated from. Write the contract in 3.1: `openapi: 3.1.0`.")


def _is_known(contract: Contract) -> bool:
    found = contract.data.get("openapi")
    return isinstance(found, str) and bool(re.fullmatch(r"3\.1\.\d+", found))


def structure(contract: Contract) -> Iterator[Problem]:
    """The document has the form that OpenAPI 3.1 gives it; schemas apart."""
    misfits = misfits_of_document(contract.data) if _is_known(contract) else []
    broken = {misfit.path for misfit in misfits if misfit.keyword != "unevaluatedProperties"}
    for misfit in misfits:
        # Whatever is wrong at a place also leaves its keys unevaluated: one message is enough.
        aftermath = misfit.keyword == "unevaluatedProperties" and misfit.path in broken
        if not aftermath:
            yield from _explained(contract, misfit, "#")


def schemas(contract: Contract) -> Iterator[Problem]:
    """Every schema is one (JSON Schema 2020-12), and no keyword of it is misspelt."""
    known = schema_keywords()
    for place in contract.of_kind("schema"):
        if not place.nested:
            for misfit in misfits_of_schema(place.value):
                yield from _explained(contract, misfit, place.pointer)
        for keyword in place.value:
            if keyword not in known and not keyword.startswith("x-"):
                remedy = _INSTEAD.get(keyword) or _advice(keyword, known)
                message = f"{quoted(keyword)} is no keyword of JSON Schema, and does nothing.{remedy}"
                yield contract.problem(f"{place.pointer}/{escaped(keyword)}", message)


def references(contract: Contract) -> Iterator[Problem]:
    """Every reference leads to a component of the right kind in this file, and not in a circle."""
    for place in contract.places:
        if "$ref" not in place.value:
            continue
        reference, pointer = place.value["$ref"], f"{place.pointer}/$ref"
        if not isinstance(reference, str):
            yield contract.problem(pointer, f"a reference is a text, and this is {kind_of(reference)}. Correct it.")
        elif not reference.startswith("#/"):
            message = f"{quoted(reference)} lies outside of this file, where the generator does not go. "
            yield contract.problem(pointer, f"{message}Copy it to `components`.")
        elif message := _misled(contract, place.kind, reference):
            yield contract.problem(pointer, message)
    yield from _circles(contract)


def _misled(contract: Contract, kind: str, reference: str) -> str:
    """What is wrong with a reference within the file; empty if nothing is."""
    section = SECTIONS.get(kind)
    if section is None:
        return f"a reference may not stand in place of {_with_article(kind)}. Write it out."
    start, name = f"#/components/{section}/", reference.rpartition("/")[2]
    if not isinstance(contract.resolve(reference), dict):
        components = mapping(mapping(contract.data.get("components")).get(section))
        return f"{quoted(reference)} leads nowhere.{_advice(name, components)}"
    if reference != start + name:
        where = f"`{start}…`, the only place where {_with_article(kind)} is looked for"
        return f"{quoted(reference)} is not in {where}. Move it there."
    return ""


def _circles(contract: Contract) -> Iterator[Problem]:
    """Find schemas that say what they are by themselves; a tree of trees does not, each is another value."""
    done: set[str] = set()

    def visit(schema: Place, above: tuple[str, ...]) -> Iterator[Problem]:
        reference = schema.value.get("$ref")
        if isinstance(reference, str) and reference in above:
            message = f"{quoted(reference)} is defined by itself. Break the circle."
            yield contract.problem(f"{schema.pointer}/$ref", message)
        elif isinstance(reference, str) and reference not in done:
            done.add(reference)
            yield from visit(Place("schema", reference, mapping(contract.resolve(reference))), (*above, reference))
        for inner in subschemas(schema.value, schema.pointer, SAME_VALUE):
            yield from visit(inner, above)

    for name, schema in mapping(mapping(contract.data.get("components")).get("schemas")).items():
        pointer = f"#/components/schemas/{escaped(name)}"
        if pointer not in done:
            done.add(pointer)
            yield from visit(Place("schema", pointer, mapping(schema)), (pointer,))


def security(contract: Contract) -> Iterator[Problem]:
    """What secures the operations, all of them or one, is a scheme of the contract."""
    schemes = mapping(mapping(contract.data.get("components")).get("securitySchemes"))
    places = [("#", contract.data), *((place.pointer, place.value) for _, _, place in contract.operations())]
    for pointer, value in places:
        for index, requirement in enumerate(sequence(value.get("security"))):
            for name in mapping(requirement):
                if name not in schemes:
                    message = f"there is no security scheme {quoted(name)}.{_advice(name, schemes)}"
                    yield contract.problem(f"{pointer}/security/{index}/{escaped(name)}", message)


def path_parameters(contract: Contract) -> Iterator[Problem]:
    """A path and its parameters name the same things."""
    for path, item, operation in contract.operations():
        wanted = _PATH_PARAMETER.findall(path)
        declared: set[str] = set()
        for parameter in contract.parameters(item, operation):
            name = text(parameter.value.get("name"))
            if parameter.value.get("in") == "path":
                declared.add(name)
                if name not in wanted:
                    message = f"the path has no {_in_braces(name)}.{_advice(name, wanted)}"
                    yield contract.problem(parameter.pointer, message)
        for name in wanted:
            if name not in declared:
                message = f"the path has {_in_braces(name)}, and no parameter is named so. "
                yield contract.problem(operation.pointer, f"{message}Declare it (`in: path`, `required: true`).")


def required(contract: Contract) -> Iterator[Problem]:
    """Every name in `required` is a property. The generator makes the field of a misspelt one optional, in silence."""
    for place in contract.of_kind("schema"):
        if not place.nested:
            yield from _required(contract, place, frozenset())


def _required(contract: Contract, place: Place, around: frozenset[str]) -> Iterator[Problem]:
    """Check a schema and those within; `around` are the properties that schemas around it give the same value."""
    properties = around | fields_of(contract, place.value).keys()
    for index, name in enumerate(sequence(place.value.get("required"))):
        if isinstance(name, str) and name not in properties:
            message = f"{quoted(name)} is required, and is no property.{_advice(name, properties)}"
            yield contract.problem(f"{place.pointer}/required/{index}", message)
    for inner in subschemas(place.value, place.pointer):
        keyword = inner.pointer.removeprefix(place.pointer).split("/")[1]
        yield from _required(contract, inner, properties if keyword in SAME_VALUE else frozenset())


def codes(contract: Contract) -> Iterator[Problem]:
    """The catalogue of error codes (`x-codes`) and the enum that it explains say the same."""
    for place in contract.of_kind("schema"):
        if "x-codes" not in place.value:
            continue
        catalogue = mapping(place.value["x-codes"])
        values = [text(value) for value in sequence(place.value.get("enum"))]
        for index, value in enumerate(values):
            if value not in catalogue:
                message = f"{quoted(value)} is not in `x-codes`. Say there what is known of it."
                yield contract.problem(f"{place.pointer}/enum/{index}", message)
        for code, entry in catalogue.items():
            pointer = f"{place.pointer}/x-codes/{escaped(code)}"
            if code not in values:
                yield contract.problem(pointer, f"{quoted(code)} is not in the enum.{_advice(code, values)}")
            yield from _code(contract, mapping(entry), pointer)


def _code(contract: Contract, entry: dict[str, Json], pointer: str) -> Iterator[Problem]:
    types = sequence(mapping(contract.resolve("#/components/schemas/ErrorType")).get("enum"))
    statuses = sequence(entry.get("status"))
    is_status = [isinstance(status, int) and status in _STATUSES for status in statuses]
    rules: dict[str, tuple[bool, str]] = {
        "status": (bool(statuses) and all(is_status), "a list of HTTP statuses"),
        "type": (entry.get("type", "") in [*types, None], f"one of {_listed(types)}, or null if it is not documented"),
        "retry": (entry.get("retry") in RETRIES, f"one of {_listed(RETRIES)}"),
        "source": (entry.get("source") in SOURCES, f"one of {_listed(SOURCES)}"),
        "inferred": (isinstance(entry.get("inferred", False), bool), "a boolean"),
        "when": (isinstance(entry.get("when"), str), "a text"),
        "remedy": (isinstance(entry.get("remedy", ""), str), "a text"),
    }
    for name, (fits, wanted) in rules.items():
        if not fits:
            yield contract.problem(f"{pointer}/{name}" if name in entry else pointer, f"`{name}` must be {wanted}.")
    for name in entry.keys() - rules.keys():
        message = f"{quoted(name)} is not known here.{_advice(name, rules)}"
        yield contract.problem(f"{pointer}/{escaped(name)}", message)


RULES: Final[tuple[Callable[[Contract], Iterator[Problem]], ...]] = (
    version,
    structure,
    schemas,
    references,
    security,
    path_parameters,
    required,
    codes,
)


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return the known name that somebody who wrote another probably meant; empty if none is close."""
    names = {one.lower(): one for one in sorted(known)}
    close = difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.7)
    return names[close[0]] if close else ""


def _advice(name: str, known: Iterable[str]) -> str:
    meant = suggestion(name, known)
    return f" Did you mean {quoted(meant)}?" if meant else " Correct it, or remove it."


def _listed(values: Iterable[Json]) -> str:
    return ", ".join(quoted(value) for value in values)


def _in_braces(name: str) -> str:
    return quoted(f"{{{name}}}")


def _with_article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def _explained(contract: Contract, misfit: Misfit, prefix: str) -> Iterator[Problem]:
    """Say what OpenAPI or JSON Schema finds wrong with the document, in words that say what to do."""
    pointer = prefix + misfit.path
    if misfit.keyword == "unevaluatedProperties":
        for key in misfit.surplus:
            message = f"{quoted(key)} has no place here.{_advice(key, misfit.known)}"
            yield contract.problem(f"{pointer}/{escaped(key)}", message)
    elif misfit.keyword == "required":
        found = mapping(misfit.found)
        missing = [text(name) for name in sequence(misfit.wanted) if name not in found]
        meant = {
            suggestion(name, [key for key in found if key not in sequence(misfit.wanted)]): name for name in missing
        }
        for key in meant.keys() - {""}:
            message = f"{quoted(key)} has no place here. Did you mean {quoted(meant[key])}?"
            yield contract.problem(f"{pointer}/{escaped(key)}", message)
        if lacking := [name for name in missing if name not in [meant[key] for key in meant if key]]:
            yield contract.problem(pointer, f"{_listed(lacking)} is missing. Add it.")
    elif misfit.keyword == "type":
        remedy = "Correct it."
        if misfit.wanted == "array" and isinstance(misfit.found, str):
            remedy = f"Write it as a list: {quoted(f'[{misfit.found}]')}."
        message = f"this is {kind_of(misfit.found)}, and must be of type {quoted(misfit.wanted)}. {remedy}"
        yield contract.problem(pointer, message)
    elif pointer.endswith("/type") and isinstance(misfit.found, str):
        message = f"{quoted(misfit.found)} is no type.{_advice(misfit.found, _TYPES)} The types are {_listed(_TYPES)}."
        yield contract.problem(pointer, message)
    else:
        yield contract.problem(pointer, f"{misfit.reason}. Correct it.")
