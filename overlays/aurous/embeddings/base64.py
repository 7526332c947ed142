"""Vectors that a server writes in base64: the bytes of float32 numbers, little-endian."""

from __future__ import annotations

import binascii
import math
import struct


def decoded(text: str) -> list[float] | None:
    """The numbers; None where the text is no vector."""
    try:
        content = binascii.a2b_base64(text, strict_mode=True)
        numbers = list(struct.unpack(f"<{len(content) // 4}f", content))
    except (ValueError, struct.error):
        return None
    return numbers if numbers and all(map(math.isfinite, numbers)) else None
