"""Pacers that many machines share: Redis and Dask for real but in this process, and Ray as far as it is used."""

import asyncio
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any

import pytest
from distributed import Client, LocalCluster
from fakeredis import FakeAsyncRedis, FakeRedis, FakeServer
from pyrate_limiter import Duration, Rate

from aurous import APITimeoutError, AsyncAurous, Aurous
from aurous.emulator import Emulator
from dask_pacer import AsyncDaskPacer, DaskPacer
from redis_pacer import AsyncRedisPacer, RedisPacer

RATES = {"gets": Rate(2, Duration.HOUR), "tokens": Rate(3, Duration.HOUR)}


# --- Redis ---


def test_machines_share_what_redis_keeps(emulator: Emulator) -> None:
    server = FakeServer()
    pacers = [RedisPacer(FakeRedis(server=server), RATES) for _ in range(2)]
    for pacer in pacers:
        with Aurous(pacer=pacer) as client:
            assert client.chat.completions.retrieve(emulator.ids["completed"]).is_completed
    with Aurous(pacer=pacers[0]) as client, pytest.raises(APITimeoutError, match="the pacer had no room"):
        client.chat.completions.retrieve(emulator.ids["completed"], timeout=0.01)
    assert len(emulator.requests) == 2


def test_tokens_are_weight(emulator: Emulator) -> None:
    with Aurous(pacer=RedisPacer(FakeRedis(server=FakeServer()), RATES)) as client:
        create: Any = client.chat.completions.create
        create(model="aurous-grow-2.0-pro", messages="Hello", max_tokens=2500)
        with pytest.raises(APITimeoutError):
            create(model="aurous-grow-2.0-pro", messages="Hello", max_tokens=10, timeout=0.01)
    assert len(emulator.requests) == 1


def test_redis_on_an_event_loop(emulator: Emulator) -> None:
    async def main() -> None:
        pacer = await AsyncRedisPacer.of(FakeAsyncRedis(server=FakeServer()), RATES)
        async with AsyncAurous(pacer=pacer) as client:
            for _ in range(2):
                await client.chat.completions.retrieve(emulator.ids["completed"])
            with pytest.raises(APITimeoutError):
                await client.chat.completions.retrieve(emulator.ids["completed"], timeout=0.01)

    asyncio.run(main())
    assert len(emulator.requests) == 2


# --- Dask ---


def test_a_cluster_of_dask_shares_a_semaphore(emulator: Emulator) -> None:
    with (
        LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=":0") as cluster,
        Client(cluster) as _,
        Aurous(pacer=DaskPacer(1)) as client,
        Aurous(pacer=DaskPacer(1)) as other,
    ):
        for _ in range(2):
            assert client.chat.completions.retrieve(emulator.ids["completed"]).is_completed
        held = DaskPacer(1)
        held.acquire(None, 1)  # type: ignore[arg-type]
        with pytest.raises(APITimeoutError, match="the pacer had no room"):
            other.chat.completions.retrieve(emulator.ids["completed"], timeout=0.01)
        held.settle(None)  # type: ignore[arg-type]
        assert other.chat.completions.retrieve(emulator.ids["completed"]).is_completed


def test_dask_on_an_event_loop(emulator: Emulator) -> None:
    async def main() -> None:
        async with (
            LocalCluster(n_workers=0, processes=False, dashboard_address=":0", asynchronous=True) as cluster,
            Client(cluster, asynchronous=True),
            AsyncAurous(pacer=AsyncDaskPacer(1)) as client,
        ):
            calls = (client.chat.completions.retrieve(emulator.ids["completed"]) for _ in range(3))
            assert all(completion.is_completed for completion in await asyncio.gather(*calls))

    asyncio.run(main())


# --- Ray ---


class Remote:
    """An actor of Ray's, as the recipe uses it: its methods run on an event loop of its own."""

    def __init__(self, actor: object, start: Callable[[Any], Any]) -> None:
        self._actor = actor
        self._start = start

    def __getattr__(self, name: str) -> Any:
        method = ModuleType(name)
        method.remote = lambda *given: self._start(getattr(self._actor, name)(*given))  # type: ignore[attr-defined]
        return method


@pytest.fixture
def ray_pacer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    ray = ModuleType("ray")
    ray.get = lambda future: future.result()  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "ray", ray)
    import ray_pacer  # noqa: PLC0415  # Ray is heavy

    yield ray_pacer
    del sys.modules["ray_pacer"]


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    with ThreadPoolExecutor(1) as thread:
        thread.submit(loop.run_forever)
        yield loop
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop).result()  # what nobody waited for is done by then
        loop.call_soon_threadsafe(loop.stop)
    loop.close()


def test_a_cluster_of_ray_shares_an_actor(emulator: Emulator, ray_pacer: Any, loop: Any) -> None:
    gate = Remote(ray_pacer.Gate(1), lambda method: asyncio.run_coroutine_threadsafe(method, loop))
    with Aurous(pacer=ray_pacer.RayPacer(gate)) as client:
        for _ in range(2):
            assert client.chat.completions.retrieve(emulator.ids["completed"]).is_completed
        lease = gate.acquire.remote(1).result()
        with pytest.raises(APITimeoutError, match="the pacer had no room"):
            client.chat.completions.retrieve(emulator.ids["completed"], timeout=0.01)
        gate.settle.remote(lease).result()
        assert client.chat.completions.retrieve(emulator.ids["completed"]).is_completed


def test_a_lease_of_ray_that_is_lost_comes_back(emulator: Emulator, ray_pacer: Any) -> None:
    async def main() -> None:
        gate = Remote(ray_pacer.Gate(1, lasts=0.01), asyncio.ensure_future)
        assert await gate.acquire.remote(1), "and whoever has it is killed"
        async with AsyncAurous(pacer=ray_pacer.AsyncRayPacer(gate)) as client:
            assert (await client.chat.completions.retrieve(emulator.ids["completed"])).is_completed

    asyncio.run(main())
