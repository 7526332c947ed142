"""The unplanned resource, called by both clients. Run by test_unplanned.py against a package that has it."""

import inspect
import io
import json
import pickle
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from email import message_from_bytes
from operator import attrgetter
from pathlib import Path
from typing import Any, assert_type, get_type_hints
from urllib.parse import parse_qsl
from uuid import UUID

import httpx
import pytest

from aurous import (
    APIResponseError,
    AsyncAurous,
    AsyncPage,
    Aurous,
    BinaryContent,
    ConfigurationError,
    Deviation,
    ItemList,
    OpenValue,
    Page,
    ResponseMeta,
)
from aurous_api.models import Circle, Part, Square, Thing, ThingKnownMood, ThingLabel, ThingLabels, ThingSize
from aurous_api.params import ThingCreateParam, ThingLabelParam
from aurous_api.types import UNSET, Unset
from scripted import MakesCaller, Reply, caught, error, reply

THING = {"id": "thing_1", "name": "A thing"}


def sent(request: httpx.Request) -> Any:
    """The JSON body of a request."""
    assert request.headers["content-type"] == "application/json"
    length = request.headers.get("content-length")  # unknown where an iterator is sent
    assert length == str(len(request.content)) or (length, request.headers["transfer-encoding"]) == (None, "chunked")
    return json.loads(request.content)


# --- Signatures ---


def test_both_clients_have_every_method_with_the_same_parameters() -> None:
    sync, both = Aurous("al_live_filler"), AsyncAurous("al_live_filler")
    for path in ("list", "create", "retrieve", "update", "delete", "parts.list", "parts.upload", "parts.picture"):
        one, two = attrgetter(path)(sync.things), attrgetter(path)(both.things)
        assert inspect.signature(one).parameters == inspect.signature(two).parameters
        assert inspect.getdoc(one) == inspect.getdoc(two)
        assert inspect.iscoroutinefunction(two)
        assert not inspect.iscoroutinefunction(one)
    assert (
        inspect.signature(sync.things.parts.upload).parameters == inspect.signature(both.things.parts.upload).parameters
    )


def test_a_signature_is_that_of_the_contract() -> None:
    parameters = inspect.signature(Aurous("al_live_filler").things.create).parameters
    kinds = {name: parameter.kind for name, parameter in parameters.items()}
    assert set(kinds.values()) == {inspect.Parameter.KEYWORD_ONLY}
    required = [name for name, parameter in parameters.items() if parameter.default is inspect.Parameter.empty]
    assert required == ["name", "content"]
    assert list(parameters)[-7:] == [
        "api_version", "timeout", "max_retries", "extra_headers", "extra_query", "extra_body", "idempotency_key",
    ]  # fmt: skip
    assert parameters["note"].default is UNSET
    assert parameters["count"].default is None
    assert "aurous_version" not in parameters
    update = inspect.signature(Aurous("al_live_filler").things.update).parameters
    assert update["thing_id"].kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    assert {"timeout", "timeout_"} <= set(update)


def test_the_documentation_is_the_contracts() -> None:
    doc = inspect.getdoc(Aurous("al_live_filler").things.create) or ""
    for words in (
        "Create a thing (`POST /v1/things`).",
        "Makes a thing of what it is given.",
        "name: What it is called.",
        "idempotency_key:",
        "Returns:\n    The new thing.",
        "ConflictError: 409: There is such a thing already.",
    ):
        assert words in doc


# --- Queries and headers ---


def test_a_query_spells_its_values_as_json_and_iso_8601_do(call: MakesCaller) -> None:
    caller = call(reply({"object": "list", "data": [], "has_more": False}))
    caller.run(
        lambda client: client.things.list(
            limit=5,
            color=["red", "a&b=c d+é", "red"],
            archived=False,
            since=datetime(2026, 5, 4, 10, tzinfo=UTC),
            day=date(2026, 5, 4),
            size="small",
            weight=2.5,
            x_region="eu-1",
            extra_query={"new": [True, 1], "old": None},
        )
    )
    request = caller.requests[0]
    assert parse_qsl(request.url.query.decode(), keep_blank_values=True) == [
        ("limit", "5"), ("color", "red"), ("color", "a&b=c d+é"), ("color", "red"), ("archived", "false"),
        ("since", "2026-05-04T10:00:00Z"), ("day", "2026-05-04"), ("size", "small"), ("weight", "2.5"),
        ("new", "true"), ("new", "1"),
    ]  # fmt: skip
    assert b"%2B" in request.url.query
    assert request.headers["x-region"] == "eu-1"


