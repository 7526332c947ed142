"""The base of the SDK's subclasses of generated models."""

from __future__ import annotations

from typing import ClassVar

from aurous._engine.subclasses import SUBCLASSES
from aurous._errors import APIResponseError
from aurous_api.kinds import Classes
from aurous_api.model import NO_META


class _NoMetaError(APIResponseError, AttributeError):
    """As for any model, an attribute that is not there; and, as everything that the SDK raises, an `AurousError`."""


class OverlayModel:
    """To be inherited before the generated model: what is read within it are the SDK's subclasses as well."""

    __slots__ = ()

    _classes: ClassVar[Classes] = SUBCLASSES

    def _no_meta(self) -> Exception:
        return _NoMetaError(NO_META.format(type(self).__name__))
