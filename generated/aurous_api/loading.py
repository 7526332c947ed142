"""The import of what a call needs first."""

from __future__ import annotations

import os
import sys
import threading
from _thread import start_new_thread
from importlib import import_module
from typing import Any, Final

_importing: Final = threading.RLock()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_importing.acquire, after_in_parent=_importing.release, after_in_child=_importing.release
    )


def load(name: str, attribute: str, package: str | None = None) -> Any:
    """What a module defines. The module is imported in another thread.

    Signal handlers run in the main thread. Where one raises within an import, CPython leaves the lock of the module
    held, and every other thread that needs the module waits forever. A fork waits until nothing is imported here: else
    the child would inherit that lock, held by a thread that it has not.

    Args:
        name: Of the module, as `importlib.import_module` takes it.
        attribute: Of the module.
        package: What a relative name starts from.
    """
    if name in sys.modules:  # which other threads may be importing still: that is waited for
        return getattr(import_module(name), attribute)

    def ask() -> None:
        try:
            with _importing:
                outcome.append(getattr(import_module(name, package), attribute))
        except BaseException as error:  # noqa: BLE001  # raised where it is waited for
            failure.append(error)
        done.release()

    outcome: list[Any] = []
    failure: list[BaseException] = []
    done = threading.Lock()
    done.acquire()
    if threading.current_thread() is not threading.main_thread():
        ask()
    else:
        try:
            start_new_thread(ask, ())
        except RuntimeError:  # at the end of the process no thread can be started
            ask()
    done.acquire()
    if failure:
        raise failure[0]
    return outcome[0]
