"""The chat completion that callers get: the generated model, with behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NoReturn, Self, cast

from attrs import define, field

from aurous import _status
from aurous._engine.strict_json import InvalidJSONError, loads
from aurous._errors import APIResponseError, CompletionCancelledError, CompletionFailedError
from aurous._meta import ResponseMeta
from aurous._rate_limits import moment
from aurous._text import one_line
from aurous.chat.receipt import Receipt, receipt_of
from aurous_api.models.chat_completion import ChatCompletion as _ChatCompletion
from aurous_api.models.completion_error import CompletionError as _EmbeddedError
from aurous_api.models.tool_call import ToolCall as _ToolCall
from aurous_api.types import UNSET, Deviation, Reading, read

_REPR_WORDS: Final = 40
_MAX_TEXT: Final = 200


@define(kw_only=True)
class ToolCall(_ToolCall):
    """A function that the model wants called."""

    @property
    def name(self) -> str:
        """Name of the function.

        Raises:
            APIResponseError: The answer does not name it.
        """
        name = getattr(self.function, "name", UNSET)
        return name if isinstance(name, str) else self._unusable("names no function")

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments, parsed from the JSON text that the model wrote (`function.arguments`).

        Raises:
            APIResponseError: The text is not JSON, or no JSON object. Models do write such text; the raw one is
                `function.arguments`.
        """
        text = getattr(self.function, "arguments", UNSET)
        if not isinstance(text, str):
            return self._unusable("has no arguments")
        try:
            arguments = loads(text.encode("utf-8", "surrogatepass"))
        except InvalidJSONError as error:
            reason = str(error)
        else:
            if isinstance(arguments, dict):
                return cast("dict[str, Any]", arguments)
            reason = f"it is {type(arguments).__name__}, not an object"
        return self._unusable(f"has arguments that are no JSON object: {reason}; the text is {text[:80]!r}")

    def _unusable(self, problem: str) -> NoReturn:
        raise APIResponseError(f"tool call {self.id!r} {problem}")


_CLASSES: Final[Mapping[type, type]] = {_ToolCall: ToolCall}


