"""Whatever the contract has is carried through: clients, emulator, recordings and pages have it as well."""

from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path

from aurous import AsyncAurous, Aurous
from aurous.emulator import State
from cassettes import LIBRARY
from contract import real_contract
from conversations import cassette_of
from documented import documented
from lint import load
from openapi.contract import Contract, sequence, text
from openapi.naming import method_of
from test_unplanned import UNPLANNED, merged

ROOT = Path(__file__).parent.parent


def operations(contract: Contract) -> Iterator[str]:
    """The name of each operation on a client."""
    for _, _, place in contract.operations():
        operation_id, tag = text(place.value.get("operationId")), text(sequence(place.value.get("tags"))[0])
        yield f"{tag}.{method_of(operation_id, tag)}"


def lacking(contract: Contract) -> Iterator[str]:
    """What is missing for an operation of the contract, and what makes it."""
    answered = State().operations()
    reference = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    table = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
    for name in operations(contract):
        for client in (Aurous("al_live_filler"), AsyncAurous("al_live_filler")):
            if not has_method(client, name):
                yield f"{name}: {type(client).__name__} lacks it (nox -s generate)"
        if name not in answered:
            yield f"{name}: the emulator lacks it (nox -s generate)"
        if f"\n### {name}\n" not in reference:
            yield f"{name}: docs/operations.md lacks it (nox -s generate)"
        if f"\n| `{name}` |" not in table:
            yield f"{name}: the table of docs/testing.md lacks it (nox -s record)"
        if not any((LIBRARY / name.replace(".", "/")).glob("*.yaml")):
            yield f"{name}: there is no recording of it (nox -s record)"


def has_method(client: object, name: str) -> bool:
    try:
        return callable(attrgetter(name)(client))
    except AttributeError:
        return False


def test_every_operation_of_the_contract_is_carried_through() -> None:
    assert list(lacking(real_contract())) == []
    recordings = [recording.name for recording in documented(real_contract())]
    assert [name for name in recordings if not cassette_of(name).exists()] == [], "nox -s record makes them"


def test_what_is_not_carried_through_is_named() -> None:
    more = load(UNPLANNED / "things.yaml").data
    contract = Contract(ROOT / "openapi.yaml", merged(real_contract().data, more))
    found = [line for line in lacking(contract) if line.startswith("things.create:")]
    assert found == [
        "things.create: Aurous lacks it (nox -s generate)",
        "things.create: AsyncAurous lacks it (nox -s generate)",
        "things.create: the emulator lacks it (nox -s generate)",
        "things.create: docs/operations.md lacks it (nox -s generate)",
        "things.create: the table of docs/testing.md lacks it (nox -s record)",
        "things.create: there is no recording of it (nox -s record)",
    ]
