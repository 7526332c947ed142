"""The chat completion that callers get: the generated model, with behaviour; and the errors that carry one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar, Final, NoReturn, Self, cast

from attrs import define

from aurous._engine.overlay_model import OverlayModel
from aurous._engine.strict_json import InvalidJSONError, loads
from aurous._errors import APIResponseError, AurousError, Outcome
from aurous._meta import ResponseMeta
from aurous._rate_limits import moment
from aurous._secret import shown
from aurous._status import HasStatus, States
from aurous._text import one_line
from aurous.chat.receipt import Receipt, receipt_of
from aurous_api.models.chat_completion import ChatCompletion as _ChatCompletion
from aurous_api.models.completion_error import CompletionError as _EmbeddedError
from aurous_api.models.tool_call import ToolCall as _ToolCall
from aurous_api.types import UNSET

_REPR_WORDS: Final = 40
_MAX_TEXT: Final = 200


@define(kw_only=True, repr=False, getstate_setstate=False)
class ToolCall(OverlayModel, _ToolCall):
    """A function that the model wants called."""

    @property
    def name(self) -> str:
        """Name of the function.

        Raises:
            APIResponseError: The response does not name it.
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
        return self._unusable(f"has arguments that are not a JSON object: {reason}; the text is {shown(text)[:80]!r}")

    def _unusable(self, problem: str) -> NoReturn:
        raise APIResponseError(f"tool call {self.id!r} {problem}")


class CompletionError(AurousError):
    """The call went well, the completion did not end well.

    Attributes:
        completion: The completion as it was retrieved.
    """

    def __init__(self, message: str, *, completion: ChatCompletion, **known: Any) -> None:
        super().__init__(message, **known)
        self.completion = completion


class CompletionFailedError(CompletionError):
    """The completion failed; `code`, `type` and `message` are those of its embedded error."""


class CompletionCancelledError(CompletionError):
    """The completion was cancelled."""

    outcome: ClassVar[Outcome] = "cancelled"


class WaitTimeoutError(AurousError):
    """The completion was not at an end when the time to wait was up.

    Attributes:
        completion: The completion as it was last seen, or None where no poll brought one.
        polls: How many times it was asked for.
        last_error: Of the last poll; None where that brought the completion.
        attempts: Those of the last poll.
    """

    outcome: ClassVar[Outcome] = "timeout"

    def __init__(
        self,
        message: str,
        completion: ChatCompletion | None,
        *,
        polls: int = 0,
        last_error: AurousError | None = None,
        **known: Any,
    ) -> None:
        super().__init__(message, **known)
        self.completion = completion
        self.polls = polls
        self.last_error = last_error


class StreamInterruptedError(AurousError):
    """A stream ended before the completion was whole. What became of it, its record tells: `recover()`.

    Attributes:
        partial: What had come, as a completion that is `in_progress`.
        id: Id of the completion; None where nothing had come.
        usage_known: Whether `partial` tells what was charged.
    """

    outcome: ClassVar[Outcome] = "interrupted"

    def __init__(
        self, message: str, *, partial: ChatCompletion, id: str | None, usage_known: bool = False, **known: Any
    ) -> None:
        super().__init__(message, **known)
        self.partial: ChatCompletion = partial  # pyright: ignore[reportIncompatibleVariableOverride]  # always there
        self.id = id
        self.usage_known = usage_known


@define(kw_only=True, repr=False, getstate_setstate=False)
class ChatCompletion(HasStatus, OverlayModel, _ChatCompletion):
    """A stored chat completion.

    The attributes `id`, `created`, `model`, `choices`, `usage`, `status` and `error` are those of the contract. Where a
    response leaves the contract, an attribute holds None (the server said null) or UNSET (it said nothing, or nothing
    that fits), `drift` tells the place, and `to_dict()` gives back what came.
    """

    _states: ClassVar[States] = States(
        in_progress=frozenset({"in_progress", "pending", "processing"}), completed=frozenset({"completed"})
    )

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
            f"completion {self.id!r}: the content of its message is {type(raw).__name__}, not text: "
            f"{shown(str(raw))[:80]}"
        )

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The functions that the model wants called; empty where there are none."""
        calls = getattr(self._message(), "tool_calls", UNSET)
        return tuple(cast("list[ToolCall]", calls)) if isinstance(calls, list) else ()

    @property
    def created_at(self) -> datetime:
        """When the completion was created (UTC).

        Read from `created`, in seconds since the epoch, or from `created_at`, in ISO 8601, as the vendor's page on
        cancelling has it (API_FACTS 4.1, item 6).

        Raises:
            APIResponseError: The response does not say.
        """
        created: Any = self.created
        at = moment(created if isinstance(created, (int, float)) else self.additional_properties.get("created_at"))
        if at is None:
            raise APIResponseError(
                f"completion {self.id!r} does not say when it was created (seconds since the epoch at /created)"
            )
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)

    @property
    def receipt(self) -> Receipt:
        """What the completion cost, as exact decimals.

        Raises:
            APIResponseError: The response does not say what was charged.
        """
        receipt = receipt_of(self.usage)
        if receipt is None:
            raise APIResponseError(
                f"completion {self.id!r} does not say what was charged (a number at /usage/credits_charged)"
            )
        return receipt

    def as_message(self) -> dict[str, Any]:
        """The message of the assistant, to go on from: `messages=[..., completion, {"role": "user", ...}]` does it.

        Raises:
            APIResponseError: The completion holds no message, or something else in place of its text.
        """
        if self._message() is None:
            raise APIResponseError(f"completion {self.id!r} holds no message to go on from")
        message: dict[str, Any] = {"role": "assistant", "content": self.text}
        if self.tool_calls:
            message["tool_calls"] = [{"type": "function", **call.to_dict()} for call in self.tool_calls]
        return message

    def raise_for_status(self) -> Self:
        """This completion, unless it failed or was cancelled.

        Raises:
            CompletionFailedError: It failed; the error carries `code`, `type` and the completion.
            CompletionCancelledError: It was cancelled.
        """
        if not (self.is_failed or self.is_cancelled):
            return self
        error = self.error if isinstance(self.error, _EmbeddedError) else None
        code, kind, said = (_brief(getattr(error, name, None)) for name in ("code", "type", "message"))
        cls = CompletionFailedError if self.is_failed else CompletionCancelledError
        reason = ": ".join(part for part in (code, said) if part)
        meta: ResponseMeta | None = getattr(self, "_meta", None)
        raise cls(
            f"completion {_brief(self.id)} {'failed' if self.is_failed else 'was cancelled'}"
            + (f" ({reason})" if reason else ""),
            completion=self,
            type=kind,
            code=code,
            request_id=meta.request_id if meta else None,
            status_code=meta.status_code if meta else None,
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
        return shown(f"ChatCompletion({', '.join(parts)})")


def _brief(value: object) -> str | None:
    """Text of the response, fit for a message."""
    return one_line(shown(str(value)), _MAX_TEXT) if isinstance(value, str) else None
