"""A completion while it is streamed: server-sent events as the clock of the emulator lets them come."""

import asyncio
import json
import math
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, Final

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


class Stream:
    """A completion that is streamed.

    Args:
        store: What is stored.
        stored: The completion there.
        writing: What there is of it.
        reply: What the model says.
        streaming: How it is streamed.
        error: What an error frame says.
        request_id: The id of the request.
        has_key: Whether an `Idempotency-Key` came, to be warned of.
    """

    def __init__(
        self,
        store: Store,
        stored: StoredCompletion,
        writing: Writing,
        reply: Reply,
        streaming: Streaming,
        error: ErrorResponse,
        *,
        request_id: str,
        has_key: bool,
    ) -> None:
        self._store, self._stored, self._writing = store, stored, writing
        self._reply, self._streaming = reply, streaming
        self._error, self._request_id, self._has_key = error, request_id, has_key
        self._run, self._clock = store.run, store.clock
        self._begun_at = self._clock()
        self._is_cancelled = False

    # --- For those who look at the completion meanwhile ---

    def so_far(self) -> Body:
        """The completion as it is now."""
        return self._writing.body()

    def cancel(self) -> None:
        """End it, as a request to cancel it does."""
        self._is_cancelled = True
        self._end("cancelled", "cancelled_by_request")
        self._store.waiting.wake()

    # --- For the one who reads it ---

    async def events(self, connection: Connection) -> AsyncGenerator[bytes]:
        """The events."""
        for step in self._steps():
            await self._store.waiting.until(step.at, self._clock, self._is_over)
            with self._store.lock:
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
        with self._store.lock:
            self._end("cancelled", "cancelled_client_disconnect")

    def _broken(self, connection: Connection) -> bool:
        """Break the connection, if that is how it ends; False where it is not."""
        if self._streaming.end in {"closed", "half_event"}:
            connection.close()
        elif self._streaming.end == "reset":
            connection.reset()
        else:
            return False
        return True

    def _is_over(self) -> bool:
        return self._is_cancelled or self._store.run != self._run

    def _steps(self) -> Iterator[_Step]:
        """All that is sent, in its order, with the keep-alives in between."""
        last = self._begun_at
        for step in self._frames():
            for moment in self._streaming.quiet(last, step.at):
                yield _Step(moment, lambda: _KEEP_ALIVE)
            yield step
            last = step.at

    def _frames(self) -> Iterator[_Step]:
        if self._has_key:
            yield _Step(self._begun_at, lambda: _event(_WARNING))
        last, end_after = self._begun_at, self._streaming.end_after
        moments = self._streaming.moments(self._begun_at)
        chunks = zip(moments, self._chunks(), strict=False)
        for moment, make in islice(chunks, end_after):
            yield _Step(moment, make)
            last = moment
        following = next(chunks, (last, lambda: _DONE))
        yield _Step(math.inf if self._streaming.end == "stall" else last, lambda: self._ended(following[1]))

    def _chunks(self) -> Iterator[Callable[[], bytes]]:
        """What makes the chunks."""
        yield self._first
        for delta in self._streaming.deltas(self._reply):
            yield partial(self._next, delta)
        yield self._last

    def _first(self) -> bytes:
        return self._chunk({"role": "assistant", "content": ""})

    def _next(self, delta: Body) -> bytes:
        self._writing.reasoning_tokens = self._reply.reasoning_tokens
        self._writing.add(delta)
        return self._chunk(delta)

    def _last(self) -> bytes:
        self._end(self._streaming.then or "completed", "cancelled_by_request")
        return self._chunk({}, finish_reason_of(self._reply), usage=self._writing.usage())

    def _ended(self, following: Callable[[], bytes]) -> bytes:
        """What comes at the very end, before the connection is closed or the body is at its end."""
        kind = self._streaming.end
        half = following() if kind == "half_event" else b""
        self._end(self._streaming.outcome, "cancelled_client_disconnect")
        if kind == "error":
            return _event(self._error.envelope(self._request_id))
        return {"done": _DONE, "more": _DONE + self._chunk({"content": "more"})}.get(kind, half[: len(half) // 2])

    def _chunk(self, delta: Body, finish_reason: str | None = None, **more: Any) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        named = {"id": self._writing.id, "object": _CHUNK, "created": self._writing.created}
        return _event({**named, "model": self._writing.model.id, "choices": [choice], **more})

    def _end(self, status: End, if_cancelled: str | None = None) -> None:
        """Let the completion be at an end, unless it is already."""
        if self._stored.running is None:
            return
        if status == "completed":
            self._writing.write(self._reply)
        reasons = {"completed": finish_reason_of(self._reply), "cancelled": "cancelled", "failed": None}
        recorded_as = if_cancelled if status == "cancelled" else None
        error = self._error if status == "failed" else None
        self._stored.end(self._writing.end(status, reasons[status], self._clock(), recorded_as, error))


def _event(data: object) -> bytes:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return b"data: " + text.encode() + b"\n\n"
