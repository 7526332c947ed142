from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types as _types
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.credit_breakdown import CreditBreakdown
    from ..models.token_breakdown import TokenBreakdown


T = TypeVar("T", bound="Usage")


@_attrs_define(kw_only=True)
class Usage:
    """What a completion used, and what that cost. `credits_charged` is authoritative."""

    prompt_tokens: float
    """ Tokens read. """

    completion_tokens: float
    """ Tokens written, reasoning not included. """

    total_tokens: float
    """ All tokens, `prompt_tokens` + `completion_tokens` + `reasoning_tokens`. """

    credits_charged: float
    """ The credits charged, with up to five decimals. """

    breakdown: CreditBreakdown | TokenBreakdown
    """ How the charge comes about, in credits or, on the vendor's cancellation page, in tokens. """

    reasoning_tokens: float | Unset = UNSET
    """ Tokens that the model thought with. Absent where it did not. """

    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)
    """What came and has no typed place: fields that the contract does not know, and values of another type than documented."""

    @classmethod
    def _fields(cls) -> tuple[_types.Field, ...]:
        from ..models.credit_breakdown import CreditBreakdown  # noqa: PLC0415
        from ..models.token_breakdown import TokenBreakdown  # noqa: PLC0415

        return (
            _types.Field("prompt_tokens", "prompt_tokens", _types.NUMBER, required=True),
            _types.Field("completion_tokens", "completion_tokens", _types.NUMBER, required=True),
            _types.Field("total_tokens", "total_tokens", _types.NUMBER, required=True),
            _types.Field("credits_charged", "credits_charged", _types.NUMBER, required=True),
            _types.Field(
                "breakdown",
                "breakdown",
                _types.Union(_types.Model(CreditBreakdown), _types.Model(TokenBreakdown)),
                required=True,
            ),
            _types.Field("reasoning_tokens", "reasoning_tokens", _types.NUMBER),
        )

    def to_dict(self) -> dict[str, Any]:
        """The JSON object that this model stands for."""
        return _types.write(self)

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        """Read a JSON object; what is not as documented is kept and never raises (see `types.read`)."""
        return _types.read(cls, src_dict)
