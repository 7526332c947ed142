"""The control routes, for programs that reach the emulator over HTTP only: under a path that the API does not have."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ._errors import EmulatorError
from ._json import Body, is_object, kind_of
from ._replies import Refusal
from ._state import State
from ._streaming import Streaming

PREFIX: Final = "/_emulator"
HEADER: Final = "Aurous-Emulator"
"""The header that a request to a control route has to have, with this value:"""
CONTROL: Final = "control"

_IN_WORDS = {
    int | float: "a number",
    str: "text",
    int: "an integer",
    int | str: "an integer or text",
    dict: "an object",
}


@dataclass(frozen=True, slots=True)
class _Action:
    """What a control route does: call a method with what the body holds."""

    method: Callable[..., Any]
    arguments: Mapping[str, Any]
    required: tuple[str, ...] = ()


def _answers(
    state: State, *, reply: Any = None, contains: str = "", streaming: Body | None = None, **more: Any
) -> None:
    """`State.answers` for one reply, in JSON; requests are told by a text that the body has in it."""
    given = dict(streaming or {})
    try:
        if "error" in given:
            given["error"] = Refusal(**given["error"])
        planned = Streaming(**given)
    except TypeError as error:
        raise EmulatorError(f"streaming cannot be {streaming!r:.80} ({error}): give fields of Streaming") from None
    replies = () if reply is None else (reply,)
    state.answers(
        *replies, when=lambda body: contains in json.dumps(body, ensure_ascii=False), streaming=planned, **more
    )


_WHICH = {"id": str, "operation": str, "times": int}
_ACTIONS: Final = {
    "fail": _Action(
        State.fail,
        {**_WHICH, "code": str, "status": int, "retry_after": int | str, "message": str, "param": str},
    ),
    "drift": _Action(State.drift, {**_WHICH, "kind": str, "pointer": str, "value": object}),
    "answer": _Action(
        State.answer, {**_WHICH, "example": str, "body": object, "status": int, "headers": dict}, ("operation",)
    ),
    "answers": _Action(
        _answers,
        {"reply": object, "contains": str, "after": int | float, "times": int, "streaming": dict},
    ),
    "deprecate": _Action(State.deprecate, {"what": str, "sunset": str}),
    "reset": _Action(State.reset, {}),
}
_ADD: Final = "completions"


def control_routes(state: State) -> list[Route]:
    """`GET` shows what there is; `POST …/completions`, `fail`, `drift`, `answer`, … do what the methods do."""

    async def show(_: Request) -> Response:
        # Any web page may ask for this, but one of another origin does not get to see it.
        return JSONResponse(overview(state))

    async def act(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in {*_ACTIONS, _ADD}:
            return refused(f"there is no {PREFIX}/{name}: take one of {', '.join((*_ACTIONS, _ADD))}", 404)
        # A web page can have the browser send a POST here, unasked. It cannot have it send this header.
        if request.headers.get(HEADER) != CONTROL:
            return refused(f"send the header {HEADER}: {CONTROL}, which tells a program from a web page", 403)
        try:
            body = await _object(request)
            if name == _ADD:
                return JSONResponse({"id": state.add_entry(body)})
            action = _ACTIONS[name]
            action.method(state, **_arguments(body, action.arguments, action.required))
        except EmulatorError as error:
            return refused(str(error), 400)
        return JSONResponse({"ok": True})

    return [Route(PREFIX, show, methods=["GET"]), Route(f"{PREFIX}/{{name}}", act, methods=["POST"])]


def overview(state: State) -> Body:
    """The teams, the operations with what they respond from, and the completions with their owner and how they are."""
    with state.lock:
        return {
            "teams": list(state.teams),
            "operations": state.operations(),
            "completions": {
                completion_id: {"team": stored.team, "answers": stored.summary()}
                for completion_id, stored in state.completions.items()
            },
            "requests": len(state.requests),
        }


def refused(message: str, status: int) -> Response:
    """The response that says what is wrong with a request to a control route."""
    return JSONResponse({"emulator_error": message}, status)


async def _object(request: Request) -> Body:
    try:
        body = json.loads(await request.body() or b"{}")
    except (ValueError, RecursionError) as error:
        raise EmulatorError(f"the body is not JSON ({error}): send a JSON object") from None
    if not is_object(body):
        raise EmulatorError(f"the body is {kind_of(body)}: send a JSON object")
    return body


def _arguments(body: Body, known: Mapping[str, Any], required: tuple[str, ...]) -> Body:
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
