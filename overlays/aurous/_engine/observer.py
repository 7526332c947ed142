"""What can be watched of a call: log records, the caller's hooks, and notices of what will go away.

Records go to the logger `aurous`: one at DEBUG for each attempt, one at INFO for each retry, one at WARNING for each
novelty in a process. They hold method, path, status, times and request id; no header, no body, no key.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock
from typing import TYPE_CHECKING, Final

from aurous._events import RequestEvent, ResponseEvent, RetryEvent
from aurous._secret import KeyFilter
from aurous._text import one_line

if TYPE_CHECKING:
    from aurous._config import Config
    from aurous._errors import Attempt
    from aurous._retries import FailedAttempt

logger: Final = logging.getLogger("aurous")
logger.addHandler(logging.NullHandler())
logger.addFilter(KeyFilter())


class Observer:
    """Tells of one call."""

    __slots__ = ("_config", "_debug", "_method", "_path", "_trace")

    def __init__(self, config: Config, operation: str, method: str, path: str) -> None:
        self._config = config
        self._method = method
        self._path = path
        self._debug = logger.isEnabledFor(logging.DEBUG)
        self._trace = (
            config.telemetry(operation, method, config.base_url + path) if config.telemetry is not None else None
        )

    def request(self, number: int) -> None:
        """An attempt begins."""
        if self._trace is not None:
            self._trace.request(number)
        if self._config.on_request is not None:
            self._config.on_request(RequestEvent(self._method, self._path, number))

    def response(self, number: int, attempt: Attempt) -> None:
        """An attempt has ended."""
        if self._debug:
            logger.debug(
                "%s %s: %s in %.3f s (attempt %d, request id %s)",
                self._method,
                self._path,
                attempt.reason,
                attempt.elapsed,
                number,
                attempt.request_id,
            )
        if self._trace is not None:
            self._trace.response(attempt)
        if self._config.on_response is not None:
            self._config.on_response(ResponseEvent(self._method, self._path, number, attempt))

    def retry(self, failed: FailedAttempt, delay: float, reason: str) -> None:
        """Another attempt follows."""
        logger.info(
            "%s %s: trying again in %.3f s after attempt %d (%s)",
            self._method,
            self._path,
            delay,
            failed.number,
            reason,
        )
        if self._config.on_retry is not None:
            self._config.on_retry(RetryEvent(self._method, self._path, failed, delay))

    def succeeded(self, result: object) -> None:
        """The call has ended with a result."""
        if self._trace is not None:
            self._trace.succeeded(result)

    def failed(self, error: BaseException | None) -> None:
        """The call has ended without one."""
        if self._trace is not None:
            self._trace.failed(error)


class Once:
    """What was told in this process. The oldest is forgotten first, so that what is new is always told."""

    MOST: Final = 10_000

    def __init__(self) -> None:
        self._told: OrderedDict[tuple[str, ...], None] = OrderedDict()
        self._lock = Lock()

    def is_new(self, what: tuple[str, ...]) -> bool:
        """Whether this was not told before; from now on it was."""
        with self._lock:
            if what in self._told:
                return False
            self._told[what] = None
            if len(self._told) > self.MOST:
                self._told.popitem(last=False)
        return True


_announced: Final = Once()


def notices(headers: Mapping[str, str], asked_version: str | None) -> None:
    """Tell, once a process, of what a response announces: something deprecated, or another version than was asked for.

    Sources: API_FACTS 1.3 for `Aurous-Deprecated`, `Sunset` (RFC 8594) and `Aurous-Version`.
    """
    deprecated = headers.get("aurous-deprecated")
    if deprecated is not None:
        what, sunset = one_line(deprecated, 200), one_line(headers.get("sunset", ""), 60)
        _tell(
            ("deprecated", what),
            f"the API announces as deprecated: {what!r}"
            + (f", to go away at {sunset}" if sunset else "")
            + "; see https://docs.aurous-labs.com",
        )
    applied = headers.get("aurous-version")
    if asked_version is not None and applied is not None and applied != asked_version:
        applied = one_line(applied, 60)
        _tell(
            ("version", asked_version, applied),
            f"the API applied version {applied!r} where {asked_version!r} was asked for; see https://docs.aurous-labs.com",
        )


def _tell(key: tuple[str, ...], text: str) -> None:
    if _announced.is_new(key):
        logger.warning("%s", text)
