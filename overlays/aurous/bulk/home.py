"""Where a bulk works: in the process, and on the event loop, that entered it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aurous import _process
from aurous._errors import ConfigurationError

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop


class Home:
    """A place that nobody else works in: not a forked child, which has no threads of it, nor a second event loop.

    Args:
        loop: The event loop; None for a synchronous client.
    """

    def __init__(self, loop: AbstractEventLoop | None) -> None:
        self.loop: AbstractEventLoop | None = loop
        self._pid = _process.look()

    @property
    def is_forked(self) -> bool:
        """Whether this is another process."""
        return _process.look() != self._pid

    @property
    def is_here(self) -> bool:
        """Whether this is the place."""
        return not self.is_forked and (self.loop is None or self.loop is _running_loop())

    def refuse_children(self) -> None:
        """Raise a ConfigurationError where this is another process."""
        if self.is_forked:
            raise ConfigurationError(
                "the bulk belongs to the process that this one was forked from. To do: make another one here, by "
                "client.bulk()"
            )

    def refuse_others(self) -> None:
        """Raise a ConfigurationError where this is another process or event loop."""
        self.refuse_children()
        if not self.is_here:
            raise ConfigurationError(
                "the bulk belongs to another event loop. To do: read it in the loop that entered it, or make another "
                "one here, by client.bulk(); under the name of the same run=, it pays for nothing again"
            )


def _running_loop() -> AbstractEventLoop | None:
    from asyncio import get_running_loop  # noqa: PLC0415  # a fifth of what a synchronous client imports

    try:
        return get_running_loop()
    except RuntimeError:
        return None
