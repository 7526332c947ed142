"""What everything in the emulator's state builds on: how it was set up, its clock, its chance, its lock."""

import logging
import random
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from os import PathLike
from typing import Any, Final, TypedDict

from aurous import Clock

from ._contract_reader import contract_of, load
from ._errors import EmulatorError, ErrorResponse, RefusalError
from ._limits import RateLimit
from ._teams import MAIN_KEY

_log = logging.getLogger("aurous.emulator")
_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class StateOptions(TypedDict, total=False):
    """The keyword arguments of `State`, all optional."""

    clock: Clock | None
    """Lives, limits, streams and the header `Date` go by it: the machine's by default (None), or a `FakeClock`."""
    keys: Sequence[str]
    """The keys of the main team, in place of the one that comes with the emulator."""
    seed: str | PathLike[str]
    """A seed file, loaded after what comes preloaded; same ids replace."""
    random_seed: int
    """What ids are drawn from: the same seed, clock and calls give the same ids."""
    rate_limit: RateLimit | Mapping[str, RateLimit]
    """Requests per minute, each team: one for every bucket, or by the names of buckets (`gets`, `images_post`, ...). By
    default as documented."""
    token_limit: RateLimit
    """Tokens per minute, each team. Not documented: the default is a stand-in."""
    versions: Sequence[str]
    """The known values of `Aurous-Version`; the first is the default of a team."""
    contract: Mapping[str, Any]
    """The contract to respond from, in place of the one of the SDK: an OpenAPI document, as JSON data."""


class Base:
    """What the parts of the state have in common."""

    def __init__(self, options: StateOptions) -> None:
        self.lock: Final = threading.RLock()
        self.clock: Clock = options.get("clock") or Clock()
        given = options.get("contract")
        self.contract: Final = load() if given is None else contract_of(given)
        self._versions_given: Final = tuple(options.get("versions", (self.contract.version,)))
        self._keys_given: Final = tuple(options.get("keys", (MAIN_KEY,)))
        if not self._versions_given or not self._keys_given:
            raise EmulatorError("keys and versions need one entry at least")
        self._random_seed: Final = options.get("random_seed", 0)
        self._failure: tuple[str, BaseException] | None = None
        self._random = random.Random(self._random_seed)  # noqa: S311  # ids that repeat are the point

    @property
    def api_key(self) -> str:
        """A key of the main team that may do everything."""
        return self._keys_given[0]

    def failed(self, what: str, error: BaseException) -> None:
        """Keep what failed in here for whoever runs the emulator: a client gets a 500, and may ask again."""
        with self.lock:
            self._failure = self._failure or (what, error)

    @contextmanager
    def _told(self, what: str) -> Generator[None]:
        """Let a request be told that a function of somebody's own failed, and whoever runs the emulator too."""
        try:
            yield
        except BaseException as error:  # pytest.fail() raises one that is no Exception
            _log.exception("%s failed", what)
            self.failed(what, error)
            message = f"{what} raised {type(error).__name__}: {error}"
            raise RefusalError(ErrorResponse(500, "internal_error", "server_error", message)) from error

    def raise_failure(self) -> None:
        """Raise, once, what failed in the emulator or in a function that was planned.

        A client was only told 500, and may have got something else when it asked again. `stop`, `reset` and the end of
        a `with` block call this.

        Raises:
            EmulatorError: Something failed. Its cause (`__cause__`) is the exception.
        """
        with self.lock:
            failure, self._failure = self._failure, None
        if failure is not None:
            what, error = failure
            raise EmulatorError(f"{what} raised {type(error).__name__}: {error}") from error

    def new_id(self, prefix: str) -> str:
        """A new id: the prefix and a ULID, its time from the clock and its randomness from the seed."""
        number = (int(self.clock.time() * 1000) & (1 << 48) - 1) << 80 | self._random.getrandbits(80)
        return f"{prefix}_" + "".join(_CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))
