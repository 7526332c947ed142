"""Idempotency keys: a request that was carried out is not carried out again."""

import json
from dataclasses import dataclass
from typing import Any, Final

from ._catalogue import Catalogue
from ._content import UploadedFile
from ._json import is_list, is_object
from ._responses import SuccessResponse

_WINDOW: Final = 24 * 60 * 60
"""Seconds that a key is remembered for."""

Fingerprint = tuple[str, str]
"""Where a request went, and its body in one form."""


@dataclass(frozen=True, slots=True)
class _Entry:
    fingerprint: Fingerprint
    response: SuccessResponse | None
    """None while the request is running."""
    at: float


class IdempotencyKeys:
    """The keys of all teams that were used, with what they got."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._entries: dict[tuple[str, str], _Entry] = {}

    def replayed(self, team: str, key: str, fingerprint: Fingerprint, now: float) -> SuccessResponse | None:
        """The response that the same request with this key got before, if there was one.

        Raises:
            RefusalError: The key was used for another request, or the one with it is still running.
        """
        entry = self._entries.get((team, key))
        if entry is None or (entry.response is not None and now - entry.at >= _WINDOW):
            return None
        if entry.response is None or entry.fingerprint != fingerprint:
            raise self._catalogue.refusal("idempotency_key_in_use")
        return entry.response.having({"Aurous-Idempotent-Replayed": "true"})

    def begin(self, team: str, key: str, fingerprint: Fingerprint, now: float) -> None:
        """Remember that a request is running."""
        self._entries[team, key] = _Entry(fingerprint, None, now)

    def drop(self, team: str, key: str) -> None:
        """Forget a request that came to nothing."""
        self._entries.pop((team, key), None)

    def keep(self, team: str, key: str, fingerprint: Fingerprint, response: SuccessResponse, now: float) -> None:
        """Remember what a request got. Only successes are kept: a request that was refused is judged anew."""
        self._entries[team, key] = _Entry(fingerprint, response, now)


def fingerprint(route: str, body: Any) -> Fingerprint:
    """What a request is compared by: the order of names says nothing, and of an upload only the fields count."""
    if is_object(body):
        body = {name: value for name, value in body.items() if not _is_file(value)}
    return route, json.dumps(body, sort_keys=True)


def _is_file(value: object) -> bool:
    return isinstance(value, UploadedFile) or (is_list(value) and bool(value) and _is_file(value[0]))
