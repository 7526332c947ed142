"""Writing a file whole or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from aurous import _check


@contextmanager
def saving(path: str | os.PathLike[str]) -> Generator[tuple[BinaryIO, Path]]:
    """A file to write to, and its path. An existing file is replaced at the end, and its mode kept.

    A link is followed. What is no regular file, such as a pipe, is written to as it is.

    Raises:
        ConfigurationError: It cannot be the path of a file.
        OSError: The file cannot be written; what was there before is there still.
    """
    try:
        target = Path(path)
        mode = _mode_of(target)
    except (TypeError, ValueError) as error:
        raise _check.refusal("path", f"{_check.excerpt(path)} cannot be that of a file: {error}") from None
    try:
        if mode is None or stat.S_ISREG(mode):
            with _replacing(target.resolve(), keeps_mode=mode is not None) as file:
                yield file, target
        else:
            with target.open("wb") as file:
                yield file, target
    except OSError as error:  # it may name the file that was to take the place of this one
        raise OSError(error.errno, error.strerror, str(target)) from None


def _mode_of(target: Path) -> int | None:
    """The mode of what a path leads to; None where nothing is there."""
    try:
        return target.stat().st_mode
    except FileNotFoundError:
        return None


@contextmanager
def _replacing(target: Path, *, keeps_mode: bool) -> Generator[BinaryIO]:
    unfinished = target.with_name(f".{target.name[:50]}.{os.urandom(8).hex()}")
    try:
        with unfinished.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if keeps_mode:
            unfinished.chmod(stat.S_IMODE(target.stat().st_mode))
        unfinished.replace(target)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
