"""Faults and drift on demand: what is to go wrong, for whom, and how often."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias, TypeVar, get_args

from ._checks import check_json
from ._errors import EmulatorError, ErrorResponse
from ._json import Body, is_list, is_object, steps_of

DriftKind: TypeAlias = Literal[
    "unknown_status", "leaked_status", "unknown_field", "missing_field", "null_field", "wrong_type", "wrong_id"
]
"""The ways in which an answer can leave the contract."""

REMOVE: Final = object()
"""The value of a drift that takes a field away."""

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


@dataclass(slots=True, eq=False)
class Plan:
    """Something that happens to requests for one completion (or for any, when `id` is None), so many times."""

    id: str | None
    times: int | None

    def __post_init__(self) -> None:
        if self.times is not None and self.times < 1:
            raise EmulatorError(f"times={self.times} never happens: give 1 or more, or None for always")


@dataclass(slots=True, eq=False)
class Fault(Plan):
    """A request is answered with an error."""

    answer: ErrorResponse


@dataclass(slots=True, eq=False)
class Drift(Plan):
    """The body of an answer is changed at one place."""

    pointer: str
    value: Any

    def apply(self, body: Body) -> bool:
        """Change `body` in place; False where it has no such place."""
        *parents, last = steps_of(self.pointer)
        place: Any = body
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
    kind: DriftKind, *, completion_id: str | None, pointer: str | None, value: Any, times: int | None
) -> Drift:
    """A drift of a kind; `pointer` and `value` (REMOVE: not given) replace what the kind does by default.

    Raises:
        EmulatorError: The kind is unknown, or the pointer is no JSON pointer to something within a body.
    """
    if kind not in _DEFAULTS:
        raise EmulatorError(f"no kind of drift is called {kind!r}: take one of {', '.join(DRIFT_KINDS)}")
    default_pointer, default_value = _DEFAULTS[kind]
    if pointer is None:
        pointer = default_pointer
    if not pointer.startswith("/"):
        raise EmulatorError(f"{pointer!r} is no JSON pointer to a field: write it like {default_pointer}")
    return Drift(completion_id, times, pointer, default_value if value is REMOVE else check_json(value))


PlanT = TypeVar("PlanT", bound=Plan)


def due(plans: list[PlanT], completion_id: str | None) -> Iterator[PlanT]:
    """The plans that concern a request, in the order they were made; each one that is used counts down."""
    for plan in [plan for plan in plans if plan.id is None or plan.id == completion_id]:
        if plan.times is not None:
            plan.times -= 1
            if plan.times == 0:
                plans.remove(plan)
        yield plan


def _child(place: Any, step: str) -> Any:
    if is_object(place):
        return place.get(step)
    if is_list(place) and step.isdecimal() and int(step) < len(place):
        return place[int(step)]
    return None
