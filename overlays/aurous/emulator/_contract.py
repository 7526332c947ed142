"""What the emulator knows of the API: the contract, as the generated package carries it."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final, Literal, TypeAlias

from ._catalogue import Catalogue
from ._errors import EmulatorError
from ._limits import RateLimit
from ._schemas import Schemas

Scope: TypeAlias = Literal["read", "write", "full"]
"""The documented scopes; each includes those before it."""

GETS: Final = "gets"
OTHERS: Final = "others"
"""The buckets of operations for which none is documented: that of every GET, and one for whatever else there is."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a path, a query or the headers."""

    name: str
    place: Literal["path", "query", "header"]
    required: bool
    schema: str
    """Where its schema stands, a JSON pointer; here and below, empty for none."""


@dataclass(frozen=True, slots=True)
class RequestBody:
    """What the contract says of the body of a request, in one media type."""

    media_type: str
    required: bool
    schema: str


@dataclass(frozen=True, slots=True)
class Example:
    """A response of success that the contract shows."""

    status: int
    media_type: str
    value: Any


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of the API."""

    id: str
    method: str
    path: str
    """With `{name}` for each parameter."""
    scope: Scope
    bucket: str
    parameters: tuple[Parameter, ...]
    bodies: tuple[RequestBody, ...]
    status: int
    """The first documented status of success."""
    media_types: tuple[str, ...]
    """Of that response; empty where it has no body."""
    examples: Mapping[str, Example]
    """Of all responses of success, by name."""
    usual: Mapping[int, str]
    """The code of the first example of each error status."""
    identity: tuple[str, ...]
    """The properties of the response of which one equals the last parameter of the path."""
    counts_tokens: bool
    """Whether its responses tell how many tokens per minute are left."""
    has_parts: bool
    """Whether `Range` can ask for a part of the response."""
    creates: str | bool | None = None
    """The property that says when the response was created; False for none, None where the contract does not say."""

    @property
    def name(self) -> str:
        """What stands before its parameters, for people: `GET /v1/images/{id}`."""
        return f"{self.method} {self.path}"

    @property
    def is_idempotent(self) -> bool:
        """Whether an `Idempotency-Key` is honoured."""
        return any(each.place == "header" and each.name.lower() == "idempotency-key" for each in self.parameters)

    @property
    def sends_json(self) -> bool:
        """Whether its response of success is JSON."""
        return any(map(is_json, self.media_types))


@dataclass(frozen=True, slots=True)
class Contract:
    """The parts of the contract that the emulator responds from."""

    version: str
    """The dated version of the API, as in the header `Aurous-Version`."""
    operations: Mapping[str, Operation]
    """By id."""
    catalogue: Catalogue
    limits: Mapping[str, RateLimit]
    """The documented buckets of requests, by name."""
    schemas: Schemas

    def operation(self, name: str) -> Operation:
        """The operation with this id, or that is called so on a client (`images.list`).

        Raises:
            EmulatorError: There is none.
        """
        found = self.operations.get(name.replace(".", "_"))
        if found is None:
            close = get_close_matches(name.replace(".", "_"), self.operations, 1)
            advice = f"did you mean {close[0]}?" if close else f"take one of {', '.join(self.operations)}"
            raise EmulatorError(f"the contract has no operation {name!r}: {advice}")
        return found


def is_json(media_type: str) -> bool:
    """Whether a media type is JSON."""
    kind = media_type.partition(";")[0].strip().lower()
    return kind == "application/json" or kind.endswith("+json")
