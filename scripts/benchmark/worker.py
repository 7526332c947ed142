"""A measured process: one client of the comparison, and nothing else loaded.

    python scripts/benchmark/worker.py start CLIENT BASE_URL import|ready|first ID
    python scripts/benchmark/worker.py calls|calls-async|parse CLIENT BASE_URL

`start` prints seconds, modules and resident bytes of one start. The others print a line when their client is ready,
then take one JSON order a line and print one JSON result a line. This module imports only what an interpreter has
loaded when it starts, so that what a client needs is seen whole. Each client is used as its documentation says.
"""

from __future__ import annotations

import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from typing import Any, Self

    Retrieve = Callable[[str], Any]
    RetrieveAsync = Callable[[str], Awaitable[Any]]

KEY = "al_live_" + "0" * 64
# httpx and its kin load a command line of theirs where these are installed, as they are for the benchmark's own table.
# A service has no need of them, so no client sees them.
HIDDEN = ("click", "pygments", "rich")
SPEED = "httptools"
"""What the extra `aurous[speed]` adds: hidden from every client but the one that is named after it."""
PATH = "/v1/chat/completions/"


def aurous(base_url: str) -> Retrieve:
    """Ours, with what is installed and not hidden."""
    from aurous import Aurous  # noqa: PLC0415

    return Aurous(KEY, base_url=base_url).chat.completions.retrieve


def openai(base_url: str) -> Retrieve:
    """The OpenAI SDK."""
    from openai import OpenAI  # noqa: PLC0415

    return OpenAI(api_key=KEY, base_url=f"{base_url}/v1").chat.completions.retrieve


def httpx(base_url: str) -> Retrieve:
    """Bare httpx."""
    from httpx import Client  # noqa: PLC0415

    client = Client(base_url=base_url, headers={"X-Api-Key": KEY})

    def retrieve(id: str) -> Any:
        return client.get(PATH + id).raise_for_status().json()

    return retrieve


def floor(base_url: str) -> Retrieve:
    """The floor: `http.client` and `json`."""
    import json  # noqa: PLC0415
    from http.client import HTTPConnection, HTTPSConnection  # noqa: PLC0415

    scheme, _, address = base_url.partition("://")
    connection = (HTTPSConnection if scheme == "https" else HTTPConnection)(address)

    def retrieve(id: str) -> Any:
        connection.request("GET", PATH + id, headers={"X-Api-Key": KEY})
        with connection.getresponse() as response:
            return json.loads(response.read())

    return retrieve


def aurous_async(base_url: str) -> RetrieveAsync:
    """Ours, with what is installed and not hidden."""
    from aurous import AsyncAurous  # noqa: PLC0415

    return AsyncAurous(KEY, base_url=base_url).chat.completions.retrieve


def openai_async(base_url: str) -> RetrieveAsync:
    """The OpenAI SDK."""
    from openai import AsyncOpenAI  # noqa: PLC0415

    return AsyncOpenAI(api_key=KEY, base_url=f"{base_url}/v1").chat.completions.retrieve


def httpx_async(base_url: str) -> RetrieveAsync:
    """Bare httpx."""
    from httpx import AsyncClient  # noqa: PLC0415

    client = AsyncClient(base_url=base_url, headers={"X-Api-Key": KEY})

    async def retrieve(id: str) -> Any:
        return (await client.get(PATH + id)).raise_for_status().json()

    return retrieve


SYNC = {
    "aurous": aurous,
    "aurous[speed]": aurous,
    "openai": openai,
    "httpx": httpx,
    "http.client": floor,
}
ASYNC = {
    "aurous": aurous_async,
    "aurous[speed]": aurous_async,
    "openai": openai_async,
    "httpx": httpx_async,
}
IMPORTS = {
    "aurous": ("aurous",),
    "openai": ("openai",),
    "httpx": ("httpx",),
    "http.client": ("http.client", "json"),
}


def _parse_aurous() -> Callable[[bytes], Any]:
    from aurous import ChatCompletion  # noqa: PLC0415
    from aurous._engine.strict_json import loads  # noqa: PLC0415  # the reader that the client itself uses, which checks more than json's

    return lambda body: ChatCompletion.from_dict(loads(body))


def _parse_openai() -> Callable[[bytes], Any]:
    import json  # noqa: PLC0415

    from openai.types.chat import ChatCompletion  # noqa: PLC0415

    return lambda body: ChatCompletion.construct(**json.loads(body))  # what its client does with a response


def _parse_json() -> Callable[[bytes], Any]:
    import json  # noqa: PLC0415

    return json.loads


