"""What calls return beside completions: pages, lists, open values, bytes; each with meta, drift and plain data."""

import asyncio
import copy
import json
import logging
import os
import pickle
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from aurous import (
    APIResponseError,
    AsyncPage,
    BinaryContent,
    Character,
    ConfigurationError,
    Generation,
    GoneError,
    ItemList,
    OpenValue,
    Page,
    ResponseMeta,
)
from aurous_api.models import Lora, UsageEvent, UsageLedgerEvent
from scripted import CONTRACT, KEY, MakesCaller, Reply, async_caller, caught, error, reply

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
IMG = "img_01HXMQ7Z3K8Y2ABCDEFGHJKM"


def example(path: str, name: str, method: str = "get") -> Any:
    """A named example of the response 200 of an operation."""
    content = CONTRACT["paths"][path][method]["responses"]["200"]["content"]["application/json"]
    return copy.deepcopy(content["examples"][name]["value"])


def generation(id: str) -> dict[str, Any]:
    return {**example("/v1/images/{id}", "succeeded"), "id": id}


def page(*ids: str, more: bool = False, cursor: str | None = None, **fields: Any) -> Reply:
    """A page of generations."""
    return reply(
        {"object": "list", "data": [generation(id) for id in ids], "has_more": more, "next_cursor": cursor, **fields}
    )


def png(**headers: str) -> Reply:
    return Reply(200, PNG, tuple({"Content-Type": "image/png", **headers}.items()))


# --- Pages ---


def test_a_page_has_its_items_and_says_whether_there_are_more(call: MakesCaller) -> None:
    caller = call(page("img_1", "img_2", more=True, cursor="img_2"))
    found = caller.run(lambda client: client.images.list(limit=2))
    assert isinstance(found, (Page, AsyncPage))
    assert [item.id for item in found] == [item.id for item in found.data] == ["img_1", "img_2"]
    assert all(isinstance(item, Generation) and item.is_completed for item in found)
    assert (len(found), found[1].id, found.has_more, found.next_cursor) == (2, "img_2", True, "img_2")
    assert found.meta.status_code == 200
    assert found.drift == ()
    assert caller.requests[0].url.query == b"limit=2"


def test_all_pages_are_asked_for_with_the_arguments_of_the_first(call: MakesCaller) -> None:
    caller = call(page("a", "b", more=True, cursor="b"), page("c", more=True, cursor="c"), page())
    found = caller.run(lambda client: client.images.list(limit=2, extra_headers={"X-Trace": "7"}))
    assert [item.id for item in caller.every(found)] == ["a", "b", "c"]
    assert [request.url.query.decode() for request in caller.requests] == [
        "limit=2",
        "starting_after=b&limit=2",
        "starting_after=c&limit=2",
    ]
    assert {request.headers["x-trace"] for request in caller.requests} == {"7"}


def test_the_next_page_can_be_asked_for_by_itself(call: MakesCaller) -> None:
    caller = call(page("a", more=True, cursor="a"), page("b"))
    first = caller.run(lambda client: client.images.list())
    second = caller.run(lambda _: first.next_page())
    assert [item.id for item in second] == ["b"]
    assert (second.has_more, second.next_cursor) == (False, None)
    assert caller.run(lambda _: second.next_page()) is None
    assert len(caller.requests) == 2


def test_the_id_of_the_last_item_is_the_cursor_where_the_page_has_none(call: MakesCaller) -> None:
    caller = call(page("a", "b", more=True), page("c"))
    found = caller.run(lambda client: client.images.list())
    assert found.next_cursor == "b"
    assert [item.id for item in caller.every(found)] == ["a", "b", "c"]


def test_a_page_token_is_a_cursor_by_another_name(call: MakesCaller) -> None:
    first = example("/v1/usage", "more")
    caller = call(reply(first), reply({**first, "has_more": False, "next_page": None}))
    found = caller.run(lambda client: client.usage.retrieve(start_time="2026-05-01T00:00:00Z"))
    assert found.next_cursor == first["next_page"]
    assert len(caller.every(found)) == 2 * len(first["data"])
    assert caller.requests[1].url.params["page_token"] == first["next_page"]
    assert caller.requests[1].url.params["start_time"] == "2026-05-01T00:00:00Z"


