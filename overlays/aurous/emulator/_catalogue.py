"""The catalogue of error codes, and the error responses that are made from it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus

from ._errors import EmulatorError, ErrorResponse, RefusalError, meant

_ERRORS = range(400, 600)


@dataclass(frozen=True, slots=True)
class DocumentedError:
    """One error code of the contract, with the first status that is documented for it."""

    code: str
    status: int
    type: str
    message: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every documented error, and which one a status stands for."""

    errors: Mapping[str, DocumentedError]
    """By code."""
    usual: Mapping[int, str]
    """The code that goes with a status where no operation has one of its own for it."""

    def documented(self, code: str) -> ErrorResponse:
        """The error with this code, as the contract describes it.

        Raises:
            EmulatorError: The contract does not know the code.
        """
        error = self.errors.get(code)
        if error is None:
            advice = meant(code, self.errors, 5)
            raise EmulatorError(f"no documented error has the code {code!r}: {advice} Or give a status too")
        return ErrorResponse(error.status, error.code, error.type, error.message)

    def refusal(
        self, code: str, message: str | None = None, *, param: str | None = None, retry_after: int | None = None
    ) -> RefusalError:
        """What to raise so that a request gets the error with this code."""
        response = self.documented(code)
        return RefusalError(
            replace(response, message=message or response.message, param=param, retry_after=retry_after)
        )

    def chosen(
        self,
        code: str | None,
        status: int | None,
        *,
        usual: Mapping[int, str] | None = None,
        message: str | None = None,
        param: str | None = None,
        retry_after: int | str | None = None,
    ) -> ErrorResponse:
        """The error that a caller describes by its code, its status, or both.

        A code alone has its documented status; a status alone has the code that `usual` or the catalogue knows for it,
        and is a gateway's HTML page where there is none. Both together are taken as they are.

        Raises:
            EmulatorError: The code is not documented and no status is given, or the status is no error.
        """
        if status is not None and status not in _ERRORS:
            raise EmulatorError(f"status {status} is not an error: give one from 400 to 599")
        if code is None:
            response = self._by_status(503 if status is None else status, usual or {})
        else:
            response = self._by_code(code, status)
        if retry_after is None and response.status == HTTPStatus.TOO_MANY_REQUESTS:
            retry_after = 1  # Documented: a 429 always says how long to wait.
        return replace(response, message=message or response.message, param=param, retry_after=retry_after)

    def _by_code(self, code: str, status: int | None) -> ErrorResponse:
        if status is None:
            return self.documented(code)
        if code in self.errors:
            return replace(self.documented(code), status=status)
        return ErrorResponse(status, code, type_for(status), "An error that the documentation does not know.")

    def _by_status(self, status: int, usual: Mapping[int, str]) -> ErrorResponse:
        code = usual.get(status) or self.usual.get(status)
        if code is not None:
            return replace(self.documented(code), status=status)
        return ErrorResponse(status, None, type_for(status), f"Error {status}")


def type_for(status: int) -> str:
    """The error type that goes with a status, for a code whose type is not documented (API page on errors)."""
    types = {401: "authentication", 403: "authentication", 404: "not_found", 410: "not_found", 429: "rate_limit"}
    return types.get(status, "invalid_request" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "server_error")
