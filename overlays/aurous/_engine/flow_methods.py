"""Methods that are written once, as a flow, and serve both kinds of client.

    class _Completions(FlowMethods):
        @flow_method
        def wait(self, id: str) -> Flow[ChatCompletion]: ...

    class Completions(_Completions, ChatCompletionsResource): ...             # wait(id) -> ChatCompletion
    class AsyncCompletions(_Completions, AsyncChatCompletionsResource): ...   # await wait(id)

`help()` and `inspect` show both as ordinary methods.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, Self, TypeVar, overload

from aurous_api.operations import AsyncBase, SyncBase

if TYPE_CHECKING:
    from aurous._engine.effects import Flow

P = ParamSpec("P")
T = TypeVar("T")


class flow_method(Generic[P, T]):  # noqa: N801  # a decorator
    """Marks a method that returns a flow; `FlowMethods` makes ordinary methods of it, for each kind of client."""

    def __init__(self, function: Callable[Concatenate[Any, P], Flow[T]]) -> None:
        self.function = function
        told = function.__annotations__  # what `help()` shows is what a caller gets: of `Flow[T]`, that is T
        told["return"] = told["return"].removeprefix("Flow[").removesuffix("]")

    @overload
    def __get__(self, resource: None, owner: type) -> Self: ...
    @overload
    def __get__(self, resource: SyncBase, owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, resource: AsyncBase, owner: type) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, resource: object, owner: type) -> Any:
        """For type checkers. At run time, what `FlowMethods` made stands before this."""
        return self

    def blocking(self) -> Callable[..., T]:
        """The method of a synchronous class."""
        function = self.function

        @functools.wraps(function)
        def method(self: Any, *arguments: P.args, **options: P.kwargs) -> T:
            result: T = self._caller.run(function(self, *arguments, **options))
            return result

        return method

    def awaitable(self) -> Callable[..., Coroutine[Any, Any, T]]:
        """The method of an asynchronous class."""
        function = self.function

        @functools.wraps(function)
        async def method(self: Any, *arguments: P.args, **options: P.kwargs) -> T:
            result: T = await self._caller.run(function(self, *arguments, **options))
            return result

        return method


class FlowMethods:
    """Base of classes with flow methods, to be inherited beside what calls operations."""

    __slots__ = ()

    _caller: Any

    def __init_subclass__(cls) -> None:
        """Give a class its methods, as ordinary functions that `help()` and `inspect` show."""
        super().__init_subclass__()
        if not issubclass(cls, (SyncBase, AsyncBase)):
            return
        for base in cls.__mro__:
            for name, method in vars(base).items():
                if isinstance(method, flow_method) and name not in vars(cls):
                    made = method.blocking() if issubclass(cls, SyncBase) else method.awaitable()
                    made.__qualname__ = f"{cls.__qualname__}.{name}"
                    setattr(cls, name, made)
