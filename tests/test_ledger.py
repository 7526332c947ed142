"""The ledger: a row for each charge, once; totals; files; and what the API recorded, held against it."""

import csv
import json
import logging
import os
import pickle
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal, localcontext
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aurous import (
    APITimeoutError,
    Aurous,
    AurousError,
    BadRequestError,
    Budget,
    Charge,
    ConfigurationError,
    JsonlLedger,
    Ledger,
    ServerError,
    StreamInterruptedError,
)
from aurous.emulator import Refusal, Streaming
from aurous.testing import FakeClock
from scripted import KEY, MakesCaller, caught, error, ok, reply
from spending import EMBEDDER, Bank, Spender, bank, emulator
from streams import MODEL, read, sends

__all__ = ["bank", "emulator"]  # the fixtures

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
NAIVE = NOON.replace(tzinfo=None)


class Rows:
    """A store that keeps rows as they are given."""

    def __init__(self, *rows: Mapping[str, Any]) -> None:
        self.kept = [dict(row) for row in rows]

    def append(self, row: Mapping[str, Any]) -> None:
        self.kept.append(json.loads(json.dumps(row)))

    def rows(self) -> list[dict[str, Any]]:
        return self.kept


def charge(**known: Any) -> Charge:
    return Charge(**{"time": NOON, "operation": "chat.completions.create", **known})


def state(budget: Budget) -> tuple[Any, ...]:
    """What was spent, what is reserved, and the requests that are left."""
    return budget.spent, budget.reserved, budget.requests_left


def one(ledger: Ledger) -> Charge:
    (found,) = ledger.charges()
    return found


# --- A row for each charge ---


def test_each_call_that_costs_something_has_a_row_with_what_it_cost(bank: Bank) -> None:
    ledger = Ledger()
    spender = bank.spender(ledger=ledger)
    created, embedded, streamed = spender.create(), spender.embed(), spender.read().final
    assert streamed is not None
    results: list[Any] = [created, embedded, streamed]
    rows = ledger.charges()
    assert [(row.credits, row.request_id, row.model) for row in rows] == [
        (each.receipt.credits, each.meta.request_id, each.model) for each in results
    ]
    assert [row.id for row in rows] == [created.id, None, streamed.id]
    assert {(row.status, row.pending) for row in rows} == {("completed", False)}
    assert list(ledger.totals("operation")) == ["chat.completions.create", "embeddings.create"]
    row = ledger.charges()[0]
    assert row.idempotency_key == created.meta.idempotency_key
    assert (row.input_tokens, row.output_tokens) == (created.usage.prompt_tokens, created.usage.completion_tokens)
    assert ledger.total.credits == bank.charged


def test_parse_and_run_are_followed_too(bank: Bank) -> None:
    ledger = Ledger()
    spender = bank.spender(ledger=ledger)
    schema = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
    spender.run(lambda client: client.chat.completions.parse(schema, model=MODEL, messages="Who?"))

    def get_weather(city: str) -> str:
        """The weather in a city."""
        return "sunny"

    given: dict[str, Any] = {"model": MODEL, "messages": "Sun?", "tools": [get_weather], "tool_choice": "required"}
    run = spender.run(lambda client: client.chat.completions.run(**given))
    body = {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}]}
    spender.run(lambda client: client.request("POST", "/v1/chat/completions", json=body))
    assert ledger.total.charges == 1 + len(run.completions) + 1
    assert ledger.total.credits == bank.charged
    assert set(ledger.totals("operation")) == {"chat.completions.create"}


def test_the_same_completion_counts_once_however_often_it_is_seen(bank: Bank) -> None:
    ledger = Ledger()
    spender = bank.spender(ledger=ledger)
    created = spender.create(idempotency_key="order-1")
    for _ in range(10):
        spender.retrieve(created.id)
    assert spender.create(idempotency_key="order-1").meta.idempotent_replay
    first = spender.embed(idempotency_key="order-2")
    assert spender.embed(idempotency_key="order-2").meta.idempotent_replay
    assert [row.credits for row in ledger.charges()] == [created.receipt.credits, first.receipt.credits]
    assert ledger.total.credits == bank.charged


def test_what_is_only_read_is_no_charge_of_the_reader(bank: Bank) -> None:
    ledger = Ledger()
    spender = bank.spender(ledger=ledger)
    spender.retrieve(bank.emulator.ids["completed"])
    spender.run(lambda client: client.usage.events.list())
    spender.run(lambda client: client.embeddings.estimate(model=EMBEDDER, input="A lighthouse"))
    assert ledger.charges() == []


def test_what_cost_nothing_has_no_row(bank: Bank) -> None:
    ledger = Ledger()
    spender = bank.spender(ledger=ledger)
    bank.emulator.answers(Refusal(code="chat_provider_unavailable"))
    caught(spender.create)
    assert isinstance(caught(spender.create, max_tokens=10**6), BadRequestError)
    assert ledger.charges() == []
    assert bank.charged == 0


