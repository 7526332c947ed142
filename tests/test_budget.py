"""The budget: what is reserved before a call, what settles and releases it, and what never passes the limit."""

import asyncio
import copy
import inspect
import json
import logging
import pickle
import random
import sys
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from decimal import Context, Decimal, Inexact, Rounded, localcontext
from functools import partial
from itertools import count
from types import FrameType
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aurous import (
    APIConnectionError,
    APITimeoutError,
    AsyncAurous,
    Aurous,
    AurousError,
    AuthenticationError,
    Budget,
    BudgetExceededError,
    CallEndEvent,
    ConfigurationError,
    InsufficientCreditsError,
    Ledger,
    RateLimitError,
    RequestEvent,
    ServerError,
)
from aurous.emulator import Emulator, Refusal, Streaming
from aurous.testing import FakeClock
from scripted import ID, KEY, Caller, MakesCaller, Reply, Script, caught, completion, error, ok, reply, sync_caller
from spending import EMBEDDER, Bank, bank, emulator
from streams import MODEL, WHOLE, chunk, read, sends

__all__ = ["bank", "emulator"]  # the fixtures

IMAGE = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
HOLD = Decimal("0.4525575")
"""What `create` here may cost."""
DATA = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 100_000, "detail": "low"}}


def models(*rows: Any) -> Reply:
    """What `GET /v1/models` tells."""
    pricing = {"input": {"credits_per_M": 75}, "output": {"credits_per_M": 450}}
    limits = {"max_output_tokens_hard_cap": 8192}
    usual = {"id": MODEL, "object": "model", "chat_pricing": pricing, "aurous_metadata": limits}
    return reply({"object": "list", "data": rows or [usual]})


def charged(credits: str, *, id: str = ID, **headers: str) -> Reply:
    """A completion that cost so much."""
    return ok(id=id, usage={**completion()["usage"], "credits_charged": float(credits)}, headers=headers)


def create(caller: Caller, **given: Any) -> Any:
    options = {"model": MODEL, "messages": "Hi", "max_tokens": 1000, **given}
    return caller.run(lambda client: client.chat.completions.create(**options))


def state(budget: Budget) -> tuple[Any, ...]:
    """What was spent, what is reserved, and the requests that are left."""
    return budget.spent, budget.reserved, budget.requests_left


def posts(caller: Caller) -> int:
    return sum(request.method == "POST" for request in caller.requests)


# --- Before a call ---


def test_a_call_that_is_not_covered_is_refused_before_anything_is_sent(call: MakesCaller) -> None:
    budget = Budget(credits="0.5")
    caller = call(models(), charged("0.3"), budget=budget)
    create(caller)
    failure: Any = caught(create, caller)
    assert isinstance(failure, BudgetExceededError)
    assert posts(caller) == 1
    assert str(failure) == (
        "the budget does not cover chat.completions.create by 'aurous-grow-2.0-pro': it may cost 0.452558 credits, and "
        "0.2 are left (spent 0.3, reserved 0, limit 0.5). Nothing was sent. To do: lower max_tokens, raise "
        "budget.credits"
    )
    assert (failure.operation, failure.model, failure.needed) == (
        "chat.completions.create",
        MODEL,
        HOLD,
    )
    assert failure.budget == budget.as_dict()
    told = failure.as_dict()
    assert told["outcome"] == failure.outcome == "refused"
    assert json.loads(json.dumps(told)) == told
    assert told["needed"] == "0.4525575"
    for copied in (pickle.loads(pickle.dumps(failure)), copy.deepcopy(failure)):
        assert (type(copied), str(copied), copied.needed) == (BudgetExceededError, str(failure), failure.needed)


def test_a_telemetry_and_a_hook_hear_of_a_call_that_is_refused(call: MakesCaller) -> None:
    heard: list[tuple[str, str]] = []

    class Trace:
        def __init__(self, operation: str, method: str, url: str) -> None:
            self.operation = operation

        def request(self, *_: object) -> None: ...
        def response(self, *_: object) -> None: ...
        def succeeded(self, *_: object) -> None:
            heard.append((self.operation, "ok"))

        def failed(self, error: AurousError) -> None:
            heard.append((self.operation, error.outcome))

    ends: list[CallEndEvent] = []
    caller = call(models(), budget=Budget(credits="0.1"), telemetry=Trace, on_call_end=ends.append)
    failure = caught(create, caller)
    assert heard == [("models.list", "ok"), ("chat.completions.create", "refused")]
    assert heard == [(end.operation, end.outcome) for end in ends]
    assert (ends[1].error, ends[1].attempts, ends[1].model) == (failure, (), MODEL)


def test_what_a_call_cost_counts_also_where_a_hook_raises_as_it_is_told(call: MakesCaller) -> None:
    def broken(end: CallEndEvent) -> None:
        if end.operation == "chat.completions.create":
            raise ZeroDivisionError

    budget, ledger = Budget(credits="1"), Ledger()
    with pytest.raises(ZeroDivisionError):
        create(call(models(), charged("0.3"), budget=budget, ledger=ledger, on_call_end=broken))
    assert (budget.spent, budget.reserved) == (Decimal("0.3"), Decimal())
    assert not ledger.pending()


