"""All the data models used in inputs and outputs; each is imported when it is first asked for."""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .chat_completion import ChatCompletion
    from .chat_completion_choice import ChatCompletionChoice
    from .chat_completion_message import ChatCompletionMessage
    from .chat_completion_object import ChatCompletionObject
    from .completion_error import CompletionError
    from .completion_status import CompletionStatus
    from .credit_breakdown import CreditBreakdown
    from .error_body import ErrorBody
    from .error_code import ErrorCode
    from .error_envelope import ErrorEnvelope
    from .error_type import ErrorType
    from .finish_reason import FinishReason
    from .function_call import FunctionCall
    from .token_breakdown import TokenBreakdown
    from .token_breakdown_input import TokenBreakdownInput
    from .token_breakdown_output import TokenBreakdownOutput
    from .tool_call import ToolCall
    from .usage import Usage

__all__ = (
    "ChatCompletion",
    "ChatCompletionChoice",
    "ChatCompletionMessage",
    "ChatCompletionObject",
    "CompletionError",
    "CompletionStatus",
    "CreditBreakdown",
    "ErrorBody",
    "ErrorCode",
    "ErrorEnvelope",
    "ErrorType",
    "FinishReason",
    "FunctionCall",
    "TokenBreakdown",
    "TokenBreakdownInput",
    "TokenBreakdownOutput",
    "ToolCall",
    "Usage",
)

_MODULES = {
    "ChatCompletion": ".chat_completion",
    "ChatCompletionChoice": ".chat_completion_choice",
    "ChatCompletionMessage": ".chat_completion_message",
    "ChatCompletionObject": ".chat_completion_object",
    "CompletionError": ".completion_error",
    "CompletionStatus": ".completion_status",
    "CreditBreakdown": ".credit_breakdown",
    "ErrorBody": ".error_body",
    "ErrorCode": ".error_code",
    "ErrorEnvelope": ".error_envelope",
    "ErrorType": ".error_type",
    "FinishReason": ".finish_reason",
    "FunctionCall": ".function_call",
    "TokenBreakdown": ".token_breakdown",
    "TokenBreakdownInput": ".token_breakdown_input",
    "TokenBreakdownOutput": ".token_breakdown_output",
    "ToolCall": ".tool_call",
    "Usage": ".usage",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    model: object = getattr(_import_module(_MODULES[name], __name__), name)
    globals()[name] = model
    return model


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
