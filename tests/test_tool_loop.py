"""The loop of tools: what is run, what the model is told, why it stops, and what is kept where it ends badly."""

import asyncio
import contextvars
import copy
import json
import logging
import os
import pickle
import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from aurous import (
    APIResponseError,
    APITimeoutError,
    AurousError,
    ChatCompletion,
    ConfigurationError,
    InsufficientCreditsError,
    RateLimitError,
    Run,
    ServerError,
    ToolCall,
    ToolError,
    ToolResult,
    tool,
)
from aurous.chat.tool_loop import ToolLoop
from scripted import EXAMPLES, Driven, FakeClock, async_caller, caught, drive_async, drive_sync

USAGE = EXAMPLES["tool_calls"]["usage"]


def asks(*calls: tuple[str, Any], **changes: Any) -> ChatCompletion:
    """A completion that asks for tools; arguments that are a text are sent as they are."""
    tool_calls = [
        {
            "id": f"call_{number}",
            "type": "function",
            "function": {"name": name, "arguments": given if isinstance(given, str) else json.dumps(given)},
        }
        for number, (name, given) in enumerate(calls)
    ]
    message = {"role": "assistant", "content": None, "tool_calls": tool_calls}
    return ChatCompletion.from_dict(
        {**EXAMPLES["tool_calls"], "choices": [{"index": 0, "message": message}], **changes}
    )


def says(text: str = "done", **changes: Any) -> ChatCompletion:
    """A completion with a text."""
    message = {"role": "assistant", "content": text}
    return ChatCompletion.from_dict({**EXAMPLES["completed"], "choices": [{"index": 0, "message": message}], **changes})


class Model:
    """Gives the next completion of a script each time, the last one again and again; an error is raised."""

    def __init__(self, *script: ChatCompletion | AurousError, clock: FakeClock | None = None, takes: float = 0) -> None:
        self.script = script
        self.asked: list[tuple[list[Any], float | None, dict[str, Any]]] = []
        self.clock = clock or FakeClock()
        self.takes = takes

    def create(self, messages: list[Any], remaining: float | None, params: Any) -> Any:
        step = self.script[min(len(self.asked), len(self.script) - 1)]
        self.asked.append((messages, remaining, dict(params)))
        self.clock.elapsed += self.takes
        yield from ()
        if isinstance(step, AurousError):
            raise step
        return step


Loop = Callable[..., Run]


@pytest.fixture
def run(driven: Driven) -> Loop:
    """Runs tools to the end, once by each driver."""

    def run_loop(model: Model, *tools: Any, **options: Any) -> Run:
        given: dict[str, Any] = {"messages": "Go.", "params": {"model": "m"}, **options}
        loop = ToolLoop(model.create, tools=tools, clock=model.clock, asynchronous=driven is drive_async, **given)
        result: Run = driven(loop.flow())
        return result

    return run_loop


def contents(run: Run) -> list[str]:
    """What the model was told of its calls."""
    return [message.as_message()["content"] for message in run.messages if isinstance(message, ToolResult)]


def double(number: int) -> int:
    return 2 * number


def fail() -> None:
    raise ValueError("secret")


def test_it_goes_on_until_the_model_asks_for_no_more_tools(run: Loop) -> None:
    first, second, last = asks(("double", {"number": 2})), asks(("double", {"number": 4})), says("8")
    model = Model(first, second, last)
    result = run(model, double)

    assert (result.stopped, result.text, result.completion) == ("finished", "8", last)
    assert result.completions == (first, second, last)
    assert [type(message).__name__ for message in result.messages] == [
        *("dict", "ChatCompletion", "ToolResult", "ChatCompletion", "ToolResult", "ChatCompletion")
    ]
    assert contents(result) == ["4", "8"]
    assert [len(messages) for messages, _, _ in model.asked] == [1, 3, 5]
    assert model.asked[0][0] == [{"role": "user", "content": "Go."}]


def test_the_model_is_told_of_the_tools_each_time_and_forced_only_once(run: Loop) -> None:
    model = Model(asks(("double", {"number": 2})), says())
    run(model, double, params={"model": "m", "tool_choice": "required", "temperature": 0})
    (_, _, first), (_, _, second) = model.asked
    assert first["tool_choice"] == "required"
    assert "tool_choice" not in second
    assert first["tools"] == second["tools"]
    assert (second["model"], second["temperature"], second["tools"][0]["function"]["name"]) == ("m", 0, "double")


