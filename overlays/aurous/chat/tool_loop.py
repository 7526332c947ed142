"""The loop of tools: ask the model, run the functions that it asks for, tell it what came of them, ask again."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from attrs import define

from aurous import _check
from aurous._engine.effects import LATE, Gather, Notify
from aurous._engine.observer import unbroken
from aurous._errors import (
    APIResponseError,
    APITimeoutError,
    AurousError,
    BudgetExceededError,
    ConfigurationError,
    InsufficientCreditsError,
)
from aurous.chat.completion import ChatCompletion, ToolCall
from aurous.chat.defaults import MAX_CALLS, MAX_ROUNDS
from aurous.chat.json_reading import MisfitError
from aurous.chat.messages import Message, Messages, conversation_of, messages_of, plain
from aurous.chat.receipt import Receipt, total
from aurous.chat.tools import Tool, ToolError, ToolResult, text_of, tool

if TYPE_CHECKING:
    from aurous._clock import Clock
    from aurous._engine.effects import Flow
    from aurous._events import Telemetry

Create = Callable[[list[Any], float | None, Mapping[str, Any]], "Flow[ChatCompletion]"]
"""Gives the flow that creates a completion, from messages, the seconds that are left, and the other parameters."""
Approve = Callable[[ToolCall], bool | Awaitable[bool | None] | None]
Stopped = Literal["finished", "max_rounds", "deadline", "budget", "declined", "paused", "error"]

_AT_ONCE: Final = 4
_LEAST: Final = 0.001
_CLOSE: Final = 0.05
"""A timeout that leaves so many seconds of the run's own is that of the run."""

_UNKNOWN: Final = "Error: there is no tool of this name."
_UNREADABLE: Final = "Error: the arguments are not a JSON object."
_MISFIT: Final = "Error: the arguments do not fit: {}."
_FAILED: Final = "Error: the tool failed ({})."
_TIMED_OUT: Final = "Error: the tool timed out."
_DECLINED: Final = "Error: the caller declined this call."
_SURPLUS: Final = "Error: too many calls at once; this one was not carried out."
_UNDECIDED: Final = "Error: the caller has not decided yet."
_NOT_WHOLE: Final = "Error: the answer was not whole; this call was not carried out."

_logger: Final = logging.getLogger("aurous")


@define(frozen=True)
class Run:
    """What a run of tools came to.

    Example:
        >>> run = client.chat.completions.run(model=model, messages="Rain in Tokyo?", tools=[get_weather])
        >>> run.stopped, run.text, run.receipt.credits
    """

    stopped: Stopped
    """Why it stopped.

    - `finished`: the model asks for no more tools. Whether its last completion is whole, that completion tells.
    - `max_rounds`: it still asks, after so many rounds. The calls of the last round were carried out.
    - `deadline`: the time is up. Calls that were not back in time are answered as timed out.
    - `budget`: the credits do not cover another completion; `error` says more.
    - `declined`: `approve` declined each call of a round that could have been carried out.
    - `paused`: `approve` gave no decision on a call (None). Nothing of the round was carried out: its calls are
      `pending`.
    - `error`: only on an error that carries the run so far (`error.run`).
    """
    completions: tuple[ChatCompletion, ...]
    """The completions of this run, in order. There is one at least, unless it stopped within the calls that it was to
    begin with."""
    messages: tuple[Message, ...]
    """Those that it began with, each completion, and a `ToolResult` for each call. To go on, pass them to another run,
    with others behind them or without."""
    error: AurousError | None = None
    """The error that it stopped by, for `budget`, and for `deadline` where a completion did not come in time: then its
    `idempotency_key` may collect the answer later."""
    results: tuple[ToolResult, ...] = ()
    """What came of each call, in order; `error` of each tells which ones have no result, and why."""

    @property
    def completion(self) -> ChatCompletion:
        """The last completion.

        Raises:
            ConfigurationError: The run stopped before its first one.
        """
        if not self.completions:
            raise ConfigurationError(
                f"the run has no completion: it stopped ({self.stopped}) within the calls that it began with. To do: "
                "read run.results and run.pending"
            )
        return self.completions[-1]

    @property
    def text(self) -> str | None:
        """The text of the last completion; None where it has none."""
        return self.completions[-1].text if self.completions else None

    @property
    def pending(self) -> tuple[ToolCall, ...]:
        """The calls at the end of `messages` that have no result yet. A run that goes on carries them out first."""
        return _pending(self.messages)[0]

    def to_messages(self) -> list[dict[str, Any]]:
        """The messages as plain JSON data: to be stored, and passed as `messages` to go on later."""
        return [plain(message) for message in messages_of(self.messages)]

    @property
    def receipt(self) -> Receipt:
        """What all completions cost together, as exact decimals.

        Raises:
            APIResponseError: One of them does not say what was charged.
        """
        return total(completion.receipt for completion in self.completions)


