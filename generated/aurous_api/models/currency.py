from __future__ import annotations

from typing import ClassVar

from ..types import OpenEnum as _OpenEnum
from ..types import known as _known


class Currency(_OpenEnum):
    """The currency of an amount. Everything is counted in credits."""

    CREDIT: ClassVar[Currency] = _known("credit")
