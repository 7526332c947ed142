"""What methods that create completions take besides their own parameters, for type checkers."""

from __future__ import annotations

from collections.abc import Mapping

from aurous_api.params import ChatCompletionsCreateParams


class CompletionOptions(ChatCompletionsCreateParams, total=False):
    """Fields of the body, and options of the call."""

    api_version: str | None
    """Dated version of the API to apply (`Aurous-Version`), in place of the client's."""
    max_retries: int | None
    """Most retries, in place of the client's."""
    extra_headers: Mapping[str, str] | None
    """Headers to send besides; they go before the client's."""
    extra_query: Mapping[str, object] | None
    """Query parameters that the contract does not know."""
    extra_body: Mapping[str, object] | None
    """Fields of the body that the contract does not know."""
