"""All the data models used in inputs and outputs; each is imported when it is first asked for."""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .balance import Balance
    from .billing_mode import BillingMode
    from .character import Character
    from .character_attributes import CharacterAttributes
    from .character_list import CharacterList
    from .character_object import CharacterObject
    from .character_pose import CharacterPose
    from .character_reference import CharacterReference
    from .character_status import CharacterStatus
    from .chat_completion import ChatCompletion
    from .chat_completion_choice import ChatCompletionChoice
    from .chat_completion_chunk import ChatCompletionChunk
    from .chat_completion_chunk_choice import ChatCompletionChunkChoice
    from .chat_completion_chunk_object import ChatCompletionChunkObject
    from .chat_completion_delta import ChatCompletionDelta
    from .chat_completion_message import ChatCompletionMessage
    from .chat_completion_object import ChatCompletionObject
    from .chat_completions_create_body import ChatCompletionsCreateBody
    from .chat_message import ChatMessage
    from .chat_pricing import ChatPricing
    from .completion_error import CompletionError
    from .completion_status import CompletionStatus
    from .credit_breakdown import CreditBreakdown
    from .currency import Currency
    from .embedding import Embedding
    from .embedding_breakdown import EmbeddingBreakdown
    from .embedding_credits import EmbeddingCredits
    from .embedding_encoding_format import EmbeddingEncodingFormat
    from .embedding_estimate import EmbeddingEstimate
    from .embedding_image import EmbeddingImage
    from .embedding_image_part import EmbeddingImagePart
    from .embedding_list import EmbeddingList
    from .embedding_object import EmbeddingObject
    from .embedding_pricing import EmbeddingPricing
    from .embedding_text_part import EmbeddingTextPart
    from .embedding_tokens import EmbeddingTokens
    from .embedding_usage import EmbeddingUsage
    from .embeddings_create_body import EmbeddingsCreateBody
    from .embeddings_estimate_body import EmbeddingsEstimateBody
    from .error_body import ErrorBody
    from .error_code import ErrorCode
    from .error_envelope import ErrorEnvelope
    from .error_type import ErrorType
    from .file_mime_type import FileMimeType
    from .file_purpose import FilePurpose
    from .finish_reason import FinishReason
    from .function_call import FunctionCall
    from .function_definition import FunctionDefinition
    from .function_name import FunctionName
    from .generation import Generation
    from .generation_cost import GenerationCost
    from .generation_cost_breakdown import GenerationCostBreakdown
    from .generation_list import GenerationList
    from .generation_lora import GenerationLora
    from .generation_object import GenerationObject
    from .generation_status import GenerationStatus
    from .image_detail import ImageDetail
    from .image_part import ImagePart
    from .image_pricing import ImagePricing
    from .image_url import ImageURL
    from .list_object import ListObject
    from .lora import Lora
    from .media_type import MediaType
    from .message_role import MessageRole
    from .metadata import Metadata
    from .model_capability import ModelCapability
    from .model_info import ModelInfo
    from .model_info_object import ModelInfoObject
    from .model_kind import ModelKind
    from .model_list import ModelList
    from .model_metadata import ModelMetadata
    from .named_json_schema import NamedJSONSchema
    from .pricing import Pricing
    from .pricing_object import PricingObject
    from .rate import Rate
    from .reasoning_effort import ReasoningEffort
    from .response_format import ResponseFormat
    from .response_format_json_object import ResponseFormatJSONObject
    from .response_format_json_schema import ResponseFormatJSONSchema
    from .stored_file import StoredFile
    from .stored_file_object import StoredFileObject
    from .team import Team
    from .text_part import TextPart
    from .token_breakdown import TokenBreakdown
    from .token_breakdown_input import TokenBreakdownInput
    from .token_breakdown_output import TokenBreakdownOutput
    from .tool_call import ToolCall
    from .tool_choice_function import ToolChoiceFunction
    from .tool_choice_mode import ToolChoiceMode
    from .tool_definition import ToolDefinition
    from .usage import Usage
    from .usage_bucket import UsageBucket
    from .usage_bucket_list import UsageBucketList
    from .usage_bucket_object import UsageBucketObject
    from .usage_bucket_width import UsageBucketWidth
    from .usage_dimension import UsageDimension
    from .usage_event import UsageEvent
    from .usage_event_list import UsageEventList
    from .usage_event_type import UsageEventType
    from .usage_group import UsageGroup
    from .usage_group_key import UsageGroupKey
    from .usage_ledger_event import UsageLedgerEvent
    from .usage_ledger_event_object import UsageLedgerEventObject
    from .usage_ledger_event_type import UsageLedgerEventType
    from .usage_metrics import UsageMetrics
    from .usage_status import UsageStatus
    from .usage_type import UsageType
    from .video_lora import VideoLora
    from .video_part import VideoPart
    from .video_pricing import VideoPricing
    from .video_pricing_resolution_factor import VideoPricingResolutionFactor
    from .video_url import VideoURL
    from .webhook_endpoint import WebhookEndpoint
    from .webhook_endpoint_object import WebhookEndpointObject
    from .webhook_event_type import WebhookEventType

