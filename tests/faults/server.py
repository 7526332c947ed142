"""The misbehaving server: a thread with a loop of its own, on a free port of 127.0.0.1.

To try it by hand, in `tests/`: `python -m faults.server` prints its address and goes on until it is interrupted.
"""

import asyncio
import contextlib
import itertools
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Generator, Iterator
from types import TracebackType
from typing import Self

from faults import certificates
from faults.cases import BY_NAME, CASES
from faults.connection import GONE, Connection, Head
from faults.greetings import GREETINGS, HANDSHAKES
from faults.model import Accept, Case, Kind, Tls
from faults.responses import as_json, envelope, good, message
from faults.steps import COMPLETIONS, CREATE, MOVED, Plan, Request, Send, Step

_NOBODY = "http://127.0.0.1:9"
_BY_ID = {case.asks: case for case in CASES if case.asks}


class FaultServer:
    """A server that does to each request what the case named in its path says.

    Args:
        tls: How its TLS is; None is plain HTTP.
        accept: What it does to a connection before it has read a byte: `serve` it; `refuse` it (nobody listens);
            `ignore` it (somebody listens, and the queue is full); `close`, `reset` or `stall` it; send the `banner` of
            another protocol, a `stray` response, the `late_408` of a balancer that thinks the connection idle, or the
            `early_503` of one that has no room.
        accept_times: To how many connections it does so, before it serves; None is to all.
        elsewhere: The server that redirects to another origin lead to.

    Attributes:
        port: The port.
        errors: What went wrong in the server itself: always to be empty.
    """

    def __init__(
        self,
        *,
        tls: Tls | None = None,
        accept: Accept = "serve",
        accept_times: int | None = None,
        elsewhere: "FaultServer | None" = None,
    ) -> None:
        self.errors: list[str] = []
        self.port = 0
        self._tls: Tls | None = tls
        self._accept: Accept = accept
        self._accept_left = float("inf") if accept_times is None else accept_times
        self._elsewhere = elsewhere
        self._requests: list[Request] = []
        self._served: Counter[str] = Counter()
        self._unheard: set[int] = set()
        self._connections: dict[int, Connection] = {}
        self._accepted = 0
        self._fresh = itertools.count(1)
        self._busy: Counter[str] = Counter()
        self._quiet = threading.Condition()
        self._listener = socket.socket()
        self._fillers: list[socket.socket] = []
        self._thread = threading.Thread(target=self._run, name="fault-server", daemon=True)
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None

    # --- for tests ---------------------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        self._listener.bind(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        if self._accept == "refuse":
            # Bound and not listening: the port is refused, and stays ours.
            return self
        if self._accept == "ignore":
            self._fill_queue()
            return self
        self._listener.listen(256)
        self._listener.setblocking(False)
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError("the fault server did not start")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Abort every connection and end the thread."""
        if self._loop is not None and self._stop is not None:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(10)
            if self._thread.is_alive():
                raise RuntimeError("the fault server did not end")
        for sock in (*self._fillers, self._listener):
            sock.close()

    @property
    def base_url(self) -> str:
        """The base URL, without `/v1`."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def ssl_context(self) -> ssl.SSLContext | None:
        """What a client needs to believe this server, were its certificate good; None without TLS."""
        return certificates.client_context() if self._tls else None

    @property
    def requests(self) -> tuple[Request, ...]:
        """All requests so far, in order."""
        return tuple(self._requests)

    @property
    def elsewhere_requests(self) -> tuple[Request, ...]:
        """What the server of the other origin was sent: always to be empty, as no redirect is followed there."""
        return self._elsewhere.requests if self._elsewhere else ()

    @property
    def open_connections(self) -> int:
        """How many connections are open."""
        return len(self._connections)

    def fresh_id(self, case: Case | str) -> str:
        """Return an id for *case* (or its name) that was not asked for before, where the case leaves a choice."""
        row = BY_NAME[case] if isinstance(case, str) else case
        return row.asks or f"{row.id}--{next(self._fresh)}"

    def requests_for(self, id_: str) -> tuple[Request, ...]:
        """Return the requests for the completion *id_*, without those that followed a redirect."""
        return tuple(
            request for request in self.requests if request.target in (COMPLETIONS + id_, CREATE) and request.id == id_
        )

    def connections_of(self, id_: str) -> tuple[int, ...]:
        """Return the numbers of the connections that requests for *id_* came on."""
        return tuple(request.connection for request in self.requests_for(id_))

    def attempts(self, id_: str) -> int | None:
        """Return how often the client tried to get *id_*; None where a server cannot know.

        Connections that ended before a request could be read count as tries for it.
        """
        if self._accept in ("refuse", "ignore"):
            return None
        self._catch_up()
        return len(self.requests_for(id_)) + len(self._unheard)

    def settle(self, id_: str | None = None, *, timeout: float = 10.0) -> None:
        """Wait until the server has done all that the requests for *id_* (None: any) ask of it.

        What was sent is then on the client's side, and a server that stalls has seen the client leave.

        Raises:
            TimeoutError: It took longer than *timeout* seconds, most likely because the client keeps a connection open.
        """
        self._catch_up()
        with self._quiet:
            if not self._quiet.wait_for(lambda: not (self._busy.total() if id_ is None else self._busy[id_]), timeout):
                raise TimeoutError(f"the fault server is still answering {id_ or 'a request'}")

    def unwelcome(self, key: str) -> list[str]:
        """Return what is wrong with the requests that came, whatever their case: a well-kept client has nothing here.

        Args:
            key: The API key that the client was given.
        """
        return [f"{fault}: {request}" for request in self.requests for fault in self._faults_of(request, key)]

    def _catch_up(self) -> None:
        """Let the server take in what has reached its sockets by now."""
        if self._loop is not None and self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(_turns(10), self._loop).result(10)

    def _faults_of(self, request: Request, key: str) -> Iterator[str]:
        if request.header("cookie"):
            yield "a cookie was kept"
        if key in request.target:
            yield "the key is in the target"
        if request.key != key:
            yield "another key, several keys or no key"
        if request.header("host") != f"127.0.0.1:{self.port}":
            yield f"for the host {request.header('host')!r}"
        if request.method != ("POST" if request.target == CREATE else "GET"):
            yield f"a {request.method}"
        if request.body and request.method == "GET":
            yield "a body with a GET"
        if not request.target.startswith((COMPLETIONS, CREATE, MOVED)):
            yield "a path that nobody gave"

    # --- the thread --------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        asyncio.run(self._main())

    async def _main(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._loop.set_exception_handler(self._complain)
        tasks: set[asyncio.Task[None]] = set()
        acceptor = asyncio.create_task(self._accept_all(tasks))
        self._ready.set()
        await self._stop.wait()
        for task in (acceptor, *tasks):
            task.cancel()
        for connection in list(self._connections.values()):
            connection.abort()
        await asyncio.gather(acceptor, *tasks, return_exceptions=True)

    def _complain(self, _: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        # A connection that is reset while it is aborted is lost twice, and asyncio stumbles over the second time.
        if "_call_connection_lost" not in str(context.get("handle")):
            self.errors.append(str(context))

    async def _accept_all(self, tasks: set[asyncio.Task[None]]) -> None:
        loop = asyncio.get_running_loop()
        while True:
            sock, _ = await loop.sock_accept(self._listener)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            number, self._accepted = self._accepted, self._accepted + 1
            task = asyncio.create_task(self._guard(number, Connection(sock)))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    async def _guard(self, number: int, connection: Connection) -> None:
        """Serve one connection; a client that leaves is no error, anything else is."""
        self._connections[number] = connection
        if self._accept != "serve" or self._tls not in (None, "valid"):
            self._unheard.add(number)
        try:
            await self._serve(number, connection)
        except GONE:
            pass
        except Exception as error:  # noqa: BLE001 - whatever it is, the test is to see it
            self.errors.append(repr(error))
        finally:
            connection.abort()
            del self._connections[number]

    async def _serve(self, number: int, connection: Connection) -> None:
        handshake = HANDSHAKES.get(self._tls) if self._tls else None
        encrypted = self._tls is not None and handshake is None
        await connection.open(certificates.server_context(self._tls) if self._tls and encrypted else None)
        if handshake is not None:
            await connection.read_some()
            await connection.play(handshake)
            return
        if self._accept != "serve" and self._accept_left > 0:
            self._accept_left -= 1
            if not await connection.play(GREETINGS[self._accept]):
                return
        while (received := await connection.read_request()) is not None:
            if not await self._respond(number, connection, received):
                return

    async def _respond(self, number: int, connection: Connection, received: Head) -> bool:
        elsewhere = self._elsewhere.base_url if self._elsewhere else _NOBODY
        request = Request(
            len(self._requests),
            number,
            received.method,
            received.target,
            received.headers,
            received.body,
            self.base_url,
            elsewhere,
        )
        self._unheard.discard(number)
        with self._quiet:
            self._requests.append(request)
            self._busy[request.id] += 1
        try:
            own = self._plan_for(request)
            plan, connection.next_plan = connection.next_plan or own, None
            return await connection.play(plan(request))
        finally:
            with self._quiet:
                self._busy[request.id] -= 1
                self._quiet.notify_all()

    def _plan_for(self, request: Request) -> Plan:
        """Return the plan for this attempt."""
        if request.target.startswith(MOVED):
            return good
        name = request.id.removeprefix("cmp_").partition("--")[0]
        case = _BY_ID.get(request.id) or BY_NAME.get(name)
        if not request.target.startswith((COMPLETIONS, CREATE)) or case is None:
            return _no_such_case
        turn = self._served[request.id]
        self._served[request.id] += 1
        return case.script[min(turn, len(case.script) - 1)]

    def _fill_queue(self) -> None:
        """Listen, and take every place in the queue, so that further connections get no response."""
        self._listener.listen(0)
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", self.port))
            self._fillers.append(filler)


async def _turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def _no_such_case(request: Request) -> tuple[Step, ...]:
    body = envelope("resource_not_found", "not_found", message=f"The fault server has no case for {request.target!r}.")
    return (Send(message(as_json(body), 404)),)


@contextlib.contextmanager
def serve(case: Case) -> Generator[FaultServer]:
    """Run a server fit for *case*, and another one where the case has redirects to lead to it."""
    with (
        FaultServer() if case.kind is Kind.REDIRECT else contextlib.nullcontext() as elsewhere,
        FaultServer(tls=case.tls, accept=case.accept, accept_times=case.accept_times, elsewhere=elsewhere) as server,
    ):
        yield server


def _main() -> None:
    with FaultServer() as elsewhere, FaultServer(elsewhere=elsewhere) as server:
        print(f"{server.base_url}{COMPLETIONS}cmp_<case>, {len(CASES)} cases", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    _main()
