"""The character that callers get: the generated model, with words for its status."""

from __future__ import annotations

from typing import ClassVar

from attrs import define

from aurous._engine.overlay_model import OverlayModel
from aurous._status import HasStatus, States
from aurous_api.models.character import Character as _Character


@define(kw_only=True, repr=False, getstate_setstate=False)
class Character(HasStatus, OverlayModel, _Character):
    """A character, ready to be used in images or not yet.

    One that is `reviewing` waits for its owner to save it: that is neither an end nor work in progress.
    """

    _states: ClassVar[States] = States(
        in_progress=frozenset({"synthesizing"}), completed=frozenset({"ready"}), gone=frozenset({"deleted"})
    )
