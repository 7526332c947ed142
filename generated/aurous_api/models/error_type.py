from .. import types as _types


class ErrorType(_types.OpenEnum):
    """The group of an error, and what to do about it. `invalid_request`, `authentication` and `not_found`: do not try
    again. `rate_limit`: wait as long as `Retry-After` says. `server_error`: try again with a growing pause."""

    AUTHENTICATION = "authentication"
    INVALID_REQUEST = "invalid_request"
    NOT_FOUND = "not_found"
    RATE_LIMIT = "rate_limit"
    SERVER_ERROR = "server_error"
