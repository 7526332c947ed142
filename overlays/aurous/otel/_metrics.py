"""Histograms and a counter of what models did. A provider that keeps none makes them cost next to nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opentelemetry import metrics
from opentelemetry.metrics import MeterProvider

from aurous._version import __version__
from aurous.otel import _names


class Metrics:
    """The instruments of one provider.

    Args:
        provider: Where they go; by default the global one.
    """

    def __init__(self, provider: MeterProvider | None) -> None:
        meter = metrics.get_meter("aurous", __version__, provider)
        self._duration = meter.create_histogram(
            _names.METRIC_DURATION,
            "s",
            "How long an operation of a model took.",
            explicit_bucket_boundaries_advisory=_names.SECONDS,
        )
        self._first_chunk = meter.create_histogram(
            _names.METRIC_FIRST_CHUNK,
            "s",
            "Time from the call to the first event of a stream.",
            explicit_bucket_boundaries_advisory=_names.SECONDS_TO_FIRST_CHUNK,
        )
        self._tokens = meter.create_histogram(
            _names.METRIC_TOKENS,
            "{token}",
            "Tokens that an operation read and wrote.",
            explicit_bucket_boundaries_advisory=_names.TOKENS,
        )
        self._credits = meter.create_counter(_names.METRIC_CREDITS, "{credit}", "Credits that were charged.")

    def record(self, seconds: float, span: Mapping[str, Any]) -> None:
        """An operation of a model has ended; its span has these attributes."""
        common = {name: span[name] for name in _names.OF_METRICS if name in span}
        failed = {name: span[name] for name in (_names.ERROR_TYPE,) if name in span}
        self._duration.record(seconds, {**common, **failed})
        if _names.TIME_TO_FIRST_CHUNK in span:
            self._first_chunk.record(span[_names.TIME_TO_FIRST_CHUNK], common)
        for kind, name in (("input", _names.INPUT_TOKENS), ("output", _names.OUTPUT_TOKENS)):
            if name in span:
                self._tokens.record(span[name], {**common, _names.TOKEN_TYPE: kind})
        if _names.CREDITS in span:
            self._credits.add(span[_names.CREDITS], common)
