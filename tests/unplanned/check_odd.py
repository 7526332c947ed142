"""What is seldom, called by both clients. Run by test_unplanned.py against a package that has it."""

import inspect
from typing import Any, assert_type
from uuid import UUID

import pytest
from aurous_api.resources.odd import AsyncOddResource, OddResource

from aurous import Aurous, ItemList, OpenValue, Page
from aurous_api.models import Odd, OddLevel, OddList, OddThing
from scripted import MakesCaller, caught, reply

OPTIONS = (
    "api_version: str | None = None, timeout: float | Timeout | None = None, max_retries: int | None = None, "
    "extra_headers: Mapping[str, str] | None = None, extra_query: Mapping[str, object] | None = None, "
    "extra_body: Mapping[str, object] | None = None"
)
LEVEL = "level: OddLevel | Literal[1, 2] | None = None"
COLOR = "color: OddColor | Literal['green', 'red'] | None | Unset = UNSET"
ID = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"


def written(method: Any) -> str:
    """A signature as it stands in the code."""
    signature, parts = inspect.signature(method), list[str]()
    for parameter in list(signature.parameters.values())[1:]:
        parts += ["*"] if parameter.kind is parameter.KEYWORD_ONLY and "*" not in parts else []
        default = "" if parameter.default is parameter.empty else f" = {parameter.default}"
        parts.append(f"{parameter.name}: {parameter.annotation}{default}")
    return f"({', '.join(parts)}) -> {signature.return_annotation}"


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        # Not `url_query`, which the generator makes of it: its own functions have a parameter by that name.
        ("list", f"(*, url: str | None = None, client: str | None = None, {OPTIONS}) -> Page[Odd]"),
        ("update", f"(id: UUID | str, *, {LEVEL}, {COLOR}, {OPTIONS}) -> OddThing"),
        ("rows", f"(row: int, *, {OPTIONS}) -> ItemList[builtins.list[float]]"),
        ("set", f"(color: str, *, body: Sequence[str] | None = None, {OPTIONS}) -> OpenValue"),
        ("type", f"(*, {OPTIONS}) -> Odd | OddList"),
    ],
)
def test_a_signature_stands_as_the_contract_has_it(name: str, wanted: str) -> None:
    assert written(getattr(OddResource, name)) == wanted.replace('"', "'")
    assert written(getattr(AsyncOddResource, name)) == wanted.replace("-> Page", "-> AsyncPage")


def test_the_end_of_an_operation_is_in_its_documentation() -> None:
    assert "Deprecated:" in (inspect.getdoc(OddResource.near) or "")
    assert inspect.getdoc(OddResource) == "Operations that are out of the ordinary."


def test_a_page_is_one_where_only_the_contract_says_so(call: MakesCaller) -> None:
    first = reply({"data": [{"level": 1}], "token": "t2", "note": "a"})
    caller = call(first, reply({"data": [{"level": 2}], "token": None}))
    page = caller.run(lambda client: client.odd.list(client="me"))
    assert [one.level for one in caller.every(page)] == [1, 2]
    assert [request.url.query for request in caller.requests] == [b"Client=me", b"url=t2&Client=me"]


def test_another_json_is_sent_as_such(call: MakesCaller) -> None:
    caller = call(reply({"id": ID, "level": 2}))
    odd = caller.run(lambda client: client.odd.update(ID, level=OddLevel.VALUE_2, color=None))
    assert odd.level is OddLevel.VALUE_2
    assert caller.requests[0].headers["content-type"] == "application/merge-patch+json"
    assert caller.requests[0].content == b'{"level":2,"color":null}'


@pytest.mark.parametrize("given", [ID, UUID(ID)])
def test_an_id_is_compared_as_it_was_sent(call: MakesCaller, given: Any) -> None:
    assert call(reply({"id": ID})).run(lambda client: client.odd.update(given)).id == UUID(ID)
    failure = caught(call(reply({"id": str(UUID(int=1))})).run, lambda client: client.odd.update(given))
    assert f"in place of '{ID}'" in str(failure)


def test_what_has_no_id_is_not_asked_for_one(call: MakesCaller) -> None:
    found = call(reply({"color": "red"})).run(lambda client: client.odd.find("red"))
    assert (found.color, found.drift) == ("red", ())
    near = call(reply({"data": [{"level": 1}]})).run(lambda client: client.odd.near("odd_1"))
    assert [one.level for one in near] == [1]


def test_each_result_is_of_its_kind(call: MakesCaller) -> None:
    assert list(call(reply([[1, 2.5]])).run(lambda client: client.odd.rows(7))) == [[1, 2.5]]
    caller = call(reply("done"))
    assert caller.run(lambda client: client.odd.set("red", body=["a"])).value == "done"
    assert caller.requests[0].content == b'["a"]'


@pytest.mark.parametrize(("document", "model"), [({"data": []}, OddList), ({"color": "red"}, Odd), ({}, Odd)])
def test_of_two_models_that_fit_the_one_that_knows_more_of_it_is_taken(
    call: MakesCaller, document: Any, model: type
) -> None:
    assert isinstance(call(reply(document)).run(lambda client: client.odd.type()), model)


def has_types(client: Aurous) -> None:
    """Never called: mypy holds for right what it says."""
    assert_type(client.odd.list(), Page[Odd])
    assert_type(client.odd.rows(1), ItemList[list[float]])
    assert_type(client.odd.type(), Odd | OddList)
    assert_type(client.odd.update(UUID(ID), level=1, color="red"), OddThing)
    assert_type(client.odd.dict(), OpenValue)
