"""Embeddings: vectors as lists of floats, the length that came, what it cost; and the emulator's side of it."""

import asyncio
import base64
import copy
import json
import logging
import math
import pickle
import struct
import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aurous import (
    APIResponseError,
    AsyncAurous,
    Aurous,
    BadRequestError,
    CallEndEvent,
    ConfigurationError,
    ConflictError,
    Embedding,
    EmbeddingEstimate,
    EmbeddingList,
    Receipt,
    ReceiptLine,
    UsageEvent,
)
from aurous.emulator import Emulator
from documents import json_values
from scripted import CONTRACT, MakesCaller, Reply, caught, reply, sync_caller

MODEL = "aurous-embed-vision-1.0"
CHAT_MODEL = "aurous-grow-2.0-pro"
LIGHTHOUSE: dict[str, Any] = {"type": "image_url", "image_url": {"url": "https://example.com/lighthouse.png"}}
floats32 = st.floats(width=32, allow_nan=False, allow_infinity=False)


def example(path: str, name: str) -> dict[str, Any]:
    """A named example of the response of an operation."""
    examples = CONTRACT["paths"][path]["post"]["responses"]["200"]["content"]["application/json"]["examples"]
    value: dict[str, Any] = copy.deepcopy(examples[name]["value"])
    return value


def embedded(embedding: object, **changes: Any) -> dict[str, Any]:
    """The response of the contract with another vector."""
    data = [{"object": "embedding", "index": 0, "embedding": embedding}]
    return {**example("/v1/embeddings", "text"), "data": data, **changes}


def create(caller: Any, **arguments: Any) -> EmbeddingList:
    result: EmbeddingList = caller.run(
        lambda client: client.embeddings.create(**{"model": MODEL, "input": "A lighthouse", **arguments})
    )
    return result