@pytest.mark.parametrize(
    "send",
    [
        lambda client: client.chat.completions.create(model=KEY, messages="Hi", max_tokens=1),
        lambda client: client.request("POST", f"/v1/{KEY}", json={"model": KEY}),
    ],
)
def test_a_key_in_the_wrong_place_is_not_shown(call: MakesCaller, send: Any) -> None:
    failure: Any = caught(call(models(), budget=Budget(credits=5)).run, send)
    assert isinstance(failure, BudgetExceededError)
    assert KEY not in str((failure, failure.as_dict(), pickle.dumps(failure), vars(failure)))


def test_a_run_stops_by_its_budget(bank: Bank) -> None:
    def get_weather(city: str) -> str:
        """The weather in a city."""
        return "sunny"

    spender = bank.spender(budget=Budget(requests=1))
    given: dict[str, Any] = {"model": MODEL, "messages": "Sun?", "tools": [get_weather], "tool_choice": "required"}
    run = spender.run(lambda client: client.chat.completions.run(**given))
    assert (run.stopped, len(run.completions)) == ("budget", 1)
    assert isinstance(run.error, BudgetExceededError)


@pytest.mark.parametrize(
    ("messages", "given"),
    [
        ("Capital of Japan?", {}),
        ("日本の首都は？" * 50, {"max_tokens": 1}),
        ([{"role": "user", "content": [{"type": "text", "text": "What?"}, IMAGE, DATA]}], {}),
        ([{"role": "user", "content": [IMAGE]}], {"vision_quality": "xhigh"}),
        ("Sun?", {"tools": [{"type": "function", "function": {"name": "get_weather", "parameters": {}}}]}),
        ("Long", {"max_tokens": None}),
    ],
)
def test_what_is_reserved_covers_what_the_server_holds(bank: Bank, messages: Any, given: Any) -> None:
    seen: list[tuple[Decimal, Decimal]] = []
    budget = Budget(credits=100)

    def answer(body: Any) -> str:
        held = bank.emulator.teams[next(iter(bank.emulator.teams))].ledger.held
        seen.append((budget.reserved, held))
        return "word " * 3000

    bank.emulator.answers(answer)
    bank.spender(budget=budget).create(messages, **given)
    ((reserved, held),) = seen
    assert held <= reserved < held + 1
    assert budget.spent == bank.charged <= reserved


@pytest.mark.parametrize("input", ["A lighthouse", [{"type": "text", "text": "A lighthouse"}, IMAGE]])
def test_embeddings_are_covered_too(bank: Bank, input: Any) -> None:
    budget = Budget(credits=1)
    spender = bank.spender(budget=budget)
    spender.embed(input)
    spender.embed(input, idempotency_key="k")
    other = spender.having(budget=Budget(credits=0))
    failure: Any = caught(other.embed, input)
    assert budget.spent / 2 <= failure.needed
    assert budget.spent == bank.charged


def test_an_older_name_of_a_model_has_its_rates(bank: Bank) -> None:
    budget = Budget(credits=1)
    spender = bank.spender(budget=budget)
    spender.run(lambda client: client.embeddings.create(model=EMBEDDER.removesuffix("-1.0"), input="A lighthouse"))
    assert budget.spent == bank.charged > 0


@pytest.mark.parametrize(
    ("answer", "given", "words"),
    [
        (models({"id": "other"}), {}, "tells no rates of its model"),
        (models({"id": MODEL, "chat_pricing": None}), {}, "tells no rates of its model"),
        (
            models({"id": MODEL, "chat_pricing": {"input": {"credits_per_M": 1}, "output": {"credits_per_M": 1}}}),
            {"max_tokens": None},
            "no max_tokens",
        ),
        (
            models(),
            {"messages": [{"role": "user", "content": [{"type": "video_url", "video_url": {"url": "https://a.b"}}]}]},
            "video_url",
        ),
    ],
)
def test_what_cannot_be_estimated_is_refused_unless_it_is_allowed(
    call: MakesCaller, answer: Reply, given: Any, words: str
) -> None:
    caller = call(answer, charged("0.3"), budget=Budget(credits=5), max_retries=0)
    failure = caught(create, caller, **given)
    assert isinstance(failure, BudgetExceededError)
    assert words in str(failure)
    assert "on_unknown='allow'" in str(failure)
    assert posts(caller) == 0

    budget = Budget(credits=5, on_unknown="allow")
    create(call(answer, charged("0.3"), budget=budget, max_retries=0), **given)
    assert budget.spent == Decimal("0.3")


