"""What a contract says, fact by fact: there is this method, it has that parameter, it is of such a type.

References are followed on the way, so what merely moved into a component, or out of one, leaves the facts as they were.
Names of methods, parameters, classes, members and types are those that callers know (public_names.py).
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Flag
from typing import Final, TypeAlias
from urllib.parse import unquote

from openapi.contract import Contract, mapping, sequence, text
from openapi.document import Json, escaped, quoted
from openapi.public_names import PublicNames

Spot: TypeAlias = tuple[str, Json]
"""A value of a contract, after the pointer of where it stands."""

Key: TypeAlias = tuple[str, ...]
"""What a fact is about, in a way that both contracts share; facts on parts of it have a key that goes on."""

Limit: TypeAlias = tuple[str, Json]
"""A keyword that limits values, and what it says."""

OWNER: Final = "\0"
"""Stands in a label for the methods that it is about: a component may be of many."""

_CODE_NOTES: Final = ("inferred", "remedy", "source", "when")
NOTHING: Final[Spot] = ("", None)
"""What stands where a contract says nothing."""


class Direction(Flag):
    """Which ways a value travels."""

    REQUEST = 1
    RESPONSE = 2
    BOTH = REQUEST | RESPONSE


@dataclass(frozen=True)
class Fact:
    """One thing that a contract says.

    Attributes:
        kind: what it is about; the rules of changes.py have most of them.
        label: of what it speaks, in words that fit into a sentence.
        pointer: where it is said.
        value: what it says.
        text: the same, to read.
        needed: whether that has to be there.
        direction: which ways the value travels that it is about.
        owner: the method that stands for `OWNER` in the label.
    """

    kind: str
    label: str
    pointer: str
    value: object = None
    text: str = ""
    needed: bool = False
    direction: Direction = Direction.BOTH
    owner: str = ""


class FactReader:
    """Gathers facts of a contract; what reads its parts builds on it."""

    def __init__(self, contract: Contract, known: PublicNames, prefix: str) -> None:
        """Begin with no facts.

        Args:
            contract: The contract.
            known: What callers know it by.
            prefix: What the generator puts before names that are none in Python.
        """
        self._contract = contract
        self._names = known
        self._prefix = prefix
        self._facts: dict[Key, Fact] = {}
        self._owner = ""

    def _add(self, key: Key, fact: Fact) -> Key:
        known = self._facts.get(key)
        if known is None:
            self._facts[key] = replace(fact, owner=self._owner)
        elif fact.direction not in known.direction:
            self._facts[key] = replace(known, direction=known.direction | fact.direction)
        return key

    def _words(self, key: Key, entries: dict[str, Spot], label: str, handled: Iterable[str] = ()) -> None:
        """Read what means nothing to the generated code."""
        for name, spot in entries.items():
            if name in handled:
                continue
            if name == "deprecated":
                if spot[1] is True:
                    self._add((*key, name), Fact("deprecation", label, spot[0]))
            elif name == "x-codes":
                self._codes(key, spot)
            elif name == "examples" and isinstance(spot[1], dict):
                for title, one in entries_of(*spot).items():
                    place, shown = self._followed(one)
                    words = f"the example {quoted(title)} of {label}"
                    self._add((*key, "example", title), Fact("words", words, place, canonical(shown)))
            else:
                words = f"{quoted(name)} of {label}"
                self._add((*key, "words", name), Fact("words", words, spot[0], canonical(spot[1])))

    def _codes(self, key: Key, codes: Spot) -> None:
        """Read what is known of the error codes: the SDK advises, and decides on retries, by it."""
        for code, entry in entries_of(*codes).items():
            below = self._add((*key, "code", code), Fact("code", f"the error code {quoted(code)}", entry[0]))
            for name, spot in entries_of(*entry).items():
                words = f"{quoted(name)} of the error code {quoted(code)}"
                kind = "words" if name in _CODE_NOTES else "code fact"
                self._add((*below, name), Fact(kind, words, spot[0], canonical(spot[1]), quoted(spot[1])))

    def _followed(self, spot: Spot) -> Spot:
        """Where a value stands that is perhaps a reference."""
        seen: set[str] = set()
        while "$ref" in mapping(spot[1]) and spot[0] not in seen:
            seen.add(spot[0])
            spot = target_of(self._contract, mapping(spot[1])["$ref"])
        return spot


def entries_of(pointer: str, value: Json) -> dict[str, Spot]:
    """What stands in a mapping, by name."""
    return {name: (f"{pointer}/{escaped(name)}", one) for name, one in mapping(value).items()}


def items_of(pointer: str, value: Json) -> list[Spot]:
    """What stands in a list."""
    return [(f"{pointer}/{index}", one) for index, one in enumerate(sequence(value))]


def part_of(spot: Spot, name: str) -> Spot:
    """What a mapping has at a name."""
    return f"{spot[0]}/{escaped(name)}", mapping(spot[1]).get(name)


def target_of(contract: Contract, reference: Json) -> Spot:
    """What a reference leads to."""
    return unquote(text(reference)), contract.resolve(reference)


def merged(layers: list[dict[str, Spot]]) -> dict[str, Spot]:
    """One mapping of several; of two entries under a name, the first one stands."""
    return {name: one for layer in reversed(layers) for name, one in layer.items()}


def canonical(value: object) -> str:
    """A value as text, because Python holds 1, 1.0 and True for equal."""
    return json.dumps(value, sort_keys=True)