def test_what_is_not_given_is_not_sent(call: MakesCaller) -> None:
    caller = call(reply({"object": "list", "data": [], "has_more": False}))
    caller.run(lambda client: client.things.list(limit=None, color=None, starting_after=UNSET))
    assert caller.requests[0].url.query == b""
    assert "content-length" not in caller.requests[0].headers


def test_a_time_keeps_its_zone(call: MakesCaller) -> None:
    caller = call(reply({"object": "list", "data": [], "has_more": False}))
    since = datetime(2026, 5, 4, 10, tzinfo=timezone(timedelta(hours=2)))
    caller.run(lambda client: client.things.list(since=since))
    assert caller.requests[0].url.params["since"] == "2026-05-04T10:00:00+02:00"
    caller.run(lambda client: client.things.list(since="yesterday"))
    assert caller.requests[1].url.params["since"] == "yesterday"


# --- JSON bodies ---


@pytest.mark.parametrize(
    ("content", "wire"),
    [
        ("x", "x"),
        ({"text": "t"}, {"text": "t"}),
        (ThingLabel(text="t", weight=1), {"text": "t", "weight": 1}),
        ([{"text": "t", "weight": 2}, ThingLabel(text="u")], [{"text": "t", "weight": 2}, {"text": "u"}]),
        (({"kind": "label", "text": "t", "weight": None},), [{"kind": "label", "text": "t"}]),
        ([], []),
    ],
    ids=["string", "dict", "model", "mixed list", "tuple", "empty"],
)
def test_a_union_takes_each_of_its_kinds_as_models_or_plain_data(call: MakesCaller, content: Any, wire: Any) -> None:
    caller = call(reply(THING, status=201))
    made = caller.run(lambda client: client.things.create(name="n", content=content))
    assert isinstance(made, Thing)
    assert sent(caller.requests[0]) == {"name": "n", "content": wire}


def test_a_body_holds_what_was_given_and_nothing_else(call: MakesCaller) -> None:
    caller = call(reply(THING, status=201))
    caller.run(
        lambda client: client.things.create(
            name="n",
            content="c",
            size=ThingSize.LARGE,
            tags=("a", "b"),
            made_on=date(2026, 5, 4),
            metadata={"id": UUID(int=1), "at": datetime(2026, 5, 4, tzinfo=UTC), "n": Decimal("0.1"), "none": None},
            note=None,
            type="t",
            count=True + 1,
            extra_body={"new": {"a": [1]}},
        )
    )
    assert sent(caller.requests[0]) == {
        "name": "n",
        "content": "c",
        "size": "large",
        "tags": ["a", "b"],
        "made_on": "2026-05-04",
        "metadata": {
            "id": "00000000-0000-0000-0000-000000000001",
            "at": "2026-05-04T00:00:00Z",
            "n": 0.1,
            "none": None,
        },
        "note": None,
        "type": "t",
        "count": 2,
        "new": {"a": [1]},
    }


def test_a_received_model_can_be_sent_back_with_what_the_contract_does_not_know(call: MakesCaller) -> None:
    label = ThingLabel.from_dict({"text": "t", "shade": "dark"})
    caller = call(reply(THING, status=201))
    caller.run(lambda client: client.things.create(name="n", content=label))
    assert sent(caller.requests[0])["content"] == {"text": "t", "shade": "dark"}


