"""What is printed: for people with tables and colours, plain where nobody looks; for programs as JSON."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from aurous._errors import AurousError
from aurous._secret import shown
from aurous.diagnosis.words import in_a_shell

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""What a terminal may obey: a model or a server could write it. Line feed and tab stay."""
_WIDE: Final = 200
"""Columns where nobody looks: a log or a pipe has no width."""
_NARROW: Final = 40
"""Columns that there are at least; a terminal that says 0 has some."""
_MARKS: Final = {
    "ok": ("✓", "+", "green"),
    "warning": ("!", "!", "yellow"),
    "failed": ("✗", "x", "bold red"),
    "skipped": ("·", "-", "dim"),
}


class Terminal:
    """Standard output for what was asked for, standard error for what is said about it.

    Args:
        as_json: Whether a program reads it.
    """

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json
        self._out, self._about = _console(sys.stdout), _console(sys.stderr, stderr=True)

    @property
    def is_interactive(self) -> bool:
        """Whether somebody types and reads along."""
        return self._out.is_terminal and sys.stdin is not None and sys.stdin.isatty()  # pyright: ignore[reportUnnecessaryComparison]

    # --- For programs ---

    def document(self, data: Any) -> None:
        """The one JSON document that a command prints. In ASCII, which every pipe and every terminal carries whole."""
        self._write(json.dumps(data, indent=2) + "\n")

    def json_line(self, data: Any) -> None:
        """One of several JSON documents, on a line of its own."""
        self._write(json.dumps(data) + "\n")

    # --- For people ---

    def write(self, piece: str) -> None:
        """A piece of a text that goes on, as it is; but nothing that a terminal would obey."""
        self._write(safe(piece) if self._out.is_terminal else piece)

    def _write(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()

    def print(self, text: str = "", style: str = "") -> None:
        """A line, or several."""
        self._show(Text(safe(text), style=style))

    def _show(self, shown: RenderableType) -> None:
        """Something with a layout; without the blanks at the ends of its lines where nobody looks."""
        if self._out.is_terminal:
            self._out.print(shown)
            return
        with self._out.capture() as captured:
            self._out.print(shown)
        self._write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))

    def paste(self, text: str) -> None:
        """Lines that are to be copied: they are not broken."""
        self._out.print(Text(safe(text), style="dim"), soft_wrap=True)

    def say(self, text: str, style: str = "dim") -> None:
        """Something about what is printed."""
        self._about.print(Text(safe(shown(text)), style=style), soft_wrap=not self._about.is_terminal)

    def refuse(self, error: AurousError) -> None:
        """An error of the SDK."""
        message = in_a_shell(error.message)
        if self.as_json:
            self._about.file.write(json.dumps({**error.as_dict(), "message": message}) + "\n")
            return
        problem, to_do, advice = message.partition(". To do: ")
        self.say(f"error: {problem}", "red")
        if to_do:
            self.say(f"to do: {advice}", "yellow")

    def table(self, *columns: str, rows: Iterable[Sequence[str]], right: str = "", total: bool = False) -> None:
        """A table.

        Args:
            columns: The heads of the columns.
            rows: What stands in them.
            right: The columns that are set to the right.
            total: Whether the last row is one of sums.
        """
        table = Table(box=None, pad_edge=False, header_style="dim")
        for column in columns:
            table.add_column(column, justify="right" if column in right.split() else "left", overflow="fold")
        cells = [[Text(safe(cell)) for cell in row] for row in rows]
        for number, row in enumerate(cells, 1):
            table.add_row(*row, style="bold" if total and number == len(cells) else "")
        self._show(table)

    def facts(self, facts: Iterable[tuple[str, str]]) -> None:
        """Names and what they stand for, one a line; those without are left out."""
        grid = Table.grid(padding=(0, 2))
        grid.add_column(style="dim")
        grid.add_column(overflow="fold")
        for name, value in facts:
            if value:
                grid.add_row(name, Text(safe(value)))
        self._show(grid)

    def check(self, state: str, name: str, found: str, to_do: str) -> None:
        """One line of a diagnosis, and what to do about it below."""
        mark, plain, style = _MARKS[state]
        grid = Table.grid(padding=(0, 1))
        grid.add_column(no_wrap=True)
        grid.add_column(no_wrap=True)
        grid.add_column(overflow="fold")
        head, is_quiet = plain if self._out.options.ascii_only else mark, state == "skipped"
        grid.add_row(
            Text(head, style=style),
            Text(f"{name:<12}", style="dim" if is_quiet else "bold"),
            Text(safe(found), style="dim" if is_quiet else ""),
        )
        if to_do:
            grid.add_row("", "", Text(f"to do: {safe(to_do)}", style="yellow"))
        self._show(Padding(grid, (0, 0, 0, 1), expand=False))


def _console(file: Any, *, stderr: bool = False) -> Console:
    console = Console(file=file, stderr=stderr, markup=False, emoji=False, highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = _WIDE
    console.width = max(console.width, _NARROW)
    return console


def safe(text: str) -> str:
    """The text without what a terminal would obey."""
    return _CONTROL.sub("?", text)


def said(value: object) -> str:
    """A value of a response, as people read it; empty where it is none, or none that fits."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return f"{value:,}"
