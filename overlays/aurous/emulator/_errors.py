"""The errors: those that the emulator responds with, and those that it raises itself."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from ._json import Body

DOC_URL = "https://docs.aurous-labs.com/errors#"
"""The form that the vendor's newer pages use for `doc_url`."""


class EmulatorError(Exception):
    """The emulator was asked for something that it cannot do. The message says what, why, and what to do."""


class SeedError(EmulatorError):
    """A seed file cannot be used. The message names the file, the place, the reason and the remedy."""


def meant(name: str, known: Iterable[str], most: int = 100) -> str:
    """The advice for a name that is not known: the one that comes close, or all of them if they are not too many."""
    names = list(known)
    close = get_close_matches(name, names, 1)
    if close:
        return f"did you mean {close[0]}?"
    return f"take one of {', '.join(names[:most])}" + ", ..." * (len(names) > most)


@dataclass(frozen=True, slots=True)
class ErrorResponse:
    """A response that says no."""

    status: int
    code: str | None
    """None stands for a status that the API does not document: a gateway in front of it responds, in HTML."""
    type: str
    message: str
    param: str | None = None
    retry_after: int | str | None = None
    """What `Retry-After` says: seconds, or any text (an HTTP date, or nonsense on purpose)."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """What else the status asks for, such as `Allow` on 405."""

    def envelope(self, request_id: str) -> Body:
        """The body, in the documented envelope."""
        error: Body = {
            "type": self.type,
            "code": self.code,
            "message": self.message,
            "doc_url": f"{DOC_URL}{self.code}",
            "request_id": request_id,
        }
        if self.param is not None:
            error["param"] = self.param
        return {"error": error}


class RefusalError(Exception):
    """Ends the handling of a request with an error response."""

    def __init__(self, response: ErrorResponse) -> None:
        super().__init__(response.message)
        self.response = response
