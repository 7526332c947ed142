"""The names of what OpenTelemetry gets, all in one place: the conventions for generative AI are in development.

Sources, as of November 2026: docs/gen-ai in github.com/open-telemetry/semantic-conventions-genai (spans, metrics, the
schemas of messages), and the stable conventions for HTTP clients and errors. What they have no word for begins with
`aurous.`.
"""

from typing import Final

# --- Operations ---

OPERATIONS: Final = {"chat.completions.create": "chat", "embeddings.create": "embeddings"}
"""Which calls let a model work, and what the conventions call that."""
EXECUTE_TOOL: Final = "execute_tool"

# --- Attributes of all spans ---

OPERATION: Final = "gen_ai.operation.name"
PROVIDER: Final = "gen_ai.provider.name"
CALL: Final = "aurous.operation"
ERROR_TYPE: Final = "error.type"
SERVER_ADDRESS: Final = "server.address"
SERVER_PORT: Final = "server.port"

# --- The request of a model ---

REQUEST_MODEL: Final = "gen_ai.request.model"
REQUEST: Final = {
    "model": REQUEST_MODEL,
    "max_tokens": "gen_ai.request.max_tokens",
    "temperature": "gen_ai.request.temperature",
    "top_p": "gen_ai.request.top_p",
    "frequency_penalty": "gen_ai.request.frequency_penalty",
    "presence_penalty": "gen_ai.request.presence_penalty",
    "seed": "gen_ai.request.seed",
    "stream": "gen_ai.request.stream",
    "dimensions": "gen_ai.embeddings.dimension.count",
}
"""Attributes that are fields of the body."""
REQUEST_STOP: Final = "gen_ai.request.stop_sequences"
REQUEST_ENCODING: Final = "gen_ai.request.encoding_formats"
OUTPUT_TYPE: Final = "gen_ai.output.type"
OUTPUT_TYPES: Final = {"text": "text", "json_object": "json", "json_schema": "json"}
"""What kind of output each `response_format` asks for."""
INPUT_MESSAGES: Final = "gen_ai.input.messages"

# --- Its response ---

RESPONSE_ID: Final = "gen_ai.response.id"
RESPONSE_MODEL: Final = "gen_ai.response.model"
FINISH_REASONS: Final = "gen_ai.response.finish_reasons"
TIME_TO_FIRST_CHUNK: Final = "gen_ai.response.time_to_first_chunk"
TIME_TO_FIRST_DELTA: Final = "aurous.response.time_to_first_delta"
LONGEST_GAP: Final = "aurous.response.longest_gap"
STATUS: Final = "aurous.completion.status"
INPUT_TOKENS: Final = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS: Final = "gen_ai.usage.output_tokens"
REASONING_TOKENS: Final = "gen_ai.usage.reasoning.output_tokens"
CREDITS: Final = "aurous.credits"
OUTPUT_MESSAGES: Final = "gen_ai.output.messages"

# --- Tools ---

TOOL_NAME: Final = "gen_ai.tool.name"
TOOL_TYPE: Final = "gen_ai.tool.type"
TOOL_DESCRIPTION: Final = "gen_ai.tool.description"
TOOL_CALL_ID: Final = "gen_ai.tool.call.id"
TOOL_ARGUMENTS: Final = "gen_ai.tool.call.arguments"
TOOL_RESULT: Final = "gen_ai.tool.call.result"

# --- Attempts ---

HTTP_METHOD: Final = "http.request.method"
HTTP_RESEND_COUNT: Final = "http.request.resend_count"
HTTP_STATUS: Final = "http.response.status_code"
URL: Final = "url.full"
REQUEST_ID: Final = "aurous.request_id"

# --- Metrics ---

METRIC_ATTEMPT: Final = "http.client.request.duration"
METRIC_DURATION: Final = "gen_ai.client.operation.duration"
METRIC_FIRST_CHUNK: Final = "gen_ai.client.operation.time_to_first_chunk"
METRIC_TOKENS: Final = "gen_ai.client.token.usage"
METRIC_CREDITS: Final = "aurous.client.credits"
TOKEN_TYPE: Final = "gen_ai.token.type"  # noqa: S105  # tokens of a model

OF_ATTEMPTS: Final = (HTTP_METHOD, SERVER_ADDRESS, SERVER_PORT, HTTP_STATUS, ERROR_TYPE)
"""The attributes of the span of an attempt that its metric has as well."""
OF_METRICS: Final = (OPERATION, PROVIDER, REQUEST_MODEL, RESPONSE_MODEL, SERVER_ADDRESS, SERVER_PORT)
"""The attributes of a span that its metrics have as well: those of few values."""
SECONDS_OF_ATTEMPT: Final = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
SECONDS: Final = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]
SECONDS_TO_FIRST_CHUNK: Final = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
TOKENS: Final = [4.0**power for power in range(14)]
