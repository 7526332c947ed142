"""The API key, wrapped so that it shows nowhere by accident."""

from __future__ import annotations

import logging
import re
from typing import Final, NoReturn
from weakref import WeakSet

from aurous._errors import ConfigurationError

MASK: Final = "[api key]"
_MASK_BYTES: Final = MASK.encode()


_in_use: Final[WeakSet[Secret]] = WeakSet()


class Secret:
    """Holds a key. Printing, logging, pickling or inspecting it shows no character of it; only `reveal` does."""

    __slots__ = ("__weakref__", "_bytes", "_value", "problem")

    def __init__(self, value: str = "", *, problem: str | None = None) -> None:
        self._value = value
        self._bytes = value.encode()
        self.problem: str | None = problem
        """Why it cannot be used as a key; None for one that can."""
        if value:
            _in_use.add(self)

    def reveal(self) -> str:
        """The key itself, to be put into a request header and nowhere else."""
        return self._value

    def is_in(self, text: str) -> bool:
        """Whether a text repeats the key."""
        return self._value in text or self._value.lower() in text

    def mask(self, text: str) -> str:
        """The text with every occurrence of the key replaced: servers and libraries repeat what they were sent."""
        return text.replace(self._value, MASK).replace(self._value.lower(), MASK)

    def mask_bytes(self, data: bytes) -> bytes:
        """As `mask`, for a body: also where JSON escapes spell the key."""
        data = data.replace(self._bytes, _MASK_BYTES)
        return self._spelled().sub(_MASK_BYTES, data) if b"\\u00" in data else data

    def _spelled(self) -> re.Pattern[bytes]:
        ways = (rb"(?:%b|\\u00(?i:%02x))" % (re.escape(bytes((byte,))), byte) for byte in self._bytes)
        return re.compile(b"".join(ways))

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
    """Masks the keys of all clients in the records of a logger.

    httpcore writes the headers of answers to its log at DEBUG, and a server may repeat in them what it was sent.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask the record; it always passes."""
        text = record.getMessage()
        for secret in list(_in_use):
            text = secret.mask(text)
        record.msg, record.args = text, ()
        return True
