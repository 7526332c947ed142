"""Connections: made past dead addresses and hung look-ups, given up when stale, and never left open or held."""

import asyncio
import errno
import gc
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from aurous import APIConnectionError, APITimeoutError, AsyncAurous, Aurous, AurousError, Timeout
from aurous._http.pools import TransportSource
from faults import certificates
from faults.play import SkippingClock
from raw_server import Server, request, respond, serve_all
from scripted import ID, completion

KEY = "al_live_" + "c" * 64

Ask = Callable[..., list[Any]]


def outcome_of(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except AurousError as error:
        return error


def ask_sync(base_url: str, *, calls: int = 1, at_once: int = 1, upload: str = "", **options: Any) -> list[Any]:
    """What calls come to, one after another, after an upload or so many at once."""
    options.setdefault("timeout", 20)
    with Aurous(KEY, base_url=base_url, **options) as client:
        if upload:
            outcome_of(lambda: client.request("POST", "/v1/things", json=upload))
        retrieve = client.chat.completions.retrieve
        threads = [threading.Thread(target=lambda: outcome_of(lambda: retrieve(ID))) for _ in range(at_once - 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return [outcome_of(lambda: retrieve(ID)) for _ in range(calls)]


def ask_async(base_url: str, *, calls: int = 1, at_once: int = 1, upload: str = "", **options: Any) -> list[Any]:
    """As `ask_sync`."""

    options.setdefault("timeout", 20)

    async def main() -> list[Any]:
        async with AsyncAurous(KEY, base_url=base_url, **options) as client:
            if upload:
                with suppress(AurousError):
                    await client.request("POST", "/v1/things", json=upload)

            async def one() -> Any:
                try:
                    return await client.chat.completions.retrieve(ID)
                except AurousError as error:
                    return error

            await asyncio.gather(*(one() for _ in range(at_once - 1)))
            return [await one() for _ in range(calls)]

    return asyncio.run(main())


BOTH = pytest.mark.parametrize("ask", [ask_sync, ask_async], ids=["sync", "async"])


# --- Stale connections ---


@BOTH
def test_after_a_failure_on_an_old_connection_the_next_attempt_opens_a_new_one(ask: Ask) -> None:
    together = threading.Barrier(5)

    def serve(connection: socket.socket, number: int) -> None:
        request(connection)
        if number <= 5:  # all open at once, and silent after their first response
            together.wait(10)
        respond(connection)
        if number <= 5:
            connection.recv(65536)
            threading.Event().wait(20)
        serve_all(connection, number)

    with Server(serve) as server:
        (outcome,) = ask(
            server.url, at_once=6, clock=SkippingClock(), timeout=Timeout(total=30, read=0.2), max_retries=2
        )
    assert outcome.id == ID
    assert len(outcome.meta.attempts) == 2


@BOTH
def test_a_connection_that_the_server_closed_meanwhile_is_not_used(ask: Ask) -> None:
    closed = threading.Semaphore(1)

    def serve(connection: socket.socket, number: int) -> None:
        request(connection)
        respond(connection)
        connection.shutdown(socket.SHUT_WR)
        closed.release()

    with Server(serve) as server:
        outcomes = ask(server.url, calls=3, max_retries=0, on_request=lambda _: closed.acquire(timeout=10) and None)
    assert [outcome.id for outcome in outcomes] == [ID] * 3
    assert server.accepted == 3


def test_an_idle_connection_that_the_server_closes_is_closed_at_once_on_an_event_loop() -> None:
    closed = threading.Event()

    def serve(connection: socket.socket, number: int) -> None:
        request(connection)
        respond(connection)
        connection.shutdown(socket.SHUT_WR)
        if not connection.recv(1):
            closed.set()

    async def main() -> bool:
        async with AsyncAurous(KEY, base_url=server.url) as client:
            await client.chat.completions.retrieve(ID)
            return await asyncio.to_thread(closed.wait, 10)

    with Server(serve) as server:
        assert asyncio.run(main())


@BOTH
def test_nothing_follows_a_request_that_was_not_sent_whole(ask: Ask) -> None:
    """It would be taken for the rest of the body, key and all."""

    def serve(connection: socket.socket, number: int) -> None:
        head = request(connection)
        if not head.startswith(b"POST"):
            respond(connection)
            serve_all(connection, number)
        connection.sendall(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\n{}")
        while connection.recv(65536):
            pass

    with Server(serve) as server:
        (outcome,) = ask(server.url, upload="0" * 10_000_000)
    assert outcome.id == ID
    assert server.accepted == 2


@BOTH
def test_trailers_are_no_headers(ask: Ask) -> None:
    def serve(connection: socket.socket, number: int) -> None:
        request(connection)
        body = json.dumps(completion()).encode()
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"%x\r\n%b\r\n0\r\nContent-Encoding: gzip\r\nAurous-Request-Id: other\r\n\r\n" % (len(body), body)
        )
        connection.recv(1)

    with Server(serve) as server:
        (outcome,) = ask(server.url)
    assert outcome.id == ID
    assert outcome.meta.request_id is None


# --- Addresses and names ---


@contextmanager
def silent_address() -> Iterator[tuple[str, int]]:
    """An address that takes no connection and refuses none: its backlog is full."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        fill = [socket.socket() for _ in range(4)]
        for filler in fill:
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        try:
            yield listener.getsockname()
        finally:
            for filler in fill:
                filler.close()


def resolves_to(monkeypatch: pytest.MonkeyPatch, *addresses: tuple[str, int]) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: found)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a full backlog refuses on Windows")
@BOTH
def test_a_dead_address_does_not_use_up_the_time_to_connect(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(serve_all) as server, silent_address() as dead:
        resolves_to(monkeypatch, dead, dead, ("127.0.0.1", server.port))
        (outcome,) = ask(
            f"http://api.example:{server.port}",
            timeout=Timeout(total=10, connect=3),
            max_retries=0,
            allow_insecure_http=True,
        )
    assert outcome.id == ID


@BOTH
def test_where_no_address_takes_a_connection_the_last_reason_is_told(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))  # and nobody listens
        resolves_to(monkeypatch, bound.getsockname(), bound.getsockname())
        (outcome,) = ask("http://api.example", max_retries=0, allow_insecure_http=True)
    assert type(outcome) is APIConnectionError
    assert f"[Errno {errno.ECONNREFUSED}]" in str(outcome)


@BOTH
def test_what_a_stand_in_for_the_resolver_raises_is_told(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_more: object) -> list[Any]:
        raise RuntimeError("no look-ups in these tests")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    (outcome,) = ask("http://api.example", max_retries=0, allow_insecure_http=True)
    assert type(outcome) is APIConnectionError
    assert "no look-ups in these tests" in str(outcome)


@BOTH
def test_a_name_without_addresses_is_told(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    resolves_to(monkeypatch)
    (outcome,) = ask("http://api.example", max_retries=0, allow_insecure_http=True)
    assert "api.example has no address" in str(outcome)


@BOTH
def test_a_hung_look_up_ends_with_the_deadline(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    hung = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: hung.wait(60) and [])
    (outcome,) = ask("http://api.example", timeout=0.2, max_retries=0, allow_insecure_http=True)
    hung.set()
    assert type(outcome) is APITimeoutError
    assert "was not resolved in time" in str(outcome)


def test_hung_look_ups_leave_the_executor_of_the_program_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    hung = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: hung.wait(60) and [])

    async def main() -> str:
        async with AsyncAurous(
            KEY, base_url="http://api.example", timeout=30, max_retries=0, allow_insecure_http=True
        ) as client:
            calls = [asyncio.create_task(client.chat.completions.retrieve(ID)) for _ in range(60)]
            await asyncio.sleep(0)
            found = await asyncio.to_thread(str, "the executor is free")
            hung.set()
            await asyncio.gather(*calls, return_exceptions=True)
            return found

    assert asyncio.run(main()) == "the executor is free"


# --- TLS ---


def tls_server(*protocols: str) -> tuple[Server, list[str | None]]:
    chosen: list[str | None] = []
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificates.configure(context)
    context.set_alpn_protocols(list(protocols))

    def serve(connection: socket.socket, number: int) -> None:
        assert isinstance(connection, ssl.SSLSocket)
        chosen.append(connection.selected_alpn_protocol())
        serve_all(connection, number)

    return Server(serve, context=context), chosen


@BOTH
def test_http_1_1_is_offered_to_the_server(ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    authorities = tmp_path / "authorities.pem"
    authorities.write_bytes(certificates.authorities())
    monkeypatch.setenv("SSL_CERT_FILE", str(authorities))
    server, chosen = tls_server("h2", "http/1.1")
    with server:
        (outcome,) = ask(server.url)
    assert (outcome.id, chosen) == (ID, ["http/1.1"])


@BOTH
def test_a_context_that_lets_the_server_choose_h2_is_told_how_not_to(ask: Ask) -> None:
    context = ssl.create_default_context()
    context.load_verify_locations(cadata=certificates.authorities().decode())
    context.set_alpn_protocols(["h2", "http/1.1"])
    server, _ = tls_server("h2")
    with server:
        (outcome,) = ask(server.url, ssl_context=context)
    assert type(outcome) is APIConnectionError
    assert "set_alpn_protocols(['http/1.1'])" in str(outcome)
    assert len(outcome.attempts) == 1


@BOTH
def test_a_name_may_end_in_a_dot(ask: Ask) -> None:
    context = certificates.server_context("valid")
    with Server(serve_all, context=context) as server:
        (outcome,) = ask(f"https://localhost.:{server.port}", ssl_context=certificates.client_context())
    assert outcome.id == ID


@BOTH
def test_a_peer_that_is_gone_is_found_out(ask: Ask) -> None:
    kept_alive: list[int] = []

    def serve(connection: socket.socket, number: int) -> None:
        name = connection.getpeername()
        sockets = [each for each in gc.get_objects() if isinstance(each, socket.socket) and each.fileno() >= 0]
        kept_alive.extend(
            each.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            for each in sockets
            if each.family == socket.AF_INET and each.getsockname() == name
        )
        serve_all(connection, number)

    with Server(serve) as server:
        ask(server.url)
    assert kept_alive[:1] == [1]


# --- Nothing is left open, and nobody waits for ever ---


_DESCRIPTORS = Path("/proc/self/fd")


def descriptors() -> int:
    gc.collect()
    return len(list(_DESCRIPTORS.iterdir()))


@pytest.mark.skipif(not _DESCRIPTORS.is_dir(), reason="counts descriptors in /proc")
def test_a_thousand_cancelled_connects_leave_no_descriptor_open(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main(port: int, dead: tuple[str, int]) -> tuple[int, int, str]:
        resolves_to(monkeypatch, dead, ("127.0.0.1", port), dead)
        async with AsyncAurous(
            KEY, base_url=f"http://api.example:{port}", allow_insecure_http=True, timeout=60, max_connections=50
        ) as client:
            before = descriptors()
            for turns in range(1000):
                call = asyncio.create_task(client.chat.completions.retrieve(ID))
                for _ in range(turns % 12):
                    await asyncio.sleep(0)
                call.cancel()
                await asyncio.wait([call])
            await asyncio.sleep(0.05)
            after = descriptors()
            resolves_to(monkeypatch, ("127.0.0.1", port))
            found = await client.chat.completions.retrieve(ID)
        return before, after, found.id

    with Server(serve_all) as server, silent_address() as dead:
        before, after, found = asyncio.run(main(server.port, dead))
    assert found == ID
    assert after <= before + 60  # the server's, and idle ones


def test_one_asynchronous_client_serves_loops_of_many_threads() -> None:
    failures: list[BaseException] = []

    def work(client: AsyncAurous) -> None:
        for _ in range(20):
            try:
                assert asyncio.run(ask_once(client)) == ID
            except BaseException as error:  # noqa: BLE001  # a thread would swallow it
                failures.append(error)

    async def ask_once(client: AsyncAurous) -> str:
        return (await client.chat.completions.retrieve(ID)).id

    with Server(serve_all) as server:
        client = AsyncAurous(KEY, base_url=server.url)
        threads = [threading.Thread(target=work, args=(client,)) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not failures


def test_a_finalizer_may_call_while_the_first_connections_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(serve_all) as server, Aurous(KEY, base_url=server.url, timeout=5) as client:
        made = TransportSource.new
        nested: list[str] = []

        def new(source: TransportSource) -> Any:
            if not nested:
                nested.append("")
                nested[0] = client.chat.completions.retrieve(ID).id
            return made(source)

        monkeypatch.setattr(TransportSource, "new", new)
        assert [client.chat.completions.retrieve(ID).id, *nested] == [ID, ID]


@BOTH
@pytest.mark.parametrize("absent", [None, object()])
def test_httpx_need_not_be_there(ask: Ask, monkeypatch: pytest.MonkeyPatch, absent: object) -> None:
    monkeypatch.setitem(sys.modules, "httpx", absent)
    with Server(serve_all) as server:
        (outcome,) = ask(server.url)
    assert outcome.id == ID


INTERRUPTS = """
import os, random, signal, sys, threading, traceback
from aurous import Aurous

class Interrupt(BaseException):
    pass

def interrupt(*_):
    raise Interrupt

client = Aurous(sys.argv[1], base_url=sys.argv[2], max_connections=3, timeout=20)
retrieve = client.chat.completions.retrieve
stop = threading.Event()
counts = [0] * 8

def work(number):
    while not stop.is_set():
        retrieve(sys.argv[3])
        counts[number] += 1

def main():
    for thread in threads:
        thread.start()
    signal.signal(signal.SIGALRM, interrupt)
    for _ in range(int(sys.argv[4])):
        try:
            signal.setitimer(signal.ITIMER_REAL, random.uniform(1e-6, 3e-3))
            for _ in range(200):  # not for ever: what is raised in a finalizer is lost
                retrieve(sys.argv[3])
        except Interrupt:
            pass
    signal.setitimer(signal.ITIMER_REAL, 0)
    for _ in range(40):
        retrieve(sys.argv[3])
    stop.set()
    for thread in threads:
        thread.join(10)
    print(all(not thread.is_alive() for thread in threads), all(now > 0 for now in counts), flush=True)

threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
try:
    main()
except BaseException:
    traceback.print_exc()
os._exit(0)  # whatever the threads still do
"""


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs interval timers")
def test_interrupts_at_random_points_leave_nothing_held() -> None:
    with Server(serve_all) as server:
        for _ in range(4):  # the first call of a process imports what later ones find
            done = subprocess.run(
                [sys.executable, "-c", INTERRUPTS, KEY, server.url, ID, "125"],
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
            assert done.stdout.split() == ["True", "True"], done.stderr


AT_EXIT = """
import atexit, sys
from aurous import Aurous

client = Aurous(sys.argv[1], base_url=sys.argv[2], timeout=3, max_retries=0, allow_insecure_http=True)

def call(retrieve=client.chat.completions.retrieve, id=sys.argv[3], print=print):
    try:
        print(retrieve(id).id, flush=True)
    except Exception as error:
        print(type(error).__name__, flush=True)

class Late:
    def __del__(self, call=call):
        call()

call()
client.close()
if sys.argv[4] == "atexit":
    atexit.register(call)
else:
    late = Late()
    late.itself = late
"""


@pytest.mark.parametrize("when", ["atexit", "del"])
def test_a_call_at_the_end_of_the_process_ends(when: str) -> None:
    with Server(serve_all) as server:
        url = f"http://localhost:{server.port}"
        done = subprocess.run(
            [sys.executable, "-c", AT_EXIT, KEY, url, ID, when],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    first, last = done.stdout.split()
    assert first == ID
    assert last in (ID, "APIConnectionError", "APITimeoutError"), done.stderr
