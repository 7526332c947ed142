"""What happens when an answer leaves the contract but can still be read."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Literal

from aurous._errors import APIResponseError
from aurous._text import one_line
from aurous_api.types import Deviation

if TYPE_CHECKING:
    from aurous._meta import ResponseMeta

_logger = logging.getLogger("aurous")

OnDrift = Literal["ignore", "warn", "raise"] | Callable[[tuple[Deviation, ...]], object]
"""Nothing, one log record for each novelty in a process, an `APIResponseError`, or a function of the deviations."""

_MOST_NOVELTIES: Final = 10_000
_index = re.compile(r"/\d+(?=/|$)")
_known: set[tuple[str, str, str]] = set()


def handle(on_drift: OnDrift, drift: tuple[Deviation, ...], what: str, meta: ResponseMeta) -> APIResponseError | None:
    """Do with drift what the client was told to. Returns the error to raise, if it is one."""
    if on_drift == "warn":
        _warn(drift, what, meta.request_id)
    elif on_drift == "raise":
        return APIResponseError(
            f"{what} left the contract in {len(drift)} place{'s' * (len(drift) > 1)}: {_listed(drift)}. "
            'on_drift="raise" makes this an error; with "warn" the answer comes through and carries its drift',
            status_code=meta.status_code,
            request_id=meta.request_id,
        )
    elif callable(on_drift):
        on_drift(drift)
    return None


def _warn(drift: tuple[Deviation, ...], what: str, request_id: str | None) -> None:
    for deviation in drift:
        novelty = (_index.sub("/*", deviation.pointer[:200]), deviation.problem, _shape(deviation.found))
        if novelty not in _known and len(_known) < _MOST_NOVELTIES:
            _known.add(novelty)
            _logger.warning(
                "%s left the contract at %s (request id %s)", what, deviation, one_line(request_id or "", 200)
            )


def _listed(drift: tuple[Deviation, ...]) -> str:
    shown = "; ".join(str(deviation) for deviation in drift[:5])
    return f"{shown}; and {len(drift) - 5} more" if len(drift) > 5 else shown


def _shape(found: object) -> str:
    return found[:80] if isinstance(found, str) else type(found).__name__
