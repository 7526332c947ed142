"""`aurous completions`: stored completions."""

from __future__ import annotations

from argparse import Namespace
from datetime import datetime

from aurous import Aurous, AurousError, ChatCompletion
from aurous.chat.receipt import Receipt, receipt_of
from aurous.cli.exits import Exit
from aurous.cli.terminal import Terminal, said


def retrieve(options: Namespace, terminal: Terminal) -> Exit:
    """Show a completion."""
    with Aurous() as client:
        show(client.chat.completions.retrieve(options.id), terminal)
    return Exit.OK


def wait(options: Namespace, terminal: Terminal) -> Exit:
    """Wait until a completion is at its end, and show it."""
    with Aurous() as client:
        completion = client.chat.completions.wait(
            options.id, timeout=options.timeout, on_poll=lambda seen: _tell(seen, terminal)
        )
        show(completion, terminal)
    return Exit.NO if completion.is_failed or completion.is_cancelled else Exit.OK


def _tell(seen: ChatCompletion, terminal: Terminal) -> None:
    if not seen.is_terminal and not terminal.as_json:
        terminal.say(f"{said(seen.status) or 'of unknown status'} ...")


def cancel(options: Namespace, terminal: Terminal) -> Exit:
    """Cancel a completion, and show it."""
    with Aurous() as client:
        show(client.chat.completions.cancel(options.id), terminal)
    return Exit.OK


def show(completion: ChatCompletion, terminal: Terminal) -> None:
    """Show a completion: what it is, what it says, what it cost."""
    if terminal.as_json:
        return terminal.document(completion.to_dict())
    terminal.facts(
        [
            ("completion", said(completion.id)),
            ("status", said(completion.status)),
            ("error", _problem(completion)),
            ("model", said(completion.model)),
            ("created", _created(completion)),
            ("request id", completion.meta.request_id or ""),
        ]
    )
    _show_text(completion, terminal)
    receipt = receipt_of(completion.usage)
    if receipt is not None:
        terminal.print()
        _show_receipt(receipt, terminal)
    return None


def _created(completion: ChatCompletion) -> str:
    try:
        created: datetime = completion.created_at
    except AurousError:
        return ""
    return f"{created:%Y-%m-%d %H:%M:%S} UTC"


def _problem(completion: ChatCompletion) -> str:
    parts = (said(getattr(completion.error, name, None)) for name in ("code", "message"))
    return ": ".join(part for part in parts if part)


def _show_text(completion: ChatCompletion, terminal: Terminal) -> None:
    try:
        text = completion.text
    except AurousError as error:
        return terminal.refuse(error)
    if text:
        terminal.print()
        terminal.write(text.rstrip("\n") + "\n")
    for call in completion.tool_calls:
        function = getattr(call, "function", None)
        name, arguments = (said(getattr(function, each, None)) for each in ("name", "arguments"))
        terminal.print()
        terminal.print(f"calls {name}({arguments})")
    return None


def _show_receipt(receipt: Receipt, terminal: Terminal) -> None:
    rows = [[line.name, said(line.tokens), f"{line.credits:f}"] for line in receipt.lines]
    rows.append(["charged", "", f"{receipt.credits:f}"])
    terminal.table("", "tokens", "credits", rows=rows, right="tokens credits", total=True)
