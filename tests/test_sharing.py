"""One client in many hands: threads, forks, event loops, cancelled tasks. Nobody gets somebody else's response."""

import asyncio
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator

import pytest

from aurous import AsyncAurous, Aurous, ConfigurationError
from faults.server import FaultServer

KEY = "al_live_" + "5" * 64


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


def in_a_process(script: str, *arguments: str) -> str:
    """Run a script of its own, warnings being errors; gives what it prints."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(script), *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    return done.stdout


def test_fifty_threads_share_one_client(server: FaultServer) -> None:
    mixed_up: list[object] = []

    def work(number: int, client: Aurous) -> None:
        for call in range(20):
            asked = f"cmp_ok--{number}-{call}"
            try:
                found: object = client.chat.completions.retrieve(asked).id
            except Exception as error:  # noqa: BLE001  # a thread would swallow it
                found = error
            if found != asked:
                mixed_up.append((asked, found))

    with Aurous(KEY, base_url=server.base_url) as client:
        threads = [threading.Thread(target=work, args=(number, client)) for number in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not mixed_up


def test_threads_wait_for_a_free_connection(server: FaultServer) -> None:
    with Aurous(KEY, base_url=server.base_url, max_connections=2) as client:
        threads = [
            threading.Thread(target=client.chat.completions.retrieve, args=(f"cmp_ok--{number}",))
            for number in range(20)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(server.requests) == 20
    assert len({request.connection for request in server.requests}) <= 2


def test_children_forked_after_a_call_get_their_own_answers(server: FaultServer) -> None:
    script = """
        import os, sys
        from aurous import Aurous

        client = Aurous(sys.argv[2], base_url=sys.argv[1])
        client.chat.completions.retrieve("cmp_ok--warm")
        children = []
        for child in range(24):
            pid = os.fork()
            if pid == 0:
                try:
                    ids = [f"cmp_ok--{child}-{call}" for call in range(30)]
                    os._exit(int([client.chat.completions.retrieve(id).id for id in ids] != ids))
                except BaseException as error:
                    print(repr(error), file=sys.stderr, flush=True)
                    os._exit(2)
            children.append(pid)
        print(sum(os.waitpid(pid, 0)[1] != 0 for pid in children))
        with client:
            print(client.chat.completions.retrieve("cmp_ok--parent").id)
    """
    assert in_a_process(script, server.base_url, KEY).split() == ["0", "cmp_ok--parent"]


def test_a_child_that_was_forked_in_c_gets_its_own_answers(server: FaultServer) -> None:
    """No hook of Python's runs there."""
    script = """
        import ctypes, os, sys
        from aurous import Aurous

        client = Aurous(sys.argv[2], base_url=sys.argv[1])
        client.chat.completions.retrieve("cmp_ok--warm")
        pid = ctypes.CDLL(None).fork()
        id = f"cmp_ok--{'child' if pid == 0 else 'parent'}"
        right = client.chat.completions.retrieve(id).id == id
        if pid == 0:
            os._exit(int(not right))
        client.close()
        print(right, os.waitpid(pid, 0)[1])
    """
    assert in_a_process(script, server.base_url, KEY).split() == ["True", "0"]
    assert len({request.connection for request in server.requests}) == 2


def test_a_child_that_forks_from_async_code_gets_its_own_answers(server: FaultServer) -> None:
    script = """
        import asyncio, os, sys
        from aurous import AsyncAurous

        client = AsyncAurous(sys.argv[2], base_url=sys.argv[1])

        async def ask(*ids):
            try:
                return [(await client.chat.completions.retrieve(id)).id for id in ids]
            finally:
                await client.close()

        asyncio.run(ask("cmp_ok--warm"))
        pid = os.fork()
        ids = [f"cmp_ok--{'child' if pid == 0 else 'parent'}-{call}" for call in range(10)]
        right = asyncio.run(ask(*ids)) == ids
        if pid == 0:
            os._exit(int(not right))
        print(right, os.waitpid(pid, 0)[1])
    """
    assert in_a_process(script, server.base_url, KEY).split() == ["True", "0"]


