"""How a completion is streamed, as a test plans it: in which pieces, how fast, and how it ends."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias, get_args

from ._checks import check_seconds
from ._completions import ENDS, End
from ._errors import EmulatorError
from ._json import Body
from ._replies import Refusal, Reply

KEEP_ALIVE: Final = 15.0  # Documented: a comment every 15 s where nothing else comes.

StreamEnd: TypeAlias = Literal["done", "no_done", "more", "error", "closed", "half_event", "reset", "stall"]
"""The ways in which a stream can end."""
Fragments: TypeAlias = Literal["index", "no_index", "repeated_id"]
"""The ways in which the pieces of tool calls can be told apart."""

_DROPPED: Final[frozenset[StreamEnd]] = frozenset({"closed", "half_event", "reset", "stall"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Streaming:
    """How a completion is streamed. All times are seconds by the clock of the emulator.

    Raises:
        EmulatorError: A value is out of its range.
    """

    chunk_size: int = 8
    """Characters of text, or of the arguments of a tool call, in a chunk."""
    silence: float = 0
    """How long the model thinks between the first chunk, which says who speaks, and the one with the first text."""
    gap: float = 0
    """How long it takes from each chunk to the next after that."""
    keep_alive: float | None = KEEP_ALIVE
    """After how long without anything else a comment is sent; None for never."""
    fragments: Fragments = "index"
    """How pieces of a tool call say which one they belong to, which is not documented. `index`: as OpenAI's do, with
    the id in the first piece alone. `no_index`: by the id in the first piece, and by nothing in the others.
    `repeated_id`: by the id in each piece, without an index."""
    end: StreamEnd = "done"
    """How it ends. `done`: with `[DONE]`. `no_done`: without it. `more`: with another chunk after it. `error`: with a
    frame that has an `error`. `closed`: the connection is closed in the middle of the body. `half_event`: the same,
    within an event. `reset`: the connection is reset. `stall`: nothing but keep-alives comes any more."""
    end_after: int | None = None
    """How many chunks come before that end, the first one included; by default all."""
    error: Refusal = field(default=Refusal(code="chat_provider_unavailable"))
    """What the frame says that ends it with an `error`."""
    then: End | None = None
    """What becomes of the completion. By default: `failed`, for which nothing is charged, after an error frame;
    `cancelled`, with what was sent until then, where the connection is closed, as if the client had gone away; else,
    and wherever the last chunk was sent, `completed`, the whole of it."""
    cancellable: bool = True
    """Whether it can be cancelled; a stream of another instance of the API cannot."""

    def __post_init__(self) -> None:
        check_seconds("silence", self.silence)
        check_seconds("gap", self.gap)
        check_seconds("keep_alive", self.keep_alive or KEEP_ALIVE)
        if self.chunk_size < 1 or self.keep_alive == 0 or (self.end_after is not None and self.end_after < 0):
            raise EmulatorError(f"{self} cannot be: give chunk_size 1 or more, keep_alive above 0, end_after 0 or more")
        for name, value, choices in (
            ("end", self.end, get_args(StreamEnd)),
            ("fragments", self.fragments, get_args(Fragments)),
            ("then", self.then, (None, *ENDS)),
        ):
            if value not in choices:
                raise EmulatorError(f"{name}={value!r:.80} is not known: give one of {', '.join(map(str, choices))}")

    @property
    def outcome(self) -> End:
        """What becomes of the completion."""
        return self.then or ("failed" if self.end == "error" else "cancelled" if self.end in _DROPPED else "completed")

    def deltas(self, reply: Reply) -> Iterator[Body]:
        """What the chunks between the first and the last one have in `delta`."""
        for piece in self._cut(reply.text or ""):
            yield {"content": piece}
        for place, call in enumerate(reply.tool_calls):
            yield from ({"tool_calls": [piece]} for piece in self._pieces(place, call))

    def moments(self, start: float) -> Iterator[float]:
        """When each of the chunks comes, where the first one comes at `start`."""
        yield start
        moment = start + self.silence
        while True:
            yield moment
            moment += self.gap

    def quiet(self, since: float, until: float) -> Iterator[float]:
        """When the keep-alives between two moments come."""
        moment = since + (self.keep_alive or math.inf)
        while moment < until:
            yield moment
            moment += self.keep_alive or math.inf

    def _cut(self, text: str) -> Iterator[str]:
        return (text[begin : begin + self.chunk_size] for begin in range(0, len(text), self.chunk_size))

    def _pieces(self, place: int, call: Any) -> Iterator[Body]:
        marks = {"index": place} if self.fragments == "index" else {}
        name, arguments = call["function"]["name"], call["function"]["arguments"]
        yield {**marks, "id": call["id"], "type": "function", "function": {"name": name, "arguments": ""}}
        if self.fragments == "repeated_id":
            marks = {"id": call["id"]}
        for piece in self._cut(arguments):
            yield {**marks, "function": {"arguments": piece}}


AS_USUAL: Final = Streaming()
