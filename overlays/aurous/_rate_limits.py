"""What the headers of a response say: when to come back, how much is left, what will go away.

Sources: API_FACTS 1.3 to 1.6 sum up the vendor's pages on versions, rate limits and idempotency; RFC 9110 10.2.3 is
`Retry-After`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, NamedTuple

from attrs import define

# A day with month and year, and a time: the three forms of RFC 9110 5.6.7, and ISO 8601.
_DATE = re.compile(
    r"\d{1,2}[ -][A-Za-z]{3,9}[ -]\d{2,4}[ T]+\d{1,2}:\d{2}"
    r"|[A-Za-z]{3} +\d{1,2} \d{1,2}:\d{2}:\d{2} \d{4}"
    r"|\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}"
)
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"
# The form in which every server is to send a date (RFC 9110 5.6.7).
_FIXDATE = re.compile(
    rf"[A-Z][a-z]{{2}}, (\d\d) ({_MONTHS.replace(' ', '|')}) (\d{{4}}) (\d\d:\d\d:\d\d) GMT", re.ASCII
)


class Names(NamedTuple):
    """What the headers are called that tell of a bucket."""

    limit: str
    remaining: str
    reset: str


_REQUESTS, _REQUESTS_OF_USAGE, TOKENS = (
    Names(f"{family}-limit", f"{family}-remaining", f"{family}-reset")
    for family in ("x-ratelimit", "ratelimit", "x-ratelimit-tpm")
)


@define(frozen=True)
class Bucket:
    """One rate limit, as the last response told it."""

    limit: int | None
    """Size of the bucket: how many requests or tokens may be spent at once."""
    remaining: int | None
    """How many are left."""
    reset_at: datetime | None
    """When the bucket is full again (UTC)."""

    def as_dict(self) -> dict[str, Any]:
        """The limit as plain JSON data; the time in ISO 8601."""
        reset = None if self.reset_at is None else self.reset_at.isoformat()
        return {"limit": self.limit, "remaining": self.remaining, "reset_at": reset}


@define(frozen=True)
class RateLimit:
    """The team's rate limits. A bucket is None where the response did not tell it."""

    requests: Bucket | None
    """Requests per minute (`X-RateLimit-*`, or `RateLimit-*` as one page of the documentation has it)."""
    tokens: Bucket | None
    """Tokens per minute (`X-RateLimit-TPM-*`)."""

    def as_dict(self) -> dict[str, Any]:
        """The limits as plain JSON data."""
        buckets = (("requests", self.requests), ("tokens", self.tokens))
        return {name: None if bucket is None else bucket.as_dict() for name, bucket in buckets}


def rate_limit(headers: Mapping[str, str]) -> RateLimit:
    """The rate limits that a response tells."""
    requests = _bucket(headers, _REQUESTS) or _bucket(headers, _REQUESTS_OF_USAGE)
    return RateLimit(requests=requests, tokens=_bucket(headers, TOKENS))


def _bucket(headers: Mapping[str, str], names: Names) -> Bucket | None:
    limit, remaining, reset = (_number(headers.get(name)) for name in names)
    if limit is None and remaining is None and reset is None:
        return None
    return Bucket(
        limit=None if limit is None else int(limit),
        remaining=None if remaining is None else int(remaining),
        reset_at=None if reset is None else moment(reset),
    )


def _number(text: str | None) -> float | None:
    if text is None or len(text) > 32 or not text.isascii() or not text.replace(".", "", 1).isdigit():
        return None
    number = float(text)
    return number if math.isfinite(number) else None


def moment(value: object) -> datetime | None:
    """A point in time, of seconds since the epoch (in UTC) or of a text in ISO 8601; None where that is none."""
    try:
        if isinstance(value, str):
            return datetime.fromisoformat(value)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        pass
    return None


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds to wait by `Retry-After`: a number, or a date measured against the response's own `Date`.

    Args:
        headers: Of the response, names in lower case.
        now: Seconds since the epoch, for a response without a `Date`.
    """
    text = headers.get("retry-after")
    if text is None:
        return None
    seconds = _number(text.strip())
    if seconds is not None:
        return seconds
    at = http_date(text)
    if at is None:
        return None
    sent = http_date(headers.get("date"))
    return max(0.0, at - (now if sent is None else sent))


def tells(headers: Mapping[str, str], names: Names) -> bool:
    """Whether a response tells something of a bucket."""
    return names.remaining in headers or names.limit in headers or names.reset in headers


def tells_requests(headers: Mapping[str, str]) -> bool:
    """Whether a response tells something of the bucket of requests."""
    return tells(headers, _REQUESTS) or tells(headers, _REQUESTS_OF_USAGE)


def names_for_requests(headers: Mapping[str, str]) -> Names:
    """Those of the bucket of requests: one page of the documentation has others."""
    return _REQUESTS if _REQUESTS.remaining in headers else _REQUESTS_OF_USAGE


def until_full(headers: Mapping[str, str], names: Names) -> float | None:
    """Seconds from the `Date` of a response until a bucket is full again; None where it does not tell."""
    reset, sent = _number(headers.get(names.reset)), http_date(headers.get("date"))
    return None if reset is None or sent is None else reset - sent


def count(text: str | None) -> int | None:
    """How many a header says, which may be written with a point."""
    if text is not None and len(text) < 19 and text.isdecimal() and text.isascii():
        return int(text)
    number = _number(text)
    return None if number is None else int(number)


def until_reset(headers: Mapping[str, str], code: str | None, now: float) -> float | None:
    """Seconds until the bucket that ran empty is full again: the vendor's advice for a 429 without `Retry-After`."""
    names = TOKENS if code == "tpm_rate_limit_exceeded" else _REQUESTS
    reset = _number(headers.get(names.reset))
    if reset is None:
        return None
    sent = http_date(headers.get("date"))
    wait = reset - (now if sent is None else sent)
    return wait if wait > 0 else None  # a time gone by is no hint


def http_date(text: str | None) -> float | None:
    """Seconds since the epoch of a date in a header; None for what is none, or lacks a day or a time."""
    if not text or len(text) > 64 or not _DATE.search(text):
        return None
    try:
        fixed = _FIXDATE.fullmatch(text)
        parsed = _parsed(text) if fixed is None else datetime.fromisoformat(_iso(*fixed.groups()))
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _iso(day: str, month: str, year: str, time: str) -> str:
    return f"{year}-{_MONTHS.index(month) // 4 + 1:02}-{day}T{time}"


def _parsed(text: str) -> datetime:
    """A date in another form: an old one of RFC 9110, or ISO 8601."""
    from dateutil import parser  # noqa: PLC0415  # rarely needed, and it costs 10 ms

    return parser.parse(text, tzinfos=_time_zone)


def _time_zone(_: str | None, offset: int | None) -> timezone:
    """A time zone by its offset; one that is only named counts as GMT, as every date in a header should be."""
    return timezone(timedelta(seconds=offset or 0))