def test_a_list_without_paging_is_one_page(call: MakesCaller) -> None:
    caller = call(reply(example("/v1/models", "models")))
    found = caller.run(lambda client: client.models.list())
    assert (found.has_more, found.next_cursor) == (False, None)
    assert caller.every(found) == list(found)
    assert len(caller.requests) == 1


@pytest.mark.parametrize(
    ("items", "parameter", "model"),
    [("ledger", "starting_after", UsageLedgerEvent), ("events", "cursor", UsageEvent)],
)
def test_what_came_tells_which_dialect_of_a_list_the_server_speaks(
    call: MakesCaller, items: str, parameter: str, model: type
) -> None:
    ledger = {
        "id": "uev_1", "object": "usage_event", "type": "charge", "amount": 0.5, "currency": "credit",
        "created_at": "2026-05-04T10:00:00Z", "generation_id": IMG, "hold_id": "hold_1", "description": "An image.",
    }  # fmt: skip
    event = {"id": "cmp_1", "type": "chat", "status": "completed", "created_at": 1777888000000, "credits_charged": 0.1}
    data = [ledger if items == "ledger" else event]
    first = {"object": "list", "data": data, "has_more": True, "next_cursor": "xyz"}
    caller = call(reply(first), reply({**first, "data": [], "has_more": False}), on_drift="ignore")
    found = caller.run(lambda client: client.usage.events.list())
    assert isinstance(found.data[0], model)
    caller.every(found)
    assert dict(caller.requests[1].url.params) == {parameter: "xyz"}


def test_a_page_is_not_iterated_asynchronously_and_says_what_is() -> None:
    async def every() -> None:
        caller = async_caller(page("a", more=True, cursor="a"))
        async for _ in await caller.client.images.list():  # type: ignore[misc]
            pass

    with pytest.raises(TypeError, match=r"auto_paging_iter\(\)"):
        asyncio.run(every())


# --- Lists that would never end ---


