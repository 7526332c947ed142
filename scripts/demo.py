"""Show the SDK at work on a terminal: against the emulator or, for one completion, against the API itself.

    python scripts/demo.py               the emulator, which this starts itself; takes about five seconds
    python scripts/demo.py --live cmp_…  the API itself, with AUROUS_API_KEY, for a completion of yours

The code that is shown is the code that runs.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from io import TextIOWrapper
from textwrap import shorten
from typing import Any

from rich.box import HORIZONTALS
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from aurous import APIResponseError, AurousError, ChatCompletion, RateLimit, WaitTimeoutError, __version__
from aurous.emulator import Emulator, Life
from openapi.document import printable

UNKNOWN_ID = "cmp_01HXMQ7Z3K8Y2NOWHERE"
INDENT = 4
_LONGEST_LINE = 76
_LONGEST_TEXT = 400


class DemoError(Exception):
    """The demo cannot be shown. The message says why, and what to do."""


class Stage:
    """The terminal, and what the code that was shown on it has made so far."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.names: dict[str, Any] = {"print": self.print}
        """What the shown code calls its things."""
        self._steps = 0

    @property
    def completion(self) -> ChatCompletion:
        """What the shown code calls `completion`."""
        completion: ChatCompletion = self.names["completion"]
        return completion

    def close(self) -> None:
        """Close the connections of the client."""
        if "client" in self.names:
            self.names["client"].close()

    def step(self, title: str) -> None:
        """Begin a step."""
        self._steps += 1
        self.console.print()
        self.console.rule(Text(f"{self._steps}. {title}", style="bold"), align="left", style="dim")

    def run(self, code: str) -> None:
        """Show code as a user would type it, and run it."""
        self.console.print()
        for number, line in enumerate(code.splitlines()):
            prompt = "... " if number and line.startswith((" ", ")", "except")) else ">>> "
            self.console.print(Text.assemble((prompt, "dim"), (line, "cyan")))
        exec(compile(code, "<demo>", "exec"), self.names)  # noqa: S102  # nothing runs but what was shown

    def attempt(self, code: str) -> bool:
        """The same for code that a lack in the response may stop. Then the error is shown, and False comes back."""
        try:
            self.run(code)
        except (APIResponseError, WaitTimeoutError) as error:
            self.print(type(error).__name__, error, style="red")
            return False
        return True

    def print(self, *values: object, style: str = "") -> None:
        """What the shown code prints, and what there is to say besides; some of it is the server's text."""
        text = shorten(printable(" ".join(map(str, values))), _LONGEST_TEXT)
        self.console.print(Padding(Text(text, style=style), (0, 0, 0, INDENT), expand=False))

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


def main(arguments: Sequence[str] | None = None) -> int:
    """Show the demo.

    Returns:
        0 if all of it could be shown, else 1.
    """
    parser = argparse.ArgumentParser(prog="demo.py", description="Show the SDK at work.")
    parser.add_argument("--live", metavar="ID", help="ask the API itself for this completion, with AUROUS_API_KEY")
    options = parser.parse_args(arguments)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a server may write what a terminal cannot show
    stage = Stage(Console(highlight=False, emoji=False, markup=False))
    try:
        if options.live is None:
            emulated(stage)
        else:
            live(stage, options.live)
    except (AurousError, DemoError) as error:
        stage.console.print(Text(f"\nerror: {printable(str(error))}", style="bold red"))
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        stage.close()
    return 0


def emulated(stage: Stage) -> None:
    """The whole tour, against an emulator of its own."""
    with Emulator() as emulator:
        os.environ.update(AUROUS_API_KEY=emulator.api_key, AUROUS_BASE_URL=emulator.base_url)
        os.environ.pop("AUROUS_API_VERSION", None)
        welcome(
            stage,
            "The responses come from the emulator of this repository, which does what the vendor's documentation says.",
            "It is not the vendor's server, and nothing leaves this machine.",
            "AUROUS_API_KEY and AUROUS_BASE_URL are set to it for the time of the demo.",
        )
        ids = emulator.ids
        retrieved(stage, "A completion, and what it cost", ids["completed"])
        drifted(stage, "The vendor's own sample body, and where it drifts", ids["vendor_sample"])
        waited(stage, "Waiting for a completion in progress", emulator.add(life=Life(2.2, starts="first_retrieve")))
        ended(stage, "Completions that did not end well", ids["failed"], ids["cancelled"])
        refused(stage)
        emulator.fail(status=429, retry_after=1)
        limited(stage, ids["completed"])
    stage.console.print()
    stage.console.rule(style="dim")
    stage.print("More: README.md, nox -l, python -m aurous.emulator --help")


def live(stage: Stage, id: str) -> None:
    """What of the tour one completion of the caller's gives, against the API itself."""
    if not os.environ.get("AUROUS_API_KEY"):
        raise DemoError("--live asks the API itself and needs a key of yours: set AUROUS_API_KEY")
    where = os.environ.get("AUROUS_BASE_URL", "the API itself")
    welcome(stage, f"The responses come from {where}, for the key in AUROUS_API_KEY.")
    retrieved(stage, "The completion, and what it cost", id)
    drifted(stage, "Where the response leaves the documentation", id)
    waited(stage, "Waiting until it is at an end", id)
    ended(stage, "How it ended", id)
    refused(stage)
    limited(stage, id)


