"""What happens when a response leaves the contract but can still be read."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Final

from attrs import evolve

from aurous._engine.log_fields import log_fields
from aurous._engine.observer import Once
from aurous._errors import APIResponseError
from aurous._events import OnDrift
from aurous._secret import shown
from aurous._text import json_kind, one_line
from aurous_api.types import Deviation

if TYPE_CHECKING:
    from aurous._meta import ResponseMeta

_logger = logging.getLogger("aurous")

_index = re.compile(r"/\d+(?=/|$)")
_told_before: Final = Once()


def handle(on_drift: OnDrift, drift: tuple[Deviation, ...], call: str, meta: ResponseMeta) -> APIResponseError | None:
    """Do with drift what the client was told to. Returns the error to raise, if it is one."""
    if on_drift == "warn":
        _warn(drift, call, meta.request_id)
    elif on_drift == "raise":
        return APIResponseError(
            f"the response to {call} left the contract in {len(drift)} place{'s' * (len(drift) > 1)}: "
            f"{_listed(drift)}. "
            'on_drift="raise" makes this an error; with "warn" the result comes through and carries its drift',
            status_code=meta.status_code,
            request_id=meta.request_id,
        )
    elif callable(on_drift):
        on_drift(drift)
    return None


def _warn(drift: tuple[Deviation, ...], call: str, request_id: str | None) -> None:
    for deviation in drift:
        if _is_new(deviation):
            _logger.warning(
                "the response to %s left the contract at %s (request id %s)",
                call,
                _told(deviation),
                one_line(request_id or "", 200),
                extra=log_fields("drift", call, request_id=request_id and one_line(request_id, 200)),
            )


def _is_new(deviation: Deviation) -> bool:
    """Whether such a deviation was not told before: the same problem at the same place, whatever the value."""
    novelty = (_index.sub("/*", deviation.pointer[:200]), deviation.problem, _distinction(deviation))
    return _told_before.is_new(novelty)


def _distinction(deviation: Deviation) -> str:
    """What else makes a deviation new: the value of an enum that is not known, and otherwise its type alone."""
    found = deviation.found
    return str(found)[:80] if deviation.problem == "unknown_value" else type(found).__name__


def _told(deviation: Deviation) -> str:
    """A deviation for the log: with the value only where it is one of an enum, which holds nothing of a caller's."""
    if deviation.problem in ("unknown_value", "missing"):
        return str(_masked(deviation))
    pointer = one_line(shown(deviation.pointer), 200)
    return f"{pointer}: expected {deviation.expected}, found {json_kind(deviation.found)}"


def _listed(drift: tuple[Deviation, ...]) -> str:
    listed = "; ".join(str(_masked(deviation)) for deviation in drift[:5])
    return f"{listed}; and {len(drift) - 5} more" if len(drift) > 5 else listed


def _masked(deviation: Deviation) -> Deviation:
    """A deviation, fit to be shown: before it is cut, as half a key could not be masked any more."""
    found = deviation.found
    if not isinstance(found, (str, dict, list)):
        return evolve(deviation, pointer=shown(deviation.pointer))
    text = shown(found) if isinstance(found, str) else _Excerpt(shown(repr(found)))  # pyright: ignore[reportUnknownArgumentType]
    return evolve(deviation, pointer=shown(deviation.pointer), found=text)


class _Excerpt(str):
    """A text that stands for a value, and is its own repr."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)
