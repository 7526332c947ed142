"""So many attempts at the same time in a whole Ray cluster, with an actor that counts them."""

import asyncio
from typing import Any
from uuid import uuid4

import ray  # pyright: ignore[reportMissingImports]

from aurous import Lease, Need, Settlement


class Gate:
    """The actor: `gate = ray.remote(Gate).options(name="aurous", max_concurrency=10_000).remote(16)`.

    A lease that nobody gives back, as its worker was killed, ends by itself. Let it last longer than any call.
    """

    def __init__(self, most: int, lasts: float = 900.0) -> None:
        self._free = asyncio.Semaphore(most)
        self._lasts = lasts
        self._ends: dict[str, asyncio.TimerHandle] = {}

    async def acquire(self, timeout: float) -> str | None:
        """The name of a lease; None where none was free in time."""
        try:
            async with asyncio.timeout(timeout):
                await self._free.acquire()
        except TimeoutError:
            return None
        lease = uuid4().hex
        self._ends[lease] = asyncio.get_running_loop().call_later(self._lasts, self._end, lease)
        return lease

    async def settle(self, lease: str) -> None:
        """Give it back."""
        self._end(lease)

    def _end(self, lease: str) -> None:
        if lease in self._ends:
            self._ends.pop(lease).cancel()
            self._free.release()


class RayLease:
    """What the gate gave."""

    def __init__(self, gate: Any, lease: str | None) -> None:
        if lease is None:
            raise TimeoutError
        self._gate = gate
        self._lease = lease

    def settle(self, settlement: Settlement) -> None:
        """Give it back."""
        self._gate.settle.remote(self._lease)  # nobody waits for it


class RayPacer:
    """For `Aurous`: `Aurous(pacer=RayPacer(ray.get_actor("aurous")))`."""

    def __init__(self, gate: Any) -> None:
        self._gate = gate

    def acquire(self, need: Need, timeout: float) -> Lease:
        """Wait for a place."""
        return RayLease(self._gate, ray.get(self._gate.acquire.remote(timeout)))


class AsyncRayPacer:
    """For `AsyncAurous`."""

    def __init__(self, gate: Any) -> None:
        self._gate = gate

    async def acquire(self, need: Need, timeout: float) -> Lease:
        """Wait for a place."""
        return RayLease(self._gate, await self._gate.acquire.remote(timeout))
