"""Types and functions whose annotations are evaluated late, for the tests of structured output and tools."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, NotRequired, TypedDict


class Person(TypedDict):
    name: str
    friends: list[Person]
    age: NotRequired[Annotated[int, "In years"]]


def local_class() -> type:
    @dataclass
    class Local:
        next: Local | None

    return Local


def greet(person: Person, times: int = 1) -> str:
    """Greet somebody."""
    return f"Hello {person['name']}" * times
