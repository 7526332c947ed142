"""What models cost, as `GET /v1/models` tells it: asked for once, by one call for all, and then kept for a while."""

from __future__ import annotations

import copy
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final
from weakref import ref

from attrs import evolve

from aurous import _process
from aurous._engine.effects import Flow, Sleep
from aurous._engine.log_fields import log_fields
from aurous._errors import APITimeoutError, AurousError
from aurous.money.lock import ProcessLock
from aurous_api.operations import CallOptions
from aurous_api.resources.models import LIST

if TYPE_CHECKING:
    from aurous._config import Timeout

_logger: Final = logging.getLogger("aurous")

_KEPT: Final = 600.0
"""Seconds. The rates of chat and embeddings may change at any time (API_FACTS 1.3)."""

_ASKED_AGAIN: Final = 5.0
"""Seconds after a failure."""

_PAUSE: Final = 0.05
_LONGEST_WAIT: Final = 10.0
"""Seconds for another call to ask, which may be gone."""


class Rates:
    """The models of one server, with their rates."""

    def __init__(self) -> None:
        self._models: Sequence[Any] = ()
        self._failure: AurousError | None = None
        self._until: float | None = None
        self._asked_by: ref[_Asker] | None = None
        """The call that asks. An interrupt at any point leaves none behind: it is gone as its call is."""
        self._lock = ProcessLock()

    def flow(self, caller: Any, timeout: Timeout, *, are_needed: bool) -> Flow[Sequence[Any]]:
        """The models; those of before, where they cannot be had now.

        Args:
            caller: Who asks.
            timeout: How long that may take.
            are_needed: Whether to ask again where they could not be had a moment ago.

        Raises:
            AurousError: They cannot be had, and never were. Calls that waited for one another have the same error.
            APITimeoutError: Another call asks for them, and has no response within the timeout of this one.
        """
        clock, before = caller.config.clock, self._failure

        def are_told(now: float) -> bool:
            is_answered = bool(self._models) or self._failure is None or self._failure is not before
            return self._are_new(now) and (is_answered or not are_needed)

        began, asker = clock.monotonic(), _Asker()
        try:
            while not are_told(now := clock.monotonic()):
                left = began + timeout.total - now
                if left <= 0:
                    raise APITimeoutError(
                        f"no request was sent within timeout={timeout.total:g} s: another call still waits for GET "
                        "/v1/models. To do: raise timeout=, or call client.models.list() to see what it meets",
                        retryable=True,
                    )
                if self._takes_it(asker) or now - began >= _LONGEST_WAIT:
                    yield from self._ask(caller, evolve(timeout, total=min(left, caller.config.timeout.total)))
                    break
                yield Sleep(min(_PAUSE, left))  # another call asks
        finally:
            del asker  # it is gone from here on, also where a traceback keeps this frame
        failure = self._failure
        if failure is not None and not self._models:
            raise copy.copy(failure)  # each caller its own
        return self._models

    def _ask(self, caller: Any, timeout: Timeout) -> Flow[None]:
        try:
            call: Flow[Any] = caller.flow(LIST, (), {}, CallOptions(timeout=timeout))
            self._models, self._failure, kept = (yield from call).data, None, _KEPT
        except AurousError as error:
            _logger.warning(
                "what models cost is not known, as GET /v1/models failed: %s",
                error.message,
                extra=log_fields("rates", LIST.name, outcome=error.outcome, error_type=type(error).__name__),
            )
            self._failure, kept = error, _ASKED_AGAIN
        self._until = caller.config.clock.monotonic() + kept

    def _are_new(self, now: float) -> bool:
        return self._until is not None and now < self._until

    def _takes_it(self, asker: _Asker) -> bool:
        """Whether it is for this call to ask."""
        with self._lock():
            other = None if self._asked_by is None else self._asked_by()
            if other is not None and other.process == asker.process:
                return False
            self._asked_by = ref(asker)
            return True


class _Asker:
    """A call that asks. One of another process counts for nothing: a forked child has none of its parent's calls."""

    def __init__(self) -> None:
        self.process = _process.look()
