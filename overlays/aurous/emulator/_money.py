"""The operations that tell of money: what models cost, what a team has, and what it used."""

from datetime import datetime
from typing import Any, Final

from ._json import Body
from ._models import LIST
from ._responses import OperationRequest
from ._store import Store

MODELS: Final = LIST
BALANCE: Final = "balance.retrieve"
EVENTS: Final = "usage.events.list"

_PAGE: Final = 100  # Documented: so many events without `limit`.


def models(store: Store, _: OperationRequest) -> Body:
    """The models that there are."""
    return {"object": "list", "data": [model.row for model in store.models.values()]}


def balance(store: Store, request: OperationRequest) -> Body:
    """The credits of the team."""
    return store.teams[request.team].ledger.balance()


def events(store: Store, request: OperationRequest) -> Body:
    """What the team used, event by event, as the newer page describes it."""
    entries = store.teams[request.team].ledger.entries
    found = [event for entry in reversed(entries) if _is_wanted(event := entry.event(), request.query)]
    # Documented: the newest first, by id at the same moment. Sorting keeps the order of what is equal.
    found.sort(key=lambda event: event["id"])
    found.sort(key=lambda event: event["created_at"], reverse=True)
    begin = _begin(found, request.query.get("cursor"))
    page = found[begin : begin + int(request.query.get("limit", _PAGE))]
    has_more = begin + len(page) < len(found)
    next_cursor = page[-1]["id"] if page and has_more else None
    return {"object": "list", "data": page, "has_more": has_more, "next_cursor": next_cursor}


def _is_wanted(event: Body, query: Any) -> bool:
    status = query.get("status")
    at = datetime.fromisoformat(event["created_at"])
    return (
        ("type" not in query or event["type"] in query["type"])
        # `cancelled` stands for every way to be cancelled, of which the events have the internal names.
        and (status is None or event["status"] == status or event["status"].startswith(f"{status}_"))
        and ("model" not in query or event["model"] == query["model"])
        and ("api_key_id" not in query or event["api_key_id"] == query["api_key_id"])
        and ("start_time" not in query or at >= datetime.fromisoformat(query["start_time"]))
        and ("end_time" not in query or at < datetime.fromisoformat(query["end_time"]))
    )


def _begin(events: list[Body], cursor: Any) -> int:
    """The place after the event that a cursor names; the first one where it names none."""
    return next((place for place, event in enumerate(events, 1) if event["id"] == cursor), 0)
