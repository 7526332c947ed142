"""What the server can do on a connection, one step at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

COMPLETIONS = "/v1/chat/completions/"
"""Where the completions are."""

CREATE = "/v1/chat/completions"
"""Where one is created, and streamed."""

MOVED = "/v1/moved/chat/completions/"
"""Where a redirect leads: any id here gets a good response, on every instance of the server."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request as the server received it.

    Attributes:
        number: Its place among all requests to this server, from 0.
        connection: The number of the connection that it came on, from 0.
        method: The method.
        target: The request target, undecoded.
        headers: Names in lower case, with values, in the order in which they came.
        body: The body, mostly empty.
        origin: Scheme, host and port of this server.
        elsewhere: Scheme, host and port of the server of another origin.
    """

    number: int
    connection: int
    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes
    origin: str
    elsewhere: str

    @property
    def id(self) -> str:
        """The id of the completion asked for: the last segment of the path, or the model that is to write it."""
        if self.target == CREATE:
            return str(json.loads(self.body)["model"])
        return self.target.partition("?")[0].rpartition("/")[2]

    @property
    def key(self) -> str:
        """The API key that was sent, or an empty string."""
        bearer = self.header("authorization").removeprefix("Bearer ")
        return self.header("x-api-key") or bearer

    def header(self, name: str) -> str:
        """Return the value of the header *name*, joined with commas where it came more than once."""
        return ", ".join(value for key, value in self.headers if key == name.lower())


@dataclass(frozen=True, slots=True)
class Send:
    """Write these bytes, and wait until the system has taken them."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Pause:
    """Do nothing for so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Stall:
    """Say nothing more until the client goes away."""


@dataclass(frozen=True, slots=True)
class Close:
    """End the connection in an orderly way."""


@dataclass(frozen=True, slots=True)
class Drop:
    """End the connection without the goodbye that TLS asks for. Without TLS the same as `Close`."""


@dataclass(frozen=True, slots=True)
class Reset:
    """End the connection with a TCP reset."""


@dataclass(frozen=True, slots=True)
class Next:
    """Let the next request on this connection, whatever it asks for, meet *plan* in place of its own."""

    plan: Plan


Step = Send | Pause | Stall | Close | Drop | Reset | Next
Plan = Callable[[Request], Iterable[Step]]
