"""From the arguments of a method to the request: path, query, headers, body. Nothing is sent that cannot be right."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from aurous import _check
from aurous._config import Config
from aurous._engine.effects import Request
from aurous._errors import ConfigurationError
from aurous._http.body import ACCEPT_ENCODING
from aurous._http.streamed_body import StreamedBody
from aurous._text import masked, one_line
from aurous._version import __version__
from aurous_api.kinds import STRING, ArgumentProblem, plain
from aurous_api.loading import load
from aurous_api.operations import BinaryResult, Body, CallOptions, Operation, Parameter
from aurous_api.types import UNSET

API_KEY_HEADER: Final = "X-Api-Key"
_VERSION_HEADER: Final = "Aurous-Version"
_IDEMPOTENCY_HEADER: Final = "Idempotency-Key"
_USER_AGENT: Final = f"aurous-python/{__version__}"
_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})
_PLAIN: Final = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]{,254}")
"""A segment of a path that is sent as it is, as ids are (RFC 3986 section 2.3)."""
_QUOTED: Final = re.compile(r'["<>[\]^`{|}]')
"""Of what may stand in a segment of a path, what is to be quoted there (RFC 3986 section 3.3)."""
_FOLLOWS_REDIRECTS_WITH: Final = frozenset({"accept", "accept-encoding", "user-agent", "range"})
"""The headers that go along to another origin."""

Headers = list[tuple[str, str]]


def build_request(
    operation: Operation[Any, Any],
    path: tuple[object, ...],
    given: Mapping[str, object],
    options: CallOptions,
    config: Config,
) -> Request:
    """The request of a call.

    Raises:
        ConfigurationError: An argument has the wrong type, is not known, or cannot stand where it belongs.
    """
    try:
        body, media_type = _body(operation, given, options.extra_body)
        url = config.base_url + _path(operation, path) + _query(operation.query, given, options.extra_query)
        headers = _headers(operation, given, options, config)
    except ArgumentProblem as problem:
        refusal = _refusal(problem, config)
    except RecursionError:
        refusal = _unsent(given, options, "is nested too deep to be sent as JSON")
    except UnicodeEncodeError as error:
        half = f"holds half of a surrogate pair ({error.object[error.start]!r}), which UTF-8 has no bytes for"
        refusal = _unsent(given, options, half)
    except ValueError as error:  # a number of thousands of digits, say
        refusal = _unsent(given, options, f"cannot be written as JSON: {error}")
    else:
        return _request(operation, url, headers, config, body, media_type)
    # Not within the block: some (tblib) pickle what an exception was raised in the course of, and that holds the value.
    raise refusal


def _request(
    operation: Operation[Any, Any],
    url: str,
    headers: Headers,
    config: Config,
    body: bytes | StreamedBody,
    media_type: str,
) -> Request:
    if media_type:
        headers.append(("Content-Type", media_type))
    length = len(body) if isinstance(body, bytes) else body.length
    if length is None:
        headers.append(("Transfer-Encoding", "chunked"))
    elif length or operation.method in _WITH_BODY:
        headers.append(("Content-Length", str(length)))
    headers.append((API_KEY_HEADER, config.api_key.reveal()))
    return Request(operation.method, url, headers, body)


def _refusal(problem: ArgumentProblem, config: Config) -> ConfigurationError:
    value = "" if problem.value is UNSET or problem.value is None else f"{_check.excerpt(problem.value)} "
    at = one_line(masked(config.api_key.mask(problem.at)), 200)
    return _check.refusal(at, f"{value}{problem.problem}")


def _unsent(given: Mapping[str, object], options: CallOptions, problem: str) -> ConfigurationError:
    """The error of the argument that cannot be encoded: the first one that cannot be by itself."""
    extra = {"extra_query": options.extra_query, "extra_body": options.extra_body}
    for name, value in {**given, **extra}.items():
        try:
            _json(plain(value, name))
        except (RecursionError, ValueError):
            return _check.refusal(name, problem)
        except ArgumentProblem:  # UNSET, or an object that is sent in a form of its own
            continue
    return ConfigurationError(f"an argument {problem}")


def cross_origin(request: Request, url: str) -> Request:
    """A request for another origin: without the key and without what the caller set for the API."""
    kept = [(name, value) for name, value in request.headers if name.lower() in _FOLLOWS_REDIRECTS_WITH]
    return Request("GET", url, [("Host", urlsplit(url).netloc), *kept], b"", leaves_origin=True)


# --- The parts ---


def _path(operation: Operation[Any, Any], values: tuple[object, ...]) -> str:
    path = operation.path
    for parameter, value in zip(operation.path_parameters, values, strict=True):
        path = path.replace("{}", _segment(parameter, value), 1)
    return path


def _segment(parameter: Parameter, value: object) -> str:
    if type(value) is str and parameter.kind is STRING and _PLAIN.fullmatch(value):
        return value
    sent = value if parameter.kind is STRING else _text(parameter.kind.send(value, parameter.name))
    segment = _check.path_segment(sent, name=parameter.name, example=parameter.example)
    return _QUOTED.sub(lambda found: quote(found[0]), segment)


def _text(value: Any) -> str:
    """A JSON value as it stands in a path, a query or a header."""
    return value if isinstance(value, str) else _dumped(value)


def _dumped(data: Any, **options: Any) -> str:
    return json.dumps(data, allow_nan=False, **options)


def _sent(parameters: Iterable[Parameter], given: Mapping[str, object]) -> Iterator[tuple[Parameter, Any]]:
    """The parameters that go into the request, with their JSON values."""
    for parameter in parameters:
        value = given[parameter.name]
        if _is_left_out(parameter, value):
            if parameter.required:
                raise ArgumentProblem(parameter.name, "is required, and is to be " + parameter.kind.expected, value)
            continue
        yield parameter, parameter.kind.send(value, parameter.name)


def _is_left_out(parameter: Parameter, value: object) -> bool:
    """Whether a value stands for leaving the parameter out."""
    return value is UNSET or (value is None and not parameter.nullable)


def _query(parameters: tuple[Parameter, ...], given: Mapping[str, object], extra: Mapping[str, object] | None) -> str:
    if not parameters and not extra:
        return ""
    query: dict[str, Any] = {parameter.wire: value for parameter, value in _sent(parameters, given)}
    if extra:
        query |= _unknown(parameters, extra, source="extra_query")
    pairs = [
        (name, _text(plain(item, f"extra_query[{name!r}]")))
        for name, value in query.items()
        if value is not None
        for item in _listed(value)
    ]
    return "?" + urlencode(pairs, quote_via=quote, errors="strict") if pairs else ""


def _unknown(parameters: Iterable[Parameter], extra: Mapping[str, object], *, source: str) -> dict[str, Any]:
    """What a caller adds, which is to be beside the parameters of the method and not in place of one."""
    more = dict(_check.mapping(extra, source=source))
    for parameter in parameters:
        if parameter.wire in more:
            raise _check.refusal(f"{source}:", f"the contract knows {parameter.wire}; pass it as {parameter.name}=")
    return more


def _listed(value: Any) -> Iterable[Any]:
    return value if isinstance(value, (list, tuple)) else (value,)  # pyright: ignore[reportUnknownVariableType]


def _headers(
    operation: Operation[Any, Any], given: Mapping[str, object], options: CallOptions, config: Config
) -> Headers:
    headers = [
        ("Host", config.host),
        ("Accept", _accept(operation)),
        # A range counts the bytes as they are sent.
        ("Accept-Encoding", "identity" if isinstance(operation.result, BinaryResult) else ACCEPT_ENCODING),
        ("User-Agent", _USER_AGENT),
    ]
    version = config.api_version if options.api_version is None else _check.api_version(options.api_version)
    if version is not None:
        headers.append((_VERSION_HEADER, version))
    if operation.headers:
        for parameter, value in _sent(operation.headers, given):
            headers.append((parameter.wire, _check.header_value(_text(value), source=parameter.name)))
    if operation.idempotent and options.idempotency_key is not None:
        headers.append((_IDEMPOTENCY_HEADER, options.idempotency_key))
    extra = config.default_headers
    if options.extra_headers:
        own = {parameter.wire.lower(): f"pass it as {parameter.name}=" for parameter in operation.headers}
        if operation.idempotent:
            own |= _check.KEY_BY_NAME
        extra = (*extra, *_check.headers(options.extra_headers, source="extra_headers", own=own))
    if extra:
        replaced = {name.lower(): (name, value) for name, value in extra}
        headers = [pair for pair in headers if pair[0].lower() not in replaced] + list(replaced.values())
    return headers


def _accept(operation: Operation[Any, Any]) -> str:
    result = operation.result
    return ", ".join(result.media_types) if isinstance(result, BinaryResult) else operation.accept


# --- The body ---


def _body(
    operation: Operation[Any, Any], given: Mapping[str, object], extra: Mapping[str, object] | None
) -> tuple[bytes | StreamedBody, str]:
    """The body and its media type; both empty where there is none."""
    body = operation.body
    more = _unknown(body.fields if body else (), extra, source="extra_body") if extra is not None else None
    if body is None:
        if more is not None and operation.method not in _WITH_BODY:
            raise _check.refusal("extra_body:", f"a {operation.method} has no body to add to")
        return (b"", "") if more is None else (_json(plain(more, "extra_body")), "application/json")
    if body.whole is not None:
        return _whole(body, body.whole, given[body.name], more)
    if not body.required and not more and all(_is_left_out(each, given[each.name]) for each in body.fields):
        return b"", ""
    fields = {parameter.wire: (parameter, value) for parameter, value in _sent(body.fields, given)}
    if body.media_type == "multipart/form-data":
        form: tuple[bytes | StreamedBody, str] = load("aurous._engine.forms", "encode_form")(
            fields.values(), more or {}, _text
        )
        return form
    data = {wire: value for wire, (_, value) in fields.items()}
    if more:
        data |= plain(more, "extra_body")
    return _json(data), body.media_type


def _whole(body: Body, kind: Any, value: object, more: dict[str, Any] | None) -> tuple[bytes, str]:
    if value is UNSET or (value is None and not body.required and not kind.matches(None)):
        return (b"", "") if more is None else (_json(plain(more, "extra_body")), body.media_type)
    sent = kind.send(value, body.name)
    if more and not isinstance(sent, dict):
        raise _check.refusal("extra_body", "adds fields to an object, and the body of this operation is none")
    return _json({**sent, **plain(more, "extra_body")} if more else sent), body.media_type


def _json(data: Any) -> bytes:
    return _dumped(data, ensure_ascii=False, separators=(",", ":")).encode()