def test_tags_are_told_by_the_client_added_to_by_a_copy_and_never_sent(call: MakesCaller) -> None:
    rows = Rows()
    caller = call(ok(), ledger=Ledger(rows), tags={"service": "faq", "team": "a"})
    other = caller.with_options(tags={"feature": "search", "team": "b"})
    for each in (caller, other):
        each.run(lambda client: client.chat.completions.create(model=MODEL, messages="Hi"))
    assert [row["tags"] for row in rows.kept] == [
        {"service": "faq", "team": "a"},
        {"service": "faq", "team": "b", "feature": "search"},
    ]
    for request in caller.requests:
        assert not any(word in f"{request.headers} {request.content!r} {request.url}" for word in ("faq", "search"))


@pytest.mark.parametrize("tags", [{"feature": 1}, {"": "x"}, ["feature"], {1: "x"}])
def test_tags_are_strings(tags: Any) -> None:
    assert isinstance(caught(Aurous, KEY, tags=tags), ConfigurationError)


@pytest.mark.parametrize("given", [{"ledger": "spend.jsonl"}, {"budget": "5"}])
def test_the_options_take_what_they_are_for(given: Any) -> None:
    assert "; pass a " in str(caught(Aurous, KEY, **given))


def test_a_client_without_either_does_not_load_what_is_for_them() -> None:
    code = "import aurous, sys; aurous.Aurous('al_live_filler').chat.completions; print('aurous.money' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_a_store_that_fails_takes_nothing_away_and_is_told(call: MakesCaller, caplog: pytest.LogCaptureFixture) -> None:
    class Full(Rows):
        def append(self, row: Mapping[str, Any]) -> None:
            raise OSError(28, "No space left on device")

    caller = call(ok(), ledger=Ledger(Full()))
    created = caller.run(lambda client: client.chat.completions.create(model=MODEL, messages="Hi"))
    assert created.text
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    fields: Any = record
    assert (fields.aurous_event, fields.aurous_operation, fields.aurous_error_type) == (
        "ledger",
        "chat.completions.create",
        "OSError",
    )
    told = record.getMessage()
    assert "OSError" in told
    assert created.id in told
    assert KEY not in told


# --- What is not known at once ---


@pytest.mark.parametrize("end_after", [0, 1, 3])
def test_a_lost_stream_is_pending_until_it_is_recovered(bank: Bank, end_after: int) -> None:
    ledger = Ledger()
    spender = bank.spender(ledger=ledger)
    bank.emulator.answers("Tokyo, of course.", streaming=Streaming(end="closed", end_after=end_after))
    lost = spender.read()
    assert isinstance(lost.error, StreamInterruptedError)
    (pending,) = ledger.pending()
    assert (pending.id, pending.credits) == (lost.error.id, None)
    assert ledger.total.credits == 0

    failure = lost.error
    record = spender.recover(failure)
    assert one(ledger).credits == record.receipt.credits == bank.charged
    assert (one(ledger).id, one(ledger).status, one(ledger).pending) == (record.id, "cancelled", False)


@pytest.mark.parametrize("way", ["cancel", "close"])
def test_a_stream_that_is_left_early_is_settled_by_its_record(bank: Bank, way: str) -> None:
    ledger = Ledger()
    spender = bank.spender(ledger=ledger)
    bank.emulator.answers(streaming=Streaming(gap=1000))

    def left_early(client: Any) -> Any:
        stream = client.chat.completions.stream(model=MODEL, messages="Count to a hundred.")
        return _left(stream, way) if isinstance(client, Aurous) else _left_async(stream, way)

    id = spender.run(left_early)
    assert [row.id for row in ledger.pending()] == ([id] if way == "close" else [])
    record = spender.run(lambda client: client.chat.completions.wait(id))
    assert (one(ledger).status, one(ledger).credits) == ("cancelled", record.receipt.credits)
    assert ledger.total.credits == bank.charged


def _left(stream: Any, way: str) -> Any:
    with stream:
        next(stream)
        getattr(stream, way)()
    return stream.id


async def _left_async(stream: Any, way: str) -> Any:
    async with stream:
        await anext(stream)
        await getattr(stream, way)()
    return stream.id


def test_a_cancelled_frame_without_usage_is_settled_by_the_record(call: MakesCaller) -> None:
    ledger = Ledger()
    cut = b'data: {"object":"chat.completion.chunk","choices":[{"finish_reason":"cancelled"}]}\n\ndata: [DONE]\n\n'
    begins = b'data: {"id": "cmp_1", "choices": [{"index": 0, "delta": {"content": "To"}}]}\n\n'
    record: dict[str, Any] = {"status": "cancelled", "usage": {"credits_charged": 0.0167}}
    caller = call(sends(begins, cut), ok(id="cmp_1", **record), ledger=ledger)
    assert read(caller).error is None
    assert (one(ledger).credits, one(ledger).status) == (Decimal("0.0167"), "cancelled")


def test_an_error_frame_whose_hold_is_released_costs_nothing(bank: Bank) -> None:
    ledger = Ledger()
    spender = bank.spender(ledger=ledger)
    bank.emulator.answers("Tokyo.", streaming=Streaming(end="error", end_after=2))
    assert isinstance(spender.read().error, ServerError)
    assert (one(ledger).status, one(ledger).credits, one(ledger).pending) == ("failed", Decimal(), False)
    assert bank.charged == 0
    assert spender.reconcile(ledger).is_clean


