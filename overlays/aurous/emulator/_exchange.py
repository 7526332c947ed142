"""One request and its response: the checks that every request goes through, and what comes after them."""

import logging
from collections.abc import Generator
from contextlib import aclosing
from dataclasses import replace
from email.utils import formatdate
from typing import Any, Final, cast

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from ._connection import Connection
from ._content import Content
from ._contract import GETS, OTHERS, Operation, is_json
from ._errors import EmulatorError, ErrorResponse, RefusalError
from ._idempotency import fingerprint
from ._json import object_in
from ._pages import page_of
from ._parts import part_of
from ._plans import Target
from ._recorded import RecordedRequest
from ._responses import (
    EVENT_STREAM,
    OperationRequest,
    SuccessResponse,
    from_examples,
    named_example,
    of_body,
    of_example,
)
from ._state import State
from ._stateful import JUDGES, STATEFUL
from ._stream import Stream
from ._validation import Validation, as_sent, grouped

EXAMPLE_HEADER: Final = "Aurous-Emulator-Example"
"""By this header, a request picks the example that it gets."""

_log = logging.getLogger("aurous.emulator")


class Exchange:
    """A request, and what is known of it before it gets its response.

    Args:
        state: The state, under its lock.
        request: The request.
        content: Its body.
        operation: The operation that it is for; None on a route that is none.
        allowed: The methods of a path that does not have this one, as `Allow` lists them.
    """

    def __init__(
        self,
        state: State,
        request: Request,
        content: Content,
        operation: Operation | None,
        allowed: str = "",
    ) -> None:
        self._state = state
        self._request = request
        self._content = content
        operation = self._operation = operation or state.route(request.method, request.url.path)
        self._allowed = allowed
        self._now = state.clock.time()
        self._requests = state.requests  # Those of now: a reset while this waits has others.
        self._request_id = state.new_id("req")
        self._presented_key = _presented_key(request)
        self._key = state.keys.get(self._presented_key or "")
        # A response has limits in its headers even where the team is not known. Those never run out.
        self._team = self._key.team if self._key else state.anonymous
        self._version = request.headers.get("aurous-version", self._team.default_version)
        self._target = Target(operation.name if operation else None, tuple(request.path_params.values()))
        self._bucket_name = operation.bucket if operation else GETS if request.method == "GET" else OTHERS
        self._bucket = self._team.requests(self._bucket_name, self._now)

    def response(self) -> Generator[float, None, Response]:
        """The response; the request is recorded. Yields the moments to wait for, without the lock of the state."""
        error: ErrorResponse | None = None
        try:
            response = _on_the_wire((yield from self._success()), self._request)
        except RefusalError as refusal:
            error = refusal.response
            response = _error_on_the_wire(error, self._request_id)
        if error is None or error.code is not None:
            response.headers.update(self._headers(error))
        response.headers["Date"] = formatdate(self._state.clock.time(), usegmt=True)
        record = self._record(response.status_code, error)
        self._state.record(record, self._requests)
        _log.info("%s %s %d %s %s", record.method, record.target, record.status, record.code or "-", record.request_id)
        return response

    def _success(self) -> Generator[float, None, SuccessResponse]:
        """The response of success.

        Raises:
            RefusalError: It is an error.
        """
        planned = self._state.planned_error(self._target)
        if planned is not None:
            raise RefusalError(planned)
        self._admit()
        if self._operation is None:
            raise self._no_operation()
        asked = self._checked(self._operation)
        response = yield from self._once(self._operation, asked)
        if self._operation.has_parts:
            response = part_of(response, asked.headers.get("range"))
        if isinstance(response.body, Stream):
            return response
        return replace(response, body=self._state.drifted(response.body, self._target))

    # --- The checks ---

    def _admit(self) -> None:
        # The order of these checks is not documented. This one tells nothing before the key is known, and counts every
        # request of a team.
        refusal = self._state.contract.catalogue.refusal
        if self._key is None:
            raise refusal("invalid_api_key" if self._presented_key else "missing_api_key")
        if self._key.revoked:
            raise refusal("revoked_api_key")
        if not self._bucket.take(self._now):
            # Documented: the message names the bucket.
            message = f"Too many requests ({self._bucket_name})."
            raise refusal("too_many_requests", message, retry_after=self._bucket.retry_after(self._now))
        if self._version not in self._state.versions:
            raise refusal("unknown_version")
        if not self._key.allows("read" if self._operation is None else self._operation.scope):
            raise refusal("missing_scope")

    def _no_operation(self) -> RefusalError:
        route = f"{self._request.method} {self._path}"
        advice = f"is not in the contract, from which the emulator responds. A test can plan it: answer({route!r}, ...)"
        if not self._allowed:
            message = f"{route} {advice}"
            return self._state.contract.catalogue.refusal("resource_not_found", message)
        # What the API sends for a method that a path does not have is not documented. This is what HTTP has for it
        # (RFC 9110, 15.5.6), in the envelope and with a code that is documented for requests in general.
        message = f"{route} {advice}; the contract has {self._allowed} for this path."
        headers = {"Allow": self._allowed}
        return RefusalError(ErrorResponse(405, "invalid_request", "invalid_request", message, headers=headers))

    def _checked(self, operation: Operation) -> OperationRequest:
        """The request, held against the contract."""
        contract, headers = self._state.contract, self._request.headers
        validation = Validation(operation, contract.schemas, contract.catalogue)
        path = {name: [value] for name, value in self._request.path_params.items()}
        validation.parameters("header", {name: [headers[name]] for name in headers})
        if operation.name in JUDGES:
            JUDGES[operation.name](contract.catalogue, self._content.data)
        return OperationRequest(
            operation=operation.name,
            team=self._team.name,
            at=self._now,
            path=validation.parameters("path", path),
            query=validation.parameters("query", grouped(self._request.query_params)),
            headers=dict(headers),
            body=validation.body(self._content) if operation.is_documented else self._content.recorded,
            request_id=self._request_id,
            api_key_id=self._key.id if self._key else "",
        )

    # --- What comes after them ---

    def _once(self, operation: Operation, asked: OperationRequest) -> Generator[float, None, SuccessResponse]:
        """The response, carried out once for each idempotency key."""
        key = asked.headers.get("idempotency-key") if operation.is_idempotent else None
        if key is None or _is_streamed(operation, asked):
            return (yield from self._carried_out(operation, asked))
        keys, mark = self._state.idempotency_keys, fingerprint(f"{operation.method} {self._path}", asked.body)
        before = keys.replayed(asked.team, key, mark, self._now)
        if before is not None:
            return before
        keys.begin(asked.team, key, mark, self._now)
        try:
            response = yield from self._carried_out(operation, asked)
        except BaseException:
            keys.drop(asked.team, key)
            raise
        keys.keep(asked.team, key, mark, response, self._now)
        return response

    def _carried_out(self, operation: Operation, asked: OperationRequest) -> Generator[float, None, SuccessResponse]:
        """The response, from what is first there: what the request picks, what is planned, the state, the examples."""
        response = self._picked(operation, asked) or self._state.planned_success(operation, asked, self._target)
        if response is None and operation.name in STATEFUL:
            body: Any = STATEFUL[operation.name](self._state, asked)
            if isinstance(body, Generator):
                body = yield from cast("Generator[float, None, Any]", body)
            return body if isinstance(body, SuccessResponse) else of_body(operation, body)
        if response is None and not operation.is_documented:
            raise self._no_operation()
        response = response or from_examples(operation, asked)
        return replace(response, body=page_of(response.body, asked))

    def _picked(self, operation: Operation, asked: OperationRequest) -> SuccessResponse | None:
        name = asked.headers.get(EXAMPLE_HEADER.lower())
        if name is None:
            return None
        try:
            return of_example(operation, named_example(operation, name), asked)
        except EmulatorError as error:
            message = f"{EXAMPLE_HEADER}: {error}"
            raise self._state.contract.catalogue.refusal("invalid_format", message, param=EXAMPLE_HEADER) from None

    # --- The response ---

    @property
    def _path(self) -> str:
        path: bytes = self._request.scope.get("raw_path") or self._request.scope["path"].encode()
        return path.decode("latin-1")

    def _headers(self, error: ErrorResponse | None) -> dict[str, str]:
        """The headers that every response has. An error that tells of an empty bucket shows it empty, on demand too."""
        requests, tokens = self._bucket, self._team.tokens
        if error is not None and error.code == "too_many_requests":
            requests = requests.emptied(self._now)
        if error is not None and error.code == "tpm_rate_limit_exceeded":
            tokens = tokens.emptied(self._now)
        counts_tokens = self._operation is not None and self._operation.counts_tokens
        return {
            "Aurous-Request-Id": self._request_id,
            # Which version goes with "unknown_version" is not documented; the team's default is the nearest.
            "Aurous-Version": self._version if self._version in self._state.versions else self._team.default_version,
            **requests.headers("X-RateLimit-", self._now),
            **(tokens.headers("X-RateLimit-TPM-", self._now) if counts_tokens else {}),
            **self._state.deprecation,
        }

    def _record(self, status: int, error: ErrorResponse | None) -> RecordedRequest:
        """What the log of the state keeps."""
        query: bytes = self._request.scope["query_string"]
        return RecordedRequest(
            method=self._request.method,
            target=self._path + "?" * bool(query) + query.decode("latin-1"),
            status=status,
            code=error.code if error else None,
            request_id=self._request_id,
            team=self._key.team.name if self._key else None,
            at=self._now,
            headers=dict(self._request.headers),
            operation=self._operation.name if self._operation else None,
            query=as_sent(grouped(self._request.query_params)),
            body=self._content.recorded,
        )


