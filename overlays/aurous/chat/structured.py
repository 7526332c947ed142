"""Structured output: completions whose text is the JSON of a type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from attrs import define

from aurous._check import argument
from aurous._errors import APIResponseError, AurousError
from aurous.chat.completion import ChatCompletion
from aurous.chat.json_reading import MisfitError
from aurous.chat.typed import JSONFormat, format_of

if TYPE_CHECKING:
    from aurous._engine.effects import Flow
    from aurous._meta import ResponseMeta
    from aurous.chat.receipt import Receipt

T = TypeVar("T")

_CUT: Final = frozenset({"length", "content_filter", "cancelled"})
"""Reasons of an end before the answer was whole. All but the last are OpenAI's words (API_FACTS 2.1)."""


@define(frozen=True)
class Parsed(Generic[T]):
    """A value that the model wrote, and the completion that it stands in.

    Example:
        >>> parsed = client.chat.completions.parse(City, model=model, messages="The capital of Japan?")
        >>> parsed.value.name, parsed.completion.receipt.credits
    """

    value: T
    """The value, of the type that was asked for."""
    completion: ChatCompletion
    """Where it comes from."""

    @property
    def receipt(self) -> Receipt:
        """What the completion cost, as exact decimals.

        Raises:
            APIResponseError: The response does not say what was charged.
        """
        return self.completion.receipt


class OutputError(AurousError):
    """The completion came, and its text is not what was asked for: a misfit, or cut short. It is billed all the same.

    Attributes:
        completion: The completion.
        text: Its text, as far as it came; None where there is none.
    """

    def __init__(self, message: str, *, completion: ChatCompletion, **known: Any) -> None:
        super().__init__(message, **known)
        self.completion = completion
        self.text: str | None = _text_of(completion)

    @property
    def receipt(self) -> Receipt:
        """What the completion cost, as exact decimals.

        Raises:
            APIResponseError: The response does not say what was charged.
        """
        return self.completion.receipt


def response_format_of(kind: type[Any] | Mapping[str, Any]) -> dict[str, Any]:
    """What `response_format` asks for a type, in the subset of JSON Schema that the API documents (API_FACTS 2.1).

    Args:
        kind: A dataclass, an attrs class, a TypedDict, a pydantic model, a msgspec struct, or a JSON Schema.

    Raises:
        ConfigurationError: The subset cannot say it; the message has the JSON pointer of the place.
    """
    return _response_format(format_of(kind))


def parsed(kind: type[T] | Mapping[str, Any], completion: ChatCompletion) -> Parsed[T]:
    """The value of a completion's text.

    Args:
        kind: As for `response_format_of`.
        completion: The completion that was asked for it.

    Raises:
        OutputError: The text is not what was asked for, or was cut short.
    """
    return _parsed(format_of(kind), completion)


def parsing(
    kind: type[T] | Mapping[str, Any], create: Callable[[dict[str, Any]], Flow[ChatCompletion]]
) -> Flow[Parsed[T]]:
    """Create a completion whose text is the JSON of a type, and read it.

    Args:
        kind: As for `response_format_of`.
        create: Gives the flow that creates the completion, with this `response_format`.

    Raises:
        ConfigurationError: As `response_format_of`; nothing was sent.
        OutputError: As `parsed`.
    """
    with argument("kind"):
        wanted: JSONFormat[T] = format_of(kind)
    completion = yield from create(_response_format(wanted))
    return _parsed(wanted, completion)


def _response_format(wanted: JSONFormat[Any]) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": wanted.name, "schema": wanted.schema, "strict": True}}


def _parsed(wanted: JSONFormat[T], completion: ChatCompletion) -> Parsed[T]:
    text = _text_of(completion)
    problem = _why_not_whole(completion)
    if text is None or problem is not None:
        raise _error(completion, problem or _why_no_text(completion))
    cause = None
    try:
        return Parsed(wanted.decode(text), completion)
    except MisfitError as misfit:
        problem, cause = f"its text does not fit {wanted.name}: {misfit}", misfit.__cause__
    raise _error(completion, f"{problem}. To do: read error.text, or ask again; the model may do better") from cause


def _why_not_whole(completion: ChatCompletion) -> str | None:
    if completion.is_failed or completion.is_cancelled or completion.is_in_progress:
        return f"its status is {str.__str__(completion.status)!r}. To do: read error.completion"
    reason = next((getattr(choice, "finish_reason", None) for choice in completion.choices or ()), None)
    if isinstance(reason, str) and reason in _CUT:
        remedy = "raise max_tokens" if reason == "length" else "read error.completion"
        return f"its text was cut short (finish_reason {str.__str__(reason)!r}). To do: {remedy}"
    return None


def _why_no_text(completion: ChatCompletion) -> str:
    if completion.tool_calls:
        return "it asks for tools and has no text. To do: leave tools out, or use run() and read the text of its end"
    return "it has no text. To do: read error.completion"


def _text_of(completion: ChatCompletion) -> str | None:
    try:
        return completion.text
    except APIResponseError:  # something else stands in its place
        return None


def _error(completion: ChatCompletion, problem: str) -> OutputError:
    meta: ResponseMeta | None = getattr(completion, "_meta", None)
    return OutputError(
        f"completion {completion.id!r}: {problem}",
        completion=completion,
        request_id=meta.request_id if meta else None,
        status_code=meta.status_code if meta else None,
    )
