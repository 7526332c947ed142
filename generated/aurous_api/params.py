"""Plain dicts that may be passed in place of models: a `TypedDict` for each model that a request may hold."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Required, TypedDict

from .models.embedding_encoding_format import EmbeddingEncodingFormat


class EmbeddingImageParam(TypedDict, total=False):
    """Where an image is."""

    url: Required["str"]


class EmbeddingImagePartParam(TypedDict, total=False):
    """An image within an input."""

    type: Required["Literal['image_url']"]
    image_url: Required["Mapping[str, Any]"]


class EmbeddingTextPartParam(TypedDict, total=False):
    """A text within an input."""

    type: Required["Literal['text']"]
    text: Required["str"]


class EmbeddingsCreateBodyParam(TypedDict, total=False):
    """EmbeddingsCreateBody"""

    model: Required["str"]
    input: Required["str | Sequence[Mapping[str, Any]]"]
    dimensions: "int"
    encoding_format: "EmbeddingEncodingFormat | Literal['base64', 'float']"
    user: "str"


class EmbeddingsEstimateBodyParam(TypedDict, total=False):
    """EmbeddingsEstimateBody"""

    model: Required["str"]
    input: Required["str | Sequence[Mapping[str, Any]]"]
    dimensions: "int"


__all__: tuple[str, ...] = (
    "EmbeddingImageParam",
    "EmbeddingImagePartParam",
    "EmbeddingTextPartParam",
    "EmbeddingsCreateBodyParam",
    "EmbeddingsEstimateBodyParam",
)
