"""Responses that left the contract and can still be read: a completion with drift, and nothing invented."""

from collections.abc import Callable, Iterator
from typing import Any

from faults.model import UNUSABLE, Case, Completion, Kind, Outcome
from faults.responses import STRANGER, Body, as_json, changed, document, reply, without
from faults.steps import Request

_DRIFTED = Completion(drift=True)
_TEXTLESS = Completion(drift=True, text=None)
_OPEN = Completion(drift=None)


def _case(name: str, title: str, body: Body, *expect: Outcome, why: str = "") -> Case:
    return Case(f"drift_{name}", title, Kind.DRIFT, (reply(body),), expect or (_DRIFTED,), why)


_REQUIRED = ("object", "created", "model", "choices", "usage", "status")
_WITH_TEXT = "/choices"
_REQUIRED_BELOW = (
    "/choices/0/index",
    "/choices/0/message",
    "/choices/0/message/content",
    "/usage/prompt_tokens",
    "/usage/completion_tokens",
    "/usage/total_tokens",
    "/usage/credits_charged",
    "/usage/breakdown",
    "/usage/breakdown/input_credits",
    "/usage/breakdown/output_credits",
    "/usage/breakdown/model",
)
_OPTIONAL = ("/choices/0/message/role", "/choices/0/finish_reason", "/usage/breakdown/pricing_version")
_CONTENT = "/choices/0/message/content"

_NUMBERS = (
    "/created",
    "/choices/0/index",
    "/usage/prompt_tokens",
    "/usage/credits_charged",
    "/usage/breakdown/input_credits",
)
_STRINGS = (
    "/object",
    "/model",
    "/status",
    "/choices/0/message/role",
    "/choices/0/finish_reason",
    "/usage/breakdown/model",
)
_OBJECTS = ("/choices/0", "/choices/0/message", "/usage", "/usage/breakdown")


def _holds_text(pointer: str) -> bool:
    """Whether the text is lost with what *pointer* leads to."""
    return _CONTENT.startswith(pointer)


def _lost(pointer: str) -> Completion:
    return _TEXTLESS if _holds_text(pointer) else _DRIFTED


def _named(pointer: str) -> str:
    return pointer.strip("/").replace("/", "_")


def _missing() -> Iterator[Case]:
    for pointer in (*(f"/{name}" for name in _REQUIRED), *_REQUIRED_BELOW):
        yield _case(f"missing_{_named(pointer)}", f"`{pointer}` is missing.", without(pointer), _lost(pointer))
    for pointer in _OPTIONAL:
        yield _case(
            f"missing_{_named(pointer)}",
            f"`{pointer}`, which may be missing, is missing.",
            without(pointer),
            Completion(),
        )


def _null() -> Iterator[Case]:
    for pointer in (*(f"/{name}" for name in _REQUIRED), *_REQUIRED_BELOW):
        outcome = Completion(text=None) if pointer == _CONTENT else _lost(pointer)
        yield _case(f"null_{_named(pointer)}", f"`{pointer}` is null.", changed(pointer, None), outcome)
    for pointer in _OPTIONAL:
        yield _case(f"null_{_named(pointer)}", f"`{pointer}` is null.", changed(pointer, None), _DRIFTED)
    yield _case("null_error", "`/error` is null, though nothing failed.", changed("/error", None), _OPEN)


def _other_types() -> Iterator[Case]:
    """Each kind of field with a value of each other kind."""
    values: tuple[tuple[str, Any], ...] = (("string", "x"), ("number", 5), ("true", True), ("list", []), ("object", {}))
    for pointers, kind in ((_NUMBERS, "number"), (_STRINGS, "string"), (("/choices",), "list"), (_OBJECTS, "object")):
        for pointer in pointers:
            for name, value in values:
                # An empty object where an object belongs is a matter of its missing fields.
                if name != kind:
                    title = f"`{pointer}` is {_article(name)} where {_article(kind)} is documented."
                    yield _case(f"{name}_{_named(pointer)}", title, changed(pointer, value), _lost(pointer))


