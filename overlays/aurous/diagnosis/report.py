"""What a diagnosis comes to: its checks, in order, and a text for a support ticket."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from attrs import asdict, define

State = Literal["ok", "warning", "failed", "skipped"]


@define(frozen=True)
class Check:
    """One thing that was looked at."""

    name: str
    """What was looked at: `key`, `address`, `proxy`, `certificates`, `name`, `connection`, `answer`, `version`,
    `clock`."""
    state: State
    """`failed` where calls cannot succeed, `skipped` where something before it failed or it does not apply."""
    found: str
    """What was found, in words. It never holds the key, or the password of a proxy."""
    to_do: str = ""
    """What to do about it; empty where there is nothing to do."""

    def as_dict(self) -> dict[str, Any]:
        """The check as plain JSON data."""
        return asdict(self)

    def __str__(self) -> str:
        advice = f". To do: {self.to_do}" if self.to_do else ""
        return f"{self.state:<8} {self.name:<12} {self.found}{advice}"


@define(frozen=True)
class Diagnosis:
    """What was found between this program and the API. Its text is fit for a support ticket: it holds no secret."""

    checks: tuple[Check, ...]
    """What was looked at, in order."""
    program: Mapping[str, str]
    """The versions of the SDK, of Python, of what it stands on, and the system."""
    made_at: str
    """When it was made, in ISO 8601 (UTC)."""
    request_id: str | None = None
    """`Aurous-Request-Id` of the request that was made; None where there was none, or no response."""

    @property
    def is_well(self) -> bool:
        """Whether no check failed; a warning is no failure."""
        return not self.failed

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that failed."""
        return tuple(check for check in self.checks if check.state == "failed")

    def as_dict(self) -> dict[str, Any]:
        """The diagnosis as plain JSON data."""
        return {
            "is_well": self.is_well,
            "made_at": self.made_at,
            "request_id": self.request_id,
            "program": dict(self.program),
            "checks": [check.as_dict() for check in self.checks],
        }

    def __str__(self) -> str:
        versions = ", ".join(f"{name} {version}" for name, version in self.program.items())
        return "\n".join([f"{versions}; {self.made_at}", *map(str, self.checks)])