@pytest.mark.parametrize("choice", ["auto", "none"])
def test_a_choice_that_forces_nothing_stays(run: Loop, choice: str) -> None:
    model = Model(asks(("double", {"number": 2})), says())
    run(model, double, params={"tool_choice": choice})
    assert [params["tool_choice"] for _, _, params in model.asked] == [choice, choice]


def test_the_receipt_is_the_sum(run: Loop) -> None:
    result = run(Model(asks(("double", {"number": 2})), says()), double)
    credits_of = [completion.receipt.credits for completion in result.completions]
    assert result.receipt.credits == sum(credits_of, Decimal()) > max(credits_of)
    assert [line.name for line in result.receipt.lines] == ["input", "output", "reasoning"]
    assert result.receipt.lines[0].tokens == sum(completion.usage.prompt_tokens for completion in result.completions)
    assert result.receipt.model == "aurous-grow-2.0-pro"

    unknown = run(Model(asks(("double", {"number": 2})), says(usage={})), double)
    with pytest.raises(APIResponseError):
        unknown.receipt  # noqa: B018


# --- What the model is told ---


def refuse() -> None:
    raise ToolError("no such city; use its English name")


class Table:
    """As tables of numbers do, it compares by item, and refuses to be true or false or written down."""

    def __eq__(self, other: object) -> bool:
        raise ValueError

    __hash__ = None  # type: ignore[assignment]

    def to_dict(self) -> object:
        raise KeyError


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("double", {"number": 2}, "4"),
        ("missing", {}, "Error: there is no tool of this name."),
        ("double", "{number: 2}", "Error: the arguments are not a JSON object."),
        ("double", [], "Error: the arguments are not a JSON object."),
        (
            "double",
            {"number": "2"},
            "Error: the arguments do not fit: at /number: expected an integer, found a string.",
        ),
        ("double", {}, "Error: the arguments do not fit: at /number: is missing."),
        ("fail", {}, "Error: the tool failed (ValueError)."),
        ("refuse", {}, "no such city; use its English name"),
        ("unsayable", {}, "Error: the tool failed (ConfigurationError)."),
        ("stop", {}, "Error: the tool failed (StopIteration)."),
        ("table", {}, "Error: the tool failed (ConfigurationError)."),
        ("file_name", {}, "Error: the tool failed (ConfigurationError)."),
        ("unspeakable", {}, "Error: the tool failed (ConfigurationError)."),
    ],
)
def test_whatever_comes_of_a_call_is_a_short_text(run: Loop, name: str, arguments: Any, told: str) -> None:
    def unsayable() -> object:
        return object()

    def stop() -> None:
        raise StopIteration

    def table() -> object:
        return Table()

    def file_name() -> str:
        return os.fsdecode(b"caf\xe9.txt")

    def unspeakable() -> str:
        raise ToolError(os.fsdecode(b"no caf\xe9.txt"))

    tools = double, fail, refuse, unsayable, stop, table, file_name, unspeakable
    result = run(Model(asks((name, arguments)), says()), *tools)
    assert (result.stopped, contents(result)) == ("finished", [told])


def test_a_failed_tool_is_logged_without_what_it_said(run: Loop, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "aurous"):
        run(Model(asks(("fail", {})), says()), fail)
    assert [record.getMessage() for record in caplog.records] == ["tool fail failed: ValueError"]
    assert "secret" not in caplog.text


def test_a_result_that_json_cannot_hold_is_logged_with_its_type(run: Loop, caplog: pytest.LogCaptureFixture) -> None:
    def towns() -> set[str]:
        return {"secret"}

    with caplog.at_level(logging.INFO, "aurous"):
        run(Model(asks(("towns", {})), says()), towns)
    assert "the result of a tool, set, cannot be written as JSON" in caplog.text
    assert "secret" not in caplog.text


def test_calls_beyond_the_most_are_not_carried_out_and_told_so(run: Loop) -> None:
    seen: list[int] = []

    def note(number: int) -> str:
        seen.append(number)
        return "ok"

    result = run(Model(asks(*[("note", {"number": number}) for number in range(5)]), says()), note, max_calls=2)
    assert sorted(seen) == [0, 1]
    assert contents(result) == ["ok", "ok", *["Error: too many calls at once; this one was not carried out."] * 3]
    answered = [message.call.id for message in result.messages if isinstance(message, ToolResult)]
    assert answered == [f"call_{number}" for number in range(5)]


