"""A line on a terminal that tells how far a bulk is."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from aurous.bulk.outcomes import BulkSummary

_INTERVAL: Final = 0.1
"""Seconds between two changes of the line."""


class ProgressLine:
    """Writes the line to the standard error, where that is a terminal, and nothing elsewhere."""

    def __init__(self) -> None:
        self._next = 0.0

    def __call__(self, summary: BulkSummary) -> None:
        """Show where it stands."""
        terminal, now = sys.stderr, time.monotonic()
        if terminal is None or not terminal.isatty() or (summary.stopped is None and now < self._next):
            return
        self._next = now + _INTERVAL
        is_over = summary.stopped is not None and not summary.in_flight
        terminal.write(f"\r\x1b[K{line_of(summary)}" + "\n" * is_over)
        terminal.flush()


def line_of(summary: BulkSummary) -> str:
    """A summary in one line."""
    total = "" if summary.total is None else f"/{summary.total}"
    failed = f", {summary.failed} failed" if summary.failed else ""
    end = f"{summary.in_flight} in flight" if summary.stopped is None or summary.in_flight else summary.stopped
    return f"{summary.done}{total} done{failed}, {summary.credits} credits, {summary.elapsed:.0f} s, {end}"
