from __future__ import annotations

from typing import ClassVar

from ..types import OpenEnum as _OpenEnum
from ..types import known as _known


class PricingObject(_OpenEnum):
    """The kind of object, always `pricing`."""

    PRICING: ClassVar[PricingObject] = _known("pricing")
