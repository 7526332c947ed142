from __future__ import annotations

from typing import ClassVar

from ..types import OpenEnum as _OpenEnum
from ..types import known as _known


class CharacterObject(_OpenEnum):
    """The kind of object, always `character`."""

    CHARACTER: ClassVar[CharacterObject] = _known("character")
