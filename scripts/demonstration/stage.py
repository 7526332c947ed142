"""The terminal of the demo: code that is shown and then run, text as it comes, tables."""

import re
from collections.abc import Iterable, Sequence
from textwrap import shorten
from typing import Any

from rich.box import HORIZONTALS
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from aurous import APIResponseError, AurousError, ChatCompletion, WaitTimeoutError, __version__
from openapi.document import printable

INDENT = 4
LONGEST_LINE = 76
_LONGEST_TEXT = 400
_LACKS = (APIResponseError, WaitTimeoutError)
_GOES_ON = (" ", ")", "]", "except", "else", "class")


class DemoError(Exception):
    """The demo cannot be shown. The message says why, and what to do."""


class Stage:
    """The terminal, and what the code that was shown on it has made so far."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.names: dict[str, Any] = {"__name__": "__main__", "print": self.print}
        """What the shown code calls its things."""
        self._steps = 0
        self._column = 0

    @property
    def completion(self) -> ChatCompletion:
        """What the shown code calls `completion`."""
        completion: ChatCompletion = self.names["completion"]
        return completion

    def close(self) -> None:
        """Close the connections of the client."""
        if "client" in self.names:
            self.names["client"].close()

    def welcome(self, *said: str) -> None:
        """Say what is to be seen, and make the client."""
        self.console.print(Text(f"aurous {__version__}, the Python SDK of the Aurous Labs API, at work", style="bold"))
        self.console.print()
        for line in said:
            self.print(line)
        self.run("from aurous import Aurous\nclient = Aurous()\nprint(client)")

    def step(self, title: str) -> None:
        """Begin a step."""
        self._steps += 1
        self.console.print()
        self.console.rule(Text(f"{self._steps}. {title}", style="bold"), align="left", style="dim")

    def run(self, code: str) -> None:
        """Show code as a user would type it, and run it."""
        self.console.print()
        for number, line in enumerate(code.splitlines()):
            prompt = "... " if number and line.startswith(_GOES_ON) else ">>> "
            self.console.print(Text.assemble((prompt, "dim"), (line, "cyan")))
        try:
            exec(compile(code, "<demo>", "exec"), self.names)  # noqa: S102  # nothing runs but what was shown
        finally:
            self._end_line()

    def attempt(self, code: str, *stopped_by: type[AurousError]) -> bool:
        """The same for code that an error may stop. Then the error is shown, and False comes back.

        Args:
            code: The code.
            stopped_by: What it may be stopped by; by default by a lack in the response.
        """
        try:
            self.run(code)
        except AurousError as error:
            if not isinstance(error, stopped_by or _LACKS):
                raise
            self.print(type(error).__name__, error, style="red")
            return False
        return True

    def print(self, *values: object, end: str = "\n", flush: bool = False, style: str = "") -> None:
        """What the shown code prints, and what there is to say besides; some of it is the server's text."""
        said = " ".join(map(str, values))
        if not end:
            self._write(said)
            self.console.file.flush()
            return
        self._end_line()
        text = shorten(printable(said), _LONGEST_TEXT)
        self.console.print(Padding(Text(text, style=style), (0, 0, 0, INDENT), expand=False))
        if flush:
            self.console.file.flush()

    def _write(self, piece: str) -> None:
        """A piece of a line that goes on, broken where it is long."""
        for word in filter(None, re.split(r"(\s)", piece)):
            if word.isspace() and (word == "\n" or self._column > LONGEST_LINE - 12):
                self._end_line()
                continue
            text = " " * (0 if self._column else INDENT) + printable(word)
            self.console.print(Text(text), end="", soft_wrap=True)
            self._column += len(text)

    def _end_line(self) -> None:
        if self._column:
            self.console.print()
        self._column = 0

    def table(self, *columns: str, rows: Iterable[Sequence[object]], right: str = "", total: bool = False) -> None:
        """Show a table.

        Args:
            columns: The heads of the columns.
            rows: What stands in them.
            right: The columns that are set to the right.
            total: Whether there is a line above the last row.
        """
        table = Table(box=HORIZONTALS, show_edge=False, pad_edge=False, header_style="dim")
        for column in columns:
            table.add_column(column, justify="right" if column in right.split() else "left", overflow="fold")
        texts = [[Text(printable(str(value))) for value in row] for row in rows]
        for number, row in enumerate(texts, 2):
            table.add_row(*row, end_section=total and number == len(texts))
        self.console.print()
        self.console.print(Padding(table, (0, 0, 0, INDENT), expand=False))
