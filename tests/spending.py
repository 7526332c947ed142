"""Clients that spend an emulator's credits, of both kinds, for the tests of the ledger and the budget."""

import asyncio
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from aurous import AsyncAurous, Aurous, ChatCompletion, Clock, EmbeddingList
from aurous.emulator import Emulator
from streams import MODEL, Outcome, outcome

EMBEDDER = "aurous-embed-vision-1.0"
CREDITS = Decimal(1000)
"""What the team of an emulator has at first."""


class Spender:
    """A client of an emulator; calls run to their end, whichever kind of client it is."""

    def __init__(self, client: Aurous | AsyncAurous) -> None:
        self.client = client

    def run(self, call: Callable[[Any], Any]) -> Any:
        """Any call: `spender.run(lambda client: client.models.list())`."""
        returned = call(self.client)
        return asyncio.run(_awaited(returned, self.client)) if isinstance(self.client, AsyncAurous) else returned

    def recover(self, failure: Any) -> ChatCompletion:
        """The record of the stream that an error ended."""
        is_async = isinstance(self.client, AsyncAurous)
        record: ChatCompletion = self.run(lambda _: failure.recover_async() if is_async else failure.recover())
        return record

    def create(self, messages: Any = "Capital of Japan?", **given: Any) -> ChatCompletion:
        options = {"model": MODEL, "messages": messages, "max_tokens": 64, **given}
        completion: ChatCompletion = self.run(lambda client: client.chat.completions.create(**options))
        return completion

    def embed(self, input: Any = "A lighthouse at dusk", **given: Any) -> EmbeddingList:
        vector: EmbeddingList = self.run(lambda client: client.embeddings.create(model=EMBEDDER, input=input, **given))
        return vector

    def read(self, **given: Any) -> Outcome:
        """What comes of a stream."""
        found: Outcome = self.run(lambda client: outcome(client, **{"max_tokens": 64, **given}))
        return found

    def retrieve(self, id: str) -> ChatCompletion:
        completion: ChatCompletion = self.run(lambda client: client.chat.completions.retrieve(id))
        return completion

    def reconcile(self, ledger: Any, **given: Any) -> Any:
        return self.run(lambda client: ledger.reconcile(client, **given))

    def having(self, **options: Any) -> "Spender":
        return Spender(self.client.with_options(**options))


async def _awaited(call: Any, client: AsyncAurous) -> Any:
    try:
        return await call
    finally:
        await client.close()


class Bank:
    """An emulator, and clients of it."""

    def __init__(self, emulator: Emulator, kind: Any) -> None:
        self.emulator = emulator
        self._kind = kind
        self._made: list[Aurous] = []

    def spender(self, **options: Any) -> Spender:
        """A client of this bank's kind, which tries nothing again unless told to."""
        given = {"base_url": self.emulator.base_url, "max_retries": 0, **options}
        client = self._kind(self.emulator.api_key, **given)
        if isinstance(client, Aurous):
            self._made.append(client)
        return Spender(client)

    @property
    def charged(self) -> Decimal:
        """What the emulator has charged, exact."""
        with Aurous(self.emulator.api_key, base_url=self.emulator.base_url) as client:
            return CREDITS - Decimal(repr(client.balance.retrieve().credits))

    @property
    def asked(self) -> list[str | None]:
        """The operations that were called, in order."""
        return [request.operation for request in self.emulator.requests]

    def close(self) -> None:
        for client in self._made:
            client.close()


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """An emulator for all tests of a module; `bank` sets it back."""
    with Emulator() as emulator:
        yield emulator


@pytest.fixture(params=[Aurous, AsyncAurous], ids=["sync", "async"])
def bank(request: pytest.FixtureRequest, emulator: Emulator) -> Iterator[Bank]:
    """An emulator with clients of one kind, once for each kind."""
    emulator.reset(clock=Clock())
    bank = Bank(emulator, request.param)
    yield bank
    bank.close()
