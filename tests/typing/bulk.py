"""Many calls at once, as type checkers see them. Checked by mypy and pyright, never run."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, assert_type

from aurous import (
    AsyncAurous,
    Aurous,
    AurousError,
    Bulk,
    BulkItem,
    BulkOutcome,
    BulkSummary,
    ChatCompletion,
    EmbeddingList,
    Parsed,
)

MODEL = "aurous-grow-2.0-pro"


@dataclass
class City:
    name: str


def configures(client: Aurous) -> None:
    def on_progress(summary: BulkSummary) -> None:
        print(summary.done, summary.total)

    assert_type(client.bulk(), Bulk)
    client.bulk(run="r", concurrency=16, journal=Path("run.jsonl"), timeout=60, in_order=True, progress=on_progress)
    client.bulk(progress=True)

    client.bulk(concurency=4)  # type: ignore[call-arg]
    client.bulk(journal=7)  # type: ignore[arg-type]
    client.bulk(progress=lambda: None)  # type: ignore[arg-type, misc]


def creates(client: Aurous, rows: dict[str, str]) -> None:
    with client.bulk() as bulk:
        for outcome in bulk.create({"model": MODEL, "messages": text, "max_tokens": 64} for text in rows.values()):
            assert_type(outcome, BulkOutcome[ChatCompletion])
            assert_type(outcome.result, ChatCompletion | None)
            assert_type(outcome.error, AurousError | None)
            assert_type(outcome.raise_for_error(), ChatCompletion)
    assert_type(bulk.summary.credits, Decimal)
    assert_type(bulk.remaining(), Iterator[BulkItem[Any]])
    with client.bulk() as bulk:
        bulk.create((key, {"model": MODEL, "messages": text}) for key, text in rows.items())
        bulk.create({"a": {"model": MODEL, "messages": "Hi"}}.items())
        bulk.create([{"model": MODEL, "messages": [{"role": "user", "content": "Hi"}]}])
        bulk.send(bulk.remaining())

        bulk.create("Hi")  # type: ignore[arg-type]
        bulk.create(7)  # type: ignore[arg-type]


def makes_other_calls(client: Aurous) -> None:
    with client.bulk() as bulk:
        assert_type(bulk.retrieve(["cmp_1"]), Iterator[BulkOutcome[ChatCompletion]])
        assert_type(bulk.retrieve({"row-7": "cmp_1"}.items()), Iterator[BulkOutcome[ChatCompletion]])
        assert_type(bulk.parse(City, [{"model": MODEL}]), Iterator[BulkOutcome[Parsed[City]]])
        assert_type(bulk.parse({"type": "object"}, [{"model": MODEL}]), Iterator[BulkOutcome[Parsed[Any]]])
        assert_type(bulk.embed([{"model": MODEL, "input": "Hi"}]), Iterator[BulkOutcome[EmbeddingList]])

        bulk.retrieve([7])  # type: ignore[list-item]


def mixes(client: Aurous) -> None:
    create = BulkItem.create(key="a", model=MODEL, messages="Hi", max_tokens=64, timeout=60)
    assert_type(create, BulkItem[ChatCompletion])
    embed = BulkItem.embed(model="aurous-embed-vision-1.0", input="Hi", dimensions=1024)
    assert_type(embed, BulkItem[EmbeddingList])
    parse = BulkItem.parse(City, key=7, model=MODEL, messages="Hi")
    assert_type(parse, BulkItem[Parsed[City]])
    assert_type(BulkItem.retrieve("cmp_1", key="b", max_retries=0), BulkItem[ChatCompletion])
    mixed: list[BulkItem[ChatCompletion | EmbeddingList]] = [create, embed]
    with client.bulk() as bulk:
        for outcome in bulk.send(mixed):
            assert_type(outcome.result, ChatCompletion | EmbeddingList | None)
        assert_type(bulk.send([parse]), Iterator[BulkOutcome[Parsed[City]]])

    BulkItem.create(model=MODEL)  # type: ignore[call-arg]
    BulkItem.create(model=MODEL, messages="Hi", max_token=64)  # type: ignore[call-arg]
    BulkItem.create(model=MODEL, messages="Hi", idempotency_key="7")  # type: ignore[call-arg]
    BulkItem.embed(model=MODEL, input="Hi", dimensions="many")  # type: ignore[arg-type]
    create.key = "b"  # type: ignore[misc]


async def creates_asynchronously(client: AsyncAurous) -> None:
    async def requests() -> AsyncIterator[dict[str, Any]]:
        yield {"model": MODEL, "messages": "Hi"}

    async def on_progress(summary: BulkSummary) -> None:
        print(summary.done)

    async with client.bulk(progress=on_progress) as bulk:
        async for outcome in bulk.create(requests()):
            assert_type(outcome, BulkOutcome[ChatCompletion])
        assert_type(bulk.parse(City, requests()), AsyncIterator[BulkOutcome[Parsed[City]]])
        assert_type(bulk.create([{"model": MODEL}]), AsyncIterator[BulkOutcome[ChatCompletion]])
        assert_type(bulk.remaining(), AsyncIterator[BulkItem[Any]])
