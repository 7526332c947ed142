from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from attrs import define as _define
from attrs import field as _field

from .. import kinds as _k
from ..model import Model as _Model
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from .chat_message import ChatMessage
    from .reasoning_effort import ReasoningEffort
    from .response_format import ResponseFormat
    from .response_format_json_object import ResponseFormatJSONObject
    from .response_format_json_schema import ResponseFormatJSONSchema
    from .tool_choice_function import ToolChoiceFunction
    from .tool_choice_mode import ToolChoiceMode
    from .tool_definition import ToolDefinition
    from .video_part import VideoPart
    from .video_pricing import VideoPricing
    from .video_pricing_resolution_factor import VideoPricingResolutionFactor
    from .video_url import VideoURL
    from .webhook_endpoint import WebhookEndpoint
    from .webhook_endpoint_object import WebhookEndpointObject
    from .webhook_event_type import WebhookEventType


# Not attrs' own getstate and setstate: they would leave out what the base holds beside the fields.
@_define(kw_only=True, repr=False, getstate_setstate=False)
class ChatCompletionsCreateBody(_Model):
    """What a chat completion is made from."""

    model: str
    """The model that is to answer. `GET /v1/models` lists them."""
    messages: list[ChatMessage]
    """The conversation, the oldest message first."""
    max_tokens: int | Unset = UNSET
    """Most tokens of the answer. The cap of a model stands in its `aurous_metadata`."""
    temperature: float | Unset = UNSET
    """How much chance there is in the answer."""
    top_p: float | Unset = UNSET
    """From how much of the probability the next token is drawn."""
    stream: bool | Unset = UNSET
    """Whether the answer comes as it is written, as server-sent events. Off unless asked for. An `Idempotency-Key` is then
    ignored.
    """
    stream_options: Any | Unset = UNSET
    """Options of a stream. None is documented."""
    tools: list[ToolDefinition] | Unset = UNSET
    """The functions that the model may ask to be called."""
    tool_choice: ToolChoiceMode | ToolChoiceFunction | Unset = UNSET
    """Whether the model may, must or must not call a tool. With tools, it may unless told otherwise."""
    response_format: ResponseFormatJSONSchema | ResponseFormatJSONObject | ResponseFormat | Unset = UNSET
    """The form of the answer, where it is to be JSON."""
    reasoning_effort: ReasoningEffort | Unset = UNSET
    """How much the model thinks before it answers. Models that do not reason ignore it."""
    vision_quality: str | Unset = UNSET
    """How closely images are looked at, for example `xhigh`."""
    seed: int | Unset = UNSET
    """Where chance starts from."""
    stop: str | list[str] | Unset = UNSET
    """A text, or some, at which the answer ends."""
    presence_penalty: float | Unset = UNSET
    """How much tokens are avoided that have come already."""
    frequency_penalty: float | Unset = UNSET
    """How much tokens are avoided by how often they have come."""
    logprobs: bool | Unset = UNSET
    """Whether the probabilities of the tokens are to come along."""
    top_logprobs: int | Unset = UNSET
    """Of how many tokens for each place."""
    additional_properties: dict[str, Any] = _field(init=False, factory=dict)
    """What came and has no typed place: fields that the contract does not know, and values of another type."""

    _fields: ClassVar[tuple[_k.Field, ...]] = (
        _k.Field("model", "model", _k.STRING, required=True),
        _k.Field("messages", "messages", _k.ArrayOf(_k.ModelOf("ChatMessage")), required=True),
        _k.Field("max_tokens", "max_tokens", _k.INTEGER),
        _k.Field("temperature", "temperature", _k.NUMBER),
        _k.Field("top_p", "top_p", _k.NUMBER),
        _k.Field("stream", "stream", _k.BOOLEAN),
        _k.Field("stream_options", "stream_options", _k.ANY),
        _k.Field("tools", "tools", _k.ArrayOf(_k.ModelOf("ToolDefinition"))),
        _k.Field(
            "tool_choice",
            "tool_choice",
            _k.UnionOf(_k.Enumeration("ToolChoiceMode", listed=False), _k.ModelOf("ToolChoiceFunction")),
        ),
        _k.Field(
            "response_format",
            "response_format",
            _k.UnionOf(
                _k.ModelOf("ResponseFormatJSONSchema"),
                _k.ModelOf("ResponseFormatJSONObject"),
                _k.ModelOf("ResponseFormat"),
            ),
        ),
        _k.Field("reasoning_effort", "reasoning_effort", _k.Enumeration("ReasoningEffort", listed=False)),
        _k.Field("vision_quality", "vision_quality", _k.STRING),
        _k.Field("seed", "seed", _k.INTEGER),
        _k.Field("stop", "stop", _k.UnionOf(_k.STRING, _k.ArrayOf(_k.STRING))),
        _k.Field("presence_penalty", "presence_penalty", _k.NUMBER),
        _k.Field("frequency_penalty", "frequency_penalty", _k.NUMBER),
        _k.Field("logprobs", "logprobs", _k.BOOLEAN),
        _k.Field("top_logprobs", "top_logprobs", _k.INTEGER),
    )