class ToolLoop:
    """One run under way.

    Args:
        create: Gives the flow of one completion.
        messages: What the conversation begins with; a text is one message of the user.
        tools: Functions with type hints, or what `tool` made of them.
        clock: Tells the time.
        asynchronous: Whether coroutine functions can be run.
        max_rounds: Most completions.
        max_calls: Most calls that are carried out in a round; for others the model is told that they were not.
        timeout: Longest time for all of it, in seconds.
        approve: Asked before each call, in order: whether to carry it out; None for no decision yet.
        telemetry: What follows the calls of the client; where it has a method `tool`, that follows those of tools.
        params: The other parameters of each completion. A `tool_choice` that asks for a call holds for the first one:
            otherwise the model could never finish.

    Raises:
        ConfigurationError: A tool cannot be one, a limit is none, or a parameter is for one completion only.
    """

    def __init__(
        self,
        create: Create,
        *,
        messages: Messages,
        tools: Sequence[Tool[..., Any] | Callable[..., Any]],
        clock: Clock,
        asynchronous: bool,
        max_rounds: int = MAX_ROUNDS,
        max_calls: int = MAX_CALLS,
        timeout: float | None = None,
        approve: Approve | None = None,
        telemetry: Telemetry | None = None,
        params: Mapping[str, Any],
    ) -> None:
        self._create = create
        if params.get("idempotency_key") is not None:
            raise ConfigurationError(
                "run() creates several completions, each with an idempotency key of its own. To do: leave "
                "idempotency_key out",
                param="idempotency_key",
            )
        self._messages: list[Any] = conversation_of(messages)
        with _check.argument("tools"):
            self._tools = _by_name(tools, asynchronous=asynchronous)
        self._max_rounds = _check.count(max_rounds, source="max_rounds", least=1)
        self._max_calls = _check.count(max_calls, source="max_calls", least=1)
        self._approve = None if approve is None else _check.function(approve, source="approve", may_wait=asynchronous)
        self._follow: Any = getattr(telemetry, "tool", None)
        self._clock = clock
        self._until = None if timeout is None else clock.monotonic() + _check.seconds(timeout, source="timeout")
        self._params = {**params, "tools": [each.definition for each in self._tools.values()]}
        self._completions: list[ChatCompletion] = []
        self._results: list[ToolResult] = []

    def flow(self) -> Flow[Run]:
        """The run, not begun.

        Raises:
            AurousError: A completion could not be created. After the first one, `error.run` is the run so far.
        """
        pending, is_whole = _pending(self._messages)
        stopped = (yield from self._round(pending, is_whole=is_whole)) if pending else None
        if stopped is not None:
            return self._run(stopped)
        for _ in range(self._max_rounds):
            if self._has_begun and self._is_late():
                return self._run("deadline")
            try:
                completion = yield from self._create(list(self._messages), self._limit(), self._params)
            except AurousError as error:
                return self._stopped_by(error)
            self._completions.append(completion)
            self._messages.append(completion)
            if self._params.get("tool_choice") not in ("auto", "none"):
                self._params.pop("tool_choice", None)
            if not completion.tool_calls:
                return self._run("finished")
            stopped = yield from self._round(completion.tool_calls, is_whole=_is_whole(completion))
            if stopped is not None:
                return self._run(stopped)
        return self._run("max_rounds")

    def _round(self, calls: Sequence[ToolCall], *, is_whole: bool) -> Flow[Stopped | None]:
        """Answer each of these calls; says why the run is to stop then, if it is."""
        planned: list[Callable[[], Any] | str] = []
        for number, call in enumerate(calls):
            if not is_whole:
                planned.append(_NOT_WHOLE)
            elif number >= self._max_calls:
                planned.append(_SURPLUS)
            else:
                planned.append((yield from self._planned(call)))
        if _UNDECIDED in planned:
            return "paused"
        if self._is_late():
            planned = [_TIMED_OUT if callable(each) else each for each in planned]
        functions = [each for each in planned if callable(each)]
        outcomes: list[Any] = (yield Gather(functions, self._remaining(), _AT_ONCE)) if functions else []
        back = iter(outcomes)
        for call, each in zip(calls, planned, strict=True):
            result = _result(call, next(back) if callable(each) else ToolError(each))
            self._messages.append(result)
            self._results.append(result)
        if not is_whole:
            return "finished"
        if any(outcome is LATE for outcome in outcomes):  # `in` would compare what tools returned
            return "deadline"
        return "declined" if _DECLINED in planned and not functions and _TIMED_OUT not in planned else None

    def _planned(self, call: ToolCall) -> Flow[Callable[[], Any] | str]:
        """What is to be called, or what the model is told instead."""
        try:
            known = self._tools.get(call.name)
            if known is None:
                return _UNKNOWN
            function: Callable[[], Any] = known.bound(call.arguments)
        except APIResponseError:
            return _UNREADABLE
        except MisfitError as misfit:
            return _MISFIT.format(misfit)
        is_approved: Any = True if self._approve is None else (yield Notify(self._approve, call))
        if not is_approved:
            return _UNDECIDED if is_approved is None else _DECLINED
        if self._follow is not None:
            with unbroken("telemetry", "tool"):
                return cast("Callable[[], Any]", self._follow(known, call, function))
        return function

    def _stopped_by(self, error: AurousError) -> Run:
        if not self._has_begun:
            raise error
        if isinstance(error, (InsufficientCreditsError, BudgetExceededError)):
            return self._run("budget", error)
        remaining = self._remaining()
        if isinstance(error, APITimeoutError) and remaining is not None and remaining <= _CLOSE:
            return self._run("deadline", error)
        error.run = self._run("error")
        raise error

    def _run(self, stopped: Stopped, error: AurousError | None = None) -> Run:
        return Run(stopped, tuple(self._completions), tuple(self._messages), error, tuple(self._results))

    @property
    def _has_begun(self) -> bool:
        """Whether there is something to be lost."""
        return bool(self._completions or self._results)

    def _remaining(self) -> float | None:
        return None if self._until is None else self._until - self._clock.monotonic()

    def _limit(self) -> float | None:
        """Seconds that a completion may take. The first one is asked for in any case: a run has one at least."""
        remaining = self._remaining()
        return None if remaining is None else max(remaining, _LEAST)

    def _is_late(self) -> bool:
        remaining = self._remaining()
        return remaining is not None and remaining <= 0


