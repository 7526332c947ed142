"""The conventions by which an operation of the contract becomes a method: names, pages, media types.

The lint holds the contract to them, and the generation builds on them.
"""

import copy
from typing import Any, Final

from openapi.contract import Contract, Place, mapping
from openapi.document import Json

API_VERSION_HEADER: Final = "aurous-version"
IDEMPOTENCY_HEADER: Final = "idempotency-key"

CALL_OPTIONS: Final = ("api_version", "timeout", "max_retries", "extra_headers", "extra_query", "extra_body")
"""The options of every call; a parameter of the contract by such a name gets an underscore."""

CURSORS: Final = {
    "page_token": ("next_page_token", "next_page"),
    "cursor": ("next_cursor", "next"),
    "starting_after": ("next_cursor", "last_id"),
    "after": ("next_cursor", "last_id"),
}
"""Query parameters that ask for the next page, and the fields of a page that hold what to put there."""


def method_of(operation_id: str, tag: str) -> str:
    """The method that an operation becomes: what its id adds to its tag. Empty where it adds nothing."""
    prefix = f"{tag.replace('.', '_')}_"
    return operation_id.removeprefix(prefix) if operation_id.startswith(prefix) else ""


def class_name(path: str) -> str:
    """The class of a resource: that of `chat.completions` is `ChatCompletionsResource`."""
    return "".join(word.capitalize() for word in path.replace(".", "_").split("_")) + "Resource"


def is_json(media_type: str) -> bool:
    """Whether a media type is JSON."""
    kind = media_type.partition(";")[0].strip().lower()
    return kind == "application/json" or kind.endswith("+json")


def success_responses(contract: Contract, operation: Place) -> dict[str, dict[str, Json]]:
    """The documented responses of success (2xx), by status."""
    responses = mapping(operation.value.get("responses"))
    return {status: contract.follow(value) for status, value in responses.items() if status.startswith("2")}


def parseable(contract: Contract) -> dict[str, Any]:
    """The contract without what the generator's parser stumbles over and does not need: content that is no JSON."""
    data: Any = copy.deepcopy(contract.data)
    for place in Contract(contract.path, data).of_kind("response"):
        content = mapping(place.value.get("content"))
        for media_type in [name for name in content if not is_json(name)]:
            del content[media_type]
    return data  # type: ignore[no-any-return]