def test_a_body_that_is_not_required_is_left_out(call: MakesCaller) -> None:
    caller = call(reply(THING))
    caller.run(lambda client: client.things.update("thing_1"))
    assert (caller.requests[0].content, caller.requests[0].headers["content-length"]) == (b"", "0")
    caller.run(lambda client: client.things.update("thing_1", note=None, timeout_=2, timeout=5))
    assert sent(caller.requests[1]) == {"note": None, "timeout": 2}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"name": 7}, ["name 7", "a string"]),
        ({"name": None}, ["name", "required"]),
        ({"content": 7}, ["content 7"]),
        ({"content": {"txt": "t"}}, ["content", "'text'", "required"]),
        ({"content": {"text": "t", "wieght": 1}}, ["content.wieght", "did you mean 'weight'"]),
        ({"content": {"text": 7}}, ["content.text 7", "a string"]),
        ({"content": [{"text": "t"}, {"text": None}]}, ["content[1].text", "a string"]),
        ({"content": {"text": "t", "kind": "other"}}, ["content.kind 'other'", "'label'"]),
        ({"content": b"x"}, ["content b'x'"]),
        ({"size": 3}, ["size 3", "'small'"]),
        ({"tags": "red"}, ["tags 'red'", "an array"]),
        ({"tags": ["a", 7]}, ["tags[1] 7", "a string"]),
        ({"tags": {"a": 1}}, ["tags", "an array"]),
        ({"count": 1.5}, ["count 1.5", "an integer"]),
        ({"count": True}, ["count True", "an integer"]),
        ({"count": "5"}, ["count '5'", "an integer"]),
        ({"made_on": 20260504}, ["made_on", "ISO 8601 date"]),
        ({"metadata": [1]}, ["metadata", "an object"]),
        ({"metadata": {"a": object()}}, ["metadata.a", "JSON"]),
        ({"metadata": {"a": float("nan")}}, ["metadata.a nan"]),
        ({"metadata": {1: "a"}}, ["metadata", "no string"]),
        ({"metadata": {"a": "\ud800"}}, ["surrogate"]),
        ({"extra_body": [1]}, ["extra_body", "mapping"]),
        ({"extra_query": {"a": object()}}, ["extra_query"]),
        ({"idempotency_key": ""}, ["idempotency_key"]),
        ({"idempotency_key": "a b"}, ["idempotency_key"]),
        ({"extra_headers": {"Idempotency-Key": "k"}}, ["idempotency_key="]),
        ({"timeout": -1}, ["timeout"]),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_sent_is_refused_by_name_before_a_byte_is_sent(
    call: MakesCaller, arguments: dict[str, Any], words: list[str]
) -> None:
    caller = call(reply(THING, status=201))
    failure = caught(caller.run, lambda client: client.things.create(**{"name": "n", "content": "c", **arguments}))
    assert isinstance(failure, ConfigurationError)
    for word in words:
        assert word in str(failure)
    assert caller.requests == []


def test_an_unknown_name_is_a_type_error() -> None:
    client = Aurous("al_live_filler")
    with pytest.raises(TypeError, match="colour"):
        client.things.create(name="n", content="c", colour="red")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def test_a_naive_time_is_refused(call: MakesCaller) -> None:
    failure = caught(call(reply({})).run, lambda client: client.things.list(since=datetime(2026, 5, 4)))  # noqa: DTZ001
    assert "since" in str(failure)
    assert "time zone" in str(failure)


@pytest.mark.parametrize("n", ["0", 1.5, True, None, "..", -1])
def test_a_path_holds_only_what_the_contract_says(call: MakesCaller, n: Any) -> None:
    caller = call(Reply(200, b"png", (("Content-Type", "image/png"),)))
    if n == -1:
        caller.run(lambda client: client.things.parts.picture("thing_1", n))
        assert caller.requests[0].url.path == "/v1/things/thing_1/parts/-1/picture"
        return
    failure = caught(caller.run, lambda client: client.things.parts.picture("thing_1", n))
    assert isinstance(failure, ConfigurationError)
    assert caller.requests == []


# --- Idempotency and retries ---


def test_a_key_is_made_kept_over_retries_and_told(call: MakesCaller) -> None:
    caller = call(error(503), httpx.ReadTimeout("silence"), reply(THING, status=201))
    made = caller.run(lambda client: client.things.create(name="n", content="c"))
    keys = {request.headers["idempotency-key"] for request in caller.requests}
    assert keys == {made.meta.idempotency_key}
    assert UUID(made.meta.idempotency_key)
    assert len(caller.requests) == 3
    again = caller.run(lambda client: client.things.create(name="n", content="c"))
    assert again.meta.idempotency_key not in keys


def test_a_key_of_ones_own_is_sent_and_is_on_the_error(call: MakesCaller) -> None:
    caller = call(error(500, "internal_error"), max_retries=1)
    failure = caught(caller.run, lambda client: client.things.create(name="n", content="c", idempotency_key="mine"))
    assert failure.idempotency_key == "mine"
    assert failure.as_dict()["idempotency_key"] == "mine"
    assert pickle.loads(pickle.dumps(failure)).idempotency_key == "mine"
    assert [request.headers["idempotency-key"] for request in caller.requests] == ["mine", "mine"]


