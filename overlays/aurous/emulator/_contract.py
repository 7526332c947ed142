"""What the emulator knows of the API: the contract, as the generated package carries it."""

import functools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from importlib.resources import files
from typing import Any

from ._json import Body, is_object, steps_of

_OPERATION = "chat_completions_retrieve"


@dataclass(frozen=True, slots=True)
class DocumentedError:
    """One error code of the contract, with the first status that is documented for it."""

    code: str
    status: int
    type: str
    message: str


@dataclass(frozen=True, slots=True)
class Contract:
    """The parts of the contract that the emulator answers from."""

    version: str
    """The dated version of the API, as in the header `Aurous-Version`."""
    path: str
    """The path of the endpoint, with `{id}`."""
    examples: Mapping[str, Body]
    """The examples of the answer 200, by name."""
    errors: Mapping[str, DocumentedError]
    """Every documented error, by code."""
    usual_code: Mapping[int, str]
    """The code of the first example of each error status."""


@functools.cache
def load() -> Contract:
    """Read `contract.json` of the package `aurous_api`, once per process."""
    document: Body = json.loads((files("aurous_api") / "contract.json").read_text(encoding="utf-8"))
    path, operation = _operation(document)
    examples = {status: _examples(document, response) for status, response in operation["responses"].items()}
    completions = examples.pop("200")
    messages = {
        body["error"]["code"]: body["error"]["message"] for bodies in examples.values() for body in bodies.values()
    }
    return Contract(
        version=document["info"]["x-aurous-version"],
        path=path,
        examples=completions,
        errors=dict(_errors(document, messages)),
        usual_code={int(status): next(iter(bodies.values()))["error"]["code"] for status, bodies in examples.items()},
    )


def type_for(status: int) -> str:
    """The error type that goes with a status, for a code whose type is not documented (API page on errors)."""
    types = {401: "authentication", 403: "authentication", 404: "not_found", 410: "not_found", 429: "rate_limit"}
    return types.get(status, "invalid_request" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "server_error")


def _operation(document: Body) -> tuple[str, Body]:
    for path, item in document["paths"].items():
        for operation in item.values():
            if is_object(operation) and operation.get("operationId") == _OPERATION:
                return path, operation
    raise LookupError(f"the contract has no operation {_OPERATION}")


def _resolved(document: Body, node: Body) -> Body:
    """Follow `$ref`s within the document."""
    while "$ref" in node:
        target: Any = document
        for step in steps_of(node["$ref"]):
            target = target[step]
        node = target
    return node


def _examples(document: Body, response: Body) -> dict[str, Body]:
    examples = _resolved(document, response)["content"]["application/json"]["examples"]
    return {name: _resolved(document, example)["value"] for name, example in examples.items()}


def _errors(document: Body, messages: Mapping[str, str]) -> Iterator[tuple[str, DocumentedError]]:
    for code, facts in document["components"]["schemas"]["ErrorCode"]["x-codes"].items():
        status = facts["status"][0]
        message = messages.get(code) or facts["when"]
        yield code, DocumentedError(code, status, facts["type"] or type_for(status), message)