PARSERS = {"aurous": _parse_aurous, "openai": _parse_openai, "http.client": _parse_json}


def _id_of(result: Any) -> Any:
    return result["id"] if isinstance(result, dict) else result.id


def _expect(found: Any, id: str) -> None:
    if found != id:
        raise SystemExit(f"got the completion {found!r} in place of {id!r}")


def _resident() -> int:
    """Bytes of memory that this process occupies; at the most so far, where the system does not tell them for now."""
    import resource  # noqa: PLC0415

    try:
        with open("/proc/self/statm", "rb") as statm:  # noqa: PTH123  # pathlib is not to be loaded here
            return int(statm.read().split()[1]) * resource.getpagesize()
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


def start(client: str, base_url: str, what: str, id: str) -> None:
    """Measure one start of this process: the import, what it takes to be ready to call, or the first response."""
    loaded = len(sys.modules)
    started = time.perf_counter()
    if what == "import":
        _kept: Any = [__import__(name) for name in IMPORTS[client]]
    else:
        _kept = SYNC[client](base_url)
        if what == "first":
            _expect(_id_of(_kept(id)), id)
    elapsed = time.perf_counter() - started
    print(elapsed, len(sys.modules) - loaded, _resident())


class Stopwatch:
    """Processor and wall time of a block, with the garbage of what came before collected first."""

    def __enter__(self) -> Self:
        import gc  # noqa: PLC0415

        gc.collect()
        self._wall, self._processor = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self._processor, self._wall = time.process_time() - self._processor, time.perf_counter() - self._wall

    def report(self, count: int) -> None:
        """Print the seconds that each of so many took."""
        _print({"processor": self._processor / count, "wall": self._wall / count})


def _print(result: dict[str, Any]) -> None:
    import json  # noqa: PLC0415

    print(json.dumps(result), flush=True)


def _orders(client: str) -> Iterator[dict[str, Any]]:
    import json  # noqa: PLC0415

    _print({"ready": client})
    for line in sys.stdin:
        yield json.loads(line)


def calls(client: str, base_url: str) -> None:
    """Carry out orders for synchronous calls: one after another, ids in turn."""
    retrieve = SYNC[client](base_url)

    def run(ids: list[str], count: int) -> None:
        for turn in range(count):
            id = ids[turn % len(ids)]
            _expect(_id_of(retrieve(id)), id)

    for order in _orders(client):
        run(order["ids"], order["warm_up"])
        with Stopwatch() as watch:
            run(order["ids"], order["count"])
        watch.report(order["count"])


async def calls_async(client: str, base_url: str) -> None:
    """Carry out orders for asynchronous calls: so many at a time, ids in turn."""
    import asyncio  # noqa: PLC0415

    retrieve = ASYNC[client](base_url)

    async def run(ids: list[str], count: int, concurrency: int) -> None:
        turns = iter(range(count))

        async def one_after_another() -> None:
            for turn in turns:
                id = ids[turn % len(ids)]
                _expect(_id_of(await retrieve(id)), id)

        if concurrency == 1:
            await one_after_another()
        else:
            await asyncio.gather(*(one_after_another() for _ in range(concurrency)))

    for order in _orders(client):
        await run(order["ids"], order["warm_up"], order["concurrency"])
        with Stopwatch() as watch:
            await run(order["ids"], order["count"], order["concurrency"])
        watch.report(order["count"])


def parse(client: str) -> None:
    """Carry out orders for parsing one body again and again."""
    read = PARSERS[client]()

    def run(body: bytes, id: str, count: int) -> None:
        for _ in range(count):
            _expect(_id_of(read(body)), id)

    for order in _orders(client):
        body, (id,) = order["body"].encode(), order["ids"]
        run(body, id, order["warm_up"])
        with Stopwatch() as watch:
            run(body, id, order["count"])
        watch.report(order["count"])


def main(job: str, client: str, base_url: str, *rest: str) -> None:
    """Do the job that the command line names."""
    for name in HIDDEN if client == "aurous[speed]" else (*HIDDEN, SPEED):
        sys.modules[name] = None  # type: ignore[assignment]  # the documented way to make an import fail
    if job == "start":
        start(client, base_url, *rest)
    elif job == "calls":
        calls(client, base_url)
    elif job == "calls-async":
        import asyncio  # noqa: PLC0415

        asyncio.run(calls_async(client, base_url))
        os._exit(0)  # the sockets go with the process; some clients would complain that nobody closed them
    else:
        parse(client)


if __name__ == "__main__":
    main(*sys.argv[1:])
