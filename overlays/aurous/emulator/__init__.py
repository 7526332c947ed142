"""A local stand-in for the Aurous Labs API, for demos, recordings and the tests of services that use the SDK.

It answers every operation of the contract as the vendor's documentation describes it, on loopback: with completions
that are created, streamed, charged and cancelled, with the examples of the contract elsewhere, with teams, limits, and
faults on demand; a request that does not fit the contract is refused as documented. **It answers what the documentation
says; it is not the vendor's server**, and where the documentation is silent it had to choose.

In a test:

    from aurous.emulator import Emulator, Life

    with Emulator() as emulator:
        completion_id = emulator.add(life=Life(in_progress_for=0.2, then="failed"))
        client = Aurous(api_key=emulator.api_key, base_url=emulator.base_url)

or with the fixtures of the pytest plugin, or without a socket through `create_app(State())`. On a terminal:
`python -m aurous.emulator --help`. Needs the extra: `pip install 'aurous[emulator]'`.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._app import create_app
    from ._base import StateOptions
    from ._completions import Life
    from ._content import UploadedFile
    from ._errors import EmulatorError, SeedError
    from ._limits import RateLimit
    from ._plans import DriftKind
    from ._recorded import RecordedRequest
    from ._replies import Planned, Refusal, Reply
    from ._responses import OperationRequest
    from ._server import Emulator
    from ._state import State
    from ._streaming import Fragments, StreamEnd, Streaming
    from ._teams import MAIN_KEY, NO_SCOPE_KEY, OTHER_TEAM_KEY, REVOKED_KEY

__all__ = [
    "MAIN_KEY",
    "NO_SCOPE_KEY",
    "OTHER_TEAM_KEY",
    "REVOKED_KEY",
    "DriftKind",
    "Emulator",
    "EmulatorError",
    "Fragments",
    "Life",
    "OperationRequest",
    "Planned",
    "RateLimit",
    "RecordedRequest",
    "Refusal",
    "Reply",
    "SeedError",
    "State",
    "StateOptions",
    "StreamEnd",
    "Streaming",
    "UploadedFile",
    "create_app",
]

_HOMES = {
    "_app": ("create_app",),
    "_base": ("StateOptions",),
    "_completions": ("Life",),
    "_content": ("UploadedFile",),
    "_errors": ("EmulatorError", "SeedError"),
    "_limits": ("RateLimit",),
    "_plans": ("DriftKind",),
    "_recorded": ("RecordedRequest",),
    "_replies": ("Planned", "Refusal", "Reply"),
    "_responses": ("OperationRequest",),
    "_server": ("Emulator",),
    "_state": ("State",),
    "_streaming": ("Fragments", "StreamEnd", "Streaming"),
    "_teams": ("MAIN_KEY", "NO_SCOPE_KEY", "OTHER_TEAM_KEY", "REVOKED_KEY"),
}
_EXTRA = {"jsonschema", "python_multipart", "referencing", "starlette", "uvicorn"}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that what is not installed is told in words that help."""
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        value = getattr(importlib.import_module(f".{_HOME_OF[name]}", __name__), name)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in _EXTRA:
            raise
        raise ModuleNotFoundError(
            f"aurous.emulator needs {package}, which is not installed: pip install 'aurous[emulator]'", name=package
        ) from None
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
