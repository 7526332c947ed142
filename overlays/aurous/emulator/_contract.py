"""What the emulator knows of the API: the contract, as the generated package carries it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from ._catalogue import Catalogue
from ._errors import EmulatorError, meant
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

    name: str
    """As a caller writes it: `files.delete`."""
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
    is_documented: bool = True
    """Whether the contract has it."""

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
    """By name."""
    catalogue: Catalogue
    limits: Mapping[str, RateLimit]
    """The documented buckets of requests, by name."""
    schemas: Schemas

    def operation(self, name: str) -> Operation:
        """The operation that is called so on a client (`images.list`), or has this id in the contract (`images_list`).

        Raises:
            EmulatorError: There is none.
        """
        wanted = name.replace(".", "_")
        found = next((each for each in self.operations.values() if each.name.replace(".", "_") == wanted), None)
        if found is None:
            raise EmulatorError(f"the contract has no operation {name!r}: {meant(name, self.operations)}")
        return found


def route(method: str, path: str) -> Operation:
    """A route that the contract does not have, called by its method and path: it takes and gives whatever it is."""
    is_get = method == "GET"
    return Operation(
        name=f"{method} {path}",
        method=method,
        path=path,
        scope="read" if is_get else "write",
        bucket=GETS if is_get else OTHERS,
        parameters=(),
        bodies=(),
        status=200,
        media_types=("application/json",),
        examples={},
        usual={},
        identity=(),
        counts_tokens=False,
        has_parts=False,
        is_documented=False,
    )


def is_json(media_type: str) -> bool:
    """Whether a media type is JSON."""
    kind = media_type.partition(";")[0].strip().lower()
    return kind == "application/json" or kind.endswith("+json")
