from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from attrs import define as _define
from attrs import field as _field

from .. import kinds as _k
from ..model import MapModel as _MapModel

if TYPE_CHECKING:
    pass


# Not attrs' own getstate and setstate: they would leave out what the base holds beside the fields.
@_define(kw_only=True, repr=False, getstate_setstate=False)
class Metadata(_MapModel["Any"]):
    """Keys and values of your own, as they were given when the object was created."""

    additional_properties: dict[str, Any] = _field(init=False, factory=dict)
    """The fields, by name."""

    _fields: ClassVar[tuple[_k.Field, ...]] = ()

    @classmethod
    def _additional(cls) -> _k.Kind | None:
        return _k.ANY
