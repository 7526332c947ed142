"""`multipart/form-data` bodies (RFC 7578): files and iterators are read while they are sent."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, cast

from attrs import define

from aurous import _check
from aurous._http.streamed_body import Source, StreamedBody, source_of

_OCTETS: Final = "application/octet-stream"
_ESCAPES: Final = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})


@define
class Part:
    """One part of a body: a field, or a file."""

    name: str
    content: str | bytes | Source
    filename: str | None = None
    media_type: str | None = None

    @classmethod
    def of_file(cls, name: str, given: Any) -> Part:
        """The part for a file in any of the forms in which a caller may pass one.

        Raises:
            ConfigurationError: It is none of them, or cannot be read.
        """
        filename, content, media_type = _taken_apart(name, given)
        filename = filename or _name_of(content) or "upload"
        if not filename.isprintable():
            raise _check.refusal(f"{name}:", f"the file name {_check.excerpt(filename)} holds a control character")
        import mimetypes  # noqa: PLC0415  # only uploads need it

        media_type = media_type or mimetypes.guess_type(filename)[0] or _OCTETS
        return cls(name, source_of(name, content), filename, _check.header_value(media_type, source=name))

    def encoded(self, boundary: str) -> tuple[bytes | Source, ...]:
        """The part, with its boundary before it."""
        disposition = f'form-data; name="{self.name.translate(_ESCAPES)}"'
        if self.filename is not None:
            disposition += f'; filename="{self.filename.translate(_ESCAPES)}"'
        head = f"--{boundary}\r\nContent-Disposition: {disposition}\r\n"
        head += f"Content-Type: {self.media_type}\r\n" if self.media_type else ""
        content = self.content.encode() if isinstance(self.content, str) else self.content
        return head.encode() + b"\r\n", content, b"\r\n"


def encode_multipart(parts: Iterable[Part]) -> tuple[bytes | StreamedBody, str]:
    """The body, and its media type with the boundary: 128 random bits, which no content can foresee."""
    boundary = secrets.token_hex(16)
    pieces = [piece for part in parts for piece in part.encoded(boundary)]
    pieces.append(f"--{boundary}--\r\n".encode())
    in_memory = [piece for piece in pieces if isinstance(piece, bytes)]
    body = b"".join(in_memory) if len(in_memory) == len(pieces) else StreamedBody(pieces)
    return body, f"multipart/form-data; boundary={boundary}"


def _taken_apart(name: str, given: Any) -> tuple[str | None, Any, str | None]:
    if not isinstance(given, tuple):
        return None, given, None
    parts: tuple[Any, ...] = given  # pyright: ignore[reportUnknownVariableType]
    match parts:
        case (str(filename), content):
            return filename, content, None
        case (str(filename), content, str(media_type)):
            return filename, content, media_type
        case _:
            raise _check.refusal(
                name, f"is a tuple of {len(parts)}, and is to be (file name, content) or (file name, content, type)"
            )


def _name_of(content: Any) -> str | None:
    named = getattr(content, "name", None)  # a number, where a file was opened by its descriptor
    path = _path(content) or _path(named) or (Path(named) if isinstance(named, str) else None)
    return path.name if path else None


def _path(content: object) -> Path | None:
    return Path(cast("Any", content)) if isinstance(content, os.PathLike) else None