def test_a_create_that_timed_out_is_pending_by_its_key_and_one_charge_when_it_is_collected(call: MakesCaller) -> None:
    ledger = Ledger()
    replayed = {"Aurous-Idempotent-Replayed": "true", "Aurous-Request-Id": "req_2"}
    caller = call(httpx.ReadTimeout(""), ok(headers=replayed), ledger=ledger, max_retries=0, tags={"feature": "faq"})
    options: dict[str, Any] = {"model": MODEL, "messages": "Hi"}
    failure = caught(caller.run, lambda client: client.chat.completions.create(**options))
    (pending,) = ledger.pending()
    assert (pending.id, pending.idempotency_key, pending.model) == (None, failure.idempotency_key, MODEL)

    key = failure.idempotency_key
    plain = caller.with_options(tags={"feature": "collector"})
    created = plain.run(lambda client: client.chat.completions.create(**options, idempotency_key=key))
    assert (one(ledger).id, one(ledger).credits, one(ledger).pending) == (created.id, created.receipt.credits, False)
    assert one(ledger).tags == {"feature": "faq"}


def test_another_process_collects_what_timed_out(bank: Bank, tmp_path: Path) -> None:
    clock = FakeClock(start=NOON.timestamp(), autojump=False)
    bank.emulator.reset(clock=clock)
    path = tmp_path / "spend.jsonl"
    bank.emulator.answers("Tokyo.", after=30)
    failure = caught(bank.spender(ledger=JsonlLedger(path), timeout=0.1).create)
    assert isinstance(failure, APITimeoutError)
    clock.advance(30)

    ledger = JsonlLedger(path)
    created = bank.spender(ledger=ledger, max_retries=2).create(idempotency_key=failure.idempotency_key)
    assert (one(ledger).id, one(ledger).credits) == (created.id, created.receipt.credits)
    assert ledger.total.credits == bank.charged


def test_a_retry_that_gets_the_stored_answer_is_one_charge(call: MakesCaller) -> None:
    ledger = Ledger()
    replay = ok(headers={"Aurous-Idempotent-Replayed": "true"})
    caller = call(httpx.ReadTimeout(""), replay, ledger=ledger)
    created = caller.run(lambda client: client.chat.completions.create(model=MODEL, messages="Hi"))
    assert one(ledger).credits == created.receipt.credits


@pytest.mark.parametrize(
    ("step", "request_id"),
    [
        (error(500, "internal_error", headers={"Aurous-Request-Id": "req_1"}), "req_1"),
        (reply("no completion", headers={"Aurous-Request-Id": "req_1"}), "req_1"),
        (ok(usage={}, headers={"Aurous-Request-Id": "req_1"}), "req_1"),
        (httpx.ReadError("reset"), None),
    ],
)
def test_what_may_have_been_carried_out_is_pending(call: MakesCaller, step: Any, request_id: str | None) -> None:
    ledger = Ledger()
    caller = call(step, ledger=ledger, max_retries=0, on_drift="ignore")
    with suppress(AurousError):  # where there is a completion, it does not tell what was charged
        caller.run(lambda client: client.chat.completions.create(model=MODEL, messages="Hi", idempotency_key="k"))
    (pending,) = ledger.pending()
    assert (pending.request_id, pending.idempotency_key) == (request_id, "k")


# --- Rows become charges ---

rows_of_one = st.builds(
    charge,
    id=st.sampled_from(["cmp_1", None]),
    request_id=st.sampled_from(["req_1", "req_2"]),
    idempotency_key=st.sampled_from(["key_1", None]),
    pending=st.just(True),
)


@given(st.lists(rows_of_one, max_size=6), st.randoms())
def test_whatever_was_written_of_a_charge_in_whichever_order_is_one_row(pending: list[Charge], random: Any) -> None:
    known = charge(id="cmp_1", request_id="req_1", idempotency_key="key_1", credits=Decimal("0.5"), status="completed")
    link = charge(id="cmp_1", request_id="req_2", pending=True)
    rows = [*pending, known, known, link]
    random.shuffle(rows)
    ledger = Ledger(Rows(*(row.as_dict() for row in rows)))
    assert one(ledger).credits == Decimal("0.5")
    assert (one(ledger).id, one(ledger).status, one(ledger).pending) == ("cmp_1", "completed", False)


@given(
    st.lists(
        st.builds(
            charge,
            id=st.sampled_from(["cmp_1", "cmp_2", None]),
            request_id=st.sampled_from(["req_1", "req_2", None]),
            idempotency_key=st.sampled_from(["key_1", "key_2", None]),
            credits=st.decimals(0, 5, places=5),
        ),
        max_size=8,
    )
)
def test_two_ids_are_never_one_charge(rows: list[Charge]) -> None:
    folded = Ledger(Rows(*(row.as_dict() for row in rows))).charges()
    ids = [row.id for row in folded if row.id]
    assert len(ids) == len(set(ids))
    assert set(ids) == {row.id for row in rows if row.id}


