from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types as _types
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.function_call import FunctionCall


T = TypeVar("T", bound="ToolCall")


@_attrs_define(kw_only=True)
class ToolCall:
    """One tool that the model wants called."""

    id: str
    """ The id of the call, to be sent back with the result of the tool. """

    function: FunctionCall
    """ A function and what to call it with. """

    type_: str | Unset = UNSET
    """ The kind of tool. """

    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)
    """What came and has no typed place: fields that the contract does not know, and values of another type than documented."""

    @classmethod
    def _fields(cls) -> tuple[_types.Field, ...]:
        from ..models.function_call import FunctionCall  # noqa: PLC0415

        return (
            _types.Field("id", "id", _types.STRING, required=True),
            _types.Field("function", "function", _types.Model(FunctionCall), required=True),
            _types.Field("type", "type_", _types.STRING),
        )

    def to_dict(self) -> dict[str, Any]:
        """The JSON object that this model stands for."""
        return _types.write(self)

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        """Read a JSON object; what is not as documented is kept and never raises (see `types.read`)."""
        return _types.read(cls, src_dict)
