"""What the benchmark shows: a table on the terminal, and the generated block of docs/benchmarks.md."""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Final, Self

from rich.console import Console
from rich.table import Table
from rich.text import Text

BEGIN: Final = "<!-- the last run: written by `nox -s bench -- --write-docs`, do not edit -->"
END: Final = "<!-- end of the last run -->"
_SCALES: Final = {"µs": 1e6, "ms": 1e3, "MB": 1e-6, "": 1.0}


@dataclass(frozen=True)
class Row:
    """One figure: what was measured of which client. Values are medians, in `unit`; low and high are the quartiles.

    Attributes:
        ratio: To the reference, median of the ratios taken round by round; None for what is not compared.
        budget: The most that the ratio may be, for ours.
        stretch: What it should be.
    """

    measure: str
    client: str
    unit: str
    value: float
    low: float
    high: float
    ratio: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None
    budget: float | None = None
    stretch: float | None = None

    @classmethod
    def of(
        cls,
        measure: str,
        client: str,
        unit: str,
        values: Sequence[float],
        ratios: Sequence[float] | None,
        budget: float | None,
        stretch: float | None,
    ) -> Self:
        """The row of some values, in seconds, bytes or pieces."""
        low, value, high = (number * _SCALES[unit] for number in quartiles(values))
        ratio_low, ratio, ratio_high = quartiles(ratios) if ratios else (None, None, None)
        return cls(measure, client, unit, value, low, high, ratio, ratio_low, ratio_high, budget, stretch)

    @property
    def met(self) -> bool | None:
        """Whether the budget is met; None where there is none."""
        return None if self.budget is None or self.ratio is None else round(self.ratio, 2) <= self.budget

    @property
    def verdict(self) -> str:
        """The budget, and whether it is met, in a few words."""
        if self.budget is None or self.ratio is None:
            return ""
        budget = f"≤ {self.budget:.2f}" + ("" if self.stretch is None else f" [{self.stretch:.2f}]")
        if not self.met:
            return f"{budget} not met"
        stretched = self.stretch is not None and round(self.ratio, 2) <= self.stretch
        return f"{budget} met" + (", stretch too" if stretched else "")

    @property
    def figure(self) -> str:
        """The value with its unit."""
        return f"{_number(self.value)} {self.unit}".rstrip()

    @property
    def against(self) -> str:
        """The ratio, and the quartiles of the ratios."""
        if self.ratio is None or self.ratio_low is None or self.ratio_high is None:
            return ""
        return f"{self.ratio:.2f} ({self.ratio_low:.2f} to {self.ratio_high:.2f})"


def quartiles(values: Sequence[float]) -> tuple[float, float, float]:
    """A quarter, half and three quarters of the values are below these."""
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, middle, high


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"  # three digits tell enough


def show(console: Console, report: Mapping[str, Any], rows: Sequence[Row]) -> None:
    """Print the table, with what it was measured on above it."""
    console.print(Text(_measured_on(report)), Text(_server(report["server"])), sep="\n")
    table = Table("what", "client", "median", f"of {report['reference']}", "budget [stretch]")
    for column in table.columns[2:4]:
        column.justify = "right"
    for measure, group in groupby(rows, key=lambda row: row.measure):
        for number, row in enumerate(group):
            style = {True: "green", False: "bold red", None: ""}[row.met]
            verdict = Text(row.verdict, style=style)
            table.add_row(measure if number == 0 else "", row.client, row.figure, row.against, verdict)
        table.add_section()
    console.print(table)


def write_docs(page: Path, report: Mapping[str, Any], rows: Sequence[Row]) -> None:
    """Replace the generated block of the page.

    Raises:
        ValueError: The page has no such block.
    """
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page.name} has no block between {BEGIN!r} and {END!r} to write to; put the two lines back")
    page.write_text(before + BEGIN + "\n\n" + "\n".join(_block(report, rows)) + "\n" + END + after, encoding="utf-8")


def _block(report: Mapping[str, Any], rows: Sequence[Row]) -> Iterator[str]:
    yield f"Taken on {report['taken'][:10]}. {_measured_on(report)} {_server(report['server'])}"
    yield ""
    yield "| what | client | median | of `openai` | budget [stretch] |"
    yield "| --- | --- | ---: | ---: | --- |"
    for row in rows:
        if row.budget is not None:
            yield f"| {row.measure} | `{row.client}` | {row.figure} | {row.against} | {row.verdict} |"
    clients = list(dict.fromkeys(row.client for row in rows))
    yield ""
    yield "| median | " + " | ".join(f"`{client}`" for client in clients) + " |"
    yield "| --- |" + " ---: |" * len(clients)
    for measure, group in groupby(rows, key=lambda row: row.measure):
        figures = {row.client: row.figure for row in group}
        yield f"| {measure} | " + " | ".join(figures.get(client, "") for client in clients) + " |"


def _measured_on(report: Mapping[str, Any]) -> str:
    machine = report["machine"]
    packages = ", ".join(f"{name} {version}" for name, version in report["packages"].items())
    return (
        f"{machine['processor']}, {machine['cores']} cores (load {machine['load']:.1f} at the start), "
        f"{machine['system']}, "
        f"Python {machine['python']}; {packages}."
    )


def _server(server: Mapping[str, float]) -> str:
    return (
        f"The server spends {server['processor_per_request'] * 1e6:.0f} µs of its own process on a request "
        f"and answered "
        f"{server['requests_per_second']:,.0f} a second over one raw socket; the fastest client asked for "
        f"{server['fastest_client']:,.0f}."
    )
