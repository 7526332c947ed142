"""What the handwritten package adds to the generated one, by inheritance: the only list of it.

`scripts/generate.py` reads these tables as well, so that the methods it generates say which class they return.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

MODELS: Final[Mapping[str, str]] = {
    "Character": "aurous.characters.character",
    "ChatCompletion": "aurous.chat.completion",
    "Embedding": "aurous.embeddings.embedding",
    "EmbeddingEstimate": "aurous.embeddings.embedding",
    "EmbeddingList": "aurous.embeddings.embedding",
    "Generation": "aurous.images.generation",
    "ToolCall": "aurous.chat.completion",
}
"""Subclasses of generated models, which have the same name: the module of each. All are public names of `aurous`."""

RESOURCES: Final[Mapping[str, str]] = {
    "chat.completions": "aurous.chat.completions:Completions",
    "embeddings": "aurous.embeddings.embeddings:Embeddings",
}
"""Subclasses of generated resources, by path: module and class. The asynchronous class has `Async` before its name."""

PARAMETERS: Final[Mapping[str, tuple[str, ...]]] = {
    "chat.completions.create": ("stream", "tools"),
}
"""Optional fields of the body of an operation that methods here declare by themselves, or see to: the `TypedDict` of
those that they pass on leaves them out."""