@define(kw_only=True, repr=False)
class ChatCompletion(_ChatCompletion):
    """A stored chat completion.

    The attributes `id`, `created`, `model`, `choices`, `usage`, `status` and `error` are those of the contract. Where
    an answer leaves the contract, an attribute holds None (the answer said null) or UNSET (it said nothing, or nothing
    that fits), `drift` tells the place, and `to_dict()` gives back what came.
    """

    drift: tuple[Deviation, ...] = field(default=(), init=False, eq=False)
    """Where the answer left the contract: JSON pointer, problem, what was found. Empty for one that kept to it."""
    _meta: ResponseMeta | None = field(default=None, init=False, eq=False)

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any], meta: ResponseMeta | None = None) -> Self:
        """Read a completion from JSON data, such as what `to_dict` gave and a database kept. Never raises."""
        reading = Reading(_CLASSES)
        completion = read(cls, src_dict, reading)
        completion.drift = tuple(reading.deviations)
        completion._meta = meta  # noqa: SLF001  # its own
        return completion

    @property
    def meta(self) -> ResponseMeta:
        """The call that brought this completion.

        Raises:
            APIResponseError: No call brought it; it was made by `from_dict`.
        """
        if self._meta is None:
            raise APIResponseError("this completion was made from data, no call brought it: it has no meta")
        return self._meta

    @property
    def is_completed(self) -> bool:
        """The answer is whole."""
        return _status.is_completed(self.status)

    @property
    def is_in_progress(self) -> bool:
        """The answer is still being made; also for the internal states `pending` and `processing`, which may leak."""
        return _status.is_in_progress(self.status)

    @property
    def is_failed(self) -> bool:
        """The answer will not come; `error` says why."""
        return _status.is_failed(self.status)

    @property
    def is_cancelled(self) -> bool:
        """The answer was called off; also for the internal states `cancelled_*`, which may leak."""
        return _status.is_cancelled(self.status)

    @property
    def is_terminal(self) -> bool:
        """Nothing more will come. An unknown status is no end."""
        return _status.is_terminal(self.status)

    @property
    def text(self) -> str | None:
        """The answer; None where there is none (yet), as with tool calls.

        Raises:
            APIResponseError: What stands in place of the text is something else.
        """
        message = self._message()
        content = getattr(message, "content", UNSET)
        if isinstance(content, str):
            return content
        raw = getattr(message, "additional_properties", {}).get("content")
        # The vendor's own sample shows {} where it means "a string or null" (API_FACTS 4.1, item 2).
        if raw is None or raw == {}:
            return None
        raise APIResponseError(
            f"completion {self.id!r}: the content of its message is {type(raw).__name__}, not text: {str(raw)[:80]}"
        )

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The functions that the model wants called; empty where there are none."""
        calls = getattr(self._message(), "tool_calls", UNSET)
        return tuple(cast("list[ToolCall]", calls)) if isinstance(calls, list) else ()

    @property
    def created_at(self) -> datetime:
        """When the completion was created (UTC).

        Raises:
            APIResponseError: The answer does not say, or not in seconds since the epoch.
        """
        created: Any = self.created
        at = moment(created) if isinstance(created, (int, float)) else None
        if at is None:
            raise APIResponseError(
                f"completion {self.id!r} does not say when it was created (seconds since the epoch at /created)"
            )
        return at

    @property
    def receipt(self) -> Receipt:
        """What the completion cost, as exact decimals.

        Raises:
            APIResponseError: The answer does not say what was charged.
        """
        receipt = receipt_of(self.usage)
        if receipt is None:
            raise APIResponseError(
                f"completion {self.id!r} does not say what was charged (a number at /usage/credits_charged)"
            )
        return receipt

    def raise_for_status(self) -> Self:
        """This completion, unless it failed or was cancelled.

        Raises:
            CompletionFailedError: It failed; the error carries `code`, `type` and the completion.
            CompletionCancelledError: It was cancelled.
        """
        if not (self.is_failed or self.is_cancelled):
            return self
        error = self.error if isinstance(self.error, _EmbeddedError) else None
        code, kind, said = (_brief(getattr(error, name, None)) for name in ("code", "type_", "message"))
        cls = CompletionFailedError if self.is_failed else CompletionCancelledError
        reason = ": ".join(part for part in (code, said) if part)
        raise cls(
            f"completion {_brief(self.id)} {'failed' if self.is_failed else 'was cancelled'}"
            + (f" ({reason})" if reason else ""),
            completion=self,
            type=kind,
            code=code,
            request_id=self._meta.request_id if self._meta else None,
            status_code=self._meta.status_code if self._meta else None,
        )

    def _message(self) -> object:
        choices: Any = self.choices or ()  # UNSET and None are falsy
        return getattr(choices[0], "message", None) if choices else None

    def __repr__(self) -> str:
        parts = [f"{name}={_brief(getattr(self, name))!r}" for name in ("id", "status", "model")]
        receipt = receipt_of(self.usage)
        if receipt is not None:
            parts.append(f"credits={receipt.credits}")
        content = getattr(self._message(), "content", UNSET)
        if isinstance(content, str):
            words = " ".join(content[: 4 * _REPR_WORDS].split())
            parts.append(f"text={words if len(words) <= _REPR_WORDS else words[:_REPR_WORDS].rstrip() + '...'!r}")
        if self.tool_calls:
            parts.append(f"tool_calls={len(self.tool_calls)}")
        if self.drift:
            parts.append(f"drift={len(self.drift)}")
        return f"ChatCompletion({', '.join(parts)})"


def _brief(value: object) -> str | None:
    """Text of the answer, fit for a message."""
    return one_line(str(value), _MAX_TEXT) if isinstance(value, str) else None
