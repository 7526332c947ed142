"""What goes over the wire and what comes back: requests and responses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Protocol

from attrs import define, field

if TYPE_CHECKING:
    from aurous._http.limits import Limits
    from aurous._http.steps import Steps
    from aurous._http.streamed_body import StreamedBody
    from aurous._secret import Secret


@define
class Request:
    """A request, ready to be sent. Its headers hold the key, so they show in no repr."""

    method: str
    url: str
    headers: list[tuple[str, str]] = field(repr=False)
    body: bytes | StreamedBody = field(default=b"", repr=False)
    leaves_origin: bool = False
    """Whether it goes to another origin than that of the client, without the key."""

    @property
    def can_be_sent(self) -> bool:
        """Whether it can be sent, perhaps again: a body that comes from an iterator only once."""
        return isinstance(self.body, bytes) or self.body.can_be_sent


class Incoming(Protocol):
    """A response whose head has come, of whatever transport."""

    status_code: int
    headers: dict[str, str]
    """By lower-case name, as they came: the key may be in them."""
    reused: bool
    """Whether its connection had carried other requests before."""
    is_over: bool
    """Whether all of it has been read, as far as is known."""
    limits: Limits
    """Of what is done next."""

    def read(self) -> Steps[bytes]:
        """The next piece of the body; nothing at its end."""
        ...

    def close(self) -> Any:
        """Give the connection back, or close it; what is returned, if anything is, is to be awaited."""
        ...

    def abandon(self) -> None:
        """Nobody reads it any more, and nobody can await its end."""
        ...


_KEPT: Final = 64 * 1024


@define
class Response:
    """A whole response of a server."""

    status_code: int
    headers: Mapping[str, str]
    """Names in lower case; values that came more than once are joined by commas, and the key is masked."""
    body: bytes = field(repr=False)  # a server may repeat the key in it
    elapsed: float
    problem: str | None = None
    """Why its body cannot be read, if it cannot."""
    reused: bool = False
    """Whether it came over a connection that had brought others: they may have left something behind."""
    open_body: Incoming | None = field(default=None, repr=False)
    """The body, where it is to be read as it comes."""

    def shorten(self) -> None:
        """Keep as much of the body as an error may show: a long one is not to stay in memory beside what it holds."""
        if len(self.body) > _KEPT:
            self.body = bytes(self.body[:_KEPT])


@lru_cache(256)
def _name_of(raw: bytes) -> str:
    """The name of a header, in lower case: responses have the same ones again and again."""
    return raw.decode("latin-1").lower()


def header_map(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by lower-case name. Bytes beyond ASCII are read as Latin-1, which never fails."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in raw:
        name, value = _name_of(raw_name), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def masked(headers: dict[str, str], secret: Secret) -> dict[str, str]:
    """The headers, with the key masked wherever a server repeats it."""
    if secret.is_unmistakable and secret.is_in("\n".join([*headers, *headers.values()])):
        return {secret.mask(name): secret.mask(value) for name, value in headers.items()}
    return headers
