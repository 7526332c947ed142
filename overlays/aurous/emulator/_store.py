"""What the emulator stores: completions, what was asked, and the keys of requests."""

from collections.abc import Mapping
from os import PathLike
from typing import Any, Final, NoReturn

from aurous import Clock

from . import _seed
from ._accounts import Accounts
from ._base import StateOptions
from ._checks import check_id, check_json
from ._completions import ENDS, RETRIEVE, Life, StoredCompletion
from ._errors import EmulatorError, meant
from ._idempotency import IdempotencyKeys
from ._json import Body
from ._models import Model, checked_model, models_of
from ._planning import Planning
from ._plans import DRIFT_KINDS
from ._recorded import RecordedRequest
from ._scripting import Scripting
from ._teams import MAIN_TEAM, OTHER_TEAM
from ._waiting import Waiting

_OTHER_TEAMS_COMPLETION: Final = "cmp_01HXMQ7Z3K8Y2OTHERTEAM"
_NOT_CANCELLABLE: Final = "cmp_01HXMQ7Z3K8Y2NOTCANCELLABLE"
_SOON: Final = 3  # Seconds that the completions which are soon to end stay in progress.
_REQUESTS_KEPT: Final = 10_000


class Preloaded(dict[str, str]):
    """Ids by what they show; one that is not there is told with those that are."""

    def __missing__(self, name: str) -> NoReturn:
        raise EmulatorError(f"no preloaded completion is called {name!r}: {meant(name, self)}")


