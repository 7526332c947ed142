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
    from .chat_completion_message import ChatCompletionMessage
    from .chat_completion_object import ChatCompletionObject
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
    from .generation import Generation
    from .generation_cost import GenerationCost
    from .generation_cost_breakdown import GenerationCostBreakdown
    from .generation_list import GenerationList
    from .generation_lora import GenerationLora
    from .generation_object import GenerationObject
    from .generation_status import GenerationStatus
    from .image_pricing import ImagePricing
    from .list_object import ListObject
    from .lora import Lora
    from .media_type import MediaType
    from .metadata import Metadata
    from .model_capability import ModelCapability
    from .model_info import ModelInfo
    from .model_info_object import ModelInfoObject
    from .model_kind import ModelKind
    from .model_list import ModelList
    from .model_metadata import ModelMetadata
    from .pricing import Pricing
    from .pricing_object import PricingObject
    from .rate import Rate
    from .stored_file import StoredFile
    from .stored_file_object import StoredFileObject
    from .team import Team
    from .token_breakdown import TokenBreakdown
    from .token_breakdown_input import TokenBreakdownInput
    from .token_breakdown_output import TokenBreakdownOutput
    from .tool_call import ToolCall
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
    from .video_pricing import VideoPricing
    from .video_pricing_resolution_factor import VideoPricingResolutionFactor
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
    "ChatCompletionMessage",
    "ChatCompletionObject",
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
    "Generation",
    "GenerationCost",
    "GenerationCostBreakdown",
    "GenerationList",
    "GenerationLora",
    "GenerationObject",
    "GenerationStatus",
    "ImagePricing",
    "ListObject",
    "Lora",
    "MediaType",
    "Metadata",
    "ModelCapability",
    "ModelInfo",
    "ModelInfoObject",
    "ModelKind",
    "ModelList",
    "ModelMetadata",
    "Pricing",
    "PricingObject",
    "Rate",
    "StoredFile",
    "StoredFileObject",
    "Team",
    "TokenBreakdown",
    "TokenBreakdownInput",
    "TokenBreakdownOutput",
    "ToolCall",
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
    "VideoPricing",
    "VideoPricingResolutionFactor",
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
    "ChatCompletionMessage": ".chat_completion_message",
    "ChatCompletionObject": ".chat_completion_object",
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
    "Generation": ".generation",
    "GenerationCost": ".generation_cost",
    "GenerationCostBreakdown": ".generation_cost_breakdown",
    "GenerationList": ".generation_list",
    "GenerationLora": ".generation_lora",
    "GenerationObject": ".generation_object",
    "GenerationStatus": ".generation_status",
    "ImagePricing": ".image_pricing",
    "ListObject": ".list_object",
    "Lora": ".lora",
    "MediaType": ".media_type",
    "Metadata": ".metadata",
    "ModelCapability": ".model_capability",
    "ModelInfo": ".model_info",
    "ModelInfoObject": ".model_info_object",
    "ModelKind": ".model_kind",
    "ModelList": ".model_list",
    "ModelMetadata": ".model_metadata",
    "Pricing": ".pricing",
    "PricingObject": ".pricing_object",
    "Rate": ".rate",
    "StoredFile": ".stored_file",
    "StoredFileObject": ".stored_file_object",
    "Team": ".team",
    "TokenBreakdown": ".token_breakdown",
    "TokenBreakdownInput": ".token_breakdown_input",
    "TokenBreakdownOutput": ".token_breakdown_output",
    "ToolCall": ".tool_call",
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
    "VideoPricing": ".video_pricing",
    "VideoPricingResolutionFactor": ".video_pricing_resolution_factor",
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
