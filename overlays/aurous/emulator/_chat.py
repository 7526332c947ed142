"""The operations of chat completions, on those that are stored."""

import copy

from ._completions import CANCEL, ENDS, StoredCompletion, at_stage
from ._json import Body
from ._responses import OperationRequest
from ._store import Store


def retrieve(store: Store, request: OperationRequest) -> Body:
    """The completion as it is now."""
    # Which code this route sends is not documented. `resource_not_found` is the one for the API as a whole; another
    # team's completion gets the same, because `forbidden_resource` would tell that it exists.
    stored = _stored(store, request, "resource_not_found")
    return stored.at(store.clock.time(), store.stages)


def cancel(store: Store, request: OperationRequest) -> Body:
    """The completion after it was cancelled, as it is retrieved from then on."""
    stored = _stored(store, request, "chat_cancel_target_not_found")
    body = stored.at(store.clock.time(), store.stages)
    # Internal states may leak (API_FACTS 4.1, item 5). What is called cancelled is at an end; any other, such as
    # `pending`, is not.
    status = str(body.get("status"))
    if status in ENDS or status.startswith("cancelled"):
        raise store.contract.catalogue.refusal("chat_cancel_target_already_terminal")
    if not stored.cancellable:
        raise store.contract.catalogue.refusal("chat_cancel_target_not_cancellable")
    if stored.running is not None:
        stored.running.cancel()
        return copy.deepcopy(stored.body)
    # In the shape of the reference, for cancelling as for retrieving. Nobody streams it, so how much was written is not
    # known: text, tokens and credits are those of the example.
    stored.end(at_stage(body, "cancelled", store.stages_of(CANCEL)))
    return copy.deepcopy(stored.body)


def _stored(store: Store, request: OperationRequest, otherwise: str) -> StoredCompletion:
    stored = store.completions.get(request.path["id"])
    if stored is None or stored.team != request.team:
        raise store.contract.catalogue.refusal(otherwise)
    return stored
