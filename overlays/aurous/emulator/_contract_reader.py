"""Reads the contract, an OpenAPI document, into what the emulator needs of it."""

import functools
import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any, Final, NamedTuple

from ._catalogue import Catalogue, DocumentedError, type_for
from ._contract import GETS, OTHERS, Contract, Example, Operation, Parameter, RequestBody, Scope, is_json
from ._errors import EmulatorError
from ._json import Body, is_object, list_in, object_in
from ._limits import RateLimit
from ._schemas import Schemas, below, followed

_METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_TOKENS: Final = "X-RateLimit-TPM-Limit"
_DOCUMENTED_GETS: Final = RateLimit()


@functools.cache
def load() -> Contract:
    """The contract of the installed SDK (`contract.json` of `aurous_api`), read once per process."""
    return contract_of(json.loads((files("aurous_api") / "contract.json").read_text(encoding="utf-8")))


def contract_of(document: Mapping[str, Any]) -> Contract:
    """The contract that a document is.

    Raises:
        EmulatorError: It is none.
    """
    try:
        return _contract(dict(document))
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise EmulatorError(
            f"the contract cannot be read ({type(error).__name__}: {error}): give an OpenAPI 3.1 document that passes "
            "the lint of the SDK, as JSON data"
        ) from None


def _contract(document: Body) -> Contract:
    operations = {each.name: each for each in _operations(document)}
    return Contract(
        version=document["info"]["x-aurous-version"],
        operations=operations,
        catalogue=_catalogue(document),
        limits=_limits(document),
        schemas=Schemas(document),
    )


def _limits(document: Body) -> dict[str, RateLimit]:
    documented = object_in(document.get("x-rate-limits"))
    limits = {name: RateLimit(each["burst"], each["per_minute"]) for name, each in documented.items()}
    # Every response tells the state of a bucket, so operations that have none in the documentation need one too. Theirs
    # is as large as the one of GETs: the widest that there is.
    gets = limits.setdefault(GETS, _DOCUMENTED_GETS)
    return {**limits, OTHERS: gets}


def _operations(document: Body) -> Iterator[Operation]:
    for path, item in document["paths"].items():
        for method in _METHODS:
            if is_object(item.get(method)):
                yield _Reader(document, path, method).operation()


class _Reader:
    """Reads one operation."""

    def __init__(self, document: Body, path: str, method: str) -> None:
        self._document = document
        self._path = path
        self._method = method
        self._pointer = below("/paths", path, method)
        self._operation: Body = document["paths"][path][method]
        responses = {status: self._response(status) for status in self._operation["responses"]}
        self._successes = {status: each for status, each in responses.items() if status.startswith("2")}
        self._errors = {status: each for status, each in responses.items() if status.isdecimal() and status >= "4"}
        self._responses = responses

    def operation(self) -> Operation:
        operation, is_get = self._operation, self._method == "get"
        # Where the documentation names no scope: the one that it has for every GET, and the next one for what changes
        # something, as it has it for images.
        scope: Scope = operation.get("x-scope", "read" if is_get else "write")
        status, (_, first) = next(iter(self._successes.items()))
        return Operation(
            name=_name_of(operation),
            method=self._method.upper(),
            path=self._path,
            scope=scope,
            bucket=operation.get("x-rate-limit", GETS if is_get else OTHERS),
            parameters=tuple(self._parameters()),
            bodies=tuple(self._bodies()),
            status=_number(status),
            media_types=tuple(object_in(first.get("content"))),
            examples=dict(self._examples()),
            usual={int(status): code for status in self._errors for code in self._codes(status)[:1]},
            identity=tuple(operation.get("x-identity", self._usual_identity()) or ()),
            creates=operation.get("x-creates"),
            counts_tokens=any(_TOKENS in object_in(each.get("headers")) for _, each in self._responses.values()),
            has_parts="206" in self._successes,
        )

    def _usual_identity(self) -> tuple[str, ...]:
        """The field that is the last parameter of the path, where that is an id: the one by the same name."""
        last = self._path.rpartition("/")[2]
        name = last[1:-1] if last.startswith("{") and last.endswith("}") else ""
        return (name,) if name == "id" or name.endswith("_id") else ()

    def _response(self, status: str) -> tuple[str, Body]:
        """Where a response stands, and the response."""
        return followed(self._document, below(self._pointer, "responses", status))

    def _parameters(self) -> Iterator[Parameter]:
        """The parameters of the operation, and those of its path that it leaves as they are."""
        seen: set[tuple[str, str]] = set()
        around = below("/paths", self._path)
        for pointer, owner in ((self._pointer, self._operation), (around, self._document["paths"][self._path])):
            for index in range(len(list_in(owner.get("parameters")))):
                place, value = followed(self._document, below(pointer, "parameters", str(index)))
                key = (value["in"], value["name"])
                if key not in seen and value["in"] != "cookie":
                    schema = below(place, "schema") if "schema" in value else ""
                    yield Parameter(value["name"], value["in"], value.get("required", False), schema)
                seen.add(key)

    def _bodies(self) -> Iterator[RequestBody]:
        if "requestBody" in self._operation:
            place, body = followed(self._document, below(self._pointer, "requestBody"))
            for media_type, media in body["content"].items():
                schema = below(place, "content", media_type, "schema") if "schema" in media else ""
                yield RequestBody(media_type.partition(";")[0].strip().lower(), body.get("required", False), schema)

    def _examples(self) -> Iterator[tuple[str, Example]]:
        for status, (_, response) in self._successes.items():
            for media_type, media in object_in(response.get("content")).items():
                for name, value in _values(self._document, media):
                    if is_json(media_type):
                        yield name, Example(_number(status), media_type, value)
                    elif media_type.lower().startswith("text/") and isinstance(value, str):
                        yield name, Example(_number(status), media_type, value.encode())

    def _codes(self, status: str) -> list[str]:
        return [error["code"] for error in _errors_in(self._document, self._errors[status][1])]


