"""The transports that the SDK uses unless it is given another: pools of connections to one origin.

A pool holds one connection for each call under way and hands out the one used last. It throws away a connection on
which bytes are left over behind a response: they would be read as the response to the next request.
"""

from __future__ import annotations

from collections import deque
from weakref import WeakSet

from aurous import _process
from aurous._http import recorders
from aurous._http.connection import Connection, Route
from aurous._http.failures import Kind, TransportError
from aurous._http.http11 import ResponseReader
from aurous._http.limits import Limits
from aurous._http.permits import Permits
from aurous._http.steps import IO, Steps
from aurous._http.wire import Incoming, Request


class OpenResponse:
    """A response, whose body is read as it comes. It holds a connection and its permit until it is closed."""

    def __init__(self, pool: Pool, limits: Limits) -> None:
        self._pool = pool
        self._connection: list[Connection] = []
        self._reader: ResponseReader | None = None
        self.limits = limits
        """Of what is done next."""
        self.status_code = 0
        self.headers: dict[str, str] = {}
        self.reused = False
        """Whether the connection had carried other requests before."""
        self.is_over = False
        """Whether all of it has been read, as far as is known."""
        self._is_reading = False

    def open(self, request: Request) -> Steps[Incoming]:
        """Send the request and read the head of the response."""
        try:
            yield from self._pool.permits.take(self, self.limits)
            connection = self._pool.take()
            self._connection.append(connection)
            reader = self._reader = yield from connection.send(request, self.limits)
        except BaseException:
            self._fail()
            raise
        assert reader.head is not None
        self.status_code, self.headers, self.reused = reader.head.status, reader.head.headers, connection.was_used
        return self

    def read(self) -> Steps[bytes]:
        """The next piece of the body; nothing at its end."""
        reader = self._reader
        try:
            connection = self._connection[0]
        except IndexError:
            raise TransportError(Kind.BROKEN, "it was closed") from None
        if _process.look() != self._pool.pid:
            raise TransportError(Kind.BROKEN, "it belongs to the process that this one was forked from")
        assert reader is not None
        try:
            self._is_reading = True
            return (yield from connection.read(reader, self.limits))
        except BaseException:
            self._fail()
            raise
        finally:
            self._is_reading = False
            self.is_over = reader.is_done

    def close(self) -> None:
        """Give the connection back, or close it where the body was not read to its end. Any thread may do it."""
        try:
            connection = self._connection.pop()
        except IndexError:  # closed already, or never open
            pass
        else:
            reader = self._reader
            is_over = (
                reader is not None and reader.may_follow and not self._is_reading and _process.pid == self._pool.pid
            )
            self._pool.put(connection, may_stay=is_over)
        self._pool.permits.give_back(self)

    def abandon(self) -> None:
        """Nobody reads it any more."""
        if self._connection:
            self.close()

    def _fail(self) -> None:
        """Close the connection: where it stands is not known. If it was an old one, others may be as stale."""
        for connection in list(self._connection):
            connection.close()
            if connection.was_used:
                self._pool.drop_idle()
        self._reader = None
        self.close()


class Pool:
    """Connections to one origin: of one process, or of one event loop."""

    def __init__(self, route: Route, io: IO) -> None:
        self._route = route
        self._io = io
        self._idle: deque[Connection] = deque()
        self._all: WeakSet[Connection] = WeakSet()
        self._generation = 0
        self.pid = _process.look()
        self.permits = Permits(route.max_connections, io.new_waiter)

    def take(self) -> Connection:
        """The idle connection that was used last, if it may be used; or a new one."""
        while True:
            try:
                connection = self._idle.pop()
            except IndexError:
                connection = Connection(self._route, self._io, self._generation)
                self._all.add(connection)
                return connection
            if connection.generation == self._generation and connection.is_usable:
                return connection
            connection.close()

    def put(self, connection: Connection, *, may_stay: bool) -> None:
        """Take a connection back after its response, or close it. The one idle for longest is looked at, too."""
        if not may_stay or connection.generation != self._generation:
            connection.close()
            return
        connection.rest()
        self._idle.append(connection)
        try:
            oldest = self._idle.popleft()
        except IndexError:  # another thread took it
            return
        if oldest is connection or oldest.is_usable:
            self._idle.appendleft(oldest)
        else:
            oldest.close()

    def end(self) -> None:
        """Close all, also what is in use: its event loop ends."""
        self.drop()
        for connection in list(self._all):
            connection.close()

    def drop_idle(self) -> None:
        """Close what is idle."""
        while self._idle:
            try:
                self._idle.pop().close()
            except IndexError:
                break

    def drop(self) -> None:
        """Close what is idle, and what is in use as soon as its response has been read."""
        self._generation += 1
        self.drop_idle()


class Transport:
    """Sends requests to one origin, from one process or event loop."""

    def __init__(self, route: Route, io: IO) -> None:
        self._route = route
        self._io = io
        self._pool = Pool(route, io)
        self._streams: WeakSet[OpenResponse] = WeakSet()
        self.drop_connections = self._pool.drop
        self.end = self._pool.end

    def open(self, request: Request, limits: Limits) -> Steps[Incoming]:
        """Send a request and read the head of its response."""
        if recorders.is_one_there():
            return recorders.send(request, limits, self._route, self._io)
        return OpenResponse(self._pool, limits).open(request)

    def keep(self, response: Incoming) -> None:
        """Somebody reads its body as it comes, for as long as the transport is not closed."""
        if isinstance(response, OpenResponse):  # not one that a recorder plays
            self._streams.add(response)

    def close(self) -> None:
        """Close what is idle and what is read as it comes; any other connection as soon as its response is there."""
        self._pool.drop()
        for response in list(self._streams):
            response.close()
