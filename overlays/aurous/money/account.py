"""What a budget has spent, and what it holds for the calls under way.

An interrupt (Ctrl-C) may come at any line, so there is no moment at which half of a change is made: all there is is one
value that never changes, and another one takes its place by one assignment. A call is in it from then on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from attrs import define, evolve

from aurous import _check
from aurous._amounts import NOTHING, exact_sum, less, short, trimmed
from aurous._engine.log_fields import log_fields
from aurous._errors import BudgetExceededError
from aurous.money.awaited import Awaited
from aurous.money.charge import KEY_HOLDS, Charge
from aurous.money.lock import ProcessLock

if TYPE_CHECKING:
    from aurous._errors import AurousError
    from aurous.money.hold import Estimate

_logger: Final = logging.getLogger("aurous")

_SURELY_HOLDS: Final = KEY_HOLDS - timedelta(minutes=10)
"""How long a repeated key is not billed, less what clocks may be apart."""
_MOST_KEYS: Final = 100_000

TRIED_AGAIN: Final = 60.0
"""Seconds after a 402 until a call is let through, to see whether the balance of the team was topped up."""


@define(frozen=True)
class Hold:
    """What is set apart for one call."""

    credits: Decimal = NOTHING
    requests: int = 0
    charge: Charge | None = None
    """The call, where it is over and it is not known what it cost."""
    is_trial: bool = False
    """Whether the budget was closed as the call began: if it is charged, the balance of the team is good again."""


@define(frozen=True)
class State:
    """An account at one moment."""

    most_credits: Decimal | None = None
    """Most credits that may be spent; None for any number."""
    most_requests: int | None = None
    """Most calls that may be charged; None for any number."""
    spent: Decimal = NOTHING
    charged: int = 0
    """Calls that were charged."""
    reserved: Decimal = NOTHING
    open: int = 0
    """Calls for which something is held."""
    holds: Mapping[Hashable, Hold] = MappingProxyType({})
    closed_by: str = ""
    """The code with which the API said that the balance of the team is too low; empty where it did not."""
    tried_at: float = 0.0
    """When the next call is let through all the same, by the clock of the client."""

    def having(self, call: Hashable, hold: Hold | None) -> State:
        """The account with this hold for a call; or with none."""
        before, holds = self.holds.get(call, _NO_HOLD), {**self.holds}
        if hold is None:
            holds.pop(call, None)
        else:
            holds[call] = hold
        after = hold or _NO_HOLD
        reserved = trimmed(less(exact_sum((self.reserved, after.credits)), before.credits))
        return evolve(self, holds=holds, reserved=reserved, open=self.open + after.requests - before.requests)


_NO_HOLD: Final = Hold()


class Account:
    """What calls do with a budget. Threads, tasks and clients may share one.

    Args:
        allows_unknown: Whether a call is made of which it is not known what it may cost.
        only_warns: Whether a call is made that is not covered.
    """

    def __init__(self, *, allows_unknown: bool, only_warns: bool) -> None:
        self.state: State = State()
        self.awaited: Awaited = Awaited()
        """The charges of its calls of which it is not known what they cost, whichever client made them."""
        self._allows_unknown = allows_unknown
        self._only_warns = only_warns
        self._has_warned = False
        self._charged_keys: dict[Hashable, datetime] = {}
        self._lock = ProcessLock()

    @property
    def limits_credits(self) -> bool:
        """Whether it matters what a call may cost."""
        return self.state.most_credits is not None

    @property
    def refuses_unknown(self) -> bool:
        """Whether a call is refused whose cost cannot be estimated."""
        return self.limits_credits and not (self._allows_unknown or self._only_warns)

    def limit(self, **limits: Any) -> None:
        """Set `credits`, `requests` or both.

        Raises:
            ConfigurationError: There would be no limit.
        """
        most = {f"most_{name}": limit for name, limit in limits.items()}

        def limited(state: State) -> State:
            after = evolve(state, **most)
            if after.most_credits is None and after.most_requests is None:
                raise _check.refusal(
                    next(iter(limits)),
                    "is None, and a budget needs a limit: Budget(credits='5'), Budget(requests=200), or both",
                )
            return after

        self._change(limited)

    def reserve(self, call: Hashable, estimate: Estimate, *, now: float, is_repeated: bool = False) -> None:
        """Set apart what a call may cost. Nothing waits here.

        Args:
            call: The call; what it holds is known by it.
            estimate: What it may cost.
            now: The time, by the monotonic clock of the client.
            is_repeated: Whether its key was sent before, and what that cost counts already.

        Raises:
            BudgetExceededError: The budget does not cover it.
        """
        problem: tuple[str, str] | None = None

        def reserved(state: State) -> State:
            nonlocal problem
            problem = self._problem(state, estimate, now, is_repeated=is_repeated)
            if problem and not self._only_warns:
                raise self._error(state, estimate, *problem)
            is_trial = bool(state.closed_by)
            hold = Hold(estimate.credits or NOTHING, 0 if is_repeated else 1, is_trial=is_trial)
            return evolve(state.having(call, hold), tried_at=now + TRIED_AGAIN if is_trial else state.tried_at)

        self._change(reserved)
        is_news, self._has_warned = bool(problem) and not self._has_warned, bool(problem)
        if problem and is_news:
            _logger.warning(
                "a budget is exceeded by %s, which is made all the same: %s",
                estimate,
                problem[0],
                extra=log_fields("budget", estimate.operation),
            )

    def settle(self, call: Hashable, credits: Decimal | None) -> None:
        """A call came to its end, and cost so much; or, with None, nothing was charged. Only the first end counts."""

        def settled(state: State) -> State:
            hold = state.holds.get(call)
            if hold is None:
                return state
            after = state.having(call, None)
            if credits is None:
                return after
            closed_by = "" if hold.is_trial else state.closed_by
            spent = trimmed(exact_sum((state.spent, credits)))
            return evolve(after, spent=spent, charged=state.charged + 1, closed_by=closed_by)

        self._change(settled)

    def keep(self, call: Hashable, charge: Charge) -> None:
        """It is not known what a call cost: what is held for it stays held."""

        def kept(state: State) -> State:
            hold = state.holds.get(call)
            return state if hold is None else state.having(call, evolve(hold, charge=charge))

        self._change(kept)

    def give_up(self, charge: Charge) -> bool:
        """Hold nothing for a charge any more; what it cost counts all the same. Returns whether something was held."""
        names, is_held = set(charge.names), False

        def given_up(state: State) -> State:
            nonlocal is_held
            held = ((call, hold.charge) for call, hold in state.holds.items() if hold.charge is not None)
            found = next((call for call, kept in held if names.intersection(kept.names)), None)
            is_held = found is not None
            return state if found is None else state.having(found, Hold())

        self._change(given_up)
        return is_held

    def close(self, error: AurousError, now: float) -> None:
        """The API said that the balance of the team is too low."""
        self._change(lambda state: evolve(state, closed_by=error.code or "402", tried_at=now + TRIED_AGAIN))

    def reopen(self) -> None:
        """The balance of the team is good again."""
        self._change(lambda state: evolve(state, closed_by=""))

    def charged_by(self, key: Hashable, time: datetime) -> None:
        """A call with this key, begun at this time, was charged."""
        with self._lock():
            self._charged_keys[key] = time
            if len(self._charged_keys) > _MOST_KEYS:
                del self._charged_keys[next(iter(self._charged_keys))]

    def has_charged(self, key: Hashable, time: datetime) -> bool:
        """Whether a call with this key, begun at this time, is not billed, as one before it was."""
        since = self._charged_keys.get(key)
        return since is not None and time - since < _SURELY_HOLDS

    def left(self, state: State) -> Decimal | None:
        """Credits that may still be reserved; None without a limit."""
        most = state.most_credits
        return None if most is None else trimmed(less(most, exact_sum((state.spent, state.reserved))))

    def as_dict(self, state: State) -> dict[str, Any]:
        """The account as plain JSON data."""
        amounts = {
            "credits": state.most_credits,
            "spent": state.spent,
            "reserved": state.reserved,
            "left": self.left(state),
        }
        return {
            **{name: None if amount is None else format(amount, "f") for name, amount in amounts.items()},
            "requests": state.most_requests,
            "requests_charged": state.charged,
            "requests_open": state.open,
            "is_closed": bool(state.closed_by),
        }

    def _change(self, change: Callable[[State], State]) -> None:
        with self._lock():
            while True:
                before = self.state
                after = change(before)
                if self.state is before:  # else a signal handler or a finalizer has made a call meanwhile
                    self.state = after
                    return

    def _problem(self, state: State, estimate: Estimate, now: float, *, is_repeated: bool) -> tuple[str, str] | None:
        """Why a call is not covered, and what to do about it."""
        if state.closed_by and now < state.tried_at:
            return (
                f"the balance of the team is too low ({state.closed_by})",
                f"top it up: a call is let through every {TRIED_AGAIN:g} s to see, and at once after reopen()",
            )
        if is_repeated:
            return None
        wait, most = ", or wait for the calls under way" if state.open else "", state.most_requests
        if most is not None and state.charged + state.open >= most:
            return f"all {most} requests are used", f"raise budget.requests{wait}"
        return self._too_dear(estimate, self.left(state), wait)

    def _too_dear(self, estimate: Estimate, left: Decimal | None, wait: str) -> tuple[str, str] | None:
        """Why credits do not cover a call, and what to do about it."""
        if left is None or (estimate.credits is None and self._allows_unknown):
            return None
        if estimate.credits is None:
            return (
                f"what it may cost is not known, as {estimate.problem}",
                "give max_tokens, name a model that client.models.list() shows, or pass on_unknown='allow'",
            )
        if estimate.credits > left:
            return (
                f"it may cost {short(estimate.credits)} credits, and {short(left)} are left",
                f"lower max_tokens, raise budget.credits{wait}",
            )
        return None

    def _error(self, state: State, estimate: Estimate, problem: str, remedy: str) -> BudgetExceededError:
        calls = f" for {state.open} calls" if state.open else ""
        limit = "none" if state.most_credits is None else short(state.most_credits)
        return BudgetExceededError(
            f"the budget does not cover {estimate}: {problem} (spent {short(state.spent)}, reserved "
            f"{short(state.reserved)}{calls}, limit {limit}). Nothing was sent. To do: {remedy}",
            operation=estimate.operation,
            model=estimate.model,
            needed=estimate.credits,
            budget=self.as_dict(state),
        )
