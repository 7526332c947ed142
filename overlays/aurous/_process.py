"""Which process this is: what a forked child inherits of connections and locks is not its own."""

from __future__ import annotations

import os

pid: int = os.getpid()
"""As `os.getpid()`, which asks the operating system each time: a call of the API would do so five times."""


def _forked() -> None:
    global pid  # noqa: PLW0603
    pid = os.getpid()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