@pytest.mark.parametrize(
    ("answer", "kind", "retryable"),
    [
        (error(401, "invalid_api_key"), AuthenticationError, False),
        (error(429, "too_many_requests"), RateLimitError, True),
        (error(500, "internal_error"), ServerError, True),
        (httpx.ConnectError("refused"), APIConnectionError, True),
    ],
)
def test_where_the_rates_cannot_be_had_their_error_is_raised(
    call: MakesCaller, caplog: pytest.LogCaptureFixture, answer: Any, kind: Any, retryable: bool
) -> None:
    budget = Budget(credits=5)
    caller = call(answer, answer, models(), charged("0.3"), budget=budget, max_retries=0)
    for asked in (1, 2):
        failure = caught(create, caller)
        assert type(failure) is kind
        assert (failure.retryable, len(failure.attempts)) == (retryable, 1)
        assert "GET /v1/models was asked what chat.completions.create may cost" in failure.__notes__[0]
        assert len(failure.__notes__) == 1
        assert len(caller.requests) == asked
    told, _ = [record for record in caplog.records if record.levelno == logging.WARNING]
    fields: Any = told
    assert (fields.aurous_event, fields.aurous_operation, fields.aurous_error_type) == (
        "rates",
        "models.list",
        kind.__name__,
    )
    create(caller)
    assert budget.spent == Decimal("0.3")


def test_calls_that_wait_for_the_rates_together_have_one_failure(emulator: Emulator) -> None:
    clock = FakeClock()
    emulator.reset(clock=clock)
    emulator.fail(status=500, code="internal_error", operation="models.list")
    client = AsyncAurous(
        emulator.api_key, base_url=emulator.base_url, budget=Budget(credits=5), clock=clock, max_retries=0
    )

    async def several() -> list[Any]:
        async with client:
            calls = (client.chat.completions.create(model=MODEL, messages="Hi", max_tokens=8) for _ in range(5))
            failures: list[Any] = await asyncio.gather(*calls, return_exceptions=True)
            return failures

    failures = asyncio.run(several())
    assert [type(failure) for failure in failures] == [ServerError] * 5
    assert len({id(failure) for failure in failures}) == 5
    assert [request.operation for request in emulator.requests] == ["models.list"]


@pytest.mark.parametrize("given", [{"on_unknown": "allow"}, {"on_exceeded": "warn"}])
def test_rates_that_cannot_be_had_stop_nothing_where_the_budget_does_not(call: MakesCaller, given: Any) -> None:
    budget = Budget(credits=5, **given)
    create(call(error(500, "internal_error"), charged("0.3"), budget=budget, max_retries=0))
    assert budget.spent == Decimal("0.3")


def test_rates_of_before_are_good_where_they_cannot_be_had_again(call: MakesCaller) -> None:
    budget = Budget(credits=5)
    steps = [models(), charged("0.1"), error(500, "internal_error"), charged("0.1")]
    caller = call(*steps, budget=budget, max_retries=0)
    create(caller)
    caller.clock.elapsed += 601
    create(caller)
    assert budget.spent == Decimal("0.2")


def test_an_endpoint_without_a_price_is_refused_and_one_that_costs_nothing_is_not(call: MakesCaller) -> None:
    caller = call(models(), reply({"object": "thing"}), budget=Budget(credits=5))
    assert "POST /v1/images" in str(caught(caller.run, lambda client: client.request("POST", "/v1/images", json={})))
    caller.run(lambda client: client.request("DELETE", "/v1/things/1"))
    body = {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 10**5}
    failure = caught(caller.run, lambda client: client.request("POST", "/v1/chat/completions", json=body))
    assert "it may cost 45.00" in str(failure)

    counting = Budget(credits=5, requests=1, on_unknown="allow")
    other = call(models(), reply({"object": "thing"}), budget=counting)
    other.run(lambda client: client.request("POST", "/v1/images", json={}))
    assert counting.requests_left == 0


def test_models_are_asked_for_once_and_again_after_a_while(call: MakesCaller) -> None:
    caller = call(models(), charged("0.1"), charged("0.1"), models(), charged("0.1"), budget=Budget(credits=5))
    create(caller)
    create(caller)
    caller.clock.elapsed += 601
    create(caller)
    assert [request.method for request in caller.requests] == ["GET", "POST", "POST", "GET", "POST"]


def test_asking_for_them_is_within_the_deadline(call: MakesCaller) -> None:
    slow = Reply(200, models().body, models().headers, takes=4)
    caller = call(slow, error(503, "provider_unavailable"), budget=Budget(credits=5), max_retries=50)
    caught(create, caller, timeout=5)
    assert caller.clock.elapsed <= 5


@pytest.mark.parametrize(("timeout", "asked"), [(2, []), (12, [2])])
def test_waiting_for_another_call_to_ask_is_within_the_deadline(timeout: float, asked: list[float]) -> None:
    failures, told = list[AurousError](), list[float]()
    callers = list[Caller]()

    def silence(request: httpx.Request) -> Reply:
        """No rates: while the first call waits for them, another one is made."""
        if len(callers[0].requests) == 1:
            failures.append(caught(create, callers[0], timeout=timeout))
        else:
            told.append(round(request.extensions["timeout"]["read"], 3))
        raise httpx.ReadTimeout("silence")

    callers.append(sync_caller(silence, budget=Budget(credits=5), max_retries=0))
    failures.append(caught(create, callers[0]))
    assert [type(failure) for failure in failures] == [APITimeoutError] * 2
    assert told == asked, "it asks itself where nothing came for long, in the time that is left"
    assert callers[0].clock.elapsed <= timeout
    assert all("GET /v1/models" in failure.__notes__[0] for failure in failures)


