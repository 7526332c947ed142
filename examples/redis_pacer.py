"""One pace for many machines, kept in Redis by pyrate-limiter."""

from collections.abc import Iterator, Mapping
from time import monotonic
from typing import Any

from pyrate_limiter import Limiter, Rate, RedisBucket
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

from aurous import Lease, Need, Settlement

TOKENS = "tokens"
new_bucket: Any = RedisBucket.init  # gives a bucket, or for an asynchronous Redis an awaitable of one
UNIT = 1000  # tokens: Redis keeps an entry for each unit that was taken


class Rates:
    """What both pacers are: the rates that hold, by the name of the bucket; of tokens in units."""

    def __init__(self, rates: Mapping[str, Rate], limiters: Mapping[str, Limiter]) -> None:
        self._rates = rates
        self._limiters = limiters

    def wanted(self, need: Need) -> Iterator[tuple[Limiter, str, int]]:
        """What an attempt has to get: from which limiter, under which name, and how much."""
        for name, amount in ((need.bucket, need.requests), (TOKENS, -(-need.tokens // UNIT))):
            if amount and name in self._limiters:
                yield self._limiters[name], name, min(amount, self._rates[name].limit)

    def settle(self, settlement: Settlement) -> None:
        """Nothing is given back: what was taken leaves Redis when the interval of its rate is over."""


class RedisPacer(Rates):
    """For `Aurous`."""

    def __init__(self, redis: Redis, rates: Mapping[str, Rate]) -> None:
        buckets = {name: new_bucket([rate], redis, f"aurous:{name}") for name, rate in rates.items()}
        super().__init__(rates, {name: Limiter(bucket) for name, bucket in buckets.items()})

    def acquire(self, need: Need, timeout: float) -> Lease:
        """Wait until all limiters have room."""
        ends = monotonic() + timeout
        for limiter, name, amount in self.wanted(need):
            if not limiter.try_acquire(name, amount, timeout=max(ends - monotonic(), 0)):
                raise TimeoutError
        return self


class AsyncRedisPacer(Rates):
    """For `AsyncAurous`: `await AsyncRedisPacer.of(redis, rates)`."""

    @classmethod
    async def of(cls, redis: AsyncRedis, rates: Mapping[str, Rate]) -> "AsyncRedisPacer":
        """A pacer, when Redis knows what it is to do."""
        buckets = {name: await new_bucket([rate], redis, f"aurous:{name}") for name, rate in rates.items()}
        return cls(rates, {name: Limiter(bucket) for name, bucket in buckets.items()})

    async def acquire(self, need: Need, timeout: float) -> Lease:
        """Wait until all limiters have room."""
        ends = monotonic() + timeout
        for limiter, name, amount in self.wanted(need):
            if not await limiter.try_acquire_async(name, amount, timeout=max(ends - monotonic(), 0)):
                raise TimeoutError
        return self
