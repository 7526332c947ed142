"""Bytes that are read as they come, in constant memory."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from aurous._engine.effects import Flow
from aurous._engine.flow_methods import flow_method
from aurous._engine.open_stream import OpenStream
from aurous._engine.saving import saving
from aurous._errors import APIResponseError, ConfigurationError
from aurous._http.failures import Failure
from aurous_api.operations import AsyncBase, SyncBase

if TYPE_CHECKING:
    from aurous._engine.results import OpenContent
    from aurous_api.types import Deviation


class _ContentStream(OpenStream):
    """What the streams of both clients are."""

    __slots__ = ("_ended", "_seconds")

    def __init__(self, caller: Any, seconds: float, call: Flow[Any]) -> None:
        super().__init__(caller, call)
        self._seconds = seconds
        self._ended = False

    @property
    def drift(self) -> tuple[Deviation, ...]:
        """Where the head of the response left the contract. Empty where it kept to it."""
        return self._opened.drift

    @property
    def content_type(self) -> str | None:
        """The media type that the server names, without parameters: `video/mp4`."""
        found: str | None = self._opened.to_dict()["content_type"]
        return found

    @property
    def content_length(self) -> int | None:
        """How many bytes there are, where the server says it."""
        length = self.meta.headers.get("content-length", "")
        return int(length) if length.isascii() and length.isdigit() and len(length) < 20 else None

    def _tell_end(self, content: OpenContent) -> None:
        if self._left_by is None:
            content.observer.succeeded(content, outcome="ok" if self._ended else "closed")
        else:
            content.observer.failed(self._left_by)

    def _piece(self) -> Flow[bytes]:
        """The next bytes; none at the end."""
        content = self._opened
        if self._ended:
            return b""
        if self._closed:
            raise ConfigurationError("the stream was closed")
        outcome = yield from self._in_turn(self._read(self._seconds))
        if isinstance(outcome, Failure):
            self._closed = True
            error = self._caller.errors.broken_off(outcome, content.meta)
            content.observer.failed(error)
            raise error
        if not outcome:
            self._ended = True
            yield from self._end()
        return outcome

    @flow_method
    def read(self) -> Flow[bytes]:
        """Read all that is left, at most `max_response_bytes`.

        Returns:
            The bytes.

        Raises:
            APIConnectionError: The connection broke, or the server fell silent for longer than `Timeout.read`.
            APIResponseError: There is more than `max_response_bytes`, or the server sends something else.
        """
        most = self._caller.config.max_response_bytes
        data = bytearray()
        while piece := (yield from self._piece()):
            data += piece
            if len(data) > most:
                yield from self._end()
                raise APIResponseError(
                    f"the content is larger than max_response_bytes={most}. To do: save it, read it piece by piece "
                    "(iter_bytes), or raise the limit",
                    request_id=self.meta.request_id,
                )
        return bytes(data)

    @flow_method
    def save(self, path: str | os.PathLike[str]) -> Flow[Path]:
        """Write what is left to a file as it comes, whole or not at all: an existing file is replaced at the end.

        Returns:
            The path.

        Raises:
            ConfigurationError: It cannot be the path of a file.
            OSError: The file cannot be written; what was there before is there still.
            APIConnectionError: The connection broke, or the server fell silent for longer than `Timeout.read`.
        """
        with saving(path) as (file, target):
            while piece := (yield from self._piece()):
                file.write(piece)
        return target


class ContentStream(_ContentStream, SyncBase):
    """Bytes that are read as they come, such as those of a video: `client.videos.output.stream(...)` gives one.

    Nothing is sent before the `with` statement. The deadline of the call ends when the response begins; from then on
    the server may be silent for `Timeout.read` at a time, while a pause of the reader counts for nothing.

    Example:
        >>> with client.videos.output.stream("vid_01HXMQ7Z3K8Y2ABCDEFGHJKM") as content:
        ...     content.save("video.mp4")
    """

    __slots__ = ()

    def __enter__(self) -> Self:
        self._caller.run(self._start())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._caller.run(self._leave(error))

    def iter_bytes(self) -> Iterator[bytes]:
        """The bytes as they come, in pieces of any size."""
        while piece := self._caller.run(self._piece()):
            yield piece


class AsyncContentStream(_ContentStream, AsyncBase):
    """As `ContentStream`, on an event loop.

    Example:
        >>> async with client.videos.output.stream("vid_01HXMQ7Z3K8Y2ABCDEFGHJKM") as content:
        ...     await content.save("video.mp4")
    """

    __slots__ = ()

    async def __aenter__(self) -> Self:
        await self._caller.run(self._start())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._caller.run(self._leave(error))

    async def iter_bytes(self) -> AsyncIterator[bytes]:
        """The bytes as they come, in pieces of any size."""
        while piece := await self._caller.run(self._piece()):
            yield piece