__all__ = (
    "Balance",
    "BillingMode",
    "Character",
    "CharacterAttributes",
    "CharacterList",
    "CharacterObject",
    "CharacterPose",
    "CharacterReference",
    "CharacterStatus",
    "ChatCompletion",
    "ChatCompletionChoice",
    "ChatCompletionChunk",
    "ChatCompletionChunkChoice",
    "ChatCompletionChunkObject",
    "ChatCompletionDelta",
    "ChatCompletionMessage",
    "ChatCompletionObject",
    "ChatCompletionsCreateBody",
    "ChatMessage",
    "ChatPricing",
    "CompletionError",
    "CompletionStatus",
    "CreditBreakdown",
    "Currency",
    "Embedding",
    "EmbeddingBreakdown",
    "EmbeddingCredits",
    "EmbeddingEncodingFormat",
    "EmbeddingEstimate",
    "EmbeddingImage",
    "EmbeddingImagePart",
    "EmbeddingList",
    "EmbeddingObject",
    "EmbeddingPricing",
    "EmbeddingsCreateBody",
    "EmbeddingsEstimateBody",
    "EmbeddingTextPart",
    "EmbeddingTokens",
    "EmbeddingUsage",
    "ErrorBody",
    "ErrorCode",
    "ErrorEnvelope",
    "ErrorType",
    "FileMimeType",
    "FilePurpose",
    "FinishReason",
    "FunctionCall",
    "FunctionDefinition",
    "FunctionName",
    "Generation",
    "GenerationCost",
    "GenerationCostBreakdown",
    "GenerationList",
    "GenerationLora",
    "GenerationObject",
    "GenerationStatus",
    "ImageDetail",
    "ImagePart",
    "ImagePricing",
    "ImageURL",
    "ListObject",
    "Lora",
    "MediaType",
    "MessageRole",
    "Metadata",
    "ModelCapability",
    "ModelInfo",
    "ModelInfoObject",
    "ModelKind",
    "ModelList",
    "ModelMetadata",
    "NamedJSONSchema",
    "Pricing",
    "PricingObject",
    "Rate",
    "ReasoningEffort",
    "ResponseFormat",
    "ResponseFormatJSONObject",
    "ResponseFormatJSONSchema",
    "StoredFile",
    "StoredFileObject",
    "Team",
    "TextPart",
    "TokenBreakdown",
    "TokenBreakdownInput",
    "TokenBreakdownOutput",
    "ToolCall",
    "ToolChoiceFunction",
    "ToolChoiceMode",
    "ToolDefinition",
    "Usage",
    "UsageBucket",
    "UsageBucketList",
    "UsageBucketObject",
    "UsageBucketWidth",
    "UsageDimension",
    "UsageEvent",
    "UsageEventList",
    "UsageEventType",
    "UsageGroup",
    "UsageGroupKey",
    "UsageLedgerEvent",
    "UsageLedgerEventObject",
    "UsageLedgerEventType",
    "UsageMetrics",
    "UsageStatus",
    "UsageType",
    "VideoLora",
    "VideoPart",
    "VideoPricing",
    "VideoPricingResolutionFactor",
    "VideoURL",
    "WebhookEndpoint",
    "WebhookEndpointObject",
    "WebhookEventType",
)

