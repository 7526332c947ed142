"""How resources call operations: one caller for each kind of client."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from aurous import _check
from aurous._config import LEARNED, Timeout
from aurous._engine.call import Call
from aurous._engine.client_state import ClientState
from aurous._engine.drivers import drive
from aurous._engine.pages import AsyncPage, Page
from aurous._engine.response_errors import ErrorFactory
from aurous._overlays import RESOURCES
from aurous_api.loading import load
from aurous_api.operations import CallOptions, Operation
from aurous_api.resources import resource_class

if TYPE_CHECKING:
    from aurous._config import Config
    from aurous._engine.effects import Flow
    from aurous._http.loop_pools import LoopPools
    from aurous._http.pools import ProcessPools

T = TypeVar("T")


class BaseCaller:
    """What both callers are: a configuration, what belongs to it, and the resources that were asked for."""

    __slots__ = ("_accounting", "_resources", "config", "errors", "pools", "state")

    asynchronous: ClassVar[bool]
    block: ClassVar[str]
    """The statement whose block a stream or a bulk is used in."""
    page: ClassVar[type[Any]]

    def __init__(self, config: Config, pools: Any, state: ClientState) -> None:
        if config.pacer is not None and config.pacer != LEARNED:
            _check.function(config.pacer.acquire, source="pacer.acquire", may_wait=self.asynchronous)
        self.config: Config = config
        self.pools: Any = pools
        self.state: ClientState = state
        self.errors: ErrorFactory = ErrorFactory(config.api_key, config.clock)
        self._resources: dict[str, Any] = {}
        has_money = config.ledger is not None or config.budget is not None
        self._accounting = load("aurous.money.accounting", "Accounting")(self) if has_money else None

    def flow(
        self,
        operation: Operation[Any, Any],
        path: tuple[object, ...],
        given: Mapping[str, object],
        options: CallOptions,
    ) -> Flow[Any]:
        """The call, not begun."""
        return self._followed(Call(operation, path, given, options, self))

    def patient_flow(
        self,
        operation: Operation[Any, Any],
        path: tuple[object, ...],
        given: Mapping[str, object],
        options: CallOptions,
        patience: float,
    ) -> Flow[Any]:
        """The call, not begun, of a wait or a bulk.

        Others may go before it: it waits for its turn for so many seconds, and only then its deadline begins.
        """
        return self._followed(Call(operation, path, given, options, self, patience=patience))

    def stream(
        self,
        operation: Operation[Any, Any],
        path: tuple[object, ...],
        given: Mapping[str, object],
        options: CallOptions,
    ) -> Any:
        """The content of a response, to be read as it comes; the call is not begun."""
        from aurous._engine.content_stream import AsyncContentStream, ContentStream  # noqa: PLC0415

        timeout = self.config.timeout if options.timeout is None else Timeout.of(options.timeout)
        kind = AsyncContentStream if self.asynchronous else ContentStream
        return kind(self, timeout.read, self.opening(operation, path, given, options))

    def opening(
        self,
        operation: Operation[Any, Any],
        path: tuple[object, ...],
        given: Mapping[str, object],
        options: CallOptions,
    ) -> Flow[Any]:
        """The call that ends when its response begins, not begun: an `OpenContent`."""
        return self._followed(Call(operation, path, given, options, self, keep_open=True))

    def _followed(self, call: Call) -> Flow[Any]:
        """The call, whose money is looked after where there is a ledger or a budget."""
        return call.flow() if self._accounting is None else self._accounting.follow(call)

    def run(self, flow: Flow[Any]) -> Any:
        """Carry out a call."""
        raise NotImplementedError

    def resource(self, path: str) -> Any:
        """The resource at a dotted path: the SDK's subclass where it has one."""
        found = self._resources.get(path)
        if found is None:
            found = self._resources[path] = self._class(path)(self)
        return found

    def _class(self, path: str) -> Any:
        if path not in RESOURCES:
            return resource_class(path, asynchronous=self.asynchronous)
        module, _, name = RESOURCES[path].partition(":")
        return load(module, f"Async{name}" if self.asynchronous else name)


class SyncCaller(BaseCaller):
    """Calls operations in the calling thread."""

    __slots__ = ()

    pools: ProcessPools
    asynchronous = False
    block = "with"
    page = Page

    def run(self, flow: Flow[T]) -> T:
        """Carry out a call."""
        clock = self.config.clock
        return drive(clock.watch(flow), self.pools, clock, self.config.api_key)


class AsyncCaller(BaseCaller):
    """Calls operations on the running event loop."""

    __slots__ = ("_drive",)

    pools: LoopPools
    asynchronous = True
    block = "async with"
    page = AsyncPage

    def __init__(self, config: Config, pools: LoopPools, state: ClientState) -> None:
        super().__init__(config, pools, state)
        self._drive = load("aurous._engine.async_drivers", "drive_async")  # with asyncio, a fifth of a start

    def run(self, flow: Flow[T]) -> Coroutine[Any, Any, T]:
        """Carry out a call."""
        clock = self.config.clock
        running: Coroutine[Any, Any, T] = self._drive(clock.watch(flow), self.pools, clock, self.config.api_key)
        return running