def test_one_client_serves_two_event_loops(server: FaultServer) -> None:
    client = AsyncAurous(KEY, base_url=server.base_url)

    async def ask(asked: str) -> str:
        async with client:
            return (await client.chat.completions.retrieve(asked)).id

    assert [asyncio.run(ask(f"cmp_ok--{run}")) for run in range(3)] == [f"cmp_ok--{run}" for run in range(3)]


def test_an_event_loop_that_left_its_connections_open_does_not_disturb_the_next(server: FaultServer) -> None:
    script = """
        import asyncio, sys, warnings
        from aurous import AsyncAurous

        warnings.simplefilter("ignore", ResourceWarning)  # asyncio's own, for the connection that nobody closed
        client = AsyncAurous(sys.argv[2], base_url=sys.argv[1])
        for run in range(3):
            print(asyncio.run(client.chat.completions.retrieve(f"cmp_ok--{run}")).id)
    """
    assert in_a_process(script, server.base_url, KEY).split() == ["cmp_ok--0", "cmp_ok--1", "cmp_ok--2"]


def test_a_thousand_cancelled_calls_leave_the_client_usable(server: FaultServer) -> None:
    async def main() -> list[str]:
        async with AsyncAurous(KEY, base_url=server.base_url, max_connections=10) as client:
            for number in range(1000):
                task = asyncio.create_task(client.chat.completions.retrieve(f"cmp_ok--cancelled-{number}"))
                for _ in range(number % 25):  # to another point of the call each time
                    await asyncio.sleep(0)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
            calls = [client.chat.completions.retrieve(f"cmp_ok--{number}") for number in range(100)]
            return [completion.id for completion in await asyncio.gather(*calls)]

    assert asyncio.run(main()) == [f"cmp_ok--{number}" for number in range(100)]


def test_a_cancelled_call_is_cancelled_for_its_caller(server: FaultServer) -> None:
    async def main() -> bool:
        async with AsyncAurous(KEY, base_url=server.base_url) as client:
            task = asyncio.create_task(client.chat.completions.retrieve("cmp_stalled_at_request"))
            while not server.requests:  # noqa: ASYNC110  # the server is a thread, without events of this loop
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
            return task.cancelled()

    assert asyncio.run(main())


def test_memory_stays_flat_over_twenty_thousand_calls() -> None:
    script = """
        import gc, json, resource, socket, sys, threading
        from aurous import Aurous

        body = json.dumps({
            "id": "cmp_x", "object": "chat.completion", "created": 1731948000, "model": "m", "status": "completed",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": "x" * 200}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2, "credits_charged": 0.1,
                      "breakdown": {"input_credits": 0.1, "output_credits": 0, "model": "m", "pricing_version": 1}},
        }).encode()
        response = b"HTTP/1.1 200 OK\\r\\ncontent-length: %d\\r\\n\\r\\n" % len(body) + body

        def serve(listener):
            connection, _ = listener.accept()
            with connection:
                while connection.recv(65536):
                    connection.sendall(response)

        def resident():
            gc.collect()
            with open("/proc/self/statm") as statm:
                return int(statm.read().split()[1]) * resource.getpagesize()

        with socket.create_server(("127.0.0.1", 0)) as listener:
            thread = threading.Thread(target=serve, args=(listener,))
            thread.start()
            with Aurous("al_live_filler", base_url=f"http://127.0.0.1:{listener.getsockname()[1]}") as client:
                for call in range(20_000):
                    client.chat.completions.retrieve("cmp_x")
                    if call == 2_000:
                        before = resident()
                grown = resident() - before
            thread.join()
        print(grown)
    """
    grown = int(in_a_process(script))
    assert grown < 2 * 1024 * 1024, f"{grown} bytes more after 18,000 calls"


def test_another_kind_of_event_loop_is_refused_in_words() -> None:
    async def main() -> None:
        async with AsyncAurous(KEY, base_url="http://127.0.0.1:9") as client:
            await client.models.list()

    coroutine = main()
    with pytest.raises(ConfigurationError, match="runs on asyncio"):
        coroutine.send(None)  # as trio would
