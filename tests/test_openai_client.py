"""The official OpenAI client, unchanged, against the emulator: the vendor says that it works against the API."""

import json
from collections.abc import Iterator

import openai
import pytest
from openai import OpenAI
from openai.types.chat import ChatCompletionToolParam
from openai.types.chat.chat_completion_message_function_tool_call_param import Function
from pydantic import BaseModel

from aurous.emulator import Emulator, Refusal, Reply, Streaming

MODEL = "aurous-grow-2.0-pro"
TOOLS: list[ChatCompletionToolParam] = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
        },
    }
]


@pytest.fixture
def emulator(aurous_emulator: Emulator) -> Emulator:
    return aurous_emulator


@pytest.fixture
def client(emulator: Emulator) -> Iterator[OpenAI]:
    with OpenAI(api_key=emulator.api_key, base_url=f"{emulator.base_url}/v1", max_retries=0) as client:
        yield client


def test_creates_and_retrieves(client: OpenAI) -> None:
    completion = client.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": "Capital of Japan?"}]
    )
    assert completion.choices[0].message.content == "You asked: Capital of Japan?"
    assert completion.choices[0].finish_reason == "stop"
    assert completion.usage is not None
    assert completion.usage.total_tokens == completion.usage.prompt_tokens + completion.usage.completion_tokens
    assert client.chat.completions.retrieve(completion.id).choices == completion.choices


def test_streams(client: OpenAI, emulator: Emulator) -> None:
    emulator.answers("Tokyo, of course.", streaming=Streaming(chunk_size=7))
    stream = client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "Hi."}], stream=True)
    chunks = list(stream)
    assert [chunk.choices[0].delta.content for chunk in chunks] == ["", "Tokyo, ", "of cour", "se.", None]
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert chunks[-1].usage is not None
    assert client.chat.completions.retrieve(chunks[0].id).choices[0].message.content == "Tokyo, of course."


def test_puts_a_stream_together_again(client: OpenAI, emulator: Emulator) -> None:
    call = {"name": "get_weather", "arguments": {"city": "Tokyo"}}
    emulator.answers(Reply("One moment.", [call]))
    with client.chat.completions.stream(
        model=MODEL, messages=[{"role": "user", "content": "The weather in Tokyo?"}], tools=TOOLS
    ) as stream:
        completion = stream.get_final_completion()
    message = completion.choices[0].message
    assert (message.content, completion.choices[0].finish_reason) == ("One moment.", "tool_calls")
    assert message.tool_calls is not None
    assert json.loads(message.tool_calls[0].function.arguments) == {"city": "Tokyo"}


def test_calls_tools(client: OpenAI) -> None:
    asked = client.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": "The weather?"}], tools=TOOLS, tool_choice="required"
    )
    message = asked.choices[0].message
    assert message.tool_calls is not None
    (call,) = message.tool_calls
    assert call.type == "function"
    assert (call.function.name, json.loads(call.function.arguments)) == ("get_weather", {"city": "text"})
    said: Function = {"name": call.function.name, "arguments": call.function.arguments}
    told = client.chat.completions.create(
        model=MODEL,
        messages=[
            {"role": "user", "content": "The weather?"},
            {
                "role": "assistant",
                "tool_calls": [{"id": call.id, "type": "function", "function": said}],
            },
            {"role": "tool", "tool_call_id": call.id, "content": "clear"},
        ],
        tools=TOOLS,
    )
    assert told.choices[0].message.content == "The tool said: clear"


def test_reads_structured_output(client: OpenAI) -> None:
    class City(BaseModel):
        name: str
        inhabitants: int | None
        districts: list[str]

    completion = client.chat.completions.parse(
        model=MODEL, messages=[{"role": "user", "content": "A city, please."}], response_format=City
    )
    assert completion.choices[0].message.parsed == City(name="text", inhabitants=0, districts=[])


def test_lists_models(client: OpenAI) -> None:
    assert [model.id for model in client.models.list()] == [MODEL, "aurous-embed-vision-1.0"]


def test_embeds(client: OpenAI) -> None:
    embedding = client.embeddings.create(model="aurous-embed-vision-1.0", input="A lighthouse")
    assert len(embedding.data[0].embedding) == 1024
    assert embedding.usage.prompt_tokens == 3


def test_tells_errors_apart(client: OpenAI, emulator: Emulator) -> None:
    def create(model: str = MODEL) -> None:
        client.chat.completions.create(model=model, messages=[{"role": "user", "content": "Hi."}])

    with pytest.raises(openai.BadRequestError) as wrong_kind:
        create("aurous-embed-vision-1.0")
    assert (wrong_kind.value.code, wrong_kind.value.param) == ("model_wrong_kind", "model")
    emulator.answers(Refusal(status=429), Refusal(code="chat_provider_unavailable"))
    with pytest.raises(openai.RateLimitError):
        create()
    with pytest.raises(openai.InternalServerError):
        create()