def test_a_change_without_a_key_is_not_repeated(call: MakesCaller) -> None:
    caller = call(error(503), reply(THING))
    assert "takes no idempotency key" in str(
        caught(caller.run, lambda client: client.things.update("thing_1", name="x"))
    )
    assert len(caller.requests) == 1
    caller = call(error(429, "too_many_requests", headers={"Retry-After": "1"}), reply(THING))
    assert caller.run(lambda client: client.things.update("thing_1", name="x")).name == "A thing"
    assert caller.clock.slept == [1]


# --- Results ---


def test_a_thing_that_was_there_before_is_not_the_new_one(call: MakesCaller) -> None:
    old = {**THING, "created": 1_700_000_000}
    stale = reply(old, status=201, headers={"Date": "Mon, 04 May 2026 10:00:00 GMT"})
    failure = caught(call(stale).run, lambda client: client.things.create(name="n", content="c"))
    assert isinstance(failure, APIResponseError)
    assert "earlier request" in str(failure)
    for headers in (
        {"Date": "Mon, 04 May 2026 10:00:00 GMT", "Aurous-Idempotent-Replayed": "true"},
        {"Date": "Tue, 14 Nov 2023 22:13:30 GMT"},
        {},
    ):
        answered = reply(old, status=201, headers=headers)
        made = call(answered).run(lambda client: client.things.create(name="n", content="c"))
        assert made.created == 1_700_000_000


def test_each_result_is_of_its_kind(call: MakesCaller) -> None:
    gone = call(Reply(204)).run(lambda client: client.things.delete("thing_1"))
    assert isinstance(gone, OpenValue)
    assert gone.value is None
    parts = call(reply([{"id": "part_1", "name": "p"}])).run(lambda client: client.things.parts.list("thing_1"))
    assert isinstance(parts, ItemList)
    assert isinstance(parts[0], Part)
    png = Reply(200, b"png", (("Content-Type", "image/png"),))
    assert isinstance(call(png).run(lambda client: client.things.parts.picture("thing_1", 0)), BinaryContent)
    failure = caught(call(reply({**THING, "id": "x"})).run, lambda client: client.things.retrieve("thing_1"))
    assert "response to another request" in str(failure)


def test_the_pages_of_a_list_follow_each_other(call: MakesCaller) -> None:
    def page(id: str, *, more: bool) -> Reply:
        return reply({"object": "list", "data": [{"id": id, "name": "n"}], "has_more": more, "next_cursor": id})

    caller = call(page("a", more=True), page("b", more=False))
    found = caller.run(lambda client: client.things.list(color=["red"], limit=1))
    assert [thing.id for thing in caller.every(found)] == ["a", "b"]
    assert caller.requests[1].url.query == b"starting_after=a&limit=1&color=red"


def test_a_model_of_an_unplanned_resource_pickles_with_its_drift(call: MakesCaller) -> None:
    found = call(reply({**THING, "new": 1}), on_drift="ignore").run(lambda client: client.things.retrieve("thing_1"))
    twin = pickle.loads(pickle.dumps(found))
    assert (twin, twin.drift, twin.meta, twin.to_dict()) == (found, found.drift, found.meta, {**THING, "new": 1})
    assert [deviation.pointer for deviation in twin.drift] == ["/new"]


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({"type": "circle", "size": 1}, Circle),
        ({"type": "square", "size": 1}, Square),
        ({"type": "circle", "size": "large"}, Circle),
        ({"type": "circle"}, Circle),
        ({"size": 1, "type": "circle", "new": 1}, Circle),
    ],
)
def test_of_several_kinds_the_one_that_fits_inside_is_taken(
    call: MakesCaller, given: dict[str, Any], kind: type
) -> None:
    caller = call(reply({**THING, "shape": given}), on_drift="ignore")
    found = caller.run(lambda client: client.things.retrieve("thing_1"))
    assert type(found.shape) is kind
    assert found.to_dict()["shape"] == given
    assert all("type" not in deviation.pointer for deviation in found.drift)


@pytest.mark.parametrize("readings", [["a", "b"], [1, 2], []])
def test_of_several_arrays_the_one_whose_items_fit_is_taken(call: MakesCaller, readings: list[Any]) -> None:
    found = call(reply({**THING, "readings": readings})).run(lambda client: client.things.retrieve("thing_1"))
    assert (found.readings, found.drift) == (readings, ())


def test_a_free_form_object_has_no_unknown_fields(call: MakesCaller) -> None:
    labels = {"customer": "c1", "n": [1, None]}
    found = call(reply({**THING, "labels": labels})).run(lambda client: client.things.retrieve("thing_1"))
    assert isinstance(found.labels, ThingLabels)
    assert (found.labels["customer"], dict(found.labels), found.drift) == ("c1", labels, ())


