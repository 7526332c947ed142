"""The command line from its arguments to its exit code. No error leaves it as a traceback."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from io import TextIOWrapper

from aurous.cli.arguments import parser
from aurous.cli.exits import Exit, exit_of


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; Ctrl-C comes out of it.

    Args:
        arguments: What was typed behind `aurous`; by default that of the process.

    Returns:
        The exit code; see `Exit`.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a server may write what a terminal cannot show
    try:
        try:
            code = _run(given)
        finally:
            if sys.stdout is not None:  # pyright: ignore[reportUnnecessaryComparison]  # of a process without one
                sys.stdout.flush()
    except BrokenPipeError:
        _be_silent()
        return Exit.CLOSED
    except OSError as error:  # the output cannot be written: a full disk
        _be_silent()
        return _say(f"{error.strerror or error}", Exit.UNEXPECTED)
    return code


def _run(given: list[str]) -> int:
    if given[:1] == ["emulator"]:
        from aurous.emulator.__main__ import main as emulator  # noqa: PLC0415  # needs another extra

        return emulator(given[1:])
    if sys.stdout is None:  # pyright: ignore[reportUnnecessaryComparison]  # it was closed before
        return _say(
            "standard output is closed, so nothing was done. To do: send it to a file or /dev/null", Exit.UNEXPECTED
        )
    root = parser()
    try:
        options = root.parse_args(given)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else Exit.USAGE
    if options.command is None:
        root.print_help(sys.stderr)
        return Exit.USAGE
    if find_spec("rich") is None:
        return _say("it needs rich, which is not installed: pip install 'aurous[cli]'", Exit.USAGE)
    return _carry_out(options)


def _carry_out(options: Namespace) -> int:
    """Run the command that was asked for. What it needs is imported now, as `--help` needs none of it."""
    from aurous._errors import AurousError  # noqa: PLC0415
    from aurous.cli.terminal import Terminal  # noqa: PLC0415

    terminal = Terminal(as_json=options.json)
    module, _, function = options.run.partition(":")
    try:
        return int(getattr(import_module(f"aurous.cli.{module}"), function)(options, terminal))
    except AurousError as error:
        terminal.refuse(error)
        return exit_of(error)
    except OSError:
        raise
    except Exception as error:  # noqa: BLE001  # a traceback helps nobody here, and may hold the key
        terminal.say(f"error: {type(error).__name__}: {error}. To do: tell who maintains this program", "red")
        return Exit.UNEXPECTED


def _say(problem: str, code: Exit) -> Exit:
    with suppress(OSError):
        print(f"aurous: {problem}", file=sys.stderr)
    return code


def _be_silent() -> None:
    """Let the end of the process flush into nothing, where it would complain."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
