"""From an answer to data or to an error: what may be believed, and what a caller is told if not."""

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
from aurous._http.wire import Response, Failure
from aurous._retries import is_retryable_status
from aurous._text import one_line
from aurous_api.models.error_envelope import ErrorEnvelope

if TYPE_CHECKING:
    from aurous._clock import Clock
    from aurous._secret import Secret

MAX_BODY_EXCERPT: Final = 2048
_MAX_TEXT: Final = 500

# Statuses of success that have a body. Which one a call answers with is not documented everywhere (API_FACTS 4.4,
# item 62).
_SUCCESS: Final = frozenset({200, 201, 202, 203})

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


_TLS_ADVICE: Final = "check base_url, and which certificates are trusted (ssl_context=, SSL_CERT_FILE)"


class ResponseParser:
    """Tells results from errors for one call.

    Args:
        expected_id: The id that the answer must carry, if one was asked for.
        secret: The key, to be masked in whatever the server repeats.
        clock: For dates in hints.
    """

    def __init__(self, expected_id: str | None, secret: Secret, clock: Clock) -> None:
        self._expected_id = expected_id
        self._secret = secret
        self._clock = clock

    def data(self, answer: Response) -> dict[str, Any] | AurousError:
        """The JSON object of an answer, or the error that it amounts to."""
        status = answer.status_code
        if status in _SUCCESS:
            return self._believe(answer)
        if 400 <= status <= 599:
            return self._status_error(answer)
        if 300 <= status <= 399:
            location = self._clean(answer.headers.get("location", "nowhere"))
            return self._unbelievable(
                answer,
                f"a redirect to {location}, which is not followed: the key stays with its origin",
                "check that base_url is the address of the API itself",
            )
        return self._unbelievable(answer, "an answer that no call of this API gives", "check that base_url is right")

    def failure(self, failure: Failure, *, deadline_passed: bool, timeout: float) -> AurousError:
        """The error that the lack of an answer amounts to."""
        if deadline_passed:
            return APITimeoutError(
                f"no whole answer within timeout={timeout:g} s: {failure.reason}. "
                "To do: raise timeout= if the work takes that long",
                retryable=True,
            )
        cls = APITimeoutError if failure.timed_out else APIConnectionError
        advice = (
            _TLS_ADVICE
            if failure.reason.startswith("TLS")
            else "check base_url, the network, and the proxy if there is one"
        )
        return cls(f"no answer: {failure.reason}. To do: {advice}", retryable=failure.retryable)

    def _believe(self, answer: Response) -> dict[str, Any] | AurousError:
        if answer.problem is not None:
            return self._unbelievable(
                answer, f"an answer that cannot be read: {answer.problem}", "tell the vendor, with the request id"
            )
        try:
            value = loads(answer.body)
        except InvalidJSONError as error:
            return self._unbelievable(answer, *self._not_json(answer, str(error)))
        data = as_object(value)
        if data is None:
            return self._unbelievable(
                answer, f"JSON that is no object but {_json_kind(value)}", "check that base_url is right"
            )
        if isinstance(data.get("error"), dict) and "status" not in data:
            envelope = _Envelope(data, self._clean)
            return self._unbelievable(
                answer, f"an error in place of the result: {envelope.summary}", "tell the vendor, with the request id"
            )
        if self._expected_id is not None and data.get("id") != self._expected_id:
            return self._unbelievable(answer, *self._wrong_id(data), retryable=answer.reused and "id" in data)
        return data

    def _not_json(self, answer: Response, reason: str) -> tuple[str, str]:
        if not answer.body.strip():
            return "an empty body", "check that base_url is the address of the API itself"
        kind = self._clean(answer.headers.get("content-type", "no content type"))
        if b"<html" in answer.body[:1024].lower() or b"<!doctype" in answer.body[:1024].lower():
            return (
                f"an HTML page ({kind})",
                "check that base_url is the address of the API, and that no proxy or login page is in between",
            )
        return f"no valid JSON ({kind}): {reason}", "tell the vendor, with the request id"

    def _wrong_id(self, data: dict[str, Any]) -> tuple[str, str]:
        if "id" not in data:
            return "an object without an id", "check that base_url is the address of the API itself"
        found = data["id"]
        shown = self._clean(found) if isinstance(found, str) else _json_kind(found)
        return (
            f"the answer to something else: id {shown!r} in place of {self._expected_id!r}",
            "call again; if it stays so, tell the vendor, with the request id",
        )

    def _unbelievable(self, answer: Response, problem: str, advice: str, *, retryable: bool = False) -> APIResponseError:
        return APIResponseError(
            self._sentence(f"{answer.status_code} with {problem}", advice, answer),
            status_code=answer.status_code,
            request_id=self._request_id(answer),
            retryable=retryable,
            body=self._excerpt(answer),
        )

    def _status_error(self, answer: Response) -> AurousError:
        status = answer.status_code
        envelope = _Envelope.of(answer.body, self._clean)
        retryable = is_retryable_status(status, envelope.code)
        info = error_info(envelope.code)
        advice = _as_clause(info.remedy) if info and info.remedy else _ADVICE.get(status, "")
        if not advice:
            advice = (
                "the fault is on the server's side; try again later"
                if status >= 500
                else "the request has to be changed"
            )
        request_id = self._request_id(answer) or envelope.request_id
        return status_error_class(status)(
            self._sentence(
                f"{status} {envelope.summary}".rstrip(), advice, answer, doc_url=envelope.doc_url, request_id=request_id
            ),
            status_code=status,
            type=envelope.type,
            code=envelope.code,
            param=envelope.param,
            doc_url=envelope.doc_url,
            request_id=request_id,
            retry_after=self._retry_after(answer, envelope.code),
            retryable=retryable,
            body=self._excerpt(answer),
        )

    def _retry_after(self, answer: Response, code: str | None) -> float | None:
        now = self._clock.time()
        wanted = _rate_limits.retry_after(answer.headers, now)
        if wanted is None and answer.status_code == 429:
            return _rate_limits.until_reset(answer.headers, code, now)
        return wanted

    def _sentence(
        self, problem: str, advice: str, answer: Response, *, doc_url: str | None = None, request_id: str | None = None
    ) -> str:
        request_id = request_id or self._request_id(answer)
        references = [text for text in (doc_url, request_id and f"request id {request_id}") if text]
        return f"{problem}. To do: {advice}" + (f" ({', '.join(references)})" if references else "")

    def _request_id(self, answer: Response) -> str | None:
        text = answer.headers.get("aurous-request-id")
        return self._clean(text) if text else None

    def _clean(self, text: str) -> str:
        """Text of the server, fit for a message: the key masked, on one line, of bounded length."""
        return one_line(self._secret.mask(text), _MAX_TEXT)

    def _excerpt(self, answer: Response) -> str:
        text = answer.body[: 2 * MAX_BODY_EXCERPT].decode("utf-8", "replace")
        return self._secret.mask(text)[:MAX_BODY_EXCERPT]


class _Envelope:
    """What an error body says, whatever its shape; None for what is not said or is not text."""

    def __init__(self, data: dict[str, Any], clean: Callable[[str], str]) -> None:
        error: object = ErrorEnvelope.from_dict(data).error

        def said(name: str) -> str | None:
            value = getattr(error, name, None)
            return clean(str(value)) if isinstance(value, str) and value else None

        self.type, self.code, self.param = said("type_"), said("code"), said("param")
        self.doc_url, self.request_id = said("doc_url"), said("request_id")
        self.message = said("message")
        if isinstance(data.get("error"), str):
            self.message = clean(data["error"])

    @classmethod
    def of(cls, body: bytes, clean: Callable[[str], str]) -> _Envelope:
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


def _json_kind(value: object) -> str:
    kinds: dict[type, str] = {
        type(None): "null",
        bool: "a boolean",
        int: "a number",
        str: "a string",
        list: "an array",
        dict: "an object",
    }
    return kinds.get(type(value), "a number")