_MODULES = {
    "Balance": ".balance",
    "BillingMode": ".billing_mode",
    "Character": ".character",
    "CharacterAttributes": ".character_attributes",
    "CharacterList": ".character_list",
    "CharacterObject": ".character_object",
    "CharacterPose": ".character_pose",
    "CharacterReference": ".character_reference",
    "CharacterStatus": ".character_status",
    "ChatCompletion": ".chat_completion",
    "ChatCompletionChoice": ".chat_completion_choice",
    "ChatCompletionChunk": ".chat_completion_chunk",
    "ChatCompletionChunkChoice": ".chat_completion_chunk_choice",
    "ChatCompletionChunkObject": ".chat_completion_chunk_object",
    "ChatCompletionDelta": ".chat_completion_delta",
    "ChatCompletionMessage": ".chat_completion_message",
    "ChatCompletionObject": ".chat_completion_object",
    "ChatCompletionsCreateBody": ".chat_completions_create_body",
    "ChatMessage": ".chat_message",
    "ChatPricing": ".chat_pricing",
    "CompletionError": ".completion_error",
    "CompletionStatus": ".completion_status",
    "CreditBreakdown": ".credit_breakdown",
    "Currency": ".currency",
    "Embedding": ".embedding",
    "EmbeddingBreakdown": ".embedding_breakdown",
    "EmbeddingCredits": ".embedding_credits",
    "EmbeddingEncodingFormat": ".embedding_encoding_format",
    "EmbeddingEstimate": ".embedding_estimate",
    "EmbeddingImage": ".embedding_image",
    "EmbeddingImagePart": ".embedding_image_part",
    "EmbeddingList": ".embedding_list",
    "EmbeddingObject": ".embedding_object",
    "EmbeddingPricing": ".embedding_pricing",
    "EmbeddingTextPart": ".embedding_text_part",
    "EmbeddingTokens": ".embedding_tokens",
    "EmbeddingUsage": ".embedding_usage",
    "EmbeddingsCreateBody": ".embeddings_create_body",
    "EmbeddingsEstimateBody": ".embeddings_estimate_body",
    "ErrorBody": ".error_body",
    "ErrorCode": ".error_code",
    "ErrorEnvelope": ".error_envelope",
    "ErrorType": ".error_type",
    "FileMimeType": ".file_mime_type",
    "FilePurpose": ".file_purpose",
    "FinishReason": ".finish_reason",
    "FunctionCall": ".function_call",
    "FunctionDefinition": ".function_definition",
    "FunctionName": ".function_name",
    "Generation": ".generation",
    "GenerationCost": ".generation_cost",
    "GenerationCostBreakdown": ".generation_cost_breakdown",
    "GenerationList": ".generation_list",
    "GenerationLora": ".generation_lora",
    "GenerationObject": ".generation_object",
    "GenerationStatus": ".generation_status",
    "ImageDetail": ".image_detail",
    "ImagePart": ".image_part",
    "ImagePricing": ".image_pricing",
    "ImageURL": ".image_url",
    "ListObject": ".list_object",
    "Lora": ".lora",
    "MediaType": ".media_type",
    "MessageRole": ".message_role",
    "Metadata": ".metadata",
    "ModelCapability": ".model_capability",
    "ModelInfo": ".model_info",
    "ModelInfoObject": ".model_info_object",
    "ModelKind": ".model_kind",
    "ModelList": ".model_list",
    "ModelMetadata": ".model_metadata",
    "NamedJSONSchema": ".named_json_schema",
    "Pricing": ".pricing",
    "PricingObject": ".pricing_object",
    "Rate": ".rate",
    "ReasoningEffort": ".reasoning_effort",
    "ResponseFormat": ".response_format",
    "ResponseFormatJSONObject": ".response_format_json_object",
    "ResponseFormatJSONSchema": ".response_format_json_schema",
    "StoredFile": ".stored_file",
    "StoredFileObject": ".stored_file_object",
    "Team": ".team",
    "TextPart": ".text_part",
    "TokenBreakdown": ".token_breakdown",
    "TokenBreakdownInput": ".token_breakdown_input",
    "TokenBreakdownOutput": ".token_breakdown_output",
    "ToolCall": ".tool_call",
    "ToolChoiceFunction": ".tool_choice_function",
    "ToolChoiceMode": ".tool_choice_mode",
    "ToolDefinition": ".tool_definition",
    "Usage": ".usage",
    "UsageBucket": ".usage_bucket",
    "UsageBucketList": ".usage_bucket_list",
    "UsageBucketObject": ".usage_bucket_object",
    "UsageBucketWidth": ".usage_bucket_width",
    "UsageDimension": ".usage_dimension",
    "UsageEvent": ".usage_event",
    "UsageEventList": ".usage_event_list",
    "UsageEventType": ".usage_event_type",
    "UsageGroup": ".usage_group",
    "UsageGroupKey": ".usage_group_key",
    "UsageLedgerEvent": ".usage_ledger_event",
    "UsageLedgerEventObject": ".usage_ledger_event_object",
    "UsageLedgerEventType": ".usage_ledger_event_type",
    "UsageMetrics": ".usage_metrics",
    "UsageStatus": ".usage_status",
    "UsageType": ".usage_type",
    "VideoLora": ".video_lora",
    "VideoPart": ".video_part",
    "VideoPricing": ".video_pricing",
    "VideoPricingResolutionFactor": ".video_pricing_resolution_factor",
    "VideoURL": ".video_url",
    "WebhookEndpoint": ".webhook_endpoint",
    "WebhookEndpointObject": ".webhook_endpoint_object",
    "WebhookEventType": ".webhook_event_type",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    model: object = getattr(_import_module(_MODULES[name], __name__), name)
    globals()[name] = model
    return model


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
