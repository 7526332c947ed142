"""Recordings: calls as data, how they are made with a client, and how their cassettes are played."""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from itertools import count
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal
from unittest import mock
from uuid import UUID

from aurous import AsyncAurous, AsyncChatStream, Aurous, AurousError, ChatStream, Clock
from aurous.emulator import MAIN_KEY
from cassette_playing import playing
from cassettes import LIBRARY

if TYPE_CHECKING:
    from aurous.emulator import Emulator

START: Final = 1_780_315_200.0
"""Seconds since the epoch at which every recording begins: 1 June 2026, noon, UTC."""

GIVEN_ID: Final = "(the id that is given)"
"""Stands for an argument that whoever records gives."""


class StillClock(Clock):
    """Time that passes only where somebody sleeps, and chance that never varies."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def monotonic(self) -> float:
        """Seconds slept so far."""
        return sum(self.slept)

    def time(self) -> float:
        """Seconds since the epoch."""
        return START + self.monotonic()

    def random(self) -> float:
        """The middle of every spread."""
        return 0.5

    def sleep(self, seconds: float) -> None:
        """Let time pass at once."""
        self.slept.append(seconds)

    async def sleep_async(self, seconds: float) -> None:
        """Let time pass at once."""
        self.sleep(seconds)


@dataclass(frozen=True)
class Recording:
    """One conversation: what is called, how it ends, and what makes the emulator respond so."""

    name: str
    """Where its cassette is: `folder/outcome`."""
    shows: str
    call: str
    """The method, as on a client: `chat.completions.retrieve`."""
    arguments: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] = field(default_factory=dict[str, Any])
    ends: str = "ChatCompletion"
    """The class of what the call comes to, a result or an error; for the asynchronous client without `Async`. Of a
    stream, that of its final completion, or the error."""
    key: str | None = MAIN_KEY
    """The key that is sent; None for the one of the environment."""
    prepare: Callable[["Emulator"], object] | None = None
    """Done to the emulator first."""
    meanwhile: Callable[["Emulator"], object] | None = None
    """Done to the emulator after the first poll of a wait."""
    deviates: str | None = None
    """Why the response leaves the contract, where it does."""

    @property
    def written(self) -> str:
        """The call as a caller writes it."""
        given = [*map(_shown, self.arguments), *(f"{name}={_shown(value)}" for name, value in self.keywords.items())]
        return f"{self.call}({', '.join(given)})"

    def about(self, id: str) -> "Recording":
        """The same, about the id that is given."""
        return replace(self, arguments=tuple(id if each == GIVEN_ID else each for each in self.arguments))

    def having(self, **keywords: Any) -> "Recording":
        """The same with more keyword arguments."""
        return replace(self, keywords={**self.keywords, **keywords})


def _shown(value: object) -> str:
    text = "bytes" if isinstance(value, bytes) else getattr(value, "__name__", "") or repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


# --- Making the call ---

Mode = Literal["sync", "async"]
MODES: Final[tuple[Mode, ...]] = ("sync", "async")

_TRUST: Final = ssl.create_default_context()
"""Read once: for each client anew, the certificates of all authorities would take most of the time."""


@dataclass(frozen=True)
class Played:
    """What came of playing a cassette."""

    outcome: Any
    slept: tuple[float, ...]
    polled: tuple[str, ...]
    left_over: int
    """Responses that nobody asked for."""


def play(mode: Mode, each: Recording, path: Path, **options: Any) -> Played:
    """Play a cassette to a client, in no time and with the network closed."""
    clock, polled = StillClock(), list[str]()
    if each.call.endswith(".wait"):
        each = each.having(on_poll=lambda found: polled.append(str(found.status)))
    with playing(path) as cassette, same_keys():
        outcome = make_call(mode, each, clock=clock, ssl_context=_TRUST, **options)
    return Played(outcome, tuple(clock.slept), tuple(polled), len(cassette) - cassette.play_count)


def same_keys() -> AbstractContextManager[object]:
    """Let the idempotency keys that a client draws be the same every time, and each another one."""
    return mock.patch("uuid.uuid4", side_effect=(UUID(int=number, version=4) for number in count(1)))


def make_call(mode: Mode, each: Recording, **options: Any) -> Any:
    """Make the call of a recording with a client of either kind; gives the result or the error."""
    configured = {"api_key": each.key or MAIN_KEY, **options}

    async def in_loop() -> Any:
        async with AsyncAurous(**configured) as client:
            called = attrgetter(each.call)(client)(*each.arguments, **each.keywords)
            if not isinstance(called, AsyncChatStream):
                return await called
            async with called:
                return await called.get_final_completion()

    def in_thread() -> Any:
        with Aurous(**configured) as client:
            called = attrgetter(each.call)(client)(*each.arguments, **each.keywords)
            if not isinstance(called, ChatStream):
                return called
            with called:
                return called.get_final_completion()

    try:
        return in_thread() if mode == "sync" else asyncio.run(in_loop())
    except AurousError as error:
        return error


def kind_of(outcome: object) -> str:
    """The class of an outcome, the same for both kinds of client."""
    return type(outcome).__name__.removeprefix("Async")


def cassette_of(name: str) -> Path:
    """The cassette of a recording."""
    return LIBRARY / f"{name}.yaml"
