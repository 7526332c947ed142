"""`aurous chat`: one answer, or a conversation."""

from __future__ import annotations

import sys
from argparse import Namespace
from contextlib import suppress
from importlib import import_module
from itertools import groupby
from typing import Any

from aurous import Aurous, AurousError, ChatCompletion, ChatStream, ConfigurationError
from aurous.chat.receipt import Receipt, receipt_of, total
from aurous.cli.exits import Exit
from aurous.cli.terminal import Terminal, said

_PROMPT = "> "


def run(options: Namespace, terminal: Terminal) -> Exit:
    """Ask a model, and print its answer as it is written."""
    if not options.model:
        raise ConfigurationError("which model? Pass -m MODEL; `aurous models` lists them")
    with Aurous() as client:
        chat = _Chat(client, options, terminal)
        if not options.question and terminal.is_interactive and not terminal.as_json:
            return _converse(chat, terminal)
        return chat.ask(_question(options.question))


def _question(words: list[str]) -> str:
    """What is asked; standard input stands in for `-`, and for nothing at all."""
    parts = groupby(words or ["-"], lambda word: word == "-")
    question = "\n\n".join(_standard_input() if is_read else " ".join(part) for is_read, part in parts)
    if not question.strip():
        raise ConfigurationError('there is no question: aurous chat -m MODEL "Capital of Japan?"')
    return question


def _standard_input() -> str:
    if sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison]  # of a process without one
        return ""
    try:
        return sys.stdin.buffer.read().decode() if hasattr(sys.stdin, "buffer") else sys.stdin.read()
    except UnicodeDecodeError:
        raise ConfigurationError("standard input is not UTF-8: convert it first, with iconv for example") from None
    except OSError as error:
        raise ConfigurationError(f"standard input cannot be read: {error.strerror or error}") from None


def _converse(chat: _Chat, terminal: Terminal) -> Exit:
    """Question and answer in turns, until Ctrl-D."""
    with suppress(ImportError):
        import_module("readline")  # from here on lines can be edited

    terminal.say(f"{chat.model}. Ctrl-C cancels an answer, Ctrl-D ends the conversation.")
    while True:
        try:
            question = input(_PROMPT).strip()
        except KeyboardInterrupt:
            terminal.say("\nCtrl-D ends the conversation.")
            continue
        except (EOFError, UnicodeDecodeError):
            break
        if not question:
            continue
        try:
            chat.ask(question)
        except AurousError as error:
            terminal.refuse(error)
        except KeyboardInterrupt:
            terminal.say("\ncancelled")
        terminal.print()
    terminal.print()
    if len(chat.receipts) > 1:
        terminal.say(f"in all: {_cost(total(chat.receipts))}")
    return Exit.OK


class _Chat:
    """A conversation so far."""

    def __init__(self, client: Aurous, options: Namespace, terminal: Terminal) -> None:
        self._client = client
        self._terminal = terminal
        self._parameters: dict[str, Any] = {
            name: getattr(options, name) for name in ("max_tokens", "temperature") if getattr(options, name) is not None
        }
        self._messages: list[Any] = [{"role": "system", "content": options.system}] if options.system else []
        self.model: str = options.model
        self.receipts: list[Receipt] = []
        self._is_within_line = False

    def ask(self, question: str) -> Exit:
        """Ask, and print the answer. What was asked and answered is remembered, where there was an answer."""
        messages = [*self._messages, {"role": "user", "content": question}]
        stream: ChatStream = self._client.chat.completions.stream(
            model=self.model, messages=messages, **self._parameters
        )
        try:
            with stream:
                completion, was_interrupted = self._answer(stream)
        finally:
            self._end_line()
        if _has_text(completion):
            self._messages = [*messages, completion]
        self._tell(completion)
        if was_interrupted:
            return Exit.INTERRUPTED
        return Exit.NO if completion.is_failed or completion.is_cancelled else Exit.OK

    def _answer(self, stream: ChatStream) -> tuple[ChatCompletion, bool]:
        """Print the answer as it comes. Returns it, and whether it was cut short by Ctrl-C."""
        try:
            self._print(stream)
            return stream.get_final_completion(), False
        except KeyboardInterrupt:
            self._end_line()
            self._terminal.say("cancelling ... (Ctrl-C again does not wait for what it cost)")
            return self._cancelled(stream), True

    def _cancelled(self, stream: ChatStream) -> ChatCompletion:
        try:
            return stream.cancel()
        except AurousError as error:
            self._terminal.refuse(error)
            raise KeyboardInterrupt from None

    def _print(self, stream: ChatStream) -> None:
        for event in stream:
            if self._terminal.as_json:
                self._terminal.json_line(event.as_dict())
            elif event.type == "text_delta":
                self._terminal.write(event.text)
                self._is_within_line = not event.text.endswith("\n")

    def _end_line(self) -> None:
        if self._is_within_line:
            self._is_within_line = False
            self._terminal.write("\n")

    def _tell(self, completion: ChatCompletion) -> None:
        """What became of it, and what it cost."""
        receipt = receipt_of(completion.usage)
        if receipt is not None:
            self.receipts.append(receipt)
        if self._terminal.as_json:
            told = None if receipt is None else receipt.as_dict()
            self._terminal.json_line({"type": "completion", "completion": completion.to_dict(), "receipt": told})
            return
        status = "" if completion.is_completed else said(completion.status)
        parts = (status, _cost(receipt) if receipt else "", said(completion.id))
        self._terminal.say(", ".join(part for part in parts if part))


def _has_text(completion: ChatCompletion) -> bool:
    try:
        return bool(completion.text)
    except AurousError:
        return False


def _cost(receipt: Receipt) -> str:
    tokens = ", ".join(f"{said(line.tokens)} {line.name}" for line in receipt.lines if line.tokens is not None)
    return f"{receipt.credits:f} credits" + (f" ({tokens} tokens)" if tokens else "")
