"""A model for pydantic-ai: `Agent(AurousModel("aurous-grow-2.0-pro", client))`."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pydantic_ai import RunContext
from pydantic_ai.exceptions import ModelAPIError, ModelHTTPError, UserError
from pydantic_ai.messages import (
    FinishReason,
    ImageUrl,
    ModelMessage,
    ModelRequest,
    ModelRequestPart,
    ModelResponse,
    ModelResponsePart,
    ModelResponseStreamEvent,
    SystemPromptPart,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
    UserContent,
    UserPromptPart,
)
from pydantic_ai.models import Model, ModelRequestParameters, StreamedResponse
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import RequestUsage

from aurous import (
    APIStatusError,
    AsyncAurous,
    AsyncChatStream,
    AurousError,
    ChatCompletion,
    StreamInterruptedError,
    TextDelta,
    ToolCallDelta,
)

_SETTINGS = {
    "max_tokens": "max_tokens",
    "temperature": "temperature",
    "top_p": "top_p",
    "seed": "seed",
    "stop_sequences": "stop",
    "timeout": "timeout",
}
"""The settings that are sent, and what the API calls them."""

_FINISH_REASONS: dict[str, FinishReason] = {"stop": "stop", "length": "length", "tool_calls": "tool_call"}


class AurousModel(Model[AsyncAurous]):
    """Completions of the Aurous Labs API. What one cost is in `response.provider_details["receipt"]`."""

    def __init__(self, model_name: str, client: AsyncAurous, *, settings: ModelSettings | None = None) -> None:
        """Take a client of yours, which you close."""
        super().__init__(settings=settings)
        self._model_name = model_name
        self._client = client

    @property
    def model_name(self) -> str:
        """Name of the model."""
        return self._model_name

    @property
    def system(self) -> str:
        """Who provides it."""
        return "aurous"

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        """Create a completion."""
        settings, parameters = self.prepare_request(model_settings, model_request_parameters)
        with _errors_of(self._model_name):
            completion = await self._client.chat.completions.create(
                model=self._model_name, messages=_conversation(messages, parameters), **_options(settings, parameters)
            )
        return _response(completion)

    @asynccontextmanager
    async def request_stream(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
        run_context: RunContext[Any] | None = None,
    ) -> AsyncGenerator[StreamedResponse]:
        """Create a completion, and read it while it is written."""
        settings, parameters = self.prepare_request(model_settings, model_request_parameters)
        with _errors_of(self._model_name):
            stream = self._client.chat.completions.stream(
                model=self._model_name, messages=_conversation(messages, parameters), **_options(settings, parameters)
            )
            async with stream:
                yield AurousStreamedResponse(parameters, stream, self._model_name)


@dataclass
class AurousStreamedResponse(StreamedResponse):
    """A response that comes in pieces."""

    stream: AsyncChatStream
    requested: str
    began: datetime = field(default_factory=lambda: datetime.now(UTC))

    async def _get_event_iterator(self) -> AsyncIterator[ModelResponseStreamEvent]:
        begun: set[int] = set()
        with _errors_of(self.requested):
            async for event in self.stream:
                self.provider_response_id = self.stream.id
                if isinstance(event, TextDelta):
                    for each in self._parts_manager.handle_text_delta(vendor_part_id="text", content=event.text):
                        yield each
                elif isinstance(event, ToolCallDelta):
                    name = None if event.index in begun else event.name
                    begun.add(event.index)
                    for each in self._parts_manager.handle_tool_call_delta_events(
                        vendor_part_id=event.index, tool_name=name, args=event.arguments, tool_call_id=event.id
                    ):
                        yield each
            completion = await self.stream.get_final_completion()
            if completion.is_cancelled:  # the end of its stream does not tell what it cost; its record does
                completion = await self.stream.cancel()
            self._take(completion)

    async def close_stream(self) -> None:
        """Cancel the completion. Its record tells what was written until then, and what that cost."""
        with suppress(StreamInterruptedError):
            self._take(await self.stream.cancel())

    def get_stream_cancel_errors(self) -> tuple[type[BaseException], ...]:
        """What reading raises where the stream was closed meanwhile."""
        return (AurousError,)

    def _take(self, completion: ChatCompletion) -> None:
        response = _response(completion)
        self._usage = response.usage
        self.provider_details, self.finish_reason = response.provider_details, response.finish_reason

    @property
    def model_name(self) -> str:
        """Name of the model."""
        return self.requested

    @property
    def provider_name(self) -> str:
        """Who provides it."""
        return "aurous"

    @property
    def provider_url(self) -> None:
        """Not told: the client knows it."""
        return

    @property
    def timestamp(self) -> datetime:
        """When it began."""
        return self.began


@contextmanager
def _errors_of(model: str) -> Iterator[None]:
    """Errors as those of pydantic-ai, so that a `FallbackModel` sees them; the cause has all that the SDK knows."""
    try:
        yield
    except APIStatusError as error:
        raise ModelHTTPError(error.status_code or 0, model, error.as_dict()) from error
    except AurousError as error:
        raise ModelAPIError(model, error.message) from error


def _options(settings: ModelSettings | None, parameters: ModelRequestParameters) -> dict[str, Any]:
    options: dict[str, Any] = {_SETTINGS[name]: value for name, value in (settings or {}).items() if name in _SETTINGS}
    tools = [
        {
            "type": "function",
            "function": {
                "name": tool.name,
                "description": tool.description or "",
                "parameters": tool.parameters_json_schema,
            },
        }
        for tool in parameters.declared_tool_defs.values()
    ]
    if tools:
        options |= {"tools": tools, "tool_choice": "auto" if parameters.allow_text_output else "required"}
    return options


def _conversation(messages: Sequence[ModelMessage], parameters: ModelRequestParameters) -> list[dict[str, Any]]:
    conversation = [{"role": "system", "content": part.content} for part in parameters.instruction_parts or ()]
    for message in messages:
        if isinstance(message, ModelRequest):
            conversation += map(_message, message.parts)
        else:
            conversation.append(_answer(message))
    return conversation


def _message(part: ModelRequestPart) -> dict[str, Any]:
    match part:
        case SystemPromptPart():
            return {"role": "system", "content": part.content}
        case UserPromptPart(content=str()):
            return {"role": "user", "content": part.content}
        case UserPromptPart():
            return {"role": "user", "content": [_content(each) for each in part.content]}
        case ToolReturnPart():
            return {"role": "tool", "tool_call_id": part.tool_call_id, "content": part.model_response_str()}
        case _:
            raise UserError(f"{type(part).__name__} cannot be sent")


def _content(content: UserContent) -> dict[str, Any]:
    match content:
        case str():
            return {"type": "text", "text": content}
        case ImageUrl():
            return {"type": "image_url", "image_url": {"url": content.url}}
        case _:
            raise UserError(f"{type(content).__name__} cannot be sent")


def _answer(response: ModelResponse) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": response.text}
    if response.tool_calls:
        message["tool_calls"] = [
            {
                "id": call.tool_call_id,
                "type": "function",
                "function": {"name": call.tool_name, "arguments": call.args_as_json_str()},
            }
            for call in response.tool_calls
        ]
    return message


def _response(completion: ChatCompletion) -> ModelResponse:
    parts: list[ModelResponsePart] = [TextPart(completion.text)] if completion.text else []
    parts += [ToolCallPart(call.name, call.arguments, tool_call_id=call.id) for call in completion.tool_calls]
    usage, reason = completion.usage, completion.choices[0].finish_reason
    reasoning = _count(usage.reasoning_tokens)
    return ModelResponse(
        parts,
        usage=RequestUsage(
            input_tokens=_count(usage.prompt_tokens),
            output_tokens=_count(usage.completion_tokens) + reasoning,
            details={"reasoning_tokens": reasoning},
        ),
        model_name=completion.model,
        provider_name="aurous",
        provider_response_id=completion.id,
        provider_details={"receipt": completion.receipt.as_dict()},
        finish_reason=_FINISH_REASONS.get(str(reason)),
    )


def _count(tokens: object) -> int:
    return int(tokens) if isinstance(tokens, (int, float)) else 0
