"""Seed files: completions from JSON.

A seed is a list of entries, or an object from id to entry. An entry is the body of a completion, or an object with the
body under `completion`, and `life`, `team` or `cancellable` beside it:

    [{"id": "cmp_a", "object": "chat.completion", ...},
     {"completion": {"id": "cmp_b", ...}, "life": {"in_progress_for": 3, "then": "failed"}, "team": "other"}]
"""

import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, fields
from os import PathLike, fspath
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from ._checks import check_id, check_json
from ._completions import Life
from ._errors import EmulatorError, SeedError
from ._json import Body, is_list, is_object, kind_of

_ENTRY_KEYS = {"completion", "life", "team", "cancellable"}
_LIFE_KEYS = {field.name for field in fields(Life)}
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class SeedEntry:
    """One completion of a seed."""

    completion: Body
    life: Life | None = None
    team: str | None = None
    cancellable: bool = True


class _PlaceError(Exception):
    """What is wrong within a seed, and where: `place` is a JSON pointer."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(reason)
        self.place = place


def read(path: str | PathLike[str], teams: Collection[str]) -> list[SeedEntry]:
    """Read a seed file, whole or not at all.

    Raises:
        SeedError: The file cannot be read, is not JSON, or is no seed.
    """
    name = fspath(path)
    try:
        return parse(_load(name), teams)
    except _PlaceError as mistake:
        raise SeedError(f"seed {name}, at {mistake.place or 'the top'}: {mistake}") from None


def parse(document: Any, teams: Collection[str]) -> list[SeedEntry]:
    """The entries of a seed that is already JSON; raises `_PlaceError`."""
    entries: list[SeedEntry] = []
    seen: dict[str, str] = {}
    for place, entry in _entries(document):
        parsed = _entry(place, entry, teams)
        completion_id = parsed.completion["id"]
        if completion_id in seen:
            raise _PlaceError(place, f"the id {completion_id!r} is at {seen[completion_id]} already: give each its own")
        seen[completion_id] = place
        entries.append(parsed)
    return entries


def parse_entry(document: Any, teams: Collection[str]) -> SeedEntry:
    """One entry that is already JSON.

    Raises:
        EmulatorError: It is no entry of a seed.
    """
    try:
        return _entry("", document, teams)
    except _PlaceError as mistake:
        raise EmulatorError(f"at {mistake.place or 'the top'}: {mistake}") from None


def _load(name: str) -> Any:
    try:
        text = Path(name).read_text(encoding="utf-8-sig")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SeedError(f"seed {name}: cannot be read ({reason}): give the path of a readable JSON file") from None
    except UnicodeDecodeError as error:
        raise SeedError(f"seed {name}, byte {error.start}: not UTF-8: save the file as UTF-8") from None
    except ValueError as error:
        raise SeedError(f"seed {name!r}: no name of a file ({error}): give the path of a readable JSON file") from None
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise SeedError(f"seed {name}, {place}: not JSON ({error.msg}): correct the file there") from None
    except RecursionError:
        raise SeedError(f"seed {name}: nested too deeply: a seed is a list of completions") from None
    except ValueError as error:
        raise SeedError(f"seed {name}: {error}") from None


def _object(pairs: list[tuple[str, Any]]) -> Body:
    result = dict(pairs)
    if len(result) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"one object has the key {twice!r} twice, and the first would be lost: remove one")
    return result


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON: write a number or null")


def _entries(document: Any) -> Iterator[tuple[str, Any]]:
    if is_list(document):
        yield from ((f"/{index}", value) for index, value in enumerate(document))
    elif is_object(document):
        for key, value in document.items():
            place = "/" + key.replace("~", "~0").replace("/", "~1")
            yield place, _named(place, key, value)
    else:
        raise _PlaceError(
            "", f"{kind_of(document)} is not a seed: write a list of completions, or an object from id to one"
        )


def _named(place: str, key: str, value: Any) -> Any:
    """An entry of an object from id to entry, with the id filled in."""
    if not is_object(value):
        return value
    wrapped = is_object(value.get("completion"))
    body: Body = value["completion"] if wrapped else value
    if body.get("id", key) != key:
        raise _PlaceError(
            f"{place}/completion/id" if wrapped else f"{place}/id",
            f"is not the key {key!r} it stands under: make them one",
        )
    body = {"id": key, **body}
    return {**value, "completion": body} if wrapped else body


def _entry(place: str, value: Any, teams: Collection[str]) -> SeedEntry:
    if not is_object(value):
        raise _PlaceError(place, f"{kind_of(value)} is not a completion: write an object")
    if "completion" not in value:
        return SeedEntry(_body(place, value))
    _no_others(place, value, _ENTRY_KEYS)
    team = value.get("team")
    if team is not None and team not in list(teams):
        raise _PlaceError(f"{place}/team", f"no team is called {team!r:.80}: take one of {', '.join(teams)}")
    life = _life(f"{place}/life", value["life"]) if value.get("life") is not None else None
    cancellable = value.get("cancellable", True)
    if not isinstance(cancellable, bool):
        raise _PlaceError(f"{place}/cancellable", f"cannot be {cancellable!r:.80}: write true or false")
    return SeedEntry(_body(f"{place}/completion", value["completion"]), life, team, cancellable)


def _body(place: str, value: Any) -> Body:
    if not is_object(value):
        raise _PlaceError(place, f"{kind_of(value)} is not a completion: write an object")
    if "id" not in value:
        raise _PlaceError(place, "has no id, so nobody could retrieve it: add one")
    _at(f"{place}/id", check_id, value["id"])
    body: Body = _at(place, check_json, value)
    return body


def _life(place: str, value: Any) -> Life:
    if not is_object(value) or "in_progress_for" not in value:
        raise _PlaceError(place, 'is not a life: write {"in_progress_for": seconds, "then": "completed"}')
    _no_others(place, value, _LIFE_KEYS)
    return _at(place, lambda arguments: Life(**arguments), value)


def _at(place: str, make: Callable[[Any], _T], value: Any) -> _T:
    try:
        return make(value)
    except EmulatorError as error:
        raise _PlaceError(place, str(error)) from None


def _no_others(place: str, value: Body, known: Collection[str]) -> None:
    for key in value:
        if key not in known:
            raise _PlaceError(f"{place}/{key}", f"is not known here: take one of {', '.join(sorted(known))}")
