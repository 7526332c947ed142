"""A budget: a limit on what calls may cost together, held by reserving before each call what it may cost."""

from __future__ import annotations

import logging
from collections.abc import Hashable
from datetime import datetime, timedelta
from decimal import Context, Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn

from attrs import define

from aurous import _check
from aurous._engine.log_fields import log_fields
from aurous._errors import BudgetExceededError, ConfigurationError
from aurous._text import one_line
from aurous.chat.receipt import exact_sum
from aurous.money.awaited import Awaited
from aurous.money.charge import KEY_HOLDS, Charge
from aurous.money.lock import ProcessLock

if TYPE_CHECKING:
    from aurous._errors import AurousError

_logger: Final = logging.getLogger("aurous")

_NOTHING: Final = Decimal()
_SURELY_HOLDS: Final = KEY_HOLDS - timedelta(minutes=10)
"""How long a repeated key is not billed, less what clocks may be apart."""
_MOST_KEYS: Final = 100_000
_EXACT: Final = 2000
"""Digits: as many as a sum of amounts may have, whatever precision the caller computes with."""


@define(frozen=True)
class Estimate:
    """What a call may cost."""

    operation: str
    model: str | None = None
    credits: Decimal | None = None
    """At most, by the published formula; None where it is not known."""
    problem: str = ""
    """Why it is not known."""

    def __str__(self) -> str:
        return self.operation + (f" by {one_line(self.model, 80)!r}" if self.model else "")


