"""Embeddings: what the SDK adds to the generated methods."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from operator import index
from typing import TYPE_CHECKING, Any, Final, cast

from aurous import _check
from aurous._engine.observer import Once
from aurous._text import one_line
from aurous_api.operations import CallOptions, Operation
from aurous_api.resources.embeddings import CREATE, AsyncEmbeddingsResource, EmbeddingsResource

if TYPE_CHECKING:
    from aurous._engine.effects import Flow
    from aurous.embeddings.embedding import EmbeddingList

_logger = logging.getLogger("aurous")
_told_before: Final = Once()


class _Embeddings:
    """What is the same for both kinds of client."""

    __slots__ = ()

    _caller: Any

    def _flow(
        self,
        operation: Operation[Any, Any],
        path: tuple[object, ...],
        given: Mapping[str, object],
        options: CallOptions,
    ) -> Any:
        texts = given["input"]
        if isinstance(texts, (list, tuple)) and any(isinstance(each, str) for each in cast("Sequence[object]", texts)):
            raise _check.refusal(
                "input",
                "holds texts in a list, and the API has no batches. To do: make one call for each text, or "
                'embed them together as parts, {"type": "text", "text": "..."}',
            )
        flow = self._caller.flow(operation, path, given, options)
        return _with_dimensions(flow, given["dimensions"]) if operation is CREATE else flow


class Embeddings(_Embeddings, EmbeddingsResource):
    """Vectors for text and images."""

    __slots__ = ()


class AsyncEmbeddings(_Embeddings, AsyncEmbeddingsResource):
    """Vectors for text and images, asynchronously."""

    __slots__ = ()


def _with_dimensions(flow: Flow[EmbeddingList], asked: Any) -> Flow[EmbeddingList]:
    """The call, whose result also knows how many dimensions were asked for."""
    result = yield from flow
    if asked is not None:
        result.requested_dimensions = index(asked)
        _tell_of_others(result)
    return result


def _tell_of_others(result: EmbeddingList) -> None:
    """Log, once a process, where the vector has another length than was asked for."""
    if not result.has_other_dimensions:
        return
    model, asked, came = one_line(str(result.model), 200), result.requested_dimensions, result.dimensions
    if _told_before.is_new((model, str(asked), str(came))):
        _logger.warning("the embedding by %s has %d dimensions, and %s were asked for", model, came, asked)
