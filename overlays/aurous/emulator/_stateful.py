"""Which operations have a life of their own here. All others respond with the examples of the contract."""

from collections.abc import Mapping
from typing import Any, Final, Protocol

from . import _embeddings
from ._catalogue import Catalogue
from ._chat import cancel, retrieve
from ._completions import CANCEL, RETRIEVE
from ._creating import create
from ._money import BALANCE, EVENTS, MODELS, balance, events, models
from ._responses import OperationRequest
from ._scripting import CREATE
from ._store import Store
from ._usage import USAGE, usage


class Handler(Protocol):
    """Carries out an operation on what is stored."""

    def __call__(self, store: Store, request: OperationRequest, /) -> Any:
        """The body of the response, or a `SuccessResponse`; or a generator of that, which yields moments to wait for.

        Args:
            store: What is stored, under its lock.
            request: The request; it fits the contract, and its key may do this.

        Raises:
            RefusalError: The response is an error.
        """
        ...


STATEFUL: Final[Mapping[str, Handler]] = {
    CREATE: create,
    RETRIEVE: retrieve,
    CANCEL: cancel,
    _embeddings.CREATE: _embeddings.create,
    _embeddings.ESTIMATE: _embeddings.estimate,
    MODELS: models,
    BALANCE: balance,
    EVENTS: events,
    USAGE: usage,
}
"""The handlers, by the name of their operation. Those of a resource share a module."""


class Judge(Protocol):
    """Refuses a body that the contract refuses as well, but with a documented code for just that."""

    def __call__(self, catalogue: Catalogue, body: Any) -> None:
        """Look at the body before it is held against the contract.

        Args:
            catalogue: The documented errors.
            body: Any JSON value.

        Raises:
            RefusalError: The response is an error.
        """
        ...


JUDGES: Final[Mapping[str, Judge]] = {
    _embeddings.CREATE: _embeddings.judge,
    _embeddings.ESTIMATE: _embeddings.judge,
}
"""What is asked before the contract, by the name of the operation."""
