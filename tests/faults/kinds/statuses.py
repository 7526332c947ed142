"""Every status that matters, with the documented error, with nothing, and with a page of HTML."""

from collections.abc import Iterator

from faults.model import GOOD, Case, Kind, Outcome, Raises, once
from faults.responses import HTML, REQUEST_ID, completion, good, head, refusal, reply, wire

RETRIED = frozenset({408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})
"""The statuses that are tried again."""

_CLASSES = {
    400: "BadRequestError",
    401: "AuthenticationError",
    402: "InsufficientCreditsError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    409: "ConflictError",
    410: "GoneError",
    422: "UnprocessableEntityError",
    429: "RateLimitError",
}

_CLIENT_ERRORS = (
    *range(400, 419),
    420,
    *range(421, 427),
    428,
    429,
    430,
    431,
    440,
    444,
    449,
    450,
    451,
    460,
    463,
    *range(494, 500),
)
_SERVER_ERRORS = (*range(500, 509), 509, 510, 511, *range(520, 528), 529, 530, 540, 561, 598, 599)
_HTML_FROM_PROXIES = (400, 401, 403, 404, 408, 413, 429, 431, 451, 499, *_SERVER_ERRORS)

_CODES = (
    (400, "invalid_request", "unknown_version"),
    (400, "invalid_request", "missing_field"),
    (400, "invalid_request", "invalid_format"),
    (400, "invalid_request", "value_out_of_range"),
    (400, "invalid_request", "parameter_invalid_combination"),
    (400, "invalid_request", "max_tokens_exceeds_hard_cap"),
    (400, "invalid_request", "max_input_tokens_exceeded"),
    (400, "invalid_request", "model_wrong_kind"),
    (400, "invalid_request", "tool_choice_required_unsupported"),
    (401, "authentication", "missing_api_key"),
    (401, "authentication", "invalid_api_key"),
    (401, "authentication", "revoked_api_key"),
    (402, "invalid_request", "balance_too_low"),
    (402, "invalid_request", "insufficient_credits"),
    (403, "authentication", "missing_scope"),
    (404, "not_found", "resource_not_found"),
    (404, "not_found", "forbidden_resource"),
    (404, "not_found", "chat_cancel_target_not_found"),
    (409, "invalid_request", "chat_cancel_target_already_terminal"),
    (409, "invalid_request", "chat_cancel_target_not_cancellable"),
    (409, "invalid_request", "idempotency_key_in_use"),
    (410, "not_found", "output_expired"),
    (422, "invalid_request", "output_not_available"),
    (429, "rate_limit", "too_many_requests"),
    (429, "rate_limit", "tpm_rate_limit_exceeded"),
    (429, "rate_limit", "concurrency_limit_exceeded"),
    (500, "server_error", "internal_error"),
    (500, "server_error", "chat_provider_auth_failed"),
    (500, "server_error", "chat_provider_request_invalid"),
    (502, "server_error", "chat_provider_unavailable"),
    (502, "server_error", "chat_provider_unknown_error"),
    (502, "server_error", "provider_unavailable"),
    (503, "server_error", "provider_unavailable"),
    (504, "server_error", "provider_timeout"),
)


def error_for(status: int, *, retried: bool | None = None, code: str | None = None) -> Raises:
    """Return the outcome of a status of 400 and above that stays.

    Args:
        status: The status.
        retried: Whether it is tried again; None goes by the status.
        code: The documented code, where the response had the envelope.
    """
    again = status in RETRIED if retried is None else retried
    error = _CLASSES.get(status, "ServerError" if status >= 500 else "APIStatusError")
    request_id = REQUEST_ID if code else None
    return Raises(error, status, (3,) if again else (1,), code=code, retryable=again, request_id=request_id)


