from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types as _types
from ..models.error_code import ErrorCode
from ..models.error_type import ErrorType
from ..types import UNSET, Unset

T = TypeVar("T", bound="ErrorBody")


@_attrs_define(kw_only=True)
class ErrorBody:
    """What went wrong with a request."""

    type_: ErrorType
    """ The group of an error, and what to do about it. `invalid_request`, `authentication` and `not_found`: do not try
    again. `rate_limit`: wait as long as `Retry-After` says. `server_error`: try again with a growing pause. """

    code: ErrorCode
    """ What went wrong, to decide on. The documentation adds codes over time. """

    message: str
    """ What went wrong, to read. """

    doc_url: str
    """ Where the code is documented. """

    request_id: str
    """ The same as the header `Aurous-Request-Id`. Quote it to support. """

    param: None | str | Unset = UNSET
    """ The parameter at fault, where there is one. """

    status: Any | Unset = UNSET
    """ What the provider answered with, on codes of the form `*_provider_*`. """

    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)
    """What came and has no typed place: fields that the contract does not know, and values of another type than documented."""

    @classmethod
    def _fields(cls) -> tuple[_types.Field, ...]:
        return (
            _types.Field("type", "type_", _types.Enumeration(ErrorType), required=True),
            _types.Field("code", "code", _types.Enumeration(ErrorCode), required=True),
            _types.Field("message", "message", _types.STRING, required=True),
            _types.Field("doc_url", "doc_url", _types.STRING, required=True),
            _types.Field("request_id", "request_id", _types.STRING, required=True),
            _types.Field("param", "param", _types.Union(_types.STRING, _types.NULL)),
            _types.Field("status", "status", _types.ANY),
        )

    def to_dict(self) -> dict[str, Any]:
        """The JSON object that this model stands for."""
        return _types.write(self)

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        """Read a JSON object; what is not as documented is kept and never raises (see `types.read`)."""
        return _types.read(cls, src_dict)
