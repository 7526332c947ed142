"""The model of the pydantic-ai recipe, through agents."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
from pydantic_ai import Agent, ImageUrl
from pydantic_ai.exceptions import ModelAPIError, ModelHTTPError, UserError
from pydantic_ai.messages import DocumentUrl, ModelResponse
from pydantic_ai.models.fallback import FallbackModel
from pydantic_ai.models.test import TestModel

from aurous import AsyncAurous, ChatCompletion, InsufficientCreditsError, StreamInterruptedError
from aurous.emulator import Emulator, Reply, Streaming
from pydantic_ai_model import AurousModel

HANGS = 10
"""Seconds after which a test has hung."""

MODEL = "aurous-grow-2.0-pro"
ANSWER = Reply("The capital of Japan is Tokyo.", reasoning_tokens=5)


def with_model(ask: Callable[[AurousModel, AsyncAurous], Awaitable[None]]) -> None:
    """Do something with a model, and with the client that it has."""

    async def main() -> None:
        async with AsyncAurous() as client:
            await ask(AurousModel(MODEL, client), client)

    asyncio.run(main())


async def record_of(response: ModelResponse, client: AsyncAurous) -> ChatCompletion:
    """The stored completion; the response tells what it cost, and how many tokens that were."""
    assert response.provider_response_id is not None
    assert response.provider_details is not None
    record = await client.chat.completions.retrieve(response.provider_response_id)
    assert response.text == record.text
    assert response.provider_details["receipt"] == record.receipt.as_dict()
    assert response.usage.input_tokens == record.usage.prompt_tokens
    assert response.usage.input_tokens + response.usage.output_tokens == record.usage.total_tokens
    return record


def test_an_agent_is_answered(emulator: Emulator) -> None:
    async def ask(model: AurousModel, client: AsyncAurous) -> None:
        agent = Agent(model, instructions="Be brief.", model_settings={"max_tokens": 50, "stop_sequences": ["!"]})
        result = await agent.run(["Which capital is this?", ImageUrl("https://example.com/tokyo.png")])
        record = await record_of(result.response, client)
        assert (result.output, record.is_completed) == (ANSWER.text, True)
        assert result.usage.details == {"reasoning_tokens": 5}

    emulator.answers(ANSWER)
    with_model(ask)
    body = next(request.body for request in emulator.requests if request.body)
    assert (body["max_tokens"], body["stop"]) == (50, ["!"])
    assert body["messages"] == [
        {"role": "system", "content": "Be brief."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Which capital is this?"},
                {"type": "image_url", "image_url": {"url": "https://example.com/tokyo.png"}},
            ],
        },
    ]


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_a_tool_is_called(emulator: Emulator, streamed: bool) -> None:
    async def ask(model: AurousModel, client: AsyncAurous) -> None:
        agent = Agent(model)

        @agent.tool_plain
        def get_weather(city: str) -> str:
            """The weather in a city."""
            return f"sunny in {city}"

        if streamed:
            async with agent.run_stream("Sun in Tokyo and Kyoto?") as stream:
                assert await stream.get_output() == "Both are sunny."
                await record_of(stream.response, client)
        else:
            result = await agent.run("Sun in Tokyo and Kyoto?")
            assert result.output == "Both are sunny."

    emulator.answers(
        [{"name": "get_weather", "arguments": {"city": name}} for name in ("Tokyo", "Kyoto")], "Both are sunny."
    )
    with_model(ask)
    first, second = (request.body for request in emulator.requests if request.body)
    assert first["tools"][0]["function"]["parameters"]["required"] == ["city"]
    assert first["tool_choice"] == "auto"
    assert [each["role"] for each in second["messages"]] == ["user", "assistant", "tool", "tool"]
    assert [each["content"] for each in second["messages"][2:]] == ["sunny in Tokyo", "sunny in Kyoto"]


@dataclass
class City:
    """A city."""

    name: str


def test_an_output_of_a_type_is_a_tool_that_has_to_be_called(emulator: Emulator) -> None:
    async def ask(model: AurousModel, _: AsyncAurous) -> None:
        agent = Agent(model, output_type=City)
        assert (await agent.run("Capital of Japan?")).output == City("Tokyo")

    emulator.answers([{"name": "final_result", "arguments": {"name": "Tokyo"}}])
    with_model(ask)
    assert emulator.requests[0].body["tool_choice"] == "required"


def test_a_stream_comes_in_pieces_and_ends_with_what_it_cost(emulator: Emulator) -> None:
    async def ask(model: AurousModel, client: AsyncAurous) -> None:
        async with Agent(model).run_stream("Capital of Japan?") as stream:
            pieces = [piece async for piece in stream.stream_text(delta=True, debounce_by=None)]
            assert "".join(pieces) == ANSWER.text
            assert len(pieces) == 4
            record = await record_of(stream.response, client)
            assert (stream.response.state, record.is_completed) == ("complete", True)

    emulator.answers(ANSWER)
    with_model(ask)


def test_a_stream_that_is_cancelled_tells_what_it_cost(emulator: Emulator) -> None:
    async def ask(model: AurousModel, client: AsyncAurous) -> None:
        async with Agent(model).run_stream("Capital of Japan?") as stream:
            async for _ in stream.stream_text(delta=True, debounce_by=None):
                await stream.cancel()
            record = await record_of(stream.response, client)
            assert (stream.response.state, record.is_cancelled) == ("interrupted", True)

    emulator.answers(ANSWER, streaming=Streaming(end="stall", end_after=2))
    with_model(ask)


def test_a_stream_that_is_left_ends_with_its_bill(emulator: Emulator) -> None:
    async def ask(model: AurousModel, client: AsyncAurous) -> None:
        async with Agent(model).run_stream("Capital of Japan?") as stream:
            await anext(stream.stream_text(delta=True, debounce_by=None))
        id = stream.response.provider_response_id or ""
        record = await client.chat.completions.wait(id, timeout=HANGS, poll_interval=0.01)
        assert record.is_cancelled

    emulator.answers(ANSWER, streaming=Streaming(end="stall", end_after=3))
    with_model(ask)


def test_a_half_is_not_taken_for_the_whole(emulator: Emulator) -> None:
    async def ask(model: AurousModel, _: AsyncAurous) -> None:
        with pytest.raises(ModelAPIError) as caught:
            async with Agent(model).run_stream("Capital of Japan?") as stream:
                await stream.get_output()
        assert isinstance(caught.value.__cause__, StreamInterruptedError)

    emulator.answers(ANSWER, streaming=Streaming(end="closed", end_after=3))
    with_model(ask)


def test_an_error_is_one_of_pydantic_ai(emulator: Emulator) -> None:
    async def ask(model: AurousModel, _: AsyncAurous) -> None:
        with pytest.raises(ModelHTTPError) as caught:
            await Agent(model).run("Capital of Japan?")
        assert caught.value.status_code == 402
        assert isinstance(caught.value.__cause__, InsufficientCreditsError)
        other = FallbackModel(model, TestModel(custom_output_text="another model"))
        assert (await Agent(other).run("Capital of Japan?")).output == "another model"

    emulator.set_credits("0")
    with_model(ask)


def test_what_cannot_be_sent_is_refused(emulator: Emulator) -> None:
    async def ask(model: AurousModel, _: AsyncAurous) -> None:
        with pytest.raises(UserError, match="DocumentUrl"):
            await Agent(model).run(["Sum it up.", DocumentUrl("https://example.com/paper.pdf")])

    with_model(ask)
    assert not emulator.requests
