"""OpenTelemetry spans for calls: `Aurous(telemetry=OpenTelemetry())`; needs the extra `aurous[otel]`.

Each call is a span, each attempt within it a child span of kind CLIENT. Names and attributes follow the semantic
conventions for HTTP client spans and for generative AI clients. What a completion says is recorded only if asked for;
the key never is.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from aurous._errors import Attempt, AurousError, ConfigurationError
from aurous._secret import shown
from aurous._version import __version__
from aurous.chat.completion import ChatCompletion

try:
    from opentelemetry import trace
    from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer, TracerProvider
except ImportError:

    class MissingExtraError(ConfigurationError, ImportError):
        """An import that fails like any other, and as everything that the SDK raises."""

    raise MissingExtraError("aurous.otel needs the OpenTelemetry API: pip install 'aurous[otel]'") from None

__all__ = ["OpenTelemetry"]


class OpenTelemetry:
    """Makes spans of the calls of a client.

    Args:
        tracer_provider: Where spans go; by default the global one.
        capture_content: Whether to record what a completion says, as `gen_ai.output.messages`.

    Example:
        >>> client = Aurous(telemetry=OpenTelemetry())
    """

    def __init__(self, tracer_provider: TracerProvider | None = None, *, capture_content: bool = False) -> None:
        self._tracer = trace.get_tracer("aurous", __version__, tracer_provider)
        self._capture_content = capture_content

    def __call__(self, operation: str, method: str, url: str) -> _CallTrace:
        """Start the span of a call; the client calls this."""
        return _CallTrace(self._tracer, operation, method, url, capture_content=self._capture_content)


class _CallTrace:
    """The spans of one call."""

    def __init__(self, tracer: Tracer, operation: str, method: str, url: str, *, capture_content: bool) -> None:
        self._tracer = tracer
        self._method = method
        self._capture_content = capture_content
        parts = urlsplit(url)
        self._address: dict[str, Any] = {
            "http.request.method": method,
            "url.full": url,
            "server.address": parts.hostname or "",
            "server.port": parts.port or (443 if parts.scheme == "https" else 80),
        }
        self._span = tracer.start_span(
            operation, attributes={"gen_ai.provider.name": "aurous", "gen_ai.operation.name": operation}
        )
        self._attempt: Span | None = None

    def request(self, number: int) -> None:
        """An attempt begins."""
        resent = {"http.request.resend_count": number - 1} if number > 1 else {}
        context = trace.set_span_in_context(self._span)
        self._attempt = self._tracer.start_span(
            self._method, context=context, kind=SpanKind.CLIENT, attributes={**self._address, **resent}
        )

    def response(self, attempt: Attempt) -> None:
        """An attempt has ended."""
        span, self._attempt = self._attempt, None
        if span is None:
            return
        if attempt.request_id:
            span.set_attribute("aurous.request_id", attempt.request_id)
        if attempt.status_code is None:
            _mark_failed(span, "connection", attempt.reason)
        else:
            span.set_attribute("http.response.status_code", attempt.status_code)
            if attempt.status_code >= 400:
                _mark_failed(span, str(attempt.status_code), attempt.reason)
        span.end()

    def succeeded(self, result: object) -> None:
        """The call has ended with a result."""
        if isinstance(result, ChatCompletion):
            self._span.set_attributes(_described(result, capture_content=self._capture_content))
        self._span.end()

    def failed(self, error: BaseException | None) -> None:
        """The call has ended without one. Of a cancelled attempt there is no end to tell, so it ends here."""
        if self._attempt is not None:
            _mark_failed(self._attempt, "CancelledError", "")
            self._attempt.end()
        if isinstance(error, AurousError):
            _mark_failed(self._span, error.code or type(error).__name__, error.message)
        else:
            _mark_failed(self._span, "CancelledError" if error is None else type(error).__name__, "")
        self._span.end()


def _mark_failed(span: Span, kind: str, reason: str) -> None:
    span.set_attribute("error.type", kind)
    span.set_status(Status(StatusCode.ERROR, reason))


def _described(completion: ChatCompletion, *, capture_content: bool) -> dict[str, Any]:
    usage: Any = completion.usage
    described = {
        "gen_ai.response.id": completion.id,
        "gen_ai.response.model": completion.model,
        "gen_ai.usage.input_tokens": getattr(usage, "prompt_tokens", None),
        "gen_ai.usage.output_tokens": getattr(usage, "completion_tokens", None),
        "aurous.completion.status": completion.status,
    }
    attributes = {
        name: shown(str(value)) if isinstance(value, str) else value
        for name, value in described.items()
        if isinstance(value, (str, int))
    }
    choices: list[Any] = [*(completion.choices or ())]  # UNSET and None are falsy
    reasons = [shown(str(choice.finish_reason)) for choice in choices if choice.finish_reason]
    if reasons:
        attributes["gen_ai.response.finish_reasons"] = reasons  # type: ignore[assignment]
    if capture_content:
        attributes["gen_ai.output.messages"] = shown(json.dumps([choice.to_dict() for choice in choices]))
    return attributes
