from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types as _types

if TYPE_CHECKING:
    from ..models.token_breakdown_input import TokenBreakdownInput
    from ..models.token_breakdown_output import TokenBreakdownOutput


T = TypeVar("T", bound="TokenBreakdown")


@_attrs_define(kw_only=True)
class TokenBreakdown:
    """The use by its parts, in tokens."""

    model: str
    """ The model that was used. """

    input_: TokenBreakdownInput
    """ Tokens read, by kind. """

    output: TokenBreakdownOutput
    """ Tokens written, by kind. """

    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)
    """What came and has no typed place: fields that the contract does not know, and values of another type than documented."""

    @classmethod
    def _fields(cls) -> tuple[_types.Field, ...]:
        from ..models.token_breakdown_input import TokenBreakdownInput  # noqa: PLC0415
        from ..models.token_breakdown_output import TokenBreakdownOutput  # noqa: PLC0415

        return (
            _types.Field("model", "model", _types.STRING, required=True),
            _types.Field("input", "input_", _types.Model(TokenBreakdownInput), required=True),
            _types.Field("output", "output", _types.Model(TokenBreakdownOutput), required=True),
        )

    def to_dict(self) -> dict[str, Any]:
        """The JSON object that this model stands for."""
        return _types.write(self)

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        """Read a JSON object; what is not as documented is kept and never raises (see `types.read`)."""
        return _types.read(cls, src_dict)