def test_only_requests_are_limited_where_that_is_all_that_is_asked_for(call: MakesCaller) -> None:
    budget = Budget(requests=2)
    caller = call(error(503, "provider_unavailable"), charged("0.3"), budget=budget)
    create(caller)
    create(caller)
    failure = caught(create, caller)
    assert "all 2 requests are used" in str(failure)
    assert (budget.spent, budget.left, budget.requests_left) == (Decimal("0.6"), None, 0)
    assert [request.method for request in caller.requests] == ["POST"] * 3, "a retry is no other request"


# --- After a call ---


RELEASED = [
    error(400, "missing_field"),
    error(404, "resource_not_found"),
    error(409, "idempotency_key_in_use"),
    error(429, "too_many_requests"),
    error(502, "chat_provider_unavailable"),
    error(502, "chat_provider_unknown_error"),
    httpx.ConnectError("refused"),
]
KEPT = [
    error(500, "internal_error"),
    error(502),
    reply("no completion"),
    Reply(200, b"<html>", (("Content-Type", "text/html"),)),
    httpx.ReadTimeout("silence"),
    httpx.ReadError("reset"),
]


@pytest.mark.parametrize("step", RELEASED)
def test_what_charges_nothing_is_released(call: MakesCaller, step: Any) -> None:
    budget = Budget(credits=5, requests=5)
    caught(create, call(models(), step, budget=budget, max_retries=0))
    assert state(budget) == (0, 0, 5)


@pytest.mark.parametrize("step", KEPT)
def test_what_is_not_known_stays_reserved(call: MakesCaller, step: Any) -> None:
    budget = Budget(credits=5, requests=5)
    caught(create, call(models(), step, budget=budget, max_retries=0))
    assert state(budget) == (0, HOLD, 4)


WATCHED = ("accounting.py", "account.py", "awaited.py", "rates.py", "ledger.py", "/_engine/call.py")


def ctrl_c() -> None:
    """What a handler of SIGINT does."""
    raise KeyboardInterrupt