class Store(Accounts, Planning, Scripting):
    """What there is, and how to add to it."""

    def __init__(self, options: StateOptions) -> None:
        super().__init__(options)
        seed = options.get("seed")
        self._seed: Final = _seed.read(seed, (MAIN_TEAM, OTHER_TEAM)) if seed is not None else []
        self.stages: Final = self.stages_of(RETRIEVE)
        """What a completion looks like, by its status."""
        self.waiting: Final = Waiting()
        """Those who wait for a moment of the clock."""
        self.run: int = 0
        """Counts the resets and stops. What began before one has nothing to wait for."""
        self.reset()

    def reset(self, *, clock: Clock | None = None) -> None:
        """Forget everything since the start: what was added, planned and asked, and what was used of the limits.

        Args:
            clock: The clock from now on.

        Raises:
            EmulatorError: Something failed meanwhile, as `raise_failure` tells. Everything is forgotten all the same.
        """
        with self.lock:
            self.clock: Clock = clock or self.clock
            self.release()
            self._random.seed(self._random_seed)
            self.requests: list[RecordedRequest] = []
            """What was asked, oldest first; the last 10,000."""
            self.ids: dict[str, str] = Preloaded()
            """The ids that come preloaded, by what they show: `completed`, `vendor_sample`, `soon_failed`, …"""
            self.completions: dict[str, StoredCompletion] = {}
            self.idempotency_keys: IdempotencyKeys = IdempotencyKeys(self.contract.catalogue)
            self.models: dict[str, Model] = models_of(self.contract)
            """The models that there are, by name."""
            self._reset_accounts()
            self._reset_plans()
            self._reset_scripts()
            if RETRIEVE in self.contract.operations:
                self._preload()
            for entry in self._seed:
                self._add_entry(entry)
        self.raise_failure()

    def record(self, request: RecordedRequest, requests: list[RecordedRequest]) -> None:
        """Put a request to those of its run."""
        requests.append(request)
        del requests[:-_REQUESTS_KEPT]

    @property
    def unused(self) -> list[str]:
        """What was planned for a number of requests and has not been asked for, in words.

        Example:
            >>> assert not emulator.unused
        """
        with self.lock:
            plans = (*self._scripts, *self._faults, *self._responses, *self._drifts)
            return [plan.in_words for plan in plans if plan.times is not None]

    def release(self) -> None:
        """Let whatever waits for the clock, or streams, come to its end."""
        self.run += 1
        self.waiting.wake()

    # --- What there is ---

    def add(
        self,
        completion: Mapping[str, Any] | None = None,
        *,
        life: Life | None = None,
        team: str = MAIN_TEAM,
        cancellable: bool = True,
    ) -> str:
        """Store a completion and return its id; one with the same id is replaced.

        Args:
            completion: The body, sent as it is, right or wrong. Without one, the contract's example `completed` is
                taken; without an `id` in it, it gets a new one.
            life: How it goes from `in_progress` to its end. The body is what it ends as; where its status is not the
                one that the life ends with, the contract's example for that status takes its place.
            team: The name of the team that owns it.
            cancellable: Whether it can be cancelled while it is in progress.

        Raises:
            EmulatorError: The id cannot stand in a path, or there is no such team.
        """
        if completion is None:
            if "completed" not in self.stages:
                raise EmulatorError("the contract has no example of a completion: give the body of one")
            completion = self.stages["completed"] | {"id": None}
        body: Body = check_json(dict(completion))
        with self.lock:
            if body.get("id") is None:
                body = {**body, "id": self.new_id("cmp")}
            owner = self._team(team)
            started_at = self.clock.time() if life is not None and life.starts == "added" else None
            completion_id = check_id(body["id"])
            self.completions[completion_id] = StoredCompletion(body, owner.name, life, started_at, cancellable)
            return completion_id

    def add_model(self, row: Mapping[str, Any]) -> None:
        """Add a model, or replace the one with its name.

        Args:
            row: What `GET /v1/models` shows of it: `id`, `kind`, `chat_pricing`, `aurous_metadata`, … What is left out
                does not limit requests, and costs nothing.

        Raises:
            EmulatorError: It has no name, or JSON cannot hold it.
        """
        model = checked_model(row)
        with self.lock:
            self.models[model.id] = model

    def load(self, path: str | PathLike[str]) -> list[str]:
        """Add the completions of a seed file, all or none, and return their ids.

        Raises:
            SeedError: The file cannot be used.
        """
        with self.lock:
            return [self._add_entry(entry) for entry in _seed.read(path, self.teams)]

    def add_entry(self, document: Any) -> str:
        """Add a completion as an entry of a seed file has it, and return its id.

        Raises:
            EmulatorError: It is no such entry.
        """
        with self.lock:
            return self._add_entry(_seed.parse_entry(document, self.teams))

    def _add_entry(self, entry: _seed.SeedEntry) -> str:
        team = entry.team or MAIN_TEAM
        return self.add(entry.completion, life=entry.life, team=team, cancellable=entry.cancellable)

    def stages_of(self, operation: str) -> Mapping[str, Body]:
        """The examples of an operation of chat completions, by name: the status that they show is among the names."""
        known = self.contract.operations.get(operation)
        return {} if known is None else {name: example.value for name, example in known.examples.items()}

    # --- Setting up ---

    def _preload(self) -> None:
        self.ids.update({name: self.add(body) for name, body in self.stages.items()})
        for end in ENDS:
            body = {**self.stages[end], "id": f"cmp_01HXMQ7Z3K8Y2SOON{end.upper()}"}
            self.ids[f"soon_{end}"] = self.add(body, life=Life(_SOON, then=end, starts="first_retrieve"))
        running = {**self.stages["in_progress"], "id": _NOT_CANCELLABLE}
        self.ids["not_cancellable"] = self.add(running, cancellable=False)
        others = {**self.stages["completed"], "id": _OTHER_TEAMS_COMPLETION}
        self.ids["other_team"] = self.add(others, team=OTHER_TEAM)
        for kind in DRIFT_KINDS:
            self.drift(self.add({**self.stages["completed"], "id": f"cmp_drift_{kind}"}), kind)
        for code in self.contract.catalogue.errors:
            self.fail(f"cmp_error_{code}", code=code, times=None)
