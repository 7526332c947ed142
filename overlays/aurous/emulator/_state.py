"""Everything that the emulator knows, and can be told."""

from typing import Any, Literal, Unpack

from ._base import StateOptions
from ._contract import Operation
from ._errors import EmulatorError
from ._stateful import STATEFUL
from ._store import Store


class State(Store):
    """Everything that the emulator knows. Methods may be called from any thread."""

    def __init__(self, **options: Unpack[StateOptions]) -> None:
        """Start with what comes preloaded; see `StateOptions` for the arguments.

        Raises:
            SeedError: The seed file cannot be used.
            EmulatorError: Another argument cannot be used.
        """
        super().__init__(options)

    def operations(self) -> dict[str, Literal["state", "examples"]]:
        """Each operation of the contract, as a caller writes it (`images.list`), and what its responses come from.

        `state`: it remembers what was done. `examples`: it gives the examples of the contract.
        """
        return {name: "state" if name in STATEFUL else "examples" for name in self.contract.operations}

    def _body_for(self, id: str | None, operation: Operation | None) -> tuple[str, Any]:
        if operation is None or operation.name in STATEFUL:
            if id is None:
                return "", None
            if id not in self.completions:
                raise EmulatorError(f"no completion has the id {id!r}: add it first, or say which operation it is of")
            return id, self.completions[id].body
        example = next(iter(operation.examples.values()), None)
        return f"what {operation.name} responds", None if example is None else example.value
