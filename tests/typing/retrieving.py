"""Retrieving and waiting, as type checkers see it. Checked by mypy and pyright, never run."""

from typing import Any, assert_type

from aurous import AsyncAurous, Aurous, ChatCompletion, RateLimit, Timeout


def retrieves(client: Aurous) -> None:
    completion = client.chat.completions.retrieve("cmp_1")
    assert_type(completion, ChatCompletion)
    assert_type(client.rate_limit, RateLimit)
    client.chat.completions.retrieve(
        "cmp_1", api_version="2026-05-15", timeout=Timeout(total=5), max_retries=0, extra_headers={"X-Trace": "7"}
    )
    client.chat.completions.retrieve("cmp_1", timeout=2.5)

    client.chat.completions.retrieve()  # type: ignore[call-arg]
    client.chat.completions.retrieve(7)  # type: ignore[arg-type]
    client.chat.completions.retrieve("cmp_1", 5)  # type: ignore[call-arg, arg-type]
    client.chat.completions.retrieve("cmp_1", timout=5)  # type: ignore[call-arg]
    client.chat.completions.retrieve("cmp_1", extra_headers={"X-Trace": 7})  # type: ignore[dict-item]
    client.chat.completion  # type: ignore[attr-defined]  # noqa: B018


def waits(client: Aurous) -> None:
    def on_poll(completion: ChatCompletion) -> None:
        print(completion.status)

    assert_type(client.chat.completions.wait("cmp_1"), ChatCompletion)
    assert_type(client.chat.completions.wait("cmp_1", timeout=60, poll_interval=0.5, on_poll=on_poll), ChatCompletion)
    client.chat.completions.wait("cmp_1", on_poll=lambda completion: completion.text)

    client.chat.completions.wait("cmp_1", on_poll=print, poll_intervall=1)  # type: ignore[call-arg]
    client.chat.completions.wait("cmp_1", timeout=None)  # type: ignore[arg-type]


async def retrieves_and_waits(client: AsyncAurous) -> None:
    async def on_poll(completion: ChatCompletion) -> None:
        print(completion.status)

    assert_type(await client.chat.completions.retrieve("cmp_1", timeout=5), ChatCompletion)
    assert_type(await client.chat.completions.wait("cmp_1", on_poll=on_poll), ChatCompletion)
    assert_type(await client.chat.completions.wait("cmp_1", on_poll=print), ChatCompletion)

    client.chat.completions.retrieve("cmp_1")  # type: ignore[unused-coroutine]


def manages() -> None:
    with Aurous() as client:
        assert_type(client, Aurous)
    assert_type(client.with_options(timeout=5), Aurous)
    assert_type(client.with_options(api_key="al_live_test_filler", base_url=None), Aurous)
    client.close()

    client.with_options("al_live_test_filler")  # type: ignore[call-arg]
    client.with_options(timout=5)  # type: ignore[call-arg]


async def manages_asynchronously() -> None:
    async with AsyncAurous("al_live_test_filler") as client:
        assert_type(client, AsyncAurous)
    assert_type(client.with_options(max_retries=0), AsyncAurous)
    await client.close()


def passes_options_on(**options: Any) -> Aurous:
    return Aurous(**options)
