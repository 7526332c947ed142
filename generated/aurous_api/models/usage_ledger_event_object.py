from __future__ import annotations

from typing import ClassVar

from ..types import OpenEnum as _OpenEnum
from ..types import known as _known


class UsageLedgerEventObject(_OpenEnum):
    """The kind of object, always `usage_event`."""

    USAGE_EVENT: ClassVar[UsageLedgerEventObject] = _known("usage_event")
