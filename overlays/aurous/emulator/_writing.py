"""A completion while a model writes it: what there is of it so far, and what it costs."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from ._completions import End
from ._errors import ErrorResponse
from ._json import Body
from ._ledger import Entry, on_the_wire, rounded
from ._models import Model
from ._replies import Reply
from ._teams import Team
from ._tokens import tokens_of, tokens_of_calls

_PRICING: Final = "chat_pricing"
_PRICING_VERSION: Final = 7  # Of the contract's examples; chat rates are not frozen by version.
_ESTIMATED: Final = Decimal("1.10")


def hold_for(model: Model, prompt_tokens: int, most: int) -> Decimal:
    """What is held before a model begins: for the input, with a margin, and for all output that it may write."""
    # The published formula leaves out that the input is multiplied by its rate.
    read = prompt_tokens * _ESTIMATED * model.rate(_PRICING, "input")
    return read + most * model.rate(_PRICING, "output")


@dataclass(slots=True, eq=False)
class Writing:
    """A completion that a model writes."""

    id: str
    created: int
    model: Model
    prompt_tokens: int
    team: Team
    entry: Entry
    text: str | None = None
    tool_calls: list[Body] = field(default_factory=list[Body])
    reasoning_tokens: int = 0

    def body(self, status: str = "in_progress", finish_reason: str | None = None) -> Body:
        """The completion as it is retrieved."""
        message: Body = {"role": "assistant", "content": self.text}
        if self.tool_calls:
            message["tool_calls"] = self.tool_calls
        choice: Body = {"index": 0, "message": message}
        if finish_reason is not None:
            choice["finish_reason"] = finish_reason
        return {
            "id": self.id,
            "object": "chat.completion",
            "created": self.created,
            "model": self.model.id,
            "choices": [choice],
            "usage": self.usage(),
            "status": status,
        }

    def usage(self) -> Body:
        """What it used so far; nothing is charged before it ends."""
        is_charged = self.entry.charged > 0
        read, written, thought = (rounded(part) if is_charged else Decimal(0) for part in self._cost())
        usage: Body = {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self._written,
            "total_tokens": self.prompt_tokens + self._written + self.reasoning_tokens,
            "credits_charged": on_the_wire(self.entry.charged),
            "breakdown": {
                "input_credits": on_the_wire(read),
                "output_credits": on_the_wire(written),
                "model": self.model.id,
                "pricing_version": _PRICING_VERSION,
            },
        }
        if self.reasoning_tokens:
            usage["reasoning_tokens"] = self.reasoning_tokens
            usage["breakdown"]["reasoning_credits"] = on_the_wire(thought)
        return usage

    def write(self, reply: Reply) -> None:
        """Let all of a reply be written."""
        self.text, self.tool_calls = reply.text, [dict(call) for call in reply.tool_calls]
        self.reasoning_tokens = reply.reasoning_tokens

    def add(self, delta: Body) -> None:
        """Let what a chunk brings be written."""
        if "content" in delta:
            self.text = (self.text or "") + delta["content"]
        for piece in delta.get("tool_calls", ()):
            function = piece["function"]
            if "name" in function:
                self.tool_calls.append({"id": piece["id"], "type": "function", "function": dict(function)})
            else:
                self.tool_calls[-1]["function"]["arguments"] += function["arguments"]

    def end(
        self,
        status: End,
        finish_reason: str | None,
        at: float,
        recorded_as: str | None = None,
        error: ErrorResponse | None = None,
    ) -> Body:
        """Charge what was read and written, and return the completion as it is from now on.

        Args:
            status: The status that it ends with.
            finish_reason: Why the model stopped.
            at: When that is.
            recorded_as: The status of the usage event, where the platform has a word of its own for it.
            error: Why it failed. Then nothing is charged.
        """
        self.team.tokens.drain(self._written + self.reasoning_tokens, at)
        self.team.ledger.settle(
            self.entry,
            Decimal(0) if error else rounded(sum(self._cost(), Decimal(0))),
            at=at,
            status=recorded_as or status,
            input_tokens=self.prompt_tokens,
            output_tokens=self._written + self.reasoning_tokens,
        )
        body = self.body(status, finish_reason)
        if error is not None:
            body["error"] = {"code": error.code, "type": error.type, "message": error.message}
        return body

    @property
    def _written(self) -> int:
        return tokens_of(self.text or "") + tokens_of_calls(self.tool_calls)

    def _cost(self) -> tuple[Decimal, Decimal, Decimal]:
        """Credits for what was read, written and thought; thinking costs what writing does."""
        read, written = self.model.rate(_PRICING, "input"), self.model.rate(_PRICING, "output")
        return self.prompt_tokens * read, self._written * written, self.reasoning_tokens * written
