"""A key that is planted to see where it shows."""

from __future__ import annotations

import logging
import pickle
import secrets
import traceback
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from os import PathLike, stat_result
from pathlib import Path
from typing import Any, Final

_MASK: Final = "[canary]"
_AROUND: Final = 60
"""Characters that are shown before and after it."""
_STANDARD: Final = frozenset(vars(logging.makeLogRecord({})))


class Canary:
    """A key that is to show nowhere. Its own `repr` does not show it.

    Example:
        >>> canary.check(error)  # fails where an exception, a result or anything else shows the key
    """

    def __init__(self) -> None:
        self.key: Final = f"al_live_{secrets.token_hex(32)}"
        """The key."""
        self._seen: list[str] = []
        self._told: set[str] = set()
        self._folders: dict[Path, dict[Path, tuple[int, int]]] = {}

    def __repr__(self) -> str:
        return "Canary()"

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a canary does not pickle: the key would show in the pickle")

    def watch(self, folder: str | PathLike[str]) -> None:
        """Look, at the end of the test, into the files below a folder that were written from now on."""
        path = Path(folder).resolve()
        self._folders.setdefault(path, {file: _mark(state) for file, state in _files(path)})

    def check(self, *things: object) -> None:
        """Look at exceptions, results or anything else: at their `str`, `repr`, attributes and pickle.

        Raises:
            AssertionError: The key shows; the message says where.
        """
        seen = [line for thing in things for line in self._in(_of(thing))]
        if seen:
            raise AssertionError("\n".join(["The key (aurous_canary) shows:", *seen]))

    @contextmanager
    def listening(self) -> Generator[None]:
        """Look at each log record that comes to the root logger in a block."""
        handler = _Handler(self._note)
        root = logging.getLogger()
        root.addHandler(handler)
        try:
            yield
        finally:
            root.removeHandler(handler)

    def sightings(self, error: BaseException | None = None, texts: Iterable[tuple[str, str]] = ()) -> list[str]:
        """Where the key was seen, in words: what was not told before.

        Args:
            error: What the test ended with.
            texts: Other places, by name, with what stands there.
        """
        found = [*self._seen, *self._in(texts), *self._in(self._written())]
        found += [] if error is None else self._in(_of(error))
        new = [line for line in dict.fromkeys(found) if line not in self._told]
        self._told.update(new)
        return new

    def _note(self, place: str, text: str) -> None:
        self._seen += self._in([(place, text)])

    def _in(self, places: Iterable[tuple[str, str]]) -> list[str]:
        found: list[str] = []
        for place, text in places:
            at = text.lower().find(self.key)
            if at >= 0:
                before, after = text[max(0, at - _AROUND) : at], text[at + len(self.key) :][:_AROUND]
                around = (before + _MASK + after).replace(self.key, _MASK)
                found.append(f"  {place}: ...{' '.join(around.split())}...")
        return found

    def _written(self) -> Iterator[tuple[str, str]]:
        for folder, before in self._folders.items():
            for file, state in _files(folder):
                if before.get(file) != _mark(state):
                    before[file] = _mark(state)
                    with suppress(OSError):
                        yield f"file {file}", file.read_bytes().decode("latin-1")


class _Handler(logging.Handler):
    """Hands on what a record shows: its message, its exception and what was given as `extra=`."""

    def __init__(self, note: Callable[[str, str], None]) -> None:
        super().__init__()
        self._note = note
        self._formatter = logging.Formatter()

    def emit(self, record: logging.LogRecord) -> None:
        """Look at a record."""
        more = {name: value for name, value in vars(record).items() if name not in _STANDARD}
        for text in (_shown(self._formatter.format, record), _shown(repr, record.args), _attributes(more)):
            self._note(f"log of {record.name}", text)


def _of(thing: object) -> Iterator[tuple[str, str]]:
    """What something shows of itself: place and text."""
    name = type(thing).__name__
    yield f"str of {name}", _shown(str, thing)
    yield f"repr of {name}", _shown(repr, thing)
    yield f"attributes of {name}", _shown(_attributes_of, thing)
    yield f"pickle of {name}", _shown(lambda thing: pickle.dumps(thing).decode("latin-1"), thing)
    if isinstance(thing, BaseException):
        yield f"traceback of {name}", _shown(lambda error: "".join(traceback.format_exception(error)), thing)


def _attributes_of(thing: object) -> str:
    return _attributes(vars(thing))


def _attributes(of: Mapping[str, object]) -> str:
    return " ".join(f"{name}={_shown(repr, value)}" for name, value in of.items())


def _shown(show: Callable[[Any], str], thing: object) -> str:
    """What something shows in a way; nothing where it does not: its own code may raise whatever it likes."""
    try:
        return show(thing)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # noqa: BLE001  # as pytest looks at what a test ends with
        return ""


def _files(folder: Path) -> Iterator[tuple[Path, stat_result]]:
    for path in folder.rglob("*"):
        with suppress(OSError):  # it went away meanwhile
            if path.is_file():
                yield path, path.stat()


def _mark(state: stat_result) -> tuple[int, int]:
    return state.st_mtime_ns, state.st_size
