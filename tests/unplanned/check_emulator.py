"""The unplanned resource, served by the emulator. Run by test_unplanned.py against a package that has it."""

from collections.abc import Iterator

import pytest

from aurous import Aurous, BadRequestError, ConflictError
from aurous.emulator import Emulator
from aurous_api.models import Part, Thing
from scripted import caught


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


@pytest.fixture
def client(emulator: Emulator) -> Iterator[Aurous]:
    with Aurous(emulator.api_key, base_url=emulator.base_url, on_drift="raise", max_retries=1) as opened:
        yield opened


def test_each_operation_responds_as_the_contract_shows(client: Aurous) -> None:
    assert [thing.id for thing in client.things.list(color=["red", "blue"], limit=5).auto_paging_iter()] == ["thing_1"]
    assert isinstance(client.things.create(name="n", content=[{"text": "t"}]), Thing)
    assert client.things.retrieve("thing_of_mine").id == "thing_of_mine"
    assert client.things.delete("thing_1").value is None
    assert [part.id for part in client.things.parts.list("thing_1")] == ["part_1"]
    assert isinstance(client.things.parts.upload("thing_1", file=b"1", purpose="small", more=[b"2", b"3"]), Part)
    assert client.things.parts.picture("thing_1", 0).content_type == "image/png"


def test_a_request_is_held_against_the_contract(client: Aurous) -> None:
    failure = caught(client.things.list, limit=500)
    assert isinstance(failure, BadRequestError)
    assert (failure.code, failure.param) == ("value_out_of_range", "limit")


def test_a_key_is_carried_out_once(client: Aurous, emulator: Emulator) -> None:
    first = client.things.create(name="n", content="c", idempotency_key="key-1")
    again = client.things.create(name="n", content="c", idempotency_key="key-1")
    assert (first.meta.idempotent_replay, again.meta.idempotent_replay) == (False, True)
    assert again.to_dict() == first.to_dict()
    failure = caught(client.things.create, name="other", content="c", idempotency_key="key-1", max_retries=0)
    assert isinstance(failure, ConflictError)
    assert [request.operation for request in emulator.requests] == ["things.create"] * 3


def test_a_retry_is_made_and_recorded(client: Aurous, emulator: Emulator) -> None:
    emulator.fail(operation="things.create", status=503, times=1)
    made = client.things.create(name="n", content="c")
    assert [attempt.status_code for attempt in made.meta.attempts] == [503, 201]
    keys = {request.headers["idempotency-key"] for request in emulator.requests}
    assert keys == {made.meta.idempotency_key}
