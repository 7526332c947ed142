"""What a test plans the model to say."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from ._base import Base
from ._checks import check_seconds
from ._errors import EmulatorError, ErrorResponse, RefusalError
from ._json import Body
from ._plans import Plan, next_of
from ._replies import Planned, Refusal, Reply, default_reply, reply_of
from ._streaming import AS_USUAL, Streaming

CREATE: Final = "chat.completions.create"

ReplyMaker: TypeAlias = Callable[[Body], Planned]
"""Makes what the model says from the body of the request."""


@dataclass(slots=True, eq=False, kw_only=True)
class Script(Plan):
    """What the model says to requests of a kind, so many times."""

    reply: Reply | Refusal | None = None
    """None for the default one."""
    make: ReplyMaker | None = None
    """Makes the reply."""
    when: Callable[[Body], bool] | None = None
    after: float = 0
    streaming: Streaming = AS_USUAL

    @property
    def _what(self) -> str:
        if isinstance(self.reply, Refusal):
            return f"the refusal {self.reply.code or self.reply.status}"
        return f"the reply {self.reply.text!r:.80}" if self.reply and self.reply.text else "a reply"


UNPLANNED: Final = Script()


class Scripting(Base):
    """What was planned, and how to plan it."""

    def _reset_scripts(self) -> None:
        self._scripts: list[Script] = []

    def answers(
        self,
        *replies: Planned | ReplyMaker,
        when: Callable[[Body], bool] | None = None,
        streaming: Streaming = AS_USUAL,
        after: float = 0,
        times: int | None = 1,
    ) -> None:
        """Say what the model answers to the next requests for a completion, one reply a request.

        Replies that are planned for a number of times go first, in the order they were planned. Of those planned for
        all times, the last one stands. Without any, the model says which question it heard; calls the tool that it has
        to call; and gives the smallest JSON that fits where JSON is asked for.

        Args:
            *replies: What it says, request by request: a text; a message, `{"content": ..., "tool_calls": [...]}`; a
                list of tool calls, each `{"name": ..., "arguments": {...}}`; a `Reply`, such as `Reply(json=value)` for
                structured output; a `Refusal` for an error; or a function that gets the body of the request and gives
                one of these. Without any, the default reply.
            when: Only requests for which this is true; it gets the body of the request.
            streaming: How they are streamed, where the request asks for a stream.
            after: Seconds by the clock of the emulator before anything comes, the headers included.
            times: How many requests get each reply; None for all of them.

        Raises:
            EmulatorError: A reply is nothing that a model can say, its code is not documented, or an argument is out of
                its range.
        """
        check_seconds("after", after)
        given: Any = streaming
        if not isinstance(given, Streaming):
            raise EmulatorError(f"streaming={given!r:.80} does not say how: give a Streaming")
        self.error_of(streaming.error)
        if when is not None and not callable(when):
            raise EmulatorError(f"when={when!r:.80} is no function: give one that gets the body of the request")
        scripts = [
            Script(times=times, when=when, after=after, streaming=streaming, **planned)
            for planned in [self._planned(reply) for reply in replies] or [{}]
        ]
        with self.lock:
            self._scripts += scripts

    def _planned(self, reply: Any) -> dict[str, Any]:
        if callable(reply) and not isinstance(reply, type):
            return {"make": reply}
        planned = reply_of(reply)
        if isinstance(planned, Refusal):
            self.error_of(planned)
        return {"reply": planned}

    # --- What the app asks ---

    def scripted(self, body: Body) -> Script:
        """Use up a script that is planned for this request, if there is one."""
        with self._told("The function given as when="):
            concerned = [script for script in self._scripts if script.when is None or script.when(copy.deepcopy(body))]
        return next_of(concerned, self._scripts) or UNPLANNED

    def said(self, script: Script, body: Body) -> Reply:
        """What the model says by this script.

        Raises:
            RefusalError: It is an error.
        """
        reply = script.reply
        if script.make is not None:
            with self._told("The function given as a reply"):
                reply = reply_of(script.make(copy.deepcopy(body)))
        if isinstance(reply, Refusal):
            raise RefusalError(self.error_of(reply))
        return reply or default_reply(body)

    def error_of(self, refusal: Refusal) -> ErrorResponse:
        """The error that is meant.

        Raises:
            EmulatorError: There is no such error.
        """
        return self.contract.catalogue.chosen(
            refusal.code,
            refusal.status,
            usual=self.contract.operation(CREATE).usual,
            message=refusal.message,
            param=refusal.param,
            retry_after=refusal.retry_after,
        )
