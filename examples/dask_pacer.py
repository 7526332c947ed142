"""So many attempts at the same time in a whole Dask cluster."""

from distributed import Semaphore

from aurous import Lease, Need, Settlement


class DaskPacer:
    """For `Aurous`, in tasks: `Aurous(pacer=DaskPacer(16))`. All with the same name share what there is."""

    def __init__(self, most: int, name: str = "aurous") -> None:
        self._semaphore = Semaphore(most, name)

    def acquire(self, need: Need, timeout: float) -> Lease:
        """Wait for a place."""
        if not self._semaphore.acquire(timeout):
            raise TimeoutError
        return self

    def settle(self, settlement: Settlement) -> None:
        """Give it back."""
        self._semaphore.release()


class AsyncDaskPacer:
    """For `AsyncAurous`, on the event loop of `await Client(asynchronous=True)`."""

    def __init__(self, most: int, name: str = "aurous") -> None:
        self._semaphore = Semaphore(most, name)

    async def acquire(self, need: Need, timeout: float) -> Lease:
        """Wait for a place."""
        if not await self._semaphore.acquire(timeout):
            raise TimeoutError
        return self

    async def settle(self, settlement: Settlement) -> None:
        """Give it back."""
        await self._semaphore.release()
