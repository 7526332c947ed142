"""JSON values, told apart in a way that type checkers follow."""

from typing import Any, TypeAlias, TypeGuard

Body: TypeAlias = dict[str, Any]
"""A JSON object."""


def is_object(value: object) -> TypeGuard[Body]:
    """Whether a JSON value is an object."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Whether a JSON value is a list."""
    return isinstance(value, list)


def object_in(value: object) -> Body:
    """The value if it is an object, else an empty one."""
    return value if is_object(value) else {}


def list_in(value: object) -> list[Any]:
    """The value if it is a list, else an empty one."""
    return value if is_list(value) else []


def kind_of(value: object) -> str:
    """What a JSON value is, in words."""
    for kind, words in ((bool, "a boolean"), (str, "a string"), (int | float, "a number"), (list, "a list")):
        if isinstance(value, kind):
            return words
    return "null" if value is None else "an object"


def steps_of(pointer: str) -> list[str]:
    """The steps of a JSON pointer (RFC 6901), unescaped."""
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def escaped(step: str) -> str:
    """One step of a JSON pointer, escaped."""
    return step.replace("~", "~0").replace("/", "~1")
