from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types as _types
from ..models.error_code import ErrorCode
from ..models.error_type import ErrorType

T = TypeVar("T", bound="CompletionError")


@_attrs_define(kw_only=True)
class CompletionError:
    """Why a completion failed or was cancelled."""

    code: ErrorCode
    """ What went wrong, to decide on. The documentation adds codes over time. """

    type_: ErrorType
    """ The group of an error, and what to do about it. `invalid_request`, `authentication` and `not_found`: do not try
    again. `rate_limit`: wait as long as `Retry-After` says. `server_error`: try again with a growing pause. """

    message: str
    """ What went wrong, to read. """

    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)
    """What came and has no typed place: fields that the contract does not know, and values of another type than documented."""

    @classmethod
    def _fields(cls) -> tuple[_types.Field, ...]:
        return (
            _types.Field("code", "code", _types.Enumeration(ErrorCode), required=True),
            _types.Field("type", "type_", _types.Enumeration(ErrorType), required=True),
            _types.Field("message", "message", _types.STRING, required=True),
        )

    def to_dict(self) -> dict[str, Any]:
        """The JSON object that this model stands for."""
        return _types.write(self)

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        """Read a JSON object; what is not as documented is kept and never raises (see `types.read`)."""
        return _types.read(cls, src_dict)
