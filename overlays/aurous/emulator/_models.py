"""The models that there are: those of the contract's first example, and those that a test adds."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from ._checks import check_json
from ._contract import Contract
from ._errors import EmulatorError
from ._json import Body, is_object, list_in, object_in

LIST: Final = "models.list"


@dataclass(frozen=True, slots=True)
class Model:
    """A model, as `GET /v1/models` shows it."""

    row: Body

    @property
    def id(self) -> str:
        """Its name."""
        return str(self.row["id"])

    @property
    def kind(self) -> str | None:
        """`chat` or `embedding`."""
        return self.row.get("kind") or self._metadata.get("kind")

    @property
    def context_window(self) -> int | None:
        """How many tokens the input may have; None where nothing is told."""
        return self._metadata.get("context_window")

    @property
    def hard_cap(self) -> int | None:
        """How many tokens the output may have; None where nothing is told."""
        return self._metadata.get("max_output_tokens_hard_cap", self._metadata.get("hard_max_tokens"))

    def can(self, capability: str) -> bool:
        """Whether it has this capability."""
        return capability in list_in(self._metadata.get("capabilities"))

    def rate(self, pricing: str, part: str) -> Decimal:
        """Credits for one token: `rate("chat_pricing", "input")`. 0 where nothing is told."""
        rate = object_in(object_in(self.row.get(pricing)).get(part))
        return Decimal(str(rate.get("credits_per_M", 0))) / 1_000_000

    @property
    def _metadata(self) -> Body:
        return object_in(self.row.get("aurous_metadata"))


def models_of(contract: Contract) -> dict[str, Model]:
    """The models of the contract, by their names."""
    operation = contract.operations.get(LIST)
    examples = () if operation is None else operation.examples.values()
    first = object_in(next((example.value for example in examples), None))
    return {model.id: model for model in map(Model, list_in(first.get("data")))}


def checked_model(row: Any) -> Model:
    """A model from a row of somebody's own.

    Raises:
        EmulatorError: It is none.
    """
    row = check_json(row)
    if not is_object(row) or not isinstance(row.get("id"), str):
        raise EmulatorError("a model is an object with an id: write it like a row of GET /v1/models")
    return Model(row)