def test_an_open_list_of_values_takes_others_without_drift(call: MakesCaller) -> None:
    found = call(reply({**THING, "mood": "so so"})).run(lambda client: client.things.retrieve("thing_1"))
    assert (found.mood, found.drift) == ("so so", ())
    assert call(reply({**THING, "mood": "bad"})).run(
        lambda client: client.things.retrieve("thing_1")
    ).mood is ThingKnownMood.BAD  # fmt: skip


@pytest.mark.parametrize(
    "seen_at", ["2026-05-04T10:00:00Z", "2026-05-04T10:00:00.5+02:00", "2026-05-04T10:00:00+00:00"]
)
def test_what_was_converted_goes_back_as_it_came(call: MakesCaller, seen_at: str) -> None:
    data = {**THING, "seen_at": seen_at, "made_on": "2026-05-04", "key": "0E7B0A1C-5F0E-4E0B-8F1E-0123456789AB"}
    found = call(reply(data)).run(lambda client: client.things.retrieve("thing_1"))
    assert isinstance(found.seen_at, datetime)
    assert found.seen_at.tzinfo is not None
    assert isinstance(found.made_on, date)
    assert found.key == UUID(data["key"])
    assert found.to_dict() == data
    found.made_on = date(2026, 5, 5)
    assert found.to_dict() == {**data, "made_on": "2026-05-05"}


# --- Uploads ---


def parts_of(request: httpx.Request) -> dict[str, Any]:
    """The parts of a multipart body by their names, as the standard library reads them."""
    length = request.headers.get("content-length")  # unknown where an iterator is sent
    assert length == str(len(request.content)) or (length, request.headers["transfer-encoding"]) == (None, "chunked")
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    found: dict[str, Any] = {}
    for part in message_from_bytes(head + request.content).get_payload():
        name = part.get_param("name", header="content-disposition")  # type: ignore[union-attr]
        found.setdefault(str(name), []).append(part)
    return found


def pieces() -> Iterator[bytes]:
    yield b"by"
    yield b"tes"


@pytest.mark.parametrize(
    ("given", "filename", "media_type"),
    [
        (lambda _: b"bytes", "upload", "application/octet-stream"),
        (lambda _: bytearray(b"bytes"), "upload", "application/octet-stream"),
        (lambda _: io.BytesIO(b"bytes"), "upload", "application/octet-stream"),
        (lambda _: pieces(), "upload", "application/octet-stream"),
        (lambda folder: folder / "a.png", "a.png", "image/png"),
        (lambda folder: (folder / "a.png").open("rb"), "a.png", "image/png"),
        (lambda _: ("b.webp", b"bytes"), "b.webp", "image/webp"),
        (lambda _: ("b.bin", b"bytes", "image/jpeg"), "b.bin", "image/jpeg"),
        (lambda _: ('ä"b.png', b"bytes"), "ä%22b.png", "image/png"),
    ],
    ids=["bytes", "bytearray", "file", "iterator", "path", "open file", "named", "typed", "quoted"],
)
def test_a_file_is_taken_in_every_form(
    call: MakesCaller, tmp_path: Path, given: Any, filename: str, media_type: str
) -> None:
    (tmp_path / "a.png").write_bytes(b"bytes")
    file = given(tmp_path)
    upload = {"purpose": "small", "public": False, "count": 3, "labels": ["a", "b"], "extra_body": {"new": {"a": 1}}}
    caller = call(reply({"id": "part_1", "name": "p"}))
    caller.run(lambda client: client.things.parts.upload("thing_1", file=file, **upload))
    if hasattr(file, "close"):
        file.close()
    parts = parts_of(caller.requests[0])
    assert parts["file"][0].get_payload(decode=True) == b"bytes"
    assert parts["file"][0].get_content_type() == media_type
    assert filename.encode() in caller.requests[0].content
    texts = {name: [part.get_payload() for part in found] for name, found in parts.items() if name != "file"}
    assert texts == {
        "purpose": ["small"], "public": ["false"], "count": ["3"], "labels": ["a", "b"], "new": ['{"a": 1}'],
    }  # fmt: skip


