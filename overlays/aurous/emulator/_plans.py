"""What was planned: faults, drift and responses on demand; for which requests, and how often."""

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias, TypeVar, get_args

from ._checks import check_json, is_count
from ._errors import EmulatorError, ErrorResponse, meant
from ._json import is_list, is_object, steps_of
from ._responses import OperationRequest

DriftKind: TypeAlias = Literal[
    "unknown_status", "leaked_status", "unknown_field", "missing_field", "null_field", "wrong_type", "wrong_id"
]
"""The ways in which a response can leave the contract."""

REMOVE: Final = object()
"""The value of a drift that takes a field away."""
NOTHING: Final = object()
"""The body of a response that has none."""

# Where each kind strikes and what it puts there, unless the caller says otherwise. `missing_field` and `wrong_type` do
# what the vendor's own sample body does; the leaked status is one that the vendor's prose names.
_DEFAULTS: Final[dict[DriftKind, tuple[str, Any]]] = {
    "unknown_status": ("/status", "queued"),
    "leaked_status": ("/status", "cancelled_by_request"),
    "unknown_field": ("/undocumented", {"since": "2026-11-01"}),
    "missing_field": ("/object", REMOVE),
    "null_field": ("/usage", None),
    "wrong_type": ("/choices/0/message/content", {}),
    "wrong_id": ("/id", "cmp_01HXMQ7Z3K8Y2SOMEBODYELSE"),
}
DRIFT_KINDS: Final[tuple[DriftKind, ...]] = get_args(DriftKind)


@dataclass(frozen=True, slots=True)
class Target:
    """What a request is for, as far as plans look at it."""

    operation: str | None
    """The name of the operation; None on a route that is none."""
    ids: tuple[str, ...]
    """The parameters of its path."""


@dataclass(slots=True, eq=False, kw_only=True)
class Plan:
    """Something that happens to requests for one operation and one id (None: for any), so many times."""

    operation: str | None = None
    id: str | None = None
    times: int | None = None

    def __post_init__(self) -> None:
        if self.times is not None and not (is_count(self.times) and self.times):
            raise EmulatorError(f"times={self.times!r:.80} never happens: give 1 or more, or None for always")

    @property
    def in_words(self) -> str:
        """What it is: for what, and how often."""
        which = " ".join(filter(None, (self.operation, self.id)))
        return f"{self._what}{which and f' for {which}'}, {self.times} of them"

    @property
    def _what(self) -> str:
        raise NotImplementedError

    def concerns(self, target: Target) -> bool:
        """Whether a request is one of those."""
        return self.operation in (None, target.operation) and (self.id is None or self.id in target.ids)


@dataclass(slots=True, eq=False, kw_only=True)
class Fault(Plan):
    """A request gets an error."""

    response: ErrorResponse

    @property
    def _what(self) -> str:
        return f"the error {self.response.status} {self.response.code or ''}".rstrip()


@dataclass(slots=True, eq=False, kw_only=True)
class PlannedResponse(Plan):
    """A request gets an example, or a body, in place of what it would get."""

    example: str | None = None
    body: Any = NOTHING
    make: Callable[[OperationRequest], Any] | None = None
    """Makes the body."""
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def _what(self) -> str:
        return f"the response {self.example or self.status or 'of a body'}"


@dataclass(slots=True, eq=False, kw_only=True)
class Drift(Plan):
    """The body of a response is changed at one place."""

    pointer: str
    value: Any

    @property
    def _what(self) -> str:
        return f"the drift of {self.pointer}"

    def apply(self, body: Any) -> bool:
        """Change `body` in place; False where it has no such place."""
        *parents, last = steps_of(self.pointer)
        place = body
        for step in parents:
            place = _child(place, step)
        if is_object(place) and (self.value is not REMOVE or last in place):
            place.pop(last, None)
            place |= {} if self.value is REMOVE else {last: copy.deepcopy(self.value)}
            return True
        if is_list(place) and last.isdecimal() and int(last) < len(place):
            place[int(last) : int(last) + 1] = [] if self.value is REMOVE else [copy.deepcopy(self.value)]
            return True
        return False


def planned_drift(
    kind: DriftKind | None,
    *,
    operation: str | None,
    id: str | None,
    pointer: str | None,
    value: Any,
    times: int | None,
) -> Drift:
    """A drift of a kind; `pointer` and `value` (REMOVE: not given) replace what the kind does by default.

    Raises:
        EmulatorError: The kind is unknown, or the pointer is no JSON pointer to something within a body.
    """
    if kind is None and pointer is None:
        kinds = f"kind={id!r}; the first argument is an id" if id in DRIFT_KINDS else ", ".join(DRIFT_KINDS)
        raise EmulatorError(f"nothing says what is to drift: give a kind ({kinds}), or a pointer")
    if kind is not None and kind not in _DEFAULTS:
        raise EmulatorError(f"no kind of drift is called {kind!r}: {meant(kind, DRIFT_KINDS)}")
    default_pointer, default_value = ("/usage/total_tokens", REMOVE) if kind is None else _DEFAULTS[kind]
    if pointer is None:
        pointer = default_pointer
    if not pointer.startswith("/"):
        raise EmulatorError(f"{pointer!r} is not a JSON pointer to a field: write it like {default_pointer}")
    value = default_value if value is REMOVE else check_json(value)
    return Drift(operation=operation, id=id, times=times, pointer=pointer, value=value)


PlanT = TypeVar("PlanT", bound=Plan)


def due(plans: list[PlanT], target: Target) -> Iterator[PlanT]:
    """The plans that concern a request, in the order they were made. Each counts down."""
    for plan in [plan for plan in plans if plan.concerns(target)]:
        _count_down(plan, plans)
        yield plan


def next_due(plans: list[PlanT], target: Target) -> PlanT | None:
    """The plan whose turn it is for a request, if any concerns it; it counts down."""
    return next_of([plan for plan in plans if plan.concerns(target)], plans)


def next_of(concerned: list[PlanT], plans: list[PlanT]) -> PlanT | None:
    """The plan whose turn it is, of those that concern a request; it counts down.

    Those for a number of requests go first, in the order they were made. Of those for all requests, the last stands.
    """
    limited = (plan for plan in concerned if plan.times is not None)
    plan = next(limited, None) or next(reversed(concerned), None)
    if plan is not None:
        _count_down(plan, plans)
    return plan


def _count_down(plan: PlanT, plans: list[PlanT]) -> None:
    if plan.times is not None:
        plan.times -= 1
        if plan.times == 0:
            plans.remove(plan)


def _child(place: Any, step: str) -> Any:
    if is_object(place):
        return place.get(step)
    if is_list(place) and step.isdecimal() and int(step) < len(place):
        return place[int(step)]
    return None
