from __future__ import annotations

from typing import ClassVar

from ..types import OpenEnum as _OpenEnum
from ..types import known as _known


class UsageLedgerEventType(_OpenEnum):
    """What moves credits."""

    ADJUSTMENT: ClassVar[UsageLedgerEventType] = _known("adjustment")
    CHARGE: ClassVar[UsageLedgerEventType] = _known("charge")
    HOLD: ClassVar[UsageLedgerEventType] = _known("hold")
    REFUND: ClassVar[UsageLedgerEventType] = _known("refund")
    RELEASE: ClassVar[UsageLedgerEventType] = _known("release")
    TOPUP: ClassVar[UsageLedgerEventType] = _known("topup")