def interrupted(point: int, function: Callable[[], object], handler: Callable[[], object] = ctrl_c) -> bool:
    """Whether a signal came at this one of the points where it may, in what looks after money: as a call returns."""
    points, before, came = count(1), sys.getprofile(), list[int]()

    def profile(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if code.co_filename == weakref.__file__:  # a callback, out of which Python lets nothing
            return
        if event == "return" and not code.co_flags & inspect.CO_GENERATOR:  # which may yield, as nothing does
            place = frame.f_back
        elif event == "c_return":
            place = frame
        else:
            return
        is_watched = place is not None and place.f_code.co_filename.endswith(WATCHED)
        if is_watched and next(points) == point:
            sys.setprofile(None)
            came.append(point)
            handler()

    sys.setprofile(profile)
    try:
        with suppress(KeyboardInterrupt):
            function()
    finally:
        sys.setprofile(before)
    return bool(came)


def attempted(caller: Caller) -> None:
    """A call that may fail."""
    with suppress(APITimeoutError):
        create(caller)


def streamed(caller: Caller) -> None:
    """A stream that is read to its end."""
    client: Any = caller.client
    with client.chat.completions.stream(model=MODEL, messages="Hi", max_tokens=1000) as stream:
        stream.get_final_completion()


@pytest.mark.parametrize(
    ("act", "step"),
    [(create, charged("0.3")), (attempted, httpx.ReadTimeout("")), (streamed, sends(*WHOLE))],
    ids=["created", "timed out", "streamed"],
)
def test_ctrl_c_at_any_point_loses_no_charge_and_leaves_nothing_behind(act: Any, step: Any) -> None:
    sent = set[int]()
    for point in count(1, 3):
        budget, ledger = Budget(credits=5, requests=5), Ledger()
        caller = sync_caller(models(), step, charged("0.1"), budget=budget, ledger=ledger, max_retries=0)
        is_interrupted = interrupted(point, partial(act, caller))
        sent.add(posts(caller))
        state = budget.as_dict()
        assert posts(caller) <= len(ledger.charges()) == state["requests_charged"] + state["requests_open"] <= 1
        assert [charge.names for charge in budget.pending()] == [charge.names for charge in ledger.pending()]
        assert (budget.spent, budget.reserved > 0) == (ledger.total.credits, bool(budget.pending()))
        with ThreadPoolExecutor(1) as pool:  # no lock is held
            pool.submit(create, caller.with_options(transport=Script(models(), charged("0.1")))).result()
        if not is_interrupted:
            break
    assert sent == {0, 1}


def test_a_call_that_a_signal_handler_makes_at_any_point_counts_as_well() -> None:
    for point in count(1, 7):
        budget, ledger = Budget(credits=5, requests=5), Ledger()
        caller = sync_caller(models(), charged("0.3"), budget=budget, ledger=ledger)
        other = sync_caller(models(), charged("0.2", id="cmp_other"), budget=budget, ledger=ledger)
        if not interrupted(point, partial(create, caller), partial(create, other)):
            break
        assert state(budget) == (Decimal("0.5"), 0, 3)
        assert ledger.total.credits == budget.spent


def test_a_key_whose_answer_was_lost_amid_its_reading_belongs_to_its_request(
    call: MakesCaller, monkeypatch: pytest.MonkeyPatch
) -> None:
    budget = Budget(requests=5)
    caller = call(charged("0.3"), budget=budget)
    with monkeypatch.context() as patched:
        patched.setattr("aurous._engine.responses.ResponseParser.parse", lambda *_: ctrl_c())
        with pytest.raises(KeyboardInterrupt):
            create(caller, idempotency_key="k")
    assert "another body" in str(caught(create, caller, messages="Other", idempotency_key="k"))
    create(caller, idempotency_key="k")
    assert (budget.spent, budget.pending()) == (Decimal("0.3"), [])


def test_an_attempt_that_is_not_known_keeps_it_whatever_comes_after(call: MakesCaller) -> None:
    budget = Budget(credits=5)
    steps = [error(500, "internal_error"), error(400, "missing_field")]
    caught(create, call(models(), *steps, budget=budget))
    assert budget.reserved > 0


def test_the_same_key_settles_what_timed_out(call: MakesCaller) -> None:
    budget = Budget(credits=5, requests=5)
    replay = charged("0.3", **{"Aurous-Idempotent-Replayed": "true"})
    caller = call(models(), httpx.ReadTimeout(""), replay, budget=budget, max_retries=0)
    failure = caught(create, caller)
    assert budget.reserved > 0
    for _ in range(3):
        create(caller, idempotency_key=failure.idempotency_key)
        assert state(budget) == (Decimal("0.3"), 0, 4)


def test_the_same_key_is_reserved_for_once_however_often_it_times_out(call: MakesCaller) -> None:
    budget = Budget(credits=5, requests=5)
    steps: list[Any] = [
        httpx.ReadTimeout(""),
        httpx.ReadTimeout(""),
        error(409, "idempotency_key_in_use"),
        charged("0.3"),
    ]
    caller = call(models(), *steps, budget=budget, max_retries=0)
    for _ in steps[:2]:
        caught(create, caller, idempotency_key="k")
        assert state(budget) == (0, HOLD, 4)
    create(caller, idempotency_key="k")
    assert state(budget) == (Decimal("0.3"), 0, 4)


def test_a_key_that_was_charged_needs_no_hold_for_a_day(call: MakesCaller) -> None:
    budget = Budget(credits="0.5", requests=1)
    replay = charged("0.3", **{"Aurous-Idempotent-Replayed": "true"})
    steps: list[Any] = [models(), charged("0.3"), replay, httpx.ReadTimeout(""), replay]
    caller = call(*steps, budget=budget, max_retries=1)
    create(caller, idempotency_key="k")
    for _ in range(2):
        create(caller, idempotency_key="k")
        assert state(budget) == (Decimal("0.3"), 0, 0)
    assert isinstance(caught(create, caller, idempotency_key="other"), BudgetExceededError)
    caller.clock.elapsed += 86_400
    assert isinstance(caught(create, caller, idempotency_key="k"), BudgetExceededError)


def test_a_key_that_was_charged_needs_no_hold_of_another_client_and_does_on_another_server(call: MakesCaller) -> None:
    budget = Budget(credits="0.5")
    replay = charged("0.3", **{"Aurous-Idempotent-Replayed": "true"})
    create(call(models(), charged("0.3"), budget=budget), idempotency_key="k")
    create(call(replay, budget=budget), idempotency_key="k")
    other = call(models(), budget=budget, base_url="https://other.example/v1")
    assert isinstance(caught(create, other, idempotency_key="k"), BudgetExceededError)
    assert budget.spent == Decimal("0.3")


def test_a_key_that_was_charged_is_charged_again_where_the_server_forgot_it(call: MakesCaller) -> None:
    budget = Budget(credits=5, requests=5)
    caller = call(models(), charged("0.3"), charged("0.3"), budget=budget)
    create(caller, idempotency_key="k")
    create(caller, idempotency_key="k")
    assert state(budget) == (Decimal("0.6"), 0, 3)


def test_a_key_that_is_awaited_is_collected_by_a_budget_that_is_used_up(call: MakesCaller) -> None:
    budget = Budget(credits="0.5", requests=1)
    replay = charged("0.3", **{"Aurous-Idempotent-Replayed": "true"})
    caller = call(models(), httpx.ReadTimeout(""), replay, budget=budget, max_retries=0)
    failure = caught(create, caller)
    create(caller, idempotency_key=failure.idempotency_key)
    assert state(budget) == (Decimal("0.3"), 0, 0)


def test_a_replay_charges_nothing_and_one_within_the_call_does(call: MakesCaller) -> None:
    replay = charged("0.3", **{"Aurous-Idempotent-Replayed": "true"})
    foreign, own = Budget(credits=5, requests=5), Budget(credits=5, requests=5)
    create(call(models(), replay, budget=foreign), idempotency_key="k")
    create(call(models(), httpx.ReadTimeout(""), replay, budget=own))
    assert state(foreign) == (0, 0, 5)
    assert state(own) == (Decimal("0.3"), 0, 4)


def test_a_stream_settles_by_its_last_chunk(call: MakesCaller) -> None:
    budget = Budget(credits=5)
    caller = call(models(), sends(*WHOLE), budget=budget)
    assert read(caller, max_tokens=100).final is not None
    assert state(budget)[:2] == (Decimal("0.0117"), 0)


@pytest.mark.parametrize("end_after", [0, 3])
@pytest.mark.parametrize("by", ["recover", "retrieve", "events", "reconcile"])
def test_a_lost_stream_stays_reserved_until_its_record_is_seen(bank: Bank, by: str, end_after: int) -> None:
    budget = Budget(credits=5)
    ledger = Ledger()
    spender = bank.spender(budget=budget, ledger=ledger)
    bank.emulator.answers("Tokyo, of course.", streaming=Streaming(end="closed", end_after=end_after))
    failure: Any = spender.read().error
    assert budget.reserved > 0
    assert budget.spent == 0
    if by == "reconcile":
        assert spender.reconcile(ledger).is_clean
    elif by == "events" or (by == "retrieve" and end_after == 0):
        spender.run(lambda client: client.usage.events.list())
    elif by == "recover":
        spender.recover(failure)
    else:
        spender.having(tags={"job": "later"}).retrieve(failure.id)
    assert state(budget)[:2] == (bank.charged, 0)
    for _ in range(3):
        spender.run(lambda client: client.usage.events.list())
    assert budget.spent == bank.charged


@pytest.mark.parametrize("by", ["retrieve", "events", "reconcile", "reconcile without a budget"])
def test_what_is_not_known_of_a_client_that_is_gone_is_settled_by_another(bank: Bank, by: str) -> None:
    budget, ledger = Budget(credits=5), Ledger()
    bank.emulator.answers("Tokyo, of course.", streaming=Streaming(end="closed", end_after=3))
    gone = bank.spender(budget=budget, ledger=ledger)
    failure: Any = gone.read().error
    if isinstance(gone.client, Aurous):  # the other kind is closed after each call
        gone.client.close()
    del gone
    assert budget.reserved > 0
    if by == "reconcile without a budget":
        assert bank.spender().reconcile(ledger).is_clean
    elif by == "reconcile":
        assert bank.spender(budget=budget, ledger=ledger).reconcile(ledger).is_clean
    elif by == "events":
        bank.spender(budget=budget).run(lambda client: client.usage.events.list())
    else:
        bank.spender(budget=budget).retrieve(failure.id)
    assert state(budget)[:2] == (bank.charged, 0)
    assert ledger.total.credits == bank.charged


def test_what_is_not_known_is_settled_by_a_copy_with_a_budget_of_its_own(call: MakesCaller) -> None:
    budget, other = Budget(credits=5), Budget(credits=5)
    caller = call(models(), httpx.ReadTimeout(""), charged("0.3"), budget=budget, max_retries=0)
    caught(create, caller, idempotency_key="k")
    create(caller.with_options(budget=other), idempotency_key="k")
    assert (state(budget), state(other)) == ((Decimal("0.3"), 0, None), (0, 0, None))


def test_a_key_of_another_server_settles_nothing(call: MakesCaller) -> None:
    budget = Budget(credits=5)
    caught(create, call(models(), httpx.ReadTimeout(""), budget=budget, max_retries=0), idempotency_key="k")
    other = call(models(), charged("0.3"), budget=budget, base_url="https://other.example/v1")
    create(other, idempotency_key="k")
    assert state(budget)[:2] == (Decimal("0.3"), HOLD)


def test_what_is_seen_of_another_call_settles_nothing(call: MakesCaller) -> None:
    budget = Budget(credits=5)
    caller = call(models(), sends(chunk({"content": "To"})), ok(), budget=budget)
    assert read(caller).error is not None
    kept = budget.reserved
    caller.retrieve(ID)
    assert state(budget)[:2] == (0, kept)


def test_402_closes_the_budget_until_it_is_opened_again(bank: Bank) -> None:
    budget = Budget(credits=5)
    spender = bank.spender(budget=budget)
    bank.emulator.set_credits("0.0001")
    assert isinstance(caught(spender.create), InsufficientCreditsError)
    assert budget.is_closed
    asked = len(bank.asked)
    failure: Any = caught(spender.create)
    assert isinstance(failure, BudgetExceededError)
    assert failure.budget["is_closed"]
    assert "balance_too_low" in str(failure)
    assert "reopen()" in str(failure)
    assert len(bank.asked) == asked
    bank.emulator.set_credits(10)
    budget.reopen()
    assert spender.create().is_completed
    assert budget.reserved == 0


def test_a_closed_budget_lets_a_call_through_every_minute_and_opens_as_one_is_charged(call: MakesCaller) -> None:
    budget = Budget(credits=5)
    low = error(402, "balance_too_low")
    steps: list[Any] = [models(), low, low, error(500, "internal_error"), charged("0.3"), charged("0.3")]
    caller = call(*steps, budget=budget, max_retries=0)
    for kind in (InsufficientCreditsError, InsufficientCreditsError, ServerError):
        assert isinstance(caught(create, caller), kind)
        caller.clock.elapsed += 59
        assert isinstance(caught(create, caller), BudgetExceededError)
        caller.clock.elapsed += 1
    assert budget.is_closed
    create(caller)
    assert not budget.is_closed
    create(caller)
    assert budget.spent == Decimal("0.6")


def test_limits_may_be_raised_and_lowered_while_it_is_used(call: MakesCaller) -> None:
    budget = Budget(credits="0.4", requests=1)
    caller = call(models(), charged("0.3"), budget=budget)
    assert "raise budget.credits" in str(caught(create, caller))
    budget.credits = "0.5"
    create(caller)
    assert "raise budget.requests" in str(caught(create, caller))
    budget.requests = None
    assert isinstance(caught(create, caller), BudgetExceededError)
    budget.credits = 0.1
    assert (budget.left, budget.requests_left) == (Decimal("-0.2"), None)
    for none in (None, -1, "many"):
        failure = caught(setattr, budget, "credits", none)
        assert isinstance(failure, ConfigurationError)
        assert failure.param == "credits"
    assert budget.credits == Decimal("0.1")


def test_a_limit_that_is_set_amid_the_setting_of_the_other_is_kept() -> None:
    budget = Budget(credits=100, requests=100)
    place = 0

    def at_call(frame: FrameType, event: str, argument: object) -> None:
        calls.append(frame.f_code.co_name)
        if len(calls) == place:
            sys.settrace(None)
            budget.requests = 1

    for place in count(1):
        budget.credits, budget.requests = Decimal(100), 100
        calls: list[str] = []
        sys.settrace(at_call)
        budget.credits = Decimal(5)
        sys.settrace(None)
        if len(calls) < place:
            break
        assert (budget.credits, budget.requests) == (Decimal(5), 1)
    assert place > 5


def test_a_budget_may_only_warn(call: MakesCaller, caplog: pytest.LogCaptureFixture) -> None:
    budget = Budget(credits="0.5", on_exceeded="warn")
    caller = call(models(), charged("0.3"), budget=budget)
    for _ in range(4):
        create(caller)
    assert budget.spent == Decimal("1.2")
    assert budget.left == Decimal("-0.7")
    (told,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert "a budget is exceeded by chat.completions.create" in told.getMessage()
    fields: Any = told
    assert (fields.aurous_event, fields.aurous_operation) == ("budget", "chat.completions.create")


def test_copies_and_other_clients_share_a_budget(bank: Bank) -> None:
    budget = Budget(requests=3)
    first = bank.spender(budget=budget)
    for spender in (first, first.having(tags={"feature": "faq"}), bank.spender(budget=budget)):
        spender.create()
    assert isinstance(caught(first.create), BudgetExceededError)
    own = first.having(budget=Budget(requests=1))
    own.create()
    assert (budget.spent, budget.requests_left) == (budget.spent, 0)


@pytest.mark.parametrize("context", [Context(prec=3), Context(prec=1, traps=[]), Context(traps=[Inexact, Rounded])])
def test_it_is_exact_whatever_context_the_caller_computes_with(call: MakesCaller, context: Context) -> None:
    with localcontext(context):
        budget = Budget(credits="5.12345678")
        steps: list[Any] = [models(), charged("0.00001"), charged("1.00000000000001"), httpx.ReadTimeout("")]
        caller = call(*steps, budget=budget, max_retries=0)
        create(caller)
        create(caller)
        failure = caught(create, caller, max_tokens=10**6)
        caught(create, caller)
        left = budget.left
    assert str(budget.spent) == "1.00001000000001"
    assert "it may cost 450.00" in str(failure)
    assert "4.123447 are left" in str(failure)
    assert left == Decimal("4.12344677999999") - HOLD


@pytest.mark.parametrize("rate", [-450, -1e-9, float("1e300"), 1e-300])
def test_no_rate_makes_room_in_a_budget(call: MakesCaller, rate: float) -> None:
    pricing = {"input": {"credits_per_M": 75}, "output": {"credits_per_M": rate}}
    budget = Budget(credits=5)
    caller = call(models({"id": MODEL, "chat_pricing": pricing}), charged("0.3"), budget=budget, on_drift="ignore")
    if 0 < rate < 1:
        create(caller)
        assert state(budget)[:2] == (Decimal("0.3"), 0)
    else:
        assert isinstance(caught(create, caller), BudgetExceededError)
        assert state(budget)[:2] == (0, 0)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"credits": "many"},
        {"credits": -1},
        {"credits": True},
        {"credits": float("nan")},
        {"credits": "1e3000"},
        {"credits": 10**5000},
        {"credits": "1e-3000"},
        {"credits": 1e19},
        {"requests": 1.5},
        {"requests": -1},
        {"credits": 1, "on_unknown": "maybe"},
        {"credits": 1, "on_exceeded": "stop"},
    ],
)
def test_what_is_no_budget_is_refused(given: Any) -> None:
    assert isinstance(caught(Budget, **given), ConfigurationError)


