from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from attrs import define as _define
from attrs import field as _field

from .. import kinds as _k
from ..model import MapModel as _MapModel

if TYPE_CHECKING:
    pass


# Not attrs' own getstate and setstate: they would leave out what the base holds beside the fields.
@_define(kw_only=True, repr=False, getstate_setstate=False)
class UsageGroupKey(_MapModel["str"]):
    """What the group has in common, a value for each dimension of `group_by`."""

    additional_properties: dict[str, str] = _field(init=False, factory=dict)
    """The fields, by name."""

    _fields: ClassVar[tuple[_k.Field, ...]] = ()

    @classmethod
    def _additional(cls) -> _k.Kind | None:
        return _k.STRING