@pytest.mark.parametrize(
    ("steps", "items", "told"),
    [
        pytest.param([page("a", more=True, cursor="x")], 2, "same cursor twice", id="the same cursor"),
        pytest.param(
            [page("a", more=True, cursor="x"), page("b", more=True, cursor="y"), page("c", more=True, cursor="x")],
            3,
            "same cursor twice",
            id="a circle of cursors",
        ),
        pytest.param([page(more=True)], 0, "not how to ask", id="more, and no way to it"),
        pytest.param([page("a", more=True, cursor=c) for c in "bcdef"], 2, "same items twice", id="the same items"),
        pytest.param(
            [page(more=True, cursor=f"c{n}") for n in range(99)], 0, "pages without items", id="nothing, for ever"
        ),
    ],
)
def test_a_list_that_goes_in_a_circle_ends_and_says_so(
    call: MakesCaller, steps: list[Reply], items: int, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    caller = call(*steps)
    found = caller.run(lambda client: client.images.list())
    assert len(caller.every(found)) == items
    assert told in caplog.text
    assert len(caller.requests) < 20


def test_an_error_on_the_way_is_an_error(call: MakesCaller) -> None:
    caller = call(page("a", more=True, cursor="a"), error(503), max_retries=0)
    found = caller.run(lambda client: client.images.list())
    assert caught(caller.every, found).status_code == 503


@pytest.mark.parametrize("body", [{}, {"data": None}, {"data": {}}, [], {"object": "list"}])
def test_what_has_no_items_is_no_page(call: MakesCaller, body: Any) -> None:
    failure = caught(call(reply(body)).run, lambda client: client.images.list())
    assert isinstance(failure, APIResponseError)


def test_the_drift_of_items_points_into_the_page(call: MakesCaller) -> None:
    odd = {**generation("a"), "status": 7}
    body = {"object": "list", "data": [generation("b"), odd], "has_more": False, "next_cursor": None}
    found = call(reply(body), on_drift="ignore").run(lambda client: client.images.list())
    assert [deviation.pointer for deviation in found.drift] == ["/data/1/status"]
    assert found.to_dict() == body


# --- Lists, open values, no body ---


def test_a_bare_array_is_a_sequence(call: MakesCaller) -> None:
    body = example("/v1/loras", "loras")
    found = call(reply(body)).run(lambda client: client.loras.list())
    assert isinstance(found, ItemList)
    assert isinstance(found[0], Lora)
    assert (len(found), [item.id for item in found], found[:1]) == (
        len(body),
        [item["id"] for item in body],
        [found[0]],
    )
    assert found.to_dict() == body
    assert found.meta.attempts


@pytest.mark.parametrize(("body", "words"), [({}, "not an array but an object"), ("x", "a string"), (None, "null")])
def test_what_is_no_array_is_no_list(call: MakesCaller, body: Any, words: str) -> None:
    assert words in str(caught(call(reply(body)).run, lambda client: client.loras.list()))


@pytest.mark.parametrize(
    ("step", "value"),
    [
        (reply({"deleted": True}), {"deleted": True}),
        (reply([1, 2.5, "x", None]), [1, 2.5, "x", None]),
        (reply(None), None),
        (Reply(204), None),
        (Reply(200), None),
        (Reply(202, b" \n"), None),
    ],
    ids=["object", "array", "null", "204", "empty", "blank"],
)
def test_where_no_body_is_documented_anything_is_a_result(call: MakesCaller, step: Reply, value: Any) -> None:
    found = call(step).run(lambda client: client.files.delete("file_1"))
    assert isinstance(found, OpenValue)
    assert found.value == value
    assert found.to_dict() == value
    assert found.drift == ()
    assert found.meta.status_code == step.status


@pytest.mark.parametrize(
    "step", [Reply(200, b"<html>", (("Content-Type", "text/html"),)), Reply(200, b"{"), Reply(301)]
)
def test_an_open_value_is_json_or_nothing(call: MakesCaller, step: Reply) -> None:
    assert isinstance(caught(call(step).run, lambda client: client.files.delete("file_1")), APIResponseError)


def test_an_object_is_not_read_where_there_is_no_body(call: MakesCaller) -> None:
    for step in (Reply(204), Reply(200)):
        assert isinstance(caught(call(step).run, lambda client: client.balance.retrieve()), APIResponseError)


# --- Identity ---


def test_the_object_of_somebody_else_is_refused(call: MakesCaller) -> None:
    failure = caught(call(reply(generation("img_2"))).run, lambda client: client.images.retrieve("img_1"))
    assert isinstance(failure, APIResponseError)
    assert "'img_2' in place of 'img_1'" in str(failure)


def test_a_lora_is_named_by_its_id_or_its_slug(call: MakesCaller) -> None:
    lora = {**example("/v1/loras/{id}", "lora"), "id": "lora_1", "slug": "anime"}
    assert call(reply(lora)).run(lambda client: client.loras.retrieve("lora_1")).id == "lora_1"
    assert call(reply(lora)).run(lambda client: client.loras.retrieve("anime")).id == "lora_1"
    assert "response to another request" in str(
        caught(call(reply(lora)).run, lambda client: client.loras.retrieve("photo"))
    )


# --- Bytes ---


def test_bytes_are_read_whole_or_in_pieces(call: MakesCaller) -> None:
    caller = call(png())
    found = caller.run(lambda client: client.images.output.retrieve(IMG, 0))
    assert isinstance(found, BinaryContent)
    assert found.read() == bytes(found) == b"".join(found.iter_bytes(100)) == PNG
    assert (len(found), found.content_type, found.drift) == (len(PNG), "image/png", ())
    assert found.to_dict() == {"content_type": "image/png", "size": len(PNG)}
    request = caller.requests[0]
    assert request.url.path == f"/v1/images/{IMG}/output/0"
    assert (request.headers["accept"], request.headers["accept-encoding"]) == ("image/png, image/jpeg", "identity")
    with pytest.raises(ConfigurationError):
        found.iter_bytes(0)
    assert isinstance(caught(found.iter_bytes, "3"), ConfigurationError)


def test_bytes_are_saved_whole_or_not_at_all(
    call: MakesCaller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = call(png()).run(lambda client: client.images.output.retrieve(IMG, 0))
    target = tmp_path / "image.png"
    assert found.save(str(target)) == target
    assert target.read_bytes() == PNG

    target.write_bytes(b"before")
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space left"):
        found.save(target)
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [b"before"]
    missing = tmp_path / "nowhere" / "image.png"
    with pytest.raises(FileNotFoundError) as raised:
        found.save(missing)
    assert raised.value.filename == str(missing)
    assert str(raised.value).endswith(f"{str(missing)!r}")  # and no file of which the caller knows nothing


@pytest.mark.parametrize("path", ["", ".", "/"])
def test_a_folder_is_no_file_to_save_to(path: str) -> None:
    with pytest.raises(OSError, match="directory"):
        saved().save(path)


@pytest.mark.parametrize("path", [b"image.png", None, 1, "a\0b", "\ud800"])
def test_what_is_no_path_is_refused_in_words(path: Any) -> None:
    assert "path" in str(caught(saved().save, path))


def test_saving_follows_links_and_keeps_the_mode(tmp_path: Path) -> None:
    target, link, dangling = tmp_path / "image.png", tmp_path / "link.png", tmp_path / "dangling.png"
    target.write_bytes(b"before")
    target.chmod(0o640)
    link.symlink_to(target)
    assert saved().save(link) == link
    assert link.is_symlink()
    assert (target.read_bytes(), target.stat().st_mode & 0o777) == (PNG, 0o640)

    dangling.symlink_to(tmp_path / "new.png")
    saved().save(dangling)
    assert dangling.is_symlink()
    assert (tmp_path / "new.png").read_bytes() == PNG


def test_what_is_no_regular_file_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)
    reader.start()
    assert saved().save(pipe) == pipe
    reader.join(5)
    assert read == [PNG]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert list(tmp_path.iterdir()) == [pipe]


def saved() -> BinaryContent:
    """Bytes that a call brought."""
    return BinaryContent(PNG, ResponseMeta(200, {}, (), 0.0), ())


def test_a_rangeis_asked_for_and_a_part_is_taken(call: MakesCaller) -> None:
    caller = call(Reply(206, b"mp4", (("Content-Type", "video/mp4"), ("Content-Range", "bytes 0-2/9"))))
    found = caller.run(lambda client: client.videos.output.retrieve("vid_1", range="bytes=0-2"))
    assert (found.read(), found.meta.status_code) == (b"mp4", 206)
    assert caller.requests[0].headers["range"] == "bytes=0-2"


@pytest.mark.parametrize("headers", [(), (("Content-Range", "bytes 0-1/10"),)])
def test_a_part_that_nobody_asked_for_is_not_taken_for_the_whole(
    call: MakesCaller, headers: tuple[tuple[str, str], ...]
) -> None:
    caller = call(Reply(206, b"mp", (("Content-Type", "video/mp4"), *headers)), max_retries=0)
    failure = caught(caller.run, lambda client: client.videos.output.retrieve("vid_1"))
    assert isinstance(failure, APIResponseError)
    assert "a part of the content" in str(failure)


@pytest.mark.parametrize(
    ("told", "is_one"),
    [
        ("bytes 0-1/10", True),
        ("bytes 4-5/*", True),
        ("bytes 0-2/10", False),
        ("bytes 0-0/10", False),
        ("bytes */10", False),
        ("bytes 1-0/10", False),
        (f"bytes 0-{'9' * 5000}/10", False),
        ("", True),
    ],
)
def test_a_part_is_as_long_as_it_says(call: MakesCaller, told: str, is_one: bool) -> None:
    step = Reply(206, b"mp", (("Content-Type", "video/mp4"), *([("Content-Range", told)] if told else [])))
    caller = call(step, max_retries=0, default_headers={"Range": "bytes=0-1"})
    if is_one:
        assert caller.run(lambda client: client.videos.output.retrieve("vid_1")).read() == b"mp"
    else:
        failure = caught(caller.run, lambda client: client.videos.output.retrieve("vid_1"))
        assert "a part of the content" in str(failure)


def test_bytes_of_another_type_are_drift_and_a_page_is_an_error(call: MakesCaller) -> None:
    webp = Reply(200, b"RIFF", (("Content-Type", "image/webp"),))
    found = call(webp, on_drift="ignore").run(lambda client: client.images.output.retrieve(IMG, 0))
    assert [deviation.found for deviation in found.drift] == ["image/webp"]
    for step in (
        Reply(200, b"<html>", (("Content-Type", "text/html"),)),
        reply({"error": {"type": "server_error", "code": "internal_error", "message": "Sorry."}}),
        Reply(200, b"", (("Content-Type", "image/png"),)),
        Reply(204),
    ):
        failure = caught(call(step, max_retries=0).run, lambda client: client.images.output.retrieve(IMG, 0))
        assert isinstance(failure, APIResponseError)


def test_what_is_gone_is_an_error(call: MakesCaller) -> None:
    step = error(410, "output_expired", type="not_found")
    assert isinstance(caught(call(step).run, lambda client: client.images.output.retrieve(IMG, 0)), GoneError)


def test_bytes_are_bounded(call: MakesCaller) -> None:
    caller = call(png(), max_response_bytes=100)
    assert "max_response_bytes=100" in str(caught(caller.run, lambda client: client.images.output.retrieve(IMG, 0)))


# --- Redirects to content ---

CDN = "https://cdn.example/live/0.png?sig=1"


def moved(location: str, status: int = 302) -> Reply:
    return Reply(status, headers=(("Location", location),))


def test_a_documented_redirect_leads_to_another_host_without_the_key(call: MakesCaller) -> None:
    caller = call(moved(CDN), png(), default_headers={"X-Team": "a"}, api_version="2026-05-15")
    found = caller.run(lambda client: client.images.output.retrieve(IMG, 0, extra_headers={"X-Trace": "7"}))
    assert found.read() == PNG
    first, second = caller.requests
    assert first.headers["x-api-key"] == KEY
    assert str(second.url) == CDN
    assert second.headers["host"] == "cdn.example"
    assert not {"x-api-key", "x-team", "x-trace", "aurous-version", "authorization"} & set(second.headers)
    assert KEY not in str(second.headers.raw)


def test_a_redirect_within_the_origin_keeps_the_key(call: MakesCaller) -> None:
    caller = call(moved("/v1/live/0.png"), png())
    caller.run(lambda client: client.images.output.retrieve(IMG, 0))
    assert caller.requests[1].url.path == "/v1/live/0.png"
    assert caller.requests[1].headers["x-api-key"] == KEY


@pytest.mark.parametrize(
    "location",
    ["http://cdn.example/0.png", "ftp://cdn.example/0.png", "https://user:pass@cdn.example/0.png", "", "//", "https://",
     "https://cdn.example\\@api.example/", "file:///etc/passwd", "https://cdn.example/ 0.png"],
)  # fmt: skip
def test_a_redirect_that_is_not_safe_is_an_error(call: MakesCaller, location: str) -> None:
    caller = call(moved(location), png())
    failure = caught(caller.run, lambda client: client.images.output.retrieve(IMG, 0))
    assert isinstance(failure, APIResponseError)
    assert len(caller.requests) == 1


def test_redirects_end(call: MakesCaller) -> None:
    caller = call(moved(CDN))
    assert isinstance(caught(caller.run, lambda client: client.images.output.retrieve(IMG, 0)), APIResponseError)
    assert len(caller.requests) <= 4


def test_where_no_redirect_is_documented_none_is_followed(call: MakesCaller) -> None:
    caller = call(moved(CDN))
    assert isinstance(caught(caller.run, lambda client: client.videos.output.retrieve("vid_1")), APIResponseError)
    assert len(caller.requests) == 1


# --- Every result ---

CALLS: dict[str, tuple[Any, Reply]] = {
    "object": (lambda client: client.images.retrieve("img_1"), reply(generation("img_1"))),
    "page": (lambda client: client.images.list(), page("a", more=True, cursor="a")),
    "array": (lambda client: client.loras.list(), reply(example("/v1/loras", "loras"))),
    "open": (lambda client: client.files.delete("file_1"), reply({"deleted": True})),
    "nothing": (lambda client: client.files.delete("file_1"), Reply(204)),
    "bytes": (lambda client: client.images.output.retrieve(IMG, 0), png()),
    "request": (lambda client: client.request("GET", "/v1/new", query={"a": [1, True]}), reply([1])),
}


@pytest.mark.parametrize("name", CALLS)
def test_every_result_has_its_call_pickles_copies_and_compares(call: MakesCaller, name: str) -> None:
    ask, step = CALLS[name]
    found = call(step).run(ask)
    assert found.meta.status_code == step.status
    assert found.drift == ()
    json.dumps(found.to_dict())
    pickled = [pickle.loads(pickle.dumps(found, protocol)) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]
    for twin in (*pickled, copy.copy(found), copy.deepcopy(found)):
        assert type(twin) is type(found)
        assert twin == found
        assert twin.meta == found.meta
        assert twin.to_dict() == found.to_dict()
    assert found != object()
    assert len(repr(found).splitlines()) == 1
    with pytest.raises(TypeError):
        hash(found)


@pytest.mark.parametrize("name", [name for name in CALLS if name not in ("nothing", "bytes")])
def test_plain_data_is_a_copy_that_follows_what_was_changed(call: MakesCaller, name: str) -> None:
    ask, step = CALLS[name]
    found = call(step).run(ask)
    data = found.to_dict()
    before = json.dumps(data)
    data.clear()
    assert json.dumps(found.to_dict()) == before
    model = found[0] if name in ("page", "array") else found
    if name in ("open", "request"):
        model.value = {"changed": ["changed"]}
    else:
        model.id = "changed"
    assert '"changed"' in json.dumps(found.to_dict())


def test_a_page_from_a_pickle_says_that_it_has_no_client(call: MakesCaller) -> None:
    caller = call(page("a", more=True, cursor="a"))
    found = pickle.loads(pickle.dumps(caller.run(lambda client: client.images.list())))
    assert [item.id for item in found] == ["a"]
    assert isinstance(caught(caller.every, found), ConfigurationError)


# --- Times, ids and maps ---


def test_a_time_is_a_datetime_and_goes_back_as_it_came(call: MakesCaller) -> None:
    for text in ("2026-05-04T10:00:00Z", "2026-05-04T10:00:00.123456+02:00", "20260504T100000Z"):
        body = {**generation("img_1"), "created_at": text}
        found = call(reply(body)).run(lambda client: client.images.retrieve("img_1"))
        assert found.created_at.tzinfo is not None
        assert found.created_at.year == 2026
        assert pickle.loads(pickle.dumps(found)).to_dict() == copy.deepcopy(found).to_dict() == found.to_dict() == body
        found.created_at = found.created_at.replace(year=2027)
        assert found.to_dict()["created_at"].startswith("2027")


def test_a_time_without_a_zone_is_none(call: MakesCaller) -> None:
    body = {**generation("img_1"), "created_at": "2026-05-04T10:00:00"}
    found = call(reply(body), on_drift="ignore").run(lambda client: client.images.retrieve("img_1"))
    assert [deviation.pointer for deviation in found.drift] == ["/created_at"]
    assert found.to_dict() == body


def test_a_free_form_object_is_a_mapping_without_unknown_fields(call: MakesCaller) -> None:
    body = example("/v1/files/{id}", "file")
    body |= {"id": "file_1", "metadata": {"customer": "c1", "nested": {"a": [1]}}}
    found = call(reply(body)).run(lambda client: client.files.retrieve("file_1"))
    assert found.drift == ()
    assert found.metadata["customer"] == "c1"
    assert (dict(found.metadata), len(found.metadata), "nested" in found.metadata) == (body["metadata"], 2, True)
    assert found.metadata.get("nothing", 7) == 7
    assert found.to_dict() == body


def test_a_map_of_numbers_is_read_as_one(call: MakesCaller) -> None:
    body = example("/v1/pricing", "pricing")
    found = call(reply(body)).run(lambda client: client.pricing.retrieve())
    factors = found.video.resolution_factor
    assert {name: factors[name] for name in factors} == body["video"]["resolution_factor"]


# --- Status ---


@pytest.mark.parametrize(
    ("status", "in_progress", "completed", "failed", "cancelled"),
    [
        ("pending", True, False, False, False),
        ("processing", True, False, False, False),
        ("succeeded", False, True, False, False),
        ("failed", False, False, True, False),
        ("expired", False, False, True, False),
        ("cancelled", False, False, False, True),
        ("cancelled_by_request", False, False, False, True),
        ("undreamt", False, False, False, False),
    ],
)
def test_a_generation_says_what_its_status_means(
    status: str, in_progress: bool, completed: bool, failed: bool, cancelled: bool
) -> None:
    found = Generation.from_dict({**generation("img_1"), "status": status})
    assert (found.is_in_progress, found.is_completed, found.is_failed, found.is_cancelled) == (
        in_progress,
        completed,
        failed,
        cancelled,
    )
    assert found.is_terminal is (completed or failed or cancelled)


@pytest.mark.parametrize(
    ("status", "in_progress", "terminal"),
    [("synthesizing", True, False), ("reviewing", False, False), ("ready", False, True), ("failed", False, True),
     ("deleted", False, True), ("undreamt", False, False)],
)  # fmt: skip
def test_a_character_says_what_its_status_means(status: str, in_progress: bool, terminal: bool) -> None:
    body = example("/v1/characters/{id}", "ready")
    found = Character.from_dict({**body, "status": status})
    assert (found.is_in_progress, found.is_terminal) == (in_progress, terminal)
    assert found.is_completed is (status == "ready")


def test_a_part_of_a_result_has_no_meta(call: MakesCaller) -> None:
    found = call(page("a")).run(lambda client: client.images.list())
    assert not hasattr(found.data[0].cost, "meta")
    assert found.meta


# --- Words ---


def test_nothing_of_a_list_is_logged(call: MakesCaller, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    caller = call(page("img_secret", more=False))
    caller.run(lambda client: client.images.list(starting_after="img_private"))
    assert "img_private" not in caplog.text
    assert "img_secret" not in caplog.text


# --- What is printed ---

SECRET = "whsec_01HXMQ7Z3K8Y2"
SIGNED = "https://assets.example/file.png?token=abc"


@pytest.mark.parametrize(
    ("call_one", "body"),
    [
        (
            lambda client: client.webhook_endpoints.retrieve("we_1"),
            {
                **example("/v1/webhook_endpoints/{id}", "active"),
                "id": "we_1",
                "secret": SECRET,
                "old": [{"signing_secret": SECRET}],
            },
        ),
        (lambda client: client.request("POST", "/v1/x"), {"a": [{"secret": SECRET, "url": SIGNED}], "api_key": SECRET}),
        (lambda client: client.files.delete("file_1"), {"access_token": SECRET, "url": SIGNED}),
        (
            lambda client: client.files.retrieve("file_1"),
            {**example("/v1/files/{id}", "file"), "id": "file_1", "url": SIGNED, "new": {"password": SECRET}},
        ),
    ],
    ids=["webhook", "request", "open", "file"],
)
def test_a_printed_result_shows_no_secret_and_no_signed_url(call: MakesCaller, call_one: Any, body: Any) -> None:
    found = call(reply(body), on_drift="ignore").run(call_one)
    for text in (repr(found), str(found), f"{[found]}", *map(str, found.drift)):
        assert SECRET not in text
        assert "abc" not in text
    assert "[masked]" in repr(found)
    assert found.to_dict() == body


def test_a_printed_result_shows_what_is_no_secret(call: MakesCaller) -> None:
    body = {**example("/v1/webhook_endpoints/{id}", "active"), "id": "we_1", "secret": ""}
    found = call(reply(body), on_drift="ignore").run(lambda client: client.webhook_endpoints.retrieve("we_1"))
    assert "secret=''" in repr(found)
    assert f"secret_preview={body['secret_preview']!r}" in repr(found)
    assert f"url={body['url']!r}" in repr(found)
    assert f"events={body['events']!r}" in repr(found), "an enum is its value, in a list too"
