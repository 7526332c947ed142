"""Where money meets the calls of a client: what follows each call that may cost something, from its hold to its charge.

A call is followed from outside: it reserves before anything is sent, and tells what came of it when it is over. What it
cost is known then, or is awaited: whatever the client hears later of the same completion, request or key settles it.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from attrs import evolve

from aurous._engine.log_fields import log_fields
from aurous._engine.results import OpenContent
from aurous._errors import AurousError, InsufficientCreditsError
from aurous._retries import UNCHARGED_CODES
from aurous.money.awaited import Awaited, Listeners, Name, names_on
from aurous.money.charge import GIVEN_UP, Charge
from aurous.money.hold import asked_of, estimated, price_of
from aurous.money.rates import Rates
from aurous.money.reading import Facts, are_final, facts_of, facts_of_event
from aurous_api.resources.chat_completions import CANCEL, RETRIEVE
from aurous_api.resources.usage_events import LIST as EVENTS

if TYPE_CHECKING:
    from aurous import ChatCompletion
    from aurous._engine.call import Call
    from aurous._engine.effects import Flow
    from aurous.money.account import Account
    from aurous.money.ledger import Ledger
    from aurous_api.operations import Operation

_logger: Final = logging.getLogger("aurous")
_WHOLE: Final = "completed"
"""The status of what has none, as an embedding."""


class Accounting:
    """The money of the calls of one client.

    Args:
        caller: What makes its calls.
    """

    def __init__(self, caller: Any) -> None:
        self.caller = caller
        budget = caller.config.budget
        self.account: Account | None = None if budget is None else budget._account  # noqa: SLF001  # a friend
        self.ledger: Ledger | None = caller.config.ledger
        self.tags: Mapping[str, str] = dict(caller.config.tags)
        shared = caller.state.shared  # with the copies of the client
        own: Awaited = shared.setdefault("awaited", Awaited())
        self.awaited: Awaited = own if self.account is None else self.account.awaited
        self._listeners: Listeners = shared.setdefault("listeners", Listeners())
        self._listeners.add(self.awaited)
        if self.ledger is not None:
            self.ledger.listeners.add(self.awaited)
        self._rates: dict[str, Rates] = shared.setdefault("rates", {})

    def follow(self, call: Call) -> Flow[Any]:
        """The call, with its money looked after."""
        operation = call.operation
        if operation is RETRIEVE or operation is CANCEL:
            call.settle = self._hear_completion
        elif operation is EVENTS:
            call.settle = self._hear_events
        elif price_of(operation) is not None or _may_cost(operation):
            return self._charged(call)
        return call.flow()

    def models(self, call: Call) -> Flow[Sequence[Any]]:
        """The models with their rates, for a call that is to begin; none where they cannot be had, and need not be.

        Raises:
            AurousError: They cannot be had.
        """
        rates = self._rates.setdefault(self.caller.config.base_url, Rates())
        are_needed = self.account is not None and self.account.refuses_unknown
        try:
            return (yield from rates.flow(self.caller, call.timeout, are_needed=are_needed))
        except AurousError as error:
            if not are_needed:
                return ()
            error.add_note(f"GET /v1/models was asked what {call.operation.name} may cost, which was not sent")
            raise

    def heard(self, facts: Facts, *, keep: bool = False, **names: str | None) -> bool:
        """Settle the charge that goes by one of these names, if one is awaited. Returns whether there was one."""
        return self._listeners.heard(names_on(self.caller.config, **names), facts, keep=keep)

    def _charged(self, call: Call) -> Flow[Any]:
        tally, result = Tally(self, call), None
        try:
            try:
                yield from tally.begin()
            except BaseException as error:
                call.refused(error)
                raise
            call.settle = tally.succeeded
            result = yield from call.flow()
            if isinstance(result, OpenContent):
                result.tally = tally
                tally.opened(result.meta.request_id)
        except BaseException as error:  # also Ctrl-C, at any of these lines
            try:
                self._lost(tally, result, error)
            except BaseException:  # and amid that
                self._lost(tally, result, error)
                raise
            raise
        return result

    def _lost(self, tally: Tally, result: Any, error: BaseException) -> None:
        """A call brought nothing to whoever made it."""
        if isinstance(result, OpenContent):
            result.abandon()
        tally.failed(error)

    def _hear_completion(self, completion: Any) -> None:
        facts = facts_of(completion)
        if are_final(facts):
            self.heard(facts, keep=True, id=facts.get("id"))

    def _hear_events(self, page: Any) -> None:
        for event in page.data:
            facts = facts_of_event(event)
            if are_final(facts):
                self.heard(facts, id=facts.get("id"), request_id=facts.get("request_id"))


def _may_cost(operation: Operation[Any, Any]) -> bool:
    """Whether it is one that the contract does not know, or that takes a key, as what costs something does."""
    return operation.method == "POST" and (operation.idempotent or not operation.id)


class Tally:
    """One call that may cost something.

    Args:
        accounting: Of its client.
        call: The call, not begun.
    """

    def __init__(self, accounting: Accounting, call: Call) -> None:
        self._accounting = accounting
        self._call = call
        self._key = call.idempotency_key
        self._time = datetime.fromtimestamp(accounting.caller.config.clock.time(), UTC)
        self._is_priced = price_of(call.operation) is not None
        self._charge: Charge | None = None
        self._known: Facts | None = None
        """What it cost, as soon as that is known."""
        self._has_succeeded = False
        self._is_over = False
        self.names: list[Name] = []
        """By which its charge is awaited."""

    # --- What becomes of the call ---

    def begin(self) -> Flow[None]:
        """Reserve what the call may cost.

        Raises:
            BudgetExceededError: The budget does not cover it.
            AurousError: What it may cost cannot be asked.
        """
        call, account, config = self._call, self._accounting.account, self._accounting.caller.config
        call.began = config.clock.monotonic()
        estimate = asked_of(call.operation, call.given)
        if account is not None:
            names = names_on(config, idempotency_key=self._key)
            is_repeated = self._is_paid or self._accounting.awaited.waits_for(names)
            if account.limits_credits and not is_repeated:
                models = yield from self._accounting.models(call)
                estimate = estimated(estimate, call.operation, call.body, models)
            account.reserve(self, estimate, now=config.clock.monotonic(), is_repeated=is_repeated)
        tags = self._accounting.tags
        self._charge = Charge(time=self._time, operation=estimate.operation, model=estimate.model, tags=tags)

    def succeeded(self, result: Any) -> None:
        """It brought a result."""
        key, meta, facts = self._key, result.meta, facts_of(result)
        request_id = None if meta.idempotent_replay else meta.request_id  # which is not that of the charge
        self._know(id=facts.get("id"), request_id=request_id, idempotency_key=key)
        if not are_final(facts):
            self._leave_open(**facts)
        elif key is not None and self._accounting.heard(facts, idempotency_key=key):
            self.release()  # an earlier call with this key is the one that was charged
        elif meta.idempotent_replay and (self._is_paid or not self._call.may_have_been_carried_out(before_last=True)):
            self.release()
            self._record(pending=False, **{"status": _WHOLE, **facts})  # which counts once, however often it is written
        else:
            self.settle(facts)
        self._has_succeeded = True

    def failed(self, error: BaseException) -> None:
        """It brought an error, or was interrupted; or who was told of its result raised something."""
        if self._has_succeeded:
            return
        account = self._accounting.account
        if isinstance(error, InsufficientCreditsError) and account is not None:
            account.close(error, self._accounting.caller.config.clock.monotonic())
        if self._known is not None:  # the interrupt came as it was settled
            self.settle(self._known)
        elif self._call.may_have_been_carried_out():
            self._know(idempotency_key=self._key, request_id=self._call.request_id)
            self._leave_open()
        else:
            self.release()

    def opened(self, request_id: str | None) -> None:
        """It brought the beginning of a stream, which costs something however it ends."""
        self._know(request_id=request_id)
        self._leave_open()

    def stream_ended(self, completion: ChatCompletion, error: BaseException | None) -> None:
        """The stream that it opened has ended, as far as the completion tells; only the first end counts."""
        if self._is_over:
            return
        facts = facts_of(completion)
        self._know(id=facts.get("id"))
        if not are_final(facts) and getattr(error, "code", None) in UNCHARGED_CODES:
            facts = {"id": facts.get("id"), "status": "failed", "credits": Decimal()}
        if are_final(facts):
            self.settle(facts)
            self._accounting.awaited.forget(self)
        else:
            self._leave_open()
        self._is_over = True

    def settle(self, facts: Facts) -> None:
        """It is known what it cost, or that this will not be known."""
        if facts.get("status") == GIVEN_UP:
            self.release()
            return
        self._known = facts
        self._record(pending=False, **{"status": _WHOLE, **facts})  # first: what is reserved is settled late, not lost
        if self._accounting.account is not None:
            self._accounting.account.settle(self, facts["credits"])
            if self._key is not None:
                self._accounting.account.charged_by(self._scoped_key, self._time)

    # --- What is done about it ---

    @property
    def _scoped_key(self) -> tuple[object, ...]:
        """Its key, apart from those of other teams."""
        config = self._accounting.caller.config
        return config.base_url, config.api_key, self._key

    @property
    def _is_paid(self) -> bool:
        """Whether its budget was charged for its key: what comes of it costs nothing more."""
        account = self._accounting.account
        return account is not None and self._key is not None and account.has_charged(self._scoped_key, self._time)

    def _know(self, **names: str | None) -> None:
        """Take what the charge is called by."""
        known: dict[str, Any] = {name: value for name, value in names.items() if value}
        self._charge = None if self._charge is None else evolve(self._charge, **known)
        self.names = [*self.names, *names_on(self._accounting.caller.config, **known)]

    def _leave_open(self, **facts: Any) -> None:
        """It is not known what it cost: what was reserved stays so until that is heard."""
        account = self._accounting.account
        if not self._is_priced:  # nothing will be heard of it: the call counts, and its credits cannot
            if account is not None:
                account.settle(self, Decimal())
            return
        if not self.names:
            self._know(call_id=uuid.uuid4().hex)
        self._record(pending=True, **{**facts, "credits": None})
        if account is not None and self._charge is not None:
            account.keep(self, evolve(self._charge, pending=True))
        if self._is_paid:
            self.release()
            return
        known = self._accounting.awaited.wait_for(self)
        if known is not None:
            self.settle(known)

    def release(self) -> None:
        """Nothing was charged, or by another call."""
        if self._accounting.account is not None:
            self._accounting.account.settle(self, None)

    def _record(self, **facts: Any) -> None:
        """Write the row. A ledger that fails does not take away what was paid for: the call goes on."""
        ledger = self._accounting.ledger
        if ledger is None or self._charge is None:
            return
        charge = evolve(self._charge, **facts)
        try:
            ledger.record(charge)
        except Exception as error:  # noqa: BLE001  # of whatever kind of store
            _logger.error(  # noqa: TRY400  # a traceback would tell less than the row
                "the ledger raised %s, and lacks a row: %s",
                type(error).__name__,
                charge.as_dict(),
                extra=log_fields(
                    "ledger", charge.operation, error_type=type(error).__name__, request_id=charge.request_id
                ),
            )
