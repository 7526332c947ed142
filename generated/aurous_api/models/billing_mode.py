from __future__ import annotations

from typing import ClassVar

from ..types import OpenEnum as _OpenEnum
from ..types import known as _known


class BillingMode(_OpenEnum):
    """How the team is billed. The list is open: do not block any work because the mode is unknown."""

    EXEMPT: ClassVar[BillingMode] = _known("exempt")
    METERED: ClassVar[BillingMode] = _known("metered")
