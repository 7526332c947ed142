"""From the fields of an operation to a body of `multipart/form-data`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from aurous._http.multipart import Part, encode_multipart
from aurous._http.streamed_body import StreamedBody
from aurous_api.kinds import FILE, ArrayOf, plain
from aurous_api.operations import Parameter

AsText = Callable[[Any], str]


def encode_form(
    fields: Iterable[tuple[Parameter, Any]], more: Mapping[str, Any], as_text: AsText
) -> tuple[bytes | StreamedBody, str]:
    """The body and its media type.

    Args:
        fields: Those of the operation, with their JSON values, or what stands for files.
        more: Fields that the contract does not know.
        as_text: How a JSON value is written where it is no file.
    """
    return encode_multipart([*_parts(fields, as_text), *_extra_parts(more, as_text)])


def _parts(fields: Iterable[tuple[Parameter, Any]], as_text: AsText) -> Iterator[Part]:
    for parameter, value in fields:
        # A list is several parts, except where it is one file: an iterable of bytes.
        kind = parameter.kind.items if isinstance(parameter.kind, ArrayOf) else parameter.kind
        several = isinstance(value, list) and parameter.kind is not FILE
        for item in value if several else (value,):  # pyright: ignore[reportUnknownVariableType]
            if kind is FILE:
                yield Part.of_file(parameter.wire, item)
            else:
                yield _field(parameter.wire, item, as_text)


def _extra_parts(more: Mapping[str, Any], as_text: AsText) -> Iterator[Part]:
    for name, value in more.items():
        yield _field(name, plain(value, f"extra_body[{name!r}]"), as_text)


def _field(name: str, value: Any, as_text: AsText) -> Part:
    """A part that is no file: text, or JSON where it is an object or a list in itself."""
    return Part(name, as_text(value), media_type="application/json" if isinstance(value, (dict, list)) else None)
