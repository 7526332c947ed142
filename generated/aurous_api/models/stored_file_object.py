from __future__ import annotations

from typing import ClassVar

from ..types import OpenEnum as _OpenEnum
from ..types import known as _known


class StoredFileObject(_OpenEnum):
    """The kind of object, always `file`."""

    FILE: ClassVar[StoredFileObject] = _known("file")
