"""What a model says: by default something that shows which question it heard, else what a test plans."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import InitVar, dataclass, field, replace
from typing import Any, Final, TypeAlias, cast

from aurous._check import excerpt
from aurous.chat.tools import json_of

from ._checks import check_json, is_count
from ._errors import EmulatorError
from ._json import Body, list_in, object_in
from ._samples import sample
from ._tokens import first_tokens, text_of, tokens_of

STOP: Final = "stop"
# Not documented: words of OpenAI's, whose client the vendor says works unchanged (API_FACTS 2.1).
TOOL_CALLS: Final = "tool_calls"
LENGTH: Final = "length"


def _is_text(value: object) -> bool:
    return value is None or isinstance(value, str)


_WANTED: Final[Mapping[str, tuple[Callable[[Any], bool], str]]] = {
    "text": (_is_text, "a string, or Reply(json=...) for structured output"),
    "tool_calls": (lambda value: isinstance(value, (list, tuple)), "a list of tool calls"),
    "finish_reason": (_is_text, "a string"),
    "reasoning_tokens": (is_count, "an integer, 0 or more"),
}
"""What each field of a reply may be, and that in words."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model says in answer to a request.

    Raises:
        EmulatorError: No model says that.
    """

    text: str | None = None
    tool_calls: Sequence[Mapping[str, Any]] = ()
    """Each `{"name": "get_weather", "arguments": {"city": "Tokyo"}}`, or as the API sends it. Arguments that are a text
    are sent as they are, JSON or not; a call without an `id` gets one."""
    finish_reason: str | None = None
    """By default `stop`, `tool_calls` with tool calls, and `length` where `max_tokens` cuts the text."""
    reasoning_tokens: int = 0
    """What it thought before; charged like output, not counted by `max_tokens`, never shown."""
    json: InitVar[Any] = field(default=None, kw_only=True)
    """In place of a text: what is said as JSON, where structured output is asked for. Plain data, a dataclass, an attrs
    class, a model."""

    def __post_init__(self, json: Any) -> None:
        if json is not None:
            if self.text is not None:
                raise EmulatorError("a Reply has a text and json: give one of them")
            object.__setattr__(self, "text", _as_json(json))
        for name, (fits, wanted) in _WANTED.items():
            value = getattr(self, name)
            if not fits(value):
                raise EmulatorError(f"{name}={excerpt(value)} is nothing that a model says: give {wanted}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An error in place of an answer; what is given means what it means to `Emulator.fail`."""

    code: str | None = None
    status: int | None = None
    message: str | None = None
    param: str | None = None
    retry_after: int | str | None = None


Planned: TypeAlias = str | Reply | Refusal | Mapping[str, Any] | Sequence[Mapping[str, Any]]
"""A text, a message (`{"content": ..., "tool_calls": [...]}`), tool calls, or one of the objects above."""


def reply_of(planned: object) -> Reply | Refusal:
    """What a test planned, in one form.

    Raises:
        EmulatorError: It is nothing that a model can say.
    """
    if isinstance(planned, Reply):
        calls = [_call_of(call) for call in planned.tool_calls]
        return Reply(check_json(planned.text), calls, check_json(planned.finish_reason), planned.reasoning_tokens)
    if isinstance(planned, Refusal):
        return planned
    if isinstance(planned, str):
        return Reply(check_json(planned))
    given: Any = planned
    if isinstance(given, (list, tuple)):
        return reply_of(Reply(tool_calls=cast("Sequence[Any]", given)))
    if isinstance(given, Mapping) and ("content" in given or "tool_calls" in given):
        message = cast("Mapping[str, Any]", given)
        return reply_of(Reply(message.get("content"), message.get("tool_calls") or ()))
    raise EmulatorError(
        f"{excerpt(planned)} is nothing that a model says: give a text, a message with content or tool_calls, a list "
        "of tool calls, Reply(json=...) for structured output, another Reply, or a Refusal"
    )


def _as_json(value: object) -> str:
    try:
        return json_of(value)
    except Exception as error:  # whatever the methods of a caller's class raise
        raise EmulatorError(f"json={excerpt(value)} cannot be written as JSON ({type(error).__name__})") from error


def _call_of(call: object) -> Body:
    """A tool call in its form on the wire, with no id where none was given."""
    call = object_in(check_json(call))
    function = object_in(call.get("function", call))
    name, arguments = function.get("name"), function.get("arguments", {})
    if not isinstance(name, str):
        raise EmulatorError('a tool call names its function: write it like {"name": "get_weather", "arguments": {}}')
    text = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
    return {"id": call.get("id"), "type": "function", "function": {"name": name, "arguments": text}}


def default_reply(body: Body) -> Reply:
    """The reply to a request for which nothing is planned."""
    body = json.loads(json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"))  # No half of a surrogate pair.
    called = _demanded_tool(body)
    if called is not None:
        parameters = object_in(called.get("function")).get("parameters")
        return Reply(tool_calls=[_call_of({"name": called["function"]["name"], "arguments": sample(parameters)})])
    response_format = object_in(body.get("response_format"))
    if response_format.get("type") == "json_schema":
        schema = object_in(response_format.get("json_schema")).get("schema")
        return Reply(json.dumps(sample(schema), ensure_ascii=False))
    heard = _heard(body)
    if response_format.get("type") == "json_object":
        return Reply(json.dumps({"answer": heard}, ensure_ascii=False))
    return Reply(heard)


def limited(reply: Reply, body: Body) -> Reply:
    """The reply as far as the request lets its text go: up to the first of its `stop`, and to `max_tokens`."""
    text, most = reply.text, body.get("max_tokens")
    if text is None:
        return reply
    stops = [body["stop"]] if isinstance(body.get("stop"), str) else list_in(body.get("stop"))
    text = text[: min((text.index(stop) for stop in stops if stop and stop in text), default=len(text))]
    if most is None or tokens_of(text) <= most:
        return replace(reply, text=text)
    return replace(reply, text=first_tokens(text, int(most)), finish_reason=reply.finish_reason or LENGTH)


def finish_reason_of(reply: Reply) -> str:
    """Why the model stopped."""
    return reply.finish_reason or (TOOL_CALLS if reply.tool_calls else STOP)


def _heard(body: Body) -> str:
    """Says what was last said to the model."""
    messages = [object_in(message) for message in list_in(body.get("messages"))]
    if messages and messages[-1].get("role") == "tool":
        return f"The tool said: {text_of(messages[-1])}"
    questions = (text_of(message) for message in reversed(messages) if message.get("role") == "user")
    question = next(questions, None)
    return "You asked nothing." if question is None else f"You asked: {question}"


def _demanded_tool(body: Body) -> Body | None:
    """The tool that the request has the model call, if it does: the one that it names, else the first."""
    choice, tools = body.get("tool_choice"), list_in(body.get("tools"))
    if choice == "required":
        return next(iter(tools), None)
    name = object_in(object_in(choice).get("function")).get("name")
    return next((tool for tool in tools if object_in(tool.get("function")).get("name") == name), None) if name else None
