"""The row of the table: a case, and the outcomes that are honest for it."""

import dataclasses
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from faults.steps import Plan

Tls = Literal[
    "valid",
    "wrong_host",
    "expired",
    "not_yet_valid",
    "untrusted",
    "handshake_stall",
    "handshake_garbage",
    "handshake_close",
    "handshake_reset",
    "handshake_alert",
    "handshake_http",
]
"""How the server's TLS is: a certificate, good or bad, or what it does in place of the handshake."""

Accept = Literal["serve", "refuse", "ignore", "close", "reset", "stall", "banner", "stray", "late_408", "early_503"]
"""What happens to a connection before the server has read a byte: see `server.FaultServer`."""

ANSWER = "{answer}"
"""Stands for the text of the good response to the id asked for."""


def answer_to(id_: str) -> str:
    """Return the text of the good response; it names the id, so that nobody else's passes for it."""
    return f"This is the response to {id_}."


class Kind(StrEnum):
    """The groups of the table, in its order; each value is a heading."""

    BASELINE = "Nothing wrong"
    CONNECTING = "Connecting"
    TLS = "TLS"
    BROKEN = "Connections that break"
    SLOW = "Stalls and drips"
    FRAMING = "Framing"
    OVERSIZED = "Endless and oversized responses"
    ENCODING = "Content encodings"
    REUSE = "Kept-alive connections"
    STATUS = "Statuses"
    HINT = "Hints on when to retry"
    MIXED = "One failure after another"
    REDIRECT = "Redirects"
    ERROR_BODY = "Bodies of errors"
    UNUSABLE = "Unusable responses"
    DRIFT = "Responses that left the contract"
    HEADERS = "Response headers"
    STREAM = "Streams"


@dataclass(frozen=True, slots=True)
class Completion:
    """The call returns a completion, the one asked for.

    Attributes:
        attempts: The numbers of attempts that go with it.
        drift: Whether its `drift` holds anything; None leaves it open.
        text: What its `text` is; None leaves it open.
        status: Its `status`; None leaves it open.
    """

    attempts: tuple[int, ...] = (1,)
    drift: bool | None = False
    text: str | None = ANSWER
    status: str | None = None

    def __str__(self) -> str:
        cancelled = "cancelled " if self.status == "cancelled" else ""
        noted = " with drift" if self.drift else ""
        return f"a {cancelled}completion{noted}{_after(self.attempts)}"


@dataclass(frozen=True, slots=True)
class Raises:
    """The call raises an error.

    Attributes:
        error: The name of its class; a subclass is not enough.
        status: Its `status_code`; None leaves it open, as for all that follow.
        attempts: The numbers of attempts that go with it.
        code: Its `code`.
        retryable: Its `retryable`.
        retry_after: Its `retry_after`, in seconds, give or take one.
        request_id: Its `request_id`.
        mentions: What its message contains, case set aside.
        partial: The text of its `partial`, a completion that is no whole one; None leaves it open.
    """

    error: str
    status: int | None = None
    attempts: tuple[int, ...] = (1,)
    code: str | None = None
    retryable: bool | None = None
    retry_after: float | None = None
    request_id: str | None = None
    mentions: tuple[str, ...] = ()
    partial: str | None = None

    def __str__(self) -> str:
        told = " with what came" if self.partial else ""
        return f"`{self.error}`{told}{_after(self.attempts)}"


def _after(attempts: tuple[int, ...]) -> str:
    """Return the wording for the numbers of attempts; one attempt goes without saying."""
    return "" if attempts == (1,) else f" after {' or '.join(str(number) for number in attempts)} attempts"


Outcome = Completion | Raises


def _in_words(outcomes: tuple[Outcome, ...]) -> str:
    return ", or ".join(dict.fromkeys(str(outcome) for outcome in outcomes))


GOOD = Completion()
RECOVERED = Completion(attempts=(2,))
BROKEN = Raises("APIConnectionError", attempts=(3,), retryable=True)
LATE = Raises("APITimeoutError")
UNUSABLE = Raises("APIResponseError", 200)
MALFORMED: tuple[Outcome, ...] = (BROKEN, Raises("APIResponseError"))
MALFORMED_WHY = "What is not HTTP is a broken connection, or an unusable response: the HTTP library decides."


@dataclass(frozen=True, slots=True)
class Case:
    """One row.

    Attributes:
        name: What the id says after `cmp_`; unique.
        title: What the server does, in one plain sentence.
        kind: The group.
        script: A plan for each attempt; the last stays for all that follow.
        expect: Every outcome that is honest, for a client with `max_retries=2`.
        why: Why there is more than one, or more than one number of attempts, in one sentence.
        then: The honest outcomes of each of the calls for `ok` that follow, with the same client. Empty where the
            server cannot answer any.
        reuse: False where the first of them must come on a new connection; None where it does not matter.
        hint: The seconds that the client must wait before each further attempt, give or take one; None leaves it open.
        deadline: The `timeout` of the call, in seconds: short where only a deadline ends the call.
        tls: The server's TLS; None is none.
        accept: What the server does to connections as they come.
        accept_times: To how many of them; None is all.
        asks: The id to ask for, where it is not made of the name.
        read: For a stream: the longest silence of the server, in seconds.
        idle: For a stream: the longest time without an event, in seconds.
        with_speed: As `expect`, with `aurous[speed]`, where that differs: llhttp is stricter than h11.
    """

    name: str
    title: str
    kind: Kind
    script: tuple[Plan, ...]
    expect: tuple[Outcome, ...]
    why: str = ""
    then: tuple[tuple[Outcome, ...], ...] = ((GOOD,),)
    reuse: bool | None = None
    hint: float | None = None
    deadline: float = 20.0
    read: float = 20.0
    idle: float = 20.0
    tls: Tls | None = None
    accept: Accept = "serve"
    accept_times: int | None = None
    asks: str = field(default="", repr=False)
    with_speed: tuple[Outcome, ...] = ()

    @property
    def limit(self) -> float:
        """Seconds that the call may take."""
        return min(self.deadline, self.read, self.idle)

    @property
    def id(self) -> str:
        """The id that chooses this case."""
        return self.asks or f"cmp_{self.name}"

    @property
    def attempts(self) -> frozenset[int]:
        """All numbers of attempts that are allowed."""
        return frozenset(number for outcome in self.expect for number in outcome.attempts)

    @property
    def outcome(self) -> str:
        """The honest outcomes in words, for a page."""
        words = _in_words(self.expect)
        return f"{words}; with `aurous[speed]` {_in_words(self.with_speed)}" if self.with_speed else words


def once(case: Case, good: Plan, expect: tuple[Outcome, ...] = (RECOVERED,), why: str = "") -> Case:
    """Return *case* as a passing fault: its first plan for the first attempt, *good* for all that follow."""
    return dataclasses.replace(
        case,
        name=f"{case.name}_then_ok",
        title=f"{case.title.removesuffix('.')}, once; then a good response.",
        script=(case.script[0], good),
        expect=expect,
        why=why,
    )
