"""Responses of success: what they are, and how the examples of the contract become some."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from ._contract import Example, Operation
from ._errors import EmulatorError, ErrorResponse, RefusalError
from ._json import Body, is_object
from ._media import concrete, sample

EVENT_STREAM: Final = "text/event-stream"


@dataclass(frozen=True, slots=True)
class SuccessResponse:
    """A response that says yes, before it is on the wire."""

    status: int
    media_type: str | None
    """None where there is no body."""
    body: Any
    """A JSON value, bytes, or a `Stream`."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    def having(self, headers: Mapping[str, str]) -> "SuccessResponse":
        """The same with more headers."""
        return replace(self, headers={**self.headers, **headers})


@dataclass(frozen=True, slots=True)
class OperationRequest:
    """A request for an operation, after it was held against the contract."""

    operation: str
    """The operation, as a caller writes it: `images.list`."""
    team: str
    at: float
    """When it came, in seconds since the epoch by the clock of the emulator."""
    path: Mapping[str, Any]
    """The parameters of the path."""
    query: Mapping[str, Any]
    """The documented parameters of the query that were given, with the types that are documented."""
    headers: Mapping[str, str] = field(repr=False)
    """As sent, the names in lower case."""
    body: Any = field(repr=False)
    """A JSON value, or the fields of a form with an `UploadedFile` for each file; None where there is none."""
    request_id: str = ""
    """What `Aurous-Request-Id` says."""
    api_key_id: str = ""
    """What usage events name the key by."""

    @property
    def id(self) -> Any:
        """The last parameter of the path, which is most often an id; None where there is none."""
        return next(reversed(list(self.path.values())), None)


def of_body(operation: Operation, body: Any, status: int | None = None) -> SuccessResponse:
    """The response with a body of somebody's own: bytes, a JSON value, or None where the operation sends nothing."""
    if not operation.media_types and body is None:
        return SuccessResponse(status or operation.status, None, None)
    media_type = concrete(next(iter(operation.media_types), "application/json"))
    return SuccessResponse(status or operation.status, media_type, body)


def of_example(operation: Operation, example: Example, request: OperationRequest) -> SuccessResponse:
    """The response that is an example, made to be about what was asked for."""
    value = _identified(operation, example.value, request.id)
    return SuccessResponse(example.status, example.media_type, _created(operation, value, request.at))


def from_examples(operation: Operation, request: OperationRequest) -> SuccessResponse:
    """The response of an operation without state: the example about what was asked for, else the first one."""
    about = (each for each in operation.examples.values() if _is_about(operation, each.value, request.id))
    example = next(about, None) or next(iter(operation.examples.values()), None)
    if example is not None:
        return of_example(operation, example, request)
    if not operation.sends_json:
        media_type = next(iter(operation.media_types), None)
        return of_body(operation, None if media_type is None else sample(concrete(media_type)))
    message = f"The contract has no example of what {operation.name} responds: add one, or plan it with answer()."
    raise RefusalError(ErrorResponse(501, "internal_error", "server_error", message))


def named_example(operation: Operation, name: str) -> Example:
    """The example with this name.

    Raises:
        EmulatorError: There is none.
    """
    if name not in operation.examples:
        names = ", ".join(operation.examples)
        advice = f"take one of {names}" if names else "it has none; give a body"
        raise EmulatorError(f"{operation.name} has no example {name!r}: {advice}")
    return operation.examples[name]


def _is_about(operation: Operation, value: Any, asked: Any) -> bool:
    return asked is not None and is_object(value) and any(value.get(name) == asked for name in operation.identity)


def _identified(operation: Operation, value: Any, asked: Any) -> Any:
    """An example with the id that was asked for, so that every id is found."""
    name = next(iter(operation.identity), None)
    if asked is None or not is_object(value) or name not in value or _is_about(operation, value, asked):
        return value
    if type(value[name]) is not type(asked):
        return value
    body: Body = {**value, name: asked}
    return body


def _created(operation: Operation, value: Any, at: float) -> Any:
    """An example of what was just created, created just now: a client may well object to anything older."""
    usual = operation.method == "POST" and "{" not in operation.path
    names = ("created", "created_at") if operation.creates is None and usual else (operation.creates,)
    if not is_object(value):
        return value
    text = datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    now = {name: text if isinstance(value[name], str) else int(at) for name in names if name in value}
    return {**value, **now}
