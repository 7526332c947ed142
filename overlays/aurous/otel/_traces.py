"""The spans of a call."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer

from aurous._engine.codes import error_info
from aurous._errors import Attempt, AurousError
from aurous._events import StreamEndEvent
from aurous._secret import shown
from aurous._text import one_line
from aurous.chat.completion import ChatCompletion
from aurous.chat.receipt import exact
from aurous.embeddings.embedding import EmbeddingList
from aurous.otel import _names
from aurous.otel._messages import input_messages, output_messages
from aurous.otel._metrics import Metrics

_LONGEST: Final = 200
_MOST: Final = 2**63
"""Where the integers of OpenTelemetry end."""


class CallTrace:
    """The spans of one call: its own, and one for each attempt. None of them is ever the current one."""

    def __init__(
        self, tracer: Tracer, metrics: Metrics, operation: str, method: str, url: str, *, capture_content: bool
    ) -> None:
        self._tracer = tracer
        self._metrics = metrics
        self._operation = operation
        self._method = method
        self._url = url
        self._capture_content = capture_content
        parts = urlsplit(url)
        self._server: dict[str, str | int] = {
            _names.SERVER_ADDRESS: parts.hostname or "",
            _names.SERVER_PORT: parts.port or (443 if parts.scheme == "https" else 80),
        }
        self._attributes: dict[str, Any] = {_names.PROVIDER: "aurous", _names.CALL: operation, **self._server}
        self._began = time.perf_counter()
        self._started: Span | None = None
        self._attempt: Span | None = None

    @property
    def _is_of_a_model(self) -> bool:
        """Whether it lets a model work: only then it has a bill, and metrics."""
        return self._operation in _names.OPERATIONS

    @property
    def _span(self) -> Span:
        """The span of the call, which starts when it is first asked for."""
        if self._started is None:
            self.body({})
        assert self._started is not None
        return self._started

    # --- What the client tells ---

    def body(self, fields: Mapping[str, object]) -> None:
        """The call begins, with these fields in its body."""
        name, kind = self._operation, SpanKind.INTERNAL
        if self._is_of_a_model:
            does = _names.OPERATIONS[self._operation]
            self._attributes |= {_names.OPERATION: does, **_requested(fields)}
            name, kind = f"{does} {self._attributes.get(_names.REQUEST_MODEL, '')}".rstrip(), SpanKind.CLIENT
        self._started = self._tracer.start_span(name, kind=kind, attributes=self._attributes)
        if self._capture_content and "messages" in fields:
            self._started.set_attribute(_names.INPUT_MESSAGES, input_messages(fields["messages"]))

    def request(self, number: int) -> None:
        """An attempt begins."""
        attributes: dict[str, str | int] = {_names.HTTP_METHOD: self._method, _names.URL: self._url, **self._server}
        if number > 1:
            attributes[_names.HTTP_RESEND_COUNT] = number - 1
        context = trace.set_span_in_context(self._span)
        self._attempt = self._tracer.start_span(self._method, context, SpanKind.CLIENT, attributes)

    def response(self, attempt: Attempt) -> None:
        """An attempt has ended."""
        span, self._attempt = self._attempt, None
        if span is None:
            return
        told: dict[str, Any] = {_names.HTTP_METHOD: self._method, **self._server}
        if attempt.request_id:
            span.set_attribute(_names.REQUEST_ID, attempt.request_id)
        if attempt.status_code is not None:
            told[_names.HTTP_STATUS] = attempt.status_code
            span.set_attribute(_names.HTTP_STATUS, attempt.status_code)
        if attempt.error_type is not None:
            is_status = attempt.status_code is not None and attempt.status_code >= 400
            told[_names.ERROR_TYPE] = str(attempt.status_code) if is_status else attempt.error_type
            mark_failed(span, told[_names.ERROR_TYPE], attempt.reason)
        span.end()
        self._metrics.attempt(attempt.elapsed, self._operation, told)

    def succeeded(self, result: object) -> None:
        """The call has ended with a result."""
        if isinstance(result, ChatCompletion):
            self._describe(result)
        elif isinstance(result, EmbeddingList):
            self._set({_names.RESPONSE_MODEL: result.model, **self._bill(result.usage)})
        self._end()

    def failed(self, error: BaseException | None) -> None:
        """The call has ended without one. Of a cancelled attempt there is no end to tell, so it ends here."""
        if self._attempt is not None:
            mark_failed(self._attempt, "CancelledError")
            self._attempt.end()
        self._fail(error)
        self._end()

    def stream_ended(self, event: StreamEndEvent) -> None:
        """The stream that the call opened has ended, whole or not."""
        self._describe(event.completion, broken_off=event.error is not None)
        timing = event.timing
        self._set(
            {
                _names.TIME_TO_FIRST_CHUNK: timing.first_event_after,
                _names.TIME_TO_FIRST_DELTA: timing.first_delta_after,
                _names.LONGEST_GAP: timing.longest_gap,
            }
        )
        if event.error is not None:
            self._fail(event.error)
        self._end()

    # --- What becomes of it ---

    def _describe(self, completion: ChatCompletion, *, broken_off: bool = False) -> None:
        choices: list[Any] = [*(completion.choices or ())]  # UNSET and None are falsy
        reasons = [_text(choice.finish_reason) for choice in choices if isinstance(choice.finish_reason, str)]
        self._set(
            {
                _names.RESPONSE_ID: completion.id,
                _names.RESPONSE_MODEL: completion.model,
                _names.FINISH_REASONS: reasons or None,
                _names.STATUS: completion.status,
                **self._bill(completion.usage),
            }
        )
        if self._capture_content:
            self._span.set_attribute(_names.OUTPUT_MESSAGES, output_messages(completion, broken_off=broken_off))

    def _bill(self, usage: Any) -> dict[str, Any]:
        """What it took; nothing where no model worked: who sums spans would count it twice."""
        if not self._is_of_a_model:
            return {}
        written, reasoning = _count(usage, "completion_tokens"), _count(usage, "reasoning_tokens")
        credits = exact(getattr(usage, "credits_charged", None))
        return {
            _names.INPUT_TOKENS: _count(usage, "prompt_tokens"),
            _names.OUTPUT_TOKENS: None if written is None else written + (reasoning or 0),
            _names.REASONING_TOKENS: reasoning,
            _names.CREDITS: None if credits is None else float(credits),
        }

    def _set(self, values: Mapping[str, Any]) -> None:
        known: dict[str, Any] = {}
        for name, value in values.items():
            if isinstance(value, str):
                known[name] = _text(value)
            elif isinstance(value, (int, float, list)):
                known[name] = value
        self._attributes |= known
        self._span.set_attributes(known)

    def _fail(self, error: BaseException | None) -> None:
        if isinstance(error, AurousError):
            # A code that is not documented may be anything, and this is a label of metrics.
            info = error_info(error.code)
            kind, reason = info.code if info else type(error).__name__, error.message
        else:
            kind, reason = "CancelledError" if error is None else type(error).__name__, ""
        self._attributes[_names.ERROR_TYPE] = kind
        mark_failed(self._span, kind, reason)

    def _end(self) -> None:
        self._span.end()
        if self._is_of_a_model:
            self._metrics.record(time.perf_counter() - self._began, self._attributes)


def mark_failed(span: Span, kind: str, reason: str = "") -> None:
    """Say that a span ended in an error."""
    span.set_attribute(_names.ERROR_TYPE, kind)
    span.set_status(Status(StatusCode.ERROR, reason))


def _requested(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of a request."""
    found: dict[str, Any] = {}
    for name, attribute in _names.REQUEST.items():
        value = fields.get(name)
        if isinstance(value, (str, int, float)):
            found[attribute] = _text(value) if isinstance(value, str) else value
    stop = fields.get("stop")
    stops: list[Any] = [stop] if isinstance(stop, str) else [*(stop or ())]
    if stops:
        found[_names.REQUEST_STOP] = [_text(each) for each in stops]
    if fields.get("encoding_format"):
        found[_names.REQUEST_ENCODING] = [_text(fields["encoding_format"])]
    wanted: Any = fields.get("response_format")
    kind: Any = wanted.get("type") if hasattr(wanted, "get") else getattr(wanted, "type", None)
    if isinstance(kind, str) and kind in _names.OUTPUT_TYPES:
        found[_names.OUTPUT_TYPE] = _names.OUTPUT_TYPES[kind]
    return found


def _text(value: object) -> str:
    return one_line(shown(str.__str__(value) if isinstance(value, str) else str(value)), _LONGEST)


def _count(usage: Any, name: str) -> int | None:
    """A number of tokens; None where it is none."""
    number = getattr(usage, name, None)
    if not isinstance(number, (int, float)) or isinstance(number, bool) or not 0 <= number < _MOST:
        return None
    return int(number)
