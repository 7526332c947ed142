from __future__ import annotations

from typing import ClassVar

from ..types import OpenEnum as _OpenEnum
from ..types import known as _known


class ListObject(_OpenEnum):
    """The kind of object, always `list`."""

    LIST: ClassVar[ListObject] = _known("list")
