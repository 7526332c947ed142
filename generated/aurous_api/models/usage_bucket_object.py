from __future__ import annotations

from typing import ClassVar

from ..types import OpenEnum as _OpenEnum
from ..types import known as _known


class UsageBucketObject(_OpenEnum):
    """The kind of object, always `usage.bucket`."""

    USAGE_BUCKET: ClassVar[UsageBucketObject] = _known("usage.bucket")
