"""The generation that callers get, an image or a video: the generated model, with words for its status."""

from __future__ import annotations

from typing import ClassVar

from attrs import define

from aurous._engine.overlay_model import OverlayModel
from aurous._status import HasStatus, States
from aurous_api.models.generation import Generation as _Generation


@define(kw_only=True, repr=False, getstate_setstate=False)
class Generation(HasStatus, OverlayModel, _Generation):
    """An image or a video, finished or not."""

    # `queued`, `expired` and `moderation_rejected` are from earlier pages and may return (API_FACTS 4.4, item 37).
    _states: ClassVar[States] = States(
        in_progress=frozenset({"pending", "processing", "queued"}),
        completed=frozenset({"succeeded"}),
        failed=frozenset({"failed", "expired", "moderation_rejected"}),
    )
