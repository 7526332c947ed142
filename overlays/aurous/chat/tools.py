"""Tools: functions that a model may ask for, and the messages that tell it what came of them."""

from __future__ import annotations

import functools
import inspect
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any, Final, Generic, NoReturn, ParamSpec, Self, TypeVar, cast, overload
from uuid import UUID

import attrs

from aurous._check import excerpt
from aurous._errors import APIResponseError, ConfigurationError
from aurous.chat.completion import ToolCall
from aurous.chat.members import Field, hints_of
from aurous.chat.typed import JSONFormat, format_of_fields

P = ParamSpec("P")
T = TypeVar("T")

_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SECTION: Final = re.compile(r"(Args|Arguments|Returns|Yields|Raises|Examples?|Notes?|Attributes):\s*")
_ARGUMENT: Final = re.compile(r"(\w+)(?:\s*\([^)]*\))?:\s*(.*)")


class ToolError(Exception):
    """To be raised within a tool: its text is told to the model, which may then do better.

    Any other exception tells the model its class only.

    Example:
        >>> raise ToolError("no such city; give the English name")
    """


class Tool(Generic[P, T]):
    """A function that a model may ask for. It is called as the function itself.

    `tool` makes one.

    Attributes:
        function: The function.
        name: What the model calls it by.
        description: What the model is told of it; empty where nothing is known.
        parameters: JSON Schema of its arguments.
    """

    __name__: str

    def __init__(self, function: Callable[P, T], name: str, description: str, wanted: JSONFormat[dict[str, Any]]):
        self.function = function
        self.name = name
        self.description = description
        self.parameters: dict[str, Any] = wanted.schema
        self._wanted = wanted
        functools.update_wrapper(self, function, updated=())

    def __call__(self, *arguments: P.args, **options: P.kwargs) -> T:
        """Call the function."""
        return self.function(*arguments, **options)

    @property
    def definition(self) -> dict[str, Any]:
        """The tool, as an item of `tools` in a request."""
        described = {"description": self.description} if self.description else {}
        return {"type": "function", "function": {"name": self.name, **described, "parameters": self.parameters}}

    @property
    def is_async(self) -> bool:
        """Whether it is a coroutine function, which only `AsyncAurous` can run."""
        call = getattr(self.function, "__call__", None)  # noqa: B004  # of an object that is called like a function
        return inspect.iscoroutinefunction(self.function) or inspect.iscoroutinefunction(call)

    def bound(self, arguments: Mapping[str, Any]) -> Callable[[], T]:
        """A call of the function with what a model wrote, as the types of its parameters.

        Raises:
            MisfitError: The arguments do not fit.
        """
        call: Any = self.function
        return functools.partial(call, **self._wanted.read(dict(arguments)))

    def __repr__(self) -> str:
        return f"Tool({self.name!r})"

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce__(self) -> NoReturn:
        raise ConfigurationError(
            f"the tool {self.name} cannot be pickled. To do: pickle its function, or import it where it is needed"
        )


@overload
def tool(function: Callable[P, T], /, *, name: str | None = None, description: str | None = None) -> Tool[P, T]: ...
@overload
def tool(*, name: str | None = None, description: str | None = None) -> Callable[[Callable[P, T]], Tool[P, T]]: ...
def tool(function: Any = None, /, *, name: str | None = None, description: str | None = None) -> Any:
    """Make a tool of a function with type hints: `@tool`, `@tool(name="...")` or `tool(function)`.

    Its parameters have the types that structured output has; of `Annotated[str, "..."]`, the text goes to the model.
    The docstring does as well: what stands before its sections is the description, and of `Args:`, in Google's style,
    those of the parameters.

    Args:
        function: The function; it may be a coroutine function with `AsyncAurous`.
        name: What the model calls it by; by default the name of the function.
        description: What the model is told of it; by default the docstring.

    Returns:
        The tool, which is called as the function itself.

    Raises:
        ConfigurationError: A parameter has no type hint or one that JSON cannot say, or takes no name (`*args`,
            `**kwargs`, positional-only).

    Example:
        >>> @tool
        ... def get_weather(city: str, days: int = 1) -> str:
        ...     '''Forecast of the weather.
        ...
        ...     Args:
        ...         city: English name of the city.
        ...         days: How many days from today.
        ...     '''
        ...     return "sunny"
    """
    if function is None:
        return functools.partial(tool, name=name, description=description)
    known: Any = function
    if isinstance(function, Tool):
        if name is None and description is None:
            return known
        return tool(known.function, name=name or known.name, description=description or known.description)
    if not callable(function):
        raise ConfigurationError(
            f"{excerpt(function)} is no tool. To do: pass a function, or what tool() made of one", param="function"
        )
    name = str(getattr(known, "__name__", type(known).__name__)) if name is None else name
    if not _NAME.fullmatch(name):
        raise ConfigurationError(
            f"{excerpt(name)} is no name of a tool. To do: pass name= with up to 64 ASCII letters, digits, _ or -",
            param="name",
        )
    said, of_parameters = _docs(inspect.getdoc(function) or "")
    wanted = format_of_fields(name, _parameters(name, known, of_parameters))
    return Tool(known, name, said if description is None else description, wanted)


