"""The API key, wrapped so that it shows nowhere by accident."""

from __future__ import annotations

import logging
import re
from typing import Final, NoReturn
from weakref import WeakValueDictionary

from aurous._errors import ConfigurationError
from aurous._text import MASK

UNMISTAKABLE: Final = 16
"""Characters from which on a key is no word."""


# By identity: of two equal ones, a set would keep the first, and lose both with it.
_in_use: Final[WeakValueDictionary[int, Secret]] = WeakValueDictionary()


class Secret:
    """Holds a key. Printing, logging, pickling or inspecting it shows no character of it; only `reveal` does."""

    __slots__ = ("__weakref__", "_lower", "_value", "problem")

    def __init__(self, value: str = "", *, problem: str | None = None) -> None:
        self._value = value
        self._lower = value.lower()
        self.problem: str | None = problem
        """Why it cannot be used as a key; None for one that can."""
        if value:
            _in_use[id(self)] = self

    def reveal(self) -> str:
        """The key itself, to be put into a request header and nowhere else."""
        return self._value

    def is_in(self, text: str) -> bool:
        """Whether a text repeats the key."""
        return self._value in text or self._lower in text

    def mask(self, text: str) -> str:
        """The text, fit to be shown: with every occurrence of the key replaced.

        Servers and libraries repeat what they were sent. A short key may be a part of a word; then the word stays.
        """
        if not self._value or not self.is_in(text):
            return text
        if len(self._value) >= UNMISTAKABLE:
            return text.replace(self._value, MASK).replace(self._lower, MASK)
        return re.sub(rf"(?<![\w-]){re.escape(self._value)}(?![\w-])", MASK, text, flags=re.IGNORECASE)

    @property
    def is_unmistakable(self) -> bool:
        """Whether it is too long to be a word: then it may be masked wherever it stands."""
        return len(self._value) >= UNMISTAKABLE

    def __repr__(self) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> NoReturn:
        raise ConfigurationError(
            "an API key does not pickle: let the process that needs it read its own AUROUS_API_KEY"
        )


class KeyFilter(logging.Filter):
    """Masks the keys of all clients in the records of a logger: a server may repeat what it was sent."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask the record; it always passes."""
        record.msg, record.args = shown(record.getMessage()), ()
        return True


def shown(text: str) -> str:
    """The text with the keys of all clients masked, for what is shown and knows of no client."""
    for reference in _in_use.valuerefs():
        secret = reference()
        text = text if secret is None else secret.mask(text)
    return text