def _article(name: str) -> str:
    return name if name == "true" else f"an {name}" if name == "object" else f"a {name}"


_CONTENTS = (
    _case(
        "content_object", "The text is an empty object, as in the vendor's sample.", changed(_CONTENT, {}), _TEXTLESS
    ),
    *(
        _case(
            f"content_{name}",
            f"The text is {what}.",
            changed(_CONTENT, value),
            _TEXTLESS,
            UNUSABLE,
            why="What is no text may be kept as drift, or be too far from a response to be believed.",
        )
        for name, what, value in (
            ("number", "a number", 42),
            ("true", "true", True),
            ("list", "an empty list", []),
            ("parts", "a list of parts, as in requests", [{"type": "text", "text": "Hello."}]),
            ("filled_object", "an object with fields", {"text": "Hello."}),
        )
    ),
    _case("content_empty", "The text is empty.", changed(_CONTENT, ""), Completion(text="")),
)

_STATUSES = tuple(
    _case(f"status_{name}", f"The status is {what}.", changed("/status", value), _DRIFTED)
    for name, what, value in (
        ("unknown", "one that nobody has heard of", "paused"),
        ("pending", "the internal `pending`", "pending"),
        ("processing", "the internal `processing`", "processing"),
        ("cancelled_by_request", "the internal `cancelled_by_request`", "cancelled_by_request"),
        ("cancelled_client_disconnect", "the internal `cancelled_client_disconnect`", "cancelled_client_disconnect"),
        ("capitals", "`COMPLETED`, in capitals", "COMPLETED"),
        ("blank", "`completed` with a blank behind it", "completed "),
        ("empty", "empty", ""),
        ("long", "100,000 characters long", "x" * 100_000),
    )
)

_UNKNOWN = tuple(
    _case(
        f"unknown_field_{name}", f"An unknown field stands {where}.", changed(pointer, {"a": [1, None, "b"]}), _DRIFTED
    )
    for name, where, pointer in (
        ("top", "at the top", "/service_tier"),
        ("choice", "in a choice", "/choices/0/logprobs"),
        ("message", "in a message", "/choices/0/message/refusal"),
        ("usage", "in the usage", "/usage/prompt_tokens_details"),
        ("breakdown", "in the breakdown", "/usage/breakdown/cache_credits"),
    )
)

_HOSTILE_NAMES = tuple(
    _case(f"named_{name.strip('_')}", f"An unknown field is called `{name}`.", changed(f"/{name}", "x"), _DRIFTED)
    for name in (
        "__class__",
        "__init__",
        "to_dict",
        "from_dict",
        "additional_properties",
        "meta",
        "drift",
        "self",
        "text",
        "cls",
        "id_",
        "receipt",
        "keys",
        "items",
        "__dict__",
        "__slots__",
        "is_terminal",
        "raise_for_status",
    )
)


def _altered(change: Callable[[dict[str, Any]], None]) -> Callable[[Request], bytes]:
    """Return a body: the good completion as *change* leaves it."""

    def body(request: Request) -> bytes:
        doc = document(request.id)
        change(doc)
        return as_json(doc)

    return body


def _calls(*calls: Any) -> Callable[[Request], bytes]:
    return changed("/choices/0/message/tool_calls", list(calls))


def _call(**changes: Any) -> dict[str, Any]:
    function = {"name": "get_weather", "arguments": '{"city":"Tokyo"}'}
    return {"id": "call_01HXM...", "type": "function", "function": function, **changes}