class Budget:
    """A limit on what calls may cost together: `Aurous(budget=Budget(credits="5"))`.

    Clients, threads and tasks may share one. Before each call that costs something, its hold is reserved: input tokens,
    generously estimated, times 1.10 and their rate, and `max_tokens` times the rate of output. The receipt settles it;
    where nothing was charged, it is released. What is not known, as of a stream that was lost, stays reserved until its
    record is seen. So what was spent and what is reserved do not pass the limit together, as long as no call costs more
    than its hold: it is a guard, not a prediction.

    Where the API says that the balance of the team is too low (402), the budget closes, until `reopen()`.

    Args:
        credits: Most credits that may be spent: a text, an integer or a `Decimal`; None for any number.
        requests: Most calls that may be charged; None for any number.
        on_unknown: What to do with a call whose cost cannot be estimated: `"refuse"` it, or `"allow"` it with nothing
            reserved.
        on_exceeded: `"raise"` a `BudgetExceededError` before anything is sent, or `"warn"` in the log and go on.

    Raises:
        ConfigurationError: There is no limit, or an argument is none.

    Example:
        >>> budget = Budget(credits="5", requests=200)
        >>> client = Aurous(budget=budget)
        >>> budget.left
        Decimal('5')
    """

    def __init__(
        self,
        credits: Decimal | float | str | None = None,
        *,
        requests: int | None = None,
        on_unknown: Literal["refuse", "allow"] = "refuse",
        on_exceeded: Literal["raise", "warn"] = "raise",
    ) -> None:
        if credits is None and requests is None:
            raise ConfigurationError("a budget needs a limit: Budget(credits='5'), Budget(requests=200), or both")
        self._credits = None if credits is None else _amount(credits)
        self._requests = None if requests is None else _check.count(requests, source="requests")
        self._allows_unknown = _check_word(on_unknown, "on_unknown", "refuse", "allow") == "allow"
        self._only_warns = _check_word(on_exceeded, "on_exceeded", "raise", "warn") == "warn"
        self._spent = self._reserved = _NOTHING
        self._charged = self._open = 0
        self._closed_by = ""
        self._has_warned = False
        self._charged_keys: dict[Hashable, datetime] = {}
        self._held: dict[Reservation, None] = {}
        self._lock = ProcessLock()
        self._awaited = Awaited()

    # --- What there is ---

    @property
    def credits(self) -> Decimal | None:
        """The limit; None where there is none on credits."""
        return self._credits

    @property
    def spent(self) -> Decimal:
        """Credits that were charged."""
        return self._spent

    @property
    def reserved(self) -> Decimal:
        """Credits that calls may cost which are under way, or of which it is not known what they cost."""
        return self._reserved

    @property
    def left(self) -> Decimal | None:
        """Credits that may still be reserved; None without a limit. Below zero where a call cost more than its hold."""
        with self._lock:
            return self._left()

    @property
    def requests_left(self) -> int | None:
        """Calls that may still be made; None without a limit."""
        with self._lock:
            return None if self._requests is None else self._requests - self._charged - self._open

    @property
    def is_closed(self) -> bool:
        """Whether the API said that the balance of the team is too low."""
        return bool(self._closed_by)

    def as_dict(self) -> dict[str, Any]:
        """The budget as plain JSON data, of one moment; credits as text, so that they stay exact."""
        with self._lock:
            amounts = {"credits": self._credits, "spent": self._spent, "reserved": self._reserved, "left": self._left()}
            return {
                **{name: None if amount is None else format(amount, "f") for name, amount in amounts.items()},
                "requests": self._requests,
                "requests_charged": self._charged,
                "requests_open": self._open,
                "is_closed": self.is_closed,
            }

    def reopen(self) -> None:
        """Let calls pass again, after the balance of the team was topped up."""
        self._closed_by = ""

    def pending(self) -> list[Charge]:
        """The calls for which something stays reserved, as their cost is not known; also streams that are read."""
        with self._lock:
            return [charge for reservation in self._held if (charge := reservation.charge) is not None]

    def give_up(self, charge: Charge) -> None:
        """Release what is reserved for a pending charge. Where its record is seen all the same, what it cost counts.

        Args:
            charge: One of `pending()`, or of those of a ledger.

        Raises:
            ConfigurationError: Nothing is reserved for it.

        Example:
            >>> for charge in budget.pending():
            ...     budget.give_up(charge)
        """
        names = set(charge.names)
        with self._lock:
            held = (each for each in self._held if each.charge is not None and names.intersection(each.charge.names))
            reservation = next(held, None)
            if reservation is None:
                raise ConfigurationError("nothing is reserved for the charge. To do: give up one of budget.pending()")
            reservation.release()
            reservation.is_given_up = True

    # --- What calls do with it ---

    @property
    def awaited(self) -> Awaited:
        """The charges of its calls of which it is not known what they cost, whichever client made them."""
        return self._awaited

    @property
    def limits_credits(self) -> bool:
        """Whether it matters what a call may cost."""
        return self._credits is not None

    @property
    def refuses_unknown(self) -> bool:
        """Whether a call is refused whose cost cannot be estimated."""
        return self.limits_credits and not (self._allows_unknown or self._only_warns)

    def reserve(self, estimate: Estimate, *, is_repeated: bool = False) -> Reservation:
        """Set apart what a call may cost. Nothing waits here.

        Args:
            estimate: What it may cost.
            is_repeated: Whether its key was sent before, and what that cost counts already.

        Raises:
            BudgetExceededError: The budget does not cover it.
        """
        with self._lock:
            problem = None if is_repeated and not self._closed_by else self._problem(estimate)
            if problem and not self._only_warns:
                raise self._error(estimate, *problem)
            is_news, self._has_warned = bool(problem) and not self._has_warned, bool(problem)
            reservation = Reservation(self, estimate.credits or _NOTHING, 0 if is_repeated else 1)
            self._reserved = trimmed_sum(self._reserved, reservation.credits)
            self._open += reservation.requests
        if problem and is_news:
            _logger.warning(
                "a budget is exceeded by %s, which is made all the same: %s",
                estimate,
                problem[0],
                extra=log_fields("budget", estimate.operation),
            )
        return reservation

    def settle(self, reservation: Reservation, credits: Decimal | None) -> None:
        """A call came to its end, and cost so much; or, with None, nothing was charged."""
        with self._lock:
            if reservation.is_open:
                self._reserved = trimmed_sum(self._reserved, -reservation.credits)
                self._open -= reservation.requests
                self._held.pop(reservation, None)
            elif not reservation.is_given_up:
                return
            reservation.is_open = reservation.is_given_up = False
            if credits is not None:
                self._spent = trimmed_sum(self._spent, credits)
                self._charged += 1

    def hold(self, reservation: Reservation, charge: Charge) -> None:
        """It is not known what a call cost."""
        with self._lock:
            if reservation.is_open:
                reservation.charge = charge
                self._held[reservation] = None

    def charged_by(self, key: Hashable, time: datetime) -> None:
        """A call with this key, begun at this time, was charged."""
        with self._lock:
            self._charged_keys[key] = time
            if len(self._charged_keys) > _MOST_KEYS:
                del self._charged_keys[next(iter(self._charged_keys))]

    def has_charged(self, key: Hashable, time: datetime) -> bool:
        """Whether a call with this key, begun at this time, is not billed, as one before it was."""
        with self._lock:
            since = self._charged_keys.get(key)
            return since is not None and time - since < _SURELY_HOLDS

    def close(self, error: AurousError) -> None:
        """The API said that the balance of the team is too low."""
        self._closed_by = error.code or "402"

    # --- Within the lock ---

    def _left(self) -> Decimal | None:
        return None if self._credits is None else trimmed_sum(self._credits, -self._spent, -self._reserved)

    def _problem(self, estimate: Estimate) -> tuple[str, str] | None:
        """Why a call is not covered, and what to do about it."""
        left, wait = self._left(), ", or wait for the calls under way" if self._open else ""
        if self._closed_by:
            return f"the balance of the team is too low ({self._closed_by})", "top it up, and call reopen()"
        if self._requests is not None and self._charged + self._open >= self._requests:
            return f"all {self._requests} requests are used", f"raise requests={wait}"
        if left is None or (estimate.credits is None and self._allows_unknown):
            return None
        if estimate.credits is None:
            return (
                f"what it may cost is not known, as {estimate.problem}",
                "give max_tokens, name a model that client.models.list() shows, or pass on_unknown='allow'",
            )
        if estimate.credits > left:
            return (
                f"it may cost {_short(estimate.credits)} credits, and {_short(left)} are left",
                f"lower max_tokens, raise credits={wait}",
            )
        return None

    def _error(self, estimate: Estimate, problem: str, remedy: str) -> BudgetExceededError:
        calls = f" for {self._open} calls" if self._open else ""
        limit = "none" if self._credits is None else _short(self._credits)
        return BudgetExceededError(
            f"the budget does not cover {estimate}: {problem} (spent {_short(self._spent)}, reserved "
            f"{_short(self._reserved)}{calls}, limit {limit}). Nothing was sent. To do: {remedy}",
            operation=estimate.operation,
            model=estimate.model,
            needed=estimate.credits,
            budget=self.as_dict(),
        )

    def __repr__(self) -> str:
        state = ", ".join(f"{name}={value!r}" for name, value in self.as_dict().items() if value is not None)
        return f"Budget({state})"

    def __copy__(self) -> Budget:
        return self

    def __deepcopy__(self, memo: object) -> Budget:
        return self

    def __reduce__(self) -> NoReturn:
        raise ConfigurationError(
            "a budget does not pickle, as it counts in one process. To do: give each process a budget of its own"
        )


