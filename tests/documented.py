"""The recordings that the contract asks for: each response that it shows of an operation.

What is added to openapi.yaml and generated is recorded by `nox -s record`, and nothing has to be added here:

- each example of a success, under `<tag>/<method>/<name of the example>`;
- `content` where an operation gives bytes, `empty` where it gives nothing;
- `every_parameter`, the call with all parameters of the query and the headers that the contract shows;
- each error that an operation shows itself; those that it shares with others once, under `errors/<name>`. The call is
  then the one that is named here (`SHARED`), so that another operation leaves those recordings as they are.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import Any, Final

from aurous.emulator import Emulator
from aurous_api.kinds import FILE
from aurous_api.operations import ArrayResult, BinaryResult, ObjectResult, Operation, PageResult
from conversations import Recording
from openapi.contract import Contract, Place, mapping, sequence, text
from openapi.documentation_rules import shown
from openapi.naming import is_json, method_of, success_responses

IDEMPOTENCY_KEY: Final = "7f8d3c52-6a1e-4b0f-9c47-2f1e5d8a9b30"
"""Sent where an operation takes one, so that recording twice gives the same bytes."""

SHARED: Final = "chat_completions_retrieve"
"""The operation with which errors are recorded that several share; one that it lacks, with the first that has it."""

PICTURE: Final = b"\x89PNG\r\n\x1a\n and so on"
"""Sent where an operation takes a file."""

_ERRORS: Final = {
    400: "BadRequestError",
    401: "AuthenticationError",
    402: "InsufficientCreditsError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    409: "ConflictError",
    410: "GoneError",
    422: "UnprocessableEntityError",
    429: "RateLimitError",
}


def documented(contract: Contract) -> Iterator[Recording]:
    """The recordings that a contract asks for, in its order; each name once."""
    names: set[str] = set()
    # Sorting keeps the order of the rest.
    for _, item, place in sorted(contract.operations(), key=lambda found: found[2].value.get("operationId") != SHARED):
        for each in _Reader(contract, item, place).recordings():
            if each.name not in names:
                names.add(each.name)
                yield each


class _Reader:
    """Reads the recordings of one operation off the contract."""

    def __init__(self, contract: Contract, item: Place, place: Place) -> None:
        self._contract = contract
        self._place = place
        tag = text(next(iter(sequence(place.value.get("tags"))), ""))
        self._id = text(place.value.get("operationId"))
        self._call = f"{tag}.{method_of(self._id, tag)}"
        self._operation = _generated(tag, self._id)
        self._parameters = {
            (text(each.value["in"]), text(each.value["name"])): each.value for each in contract.parameters(item, place)
        }
        self._requests = dict(self._bodies())

    def recordings(self) -> Iterator[Recording]:
        yield from self._successes()
        optional = {**self._given("query"), **self._given("header")}
        if optional.keys() - self._required.keys():
            every = self._first().having(**optional)
            yield self._named(every, "every_parameter", "every parameter, as the contract shows it")
        for name in list(self._requests)[1:]:
            if name not in self._examples():
                request = self._first(self._requests[name])
                yield self._named(request, name, f"the request that the contract calls {name}")
        yield from self._errors()

    # --- The call ---

    def _first(self, body: Mapping[str, Any] | None = None) -> Recording:
        """The call that the contract shows first."""
        if body is None:
            body = next(iter(self._requests.values()), {})
        keywords = {**body, **self._required}
        if self._operation.idempotent:
            keywords["idempotency_key"] = IDEMPOTENCY_KEY
        return Recording(
            self._call.replace(".", "/"), "", self._call, self._path(), keywords, ends=_class_of(self._operation)
        )

    def _path(self, value: object = None) -> tuple[Any, ...]:
        """The parameters of the path, so that a response about `value` is the one that was asked for."""
        described = [self._parameters["path", each.wire] for each in self._operation.path_parameters]
        asked = [value for each in described for value in shown(self._contract, each)]
        for name in self._operation.identity[:1]:
            if isinstance(value, dict) and name in value:
                asked[-1] = value[name]
        return tuple(asked)

    @property
    def _required(self) -> dict[str, Any]:
        given = {**self._given("query"), **self._given("header")}
        parameters = (*self._operation.query, *self._operation.headers)
        return {each.name: given[each.name] for each in parameters if each.required}

    def _given(self, where: str) -> dict[str, Any]:
        """The parameters of a place that the contract shows an example of, by their names in Python."""
        parameters = self._operation.query if where == "query" else self._operation.headers
        values = {each.name: self._parameters[where, each.wire] for each in parameters}
        return {name: example for name, value in values.items() for example in shown(self._contract, value)}

    def _bodies(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """The bodies that the contract shows, by name, as keyword arguments."""
        content = mapping(self._contract.follow(self._place.value.get("requestBody")).get("content"))
        for media in map(mapping, list(content.values())[:1]):
            examples = {name: self._contract.follow(each) for name, each in mapping(media.get("examples")).items()}
            values = {name: each["value"] for name, each in examples.items()}
            if "example" in media:
                values["example"] = media["example"]
            for name, value in values.items():
                yield name, self._keywords(value)

    def _keywords(self, value: Any) -> dict[str, Any]:
        """A body as keyword arguments."""
        body = self._operation.body
        if body is None or not body.fields:
            return {"body": value}
        fields = {each.wire: each for each in body.fields}
        given = {fields[wire].name: inner for wire, inner in value.items() if wire in fields}
        more = {wire: inner for wire, inner in value.items() if wire not in fields}
        files = {each.name: ("picture.png", PICTURE, "image/png") for each in body.fields if each.kind is FILE}
        wanted = {each.name for each in body.fields if each.required} | given.keys()
        given |= {name: file for name, file in files.items() if name in wanted}
        return {**given, "extra_body": more} if more else given

    # --- What comes of it ---

    def _examples(self) -> dict[str, tuple[dict[str, Any], str]]:
        """The examples of success, with the description of their response."""
        found: dict[str, tuple[dict[str, Any], str]] = {}
        for response in success_responses(self._contract, self._place).values():
            for media_type, media in mapping(response.get("content")).items():
                for name, example in mapping(mapping(media).get("examples")).items() if is_json(media_type) else ():
                    found[name] = (self._contract.follow(example), text(response.get("description")))
        return found

    def _successes(self) -> Iterator[Recording]:
        examples = self._examples()
        for name, (example, described) in examples.items():
            shows = text(example.get("summary")) or described
            call = self._first(self._requests.get(name))
            yield self._named(
                call,
                name,
                shows,
                arguments=self._path(example["value"]),
                prepare=partial(_answer, self._id, name),
                deviates=" ".join(text(example.get("description")).split()) if example.get("x-deviates") else None,
            )
        if not examples:
            response = next(iter(success_responses(self._contract, self._place).values()))
            name = "content" if response.get("content") else "empty"
            yield self._named(self._first(), name, text(response.get("description")))

    def _errors(self) -> Iterator[Recording]:
        """The errors that the operation shows, those first that it has to itself."""
        responses = mapping(self._place.value.get("responses"))
        errors = {status: each for status, each in responses.items() if status.isdecimal() and int(status) >= 400}
        for status, response in sorted(errors.items(), key=lambda entry: "$ref" in mapping(entry[1])):
            shared = "$ref" in mapping(response)
            described = self._contract.follow(response)
            media = mapping(mapping(described.get("content")).get("application/json"))
            for name, example in mapping(media.get("examples")).items():
                call = self._error(int(status), described, self._contract.follow(example))
                yield replace(call, name=f"errors/{name}" if shared else f"{call.name}/{name}")

    def _error(self, status: int, response: dict[str, Any], example: dict[str, Any]) -> Recording:
        error = example["value"]["error"]
        header = self._contract.follow(mapping(response.get("headers")).get("Retry-After"))
        fault = {"code": error["code"], "status": status, "message": error["message"], "param": error.get("param")}
        return replace(
            self._first().having(max_retries=0),
            shows=f"{status}: {_as_clause(text(example.get('summary')) or error['message'])}",
            ends=_ERRORS.get(status, "ServerError" if status >= 500 else "APIStatusError"),
            prepare=partial(_fail, self._id, {**fault, "retry_after": header.get("example")}),
        )

    def _named(self, call: Recording, name: str, shows: str, **more: Any) -> Recording:
        return replace(call, name=f"{call.name}/{name}", shows=_as_clause(shows), **more)


def _as_clause(sentence: str) -> str:
    words = " ".join(sentence.split()).rstrip(".")
    return words[:1].lower() + words[1:] if words[1:2].islower() or words[1:2] == " " else words


def _generated(tag: str, operation_id: str) -> Operation[Any, Any]:
    """The operation as the generated package describes it: with the names that parameters have in Python."""
    module = import_module(f"aurous_api.resources.{tag.replace('.', '_')}")
    found = (each for each in vars(module).values() if isinstance(each, Operation) and each.id == operation_id)
    return next(found)


def _class_of(operation: Operation[Any, Any]) -> str:
    """The class of what a call comes to."""
    result = operation.result
    if isinstance(result, ObjectResult):
        return "|".join(re.findall(r"\((\w+)\)", result.kind.expected))  # `an object (Balance)`
    names: dict[type, str] = {PageResult: "Page", ArrayResult: "ItemList", BinaryResult: "BinaryContent"}
    return names.get(type(result), "OpenValue")


def _answer(operation: str, example: str, emulator: Emulator) -> None:
    emulator.answer(operation, example)


def _fail(operation: str, fault: Mapping[str, Any], emulator: Emulator) -> None:
    emulator.fail(operation=operation, **fault)