_TOOLS = (
    _case("tools", "A call of a tool, as documented.", _calls(_call()), Completion()),
    _case("tools_empty", "The list of tool calls is empty.", _calls(), Completion()),
    _case("tools_null", "The list of tool calls is null.", changed("/choices/0/message/tool_calls", None), _DRIFTED),
    _case(
        "tools_object",
        "The list of tool calls is an object.",
        changed("/choices/0/message/tool_calls", {"0": 1}),
        _DRIFTED,
    ),
    _case("tools_strings", "The tool calls are strings.", _calls("get_weather"), _DRIFTED),
    _case("tools_nulls", "A tool call is null.", _calls(None, _call()), _DRIFTED),
    _case("tools_no_function", "A tool call has no function.", _calls({"id": "call_1", "type": "function"}), _DRIFTED),
    _case(
        "tools_function_string",
        "The function of a tool call is a string.",
        _calls(_call(function="get_weather")),
        _DRIFTED,
    ),
    _case(
        "tools_arguments_object",
        "The arguments of a tool call are an object.",
        _calls(_call(function={"name": "f", "arguments": {"a": 1}})),
        _DRIFTED,
    ),
    _case(
        "tools_arguments_null",
        "The arguments of a tool call are null.",
        _calls(_call(function={"name": "f", "arguments": None})),
        _DRIFTED,
    ),
    _case(
        "tools_arguments_cut",
        "The arguments of a tool call are no JSON.",
        _calls(_call(function={"name": "f", "arguments": '{"a":'})),
        Completion(),
    ),
    _case(
        "tools_arguments_deep",
        "The arguments of a tool call nest 100,000 levels deep.",
        _calls(_call(function={"name": "f", "arguments": "[" * 100_000})),
        Completion(),
    ),
    _case("tools_1000", "There are 1,000 tool calls.", _calls(*[_call()] * 1000), Completion()),
)

_NO_CHOICE: tuple[tuple[str, str, Any], ...] = (
    ("null", "null", None),
    ("list", "a list", []),
    ("string", "a string", "x"),
    ("number", "a number", 5),
    ("object", "empty", {}),
)

_CHOICES = (
    _case("choices_empty", "There are no choices.", changed("/choices", []), Completion(drift=None, text=None)),
    *(
        _case(f"choices_of_{name}", f"A choice is {what}.", changed("/choices", [value]), _TEXTLESS)
        for name, what, value in _NO_CHOICE
    ),
    _case(
        "choices_two",
        "There are two choices.",
        _altered(lambda doc: doc["choices"].append(dict(doc["choices"][0], index=1))),
        _OPEN,
    ),
    _case(
        "choices_1000",
        "There are 1,000 choices.",
        _altered(lambda doc: doc.update(choices=doc["choices"] * 1000)),
        _OPEN,
    ),
    _case(
        "choices_object",
        "The choices are an object with the one choice in it.",
        _altered(lambda doc: doc.update(choices={"0": doc["choices"][0]})),
        _TEXTLESS,
    ),
    _case(
        "finish_reason_unknown",
        "The finish reason is one that is not documented. The documentation lists none, so this is no drift.",
        changed("/choices/0/finish_reason", "length"),
        Completion(),
    ),
    _case(
        "object_other", "The object says that it is something else.", changed("/object", "text_completion"), _DRIFTED
    ),
)

_TIMES = tuple(
    _case(f"created_{name}", f"The time of creation is {what}.", changed("/created", value), outcome)
    for name, what, value, outcome in (
        ("iso", "a date in ISO 8601", "2026-05-04T10:00:00Z", _DRIFTED),
        ("digits", "a number in a string", "1731948000", _DRIFTED),
        ("fraction", "not a whole number", 1731948000.25, _OPEN),
        ("milliseconds", "in milliseconds", 1731948000000, _OPEN),
        ("zero", "0", 0, _OPEN),
        ("negative", "negative", -1, _OPEN),
        ("very_negative", "before all calendars", -(10**18), _OPEN),
        ("beyond", "beyond all calendars", 10**18, _OPEN),
        ("far_beyond", "a number of 300 digits", 10**299, _OPEN),
        ("float", "1e300", 1e300, _OPEN),
    )
)

_RECEIPTS = tuple(
    _case(f"credits_{name}", f"The charge is {what}.", changed("/usage/credits_charged", value), outcome)
    for name, what, value, outcome in (
        ("string", "a number in a string", "0.0117", _DRIFTED),
        ("negative", "negative", -0.5, _OPEN),
        ("zero", "0", 0, _OPEN),
        ("whole", "a whole number", 12, _OPEN),
        ("huge", "1e300", 1e300, _OPEN),
        ("mismatch", "not the sum of its parts", 99.5, _OPEN),
    )
)

