from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from attrs import define as _define
from attrs import field as _field

from .. import kinds as _k
from ..model import Model as _Model

if TYPE_CHECKING:
    pass


# Not attrs' own getstate and setstate: they would leave out what the base holds beside the fields.
@_define(kw_only=True, repr=False, getstate_setstate=False)
class EmbeddingImage(_Model):
    """Where an image is."""

    url: str
    """An `https` URL of 2048 characters at most, from which the image can be had within 10 seconds."""
    additional_properties: dict[str, Any] = _field(init=False, factory=dict)
    """What came and has no typed place: fields that the contract does not know, and values of another type."""

    _fields: ClassVar[tuple[_k.Field, ...]] = (_k.Field("url", "url", _k.STRING, required=True),)
