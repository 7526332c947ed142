"""What a client and the copies that `with_options` makes of it share."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from aurous import _rate_limits
from aurous._config import LEARNED
from aurous._engine.pacing import Pace, learned_pace
from aurous._rate_limits import RateLimit
from aurous._retries import TokenBucket
from aurous_api.loading import load

if TYPE_CHECKING:
    from aurous._config import Config

_NOTHING: Mapping[str, str] = {}


class Recent:
    """Texts seen of late; the oldest is forgotten first."""

    _MOST: Final = 10_000

    def __init__(self) -> None:
        self._texts: dict[str, None] = {}

    def __contains__(self, text: str) -> bool:
        return text in self._texts

    def add(self, text: str) -> None:
        """Remember a text."""
        self._texts[text] = None
        while len(self._texts) > self._MOST:
            with suppress(StopIteration, RuntimeError, KeyError):  # other threads do the same
                del self._texts[next(iter(self._texts))]

    def discard(self, text: str) -> None:
        """Forget a text, if it is there."""
        self._texts.pop(text, None)


class ClientState:
    """The retry budget and the pace of a process, and the rate limits as last seen."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._bucket: tuple[int, TokenBucket] | None = None
        self._pace: tuple[int, Pace | None] | None = None
        self.unanswered = Recent()
        """Idempotency keys of calls that were sent and brought no response: they may be under way still."""
        self.shared: dict[str, Any] = {}
        """What rooms beside the engine keep here, by a name of their own."""
        self._with_requests = _NOTHING
        self._with_tokens = _NOTHING

    @property
    def bucket(self) -> TokenBucket:
        """The retry budget of this process. A forked child gets its own: its parent's lock may be held for ever."""
        bucket = self._bucket
        if bucket is None or bucket[0] != os.getpid():
            bucket = self._bucket = (os.getpid(), TokenBucket(self._config.retry_budget))
        return bucket[1]

    @property
    def pace(self) -> Pace | None:
        """What paces the calls of this process; None where nothing does."""
        pace = self._pace
        if pace is None or pace[0] != os.getpid():
            pace = self._pace = (os.getpid(), self._new_pace())
        return pace[1]

    def _new_pace(self) -> Pace | None:
        pacer = self._config.pacer
        if pacer is None:
            return None
        if pacer == LEARNED:
            return learned_pace(self._config)
        shared: Pace = load("aurous._engine.shared_pace", "SharedPace")(pacer)
        return shared

    def saw(self, headers: Mapping[str, str]) -> None:
        """Remember what a response told of the rate limits."""
        if _rate_limits.tells_requests(headers):
            self._with_requests = headers
        if _rate_limits.tells(headers, _rate_limits.TOKENS):
            self._with_tokens = headers

    @property
    def rate_limit(self) -> RateLimit:
        """The last seen state of each bucket."""
        return RateLimit(
            requests=_rate_limits.rate_limit(self._with_requests).requests,
            tokens=_rate_limits.rate_limit(self._with_tokens).tokens,
        )