def test_a_gateway_that_gives_all_requests_one_id_makes_no_charge_of_two() -> None:
    first = charge(operation="embeddings.create", idempotency_key="a", request_id="req_1", credits=Decimal(1))
    second = charge(operation="embeddings.create", idempotency_key="b", request_id="req_1", credits=Decimal(1))
    third = charge(id="cmp_1", request_id="req_1", credits=Decimal(1))
    assert Ledger(Rows(*(row.as_dict() for row in (first, second, third)))).charges() == [first, second, third]


def test_a_key_holds_for_a_day_after_which_it_is_another_embedding() -> None:
    first = charge(operation="embeddings.create", idempotency_key="k", request_id="req_1", credits=Decimal(1))
    later = charge(operation="embeddings.create", idempotency_key="k", request_id="req_2", credits=Decimal(1))
    for hours, charges in ((23, 1), (25, 2)):
        second = {**later.as_dict(), "time": (NOON + timedelta(hours=hours)).isoformat()}
        assert len(Ledger(Rows(first.as_dict(), second)).charges()) == charges


@given(
    st.builds(
        charge,
        id=st.none() | st.text(min_size=1),
        credits=st.none() | st.decimals(0, 10**9, allow_nan=False),
        tags=st.dictionaries(st.text(min_size=1), st.text()),
        pending=st.booleans(),
        input_tokens=st.none() | st.integers(0),
        time=st.datetimes(timezones=st.just(UTC)),
    )
)
def test_a_row_survives_json_and_pickle(row: Charge) -> None:
    assert Charge.from_dict(json.loads(json.dumps(row.as_dict()))) == row
    assert pickle.loads(pickle.dumps(row)) == row


# --- Totals and files ---


def test_totals_by_field_by_tag_and_by_day_are_exact() -> None:
    ledger = Ledger()
    ledger.record(charge(id="1", model="a", credits=Decimal("0.1"), tags={"feature": "faq"}, input_tokens=3))
    ledger.record(charge(id="2", model="a", credits=Decimal("0.2"), tags={"feature": "search"}, output_tokens=4))
    ledger.record(charge(id="3", model="b", credits=Decimal("1e-20"), time=NOON + timedelta(days=1)))
    ledger.record(charge(id="4", model="b", pending=True))
    with localcontext(prec=3):
        assert {value: str(total.credits) for value, total in ledger.totals("model").items()} == {
            "a": "0.3",
            "b": "1E-20",
        }
        assert ledger.total.as_dict() == {
            "credits": "0.30000000000000000001",
            "charges": 3,
            "pending": 1,
            "input_tokens": 3,
            "output_tokens": 4,
            "reasoning_tokens": 0,
        }
    assert list(ledger.totals(tag="feature")) == ["search", "faq", None]
    assert {day: total.charges for day, total in ledger.totals("day").items()} == {"2026-06-01": 2, "2026-06-02": 1}


def test_totals_of_a_span_by_a_field_and_a_tag() -> None:
    ledger = Ledger()
    for number, (model, customer) in enumerate([("a", "x"), ("a", "y"), ("b", "x"), ("a", "x")]):
        time = NOON + timedelta(days=number)
        ledger.record(charge(id=str(number), model=model, credits=Decimal(1), tags={"customer": customer}, time=time))
    pairs = {pair: total.charges for pair, total in ledger.totals("model", tag="customer").items()}
    assert pairs == {("a", "x"): 2, ("a", "y"): 1, ("b", "x"): 1}
    span = ledger.totals("model", start=NOON + timedelta(days=1), end=NOON + timedelta(days=3))
    assert {model: total.charges for model, total in span.items()} == {"a": 1, "b": 1}


class Zoneless(tzinfo):
    """A zone that does not tell how far it is from UTC."""

    def utcoffset(self, dt: datetime | None) -> None:
        return None

    dst = tzname = utcoffset


@pytest.mark.parametrize(
    ("given", "param"),
    [
        ({}, "field"),
        ({"field": "colour"}, "field"),
        ({"tag": 5}, "tag"),
        ({"tag": "x", "start": "2026-06-01"}, "start"),
        ({"tag": "x", "start": NOON.replace(tzinfo=Zoneless())}, "start"),
        ({"tag": "x", "end": NAIVE}, "end"),
    ],
)
def test_totals_are_by_what_there_is(given: Any, param: str) -> None:
    failure = caught(Ledger().totals, **given)
    assert isinstance(failure, ConfigurationError)
    assert failure.param == param


def test_a_csv_has_a_column_for_each_field_and_tag(tmp_path: Path) -> None:
    ledger = Ledger()
    ledger.record(charge(id="cmp_1", credits=Decimal("0.00353"), tags={"feature": 'a "quoted", thing\n'}))
    ledger.record(charge(request_id="req_2", pending=True, tags={"team": "ü"}))
    ledger.to_csv(tmp_path / "spend.csv")
    with (tmp_path / "spend.csv").open(encoding="utf-8", newline="") as file:
        first, second = csv.DictReader(file)
    assert (first["id"], first["credits"], first["tag.feature"], first["tag.team"]) == (
        "cmp_1",
        "0.00353",
        'a "quoted", thing\n',
        "",
    )
    assert (second["pending"], second["credits"], second["tag.team"]) == ("True", "", "ü")


