"""What a status means, for everything that has one: completions, generations, characters.

The public statuses are not all that may come. The vendor's pages also name states of its own machines (API_FACTS 4.1
item 5, 4.4 item 37), which may leak. An unknown status is neither an end nor a success.
"""

from __future__ import annotations

from typing import ClassVar

from attrs import define


@define(frozen=True)
class States:
    """The statuses of one kind of thing, by what they mean. Any `cancelled_...` counts as cancelled."""

    in_progress: frozenset[str]
    completed: frozenset[str]
    failed: frozenset[str] = frozenset({"failed"})
    cancelled: frozenset[str] = frozenset({"cancelled"})
    gone: frozenset[str] = frozenset()
    """At an end that is none of these: deleted, say."""
    others: frozenset[str] = frozenset()
    """Known, and neither work in progress nor an end: waiting for somebody."""


class HasStatus:
    """Gives a model with a `status` the words for what it means."""

    __slots__ = ()

    _states: ClassVar[States]

    def _is(self, states: frozenset[str]) -> bool:
        return self._status_text in states

    @property
    def _status_text(self) -> str:
        status = getattr(self, "status", None)
        return str.__str__(status) if isinstance(status, str) else ""

    @property
    def is_in_progress(self) -> bool:
        """It is still being worked on."""
        return self._is(self._states.in_progress)

    @property
    def is_completed(self) -> bool:
        """It is finished, and whole."""
        return self._is(self._states.completed)

    @property
    def is_failed(self) -> bool:
        """It will not be finished."""
        return self._is(self._states.failed)

    @property
    def is_cancelled(self) -> bool:
        """It was called off; also for the internal states `cancelled_...`, which may leak."""
        return self._is(self._states.cancelled) or self._status_text.startswith("cancelled_")

    @property
    def is_terminal(self) -> bool:
        """Nothing more will come. An unknown status is no end."""
        return self.is_completed or self.is_failed or self.is_cancelled or self._is(self._states.gone)
