"""The errors: those that the emulator answers with, and those that it raises itself."""

from dataclasses import dataclass, replace
from http import HTTPStatus

from ._contract import load, type_for
from ._json import Body

DOC_URL = "https://docs.aurous-labs.com/errors#"
"""The form that the vendor's newer pages use for `doc_url`."""

_ERRORS = range(400, 600)


class EmulatorError(Exception):
    """The emulator was asked for something that it cannot do. The message says what, why, and what to do."""


class SeedError(EmulatorError):
    """A seed file cannot be used. The message names the file, the place, the reason and the remedy."""


@dataclass(frozen=True, slots=True)
class ErrorResponse:
    """An answer that says no."""

    status: int
    code: str | None
    """None stands for a status that the API does not document: a gateway in front of it answers, in HTML."""
    type: str
    message: str
    param: str | None = None
    retry_after: int | str | None = None
    """What `Retry-After` says: seconds, or any text (an HTTP date, or nonsense on purpose)."""

    def envelope(self, request_id: str) -> Body:
        """The body of the answer, in the documented envelope."""
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
    """Ends the handling of a request with an error answer."""

    def __init__(self, answer: ErrorResponse) -> None:
        super().__init__(answer.message)
        self.answer = answer


def documented(code: str, *, retry_after: int | None = None) -> ErrorResponse:
    """The error with this code, as the contract describes it.

    Raises:
        EmulatorError: The contract does not know the code.
    """
    error = load().errors.get(code)
    if error is None:
        raise EmulatorError(
            f"no documented error has the code {code!r}: take one of the contract, or give a status too"
        )
    return ErrorResponse(error.status, error.code, error.type, error.message, retry_after=retry_after)


def chosen(
    code: str | None,
    status: int | None,
    *,
    message: str | None = None,
    param: str | None = None,
    retry_after: int | str | None = None,
) -> ErrorResponse:
    """The error that a caller describes by its code, its status, or both.

    A code alone has its documented status; a status alone has the code of the contract's first example for it, and is
    a gateway's HTML page where there is none. Both together are taken as they are.

    Raises:
        EmulatorError: The code is not documented and no status is given, or the status is no error.
    """
    if status is not None and status not in _ERRORS:
        raise EmulatorError(f"status {status} is no error: give one from 400 to 599")
    answer = _by_code(code, status) if code is not None else _by_status(503 if status is None else status)
    if retry_after is None and answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        retry_after = 1  # Documented: a 429 always says how long to wait.
    return replace(answer, message=message or answer.message, param=param, retry_after=retry_after)


def _by_code(code: str, status: int | None) -> ErrorResponse:
    if status is None:
        return documented(code)
    if code in load().errors:
        return replace(documented(code), status=status)
    return ErrorResponse(status, code, type_for(status), "An error that the documentation does not know.")


def _by_status(status: int) -> ErrorResponse:
    code = load().usual_code.get(status)
    if code is not None:
        return replace(documented(code), status=status)
    return ErrorResponse(status, None, type_for(status), f"Error {status}")