def test_calls_of_one_round_run_at_the_same_time_and_answer_in_their_order(run: Loop) -> None:
    together = threading.Barrier(4, timeout=10)

    def meet(number: int) -> int:
        together.wait()
        return number

    result = run(Model(asks(*[("meet", {"number": number}) for number in range(8)]), says()), meet)
    assert contents(result) == [str(number) for number in range(8)], "four at a time, or the barrier breaks"


def test_no_more_than_four_run_at_a_time(run: Loop) -> None:
    lock, running, most = threading.Lock(), 0, 0
    fourth = threading.Event()

    def count() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
            if running >= 4:
                fourth.set()
        fourth.wait(10)
        with lock:
            running -= 1

    run(Model(asks(*[("count", {})] * 12), says()), count)
    assert most == 4


def test_tools_see_the_context_of_the_caller(run: Loop) -> None:
    user = contextvars.ContextVar("user", default="nobody")

    def who() -> str:
        return user.get()

    token = user.set("Ada")
    try:
        assert contents(run(Model(asks(("who", {}), ("who", {})), says()), who)) == ["Ada", "Ada"]
    finally:
        user.reset(token)


# --- Why it stops ---


def test_it_stops_after_so_many_rounds_with_every_call_answered(run: Loop) -> None:
    model = Model(asks(("double", {"number": 2})))
    result = run(model, double, max_rounds=3)
    assert (result.stopped, len(model.asked), contents(result)) == ("max_rounds", 3, ["4", "4", "4"])
    assert isinstance(result.messages[-1], ToolResult)

    going_on = run(Model(says("at last")), double, messages=[*result.messages, {"role": "user", "content": "And?"}])
    assert (going_on.text, len(going_on.messages)) == ("at last", len(result.messages) + 2)


def test_completions_get_what_is_left_of_the_time_and_it_stops_when_there_is_none(run: Loop) -> None:
    model = Model(asks(("double", {"number": 2})), takes=4)
    result = run(model, double, timeout=10)
    assert [remaining for _, remaining, _ in model.asked] == [10, 6, 2]
    assert (result.stopped, contents(result)) == ("deadline", ["4", "4", "Error: the tool timed out."])


def test_a_run_has_a_completion_though_its_time_is_up_at_once(run: Loop) -> None:
    assert run(Model(says(), takes=1), double, timeout=1e-9).completion == says()


def test_without_a_timeout_completions_get_none(run: Loop) -> None:
    model = Model(says())
    run(model, double)
    assert model.asked[0][1] is None


def test_a_completion_that_takes_the_rest_of_the_time_is_the_deadline(run: Loop) -> None:
    late = APITimeoutError("late", idempotency_key="key_1")
    result = run(Model(asks(("double", {"number": 2})), late, takes=5), double, timeout=10)
    assert (result.stopped, result.error, contents(result)) == ("deadline", late, ["4"])


def test_a_tool_that_hangs_does_not_outlast_the_deadline(run: Loop) -> None:
    ended = threading.Event()

    def hang() -> None:
        ended.wait(60)

    try:
        calls = asks(("double", {"number": 2}), *[("hang", {})] * 6, ("double", {"number": 3}))
        model = Model(calls)
        result = run(model, hang, double, timeout=0.2)
    finally:
        ended.set()
    late = "Error: the tool timed out."
    assert (result.stopped, contents(result), len(model.asked)) == ("deadline", ["4", *[late] * 7], 1)


def test_it_stops_when_the_credits_end_with_what_there_is(run: Loop) -> None:
    empty = InsufficientCreditsError("402", status_code=402)
    result = run(Model(asks(("double", {"number": 2})), empty), double)
    assert (result.stopped, result.error, contents(result)) == ("budget", empty, ["4"])


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_calls_of_a_completion_that_is_not_whole_are_not_carried_out(run: Loop, status: str) -> None:
    result = run(Model(asks(("fail", {}), status=status)), fail)
    assert (result.stopped, result.completion.status) == ("finished", status)
    assert contents(result) == ["Error: the answer was not whole; this call was not carried out."]


# --- Approval ---