def _presented_key(request: Request) -> str | None:
    """The key that was sent, in the canonical header or else as a bearer token."""
    canonical = request.headers.get("x-api-key")
    if canonical:
        return canonical
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def _is_streamed(operation: Operation, asked: OperationRequest) -> bool:
    """Whether the response is streamed, for which a key is ignored."""
    return EVENT_STREAM in operation.media_types and bool(object_in(asked.body).get("stream"))


class _EventStream(StreamingResponse):
    """Events as they come. Where the client goes away, before they begin too, the stream is told at once."""

    def __init__(self, response: SuccessResponse, stream: Stream, request: Request) -> None:
        self._stream, self._events = stream, stream.events(Connection(request.scope))
        # Given as a header, or else Starlette says the charset too.
        super().__init__(self._events, response.status, {**response.headers, "Content-Type": EVENT_STREAM})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with aclosing(self._events):
                await super().__call__(scope, receive, send)
        finally:
            self._stream.leave()


def _on_the_wire(response: SuccessResponse, request: Request) -> Response:
    if isinstance(response.body, Stream):
        return _EventStream(response, response.body, request)
    if response.media_type is None:
        return Response(status_code=response.status, headers=dict(response.headers))
    if isinstance(response.body, bytes):
        return Response(response.body, response.status, dict(response.headers), response.media_type)
    media_type = response.media_type if is_json(response.media_type) else "application/json"
    return JSONResponse(response.body, response.status, dict(response.headers), media_type)


def _error_on_the_wire(error: ErrorResponse, request_id: str) -> Response:
    headers = dict(error.headers)
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    if error.code is None:
        page = f"<html><head><title>{error.message}</title></head><body><h1>{error.message}</h1></body></html>\n"
        return HTMLResponse(page, error.status, headers)
    return JSONResponse(error.envelope(request_id), error.status, headers)