def packed(numbers: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()


# --- The vector ---


def test_the_vector_is_a_list_of_floats(call: MakesCaller) -> None:
    caller = call(reply(embedded([0.5, -0.25, 1])))
    result = create(caller)
    assert result.vector == result.data[0].embedding == [0.5, -0.25, 1]
    assert (result.dimensions, result.drift) == (3, ())
    assert isinstance(result.data[0], Embedding)
    sent = json.loads(caller.requests[0].content)
    assert sent == {"model": MODEL, "input": "A lighthouse"}
    assert caller.requests[0].headers["Idempotency-Key"] == result.meta.idempotency_key


def test_the_hook_at_the_end_of_a_call_is_told_what_it_cost() -> None:
    ends: list[CallEndEvent] = []
    result = create(sync_caller(reply(embedded([0.5])), on_call_end=ends.append))
    assert [(end.model, end.receipt) for end in ends] == [(MODEL, result.receipt)]


def test_the_list_that_was_read_is_not_the_one_that_is_given() -> None:
    document = embedded([0.5])
    result = EmbeddingList.from_dict(document)
    result.vector.append(1.0)
    assert document == embedded([0.5])
    assert result.to_dict() == embedded([0.5, 1.0])


@given(st.lists(floats32, min_size=1))
def test_base64_is_decoded_and_told_as_drift(numbers: list[float]) -> None:
    document = embedded(packed(numbers))
    result = EmbeddingList.from_dict(document)
    assert result.vector == numbers
    assert [(each.pointer, each.problem) for each in result.drift] == [("/data/0/embedding", "type")]
    assert result.to_dict() == document
    for copied in (pickle.loads(pickle.dumps(result)), copy.deepcopy(result)):
        assert (copied, copied.to_dict()) == (result, document)
    result.vector.append(2.0)
    assert result.to_dict() == embedded([*numbers, 2.0])


@given(
    st.none()
    | st.text(max_size=7)  # too short for a number
    | st.lists(json_values.filter(lambda value: type(value) not in (int, float)), min_size=1)
    | st.sampled_from([packed([math.inf]), packed([math.nan]), packed([1.0])[:-4], f"{packed([1.0])}\n"])
)
def test_what_is_no_vector_is_an_error_where_it_is_asked_for(embedding: Any) -> None:
    document = embedded(embedding)
    result = EmbeddingList.from_dict(document)
    assert isinstance(caught(lambda: result.vector), APIResponseError)
    assert isinstance(caught(lambda: result.dimensions), APIResponseError)
    assert result.drift
    assert result.to_dict() == document
    assert repr(result)


@given(data=json_values, usage=json_values, model=json_values)
def test_whatever_came_is_shown_and_given_back(data: Any, usage: Any, model: Any) -> None:
    document = embedded([], data=data, usage=usage, model=model)
    result = EmbeddingList.from_dict(document)
    assert result.to_dict() == document
    assert repr(result).startswith("EmbeddingList(")


def test_a_number_beyond_range_among_many_is_refused() -> None:
    """A vector is parsed another way than other responses."""
    numbers = json.dumps([0.015625] * 2000)[1:-1]
    for odd in ("1e400", "1E0400", "-1e+999", f"{'9' * 309}.5", f"{'9' * 309}e0"):
        body = json.dumps(embedded(["ODD"])).replace('"ODD"', f"{numbers}, {odd}, {numbers}")
        failure = caught(create, sync_caller(Reply(200, body.encode())))
        assert isinstance(failure, APIResponseError), odd
    body = json.dumps(embedded(["ODD"])).replace('"ODD"', f"{numbers}, {'9' * 308}.5, 1e299, {numbers}")
    assert create(sync_caller(Reply(200, body.encode()))).dimensions == 4002


# --- Its length ---


def test_another_length_than_was_asked_for_is_told_and_no_error(
    call: MakesCaller, caplog: pytest.LogCaptureFixture
) -> None:
    # The log tells it once a process, for each model and both lengths: so the model is one of this test.
    answer = embedded([0.5, 0.5], model=f"model {uuid.uuid4()}")
    caller = call(reply(answer), on_drift="raise")
    with caplog.at_level(logging.WARNING, "aurous"):
        results = [create(caller, dimensions=1024) for _ in range(2)]
    for result in results:
        assert (result.dimensions, result.requested_dimensions, result.has_other_dimensions) == (2, 1024, True)
        assert "dimensions=2, requested_dimensions=1024" in repr(result)
        assert result.drift == ()
    assert [record.getMessage() for record in caplog.records] == [
        f"the embedding by {answer['model']} has 2 dimensions, and 1024 were asked for"
    ]


def test_the_length_that_was_asked_for_is_not_worth_a_word(call: MakesCaller, caplog: pytest.LogCaptureFixture) -> None:
    result = create(call(reply(embedded([0.5, 0.5]))), dimensions=2)
    assert (result.requested_dimensions, result.has_other_dimensions) == (2, False)
    assert create(call(reply(embedded([0.5, 0.5])))).requested_dimensions is None
    assert create(call(reply(embedded(None)), on_drift="ignore"), dimensions=2).has_other_dimensions is False
    assert caplog.records == []
    assert pickle.loads(pickle.dumps(result)).requested_dimensions == 2


# --- What it cost ---


def test_the_receipt_is_exact_by_kind_of_input() -> None:
    receipt = EmbeddingList.from_dict(example("/v1/embeddings", "parts")).receipt
    assert receipt == Receipt(
        credits=Decimal("0.19125"),
        lines=(
            ReceiptLine("text", Decimal("0.09375")),
            ReceiptLine("visual", Decimal("0.0975")),
            ReceiptLine("video", Decimal(0)),
        ),
        model=MODEL,
        pricing_version=None,
    )
    assert receipt.adds_up


@pytest.mark.parametrize("usage", [None, {}, "0.5", {"credits_charged": True}])
def test_no_charge_is_an_error_and_not_zero(usage: object) -> None:
    failure = caught(lambda: EmbeddingList.from_dict(embedded([0.5], usage=usage)).receipt)
    assert isinstance(failure, APIResponseError)
    assert "credits_charged" in str(failure)


def test_an_estimate_has_its_credits_exact(call: MakesCaller) -> None:
    document = example("/v1/embeddings/estimate", "text")
    caller = call(reply(document))
    result = caller.run(lambda client: client.embeddings.estimate(model=MODEL, input="A lighthouse"))
    assert isinstance(result, EmbeddingEstimate)
    assert (result.credits, result.tokens.total, result.estimated) == (Decimal("0.009375"), 500, True)
    assert "Idempotency-Key" not in caller.requests[0].headers
    failure = caught(lambda: EmbeddingEstimate.from_dict({**document, "credits_estimated": None}).credits)
    assert isinstance(failure, APIResponseError)


# --- What is sent ---


@pytest.mark.parametrize(
    "input",
    [
        ["a", "b"],
        [{"type": "video_url", "video_url": {"url": "https://example.com/a.mp4"}}],
        [{"type": "text"}],
        [{"type": "text", "text": "a", "texts": "b"}],
        7,
    ],
    ids=str,
)
def test_an_input_that_the_api_does_not_take_is_not_sent(call: MakesCaller, input: Any) -> None:
    caller = call(reply(embedded([0.5])))
    assert isinstance(caught(create, caller, input=input), ConfigurationError)
    assert caller.requests == []


# --- Against the emulator ---


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture(params=["sync", "async"])
def run(request: pytest.FixtureRequest, emulator: Emulator) -> Callable[[Callable[[Any], Any]], Any]:
    """Makes a call to the emulator, with each kind of client."""
    options: dict[str, Any] = {"base_url": emulator.base_url}

    def blocking(call: Callable[[Any], Any]) -> Any:
        with Aurous(emulator.api_key, **options) as client:
            return call(client)

    async def awaited(call: Callable[[Any], Any]) -> Any:
        async with AsyncAurous(emulator.api_key, **options) as client:
            return await call(client)

    return blocking if request.param == "sync" else lambda call: asyncio.run(awaited(call))


def test_the_emulator_embeds(run: Callable[..., Any]) -> None:
    one, same, other = (
        run(lambda client, text=text: client.embeddings.create(model=MODEL, input=text, dimensions=2048))
        for text in ("A lighthouse", "A lighthouse", "A lighthouse!")
    )
    assert one.vector == same.vector != other.vector
    assert math.isclose(math.hypot(*one.vector), 1, abs_tol=1e-6)
    assert one.drift == ()
    # Documented: `dimensions` is taken, and not applied.
    assert (one.dimensions, one.requested_dimensions, one.has_other_dimensions) == (1024, 2048, True)


@pytest.mark.parametrize(
    ("input", "tokens", "credits"),
    [
        ("", (1, 0), ("0.000019", "0")),
        ("abcde", (2, 0), ("0.000038", "0")),
        ("x" * 2000, (500, 0), ("0.009375", "0")),
        ("\N{LATIN SMALL LETTER E WITH ACUTE}" * 4, (2, 0), ("0.000038", "0")),
        ([{"type": "text", "text": "x" * 20_000}, LIGHTHOUSE, LIGHTHOUSE], (5000, 2048), ("0.09375", "0.09984")),
    ],
    ids=["empty", "a token begun", "as documented", "bytes", "parts"],
)
def test_the_emulator_charges_by_the_published_rates(
    run: Callable[..., Any], input: Any, tokens: tuple[int, int], credits: tuple[str, str]
) -> None:
    result = run(lambda client: client.embeddings.create(model=MODEL, input=input))
    estimate = run(lambda client: client.embeddings.estimate(model=MODEL, input=input))
    text, visual = map(Decimal, credits)
    assert [line.credits for line in result.receipt.lines] == [text, visual, 0]
    assert result.receipt.credits == estimate.credits == text + visual
    assert result.receipt.adds_up
    assert (estimate.tokens.text, estimate.tokens.image, estimate.tokens.video) == (*tokens, 0)
    assert result.usage.prompt_tokens == result.usage.total_tokens == estimate.tokens.total == sum(tokens)
    assert result.usage.breakdown == estimate.breakdown


def test_the_emulator_knows_both_names_of_the_model(run: Callable[..., Any]) -> None:
    result = run(lambda client: client.embeddings.create(model="aurous-embed-vision", input="A lighthouse"))
    assert (result.model, result.receipt.model) == ("aurous-embed-vision", "aurous-embed-vision")


def test_the_emulator_carries_a_request_out_once(run: Callable[..., Any]) -> None:
    key = str(uuid.uuid4())

    def embed(input: str) -> EmbeddingList:
        result: EmbeddingList = run(
            lambda client: client.embeddings.create(model=MODEL, input=input, idempotency_key=key)
        )
        return result

    first, again = embed("A lighthouse"), embed("A lighthouse")
    assert (first.meta.idempotent_replay, again.meta.idempotent_replay) == (False, True)
    assert first.to_dict() == again.to_dict()
    failure = caught(embed, "Another lighthouse")
    assert isinstance(failure, ConflictError)
    assert failure.code == "idempotency_key_in_use"


REFUSED: list[tuple[str, str, dict[str, Any]]] = [
    ("embeddings_batch_not_supported", "input", {"input": ["a", "b"]}),
    ("embeddings_input_too_many_items", "input", {"input": [{"type": "text", "text": "a"}] * 17}),
    ("embeddings_input_too_many_items", "input", {"input": [LIGHTHOUSE] * 9}),
    ("embeddings_video_unsupported", "input", {"input": [{"type": "video_url", "video_url": {"url": "https://a.b"}}]}),
    ("embeddings_unsupported_dimensions", "dimensions", {"dimensions": 512}),
    ("model_wrong_kind", "model", {"model": CHAT_MODEL}),
    ("invalid_request", "model", {"model": "no-such-model"}),
    ("invalid_request", "input", {"input": "x" * 1_000_001}),
    ("invalid_request", "input", {"input": "a\0b"}),
    ("invalid_request", "input", {"input": [{"type": "image_url", "image_url": {"url": f"https://{'a' * 2048}"}}]}),
    ("invalid_request", "input", {"input": [{"type": "image_url", "image_url": {"url": "http://a.b"}}]}),
    ("max_input_tokens_exceeded", "input", {"input": "x" * 512_001}),
    ("missing_field", "input", {"input": None}),
    ("invalid_format", "input", {"input": 7}),
]


@pytest.mark.parametrize("path", ["/v1/embeddings", "/v1/embeddings/estimate"])
@pytest.mark.parametrize(
    ("code", "param", "changes"), REFUSED, ids=[f"{code} {n}" for n, (code, _, _) in enumerate(REFUSED)]
)
def test_the_emulator_refuses_what_is_documented(
    emulator: Emulator, path: str, code: str, param: str, changes: dict[str, Any]
) -> None:
    body = {"model": MODEL, "input": "A lighthouse", **changes}
    sent = {name: value for name, value in body.items() if value is not None}
    with Aurous(emulator.api_key, base_url=emulator.base_url) as client:
        failure = caught(client.request, "POST", path, json=sent)
    assert isinstance(failure, BadRequestError)
    assert (failure.code, failure.param) == (code, param)


def test_the_most_that_is_documented_is_taken(emulator: Emulator) -> None:
    parts = [LIGHTHOUSE] * 8 + [{"type": "text", "text": "x"}] * 8
    with Aurous(emulator.api_key, base_url=emulator.base_url) as client:
        assert client.embeddings.estimate(model=MODEL, input=parts).tokens.total == 8 * 1024 + 8
        assert client.embeddings.estimate(model=MODEL, input="x" * 512_000).tokens.total == 128_000


def test_what_is_no_object_is_refused_as_by_any_operation(emulator: Emulator) -> None:
    with Aurous(emulator.api_key, base_url=emulator.base_url) as client:
        assert caught(client.request, "POST", "/v1/embeddings", json=["a"]).code == "invalid_format"
    response = httpx.post(
        f"{emulator.base_url}/v1/embeddings",
        content=b"{",
        headers={"X-Api-Key": emulator.api_key, "Content-Type": "application/json"},
    )
    assert response.json()["error"]["code"] == "invalid_format"


def test_the_emulator_charges_what_it_says_to_the_last_digit() -> None:
    with Emulator() as emulator, Aurous(emulator.api_key, base_url=emulator.base_url) as client:
        before = Decimal(repr(client.balance.retrieve().credits))
        result = client.embeddings.create(model=MODEL, input="A lighthouse in the fog")
        assert before - Decimal(repr(client.balance.retrieve().credits)) == result.receipt.credits
        (event,) = client.usage.events.list().data
        assert isinstance(event, UsageEvent)
        assert (event.type, Decimal(repr(event.credits_charged)), event.request_id) == (
            "embedding",
            result.receipt.credits,
            result.meta.request_id,
        )
        emulator.set_credits(0)
        assert caught(client.embeddings.create, model=MODEL, input="x").code == "balance_too_low"
