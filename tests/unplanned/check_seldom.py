"""What real APIs have, called by both clients. Run by test_unplanned.py against a package that has it."""

import json
from datetime import date
from typing import Any, assert_type

import pytest

from aurous import APIResponseError, Aurous, BinaryContent, ConfigurationError, Page
from aurous.emulator import Emulator
from aurous_api.models import Job, Numbered, Room, Tree
from scripted import MakesCaller, Reply, caught, reply

NOW = {"Date": "Mon, 04 May 2026 10:00:00 GMT"}
OLD = {"id": "job_1", "created": 1_700_000_000, "started": 1_700_000_000}


def content(media_type: str, body: bytes = b"bytes") -> Reply:
    return Reply(200, body, (("Content-Type", media_type),))


# --- Maps ---


def test_a_map_holds_models(call: MakesCaller) -> None:
    rooms = call(reply({"hall": {"size": 1}})).run(lambda client: client.seldom.maps())
    assert isinstance(rooms["hall"], Room)
    assert (rooms.drift, rooms.to_dict(), rooms.meta.status_code) == ((), {"hall": {"size": 1}}, 200)
    wrong = call(reply({"hall": 7}), on_drift="ignore").run(lambda client: client.seldom.maps())
    assert [deviation.pointer for deviation in wrong.drift] == ["/hall"]


def test_a_map_holds_whatever_has_a_class(call: MakesCaller) -> None:
    data = {
        "moods": {"a": "good"},
        "shelves": {"a": {"b": 1}},
        "boxes": {"a": {"made_on": "2026-05-04"}},
        "many": {"a": [{"size": 1}]},
    }
    room = call(reply({"hall": data})).run(lambda client: client.seldom.maps())["hall"]
    assert (room.drift, room.to_dict()) == ((), data)
    assert (room.moods["a"].is_known, room.shelves["a"]["b"], room.boxes["a"].made_on) == (True, 1, date(2026, 5, 4))
    assert room.many["a"][0].size == 1


def test_a_map_may_hold_maps_of_its_kind(call: MakesCaller) -> None:
    tree = call(reply({"a": {"b": {}}})).run(lambda client: client.seldom.tree())
    assert isinstance(tree["a"]["b"], Tree)
    assert tree.drift == ()


def test_an_object_without_fields_is_one(call: MakesCaller) -> None:
    found = call(reply({"a": 1})).run(lambda client: client.seldom.free())
    assert (found["a"], found.drift) == (1, ())
    assert isinstance(caught(call(reply([1])).run, lambda client: client.seldom.free()), APIResponseError)


# --- Pages ---


def test_a_cursor_may_be_an_integer(call: MakesCaller) -> None:
    caller = call(reply({"data": [{"id": 1}], "next_cursor": 7}), reply({"data": [{"id": 2}], "next_cursor": 0}))
    page = caller.run(lambda client: client.seldom.numbered())
    assert (page.next_cursor, page.has_more) == ("7", True)
    assert [one.id for one in caller.every(page)] == [1, 2]
    assert [request.url.query for request in caller.requests] == [b"", b"cursor=7"]


def test_the_id_of_the_last_item_may_be_an_integer(call: MakesCaller) -> None:
    caller = call(reply({"data": [{"id": 1}], "has_more": True}), reply({"data": [{"id": 2}], "has_more": False}))
    page = caller.run(lambda client: client.seldom.last())
    assert [one.id for one in caller.every(page)] == [1, 2]
    assert caller.requests[1].url.query == b"starting_after=1"


def test_the_contract_can_say_that_there_is_one_page(call: MakesCaller) -> None:
    found = call(reply({"data": [{"id": 1}], "next": "https://other.test"})).run(lambda client: client.seldom.unpaged())
    assert not isinstance(found, Page)
    assert ([one.id for one in found.data], found.next) == ([1], "https://other.test")


# --- Whose a result is, and of when ---


def test_what_is_asked_for_by_another_name_may_have_any_id(call: MakesCaller) -> None:
    assert call(reply({"id": "job_1"})).run(lambda client: client.seldom.named("hall")).id == "job_1"
    assert call(reply({"id": "run_1"})).run(lambda client: client.seldom.run("job_1")).id == "run_1"
    failure = caught(call(reply({"id": "job_2"})).run, lambda client: client.seldom.job("job_1"))
    assert "response to another request" in str(failure)


def test_only_what_is_created_has_to_be_new(call: MakesCaller) -> None:
    for find in (lambda client: client.seldom.search(), lambda client: client.seldom.ensure()):
        assert call(reply(OLD, headers=NOW)).run(find).id == "job_1"
    failure = caught(call(reply(OLD, headers=NOW)).run, lambda client: client.seldom.run("job_1"))
    assert "response to an earlier request" in str(failure)


@pytest.mark.parametrize("more", [{"status": "failed"}, {}])
def test_an_error_that_the_result_documents_is_a_part_of_it(call: MakesCaller, more: dict[str, str]) -> None:
    data = {"id": "job_1", "error": {"code": "broken"}, **more}
    job = call(reply(data)).run(lambda client: client.seldom.job("job_1"))
    assert (job.error.code, job.drift) == ("broken", ())
    envelope = reply({"error": {"code": "broken", "type": "server_error", "message": "m"}})
    failure = caught(call(envelope).run, lambda client: client.seldom.job("job_1"))
    assert "an error in place of the result" in str(failure)


