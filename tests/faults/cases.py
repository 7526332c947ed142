"""The one table of faults and honest outcomes, for the sync and the async tests and for the page in `docs/`.

How to add a case is told in the package's docstring.
"""

from collections import Counter

from faults.kinds import (
    baseline,
    bodies,
    broken,
    connecting,
    drift,
    encodings,
    encryption,
    errors,
    framing,
    headers,
    hints,
    mixed,
    oversized,
    redirects,
    reuse,
    slow,
    statuses,
    streams,
)
from faults.model import Case, Completion, Kind, Outcome, Raises

_ALL = (
    *baseline.CASES,
    *connecting.CASES,
    *encryption.CASES,
    *broken.CASES,
    *slow.CASES,
    *framing.CASES,
    *oversized.CASES,
    *encodings.CASES,
    *reuse.CASES,
    *statuses.CASES,
    *hints.CASES,
    *mixed.CASES,
    *redirects.CASES,
    *errors.CASES,
    *bodies.CASES,
    *drift.CASES,
    *headers.CASES,
    *streams.CASES,
)

CASES: tuple[Case, ...] = tuple(case for kind in Kind for case in _ALL if case.kind is kind)
"""Every case, kind by kind."""

BY_NAME: dict[str, Case] = {case.name: case for case in CASES}
"""The same by name."""

if len(BY_NAME) != len(CASES):
    raise ValueError(f"cases that share a name: {Counter(case.name for case in CASES).most_common(5)}")

__all__ = ["BY_NAME", "CASES", "Case", "Completion", "Kind", "Outcome", "Raises"]
