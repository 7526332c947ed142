"""The errors: those that the emulator responds with, and those that it raises itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ._json import Body

DOC_URL = "https://docs.aurous-labs.com/errors#"
"""The form that the vendor's newer pages use for `doc_url`."""


class EmulatorError(Exception):
    """The emulator was asked for something that it cannot do. The message says what, why, and what to do."""


class SeedError(EmulatorError):
    """A seed file cannot be used. The message names the file, the place, the reason and the remedy."""


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
