"""OpenTelemetry for calls: `Aurous(telemetry=OpenTelemetry())`; needs the extra `aurous[otel]`.

Each call is a span, each attempt within it a child span, each call of a tool in a `run` a span; and there are metrics,
where a provider of meters is given or set. Names follow the semantic conventions for generative AI and for HTTP
clients. What is said to a model, and what it says, is recorded only if asked for; the key never is.
"""

from aurous._errors import ConfigurationError

try:
    from aurous.otel._telemetry import OpenTelemetry
except ImportError as _error:
    if (_error.name or "").partition(".")[0] != "opentelemetry":
        raise

    class MissingExtraError(ConfigurationError, ImportError):
        """An import that fails like any other, and as everything that the SDK raises."""

    raise MissingExtraError("aurous.otel needs the OpenTelemetry API: pip install 'aurous[otel]'") from None

__all__ = ["OpenTelemetry"]
