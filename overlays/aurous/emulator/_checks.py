"""Checks of what callers hand in, so that a mistake is told to them and not to their clients."""

import json
import math
import re
from typing import Any

from ._errors import EmulatorError

_VISIBLE_ASCII = re.compile(r"[!-~]+")
_HEADER_TEXT = re.compile(r"[!-~]([ -~]*[!-~])?")
_ONE_SEGMENT = re.compile(r"[^\x00-\x20/\\?#%\x7f-\U0010ffff]+")


def check_id(completion_id: object) -> str:
    """The id, if it can stand in a path as it is.

    Raises:
        EmulatorError: It cannot.
    """
    if isinstance(completion_id, str) and _ONE_SEGMENT.fullmatch(completion_id) and completion_id not in {".", ".."}:
        return completion_id
    raise EmulatorError(
        f"the id {completion_id!r:.80} cannot stand in a path: give visible ASCII without / \\ ? # %, like cmp_example"
    )


def check_key(key: str) -> str:
    """The key, if it can stand in a header as it is.

    Raises:
        EmulatorError: It cannot. The message does not show it.
    """
    if _VISIBLE_ASCII.fullmatch(key):
        return key
    raise EmulatorError("the key cannot be sent in a header: give visible ASCII without blanks, like al_live_...")


def check_header(text: str) -> str:
    """The text, if it can be the value of a header as it is.

    Raises:
        EmulatorError: It cannot.
    """
    if _HEADER_TEXT.fullmatch(text):
        return text
    raise EmulatorError(f"{text!r:.80} cannot be the value of a header: give visible ASCII on one line")


def check_seconds(name: str, value: object) -> None:
    """Look whether the value is a duration in seconds; infinity is.

    Raises:
        EmulatorError: It is not.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= math.inf:
        raise EmulatorError(f"{name}={value!r:.80} is not a duration: give seconds, 0 or more")


def is_count(value: object) -> bool:
    """Whether the value is a whole number, 0 or more."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def check_json(value: Any) -> Any:
    """A copy of the value as JSON has it (tuples are lists).

    Raises:
        EmulatorError: JSON cannot hold it, or UTF-8 cannot.
    """
    try:
        return json.loads(json.dumps(value, allow_nan=False, ensure_ascii=False).encode())
    except (TypeError, ValueError, RecursionError) as error:
        raise EmulatorError(f"cannot be sent as JSON ({error}): take it out or write it differently") from None
