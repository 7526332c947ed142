"""Measure the SDK against its peers: in one run, on the same work, with the same server.

    python scripts/bench.py [--quick] [--json [FILE]] [--write-docs]

Each client is a process of its own (benchmark/worker.py) in front of a server of canned responses
(benchmark/server.py).
They take turns, round by round, and every ratio is taken within a round, so that a machine that slows down slows all
of them. Medians are shown. The budgets are the project's own; nothing fails when one is missed.
"""

import argparse
import contextlib
import importlib.metadata
import importlib.resources
import json
import os
import platform
import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from benchmark.report import Row, show, write_docs
from benchmark.server import PROCESSOR_TIME
from benchmark.worker import ASYNC, COMPLETIONS, EMBEDDINGS, IMPORTS, KEY, PARSERS, SYNC

ROOT: Final = Path(__file__).resolve().parent.parent
PARTS: Final = ROOT / "scripts" / "benchmark"
DOCS: Final = ROOT / "docs" / "benchmarks.md"
REFERENCE: Final = "openai"
PACKAGES: Final = ("openai", "httpx", "httpcore", "h11", "httptools", "attrs")
SIZES: Final = {"1 kB": 1_000, "10 kB": 10_000, "100 kB": 100_000, "1 MB": 1_000_000}
GROWING: Final = ("aurous", "openai", "httpx", "http.client")

CREATED: Final = 1778846400
"""When what is created was created: the date of the server. What is older is no response to a creation."""
NUMBERS: Final = 2048
"""Of an embedding."""
STREAMS: Final = {"bulk": 2000, "packets": 100, "short": 2}
"""Pieces of text of a stream, by the model that is asked for; one more chunk says that it has stopped."""

# (measure, client): the most that the ratio to the reference may be, and what it should be.
BUDGETS: Final[dict[tuple[str, str], tuple[float, float | None]]] = {
    ("import", "aurous"): (0.03, None),
    ("ready to call", "aurous"): (0.22, 0.10),
    ("memory when ready", "aurous"): (0.48, 0.45),
    ("sync retrieve", "aurous"): (0.33, 0.28),
    ("sync retrieve", "aurous[speed]"): (0.22, None),
    ("async retrieve, one at a time", "aurous"): (0.38, 0.33),
    ("async retrieve, one at a time", "aurous[speed]"): (0.24, None),
    ("async retrieve, 50 at once", "aurous"): (0.27, 0.22),
    ("async retrieve, 50 at once", "aurous[speed]"): (0.16, None),
    ("sync retrieve, 1 MB", "aurous"): (0.50, None),
    ("sync create, 2 kB", "aurous"): (0.35, None),
    ("sync embedding, 2,048 numbers", "aurous"): (0.40, None),
    ("sync stream, a chunk in bulk", "aurous"): (0.15, None),
    ("sync stream, a chunk in bulk", "aurous[speed]"): (0.07, None),
    ("async stream, a chunk in bulk", "aurous"): (0.15, None),
    ("async stream, a chunk in bulk", "aurous[speed]"): (0.07, None),
    ("sync stream, first chunk", "aurous"): (0.30, None),
}

# What would make a client, or the interpreter, do more or less for one than for another.
_UNWANTED: Final = (
    "AUROUS_",
    "OPENAI_",
    "PYTHONDONTWRITE",
    "PYTHONDEV",
    "PYTHONASYNCIO",
    "PYTHONPROFILE",
    "PYTHONTRACEMALLOC",
)

Samples = dict[str, list[dict[str, float]]]
"""By client, what was measured in each round."""


class BenchError(Exception):
    """The benchmark cannot go on; the message says why."""


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    starts: int = 11
    rounds: int = 9
    calls: int = 400
    bulk_rounds: int = 5
    bulk: int = 2000
    streams: int = 3
    first_chunks: int = 100
    parses: int = 2000
    warm_up: int = 100
    ids: int = 64


QUICK: Final = Plan(
    starts=2, rounds=2, calls=20, bulk_rounds=2, bulk=100, streams=1, first_chunks=5, parses=50, warm_up=10, ids=8
)


