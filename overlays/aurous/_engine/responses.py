"""From a response to the result of a call: what of it can be used, and what becomes of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from aurous import _rate_limits
from aurous._engine.response_errors import Envelope, ErrorFactory
from aurous._engine.results import BinaryContent, ItemList, OpenContent, OpenValue, Result
from aurous._engine.strict_json import InvalidJSONError, as_object, loads, parse, text_of
from aurous._engine.subclasses import SUBCLASSES
from aurous._errors import AurousError
from aurous._http.wire import Request, Response
from aurous._meta import ResponseMeta, is_replay, media_type
from aurous._text import json_kind
from aurous_api.kinds import ArrayOf, Kind, ModelOf, Reading, Step, UnionOf
from aurous_api.operations import ArrayResult, BinaryResult, ObjectResult, OpenResult, Operation, PageResult
from aurous_api.types import Deviation

# Statuses of success. Which one a call has is not documented everywhere (API_FACTS 4.4, item 62).
_SUCCESS: Final = frozenset({200, 201, 202, 203})
_WITHOUT_BODY: Final = frozenset({204, 205})
_PARTIAL: Final = 206
_PART: Final = re.compile(r" *bytes +([0-9]{1,18})-([0-9]{1,18})/.*")

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

_STALE: Final = 60.0
"""Seconds before the call from which on a thing cannot have been created by it, however clocks differ."""


class Parsed:
    """The data of a response. It shows nothing of itself, as a traceback is not to hold what a server repeats."""

    __slots__ = ("data",)

    def __init__(self, data: Any) -> None:
        self.data = data


class ResponseParser:
    """Tells results from errors for one call.

    Args:
        operation: What is called.
        expected: What the result must name as its own, from the path; None where nothing tells whose it is.
        errors: Makes the errors.
        request: What is sent: a part of a file may come where it has a `Range`.
    """

    def __init__(
        self, operation: Operation[Any, Any], expected: object, errors: ErrorFactory, request: Request
    ) -> None:
        self._operation = operation
        self._expected = expected
        self._errors = errors
        self._request = request

    def parse(self, response: Response, elapsed: float) -> Parsed | AurousError:
        """What the result is made from, or the error that the response amounts to.

        Args:
            response: The response.
            elapsed: Seconds since the call began.
        """
        status = response.status_code
        is_file = isinstance(self._operation.result, BinaryResult)
        if is_file and status == _PARTIAL and not (_asks_for_part(self._request) and _is_whole_part(response)):
            problem = "a part of the content that was not asked for, or is not as long as it says"
            return self._errors.unusable(response, problem, "tell the vendor, with the request id")
        if status in _SUCCESS or status in self._operation.successes or (is_file and status == _PARTIAL):
            return self._success(response, elapsed)
        if status in _WITHOUT_BODY and isinstance(self._operation.result, OpenResult):
            return Parsed(None)
        if 400 <= status <= 599:
            return self._errors.status_error(response)
        if 300 <= status <= 399:
            location = self._errors.clean(response.headers.get("location", "nowhere").partition("?")[0])
            return self._errors.unusable(
                response,
                f"a redirect to {location}, which is not followed: the key stays with its origin",
                "check that base_url is the address of the API itself",
            )
        return self._errors.unusable(response, "a status that no call of this API has", "check that base_url is right")

    # --- Success ---

    def result(self, parsed: Parsed, meta: ResponseMeta, make_page: Callable[..., Result]) -> Result:
        """The result of the call, from what `parse` gave."""
        result, data = self._operation.result, parsed.data
        if isinstance(result, BinaryResult):
            drift = _drift_of_type(result, meta)
            return BinaryContent(data, meta, drift) if isinstance(data, bytes) else OpenContent(data, meta, drift)
        if isinstance(result, OpenResult):
            return OpenValue(data, meta)
        reading = Reading(SUBCLASSES)
        if isinstance(result, ArrayResult):
            items = ArrayOf(result.items).read(data, "", reading)
            return ItemList(items, meta, tuple(reading.deviations))
        if isinstance(result, PageResult):
            envelope = result.envelope.read(data, "", reading)
            return make_page(envelope, meta, tuple(reading.deviations), result.cursors)
        model = result.kind.read(data, "", reading)
        model._belongs_to(meta, reading)  # noqa: SLF001  # a friend: models are made to be returned by calls
        found: Result = model
        return found

    def _success(self, response: Response, elapsed: float) -> Parsed | AurousError:
        result = self._operation.result
        if response.problem is not None:
            return self._errors.unusable(
                response, f"a body that cannot be read: {response.problem}", "tell the vendor, with the request id"
            )
        if isinstance(result, BinaryResult):
            return self._bytes(response)
        if isinstance(result, OpenResult) and not response.body.strip():
            return Parsed(None)
        try:
            text = text_of(response.body)
            response.shorten()
            value = parse(text)
        except InvalidJSONError as error:
            return self._errors.unusable(response, *self._errors.not_json(response, str(error)))
        problem = self._problem(value, response, elapsed)
        return Parsed(value) if problem is None else problem

    def _problem(self, value: Any, response: Response, elapsed: float) -> AurousError | None:
        """Why a JSON value is not what was asked for."""
        result = self._operation.result
        if error := self._error_in_place(value, response):
            return error
        if isinstance(result, ArrayResult):
            return None if isinstance(value, list) else self._other_json(value, "array", response)
        if isinstance(result, OpenResult):
            return None
        data = as_object(value)
        if data is None:
            return self._other_json(value, "object", response)
        if isinstance(result, PageResult) and not isinstance(data.get("data"), list):
            return self._errors.unusable(response, "a page without a list of items", "check that base_url is right")
        return self._wrong_identity(data, response) or self._stale(data, response, elapsed)

    def _other_json(self, value: object, wanted: str, response: Response) -> AurousError:
        return self._errors.unusable(
            response, f"JSON that is not an {wanted} but {json_kind(value)}", "check that base_url is right"
        )

    def _error_in_place(self, value: object, response: Response) -> AurousError | None:
        """The error that a body with a status of success tells of."""
        data = as_object(value)
        if data is None or not isinstance(data.get("error"), dict) or self._has_own_fields(data):
            return None
        envelope = Envelope(data, self._errors.clean)
        return self._errors.unusable(
            response, f"an error in place of the result: {envelope.summary}", "tell the vendor, with the request id"
        )

    def _has_own_fields(self, data: dict[str, Any]) -> bool:
        """Whether an object has a field of the result that no error has."""
        if self._kind is None:  # any value: what an error has is `error`, and perhaps what all objects have
            return any(name not in ("id", "object", "error") for name in data)
        steps = _steps_of(self._kind)
        own = [step.wire for step in steps if step.required and step.wire not in ("id", "object", "error")]
        if not own and any(step.wire == "error" for step in steps):
            # A result need not have more than the `error` that it documents: any other field tells that it is one.
            own = [step.wire for step in steps if step.wire not in ("object", "error")]
        return any(name in data for name in own)

    @property
    def _kind(self) -> Kind | None:
        """The kind of the result, where it is an object."""
        result = self._operation.result
        if isinstance(result, ObjectResult):
            return result.kind
        return result.envelope if isinstance(result, PageResult) else None

    def _wrong_identity(self, data: dict[str, Any], response: Response) -> AurousError | None:
        fields = self._operation.identity
        expected = self._expected
        if not fields or data.get(fields[0]) == expected or any(_is_same(data.get(name), expected) for name in fields):
            return None
        if not any(name in data for name in fields):
            return self._errors.unusable(
                response, f"an object without an {fields[0]}", "check that base_url is the address of the API itself"
            )
        found = data.get(fields[0])
        shown = self._errors.clean(found) if isinstance(found, str) else json_kind(found)
        return self._errors.unusable(
            response,
            f"the response to another request: {fields[0]} {shown!r} in place of {str(expected)!r}",
            "call again; if it stays so, tell the vendor, with the request id",
            retryable=response.reused,
        )

    def _stale(self, data: dict[str, Any], response: Response, elapsed: float) -> AurousError | None:
        """The error for something that this call cannot have created: it was there well before."""
        name = self._operation.creates
        if not name or is_replay(response.headers):
            return None
        created = _rate_limits.moment(data.get(name))
        sent = _rate_limits.http_date(response.headers.get("date"))
        if created is None or created.tzinfo is None or sent is None:
            return None
        age = sent - created.timestamp()
        if age <= elapsed + _STALE:
            return None
        return self._errors.unusable(
            response,
            f"the response to an earlier request: it was created {age:.0f} s ago",
            "look at what was created before you call again; tell the vendor, with the request id",
        )

    def _bytes(self, response: Response) -> Parsed | AurousError:
        kind = media_type(response.headers)
        documented = self._operation.result.media_types if isinstance(self._operation.result, BinaryResult) else ()
        if response.open_body is not None:
            if kind in ("text/html", "application/json") and not any(_covers(name, kind) for name in documented):
                return self._errors.unusable(
                    response, f"{kind} in place of the content", "call again; tell the vendor, with the request id"
                )
            return Parsed(response.open_body)
        if not response.body and not any(name.startswith("text/") and _covers(name, kind) for name in documented):
            return self._errors.unusable(response, "an empty body", "call again; tell the vendor, with the request id")
        if kind == "text/html" and kind not in documented:
            return self._errors.unusable(response, *self._errors.not_json(response, "bytes were asked for"))
        if kind == "application/json":
            try:
                problem = self._error_in_place(loads(response.body), response)
            except InvalidJSONError:
                problem = None
            if problem is not None:
                return problem
        return Parsed(bytes(response.body))


def _steps_of(kind: Kind | None) -> tuple[Step, ...]:
    """The fields of an object, or of all objects that it may be."""
    if isinstance(kind, UnionOf):
        return tuple(step for part in kind.kinds for step in _steps_of(part))
    return kind.steps if isinstance(kind, ModelOf) else ()


def _is_same(found: object, asked: object) -> bool:
    """Whether a field names what was asked for. Of a UUID, letters are the same in either case."""
    if found != asked and isinstance(found, str) and isinstance(asked, str) and _UUID.fullmatch(asked):
        return found.lower() == asked.lower()
    return found == asked


def _covers(documented: str, found: str) -> bool:
    """Whether a documented media type or range (`image/*`) covers another type."""
    return documented in (found, "*/*") or (documented.endswith("/*") and found.startswith(documented[:-1]))


def _asks_for_part(request: Request) -> bool:
    return any(name.lower() == "range" for name, _ in request.headers)


def _is_whole_part(response: Response) -> bool:
    """Whether a part of a file is as long as it says, if it says so: several parts at once do that within."""
    said = response.headers.get("content-range")
    if said is None:
        return True
    part = _PART.fullmatch(said)
    if part is None:
        return False
    length = str(int(part[2]) - int(part[1]) + 1)
    come = str(len(response.body)) if response.open_body is None else response.headers.get("content-length", length)
    return come == length


def _drift_of_type(result: BinaryResult, meta: ResponseMeta) -> tuple[Deviation, ...]:
    """The deviation of bytes of another media type than documented."""
    found = media_type(meta.headers)
    if found in ("", "application/octet-stream") or any(_covers(name, found) for name in result.media_types):
        return ()
    return (Deviation("", "type", " or ".join(result.media_types), found),)
