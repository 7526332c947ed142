from __future__ import annotations

from typing import ClassVar

from ..types import OpenEnum as _OpenEnum
from ..types import known as _known


class UsageBucketWidth(_OpenEnum):
    """How long a bucket is. `30d` stands on the newer page only."""

    FIFTEEN_MINUTES: ClassVar[UsageBucketWidth] = _known("15m")
    FIVE_MINUTES: ClassVar[UsageBucketWidth] = _known("5m")
    ONE_DAY: ClassVar[UsageBucketWidth] = _known("1d")
    ONE_HOUR: ClassVar[UsageBucketWidth] = _known("1h")
    ONE_MINUTE: ClassVar[UsageBucketWidth] = _known("1m")
    SEVEN_DAYS: ClassVar[UsageBucketWidth] = _known("7d")
    THIRTY_DAYS: ClassVar[UsageBucketWidth] = _known("30d")
