"""Teams, their keys, and what those may do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from ._contract import OTHERS, Scope
from ._ledger import Ledger
from ._limits import Bucket, RateLimit

MAIN_TEAM: Final = "main"
OTHER_TEAM: Final = "other"

# Keys have the documented form, and nobody could take them for real ones.
MAIN_KEY: Final = "al_live_" + "0" * 64
"""The key of the team that has the known ids, with every scope."""
OTHER_TEAM_KEY: Final = "al_live_" + "1" * 64
"""The key of another team."""
REVOKED_KEY: Final = "al_live_" + "2" * 64
"""A key that was revoked: 401."""
NO_SCOPE_KEY: Final = "al_live_" + "3" * 64
"""A key of the main team without any scope: 403."""

_SCOPES: Final[tuple[Scope, ...]] = ("read", "write", "full")


@dataclass(slots=True)
class Team:
    """Who owns keys and completions. Its keys share its limits."""

    name: str
    default_version: str
    tokens: Bucket
    limits: Mapping[str, RateLimit]
    """Of requests, by bucket."""
    buckets: dict[str, Bucket] = field(default_factory=dict[str, Bucket])
    """Those that were used."""
    ledger: Ledger = field(default_factory=Ledger)

    def requests(self, bucket: str, now: float) -> Bucket:
        """The bucket with this name."""
        if bucket not in self.buckets:
            self.buckets[bucket] = Bucket(self.limits.get(bucket, self.limits[OTHERS]), now)
        return self.buckets[bucket]


@dataclass(frozen=True, slots=True)
class Key:
    """What a key may do, and for whom."""

    team: Team
    scope: Scope | None
    revoked: bool
    id: str = ""
    """What usage events name it by."""

    def allows(self, scope: Scope) -> bool:
        """Whether it may do what needs this scope; each includes those before it."""
        return self.scope is not None and _SCOPES.index(self.scope) >= _SCOPES.index(scope)
