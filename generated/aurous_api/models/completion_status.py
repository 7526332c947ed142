from __future__ import annotations

from typing import ClassVar

from ..types import OpenEnum as _OpenEnum
from ..types import known as _known


class CompletionStatus(_OpenEnum):
    """How far a completion has come. `in_progress`: it is still being streamed. The others are final. `completed`: it has
    ended by itself. `failed`: it has ended with an `error`; where the provider failed, the hold on the credits was
    released. `cancelled`: it was ended by a request to cancel it, or because the client of the stream went away; the
    prompt is charged, and the output as far as it came.
    """

    CANCELLED: ClassVar[CompletionStatus] = _known("cancelled")
    COMPLETED: ClassVar[CompletionStatus] = _known("completed")
    FAILED: ClassVar[CompletionStatus] = _known("failed")
    IN_PROGRESS: ClassVar[CompletionStatus] = _known("in_progress")