def _parameters(name: str, function: Callable[..., Any], docs: Mapping[str, str]) -> Iterator[Field]:
    inner = getattr(function, "func", function)  # of a functools.partial
    hints = hints_of(inner if inspect.isroutine(inner) else type(inner).__call__)
    for parameter in _signature(name, function).parameters.values():
        if parameter.name in getattr(function, "keywords", ()):
            continue  # what the caller has bound is not for the model to say
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise ConfigurationError(
                f"tool {name}: the parameter {parameter} cannot be given by name, as a model gives it. To do: give it "
                "a name and a type, or pass a function of its own"
            )
        if parameter.name not in hints:
            raise ConfigurationError(
                f"tool {name}: the parameter {parameter.name} has no type hint. To do: write one, as in "
                f"{parameter.name}: str"
            )
        required = parameter.default is parameter.empty
        described = docs.get(parameter.name, "")
        yield Field(parameter.name, hints[parameter.name], required, parameter.name, described)


def _signature(name: str, function: Callable[..., Any]) -> inspect.Signature:
    try:
        return inspect.signature(function)
    except (ValueError, TypeError):  # of some classes and functions that are written in C
        raise ConfigurationError(
            f"tool {name}: its parameters are not known. To do: pass a function of its own, with type hints"
        ) from None


def _docs(doc: str) -> tuple[str, dict[str, str]]:
    """What a docstring says of a function, and of each of its parameters."""
    sections: dict[str, list[str]] = {"": []}
    section = ""
    for line in doc.splitlines():
        heading = _SECTION.fullmatch(line)
        section = heading[1] if heading else section
        lines = sections.setdefault(section, [])
        if not heading:
            lines.append(line)
    texts: dict[str, str] = {}
    name = ""
    for line in inspect.cleandoc(
        "\n" + "\n".join(sections.get("Args") or sections.get("Arguments") or [])
    ).splitlines():
        begins = _ARGUMENT.fullmatch(line)
        name = begins[1] if begins else name
        texts[name] = f"{texts.get(name, '')} {begins[2] if begins else line.strip()}".strip()
    return "\n".join(sections[""]).strip(), texts


@attrs.define(frozen=True)
class ToolResult:
    """What came of a tool call, for the `messages` of the next completion.

    Example:
        >>> messages = [*messages, completion, ToolResult(completion.tool_calls[0], {"degrees": 21})]
    """

    call: ToolCall
    """The call."""
    value: Any
    """What the model is told: a text, or what is told as JSON (dataclasses, attrs classes and models included)."""
    error: BaseException | None = attrs.field(default=None, eq=False)
    """Why a run has no result: what the tool raised, or a `ToolError` that says why the call was not carried out. Lost
    where the result is pickled, as not every exception can be."""

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.call, self.value)

    def as_message(self) -> dict[str, Any]:
        """The message of role `tool`.

        Raises:
            APIResponseError: The call has no id, so that nothing can be said to it.
            ConfigurationError: JSON cannot hold the value.
        """
        call: Any = self.call
        if not isinstance(call, ToolCall):
            raise ConfigurationError(
                f"the call of a ToolResult is {excerpt(call)}. To do: pass an item of completion.tool_calls"
            )
        id_of: Any = self.call.id
        if not isinstance(id_of, str):
            raise APIResponseError("the tool call has no id, so its result cannot be sent. To do: ask again")
        return {"role": "tool", "tool_call_id": id_of, "content": text_of(self.value)}


def text_of(value: object) -> str:
    """What a model is told of what a tool returned, or of the `ToolError` that it raised.

    Raises:
        ConfigurationError: JSON cannot hold it, or UTF-8 its text.
    """
    try:
        return _as_text(value).encode().decode()  # a lone surrogate would only show when it is sent, and end the run
    except Exception as error:  # noqa: BLE001  # the methods of a caller's class may raise anything
        raise ConfigurationError(
            f"the result of a tool, {type(value).__name__}, cannot be written as JSON in UTF-8 "
            f"({type(error).__name__}). To do: let the tool return a str, or what JSON can hold"
        ) from None


def _as_text(value: object) -> str:
    if isinstance(value, str):
        return str.__str__(value)  # of a `StrEnum` and its like, what they stand for
    if isinstance(value, ToolError):
        return str(value)
    return json_of(value)


def json_of(value: object) -> str:
    """A value as JSON: plain data, and whatever has members (dataclasses, attrs classes, models) as an object."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, default=_plain)


def _plain(value: Any) -> Any:
    """What JSON has no word for, in words that it has."""
    kind = cast("Any", type(value))
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):  # and so a datetime
        return value.isoformat()
    if isinstance(value, (Decimal, UUID)):
        return str(value)
    for method in ("to_dict", "model_dump"):  # of the SDK's own models, and of pydantic
        if callable(getattr(kind, method, None)):
            return getattr(value, method)()
    return {name: getattr(value, name) for name in _names(kind)}


def _names(kind: Any) -> list[str]:
    """The members of a dataclass, an attrs class or a msgspec struct."""
    for fields in ("__dataclass_fields__", "__attrs_attrs__", "__struct_fields__"):
        if hasattr(kind, fields):
            return [str(getattr(field, "name", field)) for field in getattr(kind, fields)]
    raise TypeError(kind.__name__)
