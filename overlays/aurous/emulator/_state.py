"""What the emulator remembers: teams and their keys, completions, what is to go wrong, and what was asked."""

import copy
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from os import PathLike
from typing import Any, Final, TypedDict, Unpack

from . import _seed
from ._checks import check_header, check_id, check_json, check_key
from ._completions import ENDS, Life, StoredCompletion
from ._contract import load
from ._errors import EmulatorError, RefusalError, chosen, documented
from ._faults import DRIFT_KINDS, REMOVE, Drift, DriftKind, Fault, due, planned_drift
from ._json import Body
from ._limits import Bucket, RateLimit
from ._teams import MAIN_KEY, MAIN_TEAM, NO_SCOPE_KEY, OTHER_TEAM, OTHER_TEAM_KEY, REVOKED_KEY, Key, Scope, Team

# The numbers of the bucket for tokens are not documented; retrieving uses none of them.
_TOKEN_LIMIT: Final = RateLimit(burst=100_000, per_minute=100_000)
_OTHER_TEAMS_COMPLETION: Final = "cmp_01HXMQ7Z3K8Y2OTHERTEAM"
_SOON: Final = 3  # Seconds that the completions which are soon to end stay in progress.
_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_REQUESTS_KEPT: Final = 10_000


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """A request that was answered. Its `repr` leaves out the headers, which hold the key."""

    method: str
    target: str
    """Path and query, as sent."""
    status: int
    code: str | None
    """The code of the error, None where it went well."""
    request_id: str
    team: str | None
    """The team whose key was sent, None without a valid one."""
    at: float
    """When it came, by the clock of the emulator."""
    headers: Mapping[str, str] = field(repr=False)
    """As sent, the names in lower case."""


class StateOptions(TypedDict, total=False):
    """The keyword arguments of `State`, all optional."""

    clock: Callable[[], float]
    """Seconds since the epoch; `time.time` by default. Lives, limits and the header `Date` go by it."""
    keys: Sequence[str]
    """The keys of the main team, in place of the one that comes with the emulator."""
    seed: str | PathLike[str]
    """A seed file, loaded after what comes preloaded; same ids replace."""
    random_seed: int
    """What ids are drawn from: the same seed, clock and calls give the same ids."""
    rate_limit: RateLimit
    """Requests per minute, each team. By default as documented for GET requests."""
    token_limit: RateLimit
    """Tokens per minute, each team. Not documented: the default is a stand-in."""
    versions: Sequence[str]
    """The known values of `Aurous-Version`; the first is the default of a team."""


