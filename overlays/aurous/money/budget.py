"""A budget: a limit on what calls may cost together, held by reserving before each call what it may cost."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any, Final, Literal, NoReturn

from aurous import _check
from aurous._amounts import trimmed
from aurous._errors import ConfigurationError
from aurous.money.account import Account
from aurous.money.charge import Charge

_MOST: Final = Decimal(10**18)
_DECIMALS: Final = 100


class Budget:
    """A limit on what calls may cost together: `Aurous(budget=Budget(credits="5"))`.

    Clients, threads and tasks may share one. Before each call that costs something, its hold is reserved: input tokens,
    generously estimated, times 1.10 and their rate, and `max_tokens` times the rate of output. The receipt settles it;
    where nothing was charged, it is released. What is not known, as of a stream that was lost, stays reserved until its
    record is seen. So what was spent and what is reserved do not pass the limit together, as long as no call costs more
    than its hold: it is a guard, not a prediction.

    Where the API says that the balance of the team is too low (402), the budget closes: it refuses calls, but for one
    every 60 seconds. When such a call is charged, or `reopen()` is called, it is open again.

    Args:
        credits: Most credits that may be spent: a text, an integer or a `Decimal`, up to 10**18 and with 100 decimals
            at most; None for any number.
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
        self._account = Account(
            allows_unknown=_check_word(on_unknown, "on_unknown", "refuse", "allow") == "allow",
            only_warns=_check_word(on_exceeded, "on_exceeded", "raise", "warn") == "warn",
        )
        self._account.limit(credits=_amount(credits), requests=_requests(requests))

    @property
    def credits(self) -> Decimal | None:
        """The limit on credits; None where there is none. It may be set: `budget.credits = "10"`."""
        return self._account.state.most_credits

    @credits.setter
    def credits(self, credits: Decimal | float | str | None) -> None:
        self._account.limit(credits=_amount(credits))

    @property
    def requests(self) -> int | None:
        """The limit on calls; None where there is none. It may be set: `budget.requests = 300`."""
        return self._account.state.most_requests

    @requests.setter
    def requests(self, requests: int | None) -> None:
        self._account.limit(requests=_requests(requests))

    @property
    def spent(self) -> Decimal:
        """Credits that were charged."""
        return self._account.state.spent

    @property
    def reserved(self) -> Decimal:
        """Credits that calls may cost which are under way, or of which it is not known what they cost."""
        return self._account.state.reserved

    @property
    def left(self) -> Decimal | None:
        """Credits that may still be reserved; None without a limit. Below zero where a call cost more than its hold."""
        return self._account.left(self._account.state)

    @property
    def requests_left(self) -> int | None:
        """Calls that may still be made; None without a limit."""
        state = self._account.state
        return None if state.most_requests is None else state.most_requests - state.charged - state.open

    @property
    def is_closed(self) -> bool:
        """Whether the API said that the balance of the team is too low."""
        return bool(self._account.state.closed_by)

    def as_dict(self) -> dict[str, Any]:
        """The budget as plain JSON data, of one moment; credits as text, so that they stay exact."""
        return self._account.as_dict(self._account.state)

    def reopen(self) -> None:
        """Let all calls pass again, after the balance of the team was topped up."""
        self._account.reopen()

    def pending(self) -> list[Charge]:
        """The calls for which something stays reserved, as their cost is not known; also streams that are read."""
        return [hold.charge for hold in self._account.state.holds.values() if hold.charge is not None]

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
        if not self._account.give_up(_check.instance(charge, Charge, source="charge")):
            raise _check.refusal("charge", "has nothing reserved for it. To do: give up one of budget.pending()")

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


def _requests(requests: int | None) -> int | None:
    return None if requests is None else _check.count(requests, source="requests")


def _amount(credits: object) -> Decimal | None:
    if credits is None:
        return None
    try:
        amount = Decimal(str(credits))
    except (InvalidOperation, ValueError):  # the second for an integer of thousands of digits
        amount = Decimal("NaN")
    is_one = amount.is_finite() and 0 <= amount <= _MOST and int(amount.as_tuple().exponent) >= -_DECIMALS
    if isinstance(credits, bool) or not is_one:
        raise _check.refusal(
            "credits",
            f"{_check.excerpt(credits)} is not a number of credits, which is at most 10**18 and has at most "
            f"{_DECIMALS} decimals; '5' or '0.25' is one",
        )
    return trimmed(amount.copy_abs())  # there is a zero below zero


def _check_word(value: str, name: str, *words: str) -> str:
    if value not in words:
        raise _check.refusal(name, f"{_check.excerpt(value)} is neither {' nor '.join(map(repr, words))}")
    return value
