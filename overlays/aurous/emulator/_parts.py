"""Parts of a file, as the header `Range` asks for them."""

import re
from dataclasses import replace
from typing import Final

from ._errors import ErrorResponse, RefusalError
from ._responses import SuccessResponse

_RANGE: Final = re.compile(r"bytes=([0-9]*)-([0-9]*)")
_BEYOND: Final = 18
"""Digits of a position that no file has, and that are still a number that Python reads."""


def part_of(response: SuccessResponse, wanted: str | None) -> SuccessResponse:
    """The part of a file that the header `Range` asks for; all of it where that asks for nothing one can follow.

    Raises:
        RefusalError: The part lies outside of the file.
    """
    content: object = response.body
    asked = _RANGE.fullmatch(wanted or "")
    if not isinstance(content, bytes) or asked is None or asked[0] == "bytes=-":
        return response  # Several parts at once are not documented, and a server may always send the whole.
    size = len(content)
    first = _position(asked[1]) if asked[1] else max(0, size - _position(asked[2]))
    last = min(_position(asked[2]), size - 1) if asked[1] and asked[2] else size - 1
    if first > last:
        # What the API sends then is not documented; this is what HTTP has for it (RFC 9110, 15.5.17).
        message = f"Range: the file has {size} bytes."
        headers = {"Content-Range": f"bytes */{size}"}
        error = ErrorResponse(416, "value_out_of_range", "invalid_request", message, "Range", headers=headers)
        raise RefusalError(error)
    part = replace(response, status=206, body=content[first : last + 1])
    return part.having({"Content-Range": f"bytes {first}-{last}/{size}"})


def _position(digits: str) -> int:
    return int(digits.lstrip("0")[:_BEYOND] or "0")