class Reservation:
    """What one call may cost, set apart."""

    __slots__ = ("_budget", "charge", "credits", "is_given_up", "is_open", "requests")

    def __init__(self, budget: Budget, credits: Decimal, requests: int) -> None:
        self._budget = budget
        self.credits: Decimal = credits
        self.requests: int = requests
        self.is_open: bool = True
        self.is_given_up: bool = False
        self.charge: Charge | None = None
        """Of the call, where it is over and it is not known what it cost."""

    def hold(self, charge: Charge) -> None:
        """It is not known what was charged."""
        self._budget.hold(self, charge)

    def settle(self, credits: Decimal) -> None:
        """So much was charged."""
        self._budget.settle(self, credits)

    def release(self) -> None:
        """Nothing was charged."""
        self._budget.settle(self, None)


def _amount(credits: object) -> Decimal:
    try:
        amount = Decimal(str(credits))
    except InvalidOperation:
        amount = Decimal("NaN")
    if isinstance(credits, bool) or not amount.is_finite() or amount < 0:
        raise _check.refusal("credits", f"{_check.excerpt(credits)} is not a number of credits; '5' or '0.25' is one")
    return amount


def _check_word(value: str, name: str, *words: str) -> str:
    if value not in words:
        raise _check.refusal(name, f"{_check.excerpt(value)} is neither {' nor '.join(map(repr, words))}")
    return value


def trimmed_sum(*amounts: Decimal) -> Decimal:
    """The exact sum, without zeros at its end."""
    total = exact_sum(amounts)
    digits = total.normalize(Context(prec=_EXACT))
    return digits if digits != digits.to_integral_value() else digits.quantize(Decimal(1), context=Context(prec=_EXACT))


def _short(amount: Decimal) -> str:
    """An amount for a message: with six decimals at most."""
    return format(trimmed_sum(round(amount, 6)), "f")
