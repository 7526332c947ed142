"""A measured process: one client of the comparison, and nothing else loaded.

    python scripts/benchmark/worker.py start CLIENT BASE_URL import|ready|first ID
    python scripts/benchmark/worker.py calls|calls-async|streams|streams-async|parse CLIENT BASE_URL

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
    from collections.abc import AsyncIterable, Callable, Iterable, Iterator
    from typing import Any, Self

    Chunks = tuple[int, float]
    """How many chunks a stream had, and when the first was there, on `time.perf_counter`."""

KEY = "al_live_" + "0" * 64
# httpx and its kin load a command line of theirs where these are installed, as they are for the benchmark's own table.
# A service has no need of them, so no client sees them.
HIDDEN = ("click", "pygments", "rich")
SPEED = "httptools"
"""What the extra `aurous[speed]` adds: hidden from every client but the one that is named after it."""
COMPLETIONS = "/v1/chat/completions"
EMBEDDINGS = "/v1/embeddings"
PROMPT = ("The quick brown fox jumps over the lazy dog. " * 45)[:1900]
"""With what stands around it, the body of a request has 2 kB."""
MESSAGES: Any = [{"role": "user", "content": PROMPT}]


def completion_of(model: str, **more: object) -> dict[str, object]:
    """The body that asks for a completion."""
    return {"model": model, "messages": MESSAGES, **more}


def embedding_of(model: str) -> dict[str, object]:
    """The body that asks for an embedding."""
    return {"model": model, "input": PROMPT}


def count(stream: Iterable[object]) -> Chunks:
    """Read a stream to its end."""
    chunks, first = 0, 0.0
    for _ in stream:
        if not chunks:
            first = time.perf_counter()
        chunks += 1
    return chunks, first


async def count_async(stream: AsyncIterable[object]) -> Chunks:
    """Read a stream to its end."""
    chunks, first = 0, 0.0
    async for _ in stream:
        if not chunks:
            first = time.perf_counter()
        chunks += 1
    return chunks, first


class _Ours:
    """_Ours, with what is installed and not hidden."""

    def __init__(self, base_url: str) -> None:
        from aurous import Aurous  # noqa: PLC0415

        self._client = Aurous(KEY, base_url=base_url)
        self.retrieve = self._client.chat.completions.retrieve

    def create(self, model: str) -> Any:
        return self._client.chat.completions.create(model=model, messages=MESSAGES)

    def embed(self, model: str) -> Any:
        return self._client.embeddings.create(model=model, input=PROMPT)

    def stream(self, model: str) -> Chunks:
        with self._client.chat.completions.stream(model=model, messages=MESSAGES) as stream:
            return count(stream)


class _OpenAI:
    """The OpenAI SDK."""

    def __init__(self, base_url: str) -> None:
        from openai import OpenAI  # noqa: PLC0415

        self._client = OpenAI(api_key=KEY, base_url=f"{base_url}/v1")
        self.retrieve = self._client.chat.completions.retrieve

    def create(self, model: str) -> Any:
        return self._client.chat.completions.create(model=model, messages=MESSAGES)

    def embed(self, model: str) -> Any:
        return self._client.embeddings.create(model=model, input=PROMPT)

    def stream(self, model: str) -> Chunks:
        return count(self._client.chat.completions.create(model=model, messages=MESSAGES, stream=True))


class _Httpx:
    """Bare httpx, with lines and `json`."""

    def __init__(self, base_url: str) -> None:
        from httpx import Client  # noqa: PLC0415

        self._client = Client(base_url=base_url, headers={"X-Api-Key": KEY})

    def retrieve(self, id: str) -> Any:
        return self._client.get(f"{COMPLETIONS}/{id}").raise_for_status().json()

    def create(self, model: str) -> Any:
        return self._client.post(COMPLETIONS, json=completion_of(model)).raise_for_status().json()

    def embed(self, model: str) -> Any:
        return self._client.post(EMBEDDINGS, json=embedding_of(model)).raise_for_status().json()

    def stream(self, model: str) -> Chunks:
        import json  # noqa: PLC0415

        with self._client.stream("POST", COMPLETIONS, json=completion_of(model, stream=True)) as response:
            lines = response.raise_for_status().iter_lines()
            return count(json.loads(line[6:]) for line in lines if line.startswith("data: {"))


class _Floor:
    """The floor: `http.client` and `json`."""

    def __init__(self, base_url: str) -> None:
        import json  # noqa: PLC0415
        from http.client import HTTPConnection, HTTPSConnection  # noqa: PLC0415

        scheme, _, address = base_url.partition("://")
        self._connection = (HTTPSConnection if scheme == "https" else HTTPConnection)(address)
        self._json = json

    def retrieve(self, id: str) -> Any:
        self._connection.request("GET", f"{COMPLETIONS}/{id}", headers={"X-Api-Key": KEY})
        return self._read()

    def create(self, model: str) -> Any:
        self._post(COMPLETIONS, completion_of(model))
        return self._read()

    def embed(self, model: str) -> Any:
        self._post(EMBEDDINGS, embedding_of(model))
        return self._read()

    def stream(self, model: str) -> Chunks:
        self._post(COMPLETIONS, completion_of(model, stream=True))
        with self._connection.getresponse() as response:
            return count(self._json.loads(line[6:]) for line in response if line.startswith(b"data: {"))

    def _post(self, path: str, body: object) -> None:
        headers = {"X-Api-Key": KEY, "Content-Type": "application/json"}
        self._connection.request("POST", path, self._json.dumps(body), headers)

    def _read(self) -> Any:
        with self._connection.getresponse() as response:
            return self._json.loads(response.read())


class _OursAsync:
    """_Ours, with what is installed and not hidden."""

    def __init__(self, base_url: str) -> None:
        from aurous import AsyncAurous  # noqa: PLC0415

        self._client = AsyncAurous(KEY, base_url=base_url)
        self.retrieve = self._client.chat.completions.retrieve

    async def stream(self, model: str) -> Chunks:
        async with self._client.chat.completions.stream(model=model, messages=MESSAGES) as stream:
            return await count_async(stream)


class _OpenAIAsync:
    """The OpenAI SDK."""

    def __init__(self, base_url: str) -> None:
        from openai import AsyncOpenAI  # noqa: PLC0415

        self._client = AsyncOpenAI(api_key=KEY, base_url=f"{base_url}/v1")
        self.retrieve = self._client.chat.completions.retrieve

    async def stream(self, model: str) -> Chunks:
        create = self._client.chat.completions.create
        return await count_async(await create(model=model, messages=MESSAGES, stream=True))


class _HttpxAsync:
    """Bare httpx, with lines and `json`."""

    def __init__(self, base_url: str) -> None:
        from httpx import AsyncClient  # noqa: PLC0415

        self._client = AsyncClient(base_url=base_url, headers={"X-Api-Key": KEY})

    async def retrieve(self, id: str) -> Any:
        return (await self._client.get(f"{COMPLETIONS}/{id}")).raise_for_status().json()

    async def stream(self, model: str) -> Chunks:
        import json  # noqa: PLC0415

        async with self._client.stream("POST", COMPLETIONS, json=completion_of(model, stream=True)) as response:
            lines = response.raise_for_status().aiter_lines()
            return await count_async(json.loads(line[6:]) async for line in lines if line.startswith("data: {"))


# --- What is compared ---

SYNC: dict[str, Callable[[str], Any]] = {
    "aurous": _Ours,
    "aurous[speed]": _Ours,
    "openai": _OpenAI,
    "httpx": _Httpx,
    "http.client": _Floor,
}
ASYNC: dict[str, Callable[[str], Any]] = {
    "aurous": _OursAsync,
    "aurous[speed]": _OursAsync,
    "openai": _OpenAIAsync,
    "httpx": _HttpxAsync,
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


def _expect(result: Any, field: str, value: str) -> None:
    found = result[field] if isinstance(result, dict) else getattr(result, field)
    if found != value:
        raise SystemExit(f"got {field} {found!r} in place of {value!r}")


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
            _expect(_kept.retrieve(id), "id", id)
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

    def report(self, count: int, **more: float) -> None:
        """Print the seconds that each of so many took, with what else was measured."""
        _print({"processor": self._processor / count, "wall": self._wall / count, **more})


def _print(result: dict[str, Any]) -> None:
    import json  # noqa: PLC0415

    print(json.dumps(result), flush=True)


def _orders(client: str) -> Iterator[dict[str, Any]]:
    import json  # noqa: PLC0415

    _print({"ready": client})
    for line in sys.stdin:
        yield json.loads(line)


def calls(client: str, base_url: str) -> None:
    """Carry out orders for synchronous calls: one after another, arguments in turn. Results repeat the argument."""
    works = SYNC[client](base_url)

    def run(work: str, arguments: list[str], times: int) -> None:
        call, field = getattr(works, work), "id" if work == "retrieve" else "model"
        for turn in range(times):
            argument = arguments[turn % len(arguments)]
            _expect(call(argument), field, argument)

    for order in _orders(client):
        run(order["work"], order["arguments"], order["warm_up"])
        with Stopwatch() as watch:
            run(order["work"], order["arguments"], order["count"])
        watch.report(order["count"])


async def calls_async(client: str, base_url: str) -> None:
    """Carry out orders for retrieves on an event loop: so many at a time, ids in turn."""
    import asyncio  # noqa: PLC0415

    retrieve = ASYNC[client](base_url).retrieve

    async def run(ids: list[str], count: int, concurrency: int) -> None:
        turns = iter(range(count))

        async def one_after_another() -> None:
            for turn in turns:
                id = ids[turn % len(ids)]
                _expect(await retrieve(id), "id", id)

        if concurrency == 1:
            await one_after_another()
        else:
            await asyncio.gather(*(one_after_another() for _ in range(concurrency)))

    for order in _orders(client):
        await run(order["arguments"], order["warm_up"], order["concurrency"])
        with Stopwatch() as watch:
            await run(order["arguments"], order["count"], order["concurrency"])
        watch.report(order["count"])


class Starts:
    """How long the first chunks of streams took.

    Args:
        chunks: How many each stream is to have.
    """

    def __init__(self, chunks: int) -> None:
        self._chunks = chunks
        self.seconds: list[float] = []

    def note(self, started: float, come: Chunks) -> None:
        """A stream is over."""
        chunks, first = come
        if chunks != self._chunks:
            raise SystemExit(f"got {chunks} chunks in place of {self._chunks}")
        self.seconds.append(first - started)


def streams(client: str, base_url: str) -> None:
    """Carry out orders for streams, one after another."""
    stream = SYNC[client](base_url).stream

    def run(model: str, chunks: int, times: int) -> list[float]:
        starts = Starts(chunks)
        for _ in range(times):
            starts.note(time.perf_counter(), stream(model))
        return starts.seconds

    for order in _orders(client):
        (model,) = order["arguments"]
        run(model, order["chunks"], order["warm_up"])
        with Stopwatch() as watch:
            first = run(model, order["chunks"], order["count"])
        server = _first_bytes(base_url, model, order["count"])
        watch.report(order["count"] * order["chunks"], first=_middle(first) - _middle(server))


async def streams_async(client: str, base_url: str) -> None:
    """As `streams`, on an event loop."""
    stream = ASYNC[client](base_url).stream

    async def run(model: str, chunks: int, times: int) -> None:
        starts = Starts(chunks)
        for _ in range(times):
            starts.note(time.perf_counter(), await stream(model))

    for order in _orders(client):
        (model,) = order["arguments"]
        await run(model, order["chunks"], order["warm_up"])
        with Stopwatch() as watch:
            await run(model, order["chunks"], order["count"])
        watch.report(order["count"] * order["chunks"])


def _first_bytes(base_url: str, model: str, times: int) -> list[float]:
    """How long the server takes for the first bytes of a stream, over a raw socket."""
    import json  # noqa: PLC0415
    import socket  # noqa: PLC0415

    body = json.dumps(completion_of(model, stream=True))
    head = f"POST {COMPLETIONS} HTTP/1.1\r\nX-Api-Key: {KEY}\r\nContent-Length: {len(body)}\r\n\r\n"
    host, _, port = base_url.rpartition("/")[2].partition(":")
    taken: list[float] = []
    with socket.create_connection((host, int(port))) as connection:
        for _ in range(times):
            started = time.perf_counter()
            connection.sendall((head + body).encode())
            come = connection.recv(65536)
            taken.append(time.perf_counter() - started)
            while not come.endswith(b"0\r\n\r\n"):
                come = come[-8:] + connection.recv(65536)
    return taken


def _middle(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def parse(client: str) -> None:
    """Carry out orders for parsing one body again and again."""
    read = PARSERS[client]()

    def run(body: bytes, id: str, count: int) -> None:
        for _ in range(count):
            _expect(read(body), "id", id)

    for order in _orders(client):
        body, (id,) = order["body"].encode(), order["arguments"]
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
    elif job.endswith("-async"):
        import asyncio  # noqa: PLC0415

        asyncio.run((calls_async if job == "calls-async" else streams_async)(client, base_url))
        os._exit(0)  # the sockets go with the process; some clients would complain that nobody closed them
    elif job == "calls":
        calls(client, base_url)
    elif job == "streams":
        streams(client, base_url)
    else:
        parse(client)


if __name__ == "__main__":
    main(*sys.argv[1:])
