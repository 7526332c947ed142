"""What holds where a caller says nothing."""

from typing import Final

CREATE_TIMEOUT: Final = 600.0
"""Seconds that the creation of a completion may take."""

IDLE_TIMEOUT: Final = 300.0
"""Seconds without an event, while keep-alives come: a model that thinks streams nothing."""

MAX_ROUNDS: Final = 8
"""Completions of a run of tools."""

MAX_CALLS: Final = 16
"""Calls of tools that are carried out in a round."""
