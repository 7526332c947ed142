"""Which operations have a life of their own here. All others respond with the examples of the contract."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Protocol

from ._chat import CANCEL, RETRIEVE, cancel, retrieve
from ._responses import OperationRequest

if TYPE_CHECKING:
    from ._state import State


class Handler(Protocol):
    """Carries out an operation on the state of the emulator."""

    def __call__(self, state: "State", request: OperationRequest) -> Any:
        """The body of the response.

        Args:
            state: The state, under its lock.
            request: The request; it fits the contract, and its key may do this.

        Raises:
            RefusalError: The response is an error.
        """
        ...


STATEFUL: Final[Mapping[str, Handler]] = {
    RETRIEVE: retrieve,
    CANCEL: cancel,
}
"""The handlers, by the id of their operation. Those of a resource share a module."""
