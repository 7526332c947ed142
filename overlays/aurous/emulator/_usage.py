"""The operation that adds up what a team used, in buckets of time."""

import base64
import json
import math
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, NamedTuple

from ._catalogue import Catalogue
from ._json import Body
from ._ledger import Entry, on_the_wire
from ._responses import OperationRequest
from ._store import Store

USAGE: Final = "usage.retrieve"

_SECONDS: Final = {"1m": 60, "5m": 300, "15m": 900, "1h": 3600, "1d": 86400, "7d": 604800, "30d": 2592000}
_DAY: Final = _SECONDS["1d"]
_PAGE: Final = 24  # Documented: so many buckets without `limit`.
_VALID: Final = 86400  # Documented: seconds for which a page token is valid.
_MOST: Final = 10_000  # Not documented: a stand-in.
_TOKEN: Final = "page_"  # noqa: S105  # how a token begins
_FILTERS: Final = ("status", "type", "api_key_id")
_NOBODYS: Final = ("user_id", "lora_id", "character_id")  # No user, LoRA or character takes part in what is done here.


class _Page(NamedTuple):
    """Which buckets are asked for. A page token says all of it, so that nothing has to be kept."""

    given: Body
    """The query of the first page."""
    since: float
    until: float
    place: int
    """How many buckets were on the pages before."""
    team: str
    told: float
    """When the token was."""


def usage(store: Store, request: OperationRequest) -> Body:
    """A page of buckets."""
    asked = _asked(store.contract.catalogue, request)
    width = _SECONDS[asked.given.get("bucket_width", "1d")]
    begin = asked.since - asked.since % min(width, _DAY)  # Not documented: where their length, or a day, begins.
    count = math.ceil((asked.until - begin) / width)
    if count > _MOST:
        raise store.contract.catalogue.refusal("too_many_buckets", param="bucket_width")
    entries = [each for each in store.teams[request.team].ledger.entries if _is_wanted(each, asked)]
    page = range(asked.place, min(asked.place + int(asked.given.get("limit", _PAGE)), count))
    has_more = page.stop < count
    return {
        "object": "list",
        "data": [_bucket(begin + number * width, width, entries, asked.given.get("group_by", [])) for number in page],
        "has_more": has_more,
        "next_page": _token(asked._replace(place=page.stop, told=request.at)) if has_more else None,
    }


def _asked(catalogue: Catalogue, request: OperationRequest) -> _Page:
    given = {name: value for name, value in request.query.items() if name != "page_token"}
    told = _told_by(request.query.get("page_token", ""))
    if told is not None:
        is_same = all(told.given.get(name) == value for name, value in given.items())
        if not is_same or told.team != request.team or request.at - told.told >= _VALID:
            raise catalogue.refusal("invalid_page_token", param="page_token")
        return told
    # Documented as required; to the contract it is not, as the page after the first has a token only.
    since = _seconds(given["start_time"]) if "start_time" in given else request.at - _DAY
    # By default it ends now, what is asked for at this moment included: a clock may stand.
    until = _seconds(given["end_time"]) if "end_time" in given else max(request.at, since) + 1
    if until <= since:
        raise catalogue.refusal("value_out_of_range", "end_time is not after start_time.", param="end_time")
    return _Page(given, since, until, 0, request.team, request.at)


def _token(page: _Page) -> str:
    return _TOKEN + base64.urlsafe_b64encode(json.dumps(page).encode()).decode()


def _told_by(token: str) -> _Page | None:
    """What a token goes on with; None for one that no page has told, which says nothing here as elsewhere."""
    try:
        return _Page(*json.loads(base64.urlsafe_b64decode(token.removeprefix(_TOKEN))))
    except (ValueError, TypeError):
        return None


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _is_wanted(entry: Entry, asked: _Page) -> bool:
    of, given = _dimensions(entry), asked.given
    return (
        asked.since <= entry.created_at < asked.until
        and all(of[name] in given[name] for name in _FILTERS if name in given)
        and not any(name in given for name in _NOBODYS)
    )


def _dimensions(entry: Entry) -> dict[str, str]:
    """What an entry can be told apart by."""
    return {
        "status": entry.status.partition("_")[0],  # `cancelled` stands for every way to be cancelled
        "type": entry.type,
        "model": entry.model,
        "api_key_id": entry.api_key_id.replace("apikey_", "key_", 1),  # as events name it, and as it is named here
    }


def _bucket(begin: float, width: int, entries: Iterable[Entry], group_by: list[str]) -> Body:
    groups: dict[tuple[tuple[str, str], ...], list[Entry]] = {}
    for entry in entries:
        if begin <= entry.created_at < begin + width:
            of = _dimensions(entry)
            groups.setdefault(tuple((name, of[name]) for name in group_by if name in of), []).append(entry)
    return {
        "object": "usage.bucket",
        "bucket_start": _moment(begin),
        "bucket_end": _moment(begin + width),
        "groups": [{"key": dict(key), "metrics": _metrics(group)} for key, group in sorted(groups.items())],
    }


def _metrics(entries: list[Entry]) -> Body:
    statuses = [_dimensions(entry)["status"] for entry in entries]
    durations = sorted(_durations(entries))
    return {
        "request_count": len(entries),
        "successful_count": statuses.count("completed"),
        "failed_count": statuses.count("failed"),
        "cancelled_count": statuses.count("cancelled"),
        "credits_used": on_the_wire(sum((entry.charged for entry in entries), Decimal())),
        "duration_ms_p50": _quantile(durations, 0.5),
        "duration_ms_p95": _quantile(durations, 0.95),
        "image_count": 0,
        "video_seconds": 0,
        "total_input_tokens": sum(entry.input_tokens or 0 for entry in entries),
        "total_output_tokens": sum(entry.output_tokens or 0 for entry in entries),
    }


def _durations(entries: Iterable[Entry]) -> Iterator[int]:
    for entry in entries:
        if entry.completed_at is not None:
            yield round((entry.completed_at - entry.created_at) * 1000)


def _quantile(values: list[int], share: float) -> int:
    """The least of the sorted values below or at which so many of them are; 0 where there are none."""
    return values[math.ceil(len(values) * share) - 1] if values else 0
