from __future__ import annotations

from typing import ClassVar

from ..types import OpenEnum as _OpenEnum
from ..types import known as _known


class CharacterStatus(_OpenEnum):
    """How far a character has come. `synthesizing`: it is being made. `reviewing`: it waits to be saved (older pages).
    `ready`: it can be used. `failed`: it could not be made. `deleted`: it was deleted.
    """

    DELETED: ClassVar[CharacterStatus] = _known("deleted")
    FAILED: ClassVar[CharacterStatus] = _known("failed")
    READY: ClassVar[CharacterStatus] = _known("ready")
    REVIEWING: ClassVar[CharacterStatus] = _known("reviewing")
    SYNTHESIZING: ClassVar[CharacterStatus] = _known("synthesizing")
