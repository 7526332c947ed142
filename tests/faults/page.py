"""The page of `docs/` on faults, made from the table: `python tests/faults/page.py` writes it, a test checks it."""

import sys
from itertools import groupby
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from faults.cases import CASES

PAGE = Path(__file__).parents[2] / "docs" / "faults.md"

HEAD = """\
# What a call does when the world is not kind

Each row is something that a server or a network does, and what a call with `max_retries=2` comes to. Every row is run
against the synchronous and the asynchronous client, over real sockets: by `tests/test_faults.py` with h11 and asyncio,
by `tests/test_faults_speed.py` with httptools (`aurous[speed]`) and uvloop. This page is made from the same table, and
a test holds it to it. No row was tried against the real API.

A stream is read to its end, and then asked for its completion. What came before a stream broke off is told by the
error, as a completion that is in progress.

In every row, besides: no exception comes out but those of the SDK, and each of them pickles; no call outlasts its
`timeout` by more than half a second; the client serves the next call, and never with somebody else's response; the key
goes to no other origin, and shows in no log, traceback, pickle or span.
"""


def rendered() -> str:
    """The page."""
    parts = [HEAD, f"{len(CASES)} cases.\n"]
    for kind, cases in groupby(CASES, key=lambda case: case.kind):
        rows = [f"| {_cell(case.title)} | {_cell(case.outcome)} |" for case in cases]
        parts.append(
            "\n".join([f"## {kind.value}", "", "| what happens | what the call comes to |", "| --- | --- |", *rows, ""])
        )
    return "\n".join(parts)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(rendered(), encoding="utf-8")
