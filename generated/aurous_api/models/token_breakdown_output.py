from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types as _types

T = TypeVar("T", bound="TokenBreakdownOutput")


@_attrs_define(kw_only=True)
class TokenBreakdownOutput:
    """Tokens written, by kind."""

    text: float
    """ Tokens of text. """

    reasoning: float
    """ Tokens that the model thought with. """

    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)
    """What came and has no typed place: fields that the contract does not know, and values of another type than documented."""

    @classmethod
    def _fields(cls) -> tuple[_types.Field, ...]:
        return (
            _types.Field("text", "text", _types.NUMBER, required=True),
            _types.Field("reasoning", "reasoning", _types.NUMBER, required=True),
        )

    def to_dict(self) -> dict[str, Any]:
        """The JSON object that this model stands for."""
        return _types.write(self)

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        """Read a JSON object; what is not as documented is kept and never raises (see `types.read`)."""
        return _types.read(cls, src_dict)