class Process:
    """A child that is spoken to in lines of JSON, and that ends when its stdin is closed."""

    def __init__(self, name: str, script: str, *arguments: str) -> None:
        self._name = name
        self._child = subprocess.Popen(
            [sys.executable, str(PARTS / script), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=child_environment(),
        )

    def tell(self, message: object) -> None:
        """Send a message."""
        if self._child.stdin is not None:
            with contextlib.suppress(BrokenPipeError):  # `hear` tells that it has ended
                self._child.stdin.write(json.dumps(message) + "\n")
                self._child.stdin.flush()

    def hear(self) -> Any:
        """Wait for a message."""
        line = self._child.stdout.readline() if self._child.stdout is not None else ""
        if not line:
            raise BenchError(f"{self._name} ended with exit code {self._child.wait()}; what it said stands above")
        return json.loads(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.communicate(timeout=5)
        self._child.kill()
        self._child.wait()


def child_environment() -> dict[str, str]:
    """The environment of measured processes: nothing that configures a client or slows Python, no proxies."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_UNWANTED) and not name.lower().endswith("_proxy")
    }


class Bench:
    """One run.

    Args:
        plan: How much is measured.
        base_url: Of the server.
        bodies: What the server responds to a retrieve, by id.
        step: Told what is being measured, each time that a client has had its turn.
    """

    def __init__(self, plan: Plan, base_url: str, bodies: dict[str, str], step: Callable[[str], None]) -> None:
        self._plan = plan
        self._base_url = base_url
        self._bodies = bodies
        self._ids = list(bodies)[: plan.ids]
        self._step = step

    def run(self) -> list[Row]:
        """Measure everything."""
        return [*self.starts(), *self.calls(), *self.posts(), *self.streams(), *self.parsing(), *self.growth()]

    def starts(self) -> list[Row]:
        """Fresh interpreters: the import, ready to call, the first response."""
        imported = self._start("import", self._base_url)
        ready = self._start("ready", self._base_url)
        secure = self._start("ready", self._base_url.replace("http:", "https:"))
        first = self._start("first", self._base_url)
        return [
            *rows("import", "ms", imported, "seconds"),
            *rows("modules after import", "", imported, "modules"),
            *rows("ready to call", "ms", ready, "seconds"),
            *rows("modules when ready", "", ready, "modules"),
            *rows("memory when ready", "MB", ready, "memory"),
            *rows("ready to call, https", "ms", secure, "seconds"),
            *rows("import to first response", "ms", first, "seconds"),
        ]

    def calls(self) -> list[Row]:
        """Processor time of a retrieve, sync and async."""
        plan = self._plan
        sync = self._orders("sync retrieve", "calls", SYNC, plan.rounds, count=plan.calls)
        result = rows("sync retrieve", "µs", sync, "processor")
        for words, at_once, rounds, count in (
            ("one at a time", 1, plan.rounds, plan.calls),
            ("10 at once", 10, plan.bulk_rounds, plan.bulk),
            ("50 at once", 50, plan.bulk_rounds, plan.bulk),
        ):
            measure = f"async retrieve, {words}"
            samples = self._orders(measure, "calls-async", ASYNC, rounds, count=count, concurrency=at_once)
            result += rows(measure, "µs", samples, "processor")
        return [*result, *rows(f"{measure}, wall", "µs", samples, "wall")]

    def posts(self) -> list[Row]:
        """Processor time of calls that send a body."""
        result: list[Row] = []
        for measure, work in (("sync create, 2 kB", "create"), (f"sync embedding, {NUMBERS:,} numbers", "embed")):
            order = {"work": work, "arguments": ["plain"], "count": self._plan.calls}
            result += rows(measure, "µs", self._orders(measure, "calls", SYNC, self._plan.rounds, **order), "processor")
        return result

    def streams(self) -> list[Row]:
        """Processor time of a chunk, sync and async; and when the first is there, beyond what the server takes."""
        result: list[Row] = []
        for words, model in (("a chunk in bulk", "bulk"), ("one packet a chunk", "packets")):
            for kind, job, clients in (("sync", "streams", SYNC), ("async", "streams-async", ASYNC)):
                measure = f"{kind} stream, {words}"
                samples = self._streams(measure, job, clients, model, self._plan.streams)
                result += rows(measure, "µs", samples, "processor")
        measure = "sync stream, first chunk"
        samples = self._streams(measure, "streams", SYNC, "short", self._plan.first_chunks)
        return [*result, *rows(measure, "µs", samples, "first")]

    def parsing(self) -> list[Row]:
        """From the bytes of a body to an object."""
        order = {"count": self._plan.parses, "arguments": self._ids[:1], "body": self._bodies[self._ids[0]]}
        samples = self._orders("parse alone", "parse", PARSERS, self._plan.rounds, **order)
        return rows("parse alone", "µs", samples, "processor")

    def growth(self) -> list[Row]:
        """How a sync retrieve takes to larger responses."""
        result: list[Row] = []
        for name, size in SIZES.items():
            measure = f"sync retrieve, {name}"
            count = max(4, self._plan.calls * 20_000 // (size + 50_000))
            ids = [id_ for id_ in self._bodies if id_.endswith(f"-{size}")]
            order = {"count": count, "arguments": ids, "warm_up": 4}
            samples = self._orders(measure, "calls", GROWING, self._plan.bulk_rounds, **order)
            result += rows(measure, "µs", samples, "processor")
        return result

    def _start(self, what: str, base_url: str) -> Samples:
        def once(client: str) -> dict[str, float]:
            command = [sys.executable, str(PARTS / "worker.py"), "start", client, base_url, what, self._ids[0]]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=child_environment(), check=False)
            if done.returncode:
                raise BenchError(f"{client} does not start; what it said stands above")
            return dict(zip(("seconds", "modules", "memory"), map(float, done.stdout.split()), strict=True))

        for client in IMPORTS:
            once(client)  # so that all byte code is written, and the files are in the system's cache
        return self._take_turns(f"start: {what}", IMPORTS, self._plan.starts, once)

    def _streams(self, label: str, job: str, clients: Iterable[str], model: str, count: int) -> Samples:
        order = {"arguments": [model], "chunks": STREAMS[model] + 1, "count": count, "warm_up": 1}
        return self._orders(label, job, clients, self._plan.bulk_rounds, **order)

    def _orders(self, label: str, job: str, clients: Iterable[str], rounds: int, **order: Any) -> Samples:
        order = {"work": "retrieve", "arguments": self._ids, "warm_up": self._plan.warm_up, **order}
        names = list(clients)
        with contextlib.ExitStack() as stack:
            children = [Process(name, "worker.py", job, name, self._base_url) for name in names]
            processes = {name: stack.enter_context(child) for name, child in zip(names, children, strict=True)}
            for process in processes.values():
                process.hear()

            def once(name: str) -> dict[str, float]:
                processes[name].tell(order)
                measured: dict[str, float] = processes[name].hear()
                return measured

            return self._take_turns(label, names, rounds, once)

    def _take_turns(
        self, label: str, clients: Iterable[str], rounds: int, once: Callable[[str], dict[str, float]]
    ) -> Samples:
        samples: Samples = {client: [] for client in clients}
        for number in range(rounds):
            for client in reversed(samples) if number % 2 else samples:
                samples[client].append(once(client))
                self._step(f"{label}: {client}")
        return samples


def rows(measure: str, unit: str, samples: Samples, what: str) -> list[Row]:
    """Turn what was measured of each client in each round into one row a client."""
    result: list[Row] = []
    reference = [sample[what] for sample in samples[REFERENCE]] if REFERENCE in samples else None
    for client, measured in samples.items():
        values = [sample[what] for sample in measured]
        ratios = None
        if reference is not None and client != REFERENCE:
            ratios = [ours / theirs for ours, theirs in zip(values, reference, strict=True)]
        budget, stretch = BUDGETS.get((measure, client), (None, None))
        result.append(Row.of(measure, client, unit, values, ratios, budget, stretch))
    return result


def contract_example(path: str, method: str, name: str) -> dict[str, Any]:
    """The response that the contract, which travels with the generated package, shows under a name."""
    contract = json.loads(importlib.resources.files("aurous_api").joinpath("contract.json").read_text(encoding="utf-8"))
    response = contract["paths"][path][method]["responses"]["200"]
    example: dict[str, Any] = response["content"]["application/json"]["examples"][name]["value"]
    return example


def retrieved(example: dict[str, Any], count: int) -> dict[str, str]:
    """Bodies by id: so many completions like the example, each under its own id, and one of each size."""
    small = (_render(example, f"{example['id']}{number:04}", 0) for number in range(count))
    grown = (_render(example, f"{example['id']}-{size}", size) for size in SIZES.values())
    return dict([*small, *grown])


def _render(example: dict[str, Any], id_: str, size: int) -> tuple[str, str]:
    choice = example["choices"][0]
    words = choice["message"]["content"]
    lacking = max(0, size - len(_json(example)))
    message = {**choice["message"], "content": words + (f" {words}" * (lacking // len(words)))[:lacking]}
    body = {**example, "id": id_, "choices": [{**choice, "message": message}]}
    return id_, _json(body)


def posted(example: dict[str, Any]) -> dict[str, Any]:
    """What the server responds to requests with a body."""
    completion = {**example, "model": "plain", "created": CREATED}
    vector = contract_example(EMBEDDINGS, "post", "text")
    numbers = random.Random(0)  # noqa: S311
    item = {**vector["data"][0], "embedding": [numbers.uniform(-0.1, 0.1) for _ in range(NUMBERS)]}
    return {
        f"POST {COMPLETIONS} plain": _json(completion),
        f"POST {EMBEDDINGS} plain": _json({**vector, "model": "plain", "data": [item]}),
        **{
            f"POST {COMPLETIONS} {model}": {"chunks": _chunks(completion, pieces), "in_one_go": model == "bulk"}
            for model, pieces in STREAMS.items()
        },
    }


def _chunks(completion: dict[str, Any], pieces: int) -> list[str]:
    """A completion as the chunks of a stream: so many pieces of text, and the end with what it cost."""
    common = {name: completion[name] for name in ("id", "created", "model")} | {"object": "chat.completion.chunk"}

    def chunk(delta: dict[str, str], reason: str | None, **more: object) -> str:
        return _json({**common, "choices": [{"index": 0, "delta": delta, "finish_reason": reason}], **more})

    first = chunk({"role": "assistant", "content": " token"}, None)
    others = [chunk({"content": " token"}, None)] * (pieces - 1)
    return [first, *others, chunk({}, "stop", usage=completion["usage"])]


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def ceiling(port: int, id_: str, requests: int) -> dict[str, float]:
    """What the server can do: requests a second over one raw socket, and the processor time that it spends on one."""
    ask = f"GET {COMPLETIONS}/{id_} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Api-Key: {KEY}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", port)) as connection:

        def processor_time() -> float:
            connection.sendall(f"GET {PROCESSOR_TIME} HTTP/1.1\r\n\r\n".encode())
            return float(connection.recv(65536).rpartition(b"\n")[2])

        spent, started = processor_time(), time.perf_counter()
        for _ in range(requests):
            connection.sendall(ask)
            connection.recv(65536)
        elapsed = time.perf_counter() - started
        return {
            "requests_per_second": requests / elapsed,
            "processor_per_request": (processor_time() - spent) / requests,
        }


def machine() -> dict[str, Any]:
    """What the run was made on."""
    names: list[str] = []
    with contextlib.suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "processor": names[0] if names else platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "system": f"{platform.system()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
    }


def versions() -> dict[str, str]:
    """Versions of the packages that are compared."""
    found: dict[str, str] = {}
    for name in PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found


def measure(plan: Plan) -> tuple[dict[str, Any], list[Row]]:
    """Start the server, measure everything against it, and return what the run was made on, and the figures."""
    report: dict[str, Any] = {
        "taken": datetime.now(UTC).isoformat(timespec="seconds"),
        "reference": REFERENCE,
        "machine": machine(),
        "packages": versions(),
        "plan": asdict(plan),
    }
    example = contract_example(f"{COMPLETIONS}/{{id}}", "get", "completed")
    bodies = retrieved(example, plan.ids)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with (
        Process("the server", "server.py") as server,
        Progress(*columns, console=Console(stderr=True)) as progress,
    ):
        server.tell({f"GET {COMPLETIONS}/{id_}": body for id_, body in bodies.items()} | posted(example))
        port: int = server.hear()
        report["server"] = ceiling(port, next(iter(bodies)), plan.bulk)
        task = progress.add_task("", total=None)
        figures = Bench(
            plan, f"http://127.0.0.1:{port}", bodies, lambda label: progress.update(task, description=label)
        ).run()
    walls = [row.value for row in figures if row.measure.endswith("wall")]
    report["server"]["fastest_client"] = 1e6 / min(walls)
    return report, figures


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns:
        0, or 1 when something could not be measured.
    """
    parser = argparse.ArgumentParser(description="Measure the SDK against its peers on the same work.")
    parser.add_argument(
        "--quick", action="store_true", help="a short run, to see that it runs; its figures mean little"
    )
    parser.add_argument(
        "--json", nargs="?", const="-", metavar="FILE", help="write JSON: to FILE, or instead of the table"
    )
    parser.add_argument("--write-docs", action="store_true", help=f"write the figures to docs/{DOCS.name}")
    options = parser.parse_args(arguments)
    try:
        report, figures = measure(QUICK if options.quick else Plan())
        if options.write_docs:
            write_docs(DOCS, report, figures)
    except (BenchError, ValueError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    if options.json != "-":
        show(Console(markup=False, highlight=False, width=None if sys.stdout.isatty() else 120), report, figures)
    if options.json:
        text = json.dumps({**report, "rows": [{**asdict(row), "met": row.met} for row in figures]}, indent=1)
        print(text) if options.json == "-" else Path(options.json).write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