def welcome(stage: Stage, *said: str) -> None:
    """Say what is to be seen, and make the client."""
    stage.console.print(Text(f"aurous {__version__}, the Python SDK of the Aurous Labs API, at work", style="bold"))
    stage.console.print()
    for line in said:
        stage.print(line)
    stage.run("from aurous import Aurous\nclient = Aurous()\nprint(client)")


def retrieve(id: str, name: str = "completion") -> str:
    """The code that retrieves a completion."""
    return _call(f"{name} = client.chat.completions.retrieve", json.dumps(id))


def _call(function: str, arguments: str) -> str:
    line = f"{function}({arguments})"
    return line if len(line) <= _LONGEST_LINE else f"{function}(\n    {arguments}\n)"


def retrieved(stage: Stage, title: str, id: str) -> None:
    """Retrieve a completion, and show it with its receipt."""
    stage.step(title)
    stage.run(retrieve(id))
    stage.attempt("print(completion.status, completion.created_at)\nprint(completion.text)")
    if not stage.attempt("completion.receipt"):
        return
    receipt = stage.completion.receipt
    rows: list[tuple[object, ...]] = [(line.name, line.tokens or "", line.credits) for line in receipt.lines]
    if not receipt.adds_up:
        rows.append(("not in the lines", "", receipt.difference))
    rows.append(("charged", "", receipt.credits))
    stage.table("item", "tokens", "credits", rows=rows, right="tokens credits", total=True)


def drifted(stage: Stage, title: str, id: str) -> None:
    """Retrieve a completion, and show where the response leaves the contract."""
    stage.step(title)
    stage.run(f"{retrieve(id)}\nprint(completion)")
    stage.run("completion.drift")
    completion = stage.completion
    if not completion.drift:
        stage.print("() - the response kept to what is documented")
        return
    rows = [
        (each.pointer, each.expected, "nothing" if each.problem == "missing" else shorten(repr(each.found), 30))
        for each in completion.drift
    ]
    stage.table("where", "documented", "found", rows=rows)
    if completion.tool_calls:
        stage.run("print(completion.tool_calls[0].name, completion.tool_calls[0].arguments)")


def waited(stage: Stage, title: str, id: str) -> None:
    """Wait for a completion, and show each poll as it comes."""
    stage.step(title)
    started = time.monotonic()

    def show(completion: ChatCompletion) -> None:
        stage.print(f"{time.monotonic() - started:5.1f} s  {completion.status}")

    stage.names["show"] = show
    with stage.console.status("waiting", spinner="line"):
        stage.attempt(_call("completion = client.chat.completions.wait", f"{json.dumps(id)}, timeout=60, on_poll=show"))
    stage.run("print(completion)")


def ended(stage: Stage, title: str, *ids: str) -> None:
    """Show how completions ended that did not end well, if they did not."""
    stage.step(title)
    stage.run("from aurous import CompletionError")
    for each in ids:
        stage.run(
            f"{retrieve(each)}\n"
            "print(completion.status, completion.text)\n"
            "try:\n"
            "    completion.raise_for_status()\n"
            "except CompletionError as error:\n"
            "    print(type(error).__name__, error)"
        )


def refused(stage: Stage) -> None:
    """Show an error of the API, with its advice."""
    stage.step("An error, and what to do about it")
    stage.run(
        "from aurous import AurousError\n"
        "try:\n"
        f"    client.chat.completions.retrieve({json.dumps(UNKNOWN_ID)})\n"
        "except AurousError as error:\n"
        "    print(type(error).__name__, error)\n"
        "    known = error.as_dict()"
    )
    shown = ("status_code", "type", "code", "retryable", "request_id", "doc_url")
    stage.table("error.as_dict()", "", rows=[(name, stage.names["known"][name]) for name in shown])


def limited(stage: Stage, id: str) -> None:
    """Show what a call went through, and what is left of the rate limits."""
    stage.step("Rate limits, obeyed and told")
    stage.run(f"{retrieve(id)}\ncompletion.meta.attempts")
    tries = enumerate(stage.completion.meta.attempts, 1)
    rows = [(number, f"{each.waited:.1f} s", each.reason, each.request_id or "") for number, each in tries]
    stage.table("try", "waited", "response", "request id", rows=rows)
    stage.run("client.rate_limit")
    limit: RateLimit = stage.names["client"].rate_limit
    buckets = [("requests a minute", limit.requests), ("tokens a minute", limit.tokens)]
    told = [(name, bucket.remaining, bucket.limit, _hour(bucket.reset_at)) for name, bucket in buckets if bucket]
    stage.table("limit", "left", "of", "full again at", rows=told, right="left of")


def _hour(moment: datetime | None) -> str:
    return f"{moment:%H:%M:%S} UTC" if moment else ""


if __name__ == "__main__":
    sys.exit(main())
