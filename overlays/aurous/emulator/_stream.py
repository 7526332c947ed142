"""A completion while it is streamed: server-sent events as the clock of the emulator lets them come."""

import asyncio
import json
import math
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any, Final

from aurous import Clock

from ._completions import End, StoredCompletion
from ._connection import Connection
from ._errors import ErrorResponse
from ._json import Body
from ._replies import Reply, finish_reason_of
from ._store import Store
from ._streaming import Streaming
from ._writing import Writing

_DONE: Final = b"data: [DONE]\n\n"
_KEEP_ALIVE: Final = b": keep-alive\n\n"
_CHUNK: Final = "chat.completion.chunk"
# That a first frame without choices says so is documented; what is in it is not.
_WARNING: Final = {
    "warning": {"code": "idempotency_ignored_streaming", "message": "Idempotency-Key is ignored where stream is true."}
}


@dataclass(frozen=True, slots=True)
class _Step:
    """Something that is sent at a moment."""

    at: float
    make: Callable[[], bytes]
    """Makes what is sent, under the lock, when that moment has come."""


@dataclass(slots=True, eq=False, kw_only=True)
class Stream:
    """A completion that is streamed."""

    store: Store
    stored: StoredCompletion
    """The completion there."""
    writing: Writing
    """What there is of it."""
    reply: Reply
    """What the model says."""
    streaming: Streaming
    error: ErrorResponse
    """What an error frame says."""
    request_id: str
    has_key: bool
    """Whether an `Idempotency-Key` came, to be warned of."""
    _is_cancelled: bool = field(default=False, init=False)
    _run: int = field(init=False)
    _clock: Clock = field(init=False)
    _begun_at: float = field(init=False)

    def __post_init__(self) -> None:
        self._run, self._clock = self.store.run, self.store.clock
        self._begun_at = self._clock.time()

    # --- For those who look at the completion meanwhile ---

    def so_far(self) -> Body:
        """The completion as it is now."""
        return self.writing.body()

    def cancel(self) -> None:
        """End it, as a request to cancel it does."""
        self._is_cancelled = True
        self._end("cancelled", "cancelled_by_request")
        self.store.waiting.wake()

    # --- For the one who reads it ---

    async def events(self, connection: Connection) -> AsyncGenerator[bytes]:
        """The events."""
        for step in self._steps():
            await self.store.waiting.until(step.at, self._clock, self._is_over)
            with self.store.lock:
                if self._is_over():
                    break
                data = step.make()
            yield data
        if self._is_cancelled:
            # All that the documented sample of this frame has.
            yield _event({"object": _CHUNK, "choices": [{"finish_reason": "cancelled"}]}) + _DONE
        elif self._broken(connection):
            await asyncio.Event().wait()  # Until the server notices.

    def leave(self) -> None:
        """Nobody reads any more. That ends the completion, unless it is at its end."""
        with self.store.lock:
            self._end("cancelled", "cancelled_client_disconnect")

    def _broken(self, connection: Connection) -> bool:
        """Break the connection, if that is how it ends; False where it is not."""
        if self.streaming.end in {"closed", "half_event"}:
            connection.close()
        elif self.streaming.end == "reset":
            connection.reset()
        else:
            return False
        return True

    def _is_over(self) -> bool:
        return self._is_cancelled or self.store.run != self._run

    def _steps(self) -> Iterator[_Step]:
        """All that is sent, in its order, with the keep-alives in between."""
        last = self._begun_at
        for step in self._frames():
            for moment in self.streaming.quiet(last, step.at):
                yield _Step(moment, lambda: _KEEP_ALIVE)
            yield step
            last = step.at

    def _frames(self) -> Iterator[_Step]:
        if self.has_key:
            yield _Step(self._begun_at, lambda: _event(_WARNING))
        last, end_after = self._begun_at, self.streaming.end_after
        moments = self.streaming.moments(self._begun_at)
        chunks = zip(moments, self._chunks(), strict=False)
        for moment, make in islice(chunks, end_after):
            yield _Step(moment, make)
            last = moment
        following = next(chunks, (last, lambda: _DONE))
        yield _Step(math.inf if self.streaming.end == "stall" else last, lambda: self._ended(following[1]))

    def _chunks(self) -> Iterator[Callable[[], bytes]]:
        """What makes the chunks."""
        yield self._first
        for delta in self.streaming.deltas(self.reply):
            yield partial(self._next, delta)
        yield self._last

    def _first(self) -> bytes:
        return self._chunk({"role": "assistant", "content": ""})

    def _next(self, delta: Body) -> bytes:
        self.writing.reasoning_tokens = self.reply.reasoning_tokens
        self.writing.add(delta)
        return self._chunk(delta)

    def _last(self) -> bytes:
        self._end(self.streaming.then or "completed", "cancelled_by_request")
        return self._chunk({}, finish_reason_of(self.reply), usage=self.writing.usage())

    def _ended(self, following: Callable[[], bytes]) -> bytes:
        """What comes at the very end, before the connection is closed or the body is at its end."""
        kind = self.streaming.end
        half = following() if kind == "half_event" else b""
        self._end(self.streaming.outcome, "cancelled_client_disconnect")
        if kind == "error":
            return _event(self.error.envelope(self.request_id))
        return {"done": _DONE, "more": _DONE + self._chunk({"content": "more"})}.get(kind, half[: len(half) // 2])

    def _chunk(self, delta: Body, finish_reason: str | None = None, **more: Any) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        named = {"id": self.writing.id, "object": _CHUNK, "created": self.writing.created}
        return _event({**named, "model": self.writing.model.id, "choices": [choice], **more})

    def _end(self, status: End, if_cancelled: str | None = None) -> None:
        """Let the completion be at an end, unless it is already."""
        if self.stored.running is None:
            return
        if status == "completed":
            self.writing.write(self.reply)
        reasons = {"completed": finish_reason_of(self.reply), "cancelled": "cancelled", "failed": None}
        recorded_as = if_cancelled if status == "cancelled" else None
        error = self.error if status == "failed" else None
        self.stored.end(self.writing.end(status, reasons[status], self._clock.time(), recorded_as, error))


def _event(data: object) -> bytes:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return b"data: " + text.encode() + b"\n\n"
