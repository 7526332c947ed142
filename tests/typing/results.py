"""What the methods of the contract return, as type checkers see it. Checked by mypy and pyright, never run."""

from pathlib import Path
from typing import Any, assert_never, assert_type

from aurous import (
    AsyncAurous,
    AsyncPage,
    Aurous,
    BinaryContent,
    Character,
    ChatCompletion,
    CompletionStatus,
    Deviation,
    Generation,
    ItemList,
    OpenValue,
    Page,
    ResponseMeta,
)
from aurous_api.models import Balance, GenerationStatus, Lora, ModelInfo, StoredFile


def calls(client: Aurous) -> None:
    assert_type(client.balance.retrieve(), Balance)
    assert_type(client.files.retrieve("file_1"), StoredFile)
    assert_type(client.loras.list(), ItemList[Lora])
    assert_type(client.images.list(limit=5), Page[Generation])
    assert_type(client.characters.retrieve("char_1"), Character)
    assert_type(client.characters.delete("char_1"), OpenValue)
    assert_type(client.images.output.retrieve("img_1", 0), BinaryContent)
    assert_type(client.chat.completions.cancel("cmp_1"), ChatCompletion)
    assert_type(client.request("GET", "/v1/new", query={"a": [1]}), OpenValue)

    client.images.list(5)  # type: ignore[call-arg, arg-type]
    client.images.list(limit="5")  # type: ignore[arg-type]
    client.images.list(limt=5)  # type: ignore[call-arg]
    client.images.output.retrieve("img_1", "0")  # type: ignore[arg-type]
    client.loras.lst()  # type: ignore[attr-defined]
    client.request("GET")  # type: ignore[call-arg]


async def calls_asynchronously(client: AsyncAurous) -> None:
    page = await client.images.list()
    assert_type(page, AsyncPage[Generation])
    async for generation in page.auto_paging_iter():
        assert_type(generation, Generation)
    assert_type(await client.loras.list(), ItemList[Lora])
    assert_type(await client.images.output.retrieve("img_1", 0), BinaryContent)
    assert_type(await client.request("GET", "/v1/new"), OpenValue)

    client.images.list()  # type: ignore[unused-coroutine]


def pages(page: Page[ModelInfo]) -> None:
    assert_type(page.data, list[ModelInfo])
    assert_type(page.has_more, bool)
    assert_type(page.next_cursor, str | None)
    assert_type(page.next_page(), Page[ModelInfo] | None)
    assert_type(page.drift, tuple[Deviation, ...])
    assert_type(page.meta, ResponseMeta)
    for model in page:
        assert_type(model, ModelInfo)
    for model in page.auto_paging_iter():
        assert_type(model, ModelInfo)


def lists(loras: ItemList[Lora]) -> None:
    assert_type(loras[0], Lora)
    assert_type(loras[1:], list[Lora])
    assert_type(len(loras), int)


def holds(content: BinaryContent, anything: OpenValue) -> None:
    assert_type(content.read(), bytes)
    assert_type(content.content_type, str | None)
    assert_type(content.save("image.png"), Path)
    assert_type(anything.value, Any)


def is_open(completion: ChatCompletion, generation: Generation) -> None:
    """The values of an enum are not all that can come, and type checkers do not hold them for all."""
    if completion.status == "queued":
        print("a value that the contract does not name")
    if generation.status == GenerationStatus.SUCCEEDED:
        print("one that it names")
    match completion.status:
        case CompletionStatus.COMPLETED:
            print("done")
        case CompletionStatus.IN_PROGRESS | CompletionStatus.FAILED | CompletionStatus.CANCELLED:
            print("something else")
        case other:
            assert_never(other)  # type: ignore[arg-type]
    print(completion.status.upper(), completion.status.is_known)
    assert_type(CompletionStatus("queued"), CompletionStatus)
    assert_type([status.value for status in CompletionStatus], list[str])


def refuses(client: Aurous, generation: Generation) -> None:
    client.timeout = 5  # type: ignore[attr-defined]
    client.images = client.images  # type: ignore[misc]
    generation.statuss  # type: ignore[attr-defined]  # noqa: B018
    generation.completed_at.isoformat()  # type: ignore[union-attr]
