"""Which process this is: what a forked child inherits of connections and locks is not its own."""

from __future__ import annotations

import os

pid: int = os.getpid()
"""As it was last looked at. Each call looks once, as it begins, and whoever reads on; `os.getpid()` asks the operating
system, and a call needs to know five times."""


def look() -> int:
    """Look which one this is now. A hook after forks would not do: in C nobody calls it, and others come before it."""
    global pid  # noqa: PLW0603
    pid = os.getpid()
    return pid