def test_a_budget_does_not_pickle_and_a_copy_is_itself() -> None:
    budget = Budget(credits=1)
    assert copy.deepcopy(budget) is copy.copy(budget) is budget
    assert "process" in str(caught(pickle.dumps, budget))


# --- It holds ---

OUTCOMES: dict[str, Any] = {
    "cheap": lambda: charged("0.0001"),
    "dear": lambda: charged("0.45"),
    "refused": lambda: error(400, "missing_field"),
    "unavailable": lambda: error(502, "chat_provider_unavailable"),
    "unknown": lambda: error(500, "internal_error"),
    "timed out": lambda: httpx.ReadTimeout(""),
    "not connected": lambda: httpx.ConnectError(""),
    "replayed": lambda: charged("0.45", **{"Aurous-Idempotent-Replayed": "true"}),
    "streamed": lambda: sends(*WHOLE),
    "lost": lambda: sends(*WHOLE[:2]),
}


@given(st.lists(st.sampled_from(sorted(OUTCOMES)), min_size=1, max_size=30))
def test_spent_and_reserved_stay_within_the_limit_whatever_comes_of_calls(names: list[str]) -> None:
    budget = Budget(credits=3)
    caller = sync_caller(models(), *(OUTCOMES[name]() for name in names), budget=budget, max_retries=0)
    unknown = 0
    for name in names:
        sent = posts(caller)
        try:
            if name in ("streamed", "lost"):
                read(caller, messages="Hi", max_tokens=1000)
            else:
                create(caller)
        except AurousError:
            pass
        if posts(caller) == sent:
            assert budget.left is not None
            assert budget.left < HOLD + Decimal("0.01")
            return
        unknown += name in ("unknown", "timed out", "lost")
        assert budget.spent + budget.reserved <= 3
        assert unknown * HOLD <= budget.reserved <= unknown * (HOLD + Decimal("0.001"))


