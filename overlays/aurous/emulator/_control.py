"""The control routes, for programs that reach the emulator over HTTP only: under a path that the API does not have."""

import json
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from . import _seed
from ._errors import EmulatorError
from ._json import Body, is_object, kind_of
from ._state import State
from ._teams import MAIN_TEAM

PREFIX = "/_emulator"

_FAIL = {"id": str, "code": str, "status": int, "times": int, "retry_after": int | str, "message": str, "param": str}
_DRIFT = {"id": str, "kind": str, "pointer": str, "value": object, "times": int}
_DEPRECATE = {"what": str, "sunset": str}
_IN_WORDS = {str: "text", int: "an integer", int | str: "an integer or text"}


def control_routes(state: State) -> list[Route]:
    """`GET` shows what there is; `POST …/completions`, `fail`, `drift`, `deprecate`, `reset` do what the methods do."""

    def add(body: Body) -> Body:
        entry = _seed.parse_entry(body, state.teams)
        return {"id": state.add(entry.completion, life=entry.life, team=entry.team or MAIN_TEAM)}

    def fail(body: Body) -> None:
        state.fail(**_arguments(body, _FAIL))

    def drift(body: Body) -> None:
        arguments = _arguments(body, _DRIFT, required=("kind",))
        state.drift(arguments.pop("id", None), **arguments)

    def deprecate(body: Body) -> None:
        state.deprecate(**_arguments(body, _DEPRECATE))

    def reset(body: Body) -> None:
        _arguments(body, {})
        state.reset()

    async def show(_: Request) -> Response:
        return JSONResponse(overview(state))

    actions = {"completions": add, "fail": fail, "drift": drift, "deprecate": deprecate, "reset": reset}
    return [
        Route(PREFIX, show, methods=["GET"]),
        *(Route(f"{PREFIX}/{name}", _endpoint(action), methods=["POST"]) for name, action in actions.items()),
    ]


def overview(state: State) -> Body:
    """The teams, and the completions with their owner and what they answer."""
    with state.lock:
        return {
            "teams": list(state.teams),
            "completions": {
                completion_id: {"team": stored.team, "answers": stored.summary()}
                for completion_id, stored in state.completions.items()
            },
            "requests": len(state.requests),
        }


def _endpoint(action: Callable[[Body], Body | None]) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        try:
            return JSONResponse(action(await _object(request)) or {"ok": True})
        except EmulatorError as error:
            return JSONResponse({"emulator_error": str(error)}, 400)

    return endpoint


async def _object(request: Request) -> Body:
    try:
        body = json.loads(await request.body() or b"{}")
    except (ValueError, RecursionError) as error:
        raise EmulatorError(f"the body is not JSON ({error}): send a JSON object") from None
    if not is_object(body):
        raise EmulatorError(f"the body is {kind_of(body)}: send a JSON object")
    return body


def _arguments(body: Body, known: dict[str, Any], required: tuple[str, ...] = ()) -> Body:
    """The body as keyword arguments, if it has these names and types; null stands for what a call would say by None."""
    for name in required:
        if name not in body:
            raise EmulatorError(f"{name} is missing: give it")
    for name, value in body.items():
        if name not in known:
            raise EmulatorError(f"{name!r} is not known here: take {', '.join(known) or 'nothing'}")
        allowed = known[name]
        if value is None or allowed is object:
            continue
        if isinstance(value, bool) or not isinstance(value, allowed):
            raise EmulatorError(f"{name} cannot be {value!r:.80}: give {_IN_WORDS[allowed]}")
    return body
