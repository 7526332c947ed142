"""A response that is read as it comes: entering it makes the call, one reads at a time, anyone may close it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from aurous._engine.effects import Close, Flow, Read
from aurous._engine.flow_methods import FlowMethods, flow_method
from aurous._engine.results import OpenContent
from aurous._errors import ConfigurationError
from aurous._http.failures import Failure

if TYPE_CHECKING:
    from aurous._meta import ResponseMeta

T = TypeVar("T")


class OpenStream(FlowMethods):
    """What all streams are. Entering one runs `_start`, leaving it `_end`."""

    __slots__ = ("_call", "_caller", "_closed", "_content", "_left_by", "_turn")

    def __init__(self, caller: Any, call: Flow[Any]) -> None:
        self._caller = caller
        self._call: Flow[Any] | None = call
        self._content: OpenContent | None = None
        self._closed = False
        self._left_by: BaseException | None = None
        self._turn = [True]  # who reads takes it out, which only one can

    def __del__(self) -> None:
        """A stream that is lost does not keep its connection open."""
        if self._content is not None:
            self._content.abandon()

    @property
    def meta(self) -> ResponseMeta:
        """The call that brought the response."""
        return self._opened.meta

    @property
    def _opened(self) -> OpenContent:
        self._require_open()
        assert self._content is not None
        return self._content

    def _require_open(self) -> None:
        if self._content is not None:
            return
        if self._call is not None:
            raise ConfigurationError(
                f"the response is not open yet. To do: enter the stream by {self._caller.block} first"
            )
        raise ConfigurationError(
            "the stream was entered, and no response has begun, so nothing is known of it. To do: where it has ended, "
            "see client.usage.events for what it may have cost"
        )

    def _start(self) -> Flow[None]:
        call, self._call = self._call, None
        if self._closed or call is None:
            raise ConfigurationError("the stream was entered or closed before; make another one")
        self._content = yield from call

    def _give_up(self, error: BaseException) -> None:
        """Entering it failed, so that nobody will leave it."""
        self._closed, self._left_by = True, error
        if self._content is not None:
            self._content.abandon()
            self._tell_end(self._content)

    def __reduce__(self) -> NoReturn:
        raise ConfigurationError(
            "a stream cannot be copied or pickled, as it has a connection. To do: carry what it gave, such as its "
            "final completion or its id"
        )

    def _in_turn(self, reading: Flow[T]) -> Flow[T]:
        """What one thread or task does at a time: reading, and taking what was read."""
        try:
            self._turn.pop()
        except IndexError:
            raise ConfigurationError("the stream is being read by another thread or task") from None
        try:
            return (yield from reading)
        finally:
            self._turn.append(True)

    def _read(self, seconds: float) -> Flow[bytes | Failure]:
        """The next bytes, none at the end; the server may be silent for so many seconds."""
        outcome: bytes | Failure = yield Read(self._opened.body, seconds)
        return outcome

    def _end(self) -> Flow[None]:
        self._closed = True
        if self._content is not None:
            try:
                yield Close(self._content.body)
            finally:
                self._content.over()
                self._tell_end(self._content)

    def _leave(self, error: BaseException | None) -> Flow[None]:
        """The `with` statement ends, perhaps by an error."""
        self._left_by = error
        yield from self._end()

    def _tell_end(self, content: OpenContent) -> None:
        """Tell what watches the call; of the first end only, as that is what ended it."""
        raise NotImplementedError

    @flow_method
    def close(self) -> Flow[None]:
        """Close the response at once, also from another thread or task: one that reads is woken with an error."""
        yield from self._end()
