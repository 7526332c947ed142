"""The official OpenAI client, unchanged, against the emulator: the vendor says that it works with the API."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai.types.chat import (
    ChatCompletionMessageFunctionToolCall,
    ChatCompletionMessageParam,
    ChatCompletionToolParam,
)
from pydantic import BaseModel

from aurous.emulator import Emulator, Refusal, Streaming

pytest_plugins = ["aurous.emulator.fixtures"]

MODEL = "aurous-grow-2.0-pro"
QUESTION: list[ChatCompletionMessageParam] = [{"role": "user", "content": "Capital of Japan?"}]
WEATHER: ChatCompletionToolParam = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
CALL = {"name": "get_weather", "arguments": {"city": "Tokyo"}}


@pytest.fixture(scope="module")
def client(aurous_emulator_server: Emulator) -> Iterator[openai.OpenAI]:
    base_url = f"{aurous_emulator_server.base_url}/v1"
    with openai.OpenAI(api_key=aurous_emulator_server.api_key, base_url=base_url, max_retries=0) as client:
        yield client


@pytest.fixture(autouse=True)
def _first_state(aurous_emulator: Emulator) -> None:
    """Each test has the emulator in its first state."""


def test_creates(client: openai.OpenAI) -> None:
    completion = client.chat.completions.create(model=MODEL, messages=QUESTION)
    (choice,) = completion.choices
    assert (choice.message.content, choice.finish_reason) == ("You asked: Capital of Japan?", "stop")
    assert completion.usage is not None
    assert completion.usage.total_tokens == completion.usage.prompt_tokens + completion.usage.completion_tokens


def test_creates_asynchronously(aurous_emulator: Emulator) -> None:
    async def main() -> str | None:
        base_url = f"{aurous_emulator.base_url}/v1"
        async with openai.AsyncOpenAI(api_key=aurous_emulator.api_key, base_url=base_url) as client:
            return (await client.chat.completions.create(model=MODEL, messages=QUESTION)).choices[0].message.content

    assert asyncio.run(main()) == "You asked: Capital of Japan?"


def test_parses(client: openai.OpenAI) -> None:
    class City(BaseModel):
        name: str
        population: int

    asked: dict[str, Any] = {"model": MODEL, "messages": QUESTION, "response_format": City}
    city = client.chat.completions.parse(**asked).choices[0].message.parsed
    assert isinstance(city, City)


def test_streams(client: openai.OpenAI) -> None:
    with client.chat.completions.create(model=MODEL, messages=QUESTION, stream=True) as stream:
        chunks = list(stream)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "You asked: Capital of Japan?"
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert chunks[-1].usage is not None


def test_streams_by_its_helper(client: openai.OpenAI, aurous_emulator: Emulator) -> None:
    aurous_emulator.answers([CALL], streaming=Streaming(chunk_size=3))
    with client.chat.completions.stream(model=MODEL, messages=QUESTION, tools=[WEATHER]) as stream:
        (call,) = stream.get_final_completion().choices[0].message.tool_calls or []
    assert (call.function.name, json.loads(call.function.arguments)) == ("get_weather", {"city": "Tokyo"})


def test_calls_tools(client: openai.OpenAI, aurous_emulator: Emulator) -> None:
    aurous_emulator.answers([CALL])
    first = client.chat.completions.create(model=MODEL, messages=QUESTION, tools=[WEATHER]).choices[0]
    assert first.finish_reason == "tool_calls"
    (call,) = first.message.tool_calls or []
    assert isinstance(call, ChatCompletionMessageFunctionToolCall)
    assert (call.function.name, json.loads(call.function.arguments)) == ("get_weather", {"city": "Tokyo"})
    told: Any = [*QUESTION, first.message, {"role": "tool", "tool_call_id": call.id, "content": "21 degrees"}]
    second = client.chat.completions.create(model=MODEL, messages=told, tools=[WEATHER]).choices[0]
    assert second.message.content == "The tool said: 21 degrees"


def test_lists_models(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == [MODEL, "aurous-embed-vision-1.0"]


def test_embeds(client: openai.OpenAI) -> None:
    embedding = client.embeddings.create(model="aurous-embed-vision-1.0", input="A lighthouse")
    assert len(embedding.data[0].embedding) == 1024
    assert embedding.usage.prompt_tokens == 3


@pytest.mark.parametrize(
    ("code", "kind", "status"),
    [
        ("balance_too_low", openai.APIStatusError, 402),
        ("too_many_requests", openai.RateLimitError, 429),
        ("chat_provider_unavailable", openai.InternalServerError, 502),
    ],
)
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_is_told_errors(
    client: openai.OpenAI,
    aurous_emulator: Emulator,
    code: str,
    kind: type[openai.APIStatusError],
    status: int,
    stream: bool,
) -> None:
    aurous_emulator.answers(Refusal(code=code))
    with pytest.raises(kind) as caught:
        client.chat.completions.create(model=MODEL, messages=QUESTION, stream=stream)
    assert (caught.value.status_code, caught.value.code) == (status, code)


def test_is_told_what_is_wrong_with_its_request(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model="gpt-4o", messages=QUESTION)
    assert (caught.value.code, caught.value.param) == ("invalid_format", "model")
