"""Histograms and a counter of what models did, and a histogram of all attempts.

A provider that keeps none makes them cost next to nothing.
"""

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
        self._attempt = meter.create_histogram(
            _names.METRIC_ATTEMPT,
            "s",
            "How long an attempt took.",
            explicit_bucket_boundaries_advisory=_names.SECONDS_OF_ATTEMPT,
        )
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

    def attempt(self, seconds: float, operation: str, span: Mapping[str, Any]) -> None:
        """An attempt has ended; its span has these attributes."""
        told = {name: span[name] for name in _names.OF_ATTEMPTS if name in span}
        self._attempt.record(seconds, {**told, _names.CALL: operation})

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
