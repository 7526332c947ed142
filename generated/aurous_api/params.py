"""Plain dicts that may be passed in place of models: a `TypedDict` for each model that a request may hold."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Required, TypedDict

from .models.chat_message import ChatMessage
from .models.embedding_encoding_format import EmbeddingEncodingFormat
from .models.image_detail import ImageDetail
from .models.message_role import MessageRole
from .models.reasoning_effort import ReasoningEffort
from .models.response_format import ResponseFormat
from .models.response_format_json_object import ResponseFormatJSONObject
from .models.response_format_json_schema import ResponseFormatJSONSchema
from .models.tool_call import ToolCall
from .models.tool_choice_function import ToolChoiceFunction
from .models.tool_choice_mode import ToolChoiceMode
from .models.tool_definition import ToolDefinition


class ChatCompletionsCreateBodyParam(TypedDict, total=False):
    """What a chat completion is made from."""

    model: Required["str"]
    messages: Required["Sequence[ChatMessage | ChatMessageParam | Mapping[str, Any]]"]
    max_tokens: "int"
    temperature: "float"
    top_p: "float"
    stream: "bool"
    stream_options: "Any"
    tools: "Sequence[ToolDefinition | ToolDefinitionParam | Mapping[str, Any]]"
    tool_choice: "ToolChoiceMode | Literal['auto', 'none', 'required'] | ToolChoiceFunction | ToolChoiceFunctionParam | Mapping[str, Any] | str"
    response_format: "ResponseFormatJSONSchema | ResponseFormatJSONSchemaParam | Mapping[str, Any] | ResponseFormatJSONObject | ResponseFormatJSONObjectParam | ResponseFormat | ResponseFormatParam"
    reasoning_effort: "ReasoningEffort | Literal['high', 'low', 'medium', 'minimal'] | str"
    vision_quality: "str"
    seed: "int"
    stop: "str | Sequence[str]"
    presence_penalty: "float"
    frequency_penalty: "float"
    logprobs: "bool"
    top_logprobs: "int"


class ChatMessageParam(TypedDict, total=False):
    """One message of a conversation."""

    role: Required["MessageRole | Literal['assistant', 'system', 'tool', 'user']"]
    content: "str | Sequence[Mapping[str, Any]] | None"
    name: "str"
    tool_call_id: "str"
    tool_calls: "Sequence[ToolCall | ToolCallParam | Mapping[str, Any]]"


class EmbeddingImageParam(TypedDict, total=False):
    """Where an image is."""

    url: Required["str"]


class EmbeddingImagePartParam(TypedDict, total=False):
    """An image within an input."""

    type: Required["Literal['image_url']"]
    image_url: Required["Mapping[str, Any]"]


class EmbeddingTextPartParam(TypedDict, total=False):
    """A text within an input."""

    type: Required["Literal['text']"]
    text: Required["str"]


class EmbeddingsCreateBodyParam(TypedDict, total=False):
    """What an embedding is made from."""

    model: Required["str"]
    input: Required["str | Sequence[Mapping[str, Any]]"]
    dimensions: "int"
    encoding_format: "EmbeddingEncodingFormat | Literal['base64', 'float']"
    user: "str"


class EmbeddingsEstimateBodyParam(TypedDict, total=False):
    """What the cost of an embedding is estimated from."""

    model: Required["str"]
    input: Required["str | Sequence[Mapping[str, Any]]"]
    dimensions: "int"


class FunctionCallParam(TypedDict, total=False):
    """A function and what to call it with."""

    name: Required["str"]
    arguments: Required["str"]


class FunctionDefinitionParam(TypedDict, total=False):
    """A function that the model may ask to be called."""

    name: Required["str"]
    description: "str"
    parameters: "Any"


class FunctionNameParam(TypedDict, total=False):
    """A function, by its name."""

    name: Required["str"]


class ImagePartParam(TypedDict, total=False):
    """An image, as a part of a message."""

    type: Required["Literal['image_url']"]
    image_url: Required["Mapping[str, Any]"]


class ImageURLParam(TypedDict, total=False):
    """Where an image is, or the image itself."""

    url: Required["str"]
    detail: "ImageDetail | Literal['auto', 'high', 'low'] | str"


class NamedJSONSchemaParam(TypedDict, total=False):
    """A JSON Schema with a name."""

    name: Required["str"]
    schema: Required["Any"]
    strict: "bool"


class ResponseFormatParam(TypedDict, total=False):
    """Another form of the answer. The documentation shows none."""

    type: Required["str"]


class ResponseFormatJSONObjectParam(TypedDict, total=False):
    """The answer is to be a JSON object."""

    type: Required["Literal['json_object']"]


class ResponseFormatJSONSchemaParam(TypedDict, total=False):
    """The answer is to be JSON that keeps to a schema."""

    type: Required["Literal['json_schema']"]
    json_schema: Required["Mapping[str, Any]"]


class TextPartParam(TypedDict, total=False):
    """A text, as a part of a message."""

    type: Required["Literal['text']"]
    text: Required["str"]


class ToolCallParam(TypedDict, total=False):
    """One tool that the model wants called."""

    id: Required["str"]
    function: Required["Mapping[str, Any]"]
    type: "str"


class ToolChoiceFunctionParam(TypedDict, total=False):
    """The one function that the model must call."""

    type: Required["Literal['function']"]
    function: Required["Mapping[str, Any]"]


class ToolDefinitionParam(TypedDict, total=False):
    """A tool that the model may ask to be called."""

    type: Required["Literal['function']"]
    function: Required["Mapping[str, Any]"]


class VideoPartParam(TypedDict, total=False):
    """A video, as a part of a message. Whether chat takes any is contradictory."""

    type: Required["Literal['video_url']"]
    video_url: Required["Mapping[str, Any]"]


class VideoURLParam(TypedDict, total=False):
    """Where a video is."""

    url: Required["str"]


class ChatCompletionsCreateParams(TypedDict, total=False):
    """The optional fields of the body of `chat.completions.create`, for methods that pass them on."""

    max_tokens: int | None
    """Most tokens of the answer. The cap of a model stands in its `aurous_metadata`."""
    temperature: float | None
    """How much chance there is in the answer."""
    top_p: float | None
    """From how much of the probability the next token is drawn."""
    stream_options: Any
    """Options of a stream. None is documented."""
    tool_choice: (
        ToolChoiceMode
        | Literal["auto", "none", "required"]
        | ToolChoiceFunction
        | ToolChoiceFunctionParam
        | Mapping[str, Any]
        | str
        | None
    )
    """Whether the model may, must or must not call a tool. With tools, it may unless told otherwise."""
    response_format: (
        ResponseFormatJSONSchema
        | ResponseFormatJSONSchemaParam
        | Mapping[str, Any]
        | ResponseFormatJSONObject
        | ResponseFormatJSONObjectParam
        | ResponseFormat
        | ResponseFormatParam
        | None
    )
    """The form of the answer, where it is to be JSON."""
    reasoning_effort: ReasoningEffort | Literal["high", "low", "medium", "minimal"] | str | None
    """How much the model thinks before it answers. Models that do not reason ignore it."""
    vision_quality: str | None
    """How closely images are looked at, for example `xhigh`."""
    seed: int | None
    """Where chance starts from."""
    stop: str | Sequence[str] | None
    """A text, or some, at which the answer ends."""
    presence_penalty: float | None
    """How much tokens are avoided that have come already."""
    frequency_penalty: float | None
    """How much tokens are avoided by how often they have come."""
    logprobs: bool | None
    """Whether the probabilities of the tokens are to come along."""
    top_logprobs: int | None
    """Of how many tokens for each place."""


class EmbeddingsCreateParams(TypedDict, total=False):
    """The optional fields of the body of `embeddings.create`, for methods that pass them on."""

    dimensions: int | None
    """How many numbers the vector should have. One that the model does not list is refused (400,
    `embeddings_unsupported_dimensions`); one that it lists is not applied so far, and the vector keeps the native
    length of the model.
    """
    encoding_format: EmbeddingEncodingFormat | Literal["base64", "float"] | None
    """How the vector is written. `base64` is taken, and numbers are returned all the same."""
    user: str | None
    """Whom the request is for. The documentation does not say what it does with it."""


class EmbeddingsEstimateParams(TypedDict, total=False):
    """The optional fields of the body of `embeddings.estimate`, for methods that pass them on."""

    dimensions: int | None
    """How many numbers the vector would have. Checked as it is for creating an embedding."""


__all__: tuple[str, ...] = (
    "ChatCompletionsCreateBodyParam",
    "ChatMessageParam",
    "EmbeddingImageParam",
    "EmbeddingImagePartParam",
    "EmbeddingTextPartParam",
    "EmbeddingsCreateBodyParam",
    "EmbeddingsEstimateBodyParam",
    "FunctionCallParam",
    "FunctionDefinitionParam",
    "FunctionNameParam",
    "ImagePartParam",
    "ImageURLParam",
    "NamedJSONSchemaParam",
    "ResponseFormatParam",
    "ResponseFormatJSONObjectParam",
    "ResponseFormatJSONSchemaParam",
    "TextPartParam",
    "ToolCallParam",
    "ToolChoiceFunctionParam",
    "ToolDefinitionParam",
    "VideoPartParam",
    "VideoURLParam",
    "ChatCompletionsCreateParams",
    "EmbeddingsCreateParams",
    "EmbeddingsEstimateParams",
)