def watching(budget: Budget, limit: Decimal, seen: list[bool]) -> Callable[[RequestEvent], None]:
    """A hook that looks at a budget before each request."""

    def hook(_: RequestEvent) -> None:
        state = budget.as_dict()
        seen.append(Decimal(state["spent"]) + Decimal(state["reserved"]) <= limit)

    return hook


def test_under_fifty_threads_the_limit_holds(bank: Bank) -> None:
    limit = Decimal("0.3")
    budget, seen = Budget(credits=limit), list[bool]()
    options: dict[str, Any] = {"base_url": bank.emulator.base_url, "budget": budget, "max_retries": 0}
    bank.emulator.answers("Tokyo, of course. " * 20, times=None)
    bank.emulator.answers(*[Refusal(code="chat_provider_unavailable")] * 5)
    given: dict[str, Any] = {"model": MODEL, "messages": "Capital of Japan?", "max_tokens": 60}

    with Aurous(bank.emulator.api_key, on_request=watching(budget, limit, seen), **options) as client:

        def spend(number: int) -> Decimal:
            try:
                if number % 3 == 0:
                    with client.chat.completions.stream(**given) as stream:
                        return stream.get_final_completion().receipt.credits
                return client.chat.completions.create(**given).receipt.credits
            except (BudgetExceededError, ServerError):
                return Decimal()

        with ThreadPoolExecutor(50) as pool:
            amounts = list(pool.map(spend, range(100)))
        amounts += iter(lambda: spend(1), Decimal())  # what was held for calls that cost less, until one is refused
    assert all(seen)
    assert budget.spent == sum(amounts) == bank.charged
    assert limit - Decimal("0.03") < budget.spent <= limit
    assert budget.reserved == 0
    assert bank.asked.count("models.list") == 1