_BREAKDOWNS = (
    _case(
        "version_fraction", "The pricing version is 7.5.", changed("/usage/breakdown/pricing_version", 7.5), _DRIFTED
    ),
    _case("version_float", "The pricing version is 7.0.", changed("/usage/breakdown/pricing_version", 7.0), _OPEN),
    _case(
        "version_string", "The pricing version is a string.", changed("/usage/breakdown/pricing_version", "7"), _DRIFTED
    ),
    _case(
        "breakdown_mixed",
        "The breakdown has credits and tokens at once.",
        _altered(
            lambda doc: doc["usage"]["breakdown"].update(
                input={"text": 1, "cached_input_tokens": 0}, output={"text": 1, "reasoning": 0}
            )
        ),
        _OPEN,
    ),
    _case(
        "breakdown_unknown",
        "The breakdown has neither documented shape.",
        changed("/usage/breakdown", {"parts": [1, 2]}),
        _DRIFTED,
    ),
    _case("tokens_negative", "A token count is negative.", changed("/usage/prompt_tokens", -12), _OPEN),
    _case("tokens_fraction", "A token count is not whole.", changed("/usage/prompt_tokens", 12.5), _OPEN),
    _case("reasoning_null", "The reasoning tokens are null.", changed("/usage/reasoning_tokens", None), _DRIFTED),
)

_ERRORS = (
    _case(
        "error_with_completed",
        "A completed completion has an error.",
        changed(
            "/error",
            {"code": "chat_provider_unavailable", "type": "server_error", "message": "Provider request failed."},
        ),
        _OPEN,
    ),
    _case("error_string", "The error of a completion is a string.", changed("/error", "failed"), _DRIFTED),
    _case("error_list", "The error of a completion is a list.", changed("/error", []), _DRIFTED),
    _case("error_empty", "The error of a completion is empty.", changed("/error", {}), _DRIFTED),
    _case(
        "error_unknown_code",
        "The error of a completion has an unknown code.",
        changed("/error", {"code": "brand_new", "type": "brand_new", "message": "x"}),
        _DRIFTED,
    ),
    _case(
        "error_code_number",
        "The code of a completion's error is a number.",
        changed("/error", {"code": 5, "type": "server_error", "message": "x"}),
        _DRIFTED,
    ),
)


def _cancel_page(request: Request) -> bytes:
    """The shape that the vendor's page on cancelling shows: dates in place of `created`."""
    doc = document(request.id)
    del doc["created"]
    return as_json(
        {**doc, "status": "cancelled", "created_at": "2026-05-04T10:00:00Z", "cancelled_at": "2026-05-04T10:00:02Z"}
    )


def _much_at_once(request: Request) -> bytes:
    return as_json(
        {
            "id": request.id,
            "status": "paused",
            "choices": None,
            "usage": [],
            "created": {},
            "model": 5,
            "error": 7,
            "extra": STRANGER,
        }
    )


_MANY = (
    _case("only_id", "Nothing is there but the id.", lambda request: as_json({"id": request.id}), _TEXTLESS),
    _case("much_at_once", "Every field but the id is of another type.", _much_at_once, _TEXTLESS),
    _case("cancel_page", "The response has the fields of the page on cancelling.", _cancel_page, _DRIFTED),
    _case(
        "1000_fields",
        "There are 1,000 unknown fields.",
        _altered(lambda doc: doc.update({f"extra_{number}": number for number in range(1000)})),
        _DRIFTED,
    ),
)

CASES = (
    *_missing(),
    *_null(),
    *_other_types(),
    *_CONTENTS,
    *_STATUSES,
    *_UNKNOWN,
    *_HOSTILE_NAMES,
    *_TOOLS,
    *_CHOICES,
    *_TIMES,
    *_RECEIPTS,
    *_BREAKDOWNS,
    *_ERRORS,
    *_MANY,
)
