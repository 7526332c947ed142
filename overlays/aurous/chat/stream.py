"""A chat completion that is read while it is written."""

from __future__ import annotations

import math
import sys
import warnings
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

from attrs import define, evolve

from aurous import _check
from aurous._config import Timeout
from aurous._engine import drift as drift_rules
from aurous._engine.effects import Flow, Read, Sleep
from aurous._engine.flow_methods import flow_method
from aurous._engine.open_stream import OpenStream
from aurous._engine.results import OpenContent
from aurous._engine.strict_json import InvalidJSONError, as_list, as_object, loads
from aurous._engine.subclasses import SUBCLASSES
from aurous._errors import APIConnectionError, APIResponseError, AurousError, ConfigurationError, ConflictError
from aurous._http.event_stream import EventDecoder, EventStreamError
from aurous._http.failures import Failure
from aurous._http.wire import Response
from aurous._meta import media_type
from aurous._secret import shown
from aurous._text import one_line
from aurous.chat.assembly import Assembly, ErrorFrameError, UnusableEventError
from aurous.chat.completion import ChatCompletion, StreamInterruptedError
from aurous.chat.events import StreamEvent, TextDelta, ToolCallDelta
from aurous_api.kinds import Reading
from aurous_api.operations import AsyncBase, BinaryResult, CallOptions, SyncBase
from aurous_api.resources.chat_completions import CREATE
from aurous_api.resources.usage_events import LIST as USAGE_EVENTS
from aurous_api.types import UNSET, Deviation

if TYPE_CHECKING:
    from aurous.chat.events import Notice

E = TypeVar("E", bound=AurousError)

READ_TIMEOUT: Final = 45.0
"""Seconds without a byte after which a connection is dead: three of the server's keep-alives (API_FACTS 1.7)."""

STREAM: Final = evolve(
    CREATE, result=BinaryResult(("text/event-stream", "application/json")), idempotent=False, creates=""
)
"""The creation of a completion, read as it comes. A key would be ignored, and bring a warning (API_FACTS 1.6)."""

_DELTAS: Final = (TextDelta, ToolCallDelta)

_DRAIN: Final = 0.05
"""Seconds for the end of the body after that of the stream: only a connection without left-overs is used again."""

_LOOK_AGAIN: Final = 2.0
"""Seconds until the events of usage are looked at again."""

_CANCELS_WITHIN: Final = 10.0
"""Seconds that the request to cancel may take: where streams hold all connections, it would wait for its own."""

_CANCELLED_WITHIN: Final = 30.0
"""Seconds until a completion whose client went away is stored; the server waits up to 5 s for its usage."""


@define(frozen=True)
class StreamTiming:
    """When a stream came, in seconds; None for what has not come yet."""

    headers_after: float | None = None
    """From the call to the head of the response, retries included."""
    first_event_after: float | None = None
    """From the call to the first event, which tells the role and no text: a proxy that holds the stream back shows
    here."""
    first_delta_after: float | None = None
    """From the call to the first text, or piece of a tool call: how long the reader saw nothing."""
    longest_gap: float | None = None
    """The longest time between two events while they were waited for."""

    def as_dict(self) -> dict[str, Any]:
        """The times as plain JSON data."""
        return {
            "headers_after": self.headers_after,
            "first_event_after": self.first_event_after,
            "longest_gap": self.longest_gap,
        }


@define(frozen=True)
class Limits:
    """How long a stream may take."""

    deadline: float
    """Seconds for the whole stream, infinite where there is no limit."""
    read: float
    """Seconds without a byte."""
    idle: float
    """Seconds without an event."""
    connect: float | None = None
    """Seconds for making a connection, where a caller says so."""

    def for_opening(self, connect: float) -> Timeout:
        """The limits until the head of the response has come, for which a model may think."""
        total = min(self.deadline, self.idle)
        return Timeout(total=total, connect=self.connect or connect, read=total)


