"""Plain dicts that may be passed in place of models: a `TypedDict` for each model that a request may hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass

__all__: tuple[str, ...] = ()
