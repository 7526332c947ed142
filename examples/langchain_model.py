"""A chat model for LangChain: `ChatAurous().invoke("Capital of Japan?")`."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, convert_to_openai_messages
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import ConfigDict, Field

from aurous import AsyncAurous, Aurous, ChatCompletion, StreamEvent, TextDelta, ToolCallDelta


class ChatAurous(BaseChatModel):
    """Completions of the Aurous Labs API. What a completion cost is in `response_metadata["receipt"]`."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    model: str = "aurous-grow-2.0-pro"
    client: Aurous = Field(default_factory=Aurous, exclude=True, repr=False)
    async_client: AsyncAurous = Field(default_factory=AsyncAurous, exclude=True, repr=False)

    @property
    def _llm_type(self) -> str:
        return "aurous"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return _result(self.client.chat.completions.create(**self._arguments(messages, stop, kwargs)))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return _result(await self.async_client.chat.completions.create(**self._arguments(messages, stop, kwargs)))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        begun: set[int] = set()
        with self.client.chat.completions.stream(**self._arguments(messages, stop, kwargs)) as stream:
            for event in stream:
                for chunk in _chunks(event, stream.id, begun):
                    if run_manager:
                        run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                    yield chunk
            completion = stream.get_final_completion()
            yield _last_chunk(stream.cancel() if completion.is_cancelled else completion)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        begun: set[int] = set()
        async with self.async_client.chat.completions.stream(**self._arguments(messages, stop, kwargs)) as stream:
            async for event in stream:
                for chunk in _chunks(event, stream.id, begun):
                    if run_manager:
                        await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                    yield chunk
            completion = await stream.get_final_completion()
            yield _last_chunk(await stream.cancel() if completion.is_cancelled else completion)

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Let the model ask for these tools; `tool_choice` is `auto`, `none`, `any`, or the name of one."""
        choice: Any = {"any": "required"}.get(tool_choice or "", tool_choice)
        if choice not in (None, "auto", "none", "required"):
            choice = {"type": "function", "function": {"name": choice}}
        return self.bind(tools=[convert_to_openai_tool(tool) for tool in tools], tool_choice=choice, **kwargs)

    def _arguments(self, messages: list[BaseMessage], stop: list[str] | None, given: dict[str, Any]) -> dict[str, Any]:
        return {"model": self.model, "messages": convert_to_openai_messages(messages), "stop": stop, **given}


def _result(completion: ChatCompletion) -> ChatResult:
    calls = [
        {"name": call.name, "args": call.arguments, "id": call.id, "type": "tool_call"}
        for call in completion.tool_calls
    ]
    message = AIMessage(content=completion.text or "", tool_calls=calls, **_told_of(completion))
    return ChatResult(generations=[ChatGeneration(message=message)])


def _chunks(event: StreamEvent, id: str | None, begun: set[int]) -> Iterator[ChatGenerationChunk]:
    """What an event adds to the message; `begun` are the tool calls whose name it has."""
    if isinstance(event, TextDelta):
        yield ChatGenerationChunk(message=AIMessageChunk(content=event.text, id=id))
    elif isinstance(event, ToolCallDelta):
        is_first = event.index not in begun
        begun.add(event.index)
        piece = tool_call_chunk(
            name=event.name if is_first else None,
            args=event.arguments,
            id=event.id if is_first else None,
            index=event.index,
        )
        yield ChatGenerationChunk(message=AIMessageChunk(content="", id=id, tool_call_chunks=[piece]))


def _last_chunk(completion: ChatCompletion) -> ChatGenerationChunk:
    """The end. That of a cancelled stream does not tell what it cost; its record does, which `cancel` returns."""
    return ChatGenerationChunk(message=AIMessageChunk(content="", chunk_position="last", **_told_of(completion)))


def _told_of(completion: ChatCompletion) -> dict[str, Any]:
    """What is known of a completion beside its message."""
    usage = completion.usage
    reasoning = _count(usage.reasoning_tokens)
    metadata = UsageMetadata(
        input_tokens=_count(usage.prompt_tokens),
        output_tokens=_count(usage.completion_tokens) + reasoning,
        total_tokens=_count(usage.total_tokens),
        output_token_details={"reasoning": reasoning},
    )
    told = {
        "model_provider": "aurous",
        "model_name": completion.model,
        "finish_reason": completion.choices[0].finish_reason,
        "receipt": completion.receipt.as_dict(),
    }
    return {"id": completion.id, "usage_metadata": metadata, "response_metadata": told}


def _count(tokens: object) -> int:
    return int(tokens) if isinstance(tokens, (int, float)) else 0