def _answers() -> Iterator[Case]:
    """Each status with each kind of body, and, where it is tried again, as a passing one."""
    for status in (*_CLIENT_ERRORS, *_SERVER_ERRORS):
        code = f"code_of_{status}"
        documented = Case(
            f"status_{status}",
            f"Status {status} with the documented form of an error.",
            Kind.STATUS,
            (refusal(status, code),),
            (error_for(status, code=code),),
        )
        bare = Case(
            f"status_{status}_bare",
            f"Status {status} without a body.",
            Kind.STATUS,
            (reply(b"", status, content_type=None),),
            (error_for(status),),
        )
        yield documented
        yield bare
        if status in RETRIED:
            yield once(documented, good)
            yield once(bare, good)


def _pages() -> Iterator[Case]:
    for status in _HTML_FROM_PROXIES:
        yield Case(
            f"status_{status}_html",
            f"Status {status} with a page of HTML.",
            Kind.STATUS,
            (reply(HTML, status, content_type="text/html"),),
            (error_for(status),),
        )


def _codes() -> Iterator[Case]:
    for status, type_, code in _CODES:
        # Alone among the conflicts it passes: the request that holds the key ends.
        retried = True if code == "idempotency_key_in_use" else None
        case = Case(
            f"code_{code}_{status}",
            f"Status {status} with the code {code}.",
            Kind.STATUS,
            (refusal(status, code, type_),),
            (error_for(status, retried=retried, code=code),),
        )
        yield case
        if retried:
            yield once(case, good)


def _success(status: int, title: str, *expect: Outcome, why: str = "") -> Case:
    return Case(f"status_{status}", title, Kind.STATUS, (reply(status=status),), expect, why)


def _empty(status: int) -> Case:
    plan = wire(head(status)) if status == 204 else reply(b"", status)
    outcome = Raises("APIResponseError", status)
    return Case(f"status_{status}_empty", f"Status {status} without a body.", Kind.STATUS, (plan,), (outcome,))


_ANY_2XX_WHY = "The documentation does not say which 2xx it uses; the right completion is honest under any."

_SUCCESSES = (
    *(_success(status, f"Status {status} with a good body.", GOOD) for status in (201, 202, 203)),
    *(
        _success(
            status, f"Status {status} with a good body.", GOOD, Raises("APIResponseError", status), why=_ANY_2XX_WHY
        )
        for status in (207, 208, 226, 250, 299)
    ),
    *(_empty(status) for status in (200, 201, 202, 203, 204, 205, 206, 226, 299)),
    Case(
        "status_205",
        "Status 205 with a good body.",
        Kind.STATUS,
        (reply(status=205),),
        (Raises("APIResponseError", 205),),
    ),
    Case(
        "status_206",
        "Status 206: a part of a body that nobody asked to divide.",
        Kind.STATUS,
        (reply(lambda request: completion(request)[:100], 206, (("Content-Range", "bytes 0-99/400"),)),),
        (Raises("APIResponseError", 206),),
    ),
    Case(
        "status_206_whole",
        "Status 206 with the whole body.",
        Kind.STATUS,
        (reply(status=206, headers=(("Content-Range", "bytes 0-399/400"),)),),
        (Raises("APIResponseError", 206),),
    ),
)

_OUTSIDE_WHY = "The HTTP library may refuse such a status by itself, as a broken connection."

_OUTSIDE = tuple(
    Case(
        f"status_{status}",
        f"Status {status}, which HTTP does not have, with a good body.",
        Kind.STATUS,
        (reply(status=status),),
        (Raises("APIResponseError", status), Raises("APIConnectionError", attempts=(3,))),
        _OUTSIDE_WHY,
    )
    for status in (600, 700, 999)
)

_NO_REDIRECTS = tuple(
    Case(
        f"status_{status}",
        f"Status {status}{'' if status == 304 else ' with a good body'}.",
        Kind.STATUS,
        (wire(head(status)) if status == 304 else reply(status=status),),
        (Raises("APIResponseError", status),),
    )
    for status in (300, 304, 305, 306, 309, 399)
)

CASES = (*_SUCCESSES, *_NO_REDIRECTS, *_answers(), *_pages(), *_codes(), *_OUTSIDE)