# --- Bytes ---


@pytest.mark.parametrize(
    ("media_type", "drifts"), [("image/png", False), ("Image/WebP; a=b", False), ("video/mp4", True)]
)
def test_a_range_of_media_types_covers_those_within(call: MakesCaller, media_type: str, *, drifts: bool) -> None:
    caller = call(content(media_type), on_drift="ignore")
    picture = caller.run(lambda client: client.seldom.picture())
    assert bool(picture.drift) is drifts
    assert caller.requests[0].headers["accept"] == "image/*"


@pytest.mark.parametrize("body", [b"a,b", b""])
@pytest.mark.parametrize("media_type", ["text/csv", "text/csv; charset=utf-8", "text/html"])
def test_text_is_content_where_it_is_documented(call: MakesCaller, media_type: str, body: bytes) -> None:
    caller = call(content(media_type, body))
    table = caller.run(lambda client: client.seldom.table())
    assert (table.read(), table.drift) == (body, ())
    assert caller.requests[0].headers["accept"] == "text/csv, text/html"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_range_of_redirects_is_followed(call: MakesCaller, status: int) -> None:
    caller = call(reply({}, status=status, headers={"Location": "/v1/there"}), content("image/png"))
    assert caller.run(lambda client: client.seldom.picture()).read() == b"bytes"


# --- Statuses ---


@pytest.mark.parametrize("status", [200, 203, 207, 226, 299])
def test_a_range_of_success_covers_every_status(call: MakesCaller, status: int) -> None:
    caller = call(reply({"size": 1}, status=status))
    assert caller.run(lambda client: client.seldom.range()).size == 1
    assert caller.requests[0].headers["accept"] == "application/hal+json, application/json"


def test_a_documented_status_of_success_is_one(call: MakesCaller) -> None:
    assert call(reply({"size": 1}, status=207)).run(lambda client: client.seldom.several()).size == 1
    failure = caught(call(reply({"size": 1}, status=226)).run, lambda client: client.seldom.several())
    assert isinstance(failure, APIResponseError)


# --- Bodies ---


def test_a_body_that_may_be_left_out_is_left_out_whole(call: MakesCaller) -> None:
    caller = call(Reply(204))
    caller.run(lambda client: client.seldom.post())
    assert (caller.requests[0].content, caller.requests[0].headers.get("content-type")) == (b"", None)
    caller.run(lambda client: client.seldom.post(text="a"))
    assert caller.requests[1].content == b'{"text":"a"}'
    assert caller.requests[1].headers["content-type"] == "application/json"
    failure = caught(caller.run, lambda client: client.seldom.post(loud=True))
    assert isinstance(failure, ConfigurationError)
    assert "text is required" in str(failure)


def test_null_is_a_body_where_it_is_documented(call: MakesCaller) -> None:
    caller = call(Reply(204))
    caller.run(lambda client: client.seldom.put())
    caller.run(lambda client: client.seldom.put(body=None))
    caller.run(lambda client: client.seldom.put(body=["a"]))
    assert [request.content for request in caller.requests] == [b"", b"null", b'["a"]']


def test_an_iterable_is_one_file_and_an_object_is_json(call: MakesCaller) -> None:
    caller = call(Reply(204))
    caller.run(
        lambda client: client.seldom.upload(file=[b"by", b"tes"], about={"size": 1}, rooms=[Room(size=2), {"size": 3}])
    )
    request = caller.requests[0]
    parts = [part for part in request.content.split(b"\r\n--") if b"name=" in part]
    assert [part.partition(b"\r\n\r\n")[2] for part in parts] == [b"bytes", *_json(1, 2, 3)]
    assert [b"Content-Type: application/json" in part for part in parts] == [False, True, True, True]


def _json(*sizes: int) -> list[bytes]:
    return [json.dumps({"size": size}).encode() for size in sizes]


# --- The emulator ---


def test_the_emulator_responds_as_the_contract_shows() -> None:
    with Emulator() as emulator, Aurous(emulator.api_key, base_url=emulator.base_url, on_drift="raise") as client:
        seldom: Any = client.seldom
        assert seldom.maps()["hall"].size == 1
        assert seldom.named("another").id == "job_1"
        assert seldom.job("job_7").id == "job_7"
        assert [one.id for one in seldom.numbered().auto_paging_iter()] == [1]
        assert seldom.picture().content_type == "image/png"
        assert (seldom.table().content_type, seldom.table().read()) == ("text/csv", b"a,b")
        assert (seldom.range().size, seldom.several().size) == (1, 1)
        assert seldom.run("job_1").id == "run_1"
        seldom.upload(file=[b"by", b"tes"], about={"size": 1}, rooms=[{"size": 2}])
        seldom.post()


def has_types(client: Aurous) -> None:
    """Never called: mypy holds for right what it says."""
    assert_type(client.seldom.maps()["hall"], Room)
    assert_type(client.seldom.tree()["a"]["b"], Tree)
    assert_type(client.seldom.numbered(), Page[Numbered])
    assert_type(client.seldom.picture(), BinaryContent)
    assert_type(client.seldom.range(), Room)
    assert_type(client.seldom.run("a"), Job)
    client.seldom.post()
    client.seldom.put(body=None)