class State:
    """Everything that the emulator knows. Methods may be called from any thread."""

    def __init__(self, **options: Unpack[StateOptions]) -> None:
        """Start with what comes preloaded; see `StateOptions` for the arguments.

        Raises:
            SeedError: The seed file cannot be used.
            EmulatorError: Another argument cannot be used.
        """
        self.lock: Final = threading.RLock()
        self.clock: Callable[[], float] = options.get("clock", time.time)
        self._versions_given: Final = tuple(options.get("versions", (load().version,)))
        self._keys_given: Final = tuple(options.get("keys", (MAIN_KEY,)))
        if not self._versions_given or not self._keys_given:
            raise EmulatorError("keys and versions need one entry at least")
        self._random_seed: Final = options.get("random_seed", 0)
        self._rate_limit: Final = options.get("rate_limit", RateLimit())
        self._token_limit: Final = options.get("token_limit", _TOKEN_LIMIT)
        seed = options.get("seed")
        self._seed: Final = _seed.read(seed, (MAIN_TEAM, OTHER_TEAM)) if seed is not None else []
        self.reset()

    def reset(self, *, clock: Callable[[], float] | None = None) -> None:
        """Forget everything since the start: what was added, planned and asked, and what was used of the limits.

        Args:
            clock: The clock from now on.
        """
        with self.lock:
            self.clock = clock or self.clock
            self.requests: deque[RecordedRequest] = deque(maxlen=_REQUESTS_KEPT)
            """What was asked, oldest first; the last 10,000."""
            self.ids: dict[str, str] = {}
            """The ids that come preloaded, by what they show: `completed`, `vendor_sample`, `soon_failed`, …"""
            self.deprecation: dict[str, str] = {}
            self.versions: list[str] = [*self._versions_given]
            self.keys: dict[str, Key] = {}
            self.completions: dict[str, StoredCompletion] = {}
            self._faults: list[Fault] = []
            self._drifts: list[Drift] = []
            self._random = random.Random(self._random_seed)  # noqa: S311  # ids that repeat are the point
            self.anonymous: Team = self._new_team("anonymous")
            self.teams: dict[str, Team] = {}
            self._preload()
            for entry in self._seed:
                self.add(entry.completion, life=entry.life, team=entry.team or MAIN_TEAM)

    @property
    def api_key(self) -> str:
        """A key of the main team that may do everything."""
        return self._keys_given[0]

    # --- What there is ---

    def add(
        self, completion: Mapping[str, Any] | None = None, *, life: Life | None = None, team: str = MAIN_TEAM
    ) -> str:
        """Store a completion and return its id; one with the same id is replaced.

        Args:
            completion: The body, sent as it is, right or wrong. Without one, the contract's example `completed` is
                taken; without an `id` in it, it gets a new one.
            life: How it goes from `in_progress` to its end. The body is what it ends as; where its status is not the
                one that the life ends with, the contract's example for that status takes its place.
            team: The name of the team that owns it.

        Raises:
            EmulatorError: The id cannot stand in a path, or there is no such team.
        """
        body: Body = check_json(load().examples["completed"] | {"id": None} if completion is None else dict(completion))
        with self.lock:
            if body.get("id") is None:
                body = {**body, "id": self.new_id("cmp")}
            owner = self._team(team)
            started_at = self.clock() if life is not None and life.starts == "added" else None
            completion_id = check_id(body["id"])
            self.completions[completion_id] = StoredCompletion(body, owner.name, life, started_at)
            return completion_id

    def load(self, path: str | PathLike[str]) -> list[str]:
        """Add the completions of a seed file, all or none, and return their ids.

        Raises:
            SeedError: The file cannot be used.
        """
        with self.lock:
            entries = _seed.read(path, self.teams)
            return [self.add(entry.completion, life=entry.life, team=entry.team or MAIN_TEAM) for entry in entries]

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
            scope: What it may do. None is not documented; it is how a key lacks the scope that retrieving needs.
            revoked: Whether it is refused as revoked.

        Raises:
            EmulatorError: The key could not be sent in a header, or there is no such team.
        """
        with self.lock:
            if key is None:
                key = f"al_live_{self._random.getrandbits(256):064x}"
            self.keys[check_key(key)] = Key(self._team(team), scope, revoked)
            return key

    # --- What goes wrong on demand ---

    def fail(
        self,
        id: str | None = None,  # as in `retrieve(id)`
        *,
        code: str | None = None,
        status: int | None = None,
        times: int | None = 1,
        retry_after: int | str | None = None,
        message: str | None = None,
        param: str | None = None,
    ) -> None:
        """Answer the next requests with an error, before anything else is looked at.

        Args:
            id: Only requests for this completion, which need not exist; by default any request.
            code: The code. One that is documented has its documented status and type.
            status: The status, 400 to 599; 503 where there is no code either. Without a code, the code of
                the contract's first example for it; where there is none, a gateway's HTML page.
            times: How many requests; None for all of them.
            retry_after: What `Retry-After` says: seconds, or any text. A 429 says 1 by default.
            message: The message, in place of the usual one.
            param: The parameter at fault.

        Raises:
            EmulatorError: The code is not documented and no status is given, or an argument is out of its range.
        """
        if isinstance(retry_after, str):
            check_header(retry_after)
        answer = chosen(code, status, message=check_json(message), param=check_json(param), retry_after=retry_after)
        with self.lock:
            self._faults.append(Fault(id, times, answer))

    def drift(
        self,
        id: str | None,
        kind: DriftKind,
        *,
        pointer: str | None = None,
        value: Any = REMOVE,
        times: int | None = None,
    ) -> None:
        """Let the answers for a completion leave the contract.

        Args:
            id: The completion, or None for any. Several drifts of one completion add up.
            kind: In which way. `missing_field`, `null_field` and `wrong_type` take `/object`, `/usage` and
                `/choices/0/message/content` unless told otherwise.
            pointer: The JSON pointer of the field. A body without that place stays as it is.
            value: What to put there, where the kind puts something.
            times: How many answers; by default all of them.

        Raises:
            EmulatorError: There is no such completion, kind or place.
        """
        drift = planned_drift(kind, completion_id=id, pointer=pointer, value=value, times=times)
        with self.lock:
            if id is not None and id not in self.completions:
                raise EmulatorError(f"no completion has the id {id!r}: add it first")
            if id is not None and not drift.apply(copy.deepcopy(self.completions[id].body)):
                raise EmulatorError(f"{id} has no {drift.pointer}: give the pointer of a field that it has")
            self._drifts.append(drift)

    def deprecate(self, what: str | None = "route", *, sunset: datetime | str | None = None) -> None:
        """Say on every answer that something is deprecated (`Aurous-Deprecated`, `Sunset`).

        Args:
            what: What is; None takes it back.
            sunset: When it stops working: an aware time, or the text of an HTTP date.
        """
        headers = {} if what is None else {"Aurous-Deprecated": check_header(what)}
        if what is not None and sunset is not None:
            headers["Sunset"] = (
                format_datetime(sunset.astimezone(UTC), usegmt=True)
                if isinstance(sunset, datetime)
                else check_header(sunset)
            )
        self.deprecation = headers

    # --- What the app asks ---

    def new_id(self, prefix: str) -> str:
        """A new id: the prefix and a ULID, its time from the clock and its randomness from the seed."""
        number = (int(self.clock() * 1000) & (1 << 48) - 1) << 80 | self._random.getrandbits(80)
        return f"{prefix}_" + "".join(_CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))

    def raise_planned_fault(self, completion_id: str | None) -> None:
        """Use up a fault that is planned for this request, if there is one.

        Raises:
            RefusalError: There is one.
        """
        fault = next(due(self._faults, completion_id), None)
        if fault is not None:
            raise RefusalError(fault.answer)

    def retrieve(self, completion_id: str, team: Team) -> Body:
        """The body to answer with.

        Raises:
            RefusalError: The team has no such completion.
        """
        stored = self.completions.get(completion_id)
        if stored is None or stored.team != team.name:
            # Which code this route sends is not documented. `resource_not_found` is the one for the API as a whole;
            # another team's completion gets the same, because `forbidden_resource` would tell that it exists.
            raise RefusalError(documented("resource_not_found"))
        body = stored.at(self.clock())
        for drift in due(self._drifts, completion_id):
            drift.apply(body)
        return body

    # --- Setting up ---

    def _team(self, name: str) -> Team:
        if name not in self.teams:
            raise EmulatorError(f"no team is called {name!r}: take one of {', '.join(self.teams)}, or add it first")
        return self.teams[name]

    def _new_team(self, name: str, default_version: str | None = None) -> Team:
        now = self.clock()
        version = default_version or self.versions[0]
        return Team(name, version, Bucket(self._rate_limit, now), Bucket(self._token_limit, now))

    def _preload(self) -> None:
        self.add_team(MAIN_TEAM, key=self.api_key)
        for key in self._keys_given:
            self.add_key(key)
        self.add_team(OTHER_TEAM, key=OTHER_TEAM_KEY)
        self.add_key(REVOKED_KEY, revoked=True)
        self.add_key(NO_SCOPE_KEY, scope=None)
        examples = load().examples
        self.ids = {name: self.add(body) for name, body in examples.items()}
        for end in ENDS:
            body = {**examples[end], "id": f"cmp_01HXMQ7Z3K8Y2SOON{end.upper()}"}
            self.ids[f"soon_{end}"] = self.add(body, life=Life(_SOON, then=end, starts="first_retrieve"))
        self.ids["other_team"] = self.add({**examples["completed"], "id": _OTHER_TEAMS_COMPLETION}, team=OTHER_TEAM)
        for kind in DRIFT_KINDS:
            self.drift(self.add({**examples["completed"], "id": f"cmp_drift_{kind}"}), kind)
        for code in load().errors:
            self.fail(f"cmp_error_{code}", code=code, times=None)
