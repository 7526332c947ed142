"""Files to respond with, as small as they may be."""

import base64
from typing import Final

# One white pixel; and the beginning of a video, with nothing to be seen in it, but long enough to ask for a part of it.
_PNG: Final = base64.b64decode(
    b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mP4DwABAQEAHLCMmQAAAABJRU5ErkJggg=="
)
_MP4: Final = b"\0\0\0\x18ftypisom\0\0\2\0isommp42" + b"\0\0\4\0free" + bytes(1016)

_SAMPLES: Final = {"image/png": _PNG, "video/mp4": _MP4}


def concrete(media_type: str) -> str:
    """A media type to respond with, where the contract has a range (`image/*`)."""
    kind, _, rest = media_type.lower().partition("/")
    usual = {"image": "image/png", "video": "video/mp4", "text": "text/plain"}
    return usual.get(kind, "application/octet-stream") if rest.startswith("*") else media_type


def sample(media_type: str) -> bytes:
    """A small file of a media type; for one that is not known here, bytes that say so."""
    return _SAMPLES.get(media_type, f"a file of type {media_type}".encode())
