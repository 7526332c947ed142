"""The SDK's subclasses of generated models, which are built in their place."""

from __future__ import annotations

from typing import Final

from aurous._overlays import MODELS
from aurous_api.kinds import Classes
from aurous_api.loading import load


class _Subclasses(Classes):
    """Imports a subclass when its model is first read."""

    def __missing__(self, model: type) -> type:
        module = MODELS.get(model.__name__)
        found: type = model if module is None else load(module, model.__name__)
        self[model] = found
        return found


SUBCLASSES: Final = _Subclasses()
