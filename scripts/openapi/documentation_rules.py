"""The words and examples that an operation comes with: its documentation, its recordings and the emulator need them."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from openapi.contract import Contract, Place, mapping, sequence, text
from openapi.document import Json, Problem, escaped, quoted
from openapi.naming import API_VERSION_HEADER, IDEMPOTENCY_HEADER, is_json, success_responses
from openapi.schemas import fields_of, required_of

_OWN: Final = (API_VERSION_HEADER, IDEMPOTENCY_HEADER)


def summaries(contract: Contract) -> Iterator[Problem]:
    """Every operation has a summary: the first line of its documentation."""
    for _, _, operation in contract.operations():
        if not text(operation.value.get("summary")).strip():
            message = "no `summary`, which is the first line of the method's documentation. Say what it does."
            yield contract.problem(_of(operation, "summary"), message)


def descriptions(contract: Contract) -> Iterator[Problem]:
    """Every parameter says what it is."""
    for place in contract.of_kind("parameter"):
        if "$ref" in place.value or text(place.value.get("name")).lower() in _OWN:
            continue
        said = (place.value.get("description"), contract.follow(place.value.get("schema")).get("description"))
        if not any(text(one).strip() for one in said):
            message = f"the parameter {quoted(place.value.get('name'))} has no `description`. Say what it is."
            yield contract.problem(_of(place, "description"), message)


def requests(contract: Contract) -> Iterator[Problem]:
    """What a call cannot do without has an example: recordings and the emulator's tests make the call with it."""
    for _, item, operation in contract.operations():
        for parameter in contract.parameters(item, operation):
            needed = parameter.value.get("required") is True or parameter.value.get("in") == "path"
            name = text(parameter.value.get("name"))
            if needed and name.lower() not in _OWN and not shown(contract, parameter.value):
                message = (
                    f"the parameter {quoted(name)} is required, and has no `example`. Add one: recordings are made "
                )
                yield contract.problem(_place(contract, parameter), f"{message}with it.")
        request = contract.follow(operation.value.get("requestBody"))
        for media_type, media in list(mapping(request.get("content")).items())[:1]:
            schema = mapping(media).get("schema")
            whole = not fields_of(contract, schema) and request.get("required") is True
            if (whole or required_of(contract, schema)) and not _has_examples(mapping(media)):
                pointer = f"{operation.pointer}/requestBody"
                is_own = "$ref" not in mapping(operation.value["requestBody"])
                below = f"{pointer}/content/{escaped(media_type)}" if is_own else pointer
                message = "the body has required fields, and no example. Add `examples`: recordings are made with the "
                message = message if not whole else message.replace("has required fields", "is required")
                yield contract.problem(below, f"{message}first one.")


def responses(contract: Contract) -> Iterator[Problem]:
    """JSON that a call comes to has an example: the emulator responds with it."""
    for _, _, operation in contract.operations():
        found = success_responses(contract, operation)
        media = [
            (f"{operation.pointer}/responses/{escaped(status)}/content/{escaped(name)}", mapping(one))
            for status, response in found.items()
            for name, one in mapping(response.get("content")).items()
            if is_json(name)
        ]
        if media and not any(_has_examples(one) for _, one in media):
            message = "no example of what the call comes to. Add `examples`: the emulator responds with the first one."
            yield contract.problem(media[0][0], message)


def names(contract: Contract) -> Iterator[Problem]:
    """An example has a value, and a name that a file can have and no other response has: recordings are files."""
    for place in contract.of_kind("media type"):
        for name, example in mapping(place.value.get("examples")).items():
            pointer = f"{place.pointer}/examples/{escaped(name)}"
            if "value" not in contract.follow(example):
                yield contract.problem(pointer, "an example without a `value` is none for tests. Write it out.")
            if not _FILE_NAME.fullmatch(name):
                message = f"{quoted(name)} becomes the name of a file: letters, digits, `_`, `-` and `.`. Rename it."
                yield contract.problem(pointer, message)
    shared: dict[str, Json] = {}
    for _, _, operation in contract.operations():
        own: dict[str, Json] = {}
        for status, response in mapping(operation.value.get("responses")).items():
            is_error = not status.startswith("2")
            reference = text(mapping(response).get("$ref"))
            start = reference or f"{operation.pointer}/responses/{escaped(status)}"
            for media_type, media in mapping(contract.follow(response).get("content")).items():
                for name, example in mapping(mapping(media).get("examples")).items():
                    taken, value = shared if is_error and reference else own, contract.follow(example).get("value")
                    other = taken.setdefault(name, value)
                    if other != value:
                        pointer = f"{start}/content/{escaped(media_type)}/examples/{escaped(name)}"
                        message = f"another example is named {quoted(name)}: one of the two would not be recorded. "
                        yield contract.problem(pointer, f"{message}Rename one.")


_FILE_NAME: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*")


def _has_examples(media: dict[str, Json]) -> bool:
    return "example" in media or bool(mapping(media.get("examples")))


def shown(contract: Contract, parameter: dict[str, Json]) -> list[Json]:
    """What the contract shows of a parameter: nothing or one value, in a list."""
    if "example" in parameter:
        return [parameter["example"]]
    named = [contract.follow(each).get("value") for each in mapping(parameter.get("examples")).values()]
    schema = contract.follow(parameter.get("schema"))
    own = [schema["example"]] if "example" in schema else []
    return [*named, *own, *sequence(schema.get("examples"))][:1]


def _place(contract: Contract, parameter: Place) -> str:
    """Where a parameter is described: at the end of its reference."""
    reference = mapping(contract.resolve(parameter.pointer)).get("$ref")
    return text(reference) or parameter.pointer


def _of(place: Place, key: str) -> str:
    return f"{place.pointer}/{key}" if key in place.value else place.pointer


RULES: Final[tuple[Callable[[Contract], Iterator[Problem]], ...]] = (
    summaries,
    descriptions,
    requests,
    responses,
    names,
)
