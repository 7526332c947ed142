"""Teams and their keys."""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from ._limits import Bucket

Scope: TypeAlias = Literal["read", "write", "full"]
"""The documented scopes; each includes those before it, and `read` is enough to retrieve."""

MAIN_TEAM: Final = "main"
OTHER_TEAM: Final = "other"

# Keys have the documented form, and nobody could take them for real ones.
MAIN_KEY: Final = "al_live_" + "0" * 64
OTHER_TEAM_KEY: Final = "al_live_" + "1" * 64
REVOKED_KEY: Final = "al_live_" + "2" * 64
NO_SCOPE_KEY: Final = "al_live_" + "3" * 64


@dataclass(slots=True)
class Team:
    """Who owns keys and completions. Its keys share its limits."""

    name: str
    default_version: str
    requests: Bucket
    tokens: Bucket


@dataclass(frozen=True, slots=True)
class Key:
    """What a key may do, and for whom."""

    team: Team
    scope: Scope | None
    revoked: bool