def test_a_csv_has_no_formula(tmp_path: Path) -> None:
    ledger = Ledger()
    ledger.record(charge(id="cmp_1", model="@SUM(A1)", credits=Decimal(1), tags={"a": "=1+1", "b": "-1", "c": "b=c"}))
    ledger.to_csv(tmp_path / "spend.csv")
    with (tmp_path / "spend.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert [row[name] for name in ("model", "tag.a", "tag.b", "tag.c", "credits")] == [
        *("'@SUM(A1)", "'=1+1", "'-1", "b=c", "1")
    ]


# --- The file ---


def test_a_file_is_read_again_by_another_ledger(tmp_path: Path) -> None:
    first = JsonlLedger(tmp_path / "spend.jsonl")
    assert first.charges() == []
    first.record(charge(id="cmp_1", credits=Decimal("0.1")))
    copied = pickle.loads(pickle.dumps(first))
    copied.record(charge(id="cmp_2", credits=Decimal("0.2")))
    assert JsonlLedger(str(tmp_path / "spend.jsonl")).charges() == first.charges()
    assert first.total.credits == Decimal("0.3")


@pytest.mark.parametrize("torn", [b'{"time":"2026', b"\xff\xfe", b"[1, 2]\n", b"null\n", b'{"id": "cmp_9"}\n', b"\n\n"])
def test_a_torn_line_loses_nothing_but_itself(tmp_path: Path, torn: bytes) -> None:
    path = tmp_path / "spend.jsonl"
    ledger = JsonlLedger(path)
    ledger.record(charge(id="cmp_1", credits=Decimal("0.1")))
    with path.open("ab") as file:
        file.write(torn)
    assert [row.id for row in ledger.charges()] == ["cmp_1"]
    ledger.record(charge(id="cmp_2", credits=Decimal("0.2")))
    assert [row.id for row in ledger.charges()] == ["cmp_1", "cmp_2"]
    assert path.read_bytes().endswith(b"}\n")


ODD: dict[str, list[Any]] = {
    **{name: [["x"], {}] for name in ("id", "idempotency_key", "model", "status", "operation")},
    "input_tokens": ["5", [5], 5.5, True],
    "credits": [[0, [1], -1], True, {}, "NaN", "many"],
    "tags": [{"a": [1]}, {"a": None}, [["a", "b"]], None],
    "time": ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", 5, None],
    "pending": ["no"],
}


def test_a_store_may_have_types_of_its_own() -> None:
    """As databases have, for which truth is a number, or credits are."""
    row = charge(id="cmp_1", credits=Decimal("0.1"), pending=True)
    assert Charge.from_dict({**row.as_dict(), "pending": 1, "credits": 0.1}) == row


@pytest.mark.parametrize("odd", [{name: value} for name, values in ODD.items() for value in values])
def test_an_odd_row_is_passed_over(tmp_path: Path, odd: dict[str, Any]) -> None:
    path = tmp_path / "spend.jsonl"
    ledger = JsonlLedger(path)
    row = charge(id="cmp_1", credits=Decimal("0.1"))
    with pytest.raises(ValueError, match="not a row of a ledger"):
        Charge.from_dict({**row.as_dict(), **odd})
    path.write_text(json.dumps({**row.as_dict(), **odd}) + "\n")
    ledger.record(row)
    assert ledger.charges() == [row]


@pytest.mark.parametrize("make", [os.mkdir, getattr(os, "mkfifo", os.mkdir)])
def test_a_path_that_is_no_file_any_more_is_refused(tmp_path: Path, make: Any) -> None:
    ledger = JsonlLedger(tmp_path / "spend.jsonl")
    make(ledger.path)
    for failure in (caught(ledger.charges), caught(ledger.record, charge(id="cmp_1"))):
        assert isinstance(failure, ConfigurationError)
        assert failure.param == "path"
        assert "is no file any more" in str(failure)


def test_a_row_that_was_torn_at_any_byte_leaves_those_before_and_after_it(tmp_path: Path) -> None:
    path = tmp_path / "spend.jsonl"
    for id in ("cmp_1", "cmp_2"):
        JsonlLedger(path).record(charge(id=id, credits=Decimal("0.1")))
    whole = path.read_bytes()
    first = whole.index(b"\n") + 1
    for end in range(first, len(whole) - 1, 9):
        path.write_bytes(whole[:end])
        ledger = JsonlLedger(path)
        ledger.record(charge(id="cmp_3", credits=Decimal("0.3")))
        kept = [row.id for row in ledger.charges()]
        assert kept == ["cmp_1", "cmp_3"] or (end == len(whole) - 1 and "cmp_2" in kept)


WRITER = """
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from aurous import Charge, JsonlLedger
ledger = JsonlLedger(sys.argv[1])
def write(number):
    known = {"operation": "o", "credits": Decimal(1), "tags": {"text": "x" * 3000}}
    ledger.record(Charge(time=datetime.now(UTC), id=f"{sys.argv[2]}_{number}", **known))
with ThreadPoolExecutor(4) as pool:
    list(pool.map(write, range(50)))
"""


