"""What a client and the copies that `with_options` makes of it share."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from aurous import _process, _rate_limits
from aurous._config import LEARNED
from aurous._engine.pacing import Pace, learned_pace
from aurous._rate_limits import RateLimit
from aurous._retries import TokenBucket
from aurous_api.loading import load

if TYPE_CHECKING:
    from aurous._config import Config
    from aurous._engine.effects import Request

_NOTHING: Mapping[str, str] = {}


class Unanswered:
    """Requests by idempotency key that were sent and brought no response: they may be under way still.

    The oldest is forgotten first.
    """

    _MOST: Final = 10_000

    def __init__(self) -> None:
        self._requests: dict[str, bytes] = {}

    def __contains__(self, key: str) -> bool:
        return key in self._requests

    def is_other(self, key: str, request: Request) -> bool:
        """Whether the key belongs to another request than this one, as the API compares them (API_FACTS 1.6)."""
        known = self._requests.get(key)
        return known is not None and known != _fingerprint(request)

    def add(self, key: str, request: Request) -> None:
        """Remember a request."""
        self._requests[key] = _fingerprint(request)
        while len(self._requests) > self._MOST:
            with suppress(StopIteration, RuntimeError, KeyError):  # other threads do the same
                del self._requests[next(iter(self._requests))]

    def discard(self, key: str) -> None:
        """Forget a request: its answer has come."""
        self._requests.pop(key, None)


def _fingerprint(request: Request) -> bytes:
    """What tells a request from another one: its route and its body, however its names are ordered."""
    body = request.body if isinstance(request.body, bytes) else b""
    with suppress(ValueError, RecursionError):  # no JSON is compared as it is
        body = json.dumps(json.loads(body, parse_float=_number), sort_keys=True).encode()
    told = b"\n".join((request.method.encode(), request.url.encode(), body))
    digest: bytes = load("hashlib", "sha256")(told).digest()
    return digest


def _number(text: str) -> float | int:
    number = float(text)
    return int(number) if number.is_integer() else number


class ClientState:
    """The retry budget and the pace of a process, and the rate limits as last seen.

    Args:
        config: That of the client.
        asynchronous: Whether the client is.
    """

    def __init__(self, config: Config, *, asynchronous: bool = False) -> None:
        self._config = config
        self._asynchronous = asynchronous
        self._bucket: tuple[int, TokenBucket] | None = None
        self._pace: tuple[int, Pace | None] | None = None
        self.unanswered: Unanswered = Unanswered()
        self.shared: dict[str, Any] = {}
        """What rooms beside the engine keep here, by a name of their own."""
        self._with_requests = _NOTHING
        self._with_tokens = _NOTHING

    @property
    def bucket(self) -> TokenBucket:
        """The retry budget of this process. A forked child gets its own: its parent's lock may be held for ever."""
        bucket = self._bucket
        if bucket is None or bucket[0] != _process.pid:
            bucket = self._bucket = (_process.pid, TokenBucket(self._config.retry_budget))
        return bucket[1]

    @property
    def pace(self) -> Pace | None:
        """What paces the calls of this process; None where nothing does."""
        pid, pace = _process.look(), self._pace
        if pace is None or pace[0] != pid:
            pace = self._pace = (pid, self._new_pace())
        return pace[1]

    def _new_pace(self) -> Pace | None:
        pacer = self._config.pacer
        if pacer is None:
            return None
        if pacer == LEARNED:
            return learned_pace(self._config)
        shared: Pace = load("aurous._engine.shared_pace", "SharedPace")(pacer, asynchronous=self._asynchronous)
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