class _ChatStream(OpenStream):
    """What the streams of both clients are."""

    __slots__ = (
        *("_assembly", "_began", "_cancel_flow", "_decoder", "_ends", "_events", "_failure", "_final", "_gap_began"),
        *("_idle_ends", "_is_at_end", "_is_taking", "_limits", "_opened_at", "_timing", "_wait_flow", "_whole"),
    )

    def __init__(
        self,
        caller: Any,
        call: Flow[Any],
        limits: Limits,
        cancel: Callable[..., Flow[ChatCompletion]],
        wait: Callable[..., Flow[ChatCompletion]],
    ) -> None:
        super().__init__(caller, call)
        self._limits = limits
        self._cancel_flow = cancel
        self._wait_flow = wait
        self._decoder = EventDecoder()
        self._assembly = Assembly(caller.config.max_response_bytes)
        self._events: deque[StreamEvent] = deque()
        self._failure: AurousError | None = None
        self._is_at_end = False
        self._is_taking = False
        """Whether bytes are on their way into the assembly. An exception that strikes meanwhile loses some of them."""
        self._whole: dict[str, Any] | None = None
        self._final: ChatCompletion | None = None
        self._timing: StreamTiming = StreamTiming()
        self._began = self._gap_began = caller.config.clock.monotonic()
        self._ends = math.inf
        self._idle_ends = math.inf
        self._opened_at = ""

    def __del__(self) -> None:
        """A stream that is lost does not keep its connection open."""
        if self._content is not None and not self._closed:
            warnings.warn(
                f"a stream of a chat completion was left open{self._opened_at}: use it by {self._caller.block}",
                ResourceWarning,
                stacklevel=2,
                source=self,
            )
        super().__del__()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(id={self.id!r})"

    # --- What is known so far ---

    @property
    def id(self) -> str | None:
        """The id of the completion; None before the first chunk."""
        return self._assembly.id

    @property
    def so_far(self) -> ChatCompletion:
        """What has come, as a completion: `in_progress` until the stream is whole."""
        return self._final or self._completion()

    @property
    def timing(self) -> StreamTiming:
        """When headers and events came."""
        return self._timing

    @property
    def notices(self) -> tuple[Notice, ...]:
        """The frames that came beside the completion."""
        return tuple(self._assembly.notices)

    # --- Reading ---

    def _start(self) -> Flow[None]:
        clock = self._caller.config.clock
        self._opened_at = _place_of_caller()
        self._began = clock.monotonic()
        self._ends = self._began + self._limits.deadline
        try:
            yield from super()._start()
            self._gap_began = clock.monotonic()
            self._timing = evolve(self._timing, headers_after=self._gap_began - self._began)
            if media_type(self.meta.headers) == "application/json":
                yield from self._take_whole_body()
        except BaseException as error:
            self._give_up(error)
            raise

    def _taken(self) -> StreamEvent | None:
        """The next event that has come. Behind the last one the failure is raised, if that is how it ended."""
        with suppress(IndexError):
            return self._events.popleft()
        if self._failure is not None:
            raise self._failure
        return None

    def _advance(self) -> Flow[None]:
        """Read on until there is an event, or the end is known."""
        clock = self._caller.config.clock
        self._idle_ends = clock.monotonic() + self._limits.idle
        while not self._events and not self._is_at_end:
            asked = clock.monotonic()
            outcome = "reading it was interrupted" if self._is_taking else (yield from self._piece())
            if isinstance(outcome, str):
                self._finish(outcome)
            else:
                self._take(outcome, asked)
                self._is_taking = False
            if self._is_at_end:
                yield from self._settle()

    def _piece(self) -> Flow[bytes | str]:
        """The next bytes, none at the end of the body; or why they do not come, in words."""
        if self._closed:
            return "it was closed"
        seconds, expired = self._patience()
        if seconds <= 0:
            return expired
        self._is_taking = True
        outcome = yield from self._read(seconds)
        if not isinstance(outcome, Failure):
            return outcome
        if self._closed:
            return "it was closed"
        return expired if outcome.timed_out else outcome.reason

    def _patience(self) -> tuple[float, str]:
        """Seconds that the next read may take, and what is said when they have passed."""
        limits, now = self._limits, self._caller.config.clock.monotonic()
        return min(
            (limits.read, f"the server sent nothing for {limits.read:g} s"),
            (self._idle_ends - now, f"no event came for {limits.idle:g} s, at most keep-alives"),
            (self._ends - now, f"timeout={limits.deadline:g} s has passed"),
        )

    def _take(self, data: bytes, asked: float) -> None:
        """Take what came from the network; nothing stands for its end."""
        try:
            for event in self._decoder.feed(data) if data else self._decoder.end():
                self._came(asked)
                self._gained(self._assembly.feed(event))
                if self._assembly.is_over:
                    break
            else:
                self._decoder.feed(b"")  # raises what it holds back behind the events before it
        except (EventStreamError, UnusableEventError) as error:
            self._refuse(str(error))
        except ErrorFrameError as error:
            self._fail(self._error_of(error.body))
        else:
            if self._assembly.is_over or not data:
                self._finish("the connection ended" if not data else "the server ended it")

    def _came(self, asked: float) -> None:
        """An event has come: note when. What passed before it was asked for is the reader's own time."""
        now = self._caller.config.clock.monotonic()
        gap = now - max(asked, self._gap_began)
        timing = self._timing
        if timing.first_event_after is None:
            self._timing = evolve(timing, first_event_after=now - self._began)
        elif gap > (timing.longest_gap or 0.0):
            self._timing = evolve(timing, longest_gap=gap)
        self._gap_began = now
        self._idle_ends = now + self._limits.idle

    def _gained(self, events: list[StreamEvent]) -> None:
        """An event has brought these for the reader."""
        if self._timing.first_delta_after is None and any(isinstance(each, _DELTAS) for each in events):
            self._timing = evolve(self._timing, first_delta_after=self._gap_began - self._began)
        self._events += events

    def _take_whole_body(self) -> Flow[None]:
        """JSON in response to a stream: one whole completion."""
        data, most = bytearray(), self._caller.config.max_response_bytes
        self._idle_ends = self._gap_began + self._limits.idle
        while piece := (yield from self._piece()):
            if isinstance(piece, str):
                self._fail(self._interrupted(piece))
                break
            data += piece
            if len(data) > most:
                self._fail(self._unusable(f"more than max_response_bytes={most}"))
                break
        else:
            self._take_json(bytes(data))
        yield from self._end()

    def _take_json(self, data: bytes) -> None:
        self._is_at_end = True
        try:
            body = loads(data)
            self._events += self._assembly.add(_as_chunk(body))
            self._whole = body
        except InvalidJSONError as error:
            self._fail(self._unusable(f"no valid JSON: {error}"))
        except UnusableEventError as error:
            self._fail(self._unusable(str(error)))
        except ErrorFrameError as error:
            self._fail(self._error_of(error.body))

    # --- Ends ---

    def _end(self) -> Flow[None]:
        if not self._is_at_end:
            self._events.clear()  # closed in the middle: what is left over is not given as if nothing had happened
        yield from super()._end()

    def _finish(self, reason: str) -> None:
        """The stream has ended: whole, where the model said that it has stopped."""
        if self._assembly.finish_reason is None:
            self._fail(self._interrupted(reason))
            return
        self._is_at_end = True
        if not self._assembly.is_over and not self._closed:
            self._assembly.drift.append(Deviation("", "missing", "`data: [DONE]` at the end of the stream"))

    def _refuse(self, problem: str) -> None:
        """Something came that is no piece of the completion: behind its end that is drift."""
        if self._assembly.finish_reason is None:
            self._fail(self._unusable(problem))
            return
        self._is_at_end = True
        self._assembly.drift.append(Deviation("", "unknown_value", "`data: [DONE]` behind the finish_reason", problem))

    def _fail(self, error: AurousError) -> None:
        self._is_at_end = True
        self._failure = error

    def _settle(self) -> Flow[None]:
        """Let go of the connection. Where the body ends as well, it may be used again."""
        if self._failure is None and self._assembly.is_over and not self._closed:
            yield Read(self._opened.body, _DRAIN)
        yield from self._end()

    def _tell_end(self, content: OpenContent) -> None:
        error = self._failure if self._is_at_end else self._left_by
        if content.tally is not None:
            content.tally.stream_ended(self.so_far, error)
        content.observer.stream_ended(lambda: self.so_far, error, self._timing)

    @property
    def _name(self) -> str:
        """What it streams, for a message."""
        return f"completion {one_line(shown(self.id), 80)!r}" if self.id else "a completion whose id has not come"

    def _interrupted(self, reason: str) -> StreamInterruptedError:
        meta = self.meta
        error = StreamInterruptedError(
            f"the stream of {self._name} broke off: {reason}. To do: recover() gets the stored completion and what it "
            "cost; what came so far is partial",
            partial=self._completion(),
            id=self.id,
            usage_known=self._assembly.usage_known,
            request_id=meta.request_id,
            retryable=True,
        )
        return self._ending(error)

    def _unusable(self, problem: str) -> APIResponseError:
        error = APIResponseError(
            f"the stream of {self._name} holds {problem}. To do: retrieve the completion by its id; tell the vendor, "
            "with the request id",
            status_code=self.meta.status_code,
            request_id=self.meta.request_id,
        )
        return self._ending(error)

    def _error_of(self, body: dict[str, Any]) -> AurousError:
        """The error of a frame that tells of one, as if it had come as the response."""
        meta = self.meta
        response = Response(meta.status_code, meta.headers, b"", meta.elapsed)
        error: AurousError = self._caller.errors.error_of(body, response)
        return self._ending(error)

    def _ending(self, error: E) -> E:
        """An error that ends this stream, with what came, and the way to the rest."""
        error.partial = self._completion()
        error.recover_by(self._recovered)
        return error

    # --- Results ---

    def _completion(self) -> ChatCompletion:
        reading = Reading(SUBCLASSES)
        data = self._assembly.as_dict() if self._whole is None else self._whole
        result: Any = CREATE.result
        completion = result.kind.read(data, "", reading)
        if self._whole is None and self._assembly.finish_reason is None:  # what is missing may still come
            reading.deviations = [each for each in reading.deviations if each.problem != "missing"]
        reading.deviations += self._assembly.drift
        completion._belongs_to(self.meta, reading)  # noqa: SLF001  # a friend: models are made to be returned by calls
        whole: ChatCompletion = completion
        return whole

    @flow_method
    def get_final_completion(self) -> Flow[ChatCompletion]:
        """Read what is left, and return the whole completion.

        Returns:
            The completion, as `create` returns it. Of one that was cancelled, the stored one, which tells what was
            charged, as the stream does not.

        Raises:
            StreamInterruptedError: The stream broke off; the error carries what came, and `recover()` gets the rest.
            APIResponseError: It holds something that is no piece of the completion.
            APIStatusError: The server sent an error in the middle.
        """
        self._require_open()
        while self._final is None and not self._is_at_end:
            yield from self._in_turn(self._advance())
            self._events.clear()
        if self._final is None:
            if self._failure is not None:
                raise self._failure
            self._final = yield from self._whole_completion()
        return self._final

    def _whole_completion(self) -> Flow[ChatCompletion]:
        completion = self._completion()
        if completion.is_cancelled and not self._assembly.usage_known:
            with suppress(AurousError):
                return (yield from self._record(_CANCELLED_WITHIN))
        if completion.drift:
            error = drift_rules.handle(self._caller.config.on_drift, completion.drift, STREAM.name, self.meta)
            if error is not None:
                raise self._ending(error)
        return completion

    @flow_method
    def recover(self, *, timeout: float = 300.0) -> Flow[ChatCompletion]:
        """Get the completion at its end, however the stream ended: its text, its status, what was charged.

        A stream that is still open is closed. The stored completion is retrieved until it is at its end, unless the
        stream was read to an end that told what was charged.

        Args:
            timeout: Longest time to wait, in seconds.

        Returns:
            The completion: `completed`, `cancelled` as far as it came, or `failed`.

        Raises:
            StreamInterruptedError: No chunk has come, so that the id is not known, nor found in the events of usage.
            ConfigurationError: Not even the headers of a response have come; the events of usage tell what it cost.
            AurousError: As for `client.chat.completions.wait`.
        """
        self._require_open()
        yield from self._end()
        if self._is_at_end and self._failure is None and self._assembly.usage_known:
            return (yield from _ChatStream.get_final_completion.function(self))
        return (yield from self._record(timeout))

    @flow_method
    def cancel(self) -> Flow[ChatCompletion]:
        """Cancel the completion, from any thread or task; who reads the stream gets its end.

        Where the API cannot cancel it (409), or does not respond within 10 s, the connection is closed, upon which the
        server ends it as well. So it is where streams hold all connections.

        Returns:
            The stored completion at its end: `cancelled`, or what it ended as before. The prompt is charged, and the
            output as far as it came. From now on it is what `get_final_completion` returns.

        Raises:
            StreamInterruptedError: No chunk has come, so that the id is not known, nor found in the events of usage.
            AurousError: As for `cancel` and `wait`.
        """
        self._require_open()
        record = yield from self._cancelled()
        if self._final is None:
            self._final = record
        return record

    def _cancelled(self) -> Flow[ChatCompletion]:
        if self.id is not None:
            try:
                given = self._caller.config.timeout
                limits = evolve(given, total=min(given.total, _CANCELS_WITHIN))
                return (yield from self._cancel_flow(self.id, timeout=limits))
            except (ConflictError, APIConnectionError):
                pass
        yield from self._end()
        return (yield from self._record(_CANCELLED_WITHIN))

    def _recovered(self, timeout: float, is_awaited: bool) -> Any:  # noqa: FBT001  # as errors call it
        if is_awaited is not self._caller.asynchronous:
            remedy = "await error.recover_async()" if self._caller.asynchronous else "call error.recover()"
            raise ConfigurationError(f"this error comes from {type(self).__name__}. To do: {remedy}")
        return self._caller.run(self._record(timeout))

    def _record(self, timeout: float) -> Flow[ChatCompletion]:
        """The stored completion at its end."""
        began = self._caller.config.clock.monotonic()
        id = self.id or (yield from self._id_by_request(timeout))
        if id is None:
            raise self._interrupted("its id never came, and the events of usage do not show its request")
        left = timeout - (self._caller.config.clock.monotonic() - began)
        return (yield from self._wait_flow(id, timeout=max(left, 1.0)))

    def _id_by_request(self, timeout: float) -> Flow[str | None]:
        """The id of the completion, from the events of usage: an event is recorded when the completion has ended."""
        wanted, clock = self.meta.request_id, self._caller.config.clock
        given = dict.fromkeys((each.name for each in USAGE_EVENTS.query), UNSET)
        ends = clock.monotonic() + timeout
        while wanted:
            flow: Flow[Any] = self._caller.flow(USAGE_EVENTS, (), given, CallOptions())
            events: list[Any] = (yield from flow).data
            found = next((each.id for each in events if getattr(each, "request_id", None) == wanted), None)
            if found is not None or clock.monotonic() + _LOOK_AGAIN >= ends:
                return found
            yield Sleep(_LOOK_AGAIN)
        return None


