"""Chat completions, which have a life: stored, in progress for a while, then completed, failed or cancelled."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, Protocol, TypeAlias, get_args

from ._checks import check_seconds
from ._errors import EmulatorError
from ._json import Body

RETRIEVE: Final = "chat.completions.retrieve"
CANCEL: Final = "chat.completions.cancel"

End: TypeAlias = Literal["completed", "failed", "cancelled"]
Start: TypeAlias = Literal["added", "first_retrieve"]
ENDS: Final[tuple[End, ...]] = get_args(End)


@dataclass(frozen=True, slots=True)
class Life:
    """How a completion goes from `in_progress` to its end, by the clock of the emulator.

    Raises:
        EmulatorError: A value is out of its range.
    """

    in_progress_for: float
    """Seconds that it stays `in_progress`; infinity is allowed."""
    then: End = "completed"
    """The status that it ends with."""
    starts: Start = "added"
    """What starts the clock: adding the completion, or retrieving it for the first time."""

    def __post_init__(self) -> None:
        check_seconds("in_progress_for", self.in_progress_for)
        for name, value, choices in (("then", self.then, ENDS), ("starts", self.starts, get_args(Start))):
            if value not in choices:
                raise EmulatorError(f"{name}={value!r:.80} is not known: give one of {', '.join(choices)}")


class Running(Protocol):
    """What writes a completion at this moment."""

    def so_far(self) -> Body:
        """The completion as it is now."""
        ...

    def cancel(self) -> None:
        """End it, as a request to cancel it does."""
        ...


@dataclass(slots=True)
class StoredCompletion:
    """A completion of a team."""

    body: Body
    team: str
    life: Life | None = None
    started_at: float | None = None
    cancellable: bool = True
    """Whether a cancel ends it. One that is not streamed, or streamed by another instance, is not."""
    running: Running | None = None
    """The stream that writes it, as long as that is not at its end."""

    def at(self, now: float, stages: Mapping[str, Body]) -> Body:
        """The body to respond with at a time (seconds since the epoch). Starts a life that waits for that.

        Args:
            now: The time.
            stages: What a completion looks like, by its status.
        """
        if self.running is not None:
            return copy.deepcopy(self.running.so_far())
        if self.life is None:
            return copy.deepcopy(self.body)
        if self.started_at is None:
            self.started_at = now
        ended = now - self.started_at >= self.life.in_progress_for
        return at_stage(self.body, self.life.then if ended else "in_progress", stages)

    def end(self, body: Body) -> None:
        """Let it be at an end, and look like this."""
        self.body, self.life, self.running = body, None, None

    def summary(self) -> str:
        """One line on how it is."""
        if self.life is None:
            summary = str(self.body.get("status", "without a status"))
        else:
            start = ", from the first retrieve on" if self.life.starts == "first_retrieve" else ""
            summary = f"in_progress for {self.life.in_progress_for:g} s{start}, then {self.life.then}"
        return summary if self.cancellable else f"{summary}, cannot be cancelled"


def at_stage(body: Body, status: str, stages: Mapping[str, Body]) -> Body:
    """The completion as it looks with a status: itself where it has that status, else the contract's example for it.

    What names the completion (`id`, `created`, `model`) stays in either case.
    """
    if body.get("status") == status:
        return copy.deepcopy(body)
    staged = copy.deepcopy(stages[status])
    staged |= {name: body[name] for name in ("id", "created", "model") if name in body}
    staged["usage"]["breakdown"]["model"] = staged["model"]
    return staged
