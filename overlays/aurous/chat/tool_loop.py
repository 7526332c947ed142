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
from aurous.chat.messages import Messages, conversation_of
from aurous.chat.receipt import Receipt, total
from aurous.chat.tools import Tool, ToolError, ToolResult, text_of, tool

if TYPE_CHECKING:
    from aurous._clock import Clock
    from aurous._engine.effects import Flow
    from aurous._events import Telemetry

Create = Callable[[list[Any], float | None, Mapping[str, Any]], "Flow[ChatCompletion]"]
"""Gives the flow that creates a completion, from messages, the seconds that are left, and the other parameters."""
Approve = Callable[[ToolCall], bool | Awaitable[bool]]
Stopped = Literal["finished", "max_rounds", "deadline", "budget", "refused", "error"]

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
    - `refused`: `approve` declined each call of a round that could have been carried out.
    - `error`: only on an error that carries the run so far (`error.run`).
    """
    completions: tuple[ChatCompletion, ...]
    """All completions, in order; at least one."""
    messages: tuple[Any, ...]
    """Those that it began with, each completion, and a `ToolResult` for each call. To go on, pass them on, with others
    behind them."""
    error: AurousError | None = None
    """The error that it stopped by, for `budget`, and for `deadline` where a completion did not come in time: then its
    `idempotency_key` may collect the answer later."""

    @property
    def completion(self) -> ChatCompletion:
        """The last completion."""
        return self.completions[-1]

    @property
    def text(self) -> str | None:
        """The text of the last completion; None where it has none."""
        return self.completion.text

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
        approve: Asked before each call, in order: whether to carry it out.
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
                "idempotency_key out"
            )
        self._messages = conversation_of(messages)
        self._tools = _by_name(tools, asynchronous=asynchronous)
        self._max_rounds = _check.count(max_rounds, source="max_rounds", least=1)
        self._max_calls = _check.count(max_calls, source="max_calls", least=1)
        self._approve = None if approve is None else _check.function(approve, source="approve", may_wait=asynchronous)
        self._follow: Any = getattr(telemetry, "tool", None)
        self._clock = clock
        self._until = None if timeout is None else clock.monotonic() + _check.seconds(timeout, source="timeout")
        self._params = {**params, "tools": [each.definition for each in self._tools.values()]}
        self._completions: list[ChatCompletion] = []

    def flow(self) -> Flow[Run]:
        """The run, not begun.

        Raises:
            AurousError: A completion could not be created. After the first one, `error.run` is the run so far.
        """
        for _ in range(self._max_rounds):
            if self._completions and self._is_late():
                return self._run("deadline")
            try:
                completion = yield from self._create(list(self._messages), self._limit(), self._params)
            except AurousError as error:
                return self._stopped_by(error)
            self._completions.append(completion)
            self._messages.append(completion)
            if self._params.get("tool_choice") not in ("auto", "none"):
                self._params.pop("tool_choice", None)
            stopped = yield from self._round(completion)
            if stopped is not None:
                return self._run(stopped)
        return self._run("max_rounds")

    def _round(self, completion: ChatCompletion) -> Flow[Stopped | None]:
        """Answer each call of a completion; says why the run is to stop then, if it is."""
        planned: list[Callable[[], Any] | str] = []
        for number, call in enumerate(completion.tool_calls):
            if completion.is_failed or completion.is_cancelled:
                planned.append(_NOT_WHOLE)
            elif number >= self._max_calls:
                planned.append(_SURPLUS)
            else:
                planned.append((yield from self._planned(call)))
        if self._is_late():
            planned = [_TIMED_OUT if callable(each) else each for each in planned]
        functions = [each for each in planned if callable(each)]
        outcomes: list[Any] = (yield Gather(functions, self._remaining(), _AT_ONCE)) if functions else []
        back = iter(outcomes)
        for call, each in zip(completion.tool_calls, planned, strict=True):
            self._messages.append(ToolResult(call, _told(call, next(back)) if callable(each) else each))
        if not planned or _NOT_WHOLE in planned:
            return "finished"
        if any(outcome is LATE for outcome in outcomes):  # `in` would compare what tools returned
            return "deadline"
        return "refused" if _DECLINED in planned and not functions and _TIMED_OUT not in planned else None

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
        if self._approve is not None and not (yield Notify(self._approve, call)):
            return _DECLINED
        if self._follow is not None:
            with unbroken():
                return cast("Callable[[], Any]", self._follow(known, call, function))
        return function

    def _stopped_by(self, error: AurousError) -> Run:
        if not self._completions:
            raise error
        if isinstance(error, (InsufficientCreditsError, BudgetExceededError)):
            return self._run("budget", error)
        remaining = self._remaining()
        if isinstance(error, APITimeoutError) and remaining is not None and remaining <= _CLOSE:
            return self._run("deadline", error)
        error.run = self._run("error")
        raise error

    def _run(self, stopped: Stopped, error: AurousError | None = None) -> Run:
        return Run(stopped, tuple(self._completions), tuple(self._messages), error)

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
        raise ConfigurationError(f"tools is {_check.excerpt(tools)}, and is to be a list. To do: pass tools=[...]")
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


def _told(call: ToolCall, outcome: object) -> str:
    """What the model is told of a call that was carried out."""
    if outcome is LATE:
        return _TIMED_OUT
    if isinstance(outcome, ToolError) or not isinstance(outcome, BaseException):
        try:
            return text_of(outcome)
        except ConfigurationError as error:
            _logger.warning("tool %s failed: %s", call.name, error)
            return _FAILED.format(type(error).__name__)
    kind, debug = type(outcome).__name__, _logger.isEnabledFor(logging.DEBUG)
    _logger.warning("tool %s failed: %s", call.name, kind, exc_info=outcome if debug else None)
    return _FAILED.format(kind)