def test_threads_and_processes_append_to_one_file(tmp_path: Path) -> None:
    path = tmp_path / "spend.jsonl"
    command = [sys.executable, "-c", WRITER, str(path)]
    writers = [subprocess.Popen([*command, str(number)]) for number in range(3)]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    assert JsonlLedger(path).total.credits == 150


def test_a_path_that_is_none_is_refused(tmp_path: Path) -> None:
    for path in (5, tmp_path, tmp_path / "no" / "such" / "spend.jsonl", "a\0b", "x" * 5000, os.devnull):
        assert "To do: make its folder, and name a file" in str(caught(JsonlLedger, path))


def test_what_others_write_to_a_file_is_read_on_and_another_file_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "spend.jsonl"
    ledger, other = JsonlLedger(path), JsonlLedger(path)
    for number in range(3):
        other.record(charge(id=f"cmp_{number}", pending=True))
        ledger.record(charge(id=f"cmp_{number}", credits=Decimal(1)))
        assert ledger.total.charges == other.total.charges == number + 1
        assert ledger.pending() == []
    path.rename(tmp_path / "old.jsonl")
    assert ledger.charges() == []
    other.record(charge(id="cmp_9", credits=Decimal(1)))
    assert [row.id for row in ledger.charges()] == ["cmp_9"]
    path.write_bytes((tmp_path / "old.jsonl").read_bytes())  # in place, and longer than before
    assert ledger.total.credits == 3


