"""Streams of chat completions for tests: the frames of one, and what a client makes of them, whichever its kind."""

import json
from dataclasses import dataclass, field
from typing import Any

from aurous import AsyncAurous, Aurous, AurousError, ChatCompletion
from scripted import Caller, Reply

STREAM_ID = "cmp_01HXMQ7Z3K8Y2STREAMED"
MODEL = "aurous-grow-2.0-pro"
USAGE = {
    "prompt_tokens": 12,
    "completion_tokens": 24,
    "total_tokens": 36,
    "credits_charged": 0.0117,
    "breakdown": {"input_credits": 0.0009, "output_credits": 0.0108, "model": MODEL, "pricing_version": 7},
}
DONE = b"data: [DONE]\n\n"


def event(data: object) -> bytes:
    """An event with JSON, or with a text as it is."""
    return b"data: " + (data if isinstance(data, str) else json.dumps(data)).encode() + b"\n\n"


def chunk(delta: object = None, finish_reason: object = None, **members: Any) -> bytes:
    """An event with a chunk; a member that is None is left out."""
    choice = {"index": 0, "delta": {} if delta is None else delta, "finish_reason": finish_reason}
    whole = {
        "id": STREAM_ID,
        "object": "chat.completion.chunk",
        "created": 1731948000,
        "model": MODEL,
        "choices": [choice],
    }
    return event({name: value for name, value in {**whole, **members}.items() if value is not None})


def text(*pieces: str) -> list[bytes]:
    """The chunks of a text, the one for the role first."""
    return [chunk({"role": "assistant", "content": ""}), *(chunk({"content": piece}) for piece in pieces)]


LAST = chunk({}, "stop", usage=USAGE)
WHOLE = [*text("The capital ", "is Tokyo."), LAST, DONE]


def sends(*frames: bytes, media_type: str = "text/event-stream", status: int = 200) -> Reply:
    """A response that streams these frames."""
    pairs = (("Content-Type", media_type), ("Aurous-Request-Id", "req_streamed"))
    return Reply(status, b"".join(frames), pairs)


@dataclass
class Outcome:
    """What came of a stream."""

    events: list[Any] = field(default_factory=list)
    error: AurousError | None = None
    final: ChatCompletion | None = None
    stream: Any = None

    @property
    def texts(self) -> list[str]:
        return [each.text for each in self.events if each.type == "text_delta"]


def outcome(client: Aurous | AsyncAurous, **given: Any) -> Any:
    """Read a stream to its end; of an asynchronous client, to be awaited."""
    options: dict[str, Any] = {"model": MODEL, "messages": "Capital of Japan?", **given}
    return _async(client, options) if isinstance(client, AsyncAurous) else _sync(client, options)


def _sync(client: Aurous, options: dict[str, Any]) -> Outcome:
    found = Outcome()
    try:
        with client.chat.completions.stream(**options) as found.stream:
            for each in found.stream:
                found.events.append(each)
            found.final = found.stream.get_final_completion()
    except AurousError as error:
        found.error = error
    return found


async def _async(client: AsyncAurous, options: dict[str, Any]) -> Outcome:
    found = Outcome()
    try:
        async with client.chat.completions.stream(**options) as found.stream:
            async for each in found.stream:
                found.events.append(each)
            found.final = await found.stream.get_final_completion()
    except AurousError as error:
        found.error = error
    return found


def read(caller: Caller, **given: Any) -> Outcome:
    """What the caller's client makes of a stream."""
    found: Outcome = caller.run(lambda client: outcome(client, **given))
    return found
