"""Whether what a call came to is an honest outcome of its case, told by public names alone."""

import json
import pickle
import unicodedata
from collections.abc import Iterator

from faults.model import ANSWER, Completion, Outcome, Raises, answer_to

_READ = ("status", "is_terminal", "is_completed", "is_in_progress", "is_failed", "is_cancelled", "text", "tool_calls")
_READ_TOO = ("created_at", "receipt", "meta", "drift")
_LONGEST_MESSAGE = 8192


def judge(expect: tuple[Outcome, ...], asked: str, outcome: object, *, attempts: int | None = None) -> list[str]:
    """Return why *outcome* is none of those that *expect* lists, or is not sound in itself: nothing where it is.

    Args:
        expect: The outcomes that are honest.
        asked: The id that was asked for.
        outcome: The completion that was returned, or the exception that was raised.
        attempts: How many attempts there were; None where nobody knows.
    """
    misses = [list(_misses(wanted, asked, outcome, attempts)) for wanted in expect]
    closest = min(misses, key=len)
    sound = _error_faults(outcome) if isinstance(outcome, BaseException) else _completion_faults(asked, outcome)
    return [*closest, *sound]


def _misses(wanted: Outcome, asked: str, outcome: object, attempts: int | None) -> Iterator[str]:
    if attempts is not None and attempts not in wanted.attempts:
        yield f"{attempts} attempts where {wanted} was expected"
    if isinstance(outcome, BaseException):
        yield from _misses_error(wanted, asked, outcome)
    elif isinstance(wanted, Raises):
        yield f"a completion where {wanted} was expected"
    else:
        yield from _misses_completion(wanted, asked, outcome)


def _misses_completion(wanted: Completion, asked: str, outcome: object) -> Iterator[str]:
    if wanted.drift is not None and bool(getattr(outcome, "drift", None)) is not wanted.drift:
        yield f"drift is {getattr(outcome, 'drift', None)!r:.500}"
    if wanted.status is not None and getattr(outcome, "status", None) != wanted.status:
        yield f"status is {getattr(outcome, 'status', None)!r:.100}"
    text = answer_to(asked) if wanted.text == ANSWER else wanted.text
    if text is not None and getattr(outcome, "text", None) != text:
        yield f"text is {getattr(outcome, 'text', None)!r:.200}"


def _misses_error(wanted: Outcome, asked: str, error: BaseException) -> Iterator[str]:
    if isinstance(wanted, Completion) or type(error).__name__ != wanted.error:
        yield f"{type(error).__name__}: {error!s:.500} where {wanted} was expected"
        return
    for name, value in (
        ("status_code", wanted.status),
        ("code", wanted.code),
        ("retryable", wanted.retryable),
        ("request_id", wanted.request_id),
    ):
        found = getattr(error, name, None)
        if value is not None and found != value:
            yield f"{name} is {found!r:.200}, not {value!r}"
    if wanted.retry_after is not None and not _near(getattr(error, "retry_after", None), wanted.retry_after):
        yield f"retry_after is {getattr(error, 'retry_after', None)!r}, not {wanted.retry_after}"
    partial = getattr(error, "partial", None)
    came = answer_to(asked) if wanted.partial == ANSWER else wanted.partial
    if came is not None and (getattr(partial, "text", None) or "") != came:
        yield f"what came is {getattr(partial, 'text', None)!r:.200}"
    for part in wanted.mentions:
        if part.casefold() not in str(error).casefold():
            yield f"the message does not mention {part!r}: {error}"


def _near(found: object, wanted: float) -> bool:
    return isinstance(found, int | float) and abs(found - wanted) <= 1


def _error_faults(error: BaseException) -> Iterator[str]:
    """What no error may be, whatever the case."""
    if "AurousError" not in {base.__name__ for base in type(error).__mro__}:
        yield f"a foreign exception: {type(error).__module__}.{type(error).__name__}"
        return
    if type(error).__name__ == "StreamInterruptedError" and not error.partial.is_in_progress:  # type: ignore[attr-defined]
        yield "a half that looks whole"
    text = str(error)
    if len(text) > _LONGEST_MESSAGE:
        yield f"a message of {len(text)} characters"
    controls = {letter for letter in text if unicodedata.category(letter) in ("Cc", "Cs") and letter != "\n"}
    if controls:
        yield f"control characters in the message: {sorted(controls)!r}"
    try:
        copy = pickle.loads(pickle.dumps(error))
    except Exception as fault:  # noqa: BLE001 - whatever it is, the test is to see it
        yield f"it does not pickle: {fault!r}"
    else:
        if type(copy) is not type(error) or str(copy) != text:
            yield f"it comes out of pickle as {copy!r:.200}"


def _completion_faults(asked: str, outcome: object) -> Iterator[str]:
    """What no completion may be, whatever the case."""
    if getattr(outcome, "id", None) != asked:
        yield f"the completion of {getattr(outcome, 'id', None)!r:.200}"
    for name in (*_READ, *_READ_TOO):
        yield from _reading(outcome, name)
    try:
        line = repr(outcome)
        before = outcome.to_dict()  # type: ignore[attr-defined]
        json.dumps(before, allow_nan=False, default=str)
        after = pickle.loads(pickle.dumps(outcome)).to_dict()
    except Exception as fault:  # noqa: BLE001 - whatever it is, the test is to see it
        yield f"it does not survive repr, to_dict, JSON and pickle: {fault!r:.300}"
        return
    if len(line.splitlines()) != 1:
        yield f"its repr has several lines: {line!r:.300}"
    if before != after:
        yield "it comes out of pickle changed"


def _reading(outcome: object, name: str) -> Iterator[str]:
    """Read one public property: it gives something, or raises an error of the SDK."""
    try:
        getattr(outcome, name)
    except Exception as error:  # noqa: BLE001 - whatever it is, the test is to see it
        if "AurousError" not in {base.__name__ for base in type(error).__mro__}:
            yield f"reading {name} raises {error!r:.200}"