def test_each_call_that_can_be_carried_out_is_approved_in_order(run: Loop) -> None:
    asked: list[Any] = []

    def approve(call: ToolCall) -> bool:
        asked.append((call.name, call.arguments, threading.current_thread() is threading.main_thread()))
        return bool(call.arguments["number"] != 2)

    calls = [
        ("double", {"number": 1}),
        ("missing", {}),
        ("double", {"number": 2}),
        ("double", {}),
        ("double", {"number": 3}),
    ]
    result = run(Model(asks(*calls), says()), double, approve=approve)
    assert asked == [("double", {"number": number}, True) for number in (1, 2, 3)]
    told = contents(result)
    assert (told[0], told[2], told[4]) == ("2", "Error: the caller declined this call.", "6")
    assert result.stopped == "finished"


# --- Pausing, and going on ---


def test_a_run_pauses_where_a_call_is_not_decided_and_goes_on_from_plain_data(run: Loop) -> None:
    decisions: dict[str, bool] = {"call_0": True}
    asked = asks(("double", {"number": 1}), ("double", {"number": 2}))
    paused = run(Model(asked), double, approve=lambda call: decisions.get(call.id))
    assert (paused.stopped, contents(paused), paused.results) == ("paused", [], ())
    assert [call.id for call in paused.pending] == ["call_0", "call_1"]
    stored = json.dumps(paused.to_messages())

    decisions["call_1"] = False
    model = Model(says())
    result = run(model, double, messages=json.loads(stored), approve=lambda call: decisions.get(call.id))
    assert (result.stopped, contents(result)) == ("finished", ["2", "Error: the caller declined this call."])
    assert (result.pending, len(result.completions)) == ((), 1)
    assert [message["role"] for message in result.to_messages()] == ["user", "assistant", "tool", "tool", "assistant"]


@pytest.mark.parametrize("plain", [True, False], ids=["plain", "objects"])
def test_calls_without_a_result_are_carried_out_first(run: Loop, plain: bool) -> None:
    asked = asks(("double", {"number": 1}), ("double", {"number": 2}))
    first, _ = asked.tool_calls
    history: list[Any] = [asked.as_message() if plain else asked, ToolResult(first, "told before")]
    model = Model(says())
    result = run(model, double, messages=history)
    assert contents(result) == ["told before", "4"]
    assert [each.value for each in result.results] == ["4"]
    assert len(model.asked) == 1


def test_calls_of_a_cancelled_completion_are_never_carried_out(run: Loop) -> None:
    result = run(Model(says()), double, messages=[asks(("double", {"number": 1}), status="cancelled")])
    assert (result.stopped, result.completions, result.text) == ("finished", (), None)
    assert "not whole" in contents(result)[0]
    assert "run.results" in caught(lambda: result.completion).message


def test_results_are_not_lost_where_the_first_completion_fails(run: Loop) -> None:
    failure = caught(run, Model(ServerError("down")), double, messages=[asks(("double", {"number": 1}))])
    assert failure.run is not None
    assert (failure.run.stopped, failure.run.results[0].value) == ("error", "2")


def test_what_a_tool_raised_stands_in_its_result(run: Loop) -> None:
    def breaks() -> str:
        raise OSError("disk")

    result = run(Model(asks(("breaks", {}), ("missing", {}), ("double", {"number": 1})), says()), breaks, double)
    broken, missing, fine = result.results
    assert (str(broken.error), type(missing.error), fine.error) == ("disk", ToolError, None)
    assert pickle.loads(pickle.dumps(result)).results == result.results


def test_where_all_is_declined_it_stops(run: Loop) -> None:
    calls = asks(("double", {"number": 1}), ("missing", {}), ("double", {"number": 2}))
    model = Model(calls, says())
    result = run(model, double, approve=lambda _: False)
    assert (result.stopped, len(model.asked), len(contents(result))) == ("declined", 1, 3)


# --- Errors ---


@pytest.mark.parametrize(
    "error", [RateLimitError("429"), ServerError("503"), APIResponseError("?"), APITimeoutError("?")]
)
def test_an_error_carries_the_run_so_far(run: Loop, error: AurousError) -> None:
    error = copy.copy(error)
    first = asks(("double", {"number": 2}))
    raised = caught(run, Model(first, error), double, timeout=100)
    assert raised is error
    for failure in (raised, pickle.loads(pickle.dumps(raised)), copy.deepcopy(raised)):
        assert type(failure) is type(error)
        assert failure.run is not None
        assert (failure.run.stopped, failure.run.completions, contents(failure.run)) == ("error", (first,), ["4"])


