"""The teams and keys that the emulator knows, and the limits that they share."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from ._base import Base, StateOptions
from ._checks import check_key
from ._contract import Scope
from ._errors import EmulatorError, meant
from ._limits import Bucket, RateLimit
from ._teams import MAIN_TEAM, NO_SCOPE_KEY, OTHER_TEAM, OTHER_TEAM_KEY, REVOKED_KEY, Key, Team

# The numbers of the bucket for tokens are not documented.
_TOKEN_LIMIT: Final = RateLimit(burst=100_000, per_minute=100_000)


class Accounts(Base):
    """Teams and keys."""

    def __init__(self, options: StateOptions) -> None:
        super().__init__(options)
        self._token_limit: Final = options.get("token_limit", _TOKEN_LIMIT)
        self._limits: Final = self._limits_of(options.get("rate_limit", {}))

    def _limits_of(self, given: RateLimit | Mapping[str, RateLimit]) -> Mapping[str, RateLimit]:
        documented = self.contract.limits
        if isinstance(given, RateLimit):
            return dict.fromkeys(documented, given)
        for name in given:
            if name not in documented:
                raise EmulatorError(f"no bucket is called {name!r}: {meant(name, documented)}")
        return {**documented, **given}

    def _reset_accounts(self) -> None:
        self.versions: list[str] = [*self._versions_given]
        """The known values of `Aurous-Version`."""
        self.keys: dict[str, Key] = {}
        self.anonymous: Team = self._new_team("anonymous")
        """Stands in for the team where no valid key was sent."""
        self.teams: dict[str, Team] = {}
        self.add_team(MAIN_TEAM, key=self.api_key)
        for key in self._keys_given:
            self.add_key(key)
        self.add_team(OTHER_TEAM, key=OTHER_TEAM_KEY)
        self.add_key(REVOKED_KEY, revoked=True)
        self.add_key(NO_SCOPE_KEY, scope=None)

    def add_team(self, name: str, *, key: str | None = None, default_version: str | None = None) -> str:
        """Add a team with limits of its own, and return a key of it that may do everything.

        Args:
            name: A name, to be given as `team=` elsewhere.
            key: The key; a new one, unless given.
            default_version: What applies to requests without `Aurous-Version`; it counts as a known version.

        Raises:
            EmulatorError: There is such a team already, or the key could not be sent in a header.
        """
        with self.lock:
            if name in self.teams:
                raise EmulatorError(f"there is a team {name!r} already: take another name")
            if key is not None:
                check_key(key)
            self.teams[name] = self._new_team(name, default_version)
            self.versions.append(self.teams[name].default_version)
            return self.add_key(key, team=name)

    def add_key(
        self, key: str | None = None, *, team: str = MAIN_TEAM, scope: Scope | None = "full", revoked: bool = False
    ) -> str:
        """Add a key (a new one, unless given) to a team, and return it.

        Args:
            key: The key; visible ASCII.
            team: The team that owns it.
            scope: What it may do. None is not documented; it is how a key lacks the scope that reading needs.
            revoked: Whether it is refused as revoked.

        Raises:
            EmulatorError: The key could not be sent in a header, or there is no such team.
        """
        with self.lock:
            if key is None:
                key = f"al_live_{self._random.getrandbits(256):064x}"
            self.keys[check_key(key)] = Key(self._team(team), scope, revoked, f"apikey_{len(self.keys):026d}")
            return key

    def set_credits(self, credits: float | str | Decimal, *, team: str = MAIN_TEAM) -> None:
        """Set what a team has to spend; 1000 credits at first.

        Args:
            credits: The credits, what is held at the moment included; exact as a text or a `Decimal`.
            team: The name of the team.

        Raises:
            EmulatorError: There is no such team, or the credits are no amount.
        """
        try:
            amount = Decimal(str(credits))
        except ArithmeticError:
            amount = Decimal("NaN")
        if not amount.is_finite() or amount < 0:
            raise EmulatorError(f"credits={credits!r:.80} is no amount: give 0 or more")
        with self.lock:
            self._team(team).ledger.credits = amount

    def _team(self, name: str) -> Team:
        if name not in self.teams:
            raise EmulatorError(f"no team is called {name!r}: take one of {', '.join(self.teams)}, or add it first")
        return self.teams[name]

    def _new_team(self, name: str, default_version: str | None = None) -> Team:
        tokens = Bucket(self._token_limit, self.clock.time())
        return Team(name, default_version or self.versions[0], tokens, self._limits)
