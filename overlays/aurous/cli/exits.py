"""How the command line ends: its exit codes."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aurous import AurousError


class Exit(IntEnum):
    """The exit codes; the docs list them."""

    OK = 0
    NO = 1
    """The API said no, a completion failed or was cancelled, a check of the doctor failed."""
    USAGE = 2
    """Nothing was sent: wrong arguments, no key, a missing extra."""
    UNANSWERED = 3
    """No response, or none that can be used."""
    NOT_YET = 4
    """The completion was not at its end when the time to wait was up."""
    UNEXPECTED = 70
    """An error of the command itself."""
    INTERRUPTED = 130
    """Ctrl-C."""
    CLOSED = 141
    """Whoever read the output went away."""


DESCRIPTION = """\
exit codes:
  0    all went well
  1    the API said no, a completion failed or was
       cancelled, or the doctor found something
  2    nothing was sent: wrong arguments, no key,
       or an extra that is not installed
  3    no response, or none that can be used
  4    the completion was not at its end in time
  70   an error of the command itself
  130  Ctrl-C
  141  whoever read the output went away
"""


def exit_of(error: AurousError) -> Exit:
    """The exit code for an error of the SDK."""
    from aurous import (  # noqa: PLC0415  # a command that goes well needs none of them
        APIConnectionError,
        APIResponseError,
        BudgetExceededError,
        ConfigurationError,
        StreamInterruptedError,
        WaitTimeoutError,
    )

    if isinstance(error, WaitTimeoutError):
        return Exit.NOT_YET
    if isinstance(error, (APIConnectionError, APIResponseError, StreamInterruptedError)):
        return Exit.UNANSWERED
    return Exit.USAGE if isinstance(error, (ConfigurationError, BudgetExceededError)) else Exit.NO
