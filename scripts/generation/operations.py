"""The resources and operations of a contract, described for the templates that write them down in Python."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final

from openapi_python_client.config import Config
from openapi_python_client.parser import GeneratorData
from openapi_python_client.parser.openapi import Endpoint
from openapi_python_client.parser.properties import AnyProperty, ModelProperty
from openapi_python_client.parser.properties.list_property import ListProperty
from openapi_python_client.parser.properties.protocol import PropertyProtocol
from openapi_python_client.parser.properties.union import UnionProperty
from openapi_python_client.strings import PythonIdentifier

from generation import python_code as code
from openapi.contract import Contract, Place, mapping, sequence, text
from openapi.naming import (
    API_VERSION_HEADER,
    CALL_OPTIONS,
    CURSORS,
    IDEMPOTENCY_HEADER,
    class_name,
    essence,
    is_id,
    is_json,
    method_of,
    success_responses,
)

_ERROR_OF_STATUS: Final = {
    "400": "BadRequestError",
    "401": "AuthenticationError",
    "402": "InsufficientCreditsError",
    "403": "PermissionDeniedError",
    "404": "NotFoundError",
    "409": "ConflictError",
    "410": "GoneError",
    "422": "UnprocessableEntityError",
    "429": "RateLimitError",
}

_OPTIONS: Final = (
    ("api_version", "str | None", "Dated version of the API to apply (`Aurous-Version`), in place of the client's."),
    (
        "timeout",
        "float | Timeout | None",
        "Deadline of the whole call in seconds, retries included, in place of the client's.",
    ),
    ("max_retries", "int | None", "Most retries, in place of the client's."),
    ("extra_headers", "Mapping[str, str] | None", "Headers to send besides; they go before the client's."),
    ("extra_query", "Mapping[str, object] | None", "Query parameters that the contract does not know."),
    ("extra_body", "Mapping[str, object] | None", "Fields of the body that the contract does not know."),
)
_IDEMPOTENCY_KEY: Final = (
    "idempotency_key",
    "str | None",
    "Names this request, so that it can be repeated without being carried out twice. One is made where none is given.",
)


_REDIRECTS: Final = ("301", "302", "303", "307", "308")
_USUAL: Final = frozenset({"200", "201", "202", "203", "204", "205"})
"""Statuses of success that a call may have, documented or not."""


@dataclass(frozen=True)
class Parameter:
    """A parameter of a method."""

    name: str
    wire: str
    annotation: str
    kind: str
    required: bool
    nullable: bool
    doc: str
    example: str = ""
    may_be_left_out: bool = False
    """Whether it is required of a body only, which may be left out as a whole."""

    @property
    def demanded(self) -> bool:
        """Whether every call has to give it."""
        return self.required and not self.may_be_left_out

    @property
    def declaration(self) -> str:
        """How it stands in a signature."""
        if self.demanded:
            return f"{self.name}: {self.annotation}"
        if self.nullable:
            return f"{self.name}: {self.annotation} | Unset = UNSET"
        return f"{self.name}: {self.annotation} | None = None"

    @property
    def expression(self) -> str:
        """The `Parameter` of `operations.py`."""
        flags = ", required=True" * self.required + ", nullable=True" * self.nullable
        flags += f", example={code.literal(self.example)}" if self.example else ""
        return f"Parameter({code.literal(self.name)}, {code.literal(self.wire)}, {self.kind}{flags})"


@dataclass(frozen=True)
class Result:
    """What a method returns."""

    expression: str
    annotation: str
    async_annotation: str

    @property
    def is_binary(self) -> bool:
        """Whether it is bytes."""
        return self.annotation == "BinaryContent"


@dataclass
class Operation:
    """A method of a resource."""

    id: str
    name: str
    """The call as a caller writes it: `chat.completions.retrieve`."""
    method_name: str
    http_method: str
    path: str
    url: str
    summary: str
    description: str
    path_parameters: list[Parameter]
    query: list[Parameter]
    headers: list[Parameter]
    body: list[Parameter]
    body_expression: str
    """The `Body` of `operations.py`; empty where there is none."""
    idempotent: bool
    result: Result
    returns: str
    raises: list[tuple[str, str]]
    identity: tuple[str, ...]
    creates: str
    successes: str
    """The statuses of success that it has beside the usual ones, as Python; empty where there are none."""
    accept: str
    deprecated: bool = False
    scope: str = ""
    bucket: str = ""
    """The bucket of requests that it draws from; empty where the contract does not say."""
    rate_limit: str = ""

    @property
    def constant(self) -> str:
        """The name of its description in the module."""
        return self.method_name.upper()

    @property
    def keywords(self) -> list[Parameter]:
        """The keyword-only parameters: required ones first."""
        everything = [*self.body, *self.query, *self.headers]
        return [each for each in everything if each.demanded] + [each for each in everything if not each.demanded]

    @property
    def options(self) -> tuple[tuple[str, str, str], ...]:
        """Name, type and documentation of the options of the call."""
        return (*_OPTIONS, _IDEMPOTENCY_KEY) if self.idempotent else _OPTIONS

    @property
    def signature(self) -> str:
        """The call with its parameters, those that may be left out in brackets."""
        required = [each.name for each in self.path_parameters]
        required += [f"{each.name}=" for each in self.keywords if each.demanded]
        optional = [f"{each.name}=" for each in self.keywords if not each.demanded]
        optional += ["idempotency_key="] if self.idempotent else []
        given = ", ".join(required)
        left_out = f"[{', '.join(optional)}]" if optional else ""
        return f"client.{self.name}({', '.join(filter(None, (given, left_out)))})"

    @property
    def anchor(self) -> str:
        """The anchor that a heading of its name gets."""
        return self.name.replace(".", "")

    @property
    def errors(self) -> str:
        """The statuses of errors that the contract names, with their exceptions."""
        named = ((doc.partition(":")[0], name) for name, doc in self.raises)
        return ", ".join(f"{status} (`{name}`)" for status, name in named if status.isdecimal())

    @property
    def limits(self) -> str:
        """Which scope it needs and which bucket it draws from, as far as that is documented."""
        scope = f"Scope of the key: `{self.scope}`." if self.scope else ""
        return " ".join(filter(None, (scope, f"Rate limit: {self.rate_limit}." if self.rate_limit else "")))

    @property
    def stream_name(self) -> str:
        """The method that gives the content as it comes."""
        return "stream" if self.method_name == "retrieve" else f"stream_{self.method_name}"

    def docstring(self, indent: int, *, streams: bool = False) -> str:
        """The documentation of the method, in Google's style."""
        blocks = [f"{self.summary.rstrip('.')} (`{self.http_method} {self.path}`)."]
        if self.deprecated:
            blocks.append("Deprecated: the API announces its end.")
        if streams:
            blocks.append(
                f"Gives the content as it comes, in constant memory: a context manager, with which the call begins. "
                f"`{self.method_name}` reads it whole."
            )
        blocks += [self.description] if self.description and not streams else []
        documented = [(each.name, each.doc) for each in (*self.path_parameters, *self.keywords)]
        documented += [(name, doc) for name, _, doc in self.options]
        parts = [code.filled(block, indent) for block in blocks]
        parts.append("Args:\n" + _entries(documented, indent))
        returns = "The stream, to be entered by `with`, or `async with`." if streams else self.returns
        parts.append("Returns:\n" + _indented(code.filled(returns, indent + 4)))
        parts.append("Raises:\n" + _entries(self.raises, indent))
        return code.docstring("\n\n".join(parts), indent)


