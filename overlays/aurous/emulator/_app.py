"""The app: an ASGI application that responds from a state."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, request_response
from starlette.types import ASGIApp, Receive, Scope, Send

from ._content import receive
from ._contract import Operation
from ._control import PREFIX, control_routes, refused
from ._errors import ErrorResponse
from ._exchange import Exchange
from ._state import State
from ._waiting import Told

_AUTHORITY_BEGINS: Final = "://"
_NO_REQUEST: Final = "req_00000000000000000000000000"
"""The id where something failed, be it what makes ids."""


def create_app(state: State) -> Starlette:
    """An ASGI app that responds from `state`, for a server of your own or for `httpx.ASGITransport`."""

    async def respond(request: Request, operation: Operation | None = None, allowed: str = "") -> Response:
        try:
            content = await receive(request)
        except ClientDisconnect:
            return Response(status_code=400)  # Nobody is there to read it.
        with state.lock:
            steps = Exchange(state, request, content, operation, allowed).response()
            clock, run = state.clock, state.run
        while True:
            with state.lock:
                try:
                    moment = next(steps)
                except StopIteration as end:
                    response: Response = end.value
                    return response
            await state.waiting.until(moment, clock, lambda: state.run != run)

    async def other_method(request: Request, error: Exception) -> Response:
        if request.url.path.startswith(PREFIX):
            return refused(
                f"{request.url.path} does not take {request.method}: see python -m aurous.emulator --help", 405
            )
        headers = (error.headers if isinstance(error, HTTPException) else None) or {}
        return await respond(request, allowed=", ".join(sorted(headers.get("Allow", "").split(", "))))

    async def broken(_: Request, error: Exception) -> Response:
        message = f"The emulator itself failed: {type(error).__name__}: {error}"
        failure = ErrorResponse(500, "internal_error", "server_error", message)
        return JSONResponse(failure.envelope(_NO_REQUEST), failure.status)

    app = Starlette(
        routes=[*control_routes(state), *_api_routes(state, respond)],
        middleware=[
            Middleware(_Watched, state=state),
            Middleware(Told, clock=lambda: state.clock),
            Middleware(_OriginForm),
        ],
        exception_handlers={405: other_method, Exception: broken},
    )
    app.router.default = request_response(respond)
    # A trailing slash is an empty id, hence not found; redirecting it would be a response that no page documents.
    app.router.redirect_slashes = False
    return app


def _api_routes(state: State, respond: Callable[[Request, Operation], Awaitable[Response]]) -> list[Route]:
    """A route for each path of the contract."""
    paths: dict[str, dict[str, Operation]] = {}
    for operation in state.contract.operations.values():
        paths.setdefault(operation.path, {})[operation.method] = operation

    async def endpoint(methods: Mapping[str, Operation], request: Request) -> Response:
        # HEAD is GET without the body, as everywhere in HTTP.
        return await respond(request, methods.get(request.method) or methods["GET"])

    # A path with parameters matches what a path without them spells out, so it comes later.
    ordered = sorted(paths.items(), key=lambda entry: entry[0].count("{"))
    return [Route(path, partial(endpoint, methods), methods=list(methods)) for path, methods in ordered]


class _Watched:
    """Lets whoever runs the emulator know of what fails in it."""

    def __init__(self, app: ASGIApp, state: State) -> None:
        self._app, self._state = app, state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        run = self._state.run
        try:
            await self._app(scope, receive, send)
        except ClientDisconnect:
            raise
        except Exception as error:
            if self._state.run == run:  # what began before a reset is nobody's any more
                self._state.failed("the emulator", error)
            raise


class _OriginForm:
    """Lets every target of a request be routed: `http://host/path`, which is allowed to every client, and odd ones."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope.get("path", "/")
        if not path.startswith("/"):
            _, found, rest = path.partition(_AUTHORITY_BEGINS)
            scope = {**scope, "path": f"/{rest.partition('/')[2]}" if found else f"/{path}"}
        await self._app(scope, receive, send)
