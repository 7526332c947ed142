"""Creating chat completions: what is sent, how long it may take, and how an answer is collected that was lost."""

import json
from typing import Any

import httpx
import pytest

from aurous import (
    APIConnectionError,
    APITimeoutError,
    ChatCompletion,
    ChatMessage,
    ConfigurationError,
    ConflictError,
    MessageRole,
    Timeout,
)
from scripted import ID, Caller, MakesCaller, Reply, caught, completion, error, ok

MODEL = "aurous-grow-2.0-pro"
IN_USE = error(409, "idempotency_key_in_use", type="invalid_request")


def create(caller: Caller, messages: Any = "Capital of Japan?", **given: Any) -> ChatCompletion:
    result: ChatCompletion = caller.run(
        lambda client: client.chat.completions.create(**{"model": MODEL, "messages": messages, **given})
    )
    return result


def sent(caller: Caller, number: int = -1) -> Any:
    return json.loads(caller.requests[number].content)


# --- What is sent ---


def test_a_text_is_what_the_user_says(call: MakesCaller) -> None:
    caller = call(ok())
    assert create(caller, max_tokens=64, temperature=None).text == "The capital of Japan is Tokyo."
    assert sent(caller) == {
        "model": MODEL,
        "messages": [{"role": "user", "content": "Capital of Japan?"}],
        "max_tokens": 64,
    }


def test_a_conversation_goes_on_from_completions_models_and_dicts(call: MakesCaller) -> None:
    caller = call(ok("tool_calls"), ok())
    asked = create(caller, [{"role": "user", "content": "What is the weather in Tokyo?"}])
    history = [
        {"role": "system", "content": "You answer briefly."},
        ChatMessage(role=MessageRole.USER, content="What is the weather in Tokyo?"),
        asked,
        {"role": "tool", "tool_call_id": asked.tool_calls[0].id, "content": "clear"},
    ]
    create(caller, history)
    assert sent(caller)["messages"] == [
        {"role": "system", "content": "You answer briefly."},
        {"role": "user", "content": "What is the weather in Tokyo?"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {
                    "id": "call_01HXM...",
                    "type": "function",
                    "function": {"name": "get_weather", "arguments": '{"city":"Tokyo"}'},
                }
            ],
        },
        {"role": "tool", "tool_call_id": "call_01HXM...", "content": "clear"},
    ]


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        pytest.param([{"role": "developer", "content": "x"}], ("messages[0]", "'developer'", "assistant"), id="role"),
        pytest.param([{"content": "x"}], ("messages[0]", "no role"), id="no role"),
        pytest.param(["x"], ("messages[0]", "'x'", '"role": "user"'), id="text in a list"),
        pytest.param({"role": "user", "content": "x"}, ("messages", "a list of messages"), id="one message"),
        pytest.param(None, ("messages", "None"), id="nothing"),
        pytest.param([], ("messages is empty", '"role": "user"'), id="empty"),
        pytest.param(
            [{"role": "user", "content": [{"type": "input_audio"}]}],
            ("messages[0].content[0].type", "'input_audio'", "'text' or 'image_url' or 'video_url'"),
            id="part",
        ),
        pytest.param(
            [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "a.png"}}]}],
            ("messages[0].content[0].image_url.url", "'a.png'", "data:image/"),
            id="image",
        ),
        pytest.param([ChatCompletion], ("messages[0]", "ChatCompletion"), id="a class"),
        pytest.param(
            [ChatCompletion.from_dict(completion()).choices[0].message], ("the completion itself",), id="its message"
        ),
        pytest.param([{"role": "user", "content": 5}], ("messages[0].content",), id="content"),
        pytest.param(
            [ChatCompletion.from_dict(completion(choices=[]))], ("no message to go on from",), id="empty completion"
        ),
    ],
)
def test_what_is_no_conversation_is_refused_before_sending(
    call: MakesCaller, messages: object, words: tuple[str, ...]
) -> None:
    caller = call(ok())
    failure = caught(create, caller, messages)
    assert all(word in failure.message for word in words), failure.message
    assert not caller.requests


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"stream": True}, ("stream()",)),
        ({"max_token": 5}, ("max_token", "did you mean max_tokens?")),
        ({"flavour": 5}, ("flavour", "extra_body=")),
        ({"max_tokens": "5"}, ("max_tokens", "'5'")),
        ({"tools": print}, ("tools", "tools=[...]")),
        ({"tools": [print]}, ("tools[0] is a function", "tool()", "run()")),
        ({"response_format": dict}, ("a type", "parse()")),
    ],
)
def test_what_is_no_parameter_is_refused(call: MakesCaller, given: Any, words: tuple[str, ...]) -> None:
    caller = call(ok())
    failure = caught(create, caller, **given)
    assert type(failure) is ConfigurationError
    assert all(word in failure.message for word in words), failure.message
    assert not caller.requests


# --- How long it may take ---


class Limits:
    """A transport's view of the limits of a call."""

    def __init__(self) -> None:
        self.seen: list[dict[str, float]] = []

    def __call__(self, request: httpx.Request) -> Reply:
        self.seen.append(request.extensions["timeout"])
        return ok()