@pytest.mark.parametrize("error", [ServerError("503"), InsufficientCreditsError("402"), APITimeoutError("?")])
def test_an_error_of_the_first_completion_is_the_outcome(run: Loop, error: AurousError) -> None:
    assert caught(run, Model(error), double) is error
    assert error.run is None


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_what_ends_the_program_comes_out_of_a_tool(kind: type[BaseException]) -> None:
    def interrupt() -> None:
        raise kind

    for driven in (drive_sync, drive_async):
        model = Model(asks(("interrupt", {}), ("double", {"number": 1})), says())
        loop = ToolLoop(
            model.create, messages="", tools=[interrupt, double], clock=model.clock, asynchronous=False, params={}
        )
        with pytest.raises(kind):
            driven(loop.flow())


# --- Coroutines ---


def run_async(model: Model, *tools: Any, **options: Any) -> Run:
    loop = ToolLoop(model.create, messages="", tools=tools, clock=model.clock, asynchronous=True, params={}, **options)
    result: Run = drive_async(loop.flow())
    return result


def test_coroutine_functions_run_on_the_event_loop_beside_others() -> None:
    met: list[asyncio.Event] = []

    async def first() -> str:
        met.append(asyncio.Event())
        await asyncio.wait_for(met[0].wait(), 10)
        return "first"

    async def second() -> str:
        met[0].set()
        return "second"

    def third() -> str:
        return "third" if threading.current_thread() is not threading.main_thread() else "on the loop"

    async def refusing() -> str:
        raise ToolError("no")

    async def cancelled() -> str:
        raise asyncio.CancelledError

    async def approve(call: ToolCall) -> bool:
        await asyncio.sleep(0)
        return call.id != "call_1"

    calls = asks(*[(name, {}) for name in ("first", "third", "second", "third", "refusing", "cancelled")])
    result = run_async(Model(calls, says()), first, second, third, refusing, cancelled, approve=approve)
    declined = "Error: the caller declined this call."
    failed = "Error: the tool failed (CancelledError)."
    assert contents(result) == ["first", declined, "second", "third", "no", failed]


def test_a_coroutine_that_hangs_is_cancelled_at_the_deadline() -> None:
    ended: list[str] = []

    async def hang() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    result = run_async(Model(asks(("hang", {}))), hang, timeout=0.05)
    assert (result.stopped, contents(result), ended) == ("deadline", ["Error: the tool timed out."], ["cancelled"])


def test_cancelling_the_run_cancels_its_tools() -> None:
    ended: list[str] = []

    async def main() -> None:
        async def stop() -> None:
            try:
                task.cancel()
                await asyncio.Event().wait()
            finally:
                ended.append("cancelled")

        model = Model(asks(("stop", {})))
        loop = ToolLoop(model.create, messages="", tools=[stop], clock=model.clock, asynchronous=True, params={})
        caller: Any = async_caller().client.chat.completions._caller
        task = asyncio.ensure_future(caller.run(loop.flow()))
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert ended == ["cancelled"]


# --- Arguments ---


async def coroutine() -> None: ...


def loop_of(**options: Any) -> ToolLoop:
    given = {"messages": "", "tools": [double], "clock": FakeClock(), "asynchronous": False, "params": {}, **options}
    return ToolLoop(Model(says()).create, **given)


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({"tools": []}, "no tools"),
        ({"tools": [double, double]}, "two tools are called double"),
        ({"tools": [coroutine]}, "AsyncAurous"),
        ({"tools": ["double"]}, "'double'"),
        ({"tools": double}, "tools=[...]"),
        ({"tools": tool(double)}, "tools=[...]"),
        ({"tools": None}, "tools=[...]"),
        ({"messages": None}, "a list of messages"),
        ({"messages": {"role": "user", "content": "Go."}}, "a list of messages"),
        ({"params": {"idempotency_key": "order-7"}}, "leave idempotency_key out"),
        ({"max_rounds": 0}, "max_rounds"),
        ({"max_calls": 0}, "max_calls"),
        ({"timeout": 0}, "timeout"),
        ({"approve": "yes"}, "approve"),
        ({"approve": coroutine}, "approve is a coroutine function"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_sent(options: dict[str, Any], part: str) -> None:
    failure = caught(loop_of, **options)
    assert isinstance(failure, ConfigurationError)
    assert part in str(failure)
