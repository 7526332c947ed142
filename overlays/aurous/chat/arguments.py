"""From the arguments of `create` and its kin to the fields of the request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final, cast

from aurous import _check
from aurous._errors import ConfigurationError
from aurous._text import masked
from aurous.chat.messages import Messages, messages_of
from aurous.chat.tools import Tool
from aurous_api.operations import CallOptions
from aurous_api.resources.chat_completions import CREATE
from aurous_api.types import UNSET

if TYPE_CHECKING:
    from aurous_api.models import ToolDefinition
    from aurous_api.params import ToolDefinitionParam

Tools = Sequence["Tool[..., Any] | ToolDefinition | ToolDefinitionParam | Mapping[str, Any]"]
"""The functions that a model may ask to be called."""

_FIELDS: Final = tuple(field.name for field in CREATE.body.fields) if CREATE.body else ()
_OPTIONS: Final = ("api_version", "max_retries", "extra_headers", "extra_query", "extra_body")
_NOT_HERE: Final[Mapping[str, str]] = {
    "idempotency_key": "create() and parse() take one; a stream has none, and in run() each completion has its own",
    "idle_timeout": "stream() takes it",
    "approve": "run() takes it",
    "max_rounds": "run() takes it",
    "max_calls": "run() takes it",
    "max_turns": "run() takes max_rounds",
    "max_completion_tokens": "pass max_tokens",
    "n": "leave it out, as there is one choice",
    "store": "leave it out, as every completion is stored",
}
"""What to do about parameters that other methods have, or other SDKs."""


def arguments_of(
    model: str, messages: Messages, tools: Tools | None, options: Mapping[str, Any]
) -> tuple[dict[str, object], CallOptions]:
    """The fields of the body, by the names of their parameters; and the options of the call."""
    for name in options:
        if name not in (*_FIELDS, *_OPTIONS):
            close = get_close_matches(name, (*_FIELDS, *_OPTIONS), 1)
            hint = f"did you mean {close[0]}?" if close else "extra_body= takes what the contract does not know"
            raise ConfigurationError(
                f"there is no parameter {_check.excerpt(name)}: {_NOT_HERE.get(name, hint)}", param=masked(name)
            )
    given: dict[str, object] = {name: UNSET if (value := options.get(name)) is None else value for name in _FIELDS}
    if isinstance(given["response_format"], type):
        raise _check.refusal("response_format", "is a type: pass it to parse(), which gives a value of it")
    given |= {"model": model, "messages": messages_of(messages), "tools": UNSET if tools is None else _tools(tools)}
    return given, CallOptions(**{name: options.get(name) for name in _OPTIONS})


def _tools(given: object) -> list[object]:
    """The tools of a request."""
    whole = cast("Any", given)
    if isinstance(whole, (str, Mapping)) or not isinstance(whole, Iterable):
        raise _check.refusal("tools", f"is {_check.excerpt(given)}, and is to be a list. To do: pass tools=[...]")
    return [_tool(each, f"tools[{number}]") for number, each in enumerate(cast("Iterable[object]", whole))]


def _tool(given: object, at: str) -> object:
    if isinstance(given, Tool):
        return given.definition
    if callable(given):
        raise _check.refusal(at, "is a function: describe it by tool(), or let run() call it")
    return given