def test_several_files_go_under_one_name(call: MakesCaller) -> None:
    caller = call(reply({"id": "part_1", "name": "p"}))
    more = [b"1", ("b.png", b"2")]
    caller.run(lambda client: client.things.parts.upload("thing_1", file=b"0", purpose="small", more=more))
    parts = parts_of(caller.requests[0])
    assert [(part.get_filename(), part.get_payload(decode=True)) for part in parts["more"]] == [
        ("upload", b"1"),
        ("b.png", b"2"),
    ]


@pytest.mark.parametrize("content", [b"\r\n--+++\r\n", b"--boundary--\r\n", b"", b"\x00" * 1000])
def test_no_content_adds_a_part_of_its_own(call: MakesCaller, content: bytes) -> None:
    caller = call(reply({"id": "part_1", "name": "p"}))
    caller.run(lambda client: client.things.parts.upload("thing_1", file=content, purpose="small"))
    caller.run(lambda client: client.things.parts.upload("thing_1", file=content, purpose="small"))
    first, second = caller.requests
    assert first.headers["content-type"] != second.headers["content-type"]
    assert list(parts_of(first)) == ["file", "purpose"]
    assert parts_of(first)["file"][0].get_payload(decode=True) == content


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("a.png", ["file", "pathlib.Path"]),
        (7, ["file"]),
        (io.StringIO("text"), ["file", "str"]),
        (Path("/nowhere/at/all.png"), ["file", "No such file"]),
        (["text"], ["file", "str"]),
        (("a\r\nX: y.png", b""), ["file", "control character"]),
        (("a.png", b"", "image/png\r\nX: y"), ["file"]),
        ((b"a", b"b"), ["file", "tuple"]),
        (None, ["file", "required"]),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_is_no_file_is_refused(call: MakesCaller, file: Any, words: list[str]) -> None:
    caller = call(reply({}))
    failure = caught(caller.run, lambda client: client.things.parts.upload("thing_1", file=file, purpose="small"))
    assert isinstance(failure, ConfigurationError)
    for word in words:
        assert word in str(failure)
    assert caller.requests == []


# --- Types ---


def test_plain_dicts_have_types() -> None:
    label: ThingLabelParam = {"text": "t"}
    body: ThingCreateParam = {"name": "n", "content": [label, {"text": "u"}], "size": "small"}
    assert ThingCreateParam.__required_keys__ == {"name", "content"}
    assert set(get_type_hints(ThingCreateParam)) >= {
        "name",
        "content",
        "size",
        "tags",
    }  # as pydantic, say, asks for them
    assert body["name"] == "n"


async def typed(client: Aurous, asynchronous: AsyncAurous) -> None:
    """What type checkers see. Checked, never run."""
    thing = client.things.retrieve("thing_1")
    assert_type(thing, Thing)
    assert_type(thing.shape, Square | Circle | Unset)
    assert_type(thing.readings, list[str] | list[int] | Unset)
    assert_type(thing.mood, ThingKnownMood | Unset)
    assert_type(thing.note, str | None | Unset)
    assert_type(thing.seen_at, datetime | Unset)
    assert_type(thing.drift, tuple[Deviation, ...])
    assert_type(thing.meta, ResponseMeta)
    assert_type(client.things.list(size="small", color=["red"], limit=5), Page[Thing])
    assert_type(client.things.parts.list("thing_1"), ItemList[Part])
    assert_type(client.things.parts.picture("thing_1", 0), BinaryContent)
    assert_type(client.things.parts.upload("thing_1", file=Path("part"), purpose=ThingSize.SMALL), Part)
    assert_type(client.things.delete("thing_1"), OpenValue)
    for each in client.things.list().auto_paging_iter():
        assert_type(each, Thing)
    assert_type(await asynchronous.things.list(), AsyncPage[Thing])
    async for each in (await asynchronous.things.list()).auto_paging_iter():
        assert_type(each, Thing)
    assert_type(await asynchronous.things.create(name="n", content=[{"text": "t"}]), Thing)

    client.things.create(name="n")  # type: ignore[call-arg]
    client.things.create(name=7, content="c")  # type: ignore[arg-type]
    client.things.create(name="n", content={"txt": "t"}, size="tiny")  # type: ignore[arg-type]
    client.things.retrieve(7)  # type: ignore[arg-type]
    client.things.lst()  # type: ignore[attr-defined]
    asynchronous.things.retrieve("thing_1")  # type: ignore[unused-coroutine]
    misspelt: ThingLabelParam = {"txt": "t"}  # type: ignore[typeddict-item, typeddict-unknown-key]
    client.things.create(name="n", content=misspelt)