def _number(status: str) -> int:
    """A status of success: the first of its range where that is documented (`2XX`)."""
    return int(status.replace("X", "0"))


def _name_of(operation: Body) -> str:
    """What an operation is called on a client: its tag, and what its id has beside that."""
    operation_id: str = operation["operationId"]
    tag = next(iter(operation.get("tags", ())), "")
    method = operation_id.removeprefix(tag.replace(".", "_") + "_")
    return operation_id if method == operation_id else f"{tag}.{method}"


def _values(document: Body, media: Body) -> Iterator[tuple[str, Any]]:
    """The examples of a media type, by name."""
    if "example" in media:
        yield "example", media["example"]
    for name, example in object_in(media.get("examples")).items():
        reference = example.get("$ref")
        yield name, (followed(document, reference.removeprefix("#"))[1] if reference else example)["value"]


def _catalogue(document: Body) -> Catalogue:
    facts: Body = document["components"]["schemas"]["ErrorCode"]["x-codes"]
    messages: dict[str, str] = {}
    usual: dict[int, str] = {}
    special: set[str] = set()
    for shown in _shown_errors(document):
        messages.setdefault(shown.code, shown.message)
        if shown.is_shared:
            usual.setdefault(shown.status, shown.code)
        elif shown.is_of_resource:
            special.add(shown.code)
    # What no resource has to itself goes first: a bare 409 is rather `idempotency_key_in_use` than of chat.
    # What the documentation says little of goes last.
    for code in sorted(facts, key=lambda code: (facts[code]["type"] is None, code in special)):
        for status in facts[code]["status"]:
            usual.setdefault(status, code)
    return Catalogue(dict(_documented(facts, messages)), usual)


class _ShownError(NamedTuple):
    """An error that the contract shows."""

    status: int
    code: str
    message: str
    is_shared: bool
    """Whether operations share the response."""
    is_of_resource: bool
    """Whether the code is named after the resource that shows it: `chat_cancel_target_not_found`."""


def _shown_errors(document: Body) -> Iterator[_ShownError]:
    for path, item in document["paths"].items():
        for method in filter(item.get, _METHODS):
            for status in item[method]["responses"]:
                pointer = below("/paths", path, method, "responses", status)
                place, response = followed(document, pointer)
                for error in _errors_in(document, response) if status.isdecimal() and status >= "4" else ():
                    resource = next(iter(item[method].get("tags", ())), "").partition(".")[0]
                    is_of_resource = bool(resource) and error["code"].startswith(f"{resource}_")
                    yield _ShownError(int(status), error["code"], error["message"], place != pointer, is_of_resource)


def _errors_in(document: Body, response: Body) -> list[Body]:
    """The errors that a response is shown with, out of their envelopes."""
    media = object_in(object_in(response.get("content")).get("application/json"))
    return [value["error"] for _, value in _values(document, media)]


def _documented(facts: Body, messages: Mapping[str, str]) -> Iterator[tuple[str, DocumentedError]]:
    for code, known in facts.items():
        status: int = known["status"][0]
        message = messages.get(code) or known["when"]
        yield code, DocumentedError(code, status, known["type"] or type_for(status), message)
