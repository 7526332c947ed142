"""What the emulator was asked, for a test to look at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """A request that got its response. Its `repr` leaves out the headers, which hold the key, and the body."""

    method: str
    target: str
    """Path and query, as sent."""
    status: int
    code: str | None
    """The code of the error, None where it went well."""
    request_id: str
    team: str | None
    """The team whose key was sent, None without a valid one."""
    at: float
    """When it came, by the clock of the emulator."""
    headers: Mapping[str, str] = field(repr=False)
    """As sent, the names in lower case."""
    operation: str | None = None
    """The operation, as a caller writes it: `files.delete`. None on a route that is none."""
    query: Mapping[str, str | list[str]] = field(default_factory=dict[str, "str | list[str]"])
    """The parameters of the query, as sent; a list where one was repeated."""
    body: Any = field(default=None, repr=False)
    """The JSON value that was sent, or the bytes where it is no JSON; None where nothing was sent."""
