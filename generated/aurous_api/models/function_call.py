from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types as _types

T = TypeVar("T", bound="FunctionCall")


@_attrs_define(kw_only=True)
class FunctionCall:
    """A function and what to call it with."""

    name: str
    """ The name of the function, as the request declared it. """

    arguments: str
    """ The arguments, a JSON document as text. The model wrote it, so it may not parse. """

    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)
    """What came and has no typed place: fields that the contract does not know, and values of another type than documented."""

    @classmethod
    def _fields(cls) -> tuple[_types.Field, ...]:
        return (
            _types.Field("name", "name", _types.STRING, required=True),
            _types.Field("arguments", "arguments", _types.STRING, required=True),
        )

    def to_dict(self) -> dict[str, Any]:
        """The JSON object that this model stands for."""
        return _types.write(self)

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        """Read a JSON object; what is not as documented is kept and never raises (see `types.read`)."""
        return _types.read(cls, src_dict)