@pytest.mark.parametrize(
    ("of_client", "of_call", "read"),
    [
        (None, None, 600),
        (120, None, 120),
        (60, None, 60),
        (Timeout(), None, 60),
        (None, 90, 90),
        (120, Timeout(total=300, read=10), 10),
    ],
)
def test_a_model_may_think_for_as_long_as_the_call_may_take(
    call: MakesCaller, of_client: float | Timeout | None, of_call: float | Timeout | None, read: float
) -> None:
    limits = Limits()
    create(call(limits, timeout=of_client), timeout=of_call)
    assert limits.seen[0]["read"] == read
    assert limits.seen[0]["connect"] == 5


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("max_turns", "run() takes max_rounds"),
        ("store", "every completion is stored"),
        ("max_completion_tokens", "pass max_tokens"),
        ("max_token", "did you mean max_tokens?"),
    ],
)
def test_a_parameter_that_is_none_is_told_what_is_meant(call: MakesCaller, name: str, words: str) -> None:
    caller = call(ok())
    assert words in caught(create, caller, **{name: 1}).message
    assert not caller.requests


# --- Answers that were lost ---


def test_a_retry_is_the_same_request_and_the_stored_answer_is_told(call: MakesCaller) -> None:
    caller = call(httpx.ReadError("reset"), ok(headers={"Aurous-Idempotent-Replayed": "true"}))
    found = create(caller)
    first, second = (request.headers["idempotency-key"] for request in caller.requests)
    assert first == second == found.meta.idempotency_key
    assert found.meta.idempotent_replay


@pytest.mark.parametrize("key", ["ok key", "\xe9", "", "a" * 257, 7])
def test_a_key_that_cannot_be_sent_is_refused_by_its_name(call: MakesCaller, key: Any) -> None:
    caller = call()
    failure = caught(create, caller, idempotency_key=key)
    assert (type(failure), failure.param) == (ConfigurationError, "idempotency_key")
    assert failure.message.startswith(f"idempotency_key {key if isinstance(key, int) else repr(key)[:56]}")
    assert failure.message.count("'") in (0, 2), "what is cut short has its closing quote"
    assert not caller.requests


def test_a_request_that_is_under_way_is_waited_for(call: MakesCaller) -> None:
    caller = call(httpx.ReadError("reset"), *[IN_USE] * 8, ok(), max_retries=1)
    assert create(caller).id == ID
    waits = caller.clock.slept[1:]
    assert waits == [0.375, 0.75, 1.5, 3.0, 6.0, 6.0, 6.0, 6.0]


def test_a_timed_out_answer_is_collected_with_the_key_of_its_error(call: MakesCaller) -> None:
    caller = call(httpx.ReadTimeout("silence"), *[IN_USE] * 4, ok(), max_retries=0)
    failure = caught(create, caller)
    assert type(failure) is APITimeoutError
    assert create(caller, idempotency_key=failure.idempotency_key).id == ID
    assert len({request.headers["idempotency-key"] for request in caller.requests}) == 1


def test_it_is_waited_for_within_the_deadline_only(call: MakesCaller) -> None:
    caller = call(httpx.ReadError("reset"), IN_USE)
    failure = caught(create, caller, timeout=20)
    assert type(failure) is ConflictError
    assert "still running" in failure.message
    assert failure.idempotency_key == caller.requests[0].headers["idempotency-key"]
    assert sum(caller.clock.slept) < 20


def test_a_key_that_something_else_uses_is_told_soon(call: MakesCaller) -> None:
    caller = call(IN_USE, ok())
    failure = caught(create, caller, idempotency_key="key-of-mine", max_retries=0)
    assert type(failure) is ConflictError
    assert len(caller.requests) == 1


def test_a_connection_that_was_never_made_leaves_nothing_under_way(call: MakesCaller) -> None:
    caller = call(httpx.ConnectError("refused"), IN_USE, max_retries=0)
    failure = caught(create, caller)
    assert type(failure) is APIConnectionError
    assert type(caught(create, caller, idempotency_key=failure.idempotency_key)) is ConflictError
    assert len(caller.requests) == 2


def test_a_key_is_held_to_its_body_until_it_is_answered(call: MakesCaller) -> None:
    caller = call(httpx.ReadTimeout("silence"), ok(), IN_USE, max_retries=0)
    key = caught(create, caller).idempotency_key
    refused = caught(create, caller, "Another?", idempotency_key=key)
    assert type(refused) is ConfigurationError
    assert "another body" in refused.message
    assert len(caller.requests) == 1

    assert create(caller, idempotency_key=key).id == ID
    in_use = caught(create, caller, "Another?", idempotency_key=key)
    assert type(in_use) is ConflictError
    assert "take another key" in in_use.message
    assert (len(caller.requests), caller.clock.slept) == (3, [])


def test_the_order_of_names_makes_no_other_body(call: MakesCaller) -> None:
    caller = call(httpx.ReadTimeout("silence"), ok(), max_retries=0)
    key = caught(create, caller, [{"role": "user", "content": "Hi"}]).idempotency_key
    assert create(caller, [{"content": "Hi", "role": "user"}], idempotency_key=key).id == ID


@pytest.mark.parametrize("lost", [httpx.ReadTimeout("silence"), httpx.ReadError("reset")])
def test_an_answer_that_may_have_been_made_is_said_to_be(call: MakesCaller, lost: Exception) -> None:
    failure = caught(create, call(lost, max_retries=0))
    assert "may have been carried out and billed" in failure.message
    assert "idempotency_key=error.idempotency_key" in failure.message
    nothing = caught(create, call(httpx.ConnectError("refused"), max_retries=0))
    assert "billed" not in nothing.message
