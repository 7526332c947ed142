"""From the data of events to a completion, without I/O.

A stream is whole when a `finish_reason` came. Sources of the wire: API_FACTS 1.7 and 4.1 (18). The form of the pieces
of a tool call is not documented; they are taken as OpenAI sends them, and as servers are known to leave that.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from aurous._engine.strict_json import InvalidJSONError, as_list, as_object, loads_text
from aurous._secret import shown
from aurous._text import json_kind, one_line
from aurous.chat.events import Finished, Notice, StreamEvent, TextDelta, ToolCallDelta
from aurous_api.types import UNSET, Deviation, Problem

DONE: Final = "[DONE]"
_MOST_NOTICES: Final = 100
_STATUS: Final = {None: "in_progress", "cancelled": "cancelled"}


class UnusableEventError(ValueError):
    """What came is no piece of this completion; the text says why."""


class ErrorFrameError(Exception):
    """The server sent an error amid the stream."""

    def __init__(self, body: dict[str, Any]) -> None:
        super().__init__()
        self.body = body


class Assembly:
    """A completion that grows.

    Args:
        most: Most characters of all events together.
    """

    def __init__(self, most: int) -> None:
        self._left = self._most = most
        self._known: dict[str, Any] = {}
        self._role: str | None = None
        self._text: list[str] = []
        self._half = ""
        self._has_text = False
        self._calls: list[_PartialCall] = []
        self._by_index: dict[int, _PartialCall] = {}
        self._by_id: dict[str | None, _PartialCall] = {}
        self.finish_reason: str | None = None
        self.is_over: bool = False
        """Whether the server said that nothing follows."""
        self.notices: list[Notice] = []
        self.drift: list[Deviation] = []

    @property
    def id(self) -> str | None:
        """The id of the completion, once it is known."""
        return self._known.get("id")

    @property
    def usage_known(self) -> bool:
        """Whether the server has told what the completion used."""
        return "usage" in self._known

    @property
    def text(self) -> str:
        """The text so far."""
        return "".join(self._text)

    def feed(self, data: str) -> list[StreamEvent]:
        """Take the data of one event.

        Raises:
            UnusableEventError: It is not JSON, or does not belong to this completion.
            ErrorFrameError: It tells of an error.
        """
        self._left -= len(data)
        if self._left < 0:
            raise UnusableEventError(f"more than max_response_bytes={self._most}")
        if data.strip() == DONE:
            self.is_over = True
            return []
        try:
            value = loads_text(data)
        except InvalidJSONError as error:
            raise UnusableEventError(f"an event that is not JSON: {error}") from None
        chunk = as_object(value)
        if chunk is None:
            raise UnusableEventError(f"an event that is no object but {json_kind(value)}")
        told = chunk.get("error")
        # Servers are known to send one within a chunk, too.
        if as_object(told) is not None or (isinstance(told, str) and "choices" not in chunk):
            raise ErrorFrameError(chunk)
        return self.add(chunk)

    def add(self, chunk: dict[str, Any]) -> list[StreamEvent]:
        """Take an event, parsed.

        Raises:
            UnusableEventError: It does not belong to this completion.
        """
        choices = chunk.get("choices")
        if choices is None:
            return self._aside(chunk)
        self._learn(chunk)
        items = as_list(choices)
        if items is None:
            raise UnusableEventError(f"a chunk whose choices are no list but {json_kind(choices)}")
        events: list[StreamEvent] = []
        for item in items:
            choice = as_object(item)
            if choice is None or (choice.get("index") or 0) != 0:
                self._note("/choices", "unknown_value", "one choice, with the index 0", item)
            elif self.finish_reason is None:
                events += self._choice(choice, chunk)
            elif choice.get("delta"):
                self._note("/choices/0/delta", "unknown_value", "nothing behind the finish_reason", choice["delta"])
        return events

    def _aside(self, frame: dict[str, Any]) -> list[StreamEvent]:
        """A frame that is no chunk."""
        notice = Notice(data=frame)
        if len(self.notices) < _MOST_NOTICES:
            self.notices.append(notice)
        return [notice]

    def _learn(self, chunk: dict[str, Any]) -> None:
        """Take what a chunk says of the whole completion."""
        known = self._known
        for name in ("id", "created", "model", "usage"):
            value = chunk.get(name)
            if value is None:
                continue
            if name not in known or name == "usage":
                if name != "id" or isinstance(value, str):
                    known[name] = value
                else:
                    self._note("/id", "type", "a string", value)
            elif name == "id" and value != known["id"]:
                ids = (one_line(shown(str(one)), 80) for one in (value, known["id"]))
                raise UnusableEventError("a chunk of another completion: {!r} in place of {!r}".format(*ids))

    def _choice(self, choice: dict[str, Any], chunk: dict[str, Any]) -> Iterator[StreamEvent]:
        delta = as_object(choice.get("delta") or {})
        if delta is None:
            self._note("/choices/0/delta", "type", "an object", choice["delta"])
            delta = {}
        content = delta.get("content")
        if isinstance(content, str):
            self._has_text = True
            content = self._characters(content)
            if content:
                self._text.append(content)
                yield TextDelta(content, data=chunk)
        elif content is not None:
            self._note("/choices/0/delta/content", "type", "a string or null", content)
        if self._role is None and isinstance(delta.get("role"), str):
            self._role = delta["role"]
        if calls := delta.get("tool_calls"):
            yield from self._tool_calls(calls, chunk)
        reason = choice.get("finish_reason")
        if isinstance(reason, str) and reason:
            if self._half:
                self._note("/choices/0/delta/content", "unknown_value", "whole characters", self._half)
            self.finish_reason = reason
            yield Finished(reason, data=chunk)
        elif reason is not None:
            self._note("/choices/0/finish_reason", "unknown_value", "a word or null", reason)

    def _characters(self, content: str) -> str:
        """What goes on in whole characters: a server that counts in UTF-16 may cut one in two, in JSON's escapes."""
        if self._half:
            content = _joined(self._half + content)
        self._half = content[-1:] if "\ud800" <= content[-1:] <= "\udbff" else ""
        return content[:-1] if self._half else content

    # --- Tool calls ---

    def _tool_calls(self, pieces: Any, chunk: dict[str, Any]) -> Iterator[StreamEvent]:
        items = as_list(pieces)
        for item in [pieces] if items is None else items:
            piece = as_object(item)
            if piece is None:
                self._note("/choices/0/delta/tool_calls", "type", "a list of objects", item)
                continue
            call = self._call_of(piece)
            arguments = call.add(piece)
            self._by_id[call.id] = call
            yield ToolCallDelta(call.place, call.id, call.name, arguments, data=chunk)

    def _call_of(self, piece: dict[str, Any]) -> _PartialCall:
        """The call that a piece belongs to: by its index, by its id, or else the last one."""
        index, id = piece.get("index"), _text(piece.get("id"))
        call = self._by_index.get(index) if isinstance(index, int) else None
        if call is None and not isinstance(index, int):
            call = self._by_id.get(id) if id is not None else self._calls[-1] if self._calls else None
        # Servers are known to send several calls with one index: another id with another name is another call.
        if call is None or (id is not None and call.id not in (None, id) and _function(piece).get("name")):
            call = _PartialCall(len(self._calls))
            self._calls.append(call)
        if isinstance(index, int):
            self._by_index[index] = call
        return call

    # --- What has come ---

    def _note(self, pointer: str, problem: Problem, expected: str, found: object = UNSET) -> None:
        if len(self.drift) < _MOST_NOTICES:
            self.drift.append(Deviation(pointer, problem, expected, found))

    def as_dict(self) -> dict[str, Any]:
        """The completion as a response has it, as far as it has come."""
        message: dict[str, Any] = {"role": self._role or "assistant", "content": self.text if self._has_text else None}
        if self._calls:
            message["tool_calls"] = [call.as_dict() for call in self._calls]
        choice: dict[str, Any] = {"index": 0, "message": message}
        if self.finish_reason is not None:
            choice["finish_reason"] = self.finish_reason
        status = _STATUS.get(self.finish_reason, "completed")
        return {"object": "chat.completion", **self._known, "choices": [choice], "status": status}


class _PartialCall:
    """A tool call that grows."""

    def __init__(self, place: int) -> None:
        self.place = place
        self.id: str | None = None
        self.name: str | None = None
        self._type = "function"
        self._arguments: list[str] = []

    def add(self, piece: dict[str, Any]) -> str:
        """Take a piece. Returns what it adds to the arguments."""
        function = _function(piece)
        self.id = self.id or _text(piece.get("id"))
        self.name = self.name or _text(function.get("name"))
        self._type = _text(piece.get("type")) or self._type
        arguments = _text(function.get("arguments")) or ""
        self._arguments.append(arguments)
        return arguments

    def as_dict(self) -> dict[str, Any]:
        function = {"name": self.name, "arguments": _joined("".join(self._arguments))}
        return {"id": self.id, "type": self._type, "function": function}


def _function(piece: dict[str, Any]) -> dict[str, Any]:
    return as_object(piece.get("function")) or {}


def _joined(text: str) -> str:
    """The text with one character in place of the two halves of one."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
