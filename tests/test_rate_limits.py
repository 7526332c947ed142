"""When to come back, as the server has it: `Retry-After` in seconds or as a date, the reset of an empty bucket."""

import json
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aurous import Bucket, RateLimitError, ServerError
from scripted import NOW, FakeClock, MakesCaller, Reply, caught, error, ok, sync_caller

SKEWS = (0, -3600, 3600, -4 * 10**8, 86400 * 365)


def http_date(at: float, form: str = "IMF") -> str:
    """A date in one of the three forms that RFC 9110 5.6.7 allows."""
    moment = datetime.fromtimestamp(at, UTC)
    forms = {"RFC 850": "%A, %d-%b-%y %H:%M:%S GMT", "asctime": "%a %b %e %H:%M:%S %Y"}
    return formatdate(at, usegmt=True) if form == "IMF" else moment.strftime(forms[form])


def waits(call: MakesCaller, headers: dict[str, str], status: int = 429, code: str | None = None) -> list[float]:
    """How long a call sleeps after an error with such headers; its own wait would be 0.25 or 0.5 s."""
    caller = call(error(status, code, headers=headers), ok(), clock=FakeClock(0.5), timeout=1000)
    caller.retrieve()
    return caller.clock.slept


def own_wait(status: int = 429) -> list[float]:
    return [0.5 if status == 429 else 0.25]


# --- Seconds ---


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 520, 529])
@pytest.mark.parametrize("seconds", ["1", "7", "60", "1.5", " 2 ", "007"])
def test_seconds_are_obeyed_to_the_second(call: MakesCaller, status: int, seconds: str) -> None:
    assert waits(call, {"Retry-After": seconds}, status) == [float(seconds)]


@pytest.mark.parametrize("seconds", ["61", "86400", "9" * 19, "60.001"])
@pytest.mark.parametrize("status", [429, 503])
def test_a_wait_beyond_the_bound_ends_the_call_and_is_told(call: MakesCaller, seconds: str, status: int) -> None:
    caller = call(error(status, headers={"Retry-After": seconds}), ok(), timeout=10**6)
    failure = caught(caller.retrieve)

    assert isinstance(failure, RateLimitError if status == 429 else ServerError)
    assert (len(failure.attempts), caller.clock.slept, failure.retryable) == (1, [], True)
    assert failure.retry_after is not None
    assert failure.retry_after > 60
    assert "longer than" in str(failure)


@pytest.mark.parametrize(
    ("status", "options"), [(404, {}), (429, {"max_retries": 0}), (503, {"retry_policy": lambda failed: None})]
)
def test_a_call_that_ends_for_another_reason_does_not_blame_the_hint(status: int, options: dict[str, Any]) -> None:
    failure = caught(sync_caller(error(status, headers={"Retry-After": "86400"}), **options).retrieve)
    assert failure.retry_after == 86400
    assert "longer than" not in str(failure)


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        " ",
        "-5",
        "+5",
        "nan",
        "inf",
        "-inf",
        "soon",
        "2 seconds",
        "10s",
        "5m",
        "1 h",
        "120 sec",
        "1_0",
        "0x10",
        "1e3",
        "1,5",
        "1, 2",
        "5;",
        "١",
        "²",
        "Infinity",
        "T",
        "am",
        "10 am",
        "Monday",
        "may",
        "12:30",
        "now",
        "today",
        "\x00",
        "\xff",
        "2:30 PM",
        "2027-01-15",
        "Fri, 15 Jan",
        "15 Jan 2027",
        "08:00:05 GMT",
        "Tue, 99 Foo 2026 99:99:99 GMT",
    ],
)
def test_what_is_neither_seconds_nor_a_date_is_overlooked(garbage: str) -> None:
    """Neither a wait of no time at all, which would be a storm, nor one of a day: the client's own."""
    reply = Reply(429, headers=(("Retry-After", garbage.encode()),))
    caller = sync_caller(reply, ok(), clock=FakeClock(0.5))
    caller.retrieve()
    assert caller.clock.slept == own_wait()


@pytest.mark.parametrize("odd", ["2027-01-15T08:00:05Z", "Fri, 15 Jan 2027 08:00:05 +0000", "15 Jan 2027 08:00:05"])
def test_a_date_in_another_form_is_read_or_overlooked(call: MakesCaller, odd: str) -> None:
    assert waits(call, {"Retry-After": odd, "Date": http_date(NOW)}) in ([5], own_wait())


@pytest.mark.parametrize("ahead", [1, 5, 60])
@pytest.mark.parametrize(("zone", "offset"), [("+0000", 0), ("+0100", 3600), ("-0530", -19800)])
def test_a_date_with_an_offset_is_taken_at_its_word(call: MakesCaller, ahead: int, zone: str, offset: int) -> None:
    text = f"{datetime.fromtimestamp(NOW + ahead + offset, UTC):%a, %d %b %Y %H:%M:%S} {zone}"
    assert waits(call, {"Retry-After": text, "Date": http_date(NOW)}) == [ahead]


