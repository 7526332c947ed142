"""The API key, wrapped so that it shows nowhere by accident."""

from typing import Final, NoReturn

from aurous._errors import ConfigurationError

MASK: Final = "[api key]"


class Secret:
    """Holds a key. Printing, logging, pickling or inspecting it shows no character of it; only `reveal` does."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The key itself, to be put into a request header and nowhere else."""
        return self._value

    def mask(self, text: str) -> str:
        """The text with every occurrence of the key replaced: servers and libraries repeat what they were sent."""
        return text.replace(self._value, MASK)

    def __repr__(self) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> NoReturn:
        raise ConfigurationError("an API key does not pickle: let the process that needs it read its own AUROUS_API_KEY")