def _entries(documented: Iterable[tuple[str, str]], indent: int) -> str:
    entries = (f"{name}: {doc}" if doc else f"{name}:" for name, doc in documented)
    return "\n".join(_indented(code.filled(" ".join(entry.split()), indent + 4, hanging=4)) for entry in entries)


def _indented(block: str) -> str:
    return "\n".join(f"    {line}" if line else "" for line in block.splitlines())


@dataclass
class Resource:
    """A place in the client."""

    path: str
    doc: str
    operations: list[Operation] = field(default_factory=list)
    children: list["Resource"] = field(default_factory=list)

    @property
    def module(self) -> str:
        """Its module under `resources/`."""
        return self.path.replace(".", "_")

    @property
    def name(self) -> str:
        """The attribute by which it is reached."""
        return self.path.rpartition(".")[2]

    @property
    def class_name(self) -> str:
        """Its class; the asynchronous one has `Async` before it."""
        return class_name(self.path)


def resources_of(contract: Contract, data: GeneratorData, config: Config) -> list[Resource]:
    """Every resource of a contract: those with operations, and those that only lead to others."""
    docs = {
        text(mapping(tag).get("name")): text(mapping(tag).get("description"))
        for tag in sequence(contract.data.get("tags"))
    }
    endpoints = {
        str(endpoint.name): endpoint
        for collection in data.endpoint_collections_by_tag.values()
        for endpoint in collection.endpoints
    }
    found: dict[str, Resource] = {}

    def resource(path: str) -> Resource:
        if path not in found:
            found[path] = Resource(path, docs.get(path) or f"{path.rpartition('.')[2].replace('_', ' ').capitalize()}.")
            if "." in path:
                resource(path.rpartition(".")[0]).children.append(found[path])
        return found[path]

    for path, item, place in contract.operations():
        tag = text(next(iter(sequence(place.value.get("tags"))), ""))
        endpoint = endpoints[PythonIdentifier(text(place.value.get("operationId")), config.field_prefix)]
        resource(tag).operations.append(_Reader(contract, path, item, place, endpoint, config).operation(tag))
    return [found[path] for path in sorted(found)]


