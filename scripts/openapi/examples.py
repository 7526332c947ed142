"""The examples of the contract, held against the schemas that they are examples of.

An example that is known to break its schema, such as a sample of the vendor's own, carries `x-deviates: true` and a
description that says where and why. One that is marked and does keep to its schema is a mistake as well: the
documentation was put right, or the schema was loosened by accident.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from openapi.contract import Contract, Place, mapping, sequence, text
from openapi.document import Json, Problem, escaped, quoted
from openapi.json_schema import Misfit, checker

_FIRST_ERROR_STATUS = 400
_CARRIERS = ("media type", "parameter", "header")


@dataclass(frozen=True)
class Example:
    """A value that the contract shows.

    Args:
        pointer: Where the value stands.
        value: The value.
        schema: The pointer of the schema that it is an example of.
        deviates: Whether it is marked as one that breaks its schema.
    """

    pointer: str
    value: Json
    schema: str
    deviates: bool = False


def examples(contract: Contract) -> Iterator[Example]:
    """Every example of the contract that has a schema."""
    for place in contract.places:
        if place.kind in _CARRIERS and isinstance(place.value.get("schema"), (dict, bool)):
            yield from _of_carrier(contract, place)
        elif place.kind == "schema":
            yield from _of_schema(place)


def _of_carrier(contract: Contract, place: Place) -> Iterator[Example]:
    schema = f"{place.pointer}/schema"
    if "example" in place.value:
        yield Example(f"{place.pointer}/example", place.value["example"], schema)
    for name, entry in mapping(place.value.get("examples")).items():
        pointer, shown = _followed(contract, f"{place.pointer}/examples/{escaped(name)}", entry)
        if "value" in shown:
            yield Example(f"{pointer}/value", shown["value"], schema, shown.get("x-deviates") is True)


def _of_schema(place: Place) -> Iterator[Example]:
    if "example" in place.value:
        yield Example(f"{place.pointer}/example", place.value["example"], place.pointer)
    for index, value in enumerate(sequence(place.value.get("examples"))):
        yield Example(f"{place.pointer}/examples/{index}", value, place.pointer)


def _followed(contract: Contract, pointer: str, entry: Json) -> tuple[str, dict[str, Json]]:
    reference = mapping(entry).get("$ref")
    return (reference if isinstance(reference, str) else pointer), contract.follow(entry)


def check(contract: Contract) -> Iterator[Problem]:
    """Examples keep to their schemas, except for those that are marked, which do not."""
    misfits_of = checker(contract.data)
    for example in examples(contract):
        try:
            misfits = misfits_of(example.schema, example.value)
        except Exception as error:  # noqa: BLE001  # whatever a schema may hold, such as a pattern that Python does not know
            message = f"cannot be held against {example.schema}: {type(error).__name__}: {error}. Correct the schema."
            yield contract.problem(example.pointer, message)
            continue
        if example.deviates and not misfits:
            message = "marked as deviating, and keeps to its schema. Remove the mark."
            yield contract.problem(example.pointer.removesuffix("/value") + "/x-deviates", message)
        if not example.deviates:
            yield from (_broken(contract, example, misfit) for misfit in misfits)


def _broken(contract: Contract, example: Example, misfit: Misfit) -> Problem:
    remedy = "Correct one of the two"
    if example.pointer.endswith("/value"):
        remedy += ", or mark the example with `x-deviates: true`"
    return contract.problem(example.pointer + misfit.path, f"breaks its schema: {misfit.reason}. {remedy}.")


def marks(contract: Contract) -> Iterator[Problem]:
    """The mark is `true`, stands on an example, and comes with a reason."""
    for place in contract.places:
        if "x-deviates" not in place.value:
            continue
        pointer = f"{place.pointer}/x-deviates"
        if place.kind != "example":
            yield contract.problem(pointer, "only an entry of `examples` can be marked as deviating. Remove the mark.")
        elif place.value["x-deviates"] is not True:
            yield contract.problem(
                pointer, f"must be `true`, and is {quoted(place.value['x-deviates'])}. Set it, or remove it."
            )
        elif not text(place.value.get("description")).strip():
            yield contract.problem(
                pointer, "marked as deviating, without a word on where and why. Add a `description`."
            )


def envelopes(contract: Contract) -> Iterator[Problem]:
    """An example of an error shows a code that the catalogue (`x-codes`) knows for that status, and its type."""
    catalogue = {
        code: mapping(entry)
        for place in contract.of_kind("schema")
        for code, entry in mapping(place.value.get("x-codes")).items()
    }
    for _, _, operation in contract.operations():
        for status, response in mapping(operation.value.get("responses")).items():
            pointer, shown = _followed(contract, f"{operation.pointer}/responses/{escaped(status)}", response)
            for name, media in mapping(shown.get("content")).items():
                for key, entry in mapping(mapping(media).get("examples")).items():
                    place = f"{pointer}/content/{escaped(name)}/examples/{escaped(key)}"
                    yield from _envelope(contract, catalogue, status, Place("example", place, mapping(entry)))


def _envelope(
    contract: Contract, catalogue: dict[str, dict[str, Json]], status: str, example: Place
) -> Iterator[Problem]:
    if not status.isdecimal() or int(status) < _FIRST_ERROR_STATUS:
        return
    shown = contract.follow(example.value)
    error, pointer = mapping(mapping(shown.get("value")).get("error")), f"{example.pointer}/value/error"
    if not all(isinstance(error.get(name), str) for name in ("code", "message")):
        message = "an error is shown as `{error: {code: …, message: …}}`, both texts: the emulator responds with it. "
        yield contract.problem(pointer if error else example.pointer, f"{message}Correct it.")
        return
    known = catalogue.get(text(error.get("code")))
    if known is None:
        return
    if int(status) not in sequence(known.get("status")):
        statuses = quoted(known.get("status"))
        yield contract.problem(
            f"{pointer}/code", f"shown with {status}, and documented with {statuses}. Correct one of the two."
        )
    if known.get("type") not in (None, error.get("type")):
        yield contract.problem(f"{pointer}/type", f"documented as {quoted(known.get('type'))}. Correct one of the two.")


RULES: Final = (check, marks, envelopes)
