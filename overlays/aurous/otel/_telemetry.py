"""What a client is given as `telemetry=`."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from opentelemetry import trace
from opentelemetry.metrics import MeterProvider
from opentelemetry.trace import Span, TracerProvider

from aurous._version import __version__
from aurous.chat.completion import ToolCall
from aurous.chat.tools import Tool
from aurous.otel import _names
from aurous.otel._messages import json_text
from aurous.otel._metrics import Metrics
from aurous.otel._traces import CallTrace, mark_failed


class OpenTelemetry:
    """Makes spans and metrics of the calls of a client.

    Args:
        tracer_provider: Where spans go; by default the global one.
        meter_provider: Where metrics go; by default the global one, which keeps none unless a service sets it.
        capture_content: Whether to record what is said: messages, the arguments and the results of tools.

    Example:
        >>> client = Aurous(telemetry=OpenTelemetry())
    """

    def __init__(
        self,
        tracer_provider: TracerProvider | None = None,
        meter_provider: MeterProvider | None = None,
        *,
        capture_content: bool = False,
    ) -> None:
        self._tracer = trace.get_tracer("aurous", __version__, tracer_provider)
        self._metrics = Metrics(meter_provider)
        self._capture_content = capture_content

    def __call__(self, operation: str, method: str, url: str) -> CallTrace:
        """Start following a call; the client calls this."""
        return CallTrace(self._tracer, self._metrics, operation, method, url, capture_content=self._capture_content)

    def tool(self, tool: Tool[..., Any], call: ToolCall, function: Callable[[], Any]) -> Callable[[], Any]:
        """The function with a span around it, which is current while it runs; the client calls this."""
        described: dict[str, object] = {
            _names.OPERATION: _names.EXECUTE_TOOL,
            _names.TOOL_NAME: tool.name,
            _names.TOOL_TYPE: "function",
            _names.TOOL_CALL_ID: call.id,
            _names.TOOL_DESCRIPTION: tool.description,
        }
        attributes = {name: value for name, value in described.items() if isinstance(value, str) and value}
        if self._capture_content:
            attributes[_names.TOOL_ARGUMENTS] = json_text(call.arguments)

        def ended(span: Span, result: Any) -> Any:
            if self._capture_content:
                span.set_attribute(_names.TOOL_RESULT, json_text(result))
            return result

        def in_thread() -> Any:
            with self._span(tool.name, attributes) as span:
                return ended(span, function())

        async def in_task() -> Any:
            with self._span(tool.name, attributes) as span:
                return ended(span, await function())

        return in_task if tool.is_async else in_thread

    @contextmanager
    def _span(self, name: str, attributes: dict[str, str]) -> Generator[Span]:
        # Not what OpenTelemetry records of an exception: its message may be content.
        with self._tracer.start_as_current_span(
            f"{_names.EXECUTE_TOOL} {name}",
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield span
            except BaseException as error:
                mark_failed(span, type(error).__name__)
                raise