class _TextOf:
    """The text of a stream, piece by piece."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream


class TextStream(_TextOf):
    """The text of a stream, piece by piece."""

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        for event in self._stream:
            if isinstance(event, TextDelta):
                return event.text
        raise StopIteration


class AsyncTextStream(_TextOf):
    """The text of a stream, piece by piece."""

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> str:
        async for event in self._stream:
            if isinstance(event, TextDelta):
                return event.text
        raise StopAsyncIteration


class ChatStream(_ChatStream, SyncBase):
    """A chat completion that is read while it is written: `client.chat.completions.stream(...)` gives one.

    Iterate over it for its events, or over `text_stream` for its text. Nothing is sent before the `with` statement. A
    pause of the reader counts for no limit. Any thread may close or cancel it.

    Example:
        >>> with client.chat.completions.stream(model="aurous-grow-2.0-pro", messages="Capital of Japan?") as stream:
        ...     for piece in stream.text_stream:
        ...         print(piece, end="", flush=True)
        >>> completion = stream.get_final_completion()
    """

    __slots__ = ()

    def __enter__(self) -> Self:
        self._caller.run(self._start())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._caller.run(self._leave(error))

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> StreamEvent:
        while (event := self._taken()) is None:
            if self._is_at_end:
                raise StopIteration
            self._caller.run(self._in_turn(self._advance()))
        return event

    @property
    def text_stream(self) -> TextStream:
        """The text, piece by piece."""
        return TextStream(self)


class AsyncChatStream(_ChatStream, AsyncBase):
    """As `ChatStream`, on an event loop.

    Example:
        >>> async with client.chat.completions.stream(model="aurous-grow-2.0-pro", messages="Hi") as stream:
        ...     async for piece in stream.text_stream:
        ...         print(piece, end="", flush=True)
    """

    __slots__ = ()

    async def __aenter__(self) -> Self:
        await self._caller.run(self._start())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._caller.run(self._leave(error))

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> StreamEvent:
        while (event := self._taken()) is None:
            if self._is_at_end:
                raise StopAsyncIteration
            await self._caller.run(self._in_turn(self._advance()))
        return event

    @property
    def text_stream(self) -> AsyncTextStream:
        """The text, piece by piece."""
        return AsyncTextStream(self)


def stream_of(
    caller: Any,
    given: dict[str, object],
    options: CallOptions,
    *,
    timeout: float | Timeout | None,
    idle_timeout: float,
    cancel: Callable[[str], Flow[ChatCompletion]],
    wait: Callable[..., Flow[ChatCompletion]],
) -> ChatStream | AsyncChatStream:
    """The stream of a completion, not opened.

    Args:
        caller: Of either kind of client.
        given: The fields of the body.
        options: Of the call.
        timeout: As `stream` takes it.
        idle_timeout: The same.
        cancel: Gives the flow that cancels a completion.
        wait: Gives the flow that waits for one.
    """
    limits = limits_of(timeout, _check.seconds(idle_timeout, source="idle_timeout"))
    options = evolve(options, timeout=limits.for_opening(caller.config.timeout.connect))
    opening = caller.opening(STREAM, (), {**given, "stream": True}, options)
    kind = AsyncChatStream if caller.asynchronous else ChatStream
    return kind(caller, opening, limits, cancel, wait)


def limits_of(timeout: float | Timeout | None, idle_timeout: float) -> Limits:
    """The limits of a stream, from what a caller gives."""
    if isinstance(timeout, Timeout):
        return Limits(timeout.total, timeout.read, idle_timeout, timeout.connect)
    deadline = math.inf if timeout is None else _check.seconds(timeout, source="timeout")
    return Limits(deadline, READ_TIMEOUT, idle_timeout)


def _as_chunk(body: Any) -> dict[str, Any]:
    """A whole completion as the one chunk of its stream."""
    data = as_object(body) or {}
    items = as_list(data.get("choices"))
    if items is not None:
        return {**data, "choices": [{**one, "delta": one.get("message")} if as_object(one) else one for one in items]}
    if as_object(data.get("error")):
        raise ErrorFrameError(data)
    raise UnusableEventError("JSON that is no completion")


def _place_of_caller() -> str:
    """Where the stream was entered, for the warning that it was left open."""
    # The way to the caller that `logging` and `warnings` take as well; `inspect` would cost much more.
    frame = sys._getframe(1)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    while frame.f_globals.get("__name__", "").partition(".")[0] == "aurous" and frame.f_back is not None:
        frame = frame.f_back
    return f" (entered in {frame.f_code.co_filename}, line {frame.f_lineno})"