def test_under_five_hundred_tasks_the_limit_holds() -> None:
    limit, calls = Decimal(20), 500
    budget, seen = Budget(credits=limit), list[bool]()
    chance = random.Random(0)  # not for secrets

    class Server(Script):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            for _ in range(chance.randrange(5)):
                await asyncio.sleep(0)
            self._steps = (models() if request.method == "GET" else OUTCOMES[chance.choice(sorted(OUTCOMES)[:4])](),)
            return await super().handle_async_request(request)

    async def main() -> list[Any]:
        options: dict[str, Any] = {"transport": Server(), "budget": budget, "max_retries": 0}
        hook = watching(budget, limit, seen)
        async with AsyncAurous("al_live_filler", on_request=hook, max_connections=500, **options) as client:
            given: dict[str, Any] = {"model": MODEL, "messages": "Hi", "max_tokens": 1000}
            tasks = [asyncio.ensure_future(client.chat.completions.create(**given)) for _ in range(calls)]
            await asyncio.sleep(0)
            for task in chance.sample(tasks, 20):
                task.cancel()
            return await asyncio.gather(*tasks, return_exceptions=True)

    results = asyncio.run(main())
    assert all(seen)
    assert budget.spent + budget.reserved <= limit
    spent = sum((each.receipt.credits for each in results if not isinstance(each, BaseException)), Decimal())
    assert budget.spent == spent > 0
    assert any(isinstance(each, BudgetExceededError) for each in results)
