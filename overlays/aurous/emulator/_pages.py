"""Pages of a list, cut from a list that is longer than a page."""

import re
from typing import Any, Final

from ._json import Body, is_list, is_object
from ._responses import OperationRequest

_FORWARD: Final = ("page_token", "cursor", "starting_after", "after")
_BACKWARD: Final = ("ending_before", "before")
_CURSORS: Final = ("next_page_token", "next_page", "next_cursor", "next", "last_id")
"""The parameters that say where a page begins or ends, and the fields that tell what to give for them."""

_PLACE: Final = re.compile(r"page_(\d{1,9})")


def page_of(body: Any, request: OperationRequest) -> Any:
    """The page that a request asks for, of a list that has more items than that; any other body as it is."""
    items = body.get("data") if is_object(body) else None
    if not is_object(body) or not is_list(items):
        return body
    limit = int(request.query.get("limit", len(items)))  # 2.0 is an integer to JSON Schema.
    begin, end = _bounds(items, request, limit)
    if (begin, end) == (0, len(items)):
        return body
    page: Body = {**body, "data": items[begin:end]}
    if end < len(items) or begin == end:
        is_last = begin == end
        page |= {"has_more": not is_last} if "has_more" in body else {}
        page |= {name: None if is_last else _cursor(items, end) for name in _CURSORS if name in body}
    return page


def _bounds(items: list[Any], request: OperationRequest, limit: int) -> tuple[int, int]:
    """Where the page begins and ends."""
    for name in _BACKWARD:
        if (place := _place(items, request.query.get(name))) is not None:
            return max(0, place - 1 - limit), place - 1
    places = (_place(items, request.query.get(name)) for name in _FORWARD)
    begin = next((place for place in places if place is not None), 0)
    return begin, min(begin + limit, len(items))


def _place(items: list[Any], cursor: Any) -> int | None:
    """The number of items up to the one that a cursor names; None for a cursor that none of these pages has told."""
    if not isinstance(cursor, str):
        return None
    if (counted := _PLACE.fullmatch(cursor)) and int(counted[1]) <= len(items):
        return int(counted[1])
    return next((index for index, item in enumerate(items, 1) if is_object(item) and item.get("id") == cursor), None)


def _cursor(items: list[Any], end: int) -> str:
    """What asks for the items after these: the id of the last one, or their number where they have none."""
    last = items[end - 1]
    return str(last["id"]) if is_object(last) and "id" in last else f"page_{end}"