@pytest.mark.parametrize("digits", [33, 400, 5000])
def test_a_number_beyond_all_bounds_ends_the_call_or_is_overlooked(call: MakesCaller, digits: int) -> None:
    caller = call(error(429, headers={"Retry-After": "9" * digits}), ok(), clock=FakeClock(0.5))
    try:
        caller.retrieve()
    except RateLimitError as failure:
        assert json.dumps(failure.as_dict(), allow_nan=False)
        assert caller.clock.slept == []
    else:
        assert caller.clock.slept == own_wait()


def test_an_unknown_time_zone_is_no_warning(call: MakesCaller) -> None:
    """Warnings are errors here, as they may be in a service: they would come out of the call in place of its error."""
    assert waits(call, {"Retry-After": "Fri, 15 Jan 2027 08:00:05 FOO", "Date": http_date(NOW)}) in (own_wait(), [5])
    assert waits(call, {"Retry-After": http_date(NOW + 5), "Date": "Fri, 15 Jan 2027 08:00:00 FOO"}) in (
        own_wait(),
        [5],
    )


# What dates are made of, and what is taken for a part of one.
DATE_PARTS = "Fri, 15 Jan 2027 08:00:05 GMT UTC FOO EST Z +0000 -0500 +99 am PM T : , . - / s h m 1e9 1.5 10s nan 31 99"


@given(
    text=st.text(st.characters(max_codepoint=255), max_size=20)
    | st.lists(st.sampled_from(DATE_PARTS.split()), max_size=8).map(" ".join)
)
@example(text="08:00:05W01 ")
@example(text="Fri, 31 Dec 9999 23:59:59 -9999")
@example(text="Fri, 01 Jan 0001 00:00:00 +2359")
@pytest.mark.parametrize("header", ["Retry-After", "Date", "X-RateLimit-Reset", "X-RateLimit-TPM-Reset"])
def test_whatever_a_hint_says_the_error_is_the_one_that_came(header: str, text: str) -> None:
    headers = {"Retry-After": http_date(NOW + 5), header: text}
    if header.startswith("X-"):
        del headers["Retry-After"]
    reply = Reply(429, headers=[(name, value.encode("latin-1")) for name, value in headers.items()])
    failure = caught(sync_caller(reply, max_retries=0).retrieve)

    assert isinstance(failure, RateLimitError)
    assert failure.retry_after is None or 0 <= failure.retry_after < float("inf")


# --- Dates ---


@pytest.mark.parametrize("form", ["IMF", "RFC 850", "asctime"])
@pytest.mark.parametrize("skew", SKEWS)
def test_a_date_counts_from_the_answers_own_date(call: MakesCaller, form: str, skew: int) -> None:
    there = NOW + skew
    headers = {"Retry-After": http_date(there + 5, form), "Date": http_date(there)}
    assert waits(call, headers) == [5]


@pytest.mark.parametrize("date", [None, "", "yesterday", "0", "Fri, 99 Jan 99999 00:00:00 GMT"])
def test_without_a_usable_date_the_clients_clock_counts(call: MakesCaller, date: str | None) -> None:
    headers = {"Retry-After": http_date(NOW + 5)} | ({} if date is None else {"Date": date})
    assert waits(call, headers) == [5]


def test_a_date_in_the_past_asks_for_no_negative_wait(call: MakesCaller) -> None:
    (slept,) = waits(call, {"Retry-After": http_date(NOW - 3600), "Date": http_date(NOW)})
    assert 0 <= slept <= own_wait()[0]


def test_a_date_far_ahead_ends_the_call(call: MakesCaller) -> None:
    failure = caught(
        call(error(503, headers={"Retry-After": http_date(NOW + 86400), "Date": http_date(NOW)}), ok()).retrieve
    )
    assert (failure.retry_after, len(failure.attempts)) == (86400, 1)


def test_the_hint_is_told_with_the_error(call: MakesCaller) -> None:
    failure = caught(
        call(error(429, headers={"Retry-After": http_date(NOW + 5), "Date": http_date(NOW)})).retrieve, max_retries=0
    )
    assert failure.retry_after == 5
    assert caught(call(error(429)).retrieve, max_retries=0).retry_after is None


# --- Buckets ---


@pytest.mark.parametrize("skew", SKEWS)
def test_a_429_without_retry_after_waits_for_the_bucket(call: MakesCaller, skew: int) -> None:
    there = NOW + skew
    assert waits(call, {"X-RateLimit-Reset": str(int(there) + 7), "Date": http_date(there)}) == [7]


