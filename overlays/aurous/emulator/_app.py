"""The routes: an ASGI app that answers from a state."""

import logging
from email.utils import formatdate

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from ._contract import load
from ._control import control_routes
from ._errors import ErrorResponse, RefusalError, chosen, documented
from ._json import Body
from ._state import RecordedRequest, State

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_log = logging.getLogger("aurous.emulator")


def create_app(state: State) -> Starlette:
    """An ASGI app that answers from `state`, for a server of your own or for `httpx.ASGITransport`."""

    async def retrieve(request: Request) -> Response:
        return _answer(state, request, request.path_params["id"])

    async def anything_else(request: Request) -> Response:
        return _answer(state, request, None)

    app = Starlette(
        routes=[
            Route(load().path, retrieve, methods=["GET"]),
            *control_routes(state),
            Route("/{path:path}", anything_else, methods=_METHODS),
        ]
    )
    # A trailing slash is an empty id, hence not found; redirecting it would be an answer that no page documents.
    app.router.redirect_slashes = False
    return app


def _answer(state: State, request: Request, completion_id: str | None) -> Response:
    """Answer a request and keep a record of it; the id is None on any route but the one that is emulated."""
    with state.lock:
        call = _Call(state, request)
        error: ErrorResponse | None = None
        try:
            response: Response = JSONResponse(call.body(completion_id))
        except RefusalError as refusal:
            error = refusal.answer
            response = _error_response(error, call.request_id)
        if error is None or error.code is not None:
            response.headers.update(call.headers(error))
        response.headers["Date"] = formatdate(call.now, usegmt=True)
        record = call.record(response.status_code, error)
        state.requests.append(record)
    _log.info("%s %s %d %s %s", record.method, record.target, record.status, record.code or "-", record.request_id)
    return response


class _Call:
    """A request, and what is known of it before it is answered."""

    def __init__(self, state: State, request: Request) -> None:
        self.state = state
        self.request = request
        self.now = state.clock()
        self.request_id = state.new_id("req")
        self.presented_key = _presented_key(request)
        self.key = state.keys.get(self.presented_key or "")
        # An answer has limits in its headers even where the team is not known. Those never run out.
        self.team = self.key.team if self.key else state.anonymous
        self.version = request.headers.get("aurous-version", self.team.default_version)

    def body(self, completion_id: str | None) -> Body:
        """The body of the answer 200.

        Raises:
            RefusalError: The answer is an error.
        """
        self.state.raise_planned_fault(completion_id)
        self._admit()
        if completion_id is None:
            raise RefusalError(chosen("resource_not_found", None, message="The emulator does not answer this route."))
        return self.state.retrieve(completion_id, self.team)

    def _admit(self) -> None:
        # The order of these checks is not documented. This one tells nothing before the key is known, and counts every
        # request of a team.
        if self.key is None:
            raise RefusalError(documented("invalid_api_key" if self.presented_key else "missing_api_key"))
        if self.key.revoked:
            raise RefusalError(documented("revoked_api_key"))
        if not self.team.requests.take(self.now):
            raise RefusalError(documented("too_many_requests", retry_after=self.team.requests.retry_after(self.now)))
        if self.version not in self.state.versions:
            raise RefusalError(documented("unknown_version"))
        if self.key.scope is None:
            raise RefusalError(documented("missing_scope"))

    def headers(self, error: ErrorResponse | None) -> dict[str, str]:
        """The headers that every answer has. An error that tells of an empty bucket, on demand too, shows it empty."""
        requests, tokens = self.team.requests, self.team.tokens
        if error is not None and error.code == "too_many_requests":
            requests = requests.emptied(self.now)
        if error is not None and error.code == "tpm_rate_limit_exceeded":
            tokens = tokens.emptied(self.now)
        return {
            "Aurous-Request-Id": self.request_id,
            # Which version answers "unknown_version" is not documented; the team's default is the nearest.
            "Aurous-Version": self.version if self.version in self.state.versions else self.team.default_version,
            **requests.headers("X-RateLimit-", self.now),
            **tokens.headers("X-RateLimit-TPM-", self.now),
            **self.state.deprecation,
        }

    def record(self, status: int, error: ErrorResponse | None) -> RecordedRequest:
        """What the log of the state keeps."""
        raw_path: bytes = self.request.scope.get("raw_path") or self.request.scope["path"].encode()
        query: bytes = self.request.scope["query_string"]
        return RecordedRequest(
            method=self.request.method,
            target=(raw_path + b"?" * bool(query) + query).decode("latin-1"),
            status=status,
            code=error.code if error else None,
            request_id=self.request_id,
            team=self.key.team.name if self.key else None,
            at=self.now,
            headers=dict(self.request.headers),
        )


def _presented_key(request: Request) -> str | None:
    """The key that was sent, in the canonical header or else as a bearer token."""
    canonical = request.headers.get("x-api-key")
    if canonical:
        return canonical
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def _error_response(error: ErrorResponse, request_id: str) -> Response:
    headers = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
    if error.code is None:
        page = f"<html><head><title>{error.message}</title></head><body><h1>{error.message}</h1></body></html>\n"
        return HTMLResponse(page, error.status, headers)
    return JSONResponse(error.envelope(request_id), error.status, headers)
