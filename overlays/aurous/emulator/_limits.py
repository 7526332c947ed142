"""Rate limits: token buckets and the headers that tell their state."""

import math
from dataclasses import dataclass

from ._errors import EmulatorError

_ROUNDING = 1e-6  # Seconds since the epoch leave a float no more precision than this.


@dataclass(frozen=True, slots=True)
class RateLimit:
    """How much a bucket holds and how fast it fills. The defaults are those documented for GET requests.

    Raises:
        EmulatorError: `burst` is below 1, or `per_minute` is not above 0.
    """

    burst: int = 1200
    """What a full bucket holds."""
    per_minute: float = 600
    """What flows in, in a minute."""

    def __post_init__(self) -> None:
        if self.burst < 1 or not 0 < self.per_minute < math.inf:
            raise EmulatorError(f"{self} never lets a request through: burst is 1 or more, per_minute above 0")


class Bucket:
    """A token bucket. It has no clock: each method is told what time it is, in seconds since the epoch."""

    def __init__(self, limit: RateLimit, now: float, *, full: bool = True) -> None:
        self._limit = limit
        self._level = float(limit.burst) if full else 0.0
        self._updated_at = now

    def take(self, now: float) -> bool:
        """Take one, if there is one."""
        if not self.has(1, now):
            return False
        self.drain(1, now)
        return True

    def has(self, amount: int, now: float) -> bool:
        """Whether there is so much, or all that it can hold where that is less."""
        self._refill(now)
        return self._level >= min(amount, self._limit.burst) - _ROUNDING

    def drain(self, amount: int, now: float) -> None:
        """Take so much, as far as it is there."""
        self._refill(now)
        self._level = max(0.0, self._level - amount)

    def emptied(self, now: float) -> "Bucket":
        """A bucket like this one with nothing in it."""
        return Bucket(self._limit, now, full=False)

    def retry_after(self, now: float, amount: int = 1) -> int:
        """Whole seconds until it has so much; at least 1."""
        self._refill(now)
        return max(1, self._seconds_to(min(amount, self._limit.burst)))

    def headers(self, family: str, now: float) -> dict[str, str]:
        """The three headers of the bucket, `family` being what stands before `Limit`, `Remaining` and `Reset`."""
        self._refill(now)
        return {
            f"{family}Limit": str(self._limit.burst),
            f"{family}Remaining": str(math.floor(self._level + _ROUNDING)),
            f"{family}Reset": str(math.ceil(now) + self._seconds_to(self._limit.burst)),
        }

    def _refill(self, now: float) -> None:
        elapsed = max(0.0, now - self._updated_at)
        self._level = min(float(self._limit.burst), self._level + elapsed * self._limit.per_minute / 60)
        self._updated_at = now

    def _seconds_to(self, level: float) -> int:
        return math.ceil((level - self._level) * 60 / self._limit.per_minute - _ROUNDING) if level > self._level else 0