def test_retry_after_goes_before_the_bucket(call: MakesCaller) -> None:
    assert waits(call, {"Retry-After": "3", "X-RateLimit-Reset": str(int(NOW) + 30)}) == [3]


def test_it_is_the_bucket_that_ran_empty(call: MakesCaller) -> None:
    headers = {"X-RateLimit-Reset": str(int(NOW) + 30), "X-RateLimit-TPM-Reset": str(int(NOW) + 9)}
    assert waits(call, headers, code="tpm_rate_limit_exceeded") == [9]
    assert waits(call, headers, code="too_many_requests") == [30]


@pytest.mark.parametrize("reset", ["soon", "", "nan", "-1", "inf", "0x10"])
def test_a_bucket_that_makes_no_sense_is_overlooked(call: MakesCaller, reset: str) -> None:
    assert waits(call, {"X-RateLimit-Reset": reset}) == own_wait()


@pytest.mark.parametrize("status", [408, 500, 503])
def test_a_bucket_says_nothing_of_other_errors(call: MakesCaller, status: int) -> None:
    assert waits(call, {"X-RateLimit-Reset": str(int(NOW) + 30)}, status) == own_wait(status)


def test_a_bucket_that_was_full_long_ago_asks_for_no_negative_wait(call: MakesCaller) -> None:
    (slept,) = waits(call, {"X-RateLimit-Reset": str(int(NOW) - 60)})
    assert 0 <= slept <= own_wait()[0]


# --- What the client remembers of the limits ---


def limits(prefix: str, limit: object, remaining: object, reset: object) -> dict[str, str]:
    return {f"{prefix}Limit": str(limit), f"{prefix}Remaining": str(remaining), f"{prefix}Reset": str(reset)}


def test_the_client_knows_the_last_state_of_each_bucket(call: MakesCaller) -> None:
    caller = call(
        ok(headers=limits("X-RateLimit-", 1200, 1199, int(NOW)) | limits("X-RateLimit-TPM-", 9000, 8000, int(NOW) + 1)),
        ok(headers=limits("X-RateLimit-", 1200, 1198, int(NOW) + 2)),
        error(404, headers=limits("X-RateLimit-", 1200, 1197, int(NOW) + 3)),
        ok(),
    )
    assert (caller.client.rate_limit.requests, caller.client.rate_limit.tokens) == (None, None)

    tokens = Bucket(9000, 8000, datetime.fromtimestamp(NOW + 1, UTC))
    seen = []
    for _ in range(4):
        if len(caller.requests) == 2:
            caught(caller.retrieve)
        else:
            caller.retrieve()
        assert caller.client.rate_limit.tokens == tokens
        assert caller.client.rate_limit.requests is not None
        seen.append(caller.client.rate_limit.requests.remaining)
    assert seen == [1199, 1198, 1197, 1197]
    assert caller.with_options(max_retries=0).client.rate_limit == caller.client.rate_limit


@pytest.mark.parametrize("prefix", ["X-RateLimit-", "RateLimit-", "x-ratelimit-"])
def test_both_spellings_are_read(call: MakesCaller, prefix: str) -> None:
    caller = call(ok(headers=limits(prefix, 1200, 0, int(NOW) + 60)))
    expected = Bucket(1200, 0, datetime.fromtimestamp(NOW + 60, UTC))
    assert caller.retrieve().meta.rate_limit.requests == caller.client.rate_limit.requests == expected


@pytest.mark.parametrize("name", ["Limit", "Remaining", "Reset"])
@pytest.mark.parametrize("prefix", ["X-RateLimit-", "RateLimit-", "X-RateLimit-TPM-"])
def test_a_bucket_told_in_part_is_remembered_in_part(call: MakesCaller, prefix: str, name: str) -> None:
    caller = call(ok(headers={prefix + name: str(int(NOW))}))
    meta = caller.retrieve().meta.rate_limit
    told = meta.tokens if "TPM" in prefix else meta.requests
    assert told is not None
    assert [value is not None for value in (told.limit, told.remaining, told.reset_at)].count(True) == 1
    assert caller.client.rate_limit == meta


@given(
    values=st.lists(
        st.text(st.characters(max_codepoint=255), max_size=10) | st.integers().map(str), min_size=3, max_size=3
    )
)
def test_nonsense_in_the_limits_disturbs_nothing(values: list[str]) -> None:
    names = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
    pairs = [(name, value.encode("latin-1")) for name, value in zip(names, values, strict=True)]
    caller = sync_caller(Reply(200, ok().body, pairs))
    bucket = caller.retrieve().meta.rate_limit.requests
    if bucket is not None:
        assert isinstance(bucket.limit, int | None)
        assert isinstance(bucket.remaining, int | None)
        assert isinstance(bucket.reset_at, datetime | None)
    assert caller.client.rate_limit is not None
