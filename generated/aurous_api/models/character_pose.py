from __future__ import annotations

from typing import ClassVar

from ..types import OpenEnum as _OpenEnum
from ..types import known as _known


class CharacterPose(_OpenEnum):
    """How a character is seen."""

    BACK: ClassVar[CharacterPose] = _known("back")
    FRONT: ClassVar[CharacterPose] = _known("front")
    OTHER: ClassVar[CharacterPose] = _known("other")
    PORTRAIT: ClassVar[CharacterPose] = _known("portrait")
    SIDE: ClassVar[CharacterPose] = _known("side")
