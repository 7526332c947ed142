from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types as _types
from ..types import UNSET, Unset

T = TypeVar("T", bound="CreditBreakdown")


@_attrs_define(kw_only=True)
class CreditBreakdown:
    """The charge by its parts, in credits. The parts add up to the charge only within rounding."""

    input_credits: float
    """ Credits for the tokens read. """

    output_credits: float
    """ Credits for the tokens written. """

    model: str
    """ The model whose rates applied. """

    reasoning_credits: float | Unset = UNSET
    """ Credits for the tokens that the model thought with. Absent where it did not. """

    pricing_version: int | Unset = UNSET
    """ The version of the rates that applied. Chat rates follow the newest, whatever `Aurous-Version` is. """

    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)
    """What came and has no typed place: fields that the contract does not know, and values of another type than documented."""

    @classmethod
    def _fields(cls) -> tuple[_types.Field, ...]:
        return (
            _types.Field("input_credits", "input_credits", _types.NUMBER, required=True),
            _types.Field("output_credits", "output_credits", _types.NUMBER, required=True),
            _types.Field("model", "model", _types.STRING, required=True),
            _types.Field("reasoning_credits", "reasoning_credits", _types.NUMBER),
            _types.Field("pricing_version", "pricing_version", _types.INTEGER),
        )

    def to_dict(self) -> dict[str, Any]:
        """The JSON object that this model stands for."""
        return _types.write(self)

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        """Read a JSON object; what is not as documented is kept and never raises (see `types.read`)."""
        return _types.read(cls, src_dict)
