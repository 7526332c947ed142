"""`aurous doctor`."""

from __future__ import annotations

from argparse import Namespace

from aurous.cli.exits import Exit
from aurous.cli.terminal import Terminal
from aurous.diagnosis.examination import diagnose
from aurous.diagnosis.report import Check


def run(options: Namespace, terminal: Terminal) -> Exit:
    """Look at what stands between this machine and the API."""

    def show(check: Check) -> None:
        if not terminal.as_json:
            terminal.check(check.state, check.name, check.found, check.to_do)

    diagnosis = diagnose(timeout=options.timeout, on_check=show)
    if terminal.as_json:
        terminal.document(diagnosis.as_dict())
    else:
        count = len(diagnosis.failed)
        terminal.print()
        terminal.print(
            "All is well." if diagnosis.is_well else f"{count} check{'s' * (count > 1)} failed.",
            "bold green" if diagnosis.is_well else "bold red",
        )
        terminal.print()
        terminal.print("For a support ticket (it holds no key and no password):")
        terminal.paste(str(diagnosis))
    return Exit.OK if diagnosis.is_well else Exit.NO
