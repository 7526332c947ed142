"""Creating completions, as type checkers see it. Checked by mypy and pyright, never run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypedDict, assert_never, assert_type

from aurous import (
    AsyncAurous,
    AsyncChatStream,
    Aurous,
    ChatCompletion,
    ChatCompletionChunk,
    ChatMessage,
    ChatStream,
    Finished,
    MessageRole,
    Messages,
    Notice,
    OutputError,
    Parsed,
    Receipt,
    Run,
    StreamEvent,
    StreamInterruptedError,
    TextDelta,
    Timeout,
    ToolCall,
    ToolCallDelta,
    ToolResult,
    tool,
)
from aurous.chat.tool_loop import Stopped
from aurous_api.params import ChatMessageParam

MODEL = "aurous-grow-2.0-pro"


@dataclass
class City:
    name: str
    population: int


class CityDict(TypedDict):
    name: str
    population: int


def get_weather(city: str, days: int = 1) -> dict[str, int]:
    """Forecast of the temperature."""
    return {"degrees": 20 + days}


async def get_time(city: str) -> str:
    """The time there."""
    return "12:00"


# --- Messages ---


def converses(client: Aurous, before: ChatCompletion) -> None:
    """What came before goes into a list of its own, of whichever type, and needs no cast."""
    create = client.chat.completions.create
    assert_type(create(model=MODEL, messages="Capital of Japan?"), ChatCompletion)

    history: list[dict[str, str]] = [{"role": "user", "content": "Capital of Japan?"}]
    create(model=MODEL, messages=history)
    inferred = [{"role": "user", "content": "Capital of Japan?"}]
    create(model=MODEL, messages=inferred)
    loose: list[dict[str, Any]] = [{"role": "user", "content": [{"type": "text", "text": "Capital of Japan?"}]}]
    create(model=MODEL, messages=loose)
    typed: list[ChatMessageParam] = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]
    create(model=MODEL, messages=typed)
    models = [ChatMessage(role=MessageRole.USER, content="Capital of Japan?")]
    create(model=MODEL, messages=models)
    create(model=MODEL, messages=(*models, *typed, *history))

    (call,) = before.tool_calls
    create(model=MODEL, messages=[*history, before, ToolResult(call, {"degrees": 21})])
    mixed: Messages = [{"role": "user", "content": "Rain in Tokyo?"}, before, ToolResult(call, "no")]
    create(model=MODEL, messages=mixed)

    misspelt: ChatMessageParam = {"role": "usr", "content": "Hi"}  # type: ignore[typeddict-item]
    create(model=MODEL, messages=misspelt)  # type: ignore[arg-type]
    create(model=MODEL, messages=[7])  # type: ignore[list-item]
    create(model=MODEL, messages=call)  # type: ignore[arg-type]
    create(model=MODEL, messages=None)  # type: ignore[arg-type]


def grows(client: Aurous) -> None:
    history: list[dict[str, str] | ChatCompletion] = []
    for question in ("Capital of Japan?", "And of Korea?"):
        history.append({"role": "user", "content": question})
        history.append(client.chat.completions.create(model=MODEL, messages=history))


# --- Create ---


def creates(client: Aurous) -> None:
    create = client.chat.completions.create
    create(
        model=MODEL,
        messages="Capital of Japan?",
        tools=[tool(get_weather), {"type": "function", "function": {"name": "get_time"}}],
        tool_choice="auto",
        response_format={"type": "json_object"},
        max_tokens=64,
        temperature=0.5,
        reasoning_effort="low",
        stop=["\n"],
        timeout=Timeout(total=60),
        idempotency_key="order-7",
        max_retries=0,
        extra_headers={"X-Trace": "7"},
        extra_body={"new": True},
    )

    create("Hi", model=MODEL)  # type: ignore[call-arg, misc]
    create(messages="Hi")  # type: ignore[call-arg]
    create(model=MODEL, messages="Hi", max_token=64)  # type: ignore[call-arg]
    create(model=MODEL, messages="Hi", stream=True)  # type: ignore[call-arg]
    create(model=MODEL, messages="Hi", max_tokens="64")  # type: ignore[arg-type]
    create(model=MODEL, messages="Hi", temperature="hot")  # type: ignore[arg-type]
    create(model=7, messages="Hi")  # type: ignore[arg-type]
    create(model=MODEL, messages="Hi", tools=[get_weather])  # type: ignore[list-item]
    create(model=MODEL, messages="Hi", timeout="60")  # type: ignore[arg-type]


async def creates_asynchronously(client: AsyncAurous) -> None:
    history: list[dict[str, str]] = [{"role": "user", "content": "Capital of Japan?"}]
    assert_type(await client.chat.completions.create(model=MODEL, messages=history, max_tokens=64), ChatCompletion)

    client.chat.completions.create(model=MODEL, messages=history)  # type: ignore[unused-coroutine]
    await client.chat.completions.create(model=MODEL, messages=history, max_token=64)  # type: ignore[call-arg]
    await client.chat.completions.create(model=MODEL, messages=7)  # type: ignore[arg-type]


# --- Stream ---


def streams(client: Aurous) -> None:
    history: list[dict[str, str]] = [{"role": "user", "content": "Capital of Japan?"}]
    with client.chat.completions.stream(model=MODEL, messages=history, max_tokens=64, idle_timeout=60) as stream:
        assert_type(stream, ChatStream)
        for event in stream:
            assert_type(event, StreamEvent)
        for piece in stream.text_stream:
            assert_type(piece, str)
    assert_type(stream.get_final_completion(), ChatCompletion)
    assert_type(stream.id, str | None)
    assert_type(stream.so_far, ChatCompletion)
    assert_type(stream.notices, tuple[Notice, ...])
    assert_type(stream.timing.first_event_after, float | None)
    assert_type(stream.timing.first_delta_after, float | None)
    assert_type(stream.cancel(), ChatCompletion)
    assert_type(stream.recover(timeout=30), ChatCompletion)
    stream.close()

    client.chat.completions.stream(model=MODEL, messages=history, max_token=64)  # type: ignore[call-arg]
    client.chat.completions.stream(model=MODEL, messages=history, idempotency_key="a")  # type: ignore[call-arg]
    client.chat.completions.stream(model=MODEL, messages=7)  # type: ignore[arg-type]
    stream.next()  # type: ignore[attr-defined]


async def streams_asynchronously(client: AsyncAurous) -> None:
    async with client.chat.completions.stream(model=MODEL, messages="Capital of Japan?") as stream:
        assert_type(stream, AsyncChatStream)
        async for event in stream:
            assert_type(event, StreamEvent)
        async for piece in stream.text_stream:
            assert_type(piece, str)
    assert_type(await stream.get_final_completion(), ChatCompletion)
    assert_type(await stream.cancel(), ChatCompletion)
    assert_type(await stream.recover(timeout=30), ChatCompletion)
    await stream.close()

    with stream:  # type: ignore[attr-defined]
        pass
    client.chat.completions.stream(model=MODEL, messages="Hi", max_token=64)  # type: ignore[call-arg]


def tells_events_apart_by_class(event: StreamEvent) -> str:
    match event:
        case TextDelta(text=text):
            return text
        case ToolCallDelta():
            assert_type(event.index, int)
            assert_type((event.id, event.name), tuple[str | None, str | None])
            return event.arguments
        case Finished():
            assert_type(event.chunk, ChatCompletionChunk)
            return event.reason
        case Notice():
            assert_type(event.to_dict(), dict[str, Any])
            return ""
    assert_never(event)


def tells_events_apart_by_type(event: StreamEvent) -> str:
    if event.type == "text_delta":
        assert_type(event, TextDelta)
        return event.text
    if event.type == "tool_call_delta":
        assert_type(event, ToolCallDelta)
        return event.arguments
    if event.type == "finished":
        assert_type(event, Finished)
        return event.reason
    assert_type(event, Notice)
    return ""


async def recovers(error: StreamInterruptedError) -> None:
    assert_type(error.recover(timeout=30), ChatCompletion)
    assert_type(await error.recover_async(timeout=30), ChatCompletion)
    assert_type(error.partial, ChatCompletion)
    assert_type(error.id, str | None)
    assert_type(error.usage_known, bool)

    event = TextDelta("a")
    event.text = "b"  # type: ignore[misc]
    event.txt  # type: ignore[attr-defined]  # noqa: B018


# --- Parse ---


def parses(client: Aurous) -> None:
    parse = client.chat.completions.parse
    history: list[dict[str, str]] = [{"role": "user", "content": "Capital of Japan?"}]
    parsed = parse(City, model=MODEL, messages=history, max_tokens=64)
    assert_type(parsed, Parsed[City])
    assert_type(parsed.receipt, Receipt)
    assert_type(parsed.value.population, int)
    assert_type(parsed.completion, ChatCompletion)
    assert_type(parse(CityDict, model=MODEL, messages=history).value["name"], str)
    schema: Mapping[str, Any] = {"type": "object"}
    assert_type(parse(schema, model=MODEL, messages=history), Parsed[Any])
    assert_type(parse({"type": "object"}, model=MODEL, messages=history), Parsed[Any])

    parse("City", model=MODEL, messages=history)  # type: ignore[call-overload]
    parse(City, model=MODEL)  # type: ignore[call-overload]
    parse(City, model=MODEL, messages=history, max_token=64)  # type: ignore[call-overload]
    parsed.value.size  # type: ignore[attr-defined]  # noqa: B018


async def parses_asynchronously(client: AsyncAurous) -> None:
    parse = client.chat.completions.parse
    assert_type(await parse(City, model=MODEL, messages="Capital of Japan?"), Parsed[City])
    assert_type(await parse({"type": "object"}, model=MODEL, messages="Capital of Japan?"), Parsed[Any])

    await parse(City, model=MODEL, messages="Hi", max_token=64)  # type: ignore[call-overload]


def does_not_fit(error: OutputError) -> None:
    assert_type(error.text, str | None)
    assert_type(error.receipt, Receipt)
    assert_type(error.completion, ChatCompletion)


# --- Tools ---


@tool
def find(name: str) -> str:
    return name


@tool(name="find_town")
def find_again(name: str) -> str:
    return name


def runs(client: Aurous) -> None:
    def approve(call: ToolCall) -> bool:
        return call.name == "get_weather"

    assert_type(find("Tokyo"), str)
    assert_type(find_again("Tokyo"), str)
    run = client.chat.completions.run(
        model=MODEL,
        messages="Rain in Tokyo?",
        tools=[get_weather, find],
        max_rounds=4,
        timeout=60,
        approve=approve,
        max_tokens=64,
    )
    assert_type(run, Run)
    assert_type(run.stopped, Stopped)
    assert_type(run.completion, ChatCompletion)
    assert_type(run.completions, tuple[ChatCompletion, ...])
    assert_type(run.text, str | None)
    assert_type(run.receipt, Receipt)
    assert_type(run.results[0].error, BaseException | None)
    assert_type(run.pending, tuple[ToolCall, ...])
    assert_type(run.to_messages(), list[dict[str, Any]])
    client.chat.completions.run(model=MODEL, messages=run.to_messages(), tools=[find])
    client.chat.completions.run(model=MODEL, messages=run.messages, tools=[find, find_again, get_weather])
    client.chat.completions.create(model=MODEL, messages=[*run.messages, {"role": "user", "content": "And then?"}])

    find(7)  # type: ignore[arg-type]
    client.chat.completions.run(model=MODEL, messages="Hi", tools=["find"])  # type: ignore[list-item]
    client.chat.completions.run(model=MODEL, messages="Hi", tools=[find], max_round=4)  # type: ignore[call-arg]
    client.chat.completions.run(model=MODEL, messages="Hi", tools=[find], approve=find)  # type: ignore[arg-type]
    if run.stopped == "done":  # type: ignore[comparison-overlap]
        pass


async def runs_asynchronously(client: AsyncAurous) -> None:
    async def approve(call: ToolCall) -> bool:
        return call.name == "get_time"

    run = await client.chat.completions.run(
        model=MODEL, messages="Rain in Tokyo?", tools=[get_time, get_weather], approve=approve
    )
    assert_type(run, Run)

    await client.chat.completions.run(model=MODEL, messages="Hi", tools=[get_time], max_round=4)  # type: ignore[call-arg]
