from __future__ import annotations

from typing import ClassVar

from ..types import OpenEnum as _OpenEnum
from ..types import known as _known


class UsageDimension(_OpenEnum):
    """What a bucket can be divided by. `model` stands on the newer page only."""

    API_KEY_ID: ClassVar[UsageDimension] = _known("api_key_id")
    MODEL: ClassVar[UsageDimension] = _known("model")
    STATUS: ClassVar[UsageDimension] = _known("status")
    TYPE: ClassVar[UsageDimension] = _known("type")
    USER_ID: ClassVar[UsageDimension] = _known("user_id")
