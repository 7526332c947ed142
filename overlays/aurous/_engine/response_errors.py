"""What a caller is told where there is no result: of an error status, an unusable response, or none at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from aurous import _rate_limits
from aurous._engine.codes import error_info
from aurous._engine.strict_json import InvalidJSONError, as_object, loads
from aurous._errors import (
    APIConnectionError,
    APIResponseError,
    APITimeoutError,
    AurousError,
    status_error_class,
)
from aurous._http.failures import Failure
from aurous._http.wire import Response
from aurous._retries import is_retryable_status
from aurous._text import one_line
from aurous_api.models.error_envelope import ErrorEnvelope

if TYPE_CHECKING:
    from aurous._clock import Clock
    from aurous._meta import ResponseMeta
    from aurous._secret import Secret

MAX_BODY_EXCERPT: Final = 2048
_MAX_TEXT: Final = 500

_ADVICE: Final[Mapping[int, str]] = {
    400: "the request has to be changed",
    401: "check that AUROUS_API_KEY or api_key= holds a key that is neither revoked nor rotated out",
    402: "the team has to top up its credits",
    403: "use a key with a wider scope",
    404: "check the id, and that the key belongs to the team that owns it: what another team owns is not found",
    409: "look at the code: retrieve the final state, or wait for the first request with the same key",
    410: "it was there and is no more; create it anew",
    413: "send less",
    422: "the request has to be changed",
    429: "slow down, or ask the vendor for higher limits",
}


_COLLECT: Final = (
    "it may have been carried out and billed, so repeat it with idempotency_key=error.idempotency_key, which collects "
    "the answer"
)
_PAUSE: Final = "call again after a pause, and a longer one each time"
_TLS_ADVICE: Final = "check base_url, and which certificates are trusted (ssl_context=, SSL_CERT_FILE)"


class ErrorFactory:
    """Makes the errors of calls.

    Args:
        secret: The key, to be masked in what is shown of a response.
        clock: For dates in headers.
    """

    def __init__(self, secret: Secret, clock: Clock) -> None:
        self._secret = secret
        self._clock = clock

    def failure(
        self, failure: Failure, *, deadline_passed: bool, timeout: float, is_collectable: bool = False
    ) -> AurousError:
        """The error that the lack of a response amounts to; a key collects what may have been carried out."""
        collect = f"; {_COLLECT}" if is_collectable else ""
        if deadline_passed:
            return APITimeoutError(
                f"no whole response within timeout={timeout:g} s: {failure.reason}. "
                f"To do: raise timeout= if the work takes that long{collect}",
                retryable=True,
            )
        cls = APITimeoutError if failure.timed_out else APIConnectionError
        advice = (
            _TLS_ADVICE
            if failure.reason.startswith("TLS")
            else "check base_url, the network, and the proxy if there is one"
        )
        return cls(f"no response: {failure.reason}. To do: {advice}{collect}", retryable=failure.retryable)

    def too_late(self, reason: str, timeout: float) -> AurousError:
        """The error of a call whose turn does not come within its deadline."""
        return APITimeoutError(
            f"no attempt within timeout={timeout:g} s: {reason}. "
            "To do: raise timeout=, or make fewer calls at once; pacer=None sends without a wait",
            retryable=True,
        )

    def broken_off(self, failure: Failure, meta: ResponseMeta) -> AurousError:
        """The error of a body that was read as it came, and broke off."""
        cls = APITimeoutError if failure.timed_out else APIConnectionError
        return cls(
            f"the content broke off: {failure.reason}. To do: call again; what was read so far is not all",
            request_id=meta.request_id,
            retryable=True,
        )

    def not_json(self, response: Response, reason: str) -> tuple[str, str]:
        if not response.body.strip():
            return "an empty body", "check that base_url is the address of the API itself"
        kind = self.clean(response.headers.get("content-type", "no content type"))
        if b"<html" in response.body[:1024].lower() or b"<!doctype" in response.body[:1024].lower():
            return (
                f"an HTML page ({kind})",
                "check that base_url is the address of the API, and that no proxy or login page is in between",
            )
        return f"no valid JSON ({kind}): {reason}", "tell the vendor, with the request id"

    def unusable(self, response: Response, problem: str, advice: str, *, retryable: bool = False) -> APIResponseError:
        return APIResponseError(
            self._sentence(f"{response.status_code} with {problem}", advice, response),
            status_code=response.status_code,
            request_id=self._request_id(response),
            retryable=retryable,
            body=self._excerpt(response),
        )

    def status_error(self, response: Response) -> AurousError:
        """The error of an error status."""
        return self._error(response.status_code, Envelope.of(response.body, self.clean), response)

    def error_of(self, body: dict[str, Any], response: Response) -> AurousError:
        """The error that an envelope amid a response tells of: of the status that its code has."""
        envelope = Envelope(body, self.clean)
        info = error_info(envelope.code)
        return self._error(info.statuses[0] if info and info.statuses else 500, envelope, response)

    def _error(self, status: int, envelope: Envelope, response: Response) -> AurousError:
        retryable = is_retryable_status(status, envelope.code)
        info = error_info(envelope.code)
        advice = _as_clause(info.remedy) if info and info.remedy else _ADVICE.get(status, "")
        if not advice:
            advice = (
                "the fault is on the server's side; try again later"
                if status >= 500
                else "the request has to be changed"
            )
        retry_after = self._retry_after(response, envelope.code)
        if retry_after is None and info and info.retry == "after_hint":
            advice = _PAUSE
        request_id = self._request_id(response) or envelope.request_id
        return status_error_class(status)(
            self._sentence(
                f"{status} {envelope.summary}".rstrip(),
                advice,
                response,
                doc_url=envelope.doc_url,
                request_id=request_id,
            ),
            status_code=status,
            type=envelope.type,
            code=envelope.code,
            param=envelope.param,
            doc_url=envelope.doc_url,
            request_id=request_id,
            retry_after=retry_after,
            retryable=retryable,
            body=self._excerpt(response),
        )

    def _retry_after(self, response: Response, code: str | None) -> float | None:
        now = self._clock.time()
        wanted = _rate_limits.retry_after(response.headers, now)
        if wanted is None and response.status_code == 429:
            return _rate_limits.until_reset(response.headers, code, now)
        return wanted

    def _sentence(
        self,
        problem: str,
        advice: str,
        response: Response,
        *,
        doc_url: str | None = None,
        request_id: str | None = None,
    ) -> str:
        request_id = request_id or self._request_id(response)
        references = [text for text in (doc_url, request_id and f"request id {request_id}") if text]
        return f"{problem}. To do: {advice}" + (f" ({', '.join(references)})" if references else "")

    def _request_id(self, response: Response) -> str | None:
        text = response.headers.get("aurous-request-id")
        return self.clean(text) if text else None

    def clean(self, text: str) -> str:
        """Text of the server, fit for a message: the key masked, on one line, of bounded length."""
        return one_line(self._secret.mask(text), _MAX_TEXT)

    def _excerpt(self, response: Response) -> str:
        text = response.body[: 32 * MAX_BODY_EXCERPT].decode(
            "utf-8", "replace"
        )  # so that no key is cut before it is masked
        return self._secret.mask(text)[:MAX_BODY_EXCERPT]


class Envelope:
    """What an error body says, whatever its shape; None for what is not said or is not text."""

    def __init__(self, data: dict[str, Any], clean: Callable[[str], str]) -> None:
        error: object = ErrorEnvelope.from_dict(data).error

        def said(name: str) -> str | None:
            value = getattr(error, name, None)
            return clean(str(value)) if isinstance(value, str) and value else None

        self.type, self.code, self.param = said("type"), said("code"), said("param")
        self.doc_url, self.request_id = said("doc_url"), said("request_id")
        self.message = said("message")
        if isinstance(data.get("error"), str):
            self.message = clean(data["error"])

    @classmethod
    def of(cls, body: bytes | bytearray, clean: Callable[[str], str]) -> Envelope:
        """Read the envelope of a body; one that is no JSON has nothing to say."""
        try:
            return cls(as_object(loads(body)) or {}, clean)
        except InvalidJSONError:
            return cls({}, clean)

    @property
    def summary(self) -> str:
        parameter = f" (parameter {self.param})" if self.param else ""
        said = ": ".join(part for part in (self.code, self.message and self.message.rstrip(".")) if part)
        return said + parameter


def _as_clause(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:].rstrip(".")