def _by_name(tools: Iterable[Tool[..., Any] | Callable[..., Any]], *, asynchronous: bool) -> dict[str, Tool[..., Any]]:
    if not isinstance(cast("object", tools), Iterable):
        raise _check.refusal("tools", f"is {_check.excerpt(tools)}, and is to be a list. To do: pass tools=[...]")
    named: dict[str, Tool[..., Any]] = {}
    for given in tools:
        each = tool(given)
        if each.name in named:
            raise ConfigurationError(
                f"two tools are called {each.name}. To do: pass one of them as tool(..., name=...)"
            )
        if each.is_async and not asynchronous:
            raise ConfigurationError(
                f"tool {each.name} is a coroutine function, which nobody would await. To do: use AsyncAurous, or pass "
                "an ordinary function"
            )
        named[each.name] = each
    if not named:
        raise ConfigurationError("there are no tools. To do: pass at least one, or use create()")
    return named


def _pending(messages: Sequence[Any]) -> tuple[tuple[ToolCall, ...], bool]:
    """The calls at the end of a conversation that nothing answers, and whether the answer that holds them is whole."""
    answered: set[object] = set()
    for message in reversed(messages):
        if isinstance(message, ChatCompletion):
            calls, is_whole = message.tool_calls, _is_whole(message)
        else:
            data = plain(messages_of([message])[0])
            if data.get("role") == "tool":
                answered.add(data.get("tool_call_id"))
                continue
            calls, is_whole = tuple(map(ToolCall.from_dict, data.get("tool_calls") or ())), True
        return tuple(call for call in calls if call.id not in answered), is_whole
    return (), True


def _is_whole(completion: ChatCompletion) -> bool:
    return not (completion.is_failed or completion.is_cancelled)


def _result(call: ToolCall, outcome: object) -> ToolResult:
    """What came of a call, as the model is told of it."""
    if outcome is LATE:
        outcome = ToolError(_TIMED_OUT)
    if isinstance(outcome, ToolError) or not isinstance(outcome, BaseException):
        try:
            return ToolResult(call, text_of(outcome), outcome if isinstance(outcome, ToolError) else None)
        except ConfigurationError as error:
            outcome = error
            _logger.warning("tool %s failed: %s", call.name, error)
    else:
        debug = _logger.isEnabledFor(logging.DEBUG)
        _logger.warning("tool %s failed: %s", call.name, type(outcome).__name__, exc_info=outcome if debug else None)
    return ToolResult(call, _FAILED.format(type(outcome).__name__), outcome)
