"""The chat model of the LangChain recipe, through LangChain's own methods."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from functools import reduce
from operator import add
from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage
from pydantic import BaseModel

from aurous import AsyncAurous, Aurous, InsufficientCreditsError, StreamInterruptedError
from aurous.emulator import Emulator, Reply, Streaming
from langchain_model import ChatAurous

HANGS = 10
"""Seconds after which a test has hung."""

ANSWER = Reply("The capital of Japan is Tokyo.", reasoning_tokens=5)


@pytest.fixture
def model(emulator: Emulator) -> Iterator[ChatAurous]:
    with Aurous() as client:
        yield ChatAurous(client=client)


def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"sunny in {city}"


def check(message: AIMessage, model: ChatAurous) -> None:
    """The message has the text, the usage and the receipt of the stored completion."""
    assert message.id is not None
    record = model.client.chat.completions.retrieve(message.id)
    assert message.text == record.text == ANSWER.text
    assert message.usage_metadata == {
        "input_tokens": 5,
        "output_tokens": 13,
        "total_tokens": 18,
        "output_token_details": {"reasoning": 5},
    }
    assert message.response_metadata["receipt"] == record.receipt.as_dict()
    assert message.response_metadata["finish_reason"] == "stop"


def whole(chunks: list[Any]) -> AIMessageChunk:
    """The message that the chunks of a stream add up to."""
    message: AIMessageChunk = reduce(add, chunks)
    return message


def on_loop(model: ChatAurous, ask: Callable[[ChatAurous], Awaitable[AIMessage]]) -> AIMessage:
    async def main() -> AIMessage:
        async with AsyncAurous() as client:
            return await ask(model.model_copy(update={"async_client": client}))

    return asyncio.run(main())


@pytest.mark.parametrize("how", ["invoke", "stream", "ainvoke", "astream"])
def test_a_question_is_answered(model: ChatAurous, emulator: Emulator, how: str) -> None:
    async def astream(model: ChatAurous) -> AIMessage:
        return whole([chunk async for chunk in model.astream("Capital of Japan?")])

    asked: dict[str, Callable[[], AIMessage]] = {
        "invoke": lambda: model.invoke("Capital of Japan?"),
        "stream": lambda: whole(list(model.stream("Capital of Japan?"))),
        "ainvoke": lambda: on_loop(model, lambda model: model.ainvoke("Capital of Japan?")),
        "astream": lambda: on_loop(model, astream),
    }
    emulator.answers(ANSWER)
    check(asked[how](), model)


@pytest.mark.parametrize("how", ["invoke", "stream"])
def test_a_tool_is_asked_for_and_its_result_told(model: ChatAurous, emulator: Emulator, how: str) -> None:
    emulator.answers(
        [{"name": "get_weather", "arguments": {"city": name}} for name in ("Tokyo", "Kyoto")], "Both are sunny."
    )
    bound = model.bind_tools([get_weather], tool_choice="any")
    history: list[Any] = [HumanMessage("Sun in Tokyo and Kyoto?")]
    message: Any = bound.invoke(history) if how == "invoke" else whole(list(bound.stream(history)))
    assert [(call["name"], call["args"]) for call in message.tool_calls] == [
        ("get_weather", {"city": "Tokyo"}),
        ("get_weather", {"city": "Kyoto"}),
    ]
    told = [ToolMessage(get_weather(**call["args"]), tool_call_id=call["id"]) for call in message.tool_calls]
    assert model.invoke([*history, message, *told]).text == "Both are sunny."
    asked, then = list(emulator.requests)[-2:]
    assert asked.body["tool_choice"] == "required"
    assert [each["role"] for each in then.body["messages"]] == ["user", "assistant", "tool", "tool"]
    assert then.body["messages"][-1]["content"] == "sunny in Kyoto"


def test_a_tool_is_forced_by_its_name(model: ChatAurous, emulator: Emulator) -> None:
    (call,) = model.bind_tools([get_weather], tool_choice="get_weather").invoke("Sun?").tool_calls
    assert call["name"] == "get_weather"


def test_a_half_is_not_taken_for_the_whole(model: ChatAurous, emulator: Emulator) -> None:
    emulator.answers(ANSWER, streaming=Streaming(end="closed", end_after=3))
    with pytest.raises(StreamInterruptedError) as caught:
        list(model.stream("Capital of Japan?"))
    assert caught.value.recover(timeout=HANGS).is_cancelled


class City(BaseModel):
    """A city."""

    name: str


def test_structured_output_is_a_tool_that_has_to_be_called(model: ChatAurous, emulator: Emulator) -> None:
    emulator.answers([{"name": "City", "arguments": {"name": "Tokyo"}}])
    assert model.with_structured_output(City).invoke("Capital of Japan?") == City(name="Tokyo")
    assert emulator.requests[0].body["tool_choice"] == "required"


def test_a_stream_that_is_left_ends_with_its_bill(model: ChatAurous, emulator: Emulator) -> None:
    emulator.answers(ANSWER, streaming=Streaming(end="stall", end_after=2))
    chunks: Any = model.stream("Capital of Japan?")
    id = next(chunks).id
    chunks.close()
    record = model.client.chat.completions.wait(id, timeout=HANGS, poll_interval=0.01)
    assert record.is_cancelled


@pytest.mark.parametrize("how", ["stream", "astream"])
def test_a_stream_that_is_cancelled_elsewhere_tells_what_it_cost(
    model: ChatAurous, emulator: Emulator, how: str
) -> None:
    def cancel(chunk: AIMessageChunk) -> AIMessageChunk:
        if chunk.text:
            model.client.chat.completions.cancel(chunk.id or "")
        return chunk

    async def astream(model: ChatAurous) -> AIMessage:
        return whole([cancel(chunk) async for chunk in model.astream("Capital of Japan?")])

    emulator.answers(ANSWER, streaming=Streaming(end="stall", end_after=2))
    if how == "stream":
        message: AIMessage = whole(list(map(cancel, model.stream("Capital of Japan?"))))
    else:
        message = on_loop(model, astream)
    record = model.client.chat.completions.retrieve(message.id or "")
    assert (message.text, message.response_metadata["receipt"]) == (record.text, record.receipt.as_dict())


def test_an_error_is_that_of_the_sdk(model: ChatAurous, emulator: Emulator) -> None:
    emulator.set_credits("0")
    with pytest.raises(InsufficientCreditsError):
        model.invoke("Capital of Japan?")
