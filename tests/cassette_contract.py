"""What the contract says of a conversation in a cassette: of which operation it is, and where its bodies leave it."""

import copy
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP
from functools import cache
from typing import Any, Final
from urllib.parse import quote, urlsplit

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from cassettes import EVENT_STREAM, FORM, contract, events_of
from openapi.contract import Contract, mapping, sequence, text
from openapi.document import escaped
from openapi.naming import essence, is_json

Document = Mapping[str, Any]


@dataclass(frozen=True)
class Message:
    """What the contract says of the bodies of requests or responses."""

    pointer: str
    content: Document
    """By media type; empty where there is to be no body."""
    needed: bool
    """Whether there has to be one."""


@dataclass(frozen=True)
class Described:
    """What the contract says of an operation."""

    query: frozenset[str]
    """The parameters that it may have."""
    request: Message
    responses: Mapping[str, Message]
    """By status."""

    def response(self, status: int) -> Message | None:
        """The response with a status, or with the range that it is in; None where neither is described."""
        return self.responses.get(str(status)) or self.responses.get(f"{status // 100}XX")


@cache
def operations() -> list[tuple[str, str, Described]]:
    """The method, a pattern of the path, and what is said of each operation; paths without parameters first."""
    found: list[tuple[str, str, Described]] = []
    for template, item, place in contract().operations():
        parameters = [each.value for each in contract().parameters(item, place)]
        described = Described(
            frozenset(text(each.get("name")) for each in parameters if each.get("in") == "query"),
            _message(f"{place.pointer}/requestBody"),
            {
                status: _message(f"{place.pointer}/responses/{escaped(status)}", needed=True)
                for status in mapping(place.value.get("responses"))
            },
        )
        pattern = re.sub(r"\\\{.*?\\\}", "[^/]+", re.escape(template))
        found.append((place.pointer.rpartition("/")[2].upper(), pattern, described))
    return sorted(found, key=lambda each: each[1].count("[^/]+"))


def _message(pointer: str, *, needed: bool = False) -> Message:
    value = mapping(contract().resolve(pointer))
    while "$ref" in value:
        pointer = text(value["$ref"])
        value = mapping(contract().resolve(pointer))
    return Message(pointer, mapping(value.get("content")), needed or value.get("required") is True)


def described(request: Document) -> Described | None:
    """What the contract says of the operation that a request is for; None where it knows none."""
    method, path = request["method"], urlsplit(request["uri"]).path
    matching = (found for known, pattern, found in operations() if known == method and re.fullmatch(pattern, path))
    return next(matching, None)


def body_deviations(interaction: Document) -> Iterator[str]:
    """Where the bodies of a request and its response leave the contract, as `/pointer: what`."""
    request, response = interaction["request"], interaction["response"]
    known = described(request)
    message = known.response(response["status"]["code"]) if known else None
    if known is None or message is None:
        return  # as told elsewhere
    yield from (f"the request: {each}" for each in _of_body(known.request, request["body"], request["headers"]))
    yield from _of_body(message, response["body"]["string"], response["headers"])


def _of_body(message: Message, body: str | bytes, headers: Mapping[str, list[str]]) -> Iterator[str]:
    """Where a body leaves what is said of it."""
    content_type = headers.get("Content-Type", [""])[0]
    found = next((name for name in message.content if _covers(essence(name), essence(content_type))), None)
    if not message.content:
        if body:
            yield "the body: there should be none"
    elif found is None:
        if body or message.needed:
            yield f"the body: {essence(content_type) or 'no type'}, in place of {' or '.join(message.content)}"
    elif "schema" in mapping(message.content[found]):
        schema = f"{message.pointer}/content/{escaped(found)}/schema"
        if found == EVENT_STREAM:
            yield from _of_stream(schema, body if isinstance(body, str) else body.decode("latin-1"))
        else:
            yield from _of_value(schema, _value(schema, body, content_type))


def _covers(documented: str, found: str) -> bool:
    """Whether a documented media type or range (`image/*`) covers another type."""
    return documented in (found, "*/*") or (documented.endswith("/*") and found.startswith(documented[:-1]))


_NO_JSON: Final = object()


def _value(schema: str, body: str | bytes, content_type: str) -> Any:
    """What a schema is held against: the JSON value, the fields of a form, or the text of other bytes."""
    if is_json(content_type):
        return _NO_JSON if isinstance(body, bytes) else _json(body)
    raw = body if isinstance(body, bytes) else body.encode()
    return _fields(schema, raw, content_type) if content_type.startswith(FORM) else raw.decode("latin-1")


def _fields(schema: str, raw: bytes, content_type: str) -> dict[str, Any]:
    """The fields of a form; of a file, the bytes as a text."""
    properties = mapping(contract().follow(contract().resolve(schema)).get("properties"))
    message = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode() + raw)
    fields: dict[str, Any] = {}
    for part in message.iter_parts():
        name = str(part.get_param("name", header="content-disposition"))
        payload: Any = part.get_payload(decode=True)
        value = payload.decode("latin-1")
        kind = contract().follow(properties.get(name)).get("type")
        value = _json(value) if is_json(part.get_content_type()) else value
        if kind == "array":
            fields.setdefault(name, []).append(value)
        else:
            fields[name] = _json(value) if kind in ("boolean", "integer", "number") else value
    return fields


_FRAMES: Final = re.compile(r"((data)?: .*\n\n)*")
_DONE: Final = "[DONE]"


def _of_stream(schema: str, stream: str) -> Iterator[str]:
    """Where a stream leaves what is said of its form, its end, and each of its events."""
    if not _FRAMES.fullmatch(stream):
        yield "the body: not frames of one line of data, or a comment"
    events = events_of(stream)
    if events[-1:] == [_DONE]:
        events.pop()
    else:
        yield f"the body: its last event is not {_DONE}"
    for number, data in enumerate(events, start=1):
        yield from (f"event {number}: {each}" for each in _of_value(schema, _json(data)))


def _of_value(schema: str, value: Any) -> Iterator[str]:
    if value is _NO_JSON:
        yield "the body: no JSON"
        return
    reference = "urn:contract#" + quote(schema.removeprefix("#"), safe="/~")
    validator = Draft202012Validator({"$ref": reference}, registry=closed_contract())
    for error in validator.iter_errors(value):
        yield from _places(error)


@cache
def closed_contract() -> Registry[Any]:
    """The contract with every object closed, so that a field which it does not know counts as a deviation."""
    closed = Contract(contract().path, copy.deepcopy(contract().data))
    schemas = list(closed.of_kind("schema"))
    # What is put together from parts is closed as a whole: each part would refuse the fields of the others.
    parts = {id(closed.follow(part)) for place in schemas for part in sequence(place.value.get("allOf"))}
    for place in schemas:
        if "allOf" in place.value:
            place.value["unevaluatedProperties"] = False
        elif "properties" in place.value and id(place.value) not in parts:
            place.value.setdefault("additionalProperties", False)
    registry: Registry[Any] = Registry().with_resource("urn:contract", DRAFT202012.create_resource(closed.data))
    return registry


def _places(error: ValidationError) -> Iterator[str]:
    at = "".join(f"/{part}" for part in error.absolute_path)
    instance: Any = error.instance
    schema: Any = error.schema
    if error.validator == "required":
        yield from (f"{at}/{name}: missing" for name in schema["required"] if name not in instance)
    elif error.validator == "additionalProperties":
        yield from (f"{at}/{name}: undocumented" for name in instance if name not in schema["properties"])
    else:
        yield f"{at or '/'}: {error.validator}"


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return _NO_JSON
