from __future__ import annotations

from typing import ClassVar

from ..types import OpenEnum as _OpenEnum
from ..types import known as _known


class ErrorType(_OpenEnum):
    """The group of an error, and what to do about it. `invalid_request`, `authentication` and `not_found`: do not try
    again. `rate_limit`: wait as long as `Retry-After` says. `server_error`: try again with a growing pause.
    """

    AUTHENTICATION: ClassVar[ErrorType] = _known("authentication")
    INVALID_REQUEST: ClassVar[ErrorType] = _known("invalid_request")
    NOT_FOUND: ClassVar[ErrorType] = _known("not_found")
    RATE_LIMIT: ClassVar[ErrorType] = _known("rate_limit")
    SERVER_ERROR: ClassVar[ErrorType] = _known("server_error")
