"""Files to respond with, as small as they may be, and parts of them."""

import base64
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ._errors import ErrorResponse, RefusalError

if TYPE_CHECKING:
    from ._responses import SuccessResponse

_RANGE: Final = re.compile(r"bytes=(\d*)-(\d*)")

# One white pixel; and the beginning of a video, with nothing to be seen in it, but long enough to ask for a part of it.
_PNG: Final = base64.b64decode(
    b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mP4DwABAQEAHLCMmQAAAABJRU5ErkJggg=="
)
_MP4: Final = b"\0\0\0\x18ftypisom\0\0\2\0isommp42" + b"\0\0\4\0free" + bytes(1016)

_SAMPLES: Final = {"image/png": _PNG, "video/mp4": _MP4}


def sample(media_type: str) -> bytes:
    """A small file of a media type; for one that is not known here, bytes that say so."""
    return _SAMPLES.get(media_type, f"a file of type {media_type}".encode())


def part_of(response: "SuccessResponse", wanted: str | None) -> "SuccessResponse":
    """The part of a file that the header `Range` asks for; all of it where that asks for nothing one can follow.

    Raises:
        RefusalError: The part lies outside of the file.
    """
    content: object = response.body
    asked = _RANGE.fullmatch(wanted or "")
    if not isinstance(content, bytes) or asked is None or asked[0] == "bytes=-":
        return response  # Several parts at once are not documented, and a server may always send the whole.
    size = len(content)
    first = int(asked[1]) if asked[1] else max(0, size - int(asked[2]))
    last = min(int(asked[2]), size - 1) if asked[1] and asked[2] else size - 1
    if first > last:
        # What the API sends then is not documented; this is what HTTP has for it (RFC 9110, 15.5.17).
        message = f"Range: the file has {size} bytes."
        headers = {"Content-Range": f"bytes */{size}"}
        error = ErrorResponse(416, "value_out_of_range", "invalid_request", message, "Range", headers=headers)
        raise RefusalError(error)
    part = replace(response, status=206, body=content[first : last + 1])
    return part.having({"Content-Range": f"bytes {first}-{last}/{size}"})
