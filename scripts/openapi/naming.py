"""The conventions by which an operation of the contract becomes a method: names, pages, media types.

The lint holds the contract to them, and the generation builds on them.
"""

import copy
import re
from keyword import iskeyword
from typing import Any, Final

from openapi_python_client import strings

from openapi.contract import Contract, Place, mapping, sequence, text
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


# What gets an underscore behind it, besides keywords. The generator reserves every builtin; but a field `type` or
# `object` hides nothing that anybody needs. The names that stand in annotations are another matter.
strings.RESERVED_WORDS = {"self", "datetime", "bool", "bytes", "dict", "float", "int", "list", "str"}

_WORD: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
"""What a part of a tag and a method look like."""


def is_name(word: str) -> bool:
    """Whether a word can be a method, or a part of a tag."""
    return bool(_WORD.fullmatch(word)) and not iskeyword(word)


def tag_of(operation: Place) -> str:
    """The place of an operation in the client, as a dotted path; empty where it has none."""
    tag = text(next(iter(sequence(operation.value.get("tags"))), ""))
    return tag if all(map(is_name, tag.split("."))) else ""


def resource_paths(contract: Contract) -> dict[str, Place]:
    """Every place in the client, with the first operation that is there or below it."""
    found: dict[str, Place] = {}
    for _, _, operation in contract.operations():
        words = tag_of(operation).split(".")
        for length in range(1, len(words) + 1):
            found.setdefault(".".join(words[:length]), operation)
    found.pop("", None)
    return found


def method_of(operation_id: str, tag: str) -> str:
    """The method that an operation becomes: what its id adds to its tag. Empty where it adds nothing."""
    prefix = f"{tag.replace('.', '_')}_"
    return operation_id.removeprefix(prefix) if operation_id.startswith(prefix) else ""


def class_name(path: str) -> str:
    """The class of a resource: that of `chat.completions` is `ChatCompletionsResource`."""
    return "".join(word.capitalize() for word in path.replace(".", "_").split("_")) + "Resource"


def essence(media_type: str) -> str:
    """A media type without its parameters, in lower case: media types are the same in any case."""
    return media_type.partition(";")[0].strip().lower()


def is_id(name: str) -> bool:
    """Whether a parameter or a field is an id, by its name."""
    return name == "id" or name.endswith("_id")


def is_json(media_type: str) -> bool:
    """Whether a media type is JSON."""
    kind = essence(media_type)
    return kind == "application/json" or kind.endswith("+json")


def success_responses(contract: Contract, operation: Place) -> dict[str, dict[str, Json]]:
    """The documented responses of success (2xx), by status."""
    responses = mapping(operation.value.get("responses"))
    return {status: contract.follow(value) for status, value in responses.items() if status.startswith("2")}


def parseable(contract: Contract) -> dict[str, Any]:
    """The contract as the generator's parser needs it: media types in one form, and in responses JSON alone."""
    data: Any = copy.deepcopy(contract.data)
    for place in Contract(contract.path, data).places:
        content = mapping(place.value.get("content"))
        if place.kind not in ("response", "request body") or not content:
            continue
        kept = {essence(name): media for name, media in reversed(content.items())}
        place.value["content"] = {
            name: media for name, media in reversed(kept.items()) if place.kind != "response" or is_json(name)
        }
    return data  # type: ignore[no-any-return]