class _Reader:
    """Reads one operation off the contract and what the generator made of it."""

    def __init__(
        self, contract: Contract, path: str, item: Place, place: Place, endpoint: Endpoint, config: Config
    ) -> None:
        self._contract = contract
        self._path = path
        self._item = item
        self._place = place
        self._endpoint = endpoint
        self._config = config
        self._taken = {"self", *CALL_OPTIONS, "idempotency_key"}

    def operation(self, tag: str) -> Operation:
        value, endpoint = self._place.value, self._endpoint
        described = {
            (text(each.value.get("in")), text(each.value.get("name"))): each.value
            for each in self._contract.parameters(self._item, self._place)
        }
        path = [self._parameter(prop, described, "path") for prop in endpoint.path_parameters]
        fields, expression = self._body()
        query = [self._parameter(prop, described, "query") for prop in endpoint.query_parameters]
        headers = [
            self._parameter(prop, described, "header")
            for prop in endpoint.header_parameters
            if _raw(prop).lower() not in (API_VERSION_HEADER, IDEMPOTENCY_HEADER)
        ]
        operation_id = text(value.get("operationId"))
        method_name = method_of(operation_id, tag)
        return Operation(
            id=operation_id,
            name=f"{tag}.{method_name}",
            method_name=method_name,
            http_method=self._place.pointer.rpartition("/")[2].upper(),
            path=self._path,
            url=re.sub(r"\{[^{}]*\}", "{}", self._path),
            summary=text(value.get("summary")) or f"{method_name.replace('_', ' ').capitalize()}",
            description=text(value.get("description")),
            path_parameters=path,
            query=query,
            headers=headers,
            body=fields,
            body_expression=expression,
            idempotent=any(_raw(prop).lower() == IDEMPOTENCY_HEADER for prop in endpoint.header_parameters),
            result=self._result(),
            returns=self._returns(),
            raises=list(self._raises()),
            identity=self._identity(),
            creates=self._creates(),
            successes=self._successes(),
            accept=self._accept(),
            deprecated=value.get("deprecated") is True,
            scope=text(value.get("x-scope")),
            bucket=text(self._place.value.get("x-rate-limit")),
            rate_limit=self._rate_limit(),
        )

    def _rate_limit(self) -> str:
        buckets = mapping(self._contract.data.get("x-rate-limits"))
        bucket = mapping(buckets.get(text(self._place.value.get("x-rate-limit"))))
        return f"{bucket.get('per_minute')} requests a minute, {bucket.get('burst')} at once" if bucket else ""

    def _parameter(
        self, prop: PropertyProtocol, described: dict[tuple[str, str], dict[str, Any]], where: str
    ) -> Parameter:
        value = described.get((where, _raw(prop)), {})
        example = text(value.get("example")) if where == "path" else ""
        return self._made(prop, _first_text(value, mapping(value.get("schema"))), example)

    def _made(self, prop: PropertyProtocol, doc: str, example: str = "", *, may_be_left_out: bool = False) -> Parameter:
        # Not `python_name`: the generator's own functions have parameters that it keeps out of the way of.
        name = str(PythonIdentifier(_raw(prop), self._config.field_prefix))
        while name in self._taken:
            name += "_"
        self._taken.add(name)
        return Parameter(
            name=name,
            wire=_raw(prop),
            annotation=code.argument(prop),
            kind=code.kind(prop),
            required=prop.required,
            nullable=code.is_nullable(prop),
            doc=f"{doc.rstrip()} Required of a body, which may be left out.".lstrip() if may_be_left_out else doc,
            example=example,
            may_be_left_out=may_be_left_out,
        )

    # --- The body ---

    def _body(self) -> tuple[list[Parameter], str]:
        if not self._endpoint.bodies:
            return [], ""
        body = self._endpoint.bodies[0]
        request = self._contract.follow(self._place.value.get("requestBody"))
        media_type = code.literal(body.content_type.get_untrusted_value().partition(";")[0].strip().lower())
        needed = "" if request.get("required") is True else ", required=False"
        if isinstance(body.prop, ModelProperty) and code.fields_of(body.prop):
            descriptions = self._field_docs(body.prop)
            fields = [
                self._made(prop, descriptions.get(_raw(prop), ""), may_be_left_out=bool(needed) and prop.required)
                for prop in code.fields_of(body.prop)
            ]
            listed = "".join(f"{each.expression}, " for each in fields)
            return fields, f"Body({media_type}, ({listed}){needed})"
        whole = self._made(body.prop, text(request.get("description")) or "The body of the request.")
        return [whole], f"Body({media_type}, whole={whole.kind}{needed})"

    def _field_docs(self, model: ModelProperty) -> dict[str, str]:
        return {_raw(prop): description_of(model, prop) for prop in code.fields_of(model)}

    # --- The result ---

    def _is_binary(self) -> bool:
        media_types = _media_types(success_responses(self._contract, self._place))
        return bool(media_types) and not any(map(is_json, media_types))

    def _result(self) -> Result:
        responses = success_responses(self._contract, self._place)
        if self._is_binary():
            return self._binary(_media_types(responses))
        prop = self._json()
        if isinstance(prop, ListProperty):
            item = code.annotation(prop.inner_property, "builtins.list")
            kind = code.kind(prop.inner_property)
            return Result(f"ArrayResult({kind})", f"ItemList[{item}]", f"ItemList[{item}]")
        if isinstance(prop, ModelProperty) and (items := self._items(prop)) is not None:
            return self._page(prop, items)
        if isinstance(prop, ModelProperty):
            return Result(f"ObjectResult({code.kind(prop)})", *[code.annotation(prop)] * 2)
        if isinstance(prop, UnionProperty) and all(isinstance(part, ModelProperty) for part in prop.inner_properties):
            return Result(f"ObjectResult({code.kind(prop)})", *[code.annotation(prop)] * 2)
        return Result("OpenResult()", "OpenValue", "OpenValue")

    def _json(self) -> PropertyProtocol | None:
        """The JSON that a response of success holds; None where there is none, or any."""
        responses = success_responses(self._contract, self._place)
        props = [each.prop for each in self._endpoint.responses.patterns if str(each.status_code.pattern) in responses]
        return next((each for each in props if not isinstance(each, AnyProperty)), None)

    def _items(self, envelope: ModelProperty) -> PropertyProtocol | None:
        """The items, if an object is a page of a list: they are in `data`, and what else there is tells of paging."""
        fields = {_raw(prop): prop for prop in code.fields_of(envelope)}
        data = fields.get("data")
        tells = "x-pagination" in self._place.value or fields.keys() <= {"object", "data"}
        tells = tells or any(name in fields for name in ("has_more", *chain(*CURSORS.values())))
        tells = tells and self._place.value.get("x-pagination") is not False
        is_page = self._place.pointer.endswith("/get") and tells and isinstance(data, ListProperty)
        return data.inner_property if is_page else None  # type: ignore[union-attr]

    def _page(self, envelope: ModelProperty, items: PropertyProtocol) -> Result:
        item = code.annotation(items, "builtins.list")
        cursors = "".join(
            f"Cursor({code.literal(field)}, {code.literal(PythonIdentifier(parameter, self._config.field_prefix))}"
            + (f", {code.literal(model)}" if model else "")
            + "), "
            for field, parameter, model in self._cursors(envelope)
        )
        expression = f"PageResult({code.kind(envelope)}, ({cursors}))"
        return Result(expression, f"Page[{item}]", f"AsyncPage[{item}]")

    def _cursors(self, envelope: ModelProperty) -> Iterator[tuple[str, str, str | None]]:
        """The field of the page, the query parameter, and the model of the items of each way to ask for more."""
        if "x-pagination" in self._place.value:
            yield from self._told_cursors({_raw(prop): str(prop.python_name) for prop in code.fields_of(envelope)})
            return
        wires = {_raw(prop) for prop in self._endpoint.query_parameters}
        fields = {_raw(prop): str(prop.python_name) for prop in code.fields_of(envelope)}
        for parameter, names in CURSORS.items():
            if parameter in wires:
                yield next((fields[name] for name in names if name in fields), ""), parameter, None
                return

    def _told_cursors(self, fields: dict[str, str]) -> Iterator[tuple[str, str, str | None]]:
        for wire, target in mapping(self._place.value.get("x-pagination")).items():
            if isinstance(target, str):
                yield fields.get(wire, ""), target, None
            for model, parameter in mapping(target).items():
                yield fields.get(wire, ""), text(parameter), model

    def _binary(self, media_types: list[str]) -> Result:
        redirects: dict[bool, list[str]] = {True: [], False: []}
        for status, response in mapping(self._place.value.get("responses")).items():
            if status.startswith("3"):
                crosses = self._contract.follow(response).get("x-cross-origin") is True
                redirects[crosses] += _REDIRECTS if status == "3XX" else [status]
        within, anywhere = (f"frozenset({{{', '.join(redirects[crosses])}}})" for crosses in (False, True))
        expression = f"BinaryResult(({''.join(code.literal(name) + ', ' for name in media_types)})"
        expression += f", redirects={within}" if redirects[False] else ""
        expression += f", redirects_anywhere={anywhere}" if redirects[True] else ""
        return Result(f"{expression})", "BinaryContent", "BinaryContent")

    def _returns(self) -> str:
        responses = success_responses(self._contract, self._place)
        said = dict.fromkeys(text(each.get("description")) for each in responses.values())
        return " ".join(said) or "What the server sent."

    def _raises(self) -> Iterator[tuple[str, str]]:
        yield "ConfigurationError", "A parameter cannot be sent; nothing was."
        for status, response in mapping(self._place.value.get("responses")).items():
            if status in _ERROR_OF_STATUS:
                described = " ".join(text(self._contract.follow(response).get("description")).split())
                yield _ERROR_OF_STATUS[status], f"{status}: {described}" if described else status
        yield "APIStatusError", "The API responded with another error status."
        yield "APIResponseError", "The response is unusable."
        yield "APIConnectionError", "No response; `APITimeoutError` where the deadline passed."

    def _identity(self) -> tuple[str, ...]:
        """Fields of the result, one of which is the last parameter of the path.

        Where the contract does not say, it is the field by the same name and of the same type, if that is an id: what a
        `{name}` or a `{thing_id}` is called in the result, only the contract can tell.
        """
        if not self._endpoint.path_parameters:
            return ()
        if "x-identity" in self._place.value:
            return tuple(text(name) for name in sequence(self._place.value["x-identity"]))
        prop, asked = self._json(), self._endpoint.path_parameters[-1]
        name = _raw(asked)
        if prop is None or not is_id(name) or not self._path.endswith(f"{{{name}}}"):
            return ()
        fields = [each for model in _models(prop) for each in code.fields_of(model) if _raw(each) == name]
        return (name,) if any(code.kind(each) == code.kind(asked) for each in fields) else ()

    def _creates(self) -> str:
        """The field of the result that says when it was created, where the operation creates it.

        Where the contract does not say, a POST to a collection whose one success is `201 Created` does: with 200, what
        is found or was there before may come back.
        """
        if "x-creates" in self._place.value:
            return text(self._place.value["x-creates"])
        if self._place.pointer.rpartition("/")[2] != "post" or self._endpoint.path_parameters:
            return ""
        if success_responses(self._contract, self._place).keys() != {"201"}:
            return ""
        props = [each.prop for each in self._endpoint.responses.patterns if isinstance(each.prop, ModelProperty)]
        fields = {_raw(prop) for prop in (code.fields_of(props[0]) if props else ())}
        return next((name for name in ("created", "created_at") if name in fields), "")

    def _successes(self) -> str:
        """The documented statuses of success that are not those of any call."""
        documented = success_responses(self._contract, self._place).keys()
        if "2XX" in documented:
            return "frozenset(range(200, 300)) - {204, 205, 206}"
        usual = {*_USUAL, "206"} if self._is_binary() else _USUAL
        others = [status for status in documented if status not in usual]
        return f"frozenset({{{', '.join(others)}}})" if others else ""

    def _accept(self) -> str:
        """The media types of JSON to ask for; JSON itself where that is documented, or nothing is."""
        documented = _media_types(success_responses(self._contract, self._place))
        found = [name for name in documented if is_json(name)]
        plain = "application/json"
        return ", ".join([*found, plain]) if found and plain not in found else plain


def _media_types(responses: dict[str, dict[str, Any]]) -> list[str]:
    """The media types of responses, without parameters, each once."""
    return list(dict.fromkeys(essence(name) for each in responses.values() for name in mapping(each.get("content"))))


def description_of(model: ModelProperty, prop: PropertyProtocol) -> str:
    """What the contract says of a field; beside a reference, what stands there goes before what stands at its end."""
    schema = (model.data.properties or {}).get(prop.name)
    said = (getattr(schema, "model_extra", None) or {}).get("description") or getattr(schema, "description", None)
    said = said or prop.description
    return said if isinstance(said, str) else said.get_untrusted_value() if said is not None else ""


def _models(prop: PropertyProtocol) -> list[ModelProperty]:
    """The models that an object may be read as."""
    parts = prop.inner_properties if isinstance(prop, UnionProperty) else [prop]
    return [part for part in parts if isinstance(part, ModelProperty)]


def _first_text(*sources: dict[str, Any]) -> str:
    return next((said for source in sources if (said := text(source.get("description")))), "")


def _raw(prop: PropertyProtocol) -> str:
    """The name of a property on the wire."""
    return prop.name.get_untrusted_value()