def test_a_file_that_another_process_has_locked_stops_no_call(
    call: MakesCaller, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    fcntl = pytest.importorskip("fcntl")
    monkeypatch.setattr("aurous.money.jsonl._LOCKED_WITHIN", 0.0)
    path = tmp_path / "spend.jsonl"
    caller = call(ok(), ledger=JsonlLedger(path))
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        created = caller.run(lambda client: client.chat.completions.create(model=MODEL, messages="Hi"))
    (told,) = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert "TimeoutError" in told
    assert created.id in told


def test_a_ledger_and_a_journal_are_two_files(call: MakesCaller, tmp_path: Path) -> None:
    path = tmp_path / "spend.jsonl"
    client = call(ok(), ledger=JsonlLedger(path)).client
    assert "ledger" in str(caught(client.bulk, journal=tmp_path / "." / "spend.jsonl"))


def test_what_is_no_charge_and_no_time_is_refused() -> None:
    ledger: Any = Ledger()
    with Aurous(KEY) as client:
        for function, given, param in (
            (ledger.record, ("x",), "charge"),
            (ledger.settle, (charge(), "y"), "event"),
            (ledger.settle, (charge(pending=True), "y"), "event"),
            (ledger.give_up, ("x",), "charge"),
            (ledger.give_up, (charge(),), "charge"),
            (Budget(1).give_up, (charge(pending=True),), "charge"),
            (ledger.reconcile, ("x",), "client"),
            (partial(ledger.reconcile, start="2026-06-01"), (client,), "start"),
            (partial(ledger.reconcile, end=5), (client,), "end"),
            (Ledger, (5,), "store"),
        ):
            failure = caught(function, *given)
            assert isinstance(failure, ConfigurationError)
            assert failure.param == param


# --- Held against the API's record ---


def spent(bank: Bank, rows: Rows) -> Spender:
    """A client that has spent on three completions, a stream and an embedding, with a ledger that keeps rows."""
    spender = bank.spender(ledger=Ledger(rows))
    for words in ("Capital of Japan?", "And of France?", "And of Peru?"):
        spender.create(words)
    spender.read()
    spender.embed()
    return spender


def test_a_ledger_and_the_api_agree(bank: Bank) -> None:
    rows = Rows()
    result = spent(bank, rows).reconcile(Ledger(rows))
    assert result.is_clean
    assert (result.agreed, result.settled) == (5, ())


def test_planted_differences_are_found_to_the_last_digit(bank: Bank) -> None:
    rows = Rows()
    spender = spent(bank, rows)
    wrong, lost = rows.kept[0], rows.kept.pop(1)
    was = Decimal(wrong["credits"])
    wrong["credits"] = str(was + Decimal("0.00001"))
    invented = charge(id="cmp_invented", credits=Decimal("0.00002"), time=datetime.now(UTC))
    rows.append(invented.as_dict())

    result = spender.reconcile(Ledger(rows))
    (difference,) = result.different
    assert difference.credits == Decimal("-0.00001")
    assert (difference.charge.id, difference.event.credits) == (wrong["id"], was)
    assert [(event.id, event.credits) for event in result.missing] == [(lost["id"], Decimal(lost["credits"]))]
    assert result.extra == (invented,)
    assert (result.agreed, result.is_clean) == (3, False)
    assert json.loads(json.dumps(result.as_dict()))["different"][0]["credits"] == "-0.00001"


def test_pending_rows_are_found_out_by_another_process(bank: Bank, tmp_path: Path) -> None:
    ledger = JsonlLedger(tmp_path / "spend.jsonl")
    spender = bank.spender(ledger=ledger)
    for end_after in (0, 3):
        bank.emulator.answers("Tokyo, of course.", streaming=Streaming(end="closed", end_after=end_after))
        spender.read()
    assert len(ledger.pending()) == 2

    result = bank.spender().reconcile(JsonlLedger(tmp_path / "spend.jsonl"))
    assert result.is_clean
    assert {row.status for row in result.settled} == {"cancelled"}
    assert ledger.total.credits == sum(row.credits for row in result.settled) == bank.charged
    assert bank.spender().reconcile(ledger).settled == ()


def test_what_still_runs_stays_pending(bank: Bank) -> None:
    clock = FakeClock(start=NOON.timestamp(), autojump=False)
    bank.emulator.reset(clock=clock)
    ledger = Ledger()
    bank.emulator.answers("Tokyo.", after=30)
    failure = caught(bank.spender(ledger=ledger, timeout=0.1).create)
    result = bank.spender().reconcile(ledger)
    assert [row.idempotency_key for row in result.pending] == [failure.idempotency_key]
    assert not result.is_clean
    clock.advance(30)


def test_a_call_that_left_no_bill_is_given_up_after_a_day(bank: Bank) -> None:
    clock = FakeClock(start=NOON.timestamp())
    bank.emulator.reset(clock=clock)
    ledger, budget = Ledger(), Budget(credits=5, requests=9)
    spender = bank.spender(ledger=ledger, budget=budget, clock=clock)
    spender.create()
    spent = budget.spent
    for call in (spender.create, spender.create, spender.read):
        bank.emulator.fail(status=500, code="internal_error", operation="chat.completions.create")
        with suppress(ServerError):
            call()
    assert len(ledger.pending()) == len(budget.pending()) == 3
    reserved = budget.reserved

    clock.advance(3600)
    assert len(spender.reconcile(ledger).pending) == 3
    assert budget.reserved == reserved > 0

    clock.advance(86_400)
    result = spender.reconcile(ledger)
    assert [(row.status, row.credits) for row in result.settled] == [("given_up", 0)] * 3
    assert result.is_clean
    assert state(budget) == (spent, 0, 8)
    assert (ledger.pending(), budget.pending(), ledger.total.credits) == ([], [], spent)


def test_a_call_that_may_have_left_a_bill_is_given_up_by_its_owner_only(bank: Bank) -> None:
    clock = FakeClock(start=NOON.timestamp())
    bank.emulator.reset(clock=clock)
    ledger, budget = Ledger(), Budget(credits=5)
    spender = bank.spender(ledger=ledger, budget=budget, clock=clock, timeout=10)
    bank.emulator.answers("Tokyo.", after=30, times=2)
    caught(spender.create)
    caught(spender.create)
    clock.advance(200_000)
    result = spender.reconcile(ledger)
    assert (len(result.pending), len(result.missing)) == (2, 2)

    ledger.give_up(result.pending[0])
    ledger.settle(result.pending[1], result.missing[1])
    assert (len(budget.pending()), budget.reserved > 0) == (2, True)
    result = spender.reconcile(ledger)
    assert (result.agreed, result.pending, len(result.missing)) == (1, (), 1)
    assert ledger.pending() == budget.pending() == []
    assert state(budget) == (ledger.total.credits, 0, None)
    assert budget.spent > 0
    for row in ledger.charges():
        assert isinstance(caught(ledger.give_up, row), ConfigurationError)
        assert isinstance(caught(ledger.settle, row, result.missing[0]), ConfigurationError)


def test_what_a_budget_gave_up_counts_where_its_record_is_seen(call: MakesCaller) -> None:
    ledger, budget = Ledger(), Budget(requests=9)
    caller = call(httpx.ReadTimeout(""), httpx.ReadTimeout(""), ok(), ledger=ledger, budget=budget, max_retries=0)
    create = {"model": MODEL, "messages": "Hi"}
    for key in ("a", "b"):
        caught(caller.run, lambda client, key=key: client.chat.completions.create(**create, idempotency_key=key))
    kept, row = ledger.pending()
    budget.give_up(row)
    ledger.give_up(row)
    assert isinstance(caught(budget.give_up, row), ConfigurationError)
    assert budget.pending() == ledger.pending() == [kept]
    assert state(budget) == (0, 0, 8)

    created = caller.run(lambda client: client.chat.completions.create(**create, idempotency_key="b"))
    assert state(budget) == (created.receipt.credits, 0, 7)
    assert [(each.status, each.credits) for each in ledger.charges()] == [
        (None, None),
        ("completed", created.receipt.credits),
    ]


def test_a_stream_without_any_name_can_be_given_up(call: MakesCaller) -> None:
    ledger, budget = Ledger(), Budget(requests=9)
    caller = call(httpx.ReadTimeout(""), httpx.ReadTimeout(""), ledger=ledger, budget=budget, max_retries=0)
    for _ in range(2):
        read(caller)
    first, second = ledger.pending()
    assert budget.pending() == [first, second]
    budget.give_up(second)
    ledger.give_up(second)
    assert budget.pending() == ledger.pending() == [first]


@given(st.permutations([0, 1, 2]))
def test_a_row_that_was_given_up_yields_to_what_is_known(order: list[int]) -> None:
    pending = charge(idempotency_key="k", pending=True)
    rows = (
        pending,
        pending.given_up(),
        charge(idempotency_key="k", id="cmp_1", credits=Decimal(1), status="completed"),
    )
    assert one(Ledger(Rows(*(rows[place].as_dict() for place in order)))).credits == 1


def test_an_embedding_that_was_collected_by_its_key_has_its_event(bank: Bank) -> None:
    ledger = Ledger()
    spender = bank.spender(ledger=ledger)
    spender.embed(idempotency_key="k")
    other = Ledger()
    bank.spender(ledger=other).embed(idempotency_key="k")
    assert one(other).request_id is None
    assert bank.spender().reconcile(other).is_clean


@pytest.mark.parametrize("start", [None, timedelta(hours=24)])
def test_embeddings_that_were_collected_later_have_their_events(bank: Bank, start: timedelta | None) -> None:
    clock = FakeClock()
    bank.emulator.reset(clock=clock)
    ledger = Ledger()
    spender, later = bank.spender(clock=clock), bank.spender(clock=clock, ledger=ledger)
    for key in "abc":
        spender.embed(idempotency_key=key)
    clock.advance(23 * 3600)
    for key in "cba":
        later.embed(idempotency_key=key)
    begin = None if start is None else datetime.fromtimestamp(clock.time(), UTC) - start
    result = later.reconcile(ledger, start=begin)
    assert (result.agreed, result.is_clean) == (3, True)


@pytest.mark.parametrize(("hours", "credits", "agreed"), [(-23, 0.1, 1), (-25, 0.1, 0), (1, 0.1, 0), (-1, 0.2, 0)])
def test_a_row_that_has_only_a_key_has_an_event_of_the_day_before_it(
    call: MakesCaller, hours: int, credits: float, agreed: int
) -> None:
    at = NOON + timedelta(hours=hours)
    event: dict[str, Any] = {"id": "emb_1", "object": "usage_event", "created_at": at.isoformat(), "model": EMBEDDER}
    event |= {"status": "completed", "credits_charged": credits}
    ledger = Ledger()
    known = {"operation": "embeddings.create", "model": EMBEDDER, "credits": Decimal("0.1")}
    ledger.record(charge(**known, idempotency_key="k"))
    caller = call(reply({"object": "list", "data": [event], "has_more": False}))
    result = caller.run(ledger.reconcile)
    assert (result.agreed, len(result.extra)) == (agreed, 1 - agreed)


def test_the_events_of_a_span_on_all_pages_and_of_one_key(bank: Bank) -> None:
    rows = Rows()
    spender = bank.spender(ledger=Ledger(rows))
    for number in range(120):
        spender.embed(f"text {number}")
    assert spender.reconcile(Ledger(rows)).agreed == 120
    end = datetime.now(UTC) - timedelta(hours=1)
    early = spender.reconcile(Ledger(), start=end - timedelta(hours=1), end=end)
    assert (early.agreed, early.missing) == (0, ())
    assert len(spender.reconcile(Ledger(), start=end).missing) == 120
    assert spender.reconcile(Ledger(), start=end, api_key_id="apikey_other").missing == ()


def test_a_span_is_aware_of_its_zone(call: MakesCaller) -> None:
    caller = call(reply({"object": "list", "data": [], "has_more": False}))
    failure = caught(caller.run, lambda client: Ledger().reconcile(client, start=NAIVE))
    assert "zone" in str(failure)


def movement(number: int, kind: str, amount: float, **more: Any) -> dict[str, Any]:
    """An event of the older form."""
    return {
        "id": f"uev_{number}",
        "object": "usage_event",
        "type": kind,
        "amount": amount,
        "currency": "credit",
        "created_at": NOON.isoformat(),
        **more,
    }


def test_movements_of_credits_are_read_too_whatever_their_sign(call: MakesCaller) -> None:
    movements = [
        movement(6, "charge", -0.3, generation_id="cmp_3"),
        movement(5, "refund", 0.1, generation_id="cmp_2"),
        movement(4, "charge", 0.3, generation_id="cmp_2"),
        movement(3, "release", 0.5, generation_id="cmp_1"),
        movement(2, "charge", 0.1, generation_id="cmp_1"),
        movement(1, "hold", 0.5, generation_id="cmp_1"),
        movement(0, "topup", 100),
    ]
    ledger = Ledger()
    for id, credits in (("cmp_1", "0.1"), ("cmp_2", "0.2"), ("cmp_3", "0.30001")):
        ledger.record(charge(id=id, credits=Decimal(credits)))
    first = reply({"object": "list", "data": movements[:4], "has_more": True, "next_cursor": "uev_3"})
    second = reply({"object": "list", "data": movements[4:], "has_more": False, "next_cursor": None})
    caller = call(first, second)
    result = caller.run(ledger.reconcile)
    assert [(each.charge.id, each.credits) for each in result.different] == [("cmp_3", Decimal("-0.00001"))]
    assert (result.agreed, result.missing, result.extra) == (2, (), ())
    assert "starting_after=uev_3" in str(caller.requests[1].url)
